"""Images in another size: resampled, or with their channels rearranged into places."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call
from microtorch.ops.indexing import Places, Unpick
from microtorch.ops.kernels import in_float32


class UpsampleNearest2D(Op):
    """Every new place takes the value of the old place nearest to it.

    ``index`` picks them: all of the batch and channels, then one array for each length.
    """

    symbol = "resize"
    operands = 1
    saves = ""

    def forward(x, shape, index):
        return x[index]

    def vjp(g, y, x, shape, index):
        return (call(Unpick, g, shape, Places(None, index, unique=False)),)


class UpsampleNearest1D(UpsampleNearest2D):
    """The same for one length."""


class UpsampleNearest3D(UpsampleNearest2D):
    """The same for three lengths."""


class UpsampleNearestExact1D(UpsampleNearest2D):
    """The same for one length, measured from the middle of each place."""


class UpsampleNearestExact2D(UpsampleNearest2D):
    """The same, measured from the middle of each place."""


class UpsampleNearestExact3D(UpsampleNearest2D):
    """The same for three lengths, measured from the middle of each place."""


class Resample(Op, abstract=True):
    """Every new place is a weighted sum of old places: one matrix of weights for each length."""

    symbol = "resize"
    operands = 1
    saves = ""

    @in_float32
    def forward(x, matrices):
        for axis, matrix in enumerate(matrices, start=2):
            x = (x.swapaxes(axis, -1) @ matrix.astype(x.dtype).T).swapaxes(axis, -1)
        return np.ascontiguousarray(x)

    def vjp(g, y, x, matrices):
        return (call(UpsampleBilinear2D, g, transposed(matrices)),)


def transposed(matrices):
    """Each of the matrices on its side: what took from an old place now brings to it."""
    return tuple([matrix.T for matrix in matrices])


class UpsampleLinear1D(Resample):
    """Linear between the old places, for one length."""


class UpsampleBilinear2D(Resample):
    """Linear between the old places."""


class UpsampleTrilinear3D(Resample):
    """Linear between the old places, for three lengths."""


class UpsampleBicubic2D(Resample):
    """A smooth curve through the old places."""


class PixelShuffle(Op):
    """Groups of r x r channels become squares of r x r places: sharper, with fewer channels."""

    operands = 1
    saves = ""

    def forward(x, r):
        *batch, channels, height, width = x.shape
        x = x.reshape(*batch, channels // (r * r), r, r, height, width)
        x = np.moveaxis(x, (-4, -3), (-3, -1))
        return x.reshape(*batch, channels // (r * r), height * r, width * r)

    def vjp(g, y, x, r):
        return (call(PixelUnshuffle, g, r),)


class PixelUnshuffle(Op):
    """The way back of pixel shuffle: squares of r x r places become channels."""

    operands = 1
    saves = ""

    def forward(x, r):
        *batch, channels, height, width = x.shape
        x = x.reshape(*batch, channels, height // r, r, width // r, r)
        x = np.moveaxis(x, (-3, -1), (-4, -3))
        return x.reshape(*batch, channels * r * r, height // r, width // r)

    def vjp(g, y, x, r):
        return (call(PixelShuffle, g, r),)


class ChannelShuffle(Op):
    """Channels dealt out anew: the first of every group, then the second of every group, ..."""

    operands = 1
    saves = ""

    def forward(x, groups):
        n, channels, *lengths = x.shape
        x = x.reshape(n, groups, channels // groups, *lengths)
        return x.swapaxes(1, 2).reshape(n, channels, *lengths)

    def vjp(g, y, x, groups):
        return (call(ChannelShuffle, g, g.shape[1] // groups),)
