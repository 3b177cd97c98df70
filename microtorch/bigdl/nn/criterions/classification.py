"""Criterions for classes: how much does the input believe in the right one?

Classes are counted **from 1**, as in Torch7 and BigDL; a target of -1 is left out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, batch_size, weights_of
from microtorch.nn import functional as F
from microtorch.tensor import Tensor
from microtorch.tensor.data import tensor
from microtorch.tensor.pointwise import log

PADDING = -1


def class_numbers(
    target: Array, classes: int, left_out: int | None, who: str, first: int = 1
) -> Array:
    """Targets as whole numbers from 1 to ``classes``, or as what is left out.

    Raises ValueError for another one.
    """
    numbers = np.nan_to_num(target, nan=0).astype(np.int64)
    right = (numbers == target) & (numbers >= first) & (numbers <= classes)
    if left_out is not None:
        right |= target == left_out
    if not right.all():
        strange = target[~right].flat[0]
        hint = " Classes are counted from 1 here: add 1 to labels that start at 0."
        raise ValueError(
            f"{who}: the class target {strange:g} is not a class: expected a whole number from "
            f"{first} to {classes}"
            + (f", or {left_out}" if left_out is not None else "")
            + f" (target of shape {shape(target)})."
            + (hint if strange == 0 else "")
        )
    return numbers


class ClassNLLCriterion(Averaged):
    """Negative log-likelihood: the sum of -w_t x_t, over the sum of the w_t.

    Input: log-probabilities (batch, classes), or (classes,) for one sample; that is what
    ``LogSoftMax`` returns. Target: the right class of each sample, counted from 1. A sample whose
    target is -1 is left out. ``weights`` holds one number for each class. With
    ``logProbAsInput=False`` the input holds probabilities, which count at least as 1e-8.

    >>> nll = ClassNLLCriterion()
    >>> nll.forward(np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]), np.array([1, 3]))
    -2.5
    """

    def __init__(
        self,
        weights: Any = None,
        size_average: bool = True,
        logProbAsInput: bool = True,
        bigdl_type: str = "float",
        paddingValue: int = PADDING,
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.weights = weights_of(weights, self.dtype, str(self))
        self.logProbAsInput = logProbAsInput
        self.paddingValue = paddingValue

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input", (1, 2))
        self.check_array(target, "target")
        classes, samples = input.shape[-1], batch_size(input)
        if input.ndim == 2 and target.size != samples:
            raise ValueError(
                f"{self}: the target must hold one class for each of the {samples} samples, "
                f"shape ({samples},), not {shape(target)}."
            )
        if self.weights is not None and self.weights.shape[0] != classes:
            raise ValueError(
                f"{self}: weights are given for {self.weights.shape[0]} classes, and the input has "
                f"{classes} (shape {shape(input)})."
            )
        class_numbers(self.labels(input, target), classes, self.paddingValue, str(self))

    def labels(self, input: Any, target: Any) -> Any:
        """The class of each sample. Of a target for a single sample, the first entry counts."""
        return target.reshape(-1)[: batch_size(input)]

    def formula(self, x: Any, t: Any) -> Any:
        rows = self.log_probabilities(x if x.ndim == 2 else x.unsqueeze(0))
        labels = self.labels(x, t).numpy().astype(np.int64)
        index = np.where(labels == self.paddingValue, -1, labels - 1)
        weight = self.weights
        loss = F.nll_loss(rows, tensor(index), weight, ignore_index=-1, reduction="sum")
        counted = (index >= 0).astype(self.dtype)
        if weight is not None:
            counted *= weight.numpy()[index]
        return self.averaged(loss, float(counted.sum()) or 1.0)

    def log_probabilities(self, rows: Tensor) -> Tensor:
        """What the formula takes the entries of the right classes from."""
        return rows if self.logProbAsInput else log(rows.clamp(min=1e-8))


class CrossEntropyCriterion(ClassNLLCriterion):
    """LogSoftMax and :class:`ClassNLLCriterion` in one: the input holds scores.

    Without weights its gradient is (softmax(x) - one-hot target) / batch size.
    """

    def __init__(
        self, weights: Any = None, size_average: bool = True, bigdl_type: str = "float"
    ) -> None:
        super().__init__(weights, size_average, True, bigdl_type)

    def log_probabilities(self, rows: Tensor) -> Tensor:
        return F.log_softmax(rows, 1)


class CategoricalCrossEntropy(ClassNLLCriterion):
    """Cross-entropy for a one-hot target: :class:`CrossEntropyCriterion` of log x and argmax t.

    The input holds probabilities. Where its rows do not sum to 1 they are normalised by that.
    """

    def __init__(self, bigdl_type: str = "float") -> None:
        super().__init__(None, True, True, bigdl_type)

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input", (1, 2))
        self.check_array(target, "target", (1, 2))
        if input.shape != target.shape:
            raise ValueError(
                f"{self}: the target is one-hot, so it must have the shape of the input, "
                f"{shape(input)}, not {shape(target)}."
            )

    def labels(self, input: Any, target: Any) -> Any:
        return target.argmax(-1).reshape(-1) + 1

    def log_probabilities(self, rows: Tensor) -> Tensor:
        return F.log_softmax(log(rows), 1)


class SoftmaxWithCriterion(Criterion):
    """The sum of -log softmax at the right classes, for images (batch, classes, height, width).

    The target holds a class for every place, (batch, 1, height, width) or (batch, height, width).
    Places whose target is ``ignore_label`` are left out. The sum is divided by all places
    ("FULL"), by those that count ("VALID"), by the batch size ("BATCH_SIZE") or not at all
    ("NONE"); never by less than 1.
    """

    def __init__(
        self,
        ignore_label: int | None = None,
        normalize_mode: str = "VALID",
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        modes = ("FULL", "VALID", "BATCH_SIZE", "NONE")
        if normalize_mode not in modes:
            raise ValueError(
                f"SoftmaxWithCriterion: normalize_mode is one of {', '.join(modes)}, "
                f"not {normalize_mode!r}"
            )
        self.ignore_label, self.normalize_mode = ignore_label, normalize_mode

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input")
        self.check_array(target, "target")
        if input.ndim < 2:
            raise ValueError(
                f"{self}: the input must have shape (batch, classes, ...), not {shape(input)}."
            )
        places = input.shape[0] * math.prod(input.shape[2:])
        if target.size != places:
            raise ValueError(
                f"{self}: the target must hold a class for every place, {places} in all, "
                f"not shape {shape(target)}."
            )
        class_numbers(target, input.shape[1], self.ignore_label, str(self))

    def formula(self, x: Any, t: Any) -> Any:
        batch, classes = x.shape[:2]
        logs = F.log_softmax(x, 1).reshape(batch, classes, -1)
        labels = t.numpy().astype(np.int64).reshape(batch, -1)
        counts = (
            np.ones(labels.shape, bool)
            if self.ignore_label is None
            else (labels != self.ignore_label)
        )
        index = tensor(np.where(counts, labels - 1, 0)[:, None])
        picked = logs.gather(1, index) * tensor(counts[:, None].astype(self.dtype))
        divisor = {
            "FULL": labels.size,
            "VALID": int(counts.sum()),
            "BATCH_SIZE": batch,
            "NONE": 1,
        }[self.normalize_mode]
        return -picked.sum() / max(1, divisor)


class BCECriterion(Averaged):
    """The sum of -w (t log x + (1 - t) log(1 - x)), over the number of entries.

    The input holds probabilities; 1e-12 is added inside of the logarithms. ``weights`` holds one
    number for each entry of a sample.
    """

    same_shape = True

    def __init__(
        self, weights: Any = None, size_average: bool = True, bigdl_type: str = "float"
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.weights = weights_of(weights, self.dtype, str(self))

    def check(self, input: Activity, target: Activity) -> None:
        super().check(input, target)
        if self.weights is not None and input.shape[-1] != self.weights.shape[0]:
            raise ValueError(
                f"{self}: there are {self.weights.shape[0]} weights, and a sample of the input has "
                f"{input.shape[-1]} entries (shape {shape(input)})."
            )

    def formula(self, x: Any, t: Any) -> Any:
        entries = t * log(x + 1e-12) + (1 - t) * log(1 - x + 1e-12)
        if self.weights is not None:
            entries = entries * self.weights
        return self.averaged(-entries.sum(), x.numel())


class MultiLabelSoftMarginCriterion(BCECriterion):
    """Binary cross-entropy of sigmoid(x): several classes of one sample may be right.

    It is always divided by the number of entries: BigDL ignores ``size_average``, and so do we.
    """

    def formula(self, x: Any, t: Any) -> Any:
        return F.binary_cross_entropy_with_logits(x, t, weight=self.weights)


class ClassSimplexCriterion(Criterion):
    """Mean squared distance to the corner of a regular simplex that stands for the right class.

    Target: classes, counted from 1. The corners have length 1 and are equally far from each other.
    """

    def __init__(self, n_classes: int, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        if not isinstance(n_classes, int) or n_classes < 2:
            raise ValueError(f"ClassSimplexCriterion: n_classes is 2 or more, not {n_classes!r}")
        self.n_classes = n_classes
        self.corners = np.pad(regular_simplex(n_classes - 1), ((0, 0), (0, 1))).astype(self.dtype)

    def check(self, input: Activity, target: Activity) -> None:
        self.check_array(input, "input", (1, 2))
        self.check_array(target, "target")
        samples = batch_size(input)
        if input.shape[-1] != self.n_classes or target.size != samples:
            raise ValueError(
                f"{self}: expected an input (batch, {self.n_classes}) and a target (batch,), "
                f"not {shape(input)} and {shape(target)}."
            )
        class_numbers(target, self.n_classes, None, str(self))

    def formula(self, x: Any, t: Any) -> Any:
        goal = self.corners[t.numpy().astype(np.int64).reshape(-1) - 1]
        return F.mse_loss(x, tensor(goal.reshape(x.shape)))


def regular_simplex(n: int) -> Array:
    """n + 1 points in n dimensions, of length 1 and equally far from each other.

    One row for each point. The construction is Torch7's (ClassSimplexCriterion.lua).
    """
    a = np.zeros((n + 1, n))
    for k in range(n):
        a[k, k] = 1.0 if k == 0 else math.sqrt(1 - a[k, :k] @ a[k, :k])
        c = (a[k, k] ** 2 - 1 - 1 / n) / a[k, k]
        a[k + 1 :, k] = c
    return a
