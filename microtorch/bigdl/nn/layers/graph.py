"""``Model``: layers connected to a graph, with several inputs and outputs if need be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from microtorch.bigdl.activity import Activity, add_up, shape, zeros_like
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.containers import Container
from microtorch.bigdl.nn.layers.shapes import Identity


class Node:
    """A layer at its place in a graph, and the nodes whose outputs it takes."""

    def __init__(self, layer: Layer, previous: list[Node]) -> None:
        self.layer, self.previous = layer, previous

    def element(self) -> Layer:
        """The layer of this node."""
        return self.layer

    def __repr__(self) -> str:
        return f"Node({self.layer.title()})"


def node_of(layer: Layer, x: Node | Iterable[Node] | None) -> Node:
    """The node of ``layer(x)``."""
    nodes: list[Any] = list(x) if isinstance(x, list | tuple) else [] if x is None else [x]
    for node in nodes:
        if not isinstance(node, Node):
            raise TypeError(
                f"{layer.title()}: a layer is called with nodes, to build a Model: layer(Input()). "
                f"To compute with {type(node).__name__}, call layer.forward(input)."
            )
    return Node(layer, nodes)


def Input(name: str | None = None, bigdl_type: str = "float") -> Node:
    """A node where an input comes into a graph."""
    place = Identity(bigdl_type)
    return Node(place.set_name(name) if name else place, [])


class Model(Container):
    """A graph of layers: ``Model(inputs, outputs)``, each a node or a list of nodes.

    Several inputs make a table, and so do several outputs. A node that takes several others gives
    its layer a table. An output that is used several times gets the sum of what comes back.

    >>> from microtorch.bigdl.nn.layer import CAddTable, Linear
    >>> x = Input()
    >>> total = CAddTable()([Linear(3, 2)(x), Linear(3, 2)(x)])
    >>> model = Model([x], [total])
    >>> import numpy as np
    >>> model.forward(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self, inputs: Node | list[Node], outputs: Node | list[Node], bigdl_type: str = "float"
    ) -> None:
        super().__init__(bigdl_type)
        self.inputs, self.outputs = as_nodes("inputs", inputs), as_nodes("outputs", outputs)
        self.nodes = in_order(self.outputs)
        self.stopped: set[str] = set()
        for node in self.inputs:
            if node not in self.nodes:
                raise ValueError(f"Model: no output depends on the input {node.layer.title()}.")
        for node in self.nodes:
            if not node.previous and node not in self.inputs:
                raise ValueError(
                    f"Model: {node.layer.title()} takes nothing from another node and is not among "
                    "the inputs. Give it one, or name it as an input."
                )
            if sum(node.layer is other.layer for other in self.nodes) > 1:
                raise ValueError(
                    f"Model: {node.layer.title()} stands at two places. A layer remembers its last "
                    "forward: use a second layer there."
                )
            self.add(node.layer)

    @staticmethod
    def loadModel(path: str, bigdl_type: str = "float") -> Layer:
        """The layer in a file that ``saveModel`` wrote. Open only files that you trust."""
        from microtorch.bigdl.optim.files import load

        layer: Layer = load(path, Layer)
        return layer

    load = loadModel

    def node(self, name: str) -> Node:
        """The node whose layer has a name."""
        self.those(name)
        return next(node for node in self.nodes if node.layer.name() == name)

    def stop_gradient(self, stop_layers: str | list[str]) -> Self:
        """Let no gradient pass through these layers to what comes before them."""
        names = [stop_layers] if isinstance(stop_layers, str) else list(stop_layers)
        self.those(names)
        self.stopped |= set(names)
        return self

    def check(self, input: Activity) -> None:
        if len(self.inputs) > 1 and (not isinstance(input, list) or len(input) != len(self.inputs)):
            got = f"{len(input)}" if isinstance(input, list) else f"one array {shape(input)}"
            raise ValueError(
                f"{self.title()}: the input must be a table of {len(self.inputs)} arrays, not {got}."
            )

    def updateOutput(self, input: Activity) -> Activity:
        given = input if len(self.inputs) > 1 else [input]
        for node in self.nodes:
            if node in self.inputs:
                node.layer.run(given[self.inputs.index(node)])
            else:
                taken = [before.layer.output for before in node.previous]
                node.layer.run(taken[0] if len(taken) == 1 else taken)
        found = [node.layer.output for node in self.outputs]
        return found[0] if len(found) == 1 else found

    def updateGradInput(self, input: Activity, grad_output: Activity) -> Activity:
        arrived: dict[Node, Activity] = {}
        for node, g in zip(
            self.outputs, grad_output if len(self.outputs) > 1 else [grad_output], strict=True
        ):
            arrived[node] = add_up(arrived.get(node), g)
        for node in reversed(self.nodes):
            if node not in arrived:  # stopped on the way: nothing comes back to here
                node.layer.gradOutput = None
            elif node.layer.name() in self.stopped:
                node.layer.gradOutput = arrived[node]
            else:
                back = node.layer.pull(arrived[node])
                parts = back if len(node.previous) > 1 else [back]
                for before, part in zip(node.previous, parts, strict=node.previous != []):
                    arrived[before] = add_up(arrived.get(before), part)
        found = [arrived.get(node, zeros_like(node.layer.output)) for node in self.inputs]
        return found if len(found) > 1 else found[0]


def as_nodes(what: str, nodes: Any) -> list[Node]:
    """One node or several, as a list."""
    found = list(nodes) if isinstance(nodes, list | tuple) else [nodes]
    if not found or not all(isinstance(node, Node) for node in found):
        raise TypeError(
            f"Model: {what} must be a node or a list of nodes, as Input() and layer(node) make "
            f"them, not {nodes!r}."
        )
    return found


def in_order(outputs: list[Node]) -> list[Node]:
    """All nodes that outputs depend on, each behind those that it takes from."""
    found: dict[Node, None] = {}
    stack = [(node, False) for node in reversed(outputs)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.setdefault(node)
        elif node not in found:
            stack.append((node, True))
            stack.extend((before, False) for before in reversed(node.previous))
    return list(found)
