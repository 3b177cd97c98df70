"""A table of vectors, chosen by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.initialisation import RandomNormal
from microtorch.bigdl.nn.layers.of_op import OpLayer
from microtorch.bigdl.nn.regularizers import L1L2Regularizer


class LookupTable(OpLayer):
    """Rows of a table of shape (n_index, n_output), chosen by numbers that count **from 1**.

    Input: (n,) or (batch, n) whole numbers. Output: one dimension more, of length n_output.
    The gradient of a row is the sum over its uses; of the row ``padding_value`` it is 0. With
    ``max_norm`` rows that are used are first shortened to that length (in ``norm_type``).
    With ``should_scale_grad_by_freq`` a row's gradient is divided by how often it was used.
    The gradient of the input is 0: numbers of rows have no slope. Rows start standard normal.

    >>> table = LookupTable(3, 2, init_weight=np.array([[1, 1], [2, 2], [3, 3]]))
    >>> table.forward(np.array([3, 1]))
    array([[3., 3.],
           [1., 1.]], dtype=float32)
    """

    op = ops.Embedding

    def __init__(
        self,
        n_index: int,
        n_output: int,
        padding_value: float = 0.0,
        max_norm: float = float("inf"),
        norm_type: float = 2.0,
        should_scale_grad_by_freq: bool = False,
        wRegularizer: L1L2Regularizer | None = None,
        init_weight: Any = None,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        self.n_index, self.n_output = n_index, n_output
        self.padding_value = int(padding_value)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.by_frequency = should_scale_grad_by_freq
        self.init_methods[0] = RandomNormal(0.0, 1.0)
        self.make((n_index, n_output), None, init_weight, wRegularizer=wRegularizer)

    def check(self, input: Activity) -> None:
        if isinstance(input, list) or input.ndim not in (1, 2):
            raise ValueError(
                f"{self}: the input must have shape (n,) or (batch, n), not {shape(input)}."
            )
        strange = input[~((input >= 1) & (input <= self.n_index) & (input % 1 == 0))]
        if strange.size:
            raise ValueError(
                f"{self}: rows are counted from 1 to {self.n_index}; the input (shape "
                f"{shape(input)}) asks for {strange.flat[0]:g}."
            )

    def operands(self, input: Activity) -> list[Array]:
        assert self.weight is not None
        return [self.weight]

    def choose(self, input: Activity) -> tuple[Any, ...]:
        assert self.weight is not None
        index = input.astype(np.int64) - 1
        padding = self.padding_value - 1 if 1 <= self.padding_value <= self.n_index else None
        scale = None
        if self.by_frequency:
            uses = np.bincount(index.reshape(-1), minlength=self.n_index)
            scale = (1 / np.maximum(uses, 1)).astype(self.dtype)
        return self.weight.shape, index, padding, scale

    def updateOutput(self, input: Activity) -> Activity:
        if np.isfinite(self.max_norm):
            self.shorten(np.unique(input.astype(np.int64) - 1))
        return super().updateOutput(input)

    def shorten(self, rows: Array) -> None:
        """Make rows that are longer than max_norm exactly that long."""
        assert self.weight is not None
        lengths = np.linalg.norm(self.weight[rows], self.norm_type, axis=1)
        factor = np.minimum(1, self.max_norm / np.maximum(lengths, 1e-7))
        self.weight[rows] *= factor[:, None].astype(self.dtype)

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        return np.zeros_like(input)

    def accGradParameters(self, input: Activity, grad_output: Activity) -> None:
        assert self.gradWeight is not None
        self.gradWeight += self.gradient(0, input, grad_output)

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        return super().record([], parameters, symbol)

    def details(self) -> str:
        return f"{self.n_index} -> {self.n_output}"
