"""What NumPy's linear algebra leaves out: triangular systems, and matrices that are singular.

NumPy refuses a whole stack of matrices if one of them is singular. PyTorch goes on, with infinite
entries, and reports where it broke off (``info``: the first pivot that is zero, counted from 1).
"""

from __future__ import annotations

import numpy as np


def back_substitution(a, b, upper):
    """x with a x = b for a triangular matrix a: the last row first, or the first row first."""
    n = a.shape[-1]
    b = np.broadcast_to(b, (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]))
    x = np.zeros(b.shape, b.dtype)
    for i in reversed(range(n)) if upper else range(n):
        done = slice(i + 1, n) if upper else slice(0, i)
        known = (a[..., i, None, done] @ x[..., done, :])[..., 0, :]
        x[..., i, :] = (b[..., i, :] - known) / a[..., i, i, None]
    return x


def solve(a, b):
    """x with a x = b, and info for each matrix (0: all went well)."""
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    try:
        return np.linalg.solve(a, b), np.zeros(stack, np.int32)
    except np.linalg.LinAlgError:
        a = np.broadcast_to(a, (*stack, *a.shape[-2:]))
        b = np.broadcast_to(b, (*stack, *b.shape[-2:]))
        x, info = np.empty(b.shape, b.dtype), np.zeros(stack, np.int32)
        for place in np.ndindex(stack):
            x[place], info[place] = solve_singular(a[place], b[place])
        return x, info


def inverse(a):
    """The inverse of each matrix, and info."""
    return solve(a, np.eye(a.shape[-1], dtype=a.dtype))


def solve_singular(a, b):
    """The same for one matrix, which may be singular: by elimination, dividing by zero at the end."""
    a, b, n = a.copy(), b.copy(), len(a)
    for k in range(n):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        a[[k, pivot]], b[[k, pivot]] = a[[pivot, k]], b[[pivot, k]]
        if a[k, k] != 0:
            factors = a[k + 1 :, k, None] / a[k, k]
            a[k + 1 :] -= factors * a[k]
            b[k + 1 :] -= factors * b[k]
    zeros = np.flatnonzero(np.diagonal(a) == 0)
    return back_substitution(a, b, True), zeros[0] + 1 if zeros.size else 0


def cholesky(a):
    """The lower triangular factor of each matrix, and info: the first leading minor that is <= 0."""
    y, info = np.empty(a.shape, a.dtype), np.zeros(a.shape[:-2], np.int32)
    try:
        y = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        y[...] = np.nan
    if not np.isfinite(y).all():
        for place in np.ndindex(a.shape[:-2]):
            y[place], info[place] = cholesky_by_columns(a[place])
    return y, info


def cholesky_by_columns(a):
    """The same for one matrix, up to the first column where it breaks off."""
    y = np.tril(a)
    for k in range(len(a)):
        y[k, k] -= y[k, :k] @ y[k, :k]
        if not y[k, k] > 0:
            return y, k + 1
        y[k, k] = np.sqrt(y[k, k])
        y[k + 1 :, k] = (y[k + 1 :, k] - y[k + 1 :, :k] @ y[k, :k]) / y[k, k]
    return y, 0


def svd(a, full):
    """U, S and Vᵀ, with the signs that PyTorch's LAPACK (Intel's MKL) gives the vectors.

    NumPy's LAPACK takes another way for these shapes: it starts by QR only if a matrix is much
    taller than wide, and for wide ones by its mirror image, which MKL never does.
    """
    u, s, vh = np.linalg.svd(a, full_matrices=full)
    m, n = a.shape[-2:]
    if n < m < n * 11 // 6:
        q, r = np.linalg.qr(a)
        other = q @ np.linalg.svd(r)[0]
    elif 1 < m < n and n >= m * 11 // 6:
        rows = next(rows for rows in range(m, n + 1) if rows * 11 // 6 > n)
        whole = np.zeros((*a.shape[:-2], rows, max(n, rows + 1)), a.dtype)
        whole[..., :m, :n] = a
        other = np.linalg.svd(whole, full_matrices=False)[0][..., :m, :m]
    else:
        return u, s, vh
    k = s.shape[-1]
    signs = np.where((u[..., :k] * other).sum(-2) < 0, -1, 1).astype(a.dtype)
    u[..., :k] *= signs[..., None, :]
    vh[..., :k, :] *= signs[..., None]
    return u, s, vh


def pseudoinverse(a, atol, rtol, symmetric):
    """V S⁺ Uᵀ, where singular values up to the limit count as zero."""
    if symmetric:
        s, u = np.linalg.eigh(a)
        vh = u.swapaxes(-1, -2)
    else:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
    size = np.abs(s)
    limit = np.maximum(atol, rtol * size.max(-1, keepdims=True, initial=0))
    inverted = np.where(size > limit, 1 / np.where(s == 0, 1, s), 0).astype(a.dtype)
    return (vh.swapaxes(-1, -2) * inverted[..., None, :]) @ u.swapaxes(-1, -2)


# The coefficients of Padé's approximation of degree 13, and up to which size of a it is exact to
# double precision: N. J. Higham, "The Scaling and Squaring Method for the Matrix Exponential
# Revisited" (2005).
PADE = (
    64764752532480000,
    32382376266240000,
    7771770303897600,
    1187353796428800,
    129060195264000,
    10559470521600,
    670442572800,
    33522128640,
    1323241920,
    40840800,
    960960,
    16380,
    182,
    1,
)
PADE_SIZE = 5.37


def matrix_exponential(a):
    """e^a: halved until a fraction of polynomials is exact, then squared as often."""
    if not a.size:
        return a.copy()
    size = np.abs(a.astype(np.float64)).sum(-2).max()
    if not np.isfinite(size):
        return np.full(a.shape, np.nan, a.dtype)
    halvings = max(0, int(np.ceil(np.log2(size / PADE_SIZE)))) if size > 0 else 0
    x = a.astype(np.float64) / 2.0**halvings
    one = np.eye(a.shape[-1])
    powers = [one, x @ x]
    for _ in range(5):
        powers.append(powers[-1] @ powers[1])
    even = sum(c * p for c, p in zip(PADE[0::2], powers, strict=True))
    odd = x @ sum(c * p for c, p in zip(PADE[1::2], powers, strict=True))
    y = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        y = y @ y
    return y.astype(a.dtype)
