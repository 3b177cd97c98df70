"""Entries chosen by their size: the largest, the smallest, the median, the most frequent."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op
from microtorch.ops.indexing import Index
from microtorch.ops.shaping import View


class Amax(Op):
    """The largest entry along axes. Ties share the gradient evenly."""

    operands = 1
    saves = "yx"

    def forward(x, shape, axes, keepdims):
        return extreme(np.max, np.argmax, x, axes, keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (share_evenly(g, x == kept(y, shape, axes), shape, axes),)


class Amin(Op):
    """The smallest entry along axes. Ties share the gradient evenly."""

    operands = 1
    saves = "yx"

    def forward(x, shape, axes, keepdims):
        return extreme(np.min, np.argmin, x, axes, keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (share_evenly(g, x == kept(y, shape, axes), shape, axes),)


class LargerOfTwo(Amax):
    """The maximum that aminmax gives."""

    name = "AminmaxBackward0"
    symbol = "amax"


class SmallerOfTwo(Amin):
    """The minimum that aminmax gives."""

    name = "AminmaxBackward0"
    symbol = "amin"


class OneOfAll(Op, abstract=True):
    """One entry of a whole array; all that equal it share the gradient evenly."""

    saves = "yx"

    def vjp(g, y, x):
        both_nan = np.isnan(x) & np.isnan(y)
        return (share_evenly(g, (x == y) | both_nan, x.shape, None),)


class Max(OneOfAll):
    """The largest entry of all."""

    name = "MaxBackward1"

    def forward(x):
        return np.max(x)


class Min(OneOfAll):
    """The smallest entry of all."""

    name = "MinBackward1"

    def forward(x):
        return np.min(x)


class Median(OneOfAll):
    """The entry in the middle, in order of size (the lower of two); nan if there is one."""

    def forward(x):
        return x.ravel()[median_index(x.ravel(), 0)[0]] if x.size else x.dtype.type(np.nan)


class Nanmedian(OneOfAll):
    """The entry in the middle of those that are numbers."""

    def forward(x):
        return x.ravel()[nanmedian_index(x.ravel(), 0)[0]] if x.size else x.dtype.type(np.nan)


class MaxDim(Index):
    """The largest entry along an axis: the one at the returned index takes all the gradient."""

    name = "MaxBackward0"
    symbol = "max"


class MinDim(Index):
    """The smallest entry along an axis: the one at the returned index takes all the gradient."""

    name = "MinBackward0"
    symbol = "min"


class MedianDim(Index):
    """The entry in the middle along an axis, in order of size."""

    name = "MedianBackward1"
    symbol = "median"


class NanmedianDim(Index):
    """The entry in the middle of those that are numbers, along an axis."""

    name = "NanmedianBackward1"
    symbol = "nanmedian"


class Mode(Index):
    """The most frequent entry along an axis; of several, the smallest."""

    symbol = "mode"


class Cummax(Index):
    """Running maximum: the latest of the largest entries so far takes the gradient."""

    symbol = "cummax"


class Cummin(Index):
    """Running minimum: the latest of the smallest entries so far takes the gradient."""

    symbol = "cummin"


class Quantile(View):
    """What was found between two entries, in the shape of the result."""

    name = "SqueezeBackward4"
    symbol = "quantile"
    views = False


def kept(y, shape, axes):
    """The result of a reduction, with its axes kept at length 1."""
    axes = range(len(shape)) if axes is None else axes
    return y.reshape(tuple([1 if i in axes else n for i, n in enumerate(shape)]))


def share_evenly(g, chosen, shape, axes):
    """Give each chosen entry an equal share of the gradient."""
    ties = chosen.sum(axes, keepdims=True).astype(g.dtype)
    return chosen * (kept(g, shape, axes) / ties)


def extreme(reduce, argreduce, x, axes, keepdims):
    """The extreme along axes; along the last one by its index, which is twice as fast."""
    if axes == (x.ndim - 1,) and x.dtype.kind == "f" and 0 not in x.shape:
        index = argreduce(x, axis=-1, keepdims=True)
        y = np.take_along_axis(x, index, -1)
        return y if keepdims else y.squeeze(-1)
    return reduce(x, axis=axes, keepdims=keepdims)


def median_index(x, axis):
    """Where the lower median stands along an axis; a nan is the median if there is one."""
    order = np.argsort(x, axis=axis, kind="stable")
    middle = np.take(order, [(x.shape[axis] - 1) // 2], axis)
    if x.dtype.kind != "f":
        return middle
    missing = np.isnan(x)
    return np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), middle)


def nanmedian_index(x, axis):
    """Where the lower median of those that are numbers stands along an axis."""
    order = np.argsort(x, axis=axis, kind="stable")  # nan comes last
    numbers = (~np.isnan(x)).sum(axis, keepdims=True)
    return np.take_along_axis(order, np.maximum(numbers - 1, 0) // 2, axis)


def mode_index(x, axis):
    """Where the last of the most frequent entries stands along an axis (the smallest of several)."""
    lines = np.moveaxis(x, axis, -1)
    index = np.empty(lines.shape[:-1], np.int64)
    for place in np.ndindex(index.shape):
        order = np.argsort(lines[place], kind="stable")
        ordered = lines[place][order]
        ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(order) - 1)
        index[place] = order[ends[np.diff(ends, prepend=-1).argmax()]]
    return np.expand_dims(index, axis)
