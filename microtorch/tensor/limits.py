"""The limits of the element types: ``torch.finfo`` for floats, ``torch.iinfo`` for integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor.dtypes import DType, get_default_dtype

__all__ = ["finfo", "iinfo"]


class finfo:
    """The limits of a float type: how fine (eps), how large (max), how small (tiny).

    ``eps`` is the distance from 1 to the next larger number, ``resolution`` the same as a power
    of ten. Without an argument: of the default dtype. Raises TypeError for other types.

    >>> import microtorch as torch
    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: DType | None = None) -> None:
        found = checked("finfo", get_default_dtype() if type is None else type)
        if found.kind != "f":
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                "Use torch.iinfo to handle 'torch.finfo'"
            )
        limits = np.finfo(found)
        self.dtype = found.name
        self.bits = int(limits.bits)
        self.resolution = 10.0 ** -int(limits.precision)
        self.min, self.max = float(limits.min), float(limits.max)
        self.eps = float(limits.eps)
        self.smallest_normal = self.tiny = float(limits.smallest_normal)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"


class iinfo:
    """The limits of an integer type: its smallest and its largest number.

    >>> import microtorch as torch
    >>> torch.iinfo(torch.uint8).max
    255
    """

    def __init__(self, type: DType) -> None:
        found = checked("iinfo", type)
        if found.kind == "f":
            raise TypeError(
                "torch.iinfo() requires an integer input type. "
                "Use torch.finfo to handle 'torch.iinfo'"
            )
        if found.kind == "b":
            raise TypeError("torch.bool is not supported by torch.iinfo")
        limits = np.iinfo(found)
        self.dtype = found.name
        self.bits = int(limits.bits)
        self.min, self.max = int(limits.min), int(limits.max)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def checked(function: str, dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype of a DType; TypeError for anything else."""
    if not isinstance(dtype, DType):
        raise TypeError(
            f"{function}(): argument 'type' (position 1) must be torch.dtype, "
            f"not {type(dtype).__name__}\nHint: give one by name, for example torch.float32 or torch.int64."
        )
    return dtype.numpy
