"""What a check says: values as data, the likely cause of a mistake, and the text in the notebook."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microtorch.classroom import ClassroomError, exercise
from microtorch.classroom.authoring import stub
from microtorch.classroom.content import content_dir, known_exercises
from microtorch.classroom.feedback import Verdict, judge
from microtorch.classroom.key import Check, Misconception, find_key, load_key
from microtorch.classroom.release import _examine
from microtorch.classroom.values import close, encode, encode_error, plain_text

NAME = "01-backward-by-hand"
EXERCISES = content_dir("exercises")
KEY = load_key(EXERCISES / f"{NAME}.json")

CHECK = Check(
    name="double",
    title="Task 1, doubling",
    points=2,
    function="double",
    arguments=["x", "y"],
    returns=["a", "b"],
    right="Both are doubled.",
    rtol=1e-6,
    atol=1e-9,
    inputs=[[1.0, 2.0], [3.0, 5.0]],
    results=[[2.0, 4.0], [6.0, 10.0]],
    misconceptions=[Misconception("squared", "You squared.", [[1.0, 4.0], [9.0, 25.0]])],
)


# --- values ---------------------------------------------------------------------------------------


class Hostile(float):
    """Raises wherever it can and claims to equal everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __float__(self) -> float:
        raise RuntimeError("no float")


class BrokenTensor:
    shape = (1,)

    def item(self) -> float:
        raise RuntimeError("no item")


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no str")


