"""Losses for one class of several: ``F.cross_entropy``, ``F.nll_loss``, ``F.multi_margin_loss``.

The input scores every class: (N, C), (C,) without a batch, or (N, C, *lengths). The target is a
class number for each sample: (N,), () or (N, *lengths).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import array, check_constant, check_tensor, not_implemented
from microtorch.nn.functional.reduction import as_reduction
from microtorch.ops.kernels import Memo, ones, within
from microtorch.ops.losses import class_index
from microtorch.tensor import Tensor
from microtorch.tensor.choices import where
from microtorch.tensor.dispatch import record
from microtorch.tensor.softmax import log_softmax

__all__ = ["cross_entropy", "multi_margin_loss", "multilabel_margin_loss", "nll_loss"]

Array = np.ndarray[Any, Any]


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """How surprising the right class is: -ln softmax(input) at the target, averaged over samples.

    The input holds any numbers (logits): softmax is part of the loss. The target holds class
    numbers, or probabilities of all classes (then it has the input's shape and holds floats).
    ``weight``: one for each class; a mean is then divided by the sum of the weights.
    ``ignore_index``: samples with this class number do not count. ``label_smoothing``: this share
    of the target is spread evenly over all classes.

    >>> import microtorch as torch
    >>> logits = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    >>> torch.nn.functional.cross_entropy(logits, torch.tensor([0, 0]))
    tensor(1.1269)
    """
    check_tensor("cross_entropy_loss", input)
    check_tensor("cross_entropy_loss", target, "target", 2)
    how = as_reduction(reduction, size_average, reduce)
    if input._data.shape == target._data.shape:
        return soft_cross_entropy(input, target, weight, ignore_index, how, label_smoothing)
    if label_smoothing > 0:
        return smoothed(input, target, weight, ignore_index, how, label_smoothing)
    ndim = input._data.ndim
    axis = 0 if ndim == 1 else 1
    if input._data.dtype.kind != "f":
        log_softmax(input, axis)  # says what is wrong
    check_constant("nll_loss_forward", "weight", weight)
    index, factor = chosen(input, target, weight, ignore_index)
    op = ops.CrossEntropyLoss if ndim <= 2 else ops.CrossEntropyLoss2D
    return in_target_shape(record(op, (input,), (index, factor, axis, how, Memo())), input, how)


def soft_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """Cross-entropy with probabilities of all classes: -sum of t ln softmax(input)."""
    if target._data.dtype.kind != "f":
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{title(target._data.dtype)}\n"
            "Hint: a target with the input's shape holds probabilities: target.float(). Class "
            f"numbers would have shape {tuple(input.shape[:1])}."
        )
    if ignore_index >= 0:
        raise RuntimeError(
            "ignore_index is not supported for floating point target\n"
            "Hint: give a class that does not count the weight 0."
        )
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    check_class_weight(weight, classes, "cross_entropy: ")
    if label_smoothing > 0:
        check_smoothing(label_smoothing)
        target = target * (1 - label_smoothing) + label_smoothing / classes
    product = log_softmax(input, axis) * target
    if weight is not None:
        product = product * weight.reshape(class_shape(input, axis))
    if reduction == "none":
        return -product.sum(axis)
    total = -product.sum()
    if reduction == "sum":
        return total
    samples = input.numel() / classes if classes else 0.0
    return record(ops.DivNumber, (total,), (samples,)) if samples else total / 0.0


def class_shape(input: Tensor, axis: int) -> list[int]:
    """One number for each class, in the shape that multiplies the input."""
    return [-1 if k == axis else 1 for k in range(input.ndim)]


def smoothed(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """A mixture: the loss of the right class, and the mean loss of all classes."""
    check_smoothing(label_smoothing)
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    log_p = log_softmax(input, axis)
    right = nll_loss(log_p, target, weight, ignore_index=ignore_index, reduction=reduction)
    _, factor = chosen(input, target, weight, ignore_index)
    every = log_p if weight is None else log_p * weight.reshape(class_shape(input, axis))
    every = -every.sum(axis)
    every = where((target == ignore_index).reshape(every.shape), 0, every)
    if reduction == "sum":
        every = every.sum()
    elif reduction == "mean":
        total = float(factor.sum())
        every = every.sum() / total if total else every.sum() + np.nan
    return right * (1 - label_smoothing) + every * (label_smoothing / classes)  # type: ignore[no-any-return]


def check_smoothing(label_smoothing: float) -> None:
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(
            f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}\n"
            "Hint: it is the share of the target that is spread over all classes."
        )


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood: -input at the target class, where input holds log-probabilities.

    The options are those of :func:`cross_entropy`, which is log_softmax and this.
    """
    check_tensor("nll_loss_nd", input)
    check_tensor("nll_loss_nd", target, "target", 2)
    how = as_reduction(reduction, size_average, reduce)
    check_constant("nll_loss_forward", "weight", weight)
    index, factor = chosen(input, target, weight, ignore_index)
    if input._data.dtype.kind != "f":
        kernel = "nll_loss_out_frame" if input.ndim <= 2 else "nll_loss2d_forward_out_frame"
        raise not_implemented(kernel, input)
    op = ops.NllLoss if input.ndim <= 2 else ops.NllLoss2D
    y = record(op, (input,), (tuple(input.shape), index, factor, how))
    return in_target_shape(y, input, how)


def in_target_shape(loss: Tensor, input: Tensor, reduction: str) -> Tensor:
    """The loss of every sample; PyTorch brings it into shape unless the input is an image."""
    if reduction != "none" or input._data.ndim in (1, 2, 4):
        return loss
    return loss.view(loss.shape)


def chosen(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
) -> tuple[tuple[Array, ...], Array]:
    """For every sample, the index of its class and its weight: 0 where it is ignored."""
    scores, number = input._data, target._data
    check_target(scores, number)
    axis = 0 if scores.ndim == 1 else 1
    classes = scores.shape[axis]
    if weight is not None:
        if scores.ndim > 2 and weight.shape != (classes,):
            raise RuntimeError(
                "weight tensor should be defined either for all or no classes\n"
                f"Hint: there are {classes} classes, and the weights have shape {tuple(weight.shape)}."
            )
        check_class_weight(weight, classes, "")
        if weight._data.dtype != scores.dtype:
            raise RuntimeError(
                f"expected scalar type {title(scores.dtype)} but found "
                f"{title(weight._data.dtype)}\nHint: the weights must have the input's dtype."
            )
    number = np.asarray(number, dtype=np.int64)
    if scores.ndim == 1:
        number = number.reshape(())
    dtype = scores.dtype if scores.dtype.kind == "f" else np.dtype(np.float32)
    factor = ones(number.shape, dtype)
    if ignore_index >= 0 or not within(number, classes):
        kept = number != ignore_index
        check_range(number[kept], classes)
        number = np.where(kept, number, 0)
        factor = kept.astype(dtype)
    if weight is not None:
        factor = weight._data[number] * factor
    return class_index(number, axis), factor


def check_range(number: Array, classes: int) -> None:
    """IndexError unless these are numbers of classes."""
    wrong = number[(number < 0) | (number >= classes)]
    if wrong.size:
        raise IndexError(
            f"Target {wrong[0]} is out of bounds.\n"
            f"Hint: the input scores {classes} classes, so class numbers go from 0 to {classes - 1}."
        )


def check_target(input: Array, target: Array) -> None:
    """An error unless there is a class number for every sample."""
    if input.ndim == 2 and target.shape == input.shape[:1] and target.dtype.type is np.int64:
        return
    if input.ndim < 1:
        raise ValueError(
            "Expected 1 or more dimensions (got 0)\nHint: the input scores every class."
        )
    if input.ndim != 1:
        if not target.ndim:
            raise IndexError(
                "Dimension specified as 0 but tensor has no dimensions\n"
                "Hint: a batch has one class number for each sample."
            )
        if input.shape[0] != target.shape[0]:
            raise ValueError(
                f"Expected input batch_size ({input.shape[0]}) to match target batch_size "
                f"({target.shape[0]}).\nHint: there is one class number for each sample."
            )
    if input.ndim <= 2:
        if target.ndim > 1:
            raise RuntimeError(
                "0D or 1D target tensor expected, multi-target not supported\n"
                f"Hint: the target has shape {tuple(target.shape)}. Class numbers have shape "
                f"{tuple(input.shape[:-1])}: squeeze the target; for one-hot rows, use "
                "target.argmax(1), or make them floats."
            )
        if input.ndim == 1 and target.ndim == 1 and len(target) != 1:
            raise ValueError(
                f"For 1D input, 1D target must have size 1, but got target size: {len(target)}\n"
                "Hint: an input of shape (C,) scores the classes of one sample."
            )
    elif target.shape != (expected := (input.shape[0], *input.shape[2:])):
        if input.ndim == 4 and target.ndim == 3:
            first = f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}"
        elif input.ndim == 4:
            first = (
                "only batches of spatial targets supported (3D tensors) but got targets of "
                f"dimension: {target.ndim}"
            )
        else:
            first = f"Expected target size {list(expected)}, got {list(target.shape)}"
        raise RuntimeError(
            f"{first}\nHint: dimension 1 of the input holds the classes; the target has all others."
        )
    if target.dtype.type not in (np.int64, np.uint8):
        raise RuntimeError(
            "expected target dtype to be Long or Byte, but got "
            f"{title(target.dtype)}\nHint: class numbers are whole numbers: target.long()."
        )


