"""The last pass of layers and criterions, recorded on tensors, so that it can be drawn and walked.

A picture needs a graph of recorded operations. A layer is one operation of the library (a few of
them are more), so it is recorded as that, in a box with the layer's name. The gradients are those
that ``backward`` has left in the layers.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd import enable_grad
from microtorch.autograd.gradient import grad
from microtorch.autograd.node import Kind, Node, next_number, node_of_many
from microtorch.bigdl.activity import Activity, Array, is_same
from microtorch.bigdl.nn.criterions.base import Criterion, flattened
from microtorch.bigdl.nn.criterions.combining import TransformerCriterion
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.containers import Concat, ConcatTable, ParallelTable, Sequential
from microtorch.bigdl.nn.layers.graph import Model
from microtorch.ops import Op
from microtorch.tensor import Tensor
from microtorch.tensor.data import tensor
from microtorch.tensor.dispatch import wrap

Tensors = Any  # a Tensor, or a list of them
Recording = tuple[Tensor, dict[str, Tensor]]  # the end of a graph, and names for what is in it


def recorded(layer: Layer) -> Recording:
    """The last forward of a layer and what a backward has left, up to the loss if there is one.

    Where no criterion is known, a graph ends with what backward differentiates: L, the sum of
    output times grad_output. Raises ValueError before the first forward.
    """
    if layer.input is None:
        raise ValueError(
            f"{layer.title()}: there is nothing to draw yet. Call forward(input) first; after "
            "backward(input, grad_output) the picture shows the gradients too."
        )
    criterion = consumer(layer)
    if criterion is not None:
        return recorded_loss(criterion)
    record = Recorder()
    outputs = flattened(record.pass_of(layer))
    record.rename_all(outputs, "output")
    if len(outputs) == 1 and layer.gradOutput is None:
        return record.finished(outputs[0])
    ends = []
    for k, output in enumerate(outputs, start=1):
        g = getattr(output._node, "incoming", None)
        if g is not None:
            name = "grad_output" if len(outputs) == 1 else f"grad_output{k}"
            record.names[name] = factor = wrap(g)
            output = output * factor
        ends.append(output.sum())
    loss = sum(ends[1:], ends[0])
    record.names["L"] = loss
    return record.finished(loss)


def recorded_loss(criterion: Criterion) -> Recording:
    """The last forward of a criterion, and of the layers that made its input."""
    if criterion.loss is None:
        raise ValueError(f"{criterion}: there is nothing to draw yet. Call forward(input, target).")
    if isinstance(criterion, TransformerCriterion) and criterion.input_transformer is not None:
        return recorded_loss(criterion.criterion)
    layer, record = criterion.source, Recorder()
    made = layer is not None and is_same(layer.output, criterion.input)
    if made:
        x = record.pass_of(layer)
        record.rename_all(x, "output")
    else:
        x = record.inputs(criterion.input, criterion.gradInput, "input")
    goal = criterion.as_input(criterion.input, criterion.target)
    record.rename_all(goal, "target")
    with enable_grad():
        loss = criterion.formula(x, goal)
    record.names["loss"] = loss
    asking = [each for each in flattened(x) if each._node is not None]
    if criterion.gradInput is not None and asking and loss._node is not None:
        # Leaves on the way what came back.
        grad(loss, asking, retain_graph=True, allow_unused=True)
        if made and not isinstance(x, list):
            x._node.incoming = layer.gradOutput
    return record.finished(loss)


def consumer(layer: Layer) -> Criterion | None:
    """The criterion that took the layer's last output, if its gradient is what came back."""
    criterion: Criterion | None = layer.consumer() if layer.consumer is not None else None
    if criterion is None or criterion.source is not layer:
        return None
    if not is_same(criterion.input, layer.output):
        return None
    came_back = layer.gradOutput is None or (
        criterion.gradInput is not None and is_same(layer.gradOutput, criterion.gradInput)
    )
    return criterion if came_back else None


