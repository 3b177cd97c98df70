"""Decompositions: eigenvalues, singular values, QR.

Each has several results, and each result is an op of its own: all are handed the finished factors,
and their gradients add up. (On Tensors, for a gradient of the gradient, the factors are computed
again, so that they are part of the graph.) The signs of the vectors are those of LAPACK, and a
gradient makes sense only for what does not depend on them.
"""

from __future__ import annotations

import numpy as np

from microtorch.ops import matrices
from microtorch.ops.base import Op, is_array, mT


class EighValues(Op):
    """The eigenvalues of a symmetric matrix, from the smallest to the largest.

    Gradient, as for the eigenvectors: M. B. Giles, "Collected matrix derivative results for forward
    and reverse mode algorithmic differentiation" (2008), section 3.1.
    """

    name = "LinalgEighBackward0"
    symbol = "λ"
    operands = 1
    saves = "a"

    def forward(a, factors, triangle):
        return factors[0]

    def vjp(g, y, a, factors, triangle):
        _, v = factors if is_array(a) else np.linalg.eigh(a, triangle)
        return ((v * g[..., None, :]) @ mT(v),)


class EighVectors(EighValues):
    """The eigenvectors of a symmetric matrix, as columns."""

    name = "LinalgEighBackward0"
    symbol = "eigenvectors"

    def forward(a, factors, triangle):
        return factors[1]

    def vjp(g, y, a, factors, triangle):
        w, v = factors if is_array(a) else np.linalg.eigh(a, triangle)
        return (v @ (skew(mT(v) @ g) / (2 * gaps(w))) @ mT(v),)


class SvdS(Op):
    """The singular values of a matrix, from the largest to the smallest.

    Gradients: J. Townsend, "Differentiating the Singular Value Decomposition" (2016).
    """

    name = "LinalgSvdBackward0"
    symbol = "σ"
    operands = 1
    saves = "a"

    def forward(a, factors):
        return factors[1]

    def vjp(g, y, a, factors):
        u, _, vh = thin(a, factors)
        return ((u * g[..., None, :]) @ vh,)


class SvdU(SvdS):
    """The left singular vectors, as columns."""

    name = "LinalgSvdBackward0"
    symbol = "U"

    def forward(a, factors):
        return factors[0]

    def vjp(g, y, a, factors):
        u, s, vh = thin(a, factors)
        g = g[..., : s.shape[-1]]
        inner = mT(u) @ g
        s = s[..., None, :]
        to_a = (u @ (skew(inner) / gaps(s[..., 0, :] ** 2) * s)) @ vh
        if a.shape[-2] > a.shape[-1]:
            to_a = to_a + ((g - u @ inner) / s) @ vh
        return (to_a,)


class SvdVh(SvdS):
    """The right singular vectors, as rows."""

    name = "LinalgSvdBackward0"
    symbol = "Vᵀ"

    def forward(a, factors):
        return factors[2]

    def vjp(g, y, a, factors):
        u, s, vh = thin(a, factors)
        g = g[..., : s.shape[-1], :]
        inner = vh @ mT(g)
        s = s[..., :, None]
        to_a = u @ (s * (skew(inner) / gaps(s[..., 0] ** 2)) @ vh)
        if a.shape[-2] < a.shape[-1]:
            to_a = to_a + u @ ((g - mT(inner) @ vh) / s)
        return (to_a,)


class QrQ(Op):
    """The orthogonal factor of a = q r.

    Gradient: S. F. Walter, L. Lehmann, "Algorithmic Differentiation of Linear Algebra Functions with
    Application in Optimum Experimental Design" (2010); for wide matrices after J. A. Roberts,
    M. Roberts, "QR and LQ Decomposition Matrix Backpropagation Algorithms" (2020).
    """

    name = "LinalgQrBackward0"
    symbol = "Q"
    operands = 1
    saves = "a"

    def forward(a, factors, mode):
        return factors[0]

    def vjp(g, y, a, factors, mode):
        q, r = orthogonal(a, factors, mode)
        k = q.shape[-1]
        to_square = square_qr(q, r[..., :k], -(mT(q) @ g), g)
        wide = a.shape[-1] - k
        if wide > 0:
            to_square = np.concatenate([to_square, 0 * a[..., k:]], -1)
        return (to_square,)


class QrR(QrQ):
    """The triangular factor of a = q r."""

    name = "LinalgQrBackward0"
    symbol = "R"

    def forward(a, factors, mode):
        return factors[1]

    def vjp(g, y, a, factors, mode):
        q, r = orthogonal(a, factors, mode)
        k = q.shape[-1]
        first, rest = g[..., :k], g[..., k:]
        square = r[..., :k]
        if a.shape[-1] == k:
            return (square_qr(q, square, first @ mT(square), None),)
        to_q = a[..., k:] @ mT(rest)
        to_square = square_qr(q, square, first @ mT(square) - mT(q) @ to_q, to_q)
        return (np.concatenate([to_square, q @ rest], -1),)


# ---------------------------------------------------------------- on arrays and Tensors alike


def skew(x):
    return x - mT(x)


def gaps(w):
    """w_j - w_i for all pairs, and 1 on the diagonal."""
    n = w.shape[-1]
    return np.where(np.eye(n, dtype=bool), 1.0, w[..., None, :] - w[..., :, None])


def thin(a, factors):
    """U, S and Vᵀ with as many vectors as there are singular values."""
    if not is_array(a):
        return np.linalg.svd(a, full_matrices=False)
    u, s, vh = factors
    k = s.shape[-1]
    return u[..., :k], s, vh[..., :k, :]


def orthogonal(a, factors, mode):
    """Q and R, if the mode of the decomposition has a gradient."""
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please "
            "use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    if mode == "complete" and a.shape[-2] > a.shape[-1]:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.\n"
            "Hint: use mode='reduced'."
        )
    return factors if is_array(a) else np.linalg.qr(a)


def square_qr(q, r, inner, to_q):
    """The gradient of the part of a that q and the square r are made of."""
    n = r.shape[-1]
    upper = np.where(np.tri(n, k=-1, dtype=bool), 0.0, inner)
    strictly = np.where(np.eye(n, dtype=bool), 0.0, upper)
    made = q @ (upper + mT(strictly))
    if to_q is not None:
        made = made + to_q
    return mT(
        matrices.back_substitution(r, mT(made), True)
        if is_array(r)
        else np.linalg.solve(r, mT(made))
    )
