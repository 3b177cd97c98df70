"""What runs in the learner's notebook: ``check = exercise("01-backward-by-hand")``.

A check calls the learner's function, publishes what came out as plain data, and shows at once what
to make of it. The verdict that gives points is made elsewhere, from the published data.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from microtorch.classroom import nbgrader
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.feedback import SIGN, Verdict, judge
from microtorch.classroom.key import Check, Key, find_key
from microtorch.classroom.values import MIME, Json, JsonObject, encode, encode_error

WIDTH = 96


class Exercise:
    """The checks of one exercise; call it with the name of a check."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._key: Key | None = None
        self._nbgrader: dict[str, Check] = {}

    def __repr__(self) -> str:
        return f"exercise({self.name!r})"

    def __call__(
        self, check: str, function: Callable[..., object], *, inputs: Sequence[tuple[Any, ...]]
    ) -> float | None:
        """Call ``function`` with each of ``inputs``, show what that tells, and publish the values.

        Args:
            check: the name of the check in the key.
            function: usually a ``lambda`` around the learner's function, so that a function which
                is not there yet can be explained.
            inputs: one tuple of arguments for each call.

        Returns:
            None; under nbgrader the points, if they are only a part of what the check brings.

        Raises:
            CheckFailed: only under nbgrader, if the check brings no points.
        """
        if nbgrader.is_running():
            return self._under_nbgrader(check, function, inputs)
        payload = _payload(check, function, inputs)
        try:
            found = self._find(check)
        except ClassroomError as error:
            _publish(payload, _lines(f"? cannot be judged: {error}"))
        else:
            _publish(payload, _shown(found, judge(found, payload)))
        return None

    def key(self, text: str) -> None:
        """What nbgrader grades by: for the hidden tests of an author's notebook."""
        check = nbgrader.read_key(text)
        self._nbgrader[check.name] = check

    def _under_nbgrader(
        self, name: str, function: Callable[..., object], inputs: Sequence[tuple[Any, ...]]
    ) -> float | None:
        check = self._nbgrader.get(name)
        try:
            known = self._find(name)
        except ClassroomError as error:
            if check is None:
                raise nbgrader.CheckFailed(f"{name} cannot be judged: {error}") from None
        else:
            # The learner's own key only lends its messages where there is another one.
            check = replace(check, misconceptions=known.misconceptions) if check else known
        hidden = [tuple(values) for values in check.inputs[len(inputs) :]]
        with nbgrader.without_warnings():
            payload = _payload(name, function, [*inputs, *hidden])
        verdict = judge(check, payload)
        _publish(payload, _shown(check, verdict))
        return nbgrader.points(check, verdict)

    def _find(self, name: str) -> Check:
        """The check called ``name`` in the learner's key."""
        self._key = self._key or find_key(self.name, Path())
        check = self._key.check(name)
        if check is None:
            raise ClassroomError(f"exercise {self.name} has no check {name!r}.")
        return check


def exercise(name: str) -> Exercise:
    """The checks of the exercise ``name``.

    >>> exercise("01-backward-by-hand")
    exercise('01-backward-by-hand')
    """
    return Exercise(name)


def _payload(
    check: str, function: Callable[..., object], inputs: Sequence[tuple[Any, ...]]
) -> JsonObject:
    return {
        "check": check,
        "arguments": list(inspect.signature(function).parameters),
        "inputs": [encode(values) for values in inputs],
        "results": [_result(function, values) for values in inputs],
    }


def _result(function: Callable[..., object], values: tuple[Any, ...]) -> Json:
    try:
        return encode(function(*values))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (Ctrl-C must still stop it)
        return encode_error(error)


def _shown(check: Check, verdict: Verdict) -> str:
    status = "stopped by an error" if verdict.status == "error" else verdict.status
    lines = [f"{SIGN[verdict.status]} {status}: {check.title}"]
    if verdict.example is not None:
        example = verdict.example
        lines += [f"  {example.call}"]
        lines += [f"      gives     {example.gives}", f"      expected  {example.expected}"]
    return "\n".join([*lines, _lines(verdict.hint)])


def _lines(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _publish(payload: Json, text: str) -> None:
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
    else:
        display({MIME: payload, "text/plain": text}, raw=True)  # type: ignore[no-untyped-call]
