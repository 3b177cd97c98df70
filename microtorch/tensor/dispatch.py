"""From an op on arrays to a function on Tensors: unwrap, compute, record, wrap.

One dispatcher is made for each op when the library is loaded, by the number of its operands:
that is twice as fast, on graphs of single numbers, as one general function for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Node
from microtorch.ops import Op
from microtorch.tensor.dtypes import float32, result_type

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor as Tensor  # noqa: PLC0414 (re-exported)
else:
    Tensor = None  # the class; tensor.py puts it here, because it is built from what is below

Method = Callable[..., "Tensor"]
NUMBER = (int, float, np.number, np.bool_)


def unary(op: type[Op]) -> Method:
    """The function on Tensors for an op with one operand and no parameters."""
    forward, makes_float = op.forward, op.makes_float

    def apply(a: Tensor) -> Tensor:
        try:
            x, parent = a._data, a._node
        except AttributeError:
            raise not_a_tensor(op.__name__.lower(), a) from None
        if makes_float and x.dtype.kind != "f":
            x = x.astype(float32.numpy)
        y = forward(x)
        if parent is not None and is_grad_enabled():
            return Tensor(y, Node(op, (parent,), (x,), (), y))
        return Tensor(y)

    return named(apply, op)


def binary(op: type[Op]) -> Method:
    """The function on Tensors for an op with two operands; the second may be a plain number."""
    forward, makes_float = op.forward, op.makes_float

    def apply(a: Tensor, b: Any) -> Any:
        try:
            x, left = a._data, a._node
        except AttributeError:
            raise not_a_tensor(op.__name__.lower(), a) from None
        if isinstance(b, Tensor):
            z, right = b._data, b._node
            if x.dtype is not z.dtype or (makes_float and x.dtype.kind != "f"):
                common = result_type(x, z)
                if makes_float and common.kind != "f":
                    common = float32.numpy
                result = apply(a._cast(common), b._cast(common))
                if result._node is not None:
                    result._node.origins = (x, z)
                return result
        elif isinstance(b, NUMBER):
            z, right = plain(b), None
            if x.dtype.kind != "f" and (makes_float or isinstance(z, float)):
                return apply(a._cast(float32.numpy), z)
        elif isinstance(b, np.ndarray):
            return apply(a, Tensor(b[()]))
        else:
            return NotImplemented
        try:
            y = forward(x, z)
        except ValueError as error:
            raise cannot_broadcast(error, x, z) from None
        if (left is not None or right is not None) and is_grad_enabled():
            return Tensor(y, Node(op, (left, right), (x, z), (), y))
        return Tensor(y)

    return named(apply, op)


def reverse(op: type[Op]) -> Method:
    """The same for a plain number in front: ``2 - a``, ``1 / a``."""
    forward, makes_float = op.forward, op.makes_float

    def apply(b: Tensor, a: Any) -> Any:
        if not isinstance(a, NUMBER):
            return NotImplemented
        x, z, right = plain(a), b._data, b._node
        if z.dtype.kind != "f" and (makes_float or isinstance(x, float)):
            return apply(b._cast(float32.numpy), x)
        y = forward(x, z)
        if right is not None and is_grad_enabled():
            return Tensor(y, Node(op, (None, right), (x, z), (), y))
        return Tensor(y)

    return named(apply, op)


def record(op: type[Op], tensors: tuple[Tensor, ...], params: tuple[Any, ...]) -> Tensor:
    """The general way, for any number of operands and parameters."""
    inputs = tuple([t._data for t in tensors])
    y = op.forward(*inputs, *params)
    if isinstance(y, np.ndarray) and y.ndim == 0:
        y = y[()]  # single numbers are NumPy scalars inside: twice as fast as 0-d arrays
    parents = tuple([t._node for t in tensors])
    if is_grad_enabled() and any(parent is not None for parent in parents):
        return Tensor(y, Node(op, parents, inputs, params, y))
    return Tensor(y)


def named(function: Method, op: type[Op]) -> Method:
    """Give a dispatcher its op's name and description, for help() and tracebacks."""
    function.__name__ = function.__qualname__ = op.__name__.lower()
    function.__doc__ = op.__doc__
    return function


def plain(number: Any) -> Any:
    """A number as Python's own, which never raises the precision of an array."""
    return number.item() if isinstance(number, np.generic) else number


def not_a_tensor(
    function: str, value: object, argument: str = "input", position: int = 1
) -> TypeError:
    """PyTorch's words for an argument that is no Tensor, and the way out."""
    return TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be Tensor, "
        f"not {type(value).__name__}\nHint: wrap it first: torch.tensor(...)."
    )


def cannot_broadcast(error: ValueError, x: Any, z: Any) -> RuntimeError:
    """PyTorch's words for two shapes that do not fit; NumPy's own if that is not the reason."""
    ndim = max(np.ndim(x), np.ndim(z))
    pairs = zip((1,) * (ndim - x.ndim) + x.shape, (1,) * (ndim - z.ndim) + z.shape, strict=True)
    for axis, (m, n) in reversed(list(enumerate(pairs))):
        if m != n and 1 not in (m, n):
            return RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) "
                f"at non-singleton dimension {axis}\n"
                f"Hint: the shapes are {tuple(x.shape)} and {tuple(z.shape)}. Compared from the "
                f"right, two lengths fit if they are equal or one of them is 1."
            )
    return RuntimeError(str(error))
