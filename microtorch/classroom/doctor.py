"""What this machine can do for grading: each thing is tried out, and what is missing is named."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from microtorch.classroom.content import known_exercises
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.sandbox import levels
from microtorch.classroom.sandbox.levels import LEVELS

ENOUGH_MB = 500
MEANING = {
    "bwrap": "own processes, no network, own files, seccomp, limits",
    "landlock": "only its own files, seccomp, limits",
    "limits": "limits on memory, processes and files, and nothing else",
    "none": "no sandbox",
}
APPARMOR = (
    "If this is Ubuntu 24.04 or later, AppArmor may forbid it: look at "
    "`sysctl kernel.apparmor_restrict_unprivileged_userns`. In a container, grade in a container that "
    "is thrown away, or start it as `microtorch doctor --dockerfile` says."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``needed`` means that grading does not work without it."""

    what: str
    good: bool
    words: str
    needed: bool = True


def examine() -> Iterator[Finding]:
    """Look at everything, one after the other."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version)
    yield _nbval()
    yield _kernel()
    for level in LEVELS[:-1]:
        reason = levels.problem(level)
        hint = f" {APPARMOR}" if level == "bwrap" and reason and "cannot make" in reason else ""
        words = MEANING[level] if reason is None else reason + hint
        yield Finding(f"Sandbox {level}", reason is None, words, needed=False)
    best = levels.strongest()
    yield _warm_kernels(best)
    safe = best in ("bwrap", "landlock")
    user = "with a user of its own for each notebook" if levels.own_user() else "as your own user"
    way_out = "" if safe else ". Install bubblewrap, or grade only what you trust: --sandbox none"
    yield Finding("Level used", safe, f"{best}, {user}{way_out}")
    yield _space()
    yield _exercises()


def _nbval() -> Finding:
    try:
        import nbval
        import pytest
    except ImportError as error:
        return Finding("nbval", False, f"{error}. Install microtorch again.")
    return Finding("nbval", True, f"{nbval.__version__}, with pytest {pytest.__version__}")


def _kernel() -> Finding:
    start = time.monotonic()
    try:
        from microtorch.classroom.reference import ReferenceKernel

        with ReferenceKernel():
            pass
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what the teacher must know)
        return Finding(
            "Jupyter kernel", False, f"does not start: {error}. Install ipykernel again."
        )
    return Finding("Jupyter kernel", True, f"starts in {time.monotonic() - start:.1f} s")


def _warm_kernels(level: levels.Level) -> Finding:
    what = "Warm kernels"
    if level != "bwrap":
        reason = f"only at the level bwrap, and here it is {level}"
    else:
        from microtorch.classroom.sandbox import zygotes

        problem = zygotes.problem()
        if problem is None:
            words = "forks of a process that has imported everything, inside the sandbox"
            return Finding(what, True, words, needed=False)
        reason = problem
    return Finding(
        what,
        False,
        f"{reason.rstrip('.')}. Every kernel starts cold: slower, as safe",
        needed=False,
    )


def _space() -> Finding:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free / 1e6
    words = f"{free:,.0f} MB free in {folder}"
    if free < ENOUGH_MB:
        words += f"; {ENOUGH_MB} MB are needed. Delete something, or set TMPDIR to another folder."
    return Finding("Space", free >= ENOUGH_MB, words)


def _exercises() -> Finding:
    try:
        return Finding("Exercises", True, ", ".join(known_exercises()))
    except ClassroomError as error:
        return Finding("Exercises", False, str(error))
