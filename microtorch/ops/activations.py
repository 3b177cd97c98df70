"""Activation functions, entry by entry: what bends the straight line of a layer."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Elementwise, call, is_array
from microtorch.ops.erf import erf
from microtorch.ops.exponentials import Sigmoid
from microtorch.ops.kernels import in_float32


def step(condition, x):
    """1 where the condition holds, else 0, in the dtype of x."""
    return condition.astype(x.dtype)


def same_dtype(y, x):
    """y in the dtype of x: a plain float among integers must not turn them into floats."""
    return y.astype(x.dtype)


class LeakyRelu(Elementwise):
    """x, but only a fraction of it (the slope) where it is negative."""

    operands = 1

    def forward(x, slope):
        return np.maximum(x, x * slope) if slope <= 1 else np.minimum(x, x * slope)

    def local(y, x, slope):
        rising = step(x > 0, x)
        return (rising + slope * (1 - rising),)


class RreluWithNoise(LeakyRelu):
    """Leaky rectifier in the middle of its random slopes, as used after training."""


class RreluWithNoiseDrawn(Elementwise):
    """Leaky rectifier whose slopes were drawn: noise is 1 where x is positive."""

    name = "RreluWithNoiseBackward0"
    symbol = "rrelu"
    operands = 1
    saves = ""

    def forward(x, noise):
        return x * noise

    def local(y, x, noise):
        return (noise,)


class PreluKernel(Elementwise):
    """Leaky rectifier whose slope is learned: a where a > 0, else b a."""

    symbol = "prelu"

    def forward(a, b):
        return np.where(a > 0, a, b * a)

    def local(y, a, b):
        rising = step(a > 0, a)
        return rising + b * (1 - rising), np.where(a > 0, 0, a)


class Elu(Elementwise):
    """scale x where x > 0, else scale alpha (e^(x inner) - 1): it levels off smoothly."""

    operands = 1

    def forward(x, alpha, scale, inner):
        curved = alpha * scale * np.expm1(np.where(x <= 0, x, x.dtype.type(0)) * inner)
        return np.where(x <= 0, curved, x * scale)

    def local(y, x, alpha, scale, inner):
        slope = alpha * scale * inner * np.exp(np.where(x <= 0, x, 0) * inner)
        return (np.where(x <= 0, slope, scale),)


class Celu(Elu):
    """Elu whose slope has no corner at 0."""


class NormalCdf(Elementwise):
    """How likely a standard normal number is below x: (1 + erf(x / sqrt 2)) / 2."""

    symbol = "Φ"
    operands = 1

    def forward(x):
        return normal_cdf(x)

    def local(y, x):
        return (np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),)


@in_float32
def normal_cdf(x):
    """How likely a standard normal number is below each entry of an array."""
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


K = math.sqrt(2 / math.pi)
CUBE = 0.044715


class Gelu(Elementwise):
    """x times how likely a standard normal number is below x; or its approximation by tanh."""

    operands = 1

    def forward(x, approximate, memo):
        if approximate == "tanh":
            return x * memo.keep(x, bend_tanh(x))
        return x * memo.keep(x, normal_cdf(x))

    def local(y, x, approximate, memo):
        if approximate == "none":
            cdf = memo.take(x, normal_cdf) if is_array(x) else call(NormalCdf, x)
            return (cdf + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),)
        bend = memo.take(x, bend_tanh) if is_array(x) else bend_tanh(x)
        # bend = (1 + t) / 2, so (1 - t^2) / 2 is 2 bend (1 - bend)
        rising = bend * (1 - bend) * (x * (2 * K + 6 * K * CUBE * (x * x)))
        return (bend + rising,)


def bend_tanh(x):
    """(1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, on arrays and Tensors."""
    return 0.5 * (1 + np.tanh(x * (K + K * CUBE * (x * x))))


class Silu(Elementwise):
    """x times sigmoid(x), also called swish."""

    def forward(x):
        with np.errstate(over="ignore"):
            return x / (1 + np.exp(-x))

    def local(y, x):
        s = call(Sigmoid, x)
        return (s * (1 + x * (1 - s)),)


class Softplus(Elementwise):
    """ln(1 + e^(beta x)) / beta, a smooth rectifier; x itself where beta x is above a threshold."""

    operands = 1

    def forward(x, beta, threshold):
        z = x * beta
        return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta)

    def local(y, x, beta, threshold):
        z = x * beta
        return (np.where(z > threshold, 1, call(Sigmoid, z)),)


class Mish(Elementwise):
    """x times tanh(softplus(x))."""

    def forward(x):
        return x * np.tanh(Softplus.forward(x, 1.0, 20.0))

    def local(y, x):
        t = np.tanh(call(Softplus, x, 1.0, 20.0))
        return (t + x * call(Sigmoid, x) * (1 - t * t),)


class LogSigmoid(Elementwise):
    """ln(sigmoid(x)), exact also where sigmoid(x) is tiny."""

    def forward(x):
        return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))

    def local(y, x):
        return (call(Sigmoid, -x),)


class Glu(Elementwise):
    """a times sigmoid(b): one half of the entries opens or closes the gate for the other."""

    def forward(a, b):
        return a * Sigmoid.forward(b)

    def local(y, a, b):
        s = call(Sigmoid, b)
        return s, a * s * (1 - s)


class Threshold(Elementwise):
    """x where it is above a threshold, else a fixed value."""

    masks = True

    operands = 1

    def forward(x, threshold, value):
        return same_dtype(np.where(x <= threshold, value, x), x)

    def local(y, x, threshold, value):
        return (np.logical_not(x <= threshold),)


class Hardtanh(Elementwise):
    """x, cut off below a lowest and above a highest value."""

    masks = True

    operands = 1

    def forward(x, lowest, highest):
        return same_dtype(np.clip(x, lowest, highest), x)

    def local(y, x, lowest, highest):
        return (np.logical_not((x <= lowest) | (x >= highest)),)


SIXTH = float(np.float32(1 / 6))  # PyTorch's slope, for float64 too


class Hardsigmoid(Elementwise):
    """A straight line for sigmoid: (x + 3) / 6, cut off below 0 and above 1."""

    def forward(x):
        return np.clip(x + 3, 0, 6) / 6

    def local(y, x):
        return (step((x > -3) & (x < 3), x) * SIXTH,)


class Hardswish(Elementwise):
    """x times hardsigmoid(x)."""

    def forward(x):
        return x * np.clip(x + 3, 0, 6) / 6

    def local(y, x):
        return (np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1)),)


class Softshrink(Elementwise):
    """x, drawn towards 0 by a fixed step, and 0 where the step is longer than x."""

    masks = True

    operands = 1

    def forward(x, size):
        return np.where(x > size, x - size, np.where(x < -size, x + size, x * 0))

    def local(y, x, size):
        return (np.logical_not((x >= -size) & (x <= size)),)


class Hardshrink(Elementwise):
    """x, but 0 where it is closer to 0 than a fixed size."""

    masks = True

    operands = 1

    def forward(x, size):
        return np.where((x >= -size) & (x <= size), x.dtype.type(0), x)

    def local(y, x, size):
        return (np.logical_not((x >= -size) & (x <= size)),)
