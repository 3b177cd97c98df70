"""Entries added around an array: a constant, or its own entries mirrored, repeated, or wrapped."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call
from microtorch.ops.indexing import Index
from microtorch.ops.shaping import opposite


class Pad(Op):
    """A constant around x: for each axis (before, after); a negative width cuts off."""

    name = "ConstantPadNdBackward0"
    operands = 1
    saves = ""

    def forward(x, widths, value):
        lengths = [n + a + b for n, (a, b) in zip(x.shape, widths, strict=True)]
        y = np.full(lengths, value, x.dtype)
        inner = tuple(
            slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(y.shape, widths, strict=True)
        )
        kept = tuple(
            slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths, strict=True)
        )
        y[inner] = x[kept]
        return y

    def vjp(g, y, x, widths, value):
        return (call(Pad, g, opposite(widths), 0),)


class ReflectionPad1d(Index):
    """The last axis continued by its mirror image."""

    name = "ReflectionPad1DBackward0"


class ReflectionPad2d(Index):
    """The last two axes continued by their mirror image."""

    name = "ReflectionPad2DBackward0"


class ReflectionPad3d(Index):
    """The last three axes continued by their mirror image."""

    name = "ReflectionPad3DBackward0"


class ReplicationPad1d(Index):
    """The last axis continued by its first and last entry."""

    name = "ReplicationPad1DBackward0"


class ReplicationPad2d(Index):
    """The last two axes continued by their first and last entries."""

    name = "ReplicationPad2DBackward0"


class ReplicationPad3d(Index):
    """The last three axes continued by their first and last entries."""

    name = "ReplicationPad3DBackward0"


class CircularPad(Index):
    """The last axes continued by their own beginning and end."""

    name = "CopySlices"
