"""From a result back to everything it was computed from: ``trace(loss)`` makes the Graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, TypeVar

import numpy as np

from microtorch.autograd.engine import newest_first
from microtorch.autograd.function import CustomFunction, FunctionOutput
from microtorch.autograd.node import Large, Leaf, Node
from microtorch.autograd.versions import changed_since
from microtorch.graph.derivatives import differentiate, forward
from microtorch.graph.model import Array, Graph, GraphError, Kind, Operation, Value
from microtorch.graph.moments import settled
from microtorch.graph.names import Names, given_names
from microtorch.graph.scopes import parameter_names, parts, scopes
from microtorch.graph.settings import written
from microtorch.graph.spelling import printable
from microtorch.ops.kernels import Memo
from microtorch.tensor import Tensor

MOST_OPERATIONS = 2000  # that a walk, or a picture without folding, can show
MOST_DIFFERENTIATED = 2000  # above that, gradients are computed for pictures that show them all

T = TypeVar("T")

__all__ = ["MOST_OPERATIONS", "GraphError", "replay", "trace"]


def trace(
    tensor: Any,
    names: Names | None = None,
    *,
    gradients: bool | None = None,
    most: int | None = None,
) -> Graph:
    """The graph that a tensor was computed by, with names, values and gradients.

    Args:
        names: what the caller calls tensors and modules, by identity.
        gradients: compute local gradients and gradients for the picture. None: for a graph of up
            to 2,000 operations.
        most: the largest number of operations to accept; None for any.

    Raises:
        TypeError: this is not a Tensor.
        GraphError: nothing was recorded, or more than ``most`` operations were.
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
    nodes = newest_first([tensor._node])[0][::-1]
    if most is not None and len(nodes) > most:
        raise GraphError(
            f"this graph has {len(nodes):,} operations; a walk holds at most {most:,}. Show a "
            "smaller part: a loss of one sample, or an intermediate result. torch.draw() folds "
            "large graphs into a picture of any of them."
        )
    tracer = Tracer(tensor, nodes, names or {})
    graph = tracer.graph()
    if gradients is None:
        gradients = len(nodes) <= MOST_DIFFERENTIATED
    return differentiate(graph, tracer.brought) if gradients else graph


