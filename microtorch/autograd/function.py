"""Operations written by the user: a forward and a backward, with a context between them."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from microtorch.autograd.engine import FREED
from microtorch.autograd.mode import is_grad_enabled, set_recording
from microtorch.autograd.node import (
    Kind,
    Leaf,
    Node,
    kinds,
    new_node,
    next_number,
    node_of_many,
    renamed,
)
from microtorch.autograd.versions import changed_since, modified
from microtorch.ops.base import Op, is_array


class Context:
    """What forward hands to backward: saved tensors, and whatever attributes are set on it."""

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._freed = False
        self._time = 0
        self._materialize = True
        self._dirty: tuple[Any, ...] = ()
        self._without_gradient: tuple[Any, ...] = ()
        self._outputs: list[Any] = []  # their outlines: (shape, dtype), None for what is no tensor
        self._tensors: list[int] = []  # which arguments of forward are tensors
        self._arguments = 0
        self._nodes: list[Any] = []  # weak: the nodes of the outputs

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, where they are ``ctx.saved_tensors``."""
        for number, tensor in enumerate(tensors):
            if tensor is not None and not hasattr(tensor, "_data"):
                raise TypeError(
                    "save_for_backward can only save variables, but argument "
                    f"{number} is of type {type(tensor).__name__}\n"
                    "Hint: numbers and other objects are kept as attributes: ctx.k = k."
                )
        self._saved = tensors
        self._time = next_number()

    save_for_forward = save_for_backward

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved. RuntimeError if it was freed, or changed in place since."""
        if self._freed:
            raise RuntimeError(FREED)
        return tuple([self._opened(tensor) for tensor in self._saved])

    def _opened(self, saved: Any) -> Any:
        if saved is None:
            return None
        if isinstance(saved, SavedOutput):  # an output, which must not be held by its own node
            node = self._nodes[saved.number]()
            tensor = Leaf.wrap(saved.array, node)
        else:
            tensor, node = saved, saved._node
        if changed_since(tensor._data, self._time):
            raise modified(tensor._data, node, self._time)
        return tensor

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """These outputs get no gradient (indices, masks)."""
        self._without_gradient = outputs

    def mark_dirty(self, *inputs: Any) -> None:
        """These inputs were changed in place, and are returned."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None for an output that nobody used."""
        self._materialize = value


class SavedOutput:
    """An output in save_for_backward: the array only, because its tensor holds the node."""

    def __init__(self, array: Any, number: int) -> None:
        self.array = array
        self.number = number


