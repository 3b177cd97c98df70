"""Convolution of images."""

from __future__ import annotations

from typing import Any

from microtorch import ops
from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.layers.images import ImageLayer, only_nchw
from microtorch.bigdl.nn.regularizers import L1L2Regularizer
from microtorch.ops.convolution import Slide
from microtorch.ops.kernels import Memo, windows_along


class SpatialConvolution(ImageLayer):
    """The same small window of weights laid on every place of an image.

    The weight has shape (n_group, n_output_plane / n_group, n_input_plane / n_group, kernel_h,
    kernel_w): BigDL's five dimensions. Width comes before height in the arguments. Weight and bias
    start uniform within ±1/sqrt(kernel_w · kernel_h · n_input_plane).

    >>> print(SpatialConvolution(6, 12, 5, 5).set_name("conv2"))
    SpatialConvolution[conv2](6 -> 12, 5 x 5, 1, 1, 0, 0)
    """

    def __init__(
        self,
        n_input_plane: int,
        n_output_plane: int,
        kernel_w: int,
        kernel_h: int,
        stride_w: int = 1,
        stride_h: int = 1,
        pad_w: int = 0,
        pad_h: int = 0,
        n_group: int = 1,
        propagate_back: bool = True,
        wRegularizer: L1L2Regularizer | None = None,
        bRegularizer: L1L2Regularizer | None = None,
        init_weight: Any = None,
        init_bias: Any = None,
        init_grad_weight: Any = None,
        init_grad_bias: Any = None,
        with_bias: bool = True,
        data_format: str = "NCHW",
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        only_nchw("SpatialConvolution", data_format)
        if min(kernel_w, kernel_h, stride_w, stride_h, n_group) < 1 or min(pad_w, pad_h) < 0:
            raise ValueError(
                "SpatialConvolution: kernel, stride and n_group are whole numbers from 1 on, and "
                "padding from 0 on (BigDL's -1, for borders as in TensorFlow, is not supported)."
            )
        if n_input_plane % n_group or n_output_plane % n_group:
            raise ValueError(
                f"SpatialConvolution: {n_input_plane} input and {n_output_plane} output planes "
                f"cannot be divided into {n_group} groups."
            )
        self.channels, self.n_output_plane = n_input_plane, n_output_plane
        self.propagate_back = propagate_back
        self.kernel = (kernel_h, kernel_w)
        self.slide = Slide((stride_h, stride_w), (pad_h, pad_w), (1, 1), n_group)
        self.make(
            (n_group, n_output_plane // n_group, n_input_plane // n_group, kernel_h, kernel_w),
            (n_output_plane,) if with_bias else None,
            init_weight,
            init_bias,
            init_grad_weight,
            init_grad_bias,
            wRegularizer,
            bRegularizer,
        )

    def fans(self) -> tuple[int, int]:
        assert self.channels is not None
        area = self.kernel[0] * self.kernel[1]
        groups = self.slide.groups
        return self.channels // groups * area, self.n_output_plane // groups * area

    def check(self, input: Activity) -> None:
        super().check(input)
        lengths = tuple(
            n + 2 * p for n, p in zip(input.shape[-2:], self.slide.padding, strict=True)
        )
        if min(windows_along(lengths, self.kernel, self.slide.stride, (1, 1))) < 1:
            raise ValueError(
                f"{self}: an image of shape {shape(input)}, {lengths[1]} x {lengths[0]} with its "
                f"border, is smaller than the window, {self.kernel[1]} x {self.kernel[0]}."
            )

    def kind(self) -> type[ops.Op]:
        return ops.Convolution if self.bias is None else ops.ConvolutionWithBias

    def windows(self, weight: Any) -> Any:
        """A weight in the form of the op: (outputs, inputs of a group, height, width)."""
        return weight.reshape((self.n_output_plane, *weight.shape[2:]))

    def operands(self, input: Activity) -> list[Array]:
        x, weight, *bias = super().operands(input)
        return [x, self.windows(weight), *bias]

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return self.slide, Memo()

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        if not self.propagate_back:
            return input * 0
        return super().updateGradInput(input, grad_output)

    def accGradParameters(self, input: Activity, grad_output: Activity) -> None:
        for k, (_, gradient) in enumerate(self.pairs(), start=1):
            gradient += self.gradient(k, input, grad_output).reshape(gradient.shape)

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        weight, *bias = parameters
        return super().record(tensors, [self.windows(weight), *bias], symbol)

    def details(self) -> str:
        (sh, sw), (ph, pw) = self.slide.stride, self.slide.padding
        planes = f"{self.channels} -> {self.n_output_plane}"
        return f"{planes}, {self.kernel[1]} x {self.kernel[0]}, {sw}, {sh}, {pw}, {ph}"
