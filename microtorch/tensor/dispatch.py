"""From an op on arrays to a function on Tensors: unwrap, compute, record, wrap.

One dispatcher is made for each op when the library is loaded, by the number of its operands:
that is twice as fast, on graphs of single numbers, as one general function for all.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Leaf, Node, kinds, new_node, node_of_many
from microtorch.ops import Op
from microtorch.tensor.dtypes import default_float, result_type

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor as Tensor  # noqa: PLC0414 (re-exported)
else:
    Tensor = None  # the class; tensor.py puts it here, because it is built from what is below

# A large block, allocated and freed at once: glibc then raises its limits (mmap 32 MB, trim 64 MB,
# see mallopt(3)) and no longer gives every freed array back to the system. Fetching the pages
# anew each time made a convolutional network 3 times slower. Elsewhere it does no harm.
np.empty(32 * 2**20 - 8192, np.uint8)

Method = Callable[..., "Tensor"]
PLAIN = {bool, int, float}
NUMBER = (int, float, np.number, np.bool_)
data_of, node_of = attrgetter("_data"), attrgetter("_node")
new = object.__new__
ndarray, float32 = np.ndarray, np.float32


def wrap(data: Any, node: Node | Leaf | None = None) -> Tensor:
    """A Tensor around an array or a NumPy scalar: how the library makes one."""
    tensor = new(Tensor)
    tensor._data = data
    tensor._node = node
    return tensor


def unary(op: type[Op]) -> Method:
    """The function on Tensors for an op with one operand and no parameters."""
    forward, makes_float, kind = op.forward, op.makes_float, kinds[op]
    of_number = getattr(op, "of_number", None) or forward

    def apply(input: Tensor) -> Tensor:
        try:
            x, parent = input._data, input._node
        except AttributeError:
            raise not_a_tensor(op.__name__.lower(), input) from None
        if makes_float and type(x) is not float32 and x.dtype.kind != "f":
            x = x.astype(default_float())
        try:
            y = forward(x) if x.shape else of_number(x)
        except TypeError:
            raise no_bools(op, x) from None
        tensor = new(Tensor)
        tensor._data = y
        if parent is not None and is_grad_enabled():
            tensor._node = new_node(kind, parent, None, x, None, (), y)
        else:
            tensor._node = None
        return tensor

    return named(apply, op)


def binary(op: type[Op]) -> Method:
    """The function on Tensors for an op with two operands; the second may be a plain number."""
    forward, makes_float, kind = op.forward, op.makes_float, kinds[op]
    refuses_bools = op.refuses_bools

    def apply(input: Tensor, other: Any) -> Any:
        try:
            x, left = input._data, input._node
        except AttributeError:
            raise not_a_tensor(op.__name__.lower(), input) from None
        if isinstance(other, Tensor):
            z, right = other._data, other._node
            if (type(x) is ndarray or type(x) is not type(z)) and x.dtype is not z.dtype:
                if refuses_bools and "b" in (x.dtype.kind, z.dtype.kind):
                    raise no_bools(op, x, z)
                return promoted(apply, input, other, makes_float)
        elif type(other) in PLAIN:
            z, right = other, None
            if refuses_bools and (type(other) is bool or x.dtype.kind == "b"):
                raise no_bools(op, x, z)
        elif isinstance(other, NUMBER):
            return apply(input, plain(other))
        else:
            return apply(input, wrap(other)) if type(other) is ndarray else NotImplemented
        if makes_float and type(x) is not float32 and x.dtype.kind != "f":
            converted = other._cast(default_float()) if isinstance(other, Tensor) else z
            return apply(input._cast(default_float()), converted)
        try:
            y = forward(x, z)
        except OverflowError:
            return apply(input, wrap(wrapped_around(z, x.dtype)))
        except ValueError as error:
            raise cannot_broadcast(error, x, z) from None
        except TypeError:
            raise no_bools(op, x, z) from None
        if type(z) is float and type(x) is not float32 and x.dtype.kind != "f":
            return apply(input._cast(default_float()), z)  # a whole-number tensor met a float
        tensor = new(Tensor)
        tensor._data = y
        if (left is not None or right is not None) and is_grad_enabled():
            tensor._node = new_node(kind, left, right, x, z, (), y)
        else:
            tensor._node = None
        return tensor

    return named(apply, op)


def reverse(op: type[Op]) -> Method:
    """The same for a plain number in front: ``2 - a``, ``1 / a``."""
    forward, makes_float, kind = op.forward, op.makes_float, kinds[op]
    refuses_bools = op.refuses_bools

    def apply(input: Tensor, number: Any) -> Any:
        if not isinstance(number, NUMBER):
            return NotImplemented
        x, z, right = plain(number), input._data, input._node
        if type(z) is not float32:
            if refuses_bools and (type(x) is bool or z.dtype.kind == "b"):
                raise no_bools(op, x, z)
            if (makes_float or isinstance(x, float)) and z.dtype.kind != "f":
                return apply(input._cast(default_float()), x)
        try:
            y = forward(x, z)
        except OverflowError:
            x = wrapped_around(x, z.dtype)
            y = forward(x, z)
        if right is not None and is_grad_enabled():
            return wrap(y, new_node(kind, None, right, x, z, (), y))
        return wrap(y)

    return named(apply, op)


def with_number(op: type[Op]) -> Method:
    """The function on Tensors for an op with one operand and a plain number as parameter."""
    forward, kind = op.forward, kinds[op]

    def apply(input: Tensor, number: Any) -> Any:
        if type(number) not in PLAIN:
            if not isinstance(number, NUMBER):
                return NotImplemented
            number = plain(number)
        x, parent = input._data, input._node
        if parent is None and x.dtype.kind != "f":
            if type(number) is float:
                return apply(input._cast(default_float()), number)
            if number < 0 and x.dtype.kind != "b":
                raise RuntimeError(
                    "Integers to negative integer powers are not allowed.\n"
                    "Hint: convert the tensor first: .float()."
                )
            if x.dtype.kind == "b" and type(number) is int:
                return apply(input._cast(np.dtype(np.int64)), number)
        try:
            y = forward(x, number)
        except OverflowError:
            raise RuntimeError(
                f"value cannot be converted to type {x.dtype.name}_t without overflow"
            ) from None
        if parent is not None and is_grad_enabled():
            return wrap(y, new_node(kind, parent, None, x, None, (number,), y))
        return wrap(y)

    return named(apply, op)


def record(op: type[Op], tensors: tuple[Tensor, ...], params: tuple[Any, ...]) -> Tensor:
    """The general way, for any number of operands and parameters."""
    kind = kinds[op]
    if kind.views:
        share(tensors[0])
    inputs = tuple(map(data_of, tensors))
    y = op.forward(*inputs, *params)
    if type(y) is ndarray and not y.ndim and not kind.views:
        y = y[()]  # single numbers are NumPy scalars inside: twice as fast as 0-d arrays
    tensor = new(Tensor)
    tensor._data = y
    tensor._node = None
    if not is_grad_enabled():
        return tensor
    parents = tuple(map(node_of, tensors))
    if any(parents):
        tensor._node = node_of_many(kind, parents, inputs, params, y)
    if kind.views:
        tensor._view = (tensors[0], op, params)
    return tensor


def share(tensor: Tensor) -> None:
    """Move a single number into an array, so that a view of it can share its memory."""
    if not isinstance(tensor._data, np.ndarray):
        tensor._data = np.asarray(tensor._data)


def promoted(apply: Method, a: Tensor, b: Tensor, makes_float: bool) -> Any:
    """The result for two tensors of different dtypes: both are converted to a common one."""
    common = result_type(a._data, b._data)
    if makes_float and common.kind != "f":
        common = default_float()
    result = apply(a._cast(common), b._cast(common))
    if isinstance(result._node, Node):
        result._node.origins = (a._data, b._data)  # a picture knows them by these arrays
    return result


def named(function: Method, op: type[Op]) -> Method:
    """Give a dispatcher its op's name and description, for help() and tracebacks."""
    function.__name__ = function.__qualname__ = op.__name__.lower()
    function.__doc__ = op.__doc__
    return function


def plain(number: Any) -> Any:
    """A number as Python's own, which never raises the precision of an array."""
    return number.item() if isinstance(number, np.generic) else number


def wrapped_around(number: int, dtype: np.dtype[Any]) -> Any:
    """A whole number that does not fit into an integer dtype, wrapped around as in PyTorch."""
    return np.asarray(number % 2**64, np.uint64).astype(dtype)[()]


def not_a_tensor(
    function: str, value: object, argument: str = "input", position: int = 1
) -> TypeError:
    """PyTorch's words for an argument that is no Tensor, and the way out."""
    return TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be Tensor, "
        f"not {type(value).__name__}\nHint: wrap it first: torch.tensor(...)."
    )


def no_bools(op: type[Op], x: Any, z: Any = None) -> Exception:
    """PyTorch's words for a difference, or an opposite, of bools."""
    if z is None and op.operands == 1:
        return RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    both = all(isinstance(v, bool) or getattr(v, "dtype", None) == bool for v in (x, z))
    if both:
        return RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    return RuntimeError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
        "invert a mask, use the `~` or `logical_not()` operator instead."
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
