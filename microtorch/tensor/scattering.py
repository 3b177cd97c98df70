"""Entries written to places chosen by number or by a mask: scatter, index_add, masked_fill, put.

All of these give a new tensor; the in-place forms (``scatter_``) stand with the in-place methods.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import c_name, title
from microtorch.ops import gathering, indexing
from microtorch.ops.indexing import Places
from microtorch.ops.scatter_reduce import ScatterReduce
from microtorch.tensor.broadcasting import common_shape, expand
from microtorch.tensor.dispatch import NUMBER, not_a_tensor, record, wrap
from microtorch.tensor.gathering import (
    check_flat,
    check_index,
    check_range,
    flat_places,
    masked,
    nothing,
)
from microtorch.tensor.indexing import cannot_assign, picked_shape, plan_places
from microtorch.tensor.methods import method
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.shaping import reshaped
from microtorch.tensor.tensor import Tensor

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "masked_fill",
    "masked_scatter",
    "put",
    "scatter",
    "scatter_add",
    "scatter_reduce",
]

OLD_REDUCE = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a "
    "future PyTorch release. Use torch.scatter_reduce instead for more reduction options."
)


# Along a dimension, entry by entry --------------------------------------------------------------


@method
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
) -> Tensor:
    """A copy in which y[i][index[i][j]] = src[i][j] (for dim 1); src may be one number.

    The inverse of gather. Where a place is named twice, the last one stays. ``reduce`` is
    "add" or "multiply".

    >>> import microtorch as torch
    >>> torch.zeros(3).scatter(0, torch.tensor([0, 2]), 1.0)
    tensor([1., 0., 1.])
    """
    source = value if src is None else src
    if not isinstance(source, (Tensor, *NUMBER)):
        raise not_a_tensor("scatter", source, "src", 3)
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(
            "reduce argument must be either add or multiply.\n"
            "Hint: scatter_reduce has sum, prod, mean, amax and amin."
        )
    if isinstance(source, Tensor):
        if reduce is not None:
            warnings.warn(OLD_REDUCE, stacklevel=3)
        source, places = check_scatter(input, dim, index, source)
        if reduce is None:
            return record(gathering.Scatter, (input, source), (places,))
    else:
        _, places = check_scatter(input, dim, index, None)
        number = as_number(source, input._data.dtype)
        if reduce is None:
            return record(gathering.ScatterValue, (input,), (places, number))
        source = wrap(np.broadcast_to(number, index._data.shape)[()])
    if reduce == "add":
        return record(gathering.ScatterAdd, (input, source), (places,))
    return record(ScatterReduce, (input, source), (places, "prod", True))


@method
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy with y[i][index[i][j]] += src[i][j] (for dim 1): the way back of gather.

    >>> import microtorch as torch
    >>> torch.zeros(2).scatter_add(0, torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))
    tensor([3., 0.])
    """
    if not isinstance(src, Tensor):
        raise not_a_tensor("scatter_add", src, "src", 3)
    source, places = check_scatter(input, dim, index, src)
    return record(gathering.ScatterAdd, (input, source), (places,))


@method
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Entries combined with those of src that are sent to their place.

    ``reduce``: sum, prod, mean, amax or amin. Without ``include_self`` the old value takes no part
    where something arrives.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}\n"
            "Hint: for add, write sum; for multiply, prod."
        )
    if not isinstance(src, Tensor):
        raise not_a_tensor("scatter_reduce", src, "src", 3)
    source, places = check_scatter(input, dim, index, src)
    return record(ScatterReduce, (input, source), (places, reduce, include_self))


