"""What goes into the layout and what comes out: plain numbers, in pixels, y pointing down."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Edge:
    """An arrow from node ``tail`` to node ``head``; ``label`` is the (width, height) of its label."""

    tail: int
    head: int
    label: tuple[float, float] | None = None


@dataclass(frozen=True)
class Route:
    """The line of one edge: a start point, then three points for every cubic Bezier segment.

    ``label`` is the centre of the label; it lies on the line.
    """

    points: tuple[Point, ...]
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """The centres of the nodes, the routes of the edges, and the size of the whole picture."""

    positions: tuple[Point, ...]
    routes: tuple[Route, ...]
    size: tuple[float, float]
    crossings: int
