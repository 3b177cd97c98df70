"""The record of one operation: what made a value, and from which values."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import count
from typing import Any, ClassVar, TypeAlias

import numpy as np

from microtorch.autograd import anomaly
from microtorch.autograd.hooks import LeafHooks, NodeHooks, RemovableHandle
from microtorch.ops import Op
from microtorch.ops.base import is_array, masked, times
from microtorch.ops.memory import Kept

next_number = count().__next__
new = object.__new__
ndarray = np.ndarray
anomaly_modes = anomaly.modes

# Values up to this many entries stay on the record after the sweep, so that a picture drawn
# afterwards can show them. Larger ones are freed as soon as they have been used.
KEPT_ENTRIES = 1024

Operands: TypeAlias = "tuple[tuple[Node | Leaf | None, ...], tuple[Any, ...]]"  # nodes and values


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


def is_large(x: Any) -> bool:
    """Whether x is an array that is too large to stay on the record for the pictures."""
    return type(x) is ndarray and x.size > KEPT_ENTRIES


def small(x: Any, known: Any = True) -> Any:
    """x if it may stay on the record for the pictures, else its outline.

    An operand without a node (``known`` is None) is known to a picture by its array alone.
    """
    if type(x) is not ndarray or x.size <= KEPT_ENTRIES:
        return x
    if known is None:
        return Large(x.shape, x.dtype, weakref.ref(x))
    return outline(x.shape, x.dtype)


class Kind:
    """What all nodes of one op have in common. The sweep asks for it at every node."""

    __slots__ = (
        "lazy",
        "local",
        "name",
        "named",
        "op",
        "operands",
        "product",
        "quick",
        "saves",
        "saves_inputs",
        "saves_output",
        "shrinks",
        "symbol",
        "views",
        "vjp",
    )

    def __init__(self, op: type[Op], name: str, symbol: str) -> None:
        self.op = op
        self.name = name  # PyTorch's: "MulBackward0"
        self.symbol = symbol
        self.named: type[Node] | None = None  # a class of that name, made when it is asked for
        self.vjp = op.vjp
        self.local: Any = getattr(op, "local", None)
        # If the op has local gradients, how the engine applies them to what arrives.
        self.product = None if self.local is None else masked if op.masks else times
        self.operands = op.operands
        self.quick = self.product is times and op.operands <= 2
        self.lazy = op.lazy
        self.saves = op.saves
        self.saves_output = op.saves_output
        self.saves_inputs = op.saves_inputs
        self.shrinks = op.shrinks
        self.views = op.views


class Kinds(dict[type[Op], Kind]):
    """The kind of every op, made when it is first asked for."""

    def __missing__(self, op: type[Op]) -> Kind:
        self[op] = made = Kind(op, op.name, op.symbol)
        return made


kinds = Kinds()


@cache
def renamed(op: Any, name: str, symbol: str) -> Kind:
    """The kind of an op whose nodes go by another name in some place; made once."""
    return Kind(op, name, symbol)


class Node:
    """One operation that was recorded.

    It holds its parents' nodes and raw arrays, never Tensors: so there are no reference cycles,
    and a graph is freed as soon as nobody holds its result.

    Most operations have one or two operands. These have places of their own (``left`` and
    ``right`` are their nodes, ``a`` and ``b`` their values), because each tuple would be one more
    object for the garbage collector to visit; more operands are in ``many``. And while a graph is
    made and swept, all nodes are of this one class, because Python finds the attributes of one
    class 3 times as fast as those of many: ``grad_fn`` then shows a node as ``MulBackward0``.
    """

    __slots__ = (
        "__weakref__",
        "a",
        "b",
        "forward_trace",  # only in anomaly mode
        "freed",
        "hooks",
        "incoming",
        "kind",
        "large",
        "left",
        "many",
        "number",
        "origins",  # only after a change of dtype: the inputs before it
        "output",
        "params",
        "right",
        "shape",
    )

    kind: Kind
    left: Node | Leaf | None
    right: Node | Leaf | None
    a: Any
    b: Any
    many: Operands | None
    params: tuple[Any, ...]
    output: Any
    shape: tuple[int, ...]
    number: int
    incoming: Any
    hooks: NodeHooks | None
    large: bool  # something on the record is: it must not stay there after the sweep
    freed: bool
    origins: tuple[Any, ...]
    forward_trace: anomaly.ForwardTrace

    @property
    def op(self) -> type[Op]:
        """The op that was run."""
        return self.kind.op

    @property
    def symbol(self) -> str:
        """What a picture shows for it: "×"."""
        return self.kind.symbol

    def operands(self) -> Operands:
        """The nodes and the values of all operands."""
        if self.many is not None:
            return self.many
        if self.kind.operands == 1:
            return (self.left,), (self.a,)
        return (self.left, self.right), (self.a, self.b)

    @property
    def parents(self) -> tuple[Node | Leaf | None, ...]:
        """The nodes of the operands; None for one that asks for no gradient."""
        return self.operands()[0]

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The values of the operands, as far as they are on the record."""
        return self.operands()[1]

    @inputs.setter
    def inputs(self, values: tuple[Any, ...]) -> None:
        if self.many is not None:
            self.many = self.many[0], values
        else:
            self.a, self.b = values[0], values[-1] if self.kind.operands == 2 else None

    def name(self) -> str:
        """PyTorch's name of the operation: "MulBackward0"."""
        return self.kind.name

    def named(self) -> Node:
        """The node as a user gets it: of a class with PyTorch's name."""
        if type(self) is Node:
            if self.kind.named is None:
                self.kind.named = type(self.kind.name, (Node,), {"__slots__": ()})
            self.__class__ = self.kind.named
        return self

    @property
    def grad(self) -> Any:
        """What the last sweep brought: d loss / d output, as a raw array, if it is small."""
        return getattr(self, "incoming", None)

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """The nodes of the operands, as PyTorch gives them."""
        return tuple(
            (parent.named() if isinstance(parent, Node) else parent, 0) for parent in self.parents
        )

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
        if self.kind.saves_output:  # else they have been let go of already
            self.output = small(self.output)
        if self.kind.saves_inputs:
            self.outline_inputs()

    def outline_inputs(self) -> None:
        """Let go of large operands."""
        if self.many is None:
            self.a, self.b = small(self.a, self.left), small(self.b, self.right)
        else:
            parents, inputs = self.many
            self.many = parents, tuple(map(small, inputs, parents))

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