class Function:
    """Base of the user's own operations.

    >>> import microtorch as torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad_output):
    ...         (x,) = ctx.saved_tensors
    ...         return grad_output * 3 * x**2
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x)
    tensor(8., grad_fn=<CubeBackward>)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)

    ``forward`` is not recorded; ``backward`` gets one gradient for each output and returns one for
    each argument of forward (None for those without). With ``setup_context(ctx, inputs, output)``,
    forward has no ctx.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            f"static, so you should invoke them on the class itself.\n"
            f"Hint: call {type(self).__name__}.apply(...)."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """What is computed; the subclass says it."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    setup_context: Callable[..., Any] | None = None

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """How gradients travel back; the subclass says it."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and record it, if an argument requires a gradient."""
        if kwargs:
            rule = cls.forward if cls.setup_context else lambda *a, **k: cls.forward(None, *a, **k)
            args = inspect.signature(rule).bind(*args, **kwargs).args
        ctx = Context()
        ctx._tensors = [i for i, arg in enumerate(args) if hasattr(arg, "_data")]
        ctx._arguments = len(args)
        recorded = is_grad_enabled()
        nodes = [args[i]._node for i in ctx._tensors]
        ctx.needs_input_grad = tuple(
            [recorded and getattr(arg, "_node", None) is not None for arg in args]
        )
        with set_recording(False):
            if cls.setup_context is None:
                output = cls.forward(ctx, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
        if not recorded or all(node is None for node in nodes):
            return output
        return finish(cls, ctx, args, output)


class CustomFunction(Op):
    """A function of the user's: the last two parameters are its class and its context."""

    symbol = "ƒ"
    operands = -1
    saves = ""
    opaque = True

    def forward(*arguments: Any) -> Any:
        function = arguments[-2]
        raise NotImplementedError(f"{function.__name__} is the user's: only apply() can run it")

    def vjp(g: Any, y: Any, *arguments: Any) -> tuple[Any, ...]:
        *_, function, ctx = arguments
        upstream = g.parts if isinstance(g, Bundle) else [g]
        arrays = all(part is None or is_array(part) for part in upstream)
        given = [materialized(ctx, k, part) for k, part in enumerate(upstream)]
        with set_recording(not arrays):
            result = function.backward(ctx, *given)
        result = result if isinstance(result, tuple) else (result,)
        name = f"{function.__name__}Backward"
        extra = result[ctx._arguments :]
        if len(result) < ctx._arguments or any(each is not None for each in extra):
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected "
                f"{ctx._arguments}, got {len(result)})\n"
                "Hint: backward returns one gradient for each argument of forward, and None for "
                "an argument that is no tensor."
            )
        inputs = [(i, arguments[k]) for k, i in enumerate(ctx._tensors)]
        return tuple([checked(name, i, x, result[i], arrays) for i, x in inputs])


class Bundle:
    """The gradients of several outputs of one function, on their way to its node."""

    shape = ()

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    @property
    def _data(self) -> Bundle:
        return self

    def __add__(self, other: Bundle) -> Bundle:
        pairs = zip(self.parts, other.parts, strict=True)
        return Bundle([b if a is None else a if b is None else a + b for a, b in pairs])


class FunctionOutput(Op):
    """One of several outputs of the user's function."""

    symbol = "output"
    operands = 1
    saves = ""
    opaque = True

    def forward(bundle: Any, number: int, count: int) -> Any:
        return bundle[number]

    def vjp(g: Any, y: Any, x: Any, number: int, count: int) -> tuple[Any, ...]:
        return (Bundle([g if k == number else None for k in range(count)]),)


def finish(function: type[Function], ctx: Context, args: Any, output: Any) -> Any:
    """Record what forward did, and give its outputs their nodes."""
    outputs = output if isinstance(output, tuple) else (output,)
    tensors = [args[i] for i in ctx._tensors]
    differentiable = [
        k
        for k, each in enumerate(outputs)
        if hasattr(each, "_data")
        and each._data.dtype.kind == "f"
        and not any(each is other for other in ctx._without_gradient)
    ]
    if not differentiable:
        return output
    for each in ctx._dirty:
        each._check_no_leaf()
    ctx._outputs = [
        (each._data.shape, each._data.dtype) if hasattr(each, "_data") else None for each in outputs
    ]
    kind = node_kind(function)
    parents = tuple([tensor._node for tensor in tensors])
    inputs = tuple([tensor._data for tensor in tensors])
    first = outputs[differentiable[0]]._data
    shown = first if len(outputs) == 1 else np.zeros((), first.dtype)[()]
    node = node_of_many(kind, parents, inputs, (function, ctx), shown)
    assert kind.named is not None
    node.__class__ = kind.named
    node.large = True  # whatever the context saved is let go of by free()
    results = list(outputs)
    for k in differentiable:
        mine = node
        if len(outputs) > 1:
            part = renamed(FunctionOutput, kind.name, "output")
            mine = new_node(part, node, None, shown, None, (k, len(outputs)), outputs[k]._data)
        results[k] = owned(outputs[k], mine, tensors, ctx)
    ctx._nodes = [
        weakref.ref(each._node) if getattr(each, "_node", None) is not None else lambda: None
        for each in results
    ]
    ctx._saved = tuple([without_cycle(each, outputs) for each in ctx._saved])
    ctx._dirty = ctx._without_gradient = ()
    return tuple(results) if isinstance(output, tuple) else results[0]


