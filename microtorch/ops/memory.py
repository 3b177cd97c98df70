"""What in-place changes mean for a gradient: part of a value was replaced by another."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call
from microtorch.ops.shaping import Clone


class Fill(Op):
    """Every entry becomes one number, so the values of before have no say any more."""

    name = "FillBackward2"
    operands = 1
    saves = ""

    def forward(x, number):
        return np.full(x.shape, number, x.dtype)

    def vjp(g, y, x, number):
        return (call(Fill, g, 0),)


class Zero(Fill):
    """Every entry becomes 0."""


class Copy(Op):
    """The values of another: y = source. Those of before have no say any more."""

    name = "CopyBackwards"
    operands = 2
    saves = ""

    def forward(x, source):
        return np.array(np.broadcast_to(source, x.shape), x.dtype)

    def vjp(g, y, x, source):
        return call(Fill, g, 0), g


class Kept(Clone):
    """The copy of a recorded gradient that a leaf keeps as its ``.grad``."""

    name = "CopyBackwards"


class PutView(Op):
    """A view put back into the value that it is a view of, after the view was changed in place."""

    name = "CopySlices"
    symbol = "put"
    operands = 2
    saves = ""

    def forward(x, value, op, params):
        y = np.array(x)
        op.forward(y, *params)[...] = value
        return y

    def vjp(g, y, x, value, op, params):
        return call(EraseView, g, op, params), seen(g, op, params)


def seen(x, op, params):
    """What a view shows of an array."""
    return call(op, x, *params)


class EraseView(Op):
    """Zero in the place of a view."""

    name = "CopySlices"
    symbol = "erase"
    operands = 1
    saves = ""

    def forward(g, op, params):
        kept = np.array(g)
        op.forward(kept, *params)[...] = 0
        return kept

    def vjp(gg, y, g, op, params):
        return (call(EraseView, gg, op, params),)
