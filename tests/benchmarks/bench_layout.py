"""Compare the layout with Graphviz's dot on ten computation graphs.

    uv run --group bench python tests/benchmarks/bench_layout.py

Prints crossings, length of the lines, area and time, as ratios to dot (below 1: better than dot).
Where lines run over each other, they count once: what is measured is the picture.
Both get the same boxes and the same gaps. "free" may swap the operands of sums and products.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
import pygraphviz

from microtorch.graph.layout import Edge, layout

RANK_GAP, NODE_GAP = 40.0, 18.0
LABEL = (34.0, 14.0)


# ------------------------------------------------------------------------------ the ten graphs


@dataclass
class Sketch:
    """A graph under construction: values and operations get their boxes as they are made."""

    sizes: list[tuple[float, float]] = field(default_factory=list)
    uses: list[tuple[int, int]] = field(default_factory=list)  # value -> operation
    results: list[tuple[int, int]] = field(default_factory=list)  # operation -> value
    commutative: list[int] = field(default_factory=list)

    def value(self) -> int:
        self.sizes.append((76.0, 48.0))
        return len(self.sizes) - 1

    def op(self, symbol: str, *operands: int) -> int:
        self.sizes.append((max(28.0, 7.0 * len(symbol) + 14), 28.0))
        operation = len(self.sizes) - 1
        self.uses += [(operand, operation) for operand in operands]
        if symbol in "+×":
            self.commutative.append(operation)
        result = self.value()
        self.sizes[result] = (82.0, 35.0)
        self.results.append((operation, result))
        return result

    def edges(self, labels: bool) -> list[Edge]:
        label = LABEL if labels else None
        return [Edge(*use, label) for use in self.uses] + [Edge(*result) for result in self.results]


def regression(g: Sketch) -> None:
    y_hat = g.op("×", g.value(), g.value())
    g.op("^", g.op("−", y_hat, g.value()))


def three_points(g: Sketch) -> None:
    w, b = g.value(), g.value()
    total = -1
    for _ in range(3):
        y_hat = g.op("+", g.op("×", w, g.value()), b)
        square = g.op("^", g.op("−", y_hat, g.value()))
        total = square if total < 0 else g.op("+", total, square)
    g.op("÷", total, g.value())


def neuron(g: Sketch) -> None:
    products = [g.op("×", g.value(), g.value()) for _ in range(2)]
    g.op("tanh", g.op("+", g.op("+", *products), g.value()))


def micrograd_readme(g: Sketch) -> None:
    a, b = g.value(), g.value()
    c = g.op("+", a, b)
    d = g.op("+", g.op("×", a, b), g.op("^", b))
    c = g.op("+", c, g.op("+", c, g.value()))
    c = g.op("+", c, g.op("+", g.op("+", g.value(), c), g.op("neg", a)))
    d = g.op("+", d, g.op("+", g.op("×", d, g.value()), g.op("relu", g.op("+", b, a))))
    d = g.op("+", d, g.op("+", g.op("×", d, g.value()), g.op("relu", g.op("−", b, a))))
    f = g.op("^", g.op("−", c, d))
    g.op("+", g.op("÷", f, g.value()), g.op("÷", g.value(), f))


def residual_blocks(g: Sketch) -> None:
    h = g.value()
    for _ in range(3):
        inner = g.op("relu", g.op("+", g.op("×", g.value(), h), g.value()))
        h = g.op("+", h, g.op("+", g.op("×", g.value(), inner), g.value()))


def cross_entropy(g: Sketch) -> None:
    exps = [g.op("exp", g.value()) for _ in range(3)]
    total = g.op("+", g.op("+", exps[0], exps[1]), exps[2])
    terms = [g.op("×", g.value(), g.op("log", g.op("÷", e, total))) for e in exps]
    g.op("neg", g.op("+", g.op("+", terms[0], terms[1]), terms[2]))


def mlp(*widths: int) -> Callable[[Sketch], None]:
    def build(g: Sketch) -> None:
        h = [g.value() for _ in range(widths[0])]
        for layer, width in enumerate(widths[1:], start=2):
            after = []
            for _ in range(width):
                total = g.value()
                for x in h:
                    total = g.op("+", total, g.op("×", g.value(), x))
                after.append(g.op("tanh", total) if layer < len(widths) else total)
            h = after
        g.op("^", g.op("−", h[0], g.value()))

    return build


def attention(g: Sketch) -> None:
    x = g.value()
    q, k, v = (g.op("@", x, g.value()) for _ in range(3))
    scores = g.op("×", g.op("@", q, g.op("T", k)), g.value())
    r = g.op("+", x, g.op("@", g.op("softmax", scores), v))
    f = g.op("@", g.op("relu", g.op("@", r, g.value())), g.value())
    g.op("mean", g.op("^", g.op("−", g.op("+", r, f), g.value())))


def recurrence(steps: int) -> Callable[[Sketch], None]:
    def build(g: Sketch) -> None:
        w, b, h = g.value(), g.value(), g.value()
        for _ in range(steps):
            h = g.op("tanh", g.op("+", g.op("×", h, w), b))

    return build


GRAPHS: dict[str, Callable[[Sketch], None]] = {
    "regression": regression,
    "three points": three_points,
    "neuron": neuron,
    "micrograd README": micrograd_readme,
    "residual blocks": residual_blocks,
    "cross-entropy": cross_entropy,
    "MLP 2-3-1": mlp(2, 3, 1),
    "MLP 3-4-4-1": mlp(3, 4, 4, 1),
    "attention": attention,
    "recurrence, 8 steps": recurrence(8),
}


# ------------------------------------------------------------------------------ two engines

Curves = list[list[tuple[float, float]]]


def own(g: Sketch, labels: bool, free: bool) -> tuple[Curves, tuple[float, float]]:
    picture = layout(
        g.sizes,
        g.edges(labels),
        rank_gap=RANK_GAP,
        node_gap=NODE_GAP,
        commutative=g.commutative if free else (),
    )
    return [list(route.points) for route in picture.routes], picture.size


def dot(g: Sketch, labels: bool) -> tuple[Curves, tuple[float, float]]:
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
            cell = f'fixedsize="true" width="{edge.label[0]:g}" height="{edge.label[1]:g}"'
            table = f'<<table border="0" cellborder="0"><tr><td {cell}></td></tr></table>>'
            graph.get_edge(edge.tail, edge.head, e).attr["label"] = table
    graph.layout(prog="dot")
    curves = [
        [
            (float(x), float(y))
            for x, y in re.findall(r"(-?[\d.e+-]+),(-?[\d.e+-]+)", edge.attr["pos"])
        ]
        for edge in graph.edges()
    ]
    left, bottom, right, top = (float(x) for x in graph.graph_attr["bb"].split(","))
    return curves, (right - left, top - bottom)


# ------------------------------------------------------------------------------ one yardstick


def trace(curve: list[tuple[float, float]]) -> np.ndarray:
    """Points along a chain of cubic Bezier curves."""
    p = np.array(curve)
    t = np.linspace(0, 1, 17)[:, None]
    pieces = [
        (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for a, b, c, d in zip(p[:-3:3], p[1:-2:3], p[2:-1:3], p[3::3], strict=True)
    ]
    return np.concatenate([p[:1], *[piece[1:] for piece in pieces]])


def crossings(traces: list[np.ndarray]) -> int:
    """Places where short pieces of different lines cross."""
    a = np.concatenate([t[:-1] for t in traces])
    b = np.concatenate([t[1:] for t in traces])
    line = np.concatenate([np.full(len(t) - 1, k) for k, t in enumerate(traces)])

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (
            r[..., 0] - p[..., 0]
        )

    places: set[tuple[float, float]] = set()
    for i in range(len(a)):
        c, d = a[line > line[i]], b[line > line[i]]
        before, after = side(c, d, a[i]), side(c, d, b[i])
        cross = (side(a[i], b[i], c) * side(a[i], b[i], d) < 0) & (before * after < 0)
        way = (before[cross] / (before[cross] - after[cross]))[:, None]
        places.update((x, y) for x, y in np.round(a[i] + way * (b[i] - a[i]), 2).tolist())
    return len(places)


def ink(traces: list[np.ndarray]) -> float:
    """The length of all lines."""
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


def measure(engine: Callable[[], tuple[Curves, tuple[float, float]]]) -> list[float]:
    """Crossings, length, area, and the best time of three in milliseconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        curves, (width, height) = engine()
        times.append(time.perf_counter() - start)
    traces = [trace(curve) for curve in curves]
    return [crossings(traces), ink(traces), width * height, 1000 * min(times)]


