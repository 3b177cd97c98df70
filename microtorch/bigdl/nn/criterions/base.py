"""What a criterion is: a loss with ``forward(input, target)`` and ``backward(input, target)``.

A criterion ends the chain of layers, so no gradient comes in: ``backward`` starts it. Each kind
writes its ``formula`` once, with the operations of tensors. The loss is its value, and the
gradient follows from the same operations' rules.
"""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

import numpy as np

from microtorch.autograd import enable_grad
from microtorch.autograd.gradient import grad
from microtorch.bigdl.activity import Activity, Array, arrays, dtype_of, is_same, received, shape
from microtorch.tensor import Tensor
from microtorch.tensor.data import tensor

Tensors = Any  # a Tensor, or a list of them where the input is a table


class Criterion:
    """A loss: ``forward`` returns a float, ``backward`` the gradient of the input.

    A new kind writes ``formula(x, t)``, where x holds the input as tensors and t the target as
    arrays.

    >>> class Squared(Criterion):
    ...     def formula(self, x, t):
    ...         return ((x - t) ** 2).sum()
    >>> squared = Squared()
    >>> squared.forward(np.array([3.0]), np.array([1.0]))
    4.0
    >>> squared.backward(np.array([3.0]), np.array([1.0]))
    array([4.], dtype=float32)
    """

    same_shape: ClassVar[bool] = False  # input and target must have the same number of entries
    passing: ClassVar[tuple[str, ...]] = ("input", "target", "leaves", "loss", "source")
    input: Activity
    target: Activity
    leaves: Tensors
    loss: Any
    source: Any  # the layer that made the input, if a layer did

    def __init__(self, bigdl_type: str = "float") -> None:
        self.bigdl_type = bigdl_type
        self.dtype = dtype_of(bigdl_type)
        self.output = 0.0
        self.gradInput: Activity = None
        for name in self.passing:
            setattr(self, name, None)

    # ------------------------------------------------------------ what a kind of criterion writes

    def formula(self, x: Tensors, t: Any) -> Any:
        """The loss as a tensor, a single number."""
        raise NotImplementedError(f"{type(self).__name__} must write formula(x, t).")

    def check(self, input: Activity, target: Activity) -> None:
        """Raise ValueError if input and target do not fit."""
        if not self.same_shape:
            return
        self.check_array(input, "input")
        self.check_array(target, "target")
        if input.size != target.size:
            raise ValueError(
                f"{self}: the target must have the shape of the input, {shape(input)}, "
                f"not {shape(target)}."
            )

    # ------------------------------------------------------------ what is called

    def forward(self, input: Activity, target: Activity) -> float:
        """The loss of an input, compared with a target.

        Raises TypeError for what is no array, ValueError for a shape or a class that does not fit.
        """
        x, t = self.received(input, target)
        loss = self.updateOutput(x, t)
        self.remember_source(input)
        # Java prints a float with as many digits as tell it from its neighbours, and so do we.
        self.output = float(str(self.dtype.type(loss)))
        return self.output

    def backward(self, input: Activity, target: Activity) -> Activity:
        """The gradient of the loss with respect to the input, in the shape of the input."""
        x, t = self.received(input, target)
        if self.loss is None or not (is_same(x, self.input) and is_same(t, self.target)):
            self.updateOutput(x, t)
            self.remember_source(input)
        self.gradInput = self.updateGradInput(x, t)
        return self.gradInput

    def updateOutput(self, input: Activity, target: Activity) -> float:
        """The loss, computed on tensors that remember how."""
        self.input, self.target, self.source = input, target, None
        with enable_grad():
            self.leaves = leaves(input)
            self.loss = self.formula(self.leaves, self.as_input(input, target))
        return float(self.loss.item())

    def updateGradInput(self, input: Activity, target: Activity) -> Activity:
        """The gradient of the input: the operations of the formula, swept back."""
        flat = flattened(self.leaves)
        if self.loss._node is None:  # a loss that does not depend on its input
            found = [np.zeros(leaf.shape, self.dtype) for leaf in flat]
        else:
            parts = grad(self.loss, flat, retain_graph=True, materialize_grads=True)
            found = [np.array(part.numpy(), self.dtype) for part in parts]
        return in_place_of(input, found)

    def received(self, input: Activity, target: Activity) -> tuple[Activity, Activity]:
        """Input and target as arrays of our own, after the check."""
        x = received(input, self.dtype, str(self), "the input")
        t = received(target, self.dtype, str(self), "the target")
        self.check(x, t)
        return x, t

    def as_input(self, input: Activity, target: Activity) -> Any:
        """The target as tensors, in the shape of the input where both have as many entries."""
        if isinstance(target, list):
            return [self.as_input(None, each) for each in target]
        fits = self.same_shape and target.shape != input.shape
        return tensor(target.reshape(input.shape) if fits else target)

    def remember_source(self, input: Any) -> None:
        """If a layer made this very array, remember it: a picture goes on there."""
        from microtorch.bigdl.nn.layers.base import outputs

        layer = outputs.get(id(input))
        if layer is not None and layer.returned is input and is_same(layer.output, self.input):
            self.source, layer.consumer = layer, weakref.ref(self)

    def __getstate__(self) -> dict[str, Any]:
        """A copy in a file or on another machine has the settings, not the last pass."""
        return self.__dict__ | dict.fromkeys(self.passing)

    def __recorded__(self) -> Any:
        """The last forward on tensors: how ``torch.draw`` and ``torch.walk`` see a criterion."""
        from microtorch.bigdl.picture import recorded_loss

        return recorded_loss(self)

    # ------------------------------------------------------------ checks that several share

    def check_array(self, activity: Activity, what: str, dims: tuple[int, ...] = ()) -> None:
        """Raise ValueError unless it is one array, with one of these numbers of dimensions."""
        if isinstance(activity, list):
            raise ValueError(  # noqa: TRY004 (a shape, like the others)
                f"{self}: the {what} must be one array, not a table {shape(activity)}."
            )
        if dims and activity.ndim not in dims:
            allowed = " or ".join(map(str, dims))
            raise ValueError(
                f"{self}: the {what} must have {allowed} dimensions; its shape is {shape(activity)}."
            )
        if not activity.size:
            raise ValueError(f"{self}: the {what} is empty; its shape is {shape(activity)}.")

    def check_table(self, activity: Activity, what: str, *names: str) -> None:
        """Raise ValueError unless it is a table of arrays of one shape, one for each name."""
        if not isinstance(activity, list) or len(activity) != len(names):
            raise ValueError(
                f"{self}: the {what} must be a table [{', '.join(names)}], a list of "
                f"{len(names)} arrays, not {shape(activity)}."
            )
        if len({each.shape for each in arrays(activity)}) > 1:
            raise ValueError(
                f"{self}: {' and '.join(names)} must have one shape, not {shape(activity)}."
            )

    def __str__(self) -> str:
        return type(self).__name__

    __repr__ = __str__


