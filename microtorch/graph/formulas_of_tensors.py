"""The rules of the operation that made a tensor, with the caller's names and the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np

from microtorch.graph.derivatives import kept, way_back
from microtorch.graph.equations import Equations, add_up
from microtorch.graph.explain import located
from microtorch.graph.formula import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    Part,
    names,
    rule_of,
    simplify,
    substitute,
)
from microtorch.graph.formula.expression import constant
from microtorch.graph.formula.known import named
from microtorch.graph.formula.programs import OPERAND, Program
from microtorch.graph.formula.reader import parameter_names, take_branches
from microtorch.graph.formula.stepwise import as_formula
from microtorch.graph.kinds import op_named
from microtorch.graph.lines import (
    LOSS,
    Formula,
    Line,
    left,
    operand_names,
    parts_of,
    steps_of,
    with_zeros,
)
from microtorch.graph.model import Graph, Operation
from microtorch.graph.names import Names
from microtorch.graph.rules import result_rule, rule, without_defaults
from microtorch.ops import Op
from microtorch.tensor import Tensor

INDICES = {"index", "places"}  # settings that callers write between brackets


def of_tensor(tensor: Tensor, part: Part | None, known: Names) -> Formula:
    """The rules of the operation that made a tensor, with the caller's names and the numbers."""
    if tensor.requires_grad and tensor.grad_fn is None:
        raise ValueError(
            "this tensor is a leaf: no operation made it, so it has no rule. Give formula() the "
            "result of a computation."
        )
    graph, _ = located(tensor, [], known)
    op = graph.operations[-1]
    say = Equations(graph)
    kind = op_named(op.kind)
    letters = {v.index: v for v in graph.values if v.index in (*op.inputs, op.output)}
    called = {f"d{i}": v.name for i, v in letters.items() if v.kind != "constant"}
    called |= {"y": graph.values[op.output].name}
    if any(v.name == LOSS.name for v in letters.values()):
        called[LOSS.name] = "loss"
    several = kind.operands < 0
    own = {} if several else dict(zip(operand_names(kind), op.inputs, strict=False))
    known_here = {name: say.symbol(i) for name, i in own.items()} | {"y": Name(f"d{op.output}")}
    known_here = settings_of(kind, op) | known_here
    numbers = {f"d{i}": v.data for i, v in letters.items() if v.data is not None}
    result, found = f"d{op.output}", []
    for each in parts_of(kind, part):
        steps: Program | None = None
        if each == "forward":
            e = rule(op, each, 0, say.symbols, say.ndims)
            steps = None if e is not None else here(kind, each, op, say, known_here, called)
            if steps is None or any(op.written) or is_call_of(steps, kind):
                found.append(Line(each, Name(result), result_rule(op, say.symbols, say.ndims)))
                continue
            if steps.results[0] != Name(result):
                found.append(Line(each, Name(result), steps.results[0]))
            found += steps_of(each, steps)
            continue
        uses: dict[int, list[Expression]] = {}
        arriving = shapes_of_gradients(op, graph)
        for k, source in enumerate(op.inputs):
            if graph.values[source].kind == "constant":
                continue
            found_rule = say.rule(op, each, k)
            if found_rule is None:  # unreadable in a picture, but this is no picture
                steps = steps or here(kind, each, op, say, known_here, called)
                found_rule = of_operand(steps, k)
            if each == "vjp":
                found_rule = over_copies(found_rule, graph.values[source].shape, arriving[k])
            uses.setdefault(source, []).append(found_rule)
        for source, terms in uses.items():  # used twice: x·x
            found.append(Line(each, left(each, f"d{source}", result), add_up(terms)))
        if steps is not None:
            found += steps_of(each, steps)
    shapes = {f"d{i}": v.shape for i, v in letters.items()}
    for k, line in enumerate(found):
        known_shapes = with_shapes(line.right, shapes)
        if known_shapes != line.right:  # otherwise it stays as the caller wrote it: w·1 is not w
            found[k] = replace(line, right=simplify(known_shapes))
    names_of = {p: called[f"d{i}"] for p, i in own.items() if f"d{i}" in called}
    return Formula(
        kind,
        tuple(found),
        called,
        numbers,
        names_of | {"y": called["y"]},
        values_of(kind, op, graph),
    )