class Tracer:
    """One graph in the making."""

    def __init__(self, tensor: Tensor, nodes: list[Node], names: Names) -> None:
        assert tensor._node is not None
        self.root = tensor._node
        self.tensor = tensor
        self.nodes = nodes
        self.parts = parts(nodes, names)
        self.swept = isinstance(self.root, Node) and self.root.grad is not None
        self.names = {**parameter_names(self.parts), **names}
        self.index: dict[int, int] = {}  # key of a node or of raw data -> index of the value
        self.values: list[Value] = []
        self.leaves: dict[int, Leaf] = {}  # by the index of the value
        self.operations: list[Operation] = []
        self.taken: set[str] = set()
        known = set(self.names.values())
        self.fresh = (name for name in (f"v{i}" for i in count(1)) if name not in known)
        self.seen: list[Any] = []  # keeps ids valid while we work
        self.brought: dict[int, Array] = {}  # by the last sweep, if that began at the root

    def graph(self) -> Graph:
        nodes = self.nodes
        if isinstance(self.root, Leaf):
            self.add(self.root, self.tensor._data)
        for node in nodes:
            origins = getattr(node, "origins", node.inputs)
            operands = zip(node.parents, node.inputs, origins, strict=True)
            inputs = tuple([self.operand(p, x, origin) for p, x, origin in operands])
            output = self.add(node, node.output, maker=len(self.operations))
            how = written(node.op, node.params, self.names) if node.params else ()
            self.operations.append(operation(len(self.operations), node, inputs, output, how))
            if node.op is FunctionOutput:  # the function itself has no single value
                self.values[inputs[0]] = replace(self.values[inputs[0]], data=None)
        last = len(self.values) - 1
        found = scopes(self.parts, self.index)
        graph = Graph(tuple(self.values), tuple(self.operations), last, found)
        graph, is_of_then = settled(graph, nodes, self.leaves, self.tensor._data)
        if is_of_then:
            return graph
        # The gradients of then are none of this computation.
        self.brought.clear()
        values = [
            replace(v, stored=None) if v.kind == "result" else replace(v, prior=v.stored)
            for v in graph.values
        ]
        return replace(graph, values=tuple(values))

    def operand(self, parent: Node | Leaf | None, data: Any, origin: Any) -> int:
        if parent is not None:
            known = self.index.get(id(parent))  # most operands were seen before
            return self.add(parent, data) if known is None else known
        if isinstance(data, np.ndarray | np.generic | Large):
            return self.add(None, data, origin)
        name = repr(data)  # a plain number: a box of its own for every use
        return self.append(name, "constant", data, requires_grad=False)

    def add(
        self, node: Node | Leaf | None, data: Any, origin: Any = None, maker: int | None = None
    ) -> int:
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
        name = printable(self.names.get(place, ""))
        if not name or name in self.taken:
            name = next(self.fresh)
        self.taken.add(name)
        index = self.append(
            name,
            kind,
            data,
            requires_grad=node is not None,
            node=node,
            maker=maker,
            own_dtype=None if node is not None or array is None else dtype_name(array.dtype),
        )
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
        maker: int | None = None,
        own_dtype: str | None = None,
    ) -> int:
        outline = data if isinstance(data, Large | np.ndarray | np.generic) else np.asarray(data)
        value = made(
            Value,
            index=len(self.values),
            name=name,
            kind=kind,
            data=None if isinstance(data, Large) else frozen(data),
            shape=tuple(outline.shape),
            dtype=dtype_name(outline.dtype),
            requires_grad=requires_grad,
            grad=None,
            prior=self.prior(node) if isinstance(node, Leaf) else None,
            stored=self.stored(node),
            maker=maker,
            own_dtype=own_dtype if own_dtype != dtype_name(outline.dtype) else None,
        )
        self.values.append(value)
        if isinstance(node, Leaf):
            self.leaves[value.index] = node
        self.remember(value, node)
        return value.index

    def remember(self, value: Value, node: Node | Leaf | None) -> None:
        """Keep what the last sweep brought to a value."""
        if value.stored is None or not self.swept:
            return
        if not isinstance(node, Leaf):
            self.brought[value.index] = value.stored
        elif self.is_ours(node):
            held = value.prior
            self.brought[value.index] = value.stored if held is None else value.stored - held

    def stored(self, node: Node | Leaf | None) -> Array | None:
        """What .grad holds now; for a result, what a sweep from the root brought it."""
        if not isinstance(node, Node):
            return None if node is None else frozen_grad(node.grad)
        if self.swept:
            return frozen_grad(node.grad)
        # A sweep from elsewhere is no part of this picture, but for what retain_grad() keeps of it.
        retained = None if node.hooks is None else node.hooks.retained
        return None if retained is None else frozen_grad(retained[0])

    def prior(self, leaf: Leaf) -> Array | None:
        """What .grad held before this graph was swept, or holds now if it was not the last one."""
        if self.is_ours(leaf):
            return None if leaf.before is None else frozen(leaf.before)
        return frozen_grad(leaf.grad)

    def is_ours(self, leaf: Leaf) -> bool:
        """Whether .grad is as the last sweep from the root left it.

        It is not before that sweep, nor after one of another graph or a change of .grad.
        """
        ours = leaf.sweep is not None and leaf.sweep == getattr(self.root, "number", None)
        return ours and leaf.grad is not None and not changed_since(leaf.grad._data, leaf.time)


def frozen_grad(grad: Any) -> Array | None:
    """A gradient as a picture keeps it."""
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
    return made(
        Operation,
        index=index,
        kind=node.op.__name__,
        symbol=node.symbol,
        inputs=inputs,
        output=output,
        params=kept_params(node),
        written=how,
        local=unknown,
        flow=unknown,
        more=(),
    )


def made(cls: type[T], /, **fields: Any) -> T:
    """A frozen dataclass with all its fields. (Its own __init__ takes four times as long.)"""
    new = object.__new__(cls)
    new.__dict__.update(fields)
    return new


def kept_params(node: Node) -> tuple[Any, ...]:
    """An operation's parameters as the picture keeps them: nothing of a user's, no memory."""
    if issubclass(node.op, CustomFunction):
        return (node.params[-2].__name__,)
    return tuple([Memo() if type(each) is Memo else each for each in node.params])


dtype_name = cache(str)


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
