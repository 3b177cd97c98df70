"""What the numbers of a distribution must be: positive, between 0 and 1, whole, ..."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "Constraint",
    "boolean",
    "integer_interval",
    "interval",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "real",
    "real_vector",
    "simplex",
    "unit_interval",
]


class Constraint:
    """A condition on the entries of a tensor; ``check`` says for each whether it holds."""

    def check(self, value: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return type(self).__name__ + "()"


class Real(Constraint):
    """Any number but nan."""

    def check(self, value: Any) -> Any:
        return ~value.isnan()


class Boolean(Constraint):
    """0 or 1."""

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class OneHot(Constraint):
    """A row of zeros with a single 1."""

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class Simplex(Constraint):
    """A row of probabilities: not negative, and 1 in all."""

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


@dataclass(repr=False)
class Greater(Constraint):
    """More than a bound, or as much if ``equal``."""

    lower_bound: float
    equal: bool = False

    def check(self, value: Any) -> Any:
        return value >= self.lower_bound if self.equal else value > self.lower_bound

    def __repr__(self) -> str:
        kind = "GreaterThanEq" if self.equal else "GreaterThan"
        return f"{kind}(lower_bound={self.lower_bound})"


@dataclass(repr=False)
class Interval(Constraint):
    """Between two bounds, which may be tensors; both may be reached."""

    lower_bound: Any
    upper_bound: Any
    whole = False

    def check(self, value: Any) -> Any:
        inside = (self.lower_bound <= value) & (value <= self.upper_bound)
        return inside & (value % 1 == 0) if self.whole else inside

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(lower_bound={self.lower_bound}, upper_bound={self.upper_bound})"
        )


class IntegerInterval(Interval):
    """A whole number between two bounds."""

    whole = True


@dataclass(repr=False)
class IntegerGreaterThan(Constraint):
    """A whole number that is not below a bound."""

    lower_bound: int

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)

    def __repr__(self) -> str:
        return f"IntegerGreaterThan(lower_bound={self.lower_bound})"


@dataclass(repr=False)
class Independent(Constraint):
    """A constraint that must hold for every entry of an event."""

    base: Constraint
    dims: int

    def check(self, value: Any) -> Any:
        holds = self.base.check(value)
        return holds.reshape(*holds.shape[: holds.dim() - self.dims], -1).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base!r}, {self.dims})"


real, boolean, simplex, one_hot = Real(), Boolean(), Simplex(), OneHot()
real_vector = Independent(real, 1)
positive, nonnegative = Greater(0.0), Greater(0.0, equal=True)
unit_interval = Interval(0.0, 1.0)
nonnegative_integer = IntegerGreaterThan(0)
interval, integer_interval = Interval, IntegerInterval
