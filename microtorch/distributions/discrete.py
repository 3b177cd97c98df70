"""Distributions of choices and counts: Bernoulli, Categorical, OneHotCategorical, Geometric, Poisson."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

from microtorch.autograd import no_grad
from microtorch.distributions import constraints
from microtorch.distributions.constraints import Constraint
from microtorch.distributions.distribution import Distribution, broadcast_all, clamped, one_of
from microtorch.nn.functional import binary_cross_entropy_with_logits, one_hot, softmax
from microtorch.tensor import Tensor
from microtorch.tensor.broadcasting import broadcast_tensors
from microtorch.tensor.creation import arange, empty, eye, full, zeros_like
from microtorch.tensor.random import bernoulli, multinomial, poisson

__all__ = [
    "Bernoulli",
    "Categorical",
    "Geometric",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Poisson",
]

Shape = Sequence[int]


class YesOrNo(Distribution):
    """Something that happens with probability ``probs``, or sigmoid(``logits``)."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs, logits)
        if probs is not None:
            (given,) = broadcast_all(probs)
            self.__dict__["probs"] = given
        else:
            (given,) = broadcast_all(logits)
            self.__dict__["logits"] = given
        super().__init__(given.shape, validate_args=validate_args)

    @cached_property
    def logits(self) -> Tensor:
        """log(p / (1 - p))."""
        probs = clamped(self.probs)
        return probs.log() - (-probs).log1p()

    @cached_property
    def probs(self) -> Tensor:
        """sigmoid(logits)."""
        return self.logits.sigmoid()

    def expand(self, batch_shape: Shape) -> Self:
        name = next(name for name in self.__dict__ if name in ("probs", "logits"))
        return type(self)(**{name: self.__dict__[name].expand(batch_shape)}, validate_args=False)


class Bernoulli(YesOrNo):
    """A coin: 1 with probability p, otherwise 0.

    >>> import microtorch as torch
    >>> torch.distributions.Bernoulli(torch.tensor([0.3])).log_prob(torch.tensor([1.0]))
    tensor([-1.2040])
    """

    support = constraints.boolean
    has_enumerate_support = True

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        likely = (self.probs >= 0.5).to(self.probs)
        return likely.masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Any:
        return self.shape()

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self.shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(2, dtype=self.probs.dtype).view((-1,) + (1,) * len(self.batch_shape))
        return values.expand((2, *self.batch_shape)) if expand else values


class Geometric(YesOrNo):
    """How often something fails before it succeeds for the first time: p(k) = (1 - p)^k p."""

    support = constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        tiny = 2.0**-1022 if self.probs.dtype.itemsize == 8 else 2.0**-126
        with no_grad():
            u = empty(self.shape(sample_shape), dtype=self.probs.dtype).uniform_(tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        value, probs = broadcast_all(value, self.probs)
        sure: Any = probs == 1
        kept = probs.masked_fill(sure & (value == 0), 0)
        return value * (-kept).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        uncertain = binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return uncertain / self.probs


class Poisson(Distribution):
    """How often something happens that happens ``rate`` times on average: rate^k exp(-rate) / k!."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return poisson(self.rate.expand(self.shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        rate, value = broadcast_all(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()


class Categorical(Distribution):
    """One of several classes, with probabilities along the last dimension.

    ``probs`` need not add up to 1; ``logits`` are what a network gives before softmax.

    >>> import microtorch as torch
    >>> policy = torch.distributions.Categorical(logits=torch.tensor([0.0, 0.0]))
    >>> policy.log_prob(torch.tensor(1))
    tensor(-0.6931)
    >>> policy.entropy()
    tensor(0.6931)
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        one_of(probs, logits)
        for name, given in (("probs", probs), ("logits", logits)):
            if given is not None and given.dim() < 1:
                raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if probs is not None:
            self._param = self.__dict__["probs"] = probs / probs.sum(-1, keepdim=True)
        elif logits is not None:
            normalised = logits - logits.logsumexp(dim=-1, keepdim=True)
            self._param = self.__dict__["logits"] = normalised
        self._num_events = self._param.shape[-1]
        super().__init__(self._param.shape[:-1], validate_args=validate_args)

    @cached_property
    def logits(self) -> Tensor:
        """log(probs)."""
        return clamped(self.probs).log()

    @cached_property
    def probs(self) -> Tensor:
        """softmax(logits)."""
        return softmax(self.logits, dim=-1)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def param_shape(self) -> Any:
        return self._param.shape

    @property
    def mean(self) -> Tensor:
        return full(self.shape(), math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return full(self.shape(), math.nan, dtype=self.probs.dtype)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        table = self.probs.detach().reshape(-1, self._num_events)
        drawn = multinomial(table, math.prod(sample_shape), True).T
        return drawn.reshape(self.shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        chosen, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, chosen[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        lowest = {2: -65504.0, 4: -3.4028234663852886e38, 8: -1.7976931348623157e308}
        logits = self.logits.clamp(min=lowest[self.logits.dtype.itemsize])
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self._num_events).view((-1,) + (1,) * len(self.batch_shape))
        return values.expand((self._num_events, *self.batch_shape)) if expand else values

    def expand(self, batch_shape: Shape) -> Self:
        name = "probs" if self._param is self.__dict__.get("probs") else "logits"
        wanted = (*batch_shape, self._num_events)
        return type(self)(**{name: self._param.expand(wanted)}, validate_args=False)


class OneHotCategorical(Distribution):
    """One of several classes as a row of zeros with a single 1."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        inner = self._categorical
        super().__init__(inner.batch_shape, inner.param_shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        return self._categorical.logits

    @property
    def param_shape(self) -> Any:
        return self._categorical.param_shape

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return one_hot(self.probs.argmax(dim=-1), self.event_shape[0]).to(self.probs)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        drawn = self._categorical.sample(sample_shape)
        return one_hot(drawn, self.event_shape[0]).to(self.probs.detach())

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        n = self.event_shape[0]
        values = eye(n, dtype=self.probs.dtype).view((n,) + (1,) * len(self.batch_shape) + (n,))
        return values.expand((n, *self.batch_shape, n)) if expand else values

    def expand(self, batch_shape: Shape) -> Self:
        made = type(self).__new__(type(self))
        made._categorical = self._categorical.expand(batch_shape)
        Distribution.__init__(made, batch_shape, self.event_shape, validate_args=False)
        return made


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """Draws whose gradient goes straight through to the probabilities."""

    has_rsample = True

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
