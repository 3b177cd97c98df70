"""Shapes that are hard on a layout: butterflies, trees, stars, ladders, grids, tangles of long lines.

Nothing may touch, whatever the shape, the direction and the sizes; and no shape may take for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from more_layout_graphs import MORE
from test_layout import LABEL, OPERATION, VALUE, Drawing, struck

from microtorch.graph.layout import Direction, Edge, layout


def tree(depth: int) -> Drawing:
    """Neighbours are joined by twos until one is left."""
    row = list(range(2**depth))
    sizes, edges = [VALUE] * len(row), list[Edge]()
    while len(row) > 1:
        after = range(len(sizes), len(sizes) + len(row) // 2)
        edges += [Edge(tail, after[k // 2], LABEL) for k, tail in enumerate(row)]
        sizes += [OPERATION] * len(after)
        row = list(after)
    return sizes, edges


def butterfly(stages: int) -> Drawing:
    """The fast Fourier transform: every line meets every other."""
    width = 2**stages
    edges = [
        Edge(stage * width + tail, (stage + 1) * width + k, LABEL)
        for stage in range(stages)
        for k in range(width)
        for tail in (k, k ^ 2**stage)
    ]
    return [VALUE] * (width * (stages + 1)), edges


def grid(n: int) -> Drawing:
    edges = [Edge((i - 1) * n + j, i * n + j, LABEL) for i in range(1, n) for j in range(n)]
    edges += [Edge(i * n + j - 1, i * n + j, LABEL) for i in range(n) for j in range(1, n)]
    return [VALUE] * n**2, edges


def star(rays: int) -> Drawing:
    return [VALUE] + [OPERATION] * rays, [Edge(0, k + 1, LABEL) for k in range(rays)]


def funnel(operands: int) -> Drawing:
    return [VALUE] * operands + [OPERATION], [Edge(k, operands, LABEL) for k in range(operands)]


def ladder(rungs: int) -> Drawing:
    steps = [(2 * i, 2 * i + 2) for i in range(rungs)] + [(2 * i, 2 * i + 3) for i in range(rungs)]
    steps += [(2 * i + 1, 2 * i + 3) for i in range(rungs)]
    return [VALUE] * (2 * rungs + 2), [Edge(a, b, LABEL) for a, b in sorted(steps)]


def skips(n: int) -> Drawing:
    """A chain in which the first is used by all, and the last uses all."""
    edges = [Edge(k, k + 1, LABEL) for k in range(n - 1)]
    edges += [Edge(0, k, LABEL) for k in range(2, n)] + [Edge(k, n - 1) for k in range(n - 2)]
    return [VALUE] * n, edges


def complete(left: int, right: int) -> Drawing:
    pairs = [(i, left + j) for i in range(left) for j in range(right)]
    return [VALUE] * left + [OPERATION] * right, [Edge(i, j, LABEL) for i, j in pairs]


def dense(n: int) -> Drawing:
    """Everything is made of all that came before."""
    return [VALUE] * n, [Edge(i, j, LABEL) for j in range(n) for i in range(j)]


SHAPES: dict[str, Callable[[], Drawing]] = {
    "tree": lambda: tree(4),
    "butterfly": lambda: butterfly(3),
    "grid": lambda: grid(5),
    "star": lambda: star(100),
    "funnel": lambda: funnel(30),
    "ladder": lambda: ladder(12),
    "skips": lambda: skips(14),
    "complete": lambda: complete(6, 5),
    "dense": lambda: dense(8),
}


def uneven(drawing: Drawing, seed: int) -> Drawing:
    """The same graph with boxes and labels of any size, and loose nodes and pairs beside it."""
    rng = Random(seed)
    sizes, edges = drawing
    n = len(sizes)
    sizes = [(rng.uniform(1, 300), rng.uniform(1, 150)) for _ in range(n + 4)]
    labels = [None, LABEL, (rng.uniform(1, 400), rng.uniform(1, 60)), (1.0, 1.0)]
    edges = [Edge(e.tail, e.head, rng.choice(labels)) for e in edges]
    return sizes, [*edges, Edge(n, n + 1, LABEL), Edge(n, n + 1)]


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", SHAPES)
def test_nothing_touches_whatever_the_shape(name: str, direction: Direction) -> None:
    even = SHAPES[name]()
    for k, (sizes, edges) in enumerate([even, uneven(even, 1), uneven(even, 2)]):
        ordered = range(len(sizes)) if k == 1 else ()
        for wrap_width in (None, 600.0):
            picture = layout(
                sizes, edges, ordered=ordered, direction=direction, wrap_width=wrap_width
            )
            assert struck(sizes, edges, picture) == []


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", MORE)
def test_nothing_touches_in_what_learners_write(name: str, direction: Direction) -> None:
    g = MORE[name]()
    for labels in (False, True):
        edges = g.edges(labels)
        picture = layout(g.sizes, edges, ordered=g.ordered, direction=direction)
        assert struck(g.sizes, edges, picture) == []


@pytest.mark.parametrize(
    ("drawing", "crossings"), [(tree(8), 0), (grid(18), 0), (ladder(200), 0), (funnel(1000), 0)]
)
def test_large_flat_shapes_are_drawn_flat(drawing: Drawing, crossings: int) -> None:
    assert layout(*drawing).crossings == crossings


@pytest.mark.parametrize("drawing", [skips(120), complete(30, 30), dense(40)])
def test_hopeless_tangles_are_drawn_all_the_same(drawing: Drawing) -> None:
    picture = layout(*drawing)
    assert len(picture.routes) == len(drawing[1])
    assert len(set(picture.positions)) == len(drawing[0])
