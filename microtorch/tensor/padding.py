"""Padding, as ``torch.nn.functional.pad``: constant, reflect, replicate, circular."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.ops import padding as rules
from microtorch.ops.base import Op
from microtorch.ops.indexing import Places
from microtorch.tensor.dispatch import not_a_tensor, record
from microtorch.tensor.shapes import whole_numbers
from microtorch.tensor.tensor import Tensor

__all__: list[str] = []  # pad is a function of torch.nn.functional

OPS: dict[tuple[str, int], type[Op]] = {
    ("reflect", 1): rules.ReflectionPad1d,
    ("reflect", 2): rules.ReflectionPad2d,
    ("reflect", 3): rules.ReflectionPad3d,
    ("replicate", 1): rules.ReplicationPad1d,
    ("replicate", 2): rules.ReplicationPad2d,
    ("replicate", 3): rules.ReplicationPad3d,
}


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Entries added around a tensor: ``pad`` names (left, right) of the last dimension first.

    ``mode``: constant (``value``, else 0), reflect, replicate, circular. A negative width cuts off.

    >>> import microtorch as torch
    >>> torch.nn.functional.pad(torch.tensor([1, 2]), (1, 2))
    tensor([0, 1, 2, 0, 0])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("pad", input)
    pairs = check_widths(input, whole_numbers("pad", "pad", (pad,)))
    if mode == "constant":
        widths = ((0, 0),) * (input.ndim - len(pairs)) + pairs[::-1]
        fill = np.asarray(0 if value is None else value).astype(input._data.dtype)[()]
        check_lengths(input._data.shape, widths)
        return record(rules.Pad, (input,), (widths, fill))
    if value is not None and value != 0:
        raise RuntimeError(
            f'Padding mode "{mode}" doesn\'t take in value argument\n'
            "Hint: only the mode constant has a value."
        )
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}\nHint: constant, reflect, replicate or circular."
        )
    if (len(pairs), input.ndim) not in [(n, n + extra) for n in (1, 2, 3) for extra in (1, 2)]:
        raise NotImplementedError(
            f"Padding size {2 * len(pairs)} is not supported for {input.ndim}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)\n"
            "Hint: unsqueeze the tensor, or pad fewer dimensions."
        )
    batched = input.ndim > len(pairs) + 1
    if 0 in input._data.shape[batched:]:
        n = len(pairs) + 1
        raise RuntimeError(
            f"Expected {n}D or {n + 1}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(input.shape)}\n"
            "Hint: nothing can be repeated where there is nothing."
        )
    return continued(input, pairs[::-1], mode)


def check_widths(input: Tensor, pad: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """(before, after) of each dimension, the last one first."""
    if len(pad) % 2:
        raise RuntimeError(
            "Padding length must be divisible by 2\nHint: two widths for each dimension."
        )
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {input.ndim}\n"
            "Hint: two widths for each dimension, the last dimension first."
        )
    return tuple(zip(pad[::2], pad[1::2], strict=True))


def check_lengths(shape: tuple[int, ...], widths: tuple[tuple[int, int], ...]) -> None:
    for n, (before, after) in zip(shape, widths, strict=True):
        if n + min(before, 0) + min(after, 0) < 0:
            raise RuntimeError(
                "narrow(): length must be non-negative.\n"
                f"Hint: the widths {(before, after)} cut off more than the {n} entries there are."
            )


def continued(input: Tensor, widths: tuple[tuple[int, int], ...], mode: str) -> Tensor:
    """The last dimensions continued by their own entries."""
    shape = input._data.shape
    first = len(shape) - len(widths)
    axes = list(enumerate(widths, first))
    for axis, (before, after) in reversed(axes):
        check_own(shape, axis, before, after, mode)
    lists = [source(before, shape[axis], after, mode) for axis, (before, after) in axes]
    op = rules.CircularPad if mode == "circular" else OPS[mode, len(widths)]
    advanced = (slice(None),) * first + np.ix_(*lists)
    return record(op, (input,), (shape, Places(None, advanced, unique=False)))


def source(before: int, n: int, after: int, mode: str) -> Any:
    """Which of n entries stands at each place."""
    if mode == "circular":  # what a negative width cuts off is gone before the rest is wrapped
        first, last = max(-before, 0), n - max(-after, 0)
        return first + np.arange(-max(before, 0), last - first + max(after, 0)) % (last - first)
    places = np.arange(-before, n + after)
    if mode == "replicate":
        return np.clip(places, 0, n - 1)
    return n - 1 - np.abs(n - 1 - np.abs(places))


def check_own(shape: tuple[int, ...], axis: int, before: int, after: int, mode: str) -> None:
    n = shape[axis]
    if mode == "reflect" and max(before, after) >= n:
        number = 4 + 2 * (len(shape) - 1 - axis)
        raise RuntimeError(
            f"Argument #{number}: Padding size should be less than the corresponding input "
            f"dimension, but got: padding ({before}, {after}) at dimension {axis} of input "
            f"{list(shape)}\nHint: a mirror image of {n} entries adds at most {n - 1}."
        )
    if mode == "circular" and max(before, after) > n:
        raise RuntimeError(
            "Padding value causes wrapping around more than once.\n"
            f"Hint: at most {n} entries can be added at each end of dimension {axis}."
        )
