"""Graphs as JSON: strict, equal after the round trip, and safe to read from anywhere."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases

import microtorch as torch
from microtorch import nn
from microtorch.graph.model import Graph, GraphError
from microtorch.graph.trace import trace
from microtorch.ops.kernels import Memo

CASES = all_cases()
FLOAT64_ONLY = {"BatchNormOfRunning", "NllLoss2D", "CrossEntropyLoss"}  # their rows hold constants


def same(a: Any, b: Any) -> bool:
    """Equality down to dtypes, signs of zero and nan, on a way of its own."""
    if isinstance(a, np.ndarray | np.generic):
        alike = type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
        return alike and repr(a.tolist()) == repr(b.tolist())  # tells -0.0 from 0.0
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or isinstance(a, Memo))


def check_round_trip(graph: Graph) -> Graph:
    text = graph.to_json()
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    again = Graph.from_json(text)
    assert again == graph
    assert again.to_json() == text
    pairs = zip(
        (*graph.values, *graph.operations, *graph.scopes),
        (*again.values, *again.operations, *again.scopes),
        strict=True,
    )
    for one, other in pairs:
        for name, x in vars(one).items():
            assert same(x, vars(other)[name]), name
    return again


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_graph_of_every_operation_survives(name: str) -> None:
    function, shapes = CASES[name]
    rng = np.random.default_rng(1)
    dtype = np.float64 if name in FLOAT64_ONLY else np.float32
    leaves = [
        torch.tensor(rng.uniform(0.5, 2.0, shape).astype(dtype), requires_grad=True)
        for shape in shapes
    ]
    check_round_trip(trace(function(*leaves).sum()))


def test_numbers_that_json_does_not_know_survive() -> None:
    odd = [np.nan, np.inf, -np.inf, 1e-300, 1e300, -0.0, 5e-324, 0.1]
    w = torch.tensor(odd, dtype=torch.float64, requires_grad=True)
    half = torch.tensor([65504.0, 6e-8], dtype=torch.float16, requires_grad=True)
    loss = (w * float("nan")).sum() + half.sum() + (w * torch.tensor([True, False] * 4)).sum()
    again = check_round_trip(trace(loss))
    assert str(again.values[0].data.tolist()) == str(odd)


def test_modules_functions_and_changes_in_place_survive() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    y = Double.apply(model(torch.ones(2, 2)))
    y[0, 1:] = 0.0
    loss = y[torch.tensor([0, 1])].sum()
    names = {"<inf>": loss}
    again = check_round_trip(torch.draw(loss, names=names).graph)
    assert again.values[again.root].name == "<inf>"
    assert [scope.name for scope in again.scopes] == ["model", "model.0", "model.1"]
    drawn = torch.draw(again, "backward", fold=True)
    assert drawn.svg == torch.draw(loss, "backward", fold=True, names=names).svg


def test_folded_graphs_survive() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    loss = torch.stack([x * float(i) for i in range(1000)]).sum()  # one box uses x often
    small = torch.draw(loss, "backward").graph
    again = check_round_trip(small)
    assert torch.draw(again, "backward").svg == torch.draw(small, "backward").svg


def test_graphs_that_differ_in_one_number_are_not_equal() -> None:
    one, other = (trace(torch.tensor(x, requires_grad=True) * 2) for x in (1.0, 1.5))
    assert one != other
    assert one != "graph"


def small() -> dict[str, Any]:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    content: dict[str, Any] = json.loads(trace((w * 2).sum()).to_json())
    return content


def changed(path: str, value: Any) -> str:
    """The JSON of a small graph with something else at one place."""
    content = small()
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part: Any = content
    for step in steps:
        part = part[step]
    part[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", "other", "is no graph"),
        ("version", 99, "version 99"),
        ("root", 77, "root must be the index of a value, not 77"),
        ("root", -1, "root must be"),
        ("root", True, "root must be"),
        ("values", None, "values must be a list"),
        ("values.0", 3, r"values\[0\] must be an object"),
        ("values.0.name", 3, r"values\[0\].name must be a text"),
        ("values.0.kind", "weapon", r"values\[0\].kind must be"),
        ("values.0.kind", ["result"], r"values\[0\].kind must be"),
        ("values.0.dtype", "O", r"values\[0\].dtype must be a dtype"),
        ("values.0.shape", [-1], "whole numbers from 0 up"),
        ("values.0.shape", [10**30], "must be an array of shape"),
        ("values.0.data", [1, 2], "must be an array of shape"),
        ("values.0.data.array", [1], "must be 2 numbers for shape"),
        ("values.0.data.array", ["x", 2], "must be numbers"),
        ("values.0.data.array", [[1], 2], "must be numbers"),
        ("values.0.data.shape", [10**12], "numbers for shape"),
        ("values.0.data", {"evil": 1}, "nothing that a graph holds"),
        ("values.0.index", 5, "index must be 0"),
        ("values.0.requires_grad", 1, "true or false"),
        ("values.0.maker", 0, "operands that were made before"),
        ("values.2.maker", None, "their maker"),
        ("operations.0.kind", "os.system", "an operation of microtorch"),
        ("operations.0.inputs", [0, 99], "indices below"),
        ("operations.0.inputs", [0, 2], "operands that were made before"),
        ("operations.0.inputs", "01", "a list of whole numbers"),
        ("operations.0.output", -2, "results that name it"),
        ("operations.0.output", 0, "results that name it"),
        ("operations.0.local", [None], "2 arrays or nulls"),
        ("operations.0.params", {"a": 1}, "params must be a list"),
        ("operations.0.params", [{"operation": "open"}], "an operation of microtorch"),
        ("operations.0.params", [{"settings": "Popen", "parts": []}], "settings of an operation"),
        ("operations.0.params", [{"slice": [1]}], "a list of 3"),
        ("operations.0.params", [{"dtype": "object"}], "a dtype"),
        ("operations.0.written", [3], "texts and nulls"),
        ("scopes", [{"name": "a", "kind": "b", "start": 0, "stop": 9, "owns": []}], "a range"),
    ],
)
def test_a_graph_that_makes_no_sense_is_refused_with_the_place(
    path: str, value: Any, words: str
) -> None:
    with pytest.raises(GraphError, match=words):
        Graph.from_json(changed(path, value))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "3", '{"format": NaN}', "[" * 100_000, '"\\ud800"']
)
def test_what_is_no_graph_is_refused(text: str) -> None:
    with pytest.raises(GraphError, match="is no"):
        Graph.from_json(text)


def test_from_json_reads_texts_only() -> None:
    with pytest.raises(TypeError, match="reads a text, not dict"):
        Graph.from_json({})  # type: ignore[arg-type]
