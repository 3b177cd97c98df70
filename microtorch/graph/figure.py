"""A graph through matplotlib, for PNG and PDF: the marks of the SVG at the same places."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Outline

from microtorch.graph.picture import Picture
from microtorch.graph.shapes import Curves, Group, Polygons, Rectangle, Shape, Strokes, Words

UNITS = 72  # of a picture to an inch: a letter of 12 units is one of 12 points
FINE = 144  # dots per inch of a PNG, as on a screen with small pixels
MOST_DOTS = 30_000  # along a side
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]


def figure(picture: Picture) -> Figure:
    """The picture as a matplotlib Figure without axes."""
    width, height = picture.geometry.width, picture.geometry.height
    found = Figure(figsize=(width / UNITS, height / UNITS))
    FigureCanvasAgg(found)
    axes = found.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    found.patch.set_facecolor(picture.theme.page or picture.theme.paper)
    order = 0
    for shape in picture.shapes():
        for mark in marks(shape):
            order += 1
            put(axes, mark, order)
    return found


def save(picture: Picture, path: Path) -> None:
    """Write the picture to a PNG or PDF file."""
    found = figure(picture)
    longest = max(found.get_size_inches())
    dots = min(FINE, MOST_DOTS / longest)
    # No date: the same graph gives the same file.
    metadata: dict[str, Any] = {"CreationDate": None} if path.suffix == ".pdf" else {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # it is drawn as a small box
        found.savefig(path, dpi=dots, metadata={"Title": picture.title(), **metadata})


def marks(shape: Shape) -> list[Shape]:
    """A shape without groups."""
    return [m for part in shape.parts for m in marks(part)] if isinstance(shape, Group) else [shape]


def put(axes: Any, mark: Shape, order: int) -> None:
    """Draw one mark above all earlier ones."""
    match mark:
        case Rectangle():
            box = mark.box
            radius = min(mark.radius, box.width / 2, box.height / 2)
            box_patch = FancyBboxPatch(
                (box.left, box.top),
                box.width,
                box.height,
                boxstyle=f"round,pad=0,rounding_size={radius}",
                facecolor=mark.fill,
                edgecolor=mark.stroke or "none",
                linewidth=mark.width,
                zorder=order,
            )
            axes.add_patch(box_patch)
        case Words():
            axes.text(
                mark.x,
                mark.y,
                mark.content,
                color=mark.colour,
                ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
                va="baseline",
                fontsize=mark.size,
                fontweight="bold" if mark.weight >= 600 else "normal",
                fontstyle="italic" if mark.italic else "normal",
                fontfamily=FONTS,
                parse_math=False,
                zorder=order,
            )
        case Curves():
            points = [p for chain in mark.chains for p in chain]
            codes = [
                code
                for chain in mark.chains
                for code in (Outline.MOVETO, *[Outline.CURVE4] * (len(chain) - 1))
            ]
            outline = Outline(points, codes)
            line(axes, outline, mark.colour, mark.width, order)
        case Polygons():
            corners = [p for each in mark.outlines for p in (*each, each[0])]
            codes = [
                code
                for each in mark.outlines
                for code in (Outline.MOVETO, *[Outline.LINETO] * (len(each) - 1), Outline.CLOSEPOLY)
            ]
            patch = PathPatch(Outline(corners, codes), facecolor=mark.fill, lw=0, zorder=order)
            axes.add_patch(patch)
        case Strokes():
            ends = [p for pair in mark.lines for p in pair]
            outline = Outline(ends, [Outline.MOVETO, Outline.LINETO] * len(mark.lines))
            line(axes, outline, mark.colour, mark.width, order)


def line(axes: Any, outline: Outline, colour: str, width: float, order: int) -> None:
    axes.add_patch(PathPatch(outline, fill=False, edgecolor=colour, lw=width, zorder=order))
