"""Arithmetic: + - x / and powers."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, divide
from microtorch.ops.base import power as float_power


class Add(Elementwise):
    """Sum: y = a + b."""

    symbol = "+"
    saves = ""

    def forward(a, b):
        return a + b

    def local(y, a, b):
        return 1, 1


class Sub(Elementwise):
    """Difference: y = a - b."""

    symbol = "−"
    refuses_bools = True
    saves = ""

    def forward(a, b):
        return a - b

    def local(y, a, b):
        return 1, -1


class Rsub(Sub):
    """Difference with a plain number in front: y = 2 - b."""

    name = "RsubBackward1"


class Mul(Elementwise):
    """Product: y = a b."""

    symbol = "×"
    reads = ("b", "a")

    def forward(a, b):
        return a * b

    def local(y, a, b):
        return b, a


class Div(Elementwise):
    """Quotient: y = a / b."""

    symbol = "÷"
    reads = ("b", "ab")
    makes_float = True

    def forward(a, b):
        return a / b

    def local(y, a, b):
        return divide(1, b), divide(-a, b * b)


class Rdiv(Div):
    """Quotient with a plain number in front: y = 2 / b (PyTorch takes 2 times 1/b)."""

    name = "MulBackward0"

    def forward(a, b):
        return a * (1 / b)


class Neg(Elementwise):
    """Opposite: y = -x."""

    symbol = "neg"
    saves = ""

    def forward(x):
        return -x

    def local(y, x):
        return (-1,)


class Pow(Elementwise):
    """Power with a plain number on top: y = x^k. The gradient of x^0 is 0, also at x = 0."""

    symbol = "^"
    operands = 1
    saves = "x"

    def forward(x, exponent):
        return power(x, exponent)

    def local(y, x, exponent):
        return (exponent * power(x, exponent - 1) if exponent != 0 else 0,)


class PowTensor(Elementwise):
    """Power with a tensor on top: y = a^b; dy/db = y ln(a), taken as 0 where a = 0 and b >= 0."""

    name = "PowBackward1"
    symbol = "^"
    saves = "yab"

    def forward(a, b):
        return power(a, b)

    def local(y, a, b):
        zero = (a == 0) * (b >= 0)
        return (
            b * a ** np.where(b == 0, b, b - 1) * (b != 0),
            y * np.log(np.where(zero, 1, a)) * np.logical_not(zero),
        )


class Rpow(PowTensor):
    """Power of a plain number: y = 2^b."""

    name = "PowBackward2"

    def local(y, a, b):
        return b * power(a, b - 1), np.where((a == 0) * (b >= 0), 0, y * log(a))


def power(a, b):
    """a to the power b; whole numbers, which NumPy refuses to raise to -1, as in PyTorch."""
    try:
        return float_power(a, b)
    except ValueError:
        if np.asarray(a).dtype.kind == "f" or np.asarray(b).dtype.kind == "f":
            raise  # the shapes do not fit
    if isinstance(b, int):
        raise RuntimeError(  # noqa: TRY004 (about the value, not its type)
            "Integers to negative integer powers are not allowed.\n"
            "Hint: the result is a fraction; convert the tensor first: x.float() ** -1."
        )
    fraction = np.where(a == 1, 1, np.where(a == -1, 1 - 2 * (b % 2), 0))  # 1 / a^|b|, cut off
    result = np.where(b < 0, fraction, a ** np.maximum(b, 0))
    return result.astype(np.result_type(a, b))[()]


def log(a):
    """ln(a) of a plain number as Python's own, which leaves the precision of arrays alone."""
    return float(np.log(a)) if isinstance(a, int | float) else np.log(a)
