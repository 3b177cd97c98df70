"""Losses between predictions and targets of the same kind: ``F.mse_loss``, ``F.kl_div``, ...

``reduction`` is "mean" over all entries, their "sum", or "none" for one loss per entry.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd import no_grad
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.activations import logsigmoid
from microtorch.nn.functional.common import array, check_constant, check_tensor, not_implemented
from microtorch.nn.functional.reduction import as_reduction, reduced
from microtorch.tensor import Tensor
from microtorch.tensor.choices import where
from microtorch.tensor.dispatch import cannot_broadcast, record, wrap
from microtorch.tensor.dtypes import result_type

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multilabel_soft_margin_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]


# ---------------------------------------------------------------- distances of numbers


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean squared error: the mean of (input - target)^2, with ``weight`` for each entry if given.

    >>> import microtorch as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    a, b = same_size(input, target)
    if weight is not None:
        how = checked_weight(weight, input, reduction, size_average, reduce)
        return weighted((a - b).pow(2) * weight, weight, how)
    how = as_reduction(reduction, size_average, reduce)
    a, b = same_floats("mse_cpu", a, b)
    return record(ops.MseLoss, (a, b), (how,))


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean absolute error: the mean of |input - target|, with ``weight`` for each entry if given."""
    a, b = same_size(input, target)
    if weight is not None:
        how = checked_weight(weight, input, reduction, size_average, reduce)
        return weighted((a - b).abs() * weight, weight, how)
    return reduced((a - b).abs(), as_reduction(reduction, size_average, reduce))


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """|d| - beta/2 of the difference d, but d^2 / (2 beta) where |d| < beta (Girshick 2015)."""
    a, b = same_size(input, target)
    how = as_reduction(reduction, size_average, reduce)
    if beta == 0:
        return reduced((a - b).abs(), how)
    if beta < 0:
        raise RuntimeError(
            "smooth_l1_loss does not support negative values for beta.\n"
            f"Hint: beta is the error where the curve becomes a straight line; it is {beta}."
        )
    a, b = same_floats("smooth_l1_cpu", a, b)
    return record(ops.SmoothL1Loss, (a, b), (beta, how))


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """d^2 / 2 of the difference d, but delta (|d| - delta/2) where |d| > delta (Huber 1964)."""
    a, b = same_size(input, target)
    if weight is not None:
        how = checked_weight(weight, input, reduction)
        return reduced(huber_loss(a, b, "none", delta) * weight, how)
    how = as_reduction(reduction)
    if delta <= 0:
        raise RuntimeError(
            "huber_loss does not support non-positive values for delta.\n"
            f"Hint: delta is the error where the curve becomes a straight line; it is {delta}."
        )
    a, b = same_floats("huber_cpu", a, b)
    return record(ops.HuberLoss, (a, b), (delta, how))


def same_size(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in one shape. If they had two, PyTorch warns: it is mostly a mistake."""
    if target.size() == input.size():
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. "
        "Please ensure they have the same size.",
        stacklevel=3,
    )
    return broadcast(input, target)


def broadcast(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both stretched to one shape; RuntimeError if there is none."""
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError as error:
        raise cannot_broadcast(error, a._data, b._data) from None
    return a.expand(shape), b.expand(shape)


def same_floats(kernel: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both in one dtype; NotImplementedError if it is not for floats."""
    if a._data.dtype == b._data.dtype and a._data.dtype.kind == "f":
        return a, b
    common = result_type(a._data, b._data)
    a, b = a._cast(common), b._cast(common)
    if common.kind != "f":
        raise not_implemented(kernel, a)
    return a, b


def checked_weight(
    weight: Tensor,
    input: Tensor,
    reduction: str,
    size_average: bool | None = None,
    reduce: bool | None = None,
) -> str:
    """The reduction of a loss with weights; ValueError if there is none such, or a wrong size."""
    if size_average is not None or reduce is not None:
        reduction = as_reduction(reduction, size_average, reduce)
    if weight.size() != input.size():
        raise ValueError(
            "Weights and input must have the same size.\n"
            f"Hint: the weights have shape {tuple(weight.shape)}, the input {tuple(input.shape)}."
        )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(
            f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.\n"
            "Hint: 'mean' is the usual one."
        )
    return reduction


def weighted(loss: Tensor, weight: Tensor, reduction: str) -> Tensor:
    """A mean with weights is the sum over the sum of all weights."""
    return loss.sum() / weight.sum() if reduction == "mean" else reduced(loss, reduction)


# ---------------------------------------------------------------- yes or no


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t ln p + (1 - t) ln(1 - p)) for probabilities p (input) and targets t between 0 and 1.

    Logarithms are cut off at -100. With logits instead of probabilities, use
    :func:`binary_cross_entropy_with_logits`, which is exact also for large ones.
    """
    how = as_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}) is deprecated. Please ensure they have the same size.\n"
            "Hint: a model with one output gives (N, 1): use target.unsqueeze(1), or squeeze it."
        )
    if weight is not None:
        weight = weight.expand(weight_shape(weight, target))
    check_constant("binary_cross_entropy", "weight", weight)
    if input._data.dtype != target._data.dtype:
        raise RuntimeError(
            f"Found dtype {title(target._data.dtype)} but expected {title(input._data.dtype)}\n"
            "Hint: targets of this loss are floats, such as 0. and 1.: target.float()."
        )
    if input._data.dtype.kind != "f":
        raise not_implemented("binary_cross_entropy", input)
    for name, x in (("input", input._data), ("target", target._data)):
        if not ((x >= 0) & (x <= 1)).all():
            raise RuntimeError(
                f"all elements of {name} should be between 0 and 1\n"
                "Hint: they are probabilities. If the model gives any numbers (logits), use "
                "binary_cross_entropy_with_logits (nn.BCEWithLogitsLoss)."
            )
    return record(ops.BinaryCrossEntropy, (input, target), (array(weight), how))


