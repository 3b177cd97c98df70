"""The record of one operation: what made a value, and from which values."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import Any, ClassVar

import numpy as np

from microtorch.autograd import anomaly
from microtorch.autograd.hooks import LeafHooks, NodeHooks, RemovableHandle
from microtorch.ops import Op
from microtorch.ops.base import is_array
from microtorch.ops.memory import Kept

next_number = count().__next__
new = object.__new__
anomaly_modes = anomaly.modes

# Values up to this many entries stay on the record after the sweep, so that a picture drawn
# afterwards can show them. Larger ones are freed as soon as they have been used.
KEPT_ENTRIES = 1024


class Large:
    """Stands in for an array that is too large to stay on the record: only its outline is left."""

    __slots__ = ("array", "dtype", "shape")

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], array: Callable[[], Any] = lambda: None
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.array = array  # a weak reference, so that a picture can find its name while it lives


outline = lru_cache(256)(Large)  # for values that are known by their node: there are few shapes


def small(x: Any) -> Any:
    """x if it may stay on the record for the pictures, else its outline."""
    return outline(x.shape, x.dtype) if type(x) is np.ndarray and x.size > KEPT_ENTRIES else x


def small_inputs(values: tuple[Any, ...], parents: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same for all inputs of an operation; one without a node is known by its array alone."""
    for x in values:
        if type(x) is np.ndarray and x.size > KEPT_ENTRIES:
            break
    else:
        return values
    return tuple(
        [
            Large(x.shape, x.dtype, weakref.ref(x))
            if parent is None and type(x) is np.ndarray and x.size > KEPT_ENTRIES
            else small(x)
            for x, parent in zip(values, parents, strict=True)
        ]
    )


class Node:
    """One operation that was recorded.

    It holds its parents' nodes and raw arrays, never Tensors: so there are no reference cycles,
    and a graph is freed as soon as nobody holds its result. Every op has a Node class of its own,
    named as in PyTorch (``MulBackward0``): see :data:`node_classes`.
    """

    __slots__ = (
        "__weakref__",
        "forward_trace",  # only in anomaly mode
        "freed",
        "hooks",
        "incoming",
        "inputs",
        "number",
        "origins",  # only after a change of dtype: the inputs before it
        "output",
        "params",
        "parents",
        "shape",
    )

    op: ClassVar[type[Op]]
    symbol: ClassVar[str]
    multiplies: ClassVar[bool]  # the op has local gradients, and the engine multiplies by them
    local: ClassVar[Callable[..., tuple[Any, ...]]]
    lazy: ClassVar[bool]  # from here on the op's own; copied because the sweep asks often
    saves: ClassVar[str]
    saves_output: ClassVar[bool]
    saves_inputs: ClassVar[bool]
    shrinks: ClassVar[bool]

    parents: tuple[Node | Leaf | None, ...]
    inputs: tuple[Any, ...]
    params: tuple[Any, ...]
    output: Any
    shape: tuple[int, ...]
    number: int
    incoming: Any
    hooks: NodeHooks | None
    freed: bool
    origins: tuple[Any, ...]
    forward_trace: anomaly.ForwardTrace

    def name(self) -> str:
        """PyTorch's name of the operation: "MulBackward0"."""
        return type(self).__name__

    @property
    def grad(self) -> Any:
        """What the last sweep brought: d loss / d output, as a raw array, if it is small."""
        return getattr(self, "incoming", None)

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """The nodes of the operands, as PyTorch gives them."""
        return tuple((parent, 0) for parent in self.parents)

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` when the sweep has passed this node."""
        return self.all_hooks().after.add(hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` when the sweep reaches this node."""
        return self.all_hooks().before.add(hook)

    def all_hooks(self) -> NodeHooks:
        """The hooks of this node; made when first asked for."""
        if self.hooks is None:
            self.hooks = NodeHooks()
        return self.hooks

    def free(self) -> None:
        """Let go of large arrays; small ones stay for the pictures."""
        self.freed = True
        self.output = small(self.output)
        self.inputs = small_inputs(self.inputs, self.parents)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


def new_node(
    kind: type[Node],
    parents: tuple[Node | Leaf | None, ...],
    inputs: tuple[Any, ...],
    params: tuple[Any, ...],
    output: Any,
) -> Node:
    """Record one operation. (A plain function: ``kind(...)`` would take twice as long.)"""
    node = new(kind)
    node.parents = parents
    node.inputs = inputs
    node.params = params
    node.output = output
    node.shape = shape = output.shape
    node.number = next_number()
    node.hooks = None
    node.freed = False
    if shape or kind.shrinks:  # a graph of single numbers has nothing large
        if not kind.saves_output and output.size > KEPT_ENTRIES:
            node.output = outline(shape, output.dtype)
        if not kind.saves_inputs:
            node.inputs = small_inputs(inputs, parents)
    if anomaly_modes:
        node.forward_trace = anomaly.ForwardTrace(output)
    return node


class NodeClasses(dict[type[Op], type[Node]]):
    """The Node class of every op, made when it is first asked for."""

    def __missing__(self, op: type[Op]) -> type[Node]:
        self[op] = made = node_class(op, op.name, op.symbol)
        return made


node_classes = NodeClasses()


def node_class(op: type[Op], name: str, symbol: str) -> type[Node]:
    """A Node class for an op, under PyTorch's name."""
    local = getattr(op, "local", None)
    facts = {
        "op": op,
        "local": None if local is None else staticmethod(local),
        "symbol": symbol,
        "multiplies": local is not None and not op.masks,
        "lazy": op.lazy,
        "saves": op.saves,
        "saves_output": op.saves_output,
        "saves_inputs": op.saves_inputs,
        "shrinks": op.shrinks,
    }
    return type(name, (Node,), {"__slots__": (), **facts})


