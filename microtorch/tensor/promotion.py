"""Questions about the dtypes of tensors: what a result would have, and what one holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor import dtypes
from microtorch.tensor.dtypes import DType, by_numpy, can_cast, get_default_dtype, promote_types
from microtorch.tensor.methods import method
from microtorch.tensor.options import wrong_arguments
from microtorch.tensor.tensor import Tensor

__all__ = [
    "can_cast",
    "is_complex",
    "promote_types",
    "result_type",
]


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype of a result of two tensors or numbers: bool < integer < float.

    Within one rank, tensors with dimensions outweigh those without, and these Python's numbers.

    >>> import microtorch as torch
    >>> torch.result_type(torch.tensor([1, 2], dtype=torch.int32), 1.0)
    torch.float32
    """
    tensors = [x for x in (tensor1, tensor2) if isinstance(x, Tensor)]
    numbers = [x for x in (tensor1, tensor2) if isinstance(x, bool | int | float | np.number)]
    if len(tensors) + len(numbers) != 2:
        raise wrong_arguments("result_type", tensor1, tensor2)
    if len(tensors) == 2:
        return by_numpy[dtypes.result_type(tensor1._data, tensor2._data)]
    kinds = [number_dtype(x) for x in numbers]
    if not tensors:
        return promote_types(*kinds)
    dtype = tensors[0].dtype
    stronger = dtypes.RANK[kinds[0].numpy.kind] > dtypes.RANK[dtype.numpy.kind]
    return kinds[0] if stronger else dtype


def number_dtype(number: Any) -> DType:
    """The dtype that a Python number has in promotion."""
    if isinstance(number, bool | int | np.integer):
        return dtypes.bool_ if isinstance(number, bool) else dtypes.int64
    return get_default_dtype()


@method
def is_complex(input: Tensor) -> bool:
    """False: microtorch has no complex numbers."""
    return False
