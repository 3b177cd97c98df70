"""The rules of an operation as JavaScript functions: of single numbers, or of arrays."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from microtorch.graph.formula.arrays import RESERVED, computed, letter, runtime
from microtorch.graph.formula.blocks import block
from microtorch.graph.formula.expression import (
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    constant,
    substitute,
)
from microtorch.graph.formula.helpers import blocks, helpers
from microtorch.graph.formula.javascript import javascript
from microtorch.graph.formula.reader import Part, parameter_names, read, rule_of, take_branches
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.single import single
from microtorch.graph.formula.values import value
from microtorch.ops import Elementwise, Op

MOST = 1000  # entries of arrays that are written out


def by_entry(op: type[Op]) -> bool:
    """Whether an operation works on single numbers: then its JavaScript is about numbers, too."""
    return issubclass(op, Elementwise) or not op.shrinks


def arrow(
    op: type[Op],
    part: Part,
    called: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
) -> str:
    """A part of an operation as a JavaScript function.

    One that works entry by entry is a function of numbers; others, and all that are given arrays,
    are functions of the arrays of ``arrays.js``. What they call is in :func:`library`.

    ``called`` has other names for parameters. ``given`` has their values: settings are worked into
    the rule, and operands become the defaults of the function, so that it can be called without.

    >>> from microtorch.ops import Mul, Mm, Pow
    >>> arrow(Mul, "local"), arrow(Mm, "vjp")
    ('(y, a, b) => [b, a]', '(g, y, a, b) => [matmul(g, transpose(b)), matmul(transpose(a), g)]')
    >>> arrow(Pow, "forward", {"x": "s"}, {"x": -1.0, "exponent": 2})
    '(s = -1.0) => s**2'
    """
    given = given or {}
    parameters = parameters_of(op, part)
    settled = {p: e for p in parameters[len(before(op, part)) :] if (e := setting(op, p, given))}
    left = [p for p in parameters if p not in settled]
    names = identifiers(left, called or {})
    put = {**settled, **{p: Name(name) for p, name in names.items()}}
    rule = (
        rule_of(op, part)
        .beside(names.values())
        .map(lambda e: simplify(take_branches(substitute(simplify(e), put))))
    )
    formulas = rule.results
    arrays = [p for p in left if isinstance(given.get(p), np.ndarray) and given[p].ndim]
    whole = not by_entry(op)
    if whole:
        body = block(rule, alone=part == "forward")
    elif arrays:
        operands = [names[p] for p in parameter_names(op) if p in names]
        code = over_entries(formulas, list(dict.fromkeys(names.values())), part, operands)
        body = code[0] if part == "forward" else f"[{', '.join(code)}]"
    else:
        code = list(map(javascript, formulas))
        body = code[0] if part == "forward" else f"[{', '.join(code)}]"
    write = letter if whole or arrays else str
    head = {write(names[p]): f" = {value(given[p])}" if short(p, given) else "" for p in left}
    return f"({', '.join(name + default for name, default in head.items())}) => {body}"


def parameters_of(op: type[Op], part: Part) -> list[str]:
    """What a part needs: g and y, where it has them, the operands, and the settings."""
    by_local = part == "vjp" and issubclass(op, Elementwise)
    found = list(inspect.signature(getattr(op, "local" if by_local else part)).parameters)
    if op.operands < 0:
        found = [*found[:-1], *parameter_names(op)]
    return ["g", *found] if by_local else found


def before(op: type[Op], part: Part) -> Sequence[str]:
    """The parameters of a part that are no settings."""
    operands = op.operands if op.operands >= 0 else 1  # all together
    count = {"forward": 0, "local": 1, "vjp": 2}[part] + operands
    return parameters_of(op, part)[:count]


def setting(op: type[Op], name: str, given: Mapping[str, Any]) -> Expression | None:
    """A setting that is known and can be written as a part of a formula."""
    try:
        return constant(given[name]) if name in given else None
    except FormulaError:
        return None


def short(name: str, given: Mapping[str, Any]) -> bool:
    """Whether something is given for a parameter that is not too long to be written down."""
    found = given.get(name)
    several = found if isinstance(found, tuple) else (found,)
    return (
        name in given and sum(each.size for each in several if isinstance(each, np.ndarray)) <= MOST
    )


def identifiers(parameters: Sequence[str], called: Mapping[str, str]) -> dict[str, str]:
    """A name for each parameter that JavaScript takes; the same name means the same thing.

    >>> identifiers(["a", "b", "g"], {"a": "layers.0.weight", "b": "2nd <b>"})
    {'a': 'layers_0_weight', 'b': '_2nd__b_', 'g': 'g'}
    """
    found: dict[str, str] = {}
    for p in parameters:
        name = re.sub(r"\W", "_", called.get(p, p), flags=re.ASCII) or "_"
        name = f"_{name}" if name[0].isdigit() else name
        taken = {other for q, other in found.items() if called.get(q, q) != called.get(p, p)}
        while name in taken | RESERVED or name in blocks():
            name += "_"
        found[p] = name
    return found


def over_entries(
    formulas: Sequence[Expression], names: Sequence[str], part: Part, operands: Sequence[str]
) -> list[str]:
    """A rule about numbers, for every entry of arrays; an operand that was stretched gets a sum."""
    found = []
    for k, e in enumerate(formulas):
        if e == Constant(None):
            found.append("null")
            continue
        inner = f"({', '.join(names)}) => {javascript(e)}"
        code = f"entries({', '.join([inner, *map(letter, names)])})"
        found.append(code if part != "vjp" else f"sum_to({code}, shape({letter(operands[k])}))")
    return found


def library(code: str) -> str:
    """The functions that the JavaScript of an operation needs, and the tables that they read.

    >>> library("(x) => [1 - Math.tanh(x)**2]"), "function matmul" in library("matmul(a, b)")
    ('', True)
    """
    known = re.findall(r"\b([A-Za-z_$][\w$]*)\(", re.sub(r"Math\.\w+", "", code))
    return runtime(code) if set(known) & computed() else helpers(code)


def scalar_rule(op: type[Op], rounded: bool = False) -> str:
    """Forward rule and local gradients of an operation on single numbers, for a page.

    ``rounded`` are those of float32 numbers.

    >>> from microtorch.ops import Mul
    >>> scalar_rule(Mul)
    '{ forward: (a, b) => a * b, local: (y, a, b) => [b, a] }'

    Raises:
        FormulaError: if the operation is not one on single numbers.
    """
    if not by_entry(op):
        raise FormulaError(f"{op.__name__} works on arrays.")
    parameters = list(inspect.signature(op.forward).parameters)
    names, settings = ", ".join(parameters), frozenset(parameters[op.operands :])

    def write(e: Expression) -> str:
        return javascript(single(e, settings) if rounded else e)

    forward = write(rule_of(op, "forward").results[0])
    if issubclass(op, Elementwise):
        slopes = [write(slope) for slope in read(op, "local")]
    else:  # on single numbers, the vjp of 1 is the local gradient
        one = {"g": Number(1)}
        slopes = [write(simplify(substitute(e, one))) for e in read(op, "vjp")]
    return f"{{ forward: ({names}) => {forward}, local: (y, {names}) => [{', '.join(slopes)}] }}"
