"""Convolutions: ``F.conv2d``, ``F.conv_transpose2d``, and ``F.unfold``, which shows their windows.

Inputs are (batch, channels, *lengths), or (channels, *lengths) without a batch.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from microtorch import ops
from microtorch.autograd.dtype_names import c_name, title
from microtorch.nn.functional.common import check_tensor, not_implemented, sizes
from microtorch.ops.convolution import Slide
from microtorch.ops.kernels import Memo, Sizes, windows_along
from microtorch.ops.pooling import Pool
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record
from microtorch.tensor.padding import pad

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Weights laid on every place of a row: input (N, C, L), weight (O, C / groups, K).

    Output (N, O, L_out) with L_out = (L + 2 padding - dilation (K - 1) - 1) // stride + 1.
    """
    return convolution("conv1d", input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Weights laid on every place of an image: input (N, C, H, W), weight (O, C / groups, K, K).

    ``padding`` adds zeros around the image; "same" keeps its size, "valid" adds none. Every
    output is the sum of weight x input over a window, plus the bias of its channel.

    >>> import microtorch as torch
    >>> image, edge = torch.arange(9.0).reshape(1, 1, 3, 3), torch.tensor([[[[-1.0, 1.0]]]])
    >>> torch.nn.functional.conv2d(image, edge)
    tensor([[[[1., 1.],
              [1., 1.],
              [1., 1.]]]])
    """
    return convolution("conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The same for three lengths: input (N, C, D, H, W), weight (O, C / groups, K, K, K)."""
    return convolution("conv3d", input, weight, bias, stride, padding, dilation, groups)


def convolution(
    name: str,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    """What the three have in common; their names end with the number of lengths."""
    check_tensor(name, input)
    check_tensor(name, weight, "weight", 2)
    if isinstance(padding, str):
        input, padding = padded_by_name(input, weight, stride, padding, dilation)
    batch, slide = prepared(name, input, weight, stride, padding, dilation, groups)
    check_fit(batch, weight, bias, slide, False)
    if bias is None:
        y = record(ops.Convolution, (batch, weight), (slide, Memo()))
    else:
        y = record(ops.ConvolutionWithBias, (batch, weight, bias), (slide, Memo()))
    return y if batch is input else y.squeeze(0)


def padded_by_name(
    input: Tensor, weight: Tensor, stride: Any, padding: str, dilation: Any
) -> tuple[Tensor, Any]:
    """The input and the border that "same" or "valid" mean."""
    if padding == "valid":
        return input, 0
    if padding != "same":
        raise RuntimeError(
            f"Invalid padding string: {padding!r}\nHint: it is 'same', 'valid' or a number."
        )
    kernel = weight.shape[2:]
    if any(s != 1 for s in sizes(stride, len(kernel))):
        raise RuntimeError(
            "padding='same' is not supported for strided convolutions\n"
            "Hint: with a stride the output is smaller; give the padding as a number."
        )
    total = [d * (k - 1) for d, k in zip(sizes(dilation, len(kernel)), kernel, strict=True)]
    if not any(n % 2 for n in total):
        return input, tuple(n // 2 for n in total)
    warnings.warn(
        "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded "
        "copy of the input be created",
        stacklevel=4,
    )
    odd: list[int] = []
    for n in reversed(total):
        odd += [0, n % 2]  # the border is wider at the far end
    return pad(input, odd), tuple(n // 2 for n in total)


def prepared(
    name: str,
    input: Tensor,
    weight: Tensor,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> tuple[Tensor, Slide]:
    """The input as a batch, and how the window slides over it."""
    count = int(name[-2])
    if input.ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}, but got "
            f"input of size: {list(input.shape)}\n"
            f"Hint: the input is (batch, channels, {', '.join(['depth', 'height', 'width'][-count:])}); "
            "a missing dimension is added with x.unsqueeze(...)."
        )
    batch = input.unsqueeze(0) if input.ndim == count + 1 else input
    options = [
        tuple(option) if isinstance(option, list) else option
        for option in (stride, padding, dilation)
    ]
    return batch, plan(name, weight._data.shape, *options, groups)


@lru_cache(256)
def plan(
    name: str, shape: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int
) -> Slide:
    """How a window of weights of this shape slides; RuntimeError if it cannot."""
    count = int(name[-2])
    slide = Slide(sizes(stride, count), sizes(padding, count), sizes(dilation, count), groups)
    for what, numbers in zip(("stride", "padding", "dilation"), slide, strict=False):
        if len(numbers) != len(shape) - 2:  # type: ignore[arg-type]
            raise RuntimeError(
                f"expected {what} to be a single integer value or a list of {len(shape) - 2} values "
                f"to match the convolution dimensions, but got {what}={list(numbers)}\n"  # type: ignore[call-overload]
                f"Hint: {name} needs a weight of {count + 2} dimensions; this one has shape "
                f"{shape}."
            )
    check_slide(slide)
    return slide


def check_slide(slide: Slide) -> None:
    if min(slide.padding) < 0:
        raise RuntimeError(
            "negative padding is not supported\nHint: cut with x[..., 1:-1] instead."
        )
    if min(slide.stride) <= 0:
        raise RuntimeError("non-positive stride is not supported\nHint: the window must move on.")
    if slide.groups <= 0:
        raise RuntimeError(
            "non-positive groups is not supported\nHint: groups=1 is the usual case."
        )
    if min(slide.dilation) <= 0:
        raise RuntimeError(
            f"dilation should be greater than zero, but got {list(slide.dilation)}\n"
            "Hint: dilation=1 is the usual case: the entries of a window are neighbours."
        )


def check_fit(
    input: Tensor, weight: Tensor, bias: Tensor | None, slide: Slide, transposed: bool
) -> None:
    """RuntimeError unless shapes and dtypes of input, weight and bias fit together."""
    x, w, b = input._data, weight._data, None if bias is None else bias._data
    check_shapes(x.shape, w.shape, None if b is None else b.shape, slide, transposed)
    bias_first = not (transposed and x.dtype != w.dtype)  # as in PyTorch
    if bias_first and b is not None and b.dtype != x.dtype:
        raise RuntimeError(
            f"Input type ({c_name(x.dtype)}) and bias type ({c_name(b.dtype)}) should be the same\n"
            "Hint: convert the input, such as x.float(), or the layer, such as layer.double()."
        )
    if x.dtype.kind == "b":
        raise not_implemented("slow_conv2d_cpu", input)
    if x.dtype != w.dtype:
        raise RuntimeError(
            f"expected scalar type {title(x.dtype)} but found {title(w.dtype)}\n"
            "Hint: input and weights must have the same dtype: convert the input, such as x.float()."
        )


@lru_cache(256)
def check_shapes(x: Sizes, w: Sizes, b: Sizes | None, slide: Slide, transposed: bool) -> None:
    """RuntimeError unless the shapes of input, weight and bias fit together."""
    groups = slide.groups
    if w[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got "
            f"weight of size {list(w)} instead\nHint: every group needs an output channel."
        )
    if w[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but "
            f"got weight of size [{list(w)}] instead\n"
            "Hint: every group makes equally many output channels."
        )
    channels = w[0] if transposed else w[1] * groups
    if x[1] != channels:
        raise RuntimeError(
            f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {list(w)}, "
            f"expected input{list(x)} to have {channels} channels, but got {x[1]} channels instead\n"
            f"Hint: the channels are dimension 1 of a batch of shape {x}."
        )
    outputs = w[1] * groups if transposed else w[0]
    if b is not None and b != (outputs,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {list(w)}, expected bias to "
            f"be 1-dimensional with {outputs} elements, but got bias of size {list(b)} instead\n"
            "Hint: the bias is one number for each output channel."
        )
    if not transposed:
        check_window(x[2:], w[2:], slide)


def check_window(lengths: Sizes, kernel: Sizes, slide: Slide) -> None:
    """RuntimeError if the window is larger than the input with its border."""
    whole = [n + 2 * p for n, p in zip(lengths, slide.padding, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(slide.dilation, kernel, strict=True)]
    if any(span > n for span, n in zip(spans, whole, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, whole))}). Kernel "
            f"size: ({' x '.join(map(str, spans))}). Kernel size can't be greater than actual input "
            "size\nHint: earlier layers may have made the image too small; add padding, or use a "
            "smaller kernel."
        )


# ---------------------------------------------------------------- transposed


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The way back of conv1d: input (N, C, L), weight (C, O / groups, K), output (N, O, L_out).

    L_out = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    """
    return transposed(
        "conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The way back of conv2d: every number is spread over a window of the output, times weights.

    Input (N, C, H, W), weight (C, O / groups, K, K), output (N, O, H_out, W_out) with
    H_out = (H - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.
    """
    return transposed(
        "conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The same for three lengths."""
    return transposed(
        "conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def transposed(
    name: str,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    check_tensor(name, input)
    check_tensor(name, weight, "weight", 2)
    batch, slide = prepared(name, input, weight, stride, padding, dilation, groups)
    extra = sizes(output_padding, len(slide.stride))
    if min(extra) < 0:
        raise RuntimeError(
            "negative output_padding is not supported\nHint: it makes the output larger."
        )
    check_fit(batch, weight, bias, slide, True)
    if any(e >= max(s, d) for e, s, d in zip(extra, slide.stride, slide.dilation, strict=True)):
        raise output_padding_too_large(extra, slide)
    lengths = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(
            batch.shape[2:],
            slide.stride,
            slide.padding,
            slide.dilation,
            weight.shape[2:],
            extra,
            strict=True,
        )
    )
    if min(lengths) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({' x '.join(map(str, batch.shape[2:]))}). Calculated "
            f"output size per channel: ({' x '.join(map(str, lengths))}). Output size is too small\n"
            "Hint: padding cuts off the border of the output; use less of it."
        )
    if bias is None:
        y = record(ops.TransposedConvolution, (batch, weight), (lengths, slide))
    else:
        y = record(ops.TransposedConvolutionWithBias, (batch, weight, bias), (lengths, slide))
    return y if batch is input else y.squeeze(0)


def output_padding_too_large(extra: Sequence[int], slide: Slide) -> RuntimeError:
    row = len(extra) == 1  # which PyTorch takes for an image of height 1
    names = ("depth", "height", "width")[-max(len(extra), 2) :]
    named = []
    for what, numbers, usual in (
        ("output_padding", tuple(extra), 0),
        ("stride", slide.stride, 1),
        ("dilation", slide.dilation, 1),
    ):
        every = (usual, *numbers) if row else numbers
        named += [f"{what}_{name}: {n}" for name, n in zip(names, every, strict=True)]
    return RuntimeError(
        "output padding must be smaller than either stride or dilation, but got "
        f"{' '.join(named)}\nHint: it chooses between the sizes that a convolution with this stride "
        "maps to the same one, and there are only as many as the stride."
    )


# ---------------------------------------------------------------- windows as columns


def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """All windows of an image, side by side: (N, C, H, W) becomes (N, C K K, windows)."""
    check_tensor("im2col", input)
    kernel, slide = as_windows(kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4):
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], "
            f"but got {2 if input.ndim < 3 else input.ndim})\n"
            "Hint: unfold takes images: (batch, channels, height, width)."
        )
    lengths = tuple(input.shape[-2:])
    blocks = positions(lengths, kernel, slide)
    if min(blocks) < 1:
        raise RuntimeError(
            f"Given input with spatial size {lengths}, kernel_size={kernel}, "
            f"dilation={slide.dilation}, padding={slide.padding}, calculated shape of the array of "
            f"sliding blocks as {blocks}, but its components must be at least one.\n"
            "Hint: the window is larger than the image."
        )
    if input._data.dtype.kind != "f":
        raise not_implemented("im2col_out_cpu", input)
    pool = Pool(kernel, slide.stride, slide.padding, slide.dilation, slide.padding, blocks)
    return record(ops.Im2Col, (input,), (lengths, pool))


