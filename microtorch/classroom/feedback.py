"""From the values of a check to words: right, wrong with the likely cause, or not attempted.

``judge`` compares; it runs in the learner's kernel for the at-once feedback, and outside of it, in
the process of nbval, when points are given. Both say the same because both call it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from microtorch.classroom.key import Check
from microtorch.classroom.values import Json, close, is_number, plain_text

Status = Literal["right", "wrong", "not attempted", "error"]

SIGN: dict[Status, str] = {"right": "✓", "wrong": "✗", "not attempted": "·", "error": "✗"}


@dataclass(frozen=True)
class Example:
    """One call of the learner's function: what it gives, and what is expected."""

    call: str
    gives: str
    expected: str


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``cause`` is the name of the misconception, if one was recognised.

    ``fraction`` is the part of the points that it brings, from 0 to 1.
    """

    status: Status
    hint: str
    cause: str | None = None
    example: Example | None = None
    fraction: float = 0.0

    @property
    def message(self) -> str:
        """Example and hint in one paragraph."""
        if self.example is None:
            return self.hint
        e = self.example
        return f"`{e.call}` gives {e.gives}; expected {e.expected}. {self.hint}"


def judge(check: Check, payload: Json) -> Verdict:
    """Compare the published values of a check with its key, and find the likely cause of a mistake."""
    got = payload.get("results") if isinstance(payload, dict) else None
    if not isinstance(got, list) or len(got) != len(check.inputs):
        return Verdict("error", "The check cell did not publish its values. Restore the cell.")
    if agree(check, check.results, got):
        return Verdict("right", check.right, fraction=1.0)
    verdict = _cause(check, got) if check.shown is None else _cause_discreetly(check, got)
    return replace(verdict, fraction=_fraction(check, got)) if check.credit else verdict


def _cause(check: Check, got: list[Json]) -> Verdict:
    return (
        _stopped(check, got)
        or _nothing_yet(check, got)
        or _known_mistake(check, got)
        or _wrong_form(check, got)
        or _same_for_all(check, got)
        or _partly_right(check, got)
    )


def _cause_discreetly(check: Check, got: list[Json]) -> Verdict:
    """The cause of a mistake, said without the inputs and values that are not shown."""
    n = check.shown or 0
    shown = replace(
        check,
        inputs=check.inputs[:n],
        results=check.results[:n],
        misconceptions=[replace(m, results=m.results[:n]) for m in check.misconceptions],
        shown=None,
    )
    if n and not agree(shown, shown.results, got[:n]):
        return _cause(shown, got[:n])
    status = _cause(check, got).status
    if status == "error":
        return Verdict(
            "error", f"`{check.function}` is right for the inputs shown, but stops for others."
        )
    return Verdict(
        "wrong",
        f"`{check.function}` is right for the inputs shown, but not for others. Does a line hold a "
        "number in place of a formula?",
    )


def _fraction(check: Check, got: list[Json]) -> float:
    """The part of the points that the values bring which are right for every input."""
    assert check.credit is not None
    many = len(check.returns) > 1
    earned = sum(
        check.credit.get(name, 0)
        for k, name in enumerate(check.returns)
        if all(
            not many
            or (
                isinstance(g, list)
                and len(g) == len(check.returns)
                and close(e[k], g[k], check.rtol, check.atol)
            )
            for e, g in zip(check.results, got, strict=True)
        )
    )
    return earned / check.points if many and check.points else 0.0


def agree(check: Check, expected: list[Json], got: list[Json]) -> bool:
    """Whether all results agree within the tolerance of the check."""
    return close(expected, got, check.rtol, check.atol)


# --- the causes, from the plainest to the least certain -------------------------------------------


def _stopped(check: Check, got: list[Json]) -> Verdict | None:
    for values, result in zip(check.inputs, got, strict=True):
        if not (isinstance(result, dict) and "raised" in result):
            continue
        error, text = plain_text(result["raised"], 60), plain_text(result.get("text", ""))
        if error == "NotImplementedError":
            return Verdict(
                "not attempted",
                "Put your own lines in the place of `raise NotImplementedError`.",
            )
        if error == "NameError" and f"'{check.function}'" in text:
            return Verdict(
                "not attempted",
                f"`{check.function}` is not defined. Fill in its cell and run it before this one.",
            )
        if error == "StdinNotImplementedError":
            return Verdict(
                "error",
                f"`{check.function}` asks for input(). A check cannot type: use the arguments.",
            )
        reason = f"{error}: {text}" if text else error
        return Verdict("error", f"`{_call(check, values)}` stopped with {reason}")
    return None


def _nothing_yet(check: Check, got: list[Json]) -> Verdict | None:
    if all(_is_type(result, "NoneType") or _is_type(result, "ellipsis") for result in got):
        return Verdict(
            "not attempted",
            f"`{check.function}` gives nothing back yet. End it with `return {_names(check)}`.",
        )
    return None


def _known_mistake(check: Check, got: list[Json]) -> Verdict | None:
    for known in check.misconceptions:
        if agree(check, known.results, got):
            return Verdict("wrong", known.message, known.name, _example(check, got))
    return None


def _wrong_form(check: Check, got: list[Json]) -> Verdict | None:
    one = len(check.returns) == 1
    for values, expected, result in zip(check.inputs, check.results, got, strict=True):
        items = [result] if one else result
        wanted = [expected] if one else expected
        gives = f"`{_call(check, values)}` gives"
        if not isinstance(items, list) or len(items) != len(check.returns):
            return Verdict(
                "wrong",
                f"{gives} {_shown(result)}; {len(check.returns)} numbers are asked for, "
                f"in this order: {_names(check)}.",
            )
        for name, item, model in zip(check.returns, items, wanted, strict=True):
            if not _same_form(item, model):
                return Verdict(
                    "wrong", f"{gives} {_shown(item)} for {name}; {_form(model)} is asked for."
                )
    return None


def _same_form(item: Json, model: Json) -> bool:
    """Whether both are numbers, or lists of equal length of such."""
    if isinstance(model, list):
        return (
            isinstance(item, list)
            and len(item) == len(model)
            and all(_same_form(i, m) for i, m in zip(item, model, strict=True))
        )
    return is_number(item)


def _form(model: Json) -> str:
    if not isinstance(model, list):
        return "a number"
    if model and isinstance(model[0], list):
        return f"a list of {len(model)} lists of {len(model[0])} numbers"
    return f"a list of {len(model)} numbers"


def _same_for_all(check: Check, got: list[Json]) -> Verdict | None:
    if len(got) > 1 and all(agree(check, got[:1], [result]) for result in got[1:]):
        return Verdict(
            "wrong",
            f"`{check.function}` gives the same for every input, "
            f"{_pairs(check, got[0])}. Use its arguments, {', '.join(check.arguments)}, "
            "in place of the numbers of an example.",
        )
    return None


def _partly_right(check: Check, got: list[Json]) -> Verdict:
    example = _example(check, got)
    if len(check.returns) > 1:
        right = [
            name
            for k, name in enumerate(check.returns)
            if all(
                close(e[k], g[k], check.rtol, check.atol)
                for e, g in zip(check.results, got, strict=True)
            )
        ]
        if right:
            wrong = [name for name in check.returns if name not in right]
            hint = f"Right already: {', '.join(right)}. Look again at: {', '.join(wrong)}."
            return Verdict("wrong", hint, example=example)
    if any(agree(check, [e], [g]) for e, g in zip(check.results, got, strict=True)):
        hint = "For other inputs it is right. Does a line hold a number in place of a formula?"
    else:
        hint = "Work this input out on paper, then compare line by line."
    return Verdict("wrong", hint, example=example)


# --- words and numbers ----------------------------------------------------------------------------


def _example(check: Check, got: list[Json]) -> Example | None:
    """The first input for which the results differ."""
    for values, expected, result in zip(check.inputs, check.results, got, strict=True):
        if not agree(check, [expected], [result]):
            return Example(_call(check, values), _pairs(check, result), _pairs(check, expected))
    return None


def _call(check: Check, values: Json) -> str:
    given = ", ".join(f"{n}={_shown(v)}" for n, v in zip(check.arguments, values, strict=True))
    return f"{check.function}({given})"


def _pairs(check: Check, result: Json) -> str:
    one = len(check.returns) == 1
    items = result if isinstance(result, list) and not one else [result]
    if len(items) != len(check.returns):
        return _shown(result)
    return ", ".join(f"{n} = {_shown(v)}" for n, v in zip(check.returns, items, strict=True))


def _names(check: Check) -> str:
    return ", ".join(check.returns)


def _is_type(value: Json, name: str) -> bool:
    return isinstance(value, dict) and value.get("type") == name


def _shown(value: Json) -> str:
    """An encoded value in words: ``20``, ``nan (not a number)``, ``a list of 3 values``."""
    if is_number(value):
        return _number(value)
    if isinstance(value, list):
        count = "1 value" if len(value) == 1 else f"{len(value)} values"
        return f"{count} ({', '.join(_shown(v) for v in value[:6])}{', …' if value[6:] else ''})"
    if isinstance(value, dict):
        kind, text = plain_text(value.get("type", "?"), 40), plain_text(value.get("text", ""), 60)
        if text == "nan":
            return "nan (not a number)"
        if kind in ("NoneType", "float", "bool"):
            return text
        return f"{text} (of type {kind})" if text else f"something of type {kind}"
    return plain_text(value, 60)


def _number(x: float) -> str:
    """``x`` with enough digits to see what the tolerance sees.

    >>> _number(20.0), _number(0.1 + 0.2), _number(1 / 3)
    ('20', '0.3', '0.33333333')
    """
    try:
        return f"{x:.8g}"
    except OverflowError:
        return "a very large number"
