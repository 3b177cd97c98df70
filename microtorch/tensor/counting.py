"""Counting: where values stand in an order, which occur, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.ops import gathering
from microtorch.ops.indexing import IndexAdd
from microtorch.tensor.creation import linspace
from microtorch.tensor.dispatch import NUMBER, not_a_tensor, record, wrap
from microtorch.tensor.dtypes import by_numpy, promoted
from microtorch.tensor.methods import method
from microtorch.tensor.return_types import named
from microtorch.tensor.shapes import whole
from microtorch.tensor.tensor import Tensor

__all__ = [
    "bincount",
    "bucketize",
    "histc",
    "histogram",
    "isin",
    "searchsorted",
]

Histogram = named("histogram", ("hist", "bin_edges"))


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value of input would stand in a sorted sequence.

    Before equal entries; after them with ``right``. A sequence with several dimensions holds one
    row for each row of input.

    >>> import microtorch as torch
    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]))
    tensor([1, 2])
    """
    if not isinstance(sorted_sequence, Tensor):
        raise not_a_tensor("searchsorted", sorted_sequence, "sorted_sequence")
    rows = sorted_sequence._data
    values = input._data if isinstance(input, Tensor) else np.asarray(input)
    check_sequence(rows, values)
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}\n"
            "Hint: right stands after equal entries."
        )
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True\nHint: give one of them."
        )
    if sorter is not None:
        rows = np.take_along_axis(rows, check_sorter(sorter._data, rows), -1)
    where: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        places = np.searchsorted(rows, values, where)
    else:
        pairs = zip(
            rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True
        )
        each = [np.searchsorted(row, wanted, where) for row, wanted in pairs]
        places = np.array(each, np.int64).reshape(values.shape)
    return wrap(np.asarray(places).astype(np.int32 if out_int32 else np.int64)[()])


def check_sequence(rows: Any, values: Any) -> None:
    if not rows.ndim:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 "
            "dimension\nHint: a sorted sequence is a vector."
        )
    if not values.ndim and rows.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
            f"dimension is 1, but we got boundaries tensor dim({rows.ndim}) and input value's "
            f"dim({values.ndim}) numel({values.size})\nHint: give one row for each sequence."
        )
    if rows.ndim > 1 and rows.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match, but we got "
            f"boundaries tensor {list(rows.shape)} and input value tensor {list(values.shape)}\n"
            "Hint: give one row for each sequence."
        )


def check_sorter(sorter: Any, rows: Any) -> Any:
    if sorter.shape != rows.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
            f"tensor {list(rows.shape)}and got sorter tensor {list(sorter.shape)}\n"
            "Hint: the sorter is argsort of the sequence."
        )
    if sorter.dtype != np.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{title(sorter.dtype)}\nHint: the sorter is argsort of the sequence."
        )
    if ((sorter < 0) | (sorter >= rows.shape[-1])).any():
        raise RuntimeError(
            "torch.searchsorted(): sorter index out of range\n"
            "Hint: the sorter is argsort of the sequence."
        )
    return sorter


