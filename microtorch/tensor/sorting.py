"""Order: sort, argsort, topk, kthvalue, unique."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.ops import gathering
from microtorch.ops.base import Op
from microtorch.ops.indexing import Places
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.moving import no_dimensions
from microtorch.tensor.return_types import named
from microtorch.tensor.selection import first_ones, kth
from microtorch.tensor.shapes import as_axis, whole
from microtorch.tensor.tensor import Tensor

__all__ = [
    "argsort",
    "kthvalue",
    "msort",
    "sort",
    "topk",
    "unique",
    "unique_consecutive",
]

Sorted, Top, Kth = [named(name, ("values", "indices")) for name in ("sort", "topk", "kthvalue")]


# Sorting ----------------------------------------------------------------------------------------


def order(x: Any, axis: int, descending: bool) -> Any:
    """The indices that sort an array; equal entries stay in their order, nan is the largest."""
    if not x.ndim:
        return np.int64(0)
    if not descending:
        return np.argsort(x, axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def picked(input: Tensor, op: type[Op], indices: Any, axis: int) -> Tensor:
    """The entries at these indices along a dimension, recorded as ``op``."""
    shape = input._data.shape
    if not shape:
        return record(op, (input,), (shape, Places((...,))))
    return record(op, (input,), (shape, gathering.along(indices, axis, len(shape), unique=True)))


@method
def sort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None
) -> Any:
    """The entries along a dimension in order, and where they stood: (values, indices).

    Equal entries stay in their order; nan counts as the largest.

    >>> import microtorch as torch
    >>> torch.tensor([3, 1, 2]).sort(descending=True).values
    tensor([3, 2, 1])
    """
    axis = as_axis(dim, input.ndim)
    indices = order(input._data, axis, descending)
    op = gathering.Sort if stable is None else gathering.SortStable
    return Sorted([picked(input, op, indices, axis), wrap(indices)])


@method
def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Tensor:
    """The indices that sort a tensor along a dimension.

    >>> import microtorch as torch
    >>> torch.tensor([3, 1, 2]).argsort()
    tensor([1, 2, 0])
    """
    return wrap(order(input._data, as_axis(dim, input.ndim), descending))


@method
def msort(input: Tensor) -> Tensor:
    """The values sorted along the first dimension."""
    return sort(input, 0).values  # type: ignore[no-any-return]


@method
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) entries along a dimension, in order: (values, indices).

    >>> import microtorch as torch
    >>> values, indices = torch.tensor([3.0, 1.0, 2.0]).topk(2)
    >>> values, indices
    (tensor([3., 2.]), tensor([0, 2]))
    """
    axis = as_axis(dim, input.ndim)
    x = input._data
    if not 0 <= whole(k, "topk", "k", 1) <= (x.shape[axis] if x.ndim else 1):
        raise RuntimeError(
            f"selected index k out of range\nHint: k is {k}, there are "
            f"{x.shape[axis] if x.ndim else 1} entries along dimension {axis}."
        )
    if x.dtype == bool:
        raise RuntimeError(
            "topk does not support bool dtypes on CPU\nHint: convert it first, with .long()."
        )
    indices = order(x, axis, largest)
    if x.ndim:
        if k > 0 and 64 * k > x.shape[axis]:  # else PyTorch uses a heap
            choose(x, indices, axis, largest, slice(k), lambda ranks: first_ones(ranks, k))
        indices = np.ascontiguousarray(indices[(slice(None),) * axis + (slice(k),)])
    return Top([picked(input, gathering.Topk, indices, axis), wrap(indices)])


def choose(
    x: Any,
    indices: Any,
    axis: int,
    largest: bool,
    wanted: slice,
    select: Callable[[list[int]], Any],
) -> None:
    """Where several entries are equal, put those indices first that PyTorch selects."""
    rows, places = np.moveaxis(x, axis, -1), np.moveaxis(indices, axis, -1)
    ordered = np.take_along_axis(rows, places, -1)[..., : wanted.stop + 1]
    before, after = ordered[..., :-1], ordered[..., 1:]
    equal = (before == after) | (np.isnan(before) & np.isnan(after))
    for row in map(tuple, np.argwhere(equal.any(-1))):
        ranks = np.unique(rows[row], return_inverse=True)[1]
        places[row][wanted] = select((-ranks if largest else ranks).tolist())


