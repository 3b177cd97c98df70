"""The same entries in another shape: reshape, squeeze, permute and their family."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import DType
from microtorch.tensor.methods import method
from microtorch.tensor.shapes import (
    as_axis,
    as_shape,
    distinct_axes,
    unpacked,
    whole_numbers,
)
from microtorch.tensor.tensor import Tensor

__all__ = [
    "adjoint",
    "flatten",
    "moveaxis",
    "movedim",
    "permute",
    "ravel",
    "reshape",
    "squeeze",
    "swapaxes",
    "swapdims",
    "t",
    "transpose",
    "unflatten",
    "unsqueeze",
]


# Reshape ----------------------------------------------------------------------------------------


@method
def reshape(input: Tensor, *args: Any, shape: Any = None) -> Tensor:
    """The same entries, row by row, in another shape; one length may be -1.

    A view if the memory allows it, else a copy. Raises RuntimeError if the number of entries
    does not fit.

    >>> import microtorch as torch
    >>> torch.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return reshaped(input, as_shape(input._data, whole_numbers("reshape", "shape", args, shape)))


def reshaped(input: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same for a shape that is known to fit."""
    x = input._data
    op: type[ops.Op] = ops.View
    if not x.flags.c_contiguous:
        op = ops.shaping.ReshapeAlias if can_view(x, shape) else ops.shaping.UnsafeView
    return record(op, (input,), (x.shape, shape))


def can_view(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether the memory of x can be read as this shape without copying."""
    try:
        np.reshape(x, shape, copy=False)
    except ValueError:
        return False
    return True


@method
def view(input: Tensor, *args: Any, size: Any = None) -> Tensor:
    """The same memory in another shape; one length may be -1.

    Raises RuntimeError where only a copy could have that shape: reshape makes one if it must.
    """
    if len(args) == 1 and isinstance(args[0], DType):
        raise TypeError(
            "view(dtype) is not supported by microtorch: it would read the same bits as other "
            "numbers.\nHint: use .to(dtype) to convert the numbers."
        )
    shape = as_shape(input._data, whole_numbers("view", "size", args, size))
    if not input._data.flags.c_contiguous and not can_view(input._data, shape):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead.\n"
            f"Hint: the tensor has shape {tuple(input.shape)}, but its entries do not lie in that "
            "order in memory (after a transpose, for example)."
        )
    return record(ops.View, (input,), (input._data.shape, shape))


@method
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """In the shape of another tensor."""
    return reshaped(input, as_shape(input._data, other._data.shape))


@method
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of another tensor."""
    return view(input, other._data.shape)


@method
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions start_dim to end_dim made one.

    >>> import microtorch as torch
    >>> torch.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    old = input._data.shape
    start, end = as_axis(start_dim, len(old)), as_axis(end_dim, len(old))
    if start > end:
        raise RuntimeError(
            "flatten() has invalid args: start_dim cannot come after end_dim\n"
            f"Hint: start_dim is {start} and end_dim is {end}, counted from the front."
        )
    if not old:
        return reshaped(input, (1,))
    if start == end:
        return input
    return reshaped(input, (*old[:start], math.prod(old[start : end + 1]), *old[end + 1 :]))


@method
def ravel(input: Tensor) -> Tensor:
    """All entries in one dimension."""
    return reshaped(contiguous(input), (input._data.size,))


@method
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension made several, the inverse of flatten; one size may be -1.

    >>> import microtorch as torch
    >>> torch.zeros(2, 12).unflatten(1, (3, 4)).shape
    torch.Size([2, 3, 4])
    """
    axis = as_axis(dim, input.ndim)
    wanted = whole_numbers("unflatten", "sizes", (), sizes)
    if not wanted:
        raise RuntimeError("unflatten: sizes must be non-empty\nHint: for example sizes=(3, -1).")
    old = input._data.shape
    known = math.prod(n for n in wanted if n != -1)
    fits = old[axis] % max(known, 1) == 0 if -1 in wanted else old[axis] == known
    if not fits or wanted.count(-1) > 1:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {axis} "
            f"({old[axis]}) in the input tensor\nHint: the sizes must multiply to {old[axis]}; one "
            "of them may be -1."
        )
    found = tuple([old[axis] // max(known, 1) if n == -1 else n for n in wanted])
    return view(input, (*old[:axis], *found, *old[axis + 1 :]))


@method
def squeeze(input: Tensor, *args: Any, dim: Any = None) -> Tensor:
    """Without the dimensions of length 1: all of them, or those among the dimensions named.

    >>> import microtorch as torch
    >>> torch.zeros(1, 3, 1).squeeze(0).shape
    torch.Size([3, 1])
    """
    old = input._data.shape
    if args:
        dim = args[0] if len(args) == 1 else args
    if dim is None:
        return record(ops.shaping.Squeeze, (input,), (old, tuple([n for n in old if n != 1])))
    several = isinstance(dim, tuple | list)
    named = distinct_axes(dim, len(old)) if several else (as_axis(dim, len(old)),)
    new = tuple([n for axis, n in enumerate(old) if n != 1 or axis not in named])
    op = ops.shaping.SqueezeDims if several else ops.shaping.SqueezeDim
    return record(op, (input,), (old, new))


@method
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a new dimension of length 1 at place ``dim``."""
    old = input._data.shape
    axis = as_axis(dim, len(old) + 1)
    return record(ops.Unsqueeze, (input,), (old, (*(slice(None),) * axis, None, ...)))


# Other order of dimensions ----------------------------------------------------------------------


@method
def permute(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """The dimensions in another order.

    >>> import microtorch as torch
    >>> torch.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    order = whole_numbers("permute", "dims", args, dims)
    ndim = input._data.ndim
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {ndim} is not "
            f"equal to len(dims) = {len(order)}\nHint: name every dimension once."
        )
    axes = tuple([as_axis(d, ndim) for d in order])
    if len(set(axes)) < ndim:
        raise RuntimeError(
            "permute(): duplicate dims are not allowed.\nHint: name every dimension once."
        )
    return record(ops.Permute, (input,), (axes,))


@method
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions swapped."""
    ndim = input._data.ndim
    axes = as_axis(dim0, ndim), as_axis(dim1, ndim)
    return record(ops.Transpose, (input,), axes)


@method
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dimensions swapped: another name of transpose."""
    return transpose(input, axis0, axis1)


@method
def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions swapped: another name of transpose."""
    return transpose(input, dim0, dim1)


@method
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places; the rest keep their order."""
    old, new = unpacked((source,)), unpacked((destination,))
    if len(old) != len(new):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(old)} dims) should "
            f"contain the same number of dims as destination ({list(new)} dims)\n"
            "Hint: every dimension that moves needs one place."
        )
    axes = []
    for name, dims in (("source", old), ("destination", new)):
        axes.append([as_axis(d, input.ndim) for d in dims])
        if len(set(axes[-1])) < len(dims):
            raise RuntimeError(
                f"movedim: repeated dim in `{name}` ({list(dims)})\nHint: name each one once."
            )
    if not input.ndim:
        return record(ops.indexing.Alias, (input,), ((), (...,)))
    rest = iter([axis for axis in range(input.ndim) if axis not in axes[0]])
    target = dict(zip(axes[1], axes[0], strict=True))
    order = [target[axis] if axis in target else next(rest) for axis in range(input.ndim)]
    return record(ops.Permute, (input,), (tuple(order),))


