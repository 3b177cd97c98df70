"""Layers that make one array of a table: joined, added or multiplied."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.layers.of_op import OpLayer, way_back
from microtorch.ops.joining import side_by_side


class OfTable(OpLayer):
    """A layer whose input is a table of arrays."""

    def check(self, input: Activity) -> None:
        if not isinstance(input, list) or not all(isinstance(x, np.ndarray) for x in input):
            raise ValueError(
                f"{self}: the input must be a table, a list of arrays, not {shape(input)}."
            )


class JoinTable(OfTable):
    """The arrays of a table, one after the other along a dimension (counted from 1).

    ``n_input_dims`` says how many dimensions one sample has: if the arrays have one more, it is
    the batch, and dimensions are counted behind it.

    >>> JoinTable(1, 1).forward([np.array([1.0, 2.0]), np.array([3.0])])
    array([1., 2., 3.], dtype=float32)
    """

    op = ops.Cat

    def __init__(self, dimension: int, n_input_dims: int = -1, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        if not isinstance(dimension, int) or dimension < 1:
            raise ValueError(f"JoinTable: dimensions are counted from 1, so not {dimension!r}")
        self.dimension, self.n_input_dims = dimension, n_input_dims

    def axis(self, first: Array) -> int:
        batch = self.n_input_dims > 0 and first.ndim == self.n_input_dims + 1
        return self.dimension - 1 + batch

    def check(self, input: Activity) -> None:
        super().check(input)
        axis = self.axis(input[0])
        others = [x.shape[:axis] + x.shape[axis + 1 :] for x in input]
        if axis >= input[0].ndim or len(set(others)) > 1 or len({x.ndim for x in input}) > 1:
            raise ValueError(
                f"{self}: arrays can be joined along dimension {axis + 1} if they have it and "
                f"agree in all others; these have shapes {shape(input)}."
            )

    def choose(self, input: Activity) -> tuple[Any, ...]:
        axis = self.axis(input[0])
        settings: tuple[Any, ...] = side_by_side(axis, [x.shape[axis] for x in input])
        return settings

    def details(self) -> str:
        return str(self.dimension)


class Folded(OfTable):
    """The arrays of a table, which have one shape, taken together two by two."""

    def __init__(self, inplace: bool = False, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)

    def check(self, input: Activity) -> None:
        super().check(input)
        if len({x.shape for x in input}) > 1:
            raise ValueError(
                f"{self}: the arrays of the table must have one shape, not {shape(input)}."
            )

    def updateOutput(self, input: Activity) -> Activity:
        return reduce(self.op.forward, input).copy()

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        found = []
        partial = list(accumulate(input, self.op.forward))
        for k in range(len(input) - 1, 0, -1):
            pair = (partial[k - 1], input[k])
            found.append(way_back(self.op, 1, grad_output, partial[k], *pair))
            grad_output = way_back(self.op, 0, grad_output, partial[k], *pair)
        return [grad_output.copy(), *found[::-1]]

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        from microtorch.bigdl.picture import apply

        return reduce(lambda a, b: apply(self.op, [a, b], (), symbol), tensors)


class CAddTable(Folded):
    """The sum of the arrays of a table; each of them gets the whole gradient."""

    op = ops.Add


class CMulTable(Folded):
    """The product of the arrays of a table; the gradient of each is times all the others."""

    op = ops.Mul
