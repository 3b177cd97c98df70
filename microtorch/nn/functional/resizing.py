"""Images in another size: ``F.interpolate``, ``F.pixel_shuffle`` and their kin."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
)
from microtorch.nn.functional.common import check_tensor, not_implemented
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record

__all__ = [
    "channel_shuffle",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

Array = np.ndarray[Any, Any]

NEAREST = (ops.UpsampleNearest1D, ops.UpsampleNearest2D, ops.UpsampleNearest3D)
NEAREST_EXACT = (
    ops.UpsampleNearestExact1D,
    ops.UpsampleNearestExact2D,
    ops.UpsampleNearestExact3D,
)
AREA: tuple[Callable[..., Tensor], ...] = (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
)
SMOOTH = {  # what each mode needs: the input's dimensions, and the op
    "linear": (3, ops.UpsampleLinear1D),
    "bilinear": (4, ops.UpsampleBilinear2D),
    "trilinear": (5, ops.UpsampleTrilinear3D),
    "bicubic": (4, ops.UpsampleBicubic2D),
}


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize (N, C, *lengths) to ``size``, or by ``scale_factor``.

    ``mode``: "nearest", "nearest-exact", "area", "linear" (3D input), "bilinear" and "bicubic"
    (4D), "trilinear" (5D). With ``align_corners`` the outermost entries stay where they are.

    >>> import microtorch as torch
    >>> torch.nn.functional.interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    check_tensor("interpolate", input)
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | "
            f"bicubic | trilinear\nHint: leave out align_corners, or choose another mode than {mode!r}."
        )
    count = input.ndim - 2
    wanted, scales = as_wanted(input, size, scale_factor, recompute_scale_factor, mode == "area")
    if antialias:
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a "
            "4-D tensor as input\nHint: microtorch has no antialias; mode='area' averages instead."
        )
    if mode == "area" and 1 <= count <= 3:
        return AREA[count - 1](input, wanted)
    if mode in ("nearest", "nearest-exact") and 1 <= count <= 3:
        check_lengths(input, wanted)
        exact = mode == "nearest-exact"
        return nearest(input, wanted, scales, exact)
    if mode in SMOOTH and SMOOTH[mode][0] == input.ndim:
        check_lengths(input, wanted)
        kernel = (
            "compute_indices_weights_linear"
            if count == 1
            else f"upsample_{mode}{count}d_channels_last"
        )
        if input._data.dtype.kind != "f":
            raise not_implemented(kernel, input)
        rule = cubic_weights if mode == "bicubic" else linear_weights
        matrices = [
            rule(n, m, scale, bool(align_corners))
            for n, m, scale in zip(input.shape[2:], wanted, scales, strict=True)
        ]
        return record(SMOOTH[mode][1], (input,), (tuple(matrices),))
    raise no_such_mode(input, mode)


def no_such_mode(input: Tensor, mode: str) -> NotImplementedError:
    needed = {3: "linear", 4: "bilinear", 5: "trilinear"}
    if mode in needed.values() and input.ndim in needed:
        return NotImplementedError(
            f"Got {input.ndim}D input, but {mode} mode needs {SMOOTH[mode][0]}D input\n"
            f"Hint: for {input.ndim}D input the mode is {needed[input.ndim]!r}."
        )
    return NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported "
        f"(got {input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | "
        f"lanczos | area | nearest-exact (got {mode})\n"
        "Hint: the input is (batch, channels, *lengths); microtorch has no lanczos."
    )


def as_wanted(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool | None, area: bool
) -> tuple[list[int], list[float | None]]:
    """The new lengths, and the scale of each where it was given."""
    count = input.ndim - 2
    inside = list(input.shape[2:])
    if size is not None and scale_factor is not None:
        raise ValueError(
            "only one of size or scale_factor should be defined\n"
            "Hint: they say the same; leave out one of them."
        )
    if size is None and scale_factor is None:
        raise ValueError(
            "either size or scale_factor should be defined\nHint: such as scale_factor=2."
        )
    if size is not None:
        if recompute:
            raise ValueError(
                "recompute_scale_factor is not meaningful with an explicit size.\n"
                "Hint: leave it out."
            )
        if isinstance(size, list | tuple):
            if len(size) != count:
                raise ValueError(
                    "Input and output must have the same number of spatial dimensions, but got input "
                    f"with spatial dimensions of {inside} and output size of {size}. Please provide "
                    "input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) "
                    "format.\nHint: give one length for each after batch and channels."
                )
            if not all(isinstance(n, int | np.integer | Tensor) for n in size):
                raise TypeError(
                    "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, "
                    f"int, int], but got size with types {[type(n) for n in size]}\n"
                    "Hint: for fractions use scale_factor."
                )
            return [int(n) for n in size], [None] * count
        return [int(size)] * count, [None] * count
    if isinstance(scale_factor, list | tuple):
        if len(scale_factor) != count:
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input "
                f"with spatial dimensions of {inside} and scale_factor of shape {scale_factor}. Please "
                "provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, "
                "...,sK) format.\nHint: give one factor for each length after batch and channels."
            )
        scales = [float(s) for s in scale_factor]
    else:
        scales = [float(scale_factor)] * count
    wanted = [int(n * s) for n, s in zip(inside, scales, strict=True)]
    return wanted, [None] * count if recompute or area else list(scales)


def check_lengths(input: Tensor, wanted: Sequence[int]) -> None:
    if 0 in input.shape[1:]:
        raise RuntimeError(
            f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes "
            f"{list(input.shape)}\nHint: there is nothing to resize."
        )
    if min(wanted) > 0:
        return
    sides = "DHW"[3 - len(wanted) :]
    before = ", ".join(f"{s}: {n}" for s, n in zip(sides, input.shape[2:], strict=True))
    after = ", ".join(f"{s}: {n}" for s, n in zip(sides, wanted, strict=True))
    joined = " and output" if len(wanted) == 1 else " output"
    raise RuntimeError(
        f"Input and output sizes should be greater than 0, but got input ({before}){joined} ({after})\n"
        "Hint: the scale_factor may be too small."
    )


def nearest(
    input: Tensor, wanted: Sequence[int], scales: Sequence[float | None], exact: bool
) -> Tensor:
    """For every new place, the old one that is nearest (or, without ``exact``, nearest below)."""
    count = len(wanted)
    if input._data.dtype.kind != "f" and input._data.dtype != np.uint8:
        kernel = (
            "compute_indices_weights_nearest"
            if count == 1
            else f"upsample_nearest{count}d_channels_last"
        )
        raise not_implemented(kernel, input)
    places = []
    for n, m, scale in zip(input.shape[2:], wanted, scales, strict=True):
        step = np.float32(1 / scale if scale else n / m)
        position = (np.arange(m, dtype=np.float32) + np.float32(0.5 if exact else 0)) * step
        places.append(np.minimum(np.floor(position).astype(np.int64), n - 1))
    index = (slice(None), slice(None), *np.ix_(*places))
    op = (NEAREST_EXACT if exact else NEAREST)[count - 1]
    return record(op, (input,), (tuple(input.shape), index))


def old_positions(n: int, m: int, scale: float | None, align_corners: bool) -> Array:
    """Where each of m new places lies among n old ones."""
    if align_corners:
        return np.arange(m) * ((n - 1) / (m - 1) if m > 1 else 0.0)
    return (np.arange(m) + 0.5) * (1 / scale if scale else n / m) - 0.5


def linear_weights(n: int, m: int, scale: float | None, align_corners: bool) -> Array:
    """What each new place takes from the old places on both sides: the nearer one gives more."""
    position = np.maximum(old_positions(n, m, scale, align_corners), 0)
    below = np.minimum(np.floor(position).astype(int), n - 1)
    share = np.clip(position - below, 0, 1)
    return weights_at(n, ((below, 1 - share), (np.minimum(below + 1, n - 1), share)))


def cubic_weights(n: int, m: int, scale: float | None, align_corners: bool) -> Array:
    """What each new place takes from four old places, by a piecewise cubic (Keys 1981)."""
    position = old_positions(n, m, scale, align_corners)
    below = np.floor(position).astype(int)
    taps = []
    for offset in (-1, 0, 1, 2):
        near = np.abs(position - (below + offset))
        inner = (1.25 * near - 2.25) * near * near + 1
        outer = ((-0.75 * near + 3.75) * near - 6) * near + 3
        taps.append((np.clip(below + offset, 0, n - 1), np.where(near <= 1, inner, outer)))
    return weights_at(n, taps)


def weights_at(n: int, taps: Sequence[tuple[Array, Array]]) -> Array:
    """A matrix with given weights at given old places, one row for each new place."""
    matrix = np.zeros((len(taps[0][0]), n))
    rows = np.arange(len(matrix))
    for place, weight in taps:
        np.add.at(matrix, (rows, place), weight)
    return matrix


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The old name of :func:`interpolate`."""
    deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """The old name of :func:`interpolate` with mode "nearest"."""
    deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """The old name of :func:`interpolate` with mode "bilinear" and aligned corners."""
    deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=3,
    )


