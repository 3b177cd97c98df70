"""Whole numbers near a number, and its sign: steps, whose slope is 0 wherever they have one."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, Op


class Floor(Elementwise):
    """The next whole number below."""

    saves = ""

    def forward(x):
        return np.floor(x)

    def local(y, x):
        return (0,)


class Ceil(Elementwise):
    """The next whole number above."""

    saves = ""

    def forward(x):
        return np.ceil(x)

    def local(y, x):
        return (0,)


class Trunc(Elementwise):
    """The next whole number towards 0."""

    saves = ""

    def forward(x):
        return np.trunc(x)

    def local(y, x):
        return (0,)


class Round(Elementwise):
    """The nearest whole number; from the middle, the even one."""

    saves = ""

    def forward(x):
        return np.rint(x)

    def local(y, x):
        return (0,)


class RoundDecimals(Op):
    """The nearest number with so many decimals."""

    name = "RoundBackward1"
    symbol = "round"
    operands = 1
    saves = ""
    shrinks = False

    def forward(x, decimals):
        if decimals < 0:
            return np.rint(x / 10.0**-decimals) * 10.0**-decimals
        return np.rint(x * 10.0**decimals) / 10.0**decimals

    def vjp(g, y, x, decimals):
        return (0 * g,)


class Frac(Elementwise):
    """What is left without the whole part: y = x - trunc(x)."""

    saves = ""

    def forward(x):
        return x - np.trunc(x)

    def local(y, x):
        return (1,)


class Sign(Op):
    """-1, 0 or 1; 0 for what is not a number."""

    saves = ""
    shrinks = False

    def forward(x):
        return np.subtract(x > 0, x < 0, dtype=x.dtype)

    def vjp(g, y, x):
        return (0 * g,)


class Sgn(Sign):
    """The same; for complex numbers it would be the direction."""

    symbol = "sign"
