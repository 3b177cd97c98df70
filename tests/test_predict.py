"""Predictions are recorded before the reveal; a quiz explains every option."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from microtorch.widgets import predict, quiz
from microtorch.widgets.predict import Form, _records

WHY = {"a sum": "Every use adds its share.", "a product": "Products run along one path."}


@pytest.fixture(autouse=True)
def fresh_kernel() -> Iterator[None]:
    _records.clear()
    yield
    _records.clear()


def press_record(form: Form, answer: str) -> None:
    """What the page does when the learner presses the button."""
    form.set_state({"answer": answer})


def text(form: Form) -> str:
    bundle = form._repr_mimebundle_()
    assert bundle is not None
    return bundle[0]["text/plain"]


def test_the_package_gives_the_functions_not_the_modules() -> None:
    from microtorch import widgets

    assert widgets.predict is predict
    assert not isinstance(predict, ModuleType)


def test_a_fresh_run_of_all_cells_prints_the_answer_without_a_prediction(
    capsys: pytest.CaptureFixture[str],
) -> None:
    predict("The loss?", number=True).reveal(1, explain="(1 − 2)² = 1.")
    assert capsys.readouterr().out == (
        "No prediction recorded yet. Record one above, then run this cell again.\n"
        "The answer is 1.\n"
        "(1 − 2)² = 1.\n"
    )


def test_the_explanation_can_come_with_the_question_and_is_wrapped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    p = predict("The loss?", number=True, explain="word " * 40)
    p.reveal(1)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
    p.reveal(1, explain="Another.")
    assert capsys.readouterr().out.endswith("The answer is 1.\nAnother.\n")


def test_a_wrong_number_is_said_to_be_not_quite_right(capsys: pytest.CaptureFixture[str]) -> None:
    p = predict("The loss?", number=True)
    press_record(p, "4")
    assert p.status == "Recorded: 4"
    p.reveal(1, explain="(1 − 2)² = 1.")
    out = capsys.readouterr().out
    assert out == "You predicted 4. It is 1: not quite.\n(1 − 2)² = 1.\n"


@pytest.mark.parametrize(
    ("said", "value", "tolerance", "verdict"),
    [
        ("1", 1.0, None, "right"),
        ("0.91", 0.9094, None, "right"),
        ("0.92", 0.9094, None, "not quite"),
        ("-2", 2.0, None, "not quite"),
        ("0", 0.0, None, "right"),
        ("0.001", 0.0, None, "not quite"),
        ("3", 4.0, 1.0, "right"),
        ("2.9", 4.0, 1.0, "not quite"),
        ("27.52", np.float32(27.52), 0.0, "right"),
    ],
)
def test_a_number_is_right_within_the_tolerance(
    said: str,
    value: float,
    tolerance: float | None,
    verdict: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    p = predict("How much?", number=True, tolerance=tolerance)
    p.record(float(said))
    p.reveal(value)
    assert capsys.readouterr().out.endswith(f": {verdict}.\n")


def test_a_choice_is_right_when_it_is_the_revealed_one(capsys: pytest.CaptureFixture[str]) -> None:
    for said, verdict in [("it rises", "right"), ("it falls", "not quite")]:
        p = predict(f"Next loss? ({said})", options=["it falls", "it rises"])
        press_record(p, said)
        p.reveal("it rises")
        out = capsys.readouterr().out
        assert out == f"You predicted “{said}”. It is “it rises”: {verdict}.\n"


def test_revealing_again_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    p = predict("The loss?", number=True)
    p.record(4)
    p.reveal(1)
    first = capsys.readouterr().out
    p.reveal(1)
    assert capsys.readouterr().out == first


def test_a_prediction_changed_after_the_reveal_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    p = predict("The loss?", number=True)
    p.record(4)
    p.reveal(1)
    press_record(p, "1")
    assert p.status == "Recorded: 1 (after the answer was shown)"
    capsys.readouterr()
    p.reveal(1)
    assert capsys.readouterr().out == (
        "You predicted 4. It is 1: not quite.\n(After the answer was shown you changed it to 1.)\n"
    )


def test_a_first_prediction_after_the_reveal_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    p = predict("The loss?", number=True)
    p.reveal(1)
    press_record(p, "1")
    capsys.readouterr()
    p.reveal(1)
    assert "You predicted 1. It is 1: right." in (out := capsys.readouterr().out)
    assert "(You recorded this after the answer was shown.)" in out


def test_running_the_question_again_keeps_what_was_recorded() -> None:
    press_record(predict("The loss?", number=True), "4")
    again = predict("The loss?", number=True)
    assert (again.answer, again.status) == ("4", "Recorded: 4")
    assert predict("Another loss?", number=True).answer == ""


def test_the_text_twin_reads_well_and_holds_no_identifiers() -> None:
    assert text(predict("The loss?", number=True)) == "Predict: The loss?\n  (a number)"
    p = predict("Next loss?", options=["it falls", "it rises"])
    assert text(p) == repr(p) == "Predict: Next loss?\n  ( ) it falls\n  ( ) it rises"
    p.record("it rises")
    assert repr(p).endswith("  ( ) it falls\n  (•) it rises\nRecorded: it rises")


def test_the_widget_is_shown_beside_its_text() -> None:
    bundle = predict("The loss?", number=True)._repr_mimebundle_()
    assert bundle is not None
    assert set(bundle[0]) == {"text/plain", "application/vnd.jupyter.widget-view+json"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs either options"),
        ({"number": True, "options": ["a", "b"]}, "needs either options"),
        ({"options": ["a"]}, "at least two"),
        ({"options": ["a", "a"]}, "all different"),
        ({"options": ["a", ""]}, "none empty"),
        ({"options": [1, 2]}, "a list of texts"),
        ({"options": "ab"}, "a list of texts"),
        ({"options": ["a", "b"], "tolerance": 0.1}, "tolerance goes with number=True"),
        ({"number": True, "tolerance": -1.0}, "0 or more"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predict("The loss?", **arguments)


def test_an_answer_that_does_not_fit_the_question_is_refused() -> None:
    p = predict("Next loss?", options=["it falls", "it rises"])
    with pytest.raises(ValueError, match="'it stays' is not one of the options: 'it falls', 'it r"):
        p.reveal("it stays")
    with pytest.raises(ValueError, match="is not one of the options"):
        p.record("it stays")
    n = predict("The loss?", number=True)
    for wrong in ("one", None, np.array([1.0, 2.0])):
        with pytest.raises(TypeError, match="must be one number"):
            n.reveal(wrong)


def test_a_quiz_explains_every_option_and_hides_the_answer_from_the_text() -> None:
    q = quiz("What joins two uses?", list(WHY), "a sum", why=WHY)
    assert q.replies == {
        "a sum": "Right. Every use adds its share.",
        "a product": "Not quite. Products run along one path.",
    }
    assert text(q) == "Quiz: What joins two uses?\n  ( ) a sum\n  ( ) a product"


def test_a_quiz_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="'a mean' is not one of the options"):
        quiz("What joins two uses?", list(WHY), "a mean", why=WHY)
    with pytest.raises(ValueError, match=r"every option and nothing else.*'a product'"):
        quiz("What joins two uses?", list(WHY), "a sum", why={"a sum": "Yes."})
    with pytest.raises(ValueError, match="'a mean'"):
        quiz("What joins two uses?", list(WHY), "a sum", why=WHY | {"a mean": "No."})
