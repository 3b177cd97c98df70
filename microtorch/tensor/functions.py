"""PyTorch's functions that stand beside the methods: ``torch.exp(x)`` is ``x.exp()``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.tensor.dispatch import not_a_tensor, record
from microtorch.tensor.dtypes import result_type
from microtorch.tensor.shapes import as_axes
from microtorch.tensor.tensor import Tensor


def function(method: Callable[..., Any]) -> Callable[..., Tensor]:
    """A method as a function that says so if its first argument is no Tensor."""

    @wraps(method)
    def checked(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not isinstance(input, Tensor):
            raise not_a_tensor(method.__name__, input)
        result = method(input, *args, **kwargs)
        if result is NotImplemented:
            raise not_a_tensor(method.__name__, args[0], "other", 2)
        return result  # type: ignore[no-any-return]

    return checked


add, sub, mul, div = [function(m) for m in (Tensor.add, Tensor.sub, Tensor.mul, Tensor.div)]
neg, abs, square = [function(m) for m in (Tensor.neg, Tensor.abs, Tensor.square)]
exp, log, sqrt = [function(m) for m in (Tensor.exp, Tensor.log, Tensor.sqrt)]
sin, cos, sign = [function(m) for m in (Tensor.sin, Tensor.cos, Tensor.sign)]
tanh, sigmoid, relu = [function(m) for m in (Tensor.tanh, Tensor.sigmoid, Tensor.relu)]
maximum, minimum = [function(m) for m in (Tensor.maximum, Tensor.minimum)]
dot, mv, mm, matmul = [function(m) for m in (Tensor.dot, Tensor.mv, Tensor.mm, Tensor.matmul)]
sum, mean = [function(m) for m in (Tensor.sum, Tensor.mean)]
reshape, permute, transpose = [
    function(m) for m in (Tensor.reshape, Tensor.permute, Tensor.transpose)
]
t, flatten, unsqueeze = [function(m) for m in (Tensor.t, Tensor.flatten, Tensor.unsqueeze)]


def pow(input: Any, exponent: Any) -> Tensor:
    """input ** exponent; one of the two may be a plain number."""
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise not_a_tensor("pow", input)
    return input**exponent  # type: ignore[no-any-return]


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along a dimension that exists.

    >>> import microtorch as torch
    >>> torch.cat([torch.ones(2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    tensors = alike(tensors, "cat")
    axis = as_axes(dim, tensors[0].ndim)[0]  # type: ignore[index]
    ends = tuple(np.cumsum([t.shape[axis] for t in tensors]).tolist())
    try:
        return record(ops.Cat, tensors, (axis, ends))
    except ValueError:
        raise RuntimeError(
            f"Sizes of tensors must match except in dimension {axis}. "
            f"Got shapes {[tuple(t.shape) for t in tensors]}."
        ) from None


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension.

    >>> import microtorch as torch
    >>> torch.stack([torch.ones(2), torch.zeros(2)])
    tensor([[1., 1.],
            [0., 0.]])
    """
    tensors = alike(tensors, "stack")
    axis = as_axes(dim, tensors[0].ndim + 1)[0]  # type: ignore[index]
    try:
        return record(ops.Stack, tensors, (axis,))
    except ValueError:
        raise RuntimeError(
            "stack expects each tensor to be equal size, but got "
            f"{[list(t.shape) for t in tensors]}"
        ) from None


def alike(tensors: Sequence[Tensor], name: str) -> tuple[Tensor, ...]:
    """At least one tensor, all of one dtype."""
    tensors = tuple(tensors)
    if not tensors:
        raise RuntimeError(f"{name}(): expected a non-empty list of Tensors")
    for each in tensors:
        if not isinstance(each, Tensor):
            raise not_a_tensor(name, each, "tensors")
    common = tensors[0]._data
    for each in tensors[1:]:
        common = common.astype(result_type(common, each._data), copy=False)
    return tuple(each._cast(common.dtype) for each in tensors)


def is_tensor(obj: object) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """How many entries a tensor has."""
    return input.numel()
