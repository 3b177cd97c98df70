"""Cut the learner's notebook, its key and the teacher's bundle out of the author's notebook.

    microtorch release exercises/authoring/01-backward-by-hand.ipynb --to exercises

Keys are measured, not typed: the reference solution and every planted misconception are run in a
kernel, and what their checks publish is written down. With ``--nbgrader`` the notebook is for the
``source/`` folder of nbgrader: the author's own, with what nbgrader grades by in its hidden tests.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
import os
import secrets
from dataclasses import replace
from pathlib import Path

from microtorch.classroom.authoring import (
    AuthoredTask,
    AuthorNotebook,
    read_author,
    stub,
    with_key,
    without_hidden,
)
from microtorch.classroom.bundle import Bundle, Pool
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.feedback import judge
from microtorch.classroom.hidden import (
    DRAWS,
    VARIANTS,
    drawn,
    literal,
    number_from,
    require_plain,
    with_inputs,
)
from microtorch.classroom.key import Check, Key, Misconception
from microtorch.classroom.lint import mutants, require_numbers, require_unguessable
from microtorch.classroom.names import defined_names
from microtorch.classroom.nbgrader import key_text
from microtorch.classroom.reader import role
from microtorch.classroom.reference import ReferenceKernel
from microtorch.classroom.sandbox.library import require_modules
from microtorch.classroom.values import Json, JsonObject

LEARNER_META = ("role", "task", "defines")
LOCKED_ROLES = ("setup", "check")


def release(
    author_path: Path,
    to: Path,
    *,
    bundle: Path | None = None,
    secret: str | None = None,
    for_nbgrader: bool = False,
) -> list[Path]:
    """Write the learner's notebook and the key of its visible checks into the folder ``to``.

    Args:
        for_nbgrader: write the author's notebook with new keys for nbgrader in place of the
            learner's; in its own folder nothing else.
        bundle: the file for the teacher's bundle, if one is asked for; only its owner can read it.
        secret: what the bundle's hidden inputs are drawn from; a new one if it is None.

    Returns:
        The paths of what was written.

    Raises:
        ClassroomError: if the author's notebook contradicts itself: a solution that fails, a
            misconception that is none, two that cannot be told apart, a blank that passes; for a
            bundle also if a check has no hidden inputs, can be guessed, or lets a slip pass.
    """
    author = read_author(author_path)
    require_modules(author.taught)
    with ReferenceKernel() as kernel:
        key = make_key(author, kernel)
        texts = {
            to / f"{author.exercise}.ipynb": learner_notebook(author),
            to / f"{author.exercise}.json": key.to_json(),
        }
        if for_nbgrader:
            texts[to / author_path.name] = nbgrader_notebook(author, key, kernel)
            if to.resolve() == author_path.parent.resolve():
                del texts[to / f"{author.exercise}.json"]
        if bundle is not None:
            made = make_bundle(author, key, secret or secrets.token_hex(16), kernel)
            texts[bundle] = made.to_json()
    _write(texts, bundle)
    return list(texts)


def learner_notebook(author: AuthorNotebook) -> str:
    """The text of the learner's notebook: no solutions, no misconceptions, no outputs."""
    cells = [_learner_cell(cell, without_hidden(stub(cell["source"]))) for cell in author.cells]
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
    return _text(notebook)


def nbgrader_notebook(author: AuthorNotebook, key: Key, kernel: ReferenceKernel) -> str:
    """The text of the author's notebook, with what nbgrader grades by in its hidden tests."""
    notebook = copy.deepcopy(author.notebook)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    for task, check in zip(author.tasks, key.checks, strict=True):
        secret = f"nbgrader {author.exercise}"  # anybody's guess, but who has it has the notebook
        inputs, results = (
            _draw(author, task, secret, DRAWS, kernel) if task.hidden.draw else ([], [])
        )
        grown = replace(
            check,
            inputs=check.inputs + inputs,
            results=check.results + results,
            shown=len(check.inputs),
        )
        cells[task.check["id"]]["source"] = with_key(task.check["source"], key_text(grown))
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return _text(notebook)


def make_key(author: AuthorNotebook, kernel: ReferenceKernel) -> Key:
    """Run the solution and every misconception of ``author``, and write down what they publish."""
    return Key(author.exercise, [_make_check(author, task, kernel) for task in author.tasks])


def make_bundle(author: AuthorNotebook, key: Key, secret: str, kernel: ReferenceKernel) -> Bundle:
    """Draw the hidden inputs from ``secret``, run everything on them, and look for weak checks."""
    pools = {task.name: _make_pool(author, task, secret, kernel) for task in author.tasks}
    notebook = json.loads(learner_notebook(author))
    bundle = Bundle(author.exercise, secret, author.taught, notebook, key, pools)
    for task, check in zip(author.tasks, bundle.key_of(0).checks, strict=True):
        _try_again(author, task, check, kernel)
        _try_mutants(author, task, check, kernel)
    return bundle