def bucketize(
    input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The number of the bucket, between sorted boundaries, that each value falls into."""
    if boundaries.ndim != 1:
        raise RuntimeError(
            f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})\n"
            "Hint: for one sequence per row, use searchsorted."
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Whether each element is among the test elements.

    >>> import microtorch as torch
    >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    arrays = []
    for name, value in (("elements", elements), ("test_elements", test_elements)):
        if isinstance(value, Tensor):
            arrays.append(value._data)
        elif isinstance(value, NUMBER):
            arrays.append(np.asarray(value))
        else:
            raise not_a_tensor("isin", value, name)
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise not_a_tensor("isin", elements, "elements")
    for array in arrays:
        if array.dtype == bool:
            raise RuntimeError(
                "Unsupported input type encountered for isin(): Bool\n"
                "Hint: convert it first, with .long()."
            )
    common = promoted(arrays[0].dtype, arrays[1].dtype)
    inside = np.isin(arrays[0].astype(common), arrays[1].astype(common), invert=invert)
    return wrap(np.asarray(inside)[()])


# Counting ---------------------------------------------------------------------------------------


@method
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often 0, 1, 2, ... occur in a vector; with weights, their sums.

    >>> import microtorch as torch
    >>> torch.bincount(torch.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    x = input._data
    if x.dtype.kind not in "iu":
        raise NotImplementedError(
            f"\"bincount_cpu\" not implemented for '{title(x.dtype)}'\n"
            "Hint: convert it first, with .long()."
        )
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0\nHint: it is the least length of the result.")
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError(
            "bincount only supports 1-d non-negative integral inputs.\n"
            "Hint: flatten the tensor; it counts 0, 1, 2, ..."
        )
    if weights is None:
        return wrap(np.bincount(x, minlength=minlength).astype(np.int64))
    if weights._data.shape != x.shape:
        raise RuntimeError(
            "weights should be 1-d and have the same length as input\nHint: one for each entry."
        )
    total = weights if weights._data.dtype in (np.float32, np.float64) else weights.double()
    size = max(minlength, int(x.max(initial=-1)) + 1)
    zeros = wrap(np.zeros(size, total._data.dtype))
    return record(IndexAdd, (zeros, total), (gathering.rows(x, 0),))


@method
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many entries fall into each of ``bins`` equal parts from min to max.

    Without a range, from the smallest to the largest entry. It has no gradient.
    """
    x = input._data.reshape(-1)
    check_bins(x, bins, "histogram_cpu")
    low, high = outer_edges(x, min, max, 1)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(
            f"torch.histc: range of [{low:g}, {high:g}] is not finite\n"
            "Hint: give min and max, or take nan and infinity out first."
        )
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min\nHint: they are swapped?")
    inside = x[(x >= low) & (x <= high)]
    places = ((inside - low) / (high - low) * bins).astype(np.int64)
    counts = np.bincount(np.minimum(places, bins - 1), minlength=bins)
    return wrap(counts.astype(x.dtype))


def check_bins(x: Any, bins: int, name: str) -> None:
    if x.dtype.kind != "f":
        raise NotImplementedError(
            f"\"{name}\" not implemented for '{title(x.dtype)}'\n"
            "Hint: convert it first, with .float(); bincount counts whole numbers."
        )
    if whole(bins, "histc", "bins", 1) <= 0:
        raise RuntimeError(
            f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0\n"
            "Hint: bins is how many parts."
        )


def outer_edges(x: Any, low: float, high: float, wider: float) -> tuple[Any, Any]:
    """The range given, or that of the entries; a range of length 0 is made wider."""
    if low == high and x.size:
        low, high = x.min(), x.max()
    if low == high:
        low, high = low - wider, high + wider
    return x.dtype.type(low), x.dtype.type(high)


@method
def histogram(
    input: Tensor,
    bins: Any,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Any:
    """How many entries fall into each bin, and where the bins begin and end: (hist, bin_edges).

    ``bins`` is their number, or a sorted tensor of edges. It has no gradient.
    """
    for each in (input, weight):
        if each is not None and each.requires_grad:
            raise RuntimeError(
                "derivative for aten::histogram is not implemented\nHint: use .detach() first."
            )
    x = input._data.reshape(-1)
    if weight is not None and weight._data.shape != input._data.shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the "
            "input tensor excluding its innermost dimension, but got input with shape "
            f"{[x.size, 1]} and weight with shape {list(weight.shape)}\n"
            "Hint: one weight for each entry."
        )
    if isinstance(bins, Tensor):
        edges = bins._data
    else:
        check_bins(x, bins, "histogramdd")
        low, high = range or (0, 0)
        low, high = outer_edges(x, low, high, 0.5)
        edges = linspace(float(low), float(high), bins + 1, dtype=by_numpy[x.dtype])._data
    places = np.searchsorted(edges, x, "right") - 1
    places[x == edges[-1]] = len(edges) - 2
    inside = (x >= edges[0]) & (x <= edges[-1])
    weights = np.ones_like(x) if weight is None else weight._data.reshape(-1)
    counts = np.bincount(places[inside], weights[inside], len(edges) - 1)
    if density:
        counts = counts / (counts.sum() * np.diff(edges))
    return Histogram([wrap(counts.astype(x.dtype)), wrap(edges)])
