"""Formulas of float32 numbers: rounded after every operation, as NumPy rounds them.

JavaScript computes in double precision only. ``Math.fround`` of a sum, product, quotient or root of
two float32 numbers is what NumPy's float32 gives, to the last bit.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.graph.formula.expression import (
    CONDITIONS,
    Call,
    Expression,
    Name,
    Number,
    is_condition,
)

# Of float32 numbers these give float32 numbers: there is nothing to round.
EXACT = {
    *("neg", "abs", "sign", "max", "min", "fmax", "fmin", "clip", "copysign", "nan_to_num"),
    *("floor", "ceil", "trunc", "round", "fmod", "where"),
    *CONDITIONS,
}
CHOICES = {"and", "or", "not", "is", "is_not"}  # of what is no number


def single(e: Expression, settings: frozenset[str] = frozenset()) -> Expression:
    """The formula with a rounding to float32 wherever NumPy has one.

    ``settings`` are names that stand for Python's own numbers. Among themselves these are computed
    in double precision; where they meet a float32 number they become one.

    >>> from microtorch.graph.formula import javascript
    >>> x, k = Name("x"), Name("k")
    >>> javascript(single(Call("mul", (k, Call("add", (x, Number(0.1))))), frozenset("k")))
    'fround(fround(k) * fround(x + fround(0.1)))'
    """
    return _single(e, settings)[0]


def _single(e: Expression, settings: frozenset[str]) -> tuple[Expression, bool]:
    """The formula, and whether it is a float32 number rather than one of Python's."""
    if not isinstance(e, Call):
        return e, isinstance(e, Name) and e.name not in settings
    if e.function == "sigmoid":
        below = Call("add", (Number(1), Call("exp", (Call("neg", e.arguments),))))
        return _single(Call("div", (Number(1), below)), settings)
    parts = [_single(argument, settings) for argument in e.arguments]
    if not any(kind for _, kind in parts):
        return e, False
    if e.function not in CHOICES:
        parts = [(part if kind else _rounded(part), kind) for part, kind in parts]
    result = Call(e.function, tuple(part for part, _ in parts), e.keywords)
    if e.function == "pow":
        result = Call("power32", result.arguments)
    return (result if e.function in EXACT else Call("fround", (result,))), True


def _rounded(e: Expression) -> Expression:
    """A number of Python's as float32; many are such numbers already."""
    if is_condition(e):
        return e
    if isinstance(e, Number):
        with np.errstate(over="ignore"):
            same = math.isnan(e.value) or float(np.float32(e.value)) == e.value
            return e if same else _fround(e)
    return _fround(e) if isinstance(e, Call | Name) else e


def _fround(e: Expression) -> Expression:
    return Call("fround", (e,))
