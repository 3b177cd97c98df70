"""Criterions for numbers: how far is the input from the target?"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, batch_size
from microtorch.nn import functional as F
from microtorch.tensor.choices import where
from microtorch.tensor.pointwise import log

EPSILON = 1e-7  # Keras's, where BigDL follows Keras


class AbsCriterion(Averaged):
    """Mean absolute error: the sum of |x - t|, over the number of entries.

    Its gradient is a sign: +1/N where x is above the target, -1/N where it is below, however far
    away it is. Exactly on the target it is **+1/N**, as in BigDL (PyTorch takes 0).

    >>> mae = AbsCriterion()
    >>> mae.forward(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 3.0]))
    2.0
    >>> mae.backward(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 3.0]))
    array([-0.33333334, -0.33333334,  0.33333334], dtype=float32)
    """

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        error = (x - t).abs()
        return error.mean() if self.size_average else error.sum()

    def updateGradInput(self, input: Activity, target: Activity) -> Activity:
        sign = np.where(input >= target.reshape(input.shape), 1, -1).astype(self.dtype)
        return sign / self.dtype.type(input.size) if self.size_average else sign


class MSECriterion(Averaged):
    """Mean squared error: the sum of (x - t)², over the number of entries.

    BigDL's Python has no argument for it, but ``criterion.size_average = False`` gives the sum.
    """

    same_shape = True

    def __init__(self, bigdl_type: str = "float") -> None:
        super().__init__(True, bigdl_type)

    def formula(self, x: Any, t: Any) -> Any:
        return F.mse_loss(x, t, reduction="mean" if self.size_average else "sum")


class SmoothL1Criterion(Averaged):
    """The sum of d²/2 where |d| < 1, else |d| - 1/2, with d = x - t; over the number of entries."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        return F.smooth_l1_loss(x, t, reduction="mean" if self.size_average else "sum")


class SmoothL1CriterionWithWeights(Criterion):
    """The same with weights, for the target ``[t, w_in, w_out]``.

    With d = (x - t) w_in: the sum of w_out (sigma d)²/2 where |d| < 1/sigma², else of
    w_out (|d| - 1/(2 sigma²)). It is divided by ``num`` if that is above 0, else by the batch size.
    The target may also be ``[t]`` alone: then all weights are 1.
    """

    def __init__(self, sigma: float, num: int = 0, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        if not sigma > 0:
            raise ValueError(f"SmoothL1CriterionWithWeights: sigma is above 0, not {sigma}")
        self.sigma, self.num = sigma, num

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input")
        names = ("t",) if isinstance(target, list) and len(target) == 1 else ("t", "w_in", "w_out")
        self.check_table(target, "target", *names)
        self.check_table([input, *target], "input and target", "input", *names)

    def formula(self, x: Any, t: Any) -> Any:
        target, *weights = t
        w_in, w_out = weights or (1, 1)
        d = (x - target) * w_in
        limit = 1 / self.sigma**2
        entries = where(d.abs() < limit, (self.sigma * d) ** 2 / 2, d.abs() - limit / 2)
        return (entries * w_out).sum() / (self.num if self.num > 0 else x.shape[0])


class L1Cost(Criterion):
    """The sum of |x|. The target is ignored."""

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input")

    def formula(self, x: Any, t: Any) -> Any:
        return x.abs().sum()


class MeanAbsolutePercentageCriterion(Criterion):
    """Mean of 100 |x - t| / |t|, where |t| counts at least as 1e-7."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        return 100 * ((x - t).abs() / t.abs().clamp(min=EPSILON)).mean()


class MeanSquaredLogarithmicCriterion(Criterion):
    """Mean of (log(t + 1) - log(x + 1))², where x and t count at least as 1e-7."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        difference = log(t.clamp(min=EPSILON) + 1) - log(x.clamp(min=EPSILON) + 1)
        return (difference**2).mean()


class PoissonCriterion(Criterion):
    """Mean of x - t log(x + 1e-7): for counts t, where x is the expected count."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        return (x - t * log(x + EPSILON)).mean()


class DiceCoefficientCriterion(Averaged):
    """1 - (2 sum of x t + epsilon) / (sum of x + sum of t + epsilon), for each sample.

    Over the batch size. The gradient of a single vector has shape (1, n), as in BigDL.
    """

    same_shape = True

    def __init__(
        self, size_average: bool = True, epsilon: float = 1.0, bigdl_type: str = "float"
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.epsilon = epsilon

    def formula(self, x: Any, t: Any) -> Any:
        n = batch_size(x)
        x, t = x.reshape(n, -1), t.reshape(n, -1)
        shared = 2 * (x * t).sum(1) + self.epsilon
        dice = shared / (x.sum(1) + t.sum(1) + self.epsilon)
        return self.averaged((1 - dice).sum(), n)

    def updateGradInput(self, input: Activity, target: Activity) -> Activity:
        found = super().updateGradInput(input, target)
        return found.reshape(1, -1) if input.ndim == 1 else found
