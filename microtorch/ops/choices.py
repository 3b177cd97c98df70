"""One number or another: abs, relu, maximum, clamp, where. Their kinks follow PyTorch."""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Elementwise, Op

MINUS_HALF = np.float16(-0.5)  # so short that it leaves the precision to whatever it meets


class Abs(Elementwise):
    """Absolute value: |x|. Its slope at 0 is taken as 0."""

    symbol = "abs"

    def forward(x):
        return np.abs(x)

    def local(y, x):
        return (np.sign(x),)


class Relu(Elementwise):
    """Rectifier: max(x, 0). Its slope at 0 is taken as 0, as in PyTorch."""

    masks = True

    saves = "y"

    def forward(x):
        return np.maximum(x, 0)

    def of_number(x):
        return x.dtype.type(0) if x <= 0 else x  # so that nan stays

    def local(y, x):
        return (y > 0,)


class Maximum(Elementwise):
    """The larger of two; a tie shares its gradient half and half."""

    symbol = "max"

    def forward(a, b):
        return np.maximum(a, b)

    def local(y, a, b):
        return (
            np.logical_not(a < b) + MINUS_HALF * (a == b),
            np.logical_not(a > b) + MINUS_HALF * (a == b),
        )


class Minimum(Elementwise):
    """The smaller of two; a tie shares its gradient half and half."""

    symbol = "min"

    def forward(a, b):
        return np.minimum(a, b)

    def local(y, a, b):
        return (
            np.logical_not(a > b) + MINUS_HALF * (a == b),
            np.logical_not(a < b) + MINUS_HALF * (a == b),
        )


class Fmax(Op):
    """The larger of two, or the one that is a number; a tie is a's."""

    symbol = "max"
    shrinks = False

    def forward(a, b):
        return np.fmax(a, b)

    def vjp(g, y, a, b):
        first = (a >= b) | np.isnan(b)
        return g * first, g * np.logical_not(first)


class Fmin(Op):
    """The smaller of two, or the one that is a number; a tie is a's."""

    symbol = "min"
    shrinks = False

    def forward(a, b):
        return np.fmin(a, b)

    def vjp(g, y, a, b):
        first = (a <= b) | np.isnan(b)
        return g * first, g * np.logical_not(first)


class Clamp(Elementwise):
    """Kept within two numbers: y = min(max(x, low), high). The slope at both ends is 1."""

    masks = True

    name = "ClampBackward1"
    operands = 1

    def forward(x, low, high):
        return np.minimum(np.maximum(x, low), high)

    def local(y, x, low, high):
        return ((x >= low) & (x <= high),)


class ClampMin(Elementwise):
    """Kept above a number: y = max(x, low)."""

    masks = True

    operands = 1

    def forward(x, low):
        return np.maximum(x, low)

    def local(y, x, low):
        return (x >= low,)


class ClampMax(Elementwise):
    """Kept below a number: y = min(x, high)."""

    masks = True

    operands = 1

    def forward(x, high):
        return np.minimum(x, high)

    def local(y, x, high):
        return (x <= high,)


class ClampTensor(Elementwise):
    """Kept within the numbers of two tensors."""

    masks = True

    name = "ClampBackward0"
    symbol = "clamp"

    def forward(x, low, high):
        return np.minimum(np.maximum(x, low), high)

    def local(y, x, low, high):
        return (
            (x >= low) & (x <= high),
            (x < low) & (low < high),
            (x > high) | (high < low),
        )


class ClampMinTensor(Elementwise):
    """Kept above the numbers of a tensor."""

    masks = True

    name = "ClampMinBackward1"
    symbol = "clamp_min"

    def forward(x, low):
        return np.maximum(x, low)

    def local(y, x, low):
        return x >= low, x < low


class ClampMaxTensor(Elementwise):
    """Kept below the numbers of a tensor."""

    masks = True

    name = "ClampMaxBackward1"
    symbol = "clamp_max"

    def forward(x, high):
        return np.minimum(x, high)

    def local(y, x, high):
        return x <= high, x > high


class ClampAbove(ClampMinTensor):
    """The same, asked for by clamp(min=...)."""

    name = "ClampBackward0"


class ClampBelow(ClampMaxTensor):
    """The same, asked for by clamp(max=...)."""

    name = "ClampBackward0"


class Where(Elementwise):
    """Choice: a where the condition holds, else b."""

    masks = True

    saves = "ab"
    operands = 2

    def forward(a, b, condition):
        return np.where(condition, a, b)

    def local(y, a, b, condition):
        return condition, np.logical_not(condition)


class Copysign(Op):
    """The size of a with the sign of b. The slope at a = 0 is taken as 0."""

    makes_float = True
    saves = "ya"
    shrinks = False

    def forward(a, b):
        return np.copysign(a, b)

    def vjp(g, y, a, b):
        return g * (np.sign(a) * np.sign(y)), 0 * g


class CopysignNumber(Copysign):
    """The same with a plain number for b."""

    name = "CopysignBackward1"


class NanToNum(Op):
    """Numbers in the place of nan, ∞ and -∞. The slope there is 0."""

    operands = 1
    shrinks = False

    def forward(x, nan, posinf, neginf):
        return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)

    def vjp(g, y, x, nan, posinf, neginf):
        return (g * np.isfinite(x),)
