"""Containers: layers made of layers. Each says how activities flow, forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from microtorch import ops
from microtorch.bigdl.activity import Activity, add_up, shape
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.of_op import way_back
from microtorch.ops.joining import side_by_side


class Container(Layer):
    """A layer that holds others: ``add(layer)`` returns the container, so calls can be chained."""

    def __init__(self, bigdl_type: str = "float") -> None:
        self.layers: list[Layer] = []
        super().__init__(bigdl_type)

    def add(self, model: Layer) -> Self:
        """Put one more layer at the end.

        Raises TypeError for what is no layer, and ValueError for one that is in here already: a
        layer remembers one forward, so it can stand in one place only.
        """
        if not isinstance(model, Layer):
            name = model.__name__ if isinstance(model, type) else type(model).__name__
            hint = f" Write {name}(...) with parentheses." if isinstance(model, type) else ""
            raise TypeError(f"{self.title()}: add() takes a layer, not {name}.{hint}")
        if model in self.every() or self in model.every():
            raise ValueError(
                f"{self.title()}: {model.title()} is in here already. A layer remembers its last "
                "forward, so it can stand in one place only: add another layer, and give it the "
                "same weights with set_weights(layer.get_weights()) if they should start alike."
            )
        if model.bigdl_type == "double":  # what flows through must not be rounded at the door
            self.dtype, self.bigdl_type = model.dtype, model.bigdl_type
        self.layers.append(model)
        return self

    def every(self) -> Iterator[Layer]:
        yield self
        for layer in self.layers:
            yield from layer.every()

    def reset(self) -> Self:
        """Draw all parameters anew."""
        for layer in self.layers:
            layer.reset()
        return self

    def accGradParameters(self, input: Activity, grad_output: Activity) -> None:
        """Every layer inside adds to its own, from what reached it on the way back."""
        for layer in self.layers:
            layer.accumulate()

    def check(self, input: Activity) -> None:
        if not self.layers:
            raise ValueError(f"{self.title()}: there is no layer inside; add() one first.")

    def check_table(self, input: Activity, what: str = "input") -> None:
        """Raise ValueError unless there is one entry for every layer."""
        if not isinstance(input, list) or len(input) != len(self.layers):
            got = f"{len(input)} entries" if isinstance(input, list) else shape(input)
            raise ValueError(
                f"{self.title()}: the {what} must be a table with one entry for each of the "
                f"{len(self.layers)} layers, not {got}."
            )

    def __str__(self) -> str:
        """The layers inside, one to a line."""
        if not self.layers:
            return self.title() + " {}"
        lines = [f"({k}): {layer}" for k, layer in enumerate(self.layers, start=1)]
        inner = "\n".join(lines).replace("\n", "\n  ")
        return f"{self.title()} {{\n  {inner}\n}}"

    __repr__ = __str__


class Sequential(Container):
    """One layer after the other: each takes the output of the one before.

    Backwards each takes the gradient that the one behind it returned.

    >>> from microtorch.bigdl.nn.layer import Linear, ReLU
    >>> model = Sequential().add(Linear(3, 4)).add(ReLU()).add(Linear(4, 2))
    >>> model.forward(np.ones(3)).shape
    (2,)
    """

    def updateOutput(self, input: Activity) -> Activity:
        for layer in self.layers:
            input = layer.run(input)
        return input

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        for layer in reversed(self.layers):
            grad_output = layer.pull(grad_output)
        return grad_output


class ConcatTable(Container):
    """Every layer gets the same input; the output is the table of their outputs.

    The input is used several times, so its gradient is the sum of what the layers return.
    """

    def updateOutput(self, input: Activity) -> Activity:
        return [layer.run(input) for layer in self.layers]

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        self.check_table(grad_output, "grad_output")
        total = None
        for layer, g in zip(self.layers, grad_output, strict=True):
            total = add_up(total, layer.pull(g))
        return total


class ParallelTable(Container):
    """The i-th layer gets the i-th entry of the input table; the output is a table again."""

    def check(self, input: Activity) -> None:
        super().check(input)
        self.check_table(input)

    def updateOutput(self, input: Activity) -> Activity:
        return [layer.run(x) for layer, x in zip(self.layers, input, strict=True)]

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        self.check_table(grad_output, "grad_output")
        return [layer.pull(g) for layer, g in zip(self.layers, grad_output, strict=True)]


class Concat(Container):
    """Every layer gets the same input; their outputs are joined along a dimension.

    Dimensions are counted from 1, with the batch: ``Concat(2)`` joins the features of a batch.
    """

    passing = (*Container.passing, "settings")
    settings: Any

    def __init__(self, dimension: int, bigdl_type: str = "float") -> None:
        if not isinstance(dimension, int) or dimension < 1:
            raise ValueError(f"Concat: dimensions are counted from 1, so not {dimension!r}")
        super().__init__(bigdl_type)
        self.dimension = dimension

    def updateOutput(self, input: Activity) -> Activity:
        parts = [layer.run(input) for layer in self.layers]
        axis = self.dimension - 1
        shapes = {
            tuple(np.delete(part.shape, axis)) if axis < part.ndim else None for part in parts
        }
        if len(shapes) > 1 or None in shapes:
            raise ValueError(
                f"{self.title()}: outputs can be joined along dimension {self.dimension} if they "
                f"have it and agree in all others; these have shapes {shape(parts)}."
            )
        self.settings = side_by_side(axis, [part.shape[axis] for part in parts])
        joined: Activity = ops.Cat.forward(*parts, *self.settings)
        return joined

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        parts = [layer.output for layer in self.layers]
        total = None
        for k, layer in enumerate(self.layers):
            part = way_back(ops.Cat, k, grad_output, self.output, *parts, *self.settings)
            total = add_up(total, layer.pull(part))
        return total

    def details(self) -> str:
        return str(self.dimension)
