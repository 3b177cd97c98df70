"""Activations: layers without parameters that bend every number."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.bigdl.activity import Activity, shape
from microtorch.bigdl.nn.layers.of_op import OpLayer


class Activation(OpLayer):
    """A layer that takes an array of any shape and returns one of the same shape."""

    def check(self, input: Activity) -> None:
        if isinstance(input, list):
            raise ValueError(  # noqa: TRY004 (a shape, like the others)
                f"{self}: the input must be one array, not a table {shape(input)}."
            )


class ReLU(Activation):
    """max(x, 0). The slope at 0 is 0.

    ``ip`` (in place) saves memory in BigDL. Here an input is never overwritten.
    """

    op = ops.Relu

    def __init__(self, ip: bool = False, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)


class Tanh(Activation):
    """Hyperbolic tangent y, with slope 1 - y²."""

    op = ops.Tanh


class Sigmoid(Activation):
    """y = 1 / (1 + e^-x), with slope y (1 - y)."""

    op = ops.Sigmoid


class LeakyReLU(Activation):
    """x where it is positive, else negval · x."""

    op = ops.LeakyRelu

    def __init__(
        self, negval: float = 0.01, inplace: bool = False, bigdl_type: str = "float"
    ) -> None:
        super().__init__(bigdl_type)
        self.negval = negval

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return (self.negval,)


class ELU(Activation):
    """x where it is positive, else alpha (e^x - 1)."""

    op = ops.Elu

    def __init__(
        self, alpha: float = 1.0, inplace: bool = False, bigdl_type: str = "float"
    ) -> None:
        super().__init__(bigdl_type)
        self.alpha = alpha

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return self.alpha, 1, 1


class SoftPlus(Activation):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > 20."""

    op = ops.Softplus

    def __init__(self, beta: float = 1.0, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        self.beta = beta

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return self.beta, 20.0


class HardTanh(Activation):
    """x, cut off below min_value and above max_value; there the slope is 0."""

    op = ops.Hardtanh

    def __init__(
        self,
        min_value: float = -1.0,
        max_value: float = 1.0,
        inplace: bool = False,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        if not min_value < max_value:
            raise ValueError(f"HardTanh: min_value {min_value} must be below max_value {max_value}")
        self.min_value, self.max_value = min_value, max_value

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return self.min_value, self.max_value


class SoftMax(Activation):
    """Probabilities: e^x_i / sum of e^x_j over the classes.

    Classes lie along the only dimension of a vector, the second of a batch (batch, classes) or of
    images (batch, classes, height, width), and the first of one image.

    >>> SoftMax().forward(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]], dtype=float32)
    """

    op = ops.Softmax

    def check(self, input: Activity) -> None:
        super().check(input)
        if not 1 <= input.ndim <= 4:
            raise ValueError(f"{self}: the input has 1 to 4 dimensions, not {input.ndim}.")

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return (0 if input.ndim in (1, 3) else 1,)


class LogSoftMax(SoftMax):
    """The logarithm of :class:`SoftMax`, exact also where a probability is tiny."""

    op = ops.LogSoftmax

    def check(self, input: Activity) -> None:
        super().check(input)
        if input.ndim > 2:
            raise ValueError(
                f"{self}: the input must have shape (classes,) or (batch, classes), "
                f"not {shape(input)}."
            )


class Dropout(Activation):
    """While training, drops entries at random: 0 with probability init_p.

    What is left is divided by 1 - init_p, so that the mean stays (``scale=False``: it is not, and
    in evaluation mode everything is multiplied by 1 - init_p instead). The gradient goes the same
    way, through the entries that were not dropped.
    """

    op = ops.Mul
    passing = (*Activation.passing, "mask")
    mask: Any

    def __init__(
        self,
        init_p: float = 0.5,
        inplace: bool = False,
        scale: bool = True,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        if not 0 <= init_p < 1:
            raise ValueError(f"Dropout: init_p is a probability from 0 to below 1, not {init_p}")
        self.init_p, self.scale = init_p, scale
        self.generator: Any = None  # the library's own stream of random numbers

    def operands(self, input: Activity) -> list[Any]:
        return [input, self.mask]

    def choose(self, input: Activity) -> tuple[Any, ...]:
        from microtorch.tensor.random import rand

        kept = 1 - self.init_p
        if self.train:
            drawn = rand(*input.shape, generator=self.generator).numpy() < kept
            self.mask = (drawn / kept if self.scale else drawn).astype(self.dtype)
        else:
            self.mask = np.full(input.shape, 1 if self.scale else kept, self.dtype)
        return ()

    def details(self) -> str:
        return str(self.init_p)

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        from microtorch.tensor.dispatch import wrap

        return super().record([*tensors, wrap(self.mask)], parameters, symbol)
