"""Third step: where lines arrive at a node.

Operands arrive one below the other: in written order, or, where they may change places, in the
order in which they come. Their labels stand in a stack before the node, each on its own line. A
node and its stack are one thing to the steps that follow, so what keeps nodes apart keeps labels
apart too, and every label stands right before the node to which it belongs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil

from microtorch.graph.layout.columns import Columns

PORT_GAP = 8  # between two lines at the side of a box
LABEL_GAP = 6  # between two labels, or a label and a line without one
INSET = 11.0  # lines keep this far from the corners of a box


@dataclass(frozen=True)
class Arrivals:
    """Where the operands of one node arrive, relative to its centre; y points down."""

    order: tuple[int, ...]  # positions in ``into``, from top to bottom
    heights: tuple[int, ...]  # of the labels, or of lines without labels; by position in ``into``
    top: float  # of the node with its labels
    bottom: float


def choose_arrivals(g: Columns) -> list[Arrivals]:
    """One for every station. Waypoints have a single arrival, at their own height."""
    place = [0] * len(g.column)
    for column in g.columns:
        for k, v in enumerate(column):
            place[v] = k
    main = main_operands(g)
    return [_arrivals(g, v, place, main[v]) for v in range(len(g.column))]


def _arrivals(g: Columns, v: int, place: list[int], main: int) -> Arrivals:
    half = g.height[v] / 2
    count = len(g.into[v])
    if not count or g.is_waypoint(v):
        return Arrivals((0,) * count, (0,) * count, -half, half)
    order = list(range(count))
    if v not in g.ordered:
        order.sort(key=lambda k: place[g.into[v][k]])
    tall = [g.labels[v, k][1] if (v, k) in g.labels else 0.0 for k in order]
    if any(tall):
        steps = [ceil((a + b) / 2) + LABEL_GAP for a, b in pairwise(tall)]
    else:
        steps = [min(PORT_GAP, int(2 * reach(g, v) / count))] * (count - 1)
    levels = list(accumulate(steps, initial=0))
    # The main operand comes in straight, or with more than two the middle of all does.
    anchor = levels[order.index(main)] if count == 2 else levels[-1] // 2
    levels = [level - anchor for level in levels]
    return Arrivals(
        tuple(order),
        tuple(level for _, level in sorted(zip(order, levels, strict=True))),
        min(-half, levels[0] - tall[0] / 2),
        max(half, levels[-1] + tall[-1] / 2),
    )


def reach(g: Columns, v: int) -> float:
    """How far from its middle lines may meet the side of a box."""
    return max(g.height[v] / 2 - INSET, g.height[v] / 4)


def main_operands(g: Columns) -> list[int]:
    """For each station, the position of the operand with the longest history: it makes the spine.

    Among equals, the one with the fewest other uses.
    """
    uses = Counter(g.tail[g.into[v][k]] for v, k in g.doors)
    depth = [0] * len(g.column)
    main = [0] * len(g.column)
    for column in g.columns:
        for v in column:
            if g.into[v]:
                ranks = [(depth[u], -uses[g.tail[u]]) for u in g.into[v]]
                main[v] = ranks.index(max(ranks))
                depth[v] = max(ranks)[0] + (not g.is_waypoint(v))
    return main