def main() -> None:
    for labels in (False, True):
        print(f"\n{'with' if labels else 'without'} labels on the edges")
        print(
            f"{'':20}crossings: dot  own  free   length: own  free   area: own  free   ms: dot  own"
        )
        rows = []
        for name, build in GRAPHS.items():
            g = Sketch()
            build(g)
            rows.append(
                [
                    measure(partial(dot, g, labels)),
                    measure(partial(own, g, labels, False)),
                    measure(partial(own, g, labels, True)),
                ]
            )
            show(name, np.array(rows[-1]))
        show("all", np.sum(rows, axis=0))


def show(name: str, row: np.ndarray) -> None:
    (dot_row, own_row, free_row) = row
    own_ratio, free_ratio = (
        own_row / np.maximum(dot_row, 1e-9),
        free_row / np.maximum(dot_row, 1e-9),
    )
    print(
        f"{name:20}{dot_row[0]:14.0f}{own_row[0]:5.0f}{free_row[0]:6.0f}"
        f"{own_ratio[1]:14.2f}{free_ratio[1]:6.2f}{own_ratio[2]:12.2f}{free_ratio[2]:6.2f}"
        f"{dot_row[3]:10.1f}{own_row[3]:5.0f}"
    )


if __name__ == "__main__":
    main()
