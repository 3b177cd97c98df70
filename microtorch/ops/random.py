"""Random numbers put in the place of a value: what was there before no longer matters.

So the gradient is 0, in PyTorch too. To learn through a random draw, make it a function of a
parameter and of noise that does not depend on it: ``mean + std * torch.randn(n)``.
"""

from __future__ import annotations

from microtorch.ops.base import Op


class Drawn(Op, abstract=True):
    """Numbers drawn at random, with a probability or mean x: y = numbers; dy/dx = 0."""

    operands = 1
    saves = ""

    def forward(x, numbers):
        return numbers

    def vjp(g, y, x, numbers):
        return (g * 0,)


class Bernoulli(Drawn):
    """1 with probability x, else 0."""


class Normal(Drawn):
    """Normal numbers in the place of x."""


class NormalMean(Drawn):
    """Normal numbers with mean x."""

    name = "NormalBackward1"


class NormalStd(Drawn):
    """Normal numbers with standard deviation x."""

    name = "NormalBackward2"


class NormalMeanStd(Drawn):
    """Normal numbers with mean a and standard deviation b."""

    name = "NormalBackward3"
    operands = 2

    def forward(a, b, numbers):
        return numbers

    def vjp(g, y, a, b, numbers):
        return g * 0, g * 0


class BernoulliTensor(Drawn):
    """0 or 1 in the place of x, with probabilities that a tensor gives."""

    name = "BernoulliBackward1"


class BernoulliNumber(Drawn):
    """0 or 1 in the place of x, with one probability for all."""

    name = "BernoulliBackward2"


class Uniform(Drawn):
    """Uniform numbers in the place of x."""


class Random(Drawn):
    """Whole numbers in the place of x."""

    name = "RandomBackward1"


class Exponential(Drawn):
    """Exponential numbers in the place of x."""


class Geometric(Drawn):
    """Geometric numbers in the place of x."""


class LogNormal(Drawn):
    """Log-normal numbers in the place of x."""


class Cauchy(Drawn):
    """Cauchy numbers in the place of x."""
