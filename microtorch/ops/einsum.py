"""Einstein's sum of two operands, which every larger one is made of."""

from __future__ import annotations

import math

import numpy as np

from microtorch.ops.base import Op, is_array


class Contraction(Op):
    """Einstein's sum of two operands whose axes have letters, as in "ij,jk->ik".

    A letter that both have and the result has not is summed over. Each letter stands once in an
    operand, and each is found in one of the other two: so both gradients are contractions too.
    """

    name = "ViewBackward0"
    symbol = "einsum"
    operands = 2
    lazy = True

    def forward(a, b, left, right, out):
        shared = [s for s in left if s in right]
        stack = [s for s in shared if s in out]
        summed = [s for s in shared if s not in out]
        alone, other = [s for s in left if s not in right], [s for s in right if s not in left]
        sizes = dict(zip(left + right, a.shape + b.shape, strict=True))
        a = arranged(a, left, (stack, alone, summed), sizes)
        b = arranged(b, right, (stack, summed, other), sizes)
        made = [*stack, *alone, *other]
        y = np.matmul(a, b).reshape([sizes[s] for s in made])
        return y.transpose([made.index(s) for s in out])

    def vjp(g, y, a, b, left, right, out):
        return (
            lambda: contract(g, b, out, right, left),
            lambda: contract(a, g, left, out, right),
        )


class OuterProduct(Contraction):
    """The same where nothing is summed."""

    name = "MulBackward0"

    def forward(a, b, left, right, out):
        return spread(a, left, out) * spread(b, right, out)


def arranged(x, letters, groups, sizes):
    """Axes in the order of three groups of letters, each group as one axis."""
    order = [letters.index(s) for group in groups for s in group]
    return x.transpose(order).reshape([math.prod(sizes[s] for s in group) for group in groups])


def spread(x, letters, out):
    """Axes in the order of ``out``, with one of length 1 for every letter that x has not."""
    x = x.transpose([letters.index(s) for s in out if s in letters])
    return x[tuple(slice(None) if s in letters else None for s in out)]


def contract(a, b, left, right, out):
    """A contraction inside a vjp, on arrays or Tensors."""
    if is_array(a):
        return Contraction.forward(a, b, left, right, out)
    return np.einsum(f"{left},{right}->{out}", a, b)
