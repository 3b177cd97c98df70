"""Decompositions of matrices: SVD, eigenvalues, QR, Cholesky; and what is computed from them."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops import matrices
from microtorch.tensor import numpy_protocol
from microtorch.tensor.dispatch import not_a_tensor, record, wrap
from microtorch.tensor.matrices import (
    LinAlgError,
    check_equation,
    failed,
    need_float,
    need_matrix,
    need_no_half,
    need_square,
    number,
    tolerances,
)
from microtorch.tensor.methods import method
from microtorch.tensor.return_types import named
from microtorch.tensor.tensor import Tensor

__all__ = ["cholesky", "lu", "qr", "svd"]

NOT_DEFINITE = (
    "{batch}The factorization could not be completed because the input is not positive-definite "
    "(the leading minor of order {info} is not positive-definite)."
)
DEFINITE = "a Cholesky factor exists if A is symmetric and all its eigenvalues are positive."


# Singular values ------------------------------------------------------------------------------


def factors_of(A: Tensor, full: bool) -> Any:
    """U, S and Vᵀ as arrays."""
    need_matrix("linalg.svd", A)
    need_float("linalg.svd", A, half=True)
    need_no_half("linalg_svd_cpu", A)
    x = A._data
    if not np.isfinite(x).all():
        raise LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained "
            "non-finite values.\nHint: look for nan and inf: A.isfinite().all()."
        )
    return matrices.svd(x, full)


def linalg_svd(A: Tensor, full_matrices: bool = True) -> Any:
    """Singular value decomposition: A = U diag(S) Vh, with orthogonal U and Vh.

    S is sorted from the largest down. ``full_matrices=False`` leaves out what S does not reach.
    The gradient makes sense for what does not depend on the signs of the vectors, and while all
    singular values differ.

    >>> import microtorch as torch
    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    factors = factors_of(A, full_matrices)
    entries = [record(op, (A,), (factors,)) for op in (ops.SvdU, ops.SvdS, ops.SvdVh)]
    return named("linalg_svd", ("U", "S", "Vh"))(entries)


def svdvals(A: Tensor) -> Tensor:
    """The singular values, from the largest down."""
    return record(ops.SvdS, (A,), (factors_of(A, False),))


@method
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """Singular value decomposition: input = U diag(S) Vᵀ. (torch.linalg.svd returns Vᵀ.)"""
    u, s, vh = linalg_svd(input, not some)
    v = vh.mT
    if not compute_uv:
        u, v = wrap(np.zeros(square(input, 0))), wrap(np.zeros(square(input, 1)))
        u, v = u._cast(input._data.dtype), v._cast(input._data.dtype)
    return named("svd", ("U", "S", "V"))((u, s, v))


def square(A: Tensor, side: int) -> tuple[int, ...]:
    n = A.shape[-2 + side]
    return (*A.shape[:-2], n, n)


# Eigenvalues ----------------------------------------------------------------------------------


def eigh_factors(A: Tensor, UPLO: str) -> Any:
    """Eigenvalues and eigenvectors as arrays."""
    need_matrix("linalg.eigh", A)
    rows, columns = A.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            "linalg.eigh: A must be batches of square matrices, but they are "
            f"{rows} by {columns} matrices"
        )
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if A._data.dtype not in (np.float32, np.float64):
        raise NotImplementedError(
            f"\"linalg_eigh_cpu\" not implemented for '{title(A)}'\n"
            "Hint: convert it first: A.float()."
        )
    x = A._data
    if not np.isfinite(x).all():
        return np.full(x.shape[:-1], np.nan, x.dtype), np.full(x.shape, np.nan, x.dtype)
    return tuple(np.linalg.eigh(x, "U" if UPLO in "Uu" else "L"))


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """Eigenvalues (from the smallest up) and eigenvectors (columns) of a symmetric matrix.

    Only one triangle of A is looked at: the lower one, or with ``UPLO="U"`` the upper one.
    The gradient makes sense for what does not depend on the signs of the vectors, and while all
    eigenvalues differ.

    >>> import microtorch as torch
    >>> torch.linalg.eigh(torch.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    factors = eigh_factors(A, UPLO)
    params = (factors, UPLO.upper())
    entries = [record(op, (A,), params) for op in (ops.EighValues, ops.EighVectors)]
    return named("linalg_eigh", ("eigenvalues", "eigenvectors"))(entries)


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix, from the smallest up."""
    return record(ops.EighValues, (A,), (eigh_factors(A, UPLO), UPLO.upper()))


