"""Batch normalization: every feature with mean 0 and variance 1, then times weight, plus bias."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.initialisation import RandomUniform, Zeros
from microtorch.bigdl.nn.layers.images import as_batch, only_nchw
from microtorch.bigdl.nn.layers.of_op import OpLayer
from microtorch.ops.kernels import Memo
from microtorch.ops.normalisation import NativeBatchNorm, as_channels

channel_statistics: Any = NativeBatchNorm.statistics


class BatchNormalization(OpLayer):
    """(x - mean) / sqrt(variance + eps) · weight + bias, for a batch of shape (batch, n_output).

    While training, mean and variance are those of the batch, and ``runningMean`` and
    ``runningVar`` move towards them (the variance divided by n - 1): running =
    (1 - momentum) running + momentum batch. In evaluation mode the running ones are used.
    The weight starts uniform between 0 and 1, the bias at 0. ``affine=False``: no weight, no bias.
    Ioffe and Szegedy 2015.
    """

    words = "(batch, {})"
    dims: tuple[int, ...] = (2,)

    def __init__(
        self,
        n_output: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        init_weight: Any = None,
        init_bias: Any = None,
        init_grad_weight: Any = None,
        init_grad_bias: Any = None,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        self.n_output, self.eps, self.momentum, self.affine = n_output, eps, momentum, affine
        self.runningMean = np.zeros(n_output, self.dtype)
        self.runningVar = np.ones(n_output, self.dtype)
        if affine:
            self.init_methods = [RandomUniform(0.0, 1.0), Zeros()]
            given = init_weight, init_bias, init_grad_weight, init_grad_bias
            self.make((n_output,), (n_output,), *given)

    def check(self, input: Activity) -> None:
        fits = not isinstance(input, list) and input.ndim in self.dims
        if not fits or as_batch(input).shape[1] != self.n_output:
            expected = self.words.format(self.n_output)
            raise ValueError(f"{self}: the input must have shape {expected}, not {shape(input)}.")
        if self.train and as_batch(input).size == self.n_output:
            raise ValueError(
                f"{self}: one number for each feature (shape {shape(input)}) has no variance. "
                "Train with a larger batch, or call evaluate() to use the running statistics."
            )

    def kind(self) -> type[ops.Op]:
        return ops.NativeBatchNorm if self.train else ops.BatchNormOfRunning

    def operands(self, input: Activity) -> list[Array]:
        x, *parameters = super().operands(as_batch(input))
        if not self.affine:
            parameters = [np.ones(self.n_output, self.dtype), np.zeros(self.n_output, self.dtype)]
        return [x, *parameters]

    def choose(self, input: Activity) -> tuple[Any, ...]:
        if self.train:
            return self.eps, Memo()
        deviation = np.sqrt(self.runningVar + self.dtype.type(self.eps))
        return self.runningMean[:, None], (1 / deviation)[:, None]

    def updateOutput(self, input: Activity) -> Activity:
        output = super().updateOutput(input)
        if self.train:
            self.follow(as_channels(as_batch(input)))
        return output.reshape(input.shape)

    def gradient(self, k: int, input: Activity, grad_output: Array) -> Array:
        g = super().gradient(k, input, as_batch(grad_output))
        return g.reshape(input.shape) if k == 0 else g

    def follow(self, table: Array) -> None:
        """Move the running statistics towards those of the batch."""
        n = table.shape[0] * math.prod(table.shape[2:])
        mean, variance = channel_statistics(table)
        both = ((self.runningMean, mean), (self.runningVar, variance * (n / (n - 1))))
        for running, batch in both:
            running += self.momentum * (batch.reshape(-1) - running)

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        from microtorch.tensor.dispatch import wrap

        if not self.affine:
            parameters = [wrap(array) for array in self.operands(self.input)[1:]]
        if tensors[0].ndim == 3:
            return super().record([tensors[0].unsqueeze(0)], parameters, symbol).squeeze(0)
        return super().record(tensors, parameters, symbol)

    def details(self) -> str:
        return f"{self.n_output}, {self.eps}, {self.momentum}, {str(self.affine).lower()}"


class SpatialBatchNormalization(BatchNormalization):
    """The same for images (batch, n_output, height, width): every channel over all its places."""

    words = "(batch, {0}, height, width), or ({0}, height, width)"
    dims = (3, 4)

    def __init__(
        self,
        n_output: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        init_weight: Any = None,
        init_bias: Any = None,
        init_grad_weight: Any = None,
        init_grad_bias: Any = None,
        data_format: str = "NCHW",
        bigdl_type: str = "float",
    ) -> None:
        only_nchw("SpatialBatchNormalization", data_format)
        given = init_weight, init_bias, init_grad_weight, init_grad_bias
        super().__init__(n_output, eps, momentum, affine, *given, bigdl_type)
