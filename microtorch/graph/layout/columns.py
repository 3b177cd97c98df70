"""First step: every node gets a column, to the right of all it is made from.

Edges that span several columns are cut into short ones by *waypoints*, one in each column they
pass. Edges with the same tail share them, as in a circuit diagram: one *trunk* runs to the right,
and each edge leaves it just before its own head. A value that is used at every step of a long
computation costs one line, not one for each use.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from microtorch.graph.layout.network_simplex import Bond, network_simplex
from microtorch.graph.layout.shapes import Edge

Door = tuple[int, int]  # where a line arrives: (station, position in its ``into``)


@dataclass
class Columns:
    """A graph in which every edge joins neighbouring columns.

    Stations 0, 1, ..., nodes - 1 are the nodes of the graph, the others are waypoints.
    """

    nodes: int
    columns: list[list[int]]  # stations from left to right, in each column from top to bottom
    column: list[int]  # of each station
    tail: list[int]  # of each station: the node that its line comes from; of a node: itself
    width: list[float]
    height: list[float]
    into: list[list[int]]  # stations to the left, operands in written order
    out: list[list[Door]]  # stations to the right
    doors: list[Door]  # of each edge: where it arrives at its head
    labels: dict[Door, tuple[float, float]]  # widths and heights
    ordered: Collection[int]  # nodes whose operands arrive in the order in which they are given
    breaks: list[int] = field(default_factory=lambda: [0])  # columns with which bands start

    def is_waypoint(self, station: int) -> bool:
        return station >= self.nodes

    def comes_in(self, station: int) -> bool:
        """Whether the lines that arrive at a station come from the band above."""
        return self.column[station] in self.breaks[1:]


def make_columns(
    sizes: Sequence[tuple[float, float]], edges: Sequence[Edge], ordered: Collection[int]
) -> Columns:
    """Choose columns so that edges are short, then cut long edges at waypoints."""
    column = _choose_columns(len(sizes), edges)
    g = Columns(
        nodes=len(sizes),
        columns=[[] for _ in range(max(column) + 1)],
        column=column,
        tail=list(range(len(sizes))),
        width=[w for w, _ in sizes],
        height=[h for _, h in sizes],
        into=[[] for _ in sizes],
        out=[[] for _ in sizes],
        doors=[],
        labels={},
        ordered=ordered,
    )
    trunks = [[v] for v in range(len(sizes))]  # each node and, as far as needed, its waypoints
    for edge in edges:
        shared = column[edge.head] - column[edge.tail]
        trunk = trunks[edge.tail]
        while len(trunk) < shared:
            trunk.append(_add_waypoint(g, trunk[-1]))
        door = edge.head, len(g.into[edge.head])
        g.out[trunk[shared - 1]].append(door)
        g.into[edge.head].append(trunk[shared - 1])
        g.doors.append(door)
        if edge.label:
            g.labels[door] = edge.label
    for station, c in enumerate(g.column):
        g.columns[c].append(station)
    return g


def _add_waypoint(g: Columns, before: int) -> int:
    """A new station in the column after ``before``."""
    station = len(g.column)
    g.column.append(g.column[before] + 1)
    g.tail.append(g.tail[before])
    g.width.append(0.0)
    g.height.append(0.0)
    g.into.append([before])
    g.out.append([])
    g.out[before].append((station, 0))
    return station


def _choose_columns(nodes: int, edges: Sequence[Edge]) -> list[int]:
    """The total length of the edges, counted in columns, is as small as it can be."""
    uses, operands = [0] * nodes, [0] * nodes
    for edge in edges:
        uses[edge.tail] += 1
        operands[edge.head] += 1
    return network_simplex(
        nodes,
        [
            Bond(
                edge.tail,
                edge.head,
                length=1,
                # Among answers equally short: a result stays next to its operation.
                weight=3 if uses[edge.tail] == operands[edge.head] == 1 else 2,
            )
            for edge in edges
        ],
    )
