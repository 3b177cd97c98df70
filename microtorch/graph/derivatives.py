"""Numbers for a graph: values forwards, local gradients and gradients backwards.

The same rules as the engine's (``op.forward``, ``op.local``, ``op.vjp``), but every intermediate
number is kept, because the picture shows them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from microtorch.autograd.engine import sum_to_shape
from microtorch.graph.kinds import has_way_back, op_named
from microtorch.graph.model import Array, Graph, Operation, Value
from microtorch.ops import Elementwise

Part = TypeVar("Part", Value, Operation)


def forward(graph: Graph) -> Graph:
    """The graph with every result computed anew from its leaves."""
    values = list(graph.values)
    with np.errstate(all="ignore"):
        for op in graph.operations:
            inputs = operands(op, values)
            if op_named(op.kind).opaque or any(x is None for x in inputs):
                continue  # a large array was not kept, so this result stays as it was
            y = np.asarray(op_named(op.kind).forward(*inputs, *op.params))
            values[op.output] = changed(values[op.output], data=y)
    return replace(graph, values=tuple(values))


def differentiate(graph: Graph, brought: Mapping[int, Array] | None = None) -> Graph:
    """The graph with local gradients on its edges and gradients at its values.

    d root / d root = 1. Where an array that a rule needs was too large to be kept, or where a
    function of the user's own stands in the way, the gradients behind it stay unknown (None),
    but for those that a sweep has ``brought``.
    """
    brought = brought or {}
    root = graph.values[graph.root]
    gradients: dict[int, Any] = {graph.root: np.ones(root.shape, root.dtype)[()]}
    unknown: set[int] = set()
    told: set[int] = set()  # were unknown until they were looked up
    operations = list(graph.operations)
    with np.errstate(all="ignore"):
        for op in reversed(graph.operations):
            local = local_gradients(op, graph.values)
            flow: tuple[Any, ...] = (None,) * len(op.inputs)
            if op.output in unknown and op.output in brought:
                gradients[op.output] = brought[op.output][()]
                unknown.remove(op.output)
                told.add(op.output)
            if op.output not in unknown and op.output in gradients:
                flow = flows(op, graph.values, gradients[op.output])
            for source, part in zip(op.inputs, flow, strict=True):
                if part is None and graph.values[source].requires_grad:
                    unknown.add(source)
                elif part is not None:
                    gradients[source] = gradients[source] + part if source in gradients else part
            operations[op.index] = changed(op, local=local, flow=flow)
    for value in unknown:
        gradients[value] = brought.get(value)
    complete(operations, {v: brought[v] for v in told | unknown if v in brought})
    values = tuple(changed(v, grad=as_array(gradients.get(v.index))) for v in graph.values)
    return replace(graph, values=values, operations=tuple(operations))


def complete(operations: list[Operation], totals: Mapping[int, Array]) -> None:
    """Fill in the only unknown flow to a value: its gradient without all other flows."""
    uses: dict[int, list[tuple[int, int]]] = {value: [] for value in totals}
    for op in operations:
        for k, source in enumerate(op.inputs):
            if source in uses:
                uses[source].append((op.index, k))
    for value, places in uses.items():
        unknown = [(i, k) for i, k in places if operations[i].flow[k] is None]
        if len(unknown) != 1:
            continue
        flows_ = [operations[i].flow[k] for i, k in places]
        rest = totals[value] - sum(part for part in flows_ if part is not None)
        i, k = unknown[0]
        parts = list(operations[i].flow)
        parts[k] = np.asarray(rest, totals[value].dtype)
        operations[i] = changed(operations[i], flow=tuple(parts))


def local_gradients(op: Operation, values: tuple[Value, ...]) -> tuple[Array | None, ...]:
    """d output / d input for each input, where that is an array of the input's own shape."""
    rule, output = op_named(op.kind), values[op.output]
    y, inputs = raw(output), operands(op, values)
    if not has_way_back(op.kind) or any(x is None for x in (y, *inputs)):
        return (None,) * len(inputs)
    if issubclass(rule, Elementwise):
        found = rule.local(y, *inputs, *op.params)[: len(inputs)]
        return tuple(np.broadcast_to(np.asarray(d, output.dtype), output.shape) for d in found)
    if output.shape == ():  # then the vjp of 1 is the local gradient
        found = rule.vjp(np.ones((), output.dtype)[()], y, *inputs, *op.params)
        return tuple(as_array(kept(d)) for d in found)
    return (None,) * len(inputs)


def flows(op: Operation, values: tuple[Value, ...], g: Any) -> tuple[Array | None, ...]:
    """What this use adds to the gradient of each input: the vjp, summed over broadcast axes."""
    vjp = way_back(op, values)
    if vjp is None:
        return (None,) * len(op.inputs)
    return tuple(
        flow(part, values[source]) if values[source].requires_grad else None
        for source, part in zip(op.inputs, vjp(g), strict=True)
    )


def way_back(op: Operation, values: tuple[Value, ...]) -> Callable[[Any], Sequence[Any]] | None:
    """The vjp of an operation as a function of the upstream gradient; None if it is unknown."""
    rule = op_named(op.kind)
    y, inputs = raw(values[op.output]), operands(op, values)
    needed = [y] * rule.saves_output + inputs * rule.saves_inputs
    if not has_way_back(op.kind) or any(x is None for x in needed):
        return None
    # A plain number may be a parameter, and have a part of its own.
    return lambda g: rule.vjp(g, y, *inputs, *op.params)[: len(inputs)]


def flow(part: Any, source: Value) -> Array:
    """One part of a vjp, summed over broadcast axes. No gradient at all counts as 0."""
    part = kept(part)
    if part is None:
        return np.zeros(source.shape, source.dtype)
    return np.asarray(sum_to_shape(part, source.shape))


def kept(promise: Any) -> Any:
    """What a lazy op promises, worked out."""
    return promise() if callable(promise) else promise


def operands(op: Operation, values: Any) -> list[Any]:
    return [raw(values[source]) for source in op.inputs]


def raw(value: Value) -> Any:
    """The data as an op wants it: plain numbers as Python's own, single numbers as scalars."""
    if value.data is None:
        return None
    return value.data.item() if value.kind == "constant" else value.data[()]


def as_array(x: Any) -> Array | None:
    return None if x is None else np.asarray(x)


def changed(part: Part, **fields: Any) -> Part:
    """A value or an operation with something else in some fields.

    Like ``dataclasses.replace``, which takes ten times as long: a graph that follows a slider is
    copied as often as the slider moves.
    """
    twin = object.__new__(type(part))
    twin.__dict__.update(part.__dict__, **fields)
    return twin