def weight_shape(weight: Tensor, target: Tensor) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(target.shape, weight.shape)
    except ValueError:
        n = weight.shape[-1]
        raise RuntimeError(
            f"Attempting to broadcast a dimension of length {n} at -1! Mismatching argument at index 1 "
            f"had {weight.shape}; but expected shape should be broadcastable to {list(target.shape)}\n"
            "Hint: the weights are one for each entry of the target."
        ) from None


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy(sigmoid(input), target), exact also for large inputs.

    ``pos_weight`` counts the part of positive targets several times, against their rarity.
    """
    how = as_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})\n"
            "Hint: a model with one output gives (N, 1): use target.unsqueeze(1), or squeeze it."
        )
    check_constant("binary_cross_entropy_with_logits", "weight", weight)
    check_constant("binary_cross_entropy_with_logits", "pos_weight", pos_weight)
    if input._data.dtype.kind != "f":
        raise not_implemented("log_sigmoid_cpu", input)
    if target._data.dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead.\nHint: targets are floats here: target.float()."
        )
    if target._data.dtype.kind != "f":
        raise RuntimeError(
            f"result type {title(input._data.dtype)} can't be cast to the desired output type "
            f"{title(target._data.dtype)}\nHint: targets are floats here: target.float()."
        )
    if pos_weight is not None:
        check_fits(pos_weight, target)
    if weight is not None:
        check_fits(input, weight)
    input, target = same_floats("", input, target)
    params = (array(weight), array(pos_weight), how)
    return record(ops.BinaryCrossEntropyWithLogits, (input, target), params)


def check_fits(a: Tensor, b: Tensor) -> None:
    """RuntimeError unless the two can be broadcast."""
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError as error:
        raise cannot_broadcast(error, a._data, b._data) from None


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """ln(1 + e^(-t x)) for targets t of 1 and -1."""
    how = as_reduction(reduction, size_average, reduce)
    check_tensor("soft_margin_loss", input)
    check_constant("soft_margin_loss", "target", target)
    check_fits(input, target)
    if np.broadcast_shapes(input.shape, target.shape) != input.shape:
        shape = list(np.broadcast_shapes(input.shape, target.shape))
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {shape}\n"
            "Hint: there is one target for every entry of the input."
        )
    return record(ops.SoftMarginLoss, (input,), (target._data.astype(input._data.dtype), how))


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """binary_cross_entropy_with_logits, averaged over the classes (the last dimension)."""
    if size_average is not None or reduce is not None:
        reduction = as_reduction(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    if not input.ndim:
        raise IndexError(
            "Dimension specified as -1 but tensor has no dimensions\n"
            "Hint: the last dimension holds the classes."
        )
    loss = loss.sum(dim=input.ndim - 1) / input.size(-1)
    check_plain(reduction, "is not valid")
    return reduced(loss, reduction)


def check_plain(reduction: str, words: str) -> None:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} {words}\nHint: it is 'mean', 'sum' or 'none'.")


# ---------------------------------------------------------------- distributions


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback-Leibler divergence: t (ln t - input), where input holds log-probabilities.

    With ``log_target`` the target holds logarithms too. The divergence of mathematics is
    reduction="batchmean": the sum, divided by the batch size.
    """
    if size_average is not None or reduce is not None:
        how = as_reduction(reduction, size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math "
                "definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
                "release.",
                stacklevel=2,
            )
        how = "sum" if reduction == "batchmean" else as_reduction(reduction)
    if input._data.dtype.kind != "f" and target._data.dtype.kind != "f":
        raise RuntimeError(
            "kl_div: Integral inputs not supported.\n"
            "Hint: input holds log-probabilities, target probabilities."
        )
    if log_target:
        loss = reduced(target.exp() * (target - input), how)
    else:
        loss = reduced(target.xlogy(target) - target * input, how)
    if reduction == "batchmean" and input.ndim:
        loss = loss / input.size(0)
    return loss


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """e^x - t x for counts t and the logarithm x of their expected number.

    Without ``log_input``, x is the expected number itself: x - t ln(x + eps). ``full`` adds
    Stirling's approximation of ln(t!), t ln t - t + ln(2 pi t) / 2, where t > 1.
    """
    if size_average is not None or reduce is not None:
        reduction = as_reduction(reduction, size_average, reduce)
    check_plain(reduction, "is not a valid value for reduction")
    expected = input.exp() if log_input else input
    log_expected = input if log_input else (input + eps).log()
    loss = expected - target * log_expected
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + where(target <= 1, 0, stirling)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(ln var + (input - target)^2 / var) / 2: a bell curve around input, with its variance.

    The variance is kept above ``eps`` (without a gradient of its own). ``full`` adds ln(2 pi) / 2.
    """
    if isinstance(var, float):
        var = var * wrap(np.ones_like(input._data))
    check_tensor("any", var)
    if (var._data < 0).any():
        raise ValueError(
            "var has negative entry/entries\n"
            "Hint: a variance is positive; let the model give its logarithm and take exp()."
        )
    if var.size() != input.size():
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif input.ndim != var.ndim or [
            n for m, n in zip(input.shape, var.shape, strict=True) if m != n
        ] != [1]:
            raise ValueError(
                "var is of incorrect size\n"
                f"Hint: the input has shape {tuple(input.shape)}, var {tuple(var.shape)}; one variance "
                "for each entry, or one for each row."
            )
    check_plain(reduction, "is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)
