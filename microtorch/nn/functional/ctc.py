"""Connectionist temporal classification: a loss for labels without positions in a long sequence.

After Graves and others, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data
with Recurrent Neural Networks" (2006). The probability of a target is the sum over all ways to
stretch it over the time steps, with blanks between; forward-backward adds them up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.autograd.function import Function, once_differentiable
from microtorch.nn.functional.common import check_tensor, not_implemented
from microtorch.nn.functional.reduction import as_reduction
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import wrap

__all__ = ["ctc_loss"]

Array = np.ndarray[Any, Any]


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log p(target), where the labels of a target may lie anywhere in the sequence, in order.

    ``log_probs`` is (T, N, C) or (T, C), from log_softmax; ``targets`` is (N, S), or all labels
    one after the other; the lengths say how much of each counts. "mean" divides each loss by the
    length of its target first. ``zero_infinity`` makes an impossible target cost nothing.

    >>> import microtorch as torch
    >>> even = torch.zeros(2, 1, 2).log_softmax(2)
    >>> torch.nn.functional.ctc_loss(even, torch.tensor([[1]]), (2,), (1,))
    tensor(0.2877)
    """
    check_tensor("ctc_loss", log_probs, "log_probs")
    check_tensor("ctc_loss", targets, "targets", 2)
    if log_probs._data.dtype not in (np.float32, np.float64):
        raise not_implemented("ctc_loss_cpu", log_probs)
    single = log_probs.dim() == 2
    batch = log_probs.unsqueeze(1) if single else log_probs
    steps, count, classes = batch.shape
    lengths = as_lengths(input_lengths, count, "input_lengths")
    sizes = as_lengths(target_lengths, count, "target_lengths")
    if not 0 <= blank < classes:
        raise RuntimeError(
            f"blank must be in label range\nHint: it is {blank}, and there are {classes} classes."
        )
    for b, length in enumerate(lengths):
        if length > steps:
            raise RuntimeError(
                f"Expected input_lengths to have value at most {steps}, but got value {length} "
                f"(while checking arguments for ctc_loss_allocate_outputs)\nHint: sample {b} is too long."
            )
    labels = split(targets._data, sizes)
    losses: Tensor = Alignment.apply(batch, labels, lengths, blank, zero_infinity)
    if as_reduction(reduction) == "mean":
        return (losses / wrap(np.maximum(sizes, 1).astype(losses._data.dtype))).mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze(0) if single else losses


def as_lengths(lengths: Any, count: int, name: str) -> list[int]:
    """One length for each sample."""
    numbers = np.atleast_1d(lengths._data if isinstance(lengths, Tensor) else lengths)
    if numbers.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral\nHint: a length is a whole number.")
    if len(numbers) != count:
        raise RuntimeError(
            f"{name} must be of size batch_size\n"
            f"Hint: there are {count} samples and {len(numbers)} lengths."
        )
    for number in numbers.tolist():
        if number < 0:
            raise RuntimeError(
                f"Expected {name} to have value at least 0, but got value {number} (while checking "
                "arguments for ctc_loss_allocate_outputs)"
            )
    return [int(number) for number in numbers]


def split(targets: Array, sizes: list[int]) -> list[Array]:
    """The labels of each sample, from rows or from all in one."""
    targets = targets.astype(np.int64)
    if targets.ndim == 1:
        if len(targets) != sum(sizes):
            raise RuntimeError(
                f"Expected tensor to have size {sum(sizes)} at dimension 0, but got size "
                f"{len(targets)} for argument #2 'targets' (while checking arguments for "
                "ctc_loss_allocate_outputs)\nHint: in one dimension the targets stand one after the other."
            )
        return np.split(targets, np.cumsum(sizes)[:-1])
    if max(sizes, default=0) > targets.shape[1]:
        raise RuntimeError(
            f"Expected tensor to have size at least {max(sizes)} at dimension 1, but got size "
            f"{targets.shape[1]} for argument #2 'targets' (while checking arguments for "
            "ctc_loss_allocate_outputs)\nHint: no target is longer than its row."
        )
    return [row[:size] for row, size in zip(targets, sizes, strict=True)]


class Alignment(Function):
    """The losses of a batch. As in PyTorch, the way back is that of log_softmax and this loss
    together, p - posterior: the right gradient for what comes before log_softmax."""

    name = "CtcLoss"

    @staticmethod
    def forward(
        ctx: Any,
        log_probs: Tensor,
        labels: list[Array],
        lengths: list[int],
        blank: int,
        zero_infinity: bool,
    ) -> Tensor:
        numbers = log_probs._data
        losses = np.zeros(len(labels), numbers.dtype)
        slopes = np.zeros_like(numbers)
        for b, (label, length) in enumerate(zip(labels, lengths, strict=True)):
            losses[b], slopes[:length, b] = align(numbers[:length, b], label, blank)
        ctx.impossible = np.isinf(losses) if zero_infinity else np.zeros(len(labels), bool)
        ctx.slopes = slopes
        return wrap(np.where(ctx.impossible, 0, losses).astype(numbers.dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        slopes = np.where(ctx.impossible[:, None], 0, ctx.slopes)
        slopes *= np.asarray(grad_output._data)[:, None]
        return wrap(slopes), None, None, None, None


def align(log_probs: Array, label: Array, blank: int) -> tuple[float, Array]:
    """The loss of one sample, and exp(log_probs) minus how likely each class is at each step."""
    steps = len(log_probs)
    states = np.full(2 * len(label) + 1, blank)  # blank, label, blank, label, ..., blank
    states[1::2] = label
    skips = np.zeros(len(states), bool)  # from a label to the next without a blank between
    skips[2:] = states[2:] != states[:-2]  # blanks stand two apart, so none is left out
    if not steps:
        return (np.inf if len(label) else 0.0), np.zeros_like(log_probs)
    emitted = log_probs[:, states].astype(np.float64)
    with np.errstate(invalid="ignore"):
        ahead = reach(emitted, skips)
        # Backwards in time it is the same walk through the states from their other end.
        behind = reach(emitted[::-1, ::-1], skips_backwards(skips))[::-1, ::-1]
        total = np.logaddexp.reduce(ahead[-1, -2:])
        posterior = np.full(log_probs.shape, -np.inf)
        for s, state in enumerate(states):
            through = ahead[:, s] + behind[:, s] - emitted[:, s]
            posterior[:, state] = np.logaddexp(posterior[:, state], through)
        slopes = np.exp(log_probs) - np.exp(posterior - total)
    return -total, slopes.astype(log_probs.dtype)


def reach(emitted: Array, skips: Array) -> Array:
    """log of the probability to have come to each state at each step, all ways together."""
    ways = np.full(emitted.shape, -np.inf)
    ways[0, :2] = emitted[0, :2]
    for t in range(1, len(emitted)):
        before = ways[t - 1]
        come = before.copy()
        come[1:] = np.logaddexp(come[1:], before[:-1])
        come[2:] = np.logaddexp(come[2:], np.where(skips[2:], before[:-2], -np.inf))
        ways[t] = come + emitted[t]
    return ways


def skips_backwards(skips: Array) -> Array:
    """The same skips for the states in reverse order."""
    turned = np.zeros_like(skips)
    turned[2:] = skips[2:][::-1]
    return turned
