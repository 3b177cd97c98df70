"""Entries in other places: repeated, flipped, rolled, on a diagonal or in a triangle, windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops import moving
from microtorch.ops.gathering import IndexSelect, rows
from microtorch.ops.shaping import memory
from microtorch.tensor.broadcasting import expand
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.shapes import (
    as_axis,
    distinct_axes,
    unpacked,
    whole,
    whole_numbers,
)
from microtorch.tensor.shaping import flatten, is_contiguous, reshaped, stride, unsqueeze
from microtorch.tensor.tensor import Tensor

__all__ = [
    "as_strided",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "flip",
    "fliplr",
    "flipud",
    "repeat_interleave",
    "roll",
    "rot90",
    "tile",
    "trace",
    "tril",
    "triu",
]


# Repeated ---------------------------------------------------------------------------------------


@method
def repeat(input: Tensor, *args: Any, repeats: Any = None) -> Tensor:
    """The whole tensor repeated along its dimensions, and along new ones in front.

    >>> import microtorch as torch
    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = whole_numbers("repeat", "repeats", args, repeats)
    extra = len(times) - input.ndim
    if extra < 0:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor\nHint: the tensor has {input.ndim} dimensions; say 1 where nothing repeats."
        )
    shape = (1,) * extra + input._data.shape
    if any(n < 0 for n in times):
        total = [m * n for m, n in zip(shape, times, strict=True)]
        wrong = next(n for n in total if n < 0)
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {wrong}: {total}\n"
            "Hint: repeat says how many times, 0 or more."
        )
    return record(moving.Repeat, (input,), (shape, times))


