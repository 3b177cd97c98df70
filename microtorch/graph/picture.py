"""A graph as marks at their places: what every kind of picture shows, and in which colours."""

from __future__ import annotations

from collections.abc import Iterator

from microtorch.graph.cards import map_size
from microtorch.graph.geometry import LINE_HEIGHT, PADDING, Box, Geometry, Line, Point
from microtorch.graph.heat import HeatMap, heat_map
from microtorch.graph.model import Array, Graph, Operation, Stage, Value
from microtorch.graph.shapes import Curves, Group, Polygons, Rectangle, Shape, Strokes, Words
from microtorch.graph.style import (
    LETTER,
    UNKNOWN,
    brief,
    clipped,
    columns,
    dtype_words,
    face,
    heading,
    total,
)
from microtorch.graph.theme import LIGHT, Theme

BASELINE = 4.0  # from the middle of a line of text down to where its letters stand
ARROW = 7.0
STROKE = 1.6
MOST_LEAVES = 6  # that the description of a picture names


class Picture:
    """One drawing in the making: the graph, the places, and what is to be shown.

    ``live`` adds the classes and data attributes by which a page finds its way.
    """

    def __init__(
        self,
        graph: Graph,
        geometry: Geometry,
        stage: Stage | None,
        live: bool = False,
        theme: Theme = LIGHT,
    ) -> None:
        self.graph = graph
        self.geometry = geometry
        self.stage = stage
        self.live = live
        self.theme = theme
        self.shows_labels = stage in ("local", "backward")
        self.shows_gradients = stage in (None, "backward")

    def shapes(self) -> Iterator[Shape]:
        """All marks: lines below, what stands on them above, boxes on top."""
        if self.theme.page is not None:
            width, height = self.geometry.width, self.geometry.height
            yield Rectangle(Box(width / 2, height / 2, width, height), 6, self.theme.page)
        yield from self.lines()
        yield from self.names_of_lanes()
        if self.shows_labels:
            yield from (self.label(line, line.label) for line in self.geometry.lines if line.label)
        for value in self.graph.values:  # in the order in which they are computed
            fused = False
            if value.maker is not None:
                operation = self.graph.operations[value.maker]
                fused = self.geometry.cards[value.index].indent > 0
                if not fused and operation.output == value.index:
                    yield self.operation(operation)
            yield self.value(value)
            if fused:
                yield self.operation(operation)

    def title(self) -> str:
        return f"Computation graph of {self.graph.values[self.graph.root].name}"

    def summary(self) -> str:
        """The picture in one sentence."""
        values = self.graph.values
        root = values[self.graph.root]
        leaves = [v for v in values if v.kind in ("parameter", "input")]
        count = len(self.graph.operations)
        sentence = f"{root.name} = {brief(root.data)}"
        if leaves:
            sentence += " from " + listed([f"{v.name} = {brief(v.data)}" for v in leaves])
        sentence += f" in {count} operation{'s' * (count != 1)}"
        gradients = [
            f"{v.name} {brief(self.gradient(v))}"
            for v in leaves
            if v.requires_grad and self.gradient(v) is not None
        ]
        if gradients:
            sentence += f"; gradient of {listed(gradients)}"
        return sentence + "."

    def gradient(self, value: Value) -> Array | None:
        """The gradient that a value's box shows: for a leaf, what its tensor holds."""
        if not value.requires_grad:
            return None
        if self.stage == "backward":
            return total(value)
        return value.stored if self.stage is None else None

    # Values -------------------------------------------------------------------------------------

    def value(self, value: Value) -> Group:
        theme, box = self.theme, self.geometry.values[value.index]
        card = self.geometry.cards[value.index]
        given = value.kind in ("input", "constant")  # asks for no gradient: stands back a little
        stroke = 2.0 if value.kind == "parameter" or value.index == self.graph.root else 1.2
        fill, border = (theme.pale, theme.line) if given else (theme.paper, theme.border)
        parts: list[Shape] = [Rectangle(box, 7, fill, border, stroke)]
        left, right = box.left + PADDING + card.indent, box.right - PADDING
        if value.kind == "constant":
            parts.append(self.entry("d", value, box.x, box.y + BASELINE, "middle"))
            return self.framed(value, parts)
        shows_gradient = self.shows_gradients and value.requires_grad
        y = box.y + BASELINE - LINE_HEIGHT * (1.0 if shows_gradient else 0.5)
        if card.data_map:  # lines above the maps, which begin at the same place in all stages
            y = box.top + PADDING / 2 + LINE_HEIGHT / 2 + BASELINE
        name, shape = heading(value)
        parts.append(Words(left, y, name, theme.muted if given else theme.ink, weight=700))
        if shape:
            shape += dtype_words(value) if card.cells else ""
            parts.append(Words(right, y, shape, theme.muted, "end"))
        y += LINE_HEIGHT
        parts.append(Words(left, y, "data", theme.muted))
        parts.append(self.entry("d", value, right, y, "end"))
        if shows_gradient:
            y += LINE_HEIGHT
            parts.append(Words(left, y, "grad", theme.muted))
            parts.append(self.entry("t", value, right, y, "end"))
        parts += self.maps(value, box)
        return self.framed(value, parts)

    def maps(self, value: Value, box: Box) -> Iterator[Shape]:
        """The heat maps of a value's data and gradient, each under its caption."""
        card, theme = self.geometry.cards[value.index], self.theme
        shown = [("data", card.data_map, value.data, theme.data)]
        if self.shows_gradients:
            shown.append(("grad", card.gradient_map, self.gradient(value), theme.gradient))
        for caption, place, array, colour in shown:
            if place is not None and array is not None:
                x, y = box.left + place[0], box.top + place[1]
                yield Words(x, y - 3, caption, colour, size=9, italic=caption == "grad")
                slot = f"{'d' if caption == 'data' else 't'}{value.index}"
                yield from self.map(slot, heat_map(array, card.cells), x, y, card.cell)

    def map(
        self, slot: str, found: HeatMap | None, x: float, y: float, cell: float
    ) -> Iterator[Shape]:
        """A heat map; in a live picture its frame only, in which the page paints the cells."""
        if found is None:
            return
        if not self.live:
            yield from heat(found, x, y, cell, self.theme)
        else:
            place = f"{x:.1f} {y:.1f} {cell:g}"
            yield Group((), {"class": "mt-heat", "data-map": slot, "data-place": place})
        yield frame(found, x, y, cell, self.theme)

    def entry(self, slot: str, value: Value, x: float, y: float, anchor: str) -> Words:
        """The data ("d") or the gradient ("t", a total) of a value."""
        array = value.data if slot == "d" else self.gradient(value)
        shown = UNKNOWN if slot == "t" and array is None else brief(array)
        return Words(
            x,
            y,
            shown,
            self.theme.data if slot == "d" else self.theme.gradient,
            anchor,
            weight=600,
            italic=slot == "t",
            slot=f"{slot}{value.index}" if self.live else None,
        )

    def framed(self, value: Value, parts: list[Shape]) -> Group:
        title = value.name if clipped(value.name) != value.name else None
        if not self.live:
            return Group(tuple(parts), title=title)
        attributes = {
            "class": f"mt-value mt-{value.kind}",
            "data-value": str(value.index),
            "data-name": value.name,
            "tabindex": "0",
            "role": "img",
            "data-lm-suppress-shortcuts": "true",  # the arrow keys walk, JupyterLab lets go
        }
        return Group(tuple(parts), attributes, title)

    # Operations ---------------------------------------------------------------------------------

    def operation(self, operation: Operation) -> Group:
        theme, box = self.theme, self.geometry.operations[operation.index]
        lines = face(operation)
        attributes = {}
        if self.live:
            attributes = {
                "class": "mt-op",
                "data-op": str(operation.index),
                "aria-hidden": "true",
            }
        title = operation.symbol if lines[0] not in (operation.symbol, "^") else None
        if operation.kind == "Pow":
            title = None
        parts: list[Shape] = []
        if operation.kind != "Folded":
            parts.append(Rectangle(box, box.height / 2, theme.pill, theme.border, 1.2))
            parts.append(Words(box.x, box.y + 5, lines[0], theme.ink, "middle", size=14))
            return Group(tuple(parts), attributes, title)
        for offset in (5.0, 2.5, 0.0):  # a pile of cards: there is more inside
            card = Box(box.x + offset, box.y - offset, box.width, box.height)
            parts.append(Rectangle(card, 7, theme.pill, theme.border, 1.2))
        y = box.y + BASELINE - LINE_HEIGHT * (len(lines) - 1) / 2
        for k, line in enumerate(lines):
            colour, weight = (theme.muted, 400) if k else (theme.ink, 700)
            parts.append(Words(box.x, y + k * LINE_HEIGHT, line, colour, "middle", weight=weight))
        return Group(tuple(parts), attributes, title)

    # Lines --------------------------------------------------------------------------------------

    def lines(self) -> Iterator[Group]:
        """All lines from one place are one stroke: the trunk that they share is no darker.

        In a live picture each of them is also on its own, to be lit up.
        """
        colour = self.theme.line
        bundles: dict[tuple[int, int], list[Line]] = {}
        for line in self.geometry.lines:
            inputs = self.graph.operations[line.operation].inputs
            is_result = line.position < 0
            start = (1, line.operation) if is_result else (0, inputs[line.position])
            bundles.setdefault(start, []).append(line)
        for bundle in bundles.values():
            stroke = Curves(tuple(line.points for line in bundle), colour, STROKE)
            if not self.live:
                heads = tuple(self.arrow(line.points[-1], -ARROW) for line in bundle)
                yield Group((stroke, Polygons(heads, colour)))
                continue
            role = "mt-edge"
            if len(bundle) > 1:
                role = "mt-edge mt-branch"
                yield Group((stroke,), {"class": "mt-trunk", "aria-hidden": "true"})
            yield from (self.line(line, role) for line in bundle)

    def line(self, line: Line, role: str) -> Group:
        """One line of a live picture."""
        operation = self.graph.operations[line.operation]
        position, colour = line.position, self.theme.line
        end = operation.results[-1 - position] if position < 0 else operation.inputs[position]
        head = self.arrow(line.points[-1], -ARROW)
        parts: list[Shape] = [
            Curves((line.points,), colour, STROKE),
            Polygons((head,), colour, "mt-ahead"),
        ]
        if self.graph.values[end].requires_grad:  # gradients travel the other way
            parts.append(Polygons((self.arrow(line.points[0], ARROW),), None, "mt-back"))
        key = f"{line.operation}.{position}"
        return Group(tuple(parts), {"class": role, "data-edge": key, "aria-hidden": "true"})

    def names_of_lanes(self) -> Iterator[Group]:
        """Lines to operations of a later row carry the name of their value there."""
        named: set[tuple[int, Point]] = set()
        for line in self.geometry.lines:
            if line.position < 0:
                continue  # it leads to the box of the result, which has a name
            source = self.graph.operations[line.operation].inputs[line.position]
            for x, y in line.returns:
                if (source, (x, y)) in named:
                    continue
                named.add((source, (x, y)))
                name = clipped(self.graph.values[source].name)
                width = columns(name) * LETTER * 10 / 12 + 8
                place = Box(x + 8 + width / 2, y, width, 13)
                words = Words(place.x, y + 3.5, name, self.theme.muted, "middle", 10)
                yield Group((Rectangle(place, 4, self.theme.pale), words))

    def arrow(self, tip: Point, length: float) -> tuple[Point, ...]:
        """A triangle whose other corners lie ``length`` behind its tip."""
        x, y = tip
        if self.geometry.direction == "TB":
            return (x, y), (x - 4, y + length), (x + 4, y + length)
        return (x, y), (x + length, y - 4), (x + length, y + 4)

    def label(self, line: Line, box: Box) -> Group:
        """The local gradient of an operation with respect to one input, on the line between."""
        operation, theme = self.graph.operations[line.operation], self.theme
        source = self.graph.values[operation.inputs[line.position]]
        key = f"{line.operation}.{line.position}"
        attributes = {}
        if self.live:
            aside = "" if source.requires_grad else " mt-aside"
            attributes = {
                "class": f"mt-label{aside}",
                "data-label": key,
                "aria-hidden": "true",
            }
        if source.requires_grad:
            paper, border, ink = theme.local_paper, theme.local, theme.local
        else:  # true, but no gradient will come this way
            paper, border, ink = theme.pale, theme.line, theme.muted
        if line.jacobian is not None:
            back = Rectangle(box, 5, paper, border, 1)
            cell = map_size(line.jacobian.shape)[0]
            place = box.left + 7, box.top + 7
            parts = self.map(f"l{key}", heat_map(line.jacobian), *place, cell)
            output = self.graph.values[operation.output]
            kind = "Gradient" if output.scalar else "Jacobian"
            title = f"{kind} of {output.name} by {source.name}"
            return Group((back, *parts), attributes, title)
        number = Words(
            box.x,
            box.y + BASELINE,
            brief(operation.local[line.position]),
            ink,
            "middle",
            size=11,
            weight=600,
            slot=f"l{key}" if self.live else None,
        )
        return Group((Rectangle(box, box.height / 2, paper, border, 1), number), attributes)


