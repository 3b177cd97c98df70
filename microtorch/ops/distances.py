"""Distances between all rows of two matrices."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op
from microtorch.ops.reductions import VectorNorm, length_slope


class Cdist(Op):
    """y_ij = the distance of row i of a to row j of b: (Σ |a_i - b_j|^p)^(1/p).

    The slope is taken as 0 where the distance is 0.
    """

    operands = 2
    saves = "yab"

    def forward(a, b, p):
        away = differences(a, b)
        return VectorNorm.forward(away, away.shape, p, (away.ndim - 1,), False)

    def vjp(g, y, a, b, p):
        if p == 0:
            return 0 * a, 0 * b
        away, g, y = differences(a, b), g[..., None], y[..., None]
        if math.isinf(p):
            slope = g * np.sign(away) * (abs(away) == y)
        else:
            slope = length_slope(g, y, away, p, -1)
        return slope.sum(-2), -slope.sum(-3)


def differences(a, b):
    return a[..., :, None, :] - b[..., None, :, :]
