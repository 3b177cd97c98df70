"""Questions in a notebook: `predict` before the reveal, and `quiz` with an answer at once.

Both are a native HTML form inside a widget, because the ready-made ones do not fit: a FloatText
cannot be empty, so it would predict 0 for everyone, and JupyterLab takes a Dropdown's arrow keys.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any, SupportsFloat

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from microtorch.tensor import Tensor

HERE = Path(__file__).parent
WIDTH = 80  # of a line in a terminal


class Form(anywidget.AnyWidget):
    """One question with options or a number to fill in, a button, and a line that replies."""

    _esm = HERE / "predict.js"
    _css = "\n".join((HERE / name).read_text("utf-8") for name in ("predict.css", "edges.css"))

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)  # empty: ask for a number
    button = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)  # "" until the learner presses the button
    status = traitlets.Unicode().tag(sync=True)  # the reply ...
    replies = traitlets.Dict().tag(sync=True)  # ... unless the page knows one for this answer

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/plain"] = repr(self)
        return bundle

    def _lines(self) -> list[str]:
        """The options as text, with a mark at the chosen one."""
        return [f"  ({'•' if option == self.answer else ' '}) {option}" for option in self.options]


@dataclass
class Record:
    """What a learner predicted, and when."""

    answer: str = ""
    before: str = ""  # the prediction that stood at the first reveal
    shown: bool = False  # whether there has been a reveal

    def status(self) -> str:
        if not self.answer:
            return ""
        late = self.shown and self.answer != self.before
        return f"Recorded: {self.answer}" + (" (after the answer was shown)" if late else "")


# A record lives as long as the kernel: a click into the form selects its cell, so the learner's next
# Shift+Enter often runs that cell again, and this must not wipe the prediction out.
_records: dict[tuple[Any, ...], Record] = {}


class Prediction(Form):
    """A learner's prediction; made by :func:`predict`."""

    def __init__(
        self, question: str, options: Sequence[str], tolerance: float | None, explain: str
    ) -> None:
        self._tolerance = tolerance
        self._explain = explain
        self._record = _records.setdefault((question, *options), Record())
        super().__init__(
            question=question,
            options=list(options),
            button="Record",
            answer=self._record.answer,
            status=self._record.status(),
        )
        self.observe(self._remember, "answer")

    def record(self, answer: str | float) -> None:
        """Record a prediction from code: ``p.record(4)`` does what the button does."""
        if self.options:
            self.answer = _one_of(self.options, answer)
        else:
            self.answer = _plain(_number(answer, "a prediction"))

    def reveal(self, value: object, explain: str | None = None) -> None:
        """Tell the answer beside the prediction, and explain it.

        ``value`` is the right option, or a number (a tensor with one element will do). ``explain``
        stands in for the explanation that was given with the question.
        """
        right = _one_of(self.options, value) if self.options else _number(value, "the answer")
        shown = self._quoted(right if isinstance(right, str) else _plain(right))
        record = self._record
        if not record.shown:
            record.shown, record.before = True, record.answer
        if not record.answer:
            lines = ["No prediction recorded yet. Record one above, then run this cell again."]
            lines.append(f"The answer is {shown}.")
        else:
            said = record.before or record.answer
            verdict = "right" if self._agrees(said, right) else "not quite"
            lines = [f"You predicted {self._quoted(said)}. It is {shown}: {verdict}."]
            if not record.before:
                lines.append("(You recorded this after the answer was shown.)")
            elif record.answer != record.before:
                now = self._quoted(record.answer)
                lines.append(f"(After the answer was shown you changed it to {now}.)")
        tell([*lines, *filter(None, [self._explain if explain is None else explain])])

    def _quoted(self, answer: str) -> str:
        return f"“{answer}”" if self.options else answer

    def _agrees(self, said: str, right: str | float) -> bool:
        if isinstance(right, str):
            return said == right
        slack = 0.01 * abs(right) if self._tolerance is None else self._tolerance
        return math.isclose(float(said), right, rel_tol=1e-6, abs_tol=max(slack, 1e-9))

    def _remember(self, change: Any) -> None:
        self._record.answer = self.answer
        self.status = self._record.status()

    def __repr__(self) -> str:
        choice = self._lines() or ["  (a number)"]
        return "\n".join([f"Predict: {self.question}", *choice, *filter(None, [self.status])])


