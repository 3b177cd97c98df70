"""Reading a formula from the source code of an operation, so that it is never written twice."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from microtorch.graph.formula.expression import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    constant,
    substitute,
)
from microtorch.graph.formula.known import known_as
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.source import parsed
from microtorch.ops import Op

Part = Literal["forward", "local", "vjp"]


def read(
    op: type, part: Part, *, bind: Mapping[str, object] | None = None
) -> tuple[Expression, ...]:
    """The formulas that an operation's ``forward``, ``local`` or ``vjp`` returns.

    ``forward`` gives one formula, the others one for each operand. ``bind`` puts numbers in the
    place of parameters (``{"exponent": 2}``) and takes the branches they decide.

    Raises:
        FormulaError: if the code is more than assignments and one ``return`` of an expression.
    """
    if part == "vjp" and hasattr(op, "local"):  # an elementwise op: upstream x local
        return tuple(Call("mul", (Name("g"), slope)) for slope in read(op, "local", bind=bind))
    if not hasattr(op, part):
        raise FormulaError(f"{op.__name__} has no {part}, so there is no formula to read.")
    result = parsed(getattr(op, part), f"{op.__name__}.{part}")
    if bind:
        values = {name: constant(value) for name, value in bind.items()}
        result = take_branches(substitute(result, values))
    if part == "forward":
        return (result,)
    if isinstance(result, Call) and result.function == "tuple":
        return result.arguments
    raise FormulaError(
        f"{op.__name__}.{part} must return a tuple with one entry for each operand. "
        "Write a comma after a single entry: `return 1 - y**2,`."
    )


def take_branches(e: Expression) -> Expression:
    """Replace every ``x if condition else y`` whose condition is already known."""
    if not isinstance(e, Call):
        return e
    e = e.map(take_branches)
    if e.function == "where":
        match simplify(e.arguments[0]):
            case Number(condition) | Constant(condition):
                return e.arguments[1] if condition else e.arguments[2]
    return e


def read_or_call(op: type[Op], part: Part) -> tuple[Expression, ...]:
    """Like ``read``; but what is more than one expression is a call by its name.

    >>> from microtorch.ops import MaxPool
    >>> read_or_call(MaxPool, "forward")[0].function
    'MaxPool'

    Raises:
        FormulaError: if the op has no such part: only an elementwise op has ``local``.
    """
    if not hasattr(op, part):
        raise FormulaError(f"{op.__name__} has no {part}, so there is no formula to read.")
    try:
        return read(op, part)
    except FormulaError:
        function = getattr(op, part)
        parameters = inspect.signature(function).parameters
        if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
            function = given_together(function)
        name = op.__name__ if part == "forward" else f"{op.__name__}.{part}"
        called = Call(known_as(name, function), tuple(map(Name, parameters)))
        if part == "forward" or op.operands < 0:  # any number of operands: all their gradients
            return (called,)
        return tuple(Call("item", (called, Number(k))) for k in range(op.operands))


@cache
def given_together(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of any number of arguments, which takes them as one tuple at the end."""
    return lambda *given: function(*given[:-1], *given[-1])
