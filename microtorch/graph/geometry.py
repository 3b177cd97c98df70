"""Where everything stands: boxes of a fixed size for a graph's parts, placed by the layout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from microtorch.graph.cards import (
    LINE_HEIGHT,
    PADDING,
    Card,
    Size,
    map_size,
    operation_size,
    value_card,
)
from microtorch.graph.heat import FEWER_CELLS, MOST_CELLS
from microtorch.graph.jacobian import is_small, jacobian
from microtorch.graph.layout import Direction, Edge, layout
from microtorch.graph.model import Array, Graph, GraphError, Operation
from microtorch.graph.style import LETTER, brief, columns, room

__all__ = ["LINE_HEIGHT", "PADDING", "Box", "Direction", "Geometry", "Line", "geometry"]

MARGIN = 4.0  # round the whole picture, so that thick borders are not cut off
RANK_GAP = 34.0
NODE_GAP = 16.0
MOST_NODES, MOST_LINES = 2500, 10_000  # of a picture that is placed in seconds
LINE_ROOM = 9.0  # for each line at the side of a box that stands for several operations
FEW_TENSORS = 20  # more of them have smaller heat maps
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
    """A line into operation ``operation`` from input ``position``, or from it to its result (-1;
    -2 and so on to the others).

    ``points`` is a chain of cubic Bezier curves; ``label`` is the place of the local gradient,
    or of the ``jacobian`` if that is what it shows.
    """

    operation: int
    position: int
    points: tuple[Point, ...]
    label: Box | None
    jacobian: Array | None = None

    @property
    def returns(self) -> list[Point]:
        """Where it is back at the left side, each time that it goes on in a new row."""
        ends = zip(self.points[::3], self.points[3::3], strict=False)
        return [end for start, end in ends if start[1] == end[1] and end[0] < start[0]]


@dataclass(frozen=True)
class Geometry:
    """The places of all values, operations and lines, and the size of the picture."""

    values: tuple[Box, ...]
    operations: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float
    cards: tuple[Card, ...]
    direction: Direction = "LR"


def geometry(
    graph: Graph,
    *,
    labels: bool = True,
    changing: bool = False,
    heat: bool = False,
    compact: bool = False,
    direction: Direction = "LR",
    wrap: float | None = None,
) -> Geometry:
    """Place a graph.

    Args:
        labels: keep a place on the lines for local gradients, and for maps of gradients to come.
        changing: keep room for any numbers, also in arrays (single numbers always have it).
        heat: keep room for maps of arrays, and show their dtype.
        compact: an operation and its result share a box.
        direction: "LR" from left to right, "TB" from top to bottom.
        wrap: break a wider picture into rows, one below the other, where few lines pass.

    Raises:
        GraphError: the graph is too large for a picture.
    """
    check_size(graph)
    fused = {op.index for op in graph.operations if compact and not op.more}
    tensors = sum(not value.scalar for value in graph.values)
    cells = (MOST_CELLS if tensors <= FEW_TENSORS else FEWER_CELLS) if heat else 0
    cards = tuple(
        value_card(
            value,
            changing=changing,
            cells=cells,
            staged=labels or changing,
            maker=graph.operations[value.maker] if value.maker in fused else None,
        )
        for value in graph.values
    )
    sizes = [(card.width, card.height) for card in cards]
    node = {}  # of an operation; the layout numbers values first, operations after them
    for op in graph.operations:
        node[op.index] = op.output if op.index in fused else len(sizes)
        if op.index not in fused:
            sizes.append(roomy(operation_size(op), op, direction))
    edges, ends, shown = [], [], []
    for op in graph.operations:
        for k, source in enumerate(op.inputs):
            matrix = jacobian_to_show(graph, op, k) if labels and heat else None
            label = label_size(graph, op, k, changing, matrix) if labels else None
            edges.append(Edge(source, node[op.index], label))
            ends.append((op.index, k))
            shown.append(matrix)
        if op.index not in fused:
            edges += [Edge(node[op.index], i) for i in op.results]
            ends += [(op.index, -1 - k) for k in range(len(op.results))]
            shown += [None] * len(op.results)
    ordered = [node[op.index] for op in graph.operations if op.kind not in COMMUTATIVE]
    boxes, routes, (width, height) = placed(sizes, edges, ordered, direction, wrap)
    for k, (index, position) in enumerate(ends):
        if position >= 0 and index not in fused and graph.operations[index].kind != "Folded":
            points, place = routes[k]
            routes[k] = (*points[:-1], touched(points[-1], boxes[node[index]], direction)), place
    lines = tuple(
        Line(*end, points, label, matrix)
        for end, (points, label), matrix in zip(ends, routes, shown, strict=True)
    )
    values = boxes[: len(cards)]
    operations = tuple(
        pill(values[op.output], op) if op.index in fused else boxes[node[op.index]]
        for op in graph.operations
    )
    return Geometry(values, operations, lines, width, height, cards, direction)


def placed(
    sizes: Sequence[Size],
    edges: Sequence[Edge],
    ordered: Sequence[int],
    direction: Direction,
    wrap: float | None,
) -> tuple[tuple[Box, ...], list[tuple[tuple[Point, ...], Box | None]], Size]:
    """The boxes, the curves and their labels, and the size of the picture."""

    def shift(point: Point) -> Point:
        return point[0] + MARGIN, point[1] + MARGIN

    found = layout(
        sizes,
        edges,
        rank_gap=RANK_GAP,
        node_gap=NODE_GAP,
        ordered=ordered,
        direction=direction,
        wrap_width=wrap,
    )
    boxes = tuple(
        Box(*shift(point), *size) for point, size in zip(found.positions, sizes, strict=True)
    )
    routes = [
        (
            tuple(map(shift, route.points)),
            Box(*shift(route.label), *edge.label) if route.label and edge.label else None,
        )
        for edge, route in zip(edges, found.routes, strict=True)
    ]
    width, height = found.size
    return boxes, routes, (width + 2 * MARGIN, height + 2 * MARGIN)


def roomy(size: Size, operation: Operation, direction: Direction) -> Size:
    """The size of an operation; what stands for several is as long as its many lines need."""
    if operation.kind != "Folded":
        return size
    room = LINE_ROOM * max(len(operation.inputs), len(operation.results))
    width, height = size
    return (width, max(height, room)) if direction == "LR" else (max(width, room), height)


def touched(end: Point, pill: Box, direction: Direction) -> Point:
    """Where a line that ends at the rectangle round a pill meets the pill itself."""
    x, y = end
    radius = pill.height / 2
    if direction == "LR":
        return x + radius - math.sqrt(max(0.0, radius**2 - (y - pill.y) ** 2)), y
    aside = max(0.0, abs(x - pill.x) - (pill.width / 2 - radius))
    return x, y + radius - math.sqrt(max(0.0, radius**2 - aside**2))


def pill(box: Box, operation: Operation) -> Box:
    """The place of an operation at the left end of the box of its result."""
    width, height = operation_size(operation)
    return Box(box.left + PADDING / 2 + width / 2, box.y, width, height)


def jacobian_to_show(graph: Graph, operation: Operation, position: int) -> Array | None:
    """The Jacobian that stands on a line: of arrays whose local gradients are not a few numbers."""
    local = operation.local[position]
    if local is not None and "…" not in brief(local):
        return None
    if local is not None and graph.values[operation.output].scalar:
        # It has one row, which is shown in the shape of the operand.
        return local if graph.values[operation.inputs[position]].requires_grad else None
    return jacobian(graph, operation, position) if is_small(graph, operation, position) else None


def label_size(
    graph: Graph, operation: Operation, position: int, changing: bool, matrix: Array | None
) -> Size | None:
    """Width and height of the place for a local gradient; None where there is none."""
    if matrix is not None:
        _, width, height = map_size(matrix.shape)
        return width + 14, height + 14
    local = operation.local[position]
    if local is None or graph.values[operation.inputs[position]].kind == "constant":
        return None
    number = room(local.shape) if changing or local.shape == () else columns(brief(local))
    return number * LETTER * 11 / 12 + 14, 20.0


def check_direction(direction: object) -> None:
    """Raise ValueError unless ``direction`` is one that a picture can run in."""
    if direction not in get_args(Direction):
        raise ValueError(f'direction must be "LR" or "TB", not {direction!r}.')


def check_wrap(wrap: object) -> None:
    """Raise ValueError unless ``wrap`` is a width that a row can have, or None."""
    if wrap is not None and not (isinstance(wrap, int | float) and wrap > 0):
        raise ValueError(f"wrap must be a number of pixels above 0, or None, not {wrap!r}.")


def check_size(graph: Graph) -> None:
    """Raise GraphError if a graph has more boxes or lines than a picture can hold."""
    boxes = len(graph.values) + len(graph.operations)
    lines = sum(len(op.inputs) + len(op.results) for op in graph.operations)
    for what, count, most in (("boxes", boxes, MOST_NODES), ("lines", lines, MOST_LINES)):
        if count > most:
            raise GraphError(
                f"this picture would have {count:,} {what}; it holds at most {most:,}. torch.draw "
                "folds by itself where fold and unfold are left out. Or take a smaller part: a "
                "loss of one sample, or an intermediate result."
            )
