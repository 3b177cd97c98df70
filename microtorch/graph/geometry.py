"""Where everything stands: boxes of a fixed size for a graph's parts, placed by the layout.

A box keeps room for the longest number it can ever show, so a picture whose numbers change
(under a slider, from one training step to the next) never moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from microtorch.graph.layout import Edge, layout
from microtorch.graph.model import Graph, Operation, Value
from microtorch.graph.style import LETTER, brief, columns, face, heading, room, total

LINE_HEIGHT = 17.0
PADDING = 10.0
MARGIN = 4.0  # round the whole picture, so that thick borders are not cut off
RANK_GAP = 34.0
NODE_GAP = 16.0
COMMUTATIVE = {"Add", "Mul", "Maximum", "Minimum"}  # operands may change places

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, by its centre."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2


@dataclass(frozen=True)
class Line:
    """A line into operation ``operation`` from input ``position``, or from it to its result (-1).

    ``points`` is a chain of cubic Bezier curves; ``label`` is the place of the local gradient.
    """

    operation: int
    position: int
    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True)
class Geometry:
    """The places of all values, operations and lines, and the size of the picture."""

    values: tuple[Box, ...]
    operations: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def geometry(graph: Graph, *, labels: bool = True, changing: bool = False) -> Geometry:
    """Place a graph from left to right.

    Args:
        labels: keep a place on the lines for local gradients.
        changing: keep room for any numbers, also in arrays (single numbers always have it).
    """
    values = [value_size(value, changing) for value in graph.values]
    operations = [operation_size(operation) for operation in graph.operations]
    edges, ends = [], []
    for op in graph.operations:
        node = len(values) + op.index  # the layout numbers values first, operations after them
        for k, source in enumerate(op.inputs):
            label = label_size(graph, op, k, changing) if labels else None
            edges.append(Edge(source, node, label))
            ends.append((op.index, k))
        edges.append(Edge(node, op.output))
        ends.append((op.index, -1))
    sizes = values + operations
    free = [len(values) + op.index for op in graph.operations if op.kind in COMMUTATIVE]
    placed = layout(sizes, edges, rank_gap=RANK_GAP, node_gap=NODE_GAP, commutative=free)
    boxes = tuple(
        Box(x + MARGIN, y + MARGIN, width, height)
        for (x, y), (width, height) in zip(placed.positions, sizes, strict=True)
    )
    lines = []
    for edge, end, route in zip(edges, ends, placed.routes, strict=True):
        points = tuple((x + MARGIN, y + MARGIN) for x, y in route.points)
        place = None
        if route.label is not None and edge.label is not None:
            place = Box(route.label[0] + MARGIN, route.label[1] + MARGIN, *edge.label)
        lines.append(Line(*end, points, place))
    return Geometry(
        values=boxes[: len(values)],
        operations=boxes[len(values) :],
        lines=tuple(lines),
        width=placed.size[0] + 2 * MARGIN,
        height=placed.size[1] + 2 * MARGIN,
    )


def value_size(value: Value, changing: bool) -> tuple[float, float]:
    """Width and height of a value's box: its name, a line for data, one for the gradient."""
    if changing or value.scalar:
        number = room(value.shape)
    else:
        number = max(columns(brief(a)) for a in (value.data, total(value), value.stored))
    if value.kind == "constant":
        return number * LETTER + 2 * PADDING, LINE_HEIGHT + PADDING
    name, shape = heading(value)
    width = max(columns(name) + (columns(shape) + 2 if shape else 0), len("data ") + number)
    lines = 3 if value.requires_grad else 2
    return width * LETTER + 2 * PADDING, lines * LINE_HEIGHT + PADDING


def operation_size(operation: Operation) -> tuple[float, float]:
    """Width and height of an operation's pill."""
    return max(30.0, columns(face(operation)) * 8.5 + 16), 30.0


def label_size(
    graph: Graph, operation: Operation, position: int, changing: bool
) -> tuple[float, float] | None:
    """Width and height of the place for a local gradient; None where there is none."""
    local = operation.local[position]
    if local is None or graph.values[operation.inputs[position]].kind == "constant":
        return None
    number = room(local.shape) if changing or local.shape == () else columns(brief(local))
    return number * LETTER * 11 / 12 + 14, 20.0
