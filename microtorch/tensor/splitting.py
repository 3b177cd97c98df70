"""Parts of a tensor: split, chunk, unbind, narrow, select. All of them are views."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops.indexing import Select, Slice, Split, SplitWithSizes, Unbind
from microtorch.tensor.dispatch import record
from microtorch.tensor.methods import method
from microtorch.tensor.moving import no_dimensions
from microtorch.tensor.shapes import as_axis, is_whole, whole, whole_numbers
from microtorch.tensor.tensor import Tensor

__all__ = [
    "chunk",
    "dsplit",
    "hsplit",
    "narrow",
    "select",
    "split",
    "split_with_sizes",
    "tensor_split",
    "unbind",
    "vsplit",
]


def part(input: Tensor, op: type[ops.Op], axis: int, index: Any) -> Tensor:
    """A number or a slice along one axis, recorded as ``op``."""
    before = (slice(None),) * axis
    return record(op, (input,), (input._data.shape, (*before, index, ...)))


def parts(input: Tensor, op: type[ops.Op], axis: int, ends: Sequence[int]) -> tuple[Tensor, ...]:
    """Slices along an axis, each from where the last one ends."""
    return tuple(
        [part(input, op, axis, slice(i, j)) for i, j in zip((0, *ends), ends, strict=False)]
    )


def length(input: Tensor, axis: int) -> int:
    return int(input._data.shape[axis])


@method
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of one length (the last may be shorter), or of the lengths in a list.

    >>> import microtorch as torch
    >>> torch.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if not is_whole(split_size_or_sections):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    size = operator.index(split_size_or_sections)
    if not tensor.ndim:
        raise RuntimeError(
            "split expects at least a 1-dimensional tensor\nHint: this is a single number."
        )
    axis = as_axis(dim, tensor.ndim)
    n = length(tensor, axis)
    if size < 0:
        raise RuntimeError(
            f"split expects split_size be non-negative, but got split_size={size}\n"
            "Hint: the size is the length of each part."
        )
    if size == 0 and n:
        raise RuntimeError(
            f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}\n"
            "Hint: the size is the length of each part."
        )
    return equal_parts(tensor, size, axis)


def equal_parts(tensor: Tensor, size: int, axis: int) -> tuple[Tensor, ...]:
    n = length(tensor, axis)
    ends = [min(end, n) for end in range(size, n + size, size)] if n else [0]
    return parts(tensor, Split, axis, ends)


@method
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the lengths in a list, which must add up to the whole."""
    if not input.ndim:
        raise RuntimeError(
            "split expects at least a 1-dimensional tensor\nHint: this is a single number."
        )
    axis = as_axis(dim, input.ndim)
    sizes = list(whole_numbers("split_with_sizes", "split_sizes", (), split_sizes))
    n = length(input, axis)
    if any(size < 0 for size in sizes):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={sizes}\nHint: each is the length of a part."
        )
    if sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at "
            f"dimension {axis}), but got split_sizes={sizes}\n"
            f"Hint: they sum to {sum(sizes)}."
        )
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return parts(input, SplitWithSizes, axis, ends)


