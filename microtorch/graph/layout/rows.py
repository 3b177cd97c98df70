"""Third step: heights. Lines are as straight as they can be, and nothing touches.

Lines with nothing to decide, such as a result behind its operation or the middle of a long edge,
become rigid bars that move as one. What is left is again a problem for network simplex: bars keep
their distance, and the sum of all the ups and downs is as small as it can be.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil

from microtorch.graph.layout.columns import Columns
from microtorch.graph.layout.network_simplex import Bond, network_simplex


def choose_rows(g: Columns, gap: float) -> list[float]:
    """The height of the centre of every station, from the top of the picture down."""
    bar = _rigid_bars(g)
    bonds = [Bond(a, b, room, 0) for (a, b), room in _rooms(g, bar, gap).items()]
    count = max(bar) + 1
    # |y_a - y_b| is the sum of the lengths of two bonds from a hook that floats above both.
    for (a, b), weight in _springs(g, bar).items():
        bonds += [Bond(count, a, 0, weight), Bond(count, b, 0, weight)]
        count += 1
    # A ceiling over everything keeps the problem in one piece.
    hanging = {bond.head for bond in bonds}
    bonds += [Bond(count, top, 0, 0) for top in range(count) if top not in hanging]
    heights = network_simplex(count + 1, bonds)
    top = min(heights[b] - h / 2 for b, h in zip(bar, g.height, strict=True))
    return [round(heights[b] - top, 2) for b in bar]


def _rigid_bars(g: Columns) -> list[int]:
    """The bar of every station, bars numbered from 0. Bars do not cross each other."""
    place = [0] * len(g.column)
    bar = [-1] * len(g.column)
    count = 0
    for column in g.columns:
        above = -1  # place of the last bar that was carried on, in the column before
        for k, v in enumerate(column):
            place[v] = k
            u = g.into[v][0] if len(g.into[v]) == 1 else -1
            trunk = u >= g.nodes and v >= g.nodes and not g.height[v]
            if u >= 0 and (len(g.out[u]) == 1 or trunk) and place[u] > above:
                above = place[u]
                bar[v] = bar[u]
            else:
                bar[v] = count
                count += 1
    return bar


def _rooms(g: Columns, bar: list[int], gap: float) -> dict[tuple[int, int], int]:
    """How far apart neighbours have to be, from centre to centre."""
    rooms: dict[tuple[int, int], int] = {}
    for column in g.columns:
        for a, b in pairwise(column):
            between = gap / 2 if g.is_waypoint(a) and g.is_waypoint(b) else gap
            room = ceil((g.height[a] + g.height[b]) / 2 + between)
            rooms[bar[a], bar[b]] = max(room, rooms.get((bar[a], bar[b]), 0))
    return rooms


def _springs(g: Columns, bar: list[int]) -> dict[tuple[int, int], int]:
    """How strongly lines between bars want to be straight."""
    springs: dict[tuple[int, int], int] = {}
    seen = set()
    for chain, main in sorted(zip(g.chains, _main_edges(g), strict=True), key=lambda p: not p[1]):
        for u, v in pairwise(chain):
            if bar[u] != bar[v] and (not g.is_waypoint(v) or v not in seen):
                seen.add(v)
                weight = (1, 2, 8)[g.is_waypoint(u) + g.is_waypoint(v)] * (4 if main else 1)
                pair = min(bar[u], bar[v]), max(bar[u], bar[v])
                springs[pair] = springs.get(pair, 0) + weight
    return springs


def _main_edges(g: Columns) -> list[bool]:
    """Whether each edge brings the operand with the longest history: these make the spine."""
    depth = [0] * g.nodes
    spine: list[int] = [-1] * g.nodes
    for e in sorted(range(len(g.chains)), key=lambda e: g.column[g.chains[e][0]]):
        tail, head = g.chains[e][0], g.chains[e][-1]
        if depth[tail] + 1 > depth[head]:
            depth[head] = depth[tail] + 1
            spine[head] = e
    return [spine[chain[-1]] == e for e, chain in enumerate(g.chains)]
