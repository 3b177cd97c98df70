"""The same entries in another shape: most of these are views, which share memory."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from microtorch.ops.base import Op, call


class View(Op):
    """The same entries in another shape."""

    symbol = "reshape"
    operands = 1
    saves = ""
    views = True

    def forward(x, old, new):
        return x.reshape(new)

    def vjp(g, y, x, old, new):
        return (g.reshape(old),)


class ReshapeAlias(View):
    """A view of entries that do not lie side by side."""


class UnsafeView(View):
    """Another shape where no view can give it: the entries are copied."""

    views = False


class Squeeze(View):
    """Without all dimensions of length 1."""


class SqueezeDim(View):
    """Without one dimension of length 1."""

    name = "SqueezeBackward1"


class SqueezeDims(View):
    """Without several dimensions of length 1."""

    name = "SqueezeBackward2"


class Permute(Op):
    """The axes in another order."""

    operands = 1
    saves = ""
    views = True

    def forward(x, order):
        return np.transpose(x, order)

    def vjp(g, y, x, order):
        return (call(Permute, g, undoing(order)),)


class Transpose(Op):
    """Two axes swapped."""

    symbol = "T"
    operands = 1
    saves = ""
    views = True

    def forward(x, first, second):
        return x.swapaxes(first, second) if x.ndim else x

    def vjp(g, y, x, first, second):
        return (call(Transpose, g, first, second),)


class T(Transpose):
    """Matrix transpose, as ``x.t()``."""


class Expand(Op):
    """Axes of length 1 repeated; the engine's rule for broadcasting sums the gradient back."""

    operands = 1
    saves = ""
    views = True

    def forward(x, shape):
        y = np.broadcast_to(x, shape)
        # NumPy's is read-only, which is right only where entries are repeated.
        return x.reshape(shape) if y.size == x.size else y

    def vjp(g, y, x, shape):
        return (g,)


class Clone(Op):
    """A copy: y = x. Its memory is laid out as x's ("K"), or row by row ("C")."""

    operands = 1
    saves = ""

    def forward(x, order="K"):
        return np.array(x, order=order)

    def vjp(g, y, x, order="K"):
        return (g,)


class To(Op):
    """The same numbers in another dtype."""

    name = "ToCopyBackward0"
    operands = 1
    saves = ""

    def forward(x, old, new):
        return x.astype(new)

    def vjp(g, y, x, old, new):
        return (g.astype(old),)


class Diagonal(Op):
    """A diagonal of the last two, or any two, axes, as the last axis of the result."""

    operands = 1
    saves = ""
    views = True

    def forward(x, shape, offset, axis1, axis2):
        return diagonal(x, offset, axis1, axis2)

    def vjp(g, y, x, shape, offset, axis1, axis2):
        return (call(DiagonalPut, g, shape, offset, axis1, axis2),)


class DiagonalCopy(Diagonal):
    """The same as an array of its own, as ``torch.diag`` gives it."""

    name = "DiagonalBackward0_copy"
    views = False

    def forward(x, shape, offset, axis1, axis2):
        return diagonal(x, offset, axis1, axis2).copy()


class DiagonalPut(Op):
    """The way back of a diagonal: zeros of ``shape`` with g on that diagonal."""

    operands = 1
    saves = ""

    def forward(g, shape, offset, axis1, axis2):
        whole = np.zeros(shape, g.dtype)
        diagonal(whole, offset, axis1, axis2)[...] = g
        return whole

    def vjp(gg, y, g, shape, offset, axis1, axis2):
        return (call(Diagonal, gg, shape, offset, axis1, axis2),)


class DiagEmbed(DiagonalPut):
    """The last axis laid out as a diagonal of two axes."""


class Unfold(Op):
    """Windows of ``size`` entries, ``step`` apart, along an axis; each is a row at the end."""

    operands = 1
    saves = ""
    views = True

    def forward(x, shape, axis, size, step):
        windows = sliding_window_view(x, size, axis, writeable=x.flags.writeable)
        return windows[(slice(None),) * axis + (slice(None, None, step),)]

    def vjp(g, y, x, shape, axis, size, step):
        return (call(Fold, g, shape, axis, size, step),)


class Fold(Op):
    """The way back of windows: every entry is the sum of its places in the windows."""

    operands = 1
    saves = ""

    def forward(g, shape, axis, size, step):
        whole = np.zeros(shape, g.dtype)
        reach = g.shape[axis] * step
        for i in range(size):
            whole[(slice(None),) * axis + (slice(i, i + reach, step),)] += g[..., i]
        return whole

    def vjp(gg, y, g, shape, axis, size, step):
        return (call(Unfold, gg, shape, axis, size, step),)


class AsStrided(Op):
    """A view of the memory behind x, by shape, strides and offset.

    A layout is (shape, strides, offset), counted in entries of that memory, which are ``size``.
    """

    operands = 1
    saves = ""
    views = True

    def forward(x, size, old, new):
        return laid_out(as_strided(memory(x), (size,), (x.itemsize,)), new)

    def vjp(g, y, x, size, old, new):
        return (call(Relayout, g, size, new, old),)


class Relayout(Op):
    """What lies at the places of one layout, summed up and read by another."""

    operands = 1
    saves = ""

    def forward(g, size, old, new):
        whole = np.zeros(size, g.dtype)
        places = np.arange(size)
        np.add.at(whole, laid_out(places, old), g)
        return whole[laid_out(places, new)]

    def vjp(gg, y, g, size, old, new):
        return (call(Relayout, gg, size, new, old),)


def undoing(order):
    """The order of axes that undoes this one."""
    return tuple(np.argsort(order).tolist())


def opposite(numbers):
    """The same numbers with the other sign, also in pairs."""
    return tuple([opposite(n) if isinstance(n, tuple | list) else -n for n in numbers])


def diagonal(x, offset, axis1, axis2):
    """NumPy's diagonal, which can be written to if x can."""
    view = np.diagonal(x, offset, axis1, axis2)
    view.flags.writeable = x.flags.writeable
    return view


def laid_out(storage, layout):
    """A view of a one-dimensional array by (shape, strides, offset), all counted in entries."""
    shape, strides, offset = layout
    return as_strided(storage[offset:], shape, [storage.itemsize * n for n in strides])


def memory(x):
    """The array that owns the memory of a view."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x if isinstance(x, np.ndarray) else np.asarray(x)
