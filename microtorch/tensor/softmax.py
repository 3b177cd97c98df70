"""Softmax and its logarithm, as functions and as methods of Tensor."""

from __future__ import annotations

from typing import Any

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops import Op
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import as_numpy_dtype
from microtorch.tensor.methods import method
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.tensor import Tensor

__all__ = ["log_softmax", "softmax"]


@method
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Probabilities: e^x, divided by its sum along ``dim``. The shape stays.

    With ``dtype`` the input is converted first. IndexError if there is no such dimension.

    >>> import microtorch as torch
    >>> torch.softmax(torch.tensor([1.0, 1.0, 1.0, 1.0]), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return along("softmax", ops.Softmax, input, dim, dtype)


@method
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """ln(softmax(x)) along ``dim``, without computing tiny probabilities on the way."""
    return along("log_softmax", ops.LogSoftmax, input, dim, dtype)


def along(name: str, op: type[Op], input: Tensor, dim: int, dtype: Any) -> Tensor:
    """The op along a dimension, on floats."""
    if dtype is not None:
        input = input._cast(as_numpy_dtype(dtype))
    axis = as_axis(dim, input.ndim)
    kind = input._data.dtype
    if kind.kind != "f":
        last = "lastdim_" if axis == max(input.ndim - 1, 0) else ""
        raise NotImplementedError(
            f"\"{name}_{last}kernel_impl\" not implemented for '{title(kind)}'\n"
            "Hint: probabilities are floats; convert first: x.float(), or give dtype=torch.float32."
        )
    return record(op, (input,), (axis,))