def eig(A: Tensor) -> NoReturn:
    """Not supported: the eigenvalues of a matrix that is not symmetric may be complex numbers."""
    raise no_complex("eig", "eigh")


def eigvals(A: Tensor) -> NoReturn:
    """Not supported: the eigenvalues of a matrix that is not symmetric may be complex numbers."""
    raise no_complex("eigvals", "eigvalsh")


def no_complex(function: str, instead: str) -> NotImplementedError:
    return NotImplementedError(
        f"torch.linalg.{function} gives complex numbers, which microtorch does not have.\n"
        f"Hint: if the matrix is symmetric, use torch.linalg.{instead}; else np.linalg.{function} "
        "of A.detach().numpy(), without a gradient."
    )


# QR -------------------------------------------------------------------------------------------


def qr_of(kind: str, A: Tensor, mode: str) -> Any:
    """Q and R under one of their two names."""
    need_matrix("linalg.qr", A)
    if mode not in ("reduced", "r", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', "
            "or 'complete'"
        )
    need_float("linalg.qr", A, half=True)
    need_no_half("geqrf_cpu", A)
    x = A._data
    if mode == "r":
        factors: Any = (np.empty(0, x.dtype), np.linalg.qr(x, "r"))
    else:
        factors = tuple(np.linalg.qr(x, "complete" if mode == "complete" else "reduced"))
    entries = [record(op, (A,), (factors, mode)) for op in (ops.QrQ, ops.QrR)]
    return named(kind, ("Q", "R"))(entries)


def linalg_qr(A: Tensor, mode: str = "reduced") -> Any:
    """A = Q R with orthonormal columns in Q and an upper triangular R.

    ``mode="complete"``: Q is square; ``mode="r"``: only R (neither has a gradient for tall A).
    """
    return qr_of("linalg_qr", A, mode)


@method
def qr(input: Tensor, some: bool = True) -> Any:
    """The older name of :func:`torch.linalg.qr`."""
    warnings.warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future "
        "PyTorch release.\n"
        "The boolean parameter 'some' has been replaced with a string parameter 'mode'.\n"
        "Q, R = torch.qr(A, some)\n"
        "should be replaced with\n"
        "Q, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
        stacklevel=3,
    )
    return qr_of("qr", input, "reduced" if some else "complete")


# Cholesky -------------------------------------------------------------------------------------


def factor_and_info(op: type[ops.Op], A: Tensor, upper: bool) -> tuple[Tensor, Any]:
    need_square("linalg.cholesky", A)
    result = record(op, (A,), (upper,))
    x = A._data.swapaxes(-1, -2) if upper else A._data
    return result, np.asarray(matrices.cholesky(x)[1])


def linalg_cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with A = L Lᵀ, for a symmetric positive-definite A.

    With ``upper=True`` the upper triangular one: A = Lᵀ L. Raises LinAlgError if A is not
    positive-definite.

    >>> import microtorch as torch
    >>> torch.linalg.cholesky(torch.tensor([[4.0, 2.0], [2.0, 10.0]]))
    tensor([[2., 0.],
            [1., 3.]])
    """
    result, info = factor_and_info(ops.LinalgCholeskyEx, A, upper)
    if info.any():
        raise failed("linalg.cholesky: " + NOT_DEFINITE, info, DEFINITE)
    return result


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor and ``info``: 0, or the leading minor that is not positive."""
    result, info = factor_and_info(ops.LinalgCholeskyEx, A, upper)
    if check_errors and info.any():
        raise failed("linalg.cholesky_ex: " + NOT_DEFINITE, info, DEFINITE)
    return named("linalg_cholesky_ex", ("L", "info"))((result, wrap(info)))


