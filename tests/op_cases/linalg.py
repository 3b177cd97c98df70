"""Products, determinants, equations, decompositions and norms of matrices."""

from __future__ import annotations

import warnings
from typing import Any

import microtorch as torch
from microtorch.tensor.products import linear
from op_cases import OpCase

LA = torch.linalg


def regular(a: Any) -> Any:
    """A matrix far from singular, whose eigenvalues and singular values are far apart."""
    return a + 2 * torch.arange(1.0, a.shape[-1] + 1, dtype=a.dtype).diag()


def symmetric(a: Any) -> Any:
    return regular(a + a.mT)


def positive(a: Any) -> Any:
    return a @ a.mT + torch.eye(3, dtype=a.dtype)


def old_cholesky(a: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it is deprecated
        return torch.cholesky(positive(a))


def eigenvectors(a: Any) -> Any:
    v = LA.eigh(symmetric(a)).eigenvectors
    return v[:, :1] @ v[:, :1].T  # does not depend on their signs


def left_vectors(a: Any) -> Any:
    u = LA.svd(a, full_matrices=False).U
    return u[:, :1] @ u[:, :1].T


def right_vectors(a: Any) -> Any:
    vh = LA.svd(a, full_matrices=False).Vh
    return vh[:1].T @ vh[:1]


CASES: dict[str, OpCase] = {
    "Vdot": (torch.vdot, ((3,), (3,))),
    "Bmm": (torch.bmm, ((2, 2, 3), (2, 3, 2))),
    "MatrixStack": (torch.matmul, ((2, 3), (2, 3, 2))),
    "StackMatrix": (torch.matmul, ((2, 2, 3), (3, 2))),
    "StackVector": (torch.matmul, ((2, 2, 3), (3,))),
    "VectorStack": (torch.matmul, ((3,), (2, 3, 2))),
    "Addmm": (lambda c, a, b: torch.addmm(c, a, b, beta=2, alpha=0.5), ((2,), (2, 3), (3, 2))),
    "Addmv": (lambda c, a, b: torch.addmv(c, a, b, beta=2, alpha=0.5), ((2,), (2, 3), (3,))),
    "Addr": (lambda c, a, b: torch.addr(c, a, b, beta=2, alpha=0.5), ((2, 3), (2,), (3,))),
    "Baddbmm": (torch.baddbmm, ((2, 1), (2, 2, 3), (2, 3, 2))),
    "Addbmm": (lambda c, a, b: torch.addbmm(c, a, b, alpha=3), ((2, 2), (2, 2, 3), (2, 3, 2))),
    "Linear": (linear, ((2, 3), (4, 3), (4,))),
    "LinearRows": (linear, ((2, 2, 3), (4, 3), (4,))),
    "LinearPlusBias": (linear, ((2, 2, 3), (4, 3), (2, 4))),
    "LinearNoBias": (linear, ((2, 3), (4, 3))),
    "LinearNoBiasRows": (linear, ((2, 2, 3), (4, 3))),
    "LinearNoBiasVector": (linear, ((3,), (4, 3))),
    "Kron": (torch.kron, ((2, 3), (2,))),
    "Cross": (lambda a, b: torch.cross(a, b, dim=0), ((3, 2), (3, 1))),
    "Contraction": (lambda a, b: torch.einsum("ijk,kil->lj", a, b), ((2, 3, 2), (2, 2, 2))),
    "OuterProduct": (lambda a, b: torch.einsum("ij,ki->jik", a, b), ((2, 3), (2, 2))),
    "Cdist": (lambda a, b: torch.cdist(a, b - 3, 3), ((2, 2, 3), (3, 3))),
    "LinalgDet": (lambda a: torch.det(regular(a)), ((2, 3, 3),)),
    "LinalgSlogdet": (lambda a: torch.slogdet(regular(a)).logabsdet, ((2, 3, 3),)),
    "LinalgSlogdetSign": (lambda a: torch.slogdet(regular(a)).sign * a.sum(), ((3, 3),)),
    "LinalgInvEx": (lambda a: LA.inv(regular(a)), ((2, 3, 3),)),
    "LinalgPinv": (LA.pinv, ((3, 2),)),
    "LinalgLstsq": (lambda a, b: LA.lstsq(a, b).solution, ((3, 2), (3, 2))),
    "LinalgSolveEx": (lambda a, b: LA.solve(regular(a), b, left=False), ((3, 3), (2, 2, 3))),
    "LinalgSolveTriangular": (
        lambda a, b: LA.solve_triangular(regular(a), b, upper=True),
        ((3, 3), (2, 3, 2)),
    ),
    "LinalgCholeskyEx": (lambda a: LA.cholesky(positive(a), upper=True), ((2, 3, 3),)),
    "Cholesky": (old_cholesky, ((3, 3),)),
    "LinalgMatrixExp": (torch.matrix_exp, ((2, 2, 2),)),
    "Identity": (lambda a: torch.matrix_power(a, 0) * a, ((2, 2),)),
    "EighValues": (lambda a: LA.eigvalsh(symmetric(a)), ((2, 3, 3),)),
    "EighVectors": (eigenvectors, ((3, 3),)),
    "SvdS": (LA.svdvals, ((2, 3, 2),)),
    "SvdU": (left_vectors, ((3, 2),)),
    "SvdVh": (right_vectors, ((2, 3),)),
    "QrQ": (lambda a: LA.qr(regular(a)[:2]).Q, ((3, 3),)),
    "QrR": (lambda a: LA.qr(regular(a)[:2]).R, ((3, 3),)),
}
