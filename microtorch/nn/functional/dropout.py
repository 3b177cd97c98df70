"""Leaving out a random part of the input while training.

The same seed gives PyTorch's masks.
"""

from __future__ import annotations

import math
import warnings

from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import check_tensor, finished
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty, empty_like

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

LOWEST = 1.0507009873554805 * 1.6732632423543772  # minus the lowest value of SELU: scale x alpha


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Every entry becomes 0 with probability p, the others are divided by 1 - p.

    So the expected value stays what it is. Outside of training, the input itself.

    >>> import microtorch as torch
    >>> torch.nn.functional.dropout(torch.ones(3), p=0.5, training=False)
    tensor([1., 1., 1.])
    """
    return drop("dropout", input, p, training, inplace)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Whole channels of an input (N, C, L) or (C, L) become 0 with probability p."""
    check_probability(p)
    check_tensor("dropout1d", input)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. "
            "Note that dropout1d exists to provide channel-wise dropout on inputs with 1 "
            "spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )
    return drop_channels(input, p, training, inplace, batched=3)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Whole channels of an input (N, C, H, W) become 0 with probability p."""
    check_probability(p)
    check_tensor("dropout2d", input)
    warn_dimensions("dropout2d", input, 2)
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise "
            "1D dropout behavior is desired - input is interpreted as shape (N, C, L), where C "
            "is the channel dim. This behavior will change in a future release to interpret the "
            "input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return drop("feature_dropout", input, p, training, inplace, channels=True)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Whole channels of an input (N, C, D, H, W) or (C, D, H, W) become 0 with probability p."""
    check_probability(p)
    check_tensor("dropout3d", input)
    warn_dimensions("dropout3d", input, 3)
    return drop_channels(input, p, training, inplace, batched=5)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout for SELU networks: what is dropped takes SELU's lowest value.

    Then all are scaled and moved, so that mean 0 and variance 1 stay what they are.
    Klambauer et al. 2017, "Self-Normalizing Neural Networks".
    """
    return drop("alpha_dropout", input, p, training, inplace, alpha=True)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """alpha_dropout of whole channels."""
    return drop("feature_alpha_dropout", input, p, training, inplace, channels=True, alpha=True)


def drop(
    function: str,
    input: Tensor,
    p: float,
    training: bool,
    inplace: bool,
    channels: bool = False,
    alpha: bool = False,
) -> Tensor:
    """All kinds of dropout: with one draw per entry or per channel, to 0 or to SELU's lowest."""
    check_probability(p)
    check_tensor(function, input)
    if p == 0 or not training or not input.numel():
        return input
    if p == 1:
        return finished(input * empty((), dtype=input.dtype), input, inplace)
    if channels and input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    if not input.is_floating_point():
        raise RuntimeError(
            "result type Float can't be cast to the desired output type "
            f"{title(input._data.dtype)}\nHint: dropout is for floats; convert first: x.float()."
        )
    if channels:
        kept = empty((*input.shape[:2], *[1] * (input.dim() - 2)), dtype=input.dtype)
    else:
        kept = empty_like(input)  # drawn in the order in which the entries lie in memory
    kept.bernoulli_(1 - p)
    if not alpha:
        return finished(input * kept.div_(1 - p), input, inplace)
    scale = 1 / math.sqrt((LOWEST * LOWEST * p + 1) * (1 - p))
    shift = (kept - 1) * (LOWEST * scale) + LOWEST * scale * p
    return finished(input * (kept * scale) + shift, input, inplace)


def drop_channels(input: Tensor, p: float, training: bool, inplace: bool, batched: int) -> Tensor:
    """Dropout of channels for an input with ``batched`` dimensions, or without the batch."""
    if input.dim() == batched:
        return drop("feature_dropout", input, p, training, inplace, channels=True)
    batch = input.unsqueeze(0)
    dropped = drop("feature_dropout", batch, p, training, False, channels=True).squeeze(0)
    return finished(dropped, input, inplace)


def check_probability(p: float) -> None:
    """ValueError unless 0 <= p <= 1."""
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def warn_dimensions(function: str, input: Tensor, spatial: int) -> None:
    """Warn, in PyTorch's words, of an input with another number of dimensions than expected."""
    if input.dim() in (spatial + 1, spatial + 2):
        return
    warnings.warn(
        f"{function}: Received a {input.dim()}-D input to {function}, which is deprecated "
        "and will result in an error in a future release. To retain the behavior "
        "and silence this warning, please use dropout instead. Note that "
        f"{function} exists to provide channel-wise dropout on inputs with {spatial} spatial "
        "dimensions, a channel dimension, and an optional batch dimension "
        f"(i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )
