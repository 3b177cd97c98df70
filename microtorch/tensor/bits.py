"""Whole numbers, bit by bit, and the operators // % & | ^ << >> ~ of a Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.tensor.arithmetic import as_operands, floor_divide, remainder, single
from microtorch.tensor.checks import alike, is_number, need_tensor, not_implemented
from microtorch.tensor.dispatch import cannot_broadcast, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "gcd",
    "lcm",
]


def bits(name: str, kernel: str, ufunc: Any, text: str) -> Callable[..., Tensor]:
    """A function on two tensors of whole numbers; one may be a plain number."""

    def apply(input: Any, other: Any) -> Tensor:
        a, b = as_operands(name, input, other)
        a, b = alike(a, b if isinstance(b, Tensor) else single(b, a))
        shifts = name.endswith("shift")
        if a._data.dtype.kind == "f" or (shifts and a._data.dtype == bool):
            raise not_implemented(kernel, a)
        try:
            return wrap(ufunc(a._data, b._data))
        except ValueError as error:
            raise cannot_broadcast(error, a._data, b._data) from None

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    setattr(Tensor, name, apply)
    return apply


bitwise_and = bits("bitwise_and", "bitwise_and_cpu", np.bitwise_and, "input & other.")
bitwise_or = bits("bitwise_or", "bitwise_or_cpu", np.bitwise_or, "input | other.")
bitwise_xor = bits("bitwise_xor", "bitwise_xor_cpu", np.bitwise_xor, "input ^ other.")
bitwise_left_shift = bits(
    "bitwise_left_shift", "lshift_cpu", np.left_shift, "input << other: times 2 ** other."
)
bitwise_right_shift = bits(
    "bitwise_right_shift", "rshift_cpu", np.right_shift, "input >> other: divided by 2 ** other."
)


@method
def bitwise_not(input: Tensor) -> Tensor:
    """Every bit turned round: ~input."""
    if input._data.dtype.kind == "f":
        raise not_implemented("bitwise_not_cpu", input)
    return wrap(np.invert(input._data))


def divisors(name: str, ufunc: Any, text: str) -> Callable[..., Tensor]:
    """A function on two tensors of whole numbers."""

    def apply(input: Tensor, other: Tensor) -> Tensor:
        need_tensor(name, other)
        a, b = alike(input, other)
        if a._data.dtype.kind not in "iu":
            raise not_implemented(f"{name}_cpu", a)
        try:
            return wrap(ufunc(a._data, b._data))
        except ValueError as error:
            raise cannot_broadcast(error, a._data, b._data) from None

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return method(apply)


gcd = divisors("gcd", np.gcd, "Greatest common divisor.")
lcm = divisors("lcm", np.lcm, "Least common multiple.")


# Operators --------------------------------------------------------------------------------------


def operator(function: Callable[..., Tensor]) -> Callable[..., Any]:
    """A function as the method behind an operator, which leaves what it does not know to others."""

    def apply(self: Tensor, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            other = wrap(other)
        if isinstance(other, Tensor) or is_number(other):
            return function(self, other)
        return NotImplemented

    return apply


def reversed_operator(function: Callable[..., Tensor]) -> Callable[..., Any]:
    """The same for a plain number, or an array, in front."""

    def apply(self: Tensor, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            other = wrap(other)
        if isinstance(other, Tensor) or is_number(other):
            return function(other, self)
        return NotImplemented

    return apply


def shift(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``bools << 1`` counts the bools as 0 and 1; the functions refuse them."""

    def apply(input: Any, other: Any) -> Tensor:
        if isinstance(input, Tensor) and input._data.dtype == bool and is_number(other):
            input = input._cast(np.dtype(np.int64))
        return function(input, other)

    return apply


def inverted(self: Tensor) -> Tensor:
    """~self."""
    if self._data.dtype.kind == "f":
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors\n"
            "Hint: a mask comes from a comparison: ~(x > 0)."
        )
    return bitwise_not(self)


OPERATORS: dict[str, Callable[..., Tensor]] = {
    "floordiv": floor_divide,
    "mod": remainder,
    "and": bitwise_and,
    "or": bitwise_or,
    "xor": bitwise_xor,
    "lshift": shift(bitwise_left_shift),
    "rshift": shift(bitwise_right_shift),
}
for name, function in OPERATORS.items():
    setattr(Tensor, f"__{name}__", operator(function))
    setattr(Tensor, f"__r{name}__", reversed_operator(function))
Tensor.__invert__ = inverted  # type: ignore[method-assign]
