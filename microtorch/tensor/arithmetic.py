"""Arithmetic as functions: ``torch.add(x, y, alpha=2)``, ``torch.div(x, y, rounding_mode="floor")``.

The plain operators (+ - * / **) are those of :class:`Tensor`. Here are the functions of the same
names with PyTorch's options.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import c_name
from microtorch.ops.division import FloorDivide
from microtorch.tensor.checks import (
    alike,
    common_dtype,
    invalid_combination,
    is_number,
    need_tensor,
    not_implemented,
)
from microtorch.tensor.dispatch import (
    binary,
    cannot_broadcast,
    no_bools,
    plain,
    record,
    reverse,
    wrap,
    wrapped_around,
)
from microtorch.tensor.dtypes import default_float
from microtorch.tensor.methods import method
from microtorch.tensor.out import with_out
from microtorch.tensor.tensor import Tensor

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "div",
    "divide",
    "float_power",
    "floor_divide",
    "fmod",
    "lerp",
    "mul",
    "multiply",
    "pow",
    "remainder",
    "rsub",
    "sub",
    "subtract",
    "true_divide",
]

NUMBER_HINT = "a tensor and a number, or two tensors."


def number_first(*names: str) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Like :func:`method`, for functions that also take a plain number in front."""

    def decorate(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        for name in names:
            setattr(Tensor, name, function)
        return with_out(function)

    return decorate


def as_operands(function: str, input: Any, other: Any) -> tuple[Tensor, Any]:
    """The first operand as a Tensor, the second as a Tensor or a plain number."""
    if isinstance(input, Tensor):
        if isinstance(other, Tensor) or is_number(other):
            return input, other
    elif isinstance(other, Tensor) and is_number(input):
        return single(input, other), other
    raise invalid_combination(function, input, other, hint=NUMBER_HINT)


def single(number: Any, beside: Tensor) -> Tensor:
    """A plain number as a tensor without dimensions, of the kind that the other operand needs."""
    number, dtype = plain(number), beside._data.dtype
    if isinstance(number, float) and dtype.kind != "f":
        dtype = default_float()
    elif dtype == bool and not isinstance(number, bool):
        dtype = np.dtype(np.int64)
    fits = dtype.kind not in "iu" or np.iinfo(dtype).min <= number <= np.iinfo(dtype).max
    return wrap(dtype.type(number) if fits else wrapped_around(number, dtype))


# Sums and differences ---------------------------------------------------------------------------

plain_add, plain_sub = binary(ops.Add), binary(ops.Sub)
plain_mul, plain_div = binary(ops.Mul), binary(ops.Div)


@number_first("add")
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """input + alpha * other.

    >>> import microtorch as torch
    >>> torch.add(torch.tensor([1.0, 2.0]), 1, alpha=10)
    tensor([11., 12.])
    """
    return scaled("add", ops.AddScaled, plain_add, input, other, alpha)


@number_first("sub")
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """input - alpha * other. Raises RuntimeError for bools."""
    if alpha is True or alpha != 1:
        refuse_bools(input, other)  # as the plain difference does
    return scaled("sub", ops.SubScaled, plain_sub, input, other, alpha)


@number_first("subtract")
def subtract(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """input - alpha * other: another name of :func:`sub`."""
    return sub(*as_operands("subtract", input, other), alpha=alpha)


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input."""
    if not isinstance(input, Tensor) or not (isinstance(other, Tensor) or is_number(other)):
        raise invalid_combination("rsub", input, other, hint=NUMBER_HINT)
    refuse_bools(input, other)
    if is_number(other) and alpha == 1:
        return reverse(ops.Rsub)(input, other)
    return scaled("rsub", ops.RsubScaled, None, input, other, alpha)


def scaled(
    function: str, op: type[ops.Op], simple: Any, input: Any, other: Any, alpha: Any
) -> Tensor:
    """Input and a multiple of other, added or subtracted."""
    if not (isinstance(other, Tensor) or is_number(other)):
        raise not_a_tensor_or_number(function, other)
    a, b = as_operands(function, input, other)
    if simple is not None and alpha is not True and alpha == 1:
        return simple(a, b)  # type: ignore[no-any-return]
    b = b if isinstance(b, Tensor) else single(b, a)
    a, b = alike(a, b)
    if a._data.dtype.kind != "f" and isinstance(plain(alpha), float):
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number.\n"
            "Hint: give a whole number for alpha, or convert the tensors with .float()."
        )
    return recorded(op, (a, b), (a._data.dtype.type(alpha).item(),))


def not_a_tensor_or_number(function: str, other: Any) -> TypeError:
    """PyTorch's words for a second operand that is neither."""
    return TypeError(
        f"{function}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}\n"
        f"Hint: {NUMBER_HINT}"
    )


def refuse_bools(input: Any, other: Any) -> None:
    """Raise RuntimeError, as PyTorch does, if bools are to be subtracted."""
    data = [getattr(x, "_data", x) for x in (input, other)]
    if any(isinstance(x, bool) or getattr(x, "dtype", None) == bool for x in data):
        raise no_bools(ops.Sub, *data)


def recorded(op: type[ops.Op], tensors: tuple[Tensor, ...], params: tuple[Any, ...]) -> Tensor:
    """:func:`record`, with PyTorch's words for shapes that do not fit."""
    try:
        return record(op, tensors, params)
    except ValueError as error:
        raise misfit(error, *tensors) from None


def misfit(error: ValueError, *tensors: Tensor) -> Exception:
    """PyTorch's words for the first tensor that does not fit to those before it."""
    shape: tuple[int, ...] = ()
    for tensor in tensors:
        try:
            shape = np.broadcast_shapes(shape, tensor._data.shape)
        except ValueError:
            return cannot_broadcast(error, np.empty(shape), tensor._data)
    return error


# Products and quotients -------------------------------------------------------------------------


@number_first("mul")
def mul(input: Any, other: Any) -> Tensor:
    """input * other."""
    if not (isinstance(other, Tensor) or is_number(other)):
        raise not_a_tensor_or_number("mul", other)
    return plain_mul(*as_operands("mul", input, other))


@number_first("multiply")
def multiply(input: Any, other: Any) -> Tensor:
    """input * other: another name of :func:`mul`."""
    return plain_mul(*as_operands("multiply", input, other))


@number_first("div")
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" rounded down, with "trunc" towards 0.

    Whole numbers give floats, unless the quotient is rounded.

    >>> import microtorch as torch
    >>> torch.div(torch.tensor([-7, 7]), 2, rounding_mode="trunc")
    tensor([-3,  3])
    """
    if not (isinstance(other, Tensor) or is_number(other)):
        raise not_a_tensor_or_number("div", other)
    a, b = as_operands("div", input, other)
    if rounding_mode is None:
        return plain_div(a, b)
    if rounding_mode == "floor":
        return whole("div_floor_cpu", ops.DivFloor, a, b)
    if rounding_mode == "trunc":
        return whole("div_trunc_cpu", ops.DivTrunc, a, b)
    raise RuntimeError(
        "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
        f"'{rounding_mode}'\nHint: None is true division, 'floor' is //."
    )


@number_first("divide")
def divide(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other: another name of :func:`div`."""
    return div(*as_operands("divide", input, other), rounding_mode=rounding_mode)


@number_first("true_divide")
def true_divide(input: Any, other: Any) -> Tensor:
    """input / other, never rounded."""
    return plain_div(*as_operands("true_divide", input, other))


@number_first("floor_divide")
def floor_divide(input: Any, other: Any) -> Tensor:
    """input // other: the quotient rounded down. PyTorch has no derivative for it.

    Raises RuntimeError for a whole number divided by 0.
    """
    a, b = as_operands("floor_divide", input, other)
    return whole("div_floor_cpu", FloorDivide, a, b)


@number_first("remainder")
def remainder(input: Any, other: Any) -> Tensor:
    """input % other: what the quotient rounded down leaves, with the sign of other.

    >>> import microtorch as torch
    >>> torch.remainder(torch.tensor([-3.0, 3.0]), 2)
    tensor([1., 1.])
    """
    a, b = as_operands("remainder", input, other)
    op = ops.Remainder if isinstance(b, Tensor) else ops.RemainderNumber
    return whole("remainder_cpu", op, a, b)


@method
def fmod(input: Tensor, other: Any) -> Tensor:
    """What the quotient rounded towards 0 leaves, with the sign of input."""
    a, b = as_operands("fmod", input, other)
    return whole("fmod_cpu", ops.Fmod if isinstance(b, Tensor) else ops.FmodNumber, a, b)


def whole(kernel: str, op: type[ops.Op], a: Tensor, b: Any) -> Tensor:
    """A division without remainder, or the remainder: of floats, or of whole numbers."""
    a, b = alike(a, b if isinstance(b, Tensor) else single(b, a))
    if a._data.dtype == bool:
        raise not_implemented(kernel, a)
    if a._data.dtype.kind == "f":
        return recorded(op, (a, b), ())
    if not np.all(b._data):
        raise RuntimeError(
            "ZeroDivisionError\nHint: whole numbers have no infinity; convert with .float() first."
        )
    if op is not ops.DivTrunc:
        return recorded(op, (a, b), ())
    rest = recorded(ops.Fmod, (a, b), ())._data
    return wrap((a._data - rest) // b._data)


@number_first("pow")
def pow(input: Any, exponent: Any) -> Tensor:
    """input ** exponent; one of the two may be a plain number.

    Raises RuntimeError for a whole number to a negative plain power.
    """
    tensors = [x for x in (input, exponent) if isinstance(x, Tensor)]
    if not tensors or not all(isinstance(x, Tensor) or is_number(x) for x in (input, exponent)):
        raise invalid_combination("pow", input, exponent, hint=NUMBER_HINT)
    if all(x._data.dtype == bool for x in tensors):
        if len(tensors) == 2:
            raise not_implemented("pow", tensors[0])
        input, exponent = [
            x._cast(np.dtype(np.int64)) if isinstance(x, Tensor) else x for x in (input, exponent)
        ]
    return input**exponent  # type: ignore[no-any-return]


@number_first("float_power")
def float_power(input: Any, exponent: Any) -> Tensor:
    """input ** exponent in double precision."""
    as_operands("float_power", input, exponent)
    a, b = [x._cast(np.dtype(float)) if isinstance(x, Tensor) else x for x in (input, exponent)]
    return pow(a, b if isinstance(b, Tensor) else float(b))


# Blends -----------------------------------------------------------------------------------------


@method
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """The point between two: input + weight * (end - input).

    >>> import microtorch as torch
    >>> torch.lerp(torch.tensor([0.0, 10.0]), torch.tensor([1.0, 20.0]), 0.5)
    tensor([ 0.5000, 15.0000])
    """
    need_tensor("lerp", end, "end")
    others = {"end": end, **({"weight": weight} if isinstance(weight, Tensor) else {})}
    for name, other in others.items():
        if other._data.dtype != input._data.dtype:
            raise RuntimeError(
                f"expected dtype {c_name(input)} for `{name}` but got dtype "
                f"{c_name(other)}\nHint: convert it: {name}.to(input.dtype)."
            )
    if input._data.dtype.kind != "f":
        kind = "tensor" if isinstance(weight, Tensor) else "scalar"
        raise not_implemented(f"lerp_kernel_{kind}", input)
    if isinstance(weight, Tensor):
        return recorded(ops.LerpTensor, (input, end, weight), ())
    return recorded(ops.Lerp, (input, end), (float(weight),))


@method
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""
    need_tensor("addcmul", tensor1, "tensor1", 2)
    need_tensor("addcmul", tensor2, "tensor2", 3)
    tensors = alike(input, tensor1, tensor2)
    if tensors[0]._data.dtype == bool:
        raise not_implemented("addcmul_cpu_out", tensors[0])
    return recorded(ops.Addcmul, tensors, (tensors[0]._data.dtype.type(value).item(),))


@method
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 / tensor2. Raises RuntimeError for whole numbers."""
    need_tensor("addcdiv", tensor1, "tensor1", 2)
    need_tensor("addcdiv", tensor2, "tensor2", 3)
    if common_dtype(tensor1, tensor2).kind != "f":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv "
            "will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can "
            "be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for "
            "integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future "
            "addcdiv behavior is just the latter implementation: (input + value * tensor1 / "
            "tensor2), for all dtypes."
        )
    return recorded(ops.Addcdiv, alike(input, tensor1, tensor2), (float(value),))