def here(
    kind: type[Op],
    part: Part,
    op: Operation,
    say: Equations,
    known: Mapping[str, Expression],
    called: Mapping[str, str],
) -> Program:
    """A rule about the values of a graph, in letters that no value has."""
    operands = None
    if kind.operands < 0:
        operands = [*(say.symbol(i) for i in op.inputs), *map(as_formula, op.params)]
    program = rule_of(kind, part, operands)
    settings = {name for e in known.values() for name in names(e)}
    program = program.beside({*called.values(), *called, *settings} - {"y"})
    program = program.map(lambda e: substitute(e, known))
    return program.map(lambda e: without_defaults(simplify(take_branches(e))))


def is_call_of(rule: Program, kind: type[Op]) -> bool:
    """Whether a rule says no more than the name of the operation."""
    (e,) = rule.results
    if isinstance(e, Name):
        return not rule.steps
    return isinstance(e, Call) and named.get(e.function) is kind.forward


def of_operand(program: Program, k: int) -> Expression:
    """The gradient of the k-th operand."""
    if program.each is None:
        e = program.results[k]
    else:
        e = substitute(program.results[0], {OPERAND.name: Number(k)})
    return with_zeros(e)


def with_shapes(e: Expression, shapes: Mapping[str, tuple[int, ...]]) -> Expression:
    """A formula about arrays of known shapes: prod(shape(x)) is 6, and so is count((2, 3))."""
    if not isinstance(e, Call):
        return e
    e = e.map(partial(with_shapes, shapes=shapes))
    match e:
        case Call("shape", (Name(name),)) if name in shapes:
            return Constant(shapes[name])
        case Call("size", (Name(name),)) if name in shapes:
            return Number(prod(shapes[name]))
        case Call("prod" | "count", (Constant(tuple(lengths)),), ()):
            return Number(prod(lengths))
        case Call("count", (Constant(tuple(lengths)), Constant(tuple(axes_)))):
            return Number(prod(lengths[axis] for axis in axes_))
        case Call("item", (Constant(tuple(lengths)), Number(int(k)))) if (
            -len(lengths) <= k < len(lengths)
        ):
            return Number(lengths[k])
    return e


def settings_of(kind: type[Op], op: Operation) -> dict[str, Expression]:
    """The op's own parameters, as the caller wrote them or as numbers, where that can be said."""
    found: dict[str, Expression] = {}
    names_ = parameter_names(kind)[max(kind.operands, 1) :]
    for name, value, how in zip(names_, op.params, op.written, strict=False):
        if how is not None:
            found[name] = Name(f"[{how}]" if name in INDICES else how)
        elif not isinstance(value, np.ndarray | np.generic):
            with suppress(FormulaError):
                found[name] = constant(value)
    return found


def shapes_of_gradients(op: Operation, graph: Graph) -> list[tuple[int, ...] | None]:
    """What shape a vjp has for each operand, before the engine sums over broadcast axes."""
    vjp, y = way_back(op, graph.values), graph.values[op.output]
    if vjp is None:
        return [None] * len(op.inputs)
    with np.errstate(all="ignore"):
        return [np.shape(kept(part)) for part in vjp(np.ones(y.shape, y.dtype)[()])]


def over_copies(
    e: Expression, shape: tuple[int, ...], result: tuple[int, ...] | None
) -> Expression:
    """The sum over the copies that broadcasting made of an operand."""
    if result is None or result == shape or len(result) < len(shape):
        return e
    if not shape:
        return Call("sum", (e,))
    lead = len(result) - len(shape)
    inner = tuple(i + lead for i, n in enumerate(shape) if n != result[i + lead])
    if inner:
        e = Call("sum", (e,), (("axis", axes(inner)), ("keepdims", Constant(True))))
    return Call("sum", (e,), (("axis", axes(tuple(range(lead)))),)) if lead else e


def axes(several: tuple[int, ...]) -> Number | Constant:
    return Number(several[0]) if len(several) == 1 else Constant(several)


def values_of(kind: type[Op], op: Operation, graph: Graph) -> dict[str, Any]:
    """What the parameters of an operation are, as far as it is known."""
    inputs: list[Any] = [graph.values[i].data for i in op.inputs]
    if kind.operands < 0:
        inputs = [tuple(inputs)]
    found: dict[str, Any] = dict(zip(parameter_names(kind), (*inputs, *op.params), strict=False))
    found["y"] = graph.values[op.output].data
    return {name: each for name, each in found.items() if each is not None or name != "y"}
