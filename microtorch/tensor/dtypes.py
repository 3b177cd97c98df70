"""Element types with PyTorch's names and rules, and the shape type that prints its way."""

from __future__ import annotations

from typing import Any

import numpy as np


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as ``torch.Size([2, 3])``."""

    def numel(self) -> int:
        """How many entries an array of this shape has."""
        return int(np.prod(self, dtype=int))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


class DType:
    """An element type: a name and NumPy's dtype behind it.

    >>> import microtorch as torch
    >>> torch.tensor([1.0]).dtype
    torch.float32
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        by_numpy[self.numpy] = self

    @property
    def is_floating_point(self) -> bool:
        """Whether it holds floats: only these can require gradients."""
        return self.numpy.kind == "f"

    def __repr__(self) -> str:
        return f"torch.{self.name}"


by_numpy: dict[np.dtype[Any], DType] = {}
float16, float32, float64 = DType("float16"), DType("float32"), DType("float64")
int8, int16, int32, int64 = DType("int8"), DType("int16"), DType("int32"), DType("int64")
uint8, bool_ = DType("uint8"), DType("bool")

RANK = {"b": 0, "u": 1, "i": 1, "f": 2}


def as_numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype for ``torch.float32``, ``np.float32``, ``"float32"``, or ``float`` (64 bits)."""
    if isinstance(dtype, DType):
        return dtype.numpy
    found: np.dtype[Any] = np.dtype(dtype)
    if found not in by_numpy:
        known = ", ".join(d.name for d in by_numpy.values())
        raise TypeError(f"microtorch has no dtype {found}; it has: {known}")
    return found


def result_type(x: Any, z: Any) -> np.dtype[Any]:
    """PyTorch's promotion of two tensors' arrays.

    Types rank bool < integer < float. Within one rank, arrays with dimensions outweigh single
    numbers, so a float64 number does not turn a float32 vector into float64.
    """
    low, high = sorted((x, z), key=lambda a: RANK[a.dtype.kind])
    winner: np.dtype[Any] = high.dtype
    if RANK[low.dtype.kind] == RANK[high.dtype.kind]:
        if bool(low.ndim) == bool(high.ndim):
            return np.promote_types(low.dtype, high.dtype)
        winner = (low if low.ndim else high).dtype
    elif low.ndim and not high.ndim and high.dtype.kind == "f":
        winner = float32.numpy  # a whole-number array meets a single float: the default float
    return winner
