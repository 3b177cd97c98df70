"""Entries in other places: flipped, rolled, repeated, cut to a triangle."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call
from microtorch.ops.shaping import DiagonalPut, Expand, opposite


class Flip(Op):
    """The order of the entries reversed along axes."""

    operands = 1
    saves = ""

    def forward(x, axes):
        return np.array(np.flip(x, axes))

    def vjp(g, y, x, axes):
        return (call(Flip, g, axes),)


class Roll(Op):
    """Entries moved along axes; what leaves at one end comes in at the other.

    ``axes`` None: along the flattened array.
    """

    operands = 1
    saves = ""

    def forward(x, shifts, axes):
        return np.asarray(np.roll(x, shifts if axes else shifts[0], axes), order="C")

    def vjp(g, y, x, shifts, axes):
        return (call(Roll, g, opposite(shifts), axes),)


class Rot90(Op):
    """A plane of two axes turned ``times`` times by 90 degrees, from the first to the second."""

    operands = 1
    saves = ""

    def forward(x, times, axes):
        return np.array(np.rot90(x, times, axes))

    def vjp(g, y, x, times, axes):
        return (call(Rot90, g, -times, axes),)


class Repeat(Op):
    """The whole array repeated along its axes. ``shape`` is x's, with 1s in front for new axes."""

    operands = 1
    saves = ""

    def forward(x, shape, times):
        return np.asarray(np.tile(x, times), order="C")

    def vjp(g, y, x, shape, times):
        return (sum_of_copies(g, shape, times),)


def sum_of_copies(g, shape, times):
    """The sum over all copies that lie side by side along the axes."""
    pairs = [n for pair in zip(times, shape, strict=True) for n in pair]
    return g.reshape(tuple(pairs)).sum(tuple(range(0, len(pairs), 2)))


class Tril(Op):
    """The lower triangle of matrices, up to diagonal ``k``; zeros above it."""

    operands = 1
    saves = ""

    def forward(x, k):
        return np.asarray(np.tril(x, k), order="C")

    def vjp(g, y, x, k):
        return (call(Tril, g, k),)


class Triu(Op):
    """The upper triangle of matrices, from diagonal ``k`` on; zeros below it."""

    operands = 1
    saves = ""

    def forward(x, k):
        return np.asarray(np.triu(x, k), order="C")

    def vjp(g, y, x, k):
        return (call(Triu, g, k),)


class Trace(Op):
    """The sum of the diagonal of a matrix."""

    operands = 1
    saves = ""

    def forward(x, shape):
        return np.trace(x, dtype=x.dtype if x.dtype.kind == "f" else np.int64)

    def vjp(g, y, x, shape):
        return (call(DiagonalPut, call(Expand, g, (min(shape),)), shape, 0, 0, 1),)
