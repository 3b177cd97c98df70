"""Last step: where lines meet boxes, how wide the gaps are, and the curves.

A line is level while it passes a column and bends only in the gap between two columns, in an
S-curve of the same shape for all. So it cannot touch a node or a foreign label, and two lines
cross in a gap only if they enter it in one order and leave it in the other. Edges that share a
trunk are drawn over each other, exactly, up to the gap in which they part.
"""

from __future__ import annotations

from dataclasses import dataclass

from microtorch.graph.layout.columns import Columns, Door
from microtorch.graph.layout.shapes import Point

PORT_GAP = 8.0  # between two lines at the side of a box
INSET = 7.0  # lines keep this far from the corners of a box
NARROW, WIDE = 0.55, 1.8  # the least and the greatest gap between columns, in rank gaps
SLOPE = 0.35  # width of a gap for each pixel that a line climbs in it


@dataclass
class Ports:
    """Heights at which the pieces of edges leave and arrive."""

    start: dict[Door, float]
    end: dict[Door, float]


def choose_ports(g: Columns, y: list[float]) -> Ports:
    """Spread lines along the sides of boxes, operands from top to bottom in written order."""

    def reach(v: int) -> float:
        return 0.0 if g.is_waypoint(v) else max(g.height[v] / 2 - INSET, g.height[v] / 4)

    ports = Ports({}, {})
    for v, into in enumerate(g.into):
        order = list(range(len(into)))
        if v in g.commutative:
            order.sort(key=lambda k: y[into[k]])
        heights = _spread([y[into[k]] - y[v] for k in order], reach(v))
        for k, height in zip(order, heights, strict=True):
            ports.end[v, k] = round(y[v] + height, 2)
    for u, out in enumerate(g.out):
        doors = sorted(out, key=ports.end.__getitem__)
        heights = _spread([ports.end[door] - y[u] for door in doors], reach(u))
        for door, height in zip(doors, heights, strict=True):
            ports.start[door] = round(y[u] + height, 2)
    return ports


def _spread(wishes: list[float], reach: float) -> list[float]:
    """Heights from -reach to reach, in the given order. Wishes are granted where they fit.

    >>> _spread([-50, 0, 50], 12), _spread([-50, 50], 12), _spread([3], 12)
    ([-8.0, 0.0, 8.0], [-4.0, 4.0], [3.0])
    """
    last = len(wishes) - 1
    step = min(PORT_GAP, 2 * reach / max(1, len(wishes)))
    granted: list[tuple[float, float]] = []
    for k, wish in enumerate(wishes):
        fits = k * step - reach <= wish <= reach - (last - k) * step
        if fits and (not granted or wish - granted[-1][1] >= (k - granted[-1][0]) * step):
            granted.append((k, wish))

    heights = []
    for k in range(len(wishes)):
        before = [(i, height) for i, height in granted if i <= k][-1:]
        after = [(i, height) for i, height in granted if i >= k][:1]
        # The others keep one step from those, or stand in the middle between two.
        anchors = before + after or [(last / 2, 0.0)]
        middle = sum(i for i, _ in anchors) / len(anchors)
        height = sum(height for _, height in anchors) / len(anchors)
        heights.append(height + (k - middle) * step)
    return heights


def spread_columns(g: Columns, ports: Ports, rank_gap: float) -> list[tuple[float, float]]:
    """The left and the right side of every column. Steep lines get a wider gap to bend in."""
    steepest = [0.0] * len(g.columns)  # by the column on the left of the gap
    for door, start in ports.start.items():
        gap = g.column[door[0]] - 1
        steepest[gap] = max(steepest[gap], abs(start - ports.end[door]))
    sides: list[tuple[float, float]] = []
    left = 0.0
    for column, steep in zip(g.columns, steepest, strict=True):
        right = round(left + max(g.width[v] for v in column), 2)
        sides.append((left, right))
        left = round(right + min(max(NARROW * rank_gap, SLOPE * steep), WIDE * rank_gap), 2)
    return sides


def draw_line(g: Columns, e: int, ports: Ports, sides: list[tuple[float, float]]) -> list[Point]:
    """The curve of edge ``e``: level through every column, S-curves in the gaps."""
    tail, head = g.chains[e][0], g.chains[e][-1]
    corners: list[Point] = []
    for u, door in g.pieces(e):
        corners.append((sides[g.column[u]][1], ports.start[door]))
        corners.append((sides[g.column[door[0]]][0], ports.end[door]))
    # A box may be narrower than its column: go on to its side.
    corners.insert(0, ((sum(sides[g.column[tail]]) + g.width[tail]) / 2, corners[0][1]))
    corners.append(((sum(sides[g.column[head]]) - g.width[head]) / 2, corners[-1][1]))

    points = corners[:1]
    for k, (x, y) in enumerate(corners[1:], start=1):
        x0, y0 = points[-1]
        goes_on = k + 1 < len(corners) and y0 == y == corners[k + 1][1]
        if x - x0 >= 0.01 and not goes_on:
            points += [((x0 + x) / 2, y0), ((x0 + x) / 2, y), (x, y)]
    return points
