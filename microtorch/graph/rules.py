"""The rule of one operation as a formula about the values of a graph.

It is read from the op's source. Where that says nothing to a reader (a helper of ours, a setting
that is no number, a text as long as a page), the operation is called by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

import numpy as np

from microtorch.graph.formula import (
    FUNCTIONS,
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    Part,
    read,
    simplify,
    substitute,
    unicode,
)
from microtorch.graph.formula.expression import CONDITIONS, constant
from microtorch.graph.formula.reader import take_branches
from microtorch.graph.formula.source import ARITY
from microtorch.graph.kinds import op_named
from microtorch.graph.model import Operation
from microtorch.ops import Op
from microtorch.ops.base import with_underscores

LONGEST = 110  # letters of a formula
ARRAYS = {"condition", "mask", "noise"}  # parameters whose own name says enough
INDEXED = {"Index", "IndexSelect", "MaskedSelect"}
PUT = {"SetItem", "IndexPut", "IndexCopy", "PutView"}
ADDED = {"IndexAdd", "IndexPutAdd"}
# What NumPy has too, but what is about memory and shapes, not about numbers
HOUSEKEEPING = {
    *("shape", "size", "ndim", "dtype", "full", "zeros", "ones", "empty", "eye", "broadcast_to"),
    *("take_along_axis", "put", "len", "squeeze", "tensordot", "dot", "vdot", "view"),
}
PLACES = {"where", "slice", "tuple"}  # where None is no setting
UNREADABLE = Call("unreadable", ())
UPSTREAM = Name("g")


def result_rule(
    op: Operation, here: Mapping[int, Expression], ndims: Mapping[int, int]
) -> Expression:
    """How the result of an operation is made.

    ``here`` says how each value is written, ``ndims`` how many dimensions it has.
    """
    if op.kind == "Folded" and not op.params[0]:
        return Name(op.symbol)  # … 94 more operations …
    formula = rule(op, "forward", 0, here, ndims)
    return by_name(op, here) if formula is None else formula


def rule(
    op: Operation, part: Part, k: int, here: Mapping[int, Expression], ndims: Mapping[int, int]
) -> Expression | None:
    """What the code says: forward, or the k-th of local and vjp.

    None if a reader could not make sense of it.
    """
    found = op_named(op.kind)
    parameters = list(signature(found.forward).parameters)
    settings = dict(zip(parameters[len(op.inputs) :], op.params, strict=False))
    values = {"y": here[op.output]}
    values |= {name: here[i] for name, i in zip(parameters, op.inputs, strict=False)}
    bound = {  # a condition is written where it chooses; slopes have chosen already
        name: setting(
            value, name, written if part == "forward" or not is_condition(value) else None
        )
        for (name, value), written in zip(settings.items(), op.written, strict=False)
    }
    try:
        if part == "local" and not hasattr(found, "local") and not found.shrinks:
            formula = with_upstream(found, read(found, "vjp")[k], Number(1))  # entry by entry
        else:
            formula = read(found, part)[k]
    except (FormulaError, IndexError):
        return None
    if part == "forward" and isinstance(formula, Name):
        return None  # a copy: the name says more
    chooses = "where" in functions(formula)
    formula = substitute(formula, {**bound, **values})
    formula = with_upstream(found, formula, UPSTREAM)
    dimensions = {here[i]: ndims[i] for i in (*op.inputs, op.output)}
    dimensions[UPSTREAM] = ndims[op.output]
    formula = without_defaults(take_branches(with_dimensions(formula, dimensions)))
    if part != "forward" or chooses:
        # Otherwise it stays as the caller wrote it: w·1 is not w.
        formula = simplify(formula)
    if isinstance(formula, Constant) and isinstance(formula.value, bool):
        formula = Number(int(formula.value))  # torch.where(True, ...): a slope of 1
    return formula if is_readable(formula) and formula != Constant(None) else None


def with_upstream(op: type[Op], e: Expression, g: Expression) -> Expression:
    """A vjp with ``g`` for the upstream gradient, whatever the code calls it."""
    return substitute(e, {next(iter(signature(op.vjp).parameters)): g})


def setting(value: Any, name: str, written: str | None) -> Expression:
    """A parameter in a formula: a number, or an array by the name that the caller gave it."""
    if written is not None:
        return Name(written)
    if isinstance(value, np.ndarray) and value.ndim:
        return Name(name) if name in ARRAYS else UNREADABLE
    try:
        return constant(value)
    except FormulaError:
        return UNREADABLE


def is_condition(value: Any) -> bool:
    """Whether a parameter is the condition of a single number."""
    return isinstance(value, np.bool_)


def by_name(op: Operation, here: Mapping[int, Expression]) -> Expression:
    """The operation called by its name: ``softmax(x)``, or ``x[1:, 0]`` for an index."""
    operands = tuple(here[i] for i in op.inputs)
    index = next(filter(None, op.written), None)
    if index is not None:
        if is_index(op):
            return Call("item", (*operands, Name(index)))
        if op.kind in PUT | ADDED:
            target, value = operands
            function = "put" if op.kind in PUT else "add_at"
            return Call(function, (target, Name(f"[{index}]"), value))
    settings = zip(op.params, op.written, strict=False)
    said = [Name(how) for value, how in settings if how and stands_alone(value, how)]
    return Call(called(op), (*operands, *said))


def stands_alone(value: Any, how: str) -> bool:
    """Whether a parameter, as the caller wrote it, is one array: ``y``, ``batch[0]``, a mask."""
    return isinstance(value, np.ndarray) or how[0].isalpha()


def is_index(op: Operation) -> bool:
    """Whether the operation is written as ``x[...]`` by the caller."""
    taken = "index" in signature(op_named(op.kind).forward).parameters
    return op.kind in INDEXED or (taken and "[ ]" in op.symbol)


def called(op: Operation) -> str:
    """The name of an operation: its symbol, or the name of its class if that is no word."""
    return op.symbol if is_word(op.symbol) and op.symbol not in ARITY else with_underscores(op.kind)


def is_word(symbol: str) -> bool:
    """Whether a symbol can stand before a parenthesis: tanh(x), but no ×(a, b)."""
    return any(map(str.isalpha, symbol))


def with_dimensions(e: Expression, ndims: Mapping[Expression, int]) -> Expression:
    """A formula with the number of dimensions filled in, and what that makes shorter.

    A matrix with swapped axes is aᵀ, and the sum of all entries divided by their number a mean.
    """
    if not isinstance(e, Call):
        return e
    e = e.map(lambda argument: with_dimensions(argument, ndims))
    match e:
        case Call("ndim", (x,)) if x in ndims:
            return Number(ndims[x])
        case Call("rows", (x,)) if ndims.get(x) == 2:
            return x
        case Call("reshape", (x, Call("shape"))):
            return x  # only the numbers are arranged
        case Call("swapaxes", (x, Number(), Number())) if ndims.get(x) == 2:
            return Call("transpose", (x,))
        case Call("item", (Constant(tuple(entries)), Number(int(k)))) if -len(entries) <= k:
            return constant(entries[k]) if k < len(entries) else e
        case Call("permute", (x, Constant((1, 0)))):
            return Call("transpose", (x,))
        case Call("div", (Call("sum", (x,), ()), Call("size", (y,)))) if x == y:
            return Call("mean", (x,))
        case Call("mul", (x, Call("div", (Number(1), y)))):
            return Call("div", (x, y))
    return e


def without_defaults(e: Expression) -> Expression:
    """A formula without settings that say nothing: ``axis=None``, ``keepdims=False``."""
    if not isinstance(e, Call):
        return e
    nothing = (Constant(None), Constant(False))
    arguments = list(map(without_defaults, e.arguments))
    while e.function not in PLACES and len(arguments) > 1 and arguments[-1] in nothing:
        arguments.pop()
    said = tuple(
        (key, value)
        for key, value in e.keywords
        if value != Constant(None) and (key, value) != ("keepdims", Constant(False))
    )
    return Call(e.function, tuple(arguments), said)


def is_readable(e: Expression) -> bool:
    """Whether a formula says something to somebody who does not know our code."""
    return all(map(is_known, functions(e))) and not has_switch(e) and len(unicode(e)) <= LONGEST


def is_known(function: str) -> bool:
    """Whether a reader knows a function: arithmetic, or one about numbers that NumPy has too."""
    if function in FUNCTIONS or function in CONDITIONS:
        return True
    if function in ("partial", "column", "rows"):
        return True
    return function not in HOUSEKEEPING and hasattr(np, function)


def has_switch(e: Expression) -> bool:
    """Whether a function is given a plain True, False or None, which nobody can guess."""
    if not isinstance(e, Call):
        return False
    switches = (Constant(None), Constant(False), Constant(True))
    alone = e.function != "where" and any(argument in switches for argument in e.arguments)
    return alone or any(map(has_switch, e.arguments))


def functions(e: Expression) -> Iterator[str]:
    """The names of all functions in a formula."""
    if isinstance(e, Call):
        yield e.function
        for argument in (*e.arguments, *(value for _, value in e.keywords)):
            yield from functions(argument)
