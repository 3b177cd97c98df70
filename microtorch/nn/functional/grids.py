"""Images looked up at any places: ``F.grid_sample`` and ``F.affine_grid`` (spatial transformers).

Places are (x, y) from (-1, -1), the upper left, to (1, 1), the lower right; (x, y, z) in volumes.
After Jaderberg and others, "Spatial Transformer Networks" (2015).
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import check_tensor
from microtorch.tensor import Tensor
from microtorch.tensor.choices import where
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.joining import stack

__all__ = ["affine_grid", "grid_sample"]

Array = np.ndarray[Any, Any]
CUBIC = -0.75  # the slope at the neighbours, as PyTorch has it
CHANGED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
    "Please specify align_corners=True if the old behavior is desired. See the documentation of "
    "grid_sample for details."
)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The places at which to look up an image that is turned, moved and scaled by ``theta``.

    ``theta`` is (N, 2, 3) for ``size`` (N, C, H, W), and the grid (N, H, W, 2): at (x, y) it holds
    theta @ [x, y, 1]. For volumes theta is (N, 3, 4), size (N, C, D, H, W), the grid (N, D, H, W, 3).

    >>> import microtorch as torch
    >>> same = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> torch.nn.functional.affine_grid(same, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    check_tensor("affine_grid", theta, "theta")
    aligned = as_flag(align_corners)
    if not theta.is_floating_point():
        raise ValueError(
            f"Expected theta to have floating point type, but got {theta.dtype}\n"
            "Hint: convert it: theta.float()."
        )
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}."
        )
    dims = len(size) - 2
    if theta.dim() != 3 or tuple(theta.shape[1:]) != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{size}. Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    axes = [centres(length, aligned, theta._data.dtype) for length in size[2:]]
    mesh = np.meshgrid(*axes, indexing="ij")[::-1]  # x counts the columns
    ones = np.ones(mesh[0].shape, theta._data.dtype)
    base = wrap(np.stack([*mesh, ones], axis=-1).reshape(1, -1, dims + 1))
    grid: Tensor = base.expand(len(theta), -1, -1) @ theta.transpose(1, 2)
    return grid.view(len(theta), *size[2:], dims)


def centres(length: int, aligned: bool, dtype: Any) -> Array:
    """Where the pixels of one axis lie between -1 and 1: up to the rim if ``aligned``."""
    if length == 1:
        return np.zeros(1, dtype)
    line = np.linspace(-1, 1, length, dtype=dtype)
    return line if aligned else line * dtype.type((length - 1) / length)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The image ``input`` (N, C, H, W) looked up at the places of ``grid`` (N, Ho, Wo, 2).

    Output (N, C, Ho, Wo). ``mode``: "bilinear", "nearest" or "bicubic"; ``padding_mode``: what
    lies outside, "zeros", the "border" or a "reflection". Volumes have one dimension more.

    >>> import microtorch as torch
    >>> image = torch.tensor([[[[1.0, 3.0]]]])
    >>> centre = torch.zeros(1, 1, 1, 2)
    >>> torch.nn.functional.grid_sample(image, centre, align_corners=False)
    tensor([[[[2.]]]])
    """
    check_tensor("grid_sample", input)
    check_tensor("grid_sample", grid, "grid", 2)
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    aligned = as_flag(align_corners)
    check_grid(input, grid, mode)
    lengths = tuple(input.shape[2:])
    pad = PADDINGS[padding_mode]
    where_on = [  # in pixels, for the rows first
        in_pixels(grid[..., k], length, aligned)
        for k, length in zip(reversed(range(len(lengths))), lengths, strict=True)
    ]
    if mode == "bicubic":
        return smooth(input, where_on, lengths, pad, aligned)
    padded = [pad(at, n, aligned) for at, n in zip(where_on, lengths, strict=True)]
    if mode == "nearest":
        nothing = grid.masked_fill(wrap(np.ones((), bool)), 0).sum(-1)  # a slope of 0 for the grid
        return pixels(input, [np.rint(at._data) for at in padded], lengths) + nothing.unsqueeze(1)
    total = None
    for corner in itertools.product((0, 1), repeat=len(lengths)):
        places, weight = [], None
        for at, step in zip(padded, corner, strict=True):
            low = np.floor(at._data)
            share = at - wrap(low) if step else wrap(low + 1) - at
            weight = share if weight is None else weight * share
            places.append(low + step)
        assert weight is not None
        part = pixels(input, places, lengths) * weight.unsqueeze(1)
        total = part if total is None else total + part
    assert total is not None
    return total


