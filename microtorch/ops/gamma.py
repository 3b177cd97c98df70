"""The gamma function's logarithm and the derivatives of that: lgamma, digamma, polygamma.

The derivatives follow one recipe (Abramowitz and Stegun, "Handbook of Mathematical Functions",
chapter 6): a recurrence climbs from x to a number above 10, where a short series is exact to the
last digits; a reflection formula leads from negative numbers to positive ones.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, call

CLIMB = 10
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B₂, B₄, ..., B₁₄


class Lgamma(Op):
    """Logarithm of the gamma function's size: y = ln |Γ(x)|, where Γ(n) = (n - 1)!."""

    makes_float = True
    shrinks = False

    def forward(x):
        return in_doubles(lgamma, x)

    def vjp(g, y, x):
        return (g * call(Digamma, x),)


class Digamma(Op):
    """Slope of lgamma: y = Γ'(x) / Γ(x)."""

    makes_float = True
    shrinks = False

    def forward(x):
        return in_doubles(digamma, x)

    def vjp(g, y, x):
        return (g * call(Polygamma, x, 1),)


class Polygamma(Op):
    """The n-th derivative of digamma, for n >= 1."""

    operands = 1
    makes_float = True
    shrinks = False

    def forward(x, n):
        return in_doubles(lambda z: polygamma(z, n), x)

    def vjp(g, y, x, n):
        return (g * call(Polygamma, x, n + 1),)


def in_doubles(function, x):
    """function(x), computed in double precision whatever the precision of x."""
    with np.errstate(all="ignore"):
        result = function(np.array(x, np.float64, ndmin=1))
    return result.astype(x.dtype).reshape(x.shape)[()]


def lgamma(x):
    """ln |Γ(x)|, number by number with Python's own; infinite at 0, -1, -2, ..."""
    infinite = np.isinf(x) | (x > 1e305) | ((x <= 0) & (x == np.rint(x)))
    values = one_by_one(np.where(infinite, 1.0, x)).astype(np.float64)
    return np.where(infinite, np.inf, values)


one_by_one = np.frompyfunc(math.lgamma, 1, 1)


def digamma(x):
    """The slope of lgamma; -∞ at 0, and not a number at -1, -2, ..."""
    z = np.where(x < 0.5, 1 - x, x)  # ψ(1 - x) - ψ(x) = π / tan(π x)
    low = z < CLIMB
    start = np.where(low, z, 1.0)
    climbed = np.zeros_like(z)
    for k in range(CLIMB):  # ψ(z) = ψ(z + 10) - 1/z - 1/(z + 1) - ... - 1/(z + 9)
        climbed += 1 / (start + k)
    high = np.where(low, z + CLIMB, z)
    result = np.log(high) - 1 / (2 * high)
    result -= series([b / (2 * k) for k, b in enumerate(BERNOULLI, 1)], high)
    result = np.where(low, result - climbed, result)
    mirrored = result - math.pi / np.tan(math.pi * beyond(x))
    mirrored = np.where(x == np.rint(x), np.nan, mirrored)
    return np.where(x == 0, np.copysign(np.inf, -x), np.where(x < 0.5, mirrored, result))


def series(coefficients, z):
    """c₁/z² + c₂/z⁴ + c₃/z⁶ + ..."""
    square = 1 / (z * z)
    total = np.zeros_like(z)
    for c in reversed(coefficients):
        total = (total + c) * square
    return total


def beyond(x):
    """How far x lies from the nearest whole number."""
    return x - np.rint(x)


LOWEST = -1000  # to climb from further down would take too long


def polygamma(x, n):
    """(-1)ⁿ⁺¹ n! (1/xⁿ⁺¹ + 1/(x+1)ⁿ⁺¹ + 1/(x+2)ⁿ⁺¹ + ...); for n > 1 not a number below -1000."""
    if n == 1:  # ψ₁(1 - x) + ψ₁(x) = (π / sin(π x))²
        value = hurwitz(np.where(x < 0.5, 1 - x, x), 2)
        mirrored = (math.pi / np.sin(math.pi * beyond(x))) ** 2 - value
        return np.where(x < 0.5, mirrored, value)
    x = np.where(x < LOWEST, np.nan, x)
    return (-1) ** (n + 1) * math.factorial(n) * hurwitz(x, n + 1)


def hurwitz(x, s):
    """1/xˢ + 1/(x+1)ˢ + 1/(x+2)ˢ + ...; the rest of the sum by Euler's and Maclaurin's formula."""
    z, total = x, np.zeros_like(x)
    while (low := z < CLIMB).any():
        total = np.where(low, total + z ** float(-s), total)
        z = np.where(low, z + 1, z)
    result = total + z ** float(1 - s) / (s - 1) + z ** float(-s) / 2
    factor = float(s)
    for k, b in enumerate(BERNOULLI, 1):
        result = result + b * factor / math.factorial(2 * k) * z ** float(1 - s - 2 * k)
        factor *= (s + 2 * k - 1) * (s + 2 * k)
    return np.where(np.isposinf(x), 0, result)
