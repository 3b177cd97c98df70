"""Layered layout of a computation graph.

``layout`` takes sizes and edges and gives back positions and curves: plain numbers on both sides.
Six steps, one file each:

1. ``columns``:  every node stands to the right of all it is made from; edges are short.
2. ``ordering``: few lines cross.
3. ``arrivals``: operands arrive in order, their labels in a stack before the node.
4. ``rows``:     lines are straight; nothing touches.
5. ``routing``:  lines meet boxes at ports; gaps are wide enough for lines to bend.
6. ``curves``:   lines become curves.

Between the last two, ``wrapping`` breaks a long picture into bands, if asked to; then the fourth
and the fifth are done again, for each band on its own.

The method is Sugiyama's (1981) in the form given to it by Gansner and others (1993). The same
input gives the same picture on every machine: nothing depends on a clock, on chance, on the order
of a set or on a mathematics library.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf
from typing import Literal

from microtorch.graph.layout.arrivals import choose_arrivals
from microtorch.graph.layout.columns import make_columns
from microtorch.graph.layout.curves import draw_lines
from microtorch.graph.layout.ordering import order_columns
from microtorch.graph.layout.routing import choose_ports, longest_climbs, spread_columns
from microtorch.graph.layout.rows import choose_rows
from microtorch.graph.layout.shapes import Edge, Layout, Point, Route
from microtorch.graph.layout.wrapping import choose_breaks, make_bands

__all__ = ["Direction", "Edge", "Layout", "Route", "layout"]

Direction = Literal["LR", "TB"]


def layout(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    *,
    rank_gap: float = 40.0,
    node_gap: float = 18.0,
    ordered: Collection[int] = (),
    direction: Direction = "LR",
    wrap_width: float | None = None,
) -> Layout:
    """Place nodes of the given (width, height) and draw the edges between them.

    Edges with the same head are its operands. They arrive at its left side, from top to bottom in
    the order that saves crossings, as in Graphviz; at nodes that are ``ordered``, in the order in
    which they are given. Parts that are not connected are stacked.

    Args:
        sizes: of the nodes; node numbers are positions in this list.
        edges: tails before heads; several edges may join the same two nodes.
        rank_gap: the ordinary room between columns.
        node_gap: the least room between nodes in a column.
        ordered: nodes, such as differences, whose operands keep their places.
        direction: "LR" runs from left to right. "TB" runs from top to bottom: what is said here
            of left, top and columns holds for top, left and rows; boxes and labels stay upright.
        wrap_width: break a wider picture into bands, one below the other, where few lines pass.
            A picture with many lines everywhere stays in one piece, and so does one that runs
            from top to bottom.

    Raises:
        ValueError: the edges form a cycle, or name a node that does not exist; a size or a gap is
            negative or not a number; an unknown direction.

    >>> picture = layout([(40, 20), (40, 20)], [Edge(0, 1)])
    >>> picture.positions
    ((20.0, 10.0), (80.0, 10.0))
    >>> layout([(40, 20), (40, 20)], [Edge(0, 1)], direction="TB").positions
    ((20.0, 10.0), (20.0, 50.0))
    """
    _check(sizes, edges, rank_gap, node_gap, direction, wrap_width)
    if direction == "TB":
        sizes = [(h, w) for w, h in sizes]
        edges = [Edge(e.tail, e.head, e.label and (e.label[1], e.label[0])) for e in edges]
        wrap_width = None
    kept = frozenset(ordered)
    positions: list[Point] = [(0.0, 0.0)] * len(sizes)
    routes: list[Route] = [Route((), None)] * len(edges)
    width = height = 0.0
    crossings = 0
    for nodes, own in _parts(len(sizes), edges):
        index = {v: i for i, v in enumerate(nodes)}
        part = _layout_part(
            [sizes[v] for v in nodes],
            [Edge(index[edges[e].tail], index[edges[e].head], edges[e].label) for e in own],
            rank_gap,
            node_gap,
            {i for i, v in enumerate(nodes) if v in kept},
            wrap_width,
        )
        top = height + rank_gap if height else 0.0
        for v, point in zip(nodes, part.positions, strict=True):
            positions[v] = _lower(point, top)
        for e, route in zip(own, part.routes, strict=True):
            label = route.label and _lower(route.label, top)
            routes[e] = Route(tuple(_lower(point, top) for point in route.points), label)
        width, height = max(width, part.size[0]), round(top + part.size[1], 2)
        crossings += part.crossings
    picture = Layout(tuple(positions), tuple(routes), (width, height), crossings)
    return _turned(picture) if direction == "TB" else picture


def _check(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    rank_gap: float,
    node_gap: float,
    direction: str,
    wrap_width: float | None,
) -> None:
    if direction not in ("LR", "TB"):
        raise ValueError(
            f"direction is {direction!r}; it can be 'LR' (left to right) or 'TB' (top to bottom)"
        )
    for edge in edges:
        for end in (edge.tail, edge.head):
            if not 0 <= end < len(sizes):
                raise ValueError(f"{edge} names node {end}, but there are only {len(sizes)} nodes")
    lengths = [("a node is", size) for size in sizes]
    lengths += [("a label is", edge.label) for edge in edges if edge.label]
    lengths += [("rank_gap and node_gap are", (rank_gap, node_gap))]
    for what, pair in lengths:
        if not all(0 <= length < inf for length in pair):
            raise ValueError(f"{what} {pair}; sizes and gaps are numbers of pixels, 0 or more")
    if wrap_width is not None and not wrap_width > 0:
        raise ValueError(f"wrap_width is {wrap_width}; it is a number of pixels, or None")


def _lower(point: Point, by: float) -> Point:
    return point[0], round(point[1] + by, 2)


def _turned(picture: Layout) -> Layout:
    """The picture with x and y exchanged: what ran from left to right runs from top to bottom."""
    return Layout(
        tuple((y, x) for x, y in picture.positions),
        tuple(
            Route(tuple((y, x) for x, y in route.points), route.label and route.label[::-1])
            for route in picture.routes
        ),
        picture.size[::-1],
        picture.crossings,
    )


def _parts(nodes: int, edges: Sequence[Edge]) -> list[tuple[list[int], list[int]]]:
    """The connected parts, as lists of nodes and of edges."""
    part = [-1] * nodes
    near: list[list[int]] = [[] for _ in range(nodes)]
    for edge in edges:
        near[edge.tail].append(edge.head)
        near[edge.head].append(edge.tail)
    parts: list[tuple[list[int], list[int]]] = []
    for first in range(nodes):
        if part[first] >= 0:
            continue
        part[first] = len(parts)
        todo = [first]
        while todo:
            for other in near[todo.pop()]:
                if part[other] < 0:
                    part[other] = len(parts)
                    todo.append(other)
        parts.append(([], []))
    for v in range(nodes):
        parts[part[v]][0].append(v)
    for e, edge in enumerate(edges):
        parts[part[edge.tail]][1].append(e)
    return parts


def _layout_part(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    rank_gap: float,
    node_gap: float,
    ordered: Collection[int],
    wrap_width: float | None,
) -> Layout:
    g = make_columns(sizes, edges, ordered)
    crossings = order_columns(g)
    arrivals = choose_arrivals(g)
    y = choose_rows(g, arrivals, node_gap)
    ports = choose_ports(g, arrivals, y)
    climbs = longest_climbs(g, ports)
    strips = spread_columns(g, climbs, rank_gap)
    if wrap_width is not None:
        g.breaks = choose_breaks(g, strips, wrap_width)
    if len(g.breaks) > 1:  # each band gets heights of its own, and none gets wider
        y = choose_rows(g, arrivals, node_gap)
        ports = choose_ports(g, arrivals, y)
        pairs = zip(climbs, longest_climbs(g, ports), strict=True)
        before, behind = ([min(a, b) for a, b in zip(*pair, strict=True)] for pair in pairs)
        strips = spread_columns(g, (before, behind), rank_gap)
    bands = make_bands(g, y, arrivals, ports, strips, rank_gap)
    positions = []
    for v in range(g.nodes):
        dx, dy = bands.moves[g.column[v]]
        positions.append((round(strips[g.column[v]].middle + dx, 2), round(y[v] + dy, 2)))
    routes = draw_lines(g, ports, strips, bands)
    return Layout(tuple(positions), tuple(routes), bands.size, crossings)
