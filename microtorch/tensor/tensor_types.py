"""The constructors of old programs: ``torch.FloatTensor([1, 2])``, ``torch.LongTensor(3)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor import dtypes
from microtorch.tensor.data import new_array
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.dtypes import DType, Size
from microtorch.tensor.options import as_size, type_name
from microtorch.tensor.tensor import Tensor

__all__ = [
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
]


class TensorType(type):
    """A constructor for one dtype, which ``isinstance`` knows too.

    >>> import microtorch as torch
    >>> torch.LongTensor([1, 2])
    tensor([1, 2])
    >>> isinstance(torch.zeros(2), torch.FloatTensor)
    True
    """

    dtype: DType

    def __call__(cls, *args: Any) -> Tensor:
        return wrap(legacy_array(args, cls.dtype))

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype


class VariableType(type):
    """``Variable(x, requires_grad=True)`` is a Tensor, and so says ``isinstance``."""

    def __call__(
        cls, data: Any = None, requires_grad: bool = False, volatile: bool = False
    ) -> Tensor:
        tensor: Tensor = data.detach()
        return tensor.requires_grad_() if requires_grad else tensor

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


def legacy_array(args: tuple[Any, ...], dtype: DType) -> Any:
    """What old constructors make: of numbers a shape to be filled, of a list its entries."""
    if len(args) == 1 and not isinstance(args[0], Size):
        data = args[0]
        if isinstance(data, Tensor):
            return data._data
        if isinstance(data, list | tuple | np.ndarray):
            return new_array(data, dtype.numpy)[()]
        if not isinstance(data, int):
            raise TypeError(
                f"new(): data must be a sequence (got {type_name(data)})\n"
                "Hint: torch.tensor(...) makes a tensor of a single number."
            )
    return np.zeros(as_size("new", args or (0,)), dtype.numpy)[()]


def tensor_type(name: str, dtype: DType) -> TensorType:
    return TensorType(name, (), {"dtype": dtype, "__module__": "torch"})


class Variable(metaclass=VariableType):
    """What old programs wrapped tensors in: today it returns the tensor itself."""


HalfTensor = tensor_type("HalfTensor", dtypes.float16)
FloatTensor = tensor_type("FloatTensor", dtypes.float32)
DoubleTensor = tensor_type("DoubleTensor", dtypes.float64)
CharTensor = tensor_type("CharTensor", dtypes.int8)
ShortTensor = tensor_type("ShortTensor", dtypes.int16)
IntTensor = tensor_type("IntTensor", dtypes.int32)
LongTensor = tensor_type("LongTensor", dtypes.int64)
ByteTensor = tensor_type("ByteTensor", dtypes.uint8)
BoolTensor = tensor_type("BoolTensor", dtypes.bool_)
