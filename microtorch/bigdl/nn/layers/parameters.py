"""The parameters of a layer: what they are called, how they are read, set and moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from microtorch.bigdl.activity import Array
from microtorch.bigdl.nn.initialisation import InitMethod, RandomUniform
from microtorch.bigdl.nn.regularizers import L1L2Regularizer

if TYPE_CHECKING:
    from microtorch.bigdl.nn.layers.base import Layer

MOST_KEPT = 1024  # entries of a gradient that a picture remembers from before a backward


class Parameters:
    """The part of a layer that keeps a weight and a bias, if it has them, and their gradients."""

    dtype: np.dtype[Any]
    frozen: bool

    def __init__(self) -> None:
        self.weight: Array | None = None
        self.bias: Array | None = None
        self.gradWeight: Array | None = None
        self.gradBias: Array | None = None
        self.wRegularizer: L1L2Regularizer | None = None
        self.bRegularizer: L1L2Regularizer | None = None
        self.init_methods: list[InitMethod] = [RandomUniform(), RandomUniform()]
        self.before: list[Array | None] = []  # the gradients before the last backward

    def pairs(self) -> list[tuple[Array, Array]]:
        """Each parameter with its gradient; the layer's own arrays, not copies."""
        both = ((self.weight, self.gradWeight), (self.bias, self.gradBias))
        return [(w, g) for w, g in both if w is not None and g is not None]

    # ------------------------------------------------------------ making them

    def make(
        self,
        weight: tuple[int, ...],
        bias: tuple[int, ...] | None,
        init_weight: Any = None,
        init_bias: Any = None,
        init_grad_weight: Any = None,
        init_grad_bias: Any = None,
        wRegularizer: L1L2Regularizer | None = None,
        bRegularizer: L1L2Regularizer | None = None,
    ) -> None:
        """Make parameters of these shapes, drawn by the init methods or given."""
        self.weight, self.gradWeight = np.zeros(weight, self.dtype), np.zeros(weight, self.dtype)
        if bias is not None:
            self.bias, self.gradBias = np.zeros(bias, self.dtype), np.zeros(bias, self.dtype)
        self.wRegularizer, self.bRegularizer = wRegularizer, bRegularizer
        self.reset()
        given = {
            "init_weight": (self.weight, init_weight),
            "init_bias": (self.bias, init_bias),
            "init_grad_weight": (self.gradWeight, init_grad_weight),
            "init_grad_bias": (self.gradBias, init_grad_bias),
        }
        for what, (array, values) in given.items():
            if values is None:
                continue
            if array is None:
                raise ValueError(f"{self}: {what} was given, but the layer has no bias.")
            self.fill(array, values, what)

    def reset(self) -> Self:
        """Draw the parameters anew, by the init methods; gradients become 0."""
        fans = self.fans()
        for (array, gradient), method in zip(self.pairs(), self.init_methods, strict=False):
            array[...] = method.values(array.shape, fans)
            gradient[...] = 0
        return self

    def fans(self) -> tuple[int, int]:
        """How many inputs and outputs an entry of the weight connects."""
        assert self.weight is not None
        shape = self.weight.shape
        return (shape[1], shape[0]) if len(shape) > 1 else (shape[0], 1)

    def set_init_method(
        self,
        weight_init_method: InitMethod | None = None,
        bias_init_method: InitMethod | None = None,
    ) -> Self:
        """Choose how weight and bias start, and draw them anew."""
        for k, method in enumerate((weight_init_method, bias_init_method)):
            if method is None:
                continue
            if not isinstance(method, InitMethod):
                raise TypeError(
                    f"{self}: an init method is an object such as Xavier() or Zeros(), "
                    f"not {method!r}."
                )
            self.init_methods[k] = method
        return self.reset()

    def setWRegularizer(self, wRegularizer: L1L2Regularizer) -> None:
        """Pull the weight towards 0."""
        self.wRegularizer = wRegularizer

    def setBRegularizer(self, bRegularizer: L1L2Regularizer) -> None:
        """Pull the bias towards 0."""
        self.bRegularizer = bRegularizer

    def regularize(self) -> None:
        """Add what the regularizers want to the gradients."""
        both = zip(self.pairs(), (self.wRegularizer, self.bRegularizer), strict=False)
        for (array, gradient), regularizer in both:
            if regularizer is not None:
                gradient += regularizer.gradient(array)

    def remember_gradients(self) -> None:
        """For a picture: what the gradients were before this backward."""
        self.before = [g.copy() if g.size <= MOST_KEPT else None for _, g in self.pairs()]

    # ------------------------------------------------------------ reading and setting them

    def every(self) -> Iterator[Layer]:
        raise NotImplementedError

    def name(self) -> str:
        raise NotImplementedError

    def zero_grad_parameters(self) -> None:
        """Set the gradients of all parameters to 0."""
        for layer in self.every():
            for _, gradient in layer.pairs():
                gradient[...] = 0

    def update_parameters(self, learning_rate: float) -> None:
        """One step of gradient descent: w := w - learning_rate · gradient. Not for frozen layers."""
        for layer in self.every():
            for array, gradient in [] if layer.frozen else layer.pairs():
                array -= array.dtype.type(learning_rate) * gradient

    def parameters(self) -> dict[str, dict[str, Array]]:
        """Copies of all parameters: ``{layer name: {"weight": ..., "gradWeight": ...}}``.

        A layer with a bias also has "bias" and "gradBias". Raises ValueError if two layers have
        one name.
        """
        found: dict[str, dict[str, Array]] = {}
        for layer in self.every():
            if not layer.pairs():
                continue
            if layer.name() in found:
                raise ValueError(
                    f"two layers are called {layer.name()!r}, so that a dictionary cannot hold "
                    "both: give each a name of its own, with set_name()."
                )
            own = found[layer.name()] = {}
            for name in ("weight", "bias", "gradWeight", "gradBias"):
                array = getattr(layer, name)
                if array is not None:
                    own[name] = array.copy()
        return found

    def get_weights(self) -> list[Array] | None:
        """Copies of weight and bias, layer by layer. Without any, says so and returns None."""
        found = [array.copy() for layer in self.every() for array, _ in layer.pairs()]
        if not found:
            print("The layer does not have weight/bias")
            return None
        return found

    def set_weights(self, weights: Any) -> None:
        """Set weight and bias, layer by layer, as ``get_weights`` gives them.

        Raises ValueError, before anything is changed, if their number or a shape does not fit.
        """
        given = list(weights) if isinstance(weights, list | tuple) else [weights]
        places = [(layer, array) for layer in self.every() for array, _ in layer.pairs()]
        if not places:
            raise ValueError(f"{self}: this layer does not have weight/bias.")
        if len(given) != len(places):
            shapes = ", ".join(str(array.shape) for _, array in places)
            raise ValueError(
                f"{self}: set_weights got {len(given)} array(s), and there are {len(places)}, "
                f"of shapes {shapes}."
            )
        for (layer, array), values in zip(places, given, strict=True):
            layer.check_values(array, values, "set_weights")
        for (layer, array), values in zip(places, given, strict=True):
            layer.fill(array, values, "set_weights")

    def check_values(self, array: Array, values: Any, what: str) -> None:
        """Raise ValueError unless these values fit into this parameter."""
        name = next((n for n, own in vars(self).items() if own is array), "parameter")
        if np.shape(values) != array.shape:
            raise ValueError(
                f"{self}: {what}: the {name} has shape {array.shape}, not {np.shape(values)}."
            )

    def fill(self, array: Array, values: Any, what: str) -> None:
        """Put values into a parameter, or raise ValueError."""
        self.check_values(array, values, what)
        array[...] = values
