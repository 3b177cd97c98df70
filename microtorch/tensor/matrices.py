"""Determinants, inverses, equations and powers: ``torch.det``, ``torch.linalg.solve``, ...

A matrix is the last two dimensions of a tensor; those in front count the matrices of a stack.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops import matrices
from microtorch.tensor import numpy_protocol, products
from microtorch.tensor.checks import alike
from microtorch.tensor.dispatch import cannot_broadcast, not_a_tensor, record, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.return_types import named
from microtorch.tensor.tensor import Tensor

__all__ = [
    "cholesky_inverse",
    "cholesky_solve",
    "det",
    "inverse",
    "logdet",
    "matrix_exp",
    "matrix_power",
    "pinverse",
    "slogdet",
]


class LinAlgError(RuntimeError):
    """A matrix cannot be inverted, or a decomposition does not exist."""


LinAlgError.__name__ = "_LinAlgError"  # as tracebacks in PyTorch have it


# What every function asks of its matrix -------------------------------------------------------


def need_matrix(function: str, A: Any, name: str = "A", shown: str | None = None) -> None:
    """Raise PyTorch's words unless A is a tensor of floats with at least two dimensions."""
    if not isinstance(A, Tensor):
        raise not_a_tensor(function.replace(".", "_"), A, name if name != "input" else "input")
    if A.ndim < 2:
        raise RuntimeError(
            f"{function}: The input tensor {shown or name} must have at least 2 dimensions.\n"
            f"Hint: it has shape {tuple(A.shape)}; a matrix has rows and columns."
        )


def need_float(function: str, A: Tensor, half: bool = False) -> None:
    """Raise PyTorch's words unless A holds floats (of 32 or 64 bits)."""
    if A._data.dtype.kind != "f":
        raise RuntimeError(
            f"{function}: Expected a floating point or complex tensor as input. Got {title(A)}\n"
            "Hint: convert it first: A.float()."
        )
    if A._data.dtype.itemsize < 4 and not half:
        raise RuntimeError(
            f"{function}: Low precision dtypes not supported. Got {title(A)}\n"
            "Hint: convert it first: A.float()."
        )


def need_square(function: str, A: Any, name: str = "A", *, half: bool = False) -> None:
    """Raise PyTorch's words unless A is a square matrix of floats, or a stack of them."""
    need_matrix(function, A, name, "A")
    rows, columns = A.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{function}: A must be batches of square matrices, but they are "
            f"{rows} by {columns} matrices"
        )
    need_float(function, A, half)


def need_no_half(kernel: str, A: Tensor) -> None:
    """Raise PyTorch's words for float16, where only some of its kernels are missing."""
    if A._data.dtype == np.float16:
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for 'Half'\nHint: convert it first: A.float()."
        )


def failed(message: str, info: Any, hint: str) -> LinAlgError:
    """PyTorch's words for the first matrix of a stack that has a problem."""
    numbers = np.asarray(info)
    place = int(np.flatnonzero(numbers)[0])
    batch = f"(Batch element {place}): " if numbers.ndim else ""
    text = message.format(batch=batch, info=numbers.ravel()[place])
    return LinAlgError(f"{text}\nHint: {hint}")


SINGULAR = (
    "a singular matrix has rows that depend on each other (torch.linalg.matrix_rank counts those "
    "that do not). torch.linalg.pinv or torch.linalg.lstsq may be what you want."
)


# Determinants ---------------------------------------------------------------------------------


@method
def det(input: Tensor) -> Tensor:
    """The determinant of a square matrix.

    >>> import microtorch as torch
    >>> torch.det(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    need_square("linalg.det", input, half=True)
    need_no_half("lu_cpu", input)
    return record(ops.LinalgDet, (input,), ())


def slogdet_of(kind: str, A: Tensor) -> Any:
    """The sign and the logarithm of the size of a determinant."""
    need_square("linalg.slogdet", A, half=True)
    need_no_half("lu_cpu", A)
    entries = [record(op, (A,), ()) for op in (ops.LinalgSlogdetSign, ops.LinalgSlogdet)]
    return named(kind, ("sign", "logabsdet"))(entries)


def linalg_slogdet(A: Tensor) -> Any:
    """The sign of a determinant and the logarithm of its size, which overflows much later."""
    return slogdet_of("linalg_slogdet", A)


@method
def slogdet(input: Tensor) -> Any:
    """The sign of a determinant and the logarithm of its size, which overflows much later."""
    return slogdet_of("slogdet", input)


@method
def logdet(input: Tensor) -> Tensor:
    """The logarithm of a determinant: nan if that is negative, -inf if it is 0."""
    sign, size = slogdet_of("slogdet", input)
    negative = numpy_protocol.operand(sign._data == -1)
    result: Tensor = numpy_protocol.where(negative, float("nan"), size)
    return result


# Inverses and equations -----------------------------------------------------------------------


def inv(A: Tensor) -> Tensor:
    """The inverse of a square matrix. Raises LinAlgError if it has none.

    >>> import microtorch as torch
    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    need_square("linalg.inv", A)
    result, info = inverse_and_info(A)
    if info.any():
        raise not_invertible("linalg.inv", info)
    return result


