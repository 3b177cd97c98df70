"""The rest of ``torch.linalg``: products of vectors, and equations whose unknown is a tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.tensor.contractions import cross_product
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.matrices import inv, need_float, solve
from microtorch.tensor.products import only_tensors
from microtorch.tensor.tensor import Tensor


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Cross product of vectors with three entries, along ``dim``.

    >>> import microtorch as torch
    >>> torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    only_tensors("linalg_cross", input=input, other=other)
    return cross_product(input, other, dim)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Dot products of vectors along a dimension; the others broadcast."""
    only_tensors("linalg_vecdot", x=x, y=y)
    need_float("linalg.vecdot", x, half=True)
    if x._data.dtype != y._data.dtype:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{title(x)} and y of type {title(y)} instead"
        )
    return (x * y).sum(dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal of a matrix, or of each matrix of a stack."""
    only_tensors("linalg_diagonal", A=A)
    return A.diagonal(offset, dim1, dim2)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A as a map between tensors: its first ``ind`` dimensions are the results."""
    only_tensors("linalg_tensorinv", A=A)
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = math.prod(A.shape[:ind]), math.prod(A.shape[ind:])
    if rows != columns:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {columns} != {rows}"
        )
    return inv(A.reshape(rows, columns)).reshape(*A.shape[ind:], *A.shape[:ind])


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The tensor X with tensordot(A, X, X.ndim) = B."""
    only_tensors("linalg_tensorsolve", A=A, B=B)
    if dims is not None:
        A = A.movedim(dims, tuple(range(-len(dims), 0)))
    shape = A.shape[B.ndim :]
    if math.prod(shape) != B.numel() or A.numel() != B.numel() ** 2:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {math.prod(shape)} != {B.numel()}"
        )
    return solve(A.reshape(B.numel(), B.numel()), B.flatten()).reshape(*shape)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers x⁰, x¹, ... of every entry, N of them: a Vandermonde matrix."""
    only_tensors("linalg_vander", x=x)
    count = x.shape[-1] if N is None and x.ndim else N
    if count is None or count <= 1:
        raise RuntimeError("N must be greater than 1.")
    if x._data.dtype.kind != "f":
        x = x.long()
    powers: Tensor = x.unsqueeze(-1) ** wrap(np.arange(count))
    return powers
