"""Pooling: a window slides over the input, and one number stands for what it covers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from microtorch.ops.base import Op, call, masked
from microtorch.ops.kernels import (
    Sizes,
    corners,
    in_float32,
    inside,
    overlap_add,
    padded,
    windows,
)


class Pool(NamedTuple):
    """A window that slides: sizes for every length. ``after`` is the border at the far end."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    after: Sizes
    positions: Sizes

    def corners(self) -> Any:
        """For each place in a window, in reading order, the index of it in all windows."""
        return [i for _, i in corners(self.kernel, self.stride, self.dilation, self.positions)]

    def corners_along(self, axis: int) -> Any:
        """The same for the windows along one of the lengths, all others left as they are."""
        options = (self.kernel, self.stride, self.dilation, self.positions)
        after = (slice(None),) * (len(self.kernel) - 1 - axis)
        return [(*i, *after) for _, i in corners(*[(option[axis],) for option in options])]

    def lengths(self, x: Any) -> Sizes:
        """The lengths that windows slide along: the last ones of x."""
        return tuple(x.shape[len(x.shape) - len(self.kernel) :])

    def side_by_side(self) -> bool:
        """Whether no two windows overlap."""
        return max(self.dilation) == 1 and self.stride == self.kernel


# ---------------------------------------------------------------- the largest


