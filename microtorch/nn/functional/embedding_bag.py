"""Sums, means and maxima of bags of word vectors: ``F.embedding_bag``."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import check_tensor
from microtorch.ops.kernels import within
from microtorch.tensor import Tensor
from microtorch.tensor.creation import zeros
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.gathering import embedding

__all__ = ["embedding_bag"]

Array = np.ndarray[Any, Any]


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Rows of the table ``weight``, put together bag by bag: (bags, features).

    A matrix ``input`` holds one bag in each row. A vector holds them one after the other, and
    ``offsets`` says where each begins. ``mode`` is "mean", "sum" or "max"; only a sum takes
    ``per_sample_weights``. An empty bag gives zeros, and ``padding_idx`` does not count.

    >>> import microtorch as torch
    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> words = torch.tensor([0, 1, 2])
    >>> torch.nn.functional.embedding_bag(words, table, torch.tensor([0, 2]))
    tensor([[2., 3.],
            [5., 6.]])
    """
    check_tensor("embedding_bag", input)
    check_tensor("embedding_bag", weight, "weight", 2)
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then "
            f"it must have the same shape as the input ({input.shape})\n"
            "Hint: give every number in input its own weight."
        )
    if weight.dim() != 2:
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}\n"
            "Hint: one row for each number."
        )
    starts = beginnings(input, offsets, include_last_offset)
    check_mode(mode, scale_grad_by_freq, sparse, per_sample_weights)
    numbers = input.reshape(-1)
    rows_in_table = len(weight._data)
    if not within(numbers._data, rows_in_table):
        outside = (numbers._data < 0) | (numbers._data >= rows_in_table)
        place = int(np.flatnonzero(outside)[0])
        raise RuntimeError(
            f"Index {place} of input takes value {numbers._data[place]} which is not in the valid "
            f"range [0, {rows_in_table})\nHint: the table has {rows_in_table} rows, counted from 0."
        )
    bag = np.searchsorted(starts, np.arange(len(numbers._data)), side="right") - 1
    counts = np.bincount(bag, minlength=len(starts))
    rows = embedding(numbers, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    if padding_idx is not None:
        padding = numbers._data == padding_idx % len(weight._data)
        counts -= np.bincount(bag[padding], minlength=len(starts))
        rows, bag = rows[wrap(~padding)], bag[~padding]
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)[wrap(~padding)]
    if mode == "max":
        return maximum_of_bags(rows, bag, counts)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    bags = zeros(len(starts), weight.shape[1], dtype=weight.dtype)
    total = bags.index_add(0, wrap(bag), rows)
    if mode == "sum":
        return total
    return total / wrap(np.maximum(counts, 1)[:, None].astype(weight._data.dtype))


def beginnings(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> Array:
    """Where each bag begins, counted in all numbers of input."""
    if input.dim() not in (1, 2):
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}\n"
            "Hint: one bag in each row, or all bags in one vector with offsets."
        )
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                f"of fixed length sequences. However, found offsets of type {type(offsets)}\n"
                "Hint: leave out offsets, or flatten input."
            )
        bags, length = input.shape
        return np.arange(bags) * length
    if offsets is None:
        raise ValueError(
            "offsets has to be a 1D Tensor but got None\n"
            "Hint: say where each bag begins, for example offsets=torch.tensor([0])."
        )
    if offsets.dim() != 1:
        raise ValueError(
            "offsets has to be a 1D Tensor\nHint: one number for each bag: where it begins."
        )
    starts: Array = offsets._data
    for argument, position, numbers in (("indices", 1, input._data), ("offsets", 1, starts)):
        if numbers.dtype not in (np.int32, np.int64):
            raise RuntimeError(
                f"Expected tensor for argument #{position} '{argument}' to have one of the "
                f"following scalar types: Long, Int; but got torch.{title(numbers.dtype)}Tensor "
                "instead (while checking arguments for embedding_bag)\n"
                "Hint: convert the numbers with .long()."
            )
    if include_last_offset:
        if not len(starts):
            raise RuntimeError(
                "include_last_offset: number of offset should be at least 1\n"
                "Hint: the last offset is the number of all words."
            )
        starts = starts[:-1]
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {starts[0]}\nHint: the first bag begins with the first word."
        )
    if len(starts) and starts[-1] > len(input._data):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(input._data)} but got "
            f"offsets[-1] of {starts[-1]}\n"
            "Hint: an offset says where a bag begins in input."
        )
    return starts


def check_mode(
    mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Tensor | None
) -> None:
    """ValueError or NotImplementedError for what a mode cannot do."""
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max\nHint: it is {mode!r}.")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError(
            "max mode does not support scaling the gradient by the frequency\n"
            "Hint: leave out scale_grad_by_freq."
        )
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights\nHint: leave out sparse.")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub.\n"
            "Hint: use mode='sum', and divide the weights yourself for a weighted mean."
        )


def maximum_of_bags(rows: Tensor, bag: Array, counts: Array) -> Tensor:
    """The largest entry of each column in each bag; the first of equals gets the gradient."""
    numbers = rows._data
    best = np.zeros((len(counts), numbers.shape[1]), np.int64)
    for b in np.flatnonzero(counts):
        mine = np.flatnonzero(bag == b)
        best[b] = mine[numbers[mine].argmax(0)]
    if not len(numbers):
        return zeros(len(counts), numbers.shape[1], dtype=rows.dtype)
    return rows.gather(0, wrap(best)).masked_fill(wrap(counts == 0).unsqueeze(1), 0.0)
