"""Layered layout of a computation graph, from left to right.

``layout`` takes sizes and edges and gives back positions and curves: plain numbers on both sides.
Five steps, one file each:

1. ``columns``:  every node stands to the right of all it is made from; edges are short.
2. ``ordering``: few lines cross.
3. ``arrivals``: operands arrive in order, their labels in a stack before the node.
4. ``rows``:     lines are straight; nothing touches.
5. ``routing``:  lines become curves.

The method is Sugiyama's (1981) in the form given to it by Gansner and others (1993). The same
input gives the same picture on every machine: nothing depends on a clock, on chance or on the
order of a set.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from microtorch.graph.layout.arrivals import choose_arrivals
from microtorch.graph.layout.columns import make_columns
from microtorch.graph.layout.ordering import order_columns
from microtorch.graph.layout.routing import choose_ports, draw_line, spread_columns
from microtorch.graph.layout.rows import choose_rows
from microtorch.graph.layout.shapes import Edge, Layout, Point, Route

__all__ = ["Edge", "Layout", "Route", "layout"]


def layout(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    *,
    rank_gap: float = 40.0,
    node_gap: float = 18.0,
    commutative: Collection[int] = (),
) -> Layout:
    """Place nodes of the given (width, height) and draw the edges between them.

    Edges with the same head are its operands, in written order: they arrive at its left side in
    that order, from top to bottom. ``rank_gap`` is the ordinary room between columns, ``node_gap``
    the least room between nodes in a column. Parts that are not connected are stacked.
    The operands of ``commutative`` nodes, such as sums, may change places to save crossings.

    Raises:
        ValueError: the edges form a cycle, or name a node that does not exist.

    >>> picture = layout([(40, 20), (40, 20)], [Edge(0, 1)])
    >>> picture.positions
    ((20.0, 10.0), (82.0, 10.0))
    """
    for edge in edges:
        for end in (edge.tail, edge.head):
            if not 0 <= end < len(sizes):
                raise ValueError(f"{edge} names node {end}, but there are only {len(sizes)} nodes")
    free = frozenset(commutative)
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
            {i for i, v in enumerate(nodes) if v in free},
        )
        top = height + rank_gap if height else 0.0
        for v, (x, y) in zip(nodes, part.positions, strict=True):
            positions[v] = (x, y + top)
        for e, route in zip(own, part.routes, strict=True):
            label = route.label and (route.label[0], route.label[1] + top)
            routes[e] = Route(tuple((x, y + top) for x, y in route.points), label)
        width, height = max(width, part.size[0]), top + part.size[1]
        crossings += part.crossings
    return Layout(tuple(positions), tuple(routes), (width, height), crossings)


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
    commutative: Collection[int],
) -> Layout:
    g = make_columns(sizes, edges, commutative)
    crossings = order_columns(g)
    arrivals = choose_arrivals(g)
    y = choose_rows(g, arrivals, node_gap)
    ports = choose_ports(g, arrivals, y)
    strips = spread_columns(g, ports, rank_gap)
    positions = tuple((strips[g.column[v]].middle, y[v]) for v in range(g.nodes))
    routes = tuple(draw_line(g, e, ports, strips) for e in range(len(edges)))
    bottom = max(height + arrival.bottom for height, arrival in zip(y, arrivals, strict=True))
    return Layout(positions, routes, (strips[-1].right, round(bottom, 2)), crossings)
