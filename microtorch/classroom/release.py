"""Cut the learner's notebook and its key out of the author's notebook.

    python -m microtorch.classroom.release exercises/authoring/01-backward-by-hand.ipynb exercises

The key is measured, not typed: the reference solution and every planted misconception are run in a
kernel, and what their checks publish is written down.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from microtorch.classroom.authoring import AuthoredTask, AuthorNotebook, read_author, stub
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.feedback import judge
from microtorch.classroom.key import Check, Key, Misconception
from microtorch.classroom.reader import role
from microtorch.classroom.reference import ReferenceKernel
from microtorch.classroom.values import JsonObject

LEARNER_META = ("role", "task", "defines")
LOCKED_ROLES = ("setup", "check")


def release(author_path: Path, to: Path) -> tuple[Path, Path]:
    """Write the learner's notebook and the key into the folder ``to``, and return their paths.

    Raises:
        ClassroomError: if the author's notebook contradicts itself: a solution that fails, a
            misconception that is none, two that cannot be told apart, a blank that passes.
    """
    author = read_author(author_path)
    key = make_key(author)
    notebook_path, key_path = to / f"{author.exercise}.ipynb", to / f"{author.exercise}.json"
    notebook_path.write_text(learner_notebook(author), encoding="utf-8", newline="\n")
    key_path.write_text(key.to_json(), encoding="utf-8", newline="\n")
    return notebook_path, key_path


def learner_notebook(author: AuthorNotebook) -> str:
    """The text of the learner's notebook: no solutions, no misconceptions, no outputs."""
    cells = [
        _learner_cell(cell, stub(cell["source"]))
        for cell in author.cells
        if role(cell) != "misconception"
    ]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "microtorch": {"exercise": author.exercise},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def make_key(author: AuthorNotebook) -> Key:
    """Run the solution and every misconception of ``author``, and write down what they publish."""
    with ReferenceKernel() as kernel:
        return Key(author.exercise, [_make_check(author, task, kernel) for task in author.tasks])


def _learner_cell(cell: JsonObject, source: str) -> JsonObject:
    meta = cell["metadata"]
    kept: JsonObject = {
        "microtorch": {k: v for k, v in meta["microtorch"].items() if k in LEARNER_META}
    }
    if "nbgrader" in meta:
        kept["nbgrader"] = meta["nbgrader"]
    if role(cell) in LOCKED_ROLES:
        kept["deletable"] = kept["editable"] = False
    learner: JsonObject = {
        "cell_type": cell["cell_type"],
        "id": cell["id"],
        "metadata": kept,
        "source": source.splitlines(keepends=True),
    }
    if cell["cell_type"] == "code":
        learner.update(execution_count=None, outputs=[])
    return learner


def _make_check(author: AuthorNotebook, task: AuthoredTask, kernel: ReferenceKernel) -> Check:
    def run(answer: str) -> JsonObject:
        # Nothing but the set-up, the task and its check: so every check is shown to stand alone.
        return kernel.published(author.setup, answer, task.check["source"])

    meta = task.check["metadata"]["microtorch"]
    reference = run(task.solution)
    check = Check(
        name=task.name,
        title=meta["title"],
        points=task.check["metadata"]["nbgrader"]["points"],
        function=task.cell["metadata"]["microtorch"]["defines"][0],
        arguments=reference["arguments"],
        returns=meta["returns"],
        right=meta["right"],
        rtol=meta.get("rtol", 1e-6),
        atol=meta.get("atol", 1e-9),
        inputs=reference["inputs"],
        results=reference["results"],
        misconceptions=[
            Misconception(mistake.name, mistake.message, run(mistake.code)["results"])
            for mistake in task.mistakes
        ],
    )
    _examine(check, run(task.blank))
    return check


def _examine(check: Check, blank: JsonObject) -> None:
    """Every misconception must get its own name, and a blank must count as not attempted."""
    if reference := [r for r in check.results if isinstance(r, dict)]:
        raise ClassroomError(f"{check.name}: the solution gives {reference[0]}, not numbers.")
    if judge(check, blank).status != "not attempted":
        raise ClassroomError(f"{check.name}: a blank does not count as not attempted.")
    for mistake in check.misconceptions:
        verdict = judge(check, {"results": mistake.results})
        if verdict.cause != mistake.name:
            took_for = verdict.cause or verdict.status
            raise ClassroomError(
                f"{check.name}: the misconception {mistake.name!r} is taken for {took_for!r}. "
                "Choose inputs at which the values differ."
            )


if __name__ == "__main__":
    for written in release(Path(sys.argv[1]), Path(sys.argv[2])):
        print(written)
