"""Put a learner's answers into the pristine exercise.

Only sources cross over. Text, checks and set-up come from the pristine notebook, whatever the
learner's copy says by now. Every other code cell of the learner runs too, at the place where it
stands: after the cell of the exercise that it follows.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field

from microtorch.classroom.hidden import literal, with_inputs
from microtorch.classroom.key import Check, Key
from microtorch.classroom.reader import Cell, noted, role
from microtorch.classroom.values import MIME, JsonObject


@dataclass
class Spliced:
    """A notebook that is ready for nbval, and what its owner should know about the splicing."""

    notebook: JsonObject
    notes: list[str] = field(default_factory=list)


def splice(pristine: JsonObject, key: Key, learner: list[Cell]) -> Spliced:
    """The pristine exercise with the answers of the learner's code cells.

    Every code cell of the result has ``metadata.microtorch`` with its ``role`` ("setup", "answer" or
    "check") and, for answers and checks, the name of its ``task``.
    """
    code = [cell for cell in pristine["cells"] if cell["cell_type"] == "code"]
    answers, after, notes = _sort_out(code, [cell for cell in learner if cell.source.strip()])

    cells: list[JsonObject] = [
        _answer(source, "", 0, k) for k, source in enumerate(after.get("", []))
    ]
    setup = ""
    task = ""
    for place, cell in enumerate(code, start=1):
        kind = role(cell)
        task = noted(cell).get("task", task)
        if kind == "setup":
            setup += cell["source"] + "\n"
            cells.append(_cell(cell["id"], cell["source"], {"role": "setup"}))
        elif kind == "task":
            cells += [_answer(s, task, place, k) for k, s in enumerate(answers[cell["id"]])]
        elif kind == "check":
            check = key.check(task)
            assert check is not None, f"the key has no check {task}"
            cells.append(_check(cell, check, setup))
        extra = after.get(cell["id"], [])
        cells += [_answer(s, task, place, 1000 + k) for k, s in enumerate(extra)]
    return Spliced({**_bare(pristine), "cells": cells}, notes)


def _sort_out(
    ours: list[JsonObject], learner: list[Cell]
) -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    """The learner's sources by task cell, the extra ones by the cell they follow, and notes."""
    by_id = {cell["id"]: cell for cell in ours}
    by_grade_id = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in ours}
    by_source = {cell["source"].strip(): cell for cell in ours}
    tasks = [cell for cell in ours if role(cell) == "task"]
    answers: dict[str, list[str]] = {task["id"]: [] for task in tasks}
    extras: list[tuple[str, str]] = []
    anchor = ""
    for cell in learner:
        known = by_id.get(cell.id or "") or by_grade_id.get(cell.grade_id or "")
        known = known or by_source.get(cell.source.strip())
        if known is None:
            extras.append((anchor, cell.source))
            continue
        anchor = known["id"]
        if anchor in answers:
            answers[anchor].append(cell.source)

    notes = []
    anywhere = set[str]().union(*(defined_names(cell.source) for cell in learner))
    for task in tasks:
        name, wanted = noted(task)["task"], set(noted(task)["defines"])
        if any(source.strip() != task["source"].strip() for source in answers[task["id"]]):
            continue
        elsewhere = [extra for extra in extras if wanted <= defined_names(extra[1])]
        if elsewhere:
            notes.append(f"{name}: the answer was found in another cell.")
            answers[task["id"]] = [source for _, source in elsewhere]
            extras = [extra for extra in extras if extra not in elsewhere]
        elif not wanted <= anywhere:
            notes.append(f"{name}: its cell is missing.")
    after: dict[str, list[str]] = {}
    for where, source in extras:
        after.setdefault(where, []).append(source)
    return answers, after, notes


def defined_names(source: str) -> set[str]:
    """The functions, classes and variables that ``source`` defines at its top level."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    return names | {target.id for target in targets if isinstance(target, ast.Name)}


def _bare(pristine: JsonObject) -> JsonObject:
    return {"nbformat": 4, "nbformat_minor": pristine["nbformat_minor"], "metadata": {}}


def _answer(source: str, task: str, place: int, number: int) -> JsonObject:
    return _cell(f"answer-{place}-{number}", source, {"role": "answer", "task": task})


def _check(cell: JsonObject, check: Check, setup: str) -> JsonObject:
    """The check cell with its set-up, so that it works even if ``check`` was overwritten.

    The expected values of a hidden check stay outside: the plugin puts them in.
    """
    hidden = check.shown is not None
    source = with_inputs(cell["source"], literal(check.inputs)) if hidden else cell["source"]
    spliced = _cell(cell["id"], setup + source, {"role": "check", "task": check.name})
    expected = {"check": check.name, "results": None if hidden else check.results}
    spliced["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {MIME: expected}}]
    spliced["execution_count"] = 1  # nbval never compares a cell that was not run
    return spliced


def _cell(id: str, source: str, meta: JsonObject) -> JsonObject:
    return copy.deepcopy(
        {
            "cell_type": "code",
            "id": id,
            "metadata": {"microtorch": meta},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
    )
