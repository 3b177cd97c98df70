"""Pictures of random graphs: nothing overlaps, nothing is hidden, and every run draws the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import combinations, pairwise, product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_graphs import GRAPHS, Drawn
from layout_graphs import recurrence as scalar_recurrence
from numpy.typing import NDArray

from microtorch.graph.layout import Direction, Edge, Layout, Route, layout
from microtorch.graph.layout.columns import make_columns
from microtorch.graph.layout.network_simplex import Bond, network_simplex

Size = tuple[float, float]
Drawing = tuple[list[Size], list[Edge]]


# ------------------------------------------------------------------------------ graphs to draw


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Any graph without cycles: several parts, repeated edges, and nodes in any order."""
    n = draw(st.integers(1, 16))
    name = draw(st.permutations(range(n)))
    sizes = draw(st.lists(st.tuples(st.floats(8, 120), st.floats(8, 70)), min_size=n, max_size=n))
    label = st.none() | st.tuples(st.floats(10, 80), st.floats(8, 24))
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), label)
    edges = [
        Edge(name[min(a, b)], name[max(a, b)], size)
        for a, b, size in draw(st.lists(pairs, max_size=2 * n))
        if a != b
    ]
    return sizes, edges


@st.composite
def computations(draw: st.DrawFn) -> Drawing:
    """Values and operations as in a computation: one or two operands, one result."""
    labels = draw(st.booleans())
    sizes: list[Size] = [(70, 48)] * draw(st.integers(1, 4))
    edges: list[Edge] = []
    values = list(range(len(sizes)))
    for _ in range(draw(st.integers(1, 12))):
        operation, result = len(sizes), len(sizes) + 1
        for operand in draw(st.lists(st.sampled_from(values), min_size=1, max_size=2)):
            edges.append(Edge(operand, operation, (40, 14) if labels else None))
        edges.append(Edge(operation, result))
        sizes += [(28, 28), (64, 35)]
        values.append(result)
    return sizes, edges


ANY = drawings() | computations()


def random_examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None)


# ------------------------------------------------------------------------------ looking at them


def box(centre: tuple[float, float], size: Size) -> tuple[float, float, float, float]:
    (x, y), (w, h) = centre, size
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def boxes_of(sizes: list[Size], edges: list[Edge], picture: Layout) -> list[tuple[float, ...]]:
    """Nodes first, then the labels of the edges that have one."""
    nodes = [box(centre, size) for centre, size in zip(picture.positions, sizes, strict=True)]
    labels = [
        box(route.label, edge.label)
        for route, edge in zip(picture.routes, edges, strict=True)
        if route.label and edge.label
    ]
    return nodes + labels


def trace(points: tuple[tuple[float, float], ...], samples: int = 40) -> NDArray[np.float64]:
    """Points along a chain of cubic Bezier curves: shape (2, number of points)."""
    p = np.array(points)
    t = np.linspace(0, 1, samples)[:, None]
    pieces = [
        (1 - t) ** 3 * p[i]
        + 3 * t * (1 - t) ** 2 * p[i + 1]
        + 3 * t**2 * (1 - t) * p[i + 2]
        + t**3 * p[i + 3]
        for i in range(0, len(p) - 1, 3)
    ]
    return np.concatenate(pieces).T


def crossings_drawn(routes: list[Route], tails: list[int]) -> int:
    """Count how often one line changes sides with another, looking only at the curves.

    Lines with the same tail may share their way: what crosses them there crosses them once.
    """
    if not routes:
        return 0
    x = np.arange(0, max(route.points[-1][0] for route in routes), 0.4)
    lines = [np.interp(x, *trace(r.points), left=np.nan, right=np.nan) for r in routes]
    places = set()
    for (a, tail_a), (b, tail_b) in combinations(zip(lines, tails, strict=True), 2):
        side = np.sign(np.nan_to_num(np.round(a - b, 6)))
        (apart,) = np.nonzero(side)
        for i in apart[:-1][side[apart[1:]] != side[apart[:-1]]]:
            pair = min(tail_a, tail_b), max(tail_a, tail_b)
            places.add((pair, i, round((a[i] + b[i]) / 2, 3)))
    return len(places)


# ------------------------------------------------------------------------------ what must hold


