"""New tensors: from numbers, filled, or counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor.dtypes import as_numpy_dtype, float32
from microtorch.tensor.shapes import unpacked
from microtorch.tensor.tensor import Tensor


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with its own copy of the data.

    Python floats become float32 and whole numbers int64, as in PyTorch; NumPy arrays keep their
    dtype. Raises ValueError if nested lists have uneven lengths.

    >>> import microtorch as torch
    >>> torch.tensor([1, 4.5])
    tensor([1.0000, 4.5000])
    """
    array = data._data.copy() if isinstance(data, Tensor) else as_array(data)
    if dtype is not None:
        array = array.astype(as_numpy_dtype(dtype))
    made = Tensor(array[()])
    return made.requires_grad_() if requires_grad else made


def as_array(data: Any) -> Any:
    """Numbers, nested lists (which may hold tensors) or an array, as a new array."""
    try:
        array = np.array(unwrap(data))
    except ValueError:
        raise ValueError(
            "the nested lists do not make a rectangle: every row must have the same length"
        ) from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a tensor holds numbers; cannot make one of {type(data).__name__} data")
    if array.dtype == np.float64 and not isinstance(data, np.ndarray | np.float64):
        return array.astype(float32.numpy)
    as_numpy_dtype(array.dtype)
    return array


def unwrap(data: Any) -> Any:
    """Nested lists with the tensors in them turned into lists."""
    if isinstance(data, Tensor):
        return data.tolist()
    return [unwrap(x) for x in data] if isinstance(data, list | tuple) else data


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """The data as a tensor: itself if it is one already, sharing memory with a NumPy array."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and dtype is None:
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares memory with the array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    as_numpy_dtype(array.dtype)
    return Tensor(array[()])


def full(size: Any, fill_value: float, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with every entry equal to fill_value."""
    inferred = dtype or (float32 if isinstance(fill_value, float) else type(fill_value))
    array = np.full(tuple(size), fill_value, as_numpy_dtype(inferred))
    return tensor(array, requires_grad=requires_grad)


def zeros(*size: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros: ``zeros(2, 3)`` or ``zeros((2, 3))``."""
    return full(unpacked(size), 0, dtype=dtype, requires_grad=requires_grad)


def ones(*size: Any, dtype: Any = float32, requires_grad: bool = False) -> Tensor:
    """A tensor of ones: ``ones(2, 3)`` or ``ones((2, 3))``."""
    return full(unpacked(size), 1, dtype=dtype, requires_grad=requires_grad)


def zeros_like(input: Tensor) -> Tensor:
    """Zeros with the shape and dtype of another tensor."""
    return full(input.shape, 0, dtype=input.dtype)


def ones_like(input: Tensor) -> Tensor:
    """Ones with the shape and dtype of another tensor."""
    return full(input.shape, 1, dtype=input.dtype)


def arange(start: float, end: float | None = None, step: float = 1, *, dtype: Any = None) -> Tensor:
    """Numbers from start up to, and without, end."""
    first, last = (0, start) if end is None else (start, end)
    return tensor(np.arange(first, last, step).tolist() or np.zeros(0, np.int64), dtype=dtype)


def linspace(start: float, end: float, steps: int, *, dtype: Any = float32) -> Tensor:
    """``steps`` numbers at equal distances from start to end, both included."""
    return tensor(np.linspace(start, end, steps), dtype=dtype)
