"""Convolution layers: Conv1d, Conv2d, ConvTranspose2d, ..."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from microtorch.nn import functional as F
from microtorch.nn import init
from microtorch.nn.functional.common import sizes
from microtorch.nn.modules.constructor import own_constructor
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]


class _ConvNd(Module):
    """What all convolution layers have: how the window slides, a weight and a bias.

    Both start as U(-k, k) with k = 1 / sqrt(entries of a window).
    """

    count: ClassVar[int]  # how many lengths a window slides along
    bias: Parameter | None
    padding: str | tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        transposed: bool,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.stride = sizes(stride, self.count)
        check_arguments(in_channels, out_channels, groups, padding, self.stride, padding_mode)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = sizes(kernel_size, self.count)
        self.padding = padding if isinstance(padding, str) else sizes(padding, self.count)
        self.dilation = sizes(dilation, self.count)
        self.transposed = transposed
        self.output_padding = sizes(output_padding, self.count)
        self.groups, self.padding_mode = groups, padding_mode
        first, second = out_channels, in_channels // groups
        if transposed:
            first, second = in_channels, out_channels // groups
        shape = (first, second, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """New random numbers."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # which is U(-k, k)
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def border(self) -> list[int]:
        """The padding in the form of F.pad: the last length first, before and after."""
        if isinstance(self.padding, str):
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            total = total if self.padding == "same" else [0] * len(total)
            pairs = [(n // 2, n - n // 2) for n in total]
        else:
            pairs = [(p, p) for p in self.padding]
        return [n for pair in reversed(pairs) for n in pair]

    def extra_repr(self) -> str:
        parts = [
            f"{self.in_channels}, {self.out_channels}",
            f"kernel_size={self.kernel_size}, stride={self.stride}",
        ]
        usual = {
            "padding": (0,) * len(self.padding),
            "dilation": (1,) * self.count,
            "output_padding": (0,) * self.count,
            "groups": 1,
        }
        for name, value in usual.items():
            if getattr(self, name) != value:
                parts.append(f"{name}={getattr(self, name)}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


def check_arguments(
    in_channels: int,
    out_channels: int,
    groups: int,
    padding: Any,
    stride: tuple[int, ...],
    padding_mode: str,
) -> None:
    """ValueError unless a layer can be made of these."""
    if groups <= 0:
        raise ValueError("groups must be a positive integer\nHint: groups=1 is the usual case.")
    for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(
                f"{what} must be divisible by groups\n"
                f"Hint: {channels} channels do not fall into {groups} equal groups."
            )
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of { ({'same', 'valid'}) }\n"
                "Hint: or give a number of entries."
            )
        if padding == "same" and any(s != 1 for s in stride):
            raise ValueError(
                "padding='same' is not supported for strided convolutions\n"
                "Hint: with a stride the output is smaller; give the padding as a number."
            )
    modes = {"zeros", "reflect", "replicate", "circular"}
    if padding_mode not in modes:
        raise ValueError(
            f"padding_mode must be one of {modes}, but got padding_mode='{padding_mode}'\n"
            "Hint: 'zeros' is the usual one."
        )


class Convolving(_ConvNd):
    """The layers that convolve."""

    function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            False,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self.border(), mode=self.padding_mode), 0
        how = (self.stride, padding, self.dilation, self.groups)
        return type(self).function(input, self.weight, self.bias, *how)


@own_constructor
class Conv1d(Convolving):
    """A window of weights slides along a row: input (N, C, L) or (C, L).

    See :func:`torch.nn.functional.conv1d` for the options.
    """

    count = 1
    function = staticmethod(F.conv1d)


@own_constructor
class Conv2d(Convolving):
    """A window of weights slides over an image: input (N, C, H, W) or (C, H, W).

    ``weight`` has shape (out_channels, in_channels / groups, kernel height, kernel width), ``bias``
    (out_channels). ``padding_mode`` says what stands around the image: "zeros", "reflect",
    "replicate" or "circular". See :func:`torch.nn.functional.conv2d` for the other options.

    >>> import microtorch as torch
    >>> torch.nn.Conv2d(3, 8, kernel_size=3, padding=1)(torch.zeros(32, 3, 28, 28)).shape
    torch.Size([32, 8, 28, 28])
    """

    count = 2
    function = staticmethod(F.conv2d)


@own_constructor
class Conv3d(Convolving):
    """A window of weights slides through a volume: input (N, C, D, H, W) or (C, D, H, W)."""

    count = 3
    function = staticmethod(F.conv3d)


class Transposed(_ConvNd):
    """The layers that go the way back of a convolution: from small to large."""

    function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}\n'
                "Hint: its padding cuts off the border of the output."
            )
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            True,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self.missing(input, output_size)
        how = (self.stride, self.padding, extra, self.groups, self.dilation)
        return type(self).function(input, self.weight, self.bias, *how)

    def missing(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output_padding that leads to a given size."""
        before = 2 if input.ndim == self.count + 2 else 1
        wanted = tuple(output_size)
        if len(wanted) == before + self.count:
            wanted = wanted[before:]
        if len(wanted) != self.count:
            raise ValueError(
                f"ConvTranspose{self.count}D: for {input.ndim}D input, output_size must have "
                f"{self.count} or {before + self.count} elements (got {len(wanted)})\n"
                "Hint: give one for each length."
            )
        assert not isinstance(self.padding, str)
        smallest = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[before:],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        largest = [n + s - 1 for n, s in zip(smallest, self.stride, strict=True)]
        if any(not a <= n <= b for a, n, b in zip(smallest, wanted, largest, strict=True)):
            shown = wanted if len(wanted) == len(output_size) else output_size[before:]
            raise ValueError(
                f"requested an output size of {shown}, but valid sizes range from {smallest} to "
                f"{largest} (for an input of {type(input.shape)(input.shape[2:])})\n"
                "Hint: only sizes that a convolution with this stride maps to the input's are possible."
            )
        return tuple(n - a for n, a in zip(wanted, smallest, strict=True))


@own_constructor
class ConvTranspose1d(Transposed):
    """The way back of Conv1d: input (N, C, L) or (C, L)."""

    count = 1
    function = staticmethod(F.conv_transpose1d)


@own_constructor
class ConvTranspose2d(Transposed):
    """The way back of Conv2d: every number is spread over a window of the output.

    ``weight`` has shape (in_channels, out_channels / groups, kernel height, kernel width). Several
    sizes of the output are possible if there is a stride: choose by ``output_padding``, or by
    ``layer(x, output_size=...)``.
    """

    count = 2
    function = staticmethod(F.conv_transpose2d)


@own_constructor
class ConvTranspose3d(Transposed):
    """The way back of Conv3d."""

    count = 3
    function = staticmethod(F.conv_transpose3d)
