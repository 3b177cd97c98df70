"""Validation methods: how good are outputs, compared with the targets?"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.criterions.base import Criterion
from microtorch.bigdl.nn.criterions.classification import ClassNLLCriterion


class ValidationMethod:
    """Measures a batch: ``measure(output, target)`` gives a sum and how much it is a sum of."""

    def measure(self, output: Activity, target: Activity) -> tuple[float, int]:
        raise NotImplementedError

    def __str__(self) -> str:
        return type(self).__name__

    __repr__ = __str__


class TopAccuracy(ValidationMethod):
    """The share of samples whose right class is among the largest outputs."""

    among = 1

    def __init__(self, bigdl_type: str = "float") -> None:
        pass

    def measure(self, output: Activity, target: Activity) -> tuple[float, int]:
        rows = scores(self, output, target)
        goal = np.asarray(target).reshape(-1)
        if rows.shape[1] == 1:  # one output: the probability of 1 against 0
            return float((np.round(rows[:, 0]) == goal).sum()), len(rows)
        best = np.argsort(-rows, axis=1, kind="stable")[:, : self.among] + 1
        return float((best == goal[:, None]).any(1).sum()), len(rows)


class Top1Accuracy(TopAccuracy):
    """The share of samples whose largest output is that of the right class (counted from 1).

    With a single output for each sample it is rounded to 0 or 1.
    """


class Top5Accuracy(TopAccuracy):
    """The share of samples whose right class (counted from 1) is among the five largest outputs."""

    among = 5


class Loss(ValidationMethod):
    """The mean of a criterion's loss; by default :class:`ClassNLLCriterion`."""

    def __init__(self, cri: Criterion | None = None, bigdl_type: str = "float") -> None:
        self.criterion = ClassNLLCriterion() if cri is None else cri

    def measure(self, output: Activity, target: Activity) -> tuple[float, int]:
        first = output[0] if isinstance(output, list) else output
        return self.criterion.forward(output, target) * len(first), len(first)


class MAE(ValidationMethod):
    """The mean of |output - target|."""

    def __init__(self, bigdl_type: str = "float") -> None:
        pass

    def measure(self, output: Activity, target: Activity) -> tuple[float, int]:
        target = np.asarray(target)
        if isinstance(output, list) or output.size != target.size:
            raise ValueError(
                f"{self}: output and target must have one shape, not {shape(output)} and "
                f"{shape(target)}."
            )
        return float(np.abs(output - target.reshape(output.shape)).sum()), output.size


def scores(method: Any, output: Activity, target: Activity) -> Array:
    """Outputs as rows of scores, or ValueError."""
    rows = output
    if isinstance(rows, list) or rows.ndim not in (1, 2):
        raise ValueError(f"{method}: the output must be (samples, classes), not {shape(output)}.")
    if rows.ndim == 1:
        rows = rows[:, None] if np.size(target) == rows.size != 1 else rows[None]
    if np.size(target) != len(rows):
        raise ValueError(
            f"{method}: {len(rows)} outputs need as many targets, not shape {shape(target)}."
        )
    found: Array = rows
    return found


def checked_methods(methods: Any) -> list[ValidationMethod]:
    """One method or several as a list; BigDL's older programs give names."""
    by_name = {"Top1Accuracy": Top1Accuracy, "Top5Accuracy": Top5Accuracy, "Loss": Loss, "MAE": MAE}
    found = []
    for each in methods if isinstance(methods, list | tuple) else [methods]:
        made = by_name[each]() if isinstance(each, str) and each in by_name else each
        if not isinstance(made, ValidationMethod):
            raise TypeError(
                f"a validation method is one of {', '.join(f'{name}()' for name in by_name)}, "
                f"not {each!r}"
            )
        found.append(made)
    return found
