"""From the author's notebook to learner's notebook and bundle: hidden inputs, and what is refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from handed_in import CHECK
from hostile import AUTHOR_FILE, CANARY, NAME, bundle_file

from microtorch.classroom import ClassroomError
from microtorch.classroom import release as release_module
from microtorch.classroom.authoring import read_author
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.feedback import judge
from microtorch.classroom.hidden import DRAWS, VARIANTS, literal, with_inputs
from microtorch.classroom.key import Misconception
from microtorch.classroom.lint import mutants, require_numbers, require_unguessable
from microtorch.classroom.nbgrader import read_key
from microtorch.classroom.reference import ReferenceKernel
from microtorch.classroom.release import release
from microtorch.cli import main


@pytest.fixture(scope="module", autouse=True)
def one_kernel_for_all() -> Iterator[None]:
    """Every release starts a kernel of its own; here they share one."""
    with ReferenceKernel() as kernel, pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_module, "ReferenceKernel", lambda: nullcontext(kernel))
        yield


def one_task(tmp_path: Path, **changes: str) -> Path:
    """An author's notebook with one small task, apart from ``changes``."""
    parts = {
        "solution": "    return 2 * x + y, x * y",
        "inputs": "[(1.0, 2.0), (3.0, 5.0)]",
        "draw": "def draw(random):\n    return random.uniform(1, 2), random.uniform(3, 4)",
        "mistake": "def f(x, y): return x + y, x * y",
    } | changes
    mistake = f"class once:\n    'Twice x.'\n    {parts['mistake']}"
    hidden = f"### BEGIN HIDDEN TESTS\n{parts['draw']}\n{mistake}\n### END HIDDEN TESTS\n"
    cells: list[tuple[str, str, dict[str, Any]]] = [
        ("setup", "from microtorch.classroom import exercise\ncheck = exercise('small')", {}),
        (
            "task",
            f"def f(x, y):\n    ### BEGIN SOLUTION\n{parts['solution']}\n    ### END SOLUTION",
            {"task": "first", "defines": ["f"]},
        ),
        (
            "check",
            f"{hidden}check('first', lambda x, y: f(x, y), inputs={parts['inputs']})",
            {"title": "First", "returns": ["a", "b"], "right": "Good.", "credit": {"a": 1, "b": 2}},
        ),
    ]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{k}",
                "metadata": {
                    "microtorch": {"role": role, **meta},
                    "nbgrader": {"grade_id": f"cell-{k}", "points": 3},
                },
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for k, (role, source, meta) in enumerate(cells)
        ],
    }
    path = tmp_path / "small.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def hidden(code: str) -> Callable[[dict[str, Any]], None]:
    """Changes the hidden part of the check."""

    def change(notebook: dict[str, Any]) -> None:
        check = notebook["cells"][2]["source"].splitlines()[-1]
        source = f"### BEGIN HIDDEN TESTS\n{code}\n### END HIDDEN TESTS\n{check}"
        notebook["cells"][2]["source"] = source

    return change


def points(value: object) -> Callable[[dict[str, Any]], None]:
    return lambda notebook: notebook["cells"][2]["metadata"]["nbgrader"].update(points=value)


