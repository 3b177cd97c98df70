"""How weights start: BigDL's init methods.

``layer.set_init_method(Xavier(), Zeros())`` sets the one for the weight and the one for the bias,
and draws both anew. Random numbers come from the library's own stream: ``torch.manual_seed``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch.bigdl.activity import Array
from microtorch.tensor.random import rand, randn


class InitMethod:
    """Makes the first values of a weight or a bias.

    ``fans`` are the numbers of inputs and outputs that one entry connects.
    """

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        """An array of this shape."""
        raise NotImplementedError


def uniform(shape: tuple[int, ...], lower: float, upper: float) -> Array:
    drawn: Array = rand(*shape).numpy()
    return lower + (upper - lower) * drawn


class Zeros(InitMethod):
    """All 0."""

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        return np.zeros(shape)


class Ones(InitMethod):
    """All 1."""

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        return np.ones(shape)


class ConstInitMethod(InitMethod):
    """All the same number."""

    def __init__(self, value: float, bigdl_type: str = "float") -> None:
        self.value = value

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        return np.full(shape, self.value, np.float64)


class RandomUniform(InitMethod):
    """Uniform between ``lower`` and ``upper``; without them, within ±1/sqrt(inputs)."""

    def __init__(
        self, upper: float | None = None, lower: float | None = None, bigdl_type: str = "float"
    ) -> None:
        if (upper is None) != (lower is None):
            raise ValueError("RandomUniform takes both upper and lower, or neither.")
        # BigDL names them in this order, and many programs give them the other way round.
        self.bounds = None if upper is None or lower is None else sorted((lower, upper))

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        reach = 1 / math.sqrt(fans[0])
        lower, upper = self.bounds or (-reach, reach)
        return uniform(shape, lower, upper)


class RandomNormal(InitMethod):
    """Normal, with a mean and a standard deviation."""

    def __init__(self, mean: float, stdv: float, bigdl_type: str = "float") -> None:
        self.mean, self.stdv = mean, stdv

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        drawn: Array = randn(*shape).numpy()
        return self.mean + self.stdv * drawn


class Xavier(InitMethod):
    """Uniform within ±sqrt(6 / (inputs + outputs)). Glorot and Bengio 2010."""

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        reach = math.sqrt(6 / sum(fans))
        return uniform(shape, -reach, reach)


class MsraFiller(InitMethod):
    """Normal with variance 2/n, where n is the mean of inputs and outputs, or the inputs alone.

    He, Zhang, Ren and Sun 2015, "Delving Deep into Rectifiers".
    """

    def __init__(self, varianceNormAverage: bool = True, bigdl_type: str = "float") -> None:
        self.average = varianceNormAverage

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        n = sum(fans) / 2 if self.average else fans[0]
        drawn: Array = randn(*shape).numpy()
        return drawn * math.sqrt(2 / n)


class BilinearFiller(InitMethod):
    """The weights of a linear interpolation between the places of an image."""

    def values(self, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
        if len(shape) < 2 or shape[-1] != shape[-2]:
            raise ValueError(f"BilinearFiller fills square windows of a convolution, not {shape}.")
        n = shape[-1]
        f = math.ceil(n / 2)
        centre = (2 * f - 1 - f % 2) / (2 * f)
        slope: Any = 1 - np.abs(np.arange(n) / f - centre)
        return np.broadcast_to(np.outer(slope, slope), shape).copy()
