"""PyTorch's functions that stand beside the methods: ``torch.exp(x)`` is ``x.exp()``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from microtorch import ops
from microtorch.tensor.dispatch import record
from microtorch.tensor.shapes import as_axes
from microtorch.tensor.tensor import Tensor

add, sub, mul, div = Tensor.add, Tensor.sub, Tensor.mul, Tensor.div
neg, abs, pow, square = Tensor.neg, Tensor.abs, Tensor.pow, Tensor.square
exp, log, sqrt, sin, cos = Tensor.exp, Tensor.log, Tensor.sqrt, Tensor.sin, Tensor.cos
tanh, sigmoid, relu, sign = Tensor.tanh, Tensor.sigmoid, Tensor.relu, Tensor.sign
maximum, minimum = Tensor.maximum, Tensor.minimum
dot, mv, mm, matmul = Tensor.dot, Tensor.mv, Tensor.mm, Tensor.matmul
sum, mean = Tensor.sum, Tensor.mean
reshape, transpose, permute, t = Tensor.reshape, Tensor.transpose, Tensor.permute, Tensor.t
flatten, unsqueeze = Tensor.flatten, Tensor.unsqueeze


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along a dimension that exists."""
    tensors = tuple(tensors)
    axis = as_axes(dim, tensors[0].ndim)[0]  # type: ignore[index]
    ends = tuple(np.cumsum([t.shape[axis] for t in tensors]).tolist())
    try:
        return record(ops.Cat, tensors, (axis, ends))
    except ValueError:
        raise RuntimeError(
            "Sizes of tensors must match except in dimension "
            f"{axis}. Got shapes {[tuple(t.shape) for t in tensors]}."
        ) from None


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension."""
    tensors = tuple(tensors)
    axis = as_axes(dim, tensors[0].ndim + 1)[0]  # type: ignore[index]
    try:
        return record(ops.Stack, tensors, (axis,))
    except ValueError:
        raise RuntimeError(
            "stack expects each tensor to be equal size, but got "
            f"{[list(t.shape) for t in tensors]}"
        ) from None


def is_tensor(obj: object) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """How many entries a tensor has."""
    return input.numel()
