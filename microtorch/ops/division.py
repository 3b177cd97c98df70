"""Division without remainder, and the remainder."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, Op


class DivFloor(Elementwise):
    """Quotient rounded down. Its slope is 0 wherever it has one."""

    name = "DivBackward2"
    symbol = "÷"
    saves = ""

    def forward(a, b):
        return np.floor_divide(a, b)

    def local(y, a, b):
        return 0, 0


class DivTrunc(Elementwise):
    """Quotient rounded towards 0. Its slope is 0 wherever it has one."""

    name = "DivBackward2"
    symbol = "÷"
    saves = ""

    def forward(a, b):
        return np.trunc(a / b)

    def local(y, a, b):
        return 0, 0


class Remainder(Op):
    """What a quotient rounded down leaves: y = a - b ⌊a/b⌋, with the sign of b."""

    name = "RemainderBackward1"
    symbol = "%"
    saves = "ab"
    shrinks = False

    def forward(a, b):
        y = np.remainder(a, b)
        return np.where(y == 0, 0 * a, y) if y.dtype.kind == "f" else y  # 4 % -2 is 0, not -0

    def vjp(g, y, a, b):
        return g, -g * np.floor_divide(a, b)


class RemainderNumber(Remainder):
    """The same with a plain number for b."""

    name = "RemainderBackward0"


class Fmod(Op):
    """What a quotient rounded towards 0 leaves: y = a - b trunc(a/b), with the sign of a."""

    name = "FmodBackward1"
    symbol = "%"
    saves = "yab"
    shrinks = False

    def forward(a, b):
        return np.fmod(a, b)

    def vjp(g, y, a, b):
        return g, -g * np.rint((a - y) / b)


class FmodNumber(Fmod):
    """The same with a plain number for b."""

    name = "FmodBackward0"


class WithoutDerivative(Op, abstract=True):
    """An op that PyTorch has no derivative for: a backward pass through it is an error.

    It stands in no list of the differentiable ones.
    """

    name = "NotImplemented"
    operands = 2
    saves = ""
    saves_output = saves_inputs = shrinks = False


class FloorDivide(WithoutDerivative, abstract=True):
    """Quotient rounded down: y = ⌊a/b⌋."""

    symbol = "//"

    def forward(a, b):
        return np.floor_divide(a, b)

    def vjp(g, y, a, b):
        raise no_derivative("floor_divide", "torch.floor(a / b) passes gradients of 0")


class Heaviside(WithoutDerivative, abstract=True):
    """Step: 0 below 0, 1 above, and b at 0 itself."""

    symbol = "step"

    def forward(a, b):
        return np.where(a == 0, b, a > 0).astype(a.dtype)

    def vjp(g, y, a, b):
        raise no_derivative("heaviside", "detach() its input if no gradient is meant to pass")


def no_derivative(function, remedy):
    """PyTorch's words, and the way out."""
    return RuntimeError(
        f"derivative for aten::{function} is not implemented\n"
        f"Hint: the result is a step, flat almost everywhere; {remedy}."
    )
