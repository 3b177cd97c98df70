"""Grade one submission: splice, run locked in, with hidden inputs, and say what each task earned."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from microtorch.classroom.bundle import Bundle
from microtorch.classroom.check import Report, Task, judged, run_all
from microtorch.classroom.folders import remove, temporary
from microtorch.classroom.nbval_run import ENDED, Runner
from microtorch.classroom.reader import parse_notebook, role
from microtorch.classroom.sandbox.fonts import FOLDER, copy_font_list
from microtorch.classroom.sandbox.levels import Level
from microtorch.classroom.sandbox.library import imports, make_library, taught_imports
from microtorch.classroom.sandbox.limits import Limits
from microtorch.classroom.sandbox.policy import POLICY_FILE, Policy
from microtorch.classroom.splice import splice

CELL_SECONDS = 10.0
PREFIX = "microtorch-grade-"
LONGEST = 50  # letters of the folder for temporary files: a socket's name has at most 107 in all


@contextmanager
def locked_in(bundle: Bundle, level: Level, limits: Limits | None = None) -> Iterator[Policy]:
    """How the kernels for ``bundle`` are locked in; its folder is there inside the ``with`` block."""
    _sweep()
    with temporary(f"{PREFIX}{os.getpid()}-", temporary_folder()) as folder:
        folder.chmod(0o711)  # the user of a kernel reads the library, and lists nothing
        library = make_library(folder / "library", bundle.taught)
        copy_font_list(library / FOLDER)
        policy = Policy(level, str(folder), limits or Limits(), imported_modules(bundle))
        (folder / POLICY_FILE).write_text(policy.to_json(), encoding="utf-8")
        yield policy


def imported_modules(bundle: Bundle) -> tuple[str, ...]:
    """What the cells of the exercise import: a warm kernel has it when it starts."""
    sources = [cell["source"] for cell in bundle.notebook["cells"] if cell["cell_type"] == "code"]
    return tuple(sorted({name for source in sources for name in imports(source)}))


def temporary_folder() -> str:
    """Where the folders of graders are: in TMPDIR, if the names of sockets there are short enough."""
    folder = tempfile.gettempdir()
    return "/tmp" if len(folder) > LONGEST and os.access("/tmp", os.W_OK) else folder


def _sweep() -> None:
    """Delete what a grader that was killed has left behind."""
    for folder in Path(temporary_folder()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        mine = hasattr(os, "getuid") and folder.lstat().st_uid == os.getuid()
        if mine and pid.isdecimal() and not folder.is_symlink() and not _alive(int(pid)):
            remove(folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def grade_data(
    data: bytes,
    name: str,
    bundle: Bundle,
    policy: Policy,
    *,
    timeout: float = CELL_SECONDS,
    run: Runner | None = None,
) -> Report:
    """Grade the notebook ``data``.

    Args:
        data: what is in the file.
        name: what the submission is called; it has a part in which hidden inputs it gets.
        policy: from ``locked_in``.
        timeout: seconds of computing time for each cell.
        run: what runs pytest; None for a new process.

    Raises:
        BadSubmission: if it cannot be read as a notebook: no points, and its owner can mend it.
        ClassroomError: if it could not be graded, and that is not its fault.
    """
    notebook = parse_notebook(data, name)
    key = bundle.key_of(bundle.variant(name, data))
    spliced = splice(bundle.notebook, key, notebook.cells)
    rows = run_all(spliced.notebook, key, timeout, policy=policy, run=run)
    asked = sorted(
        {
            word
            for cell in spliced.notebook["cells"]
            if role(cell) == "answer"
            for word in taught_imports(cell["source"], bundle.taught)
        }
    )
    notes = spliced.notes + [
        f"It imports {word}, which the exercise asks for; it was not there." for word in asked
    ]
    seen = {row["task"] for row in rows if row["role"] == "check"}
    late = any(check.name not in seen for check in key.checks)  # the time for all of it was over
    waited = late or any(row.get("waited") for row in rows)
    died = any(row["stopped"] == ENDED and row["role"] != "check" for row in rows)
    return Report(bundle.exercise, name, judged(key, rows), notes, waited=waited, died=died)


def nothing_earned(bundle: Bundle, name: str, reason: str) -> Report:
    """The report on a submission that cannot be read."""
    tasks = [
        Task(check.name, check.title, 0, check.points, "error", "") for check in bundle.key.checks
    ]
    return Report(bundle.exercise, name, tasks, [reason])