@method
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Another name of movedim."""
    return movedim(input, source, destination)


@method
def t(input: Tensor) -> Tensor:
    """Matrix transpose; a vector or a single number stays as it is."""
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D\n"
            "Hint: say which dimensions to swap: transpose(dim0, dim1)."
        )
    return record(ops.T, (input,), (0, max(input.ndim, 1) - 1))


def reversed_dims(input: Tensor) -> Tensor:
    """``x.T``: all dimensions in reverse order."""
    if input.ndim == 0:
        warnings.warn(
            "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.",
            stacklevel=3,
        )
    elif input.ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
            "deprecated and it will throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor.",
            stacklevel=3,
        )
    return record(ops.Permute, (input,), (tuple(reversed(range(input.ndim))),))


def matrix_transpose(input: Tensor, name: str = "mT") -> Tensor:
    """``x.mT``, ``x.mH``: the last two dimensions swapped."""
    if input.ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.\n"
            "Hint: a vector has no transpose; x.unsqueeze(1) makes a column of it."
        )
    if input.ndim == 0:
        advice = "This function is the identity in these cases."
        subject = name if "(" in name else f"Tensor.{name}"
        warnings.warn(
            f"{subject} is deprecated on 0-D tensors. "
            f"{advice if name == 'mT' else 'Consider using x.conj().'}",
            stacklevel=3,
        )
        return input
    return transpose(input, -2, -1)


def conjugate_transpose(input: Tensor) -> Tensor:
    """``x.H``: the transpose of a matrix (there are no complex numbers here)."""
    if input.ndim not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if input.ndim > 2 else ""
        raise RuntimeError(
            "tensor.H is only supported on matrices (2-D tensors). "
            f"Got {input.ndim}-D tensor.{more}\nHint: x.mT swaps the last two dimensions."
        )
    return matrix_transpose(input, "H")


@method
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions swapped (there are no complex numbers here)."""
    return matrix_transpose(input, "adjoint()")


# Memory -----------------------------------------------------------------------------------------


@method
def is_contiguous(input: Tensor, memory_format: Any = None) -> bool:
    """Whether the entries lie in memory row by row."""
    return bool(input._data.flags.c_contiguous)


@method
def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its entries lie row by row in memory, else a copy that does."""
    return input if is_contiguous(input) else record(ops.Clone, (input,), ("C",))


@method
def stride(input: Tensor, dim: int | None = None) -> Any:
    """How many entries apart in memory the neighbours along a dimension (along each) lie.

    >>> import microtorch as torch
    >>> torch.zeros(2, 3).stride(), torch.zeros(2, 3).T.stride()
    ((3, 1), (1, 3))
    """
    x = input._data
    if 0 in x.strides and x.flags.c_contiguous:  # NumPy's word for "of length 1 or 0"
        lengths = [max(n, 1) for n in x.shape]
        steps = tuple([math.prod(lengths[axis + 1 :]) for axis in range(x.ndim)])
    else:
        steps = tuple([n // x.itemsize for n in x.strides])
    return steps if dim is None else steps[as_axis(dim, x.ndim)]
