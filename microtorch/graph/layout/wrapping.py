"""For pictures that are too wide: bands, like the lines of a text.

The columns are broken into bands that stand one below the other. A line that goes on in the next
band leaves its own at the right end, runs back between the two, and comes in again at the left,
side by side with the others and without crossing them. That is easy to follow when few lines do
it, so a picture is broken only where few lines pass; if there are always many, it stays in one
piece. Where to break is chosen as for the lines of a paragraph (Knuth and Plass 1981): all bands
should be as full as they can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from microtorch.graph.layout.arrivals import Arrivals
from microtorch.graph.layout.columns import Columns
from microtorch.graph.layout.routing import Ports, Strip
from microtorch.graph.layout.shapes import Point

MOST_LINES = 6  # that may run back between two bands
LANE = 9.0  # between two lines that run back

Turn = tuple[int, int]  # a line at the end of a band: its last station there, and the next column


@dataclass(frozen=True)
class Bands:
    """How far each column moves; and for lines that go on in the next band, the way there."""

    moves: list[Point]
    turns: dict[Turn, list[Point]]
    size: tuple[float, float]


def make_bands(
    g: Columns,
    y: Sequence[float],
    arrivals: Sequence[Arrivals],
    ports: Ports,
    strips: Sequence[Strip],
    wrap_width: float | None,
    band_gap: float,
) -> Bands:
    """Bands not wider than ``wrap_width``; a single one if that is wide enough, or hopeless."""
    passing: list[list[int]] = [[] for _ in g.columns]  # lines from the column before, in order
    for column in g.columns[:-1]:
        for u in column:
            if g.out[u]:
                passing[g.column[u] + 1].append(u)
    breaks = [0]
    margin = 0.0
    if wrap_width is not None and strips[-1].right > wrap_width:
        for lines in range(1, MOST_LINES + 1):
            allowed = [c for c in range(1, len(strips)) if len(passing[c]) <= lines]
            side = LANE * (lines + 1)
            if found := _choose_breaks(strips, allowed, wrap_width - 2 * side):
                breaks, margin = found, side
                break
    moves: list[Point] = []
    turns: dict[Turn, list[Point]] = {}
    top = width = 0.0
    for first, after in pairwise([*breaks, len(strips)]):
        entries = _entries(g, y, ports, passing[first]) if first else {}
        band = [v for column in g.columns[first:after] for v in column]
        highest = min([y[v] + arrivals[v].top for v in band] + [*entries.values()])
        lowest = max([y[v] + arrivals[v].bottom for v in band] + [*entries.values()])
        if first:
            right = moves[-1][0] + strips[first - 1].right
            lift = moves[-1][1]
            for k, (u, entry) in enumerate(entries.items()):
                out = right + LANE * (len(entries) - k)
                back = top + band_gap / 4 + LANE * (len(entries) - k)
                into = margin - LANE * (k + 1)
                start, end = y[u] + lift, entry + top + _room(entries, band_gap) - highest
                turns[u, first] = [
                    (right, start), (out, start), (out, back), (into, back), (into, end), (margin, end)
                ]  # fmt: skip
                width = max(width, out)
            top += _room(entries, band_gap)
        x = margin - strips[first - 1].right if first else 0.0
        moves += [(round(x, 2), round(top - highest, 2))] * (after - first)
        width = max(width, x + strips[after - 1].right)
        top += lowest - highest
    return Bands(moves, turns, (round(width, 2), round(top, 2)))


def _room(lines: dict[int, float], band_gap: float) -> float:
    """The height between two bands, for the lines that run back there."""
    return band_gap / 2 + LANE * (len(lines) + 1)


def _entries(
    g: Columns, y: Sequence[float], ports: Ports, lines: Sequence[int]
) -> dict[int, float]:
    """The heights at which lines come in again: straight on where there is room."""
    entries: dict[int, float] = {}
    least = float("-inf")
    for u in lines:
        ends = [ports.end[door] for door in g.out[u]]
        trunk = [ports.end[door] for door in g.out[u] if g.is_waypoint(door[0])]
        entries[u] = max(least, trunk[0] if trunk else round(fsum(ends) / len(ends), 2))
        least = entries[u] + LANE
    return entries


def _choose_breaks(
    strips: Sequence[Strip], allowed: Sequence[int], width: float
) -> list[int] | None:
    """The columns with which bands start, 0 among them; None if some band would be too wide.

    What remains free in each band counts by its square, also in the last: so all are even.
    """
    cost: dict[int, float] = {0: 0.0}
    previous: dict[int, int] = {}
    starts = [0]
    for c in [*allowed, len(strips)]:
        end = strips[c - 1].right
        for start in reversed(starts):
            free = width - (end - (strips[start - 1].right if start else 0.0))
            if free < 0:
                break
            total = cost[start] + free * free
            if c not in cost or total < cost[c]:
                cost[c], previous[c] = total, start
        if c in cost:
            starts.append(c)
    if len(strips) not in previous:
        return None
    breaks = [len(strips)]
    while breaks[-1]:
        breaks.append(previous[breaks[-1]])
    return breaks[:0:-1]
