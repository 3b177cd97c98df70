"""Arithmetic: + - x / and powers."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, divide, power


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

    def forward(a, b):
        return a * b

    def local(y, a, b):
        return b, a


class Div(Elementwise):
    """Quotient: y = a / b."""

    symbol = "÷"
    makes_float = True

    def forward(a, b):
        return a / b

    def local(y, a, b):
        return divide(1, b), divide(-a, b * b)


class Rdiv(Div):
    """Quotient with a plain number in front: y = 2 / b (PyTorch takes 2 times 1/b)."""

    name = "MulBackward0"


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
        return (exponent * power(x, exponent - 1) if exponent != 0 else 0 * x,)


class PowTensor(Elementwise):
    """Power with a tensor on top: y = a^b; dy/db = y ln(a), taken as 0 where a = 0 and b >= 0."""

    name = "PowBackward1"
    symbol = "^"
    saves = "yab"

    def forward(a, b):
        return a**b

    def local(y, a, b):
        zero = (a == 0) * (b >= 0)
        return (
            b * a ** (b - (b != 0)) * (b != 0),
            y * np.log(np.where(zero, 1, a)) * np.logical_not(zero),
        )


class Rpow(PowTensor):
    """Power of a plain number: y = 2^b."""

    name = "PowBackward2"
