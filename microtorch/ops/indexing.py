"""Entries picked out of an array, and entries put into one.

One mechanism serves ``x[...]`` and everything that chooses entries by number: gather, take,
index_select, sort, embedding. :class:`Places` says which entries; :class:`Index` reads them,
:class:`Unpick` is the way back; :class:`SetItem`, :class:`IndexAdd` and :class:`IndexFill` write.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from microtorch.ops.base import Op, call


class Places(NamedTuple):
    """Which entries of an array: first ``basic``, then ``advanced`` on what that gives."""

    basic: tuple[Any, ...] | None = None  # numbers, slices, None, Ellipsis: gives a view
    advanced: tuple[Any, ...] | None = None  # one mask, or arrays of integers; full slices
    unique: bool = True  # whether no entry is picked twice


class Index(Op):
    """Entries picked by lists, masks or integer tensors: y = x[index]."""

    symbol = "[ ]"
    operands = 1
    saves = ""

    def forward(x, shape, places):
        return pick(x, places)

    def vjp(g, y, x, shape, places):
        return (call(Unpick, g, shape, places),)


class BasicIndex(Op, abstract=True):
    """Entries picked by numbers, slices, None and Ellipsis alone: a view."""

    symbol = "[ ]"
    operands = 1
    saves = ""
    views = True

    def forward(x, shape, index):
        return x[index]

    def vjp(g, y, x, shape, index):
        return (call(Unpick, g, shape, Places(index)),)


class Slice(BasicIndex):
    """Entries picked by a slice: x[1:3]."""


class Select(BasicIndex):
    """Entries picked by a whole number: x[0]."""


class Unsqueeze(BasicIndex):
    """A new axis of length 1: x[None]."""


class Alias(BasicIndex):
    """All entries: x[...]."""


class Split(BasicIndex):
    """One of the parts of equal length."""


class SplitWithSizes(BasicIndex):
    """One of the parts of given lengths."""


class Unbind(BasicIndex):
    """One of the entries along an axis."""


class Unpick(Op):
    """The way back of picking: a zero array with g added at the picked places."""

    name = "IndexPutBackward0"
    symbol = "put"
    operands = 1
    saves = ""

    def forward(g, shape, places):
        if not places.unique:
            return add_up(g, shape, places)
        whole = np.zeros(shape, g.dtype)
        put(whole, places, g)
        return whole

    def vjp(gg, y, g, shape, places):
        return (call(Index, gg, shape, places),)


class SetItem(Op):
    """A copy of x with other entries at some places: x[index] = value."""

    name = "CopySlices"
    symbol = "[ ]="
    operands = 2
    saves = ""

    def forward(x, value, places):
        y = np.array(x, order="C")
        put(y, places, value)
        return y

    def vjp(g, y, x, value, places):
        return lambda: call(IndexFill, g, places, 0), lambda: call(Index, g, g.shape, places)

    lazy = True


class IndexPut(SetItem):
    """Entries replaced at places named by integers: ``x.index_put``."""


class IndexAdd(Op):
    """A copy of x with ``source`` added at some places; a place named twice gets both."""

    symbol = "[ ]+="
    operands = 2
    saves = ""

    def forward(x, source, places):
        return x + Unpick.forward(source, x.shape, places)

    def vjp(g, y, x, source, places):
        return lambda: g, lambda: call(Index, g, g.shape, places)

    lazy = True


class IndexPutAdd(IndexAdd):
    """``x.index_put`` that accumulates."""

    name = "IndexPutBackward0"


class IndexFill(Op):
    """A copy of x with one number at some places."""

    operands = 1
    saves = ""

    def forward(x, places, number):
        y = np.array(x)
        put(y, places, number)
        return y

    def vjp(g, y, x, places, number):
        return (call(IndexFill, g, places, 0),)


# How it is done -------------------------------------------------------------------------------


def pick(x, places):
    """The entries at these places: a view if there is no advanced index."""
    basic, advanced, _ = places
    if basic is not None:
        x = x[basic]
    if advanced is None:
        return x
    if is_one_list(advanced):
        return np.take(x, advanced[-1], len(advanced) - 1)
    return np.asarray(x[advanced], order="C")


def put(x, places, value):
    """Write value to these places of x."""
    basic, advanced, _ = places
    part = x if basic is None else x[basic]
    part[... if advanced is None else advanced] = value


def is_one_list(advanced):
    """Whether a single array of integers comes after full slices."""
    *before, last = advanced
    return last.dtype != bool and all(isinstance(part, slice) for part in before)


def add_up(g, shape, places):
    """Zeros with g added at the places, some of which are named more than once.

    The picked axes are moved to the front and made one, so that rows are added to rows.
    """
    whole = np.zeros(shape, g.dtype)
    part = whole if places.basic is None else whole[places.basic]
    axes = [i for i, index in enumerate(places.advanced) if not isinstance(index, slice)]
    lengths = [part.shape[axis] for axis in axes]
    rows = 0
    for axis, n in zip(axes, lengths, strict=True):
        rows = rows * n + places.advanced[axis] % max(n, 1)
    side_by_side = axes[-1] - axes[0] == len(axes) - 1
    first = axes[0] if side_by_side else 0  # where the picked axes stand in g
    front = np.moveaxis(g, range(first, first + rows.ndim), range(rows.ndim))
    width = math.prod(front.shape[rows.ndim :])
    target = np.moveaxis(part, axes, range(len(axes)))
    added = sum_rows(front.reshape(rows.size, width), rows.reshape(-1), math.prod(lengths))
    target[...] = added.reshape(target.shape)
    return whole


def sum_rows(g, rows, count):
    """``count`` rows of sums: row i of g is added to row ``rows[i]``.

    NumPy's add.at is fast for single numbers only. A product with the table (row i goes to row j)
    is the fastest for few rows; sorting them first, for many.
    """
    if g.shape[1] == 1 or g.dtype.kind != "f" or not g.size:
        total = np.zeros((count, g.shape[1]), g.dtype)
        if g.shape[1] == 1:
            np.add.at(total[:, 0], rows, g[:, 0])
        else:
            np.add.at(total, rows, g)
        return total
    if count <= 128 and g.dtype != np.float16:
        table = np.zeros((count, rows.size), g.dtype)
        table[rows, np.arange(rows.size)] = 1
        total = table @ np.ascontiguousarray(g)  # BLAS takes no repeated rows
        if np.isfinite(total).all():  # else 0 x infinity has spread through the product
            return total
    total = np.zeros((count, g.shape[1]), g.dtype)
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    total[ordered[starts]] = np.add.reduceat(g[order], starts, axis=0)
    return total