@method
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` parts of one length; the last may be shorter.

    >>> import microtorch as torch
    >>> torch.arange(5).chunk(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if not input.ndim:
        raise RuntimeError(
            "chunk expects at least a 1-dimensional tensor\nHint: this is a single number."
        )
    if whole(chunks, "chunk", "chunks", 1) <= 0:
        raise RuntimeError(
            f"chunk expects `chunks` to be greater than 0, got: {chunks}\n"
            "Hint: say into how many parts."
        )
    axis = as_axis(dim, input.ndim)
    n = length(input, axis)
    if not n:
        return parts(input, SplitWithSizes, axis, [0] * chunks)
    return equal_parts(input, -(-n // chunks), axis)


@method
def tensor_split(
    input: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """A number of parts whose lengths differ by at most 1; or cut before each index in a list."""
    if not input.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims\n"
            "Hint: this is a single number."
        )
    how = next(x for x in (indices_or_sections, indices, sections) if x is not None)
    if isinstance(how, Tensor):
        how = check_cuts(how)
    axis = as_axis(dim, input.ndim)
    n = length(input, axis)
    if isinstance(how, list | tuple):
        cuts = [*how, n]
        starts = [0, *how]
        return tuple(
            [part(input, Slice, axis, slice(i, j)) for i, j in zip(starts, cuts, strict=True)]
        )
    if whole(how, "tensor_split", "sections", 2) <= 0:
        raise RuntimeError(
            f"number of sections must be larger than 0, got {how}\nHint: say into how many parts."
        )
    size, longer = divmod(n, how)
    ends = [size * (i + 1) + min(i + 1, longer) for i in range(how)]
    return parts(input, Slice, axis, ends)


def check_cuts(cuts: Tensor) -> Any:
    """Where to cut, or into how many parts, as plain numbers."""
    if cuts.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
            f"one-dimensional tensor, but got a tensor with {cuts.ndim} dims\n"
            "Hint: say where to cut, as a vector, or into how many parts."
        )
    if cuts._data.dtype != np.int64:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
            f"{title(cuts._data.dtype)}\nHint: convert it with .long()."
        )
    return cuts.tolist()


def fixed_split(input: Tensor, how: Any, name: str, ndim: int, axis: int) -> tuple[Tensor, ...]:
    """hsplit, vsplit, dsplit: a number of equal parts, or cut before each index in a list."""
    if input.ndim < ndim:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {ndim} dimension, but got a tensor with "
            f"{input.ndim} dimensions!\nHint: split(size, dim) cuts along any dimension."
        )
    if isinstance(how, int):
        n = length(input, axis)
        if how == 0 or n % how:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {axis}, but the size of the "
                f"dimension {n} is not divisible by the split_size {how}!\n"
                "Hint: tensor_split also makes parts of different lengths."
            )
    return tensor_split(input, how, axis)


@method
def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cut into columns: along dimension 1, a vector along dimension 0."""
    return fixed_split(input, indices_or_sections, "hsplit", 1, 0 if input.ndim == 1 else 1)


@method
def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cut into rows: along dimension 0."""
    return fixed_split(input, indices_or_sections, "vsplit", 2, 0)


@method
def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Cut along dimension 2."""
    return fixed_split(input, indices_or_sections, "dsplit", 3, 2)


@method
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The entries along a dimension, one by one.

    >>> import microtorch as torch
    >>> torch.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not input.ndim:
        raise no_dimensions(dim)
    axis = as_axis(dim, input.ndim)
    return tuple([part(input, Unbind, axis, i) for i in range(length(input, axis))])


@method
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """``length`` entries along a dimension, from ``start`` on."""
    if not input.ndim:
        raise RuntimeError(
            "narrow() cannot be applied to a 0-dim tensor.\nHint: this is a single number."
        )
    axis = as_axis(dim, input.ndim)
    n = int(input._data.shape[axis])
    first = int(start)
    if whole(length, "narrow", "length", 3) < 0:
        raise RuntimeError("narrow(): length must be non-negative.\nHint: how many entries?")
    if not -n <= first <= n:
        raise IndexError(
            f"start out of range (expected to be in range of [{-n}, {n}], but got {first})\n"
            "Hint: counting starts at 0; -1 is the last entry."
        )
    first += n if first < 0 else 0
    if first + length > n:
        raise RuntimeError(
            f"start ({first}) + length ({length}) exceeds dimension size ({n}).\n"
            f"Hint: from {first} on there are {n - first} entries."
        )
    return part(input, Slice, axis, slice(first, first + length))


@method
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """One entry along a dimension: ``x.select(1, i)`` is ``x[:, i]``."""
    if not input.ndim:
        raise IndexError(
            "select() cannot be applied to a 0-dim tensor.\nHint: this is a single number."
        )
    axis = as_axis(dim, input.ndim)
    n, number = length(input, axis), whole(index, "select", "index", 2)
    if not -n <= number < n:
        raise IndexError(
            f"select(): index {number} out of range for tensor of size {list(input.shape)} at "
            f"dimension {axis}\nHint: counting starts at 0; the last entry is {n - 1}."
        )
    return part(input, Select, axis, number)