def heat(found: HeatMap, x: float, y: float, cell: float, theme: Theme) -> Iterator[Shape]:
    """The cells of a map with its corner at (x, y): one shape for all of one colour."""
    squares: dict[str, list[tuple[Point, ...]]] = {}
    bars: list[tuple[Point, Point]] = []
    crosses: list[tuple[Point, Point]] = []
    for i, row in enumerate(found.levels):
        colours = [theme.odd if (i, j) in found.odd else theme.level(n) for j, n in enumerate(row)]
        top, bottom, middle = y + i * cell, y + (i + 1) * cell, y + (i + 0.5) * cell
        start = 0
        for j, level in enumerate(row):
            left, right = x + j * cell, x + (j + 1) * cell
            if j + 1 == len(row) or colours[j + 1] != colours[j]:  # neighbours make one rectangle
                first = x + start * cell
                corners = ((first, top), (right, top), (right, bottom), (first, bottom))
                squares.setdefault(colours[j], []).append(corners)
                start = j + 1
            if (i, j) in found.odd:
                crosses += [((left, top), (right, bottom)), ((left, bottom), (right, top))]
            elif level < 0:
                bars.append(((left + cell / 4, middle), (right - cell / 4, middle)))
    for colour in sorted(squares):
        yield Polygons(tuple(squares[colour]), colour)
    if bars:
        yield Strokes(tuple(bars), theme.paper, 1)
    if crosses:
        yield Strokes(tuple(crosses), theme.ink, 1)


def frame(found: HeatMap, x: float, y: float, cell: float, theme: Theme) -> Strokes:
    """The border of a map."""
    width, height = cell * found.columns, cell * found.rows
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return Strokes(tuple(zip(corners, (*corners[1:], corners[0]), strict=True)), theme.line, 0.6)


def listed(parts: list[str]) -> str:
    """The parts of a list in words: "a, b and c"."""
    if len(parts) > MOST_LEAVES:
        parts = [*parts[: MOST_LEAVES - 1], f"{len(parts) - MOST_LEAVES + 1} more"]
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
