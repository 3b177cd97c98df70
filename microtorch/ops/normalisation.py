"""Normalisation: numbers are shifted and scaled to mean 0 and variance 1, then w x + b.

All of them are the same rule over other axes. With the normalised x^ = (x - mean) / deviation and
h = w g, the gradient is (h - mean of h - x^ times mean of h x^) / deviation.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, is_array
from microtorch.ops.kernels import column_sum, ones, row_sum


def normalised(table, eps):
    """Every row of a matrix with mean 0 and variance 1, and its 1 / deviation.

    For arrays and Tensors. New arrays are changed in place here and below: they are large.
    """
    n = table.shape[1]
    hat = table - row_sum(table) / n
    rdev = 1 / np.sqrt(row_sum(hat * hat) / n + eps)
    if not is_array(table):
        return hat * rdev, rdev
    hat *= rdev
    return hat, rdev


def row_gradient(h, hat, rdev):
    """The gradient of normalised rows: what changes neither their mean nor their deviation."""
    n = h.shape[1]
    gx = h - row_sum(h) / n
    turned = hat * (row_sum(h * hat) / n)
    if not is_array(h):
        return (gx - turned) * rdev
    gx -= turned
    gx *= rdev
    return gx


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

    symbol = "layer_norm"
    operands = 3
    lazy = True

    def table(x, w):
        """x with the dimensions of w in a row."""
        leading = x.shape[: len(x.shape) - len(w.shape)]
        return x.reshape((math.prod(leading), math.prod(w.shape)))

    def forward(x, w, b, eps, memo):
        hat, _ = memo.keep(x, normalised(NativeLayerNorm.table(x, w), eps))
        y = hat * w.reshape(-1)
        y += b.reshape(-1)
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, eps, memo):
        table, g = NativeLayerNorm.table(x, w), NativeLayerNorm.table(g, w)
        if is_array(g):
            hat, rdev = memo.take(x, lambda _: normalised(table, eps))
        else:
            hat, rdev = normalised(table, eps)
        return (
            lambda: row_gradient(g * w.reshape((-1,)), hat, rdev).reshape(x.shape),
            lambda: column_sum(g * hat).reshape(w.shape),
            lambda: column_sum(g).reshape(w.shape),
        )


class NativeGroupNorm(Op):
    """Groups of channels normalised together; then a weight and a bias for each channel."""

    symbol = "group_norm"
    operands = 3
    lazy = True

    def table(x, groups):
        """x with all that is normalised together in a row."""
        n, channels = x.shape[:2]
        entries = channels // groups * math.prod(x.shape[2:])
        return x.reshape((n * groups, entries))

    def forward(x, w, b, groups, eps, memo):
        hat, _ = memo.keep(x, normalised(NativeGroupNorm.table(x, groups), eps))
        y = as_channels(hat.reshape(x.shape)) * w[:, None]
        y += b[:, None]
        return y.reshape(x.shape)

    def vjp(g, y, x, w, b, groups, eps, memo):
        table = NativeGroupNorm.table(x, groups)
        if is_array(g):
            hat, rdev = memo.take(x, lambda _: normalised(table, eps))
        else:
            hat, rdev = normalised(table, eps)
        g = as_channels(g)
        h = NativeGroupNorm.table(g * w.reshape((-1, 1)), groups)
        return (
            lambda: row_gradient(h, hat, rdev).reshape(x.shape),
            lambda: channel_sum(g * hat.reshape(g.shape)).reshape(w.shape),
            lambda: channel_sum(g).reshape(w.shape),
        )


class NativeBatchNorm(Op):
    """Every channel normalised over the batch; then a weight and a bias for each channel."""

    symbol = "batch_norm"
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
    symbol = "batch_norm"
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