def struck(sizes: list[Size], edges: list[Edge], picture: Layout) -> list[str]:
    """What touches what must not touch: boxes and labels one another, and lines all but their own."""
    boxes = np.array(boxes_of(sizes, edges, picture)).reshape(-1, 4)
    names = [f"node {v}" for v in range(len(sizes))]
    names += [f"label of edge {e}" for e, edge in enumerate(edges) if edge.label]
    left, top, right, bottom = boxes.T[:, :, None]
    apart = (right <= left.T) | (left >= right.T) | (bottom <= top.T) | (top >= bottom.T)
    found = [f"{names[a]} and {names[b]}" for a, b in np.argwhere(~apart) if a < b]
    for e, route in enumerate(picture.routes):
        x, y = trace(route.points)
        inside = (left + 0.02 < x) & (x < right - 0.02) & (top + 0.02 < y) & (y < bottom - 0.02)
        hit = (names[b] for b in np.flatnonzero(inside.any(axis=1)))
        found += [f"edge {e} and {name}" for name in hit if name != f"label of edge {e}"]
    return found


@random_examples(500)
@given(ANY, st.booleans(), st.sampled_from(["LR", "TB"]), st.none() | st.floats(100, 900))
def test_nothing_touches_anything_else(
    drawing: Drawing, free: bool, direction: Direction, wrap_width: float | None
) -> None:
    sizes, edges = drawing
    ordered = () if free else range(len(sizes))
    picture = layout(sizes, edges, ordered=ordered, direction=direction, wrap_width=wrap_width)
    assert struck(sizes, edges, picture) == []


@random_examples(40)
@given(ANY)
def test_lines_run_from_the_tail_to_the_head_and_always_to_the_right(drawing: Drawing) -> None:
    sizes, edges = drawing
    picture = layout(sizes, edges)
    for edge, route in zip(edges, picture.routes, strict=True):
        _, top, right, bottom = box(picture.positions[edge.tail], sizes[edge.tail])
        start_x, start_y = route.points[0]
        assert start_x == pytest.approx(right, abs=0.02)
        assert top < start_y < bottom
        left, top, _, bottom = box(picture.positions[edge.head], sizes[edge.head])
        end_x, end_y = route.points[-1]
        assert end_x == pytest.approx(left, abs=0.02)
        assert top < end_y < bottom
        assert len(route.points) % 3 == 1
        assert (np.diff(trace(route.points)[0]) > -1e-9).all()
        assert picture.positions[edge.tail][0] < picture.positions[edge.head][0]


@random_examples(40)
@given(ANY)
def test_labels_sit_on_their_line_right_before_the_head(drawing: Drawing) -> None:
    sizes, edges = drawing
    picture = layout(sizes, edges)
    part = parts(len(sizes), edges)
    for edge, route in zip(edges, picture.routes, strict=True):
        assert (route.label is None) == (edge.label is None)
        if route.label and edge.label:
            x, y = route.label
            on_line = trace(route.points)
            assert np.interp(x, *on_line) == pytest.approx(y, abs=0.3)
            # It may come in from above or below, and goes out at the other end.
            end = np.interp(x + edge.label[0] / 2, *on_line)
            assert abs(end - y) <= edge.label[1] / 2
            between = [
                v
                for v, (other, _) in enumerate(picture.positions)
                if part[v] == part[edge.head] and x < other < picture.positions[edge.head][0]
            ]
            assert not between


def test_a_line_with_nothing_in_its_way_climbs_without_a_step() -> None:
    """From the second operand, below, up through its label to the operation."""
    sizes = [VALUE, VALUE, OPERATION, VALUE]
    edges = [Edge(0, 2, LABEL), Edge(1, 2, LABEL), Edge(2, 3)]
    for label in (LABEL, None):
        edges[1] = Edge(1, 2, label)
        picture = layout(sizes, edges)
        x, y = trace(picture.routes[1].points)
        heights = np.interp(np.arange(x[0] + 8, x[-1] - 8, 4), x, y)
        assert (np.diff(heights) < -0.2).all()
        assert struck(sizes, edges, picture) == []


def test_a_line_past_other_boxes_stays_level_where_labels_stand() -> None:
    sizes = [VALUE, VALUE, VALUE, OPERATION, OPERATION]
    edges = [Edge(0, 3, LABEL), Edge(2, 3, LABEL), Edge(1, 4, LABEL), Edge(2, 4, LABEL)]
    picture = layout(sizes, edges)
    assert struck(sizes, edges, picture) == []
    assert picture.crossings == crossings_drawn(list(picture.routes), [e.tail for e in edges])


