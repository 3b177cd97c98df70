"""Layers that change shapes and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from microtorch import ops
from microtorch.bigdl.activity import Activity, shape
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.of_op import OpLayer


class Identity(Layer):
    """The input itself: an array or a table."""

    def updateOutput(self, input: Activity) -> Activity:
        return input

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        return grad_output

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        return tensors[0] if len(tensors) == 1 else tensors


class Reshaping(OpLayer):
    """A layer that shows the same numbers in another shape."""

    op = ops.View
    size: tuple[int, ...]

    def check(self, input: Activity) -> None:
        if isinstance(input, list):
            raise ValueError(  # noqa: TRY004 (a shape, like the others)
                f"{self}: the input must be one array, not a table {shape(input)}."
            )
        if self.target(input) is None:
            raise ValueError(
                f"{self}: an input of shape {shape(input)} does not fit into {self.size}, "
                f"and neither does each of its samples."
            )

    def target(self, input: Any) -> tuple[int, ...] | None:
        """The shape for an input, or None if it does not fit."""
        raise NotImplementedError

    def choose(self, input: Activity) -> tuple[Any, ...]:
        return input.shape, self.target(input)

    def details(self) -> str:
        return "x".join(map(str, self.size))


def checked_size(name: str, size: Any) -> tuple[int, ...]:
    """A size as a tuple of whole numbers, one of which may be -1."""
    sizes = (size,) if isinstance(size, int) else tuple(size)
    if not all(isinstance(n, int) and (n > 0 or n == -1) for n in sizes) or sizes.count(-1) > 1:
        raise ValueError(
            f"{name}: a size is a list such as [3, 4], with at most one -1, not {size}"
        )
    return sizes


class Reshape(Reshaping):
    """Every sample in another shape.

    With ``batch_mode`` the first dimension stays, as the batch. Without it there is no batch. By
    default it is found out: there is a batch if the input holds more entries than one sample, or
    if its first length is 1.

    >>> import numpy as np
    >>> Reshape([3, 4]).forward(np.zeros((2, 12))).shape
    (2, 3, 4)
    """

    def __init__(
        self, size: Sequence[int] | int, batch_mode: bool | None = None, bigdl_type: str = "float"
    ) -> None:
        super().__init__(bigdl_type)
        self.size = checked_size("Reshape", size)
        if -1 in self.size:
            raise ValueError("Reshape: every length must be given; View knows -1.")
        self.batch_mode = batch_mode

    def target(self, input: Any) -> tuple[int, ...] | None:
        count = math.prod(self.size)
        whole = input.size == count and input.ndim and input.shape[0] != 1
        if self.batch_mode is False or (self.batch_mode is None and whole):
            return self.size if input.size == count else None
        fits = input.ndim and input.size == count * input.shape[0]
        return (input.shape[0], *self.size) if fits else None


class View(Reshaping):
    """Every sample in another shape; a length of -1 is found out.

    ``num_input_dims`` says how many dimensions one sample has. What comes before is the batch.
    """

    def __init__(
        self, sizes: Sequence[int] | int, num_input_dims: int = 0, bigdl_type: str = "float"
    ) -> None:
        super().__init__(bigdl_type)
        self.size = checked_size("View", sizes)
        self.num_input_dims = num_input_dims

    def target(self, input: Any) -> tuple[int, ...] | None:
        dims = self.num_input_dims or input.ndim
        batch = math.prod(input.shape[: max(input.ndim - dims, 0)])
        known = math.prod(n for n in self.size if n != -1)
        if not known or input.size % (known * batch):
            return None
        if -1 in self.size:
            missing = input.size // (known * batch)
            size = tuple(missing if n == -1 else n for n in self.size)
        else:
            size, batch = self.size, input.size // known
        single = batch == 1 and (not self.num_input_dims or input.ndim <= self.num_input_dims)
        return size if single else (batch, *size)
