"""Distributions of real numbers: Normal, LogNormal, HalfNormal, Uniform, Exponential, Laplace, Cauchy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from microtorch.distributions import constraints
from microtorch.distributions.constraints import Constraint
from microtorch.distributions.distribution import Distribution, broadcast_all
from microtorch.tensor import Tensor
from microtorch.tensor.choices import where
from microtorch.tensor.creation import empty, full_like, zeros_like
from microtorch.tensor.pointwise import atan, erf, erfinv, tan
from microtorch.tensor.random import rand

__all__ = ["Cauchy", "Exponential", "HalfNormal", "Laplace", "LogNormal", "Normal", "Uniform"]

Shape = Sequence[int]


class LocationScale(Distribution):
    """A standard distribution, moved to ``loc`` and stretched by ``scale`` > 0."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    has_rsample = True
    support: Constraint = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc


class Normal(LocationScale):
    """The bell curve: log p(x) = -((x - loc) / scale)² / 2 - log(scale) - log(2π) / 2.

    >>> import microtorch as torch
    >>> normal = torch.distributions.Normal(0.0, 1.0)
    >>> normal
    Normal(loc: 0.0, scale: 1.0)
    >>> normal.log_prob(torch.tensor(1.0))
    tensor(-1.4189)
    """

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        noise = empty(self.shape(sample_shape), dtype=self.loc.dtype).normal_()
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        squares = -((value - self.loc) ** 2) / (2 * self.scale**2)
        result: Tensor = squares - self.scale.log() - math.log(math.sqrt(2 * math.pi))
        return result

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        return 0.5 * (1 + erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()


class LogNormal(LocationScale):
    """exp(x) of a normally distributed x."""

    support = constraints.positive

    @property
    def base(self) -> Normal:
        return Normal(self.loc, self.scale, validate_args=False)

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base.rsample(sample_shape).exp()

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        logarithm = value.log()
        return self.base.log_prob(logarithm) - logarithm

    def cdf(self, value: Tensor) -> Tensor:
        return self.base.cdf(value.log())

    def icdf(self, value: Tensor) -> Tensor:
        return self.base.icdf(value).exp()

    def entropy(self) -> Tensor:
        return self.base.entropy() + self.loc


class HalfNormal(Distribution):
    """|x| of a normally distributed x with mean 0."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    has_rsample = True
    support = constraints.nonnegative

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = broadcast_all(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def base(self) -> Normal:
        return Normal(zeros_like(self.scale), self.scale, validate_args=False)

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base.rsample(sample_shape).abs()

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        result: Tensor = where(value >= 0, self.base.log_prob(value) + math.log(2), -math.inf)
        return result

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        return 2 * self.base.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base.entropy() - math.log(2)


class Uniform(Distribution):
    """Every number from low up to high is as likely as any other: p = 1 / (high - low).

    >>> import microtorch as torch
    >>> torch.distributions.Uniform(0.0, 2.0).log_prob(torch.tensor(0.5))
    tensor(-0.6931)
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "low": constraints.real,
        "high": constraints.real,
    }
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)
        if self._validate_args and not (self.low < self.high).all():
            raise ValueError(
                f"Expected parameter low (Tensor of shape {tuple(self.low.shape)}) of distribution "
                f"{self!r} to satisfy the constraint LessThan(upper_bound={self.high}), but found "
                f"invalid values:\n{self.low}"
            )

    @property
    def support(self) -> Constraint:
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        return math.nan * self.high

    @property
    def stddev(self) -> Tensor:
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        noise = rand(self.shape(sample_shape), dtype=self.low.dtype)
        return self.low + noise * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        return inside.log() - (self.high - self.low).log()

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Tensor) -> Tensor:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        return (self.high - self.low).log()


class Exponential(Distribution):
    """How long until something happens that happens ``rate`` times a second: p = rate·exp(-rate·x)."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.positive}
    has_rsample = True
    support = constraints.nonnegative

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return empty(self.shape(sample_shape), dtype=self.rate.dtype).exponential_() / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        return 1 - (-self.rate * value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        return -(-value).log1p() / self.rate

    def entropy(self) -> Tensor:
        return 1.0 - self.rate.log()


class Laplace(LocationScale):
    """Two exponential slopes, back to back: log p(x) = -|x - loc| / scale - log(2·scale)."""

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Tensor:
        return (2**0.5) * self.scale

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        eps = 2.0**-52 if self.loc.dtype.itemsize == 8 else 2.0**-23
        u = empty(self.shape(sample_shape), dtype=self.loc.dtype).uniform_(eps - 1, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        away = value - self.loc
        return 0.5 - 0.5 * away.sign() * (-away.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        term = value - 0.5
        return self.loc - self.scale * term.sign() * (-2 * term.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()


class Cauchy(LocationScale):
    """So wide that it has no mean: p(x) = 1 / (π·scale·(1 + ((x - loc) / scale)²))."""

    @property
    def mean(self) -> Tensor:
        return full_like(self.loc, math.nan)

    @property
    def variance(self) -> Tensor:
        return full_like(self.loc, math.inf)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        noise = empty(self.shape(sample_shape), dtype=self.loc.dtype).cauchy_()
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        squares = ((value - self.loc) / self.scale) ** 2
        result: Tensor = -math.log(math.pi) - self.scale.log() - squares.log1p()
        return result

    def cdf(self, value: Tensor) -> Tensor:
        self.check(value)
        return atan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        return tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self) -> Tensor:
        return math.log(4 * math.pi) + self.scale.log()
