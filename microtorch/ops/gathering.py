"""Entries chosen by number along an axis, by a mask, or from a table: gather, scatter, embedding.

Most of them are :class:`Index`, :class:`SetItem` or :class:`IndexAdd` under PyTorch's own name;
what differs is how the numbers are meant, which ``along`` and its neighbours work out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from microtorch.ops.base import Op, call, masked
from microtorch.ops.indexing import Index, IndexAdd, IndexFill, Places, SetItem, sum_rows


class Gather(Index):
    """Entries chosen by number along an axis: y[i][j] = x[index[i][j]][j]."""


class IndexSelect(Index):
    """Whole rows (or other slices) chosen by number."""


class Take(Index):
    """Entries chosen by their number in the flattened array."""


class MaskedSelect(Index):
    """The entries where a mask holds, as a vector."""


class Sort(Index):
    """Entries in ascending or descending order."""


class SortStable(Index):
    """Sorted entries; equal ones stay in their order."""

    name = "SortBackward1"


class Topk(Index):
    """The k largest or smallest entries along an axis."""


class Kthvalue(Index):
    """The k-th smallest entry along an axis."""


class Unique2(Index):
    """The different entries; the gradient goes to the first of equal ones."""


class UniqueDim(Index):
    """The different slices along an axis; the gradient goes to the first of equal ones."""


class UniqueConsecutive(Index):
    """Runs of equal entries made one; the gradient goes to the first of a run."""


class Scatter(SetItem):
    """Entries written to places chosen by number along an axis: y[index[i][j]][j] = src[i][j]."""


class IndexCopy(SetItem):
    """Whole rows (or other slices) replaced."""


class Put(SetItem):
    """Entries replaced by their number in the flattened array."""


class MaskedScatter(SetItem):
    """The entries where a mask holds replaced, one by one, by those of a source."""


class IndexFillTensor(SetItem):
    """Whole rows (or other slices) filled with one number that is a tensor."""

    name = "IndexFillBackward1"


class ScatterAdd(IndexAdd):
    """Entries added at places chosen by number along an axis."""


class PutAdd(IndexAdd):
    """Entries added by their number in the flattened array."""

    name = "PutBackward0"


class ScatterValue(IndexFill):
    """One number written to places chosen by number along an axis."""

    name = "ScatterBackward1"


@lru_cache(64)
def broadcast_shape(a, b):
    """The shape of two arrays after broadcasting. (NumPy's takes long.)"""
    return np.broadcast_shapes(a, b)


class MaskedFill(Op):
    """One number wherever a mask holds, else x. The mask may broadcast x."""

    operands = 1
    saves = ""

    def forward(x, mask, number):
        shape = broadcast_shape(x.shape, mask.shape)
        y = np.array(x if x.shape == shape else np.broadcast_to(x, shape), order="C")
        np.copyto(y, number, where=mask, casting="unsafe")
        return y

    def vjp(g, y, x, mask, number):
        return (masked(g, np.logical_not(mask)),)


class MaskedFillTensor(Op):
    """The same with a number that is a tensor, and has a gradient of its own."""

    name = "MaskedFillBackward1"
    symbol = "masked_fill"
    operands = 2
    saves = ""

    def forward(x, number, mask):
        return MaskedFill.forward(x, mask, number)

    def vjp(g, y, x, number, mask):
        return lambda: call(MaskedFill, g, mask, 0), lambda: call(MaskedFill, g, ~mask, 0)

    lazy = True


class Embedding(Op):
    """Rows of a table chosen by number. A padding row gets no gradient.

    ``scale`` is None, or for each row what its gradient is multiplied by.
    """

    operands = 1
    saves = ""

    def forward(table, shape, index, padding, scale):
        return np.take(table, index, 0)

    def vjp(g, y, table, shape, index, padding, scale):
        if scale is not None:
            g = g * scale[index][..., None]
        return (call(EmbeddingBack, g, shape, index, padding),)


class EmbeddingBack(Op):
    """The way back of an embedding: every row of the table is the sum of its uses."""

    name = "EmbeddingDenseBackward0"
    operands = 1
    saves = ""

    def forward(g, shape, index, padding):
        table = sum_rows(g.reshape(index.size, shape[1]), index.reshape(-1), shape[0])
        if padding is not None:
            table[padding] = 0
        return table

    def vjp(gg, y, g, shape, index, padding):
        if padding is not None:
            gg = call(IndexFill, gg, Places((padding,)), 0)
        return (call(Index, gg, shape, Places(None, (index,), False)),)


# How the numbers are meant ----------------------------------------------------------------------


def along(index, axis, ndim, unique=False):
    """The places of gather: ``index`` counts along an axis, every other axis counts itself."""
    if ndim == 0:  # a single number counts as a vector of one
        return Places((None,), (index,), unique)
    if index.ndim == 0:
        return Places(None, (index,), unique)
    grid = own_numbers(index.shape)
    grid[axis] = index
    return Places(None, tuple(grid), unique)


def own_numbers(shape):
    """For each axis its own numbers 0, 1, 2, ..., so that together they name every entry."""
    ndim = len(shape)
    return [np.arange(n).reshape((n,) + (1,) * (ndim - 1 - i)) for i, n in enumerate(shape)]


def rows(index, axis, unique=False):
    """The places of index_select: whole slices along an axis."""
    return Places(None, (slice(None),) * axis + (index,), unique)