def node_kind(function: type[Function]) -> Kind:
    """The kind of a function's nodes: named after it, and freeing what its context saved."""
    kind: Kind | None = function.__dict__.get("_node_kind")
    if kind is None:
        kind = Kind(CustomFunction, f"{function.__name__}Backward", function.__name__)
        kind.named = type(kind.name, (FunctionNode,), {"__slots__": ()})
        function._node_kind = kind  # type: ignore[attr-defined]
    return kind


class FunctionNode(Node):
    """A node whose saved values are in a context."""

    __slots__ = ()

    def free(self) -> None:
        """Let go of what the context saved, too."""
        super().free()
        ctx = self.params[-1]
        ctx._saved, ctx._freed = (), bool(ctx._saved) or ctx._freed

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"


def owned(tensor: Any, node: Node, inputs: list[Any], ctx: Context) -> Any:
    """An output as the caller gets it: an input that forward returned becomes a tensor anew."""
    if any(tensor is dirty for dirty in ctx._dirty):
        tensor._node = node
        return tensor
    return Leaf.wrap(tensor._data, node)


def without_cycle(saved: Any, outputs: tuple[Any, ...]) -> Any:
    """A saved output as its array: the tensor would hold the node that holds it."""
    for number, output in enumerate(outputs):
        if saved is output and saved is not None:
            return SavedOutput(saved._data, number)
    return saved


def materialized(ctx: Context, number: int, g: Any) -> Any:
    """The gradient of one output as backward gets it."""
    if g is not None:
        return Leaf.wrap(g) if is_array(g) else g
    outline = ctx._outputs[number]
    if outline is None or not ctx._materialize:
        return None
    return Leaf.wrap(np.zeros(*outline)[()])


def checked(name: str, number: int, x: Any, gradient: Any, arrays: bool) -> Any:
    """A gradient that backward returned, if it fits the input that it belongs to."""
    if gradient is None:
        return None
    if not hasattr(gradient, "_data"):
        raise RuntimeError(
            f"expected Variable or None (got {type(gradient).__name__})\n"
            f"Hint: the backward of {name} must return tensors."
        )
    got, expected = gradient._data.shape, x.shape
    if got != expected and not sums_to(got, expected):
        raise RuntimeError(
            f"Function {name} returned an invalid gradient at index {number} - got {list(got)} "
            f"but expected shape compatible with {list(expected)}\n"
            "Hint: a gradient has the shape of the input that it belongs to."
        )
    gradient = gradient._cast(getattr(x, "_data", x).dtype)
    return gradient._data if arrays else gradient


def sums_to(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a shape is what broadcasting makes of another."""
    try:
        return np.broadcast_shapes(shape, wanted) == shape
    except ValueError:
        return False


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """For a backward that is not made of differentiable operations: its result has no graph."""

    @wraps(backward)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with set_recording(False):
            result = backward(ctx, *grads)
        if not is_grad_enabled() or not any(getattr(g, "_node", None) for g in grads):
            return result
        results = result if isinstance(result, tuple) else (result,)
        return tuple([refusing(each) for each in results])

    return wrapped


def refusing(tensor: Any) -> Any:
    """The same tensor, which refuses to be differentiated."""
    if tensor is None:
        return None
    kind, leaf, data = kinds[NotDifferentiable], Leaf(tensor._data.shape), tensor._data
    return Leaf.wrap(data, new_node(kind, leaf, None, data, None, (), data))


class NotDifferentiable(Op):
    """The result of a backward that can be used once only."""

    name = "NotImplemented"
    saves = ""
    opaque = True

    def forward(x: Any) -> Any:
        return x

    def vjp(g: Any, y: Any, x: Any) -> tuple[Any, ...]:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )
