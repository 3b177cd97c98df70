"""Determinants, inverses and linear equations, of one matrix or of a stack of them.

The gradients are those of M. B. Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation" (2008), where no other source is named.
"""

from __future__ import annotations

import functools
import operator

import numpy as np

from microtorch.ops import matrices
from microtorch.ops.base import Op, call, is_array, mT


class LinalgDet(Op):
    """Determinant. Its gradient is the matrix of cofactors: det(a) times the inverse, transposed."""

    symbol = "det"
    saves = "ya"

    def forward(a):
        return np.linalg.det(a)

    def vjp(g, y, a):
        return (g[..., None, None] * cofactors(a, y),)


class LinalgSlogdet(Op):
    """The logarithm of the size of a determinant."""

    symbol = "log|det|"
    saves = "a"

    def forward(a):
        return np.linalg.slogdet(a)[1]

    def vjp(g, y, a):
        return (g[..., None, None] * mT(inverse(a)),)


class LinalgSlogdetSign(Op):
    """The sign of a determinant. Its slope is 0."""

    name = "LinalgSlogdetBackward0"
    symbol = "sign det"
    saves = ""

    def forward(a):
        return np.linalg.slogdet(a)[0]

    def vjp(g, y, a):
        return (None,)


class LinalgInvEx(Op):
    """Inverse matrix. A small change dA of the matrix changes it by -y dA y."""

    symbol = "inv"
    saves = "y"

    def forward(a):
        return matrices.inverse(a)[0]

    def vjp(g, y, a):
        return (-(mT(y) @ g @ mT(y)),)


class LinalgPinv(Op):
    """Pseudoinverse of Moore and Penrose; singular values up to max(atol, rtol s_1) count as 0.

    Gradient: G. H. Golub, V. Pereyra, "The Differentiation of Pseudo-Inverses and Nonlinear Least
    Squares Problems Whose Variables Separate" (1973).
    """

    symbol = "pinv"
    operands = 1
    saves = "ya"

    def forward(a, atol, rtol, symmetric):
        return matrices.pseudoinverse(a, atol, rtol, symmetric)

    def vjp(g, y, a, atol, rtol, symmetric):
        return (pinv_gradient(g, y, a),)


class LinalgLstsq(Op):
    """Least squares: the smallest x with the smallest |a x - b|, which is a⁺ b."""

    symbol = "lstsq"
    operands = 2

    def forward(a, b, atol, rtol, vector):
        inverted = matrices.pseudoinverse(a, atol, rtol, False)
        return (inverted @ b[..., None])[..., 0] if vector else inverted @ b

    def vjp(g, y, a, b, atol, rtol, vector):
        if vector:
            g, b = g[..., None], b[..., None]
        inverted = call(LinalgPinv, a, atol, rtol, False)
        to_b = mT(inverted) @ g
        return pinv_gradient(g @ mT(b), inverted, a), to_b[..., 0] if vector else to_b


class LinalgSolveEx(Op):
    """The solution of a x = b, or of x a = b, which is aᵀ xᵀ = bᵀ."""

    symbol = "solve"
    saves = "ya"
    operands = 2

    def forward(a, b, left, vector):
        if vector:
            return solve(a, b[..., None])[..., 0]
        return solve(a, b) if left else mT(solve(mT(a), mT(b)))

    def vjp(g, y, a, b, left, vector):
        if vector:
            g, y = g[..., None], y[..., None]
        if not left:
            to_b = mT(solve(a, mT(g)))
            return -(mT(y) @ to_b), to_b
        to_b = solve(mT(a), g)
        return -(to_b @ mT(y)), to_b[..., 0] if vector else to_b


class LinalgSolveTriangular(Op):
    """The solution of a x = b, where only one triangle of a is looked at."""

    symbol = "solve"
    saves = "ya"
    operands = 2

    def forward(a, b, upper, ones):
        return matrices.back_substitution(triangle(a, upper, ones), b, upper)

    def vjp(g, y, a, b, upper, ones):
        to_b = solve_triangle(mT(triangle(a, upper, ones)), g, not upper)
        to_a = -(to_b @ mT(y))
        return np.where(mask(a.shape[-1], upper, ones), to_a, 0.0), to_b


