"""Adaptive pooling: the size of the output is given, and windows are chosen to fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.nn.functional.common import check_tensor, not_implemented
from microtorch.nn.functional.pooling import check_dimensions, check_single
from microtorch.nn.functional.windows import image_hint
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record, wrap

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
]


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The average of each of ``output_size`` parts: input (N, C, L), output (N, C, output_size)."""
    check_tensor("adaptive_avg_pool1d", input)
    length = single("adaptive_avg_pool1d", input, output_size)
    return adaptive_avg_pool2d(input.unsqueeze(-2), (1, length)).squeeze(-2)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The average of each of H x W parts of an image; None keeps a length as it is.

    ``adaptive_avg_pool2d(x, 1)`` is the average of every channel.
    """
    check_tensor("adaptive_avg_pool2d", input)
    return average("adaptive_avg_pool2d", ops.AdaptiveAvgPool, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The same for three lengths."""
    check_tensor("adaptive_avg_pool3d", input)
    return average("adaptive_avg_pool3d", ops.AdaptiveAvgPool3D, input, output_size)


def average(name: str, op: type[ops.Op], input: Tensor, output_size: Any) -> Tensor:
    count = int(name[-2])
    wanted = as_wanted(input, output_size, count)
    if len(wanted) != count:
        raise RuntimeError(
            f"{name}: output_size must be {count}\nHint: give one number for each length."
        )
    if input.ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"{name}(): Expected {count + 1}D or {count + 2}D tensor, but got {list(input.shape)}\n"
            f"{image_hint(count)}"
        )
    if min(wanted) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{', '.join(map(str, wanted))}}}\nHint: it is how many parts there are."
        )
    if max(wanted) == min(wanted) == 1:
        return input.mean(tuple(range(-count, 0)), keepdim=True)
    check_filled(name, input, count)
    if input._data.dtype.kind != "f":
        raise not_implemented(name, input)
    lengths = tuple(input.shape[-count:])
    return record(op, (input,), (lengths, spans(lengths, wanted)))


def spans(lengths: Sequence[int], wanted: Sequence[int]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Where each part of every length starts and ends; parts overlap where they do not come out even."""
    return tuple(
        tuple((i * n // m, -(-(i + 1) * n // m)) for i in range(m))
        for n, m in zip(lengths, wanted, strict=True)
    )


def as_wanted(input: Tensor, output_size: Any, count: int) -> tuple[int, ...]:
    """The lengths asked for; None keeps one as it is."""
    if not isinstance(output_size, Sequence):
        output_size = (output_size,) * count
    kept = input.shape[len(input.shape) - len(output_size) :]
    return tuple(n if m is None else int(m) for m, n in zip(output_size, kept, strict=False))


def single(name: str, input: Tensor, output_size: Any) -> int:
    """The one length of a row."""
    check_dimensions(name, input)
    check_single(name, "output_size", output_size)
    return int(output_size[0] if isinstance(output_size, Sequence) else output_size)


def check_filled(name: str, input: Tensor, count: int) -> None:
    for axis in range(input.ndim - count, input.ndim):
        if not input.shape[axis]:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input "
                f"has sizes {list(input.shape)} with dimension {axis} being empty\n"
                "Hint: there is nothing to pool."
            )


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of each of ``output_size`` parts: input (N, C, L), output (N, C, output_size)."""
    check_tensor("adaptive_max_pool1d", input)
    length = single("adaptive_max_pool1d", input, output_size)
    y, where = largest(input.unsqueeze(-2), (1, length))
    return (y.squeeze(-2), where.squeeze(-2)) if return_indices else y.squeeze(-2)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of each of H x W parts of an image; None keeps a length as it is.

    With ``return_indices``, also where they stood, counted in reading order.
    """
    check_tensor("adaptive_max_pool2d", input)
    y, where = largest(input, as_wanted(input, output_size, 2))
    return (y, where) if return_indices else y


def largest(input: Tensor, wanted: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    name = "adaptive_max_pool2d"
    if len(wanted) != 2:
        raise RuntimeError(
            f"{name}(): internal error: output_size.size() must be 2\n"
            "Hint: give a number, or one for height and width."
        )
    if input.ndim not in (3, 4):
        raise RuntimeError(
            f"{name}(): Expected 3D or 4D tensor, but got: {list(input.shape)}\n{image_hint(2)}"
        )
    check_filled(name, input, 2)
    if min(wanted) < 0:
        shape = [*input.shape[:-2], *wanted]
        shown = [1, *shape] if len(shape) == 3 else shape
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(wanted)}: {shown}\n"
            "Hint: it is how many parts there are."
        )
    if input._data.dtype.kind != "f":
        raise not_implemented(name, input)
    lengths = tuple(input.shape[-2:])
    rows, columns = spans(lengths, wanted)
    where = np.zeros((*input.shape[:-2], *wanted), np.int64)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(columns):
            part = input._data[..., top:bottom, left:right]
            found = part.reshape(*part.shape[:-2], -1).argmax(-1)
            down, along = np.divmod(found, right - left)
            where[..., i, j] = (top + down) * lengths[1] + left + along
    return record(ops.Pick, (input,), (where, lengths)), wrap(where)
