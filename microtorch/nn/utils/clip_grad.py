"""Keep gradients from growing too large before an optimizer's step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from types import GeneratorType
from typing import Any

import numpy as np

from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import wrap

Tensors = Tensor | Iterable[Tensor]


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all entries of all tensors together; ``norm_type`` may be ``"inf"``.

    ``foreach`` chooses between two implementations in PyTorch; here there is one.
    """
    order = float(norm_type)
    norms = [norm(tensor._data, order) for tensor in as_list(tensors)]
    if not norms:
        return wrap(np.float32(0))
    total = norm(np.array(norms), order)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so "
            "it cannot be clipped. To disable this error and scale the gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`\n"
            "Hint: a gradient is already inf or nan; clipping cannot repair that. Look for a "
            "division by zero, a log(0), or a learning rate that is too large."
        )
    return wrap(total)


def norm(array: Any, order: float) -> Any:
    """(sum of |x|^order)^(1/order), of all entries, in the array's own precision."""
    with np.errstate(all="ignore"):
        return array.dtype.type(np.linalg.norm(array.reshape(-1), order))


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply all gradients by max_norm / total_norm, unless that is more than 1."""
    coefficient = (float(max_norm) / (total_norm.detach() + 1e-6)).clamp(max=1.0)
    for gradient in gradients(parameters):
        gradient.mul_(coefficient)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Shrink all gradients alike, so that together they have at most the norm ``max_norm``.

    Returns the norm that they had.

    >>> import microtorch as torch
    >>> w = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w / 2).sum().backward()
    >>> torch.nn.utils.clip_grad_norm_(w, max_norm=1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    given = as_list(parameters)
    if isinstance(parameters, GeneratorType) and not given:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2
        )
    total = get_total_norm(gradients(given), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(given, max_norm, total, foreach)
    return total


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every entry of every gradient to the range from -clip_value to clip_value."""
    limit = float(clip_value)
    for gradient in gradients(parameters):
        gradient.clamp_(-limit, limit)


def gradients(parameters: Tensors) -> list[Any]:
    """The gradients that are there, outside of any graph."""
    return [p.grad.detach() for p in as_list(parameters) if p.grad is not None]


def as_list(tensors: Tensors) -> list[Tensor]:
    """One tensor or many, as a list."""
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)
