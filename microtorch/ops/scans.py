"""Scans: running sums, products and extremes along one axis."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call


class Cumsum(Op):
    """Running sum: y_k = x_0 + ... + x_k (from the end, if reverse)."""

    operands = 1
    saves = ""

    def forward(x, axis, reverse):
        return running(np.add, x, axis, reverse)

    def vjp(g, y, x, axis, reverse):
        return (call(Cumsum, g, axis, not reverse),)


class Cumprod(Op):
    """Running product: y_k = x_0 x_1 ... x_k (from the end, if reverse).

    The gradients run back through y_k = x_k y_(k-1): no division, so zeros are no exception.
    """

    operands = 1
    saves = "yx"

    def forward(x, axis, reverse):
        return running(np.multiply, x, axis, reverse)

    def vjp(g, y, x, axis, reverse):
        if not g.shape:
            return (g,)
        back = -1 if reverse else 1
        later = call(Shift, x, axis, -back, 0)
        total = call(Recur, g, later, axis, not reverse)
        return (total * call(Shift, y, axis, back, 1),)


class Logcumsumexp(Op):
    """Running y_k = ln(e^x_0 + ... + e^x_k), computed without overflow."""

    operands = 1
    saves = "yx"

    def forward(x, axis):
        if not x.ndim:
            return x
        wide = x.astype(np.float64)
        with np.errstate(all="ignore"):
            return np.logaddexp.accumulate(wide, axis).astype(x.dtype)

    def vjp(g, y, x, axis):
        if not g.shape:
            return (g,)
        # Sum over j >= k of g_j e^(x_k - y_j): every factor is at most 1.
        share = np.exp(y - call(Shift, y, axis, -1, np.inf))
        return (call(Recur, g, share, axis, True) * np.exp(x - y),)


class Recur(Op):
    """Linear recurrence: y_k = a_k + b_k y_(k-1), from the first entry to the last.

    With reverse: y_k = a_k + b_k y_(k+1), from the last to the first.
    """

    operands = 2
    saves = "yab"

    def forward(a, b, axis, reverse):
        y = np.array(a)
        rows, factors = np.moveaxis(y, axis, 0), np.moveaxis(b, axis, 0)
        if reverse:
            rows, factors = rows[::-1], factors[::-1]
        for k in range(1, len(rows)):
            rows[k] += factors[k] * rows[k - 1]
        return y

    def vjp(g, y, a, b, axis, reverse):
        back = -1 if reverse else 1
        total = call(Recur, g, call(Shift, b, axis, -back, 0), axis, not reverse)
        return total, total * call(Shift, y, axis, back, 0)


class Shift(Op):
    """Entries moved one place along an axis; what moves in is the fill value."""

    operands = 1
    saves = ""

    def forward(x, axis, step, fill):
        y = np.full_like(x, fill)
        target, source = np.moveaxis(y, axis, 0), np.moveaxis(x, axis, 0)
        if step > 0:
            target[1:] = source[:-1]
        else:
            target[:-1] = source[1:]
        return y

    def vjp(g, y, x, axis, step, fill):
        return (call(Shift, g, axis, -step, 0),)


def running(ufunc, x, axis, reverse):
    """The running sum or product, added up in double precision and rounded once."""
    if not x.ndim:
        return x
    if x.dtype in (np.float16, np.float32):
        return running(ufunc, x.astype(np.float64), axis, reverse).astype(x.dtype)
    if reverse:
        return np.flip(ufunc.accumulate(np.flip(x, axis), axis), axis)
    return ufunc.accumulate(x, axis)
