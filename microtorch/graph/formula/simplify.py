"""Tidying a formula the way one does on paper: 1·x is x, 2·x¹ is 2·x.

Every rule keeps the value. (For finite numbers: 0·x becomes 0, although 0·∞ is not a number.)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from microtorch.graph.formula.expression import (
    CONDITIONS,
    Call,
    Constant,
    Expression,
    Number,
    is_condition,
)

ZERO, ONE, TWO = Number(0), Number(1), Number(2)
ENTRY_BY_ENTRY = CONDITIONS | {
    *("add", "sub", "mul", "div", "neg", "pow", "max", "min", "where"),
    *("exp", "log", "sqrt", "tanh", "sigmoid", "sin", "cos", "abs", "sign"),
}
SHAPED = {"concatenate"}  # its parts keep their shapes: 0·a is no plain 0 there
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "is": operator.is_,
    "is_not": operator.is_not,
}
ASKED: dict[str, Callable[[Any], bool]] = {
    "isnan": math.isnan,
    "isinf": math.isinf,
    "isfinite": math.isfinite,
}
Rule = Callable[[Call], Expression]


def simplify(e: Expression) -> Expression:
    """Tidy a formula without changing its value.

    >>> from microtorch.graph.formula.expression import Name
    >>> x = Name("x")
    >>> simplify(Call("mul", (Number(2), Call("pow", (x, Call("sub", (Number(2), Number(1))))))))
    Call(function='mul', arguments=(Number(value=2), Name(name='x')), keywords=())
    """
    if not isinstance(e, Call) or e.function in SHAPED:
        return e
    e = e.map(simplify)
    rule = RULES.get(e.function)
    better = rule(e) if rule else e
    return e if better is e else simplify(better)


def _add(e: Call) -> Expression:
    match e.arguments:
        case Number(a), Number(b):
            return Number(a + b)
        case Number(0), x:
            return x
        case x, Number(0):
            return x
        case x, Number(b) if b < 0:
            return Call("sub", (x, Number(-b)))
        case x, Call("neg", (y,)):
            return Call("sub", (x, y))
        case Call("neg", (x,)), y:
            return Call("sub", (y, x))
        case yes, Call("where", (Call("not", (c,)), x, Number(0))) if c == yes and is_condition(c):
            return Call("where", (yes, ONE, x))
    return e


def _sub(e: Call) -> Expression:
    match e.arguments:
        case Number(a), Number(b):
            return Number(a - b)
        case x, Number(0):
            return x
        case Number(0), x:
            return Call("neg", (x,))
        case x, Number(b) if b < 0:
            return Call("add", (x, Number(-b)))
        case x, Call("neg", (y,)):
            return Call("add", (x, y))
        case Number(1), condition if is_condition(condition):
            return Call("not", (condition,))
    return e


def _mul(e: Call) -> Expression:
    match e.arguments:
        case Number(a), Number(b) if math.pi not in (a, b):
            return Number(a * b)
        case Number(), Number():
            return e  # 2·π says more than 6.28319
        case (Number(0) | Constant(False), _) | (_, Number(0) | Constant(False)):
            return ZERO
        case (Number(1) | Constant(True), x) | (x, Constant(True)):
            return x
        case Number(a), x if a < 0:
            return Call("neg", (Call("mul", (Number(-a), x)),))
        case Number(int(a)), Call("mul", (Number(int(b)), x)):
            return Call("mul", (Number(a * b), x))
        case x, Number() as number:
            return Call("mul", (number, x))
        case (Call("neg", (x,)), y) | (x, Call("neg", (y,))):
            return Call("neg", (Call("mul", (x, y)),))
        case (x, Call("div", (Number(1), y))) | (Call("div", (Number(1), y)), x):
            return Call("div", (x, y))
        case x, y if is_condition(x) and is_condition(y):
            return Call("and", (x, y))
        case x, y if is_condition(y):
            return Call("where", (y, x, ZERO))
        case x, y if is_condition(x):
            return Call("where", (x, y, ZERO))
        case x, y if x == y:
            return Call("pow", (x, TWO))
    return e


def _div(e: Call) -> Expression:
    match e.arguments:
        case Number(a), Number(b) if b and a % b == 0:  # 1 / 3 stays: it has no exact decimals
            return Number(a // b)
        case _, Number(0):
            return e
        case Number(0), _:
            return ZERO
        case x, Number(1):
            return x
        case Number(a), x if a < 0:
            return Call("neg", (Call("div", (Number(-a), x)),))
        case x, Number(b) if b < 0:
            return Call("neg", (Call("div", (x, Number(-b))),))
        case (Call("neg", (x,)), y) | (x, Call("neg", (y,))):
            return Call("neg", (Call("div", (x, y)),))
    return e


def _pow(e: Call) -> Expression:
    match e.arguments:
        case _, Number(0):
            return ONE
        case x, Number(1):
            return x
        case Number(1), _:
            return ONE
        case Number(int(a)), Number(int(b)) if 0 < b < 10 and abs(a) < 100:
            return Number(a**b)
    return e


def _neg(e: Call) -> Expression:
    match e.arguments:
        case (Number(a),):
            return Number(-a)
        case (Call("neg", (x,)),):
            return x
    return e


def _where(e: Call) -> Expression:
    match e.arguments:
        case ((Number(condition) | Constant(condition)), x, y):
            return x if condition else y
        case _, x, y if x == y:
            return x
        case Call("equal", (x, Number(0))), Number(0), y if x == y:
            return x  # 0 where x is 0, and x elsewhere
        case condition, x, y if is_condition(condition):
            known = _assume(x, condition, ONE), _assume(y, condition, ZERO)
            if known != (x, y):
                return Call("where", (condition, *known))
    return e


def _assume(e: Expression, condition: Expression, answer: Number) -> Expression:
    """Put in the answer to a condition, in a branch that is only taken when it is so."""
    if e == condition:
        return answer
    if isinstance(condition, Call) and condition.function == "not":
        return _assume(e, condition.arguments[0], ONE if answer == ZERO else ZERO)
    if isinstance(e, Call) and e.function in ENTRY_BY_ENTRY:
        return e.map(lambda argument: _assume(argument, condition, answer))
    return e


def _compare(e: Call) -> Expression:
    """Yes is 1 and no is 0, as in NumPy."""
    match e.arguments:
        case ((Number(a) | Constant(a)), (Number(b) | Constant(b))):
            return Number(int(COMPARE[e.function](a, b)))
    return e


def _extreme(e: Call) -> Expression:
    """The larger of two numbers, or the smaller."""
    match e.arguments:
        case Number(a), Number(b):
            return Number(max(a, b) if e.function == "max" else min(a, b))
    return e


def _and(e: Call) -> Expression:
    match e.arguments:
        case ((Number(a) | Constant(a)), x) | (x, (Number(a) | Constant(a))):
            return x if a else ZERO
    return e


def _or(e: Call) -> Expression:
    match e.arguments:
        case ((Number(a) | Constant(a)), x) | (x, (Number(a) | Constant(a))):
            return ONE if a else x
    return e


def _not(e: Call) -> Expression:
    match e.arguments:
        case (Number(a) | Constant(a),):
            return Number(int(not a))
    return e


def _asked(e: Call) -> Expression:
    """isinf(2) is no."""
    match e.arguments:
        case (Number(a),):
            return Number(int(ASKED[e.function](a)))
    return e


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "neg": _neg,
    "where": _where,
    "max": _extreme,
    "min": _extreme,
    "and": _and,
    "or": _or,
    "not": _not,
    **dict.fromkeys(COMPARE, _compare),
    **dict.fromkeys(ASKED, _asked),
}