def check_scatter(input: Tensor, dim: int, index: Any, src: Any) -> tuple[Any, Places]:
    """The part of src that is used, and where it goes; RuntimeError if the shapes do not fit."""
    chosen = check_index(index, "scatter", 2)
    shape = input._data.shape
    axis = as_axis(dim, len(shape))
    if chosen.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "scatter(): Expected dtype int32/int64 for index\nHint: convert it with .long()."
        )
    if src is not None and src._data.dtype != input._data.dtype:
        raise RuntimeError(
            "scatter(): Expected self.dtype to be equal to src.dtype\n"
            f"Hint: they are {input.dtype} and {src.dtype}; convert one with .to(...)."
        )
    if not chosen.size:
        none = None if src is None else reshaped(src, (src._data.size,))[:0]
        return none, nothing(shape, (0,))
    others = [("self", shape)] + ([] if src is None else [("src", src._data.shape)])
    for name, other in others:
        if max(chosen.ndim, 1) != max(len(other), 1):
            raise RuntimeError(
                f"Index tensor must have the same number of dimensions as {name} tensor\n"
                f"Hint: the shapes are {chosen.shape} and {other}."
            )
    limit = [
        n if i != axis else m for i, (m, n) in enumerate(zip(chosen.shape, shape, strict=False))
    ]
    source = chosen.shape if src is None else src._data.shape
    if any(m > n for m, n in zip(chosen.shape, limit, strict=False)) or any(
        m > n for m, n in zip(chosen.shape, source, strict=False)
    ):
        more = f" and to be no larger size than src {list(source)}" if src is not None else ""
        raise RuntimeError(
            f"Expected index {list(chosen.shape)} to be no larger than self {list(shape)} apart "
            f"from dimension {axis}{more}\nHint: every entry of the index sends one entry of src."
        )
    check_range(chosen, axis, shape)
    if src is not None and src._data.shape != chosen.shape:
        src = src[tuple([slice(n) for n in chosen.shape])] if chosen.ndim else reshaped(src, ())
    return src, gathering.along(chosen, axis, len(shape))


def as_number(value: Any, dtype: np.dtype[Any]) -> Any:
    """A number in the dtype of a tensor; RuntimeError if it does not fit."""
    number = value.item() if isinstance(value, np.generic) else value
    if dtype.kind in "iu" and not np.isfinite(number):
        raise RuntimeError(
            f"value cannot be converted to type {dtype.name}_t without overflow\n"
            "Hint: whole numbers have no infinity; use .float() first."
        )
    return np.asarray(number).astype(dtype)[()]


# Whole slices along a dimension -----------------------------------------------------------------


@method
def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1
) -> Tensor:
    """A copy with alpha * source[i] added to slice number index[i] along a dimension."""
    chosen = check_index(index, "index_add", 2)
    axis = as_axis(dim, input.ndim)
    shape, other = input._data.shape, source._data.shape
    if chosen.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "index_add_(): Expected dtype int32/int64 for index but got: "
            f"{title(chosen.dtype)}\nHint: convert it with .long()."
        )
    if chosen.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {chosen.ndim} with "
            f"type: {title(chosen.dtype)} and size: {list(chosen.shape)}\nHint: flatten it first."
        )
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            f"index_add_(): self ({title(input._data.dtype)}) and source "
            f"({title(source._data.dtype)}) must have the same scalar type\n"
            "Hint: convert one of them with .to(...)."
        )
    count = other[axis] if len(other) > axis else 1
    if chosen.size != count:
        raise RuntimeError(
            f"index_add_(): Number of indices ({chosen.size}) should be equal to source.size(dim): "
            f"({count}), for dim: {axis}\nHint: one index for each slice of the source."
        )
    if without(shape, axis) != without(other, axis) or len(shape) != len(other):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(shape)} source.shape = {list(other)}\n"
            "Hint: only the number of slices may differ."
        )
    check_range(chosen, axis, shape)
    added = source if alpha == 1 else source * alpha
    return record(indexing.IndexAdd, (input, added), (slices(chosen, axis, shape),))


def without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def slices(chosen: Any, axis: int, shape: tuple[int, ...], unique: bool = False) -> Places:
    """Whole slices; of a single number, the number itself."""
    return gathering.rows(chosen.reshape(-1), axis, unique) if shape else Places((...,))