def lowest(dtype: np.dtype[Any]) -> Any:
    """Smaller than every other number."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def bordered(x, pool):
    return padded(x, pool.padding, pool.after, lowest(x.dtype))


def largest(x, places):
    """The largest of the entries at several places."""
    if len(places) == 1:
        return x[places[0]].copy()
    first, second, *others = places
    y = np.maximum(x[first], x[second])
    for index in others:
        np.maximum(y, x[index], out=y)
    return y


def hits(x, y, pool):
    """For each place in a window: its index, and whether the (first) largest stands there."""
    odd = y.dtype.kind == "f" and math.isnan(np.vdot(y, y))
    *places, last = pool.corners()
    free = np.ones(y.shape, bool)
    for index in places:
        hit = x[index] == y
        if odd:
            hit |= np.isnan(x[index])
        hit &= free
        free ^= hit
        yield index, hit
    yield last, free  # where else?


def largest_index(x, pool):
    """Where the largest of each window stands in x, counted in reading order."""
    lengths = pool.lengths(x)
    where = np.arange(math.prod(lengths), dtype=np.int64).reshape(lengths)
    where = padded(where, pool.padding, pool.after)
    y = MaxPool.forward(x, pool)
    found = np.zeros(y.shape, np.int64)
    for index, hit in hits(bordered(x, pool), y, pool):
        found += where[index] * hit
    return found


class MaxPool(Op):
    """The largest number in every window. Of equal ones the first gets the gradient."""

    name = "MaxPool2DWithIndicesBackward0"
    symbol = "max_pool"
    operands = 1
    saves = "xy"

    def forward(x, pool):
        y = bordered(x, pool)
        for axis in reversed(range(len(pool.kernel))):  # the largest of all rows' largest
            y = largest(y, pool.corners_along(axis))
        return y

    def vjp(g, y, x, pool):
        return (call(MaxPoolScatter, g, x, y, pool),)


class MaxPool3D(MaxPool):
    """The same for three lengths."""

    name = "MaxPool3DWithIndicesBackward0"


class MaxPoolScatter(Op):
    """The way back of max pooling: each number goes to where the largest stood."""

    name = "MaxPool2DWithIndicesBackwardBackward0"
    operands = 3

    def forward(g, x, y, pool):
        whole = bordered(x, pool)
        apart = pool.side_by_side()
        covered = apart and y.size * math.prod(pool.kernel) == whole.size
        gx = (np.empty if covered else np.zeros)(whole.shape, g.dtype)
        for index, hit in hits(whole, y, pool):
            if apart:
                masked(g, hit, out=gx[index])
            else:
                gx[index] += masked(g, hit)
        return gx[inside(pool.padding, pool.lengths(x))]

    def vjp(gg, out, g, x, y, pool):
        return call(MaxPoolGather, gg, x, y, pool), None, None


class MaxPoolGather(Op):
    """Numbers picked from where the largest of each window stands."""

    name = "MaxPool2DWithIndicesBackward0"
    operands = 3

    def forward(a, x, y, pool):
        whole = padded(a, pool.padding, pool.after)
        picked = np.zeros(y.shape, a.dtype)
        for index, hit in hits(bordered(x, pool), y, pool):
            picked += masked(whole[index], hit)
        return picked

    def vjp(g, out, a, x, y, pool):
        return call(MaxPoolScatter, g, x, y, pool), None, None


class Pick(Op):
    """For each channel, the entries at given places, counted in reading order."""

    name = "AdaptiveMaxPool2DBackward0"
    symbol = "[ ]"
    operands = 1
    saves = ""

    def forward(x, places, lengths):
        flat = x.reshape(-1, math.prod(lengths))
        return np.take_along_axis(flat, places.reshape(len(flat), -1), 1).reshape(places.shape)

    def vjp(g, y, x, places, lengths):
        return (call(Unpool, g, places, lengths),)


class Unpool(Op):
    """The way back of picking: numbers at given places, 0 everywhere else."""

    name = "MaxUnpool2DBackward0"
    operands = 1
    saves = ""

    def forward(x, places, lengths):
        channels = x.shape[: x.ndim - len(lengths)]
        whole = np.zeros((math.prod(channels), math.prod(lengths)), x.dtype)
        flat = places.reshape(len(whole), -1)
        np.add.at(whole, (np.arange(len(whole))[:, None], flat), x.reshape(flat.shape))
        return whole.reshape(*channels, *lengths)

    def vjp(g, y, x, places, lengths):
        return (call(Pick, g, places, lengths),)


class MaxUnpool(Unpool):
    """Max pooling undone: each largest number back in its place."""

    name = "MaxUnpool2DBackward0"

    def forward(x, places, lengths):
        channels = x.shape[: x.ndim - len(lengths)]
        whole = np.zeros((math.prod(channels), math.prod(lengths)), x.dtype)
        flat = places.reshape(len(whole), -1)
        np.put_along_axis(whole, flat, x.reshape(flat.shape), 1)
        return whole.reshape(*channels, *lengths)


# ---------------------------------------------------------------- the average


class AvgPool(Op):
    """The average of every window."""

    name = "AvgPool2DBackward0"
    symbol = "avg_pool"
    operands = 1
    saves = ""

    def forward(x, lengths, pool, divisor):
        whole = padded(x, pool.padding, pool.after)
        first, *others = pool.corners()
        total = whole[first].copy()
        for index in others:
            total += whole[index]
        return divided(total, divisor)

    def vjp(g, y, x, lengths, pool, divisor):
        return (call(AvgPoolSpread, g, lengths, pool, divisor),)


class AvgPool3D(AvgPool):
    """The same for three lengths."""

    name = "AvgPool3DBackward0"


class AvgPoolSpread(Op):
    """The way back of average pooling: each number in equal parts to its window."""

    name = "AvgPool2DBackwardBackward0"
    operands = 1
    saves = ""

    def forward(g, lengths, pool, divisor):
        parts = divided(g, divisor)
        around = zip(pool.padding, lengths, pool.after, strict=True)
        channels = g.shape[: g.ndim - len(lengths)]
        whole = np.zeros((*channels, *[p + n + q for p, n, q in around]), g.dtype)
        for index in pool.corners():
            whole[index] += parts
        return whole[inside(pool.padding, lengths)]

    def vjp(gg, y, g, lengths, pool, divisor):
        return (call(AvgPool, gg, lengths, pool, divisor),)


def divided(total, divisor):
    """A sum over a count (a number, or an array of counts); whole numbers are cut off."""
    if total.dtype.kind == "f":
        return total / (divisor.astype(total.dtype) if isinstance(divisor, np.ndarray) else divisor)
    return np.trunc(total / divisor).astype(total.dtype)


class AdaptiveAvgPool(Op):
    """The average of each part, where every length is cut into a given number of parts.

    ``spans`` holds, for every length, where each part starts and ends; parts may overlap.
    """

    name = "AdaptiveAvgPool2DBackward0"
    symbol = "avg_pool"
    operands = 1
    saves = ""

    @in_float32
    def forward(x, lengths, spans):
        for axis, parts in enumerate(spans, start=-len(spans)):
            along = np.moveaxis(x, axis, 0)
            total = np.empty((len(parts), *along.shape[1:]), x.dtype)
            for k, (i, j) in enumerate(parts):
                np.add.reduce(along[i:j], axis=0, out=total[k])
            x = np.moveaxis(total, 0, axis)
        return np.ascontiguousarray(x / counts(spans, x.dtype))

    def vjp(g, y, x, lengths, spans):
        return (call(AdaptiveAvgPoolSpread, g, lengths, spans),)


class AdaptiveAvgPool3D(AdaptiveAvgPool):
    """The same for three lengths."""

    name = "AdaptiveAvgPool3DBackward0"


class AdaptiveAvgPoolSpread(Op):
    """The way back of adaptive average pooling."""

    name = "AdaptiveAvgPool2DBackwardBackward0"
    operands = 1
    saves = ""

    def forward(g, lengths, spans):
        g = g / counts(spans, g.dtype)
        for axis, parts in enumerate(spans, start=-len(spans)):
            along = np.moveaxis(g, axis, 0)
            whole = np.zeros((lengths[axis], *along.shape[1:]), g.dtype)
            for part, (i, j) in zip(along, parts, strict=True):
                whole[i:j] += part
            g = np.moveaxis(whole, 0, axis)
        return g

    def vjp(gg, y, g, lengths, spans):
        return (call(AdaptiveAvgPool, gg, lengths, spans),)


def counts(spans, dtype):
    """How many entries each part has."""
    lengths = [np.array([j - i for i, j in parts], dtype) for parts in spans]
    return math.prod(np.ix_(*lengths))


# ---------------------------------------------------------------- windows as columns


class Im2Col(Op):
    """Every window of the input as a column: (batch, entries of a window, positions)."""

    name = "Im2ColBackward0"
    symbol = "im2col"
    operands = 1
    saves = ""

    def forward(x, lengths, pool):
        batch = x if x.ndim == 4 else x[None]
        whole = padded(batch, pool.padding, pool.padding)
        parts = windows(whole, pool.kernel, pool.stride, pool.dilation)
        entries = batch.shape[1] * math.prod(pool.kernel)
        return parts.reshape(*x.shape[:-3], entries, math.prod(pool.positions))

    def vjp(g, y, x, lengths, pool):
        return (call(Col2Im, g, lengths, pool),)


class Col2Im(Op):
    """The way back of Im2Col: windows put together, their overlaps summed."""

    name = "Col2ImBackward0"
    symbol = "col2im"
    operands = 1
    saves = ""

    def forward(x, lengths, pool):
        batch = x if x.ndim == 3 else x[None]
        parts = batch.reshape(
            len(batch), x.shape[-2] // math.prod(pool.kernel), *pool.kernel, *pool.positions
        )
        whole = [n + 2 * p for n, p in zip(lengths, pool.padding, strict=True)]
        total = overlap_add(parts, whole, pool.kernel, pool.stride, pool.dilation)
        image = np.ascontiguousarray(total[inside(pool.padding, lengths)])
        return image if batch is x else image[0]

    def vjp(g, y, x, lengths, pool):
        return (call(Im2Col, g, lengths, pool),)