def of_check(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda notebook: notebook["cells"][2]["metadata"]["microtorch"].update(changes)


def of_task(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda notebook: notebook["cells"][1]["metadata"]["microtorch"].update(changes)


def written(cell: int, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(notebook: dict[str, Any]) -> None:
        source = notebook["cells"][cell]["source"]
        assert old in source
        notebook["cells"][cell]["source"] = source.replace(old, new)

    return change


def made(author: Path, to: Path) -> list[Path]:
    return release(author, to, bundle=to / "teacher.json", secret="s")


# --- what is made ---------------------------------------------------------------------------------


def test_the_command_writes_three_files_and_the_bundle_is_for_its_owner_alone(
    tmp_path: Path,
) -> None:
    author = one_task(tmp_path)
    to = tmp_path / "out"
    run = CliRunner().invoke(main, ["release", str(author), "--to", str(to)])
    assert run.exit_code == 0, run.output
    bundle = to / "teacher" / "small.bundle.json"
    assert sorted(path.name for path in to.iterdir()) == ["small.ipynb", "small.json", "teacher"]
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert "for you alone" in run.output
    first = load_bundle(bundle).secret
    assert len(first) == 32
    for name in ("small.ipynb", "small.json"):
        text = (to / name).read_text("utf-8")
        assert first not in text
        for trace in (
            "draw",
            "SOLUTION",
            "HIDDEN",
            "2 * x + y",
            "Twice x" if "ipynb" in name else "~",
        ):
            assert trace not in text


def test_no_bundle_makes_what_learners_get_and_nothing_else(tmp_path: Path) -> None:
    author = one_task(tmp_path, draw="")
    to = tmp_path / "out"
    run = CliRunner().invoke(main, ["release", "--no-bundle", str(author), "--to", str(to)])
    assert run.exit_code == 0, run.output
    assert sorted(path.name for path in to.iterdir()) == ["small.ipynb", "small.json"]


def test_for_nbgrader_it_writes_its_source_and_in_the_authors_folder_nothing_else(
    tmp_path: Path,
) -> None:
    author = one_task(tmp_path)
    to = tmp_path / "source" / "small"
    run = CliRunner().invoke(main, ["release", "--nbgrader", str(author), "--to", str(to)])
    assert run.exit_code == 0, run.output
    assert sorted(path.name for path in to.iterdir()) == ["small.ipynb", "small.json"]
    assert "for you alone" in run.output
    key = read_author(to / "small.ipynb").tasks[0].hidden.key
    assert key is not None
    check = read_key(key)
    assert (check.points, check.shown, len(check.inputs)) == (3, 2, 2 + DRAWS)
    assert [[2 * x + y, x * y] for x, y in check.inputs] == check.results
    run = CliRunner().invoke(main, ["release", "--nbgrader", str(author), "--to", str(tmp_path)])
    assert run.exit_code == 0, run.output
    assert author.read_bytes() == (to / "small.ipynb").read_bytes()
    assert not (tmp_path / "small.json").exists()


def test_for_nbgrader_a_check_may_have_no_hidden_inputs(tmp_path: Path) -> None:
    release(one_task(tmp_path, draw=""), tmp_path, for_nbgrader=True)
    key = read_author(tmp_path / "small.ipynb").tasks[0].hidden.key
    assert key is not None
    assert len(read_key(key).inputs) == 2


def test_a_bundle_holds_no_solution_and_reads_back_as_it_was() -> None:
    text = bundle_file().read_text("utf-8")
    for task in read_author(AUTHOR_FILE).tasks:
        for line in set(task.solution.splitlines()) - set(task.blank.splitlines()):
            assert json.dumps(line) not in text
    bundle = load_bundle(bundle_file())
    assert json.loads(bundle.to_json())["pools"] == json.loads(text)["pools"]
    assert bundle.exercise == NAME


def test_inputs_differ_by_submission_and_come_back_for_the_same_one() -> None:
    bundle = load_bundle(bundle_file())
    variants = {bundle.variant(f"student {k}", b"same file") for k in range(40)}
    assert len(variants) > 10
    assert {bundle.variant("ada", str(k).encode()) for k in range(40)} != {0}
    assert bundle.variant("ada", b"x") == bundle.variant("ada", b"x")
    inputs = [json.dumps(bundle.key_of(k).checks[0].inputs) for k in range(VARIANTS)]
    assert len(set(inputs)) == VARIANTS
    check, shown = bundle.key_of(3).checks[0], bundle.key.checks[0]
    assert check.inputs[: len(shown.inputs)] == shown.inputs
    assert len(check.inputs) == len(shown.inputs) + DRAWS == len(check.results)
    assert CANARY not in json.dumps(check.as_dict())


@pytest.mark.parametrize("variant", [0, 7, VARIANTS - 1])
def test_every_variant_tells_every_planted_mistake_from_the_solution(variant: int) -> None:
    for check in load_bundle(bundle_file()).key_of(variant).checks:
        assert judge(check, {"results": check.results}).fraction == 1
        for mistake in check.misconceptions:
            verdict = judge(check, {"results": mistake.results})
            assert (verdict.cause, verdict.fraction) == (mistake.name, 0)
            assert mistake.message in verdict.message


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"draw": ""}, "no hidden inputs. Add `def draw"),
        ({"solution": "    return x > 0, x * y"}, "not numbers"),
        ({"draw": "def draw(random):\n    return 1.0, 2.0"}, "can be guessed"),
        ({"draw": "def draw(random):\n    return 'a', 2.0"}, "must return a tuple of numbers"),
        ({"draw": "def draw(random):\n    return 1 / 0"}, "ZeroDivisionError"),
        ({"inputs": "[(0.0, 0.0)]"}, "'once' is taken for 'right'"),
        (
            {
                "solution": "    return 2 * abs(x) + y, x * y + (x < 0) * 5",
                "draw": "def draw(random):\n    return random.uniform(1, 2), random.uniform(3, 4)",
            },
            r"slip in the line `return 2 \* abs",
        ),
        ({"solution": "    return g(x), y"}, "'g' is not defined"),
        ({"inputs": "INPUTS"}, "'INPUTS' is not defined"),
        ({"mistake": "def f(x, y): return 1 / zero"}, "'once' is taken for 'error'"),
        ({"solution": "    return ("}, "cell 'cell-2' cannot be run with the solution"),
        (
            {"solution": "    import random\n    return random.random(), x * y"},
            "when it is run again",
        ),
        (
            {"solution": "    f.n = getattr(f, 'n', 0) + 1\n    return 2 * x + y + f.n / 9, x * y"},
            "how often it is called",
        ),
        (
            {
                "draw": "def draw(random):\n    import random as r\n    return r.random(), r.random()"
            },
            "gives other inputs when it is called again",
        ),
        ({"solution": "    return [x * k for k in range(101)], y"}, "Lists may be 100 long"),
    ],
)
def test_a_weak_or_contradictory_exercise_is_refused_with_the_reason(
    changes: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ClassroomError, match=words):
        made(one_task(tmp_path, **changes), tmp_path)
    assert not (tmp_path / "teacher.json").exists()


