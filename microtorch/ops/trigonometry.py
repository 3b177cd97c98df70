"""Sines, tangents and their inverses, of circles and of hyperbolas."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Elementwise


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


class Tan(Elementwise):
    """Tangent."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.tan(x)

    def local(y, x):
        return (1 + y * y,)


class Asin(Elementwise):
    """Inverse sine: the angle from -π/2 to π/2 whose sine is x."""

    makes_float = True

    def forward(x):
        return np.arcsin(x)

    def local(y, x):
        return (1 / np.sqrt(1 - x * x),)


class Acos(Elementwise):
    """Inverse cosine: the angle from 0 to π whose cosine is x."""

    makes_float = True

    def forward(x):
        return np.arccos(x)

    def local(y, x):
        return (-1 / np.sqrt(1 - x * x),)


class Atan(Elementwise):
    """Inverse tangent: the angle from -π/2 to π/2 whose tangent is x."""

    makes_float = True

    def forward(x):
        return np.arctan(x)

    def local(y, x):
        return (1 / (1 + x * x),)


class Atan2(Elementwise):
    """The angle of the point with height a and width b, from -π to π."""

    makes_float = True

    def forward(a, b):
        return np.arctan2(a, b)

    def local(y, a, b):
        square = a * a + b * b
        square = square + (square == 0)  # the slopes at (0, 0) are taken as 0
        return b / square, -a / square


class Hypot(Elementwise):
    """Length of the hypotenuse: y = √(a² + b²)."""

    saves = "yab"

    def forward(a, b):
        return np.hypot(a, b)

    def local(y, a, b):
        return a / y, b / y


class Sinc(Elementwise):
    """y = sin(πx) / (πx), and 1 at x = 0."""

    saves = "yx"
    makes_float = True

    def forward(x):
        return np.where(x == 0, 1, np.sin(math.pi * x) / (math.pi * x))

    def local(y, x):
        return (np.where(x == 0, 0, (np.cos(math.pi * x) - y) / x),)


class Deg2rad(Elementwise):
    """Degrees as radians."""

    name = "Deg2RadBackward0"
    saves = ""
    makes_float = True

    def forward(x):
        return x * (math.pi / 180)

    def local(y, x):
        return (math.pi / 180,)


class Rad2deg(Elementwise):
    """Radians as degrees."""

    name = "Rad2DegBackward0"
    saves = ""
    makes_float = True

    def forward(x):
        return x * (180 / math.pi)

    def local(y, x):
        return (180 / math.pi,)


class Sinh(Elementwise):
    """Hyperbolic sine: (e^x - e^-x) / 2."""

    makes_float = True

    def forward(x):
        return np.sinh(x)

    def local(y, x):
        return (np.cosh(x),)


class Cosh(Elementwise):
    """Hyperbolic cosine: (e^x + e^-x) / 2."""

    makes_float = True

    def forward(x):
        return np.cosh(x)

    def local(y, x):
        return (np.sinh(x),)


class Tanh(Elementwise):
    """Hyperbolic tangent: squashes any number into (-1, 1)."""

    saves = "y"
    makes_float = True

    def forward(x):
        return np.tanh(x)

    def local(y, x):
        return (1 - y * y,)


class Asinh(Elementwise):
    """Inverse hyperbolic sine."""

    makes_float = True

    def forward(x):
        return np.arcsinh(x)

    def local(y, x):
        return (1 / np.sqrt(x * x + 1),)


class Acosh(Elementwise):
    """Inverse hyperbolic cosine, for x >= 1."""

    makes_float = True

    def forward(x):
        return np.arccosh(x)

    def local(y, x):
        return (1 / np.sqrt(x * x - 1),)


class Atanh(Elementwise):
    """Inverse hyperbolic tangent, for x within (-1, 1)."""

    makes_float = True

    def forward(x):
        return np.arctanh(x)

    def local(y, x):
        return (1 / (1 - x * x),)
