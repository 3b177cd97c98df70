"""Products of vectors and matrices. PyTorch names them by their dimensions, so do we."""

from __future__ import annotations

from microtorch.ops.base import Op, mT


class Dot(Op):
    """Dot product of two vectors: y = sum of a_i b_i."""

    symbol = "@"

    def forward(a, b):
        return a @ b

    def vjp(g, y, a, b):
        return g * b, g * a


class Mv(Op):
    """Matrix times vector: y_i = sum over j of a_ij b_j."""

    symbol = "@"

    def forward(a, b):
        return a @ b

    def vjp(g, y, a, b):
        return column(g) * b, mT(a) @ g


class VecMat(Op):
    """Vector times matrix: y_j = sum over i of a_i b_ij."""

    name = "SqueezeBackward4"  # PyTorch makes the vector a row, multiplies, and squeezes
    symbol = "@"

    def forward(a, b):
        return a @ b

    def vjp(g, y, a, b):
        return b @ g, column(a) * g


class Mm(Op):
    """Matrix product: y = a b."""

    symbol = "@"

    def forward(a, b):
        return a @ b

    def vjp(g, y, a, b):
        return g @ mT(b), mT(a) @ g


def column(x):
    """A vector as a matrix with one column, so that column x row is the outer product."""
    return x.reshape((-1, 1))


class Matmul(Mm):
    """A stack of matrix products; leading dimensions broadcast."""

    name = "UnsafeViewBackward0"