@random_examples(40)
@given(ANY)
def test_operands_arrive_in_written_order_where_they_must(drawing: Drawing) -> None:
    sizes, edges = drawing
    picture = layout(sizes, edges, ordered=range(len(sizes)))
    for head in range(len(sizes)):
        arrivals = [
            route.points[-1][1]
            for edge, route in zip(edges, picture.routes, strict=True)
            if edge.head == head
        ]
        assert all(above < below for above, below in pairwise(arrivals))


@random_examples(40)
@given(ANY, st.booleans())
def test_the_crossings_reported_are_the_crossings_drawn(drawing: Drawing, free: bool) -> None:
    sizes, edges = drawing
    picture = layout(sizes, edges, ordered=() if free else range(len(sizes)))
    part = parts(len(sizes), edges)
    drawn = 0
    for p in set(part):
        own = [e for e, edge in enumerate(edges) if part[edge.tail] == p]
        drawn += crossings_drawn([picture.routes[e] for e in own], [edges[e].tail for e in own])
    assert picture.crossings == drawn


@random_examples(40)
@given(ANY)
def test_edges_of_one_tail_share_one_waypoint_in_each_column(drawing: Drawing) -> None:
    sizes, edges = drawing
    n = len(sizes)
    whole = edges + [Edge(n, v) for v in range(n)]  # one more node keeps everything connected
    g = make_columns([*sizes, (9, 9)], whole, ())
    waypoints = [(g.tail[v], g.column[v]) for v in range(n + 1, len(g.column))]
    assert len(waypoints) == len(set(waypoints))


@random_examples(40)
@given(ANY)
def test_edges_of_different_tails_never_share_their_way(drawing: Drawing) -> None:
    sizes, edges = drawing
    picture = layout(sizes, edges)
    x = np.arange(0, picture.size[0], 0.4)
    lines = [np.interp(x, *trace(r.points), left=np.nan, right=np.nan) for r in picture.routes]
    for (a, edge_a), (b, edge_b) in combinations(zip(lines, edges, strict=True), 2):
        if edge_a.tail != edge_b.tail:
            assert (np.abs(a - b) < 0.01).sum() < 20  # a moment, where they cross


@random_examples(40)
@given(ANY)
def test_everything_lies_within_the_size_reported(drawing: Drawing) -> None:
    picture = layout(*drawing)
    corners = [np.array(boxes_of(*drawing, picture)).reshape(-1, 2)]
    corners += [np.array(route.points) for route in picture.routes]
    points = np.concatenate(corners)
    assert points.min(axis=0) == pytest.approx([0, 0], abs=0.02)
    assert (points.max(axis=0) <= np.array(picture.size) + 0.02).all()


def parts(nodes: int, edges: list[Edge]) -> list[int]:
    part = list(range(nodes))
    for edge in edges:
        a, b = part[edge.tail], part[edge.head]
        part = [a if p == b else p for p in part]
    return part


# ------------------------------------------------------------------------------ known pictures

VALUE, OPERATION, LABEL = (70.0, 48.0), (28.0, 28.0), (30.0, 14.0)


def regression() -> Drawing:
    """w, x -> (×) -> y_hat -> (-) <- y;  (-) -> s -> (^2) -> loss"""
    w, x, y, times, y_hat, minus, s, square, loss = range(9)
    sizes = [VALUE, VALUE, VALUE, OPERATION, VALUE, OPERATION, VALUE, OPERATION, VALUE]
    edges = [
        Edge(w, times, LABEL),
        Edge(x, times, LABEL),
        Edge(times, y_hat),
        Edge(y_hat, minus, LABEL),
        Edge(y, minus, LABEL),
        Edge(minus, s),
        Edge(s, square, LABEL),
        Edge(square, loss),
    ]
    return sizes, edges


def test_the_regression_has_no_crossing_and_a_straight_spine() -> None:
    sizes, edges = regression()
    picture = layout(sizes, edges)
    assert picture.crossings == 0
    times, y_hat, minus, s, square, loss = 3, 4, 5, 6, 7, 8
    spine = {picture.positions[v][1] for v in (times, y_hat, minus, s, square, loss)}
    assert len(spine) == 1
    for edge, route in zip(edges, picture.routes, strict=True):
        if edge.tail >= times:
            assert {y for _, y in route.points} == spine


