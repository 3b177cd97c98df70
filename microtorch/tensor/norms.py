"""Lengths of vectors and matrices, and distances: ``torch.linalg.norm``, ``torch.cdist``, ..."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.tensor import numpy_protocol
from microtorch.tensor.decompositions import svdvals
from microtorch.tensor.dispatch import cannot_broadcast, not_a_tensor, record, wrap
from microtorch.tensor.dtypes import as_numpy_dtype
from microtorch.tensor.matrices import inv_ex, need_float, need_matrix, need_no_half
from microtorch.tensor.products import check_dtypes, only_tensors
from microtorch.tensor.shapes import as_axes
from microtorch.tensor.tensor import Tensor

__all__ = ["cdist"]

Order = float | str


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The length (sum of |x|^ord)^(1/ord) of all entries, or along dimensions.

    ord = inf: the largest |x|; 0: how many are not zero. Its slope is 0 where the length is 0.

    >>> import microtorch as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    function = "linalg.vector_norm"
    if not isinstance(x, Tensor):
        raise not_a_tensor("linalg_vector_norm", x, "x")
    if isinstance(ord, str):
        raise TypeError("linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    need_float(function, x, half=True)
    x = widened(function, x, dtype)
    dims = () if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    axes = distinct(dims, x.ndim) or None
    if ord < 0 or math.isinf(ord):
        needs_entries(x, ord, dims)
    return record(ops.VectorNorm, (x,), (tuple(x.shape), float(ord), axes, keepdim))


def widened(function: str, x: Tensor, dtype: Any) -> Tensor:
    """x in the dtype to compute in, which must not be a narrower one."""
    if dtype is None:
        return x
    wanted = as_numpy_dtype(dtype)
    if wanted.kind != "f":
        raise RuntimeError(
            f"{function}: dtype should be floating point or complex, but got {title(wanted)}"
        )
    if wanted.itemsize < x._data.dtype.itemsize:
        raise RuntimeError(
            f"{function}: the dtype of the input ({title(x)}) should be convertible without "
            f"narrowing to the specified dtype ({title(wanted)})"
        )
    return x._cast(wanted)


def distinct(dims: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Dimensions counted from 0, each named once."""
    axes = as_axes(dims, ndim) or ()
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
    return axes


def needs_entries(x: Tensor, ord: float, dims: tuple[int, ...]) -> None:
    """Raise PyTorch's words where there is no largest or smallest entry."""
    name = f"{ord:g}"
    if not dims and x.numel() == 0:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {name} norm on an empty tensor because the "
            "operation does not have an identity"
        )
    for dim in dims:
        if x.ndim and x.shape[dim] == 0:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {name} norm on the dimension {dim}"
                "because this dimension is empty and the operation does not have an identity"
            )


def matrix_norm(
    A: Tensor, ord: Order = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """A norm of a matrix, or of each matrix of a stack.

    "fro": the length of all entries; "nuc": the sum of the singular values; 2 and -2: the largest
    and the smallest singular value; 1, -1, inf, -inf: the largest or smallest sum of |entries| of
    a column (1) or row (inf).
    """
    function = "linalg.matrix_norm"
    need_matrix(function, A)
    need_float(function, A, half=True)
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(
            f"{function}: dim must be a 2-tuple. Got {' '.join(map(str, dims))}\n"
            "Hint: the rows and the columns, as in dim=(-2, -1)."
        )
    rows, columns = as_axes(dims, A.ndim) or ()
    if rows == columns:
        raise RuntimeError(f"{function}: dims must be different. Got {dims}")
    A = widened(function, A, dtype)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        return by_singular_values(A, ord, (rows, columns), keepdim)
    if ord not in (1, -1, math.inf, -math.inf):
        shown = ord if isinstance(ord, str) else f"{ord:g}"
        raise RuntimeError(
            f"{function}: Order {shown} not supported.\n"
            "Hint: the orders are 'fro', 'nuc', 1, -1, 2, -2, inf and -inf."
        )
    if abs(ord) != 1:
        rows, columns = columns, rows
    if columns > rows and not keepdim:
        columns -= 1
    sums = vector_norm(A, 1, rows, keepdim)
    return extreme(sums, ord > 0, columns, keepdim)


def extreme(values: Tensor, largest: bool, axis: int, keepdim: bool) -> Tensor:
    """The largest or smallest along an axis; the largest of no entry counts as 0."""
    if largest and not values.shape[axis]:
        return values.sum(axis, keepdim)
    return values.amax(axis, keepdim) if largest else values.amin(axis, keepdim)


def by_singular_values(A: Tensor, ord: Order, axes: tuple[int, int], keepdim: bool) -> Tensor:
    """The norms that are made of singular values."""
    if A._data.dtype == np.float16:
        raise RuntimeError(
            "linalg.matrix_norm: Low precision dtypes not supported. Got Half\n"
            "Hint: convert it first: A.float()."
        )
    others = [axis for axis in range(A.ndim) if axis not in axes]
    values = svdvals(A.permute(*others, *axes))
    result = values.sum(-1) if ord == "nuc" else extreme(values, ord == 2, -1, False)
    for axis in sorted(axes) if keepdim else ():
        result = result.unsqueeze(axis)
    return result


def norm(
    A: Tensor,
    ord: Order | None = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """The norm of a vector or a matrix: see :func:`vector_norm` and :func:`matrix_norm`.

    Without ord: the length of all entries, whatever the shape.

    >>> import microtorch as torch
    >>> torch.linalg.norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), ord=2)
    tensor(4.)
    """
    if not isinstance(A, Tensor):
        raise not_a_tensor("linalg_norm", A)
    dims = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}"
        )
    if isinstance(ord, str):
        return matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype)
    if dims is None and A.ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {A.ndim}D.\nHint: say which dimensions: dim=-1, or dim=(-2, -1) for matrices."
        )
    if len(dims or A.shape) == 2:
        return matrix_norm(A, ord, dims or (-2, -1), keepdim, dtype=dtype)
    return vector_norm(A, ord, dims, keepdim, dtype=dtype)


