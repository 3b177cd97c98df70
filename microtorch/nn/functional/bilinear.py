"""All products of two inputs, weighted: the function behind nn.Bilinear."""

from __future__ import annotations

import math

from microtorch.autograd.dtype_names import fixed_width_name
from microtorch.nn.functional.common import check_tensor
from microtorch.tensor import Tensor

__all__ = ["bilinear"]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y_k = sum over i and j of x1_i W_kij x2_j, plus b_k.

    input1: (..., n), input2: (..., m), weight: (k, n, m), bias: (k); the result is (..., k).
    Raises RuntimeError if the shapes or dtypes do not fit.

    >>> import microtorch as torch
    >>> a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    >>> torch.nn.functional.bilinear(a, b, torch.ones(1, 2, 2))
    tensor([21.])
    """
    for position, (name, value) in enumerate(
        (("input1", input1), ("input2", input2), ("weight", weight)), 1
    ):
        check_tensor("bilinear", value, name, position)
    check_shapes(input1, input2, weight, bias)
    *batch, n = input1.shape
    outputs, _, m = weight.shape
    rows = math.prod(batch)
    first, second = input1.reshape(rows, n), input2.reshape(rows, 1, m)
    by_first = (first @ weight.transpose(0, 1).reshape(n, outputs * m)).reshape(rows, outputs, m)
    y: Tensor = (by_first * second).sum(-1).reshape(*batch, outputs)
    if bias is not None:
        y = y + bias
    return y


def check_shapes(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise PyTorch's words for the first thing that does not fit."""
    if input1.dim() != input2.dim():
        raise RuntimeError(
            f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}"
        )
    for dim, (one, other) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if one != other:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {dim}: "
                f"got {one} and {other}\nHint: all lengths but the last must be equal."
            )
    for number, given in ((1, input1), (2, input2)):
        if given.shape[-1] != weight.shape[number]:
            raise RuntimeError(
                f"bilinear(): input{number} size does not match weight size: "
                f"got {given.shape[-1]} but expected {weight.shape[number]}\n"
                f"Hint: the weight has shape (k, n, m) = {tuple(weight.shape)}; input1 ends with "
                "n, input2 with m."
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            "bilinear(): bias size does not match weight size: "
            f"got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    if not input1.dtype == input2.dtype == weight.dtype:
        names = [fixed_width_name(t) for t in (input1, input2, weight)]
        raise RuntimeError(
            "All tensors must have the same dtype, got input1: {}, input2: {}, weight: {}\n"
            "Hint: convert one of them, for example with .float().".format(*names)
        )
