"""The rules of an operation as JavaScript functions: of single numbers, or of arrays."""

from __future__ import annotations

import inspect

from microtorch.graph.formula.arrays import calls, letter
from microtorch.graph.formula.expression import Expression, FormulaError, Number, substitute
from microtorch.graph.formula.javascript import javascript
from microtorch.graph.formula.reader import Part, read, read_or_call
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.single import single
from microtorch.ops import Elementwise, Op


def by_entry(op: type[Op]) -> bool:
    """Whether an operation works on single numbers: then its JavaScript is about numbers, too."""
    return issubclass(op, Elementwise) or not op.shrinks


def arrow(op: type[Op], part: Part) -> str:
    """A part of an operation as a JavaScript function.

    One that works entry by entry is a function of numbers, and needs what
    :func:`~microtorch.graph.formula.helpers.helpers` finds for it; others are functions of the
    arrays of ``arrays.js``.

    >>> from microtorch.ops import Mul, Mm
    >>> arrow(Mul, "local"), arrow(Mm, "vjp")
    ('(y, a, b) => [b, a]', '(g, y, a, b) => [matmul(g, transpose(b)), matmul(transpose(a), g)]')
    """
    source = "local" if part == "vjp" and issubclass(op, Elementwise) else part
    parameters = list(inspect.signature(getattr(op, source)).parameters)
    parameters = ["g", *parameters] if source != part else parameters
    formulas = [simplify(e) for e in read_or_call(op, part)]
    code = [(javascript if by_entry(op) else calls)(e) for e in formulas]
    body = code[0] if part == "forward" or op.operands < 0 else f"[{', '.join(code)}]"
    return f"({', '.join(parameters if by_entry(op) else map(letter, parameters))}) => {body}"


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

    forward = write(read_or_call(op, "forward")[0])
    if issubclass(op, Elementwise):
        slopes = [write(slope) for slope in read(op, "local")]
    else:  # on single numbers, the vjp of 1 is the local gradient
        one = {"g": Number(1)}
        slopes = [write(simplify(substitute(e, one))) for e in read(op, "vjp")]
    return f"{{ forward: ({names}) => {forward}, local: (y, {names}) => [{', '.join(slopes)}] }}"