def as_flag(align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(CHANGED, stacklevel=3)
    return bool(align_corners)


def check_grid(input: Tensor, grid: Tensor, mode: str) -> None:
    """RuntimeError unless the two fit together."""
    shapes = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.dim() not in (4, 5) or input.dim() != grid.dim():
        raise RuntimeError(
            f"grid_sampler(): expected {'5D' if input.dim() == 5 else '4D'} input and grid with same "
            f"number of dimensions, {shapes}\nHint: an image batch is (N, C, H, W), its grid (N, H, W, 2)."
        )
    if input.dtype != grid.dtype:
        raise RuntimeError(
            f"expected scalar type {title(input._data.dtype)} but found {title(grid._data.dtype)}\n"
            "Hint: give the grid the dtype of the image."
        )
    if len(input) != len(grid):
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size, {shapes}"
        )
    if grid.shape[-1] != input.dim() - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.dim() - 2} in last dimension, but "
            f"got grid with sizes {list(grid.shape)}"
        )
    if min(input.shape[2:]) == 0:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has "
            f"sizes {list(input.shape)}"
        )
    if mode == "bicubic" and input.dim() == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def in_pixels(at: Tensor, length: int, aligned: bool) -> Tensor:
    """Places from -1 to 1, counted in pixels from the centre of the first."""
    return (at + 1) / 2 * (length - 1) if aligned else ((at + 1) * length - 1) / 2


# What lies outside ---------------------------------------------------------------------------------


def as_they_are(at: Tensor, length: int, aligned: bool) -> Tensor:
    return at


def at_the_border(at: Tensor, length: int, aligned: bool) -> Tensor:
    """Places outside are moved to the border, where no gradient moves them."""
    above: Any = at > 0
    inside = above & (at < length - 1)
    border = wrap(np.clip(at._data, 0, length - 1))
    result: Tensor = where(inside, at, border)
    return result


def reflected(at: Tensor, length: int, aligned: bool) -> Tensor:
    """Places outside are mirrored at the rim, as often as it takes."""
    low, high = (0.0, length - 1.0) if aligned else (-0.5, length - 0.5)
    if low == high:
        return wrap(np.zeros_like(at._data))
    span = high - low
    away = (at - low).abs()
    flips = np.floor(away._data / span)
    rest = away - wrap(flips * span)
    return at_the_border(
        where(wrap(flips % 2 == 0), rest + low, span - rest + low), length, aligned
    )


PADDINGS: dict[str, Callable[[Tensor, int, bool], Tensor]] = {
    "zeros": as_they_are,
    "border": at_the_border,
    "reflection": reflected,
}


def pixels(input: Tensor, places: list[Array], lengths: tuple[int, ...]) -> Tensor:
    """The pixels at whole places, (N, C, ...); 0 outside."""
    inside = np.ones(places[0].shape, bool)
    for at, length in zip(places, lengths, strict=True):
        inside &= (at >= 0) & (at < length)
    sample = np.arange(len(input)).reshape(-1, *(1,) * len(lengths))
    rows = [wrap(np.where(inside, at, 0).astype(np.int64)) for at in places]
    found = input[(wrap(sample), slice(None), *rows)].movedim(-1, 1)
    return found.masked_fill(wrap(~inside[:, None]), 0)


def smooth(
    input: Tensor,
    where_on: list[Tensor],
    lengths: tuple[int, ...],
    pad: Callable[[Tensor, int, bool], Tensor],
    aligned: bool,
) -> Tensor:
    """Bicubic: four pixels along each axis, weighted by cubic polynomials (Keys 1981)."""
    lows = [np.floor(at._data) for at in where_on]
    weights = [cubic(at - wrap(low)) for at, low in zip(where_on, lows, strict=True)]
    rows = []
    for i in range(4):
        parts = []
        for j in range(4):
            places = [
                np.asarray(pad(wrap(low + step - 1), n, aligned)._data)
                for low, step, n in zip(lows, (i, j), lengths, strict=True)
            ]
            parts.append(pixels(input, places, lengths) * weights[1][j].unsqueeze(1))
        rows.append(stack(parts).sum(0) * weights[0][i].unsqueeze(1))
    return stack(rows).sum(0)


def cubic(t: Tensor) -> list[Tensor]:
    """The weights of the pixels at -1, 0, 1 and 2 for a place t between 0 and 1."""
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def near(x: Tensor) -> Tensor:
    return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1


def far(x: Tensor) -> Tensor:
    return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC
