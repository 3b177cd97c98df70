"""Arrays joined into one."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from microtorch.ops.base import Op


class Cat(Op):
    """Arrays joined along an axis: any number of operands, then the axis, and where each lies."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis, _starts, _ends = arguments
        return np.asarray(np.concatenate(arrays, axis), order="C")

    def vjp(g, y, *arguments):
        *_, axis, starts, ends = arguments
        return tuple(
            [between(g, start, end, axis) for start, end in zip(starts, ends, strict=True)]
        )


def side_by_side(axis, lengths):
    """The settings of Cat: the axis, and where on it arrays of these lengths start and end."""
    ends = tuple(accumulate(lengths))
    return axis, (0, *ends[:-1]), ends


def between(x, start, end, axis):
    """The entries from start up to end along an axis."""
    return x[(slice(None),) * axis + (slice(start, end),)]


class Stack(Op):
    """Arrays of one shape joined along a new axis."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis = arguments
        return np.asarray(np.stack(arrays, axis), order="C")

    def vjp(g, y, *arguments):
        *arrays, axis = arguments
        return tuple([layer(g, i, axis) for i in range(len(arrays))])


def layer(x, i, axis):
    """What lies at place i along an axis."""
    return x[(slice(None),) * axis + (i,)]


class BlockDiag(Op):
    """Matrices along the diagonal of a larger one, zeros elsewhere; ``corners`` says where."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *matrices, corners = arguments
        return along_diagonal(matrices, corners)

    def vjp(g, y, *arguments):
        *_, corners = arguments
        return tuple([g[block] for block in blocks(corners)])


def along_diagonal(matrices, corners):
    """Zeros with each matrix in its block on the diagonal."""
    whole = np.zeros(corners[-1], np.result_type(*matrices))
    for x, block in zip(matrices, blocks(corners), strict=True):
        whole[block] = x
    return whole


def blocks(corners):
    """Each block as (rows, columns), between one corner (bottom, right) and the next."""
    return [
        (slice(top, bottom), slice(left, right))
        for (top, left), (bottom, right) in zip(((0, 0), *corners), corners, strict=False)
    ]
