"""Check a learner's notebook: splice, run through nbval in a fresh kernel, and add up the points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microtorch.classroom.content import content_dir, known_exercises
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.feedback import Status
from microtorch.classroom.key import Check, Key, load_key
from microtorch.classroom.nbval_run import ENDED, PATIENCE, START_SECONDS, Runner, run_nbval
from microtorch.classroom.reader import Notebook, load_own_notebook, noted, read_notebook, role
from microtorch.classroom.splice import splice
from microtorch.classroom.values import JsonObject

if TYPE_CHECKING:
    from microtorch.classroom.sandbox.policy import Policy

MAX_LOSSES = 2  # cells without a check that may take the kernel down, one after the other


@dataclass(frozen=True, slots=True)
class Task:
    """What a task earned. ``cause`` names the misconception that was recognised, if any."""

    name: str
    title: str
    points: float
    max_points: float
    status: Status
    message: str
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The tasks of a checked notebook, in order, and remarks on how it was read.

    ``waited``: it ran out of time without computing all that time, perhaps because others did.
    ``died``: its Python ended in an answer's cell, perhaps because somebody else ended it.
    """

    exercise: str
    notebook: str
    tasks: list[Task]
    notes: list[str] = field(default_factory=list)
    waited: bool = False
    died: bool = False

    @property
    def score(self) -> float:
        """All points that were earned."""
        return sum(task.points for task in self.tasks)

    @property
    def max_score(self) -> float:
        """All points that can be earned."""
        return sum(task.max_points for task in self.tasks)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, ready for JSON."""
        plain = asdict(self)
        del plain["waited"], plain["died"]
        return {**plain, "score": self.score, "max_score": self.max_score}


def check_notebook(path: Path, *, timeout: float = 10.0, run: Runner | None = None) -> Report:
    """Run the notebook at ``path`` in a fresh kernel and judge each task.

    Args:
        path: the learner's notebook. It is only read.
        timeout: seconds for each cell.
        run: what runs pytest; None for a new process.

    Raises:
        ClassroomError: if the file is not a notebook of a known exercise, or nbval cannot run here.
    """
    notebook = read_notebook(path)
    exercise = _exercise_of(notebook, path)
    folder = content_dir("exercises")
    key = load_key(folder / f"{exercise}.json")
    pristine = load_own_notebook(folder / f"{exercise}.ipynb")
    spliced = splice(pristine, key, notebook.cells)
    rows = run_all(spliced.notebook, key, timeout, run=run)
    return Report(exercise, str(path), judged(key, rows), spliced.notes)


def judged(key: Key, rows: list[JsonObject]) -> list[Task]:
    """What every task earned, from the rows of a run."""
    return [_task(check, rows) for check in key.checks]


def _exercise_of(notebook: Notebook, path: Path) -> str:
    known = known_exercises()
    for name in (notebook.exercise, path.stem):
        if name in known:
            return name
    raise ClassroomError(
        f"{path} is a notebook, but of no exercise that is known here. Give it back the name of its "
        f"exercise, or start from a fresh copy. Known exercises: {', '.join(known)}."
    )


def run_all(
    notebook: JsonObject,
    key: Key,
    cell_seconds: float,
    *,
    policy: Policy | None = None,
    run: Runner | None = None,
) -> list[JsonObject]:
    """One row for each cell. What one task breaks for the others is made good in new kernels.

    ``policy`` and ``run`` are those of ``run_nbval``.

    Raises:
        ClassroomError: if it cannot be run here, which is not the fault of the notebook.
    """
    patience = PATIENCE if policy is not None else 1
    seconds = START_SECONDS + patience * cell_seconds * (len(key.checks) + 2)
    end = time.monotonic() + seconds

    def go(cells: list[JsonObject]) -> list[JsonObject]:
        part = {**notebook, "cells": cells}
        return run_nbval(part, key, cell_seconds=cell_seconds, end=end, policy=policy, run=run)

    rows = _in_order(notebook["cells"], go, lambda: time.monotonic() > end)
    end = time.monotonic() + seconds
    for check in key.checks:
        latest = rows
        for cells in by_itself(notebook["cells"], check.name, rows):
            if time.monotonic() > end or not is_doubtful(check.name, latest):
                break
            latest = go(cells)
            others = [row for row in rows if row.get("task") != check.name]
            if _task(check, latest).points > _task(check, rows).points:
                rows = others + [row for row in latest if row.get("task") == check.name]
    return rows


def _in_order(
    cells: list[JsonObject],
    go: Callable[[list[JsonObject]], list[JsonObject]],
    late: Callable[[], bool],
) -> list[JsonObject]:
    """Where a cell takes the kernel down, go on without it in a new one."""
    rows: list[JsonObject] = []
    losses = 0
    while any(role(cell) == "check" for cell in cells):
        new = go(cells)
        first = new[0] if new else None
        if first and first["role"] == "setup" and not first["passed"]:
            raise ClassroomError(
                "The first cell of the exercise fails before any of your code has run, so this is "
                f"not your fault: {first['error']}. Install microtorch again and try once more."
            )
        rows += new
        fatal = next((row for row in new if row["stopped"]), None)
        if fatal is None or late():
            break
        losses += fatal["role"] != "check"
        if losses > MAX_LOSSES:  # is it another cell that does this to each of them?
            break
        checked = {row["cell"] for row in new if row["role"] == "check"}
        cells = [cell for cell in cells if cell["id"] not in checked | {fatal["cell"]}]
    return rows


def is_doubtful(task: str, rows: list[JsonObject]) -> bool:
    """Whether a task may have failed through what others did to the kernel, or to its Python."""
    mine = [row for row in rows if row.get("task") == task]
    row = next((row for row in mine if row["role"] == "check"), None)
    if row is None or row.get("status") == "not attempted":
        return row is None or any(other["stopped"] for other in mine)
    if row["passed"] or (row["late"] and row["error"]):  # an error: it computed when interrupted
        return False
    return bool(row["stopped"]) or "status" not in row


def by_itself(
    cells: list[JsonObject], task: str, rows: list[JsonObject]
) -> Iterator[list[JsonObject]]:
    """What to run for one check alone: less and less of what does not belong to its task."""
    slow = {row["cell"] for row in rows if row["late"]}
    bad = {row["cell"] for row in rows if row["stopped"] and row["role"] != "check"}
    place = next(k for k, c in enumerate(cells) if role(c) == "check" and noted(c)["task"] == task)
    mine, helpers, before = [], [], []
    for cell in cells[:place]:
        wanted_by = noted(cell).get("for", [task])  # the set-up is for everybody
        if role(cell) == "check" or (task not in wanted_by and cell["id"] in slow):
            continue
        before.append(cell)
        if task in wanted_by:
            mine.append(cell)
        if task in wanted_by or (not wanted_by and cell["id"] not in bad):
            helpers.append(cell)
    died = any(row["stopped"] == ENDED for row in rows)
    choices = [before, helpers, mine] if died else [helpers, mine]
    for number, choice in enumerate(choices):
        if choice not in choices[:number]:
            yield [*choice, cells[place]]


def _task(check: Check, rows: list[JsonObject]) -> Task:
    mine = [row for row in rows if row.get("task") == check.name]
    status, message, cause = _outcome(check, mine)
    row = next((row for row in mine if row["role"] == "check"), {})
    fraction = 1.0 if status == "right" else row.get("fraction", 0.0)
    points = round(check.points * fraction, 6)
    return Task(check.name, check.title, points, check.points, status, message, cause)


def _outcome(check: Check, rows: list[JsonObject]) -> tuple[Status, str, str | None]:
    """Status, message and cause of a check, from its own row and those of the task's cells."""
    row = next((row for row in rows if row["role"] == "check"), None)
    if row is not None and row["passed"]:
        return row["status"], row["message"], None
    if row is None or row.get("status") == "not attempted":
        # The function may be missing because the cell that defines it failed.
        for answer in rows[: rows.index(row)] if row else rows:
            problem = _problem(answer)
            if problem and not problem.startswith("NotImplementedError"):
                return "error", f"The task's cell did not run to its end. {problem}", None
    if row is None:
        return "error", "The time for the whole notebook was over before this check.", None
    if problem := _problem(row):
        ours = row["stopped"] or row["late"]  # otherwise these are the words of the learner's code
        return "error", problem.replace("It ", f"`{check.function}` ", 1) if ours else problem, None
    if row.get("status", "right") != "right":
        return row["status"], row["message"], row["cause"]
    return "error", "The check cell did not publish its values exactly once.", None


def _problem(row: JsonObject) -> str | None:
    """What went wrong with a cell, apart from its values."""
    if row["stopped"]:
        return str(row["stopped"])
    if row["late"]:
        return "It took longer than the time limit: is there a loop that never ends?"
    error: str | None = row["error"]
    return error