def check_class_weight(weight: Tensor | None, classes: int, prefix: str) -> None:
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"{prefix}weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}\nHint: one weight for each class."
        )


# ---------------------------------------------------------------- margins


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Every wrong class should score lower than the right one by a margin.

    The sum over wrong classes i of max(0, margin - x_t + x_i)^p, divided by how many classes
    there are; times the weight of the right class.
    """
    how = as_reduction(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported\nHint: p=1 is the usual one.")
    check_constant("multi_margin_loss", "weight", weight)
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional\nHint: one weight for each class.")
    check_scores(input)
    table = input.reshape(1, -1) if input.ndim < 2 else input
    if target.ndim > 1 or target.numel() != len(table):
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{len(table)}], but got {list(target.shape)}. "
            f"Input has shape {list(input.shape)}.\nHint: one class number for each sample."
        )
    check_long(target)
    number = np.asarray(target._data).reshape(-1)
    if ((number < 0) | (number >= table.shape[1])).any():
        raise RuntimeError(
            f"target out of range\nHint: class numbers go from 0 to {table.shape[1] - 1}."
        )
    if weight is not None and len(weight) != table.shape[1]:
        raise RuntimeError(
            f"inconsistent weight size, expected {table.shape[1]} but got {list(weight.shape)}\n"
            "Hint: one weight for each class."
        )
    factor = array(weight)
    factor = np.ones(table.shape[1], input._data.dtype) if factor is None else factor
    y = record(ops.MultiMarginLoss, (table,), (number, p, margin, factor, how))
    return y.reshape(target.shape) if how == "none" and input.ndim < 2 else y


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Every right class should score higher than every wrong one by 1.

    A row of the target holds the numbers of the right classes, then -1 for the rest. The loss is
    the sum of max(0, 1 - x_j + x_i) over right classes j and wrong ones i, divided by how many
    classes there are.
    """
    how = as_reduction(reduction, size_average, reduce)
    check_scores(input)
    if input.shape != target.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}\n"
            "Hint: the target has the input's shape: numbers of right classes, then -1."
        )
    check_long(target)
    table = input.reshape(1, -1) if input.ndim < 2 else input
    rows = target._data.reshape(table.shape)
    if ((rows < -1) | (rows >= table.shape[1])).any():
        raise RuntimeError(
            "argument #2 'target' is out of range\n"
            f"Hint: class numbers go from 0 to {table.shape[1] - 1}, and -1 ends the list."
        )
    right = np.zeros(table.shape, input._data.dtype)
    listed = np.logical_and.accumulate(rows >= 0, axis=1)
    sample, place = np.nonzero(listed)
    np.add.at(right, (sample, rows[sample, place]), 1)
    y = record(ops.MultilabelMarginLoss, (table,), (right, how))
    return y.reshape(()) if how == "none" and input.ndim < 2 else y


def check_scores(input: Tensor) -> None:
    if input.ndim > 2 or 0 in input.shape[1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}\nHint: the input is (batch, classes), or (classes,)."
        )


def check_long(target: Tensor) -> None:
    if target._data.dtype != np.int64:
        raise RuntimeError(
            f"expected scalar type Long but found {title(target._data.dtype)}\n"
            "Hint: class numbers are whole numbers: target.long()."
        )
