"""Small tensors opened into single numbers: ``w @ x`` becomes products and a sum.

The new graph computes the same numbers and the same gradients, one chain-rule product at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from microtorch.graph.jacobian import jacobian
from microtorch.graph.kinds import op_named
from microtorch.graph.model import Array, Graph, GraphError, Operation, Value
from microtorch.graph.scalars import RECIPES, Scalar, Scalars, as_array, entry
from microtorch.ops import Elementwise, Op, indexing, joining, moving, shaping

MOST_OPERATIONS = 300  # on single numbers, that a picture can show
MOST_ENTRIES = 600  # of all tensors it starts from

# These only move entries about: each entry of the result is an entry of an operand.
MOVES: tuple[type[Op], ...] = (
    *(indexing.Index, indexing.BasicIndex),
    *(joining.Cat, joining.Stack),
    *(moving.Flip, moving.Roll, moving.Rot90, moving.Repeat),
    *(shaping.View, shaping.Permute, shaping.Transpose, shaping.Expand, shaping.Clone),
)


class SumOfTerms(Op):
    """The sum of several numbers."""

    symbol = "Σ"
    operands = -1
    saves = ""
    opaque = True

    def forward(*terms: Any) -> Any:
        return sum(terms)

    def local(y: Any, *terms: Any) -> Any:
        return (1,) * len(terms)

    def vjp(g: Any, y: Any, *terms: Any) -> Any:
        return (g,) * len(terms)


class OneEntry(Op):
    """One entry of the result of an operation on tensors. Its parameter: the place."""

    operands = -1
    saves = ""
    opaque = True

    def forward(*arguments: Any) -> Any:
        raise NotImplementedError("one entry alone is not computed")

    def vjp(g: Any, y: Any, *arguments: Any) -> Any:
        raise NotImplementedError("one entry alone is not computed")


def expanded(graph: Graph) -> Graph:
    """The graph of a small computation with every tensor opened into its entries.

    If its result is a tensor, the sum of its entries is added: gradients are those of the sum.

    Raises:
        GraphError: there are too many entries for a picture, or their numbers are gone.
    """
    entries = sum(math.prod(value.shape) for value in graph.values if value.maker is None)
    if entries > MOST_ENTRIES:
        raise too_large(f"{entries:,} numbers to start from, and it holds {MOST_ENTRIES}")
    return Expander(graph).graph()


def too_large(what: str) -> GraphError:
    return GraphError(
        f"expand=True would draw {what}. Use smaller tensors (a few samples, a narrow layer), draw "
        "a smaller part, or leave out expand=True."
    )


class Expander:
    """One expansion in the making."""

    def __init__(self, graph: Graph) -> None:
        self.whole = graph
        self.values: list[Value] = []
        self.operations: list[Operation] = []
        self.entries: dict[int, Scalars] = {}  # of a tensor: the scalars that it consists of

    def graph(self) -> Graph:
        whole = self.whole
        for value in whole.values:
            if 0 in value.shape:
                raise GraphError(f"expand=True: {value.name} has no entries that could be drawn.")
        for op in whole.operations:
            operands = [self.operand(i) for i in op.inputs]
            output = whole.values[op.output]
            found = self.opened(op, output, operands)
            self.entries[op.output] = found
            for place in np.ndindex(found.shape):
                self.name(settled(found[place]).index, output, place)
        root = self.operand(whole.root).ravel().tolist()
        end = settled(sum(root[1:], root[0]))
        if len(root) > 1:
            name = f"sum({whole.values[whole.root].name})"
            self.values[end.index] = replace(self.values[end.index], name=name)
        taken = {value.name for value in (*self.values, *whole.values)}
        fresh = (name for name in (f"v{i}" for i in count(1)) if name not in taken)
        self.values = [v if v.name else replace(v, name=next(fresh)) for v in self.values]
        return differentiated(Graph(tuple(self.values), tuple(self.operations), end.index))

    def operand(self, index: int) -> Scalars:
        """The entries of a tensor; those of a leaf are made when they are first asked for."""
        value = self.whole.values[index]
        if index in self.entries and value.kind != "constant":
            return self.entries[index]
        if value.data is None:
            raise GraphError(
                f"expand=True: the numbers of {value.name} are gone. Draw before backward(), or "
                "use smaller tensors."
            )
        found = np.empty(value.shape, object)
        for place in np.ndindex(value.shape):
            name = value.name if value.kind == "constant" else ""
            found[place] = scalar = self.append(name, value.data[place], value, kind=value.kind)
            self.name(scalar.index, value, place)
        self.entries[index] = found
        return found

    def append(self, name: str, data: Any, like: Value, **fields: Any) -> Scalar:
        array = np.asarray(data)
        unknown: dict[str, Any] = {"grad": None, "prior": None, "stored": None, "maker": None}
        new = {**unknown, **fields, "index": len(self.values), "name": name}
        self.values.append(replace(like, shape=(), data=array, dtype=str(array.dtype), **new))
        return Scalar(self.record, len(self.values) - 1)

    def name(self, index: int, tensor: Value, place: tuple[int, ...]) -> None:
        """What a scalar is called that is an entry of a tensor: w[0, 1]. The first name stays."""
        value = self.values[index]
        if value.name:
            return
        label = tensor.name + (f"[{', '.join(map(str, place))}]" if place else "")
        kept = {
            name: None if array is None else np.asarray(array[place])
            for name, array in (("prior", tensor.prior), ("stored", tensor.stored))
        }
        self.values[index] = replace(value, name=label, **kept)  # type: ignore[arg-type]

    def opened(self, op: Operation, output: Value, operands: list[Scalars]) -> Scalars:
        """The entries of a result."""
        rule = op_named(op.kind)
        if issubclass(rule, Elementwise):
            return self.each(op, output, operands)
        if issubclass(rule, MOVES):
            return moved(rule, op, operands)
        if op.kind in RECIPES:
            found = RECIPES[op.kind](*operands, *op.params)
            if found is not None:
                return as_array(found)
        return self.whole_rows(op, output, operands)

    def each(self, op: Operation, output: Value, operands: list[Scalars]) -> Scalars:
        """An operation that works entry by entry."""
        found = np.empty(output.shape, object)
        spread = [np.broadcast_to(x, output.shape) for x in operands]
        for k, place in enumerate(np.ndindex(output.shape)):
            inputs = [
                settled(x[place])
                if self.whole.values[i].kind != "constant" or not k
                else self.again(i)
                for i, x in zip(op.inputs, spread, strict=True)
            ]
            found[place] = self.record(
                op.kind, tuple(inputs), entry(op.params, output.shape, place)
            )
        return found

    def again(self, index: int) -> Scalar:
        """A plain number has a box of its own for every use."""
        return settled(self.operand(index).item())

    def whole_rows(self, op: Operation, output: Value, operands: list[Scalars]) -> Scalars:
        """Any other operation: each entry of the result depends on all entries of the operands,
        with the local gradients that stand in a row of the Jacobian."""
        if output.data is None:
            raise GraphError(
                f"expand=True cannot open {op.symbol}: its numbers are gone, or it is a function "
                "of your own with several results. Leave out expand=True."
            )
        size = math.prod(output.shape)
        inputs = [settled(x) for operand in operands for x in operand.ravel()]
        if size * len(inputs) > 10 * MOST_OPERATIONS:
            raise too_large(f"{op.symbol} with {size} results of {len(inputs)} numbers each")
        asks = [self.whole.values[i].requires_grad for i in op.inputs]
        columns = [
            jacobian(self.whole, op, k) if needed else np.zeros((size, x.size), output.dtype)
            for k, (x, needed) in enumerate(zip(operands, asks, strict=True))
        ]
        found = np.empty(output.shape, object)
        for row, place in enumerate(np.ndindex(output.shape)):
            local = [
                None if matrix is None else np.asarray(matrix[row, j])
                for matrix, x in zip(columns, operands, strict=True)
                for j in range(x.size)
            ]
            symbol = op.symbol + (f"[{', '.join(map(str, place))}]" if place else "")
            found[place] = self.record(
                "OneEntry",
                tuple(inputs),
                (place,),
                data=output.data[place],
                local=tuple(local),
                symbol=symbol,
            )
        return found

    def record(
        self,
        kind: str,
        operands: tuple[Scalar | float, ...],
        params: tuple[Any, ...],
        *,
        data: Any = None,
        local: tuple[Any, ...] | None = None,
        symbol: str | None = None,
    ) -> Scalar:
        """One operation on single numbers: the numbers of its result and its local gradients."""
        index = len(self.operations)
        if index >= MOST_OPERATIONS:
            raise too_large(f"more than {MOST_OPERATIONS} operations on single numbers")
        rule = op_named(kind)
        inputs = tuple(x.index if isinstance(x, Scalar) else self.plain(x) for x in operands)
        numbers = [self.number(i) for i in inputs]
        with np.errstate(all="ignore"):
            y = rule.forward(*numbers, *params) if data is None else data
            if local is None:
                found = rule.local(y, *numbers, *params)[: len(inputs)]  # type: ignore[attr-defined]
                local = tuple(np.asarray(d, np.asarray(y).dtype) for d in found)
        like = self.values[
            next((i for i in inputs if self.values[i].kind != "constant"), inputs[0])
        ]
        asks = any(self.values[i].requires_grad for i in inputs)
        result = self.append("", y, like, kind="result", requires_grad=asks, maker=index)
        self.operations.append(
            Operation(
                index=index,
                kind=kind,
                symbol=symbol or rule.symbol,
                inputs=inputs,
                output=result.index,
                params=params,
                written=(None,) * len(params),
                local=local,
                flow=(None,) * len(inputs),
            )
        )
        return result

    def plain(self, number: float) -> int:
        """The box of a plain number."""
        like = replace(self.whole.values[0], kind="constant", requires_grad=False)
        return self.append(repr(number), np.asarray(number), like).index

    def number(self, index: int) -> Any:
        value = self.values[index]
        assert value.data is not None
        return value.data.item() if value.kind == "constant" else value.data[()]


def settled(x: Any) -> Scalar:
    """An entry of an array of scalars, as a value."""
    found: Scalar = x.settled()
    return found


def moved(rule: type[Op], op: Operation, operands: list[Scalars]) -> Scalars:
    """An operation that only moves entries, done with their numbers in the order of counting."""
    flat = [x for operand in operands for x in operand.ravel()]
    counted: Iterator[int] = iter(range(len(flat)))
    places = [
        np.array([next(counted) for _ in range(x.size)], np.int64).reshape(x.shape)
        for x in operands
    ]
    found = np.asarray(rule.forward(*places, *op.params))
    result = np.empty(found.shape, object)
    for place in np.ndindex(found.shape):
        result[place] = flat[found[place]]
    return result


def differentiated(graph: Graph) -> Graph:
    """The graph with its gradients: at every use upstream x local, at every value their sum."""
    values = list(graph.values)
    gradients: list[Any] = [None] * len(values)
    unknown: set[int] = set()
    gradients[graph.root] = 1.0
    operations = list(graph.operations)
    for op in reversed(graph.operations):
        upstream = gradients[op.output]
        flow: list[Array | None] = []
        for source, local in zip(op.inputs, op.local, strict=True):
            part = None
            if values[source].requires_grad:
                if op.output in unknown or local is None:
                    unknown.add(source)
                elif upstream is not None:  # the result was made of this
                    with np.errstate(all="ignore"):
                        part = np.asarray(upstream * local, values[source].dtype)
                        before = gradients[source]
                        gradients[source] = part if before is None else before + part
            flow.append(part)
        operations[op.index] = replace(op, flow=tuple(flow))
    for index, gradient in enumerate(gradients):
        value = values[index]
        known = value.requires_grad and index not in unknown
        number = 0 if gradient is None else gradient
        values[index] = replace(value, grad=np.asarray(number, value.dtype) if known else None)
    return replace(graph, values=tuple(values), operations=tuple(operations))