def test_both_operands_of_x_times_x_have_their_own_line_and_label() -> None:
    picture = layout([VALUE, OPERATION], [Edge(0, 1, LABEL), Edge(0, 1, LABEL)])
    first, second = picture.routes
    assert first.points[0][1] < second.points[0][1]
    assert first.points[-1][1] < second.points[-1][1]
    assert first.label
    assert second.label
    assert first.label[1] < second.label[1]


def test_sums_may_change_operands_to_save_a_crossing_and_differences_may_not() -> None:
    a, b, minus, plus = 0, 1, 2, 3
    sizes = [VALUE, VALUE, OPERATION, OPERATION]
    edges = [Edge(a, minus), Edge(b, minus), Edge(b, plus), Edge(a, plus)]
    assert layout(sizes, edges, ordered=[minus, plus]).crossings == 2
    assert layout(sizes, edges, ordered=[minus]).crossings == 1


def test_what_is_written_first_lies_on_top_where_that_costs_no_crossing() -> None:
    x1, w1, x2, w2, b = range(5)
    first, second, plus, v1, v2, total, plus_b, n = range(5, 13)
    sizes = [VALUE] * 5 + [OPERATION] * 3 + [VALUE] * 3 + [OPERATION, VALUE]
    edges = [Edge(x1, first), Edge(w1, first), Edge(x2, second), Edge(w2, second)]
    edges += [Edge(first, v1), Edge(second, v2), Edge(v1, plus), Edge(v2, plus)]
    edges += [Edge(plus, total), Edge(total, plus_b), Edge(b, plus_b), Edge(plus_b, n)]
    y = [y for _, y in layout(sizes, edges).positions]
    assert y[x1] < y[w1] < y[x2] < y[w2]
    assert y[v1] < y[v2]
    assert y[total] < y[b]


def recurrence(steps: int) -> Drawing:
    """``h = tanh(w * h + b)`` again and again. The nodes: w, b, h, then six for every step."""
    w, b, h = range(3)
    sizes, edges = [VALUE] * 3, []
    for _ in range(steps):
        times, product, plus, total, tanh, after = range(len(sizes), len(sizes) + 6)
        sizes += [OPERATION, VALUE] * 3
        edges += [Edge(w, times, LABEL), Edge(h, times, LABEL), Edge(times, product)]
        edges += [Edge(product, plus, LABEL), Edge(b, plus, LABEL), Edge(plus, total)]
        edges += [Edge(total, tanh, LABEL), Edge(tanh, after)]
        h = after
    return sizes, edges


def test_a_value_used_at_every_step_is_one_straight_trunk_with_branches() -> None:
    w, b = 0, 1
    sizes, edges = recurrence(12)
    picture = layout(sizes, edges)
    assert picture.crossings == 0
    spine = {picture.positions[v][1] for v in range(3, len(sizes))}
    assert len(spine) == 1
    levels = []
    for tail in (w, b):
        uses = [r for edge, r in zip(edges, picture.routes, strict=True) if edge.tail == tail]
        *uses, longest = [trace(route.points) for route in uses]
        levels.append(float(np.interp(picture.size[0] / 2, *longest)))
        for use in uses[1:]:
            x = np.arange(use[0][0], use[0][-1])
            apart = np.abs(np.interp(x, *use) - np.interp(x, *longest)) > 1e-6
            # They run over each other, on the level of the trunk, and part in the last gap.
            leaves = int(np.argmax(apart))
            assert apart[leaves:].all()
            assert np.interp(x[leaves - 1], *longest) == pytest.approx(levels[-1])
            assert use[0][-1] - x[leaves] < 150
    assert min(levels) < min(spine) < max(levels)


def test_more_steps_make_the_picture_wider_but_not_higher() -> None:
    few, many = layout(*recurrence(5)), layout(*recurrence(40))
    assert many.size[1] == few.size[1]
    assert many.size[0] < 9 * few.size[0]


def test_a_fan_of_lines_leaves_from_different_heights() -> None:
    fan = 6
    picture = layout([VALUE] + [OPERATION] * fan, [Edge(0, k + 1) for k in range(fan)])
    starts = sorted(route.points[0][1] for route in picture.routes)
    assert min(np.diff(starts)) > 4


