"""The numbers that a walk works out in the page are Python's: for every operation and every graph.

The page's own code runs here in an embedded V8 (``mini-racer``), the engine of Chrome and Node.
"""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path
from typing import Any

import layout_graphs
import nbformat
import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_formula_javascript import BY_ENTRY, MORE_PARAMETERS, text
from test_formula_ops import HELPERS

import microtorch as torch
from microtorch.graph.model import Graph
from microtorch.graph.numbers import short
from microtorch.graph.trace import replay, trace
from microtorch.ops import Elementwise, registry
from microtorch.widgets.page import UNEVEN, entries, module, outline, printable_kinds
from microtorch.widgets.walk import Walk

DELICATE = [0.0, -0.0, 1.0, -2.5, 0.22, 3.0, math.inf, -math.inf, math.nan]
EXTREME = {
    "float64": [*DELICATE, 1e300, -1e-300, 5e-324],
    "float32": [*DELICATE, 3e38, -1e-38, 1e-45],
}
MORE = [-1.0, 0.5, -0.5, 2.0, 20.0, -6.0, 1e-9, 710.0]  # for operations on one number
UPSTREAM = [1.0, -2.5, 0.0, math.inf, math.nan]
# Relative and absolute. NumPy promises the last digits of exp, tanh, ... in float32 to nobody: they
# depend on the processor.
TOLERANCE = {"float64": (1e-12, 1e-300), "float32": (6e-7, 5e-7)}
EXACT = {
    *("Add", "Sub", "Mul", "Div", "Neg", "Relu", "Abs", "Square", "Sqrt", "Reciprocal", "Maximum"),
    *("Minimum", "Where", "Clamp"),
}


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    """The page's arithmetic, with the rules of all operations in both precisions."""
    racer = MiniRacer()
    rules = tuple(name + bits for name in BY_ENTRY for bits in ("", "32"))
    script = module(tuple(r for r in rules if r not in UNEVEN), ("calculator.js",))
    racer.eval(script.replace("export{calculator}", ""))
    # What JSON cannot carry travels as text.
    racer.eval(
        """const run = (graph, rows) => {
            const compute = calculator(graph);
            return JSON.stringify(rows.map((row) => Object.values(compute(row)).map(
                (column) => [...column].map((x) => Object.is(x, -0) ? "-0" : String(x)))));
        }"""
    )
    return racer


def computed(engine: MiniRacer, graph: dict[str, Any], rows: list[list[float]]) -> list[Any]:
    """For each row of numbers, one for each value: data, grad, local and flow as the page has them."""
    columns = ", ".join(f"[{', '.join(map(text, row))}]" for row in rows)
    found = json.loads(str(engine.eval(f"run({json.dumps(graph)}, [{columns}])")))
    return [[[float(x) for x in column] for column in row] for row in found]


