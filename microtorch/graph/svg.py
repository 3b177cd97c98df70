"""A graph as SVG text: one picture for notebooks, web pages and the live walk.

The still picture uses presentation attributes only (no style sheet, no script), because GitHub
and other viewers strip the rest. The live one also carries classes and data attributes, by which
a page finds the numbers to patch and the lines to light up, and by which its CSS can repaint all.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from microtorch.graph.geometry import Box, Geometry, Point
from microtorch.graph.model import Graph, Stage
from microtorch.graph.picture import Picture
from microtorch.graph.shapes import Curves, Group, Polygons, Rectangle, Shape, Strokes, Words
from microtorch.graph.style import FONT, LETTER
from microtorch.graph.theme import LIGHT, Theme


def svg(
    graph: Graph,
    geometry: Geometry,
    *,
    stage: Stage | None = None,
    live: bool = False,
    theme: Theme = LIGHT,
    note: str | None = None,
) -> str:
    """Draw a graph at the places of ``geometry``.

    Args:
        stage: which of the three pictures: "forward" (data), "local" (data, and a local gradient
            on every line that a gradient will take) or "backward" (everything). None shows data,
            and the gradients that a ``backward()`` has put there.
        live: add the classes and data attributes that the walk needs.
        theme: the colours.
        note: a sentence to stand below the picture.
    """
    picture = Picture(graph, geometry, stage, live, theme)
    body = "\n".join(map(written, picture.shapes()))
    across, down = geometry.width, geometry.height
    if note is not None:
        across, down = max(across, len(note) * LETTER + 26), down + 32
        back = Rectangle(Box(across / 2, down - 15, across - 6, 24), 6, theme.pale)
        body += "\n" + written(back) + written(Words(13, down - 11, note, theme.muted))
    width, height = px(across), px(down)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{FONT}" font-size="12"'
    )
    title = picture.title()
    if live:
        # No <title> here: a browser would show it as a tooltip wherever the mouse rests.
        return f'{start} role="group" aria-label="{escape(title)}">\n{body}\n</svg>'
    # No ids: a page may show the same picture twice. Its own title and desc name it without.
    return (
        f'{start} role="img">\n<title>{escape(title)}</title>\n'
        f"<desc>{escape(picture.summary())}</desc>\n{body}\n</svg>"
    )


def written(shape: Shape) -> str:
    """One mark as SVG."""
    match shape:
        case Group():
            title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
            inside = title + "".join(map(written, shape.parts))
            if not shape.attributes and isinstance(shape.parts[0], Curves):
                return inside  # a line needs no group
            attributes = "".join(f' {k}="{escape(v)}"' for k, v in shape.attributes.items())
            return f"<g{attributes}>{inside}</g>"
        case Rectangle():
            box = shape.box
            border = ""
            if shape.stroke is not None:
                border = f' stroke="{shape.stroke}" stroke-width="{px(shape.width)}"'
            return (
                f'<rect x="{px(box.left)}" y="{px(box.top)}" width="{px(box.width)}" '
                f'height="{px(box.height)}" rx="{px(shape.radius)}" fill="{shape.fill}"{border}/>'
            )
        case Words():
            return words(shape)
        case Curves():
            path = "".join(map(chain, shape.chains))
            return (
                f'<path d="{path}" fill="none" stroke="{shape.colour}" '
                f'stroke-width="{px(shape.width)}"/>'
            )
        case Polygons():
            role = f'class="{shape.role}" ' if shape.role else ""
            path = "".join(map(outline, shape.outlines))
            return f'<path {role}d="{path}" fill="{shape.fill or "none"}"/>'
        case Strokes():
            path = "".join(map(stroke, shape.lines))
            return (
                f'<path d="{path}" fill="none" stroke="{shape.colour}" '
                f'stroke-width="{px(shape.width)}"/>'
            )


def words(text: Words) -> str:
    """A line of text, with the attributes that differ from the picture's own."""
    more = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    more += "" if text.size == 12 else f' font-size="{px(text.size)}"'
    more += "" if text.weight == 400 else f' font-weight="{text.weight}"'
    more += ' font-style="italic"' if text.italic else ""
    more += f' data-slot="{text.slot}"' if text.slot else ""
    place = f'x="{px(text.x)}" y="{px(text.y)}"'
    return f'<text {place} fill="{text.colour}"{more}>{escape(text.content)}</text>'


def chain(points: tuple[Point, ...]) -> str:
    """Cubic curves, each of which begins where the one before ends."""
    places = [point(p) for p in points]
    curves = zip(places[1::3], places[2::3], places[3::3], strict=True)
    return f"M{places[0]}" + "".join(f"C{a} {b} {c}" for a, b, c in curves)


def outline(corners: tuple[Point, ...]) -> str:
    """A closed shape, each corner seen from the one before."""
    path = f"M{point(corners[0])}"
    for (x0, y0), (x1, y1) in pairwise(corners):
        if x0 == x1:
            path += f"v{px(y1 - y0)}"
        else:
            path += f"h{px(x1 - x0)}" if y0 == y1 else f"l{px(x1 - x0)} {px(y1 - y0)}"
    return path + "z"


def stroke(ends: tuple[Point, Point]) -> str:
    (x0, y0), (x1, y1) = ends
    way = f"h{px(x1 - x0)}" if y0 == y1 else f"L{px(x1)} {px(y1)}"
    return f"M{px(x0)} {px(y0)}{way}"


def point(p: Point) -> str:
    return f"{px(p[0])} {px(p[1])}"


def px(x: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{x:.1f}".removesuffix(".0")
