"""Products of vectors, matrices and stacks of matrices, under the names PyTorch prints.

Every vjp here is made of products again, so it returns promises: the gradient of an operand that
asked for none (the data, as a rule) is never computed.
"""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, call, mT
from microtorch.ops.kernels import column_sum
from microtorch.ops.shaping import Permute


class Product(Op, abstract=True):
    """y = a @ b; what a and b are is up to the classes below."""

    symbol = "@"
    reads = ("b", "a")
    lazy = True

    def forward(a, b):
        return a @ b


class Dot(Product):
    """Dot product of two vectors: y = sum of a_i b_i."""

    def vjp(g, y, a, b):
        return lambda: g * b, lambda: g * a


class Vdot(Dot):
    """The same under its other name (they differ for complex numbers)."""


class Mv(Product):
    """Matrix times vector: y_i = sum over j of a_ij b_j."""

    def vjp(g, y, a, b):
        return lambda: column(g) * b, lambda: mT(a) @ g


class VecMat(Product):
    """Vector times matrix: y_j = sum over i of a_i b_ij."""

    name = "SqueezeBackward4"  # PyTorch makes the vector a row, multiplies, and squeezes

    def vjp(g, y, a, b):
        return lambda: b @ g, lambda: column(a) * g


class Mm(Product):
    """Matrix product: y = a b."""

    def vjp(g, y, a, b):
        return lambda: g @ mT(b), lambda: mT(a) @ g


class Bmm(Mm):
    """Two stacks of matrices, multiplied pair by pair."""


class Matmul(Mm):
    """Two stacks of matrices, whose leading dimensions broadcast."""

    name = "UnsafeViewBackward0"


class MatrixStack(Mm):
    """One matrix times every matrix of a stack."""

    name = "CloneBackward0"  # PyTorch multiplies the transposes, and copies them back in order


class StackMatrix(Product):
    """Every matrix of a stack times one matrix: a single product of all rows with it."""

    name = "UnsafeViewBackward0"

    def forward(a, b):
        return (rows(a) @ b).reshape((*a.shape[:-1], b.shape[-1]))

    def vjp(g, y, a, b):
        return lambda: (rows(g) @ mT(b)).reshape(a.shape), lambda: mT(rows(a)) @ rows(g)


class StackVector(Product):
    """Every matrix of a stack times one vector."""

    name = "UnsafeViewBackward0"

    def vjp(g, y, a, b):
        return lambda: column(g) * b, lambda: mT(rows(a)) @ g.reshape((math.prod(g.shape),))


class VectorStack(Product):
    """One vector times every matrix of a stack."""

    name = "UnsafeViewBackward0"

    def vjp(g, y, a, b):
        return lambda: (b @ column(g))[..., 0], lambda: column(a) * g[..., None, :]


class Addmm(Op):
    """A matrix product on top of something: y = beta c + alpha (a b)."""

    symbol = "@"
    operands = 3
    lazy = True

    def forward(c, a, b, beta, alpha):
        return on_top(c, a @ b, beta, alpha)

    def vjp(g, y, c, a, b, beta, alpha):
        return (
            lambda: beta * g,
            lambda: alpha * (g @ mT(b)),
            lambda: alpha * (mT(a) @ g),
        )


class Baddbmm(Addmm):
    """The same for stacks of matrices, multiplied pair by pair."""


class Addmv(Addmm):
    """A matrix times a vector on top of something: y = beta c + alpha (a b)."""

    def vjp(g, y, c, a, b, beta, alpha):
        return lambda: beta * g, lambda: alpha * (column(g) * b), lambda: alpha * (mT(a) @ g)


class Addr(Addmm):
    """An outer product on top of something: y = beta c + alpha (a_i b_j)."""

    def forward(c, a, b, beta, alpha):
        return on_top(c, np.outer(a, b), beta, alpha)

    def vjp(g, y, c, a, b, beta, alpha):
        return lambda: beta * g, lambda: alpha * (g @ b), lambda: alpha * (mT(g) @ a)