@method
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The older name of :func:`torch.linalg.cholesky`."""
    warnings.warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a "
        "future PyTorch release.\n"
        "L = torch.cholesky(A)\n"
        "should be replaced with\n"
        "L = torch.linalg.cholesky(A)",
        stacklevel=3,
    )
    result, info = factor_and_info(ops.Cholesky, input, upper)
    if info.any():
        raise failed("cholesky: " + NOT_DEFINITE, info, DEFINITE)
    return result


# Least squares and rank -----------------------------------------------------------------------


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X with the smallest |A X - B|; of several the smallest one.

    Also the residuals |A X - B|² (for a tall A, if the driver is not "gelsy", the default), the
    rank of A, and its singular values (drivers "gelsd" and "gelss").
    """
    function = "torch.linalg.lstsq"
    for position, (name, each) in enumerate((("input", A), ("b", B)), 1):
        if not isinstance(each, Tensor):
            raise not_a_tensor("linalg_lstsq", each, name, position)
    if A.ndim < 2:
        raise RuntimeError(f"{function}: input must have at least 2 dimensions.")
    driver = "gelsy" if driver is None else driver
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"{function}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    if A._data.dtype not in (np.float32, np.float64):
        raise RuntimeError(
            "This function doesn't handle types other than float and double\n"
            "Hint: convert both first: .float()."
        )
    if A._data.dtype != B._data.dtype:
        raise RuntimeError(f"{function}: input and other must have the same dtype")
    vector = B.ndim == A.ndim - 1
    b = B.unsqueeze(-1) if vector else B
    if b.shape[-2] != A.shape[-2]:
        raise RuntimeError(
            f"{function}: input.size({-2}) should match other.size({-1 if vector else -2})\n"
            f"Hint: A has {A.shape[-2]} rows, B has {b.shape[-2]}."
        )
    check_equation(function, A.mT @ A, A.mT @ b, True)
    atol, rtol = tolerances(A, None, rcond)
    s = np.linalg.svd(A._data, compute_uv=False)
    rank = (s > rtol * s.max(-1, keepdims=True, initial=0)).sum(-1)
    limits = (atol, 0.0 if driver == "gels" else rtol)
    solution = record(ops.LinalgLstsq, (A, B), (*limits, vector))
    nothing = np.empty(0, A._data.dtype)
    tall_and_full = A.shape[-2] > A.shape[-1] and bool((rank == A.shape[-1]).all())
    residuals = wrap(nothing)
    if tall_and_full and driver != "gelsy":
        found = solution.unsqueeze(-1) if vector else solution
        residuals = ((A @ found - b) ** 2).sum(-2)
    fields = (
        solution,
        residuals,
        wrap(np.empty(0, np.int64) if driver == "gels" else np.asarray(rank)),
        wrap(s if driver in ("gelsd", "gelss") else nothing),
    )
    return named("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))(fields)


def matrix_rank(
    A: Tensor,
    tol: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
) -> Tensor:
    """How many singular values are larger than max(atol, rtol * the largest): the rank.

    >>> import microtorch as torch
    >>> torch.linalg.matrix_rank(torch.ones(3, 3))
    tensor(1)
    """
    need_matrix("torch.linalg.matrix_rank", A, "input")
    if A._data.dtype not in (np.float32, np.float64):
        raise RuntimeError(
            "This function doesn't handle types other than float and double\n"
            "Hint: convert it first: A.float()."
        )
    sizes = abs(eigh_factors(A, "L")[0]) if hermitian else factors_of(A, False)[1]
    absolute, relative = (number(tol), 0.0) if tol is not None else tolerances(A, atol, rtol)
    limit = np.maximum(absolute, relative * sizes.max(-1, keepdims=True, initial=0))
    return wrap(np.asarray((sizes > limit).sum(-1)))


def lu(*args: Any, **kwargs: Any) -> NoReturn:
    """Not supported: use :func:`torch.linalg.solve`, ``inv`` or ``det``, which need no factors."""
    raise NotImplementedError(
        "microtorch has no LU decomposition.\nHint: torch.linalg.solve, torch.linalg.inv and "
        "torch.det compute what it is used for; torch.linalg.qr is a decomposition."
    )


numpy_protocol.FUNCTIONS.update(
    {
        np.linalg.svd: linalg_svd,
        np.linalg.eigh: eigh,
        np.linalg.eigvalsh: eigvalsh,
        np.linalg.qr: linalg_qr,
        np.linalg.cholesky: linalg_cholesky,
        np.linalg.matrix_rank: matrix_rank,
    }
)
