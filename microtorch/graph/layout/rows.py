"""Fourth step: heights. Lines are as straight as they can be, and nothing touches.

Lines with nothing to decide, such as the middle of a long edge, become rigid bars that move as
one; and where there is room enough, an operation and its result do. What is left is again a problem
for network simplex: bars keep their distance, and the sum of all the ups and downs is as small as
it can be.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import ceil, inf

from microtorch.graph.layout.arrivals import Arrivals, main_operands
from microtorch.graph.layout.columns import Columns
from microtorch.graph.layout.network_simplex import Bond, network_simplex

SPINE = 2  # how much more the line of a main operand wants to be level
RESULT = 4  # how much a line that is alone wants that
TRUNK = 8  # how much one that only passes wants it
ROOMY = 4  # stations in a column, or half as many as in the fullest one
MANY = 3000  # stations: then every column counts as roomy, to be fast
COMPACT = 2  # how much the whole picture wants to be low, for each station in the fullest column


def choose_rows(g: Columns, arrivals: list[Arrivals], gap: float) -> list[float]:
    """The height of the centre of every station, from the top of its band down."""
    y = [0.0] * len(g.column)
    main = main_operands(g)
    for first, after in pairwise([*g.breaks, len(g.columns)]):
        for v, height in _rows_of_band(g, g.columns[first:after], arrivals, main, gap).items():
            y[v] = height
    return y


def _rows_of_band(
    g: Columns,
    columns: list[list[int]],
    arrivals: list[Arrivals],
    main: list[int],
    gap: float,
) -> dict[int, float]:
    bar = _rigid_bars(g, columns)
    bonds = [Bond(a, b, room, 0) for (a, b), room in _rooms(g, columns, bar, arrivals, gap).items()]
    count = max(bar.values()) + 1
    # What is |y_a + lower - y_b|? But for a constant, the sum of the lengths of two bonds from a
    # hook that floats above both bars.
    for (a, b, lower), weight in _springs(g, bar, arrivals, main).items():
        bonds.append(Bond(count, a, max(0, -lower), weight))
        bonds.append(Bond(count, b, max(0, lower), weight))
        count += 1
    # A ceiling above all and a floor below all that want to be near each other.
    hanging, standing = {bond.head for bond in bonds}, {bond.tail for bond in bonds}
    ceiling, floor = count, count + 1
    bonds += [Bond(ceiling, v, 0, 0) for v in range(count) if v not in hanging]
    bonds += [Bond(v, floor, 0, 0) for v in range(count) if v not in standing]
    compact = COMPACT * max(map(len, columns))
    bonds.append(Bond(ceiling, floor, 0, compact))
    heights = network_simplex(count + 2, bonds)
    top = min(heights[b] + arrivals[v].top for v, b in bar.items())
    return {v: round(heights[b] - top, 2) for v, b in bar.items()}


def _rigid_bars(g: Columns, columns: list[list[int]]) -> dict[int, int]:
    """The bar of every station, bars numbered from 0. Bars do not cross each other."""

    is_large = sum(map(len, columns)) > MANY
    roomy = inf if is_large else max(ROOMY, max(map(len, columns)) / 2)

    place: dict[int, int] = {}
    bar: dict[int, int] = {}
    count = 0
    for before, column in zip([[], *columns], columns, strict=False):
        is_roomy = max(len(before), len(column)) <= roomy
        carried = [
            v
            for v in column
            if g.into[v]
            and (u := g.into[v][0]) in bar
            and (is_trunk(g, u, v) or (is_roomy and is_alone(g, u, v)))
        ]
        kept = rising([place[g.into[v][0]] for v in carried])
        for v in [carried[k] for k in kept]:
            bar[v] = bar[g.into[v][0]]
        for k, v in enumerate(column):
            place[v] = k
            if v not in bar:
                bar[v] = count
                count += 1
    return bar


def is_trunk(g: Columns, u: int, v: int) -> bool:
    """Whether a line passes through both. Branches may leave it on its way."""
    return g.is_waypoint(u) and g.is_waypoint(v)


def is_alone(g: Columns, u: int, v: int) -> bool:
    """Whether a line is the only one at both of its ends, such as that from + to its result."""
    return len(g.out[u]) == len(g.into[v]) == 1


def rising(places: list[int]) -> list[int]:
    """Where to find as many numbers as possible each of which is larger than the one before.

    >>> rising([9, 0, 1, 5, 2, 3])
    [1, 2, 4, 5]
    """
    ends: list[int] = []  # the smallest number that a rising row of each length can end with
    where: list[int] = []  # it stands
    before: list[int] = []  # where the one before each number stands
    for k, number in enumerate(places):
        length = bisect_left(ends, number)
        before.append(where[length - 1] if length else -1)
        ends[length : length + 1], where[length : length + 1] = [number], [k]
    row = where[-1:]
    while row and before[row[-1]] >= 0:
        row.append(before[row[-1]])
    return row[::-1]


def _rooms(
    g: Columns,
    columns: list[list[int]],
    bar: dict[int, int],
    arrivals: list[Arrivals],
    gap: float,
) -> dict[tuple[int, int], int]:
    """How far apart neighbours have to be, from centre to centre."""
    rooms: dict[tuple[int, int], int] = {}
    for column in columns:
        for a, b in pairwise(column):
            between = gap / 2 if g.is_waypoint(a) and g.is_waypoint(b) else gap
            room = ceil(arrivals[a].bottom - arrivals[b].top + between)
            rooms[bar[a], bar[b]] = max(room, rooms.get((bar[a], bar[b]), 0))
    return rooms


def _springs(
    g: Columns, bar: dict[int, int], arrivals: list[Arrivals], main: list[int]
) -> dict[tuple[int, int, int], int]:
    """How strongly lines want to be level: two bars, how much lower the second, and a weight."""
    springs: dict[tuple[int, int, int], int] = {}
    for v in sorted(bar):
        for k, u in enumerate(g.into[v]):
            if u in bar and bar[u] != bar[v]:
                weight = TRUNK if is_trunk(g, u, v) else 1
                if is_alone(g, u, v):
                    weight = RESULT
                key = bar[u], bar[v], -arrivals[v].heights[k]
                springs[key] = springs.get(key, 0) + weight * (SPINE if main[v] == k else 1)
    return springs
