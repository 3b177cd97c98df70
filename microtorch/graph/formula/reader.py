"""Reading a formula from the source code of an operation, so that it is never written twice."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

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
from microtorch.graph.formula.known import KEPT, known_as, named
from microtorch.graph.formula.programs import Program
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.source import parsed
from microtorch.graph.formula.stepwise import family, has_steps, read_program
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


def rule_of(op: type[Op], part: Part, operands: Sequence[Expression] | None = None) -> Program:
    """A part of an operation: formulas, or the steps that lead to them, in the author's names.

    A forward rule that is neither is a call of the operation by its name. ``operands`` are those
    of an operation that takes any number of them, and its settings, where they are known.

    >>> from microtorch.ops import MaxPool
    >>> rule_of(MaxPool, "forward").results[0].function
    'MaxPool'

    Raises:
        FormulaError: if the op has no such part: only an elementwise op has ``local``.
    """
    if not hasattr(op, part):
        raise FormulaError(f"{op.__name__} has no {part}, so there is no formula to read.")
    known = None if operands is None else tuple(operands)
    if (op, part, known) not in rules:
        rules[op, part, known] = _rule_of(op, part, known)
    return rules[op, part, known]


rules: dict[tuple[type[Op], Part, tuple[Expression, ...] | None], Program] = {}
"""What was read once."""


def _rule_of(op: type[Op], part: Part, operands: tuple[Expression, ...] | None) -> Program:
    function = getattr(op, part)
    formulas: tuple[Expression, ...] | None = None
    if op.operands >= 0:
        with suppress(FormulaError):
            formulas = read(op, part)
    if formulas is not None and not any(map(calls_a_loop, formulas)):
        return Program(formulas, ())
    try:
        return read_program(function, f"{op.__name__}.{part}", operands)
    except FormulaError:
        if formulas is not None:
            return Program(formulas, ())
        if part != "forward":
            raise
        name = known_as(op.__name__, function)
        return Program((Call(name, tuple(map(Name, parameter_names(op)))),), ())


def calls_a_loop(e: Expression) -> bool:
    """Whether a formula calls a helper by its name that goes step by step."""
    if not isinstance(e, Call):
        return False
    helper = named.get(e.function)
    if e.function not in KEPT and inspect.isfunction(helper) and has_steps(helper):
        return True
    return any(map(calls_a_loop, e.arguments))


def parameter_names(op: type[Op]) -> list[str]:
    """Operands and settings of an operation: any number of operands have one name together.

    >>> from microtorch.ops import Stack
    >>> parameter_names(Stack)
    ['arrays', 'axis']
    """
    if op.operands < 0:
        with suppress(FormulaError):
            return family(op)
    return list(inspect.signature(op.forward).parameters)