def _text(notebook: JsonObject) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _write(texts: dict[Path, str], private: Path | None) -> None:
    """Write all files or none, each in one step; ``private`` can only be read by its owner."""
    drafts = {path: path.with_name(f"{path.name}.new") for path in texts}
    try:
        for path, draft in drafts.items():
            mode = 0o600 if path == private else 0o644
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(texts[path].encode())
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        for draft in drafts.values():
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        raise ClassroomError(
            f"{path} cannot be written: {error.strerror or error}. Choose another folder."
        ) from None


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
    def run(answer: str, what: str) -> JsonObject:
        # Nothing but the set-up, the task and its check: so every check is shown to stand alone.
        payload = _published(kernel, task, what, author.setup, answer, task.visible_check)
        if payload["check"] != task.name:
            raise ClassroomError(
                f"{task.name}: the check in the cell {task.check['id']!r} calls itself "
                f"{payload['check']!r}. Its first argument must be the name of the task."
            )
        return payload

    meta = task.check["metadata"]["microtorch"]
    reference = run(task.solution, "the solution")
    defines = task.cell["metadata"]["microtorch"]["defines"]
    if missing := set(defines) - defined_names(task.solution):
        raise ClassroomError(
            f"{task.name}: `defines` names {', '.join(sorted(missing))}, which the solution in the cell "
            f"{task.cell['id']!r} does not define. Answers are found by these names."
        )
    check = Check(
        name=task.name,
        title=meta["title"],
        points=task.check["metadata"]["nbgrader"]["points"],
        function=defines[0],
        arguments=reference["arguments"],
        returns=meta["returns"],
        right=meta["right"],
        rtol=meta.get("rtol", 1e-6),
        atol=meta.get("atol", 1e-9),
        inputs=reference["inputs"],
        results=reference["results"],
        misconceptions=[
            Misconception(
                mistake.name,
                mistake.message,
                run(mistake.code, f"the misconception {mistake.name!r}")["results"],
            )
            for mistake in task.hidden.mistakes
        ],
        credit=meta.get("credit"),
    )
    _examine(check, run(task.blank, "a blank"))
    return check


def _published(kernel: ReferenceKernel, task: AuthoredTask, what: str, *sources: str) -> JsonObject:
    """As of the kernel, with errors that name the cell."""
    try:
        return kernel.published(*sources)
    except ClassroomError as error:
        raise ClassroomError(
            f"{task.name}: the check in the cell {task.check['id']!r} cannot be run with {what}. "
            f"{str(error).rstrip('.')}. "
            "Only the set-up, the task and its check run, so each check must stand alone."
        ) from None


def _examine(check: Check, blank: JsonObject) -> None:
    """Every misconception must get its own name, and a blank must count as not attempted."""
    require_numbers(check.name, check.results)
    credit = check.credit or {check.returns[0]: check.points}
    if not set(credit) <= set(check.returns) or not math.isclose(
        sum(credit.values()), check.points
    ):
        raise ClassroomError(
            f"{check.name}: the points in `credit`, {credit}, must belong to returned values "
            f"({', '.join(check.returns)}) and add up to {check.points:g}."
        )
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


def _make_pool(
    author: AuthorNotebook, task: AuthoredTask, secret: str, kernel: ReferenceKernel
) -> Pool:
    if task.hidden.draw is None:
        raise ClassroomError(
            f"{task.name}: its check has no hidden inputs. Add `def draw(random):` to the check cell, "
            "between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS; it returns one tuple of arguments."
        )
    inputs, results = _draw(author, task, secret, VARIANTS * DRAWS, kernel)
    require_unguessable(task.name, results)
    check = with_inputs(task.visible_check, literal(inputs))
    mistakes = {
        m.name: _published(
            kernel, task, f"{m.name!r} and drawn inputs", author.setup, m.code, check
        )["results"]
        for m in task.hidden.mistakes
    }
    return Pool(inputs, results, mistakes)


def _draw(
    author: AuthorNotebook, task: AuthoredTask, secret: str, count: int, kernel: ReferenceKernel
) -> tuple[list[Json], list[Json]]:
    """``count`` inputs drawn from ``secret``, and what the solution gives for them."""
    seeds = [number_from(secret, author.exercise, task.name, k) for k in range(count)]

    def run(inputs: str, *more: str) -> JsonObject:
        check = with_inputs(task.visible_check, inputs)
        what = "the solution and drawn inputs"
        return _published(kernel, task, what, author.setup, task.solution, *more, check)

    inputs: list[Json] = run(drawn(seeds), task.hidden.draw or "")["inputs"]
    require_plain(task.name, inputs)
    if run(drawn(seeds), task.hidden.draw or "")["inputs"] != inputs:
        raise ClassroomError(
            f"{task.name}: draw(random) gives other inputs when it is called again. It must take all "
            "that is random from its argument."
        )
    results: list[Json] = run(literal(inputs))["results"]
    require_numbers(task.name, results)
    return inputs, results


def _try_again(
    author: AuthorNotebook, task: AuthoredTask, check: Check, kernel: ReferenceKernel
) -> None:
    """The solution must give for one variant what it gave for all of them."""
    source = with_inputs(task.visible_check, literal(check.inputs))
    payload = _published(kernel, task, "the solution", author.setup, task.solution, source)
    if judge(check, payload).status != "right":
        raise ClassroomError(
            f"{task.name}: the solution gives other values when it is run again. It must not depend on "
            "chance, time, or how often it is called: set a seed inside of the function."
        )


def _try_mutants(
    author: AuthorNotebook, task: AuthoredTask, check: Check, kernel: ReferenceKernel
) -> None:
    """A check that a slip in the solution passes would give points for it."""
    source = with_inputs(task.visible_check, literal(check.inputs))
    for line, mutant in mutants(task.cell["source"]):
        payload = kernel.tried(author.setup, mutant, source)
        if payload is not None and judge(check, payload).status == "right":
            changed = task.cell["source"].splitlines()[line - 1].strip()
            raise ClassroomError(
                f"{task.name}: the check also passes with a slip in the line `{changed}`. Choose "
                "inputs that tell them apart, or end the line with `# no mutants` if both are right. "
                f"The cell with the slip: {mutant!r}"
            )
