"""Weighted sums of two or three tensors in one step."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise


class AddScaled(Elementwise):
    """Sum with a multiple: y = a + alpha b."""

    name = "AddBackward0"
    symbol = "+"
    operands = 2
    saves = ""

    def forward(a, b, alpha):
        return a + alpha * b

    def local(y, a, b, alpha):
        return 1, alpha


class SubScaled(Elementwise):
    """Difference with a multiple: y = a - alpha b."""

    name = "SubBackward0"
    symbol = "−"
    operands = 2
    saves = ""

    def forward(a, b, alpha):
        return a - alpha * b

    def local(y, a, b, alpha):
        return 1, -alpha


class RsubScaled(Elementwise):
    """Difference the other way round: y = b - alpha a."""

    name = "RsubBackward0"
    symbol = "−"
    operands = 2
    saves = ""

    def forward(a, b, alpha):
        return b - alpha * a

    def local(y, a, b, alpha):
        return -alpha, 1


class Lerp(Elementwise):
    """The point between a and b at a share of the way: y = a + weight (b - a)."""

    operands = 2
    saves = ""

    def forward(a, b, weight):
        return a + weight * (b - a) if weight < 0.5 else b - (b - a) * (1 - weight)

    def local(y, a, b, weight):
        return 1 - weight, weight


class LerpTensor(Elementwise):
    """The same with a weight for every entry."""

    name = "LerpBackward1"
    symbol = "lerp"

    def forward(a, b, weight):
        return np.where(weight < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))

    def local(y, a, b, weight):
        return 1 - weight, weight, b - a


class Addcmul(Elementwise):
    """Sum with a multiple of a product: y = x + value a b."""

    operands = 3

    def forward(x, a, b, value):
        return x + value * a * b

    def local(y, x, a, b, value):
        return 1, value * b, value * a


class Addcdiv(Elementwise):
    """Sum with a multiple of a quotient: y = x + value a / b."""

    operands = 3

    def forward(x, a, b, value):
        return x + value * a / b

    def local(y, x, a, b, value):
        return 1, value / b, -value * a / (b * b)