@method
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest entry along a dimension (counted from 1): (values, indices)."""
    axis = as_axis(dim, input.ndim)
    x = input._data
    if x.ndim and not x.shape[axis]:
        raise IndexError(
            f"kthvalue(): Expected reduction dim {axis} to have non-zero size.\n"
            "Hint: there is nothing to choose from."
        )
    if not 1 <= whole(k, "kthvalue", "k", 1) <= (x.shape[axis] if x.ndim else 1):
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {axis}\n"
            "Hint: k counts from 1, the smallest, to the length of the dimension."
        )
    indices = order(x, axis, descending=False)
    if x.ndim:
        choose(x, indices, axis, False, slice(k - 1, k), lambda ranks: kth(ranks, k - 1))
        indices = np.take(indices, [k - 1] if keepdim else k - 1, axis)
    if keepdim or not x.ndim:
        return Kth([picked(input, gathering.Kthvalue, indices, axis), wrap(indices)])
    others = gathering.own_numbers(indices.shape)
    places = Places(None, (*others[:axis], np.asarray(indices), *others[axis:]))
    values = record(gathering.Kthvalue, (input,), (x.shape, places))
    return Kth([values, wrap(indices)])


# Different values -------------------------------------------------------------------------------


@method
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different entries, in ascending order; along ``dim``, the different slices.

    ``return_inverse`` adds where each entry of input is found among them, ``return_counts`` how
    often each occurs.

    >>> import microtorch as torch
    >>> torch.tensor([3, 1, 1]).unique(return_counts=True)
    (tensor([1, 3]), tensor([2, 1]))
    """
    axis = check_unique(input, dim)
    x = input._data.reshape(-1) if axis is None else input._data
    _, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    values = different(input, gathering.Unique2, gathering.UniqueDim, first, axis)
    return found(input, values, inverse, counts, axis, return_inverse, return_counts)


@method
def unique_consecutive(
    input: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Runs of equal entries (or slices along ``dim``) made one.

    >>> import microtorch as torch
    >>> torch.tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    axis = check_unique(input, dim)
    x = input._data.reshape(-1) if axis is None else np.moveaxis(input._data, axis, 0)
    changed = (x[1:] != x[:-1]).any(tuple(range(1, x.ndim)))
    new = np.concatenate([np.ones(min(len(x), 1), bool), changed])
    first, inverse = np.flatnonzero(new), np.cumsum(new) - 1
    counts = np.diff(np.append(first, len(x)))
    op = gathering.UniqueConsecutive
    values = different(input, op, op, first, axis)
    return found(input, values, inverse, counts, axis, return_inverse, return_counts)


def check_unique(input: Tensor, dim: int | None) -> int | None:
    if dim is None:
        return None
    if not input.ndim:
        raise no_dimensions(dim)
    axis = as_axis(dim, input.ndim)
    shape = input._data.shape
    if 0 in shape[:axis] + shape[axis + 1 :]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied\n"
            f"Hint: the tensor has shape {shape}."
        )
    return axis


def different(
    input: Tensor, flat: type[Op], along: type[Op], first: Any, axis: int | None
) -> Tensor:
    """The entries (or slices) at the places where each value stands first."""
    shape = input._data.shape
    if axis is not None:
        return record(along, (input,), (shape, gathering.rows(first, axis, unique=True)))
    if not shape:
        return record(flat, (input,), (shape, Places((None,))))
    where = np.unravel_index(first, shape) if first.size else (first,) * len(shape)
    return record(flat, (input,), (shape, Places(None, where)))


def found(
    input: Tensor,
    values: Tensor,
    inverse: Any,
    counts: Any,
    axis: int | None,
    return_inverse: bool,
    return_counts: bool,
) -> Any:
    inverse = inverse.reshape(input._data.shape if axis is None else -1)
    extra = [(return_inverse, inverse), (return_counts, counts)]
    wanted = [wrap(array[()]) for asked, array in extra if asked]
    return (values, *wanted) if wanted else values
