"""The same numbers in another dtype, or in memory of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.tensor.device import check_cpu
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import DType, as_numpy_dtype, by_numpy
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = ["clone", "is_floating_point", "is_nonzero", "is_tensor", "numel"]


by_name = {dtype.name for dtype in by_numpy.values()}


def conversion(name: str, dtype: str) -> Any:
    """A method such as ``x.double()``."""

    def convert(self: Tensor) -> Tensor:
        return self._cast(np.dtype(dtype))

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"As {dtype}."
    return convert


for name, dtype in {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "char": "int8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "byte": "uint8",
    "bool": "bool",
}.items():
    setattr(Tensor, name, conversion(name, dtype))


@method
def to(self: Tensor, *target: Any, copy: bool = False, **options: Any) -> Tensor:
    """The tensor in a dtype, or that of another tensor; itself if it has that dtype already.

    ``to("cpu")`` and the options that speed up transfers between devices change nothing: here
    everything is on the CPU.
    """
    wanted = self._data.dtype
    for each in (*target, options.get("dtype"), options.get("device"), options.get("other")):
        if isinstance(each, Tensor):
            wanted = each._data.dtype
        elif isinstance(each, DType | type | np.dtype) or (
            isinstance(each, str) and each in by_name
        ):
            wanted = as_numpy_dtype(each)
        elif each is not None and not isinstance(each, bool):
            check_cpu(each)
    result = self._cast(wanted)
    return clone(self) if copy and result is self else result


@method
def astype(self: Tensor, dtype: Any) -> Tensor:
    """NumPy's name, so that a vjp can change the dtype of an array and of a Tensor alike."""
    return self._cast(as_numpy_dtype(dtype))


def named_type(self: Tensor, dtype: Any = None) -> Any:
    """Without an argument the name, ``'torch.FloatTensor'``; else the tensor in that dtype."""
    if dtype is None:
        return f"torch.{title(self._data.dtype)}Tensor"
    names = {f"torch.{title(each)}Tensor": each for each in by_numpy}
    if isinstance(dtype, type):  # torch.LongTensor, as old programs write
        module = "" if dtype.__module__ == "builtins" else f"{dtype.__module__}."
        dtype = module + dtype.__name__
    if isinstance(dtype, str):
        if dtype not in names:
            raise ValueError(
                f"invalid type: '{dtype}'\nHint: write torch.float32, torch.int64, ..."
            )
        return self._cast(names[dtype])
    if not isinstance(dtype, DType):
        raise TypeError(
            "dtype must be a type, str, or dtype object\nHint: write torch.float32, torch.int64, ..."
        )
    return self._cast(dtype.numpy)


method(named_type, "type")


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """In the dtype of another tensor."""
    return self._cast(other._data.dtype)


@method
def cpu(self: Tensor) -> Tensor:
    """Itself: everything is on the CPU."""
    return self


@method
def cuda(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """There is no other device: raises RuntimeError."""
    check_cpu("cuda")
    return self


@method
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy with memory of its own, still part of the graph."""
    return record(ops.Clone, (input,), ())


@method
def is_floating_point(input: Tensor) -> bool:
    """Whether it holds floats."""
    return bool(input._data.dtype.kind == "f")


@method
def is_nonzero(input: Tensor) -> bool:
    """Whether its single number is not zero."""
    return bool(input)


def is_tensor(obj: object) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """How many entries a tensor has."""
    return input.numel()