class Addbmm(Addmm):
    """The sum of all products of a stack on top of something: y = beta c + alpha sum of a_n b_n."""

    def forward(c, a, b, beta, alpha):
        return on_top(c, np.matmul(a, b).sum(0, dtype=a.dtype), beta, alpha)


class Linear(Op):
    """A layer's product and sum in one step: y = x wᵀ + b, where x is a matrix."""

    name = "AddmmBackward0"
    symbol = "@ +"
    saves = "xw"
    reads = ("w", "x", "")
    lazy = True

    def forward(x, w, b):
        y = x @ w.T
        y += b  # in place: y is new, and as large as the whole batch
        return y

    def vjp(g, y, x, w, b):
        return lambda: g @ w, lambda: mT(g) @ x, lambda: column_sum(g) if b.ndim == 1 else g


class LinearRows(Linear):
    """The same for a single vector, or for more than two dimensions."""

    name = "ViewBackward0"

    def forward(x, w, b):
        y = plain_linear(x, w)
        if b.ndim <= y.ndim:
            y += b
            return y
        return y + b

    def vjp(g, y, x, w, b):
        to_x, to_w = linear_gradients(g, x, w)
        return to_x, to_w, lambda: column_sum(rows(g)) if b.ndim == 1 else g


class LinearPlusBias(LinearRows):
    """The same where PyTorch adds the bias in a step of its own."""

    name = "AddBackward0"


class LinearNoBias(Op):
    """A layer without a bias: y = x wᵀ."""

    name = "MmBackward0"
    reads = ("w", "x")
    symbol = "@"
    lazy = True

    def forward(x, w):
        return plain_linear(x, w)

    def vjp(g, y, x, w):
        return linear_gradients(g, x, w)


class LinearNoBiasRows(LinearNoBias):
    """The same for more than two dimensions."""

    name = "UnsafeViewBackward0"


class LinearNoBiasVector(LinearNoBias):
    """The same for a single vector."""

    name = "SqueezeBackward4"


class Cross(Op):
    """Cross product of vectors with three entries, along an axis."""

    name = "LinalgCrossBackward0"
    symbol = "×"
    operands = 2
    lazy = True

    def forward(a, b, axis):
        return np.cross(a, b, axis=axis)

    def vjp(g, y, a, b, axis):
        return lambda: np.cross(b, g, axis=axis), lambda: np.cross(g, a, axis=axis)


class Kron(Op):
    """Kronecker product: every entry of a times the whole of b, side by side."""

    name = "UnsafeViewBackward0"  # PyTorch multiplies with more axes, and joins them
    symbol = "⊗"
    lazy = True

    def forward(a, b):
        return np.kron(a, b)

    def vjp(g, y, a, b):
        arrived = copies(g, a.shape, b.shape)
        return (
            lambda: (arrived @ b.reshape((-1,))).reshape(a.shape),
            lambda: (a.reshape((-1,)) @ arrived).reshape(b.shape),
        )


def copies(g, a, b):
    """What arrives at a Kronecker product of arrays of two shapes: a row for every copy of b."""
    ndim = max(len(a), len(b))
    m = (1,) * (ndim - len(a)) + a
    n = (1,) * (ndim - len(b)) + b
    pairs = g.reshape(tuple(length for pair in zip(m, n, strict=True) for length in pair))
    order = (*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2))
    return call(Permute, pairs, order).reshape((math.prod(a), math.prod(b)))


def column(x):
    """A vector as a matrix with one column, so that column x row is the outer product."""
    return x[..., None]


def rows(x):
    """All rows in one matrix, whatever the leading dimensions."""
    return x if x.ndim == 2 else x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


def plain_linear(x, w):
    """x wᵀ as one product of all rows of x."""
    return x @ w.T if x.ndim <= 2 else (rows(x) @ w.T).reshape((*x.shape[:-1], w.shape[0]))


def linear_gradients(g, x, w):
    g = rows(g)
    return lambda: (g @ w).reshape(x.shape), lambda: mT(g) @ rows(x)


def on_top(c, product, beta, alpha):
    """beta c + alpha product. With beta = 0, c is not even looked at: it may be nan."""
    if alpha != 1:
        product = alpha * product
    if beta == 0:
        return product
    return product + (c if beta == 1 else beta * c)
