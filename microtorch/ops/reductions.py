"""Reductions: many numbers become one."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op


class Sum(Op):
    """Sum of all entries, or along axes. Every entry has the local gradient 1."""

    symbol = "Σ"
    operands = 1
    saves = ""

    def forward(x, shape, axes, keepdims):
        return np.sum(x, axis=axes, keepdims=keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (spread(g, shape, axes, keepdims),)


class SumDim(Sum):
    """Sum along named axes (PyTorch has a second name for it)."""

    name = "SumBackward1"


class Mean(Op):
    """Mean of all entries, or along axes. Each of n entries has the local gradient 1/n."""

    operands = 1
    saves = ""

    def forward(x, shape, axes, keepdims):
        return np.sum(x, axis=axes, keepdims=keepdims) / count(shape, axes)

    def vjp(g, y, x, shape, axes, keepdims):
        return (spread(g / count(shape, axes), shape, axes, keepdims),)


class MeanDim(Mean):
    """Mean along named axes (PyTorch has a second name for it)."""

    name = "MeanBackward1"


def count(shape: tuple[int, ...], axes: tuple[int, ...] | None) -> int:
    """How many entries go into one result."""
    return math.prod(shape if axes is None else [shape[axis] for axis in axes])


def spread(g, shape, axes, keepdims):
    """Give every entry that was summed the gradient of the sum."""
    if axes is not None and not keepdims:
        kept = [1 if i in axes else n for i, n in enumerate(shape)]
        g = g.reshape(tuple(kept))
    return np.broadcast_to(g, shape)
