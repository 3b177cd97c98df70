"""Functions of one number, and choices between two: exp, log, tanh, relu, maximum, ..."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, sigmoid


class Exp(Elementwise):
    """Exponential: y = e^x, its own derivative."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.exp(x)

    def local(y, x):
        return (y,)


class Log(Elementwise):
    """Natural logarithm: y = ln(x)."""

    makes_float = True

    def forward(x):
        return np.log(x)

    def local(y, x):
        return (1 / x,)


class Sqrt(Elementwise):
    """Square root. Its slope at 0 is infinite."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.sqrt(x)

    def local(y, x):
        return (1 / (2 * y),)


class Sin(Elementwise):
    """Sine."""

    makes_float = True

    def forward(x):
        return np.sin(x)

    def local(y, x):
        return (np.cos(x),)


class Cos(Elementwise):
    """Cosine."""

    makes_float = True

    def forward(x):
        return np.cos(x)

    def local(y, x):
        return (-np.sin(x),)


class Tanh(Elementwise):
    """Hyperbolic tangent: squashes any number into (-1, 1)."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.tanh(x)

    def local(y, x):
        return (1 - y * y,)


class Sigmoid(Elementwise):
    """Logistic function: squashes any number into (0, 1)."""

    symbol = "σ"
    saves = "y"
    makes_float = True

    def forward(x):
        return sigmoid(x)

    def local(y, x):
        return (y * (1 - y),)


class Relu(Elementwise):
    """Rectifier: max(x, 0). Its slope at 0 is taken as 0, as in PyTorch."""

    def forward(x):
        return np.maximum(x, 0)

    def local(y, x):
        return (x > 0,)


class Abs(Elementwise):
    """Absolute value: |x|. Its slope at 0 is taken as 0."""

    symbol = "abs"

    def forward(x):
        return np.abs(x)

    def local(y, x):
        return (np.sign(x),)


class Maximum(Elementwise):
    """The larger of two; a tie shares its gradient half and half."""

    symbol = "max"

    def forward(a, b):
        return np.maximum(a, b)

    def local(y, a, b):
        return (a > b) + (a == b) / 2, (a < b) + (a == b) / 2


class Minimum(Elementwise):
    """The smaller of two; a tie shares its gradient half and half."""

    symbol = "min"

    def forward(a, b):
        return np.minimum(a, b)

    def local(y, a, b):
        return (a < b) + (a == b) / 2, (a > b) + (a == b) / 2


class Where(Elementwise):
    """Choice: a where the condition holds, else b."""

    saves = "ab"
    operands = 2

    def forward(a, b, condition):
        return np.where(condition, a, b)

    def local(y, a, b, condition):
        return condition, np.logical_not(condition)
