"""What all distributions share: shapes, the check of their numbers, and sampling without a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from microtorch.autograd import no_grad
from microtorch.distributions.constraints import Constraint
from microtorch.tensor import Tensor
from microtorch.tensor.broadcasting import broadcast_tensors
from microtorch.tensor.creation import tensor
from microtorch.tensor.dtypes import Size, get_default_dtype

__all__ = ["Distribution"]

Shape = Sequence[int]
NOTHING = Size()


class Distribution:
    """A probability distribution, or a batch of independent ones.

    ``batch_shape`` says how many distributions there are, ``event_shape`` what one draw of each
    looks like. ``sample(shape)`` draws; ``rsample(shape)`` draws so that gradients flow to the
    parameters, where ``has_rsample``. ValueError for parameters or values outside of their range,
    unless ``validate_args=False``.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__

    def __init__(
        self,
        batch_shape: Shape = NOTHING,
        event_shape: Shape = NOTHING,
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        for name, constraint in self.arg_constraints.items() if self._validate_args else ():
            value = self.__dict__.get(name)
            if value is not None and not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}"
                )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their parameters and values from now on."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters: one distribution for each entry."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of a single draw."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """What a value must be to be possible."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The average of infinitely many draws."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The mean squared distance from the mean."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        """Draws of the shape sample_shape + batch_shape + event_shape, without a graph."""
        with no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n: int) -> Tensor:
        """The same as ``sample((n,))``."""
        return self.sample((n,))

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Draws through which gradients flow to the parameters (the reparameterisation trick)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no rsample\n"
            "Hint: use sample(), and log_prob() of what was drawn for a policy gradient."
        )

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability, or of its density, of a value."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of at most this value."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which this share of all draws lies."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """How uncertain a draw is: minus the mean of log_prob."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp(entropy): among how many equally likely values there would be this uncertainty."""
        return self.entropy().exp()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values that can be drawn, one after the other along dimension 0."""
        raise NotImplementedError

    def expand(self, batch_shape: Shape) -> Self:
        """The same distribution with its parameters expanded to another batch_shape."""
        parameters = {
            name: value.expand(*batch_shape, *value.shape[len(self._batch_shape) :])
            for name, value in self.__dict__.items()
            if name in self.arg_constraints
        }
        return type(self)(**parameters, validate_args=False)

    def shape(self, sample_shape: Shape = ()) -> Size:
        """The shape of draws."""
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    _extended_shape = shape

    def check(self, value: Any) -> None:
        """ValueError unless log_prob and its kin can say something of a value."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError(  # noqa: TRY004
                "The value argument to log_prob must be a Tensor\nHint: torch.tensor(value)."
            )
        events = len(value.shape) - len(self._event_shape)
        if tuple(value.shape[events:]) != tuple(self._event_shape):
            raise ValueError(
                "The right-most size of value must match event_shape: "
                f"{value.shape} vs {self._event_shape}."
            )
        expected = Size((*self._batch_shape, *self._event_shape))
        for i, j in zip(reversed(value.shape), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    "Value is not broadcastable with batch_shape+event_shape: "
                    f"{value.shape} vs {expected}."
                )
        if not self.support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({self.support!r}) of the distribution {self!r}, but "
                f"found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = [
            f"{name}: {self.__dict__[name] if self.__dict__[name].numel() == 1 else self.__dict__[name].size()}"
            for name in self.arg_constraints
            if name in self.__dict__
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape and dtype."""
    if not all(isinstance(value, Tensor | int | float) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing "
            "__torch_function__."
        )
    dtypes = [value.dtype for value in values if isinstance(value, Tensor)]
    dtype = dtypes[0] if dtypes else get_default_dtype()
    made = [v if isinstance(v, Tensor) else tensor(v, dtype=dtype) for v in values]
    return tuple(broadcast_tensors(*made))


def one_of(probs: Any, logits: Any) -> None:
    """ValueError unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError(
            "Either `probs` or `logits` must be specified, but not both.\n"
            "Hint: probs are probabilities; logits are what a network gives before softmax or "
            "sigmoid."
        )


def clamped(probs: Tensor) -> Tensor:
    """Probabilities kept away from 0 and 1, so that their logarithms are finite."""
    eps = {"float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52}[str(probs._data.dtype)]
    return probs.clamp(min=eps, max=1 - eps)


def sum_rightmost(value: Tensor, dims: int) -> Tensor:
    return value if dims == 0 else value.reshape(*value.shape[: value.dim() - dims], -1).sum(-1)