@method
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy in which slice number index[i] along a dimension is source[i]."""
    chosen = check_index(index, "index_copy", 2)
    axis = as_axis(dim, input.ndim)
    shape, other = input._data.shape, source._data.shape
    if chosen.ndim > 1:
        raise IndexError(
            f"index_copy_(): Index should have dimension 1 or 0 (got {chosen.ndim})\n"
            "Hint: flatten it first."
        )
    if shape and other and len(shape) != len(other):
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must "
            f"match. Source dimensionality ({len(other)}), destination dimensionality "
            f"({len(shape)})\nHint: unsqueeze makes a new dimension."
        )
    if chosen.dtype != np.int64:
        raise RuntimeError(
            f"index_copy_(): Expected a long tensor for index, but got {title(chosen.dtype)}\n"
            "Hint: convert it with .long()."
        )
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{title(input._data.dtype)} and (source) {title(source._data.dtype)}\n"
            "Hint: convert one of them with .to(...)."
        )
    if without(shape, axis) != without(other, axis):
        m, n = next(
            (m, n)
            for m, n in zip(without(shape, axis), without(other, axis), strict=False)
            if m != n
        )
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination "
            f"slice shape: {m} at dimension {axis} and source slice shape: {n} at dimension 0.\n"
            "Hint: only the number of slices may differ."
        )
    count = other[axis] if other else 1
    if chosen.size != count:
        raise IndexError(
            f"index_copy_(): Number of indices ({chosen.size}) should be equal to source.size(dim) "
            f"({count})\nHint: one index for each slice of the source."
        )
    wrong = (chosen < 0) | (chosen >= (shape[axis] if shape else 1))
    if wrong.any():
        raise IndexError(
            f"index_copy_(): index {chosen[wrong].flat[0]} is out of bounds for dimension {axis} "
            f"with size {shape[axis] if shape else 1}\nHint: here an index counts from 0."
        )
    fitting = source if source._data.shape or not shape else reshaped(source, (1,) * len(shape))
    if not shape:
        fitting = reshaped(source, ())
    return record(gathering.IndexCopy, (input, fitting), (slices(chosen, axis, shape),))


@method
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy in which the slices with these numbers are filled with one value."""
    chosen = check_index(index, "index_fill", 2)
    axis = as_axis(dim, input.ndim)
    if chosen.dtype != np.int64:
        raise IndexError(
            "index_fill_(): Expected dtype int64 for index.\nHint: convert it with .long()."
        )
    if chosen.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar\nHint: flatten it first.")
    size = input._data.shape[axis] if input.ndim else 1
    wrong = (chosen < -size) | (chosen >= size)
    if wrong.any():
        raise IndexError(
            f"index {chosen[wrong].flat[0]} is out of bounds for dimension {axis} with size {size}"
            f"\nHint: an index counts from 0 to {size - 1}, or from the end."
        )
    places = slices(np.unique(chosen % max(size, 1)), axis, input._data.shape, unique=True)
    if isinstance(value, Tensor):
        check_single(value, "index_fill_")
        filled = value._cast(input._data.dtype)
        return record(gathering.IndexFillTensor, (input, filled), (places,))
    return record(indexing.IndexFill, (input,), (places, as_number(value, input._data.dtype)))


def check_single(value: Tensor, name: str) -> None:
    if value.ndim:
        raise RuntimeError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with {value.ndim} "
            "dimension(s).\nHint: torch.where chooses between two tensors."
        )


