"""One number or another: clamp, where, maximum, copysign, nan_to_num, ..."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops.division import Heaviside
from microtorch.tensor.arithmetic import as_operands, misfit, recorded, single
from microtorch.tensor.checks import (
    alike,
    floating,
    invalid_combination,
    is_number,
    need_tensor,
)
from microtorch.tensor.dispatch import plain, record, wrap
from microtorch.tensor.dtypes import default_float
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = [
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "fmax",
    "fmin",
    "heaviside",
    "maximum",
    "minimum",
    "nan_to_num",
    "where",
]


# The larger, the smaller ------------------------------------------------------------------------


def of_two(name: str, op: type[ops.Op]) -> Callable[..., Tensor]:
    """A function on two tensors."""

    def apply(input: Tensor, other: Tensor) -> Tensor:
        need_tensor(name, other)
        return recorded(op, alike(input, other), ())

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = op.__doc__
    return method(apply)


maximum, minimum = of_two("maximum", ops.Maximum), of_two("minimum", ops.Minimum)
fmax, fmin = of_two("fmax", ops.Fmax), of_two("fmin", ops.Fmin)


@method
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Every entry kept between min and max: numbers, or tensors.

    Raises RuntimeError if neither is given.

    >>> import microtorch as torch
    >>> torch.clamp(torch.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError(
            "torch.clamp: At least one of 'min' or 'max' must not be None\n"
            "Hint: torch.clamp(x, min=0), torch.clamp(x, -1, 1)."
        )
    bounds = [bound for bound in (min, max) if bound is not None]
    if not all(isinstance(bound, Tensor) or is_number(bound) for bound in bounds):
        raise invalid_combination(
            "clamp", input, min, max, hint="min and max are numbers, or tensors, or None."
        )
    if all(isinstance(bound, Tensor) for bound in bounds):
        return clamp_to_tensors(input, min, max)
    low, high = [b.item() if isinstance(b, Tensor) else plain(b) for b in (min, max)]
    x = fitting(input, *[number for number in (low, high) if number is not None])
    if x._data.dtype.kind == "f":
        low = -math.inf if low is None else low
        high = math.inf if high is None else high
        return record(ops.Clamp, (x,), (low, high))
    return wrap(np.clip(x._data, low, high).astype(x._data.dtype)[()])


@method
def clip(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Another name of :func:`clamp`."""
    return clamp(input, min, max)


def clamp_to_tensors(input: Tensor, low: Tensor | None, high: Tensor | None) -> Tensor:
    """Every entry kept between the entries of one or two tensors."""
    if low is not None and high is not None:
        return recorded(ops.ClampTensor, alike(input, low, high), ())
    if low is not None:
        return recorded(ops.ClampAbove, alike(input, low), ())
    return recorded(ops.ClampBelow, alike(input, high), ())  # type: ignore[arg-type]


def fitting(input: Tensor, *numbers: Any) -> Tensor:
    """The tensor in the dtype that it gets beside plain numbers."""
    x = input
    for number in numbers:
        x = alike(x, single(number, x))[0]
    return x


@method
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Every entry kept above min: a number, or a tensor."""
    if isinstance(min, Tensor):
        return recorded(ops.ClampMinTensor, alike(input, min), ())
    x = fitting(input, min)
    return record(ops.ClampMin, (x,), (plain(min),))


@method
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Every entry kept below max: a number, or a tensor."""
    if isinstance(max, Tensor):
        return recorded(ops.ClampMaxTensor, alike(input, max), ())
    x = fitting(input, max)
    return record(ops.ClampMax, (x,), (plain(max),))


# Where ------------------------------------------------------------------------------------------


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, else other; without them, the places where it holds.

    Input and other are tensors or numbers. ``torch.where(condition)`` gives one tensor of indices
    for each dimension.

    >>> import microtorch as torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0.0), torch.where(x > 0)
    (tensor([0., 2.]), (tensor([1]),))
    """
    if input is None and other is None and isinstance(condition, Tensor):
        found = np.nonzero(np.atleast_1d(condition._data))
        return tuple([wrap(places) for places in found])
    given = (condition, input, other)
    if not isinstance(condition, Tensor) or not all(
        isinstance(x, Tensor) or is_number(x) for x in given[1:]
    ):
        raise invalid_combination(
            "where", *given, hint="the condition is a tensor; the others are tensors or numbers."
        )
    if condition._data.dtype not in (np.dtype(bool), np.dtype(np.uint8)):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{title(condition)}\nHint: make one by comparing: torch.where(x > 0, ...)."
        )
    a, b = both(input, other)
    try:
        return record(ops.Where, (a, b), (condition._data.astype(bool),))
    except ValueError as error:
        raise misfit(error, condition, a, b) from None


def both(input: Any, other: Any) -> tuple[Tensor, ...]:
    """Two tensors or numbers as tensors of a common dtype."""
    if isinstance(input, Tensor):
        return alike(input, other if isinstance(other, Tensor) else single(other, input))
    if isinstance(other, Tensor):
        return alike(single(input, other), other)
    whole = np.asarray([plain(input), plain(other)])
    dtype = default_float() if whole.dtype.kind == "f" else whole.dtype
    return wrap(dtype.type(input)), wrap(dtype.type(other))


def where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """self where the condition holds, else other."""
    return where(condition, self, other)  # type: ignore[no-any-return]


Tensor.where = where_method  # type: ignore[attr-defined]

# Signs, steps, and what is no number ------------------------------------------------------------


@method
def copysign(input: Tensor, other: Any) -> Tensor:
    """The size of input with the sign of other, a tensor or a number."""
    a, b = as_operands("copysign", input, other)
    op = ops.Copysign if isinstance(b, Tensor) else ops.CopysignNumber
    a, b = alike(a, b if isinstance(b, Tensor) else single(b, a))
    return recorded(op, (floating(a), floating(b)), ())


@method
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below 0, 1 above, and ``values`` at 0 itself. PyTorch has no derivative for it."""
    need_tensor("heaviside", values, "values")
    if input._data.dtype != values._data.dtype:
        raise RuntimeError(
            "heaviside is not yet implemented for tensors with different dtypes.\n"
            "Hint: convert one of them: values.to(input.dtype)."
        )
    return recorded(Heaviside, (input, values), ())


@method
def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    """Numbers in the place of nan (0), infinity and -infinity (the largest there are)."""
    if input._data.dtype.kind != "f":
        return input.clone()
    limits = np.finfo(input._data.dtype)
    posinf = float(limits.max) if posinf is None else float(posinf)
    neginf = float(limits.min) if neginf is None else float(neginf)
    return record(ops.NanToNum, (input,), (float(nan or 0), posinf, neginf))