class Quiz(Form):
    """A question whose every option is explained; made by :func:`quiz`."""

    def __repr__(self) -> str:
        return "\n".join([f"Quiz: {self.question}", *self._lines()])


def tell(paragraphs: Sequence[str]) -> None:
    """Print paragraphs; in a notebook as HTML, for of plain text it breaks lines inside of words."""
    text = "\n".join(line for each in paragraphs for line in wrap(each, WIDTH))
    if getattr(get_ipython(), "kernel", None) is None:
        print(text)
        return
    html = "<br>".join(map(escape, paragraphs))
    bundle = {"text/html": f"<p>{html}</p>", "text/plain": text}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def predict(
    question: str,
    *,
    options: Sequence[str] | None = None,
    number: bool = False,
    tolerance: float | None = None,
    explain: str = "",
) -> Prediction:
    """Ask for a prediction and record it, before the answer is revealed.

    The learner picks one of ``options``, or fills in a ``number``. A number counts as right within
    ``tolerance``; None means within 1 % of the answer. ``explain`` is printed with the answer. Run
    again in the same kernel, the same question still knows what was recorded.

    Raises:
        ValueError: if it is not exactly one of ``options`` and ``number=True``, or the options are
            fewer than two or not all different.

    >>> p = predict("What is 2 squared?", number=True, explain="2 × 2, and not 2 × 2 × 2.")
    >>> p.record(8)
    >>> p.reveal(4)
    You predicted 8. It is 4: not quite.
    2 × 2, and not 2 × 2 × 2.
    """
    if number == (options is not None):
        raise ValueError('predict() needs either options=["...", "..."] or number=True.')
    if tolerance is not None and (not number or tolerance < 0):
        raise ValueError("tolerance goes with number=True and is 0 or more.")
    choices = [] if options is None else _check_options(options)
    return Prediction(question, choices, tolerance, explain)


def quiz(question: str, options: Sequence[str], answer: str, why: Mapping[str, str]) -> Quiz:
    """Ask a question and explain each option as soon as the learner checks it.

    Raises:
        ValueError: if ``answer`` is not an option, or ``why`` does not explain every option.

    >>> quiz("What is 2 + 2?", ["4", "5"], "4", why={"4": "Two and two.", "5": "One too many."})
    Quiz: What is 2 + 2?
      ( ) 4
      ( ) 5
    """
    options = _check_options(options)
    answer = _one_of(options, answer)
    if set(why) != set(options):
        odd = ", ".join(repr(option) for option in sorted(set(why) ^ set(options)))
        raise ValueError(f"why= explains every option and nothing else. Please look at: {odd}.")
    replies = {o: ("Right. " if o == answer else "Not quite. ") + why[o] for o in options}
    return Quiz(question=question, options=options, button="Check", replies=replies)


def _check_options(options: Sequence[str]) -> list[str]:
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):
        raise ValueError('options is a list of texts, such as ["it rises", "it falls"].')
    if len(options) < 2 or len(set(options)) < len(options) or not all(options):
        raise ValueError("options needs at least two texts, all different and none empty.")
    return list(options)


def _one_of(options: Sequence[str], value: object) -> str:
    if value not in options:
        raise ValueError(f"{value!r} is not one of the options: {', '.join(map(repr, options))}.")
    return str(value)


def _number(value: object, what: str) -> float:
    try:
        if isinstance(value, Tensor):
            return float(value.item())
        if isinstance(value, SupportsFloat | str):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        pass
    raise TypeError(f"{what} must be one number, not {value!r}.")


def _plain(value: float) -> str:
    return f"{value:.6g}"
