"""Operations that move entries about without changing them."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call


class View(Op):
    """The same entries in another shape."""

    symbol = "reshape"
    operands = 1
    saves = ""

    def forward(x, old, new):
        return x.reshape(new)

    def vjp(g, y, x, old, new):
        return (g.reshape(old),)


class Permute(Op):
    """The axes in another order."""

    operands = 1
    saves = ""

    def forward(x, order):
        return np.transpose(x, order)

    def vjp(g, y, x, order):
        return (np.transpose(g, tuple(np.argsort(order).tolist())),)


class Transpose(Op):
    """Two axes swapped."""

    symbol = "T"
    operands = 1
    saves = ""

    def forward(x, first, second):
        return np.swapaxes(x, first, second)

    def vjp(g, y, x, first, second):
        return (np.swapaxes(g, first, second),)


class T(Transpose):
    """Matrix transpose, as ``x.t()``."""


class Expand(Op):
    """Axes of length 1 repeated; the engine's rule for broadcasting sums the gradient back."""

    operands = 1
    saves = ""

    def forward(x, shape):
        return np.broadcast_to(x, shape)

    def vjp(g, y, x, shape):
        return (g,)


class Clone(Op):
    """A copy: y = x."""

    saves = ""

    def forward(x):
        return x.copy()

    def vjp(g, y, x):
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


class Index(Op):
    """Entries picked by lists, masks or integer tensors: y = x[index]."""

    symbol = "[ ]"
    operands = 1
    saves = ""

    def forward(x, shape, index):
        return x[index]

    def vjp(g, y, x, shape, index):
        return (call(Unpick, g, shape, index),)


class Select(Index):
    """Entries picked by a whole number: x[0]."""


class Slice(Index):
    """Entries picked by a slice: x[1:3]."""


class Unsqueeze(Index):
    """A new axis of length 1: x[None]."""


class Unpick(Op):
    """The way back of picking: a zero array with g added at the picked places."""

    name = "IndexPutBackward0"
    symbol = "put"
    operands = 1
    saves = ""

    def forward(g, shape, index):
        whole = np.zeros(shape, g.dtype)
        np.add.at(whole, index, g)
        return whole

    def vjp(gg, y, g, shape, index):
        return (gg[index],)


class Cat(Op):
    """Arrays joined along an axis: any number of operands, then the axis and where each ends."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis, _ = arguments
        return np.concatenate(arrays, axis)

    def vjp(g, y, *arguments):
        *_, axis, ends = arguments
        starts = (0, *ends[:-1])
        before = (slice(None),) * axis
        return tuple(g[(*before, slice(i, j))] for i, j in zip(starts, ends, strict=True))


class Stack(Op):
    """Arrays of one shape joined along a new axis."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis = arguments
        return np.stack(arrays, axis)

    def vjp(g, y, *arguments):
        *arrays, axis = arguments
        before = (slice(None),) * axis
        return tuple(g[(*before, i)] for i in range(len(arrays)))
