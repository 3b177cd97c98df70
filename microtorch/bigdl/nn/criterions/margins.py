"""Criterions with a margin: nothing is left to be gained beyond a certain distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, shape
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, batch_size, weights_of
from microtorch.bigdl.nn.criterions.classification import class_numbers
from microtorch.nn import functional as F
from microtorch.tensor.choices import where
from microtorch.tensor.data import tensor


class SoftMarginCriterion(Averaged):
    """The sum of log(1 + e^(-t x)) for targets of 1 and -1, over the number of entries."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        return F.soft_margin_loss(x, t, reduction="mean" if self.size_average else "sum")


class MarginCriterion(Averaged):
    """The sum of max(0, margin - t x), or of its square, over the number of entries."""

    same_shape = True

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool = True,
        squared: bool = False,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.margin, self.squared = margin, squared

    def formula(self, x: Any, t: Any) -> Any:
        missing = (self.margin - t * x).relu()
        return self.averaged((missing**2 if self.squared else missing).sum(), x.numel())


class MultiMarginCriterion(Averaged):
    """Every wrong class should score lower than the right one, by ``margin``.

    The sum over wrong classes j of w_t max(0, margin - x_t + x_j)^p, over the number of classes;
    then over the batch size. Targets are classes, counted from 1; p is 1 or 2.
    """

    def __init__(
        self,
        p: int = 1,
        weights: Any = None,
        margin: float = 1.0,
        size_average: bool = True,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(size_average, bigdl_type)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginCriterion: p is 1 or 2, not {p!r}")
        self.p, self.margin = p, margin
        self.weights = weights_of(weights, self.dtype, str(self))

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input", (1, 2))
        self.check_array(target, "target")
        samples, classes = batch_size(input), input.shape[-1]
        if target.size != samples:
            raise ValueError(
                f"{self}: the target must hold one class for each of the {samples} samples, "
                f"not shape {shape(target)}."
            )
        if self.weights is not None and self.weights.shape[0] != classes:
            raise ValueError(
                f"{self}: weights are given for {self.weights.shape[0]} classes, and the input has "
                f"{classes} (shape {shape(input)})."
            )
        class_numbers(target, classes, None, str(self))

    def formula(self, x: Any, t: Any) -> Any:
        rows = x if x.ndim == 2 else x.unsqueeze(0)
        labels = tensor(t.numpy().astype(np.int64).reshape(-1) - 1)
        reduction = "mean" if self.size_average else "sum"
        return F.multi_margin_loss(
            rows, labels, self.p, self.margin, self.weights, reduction=reduction
        )


class MultiLabelMarginCriterion(Averaged):
    """Every right class i should score higher than every wrong one j, by 1.

    The sum of max(0, 1 - x_i + x_j), over the number of classes; then over the batch size. A row
    of the target names the right classes, counted from 1, and ends with the first 0.
    """

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input", (1, 2))
        self.check_array(target, "target", (1, 2))
        if input.shape != target.shape:
            raise ValueError(
                f"{self}: the target must have the shape of the input, {shape(input)}, with 0 "
                f"behind the right classes, not {shape(target)}."
            )
        class_numbers(target, input.shape[-1], None, str(self), first=0)

    def formula(self, x: Any, t: Any) -> Any:
        labels = tensor(t.numpy().astype(np.int64) - 1)
        return F.multilabel_margin_loss(x, labels, reduction="mean" if self.size_average else "sum")


class MarginRankingCriterion(Averaged):
    """max(0, -y (x1 - x2) + margin): for y = 1, x1 should be larger than x2 by the margin.

    Input: a table [x1, x2]; target: y, 1 or -1 for each pair, or a table [y]. Over the batch size.
    Exactly on the edge the gradient counts as inside, as in BigDL.
    """

    def __init__(
        self, margin: float = 1.0, size_average: bool = True, bigdl_type: str = "float"
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.margin = margin

    def check(self, input: Activity, target: Activity) -> None:
        self.check_table(input, "input", "x1", "x2")
        y = first_of(target)
        if y.size not in (1, input[0].size):
            raise ValueError(
                f"{self}: the target must hold one number for each pair, {input[0].size}, "
                f"not shape {shape(target)}."
            )

    def formula(self, x: Any, t: Any) -> Any:
        x1, x2 = x
        y = first_of(t)
        y = y.reshape(x1.shape) if y.numel() == x1.numel() else y.reshape(())
        missing = -y * (x1 - x2) + self.margin
        return self.averaged(where(missing >= 0, missing, 0 * missing).sum(), x1.numel())


class HingeEmbeddingCriterion(Averaged):
    """x where the target is 1, max(0, margin - x) where it is -1; over the number of entries.

    x is mostly a distance: small for a pair that is alike, large for one that is not.
    """

    same_shape = True

    def __init__(
        self, margin: float = 1.0, size_average: bool = True, bigdl_type: str = "float"
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.margin = margin

    def check(self, input: Activity, target: Activity) -> None:
        super().check(input, target)
        check_signs(self, target)

    def formula(self, x: Any, t: Any) -> Any:
        entries = where(t == 1, x, (self.margin - x).relu())
        return self.averaged(entries.sum(), x.numel())


class L1HingeEmbeddingCriterion(Criterion):
    """d = sum of |x1 - x2|: the loss is d for the target 1, max(0, margin - d) for -1.

    Input: a table [x1, x2] of two vectors; target: one number.
    """

    def __init__(self, margin: float = 1.0, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        self.margin = margin

    def check(self, input: Activity, target: Activity) -> None:
        self.check_table(input, "input", "x1", "x2")
        if first_of(target).size != 1:
            raise ValueError(f"{self}: the target is one number, 1 or -1, not {shape(target)}.")
        check_signs(self, first_of(target))

    def formula(self, x: Any, t: Any) -> Any:
        d = (x[0] - x[1]).abs().sum()
        return d if first_of(t).item() == 1 else (self.margin - d).relu()


def first_of(target: Any) -> Any:
    """A target, or the first entry of a table that holds it."""
    return target[0] if isinstance(target, list) else target


def check_signs(criterion: Criterion, target: Any) -> None:
    """Raise ValueError unless all targets are 1 or -1."""
    strange = target[np.abs(target) != 1]
    if strange.size:
        raise ValueError(f"{criterion}: a target is 1 or -1, not {strange.flat[0]:g}.")