class Leaf:
    """The end of a path: a tensor that asked for a gradient. It owns the ``.grad``."""

    __slots__ = ("__weakref__", "before", "grad", "hooks", "incoming", "shape", "sweep", "time")

    # The Tensor class; set by the tensor module, which this floor must not import.
    wrap: ClassVar[Callable[..., Any]]
    record: ClassVar[Callable[..., Any]]  # how an op is recorded; set there too

    parents: ClassVar[tuple[()]] = ()
    next_functions: ClassVar[tuple[()]] = ()

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.grad: Any = None
        self.incoming: Any = None  # what the sweep under way has brought so far
        self.hooks: LeafHooks | None = None
        # For the pictures: what .grad held before the last sweep, which that was, and when.
        self.before: Any = None
        self.sweep: int | None = None
        self.time = 0

    def name(self) -> str:
        """PyTorch's name of the end of a path."""
        return "torch::autograd::AccumulateGrad"

    def all_hooks(self) -> LeafHooks:
        """The hooks of this leaf; made when first asked for."""
        if self.hooks is None:
            self.hooks = LeafHooks()
        return self.hooks

    def accumulate(self, g: Any, sweep: int | None = None) -> None:
        """Add g to ``.grad``: the gradients of several backward calls are summed."""
        held, self.before = self.grad, None
        if held is None and type(g) is np.ndarray:
            # The array is ours, unless it is a view of one that others may hold too.
            self.grad = Leaf.wrap(g if g.base is None else g.copy())
        elif not is_array(g):  # a recorded gradient (create_graph)
            self.grad = g.apply(Kept) if held is None else held + g
        elif held is None:
            self.grad = Leaf.wrap(g)
        elif g.size > KEPT_ENTRIES or held._node is not None:
            self.grad = add_in_place(held, g)
        else:
            self.before = held._data  # so that a picture can tell what was there already
            held._data = held._data + g
        self.sweep, self.time = sweep, next_number()

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def add_in_place(held: Any, g: np.ndarray[Any, Any]) -> Any:
    """The .grad with g added: in the same memory, unless a graph depends on the old values."""
    if held._node is not None:
        return Leaf.wrap(held._data + g)
    held._data += g
    return held
