"""What the functions that make new tensors share: sizes, numbers and keywords, read and checked."""

from __future__ import annotations

from operator import index
from typing import Any, Literal

import numpy as np

from microtorch.autograd.dtype_names import fixed_width_name
from microtorch.tensor.device import check_cpu
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.dtypes import DType
from microtorch.tensor.tensor import Tensor


def type_name(value: object) -> str:
    """The name of a value's type in PyTorch's messages: int, Tensor, numpy.ndarray."""
    kind = type(value)
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, DType):
        return "torch.dtype"
    written_in_c = kind.__module__.partition(".")[0] == "numpy"
    return f"{kind.__module__}.{kind.__name__}" if written_in_c else kind.__name__


def finished(function: str, array: Any, requires_grad: bool, options: dict[str, Any]) -> Tensor:
    """The array as a tensor, after a look at the keywords that all making functions have.

    ``device`` may be the CPU; ``layout``, ``pin_memory`` and ``memory_format`` change nothing
    here; ``out`` is refused.
    """
    check_options(function, options)
    made = wrap(array[()] if not array.ndim else array)
    if requires_grad:
        made._ask(True, "Only Tensors of floating point and complex dtype")
    return made


def check_options(function: str, options: dict[str, Any]) -> None:
    """Raise TypeError for a keyword that is unknown or that microtorch leaves out."""
    for name, value in options.items():
        if name == "device":
            check_cpu(value)
        elif name == "out":
            if value is not None:
                raise TypeError(
                    f"{function}(): microtorch has no argument 'out'\n"
                    f"Hint: write y = torch.{function}(...), or copy into a tensor that exists: "
                    "y.copy_(...)."
                )
        elif name not in ("layout", "pin_memory", "memory_format"):
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'")


def wrong_arguments(function: str, *args: Any, **named: Any) -> TypeError:
    """PyTorch's words for arguments that fit none of a function's forms."""
    given = [type_name(value) for value in args]
    given += [f"{name}={type_name(value)}" for name, value in named.items()]
    return TypeError(
        f"{function}() received an invalid combination of arguments - got ({', '.join(given)}), "
        f"but expected one of:\nHint: help(torch.{function}) shows how it is called."
    )


def check_tensor(function: str, value: object) -> None:
    """Raise TypeError if a function's first argument is no Tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(value)}\n"
            "Hint: wrap it first: torch.tensor(...)."
        )


def memory_layout(input: Tensor) -> Literal["C", "K"]:
    """NumPy's order for an array like another: the same, unless entries share their places."""
    return "C" if 0 in input._data.strides else "K"


# Sizes ------------------------------------------------------------------------------------------


def as_size(function: str, args: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape in ``f(2, 3)``, ``f((2, 3))`` or ``f(size=(2, 3))``; TypeError if it is none."""
    if size is not None:
        args = (size,)
    numbers = args and not isinstance(args[0], list | tuple)
    if function in ("rand", "randn") and not numbers and len(args) != 1:
        raise wrong_arguments(function, *args)
    if not args:
        raise TypeError(
            f'{function}() missing 1 required positional arguments: "size"\n'
            f"Hint: torch.{function}(2, 3), or torch.{function}(()) for a single number."
        )
    if isinstance(args[0], list | tuple):
        if len(args) > 1:
            raise TypeError(
                f"{function}() takes 1 positional argument but {len(args)} were given\n"
                "Hint: the size is one tuple, or numbers one after the other."
            )
        lengths, single = args[0], False
    else:
        lengths, single = args, True
    shape = tuple(as_length(function, n, i, single) for i, n in enumerate(lengths))
    for length in shape:
        if length < 0:
            what = (
                "zeros: Dimension size must be non-negative."
                if function == "zeros"
                else f"Trying to create tensor with negative dimension {length}: {list(shape)}"
            )
            raise RuntimeError(f"{what}\nHint: a length is 0 or more; the size was {shape}.")
    return shape


def as_length(function: str, number: Any, position: int, single: bool) -> int:
    """One length of a size: a whole number, maybe NumPy's or a tensor's."""
    if type(number) is int:
        return number
    try:
        if not isinstance(number, bool | np.ndarray) or position:
            return index(number)
    except (TypeError, RuntimeError):
        pass
    what = f"{function}(): argument 'size' "
    if position:
        what += (
            f"failed to unpack the object at pos {position + 1} with error "
            f'"type must be tuple of ints,but got {type_name(number)}"'
        )
    elif single:
        what += f"(position 1) must be tuple of ints, not {type_name(number)}"
    else:
        what += (
            "(position 1) must be tuple of ints, but found element of type "
            f"{type_name(number)} at pos 0"
        )
    raise TypeError(f"{what}\nHint: for example torch.{function}(2, 3).")


# Numbers ----------------------------------------------------------------------------------------


def as_int(function: str, value: Any, argument: str, position: int) -> int:
    """A whole number given as an argument; TypeError if it is none."""
    if type(value) is int:
        return value
    try:
        if not isinstance(value, bool):
            return index(value)
    except (TypeError, RuntimeError):
        pass
    raise not_a("int", function, value, argument, position)


def as_float(function: str, value: Any, argument: str, position: int) -> float:
    """A number given as an argument; TypeError if it is none."""
    if isinstance(value, Tensor):
        value = value.item()
    if not isinstance(value, int | float | np.number):
        raise not_a("float", function, value, argument, position)
    return float(value)


def as_number(function: str, value: Any, argument: str, position: int) -> int | float | bool:
    """Python's number for a Python, NumPy or tensor number; TypeError for anything else."""
    if isinstance(value, Tensor) and value._node is None and not value._data.ndim:
        value = value._data
    if isinstance(value, np.generic):  # NumPy's True is a float here, in PyTorch too
        value = float(value) if isinstance(value, np.bool_) else value.item()
    if isinstance(value, int | float):
        return value
    raise not_a("Number", function, value, argument, position)


def not_a(kind: str, function: str, value: object, argument: str, position: int) -> TypeError:
    """PyTorch's words for an argument of the wrong kind."""
    return TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be {kind}, "
        f"not {type_name(value)}"
    )


def fits(number: float, dtype: np.dtype[Any]) -> bool:
    """Whether PyTorch takes a Python number for a dtype; a negative whole number wraps around."""
    if dtype.kind == "b":
        return True
    if dtype.kind == "f":
        largest = float(np.finfo(dtype).max)
        small = isinstance(number, float) and dtype.itemsize == 2  # PyTorch makes it infinite
        return small or not largest < abs(number) < float("inf")
    limits = np.iinfo(dtype)
    lowest = -int(limits.max) if dtype.kind == "u" and isinstance(number, int) else limits.min
    return bool(lowest <= number <= limits.max)


def filled_with(number: float, dtype: np.dtype[Any]) -> Any:
    """A Python number as a NumPy scalar of a dtype; RuntimeError if it does not fit."""
    if isinstance(number, int) and not -(2**63) <= number < 2**64:
        raise OverflowError(
            "int too big to convert" if number > 0 else "can't convert negative int to unsigned"
        )
    if not fits(number, dtype):
        raise RuntimeError(
            f"value cannot be converted to type {fixed_width_name(dtype)} without overflow\n"
            f"Hint: {number} does not fit into torch.{dtype.name}; choose a wider dtype."
        )
    if dtype.kind in "iu":
        return np.array(int(number) % 2**64, np.uint64).astype(dtype)[()]
    with np.errstate(over="ignore"):
        return np.float64(number).astype(dtype)
