"""Fifth step: where lines meet boxes, and how wide columns and gaps are.

A line is level while it passes a column and bends only in the gap between two columns. So it
cannot touch a node or a foreign label, and two lines cross in a gap only if they enter it in one
order and leave it in the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from math import fsum, inf

from microtorch.graph.layout.arrivals import PORT_GAP, Arrivals, reach
from microtorch.graph.layout.columns import Columns, Door

NARROW, WIDE = 0.5, 1.4  # the least and the greatest gap between columns, in rank gaps
SHORT = 0.35  # the least gap between labels and their box, in rank gaps
BRUSH = 4.0  # lines of one tail that would start nearer than this start as one
SLOPE = 0.25  # width of a gap for each pixel that a line climbs in it
LANE = 8.0  # between two lines that run back from the end of one band to the start of the next

Climbs = tuple[list[float], list[float]]  # of each column: on its left, and behind its labels


@dataclass
class Ports:
    """Heights at which the pieces of edges leave, arrive at a column, and meet a box in it.

    A line that comes from the band above starts at the height at which it enters its own. Lines
    that are ``free`` have no label, and may bend where others have theirs.
    """

    start: dict[Door, float]
    end: dict[Door, float]
    side: dict[Door, float]
    free: set[Door] = field(default_factory=set)


@dataclass
class Strip:
    """The x-coordinates of one column, from left to right."""

    left: float  # here lines arrive
    label: float  # the middle of the labels
    bend_from: float  # here they end, and their lines gather
    bend_to: float  # the left side of the widest box that has labels
    middle: float  # of all boxes
    right: float

    @property
    def left_of_labels(self) -> float:
        return 2 * self.label - self.bend_from


def choose_ports(g: Columns, arrivals: list[Arrivals], y: list[float]) -> Ports:
    """Spread lines along the sides of boxes, in order from top to bottom."""
    ports = Ports({}, {}, {})
    for v, arrival in enumerate(arrivals):
        labelled = any((v, k) in g.labels for k in arrival.order)
        fixed = labelled or g.comes_in(v)
        levels = [arrival.heights[k] if fixed else y[g.into[v][k]] - y[v] for k in arrival.order]
        sides = spread(levels, reach(g, v))
        for k, level, side in zip(arrival.order, levels, sides, strict=True):
            ports.side[v, k] = round(y[v] + side, 2)
            ports.end[v, k] = round(y[v] + level, 2) if labelled else ports.side[v, k]
    for u, out in enumerate(g.out):
        if out and g.comes_in(out[0][0]):
            continue  # all its lines leave as one
        doors = sorted(out, key=ports.end.__getitem__)
        wishes = [ports.end[door] - y[u] for door in doors]
        crowded = 2 * reach(g, u) < BRUSH * len(doors)  # then all leave as one stem
        heights = spread(wishes, 0.0 if crowded else reach(g, u))
        for door, height in zip(doors, heights, strict=True):
            ports.start[door] = round(y[u] + height, 2)
    for c in g.breaks[1:]:
        _enter_band(g, c, ports)
    for column in g.columns:
        _free_lines(g, column, arrivals, y, ports)
    return ports


def _enter_band(g: Columns, column: int, ports: Ports) -> None:
    """Lines from the band above come in side by side, and straight on where there is room."""
    least = float("-inf")
    for u in g.columns[column - 1]:
        if not g.out[u]:
            continue
        ends = [ports.end[door] for door in g.out[u]]
        trunk = [ports.end[door] for door in g.out[u] if g.is_waypoint(door[0])]
        height = max(least, trunk[0] if trunk else round(fsum(ends) / len(ends), 2))
        least = height + LANE
        for door in g.out[u]:
            ports.start[door] = height


def _free_lines(
    g: Columns, column: list[int], arrivals: list[Arrivals], y: list[float], ports: Ports
) -> None:
    """Lines that reach the first or the last place at a node from outside, with nothing between."""
    tops = [y[v] + arrivals[v].top for v in column]
    bottoms = [y[v] + arrivals[v].bottom for v in column]
    nearest = zip([-inf, *bottoms], column, [*tops[1:], inf], strict=False)
    for above, v, below in nearest:
        if g.is_waypoint(v) or not arrivals[v].order:
            continue
        for k, sign in ((arrivals[v].order[0], -1), (arrivals[v].order[-1], 1)):
            start, end = ports.start[v, k], ports.end[v, k]
            if (start - end) * sign >= 0 and above <= start <= below:
                ports.free.add((v, k))


def spread(wishes: list[float], reach: float) -> list[float]:
    """Heights from -reach to reach, in the given order, each as near to its wish as it fits.

    >>> spread([-50, 0, 50], 12), spread([20, 30], 12), spread([3], 12)
    ([-12.0, 0.0, 12.0], [4.0, 12.0], [3.0])
    """
    if not reach:
        return [0.0] * len(wishes)
    last = len(wishes) - 1
    step = min(PORT_GAP, 2 * reach / max(1, len(wishes)))
    granted: list[tuple[int, float]] = []
    for k, wish in enumerate(wishes):
        nearest = min(max(wish, k * step - reach), reach - (last - k) * step)
        if not granted or nearest - granted[-1][1] >= (k - granted[-1][0]) * step:
            granted.append((k, nearest))

    heights = []
    places = [i for i, _ in granted]
    for k in range(len(wishes)):
        up_to, up_from = bisect_right(places, k), bisect_left(places, k)
        before, after = granted[max(0, up_to - 1) : up_to], granted[up_from : up_from + 1]
        # The others keep one step from those, or stand in the middle between two.
        anchors = before + after
        middle = sum(i for i, _ in anchors) / len(anchors)
        height = sum(height for _, height in anchors) / len(anchors)
        heights.append(height + (k - middle) * step)
    return heights


def longest_climbs(g: Columns, ports: Ports) -> Climbs:
    """How far lines climb at most in the gap on the left of each column, and behind its labels."""
    before, behind = [0.0] * len(g.columns), [0.0] * len(g.columns)
    for door, start in ports.start.items():
        c = g.column[door[0]]
        before[c] = max(before[c], abs(start - ports.end[door]))
        behind[c] = max(behind[c], abs(ports.end[door] - ports.side[door]))
    return before, behind


def spread_columns(g: Columns, climbs: Climbs, rank_gap: float) -> list[Strip]:
    """Widths of columns and gaps. Steep lines get a wider gap to bend in."""
    count = len(g.columns)
    before, behind = climbs
    label, box = [0.0] * count, [0.0] * count  # the widest label, and box with labels
    for (v, _), (width, _) in g.labels.items():
        c = g.column[v]
        label[c], box[c] = max(label[c], width), max(box[c], g.width[v])

    strips: list[Strip] = []
    x = 0.0
    for c, column in enumerate(g.columns):
        half = max(g.width[v] for v in column) / 2
        gather = _gap(behind[c], SHORT, rank_gap) if label[c] else 0.0
        left = x + _gap(before[c], NARROW, rank_gap) if c else 0.0
        middle = round(left + max(half, box[c] / 2 + gather + label[c]), 2)
        bend_to = round(middle - box[c] / 2, 2)
        bend_from = round(bend_to - gather, 2)
        x = round(middle + half, 2)
        strips.append(Strip(left, bend_from - label[c] / 2, bend_from, bend_to, middle, x))
    return strips


def _gap(climb: float, least: float, rank_gap: float) -> float:
    return round(min(max(least * rank_gap, SLOPE * climb), WIDE * rank_gap), 2)
