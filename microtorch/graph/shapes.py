"""The few kinds of marks that every picture is made of, whatever it is written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from microtorch.graph.geometry import Box, Point


@dataclass(frozen=True)
class Rectangle:
    """A box with round corners."""

    box: Box
    radius: float
    fill: str
    stroke: str | None = None
    width: float = 1.0


@dataclass(frozen=True)
class Words:
    """One line of text at the height of its letters' feet; ``anchor`` says which end is at x."""

    x: float
    y: float
    content: str
    colour: str
    anchor: str = "start"  # or "middle", "end"
    size: float = 12.0
    weight: int = 400
    italic: bool = False
    slot: str | None = None  # by which a page finds a number to change


@dataclass(frozen=True)
class Curves:
    """Chains of cubic Bezier curves in one stroke: where they lie on each other, they are one line."""

    chains: tuple[tuple[Point, ...], ...]
    colour: str
    width: float


@dataclass(frozen=True)
class Polygons:
    """Triangles, squares, crosses: many of one colour."""

    outlines: tuple[tuple[Point, ...], ...]
    fill: str | None
    role: str | None = None  # by which a style sheet finds it


@dataclass(frozen=True)
class Strokes:
    """Straight lines of one colour."""

    lines: tuple[tuple[Point, Point], ...]
    colour: str
    width: float


@dataclass(frozen=True)
class Group:
    """Marks that belong together; ``title`` is what a reader is told who asks for more."""

    parts: tuple[Shape, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None


Shape = Rectangle | Words | Curves | Polygons | Strokes | Group
