"""From a result back to everything it was computed from: ``trace(loss)`` makes the Graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from microtorch.autograd.engine import newest_first
from microtorch.autograd.function import FunctionOutput
from microtorch.autograd.node import Large, Leaf, Node
from microtorch.autograd.versions import changed_since
from microtorch.graph.derivatives import differentiate, forward
from microtorch.graph.model import Array, Graph, Kind, Operation, Value
from microtorch.graph.names import Names, given_names
from microtorch.graph.settings import written
from microtorch.tensor import Tensor

MOST_OPERATIONS = 2000


class GraphError(ValueError):
    """There is no graph to show, or not one that fits on a page."""


def trace(tensor: Any, names: Names | None = None) -> Graph:
    """The graph that a tensor was computed by, with names, values and gradients.

    Raises TypeError for what is not a Tensor, and GraphError for a tensor without a recorded
    graph or with more operations than a picture can hold.
    """
    recorded = getattr(tensor, "__recorded__", None)  # a layer or a criterion of bigdl
    if recorded is not None and not isinstance(tensor, type):
        tensor, own_names = recorded()
        names = given_names(own_names)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"a picture needs a Tensor, not {type(tensor).__name__}. Give it the result of a "
            "computation, for example the loss."
        )
    if tensor._node is None:
        raise GraphError(
            "this tensor has no graph: nothing that it was computed from asked for a gradient, "
            "so nothing was recorded. Make a parameter with requires_grad=True, compute outside "
            "of torch.no_grad(), and do not detach() on the way."
        )
    return Tracer(tensor, names or {}).graph()


class Tracer:
    """One graph in the making."""

    def __init__(self, tensor: Tensor, names: Names) -> None:
        assert tensor._node is not None
        self.root = tensor._node
        self.tensor = tensor
        self.names = names
        self.index: dict[int, int] = {}  # key of a node or of raw data -> index of the value
        self.values: list[Value] = []
        self.operations: list[Operation] = []
        taken = set(names.values())
        self.fresh = (name for name in (f"v{i}" for i in count(1)) if name not in taken)
        self.seen: list[Any] = []  # keeps ids valid while we work

    def graph(self) -> Graph:
        nodes = newest_first([self.root])[0][::-1]
        if len(nodes) > MOST_OPERATIONS:
            raise GraphError(
                f"this graph has {len(nodes)} operations; a picture holds at most "
                f"{MOST_OPERATIONS}. Draw a smaller part: a loss of one sample, or an "
                "intermediate result."
            )
        if isinstance(self.root, Leaf):
            self.add(self.root, self.tensor._data)
        for node in nodes:
            origins = getattr(node, "origins", node.inputs)
            operands = zip(node.parents, node.inputs, origins, strict=True)
            inputs = tuple(self.operand(p, x, origin) for p, x, origin in operands)
            output = self.add(node, node.output)
            how = written(node.op, node.params, self.names)
            self.operations.append(operation(len(self.operations), node, inputs, output, how))
            self.values[output] = replace(self.values[output], maker=len(self.operations) - 1)
            if node.op is FunctionOutput:  # the function itself has no single value
                self.values[inputs[0]] = replace(self.values[inputs[0]], data=None)
        last = len(self.values) - 1
        graph = Graph(tuple(self.values), tuple(self.operations), last)
        if any(
            changed_since(x, node.number) for node in nodes for x in (*node.inputs, node.output)
        ):
            graph = forward(graph)  # changed in place since: the picture shows the numbers of now
        return differentiate(graph)

    def operand(self, parent: Node | Leaf | None, data: Any, origin: Any) -> int:
        if parent is not None:
            return self.add(parent, data)
        if isinstance(data, np.ndarray | np.generic | Large):
            return self.add(None, data, origin)
        name = repr(data)  # a plain number: a box of its own for every use
        return self.append(name, "constant", data, requires_grad=False)

    def add(self, node: Node | Leaf | None, data: Any, origin: Any = None) -> int:
        """The index of a value: the one it has, or a new one.

        A tensor without a node is known by its array; ``origin`` is that array if an operation
        had to work on a copy in another dtype.
        """
        known_by = data if origin is None else origin
        array = known_by.array() if isinstance(known_by, Large) else known_by
        place = id(array if node is None else node)
        self.seen.append(array)
        if node is None and array is None:
            place = id(data)
        if place in self.index:
            return self.index[place]
        kind: Kind = (
            "input" if node is None else "parameter" if isinstance(node, Leaf) else "result"
        )
        name = self.names.get(place)
        if name is None or any(value.name == name for value in self.values):
            name = next(self.fresh)
        index = self.append(name, kind, data, requires_grad=node is not None, node=node)
        self.index[place] = index
        return index

    def append(
        self,
        name: str,
        kind: Kind,
        data: Any,
        *,
        requires_grad: bool,
        node: Node | Leaf | None = None,
    ) -> int:
        outline = data if isinstance(data, Large) else np.asarray(data)
        value = Value(
            index=len(self.values),
            name=name,
            kind=kind,
            data=None if isinstance(data, Large) else frozen(data),
            shape=tuple(outline.shape),
            dtype=str(outline.dtype),
            requires_grad=requires_grad,
            grad=None,
            prior=self.prior(node) if isinstance(node, Leaf) else None,
            stored=stored(node),
            maker=None,
        )
        self.values.append(value)
        return value.index

    def prior(self, leaf: Leaf) -> Array | None:
        """What .grad held before this graph was swept, or holds now if it was not the last one."""
        now = stored(leaf)
        ours = leaf.sweep is not None and leaf.sweep == getattr(self.root, "number", None)
        if ours and now is not None and not changed_since(leaf.grad._data, leaf.time):
            return None if leaf.before is None else frozen(leaf.before)
        return now  # not swept yet, swept by another graph since, or emptied since


def stored(node: Node | Leaf | None) -> Array | None:
    """What .grad holds now; for a result, what the last sweep brought it."""
    grad = None if node is None else node.grad
    data = grad._data if isinstance(grad, Tensor) else grad
    return frozen(data) if isinstance(data, np.ndarray | np.generic) else None


def operation(
    index: int,
    node: Node,
    inputs: tuple[int, ...],
    output: int,
    how: tuple[str | None, ...],
) -> Operation:
    unknown = (None,) * len(inputs)
    return Operation(
        index=index,
        kind=node.op.__name__,
        symbol=node.symbol,
        inputs=inputs,
        output=output,
        params=node.params,
        written=how,
        local=unknown,
        flow=unknown,
    )


def frozen(data: Any) -> Array:
    """A copy that nobody can change: a picture shows a moment."""
    array = np.array(data)
    array.flags.writeable = False
    return array


def replay(graph: Graph, changes: Mapping[int, float]) -> Graph:
    """The same graph with other numbers in some of its leaves, computed anew."""
    values = list(graph.values)
    for index, number in changes.items():
        old = values[index]
        data = np.full(old.shape, number, old.dtype)
        values[index] = replace(old, data=frozen(data))
    return differentiate(forward(replace(graph, values=tuple(values))))
