"""For pictures that are too wide: bands, like the lines of a text.

The columns are broken into bands that stand one below the other. A line that goes on in the next
band leaves its own at the right end, runs back between the two, and comes in again at the left,
side by side with the others and without crossing them. That is easy to follow when few lines do
it; if there are always many, a picture stays in one piece. Where to break is chosen as for the
lines of a paragraph (Knuth and Plass 1981): all bands should be as full as they can be, and few
lines should pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from microtorch.graph.layout.arrivals import Arrivals
from microtorch.graph.layout.columns import Columns
from microtorch.graph.layout.routing import LANE, Ports, Strip
from microtorch.graph.layout.shapes import Point

MOST_LINES = 8  # that may run back between two bands
LANE_HEIGHT = 14.0  # of a line that does, so that its name can stand on it
LINE_COST = 80.0  # of one that does: as bad as so many free pixels in a band

Turn = tuple[int, int]  # a line at the end of a band: its last station there, and the next column


@dataclass(frozen=True)
class Bands:
    """How far each column moves; and for lines that go on in the next band, the way there."""

    moves: list[Point]
    turns: dict[Turn, list[Point]]
    size: tuple[float, float]


def choose_breaks(g: Columns, strips: Sequence[Strip], wrap_width: float) -> list[int]:
    """The columns with which bands not wider than ``wrap_width`` start.

    A single one, [0], if that is narrow enough, or if there is no way.
    """
    best = inf, [0]
    if strips[-1].right > wrap_width:
        passing = [_passing(g, c) for c in range(len(strips))]
        for most in range(1, MOST_LINES + 1):  # more of them need wider margins
            costs = {
                # A leaf stands best beside what it is for.
                c: LINE_COST * sum(1 if g.into[u] else 2 for u in lines)
                for c, lines in enumerate(passing)
                if c and len(lines) <= most
            }
            found = _even_bands(strips, costs, wrap_width - 2 * _margin(most))
            best = min(best, found)
    return best[1]


def _passing(g: Columns, column: int) -> list[int]:
    """The stations in the column before from which lines lead to this one, in order."""
    return [u for u in g.columns[column - 1] if g.out[u]]


def _margin(lines: int) -> float:
    """The width at the side of a band for the lines that turn back there."""
    return LANE * (lines + 1)


def make_bands(
    g: Columns,
    y: Sequence[float],
    arrivals: Sequence[Arrivals],
    ports: Ports,
    strips: Sequence[Strip],
    band_gap: float,
) -> Bands:
    """Put the bands of ``g`` one below the other."""
    margin = _margin(max([len(_passing(g, c)) for c in g.breaks[1:]], default=-1))
    moves: list[Point] = []
    turns: dict[Turn, list[Point]] = {}
    top = width = 0.0
    for first, after in pairwise([*g.breaks, len(strips)]):
        passing = _passing(g, first) if first else []
        entries = {u: ports.start[g.out[u][0]] for u in passing}
        band = [v for column in g.columns[first:after] for v in column]
        highest = min([y[v] + arrivals[v].top for v in band] + [*entries.values()])
        lowest = max([y[v] + arrivals[v].bottom for v in band] + [*entries.values()])
        if first:
            right = moves[-1][0] + strips[first - 1].right
            lift = moves[-1][1]
            for k, (u, entry) in enumerate(entries.items()):
                out = right + LANE * (len(entries) - k)
                back = top + band_gap / 4 + LANE_HEIGHT * (len(entries) - k)
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
    return band_gap / 2 + LANE_HEIGHT * (len(lines) + 1)


def _even_bands(
    strips: Sequence[Strip], costs: Mapping[int, float], width: float
) -> tuple[float, list[int]]:
    """The columns with which bands start, 0 among them, and what is wrong with that.

    What remains free in each band counts by its square, also in the last: so all are even. And so
    do the ``costs`` of each break. If some band would be too wide, everything is wrong.
    """
    cost: dict[int, float] = {0: 0.0}
    previous: dict[int, int] = {}
    starts = [0]
    for c in [*costs, len(strips)]:
        end = strips[c - 1].right
        torn = costs.get(c, 0.0) ** 2
        for start in reversed(starts):
            free = width - (end - (strips[start - 1].right if start else 0.0))
            if free < 0:
                break
            total = cost[start] + free * free + torn
            if c not in cost or total < cost[c]:
                cost[c], previous[c] = total, start
        if c in cost:
            starts.append(c)
    if len(strips) not in previous:
        return inf, [0]
    breaks = [len(strips)]
    while breaks[-1]:
        breaks.append(previous[breaks[-1]])
    return cost[len(strips)], breaks[:0:-1]