def new_node(
    kind: Kind,
    left: Node | Leaf | None,
    right: Node | Leaf | None,
    a: Any,
    b: Any,
    params: tuple[Any, ...],
    output: Any,
    many: Operands | None = None,
) -> Node:
    """Record an operation on one or two operands. (A plain function: Node(...) takes longer.)"""
    node = new(Node)
    node.kind = kind
    node.left = left
    node.right = right
    node.a = a
    node.b = b
    node.many = many
    node.params = params
    node.output = output
    shape = output.shape
    if shape and left is not None and left.shape == shape:
        shape = left.shape  # one tuple for all of a shape; the sweep then sees that they agree
    node.shape = shape
    node.number = next_number()
    node.hooks = None
    node.freed = node.large = False
    if (shape and output.size > KEPT_ENTRIES) or (kind.shrinks and (is_large(a) or is_large(b))):
        let_go(node)
    if anomaly_modes:
        node.forward_trace = anomaly.ForwardTrace(output)
    return node


def node_of_many(
    kind: Kind,
    parents: tuple[Node | Leaf | None, ...],
    inputs: tuple[Any, ...],
    params: tuple[Any, ...],
    output: Any,
) -> Node:
    """Record an operation on any number of operands."""
    if len(parents) == kind.operands == 2:
        return new_node(kind, parents[0], parents[1], inputs[0], inputs[1], params, output)
    if len(parents) == kind.operands == 1:
        return new_node(kind, parents[0], None, inputs[0], None, params, output)
    node = new_node(kind, None, None, None, None, params, output, (parents, inputs))
    if kind.shrinks and not node.large:
        for x in inputs:
            if is_large(x):
                let_go(node)
                break
    return node


def let_go(node: Node) -> None:
    """Of large values, keep those only that the op's vjp reads."""
    node.large = True
    if not node.kind.saves_output:
        node.output = small(node.output)
    if not node.kind.saves_inputs:
        node.outline_inputs()


class Leaf:
    """The end of a path: a tensor that asked for a gradient. It owns the ``.grad``."""

    __slots__ = (
        "__weakref__",
        "before",
        "grad",
        "hooks",
        "incoming",
        "owner",
        "shape",
        "sweep",
        "time",
    )

    # The Tensor class; set by the tensor module, which this floor must not import.
    wrap: ClassVar[Callable[..., Any]]
    record: ClassVar[Callable[..., Any]]  # how an op is recorded; set there too

    parents: ClassVar[tuple[()]] = ()
    next_functions: ClassVar[tuple[()]] = ()

    def __init__(self, shape: tuple[int, ...], owner: Any = None) -> None:
        self.shape = shape
        # For the pictures, too: the tensor, which may have got another number since.
        self.owner = None if owner is None else weakref.ref(owner)
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
