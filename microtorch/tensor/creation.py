"""New tensors: filled with one number, or counted. (Those of data that exist: data.py.)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.tensor.data import as_tensor as as_tensor  # noqa: PLC0414 (re-exported)
from microtorch.tensor.data import from_numpy as from_numpy  # noqa: PLC0414
from microtorch.tensor.data import tensor as tensor  # noqa: PLC0414
from microtorch.tensor.dtypes import (
    WIDER,
    DType,
    as_dtype,
    by_numpy,
    convert,
    get_default_dtype,
    int64,
    wanted_dtype,
)
from microtorch.tensor.methods import method
from microtorch.tensor.options import (
    as_int,
    as_number,
    as_size,
    check_tensor,
    filled_with,
    finished,
    memory_layout,
    not_a,
    wrong_arguments,
)
from microtorch.tensor.tensor import Tensor

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "tril_indices",
    "triu_indices",
    "zeros",
    "zeros_like",
]

# Filled with one number -------------------------------------------------------------------------


def zeros(
    *args: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor of zeros: ``zeros(2, 3)`` or ``zeros((2, 3))``.

    >>> import microtorch as torch
    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    array = np.zeros(as_size("zeros", args, size), wanted_dtype(dtype, "zeros"))
    return finished("zeros", array, requires_grad, options)


def ones(
    *args: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor of ones: ``ones(2, 3)`` or ``ones((2, 3))``."""
    array = np.ones(as_size("ones", args, size), wanted_dtype(dtype, "ones"))
    return finished("ones", array, requires_grad, options)


