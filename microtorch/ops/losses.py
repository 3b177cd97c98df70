"""Losses: how far predictions are from what they should be, as one number or one for each entry."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from microtorch.ops.arithmetic import Div
from microtorch.ops.base import Op, call, is_array
from microtorch.ops.exponentials import Sigmoid
from microtorch.ops.indexing import Places, Unpick
from microtorch.ops.kernels import in_float32, ones
from microtorch.ops.reductions import VectorNorm
from microtorch.ops.softmax import Softmax, below_maximum, log_softmax, softmax, total


def reduced(entries, reduction):
    """The entries themselves ("none"), their "sum" or their "mean"."""
    if reduction == "none":
        return entries
    total = np.add.reduce(entries, axis=None)
    return total if reduction == "sum" else total / entries.size


def upstream(g, x, reduction):
    """What arrives at each entry: for a mean, every entry has the local gradient 1/n."""
    return g / math.prod(x.shape) if reduction == "mean" else g


class DivNumber(Div):
    """Division by a plain number (PyTorch has a second name for it)."""

    name = "DivBackward1"


class DistanceNorm(VectorNorm):
    """The length of a difference (PyTorch has a second name for the norm)."""

    name = "NormBackward1"


class MseLoss(Op):
    """Squared error: (a - b)^2."""

    operands = 2

    @in_float32
    def forward(a, b, reduction):
        d = a - b
        return reduced(d * d, reduction)

    def vjp(g, y, a, b, reduction):
        slope = (2 * upstream(g, a, reduction)) * (a - b)
        return slope, -slope


class SmoothL1Loss(Op):
    """Absolute error |d| - beta/2, rounded off to d^2 / (2 beta) where |d| < beta."""

    operands = 2

    @in_float32
    def forward(a, b, beta, reduction):
        d = np.abs(a - b)
        return reduced(np.where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)

    def vjp(g, y, a, b, beta, reduction):
        d = a - b
        slope = upstream(g, a, reduction) * np.where(np.abs(d) < beta, d / beta, np.sign(d))
        return slope, -slope


class HuberLoss(Op):
    """Squared error d^2 / 2, which goes on as a straight line where |d| > delta."""

    operands = 2

    @in_float32
    def forward(a, b, delta, reduction):
        d = np.abs(a - b)
        return reduced(np.where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)

    def vjp(g, y, a, b, delta, reduction):
        d = a - b
        slope = upstream(g, a, reduction) * np.where(np.abs(d) <= delta, d, delta * np.sign(d))
        return slope, -slope


class SoftMarginLoss(Op):
    """ln(1 + e^(-t x)) for targets t of 1 and -1."""

    operands = 1

    def forward(x, t, reduction):
        return reduced(np.log1p(np.exp(-t * x)), reduction)

    def vjp(g, y, x, t, reduction):
        return (upstream(g, x, reduction) * (-t * call(Sigmoid, -t * x)),)


# ---------------------------------------------------------------- yes or no


class BinaryCrossEntropy(Op):
    """-(t ln x + (1 - t) ln(1 - x)), with logarithms cut off at -100; x is a probability."""

    symbol = "bce"
    operands = 2

    @in_float32
    def forward(x, t, weight, reduction):
        entries = (t - 1) * np.maximum(np.log1p(-x), -100) - t * np.maximum(np.log(x), -100)
        return reduced(entries if weight is None else entries * weight, reduction)

    def vjp(g, y, x, t, weight, reduction):
        g = upstream(g, x, reduction)
        g = g if weight is None else g * weight
        return g * (x - t) / np.maximum((1 - x) * x, 1e-12), g * (np.log(1 - x) - np.log(x))


class BinaryCrossEntropyWithLogits(Op):
    """The same for x = sigmoid(logit), exact also where that is close to 0 or 1.

    (1 - t) x - ln sigmoid(x), whose derivative is sigmoid(x) - t. With a positive weight p, the
    part of t counts p times.
    """

    symbol = "bce"
    operands = 2

    @in_float32
    def forward(x, t, weight, positive, reduction):
        log_part = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))  # ln sigmoid(x)
        times = 1 if positive is None else 1 + (positive - 1) * t
        entries = (1 - t) * x - times * log_part
        return reduced(entries if weight is None else entries * weight, reduction)

    def vjp(g, y, x, t, weight, positive, reduction):
        g = upstream(g, x, reduction)
        g = g if weight is None else g * weight
        s = call(Sigmoid, x)
        if positive is None:
            return g * (s - t), g * -x
        gained = positive * t
        return (
            g * ((gained + 1 - t) * s - gained),
            g * (-x - (positive - 1) * np.log(s)),
        )


# ---------------------------------------------------------------- one class of several
# Classes lie along axis 1, or along axis 0 if there is no batch. ``index`` picks the entry of the
# right class for every sample; ``factor`` is the sample's weight, 0 where it is ignored.


def class_index(target, axis):
    """The index that picks, for every sample, the entry of its class."""
    samples = sample_index(target.shape)
    return (*samples[:axis], target, *samples[axis:])


@lru_cache(64)
def sample_index(shape):
    """The index that picks every sample. Nobody may write into it."""
    return tuple(np.ogrid[tuple(slice(n) for n in shape)]) if shape else ()


def all_one(factor):
    """Whether no class has a weight and no sample is ignored: then the factor is this one array."""
    return factor is ones(factor.shape, factor.dtype)


def per_sample(g, factor, reduction):
    """What arrives at each sample: a mean is the sum over the sum of all weights."""
    if reduction != "mean":
        return g * factor
    total = factor.size if all_one(factor) else np.add.reduce(factor, axis=None)
    return (g / total if total else g) * factor  # if all are ignored, all are 0


def together(entries, factor, reduction):
    """The losses of the samples, times their weights: each, or their sum or mean."""
    plain = all_one(factor)
    if not plain:
        entries = entries * factor
        entries = np.where(factor == 0, factor, entries)  # what is ignored may be infinite
    if reduction == "none":
        return entries
    total = np.add.reduce(entries, axis=None)
    if reduction == "sum":
        return total
    count = entries.dtype.type(factor.size) if plain else np.add.reduce(factor, axis=None)
    return total / count


class NllLoss(Op):
    """Negative log-likelihood: -x at the right class, where x holds log-probabilities."""

    symbol = "nll_loss"
    operands = 1
    saves = ""

    @in_float32
    def forward(x, shape, index, factor, reduction):
        return together(-x[index], factor, reduction)

    def vjp(g, y, x, shape, index, factor, reduction):
        return (call(Unpick, -per_sample(g, factor, reduction), shape, Places(None, index)),)


class NllLoss2D(NllLoss):
    """The same for a class at every place of an image (PyTorch has a second name for it)."""

    name = "NllLoss2DBackward0"


class CrossEntropyLoss(Op):
    """log_softmax and negative log-likelihood in one: its gradient is softmax(x) - one_hot(t)."""

    name = "NllLossBackward0"
    symbol = "cross_entropy"
    operands = 1

    def forward(x, index, factor, axis, reduction, memo):
        if x.dtype == np.float16 or not x.size:
            return together(-log_softmax(x, axis)[index], factor, reduction)
        z = below_maximum(x, axis)
        right = z[index]
        p = np.exp(z, out=z)
        sums = total(p, axis)
        p /= sums
        memo.keep(x, p)
        return together(np.log(sums).reshape(right.shape) - right, factor, reduction)

    def vjp(g, y, x, index, factor, axis, reduction, memo):
        if not is_array(g):
            scale = per_sample(g, factor, reduction)
            picked = call(Unpick, -scale, x.shape, Places(None, index))
            p = call(Softmax, x, axis)
            return (picked - p * np.sum(picked, axis=axis, keepdims=True),)
        p = memo.take(x, softmax, axis)
        if reduction == "mean" and all_one(factor):
            scale = g / factor.size  # one number for all samples
            p *= scale
        else:
            scale = per_sample(g, factor, reduction)
            p *= scale[(slice(None),) * axis + (None,)]
        p[index] -= scale
        return (p,)


class CrossEntropyLoss2D(CrossEntropyLoss):
    """The same for a class at every place of an image (PyTorch has a second name for it)."""

    name = "NllLoss2DBackward0"


# ---------------------------------------------------------------- margins


def others(target, classes):
    """For each sample, which classes are not its own."""
    return target[:, None] != np.arange(classes)


def excess(x, target, margin):
    """How far each wrong class is inside of the margin: m - x_t + x_i."""
    right = x[np.arange(len(target)), target].reshape((-1, 1))
    return (margin - right + x) * others(target, x.shape[1])


class MultiMarginLoss(Op):
    """Every wrong class should score lower than the right one: max(0, m - x_t + x_i)^p."""

    operands = 1

    def forward(x, target, p, margin, weight, reduction):
        inside = np.maximum(excess(x, target, margin), 0)
        entries = (inside * inside if p == 2 else inside) * weight[target][:, None]
        return reduced(entries.sum(1) / x.dtype.type(x.shape[1]), reduction)

    def vjp(g, y, x, target, p, margin, weight, reduction):
        inside = excess(x, target, margin)
        share = weight[target][:, None] / weight.dtype.type(x.shape[1])
        slope = (inside > 0) * share * (2 * inside if p == 2 else 1)
        g = g / len(target) if reduction == "mean" else g
        part = slope * (g.reshape((-1, 1)) if reduction == "none" else g)
        own = np.logical_not(others(target, x.shape[1]))
        return (part - np.sum(part, axis=1, keepdims=True) * own,)


def pair_excess(x):
    """1 - x_j + x_i for each pair (j, i)."""
    return 1 - x[:, :, None] + x[:, None, :]


def pairs(right):
    """How often each pair of a right class j and a wrong class i counts, over the classes."""
    return right[:, :, None] * (right[:, None, :] == 0) / right.dtype.type(right.shape[1])


class MultilabelMarginLoss(Op):
    """Every right class should score higher than every wrong one by 1: max(0, 1 - x_j + x_i).

    ``right`` counts how often each class is named as a right one.
    """

    operands = 1

    def forward(x, right, reduction):
        return reduced((np.maximum(pair_excess(x), 0) * pairs(right)).sum((1, 2)), reduction)

    def vjp(g, y, x, right, reduction):
        g = g / len(right) if reduction == "mean" else g
        slope = (pair_excess(x) > 0) * pairs(right)
        slope = slope * (g.reshape((-1, 1, 1)) if reduction == "none" else g)
        return (np.sum(slope, axis=1) - np.sum(slope, axis=2),)