WRONG: list[tuple[Any, str]] = [
    (lambda nb: nb["cells"][1].update(metadata={}), "cell 2 has the role None"),
    (lambda nb: nb["cells"][1]["metadata"].update(microtorch={"role": "x"}), "the role 'x'"),
    (lambda nb: nb["cells"][1]["metadata"]["microtorch"].pop("defines"), "lacks defines"),
    (lambda nb: nb["cells"][2]["metadata"].pop("nbgrader"), "own metadata.nbgrader.grade_id"),
    (points(-1), "needs its points"),
    (points(float("inf")), "needs its points"),
    (points(True), "needs its points"),
    (points("3"), "needs its points"),
    (of_check(rtol="small"), "as `rtol`"),
    (of_check(atol=float("nan")), "as `atol`"),
    (of_check(credit={"a": -1, "b": 4}), "needs `credit`"),
    (of_check(credit="a"), "needs `credit`"),
    (of_check(returns="ab"), "list of names in `returns`"),
    (of_check(title=["x"]), "a text as `title`"),
    (of_task(defines=[]), "list of names in `defines`"),
    (of_task(defines="f"), "list of names in `defines`"),
    (
        of_task(defines=["g"]),
        "names g, which the solution in the cell 'cell-1' does not define",
    ),
    (of_task(task=5), "a name for its task, not 5"),
    (written(2, "check('first'", "check('second'"), "the cell 'cell-2' calls itself 'second'"),
    (written(1, "    ### END SOLUTION", ""), "'### BEGIN SOLUTION', which makes no pair"),
    (written(1, "### BEGIN", "### begin"), "'### begin SOLUTION', which makes no pair"),
    (written(2, "### END HIDDEN TESTS\n", ""), "which makes no pair"),
    (written(2, "### BEGIN HIDDEN", " ### BEGIN HIDDEN"), "which makes no pair"),
    (written(0, "check", "### BEGIN SOLUTION\n### END SOLUTION\ncheck"), "holds a solution"),
    (written(0, "check", "### BEGIN HIDDEN TESTS\ncheck"), "which makes no pair"),
    (lambda nb: nb["cells"][2].update(id="cell-1"), "an id that no other cell has"),
    (lambda nb: nb["cells"][1].pop("id"), "an id that no other cell has, not None"),
    (lambda nb: nb["cells"][1].update(source=[1]), "is no text"),
    (lambda nb: nb["cells"][1].update(cell_type="markdown"), "is a markdown cell"),
    (lambda nb: nb.update(cells=nb["cells"][:1]), "has no task"),
    (lambda nb: nb["metadata"].update(microtorch={"taught": "microtorch"}), "must be a list"),
    (
        lambda nb: nb["metadata"].update(microtorch={"taught": ["microtorch.../etc"]}),
        "no module",
    ),
    (lambda nb: nb["cells"].pop(1), "is a check without a task"),
    (lambda nb: nb["cells"].pop(2), "has no check below it"),
    (hidden("class small: pass"), "the class small lacks its message"),
    (hidden("class small:\n    'Add one.'"), "or the mistaken code below it"),
    (hidden("def draw("), "hidden tests that cannot be used"),
    (lambda nb: nb["cells"][1].update(source="def f(): pass"), "needs its solution between"),
    (lambda nb: nb["metadata"].update(microtorch={"taught": ["numpy"]}), "names 'numpy'"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=map(str, range(len(WRONG))))
def test_an_authors_notebook_in_the_wrong_form_is_explained(
    change: Any, words: str, tmp_path: Path
) -> None:
    path = one_task(tmp_path)
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))
    run = CliRunner().invoke(main, ["release", str(path), "--to", str(tmp_path / "out")])
    assert run.exit_code == 2
    assert words in " ".join(run.stderr.split())


