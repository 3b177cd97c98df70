"""What this machine can do to lock a student's kernel in; it is tried out, not guessed.

==========  ======================================================================================
bwrap       bubblewrap: own processes, no network, own files, own user; seccomp and limits
landlock    without bubblewrap: reads and writes only where Landlock allows it; seccomp, limits;
            as root a user of its own
limits      limits on memory, processes and files; as root a user of its own
none        nothing: only for notebooks that you trust
==========  ======================================================================================
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal, get_args

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.sandbox import bwrap
from microtorch.classroom.sandbox.limits import Limits

Level = Literal["bwrap", "landlock", "limits", "none"]
LEVELS: tuple[Level, ...] = get_args(Level)
PROBE_SECONDS = 20

WITHOUT = """\
This machine cannot lock the notebooks of others in well enough: {reason}

Install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`) and \
look at `microtorch doctor`, or grade inside a container that is thrown away afterwards. If you trust \
every one of these notebooks as your own, say so: --sandbox none."""


def strongest() -> Level:
    """The strongest level that works here."""
    return next(level for level in LEVELS if problem(level) is None)


def choose(asked: str | None) -> Level:
    """The level to use: the one that was asked for, or the strongest.

    Raises:
        ClassroomError: if that level does not work here, or would be no sandbox and was not typed.
    """
    if asked is None:
        level = strongest()
        if level in ("limits", "none"):
            raise ClassroomError(WITHOUT.format(reason=problem("bwrap")))
        return level
    for level in LEVELS:
        if level == asked:
            if (reason := problem(level)) is not None:
                raise ClassroomError(f"The sandbox {asked!r} does not work here: {reason}")
            return level
    raise ClassroomError(f"There is no sandbox {asked!r}. Choose one of: {', '.join(LEVELS)}.")


@functools.cache
def problem(level: Level) -> str | None:
    """Why ``level`` does not work here, or None if it does."""
    if level == "none":
        return None
    if sys.platform == "win32":
        return "Windows has no limits for a process that Python can set."
    if level == "limits":
        return None
    if sys.platform != "linux":
        return f"It needs Linux, and this is {sys.platform}."
    if level == "landlock":
        from microtorch.classroom.sandbox.confine import landlock_version  # not for Windows

        if landlock_version() < 1:
            return "This Linux has no Landlock, or it is switched off."
        return None
    return _try_bwrap()


def own_user() -> bool:
    """Whether a kernel gets a user of its own."""
    return sys.platform != "win32" and os.geteuid() == 0


def _try_bwrap() -> str | None:
    """Run the real command line around a Python that does nothing."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (the command bwrap)."
    with tempfile.TemporaryDirectory(prefix="mt-") as name:
        library, run = Path(name, "library"), Path(name, "run")
        library.mkdir()
        run.mkdir()
        command = bwrap.command(
            [sys.executable, "-I", "-S", "-c", "print('inside')"],
            run_dir=run,
            library=library,
            limits=Limits(),
            as_root=own_user(),
        )
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap cannot be run ({error})."
    if done.stdout.strip() == "inside":
        return None
    said = " ".join(done.stderr.split())[:300] or f"exit code {done.returncode}"
    return f"bubblewrap cannot make a sandbox here: {said}"