def test_nothing_at_all_gives_an_empty_picture() -> None:
    assert layout([], []) == Layout((), (), (0.0, 0.0), 0)


def test_one_node_fills_the_picture() -> None:
    assert layout([(30, 20)], []) == Layout(((15.0, 10.0),), (), (30.0, 20.0), 0)


def test_parts_that_are_not_connected_are_stacked() -> None:
    picture = layout([VALUE] * 5, [Edge(0, 1), Edge(3, 4)])
    assert [x for x, _ in picture.positions] == [35, 125, 35, 35, 125]
    assert picture.positions[0][1] < picture.positions[2][1] < picture.positions[3][1]


def test_a_chain_of_ten_thousand_nodes_is_one_straight_line() -> None:
    n = 10_000
    picture = layout([OPERATION] * n, [Edge(k, k + 1) for k in range(n - 1)])
    assert {y for _, y in picture.positions} == {14.0}
    assert picture.crossings == 0


def test_a_value_used_a_thousand_times_runs_beside_a_straight_computation() -> None:
    x, h, uses = 0, 1, 1000
    sizes, edges = [VALUE, VALUE], []
    for _ in range(uses):
        operation, after = len(sizes), len(sizes) + 1
        sizes += [OPERATION, VALUE]
        edges += [Edge(x, operation, LABEL), Edge(h, operation, LABEL), Edge(operation, after)]
        h = after
    picture = layout(sizes, edges)
    assert picture.crossings == 0
    assert len({y for _, y in picture.positions[2:]}) == 1
    assert picture.size[1] < 4 * VALUE[1]
    # The line to the last use is short to write down, however long it is to draw.
    assert max(len(route.points) for route in picture.routes) < 20


def test_a_fan_of_a_thousand_lines_crosses_nothing() -> None:
    fan = 1000
    edges = [Edge(0, k + 1, LABEL) for k in range(fan)]
    picture = layout([VALUE] + [OPERATION] * fan, edges)
    assert picture.crossings == 0
    starts = [route.points[0][1] for route in picture.routes]
    top, bottom = picture.positions[0][1] - 24, picture.positions[0][1] + 24
    assert all(top <= start <= bottom for start in starts)


def test_many_edges_between_the_same_two_nodes_each_have_a_line_and_a_label() -> None:
    edges = [Edge(0, 1, LABEL)] * 30
    picture = layout([VALUE, OPERATION], edges)
    assert struck([VALUE, OPERATION], edges, picture) == []
    assert len({route.points for route in picture.routes}) == 30
    assert len({route.label for route in picture.routes}) == 30


@pytest.mark.parametrize("seed", range(3))
def test_tangles_stay_readable(seed: int) -> None:
    """Far more long lines than any computation has: nothing touches, and what is told is true."""
    rng, n = Random(seed), 60
    sizes = [(rng.uniform(15, 90), rng.uniform(15, 50)) for _ in range(n)]
    edges = [
        Edge(rng.randrange(k), k, LABEL if rng.random() < 0.5 else None)
        for k in range(1, n)
        for _ in range(rng.choice((1, 1, 2)))
    ]
    picture = layout(sizes, edges)
    assert struck(sizes, edges, picture) == []
    assert picture.crossings == crossings_drawn(list(picture.routes), [e.tail for e in edges])


# ------------------------------------------------------------------------------ top to bottom


@random_examples(40)
@given(ANY)
def test_top_to_bottom_is_left_to_right_with_x_and_y_exchanged(drawing: Drawing) -> None:
    sizes, edges = drawing
    down = layout(sizes, edges, direction="TB")
    flat = layout(
        [(h, w) for w, h in sizes],
        [Edge(e.tail, e.head, e.label and (e.label[1], e.label[0])) for e in edges],
    )
    assert [(y, x) for x, y in down.positions] == list(flat.positions)
    assert down.size == flat.size[::-1]
    for a, b in zip(down.routes, flat.routes, strict=True):
        assert [(y, x) for x, y in a.points] == list(b.points)
        assert (a.label and a.label[::-1]) == b.label


def test_operands_stand_from_left_to_right_above_their_operation() -> None:
    sizes, edges = regression()
    picture = layout(sizes, edges, direction="TB")
    (w, x, _, times), (first, second) = picture.positions[:4], picture.routes[:2]
    assert w[1] == x[1] < times[1]
    assert w[0] < x[0]
    assert first.label
    assert second.label
    assert first.label[1] == second.label[1] < times[1] - OPERATION[1] / 2
    # Labels stay upright: side by side they need their widths.
    assert second.label[0] - first.label[0] > LABEL[0]