class LinalgCholeskyEx(Op):
    """The triangular matrix y with y yᵀ = a, for a symmetric positive-definite a.

    Gradient: I. Murray, "Differentiation of the Cholesky decomposition" (2016).
    """

    symbol = "cholesky"
    operands = 1
    saves = "y"

    def forward(a, upper):
        return mT(matrices.cholesky(mT(a))[0]) if upper else matrices.cholesky(a)[0]

    def vjp(g, y, a, upper):
        if upper:
            g, y = mT(g), mT(y)
        n = y.shape[-1]
        inner = np.where(np.tri(n, dtype=bool), mT(y) @ g, 0.0)
        inner = inner - np.where(np.eye(n, dtype=bool), inner, 0.0) / 2
        half = solve_triangle(mT(y), inner, True)
        whole = mT(solve_triangle(mT(y), mT(half), True))
        return ((whole + mT(whole)) / 2,)


class Cholesky(LinalgCholeskyEx):
    """The same under its older name."""


class LinalgMatrixExp(Op):
    """Matrix exponential: y = 1 + a + a a / 2 + a a a / 6 + ...

    The gradient is a block of the exponential of [[aᵀ, g], [0, aᵀ]]: R. Mathias, "A Chain Rule for
    Matrix Functions and Applications" (1996).
    """

    symbol = "exp"
    saves = "a"

    def forward(a):
        return matrices.matrix_exponential(a)

    def vjp(g, y, a):
        n = a.shape[-1]
        top = np.concatenate([mT(a), g], -1)
        bottom = np.concatenate([0 * a, mT(a)], -1)
        whole = call(LinalgMatrixExp, np.concatenate([top, bottom], -2))
        return (whole[..., :n, n:],)


class Identity(Op):
    """The matrix to the power 0: the identity, whatever the matrix is."""

    name = "CopyBackwards"
    symbol = "1"
    saves = "x"

    def forward(x):
        return np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape).copy()

    def vjp(g, y, x):
        return (0 * x,)


# ---------------------------------------------------------------- on arrays and Tensors alike


def solve(a, b):
    return matrices.solve(a, b)[0] if is_array(a) else np.linalg.solve(a, b)


def inverse(a):
    return matrices.inverse(a)[0] if is_array(a) else np.linalg.inv(a)


def solve_triangle(a, b, upper):
    """a x = b for a matrix whose other triangle is 0."""
    return matrices.back_substitution(a, b, upper) if is_array(a) else np.linalg.solve(a, b)


def mask(n, upper, ones):
    """Where a triangular matrix has its entries; ``ones``: those on the diagonal are not its own."""
    lower = np.tri(n, k=-1 if ones else 0, dtype=bool)
    return lower.T if upper else lower


def triangle(a, upper, ones):
    """One triangle of a, with ones on the diagonal if they are not its own."""
    part = np.where(mask(a.shape[-1], upper, ones), a, 0.0)
    return np.where(np.eye(a.shape[-1], dtype=bool), 1.0, part) if ones else part


def pinv_gradient(g, y, a):
    """How a gradient of the pseudoinverse y travels back to a."""
    outside_columns = mT(g) @ y @ mT(y)
    outside_rows = mT(y) @ y @ mT(g)
    return (
        outside_columns
        - a @ y @ outside_columns
        + outside_rows
        - outside_rows @ y @ a
        - mT(y) @ g @ mT(y)
    )


def cofactors(a, det):
    """det times the inverse, transposed; for a singular matrix by its singular values.

    As in PyTorch: a singular matrix gets the gradient 0, unless that is to be differentiated again.
    """
    if is_array(a):
        singular = (det == 0)[..., None, None]
        regular = np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a)
        return np.where(singular, 0.0, det[..., None, None] * mT(matrices.inverse(regular)[0]))
    epsilon = 2.0**-52 if "64" in str(a.dtype) else 2.0**-23
    if not (abs(det) < 100 * epsilon).any():
        return det[..., None, None] * mT(np.linalg.inv(a))
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1.0, s[..., None, :])
    products = functools.reduce(operator.mul, [others[..., i] for i in range(n)])
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return sign * ((u * products[..., None, :]) @ vh)