def fold(
    input: Tensor,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """Windows put back into an image, their overlaps summed: (N, C K K, windows) to (N, C, H, W)."""
    check_tensor("col2im", input)
    lengths = sizes(output_size, 2)
    if len(lengths) != 2:
        raise RuntimeError(
            f"It is expected output_size equals to 2, but got size {len(lengths)}\n"
            "Hint: an image has a height and a width."
        )
    kernel, slide = as_windows(kernel_size, dilation, padding, stride)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions for input, but got: {list(input.shape)}\n"
            "Hint: the input is what unfold gives: (batch, entries of a window, windows)."
        )
    entries, columns = input.shape[-2:]
    if entries % (kernel[0] * kernel[1]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
            f"got input.size(1)={entries} and kernel_size={kernel}.\n"
            "Hint: dimension 1 holds channels x height x width of a window."
        )
    blocks = positions(lengths, kernel, slide)
    if columns != blocks[0] * blocks[1]:
        raise RuntimeError(
            f"Given output_size={lengths}, kernel_size={kernel}, dilation={slide.dilation}, "
            f"padding={slide.padding}, stride={slide.stride}, expected size of input's dimension 2 to "
            f"match the calculated number of sliding blocks {blocks[0]} * {blocks[1]} = "
            f"{blocks[0] * blocks[1]}, but got input.size(2)={columns}.\n"
            "Hint: use the sizes that unfold was called with."
        )
    pool = Pool(kernel, slide.stride, slide.padding, slide.dilation, slide.padding, blocks)
    return record(ops.Col2Im, (input,), (lengths, pool))


def as_windows(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Any, Slide]:
    """The window of unfold and fold, and how it slides; RuntimeError if it cannot."""
    kernel = sizes(kernel_size, 2)
    slide = Slide(sizes(stride, 2), sizes(padding, 2), sizes(dilation, 2))
    named = (
        ("kernel size", "kernel", kernel, 1, "greater than zero"),
        ("dilation", "dilation", slide.dilation, 1, "greater than zero"),
        ("padding", "pad", slide.padding, 0, "non-negative"),
        ("stride", "stride", slide.stride, 1, "greater than zero"),
    )
    for what, short, numbers, least, wish in named:
        if min(numbers) < least:
            raise RuntimeError(
                f"{what} should be {wish}, but got {short}_height: {numbers[0]} "
                f"{short}_width: {numbers[1]}\nHint: give a number, or one for height and width."
            )
    return kernel, slide


def positions(lengths: tuple[int, ...], kernel: tuple[int, ...], slide: Slide) -> tuple[int, ...]:
    """How many windows there are along each length."""
    whole = tuple(n + 2 * p for n, p in zip(lengths, slide.padding, strict=True))
    return windows_along(whole, kernel, slide.stride, slide.dilation)
