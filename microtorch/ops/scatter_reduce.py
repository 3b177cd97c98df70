"""Entries combined with those at places chosen by number: sum, product, mean, largest, smallest."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call, is_array
from microtorch.ops.indexing import Index, IndexFill, pick, put

UFUNC = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
}


class ScatterReduce(Op):
    """y = x, each entry combined with all entries of ``src`` that are sent to its place.

    Without ``include_self`` x itself takes no part where something arrives. Equal largest (or
    smallest) ones share the gradient evenly.
    """

    saves = "xy"
    operands = 2

    def forward(x, src, places, reduce, include_self):
        y = np.array(x)
        if not include_self:
            put(y, places, neutral(reduce, x.dtype))
        UFUNC[reduce].at(y, places.advanced, src)
        if reduce == "mean":
            n = arrivals(y, places, include_self)
            y = y // n if y.dtype.kind in "iu" else y / n
        return y

    def vjp(g, y, x, src, places, reduce, include_self):
        if reduce == "prod":
            of_x, of_src = product_rule(g, y, x, src, places, include_self)
        elif reduce == "sum":
            of_x, of_src = g, call(Index, g, x.shape, places)
        elif reduce == "mean":
            share = g / arrivals(raw(y), places, include_self)
            of_x, of_src = share, call(Index, share, x.shape, places)
        else:
            share = g / ties(x, src, y, places, include_self)
            of_x = share * same(x, raw(y))
            of_src = call(Index, share, x.shape, places) * same(src, pick(raw(y), places))
        return (of_x if include_self else call(IndexFill, of_x, places, 0)), of_src


def ties(x, src, y, places, include_self):
    """How many numbers are as large (or as small) as the result, at each place."""
    count = same(x, raw(y))
    if not include_self:
        put(count, places, 0)
    np.add.at(count, places.advanced, same(src, pick(raw(y), places)))
    return np.maximum(count, 1)


def same(x, y):
    """1 where two arrays are equal, else 0."""
    return (raw(x) == y).astype(y.dtype)


def product_rule(g, y, x, src, places, include_self):
    """Each factor's slope is the product of the others: y / factor, unless the factor is 0."""
    of_x = g * y / (x + (raw(x) == 0))
    of_src = call(Index, g * y, x.shape, places) / (src + (raw(src) == 0))
    zeros = (raw(x) == 0, raw(src) == 0)
    if not (zeros[0].any() or zeros[1].any()):
        return of_x, of_src
    if not is_array(g):
        raise NotImplementedError(
            "scatter_reduce(): the second derivative of a product with a factor 0 is not supported "
            "by microtorch.\nHint: keep the factors away from 0, or multiply them one by one."
        )
    return others(g, x, src, places, include_self)


def others(g, x, src, places, include_self):
    """The same where some factors are 0: the product of the others, counting the zeros."""
    x, zeros = np.array(x), (x == 0).astype(x.dtype)
    if not include_self:
        put(x, places, 1)
        put(zeros, places, 0)
    rest, count = np.where(x == 0, 1, x), zeros.copy()
    np.multiply.at(rest, places.advanced, np.where(src == 0, 1, src))
    np.add.at(count, places.advanced, (src == 0).astype(x.dtype))

    def slope(factor, rest, count):
        alone = np.where(factor == 0, count == 1, count == 0)
        return alone * rest / np.where(factor == 0, 1, factor)

    of_src = slope(src, pick(rest, places), pick(count, places))
    return g * slope(x, rest, count), pick(g, places) * of_src


def neutral(reduce, dtype):
    """The number that changes nothing: 0 for a sum, 1 for a product, the least for a maximum."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    least, most = (limits.min, limits.max) if limits else (False, True)
    return least if reduce == "amax" else most


def arrivals(x, places, include_self):
    """How many numbers a mean is taken of, at each place."""
    count = np.full(x.shape, int(include_self), x.dtype)
    np.add.at(count, places.advanced, 1)
    return np.maximum(count, 1)


def raw(x):
    """The array behind x, which may be a Tensor."""
    return x if is_array(x) else x.detach().numpy()
