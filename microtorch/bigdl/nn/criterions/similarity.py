"""Criterions that compare directions."""

from __future__ import annotations

from typing import Any

from microtorch.bigdl.activity import Activity, shape
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, batch_size
from microtorch.bigdl.nn.criterions.margins import first_of
from microtorch.tensor.choices import where

EPSILON = 1e-12


def rows(x: Any) -> Any:
    """One vector as a batch of one."""
    return x.reshape(1, -1) if x.ndim == 1 else x


def cosine(a: Any, b: Any) -> Any:
    """The cosine of the angle between the rows of two matrices."""
    dot, squares = (a * b).sum(1), ((a * a).sum(1) + EPSILON) * ((b * b).sum(1) + EPSILON)
    return dot / squares.sqrt()


class CosineEmbeddingCriterion(Averaged):
    """max(0, cos - margin) for a pair that is not alike (y = -1), and **cos** for any other y.

    Input: a table [x1, x2] of vectors or batches; target: y for each pair, or a table [y]. Over
    the number of targets. Torch7 takes 1 - cos for a pair that is alike (y = 1), which is the loss
    that makes sense; BigDL dropped the "1 -", and this class returns what BigDL returns. Use
    :class:`CosineDistanceCriterion` to make vectors alike.
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool = True, bigdl_type: str = "float"
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.margin = margin

    def check(self, input: Activity, target: Activity) -> None:
        self.check_table(input, "input", "x1", "x2")
        pairs = batch_size(input[0])
        if input[0].ndim not in (1, 2) or first_of(target).size not in (1, pairs):
            raise ValueError(
                f"{self}: expected two arrays (pairs, n) and a target (pairs,), "
                f"not {shape(input)} and {shape(target)}."
            )

    def formula(self, x: Any, t: Any) -> Any:
        y = first_of(t).reshape(-1)
        cos = cosine(rows(x[0]), rows(x[1]))
        entries = where(y == -1, (cos - self.margin).relu(), cos)
        return self.averaged(entries.sum(), y.numel())


class CosineDistanceCriterion(Averaged):
    """1 - cos(x, t) for each sample, over the batch size."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        x, t = rows(x), rows(t)
        return self.averaged((1 - cosine(x, t)).sum(), x.shape[0])


class CosineProximityCriterion(Criterion):
    """-(sum of x̂ t̂) over the number of entries, where x̂ and t̂ have length 1 in each sample."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        x, t = rows(x), rows(t)
        return -(unit(x) * unit(t)).sum() / x.numel()


def unit(x: Any) -> Any:
    """The rows of a matrix with length 1."""
    return x / (x * x).sum(-1, keepdim=True).clamp(min=EPSILON).sqrt()


class DotProductCriterion(Averaged):
    """The sum of x t, over the batch size if ``size_average``."""

    same_shape = True

    def __init__(self, size_average: bool = False, bigdl_type: str = "float") -> None:
        super().__init__(size_average, bigdl_type)

    def formula(self, x: Any, t: Any) -> Any:
        return self.averaged((x * t).sum(), batch_size(x))
