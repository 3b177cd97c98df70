"""A graph as SVG text: one picture for notebooks, web pages and the live walk.

The still picture uses presentation attributes only (no style sheet, no script), because GitHub
and other viewers strip the rest. The live one also carries classes and data attributes, by which
a page finds the numbers to patch and the lines to light up, and by which its CSS can repaint all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html import escape

from microtorch.graph.geometry import LINE_HEIGHT, PADDING, Box, Geometry, Line
from microtorch.graph.model import Array, Graph, Operation, Stage, Value
from microtorch.graph.style import (
    BORDER,
    DATA,
    FONT,
    GRADIENT,
    INK,
    LINE,
    LOCAL,
    LOCAL_PAPER,
    MUTED,
    PALE,
    PAPER,
    PILL,
    UNKNOWN,
    brief,
    face,
    heading,
    total,
)

BASELINE = 4.0  # from the middle of a line of text down to where its letters stand
ARROW = 7.0


def svg(graph: Graph, geometry: Geometry, *, stage: Stage | None = None, live: bool = False) -> str:
    """Draw a graph at the places of ``geometry``.

    Args:
        stage: which of the three pictures: "forward" (data), "local" (data, and a local gradient
            on every line that a gradient will take) or "backward" (everything). None shows data,
            and the gradients that a ``backward()`` has put there.
        live: add the classes and data attributes that the walk needs.
    """
    return Picture(graph, geometry, stage, live).draw()


class Picture:
    """One drawing in the making: the graph, the places, and what is to be shown."""

    def __init__(self, graph: Graph, geometry: Geometry, stage: Stage | None, live: bool) -> None:
        self.graph = graph
        self.geometry = geometry
        self.stage = stage
        self.live = live
        self.shows_labels = stage in ("local", "backward")
        self.shows_gradients = stage in (None, "backward")

    def draw(self) -> str:
        lines = self.geometry.lines
        body = "\n".join(
            [
                *(self.line(line) for line in lines),
                *(self.label(line, line.label) for line in lines if line.label),
                *self.nodes(),
            ]
        )
        width, height = px(self.geometry.width), px(self.geometry.height)
        start = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="{FONT}" font-size="12"'
        )
        title = f"Computation graph of {self.graph.values[self.graph.root].name}"
        if self.live:
            # No <title> here: a browser would show it as a tooltip wherever the mouse rests.
            return f'{start} role="group" aria-label="{escape(title)}">\n{body}\n</svg>'
        summary = self.summary()
        # Names differ between the figures of one page, and are the same in every run.
        mark = "g" + hashlib.sha256((summary + body).encode()).hexdigest()[:8]
        return (
            f'{start} role="img" aria-labelledby="{mark}-title {mark}-desc">\n'
            f'<title id="{mark}-title">{escape(title)}</title>\n'
            f'<desc id="{mark}-desc">{escape(summary)}</desc>\n{body}\n</svg>'
        )

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

    def nodes(self) -> Iterator[str]:
        """Operations and values, in the order in which they are computed."""
        for value in self.graph.values:
            if value.maker is not None:
                yield self.operation(self.graph.operations[value.maker])
            yield self.value(value)

    def value(self, value: Value) -> str:
        box = self.geometry.values[value.index]
        given = value.kind in ("input", "constant")  # asks for no gradient: stands back a little
        stroke = 2.0 if value.kind == "parameter" or value.index == self.graph.root else 1.2
        parts = [rectangle(box, 7, PALE if given else PAPER, LINE if given else BORDER, stroke)]
        left, right, y = box.left + PADDING, box.right - PADDING, box.y + BASELINE
        if value.kind == "constant":
            parts.append(self.entry("d", value, box.x, y, DATA, "middle"))
            return self.framed(value, parts)
        shows_gradient = self.shows_gradients and value.requires_grad
        y -= LINE_HEIGHT * (1.0 if shows_gradient else 0.5)
        name, shape = heading(value)
        parts.append(text(left, y, name, MUTED if given else INK, 'font-weight="700"'))
        if shape:
            parts.append(text(right, y, shape, MUTED, 'text-anchor="end"'))
        y += LINE_HEIGHT
        parts.append(text(left, y, "data", MUTED))
        parts.append(self.entry("d", value, right, y, DATA, "end"))
        if shows_gradient:
            y += LINE_HEIGHT
            parts.append(text(left, y, "grad", MUTED))
            parts.append(self.entry("t", value, right, y, GRADIENT, "end"))
        return self.framed(value, parts)

    def entry(self, slot: str, value: Value, x: float, y: float, colour: str, anchor: str) -> str:
        """The data ("d") or the gradient ("t", a total) of a value."""
        array = value.data if slot == "d" else self.gradient(value)
        shown = UNKNOWN if slot == "t" and array is None else brief(array)
        more = f'text-anchor="{anchor}" font-weight="600"'
        if slot == "t":
            more += ' font-style="italic"'
        if self.live:
            more += f' data-slot="{slot}{value.index}"'
        return text(x, y, shown, colour, more)

    def framed(self, value: Value, parts: list[str]) -> str:
        if not self.live:
            return f"<g>{''.join(parts)}</g>"
        more = f'class="mt-value mt-{value.kind}" data-value="{value.index}"'
        more += f' data-name="{escape(value.name)}" tabindex="0" role="img"'
        more += ' data-lm-suppress-shortcuts="true"'  # the arrow keys walk, JupyterLab lets go
        return f"<g {more}>{''.join(parts)}</g>"

    def operation(self, operation: Operation) -> str:
        box = self.geometry.operations[operation.index]
        pill = rectangle(box, box.height / 2, PILL, BORDER, 1.2)
        sign = text(box.x, box.y + 5, face(operation), INK, 'text-anchor="middle" font-size="14"')
        more = f' class="mt-op" data-op="{operation.index}" aria-hidden="true"' if self.live else ""
        return f"<g{more}>{pill}{sign}</g>"

    def line(self, line: Line) -> str:
        points = [f"{px(x)} {px(y)}" for x, y in line.points]
        curves = zip(points[1::3], points[2::3], points[3::3], strict=True)
        path = f"M{points[0]}" + "".join(f"C{a} {b} {c}" for a, b, c in curves)
        stroke = f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"/>'
        head = f'd="{arrow(*line.points[-1], -ARROW)}"'
        if not self.live:
            return f'{stroke}<path {head} fill="{LINE}"/>'
        operation = self.graph.operations[line.operation]
        end = operation.output if line.position == -1 else operation.inputs[line.position]
        heads = f'<path class="mt-ahead" {head} fill="{LINE}"/>'
        if self.graph.values[end].requires_grad:  # gradients travel the other way
            heads += f'<path class="mt-back" d="{arrow(*line.points[0], ARROW)}" fill="none"/>'
        key = f"{line.operation}.{line.position}"
        return f'<g class="mt-edge" data-edge="{key}" aria-hidden="true">{stroke}{heads}</g>'

    def label(self, line: Line, box: Box) -> str:
        """The local gradient of an operation with respect to one input, on the line between."""
        if not self.shows_labels:
            return ""
        operation = self.graph.operations[line.operation]
        source = self.graph.values[operation.inputs[line.position]]
        local = operation.local[line.position]
        key = f"{line.operation}.{line.position}"
        more, group = 'text-anchor="middle" font-size="11" font-weight="600"', ""
        if self.live:
            more += f' data-slot="l{key}"'
            aside = "" if source.requires_grad else " mt-aside"
            group = f' class="mt-label{aside}" data-label="{key}" aria-hidden="true"'
        if source.requires_grad:
            paper, border, ink = LOCAL_PAPER, LOCAL, LOCAL
        else:  # true, but no gradient will come this way
            paper, border, ink = PALE, LINE, MUTED
        number = text(box.x, box.y + BASELINE, brief(local), ink, more)
        return f"<g{group}>{rectangle(box, box.height / 2, paper, border, 1)}{number}</g>"


def text(x: float, y: float, content: str, colour: str, more: str = "") -> str:
    more = f" {more}" if more else ""
    return f'<text x="{px(x)}" y="{px(y)}" fill="{colour}"{more}>{escape(content)}</text>'


def rectangle(box: Box, radius: float, fill: str, stroke: str, width: float) -> str:
    return (
        f'<rect x="{px(box.left)}" y="{px(box.top)}" width="{px(box.width)}" '
        f'height="{px(box.height)}" rx="{px(radius)}" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="{px(width)}"/>'
    )


def arrow(x: float, y: float, length: float) -> str:
    """A triangle with its tip at (x, y), pointing right if ``length`` is negative, else left."""
    return f"M{px(x)} {px(y)}l{px(length)} -4v8z"


def px(x: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{x:.1f}".removesuffix(".0")


def listed(parts: list[str]) -> str:
    """The parts of a list in words: "a, b and c"."""
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
