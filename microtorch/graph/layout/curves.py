"""Last step: lines become curves.

In the gap between two columns a line is an S-curve of the same shape for all, level at both ends;
only where it goes through its label on the way up or down, it may keep on climbing.
Edges that share a trunk are drawn over each other, exactly, up to the gap in which they part.
Where a line goes on in the next band, it turns back along straight lanes with round corners.
"""

from __future__ import annotations

from math import copysign, inf

from microtorch.graph.layout.columns import Columns, Door
from microtorch.graph.layout.routing import Ports, Strip
from microtorch.graph.layout.shapes import Point, Route
from microtorch.graph.layout.wrapping import Bands

SLANT = 0.45  # how far a line climbs on each side of its label's middle, in heights of the label
ROUND = 8.0  # radius of a round corner
CIRCLE = 0.45  # how near to the corner the handles of a quarter of a circle lie, in radii

Corner = tuple[float, float, float]  # x and y of a point, and how steep a line is there


def draw_lines(g: Columns, ports: Ports, strips: list[Strip], bands: Bands) -> list[Route]:
    """The curves of all edges."""
    runs = _level_runs(g, ports, bands)
    return [_draw_line(g, door, ports, strips, bands, runs) for door in g.doors]


def _level_runs(g: Columns, ports: Ports, bands: Bands) -> list[int]:
    """For each waypoint, the first one from which the line runs to it straight on.

    So that to draw the many branches of a long trunk, not every one must go all its length.
    """
    runs = list(range(len(g.column)))
    for v in range(g.nodes, len(runs)):
        u = g.into[v][0]
        bends = ports.start[v, 0] != ports.end[v, 0] or (u, g.column[v]) in bands.turns
        if g.is_waypoint(u) and not bends:
            runs[v] = runs[u]
    return runs


def _pieces(g: Columns, door: Door, runs: list[int]) -> list[tuple[int, Door]]:
    """The gaps that a line passes from its tail to ``door``, except in the middle of level runs.

    Each one as the station on its left and the door on its right.
    """
    pieces = []
    while True:
        u = g.into[door[0]][door[1]]
        pieces.append((u, door))
        if not g.is_waypoint(u):
            return pieces[::-1]
        door = runs[u], 0


def _draw_line(
    g: Columns, end: Door, ports: Ports, strips: list[Strip], bands: Bands, runs: list[int]
) -> Route:
    def at(column: int, x: float, y: float) -> Point:
        dx, dy = bands.moves[column]
        return round(x + dx, 2), round(y + dy, 2)

    points: list[Point] = []
    corners: list[Corner] = []  # since the last turn
    for u, door in _pieces(g, end, runs):
        c = g.column[u]
        turn = bands.turns.get((u, c + 1))
        leaves = turn[0] if turn else at(c, strips[c].right, ports.start[door])
        if not g.is_waypoint(u):
            # A box may be narrower than its column.
            corners.append((at(c, strips[c].middle + g.width[u] / 2, 0)[0], leaves[1], 0.0))
        corners.append((*leaves, 0.0))
        if turn:
            points += s_curves(corners)[bool(points) :] + round_corners(turn)[1:]
            corners = [(*turn[-1], 0.0)]
        if door != end:
            corners.append((*at(c + 1, strips[c + 1].left, ports.end[door]), 0.0))

    c = g.column[end[0]]
    strip, level, side = strips[c], ports.end[end], ports.side[end]
    labelled, free = end in g.labels, end in ports.free
    slope = _slope(g, end, ports, strip)
    edge = round(strip.middle - g.width[end[0]] / 2, 2)  # of the box
    middle = strip.label if labelled else min(strip.bend_from, edge)
    arrives = middle if free else strip.left_of_labels if slope else strip.left
    corners.append((*at(c, arrives, level - slope * (middle - arrives)), slope))
    if level != side:
        corners.append((*at(c, strip.bend_from, level + slope * (strip.bend_from - middle)), slope))
        corners.append((*at(c, strip.bend_to, side), 0.0))
    corners.append((*at(c, edge, side), 0.0))
    points += s_curves(corners)[bool(points) :]
    return Route(tuple(points), at(c, strip.label, level) if labelled else None)


def _slope(g: Columns, end: Door, ports: Ports, strip: Strip) -> float:
    """How steep a line may pass the labels of its last column: inside of its own, or in the free."""
    before = ports.end[end] - ports.start[end]
    behind = ports.side[end] - ports.end[end]
    if before * behind <= 0:
        return 0.0
    if end not in g.labels:
        if end not in ports.free:
            return 0.0
        ways = strip.bend_from - strip.left, strip.bend_to - strip.bend_from
        return min(before / (ways[0] or inf), behind / (ways[1] or inf), key=abs)
    half = strip.bend_from - strip.label
    climb = min(SLANT * g.labels[end][1], abs(before) / 2, abs(behind) / 2)
    return copysign(climb / half, behind) if half else 0.0


def s_curves(corners: list[Corner]) -> list[Point]:
    """Curves from corner to corner, as steep at each as it says; level pieces in a row become one."""
    points = [corners[0][:2]]
    slope0 = corners[0][2]
    for k, (x, y, slope) in enumerate(corners[1:], start=1):
        x0, y0 = points[-1]
        goes_on = k + 1 < len(corners) and y0 == y == corners[k + 1][1]
        if x - x0 >= 0.01 and not goes_on:
            half = (x - x0) / 2
            middle = round(x0 + half, 2)
            before, behind = round(y0 + slope0 * half, 2), round(y - slope * half, 2)
            points += [(middle, before), (middle, behind), (x, y)]
            slope0 = slope
    return points


def round_corners(corners: list[Point]) -> list[Point]:
    """Straight from corner to corner, level and upright by turns, with the corners cut round."""
    points = corners[:1]
    for (ax, ay), (bx, by), (cx, cy) in zip(corners, corners[1:], corners[2:], strict=False):
        before, after = abs(bx - ax) + abs(by - ay), abs(cx - bx) + abs(cy - by)
        radius = min(ROUND, before / 2, after / 2)
        start = _towards((bx, by), (ax, ay), radius / before)
        end = _towards((bx, by), (cx, cy), radius / after)
        points += _straight(points[-1], start)
        points += [_towards((bx, by), start, CIRCLE), _towards((bx, by), end, CIRCLE), end]
    return points + _straight(points[-1], corners[-1])


def _straight(a: Point, b: Point) -> list[Point]:
    return [_towards(a, b, 1 / 3), _towards(a, b, 2 / 3), b]


def _towards(a: Point, b: Point, part: float) -> Point:
    return round(a[0] + (b[0] - a[0]) * part, 2), round(a[1] + (b[1] - a[1]) * part, 2)