class Recorder:
    """One recording under way: the names of tensors, and the leaves that hold gradients."""

    def __init__(self) -> None:
        self.names: dict[str, Tensor] = {}
        self.leaves: list[tuple[Tensor, Array | None]] = []  # and what was there before
        self.kinds: Counter[str] = Counter()

    def pass_of(self, layer: Layer) -> Tensors:
        """The outputs of a layer, from inputs that are leaves."""
        with enable_grad():
            return self.layer(layer, self.inputs(layer.input, layer.gradInput, "input"))

    def inputs(self, given: Activity, gradient: Activity, name: str) -> Tensors:
        """Leaves for an input, or for every entry of a table."""
        if isinstance(given, list):
            parts = gradient if gradient is not None else [None] * len(given)
            return [
                self.inputs(each, part, f"{name}{k}")
                for k, (each, part) in enumerate(zip(given, parts, strict=True), start=1)
            ]
        return self.leaf(name, given, gradient, None)

    def leaf(self, name: str, data: Array, gradient: Array | None, before: Array | None) -> Tensor:
        """A tensor that holds a gradient; zeros count as none."""
        made: Tensor = tensor(data).requires_grad_()
        if gradient is not None:
            made.grad = tensor(gradient)
        self.names[name] = made
        self.leaves.append((made, before))
        return made

    def layer(self, layer: Layer, x: Tensors) -> Tensors:
        """One layer, or all layers of a container, applied to tensors."""
        if isinstance(layer, Sequential):
            for inner in layer.layers:
                x = self.layer(inner, x)
            return x
        if isinstance(layer, Model):
            return self.graph(layer, x)
        if isinstance(layer, ParallelTable):
            return [self.layer(inner, each) for inner, each in zip(layer.layers, x, strict=True)]
        if isinstance(layer, Concat | ConcatTable):
            parts = [self.layer(inner, x) for inner in layer.layers]
            if isinstance(layer, ConcatTable):
                return parts
            return self.named(layer, apply(ops.Cat, parts, layer.settings, "Concat"))
        return self.single(layer, x)

    def graph(self, model: Model, x: Tensors) -> Tensors:
        """The nodes of a graph, in order."""
        given = x if len(model.inputs) > 1 else [x]
        made: dict[Any, Tensors] = {}
        for node in model.nodes:
            if node in model.inputs:
                made[node] = self.layer(node.layer, given[model.inputs.index(node)])
            else:
                taken = [made[before] for before in node.previous]
                made[node] = self.layer(node.layer, taken[0] if len(taken) == 1 else taken)
        found = [made[node] for node in model.outputs]
        return found[0] if len(found) == 1 else found

    def single(self, layer: Layer, x: Tensors) -> Tensors:
        """A layer that is no container."""
        record = getattr(layer, "record", None)
        written: Any = type(layer)
        kind = written.__name__
        tensors = x if isinstance(x, list) else [x]
        if record is None:  # written by a user: a box whose rules are its own methods
            return self.named(layer, apply(op_of(written), tensors, (layer,), kind))
        name, parameters = self.name_of(layer), []
        arrived = layer.gradOutput is not None and not layer.frozen
        before = layer.before if arrived else []
        for k, (array, gradient) in enumerate(layer.pairs()):
            held = gradient if arrived or gradient.any() else None
            prior = before[k] if k < len(before) else None
            prior = prior if prior is not None and prior.any() else None
            part = f"{name}.{'bias' if array is layer.bias else 'weight'}"
            parameters.append(self.leaf(part, array, held, prior))
        made = record(tensors, parameters, kind)
        return made if made is x else self.named(layer, made, name)

    def named(self, layer: Layer, made: Tensor, name: str | None = None) -> Tensor:
        """A layer's output, with its name and the gradient that came back to it."""
        self.names[name or self.name_of(layer)] = made
        if isinstance(made._node, Node):
            made._node.incoming = layer.gradOutput
        return made

    def name_of(self, layer: Layer) -> str:
        """The layer's name if the user gave it one, else its kind and a number: ``linear1``."""
        if layer.named:
            return layer.name()
        kind = type(layer).__name__.lower()
        self.kinds[kind] += 1
        return f"{kind}{self.kinds[kind]}"

    def rename(self, made: Tensor, name: str) -> None:
        """Give the end of a pass a name that says so."""
        self.names = {n: t for n, t in self.names.items() if t is not made} | {name: made}

    def rename_all(self, made: Tensors, name: str) -> None:
        """The same for one tensor, or with a number for each of a table."""
        parts = flattened(made)
        for k, part in enumerate(parts, start=1):
            self.rename(part, name if len(parts) == 1 else f"{name}{k}")

    def finished(self, root: Tensor) -> Recording:
        """The recording; its leaves say that their gradients came from this very graph."""
        for leaf, before in self.leaves:
            node: Any = leaf._node
            node.before = before
            node.sweep, node.time = getattr(root._node, "number", None), next_number()
        return root, self.names


def apply(op: Any, tensors: list[Tensor], settings: Any, symbol: str) -> Tensor:
    """An op applied to tensors, in a box that shows ``symbol``."""
    inputs = tuple(t._data for t in tensors)
    y = np.asarray(op.forward(*inputs, *settings))[()]
    parents = tuple(t._node for t in tensors)
    return wrap(y, node_of_many(kind_of(op, symbol), parents, inputs, tuple(settings), y))


@cache
def kind_of(op: Any, symbol: str) -> Kind:
    """A kind of node with a symbol of its own."""
    return Kind(op, op.name, symbol)


@cache
def op_of(kind: Any) -> type[Op]:
    """An op for a kind of layer that a user wrote: its rules are the layer's methods."""

    def forward(*arguments: Any) -> Any:
        *inputs, layer = arguments
        return layer.updateOutput(inputs[0] if len(inputs) == 1 else inputs)

    def vjp(g: Any, y: Any, *arguments: Any) -> Any:
        *inputs, layer = arguments
        found = layer.updateGradInput(inputs[0] if len(inputs) == 1 else inputs, g)
        return tuple(found) if isinstance(found, list) else (found,)

    members = {"forward": forward, "vjp": vjp, "operands": -1, "symbol": kind.__name__}
    members |= {"saves": "xy", "__module__": kind.__module__}
    # Under a name that no op of the library has: a learner's layer may well be called Tanh.
    return type(f"{kind.__module__}.{kind.__qualname__}", (Op,), members)
