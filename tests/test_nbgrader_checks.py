"""What a check does under nbgrader, without nbgrader: raise, return a part of the points, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from handed_in import CHECK

from microtorch.classroom import exercise
from microtorch.classroom.authoring import read_author, read_hidden, with_key, without_hidden
from microtorch.classroom.key import Misconception, load_key
from microtorch.classroom.nbgrader import CheckFailed, key_text, read_key
from microtorch.classroom.reference import ReferenceKernel
from microtorch.classroom.release import nbgrader_notebook

EXERCISES = Path(__file__).parent.parent / "exercises"
NAMES = sorted(path.stem for path in (EXERCISES / "authoring").glob("*.ipynb"))
SHOWN: list[tuple[float]] = [(1.0,), (2.0,)]


@pytest.fixture(params=["autograde", "validate"])
def under_nbgrader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NBGRADER_EXECUTION", request.param)
    return str(request.param)


@pytest.mark.usefixtures("under_nbgrader")
class TestUnderNbgrader:
    def test_full_points_are_no_result_and_a_part_is_a_number(self) -> None:
        check = exercise("unknown")
        check.key(key_text(CHECK))
        assert check("both", lambda x: (x, 2 * x), inputs=SHOWN) is None
        assert check("both", lambda x: (x, x), inputs=SHOWN) == 1
        assert check("both", lambda x: (0, 2 * x), inputs=SHOWN) == 2

    def test_no_points_are_an_error_without_lines_of_ours_or_hidden_values(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        check = exercise("unknown")
        check.key(key_text(CHECK))
        with pytest.raises(CheckFailed, match='Both "halves": wrong') as caught:
            check("both", lambda x: (x, 2 * x) if x < 3 else (0, 0), inputs=SHOWN)
        (line,) = caught.value._render_traceback_()
        assert line == f"CheckFailed: {caught.value}"
        said = line + capsys.readouterr().out
        assert "right for the inputs shown, but not for others" in said
        assert "14" not in said

    def test_words_on_stderr_take_no_points(self, capsys: pytest.CaptureFixture[str]) -> None:
        def noisy(x: float) -> tuple[float, float]:
            print("careful", file=sys.stderr)
            return x, 2 * x

        check = exercise("unknown")
        check.key(key_text(CHECK))
        assert check("both", noisy, inputs=SHOWN) is None
        told = capsys.readouterr()
        assert told.err == ""
        assert "careful" in told.out

    def test_a_check_that_nothing_is_known_about_brings_no_points(self) -> None:
        with pytest.raises(CheckFailed, match="cannot be judged: There is no exercise 'unknown'"):
            exercise("unknown")("both", lambda x: (x, 2 * x), inputs=SHOWN)
        with pytest.raises(CheckFailed, match="has no check 'both'"):
            exercise(NAMES[0])("both", lambda x: (x, 2 * x), inputs=SHOWN)

    def test_without_hidden_tests_the_learners_own_key_counts(self) -> None:
        check = exercise("04-gradient-descent")
        step = load_key(EXERCISES / "04-gradient-descent.json").checks[0]
        inputs = [tuple(values) for values in step.inputs]
        assert check("step", lambda w, gradient, lr: w - lr * gradient, inputs=inputs) is None
        with pytest.raises(CheckFailed, match="You walk uphill"):
            check("step", lambda w, gradient, lr: w + lr * gradient, inputs=inputs)

    def test_a_key_beside_the_notebook_lends_words_and_no_points(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A student may hand in a key of their own."""
        forged = replace(CHECK, results=[[0.0, 0.0]] * 3, shown=None)
        forged = replace(forged, misconceptions=[Misconception("m", "Forged.", [[0.0, 1.0]] * 2)])
        data = {"format": 1, "exercise": "unknown", "checks": [forged.as_dict()]}
        (tmp_path / "unknown.json").write_text(json.dumps(data))
        monkeypatch.chdir(tmp_path)
        check = exercise("unknown")
        check.key(key_text(CHECK))
        with pytest.raises(CheckFailed):
            check("both", lambda x: (0, 0), inputs=SHOWN)
        with pytest.raises(CheckFailed, match="Forged"):
            check("both", lambda x: (0, 1), inputs=SHOWN)


def test_elsewhere_a_check_neither_raises_nor_returns_points() -> None:
    check = exercise("unknown")
    check.key(key_text(CHECK))
    assert check("both", lambda x: (0, 0), inputs=SHOWN) is None


def test_a_key_is_read_as_it_was_written() -> None:
    assert read_key(key_text(CHECK)) == CHECK
    bare = replace(CHECK, credit=None, shown=None, title="'''\"\"\" \\n {} é")
    assert read_key(key_text(bare)) == bare


@pytest.mark.parametrize("title", ["plain", "'''\"\"\"", "back\\slash {} {0}", '"'])
@pytest.mark.parametrize(
    "cell",
    [
        "check('both')",
        "### BEGIN HIDDEN TESTS\ndef draw(random):\n    return 1\n### END HIDDEN TESTS\ncheck('both')",
        "def helper():\n    pass\n\n\ncheck('both')",
    ],
)
def test_a_key_is_put_in_once_and_the_visible_check_stays(cell: str, title: str) -> None:
    check = replace(CHECK, title=title)
    first = with_key(cell, key_text(replace(check, points=7)))
    second = with_key(first, key_text(check))
    assert second == with_key(second, key_text(check))
    assert without_hidden(second) == without_hidden(cell)
    hidden = second.split("### END")[0].split("TESTS\n")[1]
    assert read_key(read_hidden(hidden).key or "") == check
    assert ("def draw" in hidden) == ("def draw" in cell)


@pytest.fixture(scope="module")
def kernel() -> Iterator[ReferenceKernel]:
    with ReferenceKernel() as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_the_authors_notebooks_hold_what_nbgrader_grades_by(
    name: str, kernel: ReferenceKernel
) -> None:
    path = EXERCISES / "authoring" / f"{name}.ipynb"
    made = nbgrader_notebook(read_author(path), load_key(EXERCISES / f"{name}.json"), kernel)
    assert made == path.read_text(encoding="utf-8"), (
        f"{name} is stale: microtorch release --nbgrader exercises/authoring/{name}.ipynb "
        "--to exercises/authoring"
    )