@method
def index_put(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy with ``y[indices] = values``; with ``accumulate`` the values are added."""
    if not isinstance(indices, tuple | list):
        raise TypeError(
            "index_put(): argument 'indices' (position 1) must be tuple of Tensors, not "
            f"{type(indices).__name__}\nHint: one tensor for each dimension: (rows, columns)."
        )
    for number, each in enumerate(indices):
        if not isinstance(each, Tensor):
            raise TypeError(
                f"expected Tensor as element {number} in argument 0, but got "
                f"{type(each).__name__}\nHint: use x[...] = values for slices."
            )
    shape = input._data.shape
    if len(indices) > len(shape):
        raise IndexError(
            f"too many indices for tensor of dimension {len(shape)} (got {len(indices)})\n"
            f"Hint: its shape is {shape}."
        )
    lists = [wrap(x._data[None]) if not x.ndim else x for x in indices]
    places = plan_places(tuple(lists), shape)
    if values._data.dtype != input._data.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{title(input._data.dtype)} for the destination and {title(values._data.dtype)} for "
            "the source.\nHint: convert the values with .to(...)."
        )
    picked = picked_shape(places, shape)
    size = values._data.shape
    if len(size) > len(picked) or any(
        m not in (1, n) for m, n in zip(size[::-1], picked[::-1], strict=False)
    ):
        raise cannot_assign(size, picked, basic=False)
    if not accumulate:
        return record(indexing.IndexPut, (input, values), (places,))
    whole = values if size == picked else expand(values, picked)
    return record(indexing.IndexPutAdd, (input, whole), (places,))


# In the flattened tensor, and by masks ----------------------------------------------------------


@method
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with entries replaced (or added to) by their number in the flattened tensor."""
    shape = input._data.shape
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{title(input._data.dtype)} and source.dtype = {title(source._data.dtype)}\n"
            "Hint: convert one of them with .to(...)."
        )
    chosen = check_index(index, "put", 1)
    if chosen.dtype == np.int64 and chosen.size != source._data.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source._data.size}, index.numel() = {chosen.size}\n"
            "Hint: one index for each entry of the source."
        )
    places = flat_places(shape, check_flat(index, shape, "put_(): ").reshape(-1))
    op = gathering.PutAdd if accumulate else gathering.Put
    return record(op, (input, reshaped(source, (source._data.size,))), (places,))


def check_mask(mask: Any, function: str, kind: str) -> None:
    if not isinstance(mask, Tensor):
        raise not_a_tensor(function, mask, "mask", 1)
    if mask._data.dtype != bool:
        raise RuntimeError(
            f"{function}_ only supports boolean masks, but got mask with dtype {kind}\n"
            "Hint: a comparison gives a mask: x > 0."
        )


@method
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with one value wherever the mask holds.

    >>> import microtorch as torch
    >>> torch.tensor([1.0, -2.0]).masked_fill(torch.tensor([False, True]), 0)
    tensor([1., 0.])
    """
    kind = c_name(mask) if isinstance(mask, Tensor) else ""
    check_mask(mask, "masked_fill", kind)
    common_shape(mask._data.shape, input._data.shape)
    where = np.asarray(mask._data)
    if isinstance(value, Tensor):
        check_single(value, "masked_fill_")
        filled = value._cast(input._data.dtype)
        return record(gathering.MaskedFillTensor, (input, filled), (where,))
    if not isinstance(value, NUMBER):
        raise not_a_tensor("masked_fill", value, "value", 2)
    number = as_number(value, input._data.dtype)
    return record(gathering.MaskedFill, (input,), (where, number))


@method
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy in which the entries where the mask holds are those of source, one after the other."""
    name = title(mask._data.dtype) if isinstance(mask, Tensor) else ""
    check_mask(mask, "masked_scatter", name)
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{title(input._data.dtype)} and {title(source._data.dtype)}\n"
            "Hint: convert one of them with .to(...)."
        )
    common_shape(mask._data.shape, input._data.shape)
    x, places = masked(input, mask)
    count = int(np.count_nonzero(mask._data)) * (x._data.size // max(mask._data.size, 1))
    if source._data.size < count:
        raise RuntimeError(
            "Number of elements of source < number of ones in mask\n"
            f"Hint: the mask asks for {count} entries, the source has {source._data.size}."
        )
    flat = reshaped(source, (source._data.size,))
    return record(gathering.MaskedScatter, (x, flat[:count]), (places,))
