"""Softmax: numbers become probabilities that sum to 1 along an axis."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, is_array
from microtorch.ops.kernels import in_float32, row_max, row_sum


def along_last(x, axis):
    """Whether the axis is the last one, for which there are faster kernels."""
    return x.ndim and axis % x.ndim == x.ndim - 1


def total(x, axis):
    """Sum along an axis that stays, with length 1; for arrays and Tensors."""
    return row_sum(x) if along_last(x, axis) else np.sum(x, axis=axis, keepdims=True)


def below_maximum(x, axis):
    """x minus its maximum along the axis, so that exp never overflows."""
    return x - (row_max(x) if along_last(x, axis) else np.max(x, axis=axis, keepdims=True))


@in_float32
def softmax(x, axis):
    """e^x, divided by its sum along the axis."""
    if not x.size:
        return x.copy()
    y = below_maximum(x, axis)
    y = np.exp(y, out=y if y.ndim else None)
    y /= total(y, axis)
    return y


@in_float32
def log_softmax(x, axis):
    """ln(softmax(x)), without computing tiny probabilities on the way."""
    if not x.size:
        return x.copy()
    z = below_maximum(x, axis)
    z -= np.log(total(np.exp(z), axis))
    return z


class Softmax(Op):
    """Probabilities: y_i = e^x_i / sum of e^x_j along an axis."""

    operands = 1
    saves = "y"

    def forward(x, axis):
        return softmax(x, axis)

    def vjp(g, y, x, axis):
        gy = g * y
        common = y * total(gy, axis)
        if is_array(g):
            gy -= common  # in place: it is as large as y, and ours
            return (gy,)
        return (gy - common,)


class LogSoftmax(Op):
    """Logarithms of probabilities: y_i = x_i - ln(sum of e^x_j along an axis)."""

    operands = 1
    saves = "y"

    def forward(x, axis):
        return log_softmax(x, axis)

    def vjp(g, y, x, axis):
        return (g - np.exp(y) * total(g, axis),)
