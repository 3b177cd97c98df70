"""Compare the layout with Graphviz's dot on nine computation graphs.

    uv run --group bench python tests/benchmarks/bench_layout.py

Both engines get the same boxes, the same labels and the same gaps. Three pictures of each graph:

    dot     Graphviz: lines may arrive at a box in any order
    own     ours, with lines in any order too
    draw    ours as in ``torch.draw``: only sums and products may swap operands

and, for all of them:

    crossings  places where lines cross; where lines run over each other, one line is seen
    pairs      the same, but every pair of edges counts, seen or not
    length     of all curves as they are drawn, each edge from its tail to its head
    ink        where lines run over each other, they count once
    area       of the whole picture
    ms         processor time, the best of five runs, engines by turns

The same for further graphs. At the end: crossings with every operand in its written place
(``ordering=in`` in Graphviz), and the time for larger networks.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pygraphviz

from microtorch.graph.layout import layout

sys.path.append(str(Path(__file__).parents[1]))
from layout_graphs import GRAPHS, Drawn, mlp
from more_layout_graphs import MORE

RANK_GAP, NODE_GAP = 40.0, 18.0
ENGINES = ("dot", "own", "draw")
MEASURES = ("crossings", "pairs", "length", "ink", "area")
LARGE = {"MLP 3-3-1": (3, 3, 1), "MLP 4-5-4-1": (4, 5, 4, 1), "MLP 8-10-8-1": (8, 10, 8, 1)}

Curves = list[list[tuple[float, float]]]
Picture = tuple[Curves, tuple[float, float]]


# ------------------------------------------------------------------------------ two engines


def own(g: Drawn, labels: bool, ordered: Collection[int] = ()) -> Picture:
    picture = layout(
        g.sizes,
        g.edges(labels),
        rank_gap=RANK_GAP,
        node_gap=NODE_GAP,
        ordered=ordered,
    )
    return [list(route.points) for route in picture.routes], picture.size


def dot(g: Drawn, labels: bool, ordered: bool = False) -> Picture:
    graph = dot_graph(g, labels)
    if ordered:
        graph.graph_attr["ordering"] = "in"
    graph.layout(prog="dot")
    number = r"(-?[\d.e+-]+),(-?[\d.e+-]+)"
    curves = [
        [(float(x), -float(y)) for x, y in re.findall(number, edge.attr["pos"])]
        for edge in sorted(graph.edges(), key=lambda edge: int(edge.name))
    ]
    left, bottom, right, top = (float(x) for x in graph.graph_attr["bb"].split(","))
    return curves, (right - left, top - bottom)


def dot_graph(g: Drawn, labels: bool) -> pygraphviz.AGraph:
    inch = 72
    graph = pygraphviz.AGraph(directed=True, strict=False, rankdir="LR")
    graph.graph_attr.update(ranksep=RANK_GAP / inch, nodesep=NODE_GAP / inch)
    graph.node_attr.update(shape="box", fixedsize="true", label="")
    graph.edge_attr.update(arrowhead="none")
    for v, (w, h) in enumerate(g.sizes):
        graph.add_node(v, width=w / inch, height=h / inch)
    for e, edge in enumerate(g.edges(labels)):
        graph.add_edge(edge.tail, edge.head, key=e)
        if edge.label:
            cell = f'fixedsize="true" width="{edge.label[0]:.0f}" height="{edge.label[1]:.0f}"'
            style = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'
            table = f"<<table {style}><tr><td {cell}></td></tr></table>>"
            graph.get_edge(edge.tail, edge.head, e).attr["label"] = table
    return graph


# ------------------------------------------------------------------------------ one yardstick


def trace(curve: list[tuple[float, float]]) -> np.ndarray:
    """Points along a chain of cubic Bezier curves.

    None lies at the middle, where curves cross; and what is level, is level exactly.
    """
    p = np.array(curve)
    t = np.linspace(0, 1, 18)[:, None]
    pieces = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in zip(p[:-3:3], p[1:-2:3], p[2:-1:3], p[3::3], strict=True)
    ]
    return np.concatenate([p[:1], *[piece[1:] for piece in pieces]]).round(6)


def crossings(traces: list[np.ndarray]) -> tuple[int, int]:
    """Places where short pieces of different lines cross, and how many pairs of pieces do."""
    a = np.concatenate([t[:-1] for t in traces])
    b = np.concatenate([t[1:] for t in traces])
    line = np.concatenate([np.full(len(t) - 1, k) for k, t in enumerate(traces)])

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (
            r[..., 0] - p[..., 0]
        )

    places: set[tuple[float, float]] = set()
    pairs = 0
    for i in range(len(a)):
        c, d = a[line > line[i]], b[line > line[i]]
        before, after = side(c, d, a[i]), side(c, d, b[i])
        cross = (side(a[i], b[i], c) * side(a[i], b[i], d) < 0) & (before * after < 0)
        way = (before[cross] / (before[cross] - after[cross]))[:, None]
        places.update((x, y) for x, y in np.round(a[i] + way * (b[i] - a[i]), 2).tolist())
        pairs += len(way)
    return len(places), pairs


def ink(traces: list[np.ndarray]) -> float:
    """The length of all lines, where those that run over each other count once."""
    level: dict[float, list[tuple[float, float]]] = {}
    steep: set[tuple[float, ...]] = set()
    for t in traces:
        for (x0, y0), (x1, y1) in pairwise(np.round(t, 3).tolist()):
            if y0 == y1:
                level.setdefault(y0, []).append((min(x0, x1), max(x0, x1)))
            else:
                steep.add((x0, y0, x1, y1))
    length = sum(np.hypot(x1 - x0, y1 - y0) for x0, y0, x1, y1 in steep)
    for pieces in level.values():
        done = -np.inf
        for left, right in sorted(pieces):
            length += max(0.0, right - max(left, done))
            done = max(done, right)
    return float(length)


def measure(picture: Picture) -> list[float]:
    """One number for each of ``MEASURES``."""
    curves, (width, height) = picture
    traces = [trace(curve) for curve in curves]
    length = sum(float(np.hypot(*np.diff(t, axis=0).T).sum()) for t in traces)
    return [*crossings(traces), length, ink(traces), width * height]


def stopwatch(engines: list[Callable[[], Picture]], rounds: int = 5) -> tuple[list[Picture], ...]:
    """The pictures, and the best time of each engine in milliseconds; engines run by turns."""
    best = [np.inf] * len(engines)
    for _ in range(rounds):
        pictures = []
        for k, engine in enumerate(engines):
            start = time.process_time()
            pictures.append(engine())
            best[k] = min(best[k], 1000 * (time.process_time() - start))
    return pictures, best


# ------------------------------------------------------------------------------ the table


def compare(graphs: Mapping[str, Callable[[], Drawn]], labels: bool) -> None:
    print(f"\n{len(graphs)} graphs {'with' if labels else 'without'} labels on the edges")
    print(f"{'':17}{'crossings':^18}{'pairs':^16}", end="")
    print("".join(f"{name + ' / dot':^14}" for name in MEASURES[2:]) + f"{'ms':^18}")
    print(f"{'':17}" + f"{'dot  own draw':>16}" * 2, end="")
    print("   " + f"{'own  draw':^14}" * 3 + f"{'dot   own  draw':>16}")
    total = np.zeros((len(ENGINES), len(MEASURES) + 1))
    for name, build in graphs.items():
        g = build()
        engines = [partial(dot, g, labels), partial(own, g, labels)]
        engines.append(partial(own, g, labels, g.ordered))
        pictures, ms = stopwatch(engines)
        row = np.array([[*measure(p), t] for p, t in zip(pictures, ms, strict=True)])
        show(name, row)
        total += row
    show("all", total)
    ratio = total[1:] / total[0]
    print("against dot, " + "; ".join(
        f"{engine}: " + ", ".join(f"{m} {r:.2f}" for m, r in zip((*MEASURES, "time"), row, strict=True))
        for engine, row in zip(ENGINES[1:], ratio, strict=True)
    ))  # fmt: skip


def show(name: str, row: np.ndarray) -> None:
    counts = "".join("".join(f"{n:5.0f}" for n in row[:, k]) + " " for k in (0, 1))
    ratios = "".join(
        f"{row[1, k] / row[0, k]:7.2f}{row[2, k] / row[0, k]:6.2f} " for k in (2, 3, 4)
    )
    print(f"{name:17}{counts}  {ratios}" + "".join(f"{t:6.1f}" for t in row[:, 5]))


def compare_large() -> None:
    print("\nlarger networks")
    for name, widths in LARGE.items():
        g = mlp(*widths)
        for labels in (False, True):
            pictures, ms = stopwatch([partial(dot, g, labels), partial(own, g, labels)], 3)
            (_, dot_size), (_, own_size) = pictures
            print(
                f"{name:14}{len(g.sizes):4} nodes, {'with' if labels else 'no':4} labels: "
                f"dot {ms[0]:6.0f} ms, own {ms[1]:6.0f} ms; "
                f"area {np.prod(own_size) / np.prod(dot_size):.2f} of dot's"
            )


def compare_ordered() -> None:
    print("\ncrossings with every operand in its written place")
    for labels in (False, True):
        count = np.zeros(2)
        for build in GRAPHS.values():
            g = build()
            pictures = dot(g, labels, ordered=True), own(g, labels, range(len(g.sizes)))
            count += [measure(picture)[0] for picture in pictures]
        print(f"{'with' if labels else 'no':4} labels: dot {count[0]:.0f}, own {count[1]:.0f}")


def main() -> None:
    print(f"Graphviz of pygraphviz {pygraphviz.__version__}")
    for graphs in (GRAPHS, MORE):
        for labels in (False, True):
            compare(graphs, labels)
    compare_ordered()
    compare_large()


if __name__ == "__main__":
    main()
