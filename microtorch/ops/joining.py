"""Arrays joined into one."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op


class Cat(Op):
    """Arrays joined along an axis: any number of operands, then the axis and where each ends.

    An empty vector may be among arrays of any shape; its end is None, and it is left out.
    """

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis, ends = arguments
        kept = [x for x, end in zip(arrays, ends, strict=True) if end is not None]
        return np.asarray(np.concatenate(kept or arrays, axis), order="C")

    def vjp(g, y, *arguments):
        *_, axis, ends = arguments
        before = (slice(None),) * axis
        parts, start = [], 0
        for end in ends:
            if end is None:
                parts.append(g.reshape((-1,))[:0])
            else:
                parts.append(g[(*before, slice(start, end))])
                start = end
        return tuple(parts)


class Stack(Op):
    """Arrays of one shape joined along a new axis."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *arrays, axis = arguments
        return np.asarray(np.stack(arrays, axis), order="C")

    def vjp(g, y, *arguments):
        *arrays, axis = arguments
        before = (slice(None),) * axis
        return tuple(g[(*before, i)] for i in range(len(arrays)))


class BlockDiag(Op):
    """Matrices along the diagonal of a larger one, zeros elsewhere; ``corners`` says where."""

    operands = -1
    saves = ""

    def forward(*arguments):
        *matrices, corners = arguments
        whole = np.zeros(corners[-1], np.result_type(*matrices))
        for x, block in zip(matrices, blocks(corners), strict=True):
            whole[block] = x
        return whole

    def vjp(g, y, *arguments):
        *_, corners = arguments
        return tuple(g[block] for block in blocks(corners))


def blocks(corners):
    """Each block as (rows, columns), between one corner (bottom, right) and the next."""
    return [
        (slice(top, bottom), slice(left, right))
        for (top, left), (bottom, right) in zip(((0, 0), *corners), corners, strict=False)
    ]