# ------------------------------------------------------------------------------ bands


@random_examples(60)
@given(computations(), st.floats(300, 900))
def test_bands_are_not_wider_than_asked_or_there_is_only_one(
    drawing: Drawing, wrap_width: float
) -> None:
    sizes, edges = drawing
    whole, picture = layout(sizes, edges), layout(sizes, edges, wrap_width=wrap_width)
    if whole.size[0] <= wrap_width:
        assert picture == whole
    assert picture.size[0] <= max(wrap_width, whole.size[0])
    assert picture.crossings == whole.crossings
    for edge, route in zip(edges, picture.routes, strict=True):
        for end, node, side in ((0, edge.tail, 1), (-1, edge.head, -1)):
            x, y = picture.positions[node]
            assert route.points[end][0] == pytest.approx(x + side * sizes[node][0] / 2, abs=0.02)
            assert abs(route.points[end][1] - y) < sizes[node][1] / 2


def test_a_long_computation_becomes_even_bands_in_reading_order() -> None:
    sizes, edges = recurrence(20)
    picture = layout(sizes, edges, wrap_width=900)
    assert 600 < picture.size[0] <= 900
    assert struck(sizes, edges, picture) == []
    spine = picture.positions[3:]
    bands = 1
    for (x, y), (next_x, next_y) in pairwise(spine):
        if next_x < x:  # a new band, below all that came before
            bands += 1
            assert next_y > y + 48
        else:
            assert abs(next_y - y) < 48
    assert bands == pytest.approx(layout(sizes, edges).size[0] / 800, rel=0.3)


def test_each_band_is_only_as_high_as_what_stands_in_it() -> None:
    """Many rows on the left, one long row after them."""
    fan = 8
    sizes, edges = [VALUE] * fan + [OPERATION], [Edge(k, fan) for k in range(fan)]
    for _ in range(12):
        edges.append(Edge(len(sizes) - 1, len(sizes)))
        sizes.append(VALUE)
    whole, picture = layout(sizes, edges), layout(sizes, edges, wrap_width=400)
    assert picture.size[0] <= 400
    later = [y for x, y in picture.positions[fan + 1 :] if y > whole.size[1]]
    bands = sorted(set(later))
    assert len(bands) >= 2
    assert max(np.diff(bands)) < 2.5 * VALUE[1]
    assert struck(sizes, edges, picture) == []


def test_lines_between_bands_do_not_meet() -> None:
    sizes, edges = recurrence(12)
    picture = layout(sizes, edges, wrap_width=900)
    lanes = {
        (y, edge.tail, round(x1, 2), round(x0, 2))
        for edge, route in zip(edges, picture.routes, strict=True)
        for (x0, y), (x1, y1) in pairwise(route.points)
        if y == y1 and x1 < x0 - 100
    }
    assert lanes
    by_level: dict[float, set[int]] = {}
    for y, tail, *_ in lanes:
        by_level.setdefault(y, set()).add(tail)
    assert all(len(tails) == 1 for tails in by_level.values())
    levels = sorted(by_level)
    assert min(np.diff(levels)) >= 8


def test_a_picture_with_many_lines_everywhere_stays_in_one_piece() -> None:
    sizes, edges = [VALUE] * 40, []
    for column in range(3):
        first = 10 * column
        edges += [Edge(first + k, first + 10 + (k + j) % 10) for k in range(10) for j in range(2)]
    assert layout(sizes, edges, wrap_width=200) == layout(sizes, edges)


# ------------------------------------------------------------------------------ the same, always


def digest() -> str:
    """A fingerprint of the nine graphs and of a long one in bands, to the hundredth of a pixel."""
    pictures = []
    for build in [*GRAPHS.values(), lambda: scalar_recurrence(10)]:
        g: Drawn = build()
        for labels in (False, True):
            edges = g.edges(labels)
            pictures.append(layout(g.sizes, edges, ordered=g.ordered, wrap_width=1200))
            pictures.append(layout(g.sizes, edges, direction="TB"))
    return hashlib.sha256(repr(pictures).encode()).hexdigest()[:16]


