"""Pictures of graphs of any size, and DOT source read by a real Graphviz.

    python tests/benchmarks/bench_graphs.py

Prints what it costs to trace, to fold and to draw a graph of 50,000 nodes, beside what it cost to
compute it; then lets Graphviz (pygraphviz, of the dependency group ``bench``) lay out pictures of
every kind. Times are ratios against the forward pass of the same run.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import pygraphviz

import microtorch as torch
from microtorch import nn
from microtorch.graph.fold import folded, size
from microtorch.graph.trace import trace

NAMES = ('<b>"x"</b>', "back\\slash\\", "\\N &lt; %", "שלום", "new\nline", "x" * 200, "{d0}")


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def chain(length: int = 8333) -> Any:
    """(w y + b).tanh() again and again: three operations and three values a round."""
    w, b = (torch.tensor(x, requires_grad=True) for x in (0.9, 0.1))
    y = w
    for _ in range(length):
        y = (w * y + b).tanh()
    return y


def large() -> None:
    y, forward = timed(chain)
    graph, traced = timed(lambda: trace(y))
    small, fold = timed(lambda: folded(graph))
    drawing, drawn = timed(lambda: torch.draw(y))
    _, written = timed(lambda: drawing.svg)
    print(f"{size(graph):,} nodes, folded to {size(small)}; forward pass {forward:.2f} s")
    for name, seconds in (("trace", traced), ("fold", fold), ("draw", drawn), ("svg", written)):
        print(f"  {name:8}{seconds:6.2f} s   {seconds / forward:5.1f} x forward")


def graphviz() -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
    w = torch.tensor([1.0, -2.0, float("nan")], requires_grad=True)
    pictures = [
        torch.draw(model(torch.randn(2, 5, 8)).sum(), "backward", fold=fold, unfold=unfold)
        for fold, unfold in ((None, ()), (True, ()), (True, "model"))
    ]
    pictures += [torch.draw((w * w).sum(), "backward", names={name: w}) for name in NAMES]
    pictures += [
        torch.draw((w * w).sum(), "local", expand=True, compact=True, direction="TB", dark=True),
        torch.draw(chain(200)),
    ]
    for drawing in pictures:
        graph = pygraphviz.AGraph(string=drawing.dot)
        graph.layout(prog="dot")
        values = [n for n in graph.nodes() if n.startswith("v")]
        assert len(values) == len(drawing.graph.values)
        assert all(n.attr["pos"] for n in graph.nodes())
        graph.close()
    print(f"Graphviz read and laid out {len(pictures)} pictures")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    large()
    graphviz()
