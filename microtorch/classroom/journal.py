"""The journal of a grading: one line for each result, on the disk before anything else is done.

Whatever is killed, and whenever: what the journal has is not graded again, and what it lacks is. Of a
class of any size only the places of the lines are held in memory, not the lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from microtorch.classroom.errors import ClassroomError

Entry = dict[str, Any]
LOCK_SECONDS = 5.0  # a grading that was killed a moment ago still lets go of it


class Journal:
    """Open for one grading at a time. Of several entries with one key, the last one counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}  # where the line begins, and its length
        self._end = 0

    def __enter__(self) -> Self:
        new = not self.path.exists()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | _CLOSED_BELOW, 0o644)
        except OSError as error:
            raise ClassroomError(
                f"{self.path} cannot be written: {error.strerror or error}. Choose another --out."
            ) from None
        try:
            self._lock()
            self._read()
            if new:
                _sync_folder(self.path.parent)
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def __len__(self) -> int:
        return len(self._places)

    def get(self, key: str) -> Entry | None:
        """The last entry with this key."""
        if key not in self._places:
            return None
        begin, length = self._places[key]
        os.lseek(self._file, begin, os.SEEK_SET)
        entry: Entry = json.loads(os.read(self._file, length))
        return entry

    def add(self, entry: Entry) -> None:
        """Write ``entry``; when this returns, it is on the disk.

        Raises:
            ClassroomError: if it cannot be written, as the disk is full. What was there stays whole.
        """
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            os.lseek(self._file, self._end, os.SEEK_SET)
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise ClassroomError(
                f"{self.path} cannot be written: {error.strerror or error}. What was graded until now "
                "is kept. Mend that, and give the same command again."
            ) from None
        self._places[entry["key"]] = (self._end, len(line))
        self._end += len(line)

    def _read(self) -> None:
        """Find every whole line; what was cut off when a grading was killed is graded again."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            whole = True
            for line in file:
                whole = line.endswith(b"\n")
                with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
                    key = json.loads(line)["key"]
                    if whole and isinstance(key, str):
                        self._places[key] = (self._end, len(line))
                self._end += len(line)
        if not whole:
            self._end = self._end - len(line)
            os.ftruncate(self._file, self._end)

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: the teacher has one grading at a time in hand
            return
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    raise ClassroomError(
                        f"Another grading writes to {self.path.parent} just now. Wait for it, or "
                        "choose another --out."
                    ) from None
                time.sleep(0.1)
            except OSError:  # a file system without locks
                return


_CLOSED_BELOW = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _sync_folder(folder: Path) -> None:
    """See that the name of a new file is on the disk too."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