VALUES: dict[str, tuple[object, object]] = {
    "float": (1.5, 1.5),
    "int": (2, 2),
    "tuple": ((1.0, [2]), [1.0, [2]]),
    "NumPy number": (np.float32(0.5), 0.5),
    "array with one element": (np.array([2.5]), 2.5),
    "array": (np.array([1.0, 2.0]), [1.0, 2.0]),
    "bool": (True, {"type": "bool", "text": "True"}),
    "NumPy bool": (np.bool_(True), {"type": "bool", "text": "True"}),
    "None": (None, {"type": "NoneType", "text": "None"}),
    "Ellipsis": (..., {"type": "ellipsis", "text": "Ellipsis"}),
    "nan": (math.nan, {"type": "float", "text": "nan"}),
    "-inf": (-math.inf, {"type": "float", "text": "-inf"}),
    "str": ("abc", {"type": "str", "text": "'abc'"}),
    "dict": ({}, {"type": "dict", "text": ""}),
    "large int": (10**20, 1e20),
    "int beyond all floats": (10**5000, {"type": "int", "text": ""}),
    "large array": (np.zeros((50, 50)), {"type": "ndarray", "text": "shape (50, 50)"}),
    "hostile number": (Hostile(1.0), {"type": "Hostile", "text": ""}),
    "broken tensor": (BrokenTensor(), {"type": "BrokenTensor", "text": ""}),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_becomes_strict_json(name: str) -> None:
    value, expected = VALUES[name]
    encoded = encode(value)
    assert encoded == expected
    assert type(encoded) is type(expected)
    assert json.loads(json.dumps(encoded, allow_nan=False)) == encoded


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert json.dumps(encode(endless)).startswith("[[[[")


def test_an_error_without_words_is_encoded_by_its_name() -> None:
    assert encode_error(SilentError()) == {"raised": "SilentError", "text": ""}


@pytest.mark.parametrize(
    ("got", "same"),
    [
        (1.0 + 1e-9, True),
        (1, True),
        (1.001, False),
        (True, False),
        ("1.0", False),
        ([1.0], False),
        (10**400, False),
        ({"type": "float", "text": "nan"}, False),
    ],
)
def test_numbers_are_close_within_the_tolerance_and_nothing_else_is(
    got: object, same: bool
) -> None:
    assert close(1.0, got, 1e-6, 1e-9) is same
    assert close([1.0, 2.0], [got, 2.0], 1e-6, 1e-9) is same


def test_foreign_text_is_cut_and_freed_of_control_characters() -> None:
    assert plain_text("a\x1b[31m\nb" + "c" * 500, 20) == "a?[31m bccccccccccc…"


# --- feedback -------------------------------------------------------------------------------------


def verdict(*results: object, check: Check = CHECK) -> Verdict:
    return judge(check, {"check": "double", "results": list(results)})


RAISED = {"raised": "NotImplementedError", "text": ""}
NOTHING = {"type": "NoneType", "text": "None"}
NAN = {"type": "float", "text": "nan"}


@pytest.mark.parametrize(
    ("results", "status", "words"),
    [
        ([[2, 4], [6, 10]], "right", "Both are doubled."),
        ([[2.0, 4.0000001], [6.0, 10.0]], "right", "Both are doubled."),
        ([[1.0, 4.0], [9.0, 25.0]], "wrong", "expected a = 2, b = 4. You squared."),
        ([RAISED, RAISED], "not attempted", "raise NotImplementedError"),
        ([NOTHING, NOTHING], "not attempted", "End it with `return a, b`."),
        ([{"type": "ellipsis", "text": ""}] * 2, "not attempted", "gives nothing back yet"),
        (
            [{"raised": "NameError", "text": "name 'double' is not defined"}] * 2,
            "not attempted",
            "`double` is not defined. Fill in its cell and run it",
        ),
        (
            [{"raised": "NameError", "text": "name 'z' is not defined"}] * 2,
            "error",
            "`double(x=1, y=2)` stopped with NameError: name 'z' is not defined",
        ),
        ([{"raised": "SystemExit", "text": ""}] * 2, "error", "stopped with SystemExit"),
        ([2.0, 6.0], "wrong", "gives 2; 2 numbers are asked for, in this order: a, b."),
        ([[2.0], [6.0]], "wrong", "gives 1 value (2); 2 numbers are asked for"),
        ([[NAN, 4.0], [6.0, 10.0]], "wrong", "gives nan (not a number) for a; a number is asked"),
        (
            [[2.0, {"type": "str", "text": "'4'"}], [6.0, 10.0]],
            "wrong",
            "gives '4' (of type str) for b",
        ),
        ([[2.0, [4.0]], [6.0, [10.0]]], "wrong", "gives 1 value (4) for b"),
        ([[2.0, 4.0], [2.0, 4.0]], "wrong", "the same for every input, a = 2, b = 4. Use its"),
        ([[2.0, 5.0], [6.0, 11.0]], "wrong", "Right already: a. Look again at: b."),
        ([[2.0, 4.0], [7.0, 11.0]], "wrong", "`double(x=3, y=5)` gives a = 7, b = 11; expected"),
        ([[2.0, 4.0], [7.0, 11.0]], "wrong", "For other inputs it is right."),
        ([[3.0, 5.0], [7.0, 11.0]], "wrong", "Work this input out on paper"),
    ],
)
def test_feedback_names_the_likely_cause(results: list[Any], status: str, words: str) -> None:
    found = verdict(*results)
    assert found.status == status
    assert words in found.message


def test_only_a_recognised_misconception_has_a_cause() -> None:
    assert verdict([1.0, 4.0], [9.0, 25.0]).cause == "squared"
    assert verdict([3.0, 5.0], [7.0, 11.0]).cause is None


@pytest.mark.parametrize("payload", [None, 7, [], {}, {"results": 1}, {"results": [[2.0, 4.0]]}])
def test_values_of_the_wrong_form_are_an_error_and_never_right(payload: object) -> None:
    assert judge(CHECK, payload).status == "error"


def test_release_refuses_a_misconception_that_gives_the_right_values() -> None:
    harmless = Misconception("harmless", "No mistake.", CHECK.results)
    with pytest.raises(ClassroomError, match="'harmless' is taken for 'right'"):
        _examine(replace(CHECK, misconceptions=[harmless]), {"results": [RAISED, RAISED]})


def test_release_refuses_two_misconceptions_that_cannot_be_told_apart() -> None:
    twin = replace(CHECK.misconceptions[0], name="twin")
    with pytest.raises(ClassroomError, match="'twin' is taken for 'squared'"):
        _examine(
            replace(CHECK, misconceptions=[*CHECK.misconceptions, twin]),
            {"results": [RAISED, RAISED]},
        )


def test_release_refuses_a_blank_that_counts_as_attempted() -> None:
    with pytest.raises(ClassroomError, match="blank"):
        _examine(CHECK, {"results": CHECK.results})


def test_the_stub_keeps_what_stands_around_the_solution() -> None:
    source = "def f(x):\n    y = 1\n    ### BEGIN SOLUTION\n    z = 2\n    ### END SOLUTION\n    return z"
    assert stub(source).splitlines() == [
        "def f(x):",
        "    y = 1",
        "    raise NotImplementedError  # put your own lines here",
        "    return z",
    ]


# --- at-once feedback in the notebook -------------------------------------------------------------


def test_importing_exercise_loads_neither_pytest_nor_nbval() -> None:
    code = (
        "import sys; from microtorch.classroom import exercise; "
        "print(sorted({'pytest', 'nbval', 'nbformat', 'IPython'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_check_says_right_wrong_with_the_cause_or_not_attempted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check = exercise(NAME)
    inputs = [(3.0, 2.0, 1.0), (-1.5, 2.0, 0.5), (0.5, -4.0, 3.0)]

    def blank(w: float, x: float, y: float) -> float:
        raise NotImplementedError

    def overwritten(w: float, x: float, y: float) -> float:
        return 2 * w

    check("used-twice", lambda w, x, y: 2 * (w * x - y) * x + 2 * w, inputs=inputs)
    check("used-twice", overwritten, inputs=inputs)
    check("used-twice", blank, inputs=inputs)
    said = capsys.readouterr().out
    assert "✓ right: Task 4" in said
    assert "✗ wrong: Task 4" in said
    assert "  backward_twice(w=3, x=2, y=1)\n" in said
    assert "      gives     dloss_dw = 6\n      expected  dloss_dw = 26\n" in said
    assert "· not attempted: Task 4" in said


def test_a_check_that_no_key_knows_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    exercise(NAME)("nonsense", lambda x: x, inputs=[(1.0,)])
    exercise("99-nonsense")("forward", lambda x: x, inputs=[(1.0,)])
    said = capsys.readouterr().out
    assert "has no check 'nonsense'" in said
    assert "There is no exercise '99-nonsense'" in said
    assert NAME in said


def test_ctrl_c_still_stops_a_check() -> None:
    def endless(x: float) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercise(NAME)("forward", endless, inputs=[(1.0,)])


def test_the_key_beside_the_notebook_goes_first(tmp_path: Path) -> None:
    changed = KEY.to_json().replace("Task 1, the forward pass", "Changed")
    (tmp_path / f"{NAME}.json").write_text(changed, encoding="utf-8")
    assert find_key(NAME, tmp_path).checks[0].title == "Changed"
    assert find_key(NAME, tmp_path / "elsewhere") == KEY


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "checks": [{}]}']
)
def test_a_broken_key_gets_one_paragraph(text: str, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.json").write_text(text, encoding="utf-8")
    with pytest.raises(ClassroomError, match="Delete it"):
        find_key(NAME, tmp_path)


def test_every_known_exercise_has_a_key() -> None:
    assert NAME in known_exercises()
    assert all(load_key(EXERCISES / f"{n}.json").exercise == n for n in known_exercises())
