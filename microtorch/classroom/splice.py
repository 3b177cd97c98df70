"""Put a learner's answers into the pristine exercise.

Only sources cross over. Text, checks and set-up come from the pristine notebook, whatever the
learner's copy says by now. Every other code cell of the learner runs too, at the place where it
stands: after the cell of the exercise that it follows. An answer that stands behind its own check is
moved before it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from microtorch.classroom.hidden import literal, with_inputs
from microtorch.classroom.key import Check, Key
from microtorch.classroom.names import attempted_names, defined_names
from microtorch.classroom.reader import Cell, noted, role
from microtorch.classroom.values import MIME, JsonObject


@dataclass
class Spliced:
    """A notebook that is ready for nbval, and what its owner should know about the splicing."""

    notebook: JsonObject
    notes: list[str] = field(default_factory=list)


@dataclass
class Piece:
    """A cell of the learner that runs just before the code cell number ``before`` of the exercise.

    ``own`` is the number of the cell of the exercise that it is, or None if it is one more;
    ``answers`` are the tasks that it belongs to.
    """

    source: str
    before: int
    own: int | None
    answers: set[str] = field(default_factory=set)

    @cached_property
    def names(self) -> set[str]:
        """What it defines."""
        return defined_names(self.source)

    def tries(self, name: str, stub: str) -> bool:
        """Whether it defines ``name``, and not as the empty function ``stub``."""
        return name in self.names and name in attempted_names(self.source, stub)


def splice(pristine: JsonObject, key: Key, learner: Sequence[Cell]) -> Spliced:
    """The pristine exercise with the answers of the learner's cells.

    Every code cell of the result has ``metadata.microtorch`` with its ``role`` ("setup", "answer" or
    "check") and, for answers and checks, the name of its ``task``; an answer cell also has the tasks
    that it is ``for``: none if it is a cell of the learner's own, whatever check comes next.
    """
    code = [cell for cell in pristine["cells"] if cell["cell_type"] == "code"]
    pieces, notes = _pieces(code, learner)
    for place, cell in enumerate(code):
        if role(cell) == "task":
            notes += _find_answer(code, place, pieces, learner)
    more = sum(piece.own is None and not piece.answers for piece in pieces)
    if more:
        notes.append(
            f"{_cells(more)} of your own ran where you put {'it' if more == 1 else 'them'}."
        )

    cells: list[JsonObject] = []
    setup = ""
    for place in range(len(code) + 1):
        task = _next_task(code, place)
        cells += [
            _answer(piece, task, place, number)
            for number, piece in enumerate(piece for piece in pieces if piece.before == place)
        ]
        cell = code[place] if place < len(code) else None
        if cell is not None and role(cell) == "setup":
            setup += cell["source"] + "\n"
            cells.append(_cell(cell["id"], cell["source"], {"role": "setup"}))
        elif cell is not None and role(cell) == "check":
            check = key.check(task)
            assert check is not None, f"the key has no check {task}"
            cells.append(_check(cell, check, setup))
    return Spliced({**_bare(pristine), "cells": cells}, list(dict.fromkeys(notes)))


def _pieces(code: list[JsonObject], learner: Sequence[Cell]) -> tuple[list[Piece], list[str]]:
    """The learner's code cells, each at its place, and notes on cells that should not be changed."""
    by_id = {cell["id"]: place for place, cell in enumerate(code)}
    by_grade_id = {c["metadata"]["nbgrader"]["grade_id"]: place for place, c in enumerate(code)}
    by_source = {cell["source"].strip(): place for place, cell in enumerate(code)}
    pieces: list[Piece] = []
    notes: list[str] = []
    behind = 0
    for cell in learner:
        if cell.kind != "code" or not cell.source.strip():
            continue
        same = by_source.get(cell.source.strip())
        known = by_id.get(cell.id or "", by_grade_id.get(cell.grade_id or "", same))
        if same is not None and role(code[same]) != "task":
            behind = same + 1  # it is that cell, whatever its id says
        elif known is None:
            pieces.append(Piece(cell.source, behind, None))
        else:
            kind = role(code[known])
            behind = known + 1
            first = kind in ("task", "check")  # the check itself runs after what it was changed to
            own = {noted(code[known])["task"]} if kind == "task" else set[str]()
            pieces.append(Piece(cell.source, known if first else behind, known, own))
            if kind == "check":
                name = _next_task(code, known)
                notes.append(
                    f"{name}: its check was changed. Your lines ran, then the check itself."
                )
            elif kind == "setup":
                notes.append("The first cell was changed. It ran as it should be, then your lines.")
    return pieces, notes


def _find_answer(
    code: list[JsonObject], place: int, pieces: list[Piece], learner: Sequence[Cell]
) -> list[str]:
    """See that the answer to the task at ``place`` runs before its check, and return notes."""
    stub, task = code[place]["source"], noted(code[place])["task"]
    check = next(k for k in range(place, len(code)) if role(code[k]) == "check")
    notes = []
    answered = True
    for name in noted(code[place])["defines"]:
        tries = [piece for piece in pieces if piece.tries(name, stub)]
        if not tries:
            texts = [Piece(cell.source, place, place) for cell in learner if cell.kind != "code"]
            tries = [piece for piece in texts if piece.tries(name, stub)]
            pieces += tries
            notes += [f"{task}: the answer was in a text cell. It ran as code."] if tries else []
        if tries and all(piece.before > check for piece in tries):
            for piece in tries:
                piece.before = place
        in_time = [piece for piece in tries if piece.before <= check]
        answered = answered and bool(in_time)
        if in_time and all(piece.own != place for piece in in_time):
            notes.append(f"{task}: the answer was found in another cell.")
        if len(in_time) > 1:
            notes.append(f"{task}: {_cells(len(in_time))} define `{name}`. The last one counts.")
        for piece in in_time:
            piece.answers.add(task)
    wanted = set(noted(code[place])["defines"])
    if answered:  # then what is still blank must not take its place
        pieces[:] = [
            piece
            for piece in pieces
            if not (piece.names and piece.names <= wanted)
            or any(piece.tries(name, stub) for name in wanted)
        ]
    elif not any(piece.own == place for piece in pieces):
        notes.append(f"{task}: its cell is missing.")
    return notes


def _next_task(code: list[JsonObject], place: int) -> str:
    """The task whose check is the next one; the empty name after the last check."""
    task = ""
    for number, cell in enumerate(code):
        task = str(noted(cell).get("task", task))
        if number >= place and role(cell) == "check":
            return task
    return ""


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _bare(pristine: JsonObject) -> JsonObject:
    return {"nbformat": 4, "nbformat_minor": pristine["nbformat_minor"], "metadata": {}}


def _answer(piece: Piece, task: str, place: int, number: int) -> JsonObject:
    if piece.own is not None and not piece.answers:
        task = ""  # a changed check: what goes wrong in it is not what is wrong with the answer
    meta = {"role": "answer", "task": task, "for": sorted(piece.answers)}
    return _cell(f"answer-{place}-{number}", piece.source, meta)


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
