"""What a layer is: Torch7's mechanism, in three methods that every kind of layer writes anew.

======================================  =========================================================
``updateOutput(input)``                 the output
``updateGradInput(input, gradOutput)``  the gradient of the loss with respect to the input
``accGradParameters(input, gradOut.)``  *adds* the gradient of the parameters to ``gradWeight``
                                        and ``gradBias``
======================================  =========================================================

``forward`` calls the first. ``backward`` calls the second and then the third. All three work on
arrays, with the rules of the same operations that the tensors use (:mod:`microtorch.ops`).
"""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from microtorch.bigdl.activity import Activity, Array, copied, dtype_of, is_same, received, shape
from microtorch.bigdl.nn.layers.parameters import Parameters

if TYPE_CHECKING:
    from microtorch.bigdl.nn.layers.graph import Node

# Which layer returned an array, so that a picture can follow a loss back into the layers.
outputs: weakref.WeakValueDictionary[int, Layer] = weakref.WeakValueDictionary()


class Layer(Parameters):
    """A layer: ``forward(input)``, ``backward(input, grad_output)``, and parameters of its own.

    A new kind of layer writes the three methods above. If it has parameters, it sets ``weight``
    and ``gradWeight`` (and ``bias`` and ``gradBias``) in its ``__init__``.

    >>> class Double(Layer):
    ...     def updateOutput(self, input):
    ...         return 2 * input
    ...
    ...     def updateGradInput(self, input, grad_output):
    ...         return 2 * grad_output
    >>> double = Double()
    >>> double.forward(np.array([1, -2]))
    array([ 2., -4.], dtype=float32)
    >>> double.backward(np.array([1, -2]), np.array([1.0, 10.0]))
    array([ 2., 20.], dtype=float32)
    """

    passing: ClassVar[tuple[str, ...]] = (
        *("input", "output", "gradInput", "gradOutput", "returned", "consumer"),
    )
    # of the last pass; None before the first
    input: Activity
    output: Activity
    gradInput: Activity
    gradOutput: Activity
    returned: Activity
    consumer: Any  # a weak reference to the criterion that took the output

    def __init__(self, bigdl_type: str = "float") -> None:
        self.bigdl_type = bigdl_type
        self.dtype = dtype_of(bigdl_type)
        self.train = True
        self.frozen = False
        self._name = type(self).__name__ + uuid.uuid4().hex[:8]
        self.named = False  # by the user
        super().__init__()
        self.forget()

    # ------------------------------------------------------------ what a kind of layer writes

    def updateOutput(self, input: Activity) -> Activity:
        """The output for an input."""
        raise NotImplementedError(f"{type(self).__name__} must write updateOutput(input).")

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        """The gradient of the input, from the gradient of the output."""
        raise NotImplementedError(
            f"{type(self).__name__} must write updateGradInput(input, grad_output)."
        )

    def accGradParameters(self, input: Activity, grad_output: Activity) -> None:
        """Add to the gradients of the parameters. A layer without parameters has none."""

    def check(self, input: Activity) -> None:
        """Raise ValueError if this layer cannot take such an input."""

    # ------------------------------------------------------------ what is called

    def forward(self, input: Activity) -> Activity:
        """The output for an input: an array, or a list of arrays where there are several.

        Raises TypeError for what is no array, ValueError for a shape that does not fit.
        """
        self.run(received(input, self.dtype, str(self), "the input"))
        self.returned = copied(self.output)
        if isinstance(self.returned, np.ndarray):
            outputs[id(self.returned)] = self
        return self.returned

    def backward(self, input: Activity, grad_output: Activity) -> Activity:
        """The gradient of the input; the gradients of the parameters are added to theirs.

        Raises RuntimeError before ``forward``, and ValueError for another input than forward's or
        for a ``grad_output`` that has not the shape of the output.
        """
        if self.output is None:
            raise RuntimeError(
                f"{self}: backward before forward. A layer needs what it computed on the way "
                "forward: call forward(input) first, with the same input."
            )
        given = received(input, self.dtype, str(self), "the input")
        if not is_same(given, self.input):
            same = shape(given) == shape(self.input)
            than = "of other numbers" if same else f"shape {shape(self.input)}"
            raise ValueError(
                f"{self}: backward got another input (shape {shape(given)}) than the last forward "
                f"({than}). The gradient belongs to the input of that forward: "
                "call forward with this input first."
            )
        g = received(grad_output, self.dtype, str(self), "grad_output")
        if shape(g) != shape(self.output):
            raise ValueError(
                f"{self}: grad_output must have the shape of the output, {shape(self.output)}, "
                f"not {shape(g)}: it holds one number for every number of the output."
            )
        self.pull(g)
        self.accumulate()
        return copied(self.gradInput)

    def run(self, input: Activity) -> Activity:
        """Forward inside of a container: no copies."""
        self.check(input)
        self.input = self.output = self.gradInput = self.gradOutput = self.consumer = None
        output = self.updateOutput(input)  # if it fails, there was no forward
        self.input, self.output = input, output
        return output

    def pull(self, grad_output: Activity) -> Activity:
        """The first half of backward: the gradient of the input."""
        self.gradOutput = grad_output
        self.gradInput = self.updateGradInput(self.input, grad_output)
        return self.gradInput

    def accumulate(self) -> None:
        """The second half: the gradients of the parameters, if a gradient has arrived here."""
        if self.frozen or self.gradOutput is None:
            return
        self.remember_gradients()
        self.accGradParameters(self.input, self.gradOutput)
        self.regularize()

    def forget(self) -> None:
        """Let go of everything that the last pass left."""
        for name in self.passing:
            setattr(self, name, None)

    def __getstate__(self) -> dict[str, Any]:
        """A copy in a file or on another machine has the parameters, not the last pass."""
        return self.__dict__ | dict.fromkeys(self.passing) | {"before": []}

    # ------------------------------------------------------------ names, modes

    def __call__(self, x: Node | list[Node] | None = None) -> Node:
        """A node of a graph, for :class:`Model`: ``layer(node)`` or ``layer([node, node])``."""
        from microtorch.bigdl.nn.layers.graph import node_of

        return node_of(self, x)

    def set_name(self, name: str) -> Self:
        """Give the layer a name: ``parameters()`` and ``freeze()`` know it by that."""
        if not isinstance(name, str) or not name:
            raise ValueError(f"a layer's name is a text, not {name!r}")
        self._name, self.named = name, True
        return self

    def name(self) -> str:
        """The layer's name; if none was set, its class and eight random letters."""
        return self._name

    def set_seed(self, seed: int = 123) -> Self:
        """Start the library's random numbers anew, as ``torch.manual_seed`` does."""
        from microtorch.tensor.generator import manual_seed

        manual_seed(seed)
        return self

    def get_dtype(self) -> str:
        """``"float32"``, or ``"float64"`` for a layer of type "double"."""
        return self.dtype.name

    def every(self) -> Iterator[Layer]:
        """This layer, and all that are inside of it."""
        yield self

    def training(self, is_training: bool = True) -> Self:
        """Switch to training mode: dropout drops, batch normalization uses the batch."""
        for layer in self.every():
            layer.train = bool(is_training)
        return self

    def evaluate(self) -> Self:
        """Switch to evaluation mode."""
        return self.training(False)

    def is_training(self) -> bool:
        """Whether the layer is in training mode, as it is from the start."""
        return self.train

    def freeze(self, names: str | list[str] | None = None) -> Self:
        """Keep parameters as they are: those of the layers with these names, or all of them."""
        for layer in self.those(names):
            layer.frozen = True
        return self

    def unfreeze(self, names: str | list[str] | None = None) -> Self:
        """Let parameters learn again."""
        for layer in self.those(names):
            layer.frozen = False
        return self

    def those(self, names: str | list[str] | None) -> list[Layer]:
        """The layers with these names, and all that are inside of them; None for all."""
        if names is None:
            return list(self.every())
        wanted = [names] if isinstance(names, str) else list(names)
        known = {layer.name(): layer for layer in self.every()}
        for name in wanted:
            if name not in known:
                raise ValueError(
                    f"{self.title()}: there is no layer called {name!r}. There is: "
                    + ", ".join(known)
                )
        return [inner for name in wanted for inner in known[name].every()]

    # ------------------------------------------------------------ using a trained layer

    def predict(self, features: Activity, batch_size: int = -1) -> Activity:
        """The outputs for many samples, in evaluation mode; the mode is put back afterwards.

        ``batch_size`` limits how many samples are computed at once; -1 takes all together.
        """
        from microtorch.bigdl.optim.evaluation import predict

        return predict(self, features, batch_size)

    def predict_local(self, X: Activity, batch_size: int = -1) -> Activity:
        """The same: BigDL's name for it where the samples are arrays."""
        return self.predict(X, batch_size)

    def predict_class(self, features: Activity, batch_size: int = -1) -> Array:
        """For each sample the class with the largest output, counted from 1.

        >>> from microtorch.bigdl.nn.layer import Identity
        >>> Identity().predict_class(np.array([[0.1, 0.9], [0.8, 0.2]]))
        array([2, 1])
        """
        output = self.predict(features, batch_size)
        if isinstance(output, list) or output.ndim not in (1, 2):
            raise ValueError(
                f"{self.title()}: predict_class needs one row of scores for each sample, an output "
                f"of shape (samples, classes), not {shape(output)}."
            )
        found: Array = np.argmax(output, axis=-1) + 1
        return found

    def saveModel(self, path: str, over_write: bool = False) -> None:
        """Write the layer to a file; ``Model.loadModel(path)`` reads it."""
        from microtorch.bigdl.optim.files import save

        save(self, path, over_write)

    def __recorded__(self) -> Any:
        """The last pass, recorded on tensors: how ``torch.draw`` and ``torch.walk`` see a layer."""
        from microtorch.bigdl.picture import recorded

        return recorded(self)

    # ------------------------------------------------------------ text

    def details(self) -> str:
        """What stands in parentheses behind the layer's name."""
        return ""

    def title(self) -> str:
        """The layer in one line: ``Linear[fc1](3 -> 5)``."""
        details = self.details()
        return f"{type(self).__name__}[{self._name}]" + (f"({details})" if details else "")

    def __str__(self) -> str:
        return self.title()

    __repr__ = __str__
