"""Reductions: many numbers become one. Sums, means, products, spread, lengths."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, call
from microtorch.ops.kernels import in_float32, ones
from microtorch.ops.scans import Cumprod, Shift


class Sum(Op):
    """Sum of all entries, or along axes. Every entry has the local gradient 1."""

    symbol = "Σ"
    operands = 1
    saves = ""

    def forward(x, shape, axes, keepdims):
        return sum(x, axis=axes, keepdims=keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (spread(g, shape, axes, keepdims),)


class SumDim(Sum):
    """Sum along named axes (PyTorch has a second name for it)."""

    name = "SumBackward1"


class Nansum(Op):
    """Sum of the entries that are numbers."""

    operands = 1

    def forward(x, shape, axes, keepdims):
        return sum(np.where(np.isnan(x), 0, x), axis=axes, keepdims=keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (spread(g, shape, axes, keepdims) * np.logical_not(np.isnan(x)),)


class Mean(Op):
    """Mean of all entries, or along axes. Each of n entries has the local gradient 1/n."""

    operands = 1
    saves = ""

    def forward(x, shape, axes, keepdims):
        return mean(x, axis=axes, keepdims=keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        return (spread(g / count(shape, axes), shape, axes, keepdims),)


class MeanDim(Mean):
    """Mean along named axes (PyTorch has a second name for it)."""

    name = "MeanBackward1"


class Prod(Op):
    """Product of all entries. The local gradient of an entry is the product of the others."""

    def forward(x):
        return prod(x, None, False)

    def vjp(g, y, x):
        if not x.shape:
            return (g,)
        others = product_of_others(x.reshape((-1,)), 0)
        return ((g * others).reshape(x.shape),)


class ProdDim(Op):
    """Product along one axis."""

    name = "ProdBackward1"
    symbol = "prod"
    operands = 1

    def forward(x, shape, axis, keepdims):
        return prod(x, axis, keepdims) if shape else x

    def vjp(g, y, x, shape, axis, keepdims):
        return (spread(g, shape, (axis,), keepdims) * product_of_others(x, axis) if shape else g,)


class Var(Op):
    """Variance: the squared distances from the mean, summed and divided by n - correction."""

    operands = 1

    def forward(x, shape, axes, keepdims, correction):
        return variance(x, axes, keepdims, correction)

    def vjp(g, y, x, shape, axes, keepdims, correction):
        g = spread(g, shape, axes, keepdims)
        away = x - spread(mean_of(x, axes), shape, axes, keepdims=True)
        degrees = count(shape, axes) - correction
        if degrees <= 0:
            return (g * np.where(away == 0, math.nan, math.inf).astype(g.dtype),)
        return (g * away * (2 / degrees),)


class Std(Op):
    """Standard deviation: the root of the variance. Its slope is taken as 0 where it is 0."""

    operands = 1
    saves = "yx"

    def forward(x, shape, axes, keepdims, correction):
        return deviation(x, axes, keepdims, correction)

    def vjp(g, y, x, shape, axes, keepdims, correction):
        g = np.where(y == 0, 0.0, g / (2 * y))
        return Var.vjp(g, y, x, shape, axes, keepdims, correction)


class VarOfTwo(Var):
    """The variance that var_mean gives."""

    name = "VarMeanBackward0"
    symbol = "var"


class StdOfTwo(Std):
    """The standard deviation that std_mean gives."""

    name = "StdMeanBackward0"
    symbol = "std"


class MeanBesideVar(Mean):
    """The mean that var_mean gives."""

    name = "VarMeanBackward0"
    symbol = "mean"


class MeanBesideStd(Mean):
    """The mean that std_mean gives."""

    name = "StdMeanBackward0"
    symbol = "mean"


class Logsumexp(Op):
    """y = ln(Σ e^x), computed without overflow. The local gradient is the softmax, e^(x - y)."""

    operands = 1
    saves = "yx"

    def forward(x, shape, axes, keepdims):
        return logsumexp(x, axes, keepdims)

    def vjp(g, y, x, shape, axes, keepdims):
        share = np.exp(x - spread(y, shape, axes, keepdims))
        return (spread(g, shape, axes, keepdims) * share,)


class VectorNorm(Op):
    """Length: y = (Σ |x|^p)^(1/p); the largest |x| for p = ∞, the number of non-zeros for p = 0.

    The slope is taken as 0 where the length is 0, as in PyTorch.
    """

    name = "LinalgVectorNormBackward0"
    symbol = "norm"
    operands = 1
    saves = "yx"

    def forward(x, shape, p, axes, keepdims):
        return vector_norm(x, p, axes, keepdims)

    def vjp(g, y, x, shape, p, axes, keepdims):
        if p == 0:
            return (None,)
        y = spread(y, shape, axes, keepdims)
        g = spread(g, shape, axes, keepdims)
        return (length_slope(g, y, x, p, axes),)


def length_slope(g, y, x, p, axes):
    """The gradient of a length y = (Σ |x|^p)^(1/p), with y and g spread over the entries of x."""
    if p == 1:
        return g * np.sign(x)
    if p == 2:
        return np.where(y == 0, 0.0, x * (g / y))
    if math.isinf(p):
        largest = np.abs(x) == y
        ties = largest.sum(axes, keepdims=True).astype(g.dtype)
        return g * np.sign(x) * largest / ties
    if p < 1:
        return np.where(x == 0, 0.0, np.sign(x) * np.abs(x) ** (p - 1)) * g * y ** (1 - p)
    direction = np.sign(x) * np.abs(x) ** (p - 1) if p < 2 else x * np.abs(x) ** (p - 2)
    return direction * np.where(y == 0, 0.0, g / y ** (p - 1))


class Dist(Op):
    """Distance: the length of a - b."""

    operands = 2
    saves = "yab"

    def forward(a, b, p):
        return vector_norm(a - b, p, None, False)

    def vjp(g, y, a, b, p):
        away = a - b
        if p == 0:
            return None, None
        slope = length_slope(g, y, away, p, None)
        return slope, -slope


# ---------------------------------------------------------------- shapes


def count(shape: tuple[int, ...], axes: tuple[int, ...] | None) -> int:
    """How many entries go into one result."""
    return math.prod(shape if axes is None else [shape[axis] for axis in axes])


def spread(g, shape, axes, keepdims):
    """Give every entry that was summed the gradient of the sum."""
    if axes is not None and not keepdims:
        kept = [1 if i in axes else n for i, n in enumerate(shape)]
        g = g.reshape(tuple(kept))
    return np.broadcast_to(g, shape)


# ---------------------------------------------------------------- the numbers


add_up = np.add.reduce
BLOCK = 128  # longer sums are cut into blocks, so that rounding errors do not pile up


def sum(x, axis=None, keepdims=False):
    """The sum along a tuple of axes, or of all entries."""
    if x.dtype.char == "e":  # float16
        return summed(x, axis, keepdims)
    if axis is None or keepdims or not x.size or x.dtype.kind != "f":
        return add_up(x, axis, None, None, keepdims)
    if axis == (0,) and x.ndim == 2:
        return sum_of_rows(x)
    if axis == (1,) and x.ndim == 2 and x.shape[1] <= BLOCK:
        return x @ ones((x.shape[1],), x.dtype)
    if axis == (1,) and x.ndim == 2 and x.flags.f_contiguous:
        return sum_of_rows(x.T)
    if axis == (0,) and x.ndim > 2 and len(x) > BLOCK:
        return sum_of_rows(x.reshape(len(x), -1)).reshape(x.shape[1:])
    return add_up(x, axis)


def sum_of_rows(x):
    """The sum along the first axis of a matrix."""
    n, width = x.shape
    if n <= BLOCK:
        return ones((n,), x.dtype) @ x
    whole = n // BLOCK * BLOCK
    blocks = ones((BLOCK,), x.dtype) @ x[:whole].reshape(-1, BLOCK, width)
    return sum_of_rows(np.concatenate([blocks, x[whole:].sum(0, keepdims=True)]))


def mean(x, axis=None, keepdims=False):
    """The sum divided by the number of entries."""
    return averaged(x, axis, keepdims)


@in_float32
def averaged(x, axis, keepdims):
    """The same; short floats are divided before they are rounded."""
    return sum(x, axis, keepdims) / count(x.shape, axis)


summed = in_float32(sum)


def mean_of(x, axes):
    """The mean, kept as an axis of length 1: of an array, or recorded on a Tensor."""
    return call(MeanDim, x, x.shape, axes, True)


def prod(x, axis, keepdims):
    """The product."""
    return np.multiply.reduce(x, axis=axis, keepdims=keepdims)


def product_of_others(x, axis):
    """For every entry the product of all others along an axis; no division, so zeros are fine."""
    before = call(Shift, call(Cumprod, x, axis, False), axis, 1, 1)
    after = call(Shift, call(Cumprod, x, axis, True), axis, -1, 1)
    return before * after


@in_float32
def variance(x, axes, keepdims, correction):
    """Two passes: the mean, then the squared distances from it."""
    away = x - mean(x, axes, True)
    degrees = max(count(x.shape, axes) - correction, 0)
    total = sum(away * away, axes, keepdims)
    return total / total.dtype.type(degrees)  # 0 / 0 is nan, not an error


@in_float32
def deviation(x, axes, keepdims, correction):
    """The root of the variance."""
    return np.sqrt(variance(x, axes, keepdims, correction))


@in_float32
def logsumexp(x, axes, keepdims):
    """The logarithm of the sum of exponentials, with the largest taken out of the sum."""
    top = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    result = np.log(sum(np.exp(x - top), axes, keepdims))
    return result + top.reshape(result.shape)


@in_float32
def vector_norm(x, p, axes, keepdims):
    """(Σ |x|^p)^(1/p), with the shortcuts for the usual p."""
    size = np.abs(x)
    if p == 2:
        return np.sqrt(sum(x * x, axes, keepdims))
    if p == 1:
        return sum(size, axes, keepdims)
    if p == 0:
        return sum((x != 0).astype(x.dtype), axes, keepdims)
    if math.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=axes, keepdims=keepdims)
    return sum(size**p, axes, keepdims) ** (1 / p)
