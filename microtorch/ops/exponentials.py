"""Powers of e and of 2, logarithms, roots, and what is made of them."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Elementwise, Op, sigmoid


class Exp(Elementwise):
    """Exponential: y = e^x, its own derivative."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.exp(x)

    def local(y, x):
        return (y,)


class Exp2(Elementwise):
    """Power of two: y = 2^x."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.exp2(x)

    def local(y, x):
        return (y * math.log(2),)


class Expm1(Elementwise):
    """Exponential less one: y = e^x - 1, exact also where x is tiny."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.expm1(x)

    def local(y, x):
        return (y + 1,)


class Log(Elementwise):
    """Natural logarithm: y = ln(x)."""

    makes_float = True

    def forward(x):
        return np.log(x)

    def local(y, x):
        return (1 / x,)


class Log2(Elementwise):
    """Logarithm to base 2."""

    makes_float = True

    def forward(x):
        return np.log2(x)

    def local(y, x):
        return (1 / (x * math.log(2)),)


class Log10(Elementwise):
    """Logarithm to base 10."""

    makes_float = True

    def forward(x):
        return np.log10(x)

    def local(y, x):
        return (1 / (x * math.log(10)),)


class Log1p(Elementwise):
    """Logarithm of one more: y = ln(1 + x), exact also where x is tiny."""

    name = "Log1PBackward0"
    makes_float = True

    def forward(x):
        return np.log1p(x)

    def local(y, x):
        return (1 / (1 + x),)


class Sqrt(Elementwise):
    """Square root. Its slope at 0 is infinite."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.sqrt(x)

    def local(y, x):
        return (1 / (2 * y),)


class Rsqrt(Elementwise):
    """One over the square root."""

    saves = "y"
    makes_float = True

    def forward(x):
        return 1 / np.sqrt(x)

    def local(y, x):
        return (-y * y * y / 2,)


class Reciprocal(Elementwise):
    """One over: y = 1 / x."""

    saves = "y"
    makes_float = True

    def forward(x):
        return 1 / x

    def local(y, x):
        return (-y * y,)


class Sigmoid(Elementwise):
    """Logistic function: squashes any number into (0, 1)."""

    symbol = "σ"
    saves = "y"
    makes_float = True

    def forward(x):
        return sigmoid(x)

    def local(y, x):
        return (y * (1 - y),)


class Logit(Op):
    """Inverse of the logistic function: y = ln(p / (1 - p)), with p = x kept within eps of 0 and 1.

    dy/dx = 1 / (p (1 - p)); 0 where x was moved, and not a number where x lies outside [0, 1].
    """

    operands = 1
    makes_float = True
    shrinks = False

    def forward(x, eps):
        p = x if eps is None else np.clip(x, eps, 1 - eps)
        return np.log(p / (1 - p))

    def vjp(g, y, x, eps):
        if eps is None:
            outside, slope_there = (x < 0) | (x > 1), math.nan
        else:
            outside, slope_there = (x < eps) | (x > 1 - eps), 0.0
        return (np.where(outside, slope_there, g / (x * (1 - x))),)


class Logaddexp(Elementwise):
    """Sum of two numbers known by their logarithms: y = ln(e^a + e^b)."""

    def forward(a, b):
        return np.logaddexp(a, b)

    def local(y, a, b):
        return 1 / (1 + np.exp(b - a)), 1 / (1 + np.exp(a - b))


class Logaddexp2(Elementwise):
    """The same to base 2: y = log2(2^a + 2^b)."""

    def forward(a, b):
        return np.logaddexp2(a, b)

    def local(y, a, b):
        return 1 / (1 + np.exp2(b - a)), 1 / (1 + np.exp2(a - b))


class Xlogy(Op):
    """y = a ln(b), and 0 where a = 0 (unless b is not a number)."""

    makes_float = True
    shrinks = False

    def forward(a, b):
        return np.where((a == 0) & ~np.isnan(b), 0, a * np.log(b))

    def vjp(g, y, a, b):
        return g * np.where((a == 0) & (b <= 0), 0.0, np.log(b)), g * (a / b)


class XlogyNumber(Xlogy):
    """The same with a plain number for b."""

    name = "XlogyBackward2"


class XlogyOfNumber(Xlogy):
    """The same with a plain number for a."""

    name = "XlogyBackward1"