def test_of_three_files_none_is_written_if_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassroomError, match="cannot be written"):
        release(one_task(tmp_path), tmp_path / "out", bundle=tmp_path / "file" / "teacher.json")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_author_and_a_folder_that_cannot_be_written_are_explained(tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["release", str(tmp_path / "no.ipynb"), "--to", str(tmp_path)])
    assert (run.exit_code, "There is no file" in run.stderr) == (2, True)
    (tmp_path / "file").write_text("")
    author = one_task(tmp_path)
    run = CliRunner().invoke(main, ["release", str(author), "--to", str(tmp_path / "file")])
    assert (run.exit_code, "cannot be written" in run.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pools": {}, "format": 9}', "[" * 10**5])
def test_what_is_no_bundle_is_explained(text: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    with pytest.raises(ClassroomError, match="There is no bundle"):
        load_bundle(path)
    path.write_text(text)
    with pytest.raises(ClassroomError, match="is not a bundle that can be read"):
        load_bundle(path)


# --- the parts ------------------------------------------------------------------------------------


def test_the_inputs_of_a_check_cell_are_replaced_wherever_they_stand() -> None:
    cell = "check(\n    'é',\n    lambda x: f(x),\n    inputs=[\n        (1.0,),\n    ],\n)  # end"
    new = with_inputs(cell, literal([[2.5], [[1, 2]]]))
    assert new.splitlines()[3:] == ["    inputs=[(2.5,), ([1, 2],)],", ")  # end"]
    with pytest.raises(ClassroomError, match="one `inputs=`"):
        with_inputs("check('f')", "[]")


def test_slips_are_made_in_the_solution_only_and_not_where_the_author_says_so() -> None:
    cell = (
        "def f(x):\n    y = 1 + x\n    ### BEGIN SOLUTION\n    y += 2\n"
        "    z = -y * 3  # no mutants\n    return y, z\n    ### END SOLUTION"
    )
    found = [(line, mutant.splitlines()) for line, mutant in mutants(cell)]
    assert [line for line, _ in found] == [4, 6, 4]
    assert {mutant[2].strip() for line, mutant in found if line == 4} == {"y -= 2", "y += 3"}
    assert found[1][1][-1].strip() == "return (z, y)"


def test_labels_and_accuracies_can_be_guessed_and_numbers_cannot() -> None:
    require_unguessable("t", [[k * 0.1, k] for k in range(20)])
    with pytest.raises(ClassroomError, match="3 different results"):
        require_unguessable("t", [k % 3 for k in range(20)])
    with pytest.raises(ClassroomError, match="not numbers"):
        require_numbers("t", [[1.0, {"type": "bool", "text": "True"}]])


PARTLY = replace(
    CHECK,
    misconceptions=[Misconception("m", "You did m.", [[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])],
)


@pytest.mark.parametrize(
    ("results", "status", "fraction", "words"),
    [
        (PARTLY.results, "right", 1, "Good."),
        ([[1.0, 2.0], [2.0, 4.0], [7.0, 0.0]], "wrong", 1 / 3, "not for others"),
        ([[0.0, 2.0], [0.0, 4.0], [0.0, 14.0]], "wrong", 2 / 3, "expected a = 1, b = 2"),
        ([[0.0, 0.0], [0.0, 0.0], [0.0, 1.0]], "wrong", 0, "You did m."),
        ([[1.0, 2.0], [2.0, 4.0], {"raised": "E7", "text": "7"}], "error", 0, "stops for others"),
        ([[1.0, 2.0], [2.0, 4.0], "x"], "wrong", 0, "not for others"),
        ([1.0, 2.0, 3.0], "wrong", 0, "2 numbers are asked for"),
    ],
)
def test_partial_credit_counts_values_that_are_right_for_every_input_and_hidden_ones_stay_so(
    results: list[Any], status: str, fraction: float, words: str
) -> None:
    verdict = judge(PARTLY, {"results": results})
    assert (verdict.status, verdict.fraction) == (status, pytest.approx(fraction))
    assert words in verdict.message
    assert "7" not in verdict.message
    assert "14" not in verdict.message
