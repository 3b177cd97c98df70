"""Pooling: of every window of an image, the largest number or the average."""

from __future__ import annotations

from typing import Any, Self

from microtorch import ops
from microtorch.bigdl.activity import Activity, shape
from microtorch.bigdl.nn.layers.images import ImageLayer, only_nchw
from microtorch.nn.functional.pooling import entries
from microtorch.nn.functional.windows import plan
from microtorch.ops.pooling import Pool


class Pooling(ImageLayer):
    """A window of kw x kh slides over every image, dw and dh places at a time."""

    def __init__(
        self,
        kw: int,
        kh: int,
        dw: int = 1,
        dh: int = 1,
        pad_w: int = 0,
        pad_h: int = 0,
        to_ceil: bool = False,
        format: str = "NCHW",
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        name = type(self).__name__
        only_nchw(name, format)
        if min(kw, kh, dw, dh) < 1 or min(pad_w, pad_h) < 0:
            raise ValueError(
                f"{name}: window and step are whole numbers from 1 on, and padding from 0 on "
                "(BigDL's -1, for borders as in TensorFlow, is not supported)."
            )
        if pad_w > kw / 2 or pad_h > kh / 2:
            raise ValueError(
                f"{name}: a border of {pad_w} x {pad_h} is more than half of the window, "
                f"{kw} x {kh}: some windows would cover nothing else."
            )
        self.kernel, self.step, self.border = (kh, kw), (dh, dw), (pad_h, pad_w)
        self.to_ceil = to_ceil

    def ceil(self) -> Self:
        """Keep windows that reach beyond the end."""
        self.to_ceil = True
        return self

    def floor(self) -> Self:
        """Leave out windows that reach beyond the end."""
        self.to_ceil = False
        return self

    def plan(self, input: Activity) -> Pool:
        """How the windows lie in an image."""
        batch = (1, *input.shape) if input.ndim == 3 else input.shape
        return plan("max_pool2d", batch, self.kernel, self.step, self.border, 1, self.to_ceil)

    def check(self, input: Activity) -> None:
        super().check(input)
        lengths = zip(input.shape[-2:], self.border, self.kernel, strict=True)
        if any(n + 2 * p < k for n, p, k in lengths):
            raise ValueError(
                f"{self}: an image of shape {shape(input)} is smaller than the window, "
                f"{self.kernel[1]} x {self.kernel[0]}."
            )

    def details(self) -> str:
        (kh, kw), (dh, dw), (ph, pw) = self.kernel, self.step, self.border
        return f"{kw}, {kh}, {dw}, {dh}, {pw}, {ph}"


class SpatialMaxPooling(Pooling):
    """The largest number of every window. Of equal ones the first gets the gradient.

    >>> import numpy as np
    >>> SpatialMaxPooling(2, 2, 2, 2).forward(np.arange(16.0).reshape(1, 4, 4))
    array([[[ 5.,  7.],
            [13., 15.]]], dtype=float32)
    """

    op = ops.MaxPool

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return (self.plan(input),)


class SpatialAveragePooling(Pooling):
    """The average of every window.

    ``count_include_pad=False`` leaves the zeros of the border out of the count; ``divide=False``
    gives sums; ``global_pooling`` takes the whole image as one window.
    """

    op = ops.AvgPool

    def __init__(
        self,
        kw: int,
        kh: int,
        dw: int = 1,
        dh: int = 1,
        pad_w: int = 0,
        pad_h: int = 0,
        global_pooling: bool = False,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divide: bool = True,
        format: str = "NCHW",
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(kw, kh, dw, dh, pad_w, pad_h, ceil_mode, format, bigdl_type)
        self.global_pooling, self.divide = global_pooling, divide
        self.count_include_pad = count_include_pad

    def plan(self, input: Activity) -> Pool:
        if self.global_pooling:
            lengths = tuple(input.shape[-2:])
            return Pool(lengths, (1, 1), (0, 0), (1, 1), (0, 0), (1, 1))
        return super().plan(input)

    def check(self, input: Activity) -> None:
        if self.global_pooling:
            ImageLayer.check(self, input)
        else:
            super().check(input)

    def choose(self, input: Activity) -> tuple[Any, ...]:
        pool, lengths = self.plan(input), tuple(input.shape[-2:])
        return lengths, pool, entries(lengths, pool, self.count_include_pad) if self.divide else 1
