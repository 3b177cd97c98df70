"""Normalisation: numbers are shifted and scaled to mean 0 and variance 1, then w x + b.

All of them are the same rule over other axes. With the normalised x^ = (x - mean) / deviation and
h = w g, the gradient is (h - mean of h - x^ times mean of h x^) / deviation.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, is_array
from microtorch.ops.kernels import column_sum, ones, row_sum


def row_statistics(table, eps):
    """Mean and 1 / deviation of every row of a matrix; for arrays and Tensors."""
    n = table.shape[1]
    mean = row_sum(table) / n
    centred = table - mean
    return mean, 1 / np.sqrt(row_sum(centred * centred) / n + eps)


def row_gradient(h, hat, rdev):
    """The gradient of normalised rows: what changes neither their mean nor their deviation."""
    n = h.shape[1]
    return (h - row_sum(h) / n - hat * (row_sum(h * hat) / n)) * rdev


def as_channels(x):
    """x as (batch, channels, places)."""
    return x.reshape((*x.shape[:2], math.prod(x.shape[2:])))


def channel_sum(x):
    """The sum of each channel of (batch, channels, places), as a column."""
    if is_array(x):
        return column_sum(x @ ones((x.shape[2],), x.dtype))[:, None]
    return np.sum(x, axis=(0, 2)).reshape((-1, 1))


class NativeLayerNorm(Op):
    """Every row of the input normalised; then a weight and a bias for each place in a row."""

    symbol = "norm"
    operands = 3
    lazy = True

    def table(x, w):
        """x with the dimensions of w in a row."""
        leading = x.shape[: len(x.shape) - len(w.shape)]
        return x.reshape((math.prod(leading), math.prod(w.shape)))

    def forward(x, w, b, eps, memo):
        table = NativeLayerNorm.table(x, w)
        mean, rdev = memo.keep(x, row_statistics(table, eps))
        y = (table - mean) * rdev
        y *= w.reshape(-1)
        y += b.reshape(-1)
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, eps, memo):
        table, g = NativeLayerNorm.table(x, w), NativeLayerNorm.table(g, w)
        if is_array(g):
            mean, rdev = memo.take(x, lambda _: row_statistics(table, eps))
        else:
            mean, rdev = row_statistics(table, eps)
        hat = (table - mean) * rdev
        return (
            lambda: row_gradient(g * w.reshape((-1,)), hat, rdev).reshape(x.shape),
            lambda: column_sum(g * hat).reshape(w.shape),
            lambda: column_sum(g).reshape(w.shape),
        )


class NativeGroupNorm(Op):
    """Groups of channels normalised together; then a weight and a bias for each channel."""

    symbol = "norm"
    operands = 3
    lazy = True

    def table(x, groups):
        """x with all that is normalised together in a row."""
        n, channels = x.shape[:2]
        entries = channels // groups * math.prod(x.shape[2:])
        return x.reshape((n * groups, entries))

    def forward(x, w, b, groups, eps, memo):
        table = NativeGroupNorm.table(x, groups)
        mean, rdev = memo.keep(x, row_statistics(table, eps))
        y = as_channels(((table - mean) * rdev).reshape(x.shape))
        y *= w[:, None]
        y += b[:, None]
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, groups, eps, memo):
        table = NativeGroupNorm.table(x, groups)
        if is_array(g):
            mean, rdev = memo.take(x, lambda _: row_statistics(table, eps))
        else:
            mean, rdev = row_statistics(table, eps)
        hat = (table - mean) * rdev
        g = as_channels(g)
        h = NativeGroupNorm.table(g * w.reshape((-1, 1)), groups)
        return (
            lambda: row_gradient(h, hat, rdev).reshape(x.shape),
            lambda: channel_sum(g * hat.reshape(g.shape)).reshape(w.shape),
            lambda: channel_sum(g).reshape(w.shape),
        )


class NativeBatchNorm(Op):
    """Every channel normalised over the batch; then a weight and a bias for each channel."""

    symbol = "norm"
    operands = 3

    def statistics(x):
        """Mean and variance of every channel of (batch, channels, places)."""
        n = x.shape[0] * x.shape[2]
        mean = channel_sum(x) / n
        centred = x - mean
        return mean, channel_sum(centred * centred) / n

    def forward(x, w, b, eps, memo):
        table = as_channels(x)
        mean, variance = memo.keep(x, NativeBatchNorm.statistics(table))
        y = table - mean
        y *= w[:, None] / np.sqrt(variance + eps)
        y += b[:, None]
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, eps, memo):
        table, g = as_channels(x), as_channels(g)
        if is_array(g):
            mean, variance = memo.take(x, lambda _: NativeBatchNorm.statistics(table))
        else:
            mean, variance = NativeBatchNorm.statistics(table)
        n = g.shape[0] * g.shape[2]
        rdev = 1 / np.sqrt(variance + eps)
        hat = (table - mean) * rdev
        gw, gb = channel_sum(g * hat), channel_sum(g)
        gx = (g - gb / n - hat * (gw / n)) * (w.reshape((-1, 1)) * rdev)
        return gx.reshape(x.shape), gw.reshape(w.shape), gb.reshape(w.shape)


class BatchNormOfRunning(Op):
    """Every channel shifted and scaled by a mean and 1 / deviation that are already known."""

    name = "NativeBatchNormBackward0"
    symbol = "norm"
    operands = 3
    lazy = True

    def forward(x, w, b, mean, rdev):
        y = as_channels(x) - mean
        y *= w[:, None] * rdev
        y += b[:, None]
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, mean, rdev):
        g = as_channels(g)
        return (
            lambda: (g * (w.reshape((-1, 1)) * rdev)).reshape(x.shape),
            lambda: channel_sum(g * ((as_channels(x) - mean) * rdev)).reshape(w.shape),
            lambda: channel_sum(g).reshape(w.shape),
        )
