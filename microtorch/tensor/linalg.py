"""torch.linalg: linear algebra under PyTorch's names.

>>> import microtorch as torch
>>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([1.0, 1.0]))
tensor([0.5000, 0.2500])
"""

from __future__ import annotations

from typing import Any

from microtorch.tensor.chains import multi_dot
from microtorch.tensor.contractions import matmul
from microtorch.tensor.decompositions import (
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    lstsq,
    lu,
    matrix_rank,
    svdvals,
)
from microtorch.tensor.decompositions import linalg_cholesky as cholesky
from microtorch.tensor.decompositions import linalg_qr as qr
from microtorch.tensor.decompositions import linalg_svd as svd
from microtorch.tensor.matrices import (
    LinAlgError,
    det,
    inv,
    inv_ex,
    matrix_exp,
    matrix_power,
    pinv,
    solve,
    solve_ex,
    solve_triangular,
)
from microtorch.tensor.matrices import linalg_slogdet as slogdet
from microtorch.tensor.norms import cond, matrix_norm, norm, vector_norm
from microtorch.tensor.reshaped import cross, diagonal, tensorinv, tensorsolve, vander, vecdot

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"microtorch.linalg has no {name!r}. For equations and inverses there are solve, inv, lstsq "
        "and pinv; for decompositions svd, eigh, qr and cholesky."
    )