@method
def tile(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """The whole tensor repeated; dimensions that are not named (in front) are repeated once."""
    times = whole_numbers("tile", "dims", args, dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@method
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Every entry (or slice along ``dim``) repeated, one after the other.

    ``repeats`` is one number, or a tensor with one for each. With nothing else given, input says
    how often to repeat 0, 1, 2, ...

    >>> import microtorch as torch
    >>> torch.tensor([1, 2]).repeat_interleave(2)
    tensor([1, 1, 2, 2])
    """
    if repeats is None:
        return repeat_interleave(wrap(np.arange(input._data.size)), input, 0)
    if dim is None:
        input, dim = flatten(input), 0
    axis = as_axis(dim, input.ndim)
    if not isinstance(repeats, Tensor):
        if whole(repeats, "repeat_interleave", "repeats", 1) < 0:
            raise RuntimeError("Repeats must be non-negative\nHint: 0 leaves everything out.")
        x = input if input.ndim else reshaped(input, (1,))
        shape = x._data.shape
        wide = expand(unsqueeze(x, axis + 1), (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return flatten(record(ops.Clone, (wide,), ("C",)), axis, axis + 1)
    times = check_repeats(repeats._data, input._data.shape[axis], axis)
    places = np.repeat(np.arange(input._data.shape[axis]), times)
    if output_size is not None and output_size != len(places):
        raise RuntimeError(
            "allocated size does not match required size\n"
            f"Hint: the repeats add up to {len(places)}, output_size says {output_size}."
        )
    return record(IndexSelect, (input,), (input._data.shape, rows(places, axis)))


def check_repeats(times: Any, size: int, axis: int) -> Any:
    if times.ndim > 1:
        raise RuntimeError(
            "repeats must be 0-dim or 1-dim tensor\nHint: one number for each entry."
        )
    if times.dtype not in (np.int64, np.int32):
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{title(times.dtype)}'\n"
            "Hint: convert the repeats with .long()."
        )
    if times.ndim and len(times) not in (1, size):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{len(times)} and input.size({axis}) = {size}\nHint: one number for each entry."
        )
    if (times < 0).any():
        raise RuntimeError("repeats can not be negative\nHint: 0 leaves an entry out.")
    return times


# Turned -----------------------------------------------------------------------------------------


@method
def flip(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """A copy with the order reversed along dimensions.

    >>> import microtorch as torch
    >>> torch.tensor([1, 2, 3]).flip(0)
    tensor([3, 2, 1])
    """
    axes = distinct_axes(whole_numbers("flip", "dims", args, dims), input.ndim)
    return record(moving.Flip, (input,), (axes,))


@method
def fliplr(input: Tensor) -> Tensor:
    """A matrix with its columns in reverse order."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.\nHint: use flip(0) for a vector.")
    return flip(input, 1)


@method
def flipud(input: Tensor) -> Tensor:
    """A tensor with its rows in reverse order."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.\nHint: a single number has no order.")
    return flip(input, 0)


@method
def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    """Entries moved along dimensions; what leaves at one end comes in at the other.

    Without dims, along the flattened tensor.

    >>> import microtorch as torch
    >>> torch.tensor([1, 2, 3]).roll(1)
    tensor([3, 1, 2])
    """
    steps = whole_numbers("roll", "shifts", (shifts,))
    axes = unpacked((() if dims is None else dims,))
    if not steps:
        raise RuntimeError("`shifts` required\nHint: say by how many places.")
    if len(steps) != len(axes) and (axes or len(steps) != 1):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}\n"
            "Hint: one shift for each dimension."
        )
    if axes and not input.ndim:
        raise no_dimensions(axes[0])
    along = tuple([as_axis(d, input.ndim) for d in axes]) or None
    return record(moving.Roll, (input,), (steps, along))


def no_dimensions(dim: int) -> IndexError:
    return IndexError(
        f"Dimension specified as {dim} but tensor has no dimensions\nHint: it is a single number."
    )


@method
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The plane of two dimensions turned k times by 90 degrees, from the first to the second."""
    if len(dims) != 2:
        raise RuntimeError(
            f"expected total rotation dims == 2, but got dims = {len(dims)}\n"
            "Hint: a plane has two dimensions."
        )
    if input.ndim < 2:
        raise RuntimeError(
            f"expected total dims >= 2, but got total dims = {input.ndim}\n"
            "Hint: use flip(0) for a vector."
        )
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(
            "expected rotation dims to be different, but got dim0 = "
            f"{dims[0]} and dim1 = {dims[1]}\nHint: a plane has two dimensions."
        )
    axes = as_axis(dims[0], input.ndim), as_axis(dims[1], input.ndim)
    return record(moving.Rot90, (input,), (whole(k, "rot90", "k", 1), axes))


# Diagonals and triangles ------------------------------------------------------------------------


@method
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonal of two dimensions, as the last dimension of the result."""
    first, second = two_axes(dim1, dim2, input.ndim)
    params = (input._data.shape, offset, first, second)
    return record(ops.shaping.Diagonal, (input,), params)


def two_axes(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    first, second = as_axis(dim1, ndim), as_axis(dim2, ndim)
    if first == second:
        raise RuntimeError(
            f"diagonal dimensions cannot be identical {dim1}, {dim2}\n"
            "Hint: a diagonal runs through two dimensions."
        )
    return first, second


@method
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix; or a matrix with a vector on its diagonal.

    >>> import microtorch as torch
    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(
            f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D\n"
            "Hint: use diagonal(dim1=..., dim2=...) for more dimensions."
        )
    return record(ops.shaping.DiagonalCopy, (input,), (input._data.shape, diagonal, 0, 1))


@method
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last dimension laid out as a diagonal of two new dimensions; zeros elsewhere."""
    ndim = input.ndim + 1
    if not input.ndim:
        as_axis(dim1, 1)
    first, second = two_axes(dim1, dim2, ndim)
    shape = list(input._data.shape[:-1])
    size = input._data.shape[-1] + abs(offset)
    for axis in sorted((first, second)):
        shape.insert(axis, size)
    return record(ops.shaping.DiagEmbed, (input,), (tuple(shape), offset, first, second))


@method
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with all entries of input on its diagonal."""
    return diag_embed(reshaped(input, (input._data.size,)), offset)


@method
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices: zeros above the diagonal with this number.

    >>> import microtorch as torch
    >>> torch.ones(2, 2).tril()
    tensor([[1., 0.],
            [1., 1.]])
    """
    return triangle(input, diagonal, moving.Tril)


@method
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices: zeros below the diagonal with this number."""
    return triangle(input, diagonal, moving.Triu)


def triangle(input: Tensor, diagonal: int, op: type[ops.Op]) -> Tensor:
    if input.ndim < 2:
        raise RuntimeError(
            f"{op.__name__.lower()}: input tensor must have at least 2 dimensions\n"
            "Hint: a triangle is a part of a matrix."
        )
    k = whole(diagonal, op.__name__.lower(), "diagonal", 1)
    return record(op, (input,), (k,))


@method
def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(
            f"trace: expected a matrix, but got tensor with dim {input.ndim}\n"
            "Hint: for stacks of matrices, x.diagonal(dim1=-2, dim2=-1).sum(-1)."
        )
    if input._data.dtype == bool:
        raise NotImplementedError(
            "\"trace\" not implemented for 'Bool'\nHint: convert it first, with .long()."
        )
    return record(moving.Trace, (input,), (input._data.shape,))


# Windows ----------------------------------------------------------------------------------------


@method
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of ``size`` entries, ``step`` apart, along a dimension: a view with one more.

    >>> import microtorch as torch
    >>> torch.arange(5).unfold(0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    axis = as_axis(dimension, input.ndim)
    length = input._data.shape[axis] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0\nHint: how long is a window?")
    if size > length:
        raise RuntimeError(
            f"maximum size for tensor at dimension {axis} is {length} but size is {size}\n"
            "Hint: a window cannot be longer than the dimension."
        )
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0\nHint: 1 is the next entry.")
    x = input if input.ndim else reshaped(input, (1,))
    windows = record(ops.shaping.Unfold, (x,), (x._data.shape, axis, size, step))
    return windows if input.ndim else reshaped(windows, (size,))


@method
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the memory behind a tensor, with any shape and strides (counted in entries).

    Raises RuntimeError for a layout that would leave that memory.
    """
    return strided(input, tuple(size), tuple(stride), storage_offset)


def strided(
    input: Tensor, shape: tuple[int, ...], strides: tuple[int, ...], offset: int | None
) -> Tensor:
    x, storage = input._data, memory(input._data)
    if len(shape) != len(strides):
        raise RuntimeError(
            "mismatch in length of strides and shape\nHint: one stride for each dimension."
        )
    if any(n < 0 for n in strides):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(strides)}\nHint: use flip to reverse a dimension."
        )
    if not is_contiguous(input) and 0 in x.strides:
        raise RuntimeError(
            "as_strided of an expanded tensor is not supported by microtorch.\n"
            "Hint: make a copy first: x.contiguous().as_strided(...)."
        )
    here = (np.asarray(x).ctypes.data - storage.ctypes.data) // x.itemsize
    start = here if offset is None else offset
    reach = start + sum((m - 1) * n for m, n in zip(shape, strides, strict=True)) + 1
    if 0 not in shape and reach > storage.size:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {start}, "
            f"and itemsize {x.itemsize} requiring a storage size of {reach * x.itemsize} are out "
            f"of bounds for storage of size {storage.nbytes}\n"
            "Hint: (length - 1) x stride, summed over the dimensions, must stay inside."
        )
    old = (x.shape, stride(input), here)
    return record(ops.shaping.AsStrided, (input,), (storage.size, old, (shape, strides, start)))