class Averaged(Criterion):
    """A criterion that is divided by a count, or not: ``size_average``."""

    def __init__(self, size_average: bool = True, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        self.size_average = size_average

    def averaged(self, total: Tensor, count: float) -> Tensor:
        """total / count, if it is to be averaged."""
        return total / count if self.size_average else total


def batch_size(x: Any) -> int:
    """How many samples there are: 1 for a vector, else the first length."""
    return 1 if x.ndim < 2 else int(x.shape[0])


def leaves(input: Activity) -> Tensors:
    """The input as tensors that ask for a gradient."""
    if isinstance(input, list):
        return [leaves(each) for each in input]
    return tensor(input).requires_grad_()


def flattened(tensors: Tensors) -> list[Tensor]:
    """All tensors of a table, in order."""
    if isinstance(tensors, list):
        return [each for part in tensors for each in flattened(part)]
    return [tensors]


def in_place_of(input: Activity, found: list[Array]) -> Activity:
    """Arrays in the structure of an input: one, or a table."""
    if isinstance(input, list):
        return [in_place_of(each, found) for each in input]
    return found.pop(0)


def weights_of(weights: Any, dtype: np.dtype[Any], who: str) -> Tensor | None:
    """The weights of the classes, or of the entries, as a tensor."""
    if weights is None:
        return None
    if np.ndim(weights) != 1:
        raise ValueError(
            f"{who}: weights are one array (classes,), not of shape {np.shape(weights)}"
        )
    return tensor(np.array(weights, dtype))
