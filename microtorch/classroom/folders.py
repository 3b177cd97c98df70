"""Folders that come and go, whatever the code of a student leaves in them."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def temporary(prefix: str, where: str | None = None) -> Iterator[Path]:
    """A new folder in ``where``, which is gone after the ``with`` block."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=where))
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Delete ``folder`` with all that is in it, and follow no link.

    ``shutil.rmtree`` gives up where folders are closed to their owner, and raises where they are
    nested too deeply for its recursion. Here what is inside of a folder is moved up, one level at a
    time, so no path is ever long. What cannot be deleted stays, and nothing else.
    """
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        before: set[str] = set()
        while (inside := _entries(folder)) and (
            names := {entry.name for entry in inside}
        ) != before:
            before = names
            for entry in inside:
                with contextlib.suppress(OSError):
                    _take_out(entry, folder)
        folder.rmdir()


def _take_out(entry: os.DirEntry[str], folder: Path) -> None:
    """Delete ``entry``; the folders in it first become entries of ``folder``."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.path)
        return
    os.chmod(entry.path, 0o700)
    for below in _entries(entry.path):
        with contextlib.suppress(OSError):
            if below.is_dir(follow_symlinks=False):
                os.chmod(below.path, 0o700)  # else its owner may not move it
                os.rename(below.path, folder / secrets.token_hex(8))
            else:
                os.unlink(below.path)
    os.rmdir(entry.path)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
