"""What the functions here share: checks of their arguments, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import not_a_tensor

__all__: list[str] = []

FLOAT_HINT = "Hint: this function is for floats; convert the tensor first: x.float()."


def check_tensor(function: str, value: Any, argument: str = "input", position: int = 1) -> None:
    """TypeError unless value is a Tensor."""
    if not isinstance(value, Tensor):
        raise not_a_tensor(function, value, argument, position)


def check_float(kernel: str, input: Tensor) -> None:
    """NotImplementedError unless input holds floats. PyTorch names the kernel that is missing."""
    if input._data.dtype.kind != "f":
        raise not_implemented(kernel, input)


def not_implemented(kernel: str, input: Tensor) -> NotImplementedError:
    """PyTorch's words for a dtype that a function has no kernel for."""
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{title(input._data.dtype)}'\n{FLOAT_HINT}"
    )


def check_constant(function: str, argument: str, value: Any) -> None:
    """RuntimeError if a gradient would be lost, because there is no rule for this argument."""
    if isinstance(value, Tensor) and value.requires_grad:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument "
            f"'{argument}'. This input cannot have requires_grad True.\n"
            f"Hint: pass {argument}.detach()."
        )


def finished(result: Tensor, input: Tensor, inplace: bool) -> Tensor:
    """The result, or input itself changed to it."""
    return input._become(result) if inplace else result


def sizes(value: Any, count: int) -> tuple[int, ...]:
    """One number for every length: ``2`` and ``(2,)`` mean ``(2, 2)``."""
    if isinstance(value, Sequence):
        numbers = tuple(map(int, value))
        return numbers * count if len(numbers) == 1 else numbers
    return (int(value),) * count


def times(lengths: Sequence[int]) -> str:
    """Lengths as in "3x4"."""
    return "x".join(map(str, lengths))


def array(value: Tensor | None) -> np.ndarray[Any, Any] | None:
    """The array inside of an optional tensor."""
    return None if value is None else value._data
