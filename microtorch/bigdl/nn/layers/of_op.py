"""Layers whose mathematics is one operation of the library."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from microtorch.autograd.engine import sum_to_shape
from microtorch.bigdl.activity import Activity, Array
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.ops import Op


def way_back(op: type[Op], k: int, grad_output: Array, output: Array, *arguments: Any) -> Array:
    """The gradient of the k-th operand, from the gradient of the output: the op's own rule."""
    part = op.vjp(grad_output, output, *arguments)[k]
    part = part() if callable(part) else part  # a lazy op only promises
    return np.asarray(sum_to_shape(part, arguments[k].shape))


class OpLayer(Layer):
    """A layer that applies one op: the three methods are that op's forward and vjp.

    The op's operands are the input (or the inputs of a table), then the weight, then the bias.
    """

    op: ClassVar[type[Op]]
    passing = (*Layer.passing, "settings")
    settings: Any  # what the op was given besides the operands in the last pass

    def operands(self, input: Activity) -> list[Array]:
        """The arrays that the op works on."""
        inputs = input if isinstance(input, list) else [input]
        return [*inputs, *[array for array, _ in self.pairs()]]

    def choose(self, input: Activity) -> tuple[Any, ...]:
        """The op's settings for an input: an axis, how windows lie, ..."""
        return ()

    def kind(self) -> type[Op]:
        """The op; a layer may choose another one for evaluation."""
        return self.op

    def updateOutput(self, input: Activity) -> Activity:
        self.settings = self.choose(input)
        y = self.kind().forward(*self.operands(input), *self.settings)
        return np.asarray(y, self.dtype)

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        if isinstance(input, list):
            return [self.gradient(k, input, grad_output) for k in range(len(input))]
        return self.gradient(0, input, grad_output)

    def accGradParameters(self, input: Activity, grad_output: Activity) -> None:
        first = len(input) if isinstance(input, list) else 1
        for k, (_, gradient) in enumerate(self.pairs(), start=first):
            gradient += self.gradient(k, input, grad_output)

    def gradient(self, k: int, input: Activity, grad_output: Array) -> Array:
        """The gradient of the op's k-th operand."""
        operands = self.operands(input)
        g = way_back(self.kind(), k, grad_output, self.output, *operands, *self.settings)
        return g.astype(self.dtype, copy=False)

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        """The same on tensors, for a picture."""
        from microtorch.bigdl.picture import apply

        return apply(self.kind(), [*tensors, *parameters], self.settings, symbol)