# ---------------------------------------------------------------- channels and places


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(*, C r r, H, W) to (*, C, H r, W r): groups of channels become squares of places."""
    r = checked_image("pixel_shuffle", input, "upscale_factor", upscale_factor)
    channels = input.shape[-3]
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}\n"
            "Hint: the channels become squares of places."
        )
    return record(ops.PixelShuffle, (input,), (r,))


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(*, C, H r, W r) to (*, C r r, H, W): the way back of :func:`pixel_shuffle`."""
    r = checked_image("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for what, axis in (("height", -2), ("width", -1)):
        if input.shape[axis] % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {what} to be divisible by downscale_factor, but "
                f"input.size({axis})={input.shape[axis]} is not divisible by {r}\n"
                "Hint: squares of places become channels."
            )
    return record(ops.PixelUnshuffle, (input,), (r,))


def checked_image(name: str, input: Tensor, what: str, factor: int) -> int:
    check_tensor(name, input)
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
            "dimension(s)\nHint: the input is (batch, channels, height, width)."
        )
    if factor <= 0:
        raise RuntimeError(
            f"{name} expects a positive {what}, but got {factor}\nHint: 2 doubles or halves the size."
        )
    return int(factor)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels dealt out anew: the first of every group, then the second of every group, ..."""
    check_tensor("channel_shuffle", input)
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}"
            "\nHint: the input is (batch, channels, *lengths)."
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}\n"
            "Hint: groups=1 changes nothing."
        )
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and "
            f"{groups} groups.\nHint: every group has equally many channels."
        )
    return record(ops.ChannelShuffle, (input,), (groups,))
