"""Convolution: the same small set of weights is laid on every place of the input.

All windows of the input are written side by side as columns (im2col), so that a convolution is one
matrix product. In y, input and weight it is linear in each, so its three derivatives are each
other's: from (x, w) to y, from (y, w) back to x, and from (y, x) back to w.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from microtorch.ops.base import Op, call, is_array, mT
from microtorch.ops.kernels import (
    Memo,
    Sizes,
    column_sum,
    in_float32,
    inside,
    ones,
    overlap_add,
    padded,
    windows,
    windows_along,
)


class Slide(NamedTuple):
    """How a window slides over its input: one number of each kind for every length."""

    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int = 1


def columns(x, kernel, slide, positions=None):
    """All windows of x as columns: (batch, groups, entries of a window, positions).

    With ``positions`` only so many of them along each length.
    """
    x = padded(x, slide.padding, slide.padding)
    if math.prod(kernel) == 1 and max(slide.stride) == 1:  # a window is one entry: no copy
        return rows(x, slide)
    parts = windows(x, kernel, slide.stride, slide.dilation)
    if positions is not None:
        parts = trimmed(parts, positions)
    entries = x.shape[1] // slide.groups * math.prod(kernel)
    count = math.prod(parts.shape[2 + len(kernel) :])
    return parts.reshape(len(x), slide.groups, entries, count)


def trimmed(x, lengths):
    """The beginning of x, of given lengths: an output_padding makes room for more windows."""
    if x.shape[len(x.shape) - len(lengths) :] == lengths:
        return x
    return x[(..., *[slice(n) for n in lengths])]


def grouped(w, slide):
    """The weights as one matrix for each group: (groups, outputs, entries of a window)."""
    return w.reshape(slide.groups, len(w) // slide.groups, math.prod(w.shape[1:]))


def rows(y, slide):
    """A result as (batch, groups, outputs, positions)."""
    return y.reshape(len(y), slide.groups, y.shape[1] // slide.groups, math.prod(y.shape[2:]))


@in_float32
def convolve(x, w, slide, memo=None):
    """y from x and w: one matrix product."""
    parts = columns(x, w.shape[2:], slide)
    if memo is not None:
        memo.keep(x, parts)
    lengths = [n + 2 * p for n, p in zip(x.shape[2:], slide.padding, strict=True)]
    positions = windows_along(lengths, w.shape[2:], slide.stride, slide.dilation)
    return (grouped(w, slide) @ parts).reshape(len(x), len(w), *positions)


@in_float32
def convolve_back(y, w, lengths, slide):
    """x from y and w: every window gets back what it gave, and windows overlap."""
    parts = mT(grouped(w, slide)) @ rows(y, slide)
    channels = w.shape[1] * slide.groups
    whole = [n + 2 * p for n, p in zip(lengths, slide.padding, strict=True)]
    parts = parts.reshape(len(y), channels, *w.shape[2:], *y.shape[2:])
    x = overlap_add(parts, whole, w.shape[2:], slide.stride, slide.dilation)
    return x[inside(slide.padding, lengths)]


@in_float32
def convolve_weights(y, parts, shape, slide):
    """w from y and the windows of x."""
    return (rows(y, slide) @ mT(parts)).sum(0).reshape(shape)


def add_bias(y, b):
    """y + b, one number for each channel; y is ours, so it is changed in place."""
    repeated = np.repeat(b, math.prod(y.shape[2:]))  # one long row is added faster than many
    flat = y.reshape((len(y), repeated.size), copy=False)
    flat += repeated
    return y


def bias_gradient(g):
    """The sum over all but the channels."""
    if not is_array(g):
        return g.sum((0, *range(2, len(g.shape))))
    flat = g.reshape(*g.shape[:2], math.prod(g.shape[2:]))
    return column_sum(flat @ ones((flat.shape[2],), g.dtype))


class Convolution(Op):
    """Every place of the input, weighted: y = sum over windows of w x."""

    symbol = "conv"
    operands = 2
    lazy = True

    def forward(x, w, slide, memo):
        return convolve(x, w, slide, memo)

    def vjp(g, y, x, w, slide, memo):
        def weights():
            if is_array(g):
                parts = memo.take(x, columns, w.shape[2:], slide)
                return convolve_weights(g, parts, w.shape, slide)
            return call(KernelGradient, g, x, w.shape, slide)

        return lambda: call(TransposedConvolution, g, w, x.shape[2:], slide), weights


class ConvolutionWithBias(Convolution):
    """Convolution, and a number added to each channel."""

    name = "ConvolutionBackward0"
    operands = 3

    def forward(x, w, b, slide, memo):
        return add_bias(convolve(x, w, slide, memo), b)

    def vjp(g, y, x, w, b, slide, memo):
        return *Convolution.vjp(g, y, x, w, slide, memo), lambda: bias_gradient(g)


class TransposedConvolution(Op):
    """The way back of a convolution: every number is spread over the window it stands for."""

    name = "ConvolutionBackward0"
    symbol = "convᵀ"
    operands = 2
    lazy = True

    def forward(x, w, lengths, slide):
        return convolve_back(x, w, lengths, slide)

    def vjp(g, y, x, w, lengths, slide):
        return (
            lambda: trimmed(call(Convolution, g, w, slide, Memo()), x.shape[2:]),
            lambda: call(KernelGradient, x, g, w.shape, slide),
        )


class TransposedConvolutionWithBias(TransposedConvolution):
    """Transposed convolution, and a number added to each channel."""

    name = "ConvolutionBackward0"
    operands = 3

    def forward(x, w, b, lengths, slide):
        return add_bias(np.ascontiguousarray(convolve_back(x, w, lengths, slide)), b)

    def vjp(g, y, x, w, b, lengths, slide):
        parts = TransposedConvolution.vjp(g, y, x, w, lengths, slide)
        return *parts, lambda: bias_gradient(g)


class KernelGradient(Op):
    """What each weight of a convolution adds up to: from the result's gradient and the input."""

    name = "ConvolutionBackwardBackward0"
    operands = 2
    lazy = True

    def forward(y, x, shape, slide):
        return convolve_weights(y, columns(x, shape[2:], slide, y.shape[2:]), shape, slide)

    def vjp(g, out, y, x, shape, slide):
        return (
            lambda: trimmed(call(Convolution, x, g, slide, Memo()), y.shape[2:]),
            lambda: call(TransposedConvolution, y, g, x.shape[2:], slide),
        )
