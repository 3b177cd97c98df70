"""Pooling layers: MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, ..."""

from __future__ import annotations

from typing import Any

from microtorch.nn import functional as F
from microtorch.nn.functional.common import sizes
from microtorch.nn.modules.constructor import own_constructor
from microtorch.nn.modules.module import Module
from microtorch.tensor import Tensor

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
]


def shown(module: Module, *names: str) -> str:
    """``name=value`` for each of some attributes."""
    return ", ".join(f"{name}={getattr(module, name)}" for name in names)


class _MaxPoolNd(Module):
    """What all max pooling layers have."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def options(self) -> tuple[Any, ...]:
        """The arguments of the function after the input."""
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        return *window, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding", "dilation", "ceil_mode")


class MaxPool1d(_MaxPoolNd):
    """The largest number in every window of a row: input (N, C, L) or (C, L)."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool1d(input, *self.options())


class MaxPool2d(_MaxPoolNd):
    """The largest number in every window of an image: input (N, C, H, W) or (C, H, W).

    >>> import microtorch as torch
    >>> torch.nn.MaxPool2d(2)(torch.zeros(32, 8, 28, 28)).shape
    torch.Size([32, 8, 14, 14])
    """

    def forward(self, input: Tensor) -> Any:
        return F.max_pool2d(input, *self.options())


class MaxPool3d(_MaxPoolNd):
    """The largest number in every window of a volume: input (N, C, D, H, W) or (C, D, H, W)."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool3d(input, *self.options())


class _MaxUnpoolNd(Module):
    """What the layers that undo max pooling have."""

    count: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = sizes(kernel_size, self.count)
        self.stride = sizes(kernel_size if stride is None else stride, self.count)
        self.padding = sizes(padding, self.count)

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding")


@own_constructor
class MaxUnpool1d(_MaxUnpoolNd):
    """Max pooling of rows undone: each number back to its place, 0 elsewhere."""

    count = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.max_unpool1d(input, indices, *window, output_size)


@own_constructor
class MaxUnpool2d(_MaxUnpoolNd):
    """Max pooling of images undone: each number back to its place, 0 elsewhere."""

    count = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.max_unpool2d(input, indices, *window, output_size)


# ---------------------------------------------------------------- the average


class AvgPool1d(Module):
    """The average of every window of a row: input (N, C, L) or (C, L)."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = sizes(kernel_size, 1)
        self.stride = sizes(kernel_size if stride is None else stride, 1)
        self.padding = sizes(padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, *window, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding")


class AvgPool2d(Module):
    """The average of every window of an image: input (N, C, H, W) or (C, H, W)."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def options(self) -> tuple[Any, ...]:
        """The arguments of the function after the input."""
        window = (self.kernel_size, self.stride, self.padding)
        return *window, self.ceil_mode, self.count_include_pad, self.divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(input, *self.options())

    def extra_repr(self) -> str:
        return shown(self, "kernel_size", "stride", "padding")


class AvgPool3d(AvgPool2d):
    """The average of every window of a volume: input (N, C, D, H, W) or (C, D, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool3d(input, *self.options())


class _LPPoolNd(Module):
    """What the layers that pool by a p-norm have."""

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def extra_repr(self) -> str:
        return shown(self, "norm_type", "kernel_size", "stride", "ceil_mode")


class LPPool1d(_LPPoolNd):
    """The p-norm of every window of a row: (sum of x^p)^(1/p)."""

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.ceil_mode)
        return F.lp_pool1d(input, float(self.norm_type), *window)


class LPPool2d(_LPPoolNd):
    """The p-norm of every window of an image: (sum of x^p)^(1/p)."""

    def forward(self, input: Tensor) -> Tensor:
        window = (self.kernel_size, self.stride, self.ceil_mode)
        return F.lp_pool2d(input, float(self.norm_type), *window)


# ---------------------------------------------------------------- to a given size


class _AdaptiveAvgPoolNd(Module):
    """What the layers that average to a given size have."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return shown(self, "output_size")


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The average of each of ``output_size`` parts of a row."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The average of each of H x W parts of an image; ``AdaptiveAvgPool2d(1)`` of all of it."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The average of each part of a volume."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPoolNd(Module):
    """What the layers that keep the largest of a given number of parts have."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def extra_repr(self) -> str:
        return shown(self, "output_size")


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest of each of ``output_size`` parts of a row."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest of each of H x W parts of an image."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)