def empty(
    *args: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor to be filled later. In PyTorch it holds whatever was in memory; here, zeros."""
    array = np.zeros(as_size("empty", args, size), wanted_dtype(dtype, "empty"))
    return finished("empty", array, requires_grad, options)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor with every entry equal to fill_value, whose kind of number gives the dtype.

    >>> import microtorch as torch
    >>> torch.full((2,), 3.0), torch.full((2,), 3)
    (tensor([3., 3.]), tensor([3, 3]))
    """
    number = as_number("full", fill_value, "fill_value", 2)
    filled = filled_array("full", size, number, wanted_dtype(dtype, "full", natural(number)))
    return finished("full", filled, requires_grad, options)


def natural(number: float) -> DType:
    """The dtype of a Python number."""
    return get_default_dtype() if isinstance(number, float) else as_dtype(type(number))


def filled_array(function: str, size: Any, number: float, dtype: np.dtype[Any]) -> Any:
    """An array of this size, which must be a tuple or list, with every entry equal to number."""
    if not isinstance(size, list | tuple):
        raise not_a("tuple of ints", function, size, "size", 1)
    return np.full(as_size(function, (size,)), filled_with(number, dtype))


def zeros_like(
    input: Tensor, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """Zeros with the shape, dtype and memory order of another tensor."""
    return finished("zeros_like", like("zeros_like", input, dtype, 0), requires_grad, options)


def ones_like(
    input: Tensor, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """Ones with the shape, dtype and memory order of another tensor."""
    return finished("ones_like", like("ones_like", input, dtype, 1), requires_grad, options)


def empty_like(
    input: Tensor, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor to be filled later, with the shape of another. (It holds zeros.)"""
    return finished("empty_like", like("empty_like", input, dtype, 0), requires_grad, options)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Every entry equal to fill_value, with the shape and dtype of another tensor."""
    check_tensor("full_like", input)
    number = as_number("full_like", fill_value, "fill_value", 2)
    return finished("full_like", like("full_like", input, dtype, number), requires_grad, options)


def like(function: str, input: Tensor, dtype: Any, number: float) -> Any:
    """An array shaped as a tensor, with every entry equal to number."""
    check_tensor(function, input)
    filled = filled_with(number, wanted_dtype(dtype, function, by_numpy[input._data.dtype]))
    return np.full_like(input._data, filled, dtype=filled.dtype, order=memory_layout(input))


@method
def new_zeros(
    input: Tensor,
    *args: Any,
    size: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Zeros of another size, with the dtype of this tensor."""
    wanted = wanted_dtype(dtype, "new_zeros", input.dtype)
    array = np.zeros(as_size("new_zeros", args, size), wanted)
    return finished("new_zeros", array, requires_grad, options)


@method
def new_ones(
    input: Tensor,
    *args: Any,
    size: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Ones of another size, with the dtype of this tensor."""
    wanted = wanted_dtype(dtype, "new_ones", input.dtype)
    array = np.ones(as_size("new_ones", args, size), wanted)
    return finished("new_ones", array, requires_grad, options)


@method
def new_empty(
    input: Tensor,
    *args: Any,
    size: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """A tensor to be filled later, of another size, with the dtype of this one. (It holds zeros.)"""
    wanted = wanted_dtype(dtype, "new_empty", input.dtype)
    array = np.zeros(as_size("new_empty", args, size), wanted)
    return finished("new_empty", array, requires_grad, options)


@method
def new_full(
    input: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Every entry equal to fill_value, of another size, with the dtype of this tensor."""
    number = as_number("new_full", fill_value, "fill_value", 2)
    wanted = wanted_dtype(dtype, "new_full", input.dtype)
    filled = filled_array("new_full", size, number, wanted)
    return finished("new_full", filled, requires_grad, options)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere; n rows and m (or n) columns."""
    rows = as_int("eye", n, "n", 1)
    columns = rows if m is None else as_int("eye", m, "m", 2)
    for name, length in (("n", rows), ("m", columns)):
        if length < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {length}")
    array = np.eye(rows, columns, dtype=wanted_dtype(dtype, "eye"))
    return finished("eye", array, requires_grad, options)


# Counted ----------------------------------------------------------------------------------------

NOTHING = object()  # an argument that was not given


def arange(
    *args: Any,
    start: Any = NOTHING,
    end: Any = NOTHING,
    step: Any = NOTHING,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Numbers from start (0) up to, and without, end: ``arange(end)``, ``arange(start, end, step)``.

    ceil((end - start) / step) numbers: start, start + step, ... If one of the three is a float
    they are floats, else int64. Raises RuntimeError if step does not lead from start to end.

    >>> import microtorch as torch
    >>> torch.arange(1, 10, 3)
    tensor([1, 4, 7])
    """
    first, last, by = range_arguments(args, start, end, step)
    whole = not any(isinstance(number, float) for number in (first, last, by))
    found = wanted_dtype(dtype, "arange", int64 if whole else None)
    if found.kind == "b":
        raise NotImplementedError(
            "\"arange_cpu\" not implemented for 'Bool'\nHint: write torch.tensor([False, True])."
        )
    count, first, by = range_length(first, last, by, found)
    if found.kind == "f":
        numbers = counted(first, by, count, found)
    else:
        numbers = (np.int64(first) + np.arange(count) * np.int64(by)).astype(found)
    return finished("arange", numbers, requires_grad, options)


def counted(start: float, step: float, count: int, dtype: np.dtype[Any]) -> Any:
    """start + step i, rounded as PyTorch rounds: 32 bytes at a time are counted from their first."""
    exact = np.float32 if dtype.itemsize == 2 else np.float64
    wide = WIDER[exact.__name__]
    by = wide(exact(step))
    numbers = (wide(exact(start)) + by * np.arange(count)).astype(exact).astype(dtype)
    width = 32 // dtype.itemsize
    in_pairs = count - count % (2 * width)
    blocks = numbers[:in_pairs].reshape(-1, width)
    blocks[:] = (blocks[:, :1].astype(wide) + by * np.arange(width)).astype(exact)
    return numbers


def range_arguments(args: tuple[Any, ...], start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """start, end and step, which may be given by position or by name."""
    named = {"start": start, "end": end, "step": step}
    named = {name: value for name, value in named.items() if value is not NOTHING}
    order = ("end",) if len(args) == 1 and "end" not in named else ("start", "end", "step")
    given = dict(zip(order, args, strict=False))
    if len(args) > 3 or not (args or named) or given.keys() & named.keys():
        raise wrong_arguments("arange", *args, **named)
    given |= named
    if "end" not in given:
        raise TypeError(
            'arange() missing 1 required positional arguments: "end"\nHint: torch.arange(end=5).'
        )
    if "step" in given and "start" not in given:
        raise wrong_arguments("arange", *args, **named)
    if given.keys() == {"end"}:
        given["end"] = as_number("arange", given["end"], "end", 1)
    try:
        numbers = [as_number("arange", given.get(n, d), n, 1) for n, d in RANGE]
    except TypeError:
        if given.keys() == {"end"}:
            raise
        raise wrong_arguments("arange", *args, **named) from None
    return numbers[0], numbers[1], numbers[2]


RANGE = (("start", 0), ("end", 0), ("step", 1))


def range_length(
    start: float, end: float, step: float, dtype: np.dtype[Any]
) -> tuple[int, float, float]:
    """How many numbers there are, with start and step as the dtype holds them."""
    first, last, by = start, end, step
    if dtype.kind != "f":
        first, last, by = (int(filled_with(x, np.dtype(np.int64))) for x in (start, end, step))
    if not step or math.isnan(step):
        raise RuntimeError("step must be nonzero\nHint: step says how far the next number is.")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign\n"
            f"Hint: steps of {step} never lead from {start} to {end}."
        )
    if dtype == np.int64:
        if not by:
            raise ValueError(f"step must be nonzero\nHint: the step {step} is 0 as a whole number.")
        count = -((first - last) // by)
    else:
        count = math.ceil((float(end) - float(start)) / float(step))
    if count >= 2**63:
        raise RuntimeError("invalid size, possible overflow?\nHint: that is too many numbers.")
    return int(count), first, by


def linspace(
    start: Any,
    end: Any,
    steps: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """``steps`` numbers at equal distances from start to end, both included.

    For whole-number dtypes fractions are cut off.

    >>> import microtorch as torch
    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    first, last, count = space_arguments("linspace", start, end, steps)
    found = wanted_dtype(dtype, "linspace")
    numbers = spaced("linspace", first, last, count, found)
    return finished("linspace", convert(numbers, found), requires_grad, options)


def logspace(
    start: Any,
    end: Any,
    steps: Any = None,
    base: Any = 10.0,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """base to the powers of linspace(start, end, steps)."""
    first, last, count = space_arguments("logspace", start, end, steps)
    if not isinstance(base, int | float):
        raise wrong_arguments("logspace", start, end, steps, base=base)
    found = wanted_dtype(dtype, "logspace")
    powers = (
        spaced("logspace", first, last, count, found) if count != 1 else np.array([float(first)])
    )
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = powers.dtype.type(base) ** powers
    return finished("logspace", convert(numbers, found), requires_grad, options)


def space_arguments(function: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any, int]:
    """start, end and the number of steps."""
    for name, value in (("start", start), ("end", end)):
        if isinstance(value, Tensor) and value._data.ndim:
            raise RuntimeError(
                f"{function} only supports 0-dimensional start and end tensors, but got {name} "
                f"with {value._data.ndim} dimension(s)."
            )
    try:
        first = as_number(function, start, "start", 1)
        last = as_number(function, end, "end", 2)
        count = as_int(function, steps, "steps", 3)
    except TypeError:
        given = (start, end) if steps is None else (start, end, steps)
        raise wrong_arguments(function, *given) from None
    if count < 0:
        raise RuntimeError(
            f"number of steps must be non-negative\nHint: it was {count}; write 0 or more."
        )
    return first, last, count


def spaced(function: str, start: float, end: float, count: int, dtype: np.dtype[Any]) -> Any:
    """Numbers at equal distances, counted from both ends to the middle as PyTorch does."""
    if dtype.kind == "b":
        raise NotImplementedError(f"\"{function}_cpu\" not implemented for 'Bool'")
    exact = dtype.type if dtype.kind == "f" else np.float64
    if not count:
        return np.zeros(0, exact)
    first = exact(filled_with(start, dtype))
    last = exact(filled_with(end, dtype)) if count > 1 else first
    wide = WIDER.get(np.dtype(exact).name, exact)  # a product and a sum are rounded once
    with np.errstate(invalid="ignore", over="ignore"):
        step = (last - first) / exact(max(count - 1, 1))
        steps = np.arange(count).astype(wide) * wide(step)
        numbers = (wide(first) + steps).astype(exact)
        numbers[count // 2 :] = (wide(last) - steps[: count - count // 2][::-1]).astype(exact)
    if count == 1:
        numbers[:] = first
    return numbers


# Indices ----------------------------------------------------------------------------------------


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any
) -> Tensor:
    """Rows and columns of the entries on and below a diagonal of a row x col matrix.

    >>> import microtorch as torch
    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return triangle("tril_indices", row, col, offset, dtype, options)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, **options: Any
) -> Tensor:
    """Rows and columns of the entries on and above a diagonal of a row x col matrix."""
    return triangle("triu_indices", row, col, offset, dtype, options)


def triangle(
    function: str, row: int, col: int, offset: int, dtype: Any, options: dict[str, Any]
) -> Tensor:
    """The indices of the lower or upper triangle."""
    rows, columns = as_int(function, row, "row", 1), as_int(function, col, "col", 2)
    diagonal = as_int(function, offset, "offset", 3)
    for name, length in (("row", rows), ("col", columns)):
        if length < 0:
            raise RuntimeError(f"{name} must be non-negative, got{length}")
    found = wanted_dtype(dtype, function, int64)
    if found.kind != "i":
        raise NotImplementedError(f"\"{function}\" not implemented for '{title(found)}'")
    lower = np.tri(rows, columns, diagonal if function == "tril_indices" else diagonal - 1, bool)
    inside = lower if function == "tril_indices" else ~lower
    return finished(function, np.stack(np.nonzero(inside)).astype(found), False, options)
