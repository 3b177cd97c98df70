"""The linear layer, and the layers that hold a number for each entry."""

from __future__ import annotations

from typing import Any

from microtorch import ops
from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.layers.of_op import OpLayer, way_back
from microtorch.bigdl.nn.regularizers import L1L2Regularizer


class Linear(OpLayer):
    """y = x Wᵀ + b, with W of shape (output_size, input_size) and b of shape (output_size,).

    Input: one sample of shape (input_size,), or a batch (batch, input_size).

    ==================  ===========================================
    gradient of x       gradOutput W
    gradient of W       gradOutputᵀ x, summed over the batch
    gradient of b       gradOutput, summed over the batch
    ==================  ===========================================

    Weight and bias start uniform within ±1/sqrt(input_size).

    >>> import numpy as np
    >>> linear = Linear(2, 1).set_name("linear")
    >>> linear.set_weights([np.array([[3.0, 4.0]]), np.array([0.5])])
    >>> linear.forward(np.array([1, -2]))
    array([-4.5], dtype=float32)
    >>> linear.backward(np.array([1, -2]), np.array([10.0]))
    array([30., 40.], dtype=float32)
    >>> linear.parameters()["linear"]["gradWeight"]
    array([[ 10., -20.]], dtype=float32)
    """

    op = ops.Linear

    def __init__(
        self,
        input_size: int,
        output_size: int,
        with_bias: bool = True,
        wRegularizer: L1L2Regularizer | None = None,
        bRegularizer: L1L2Regularizer | None = None,
        init_weight: Any = None,
        init_bias: Any = None,
        init_grad_weight: Any = None,
        init_grad_bias: Any = None,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        for what, size in (("input_size", input_size), ("output_size", output_size)):
            if not isinstance(size, int) or size < 1:
                raise ValueError(f"Linear: {what} is a whole number from 1 on, not {size!r}")
        self.input_size, self.output_size = input_size, output_size
        self.make(
            (output_size, input_size),
            (output_size,) if with_bias else None,
            init_weight,
            init_bias,
            init_grad_weight,
            init_grad_bias,
            wRegularizer,
            bRegularizer,
        )

    def fans(self) -> tuple[int, int]:
        return self.input_size, self.output_size

    def check(self, input: Activity) -> None:
        n = self.input_size
        if isinstance(input, list) or input.ndim not in (1, 2) or input.shape[-1] != n:
            raise ValueError(
                f"{self}: the input must have shape ({n},), or (batch, {n}), not {shape(input)}."
            )

    def kind(self) -> type[ops.Op]:
        return ops.LinearRows if self.bias is not None else ops.LinearNoBiasRows

    # The three methods say the same as OpLayer's. They stand here to be read.

    def updateOutput(self, input: Array) -> Array:
        self.settings = ()
        output: Array = self.kind().forward(*self.operands(input))
        return output

    def updateGradInput(self, input: Array, grad_output: Array) -> Array:
        return way_back(self.kind(), 0, grad_output, self.output, *self.operands(input))

    def accGradParameters(self, input: Array, grad_output: Array) -> None:
        for k, (_, gradient) in enumerate(self.pairs(), start=1):
            gradient += way_back(self.kind(), k, grad_output, self.output, *self.operands(input))

    def details(self) -> str:
        return f"{self.input_size} -> {self.output_size}"