def test_the_pictures_are_the_same_on_every_machine() -> None:
    # A change of the layout changes this: look at the pictures and at the benchmark, then store
    # the new one.
    assert digest() == "63fd9a7794126008"


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("edges", [[Edge(0, 0)], [Edge(0, 1), Edge(1, 2), Edge(2, 0)]])
def test_a_cycle_is_refused_in_plain_words(edges: list[Edge]) -> None:
    with pytest.raises(ValueError, match="cycle"):
        layout([VALUE] * 3, edges)


def test_an_edge_to_nowhere_is_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match="names node 2, but there are only 2 nodes"):
        layout([VALUE] * 2, [Edge(0, 2)])


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ({"sizes": [(30, -2)]}, r"a node is \(30, -2\); sizes and gaps are numbers of pixels"),
        ({"sizes": [(float("nan"), 2)]}, r"a node is \(nan, 2\)"),
        ({"sizes": [(float("inf"), 2)]}, r"a node is \(inf, 2\)"),
        ({"edges": [Edge(0, 1, (3, -1))]}, r"a label is \(3, -1\)"),
        ({"edges": [Edge(-1, 1)]}, "names node -1"),
        ({"rank_gap": -1}, "rank_gap and node_gap are"),
        ({"direction": "RL"}, "direction is 'RL'; it can be 'LR' .* or 'TB'"),
        ({"wrap_width": 0}, "wrap_width is 0; it is a number of pixels, or None"),
        ({"wrap_width": float("nan")}, "wrap_width is nan"),
    ],
)
def test_bad_numbers_are_refused_in_plain_words(problem: dict[str, object], words: str) -> None:
    arguments = {"sizes": [VALUE, VALUE], "edges": [], **problem}
    with pytest.raises(ValueError, match=words):
        layout(**arguments)  # type: ignore[arg-type]


def test_the_picture_is_the_same_in_every_process() -> None:
    program = """
from microtorch.graph.layout import Edge, layout
n = 40
sizes = [(20 + 7 * k % 50, 15 + 5 * k % 40) for k in range(n)]
edges = [Edge(k * k % m, m, (30, 14) if k % 3 else None) for m in range(1, n) for k in (m, m + 5)]
print(layout(sizes, edges, ordered=set(range(0, n, 2)), wrap_width=400))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    }
    assert len(outputs) == 1
    assert "Route" in outputs.pop()


# ------------------------------------------------------------------------------ network simplex


@st.composite
def problems(draw: st.DrawFn) -> tuple[int, list[Bond]]:
    """A connected problem: every node after the first is tied to an earlier one."""
    n = draw(st.integers(2, 9))
    ties = [(draw(st.integers(0, v - 1)), v) for v in range(1, n)]
    more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=12))
    return n, [
        Bond(min(a, b), max(a, b), draw(st.integers(0, 4)), draw(st.integers(0, 9)))
        for a, b in ties + more
        if a != b
    ]


def costs(ranks: NDArray[np.int_], bonds: list[Bond]) -> NDArray[np.float64]:
    """The weighted length of every row of ``ranks``; infinity where a bond is too short."""
    tail, head, length, weight = np.array(bonds).T
    lengths = ranks[:, head] - ranks[:, tail]
    return np.where((lengths >= length).all(axis=1), lengths @ weight, np.inf)


@random_examples(150)
@given(problems())
def test_network_simplex_finds_the_best_ranks(problem: tuple[int, list[Bond]]) -> None:
    # The cost is L-natural convex (Murota 2003): ranks are best of all if no group of nodes can
    # gain by moving up by one together. So looking at all groups is a complete check.
    n, bonds = problem
    ranks = np.array(network_simplex(n, bonds))
    groups = np.array(list(product((0, 1), repeat=n)))
    (best,) = costs(ranks[None], bonds)
    assert best < np.inf
    assert ranks.min() == 0
    assert costs(ranks + groups, bonds).min() == best


def test_network_simplex_equals_trying_everything() -> None:
    bonds = [
        Bond(0, 1, 1, 3),
        Bond(0, 2, 2, 1),
        Bond(1, 3, 1, 1),
        Bond(2, 3, 1, 4),
        Bond(0, 3, 0, 2),
    ]
    best = costs(np.array(list(product(range(6), repeat=4))), bonds).min()
    assert costs(np.array([network_simplex(4, bonds)]), bonds) == best
