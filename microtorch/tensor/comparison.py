"""Comparisons and questions: answers are tensors of bools, without a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.tensor.checks import invalid_combination, is_number, need_tensor
from microtorch.tensor.dispatch import cannot_broadcast, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = [
    "allclose",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
    "not_equal",
    "signbit",
]

Function = Callable[..., Tensor]


def comparison(name: str, operator: str, text: str) -> Function:
    """The function for a comparison operator; other is a tensor or a number."""
    compare = getattr(Tensor, operator)

    def apply(input: Tensor, other: Any) -> Tensor:
        if not (isinstance(other, Tensor) or is_number(other)):
            raise invalid_combination(
                name, input, other, hint="a tensor is compared with a tensor or a number."
            )
        return compare(input, other)  # type: ignore[no-any-return]

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    checked = method(apply)

    def function(input: Any, other: Any, **out: Any) -> Tensor:
        if is_number(input) and isinstance(other, Tensor):
            raise invalid_combination(name, input, other, hint="the tensor comes first.")
        return checked(input, other, **out)

    function.__name__, function.__doc__ = name, text
    return function


eq, ne = (
    comparison("eq", "__eq__", "input == other."),
    comparison("ne", "__ne__", "input != other."),
)
lt, le = comparison("lt", "__lt__", "input < other."), comparison("le", "__le__", "input <= other.")
gt, ge = comparison("gt", "__gt__", "input > other."), comparison("ge", "__ge__", "input >= other.")
not_equal = comparison("not_equal", "__ne__", "input != other.")
less, less_equal = [
    comparison("less", "__lt__", "input < other."),
    comparison("less_equal", "__le__", "input <= other."),
]
greater, greater_equal = [
    comparison("greater", "__gt__", "input > other."),
    comparison("greater_equal", "__ge__", "input >= other."),
]


@method
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same entries: one plain bool.

    >>> import microtorch as torch
    >>> torch.equal(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]))
    True
    """
    need_tensor("equal", other)
    return bool(np.array_equal(input._data, other._data))


@method
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Where |input - other| <= atol + rtol |other|."""
    need_tensor("isclose", other)
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(
            f"{title(input)} did not match {title(other)}\n"
            "Hint: convert one of them: other.to(input.dtype)."
        )
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(
                f"{name} must be greater than or equal to zero, but got {value:g}\n"
                "Hint: a tolerance says how far apart two numbers may be."
            )
    x, z = input._data, other._data
    try:
        with np.errstate(all="ignore"):
            if x.dtype.kind != "f":
                x, z = x.astype(np.float64), z.astype(np.float64)
            near = (x == z) | (np.isfinite(z) & (np.abs(x - z) <= atol + np.abs(rtol * z)))
    except ValueError as error:
        raise cannot_broadcast(error, input._data, other._data) from None
    return wrap(near | (np.isnan(x) & np.isnan(z)) if equal_nan else near)


@method
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether all entries are close: one plain bool.

    >>> import microtorch as torch
    >>> torch.allclose(torch.tensor([0.1]) + 0.2, torch.tensor([0.3]))
    True
    """
    need_tensor("allclose", other)
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._data))


# And, or, not -----------------------------------------------------------------------------------


def logical(name: str, ufunc: Any, text: str) -> Function:
    """A function on the truth (not 0) of two tensors' entries."""

    def apply(input: Tensor, other: Tensor) -> Tensor:
        need_tensor(name, other)
        try:
            return wrap(ufunc(input._data, other._data))
        except ValueError as error:
            raise cannot_broadcast(error, input._data, other._data) from None

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return method(apply)


logical_and = logical("logical_and", np.logical_and, "Whether both are not 0.")
logical_or = logical("logical_or", np.logical_or, "Whether one or both are not 0.")
logical_xor = logical("logical_xor", np.logical_xor, "Whether just one is not 0.")


def question(name: str, answer: Callable[[Any], Any], text: str) -> Function:
    """A question asked of every entry."""

    def apply(input: Tensor) -> Tensor:
        return wrap(answer(input._data))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return method(apply)


logical_not = question("logical_not", np.logical_not, "Whether it is 0.")
isnan = question("isnan", np.isnan, "Whether it is not a number.")
isinf = question("isinf", np.isinf, "Whether it is infinite.")
isfinite = question("isfinite", np.isfinite, "Whether it is a number, and not infinite.")
isposinf = question("isposinf", lambda x: x == np.inf, "Whether it is infinity.")
isneginf = question("isneginf", lambda x: x == -np.inf, "Whether it is minus infinity.")
isreal = question("isreal", np.isreal, "Whether it is real: always.")
signbit = question(
    "signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, "Whether it has a minus."
)
