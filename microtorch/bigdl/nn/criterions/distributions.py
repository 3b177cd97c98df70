"""Criterions that compare probability distributions."""

from __future__ import annotations

import math
from typing import Any

from microtorch.bigdl.activity import Activity
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, batch_size
from microtorch.bigdl.nn.criterions.regression import EPSILON
from microtorch.tensor.choices import where
from microtorch.tensor.pointwise import exp, log


class DistKLDivCriterion(Averaged):
    """The sum of t (log t - x) where t > 0, over the number of entries; x holds log-probabilities."""

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        positive = t > 0
        entries = t * (log(where(positive, t, 1.0)) - x)
        return self.averaged(where(positive, entries, 0 * x).sum(), x.numel())


class KullbackLeiblerDivergenceCriterion(Criterion):
    """The sum of t log(t / x), over the batch size; x and t count at least as 1e-7, at most as 1.

    (BigDL's docstring swaps the two names. Its numbers are these.)
    """

    same_shape = True

    def formula(self, x: Any, t: Any) -> Any:
        x, t = x.clamp(EPSILON, 1), t.clamp(EPSILON, 1)
        return (t * log(t / x)).sum() / batch_size(x)


class KLDCriterion(Averaged):
    """How far a normal distribution is from the standard one: -½ sum of 1 + v - m² - e^v.

    Input: a table [m, v] of means and logarithms of variances; the target is ignored. Over the
    batch size. (The documentation of BigDL 0.10 prints the sum without the average:
    ``size_average=False``.)
    """

    def check(self, input: Activity, target: Activity) -> None:
        self.check_table(input, "input", "mean", "log_variance")

    def formula(self, x: Any, t: Any) -> Any:
        mean, variance = x
        total = -0.5 * (1 + variance - mean**2 - exp(variance)).sum()
        return self.averaged(total, batch_size(mean))


class GaussianCriterion(Criterion):
    """-log of a normal density: the sum of ½ v + ½ log 2π + ½ (t - m)² / e^v, not averaged.

    Input: a table [m, v] of means and logarithms of variances.
    """

    def check(self, input: Activity, target: Activity) -> None:
        self.check_table(input, "input", "mean", "log_variance")
        self.check_table([input[0], target], "input and target", "mean", "target")

    def formula(self, x: Any, t: Any) -> Any:
        mean, variance = x
        constant = 0.5 * math.log(2 * math.pi)
        return (0.5 * variance + constant + 0.5 * (t - mean) ** 2 / exp(variance)).sum()


class PGCriterion(Averaged):
    """Policy gradient: the sum of -R log P, over the batch size if ``sizeAverage``.

    Input: probabilities of actions. Target: the same shape, the reward at the action that was
    taken and 0 elsewhere.
    """

    same_shape = True

    def __init__(self, sizeAverage: bool = False, bigdl_type: str = "float") -> None:
        super().__init__(sizeAverage, bigdl_type)

    def formula(self, x: Any, t: Any) -> Any:
        return self.averaged(-(t * log(x)).sum(), batch_size(x))