@method
def inverse(input: Tensor) -> Tensor:
    """The inverse of a square matrix: see :func:`torch.linalg.inv`."""
    return inv(input)


def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """The inverse and ``info``: 0, or the number of the first pivot that is zero. Never raises."""
    need_square("linalg.inv", A)
    result, info = inverse_and_info(A)
    if check_errors and info.any():
        raise not_invertible("linalg.inv_ex", info)
    return named("linalg_inv_ex", ("inverse", "info"))((result, wrap(info)))


def inverse_and_info(A: Tensor) -> tuple[Tensor, Any]:
    result = record(ops.LinalgInvEx, (A,), ())
    return result, pivots(A, result)


def pivots(A: Tensor, result: Tensor) -> Any:
    """For each matrix the number of the first pivot that is zero, or 0 if none is."""
    if np.isfinite(result._data).all():
        return np.zeros(A.shape[:-2], np.int32)
    return np.asarray(matrices.inverse(A._data)[1])


def not_invertible(function: str, info: Any) -> LinAlgError:
    return failed(
        f"{function}: {{batch}}The diagonal element {{info}} is zero, the inversion could not be "
        "completed because the input matrix is singular.",
        info,
        SINGULAR,
    )


def pinv(
    A: Tensor,
    rcond: float | None = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Tensor:
    """The pseudoinverse (Moore and Penrose), which every matrix has.

    Singular values up to max(atol, rtol * the largest) count as zero; rtol is the precision of
    the dtype times the longer side of A, unless one of the two is given.
    """
    if not isinstance(A, Tensor):
        raise not_a_tensor("linalg_pinv", A)
    if A.ndim < 2 or A._data.dtype.kind != "f":
        raise RuntimeError(
            f"linalg.pinv({title(A)}{{{list(A.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )
    need_no_half("linalg_svd_cpu", A)
    if hermitian:
        need_square("linalg.eigh", A)
    limits = tolerances(A, atol, rtol if rcond is None else rcond)
    return record(ops.LinalgPinv, (A,), (*limits, hermitian))


@method
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse; singular values up to rcond times the largest count as zero."""
    return pinv(input, rtol=rcond)


def tolerances(A: Tensor, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """Below which size, absolute and relative, a singular value counts as zero."""
    usual = max(A.shape[-2:]) * float(np.finfo(A._data.dtype).eps) if A.numel() else 0.0
    if rtol is None:
        rtol = usual if atol is None or not np.any(number(atol) > 0) else 0.0
    return number(0.0 if atol is None else atol), number(rtol)


def number(x: Any) -> Any:
    """A number, or a tensor with one for each matrix, ready to compare with singular values."""
    return x._data[..., None] if isinstance(x, Tensor) and x.ndim else getattr(x, "_data", x)


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of A X = B; with ``left=False`` of X A = B.

    A is square; B is a matrix, or a vector. Raises LinAlgError if A is singular.
    More exact than ``inv(A) @ B``, and three times as fast.

    >>> import microtorch as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([0.5000, 0.2500])
    """
    result, info = solution_and_info("linalg.solve", A, B, left)
    if info.any():
        raise not_solvable(info)
    return result


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """The solution and ``info``: 0, or the number of the first pivot that is zero. Never raises."""
    result, info = solution_and_info("linalg.solve", A, B, left)
    if check_errors and info.any():
        raise not_solvable(info)
    return named("linalg_solve_ex", ("result", "info"))((result, wrap(info)))


def not_solvable(info: Any) -> LinAlgError:
    return failed(
        "torch.linalg.solve: {batch}The solver failed because the input matrix is singular.",
        info,
        SINGULAR,
    )


def solution_and_info(function: str, A: Tensor, B: Tensor, left: bool) -> tuple[Tensor, Any]:
    """The shared part of solve and solve_ex."""
    for position, (name, each) in enumerate((("A", A), ("B", B)), 1):
        if not isinstance(each, Tensor):
            raise not_a_tensor(function.replace(".", "_"), each, name, position)
    need_square(function, A)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    if B._data.dtype != A._data.dtype:
        raise RuntimeError(
            f"{function}: Expected A and B to have the same dtype, but found A of type "
            f"{title(A)} and B of type {title(B)} instead\nHint: convert one of them."
        )
    check_equation(function, A, B.unsqueeze(-1) if vector else B, left)
    result = record(ops.LinalgSolveEx, (A, B), (left, vector))
    return result, pivots(A, result)


def check_equation(function: str, A: Tensor, B: Tensor, left: bool) -> None:
    """Raise PyTorch's words unless the shapes of A and B fit."""
    if B.ndim < 2:
        raise RuntimeError(f"{function}: The input tensor B must have at least 2 dimensions.")
    if A.shape[-1] != B.shape[-2 if left else -1]:
        rows, columns = B.shape[-2:]
        raise RuntimeError(
            f"{function}: Incompatible shapes of A and B for the equation "
            f"{'AX = B' if left else 'XA = B'} ({A.shape[-2]}x{A.shape[-1]} and {rows}x{columns})\n"
            f"Hint: A has shape {tuple(A.shape)}, so B must have {A.shape[-1]} "
            f"{'rows' if left else 'columns'}."
        )
    try:
        np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    except ValueError as error:
        stack_a, stack_b = np.empty(A.shape[:-2], bool), np.empty(B.shape[:-2], bool)
        raise cannot_broadcast(error, stack_a, stack_b) from None


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution X of A X = B, where only one triangle of A is looked at.

    ``unitriangular``: the diagonal of A counts as ones. A zero on the diagonal gives infinities.
    """
    function = "linalg.solve_triangular"
    for position, (name, each) in enumerate((("A", A), ("B", B)), 1):
        if not isinstance(each, Tensor):
            raise not_a_tensor("linalg_solve_triangular", each, name, position)
    need_square(function, A)
    check_equation(function, A, B, left)
    A, B = alike(A, B)
    if not left:
        return record(ops.LinalgSolveTriangular, (A.mT, B.mT), (not upper, unitriangular)).mT
    return record(ops.LinalgSolveTriangular, (A, B), (upper, unitriangular))


@method
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution X of A X = B, where A is given by its Cholesky factor: A = L Lᵀ."""
    for name, each in (("b", B), ("u", L)):
        if each.ndim < 2:
            raise RuntimeError(
                f"{name} should have at least 2 dimensions, but has {each.ndim} dimensions instead"
            )
    if B.shape[-2] != L.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {L.shape[-2]} by "
            f"{L.shape[-1]} but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        )
    if upper:
        return solve_triangular(L, solve_triangular(L.mT, B, upper=False), upper=True)
    return solve_triangular(L.mT, solve_triangular(L, B, upper=False), upper=True)


@method
def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of the matrix A that is given by its Cholesky factor: A = L Lᵀ."""
    need_square("linalg.cholesky_inverse", L)
    return cholesky_solve(wrap(np.eye(L.shape[-1], dtype=L._data.dtype)), L, upper)


# Powers ---------------------------------------------------------------------------------------


@method
def matrix_power(input: Tensor, n: int) -> Tensor:
    """A square matrix multiplied n times with itself; for n < 0 its inverse.

    By repeated squaring: the 10th power takes four products.
    """
    need_matrix("linalg.matrix_power", input)
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(
            f"matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    rows, columns = input.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            "linalg.matrix_power: A must be batches of square matrices, but they are "
            f"{rows} by {columns} matrices"
        )
    if n == 0:
        return record(ops.Identity, (input,), ())
    if n == 1:
        return input.clone()
    base = inv(input) if n < 0 else input
    result = base
    for digit in f"{abs(n):b}"[1:]:
        result = products.matmul(result, result)
        if digit == "1":
            result = products.matmul(result, base)
    return result


@method
def matrix_exp(input: Tensor) -> Tensor:
    """The matrix exponential: the sum of all A^k / k!, by scaling and squaring."""
    need_square("linalg.matrix_exp", input, half=True)
    return record(ops.LinalgMatrixExp, (input,), ())


numpy_protocol.FUNCTIONS.update(
    {
        np.linalg.det: det,
        np.linalg.inv: inv,
        np.linalg.pinv: pinv,
        np.linalg.matrix_power: matrix_power,
        np.linalg.solve: lambda a, b: record(ops.LinalgSolveEx, (a, b), (True, b.ndim == 1)),
    }
)
