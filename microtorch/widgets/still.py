"""The still picture of an exploration: its curve, and the graph below it."""

from __future__ import annotations

from microtorch.graph.draw import PAGE
from microtorch.graph.geometry import geometry
from microtorch.graph.model import Graph
from microtorch.graph.style import MUTED
from microtorch.graph.svg import svg
from microtorch.widgets.curve import HEIGHT, figure, text
from microtorch.widgets.standalone import STILL

WIDTH = 480.0  # of the curve


def still(curve: str, graph: Graph | None, title: str) -> str:
    """An SVG of the content that :func:`microtorch.widgets.curve.draw` gives for this width."""
    if graph is None:
        return figure(curve, WIDTH, title, note(HEIGHT + 14), HEIGHT + 24)
    places = geometry(graph, heat=True, wrap=PAGE)
    top = f'<svg y="{HEIGHT + 8:g}" '
    below = svg(graph, places, stage="backward").replace("<svg ", top, 1)
    end = HEIGHT + 12 + places.height
    return figure(curve, max(WIDTH, places.width), title, below + note(end + 14), end + 24)


def note(y: float) -> str:
    return text(12, y, STILL, MUTED, "")