def cond(A: Tensor, p: Order | None = None) -> Tensor:
    """The condition number: how much an error of b may grow in the solution of A x = b.

    The largest singular value divided by the smallest; with p: |A| |A⁻¹| in another matrix norm.
    """
    if isinstance(A, Tensor) and A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is None or p in (2, -2):
        values = svdvals(A)
        if not A.numel():
            return wrap(np.zeros(A.shape[:-2], A._data.dtype)[()])
        largest, smallest = values[..., :1], values[..., -1:]
        ratio = largest / smallest if p != -2 else smallest / largest
        return ratio.squeeze(-1)
    if p not in ("fro", "nuc", 1, -1, math.inf, -math.inf):
        shown = p if isinstance(p, str) else f"{p:g}"
        raise RuntimeError(f"linalg.cond got an invalid norm type: {shown}")
    rows, columns = A.shape[-2:]
    if rows != columns:
        shown = p if isinstance(p, str) else f"{p:g}"
        raise RuntimeError(
            f"linalg.cond(ord={shown}): A must be batches of square matrices, but they are "
            f"{rows} by {columns} matrices"
        )
    inverse, info = inv_ex(A)
    result = matrix_norm(A, p) * matrix_norm(inverse, p)
    singular = info != 0
    if not singular.any():
        return result if p == "nuc" else result.nan_to_num(math.inf, math.inf, -math.inf)
    bounded: Tensor = numpy_protocol.where(singular, math.inf, result)
    return bounded


def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """Distances of all rows of x1 to all rows of x2: (..., m, k) and (..., n, k) give (..., m, n).

    ``compute_mode`` is accepted and not needed: the distances are always computed exactly.

    >>> import microtorch as torch
    >>> torch.cdist(torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[0.0, 4.0]]))
    tensor([[4.],
            [5.]])
    """
    only_tensors("cdist", x1=x1, x2=x2)
    check_cdist(x1, x2, p, compute_mode)
    try:
        return record(ops.Cdist, (x1, x2), (float(p),))
    except ValueError as error:
        stacks = [np.empty(x.shape[:-2], bool) for x in (x1, x2)]
        raise cannot_broadcast(error, *stacks) from None


def check_cdist(x1: Tensor, x2: Tensor, p: float, compute_mode: str) -> None:
    """Raise PyTorch's words for what has no distances."""
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist")
    if compute_mode not in (*modes, "donot_use_mm_for_euclid_dist"):
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(
                f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D\n"
                "Hint: its rows are the points; x[None] is a matrix with one row."
            )
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    for name, x in (("X1", x1), ("X2", x2)):
        if x._data.dtype.kind != "f":
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {title(x)}\n"
                "Hint: convert it first: x.float()."
            )
        need_no_half("cdist", x)
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if x1._data.dtype != x2._data.dtype:
        check_dtypes(x1._data, x2._data, ops.Bmm)


numpy_protocol.FUNCTIONS[np.linalg.norm] = lambda x, ord=None, axis=None, keepdims=False: norm(
    x, ord, axis, keepdims
)
