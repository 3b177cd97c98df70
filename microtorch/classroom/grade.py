"""Grade one submission: splice, run locked in, with hidden inputs, and say what each task earned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from microtorch.classroom.bundle import Bundle
from microtorch.classroom.check import Report, Task, judged, run_all
from microtorch.classroom.nbval_run import Runner
from microtorch.classroom.reader import parse_notebook, read_bytes
from microtorch.classroom.sandbox.levels import Level
from microtorch.classroom.sandbox.library import make_library, taught_imports
from microtorch.classroom.sandbox.limits import Limits
from microtorch.classroom.sandbox.provisioner import Policy
from microtorch.classroom.splice import splice

CELL_SECONDS = 10.0


@contextmanager
def locked_in(bundle: Bundle, level: Level, limits: Limits | None = None) -> Iterator[Policy]:
    """How the kernels for ``bundle`` are locked in; its library is there inside the ``with`` block."""
    with tempfile.TemporaryDirectory(prefix="microtorch-library-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the user of a kernel reads it
        library = make_library(folder / "library", bundle.taught)
        yield Policy(level, str(library), limits or Limits())


def grade_submission(
    path: Path,
    bundle: Bundle,
    policy: Policy,
    *,
    name: str | None = None,
    timeout: float = CELL_SECONDS,
    run: Runner | None = None,
) -> Report:
    """Grade the notebook at ``path``.

    Args:
        path: the submission. It is only read.
        policy: from ``locked_in``.
        name: what the submission is called; it has a part in which hidden inputs it gets.
        timeout: seconds for each cell.
        run: what runs pytest; None for a new process.

    Raises:
        BadSubmission: if the file cannot be read as a notebook: no points, and its owner can mend it.
        ClassroomError: if it could not be graded, and that is not its fault.
    """
    data = read_bytes(path)
    notebook = parse_notebook(data, path.name)
    key = bundle.key_of(bundle.variant(name or path.name, data))
    spliced = splice(bundle.notebook, key, notebook.code())
    rows = run_all(spliced.notebook, key, timeout, policy=policy, run=run)
    asked = sorted(
        {word for cell in notebook.code() for word in taught_imports(cell.source, bundle.taught)}
    )
    notes = spliced.notes + [
        f"It imports {word}, which the exercise asks for; it was not there." for word in asked
    ]
    return Report(bundle.exercise, path.name, judged(key, rows), notes)


def nothing_earned(bundle: Bundle, name: str, reason: str) -> Report:
    """The report on a submission that cannot be read."""
    tasks = [
        Task(check.name, check.title, 0, check.points, "error", "") for check in bundle.key.checks
    ]
    return Report(bundle.exercise, name, tasks, [reason])