# ---- every operation ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in BY_ENTRY
        for dtype in ("float64", "float32")
        if name + "32" * (dtype == "float32") not in UNEVEN  # a page leaves those to Python
    ],
)
def test_an_operation_has_pythons_result_slopes_and_gradients(
    name: str, dtype: str, engine: MiniRacer
) -> None:
    """At 0, -0, kinks, infinities, nan, the largest and the smallest numbers, also upstream."""
    op, bits = registry[name], "32" * (dtype == "float32")
    for bind in MORE_PARAMETERS.get(name, [{}]):
        some = EXTREME[dtype][:: 1 + op.operands // 3] + MORE * (op.operands == 1)
        axes = np.meshgrid(*[np.array(some, dtype)] * op.operands, np.array(UPSTREAM, dtype))
        *operands, g = [axis.ravel() for axis in axes]
        given = bind | HELPERS.get(name, {})
        with np.errstate(all="ignore"):
            y = np.asarray(op.forward(*operands, **given), dtype)
            if name == "Pow":  # NumPy's power of an array knows shortcuts, for -inf ** 0.5
                y = np.array([op.forward(x, **given) for x in operands[0]], dtype)
            flows = op.vjp(g, y, *operands, *given.values())[: op.operands]
            slopes = op.vjp(np.ones_like(g), y, *operands, *given.values())
            if issubclass(op, Elementwise):
                slopes = op.local(y, *operands, *given.values())
        wanted = [np.broadcast_to(np.asarray(x, dtype), y.shape) for x in (y, *flows, *slopes)]
        leaves, params = range(op.operands), [*given.values()]
        size = {"name": "", "shape": [], "dtype": dtype, "requires_grad": True}
        graph = {
            "values": [size] * (op.operands + 3),
            "operations": [
                operation(name + bits, [*leaves], op.operands + 1, plain(params)),
                operation("Mul" + bits, [op.operands + 1, op.operands], op.operands + 2, []),
            ],
            "root": op.operands + 2,
        }
        rows = [[*map(float, row), 0, 0] for row in zip(*operands, g, strict=True)]
        found = computed(engine, graph, rows)
        page = [[row[0][op.operands + 1] for row in found]]
        page += [[row[3][k] for row in found] for k in leaves]
        page += [[row[2][k] for row in found] for k in leaves]
        exact = name in EXACT
        for mine, his in zip(page, wanted[: len(page)], strict=False):
            relative, absolute = (0, 0) if exact else TOLERANCE[dtype]
            np.testing.assert_allclose(mine, his.astype(float), rtol=relative, atol=absolute)


def operation(rule: str, inputs: list[int], output: int, params: list[Any]) -> dict[str, Any]:
    return {"rule": rule, "inputs": inputs, "output": output, "params": params}


def plain(params: list[Any]) -> list[Any]:
    return [x if isinstance(x, int | float | str | bool | None) else None for x in params]


# ---- every graph -------------------------------------------------------------------------------


def assert_agrees(engine: MiniRacer, graph: Graph, moves: list[dict[int, float]]) -> None:
    """All numbers of the page are Python's to 1e-12, and so is what is shown, to the last digit.

    In float32 too, unless NumPy's exp, tanh, ... have a part in them.
    """
    assert printable_kinds(graph) is not None
    single = any(v.dtype == "float32" for v in graph.values)
    exact = {op.kind for op in graph.operations} <= {*EXACT, "Pow"}
    relative, absolute = (1e-5, 1e-6) if single and not exact else (1e-12, 1e-12)
    start = [float(v.data) for v in graph.values]
    rows = [[move.get(i, x) for i, x in enumerate(start)] for move in moves]
    found = computed(engine, outline(graph, with_params=True), rows)
    uses = [(op.index, k, i) for op in graph.operations for k, i in enumerate(op.inputs)]
    for move, (data, grad, local, flow) in zip(moves, found, strict=True):
        with np.errstate(all="ignore"):
            now = replay(graph, move)
        page = {f"d{v.index}": data[v.index] for v in graph.values}
        page |= {f"g{v.index}": grad[v.index] for v in graph.values if v.requires_grad}
        page |= {f"l{o}.{k}": x for (o, k, _), x in zip(uses, local, strict=True)}
        page |= {
            f"f{o}.{k}": x
            for (o, k, i), x in zip(uses, flow, strict=True)
            if graph.values[i].requires_grad
        }
        python = entries(now)
        for slot, x in page.items():
            y = python[slot]
            if isinstance(y, float):
                assert x == pytest.approx(y, rel=relative, abs=absolute), (slot, move)
            if exact or not single:
                assert short(x) == (y if isinstance(y, str) else short(y)), (slot, move, x, y)


def moves_of(graph: Graph) -> list[dict[int, float]]:
    """Every leaf at a few places, and all of them at once at -0, at infinity and at nan."""
    leaves = [v.index for v in graph.values if v.kind in ("parameter", "input")][:6]
    far = [dict.fromkeys(leaves, x) for x in (-0.0, math.inf, math.nan, 1e300, 1e-300)]
    return [{i: x} for i in leaves for x in (-1.75, 0.22, 0.0)] + far


@pytest.fixture
def leaves_are_tensors(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The graphs that the layout is measured on, computed by microtorch instead."""

    def leaf(data: float, name: str = "") -> torch.Tensor:
        return torch.tensor(data, dtype=request.param, requires_grad=True)

    monkeypatch.setattr(layout_graphs, "Scalar", leaf)
    monkeypatch.setattr(layout_graphs, "drawn", lambda loss: loss)
    monkeypatch.setattr(torch.Tensor, "named", lambda self, name: self, raising=False)


@pytest.mark.parametrize("name", [name for name in layout_graphs.GRAPHS if name != "attention"])
@pytest.mark.parametrize("leaves_are_tensors", [torch.float64, torch.float32], indirect=True)
def test_the_page_computes_the_graphs_of_the_layout(
    name: str, engine: MiniRacer, leaves_are_tensors: None
) -> None:
    """(The ninth, attention, is of arrays: Python computes it.)"""
    graph = trace(layout_graphs.GRAPHS[name]())
    assert_agrees(engine, graph, moves_of(graph))


LESSONS = sorted((Path(__file__).parent.parent / "lessons").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_page_computes_the_walks_of_a_lesson(
    lesson: Path, engine: MiniRacer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All numbers of all stages, with every slider at both of its ends and on the way."""
    walks: list[Walk] = []

    def walk(*arguments: Any, **settings: Any) -> Walk:
        names = {k: v for k, v in program.items() if isinstance(v, torch.Tensor)}
        walks.append(real(*arguments, **{"names": names, **settings}))
        return walks[-1]

    real = torch.walk
    monkeypatch.setattr(torch, "walk", walk)
    program: dict[str, Any] = {}
    cells = [cell.source for cell in nbformat.read(lesson, 4).cells if cell.cell_type == "code"]
    last = max(k for k, source in enumerate(cells) if "torch.walk(" in source)
    for source in cells[: last + 1]:
        if "explore(" in source or "landscape(" in source or "plt." in source:
            continue  # slow, and nothing that a walk needs
        errors = (AssertionError, RuntimeError, NameError)  # an exercise, or meant to fail
        with contextlib.redirect_stdout(None), contextlib.suppress(*errors):
            exec(source, program)  # noqa: S102
    assert walks
    for each in walks:
        if each.spec["live"]:
            moves = [
                {slider["value"]: slider["low"] + part * (slider["high"] - slider["low"])}
                for slider in each.spec["sliders"]
                for part in (0, 0.11, 0.5, 0.77, 1)
            ]
            moves += moves_of(each._graph)
            few = 6 + 1000 // len(each._graph.operations)  # of a large graph
            assert_agrees(engine, each._graph, moves[:few])
