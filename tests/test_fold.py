"""Modules and repetitions as one box each: which operations belong to whom, and what is hidden."""

# The variables of a test are the names in its picture.
# ruff: noqa: RUF059

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch import nn
from microtorch.graph.equations import fill
from microtorch.graph.fold import COMFORTABLE, folded, merged, size, spans
from microtorch.graph.model import Graph
from microtorch.graph.runs import coded, longest_run
from microtorch.graph.steps import steps
from microtorch.graph.trace import GraphError, trace


def boxes(graph: Graph) -> list[tuple[str, ...]]:
    """(name, kind of module) of all boxes, symbols of the operations that are left."""
    return [
        (op.symbol, op.params[0]) if op.kind == "Folded" else (op.symbol,)
        for op in graph.operations
    ]


def mlp() -> tuple[Any, Any]:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 1)))
    return model, model(torch.ones(4, 2)).sum()


def test_operations_belong_to_the_modules_that_made_them() -> None:
    model, loss = mlp()
    graph = torch.draw(loss).graph
    assert [(s.name, s.kind, s.start, s.stop) for s in graph.scopes] == [
        ("model", "Sequential", 0, 3),
        ("model.0", "Linear", 0, 1),
        ("model.1", "Tanh", 1, 2),
        ("model.2", "Sequential", 2, 3),
        ("model.2.0", "Linear", 2, 3),
    ]
    assert [graph.values[i].name for i in graph.scopes[4].owns] == [
        "model.2.0.weight",
        "model.2.0.bias",
    ]


def test_a_model_that_the_caller_cannot_see_names_its_parameters_by_their_path() -> None:
    keep = []

    def make() -> Any:
        model, loss = mlp()
        keep.append(lambda: model)  # where nobody looks for it
        return loss

    graph = torch.draw(make()).graph
    assert [v.name for v in graph.values if v.kind == "parameter"] == [
        *("0.weight", "0.bias", "2.0.weight", "2.0.bias")
    ]
    assert [s.name for s in graph.scopes] == ["Sequential", "0", "1", "2", "2.0"]


def test_a_model_that_is_gone_leaves_the_names_of_its_classes() -> None:
    graph = torch.draw(nn.Linear(2, 1)(torch.ones(1, 2)).sum()).graph
    assert [(s.name, s.owns) for s in graph.scopes] == [("Linear", ())]


def test_the_log_of_calls_keeps_no_module_alive() -> None:
    model, _ = mlp()
    gone = weakref.ref(model)
    del model, _
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("fold", "expected"),
    [
        (False, [("@ +",), ("tanh",), ("@ +",), ("Σ",)]),
        (None, [("@ +",), ("tanh",), ("@ +",), ("Σ",)]),
        (True, [("model", "Sequential"), ("Σ",)]),
        (1, [("model", "Sequential"), ("Σ",)]),
        (
            2,
            [("model.0", "Linear"), ("model.1", "Tanh"), ("model.2", "Sequential"), ("Σ",)],
        ),
        (
            3,
            [("model.0", "Linear"), ("model.1", "Tanh"), ("model.2.0", "Linear"), ("Σ",)],
        ),
        ("model.1", [("@ +",), ("model.1", "Tanh"), ("@ +",), ("Σ",)]),
        ("2", [("@ +",), ("tanh",), ("model.2", "Sequential"), ("Σ",)]),
        (["0", "2.*"], [("model.0", "Linear"), ("tanh",), ("model.2.0", "Linear"), ("Σ",)]),
    ],
)
def test_modules_fold_as_the_caller_asks(fold: Any, expected: Any) -> None:
    model, loss = mlp()
    drawing = torch.draw(loss, fold=fold)
    assert boxes(drawing.graph) == expected
    assert drawing.svg
    assert drawing.text


def test_a_folded_module_hides_its_own_parameters_and_says_how_many() -> None:
    model, loss = mlp()
    graph = torch.draw(loss, fold=True).graph
    assert [v.name for v in graph.values] == ["v1", "v4", "loss"]
    assert graph.operations[0].params == ("Sequential", 3, 13)
    shown = torch.draw(loss, "backward", fold=2)
    for words in ("model.2", "Sequential", "1 operation · 4 parameters"):
        assert f">{words}</text>" in shown.svg
    assert "= model.2(v3) ≈ " in shown.text


def test_a_part_of_a_folded_model_opens() -> None:
    model = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 2
    )
    loss = model(torch.randn(2, 3, 4)).sum()
    graph = torch.draw(loss, fold=2, unfold="layers.0").graph
    names = [box[0] for box in boxes(graph)]
    assert names[:3] == ["model.layers.0.self_attn", "+", "model.layers.0.norm1"]
    assert "model.layers.1" in names
    assert not any(name.startswith("model.layers.1.") for name in names)


def test_a_module_without_that_name_lists_those_there_are() -> None:
    model, loss = mlp()
    for arguments in ({"fold": "layers.7"}, {"unfold": "layers.7"}):
        with pytest.raises(GraphError, match=r"'layers.7'.*There is: 'model', 'model.0'"):
            torch.draw(loss, **arguments)
    w = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(GraphError, match="No module was called at all"):
        torch.draw(w * 2, fold="w")


@pytest.mark.parametrize("fold", [1.5, {"a": 1}, [1], object()])
def test_fold_is_a_switch_a_depth_or_names(fold: Any) -> None:
    w = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match="fold is True, False, a depth"):
        torch.draw(w * 2, fold=fold)
    with pytest.raises(ValueError, match="fold=-1"):
        torch.draw(w * 2, fold=-1)


def test_the_gradients_of_a_folded_graph_are_those_of_the_whole() -> None:
    model, loss = mlp()
    whole, small = torch.draw(loss).graph, torch.draw(loss, fold=2).graph
    before = {v.name: v.grad for v in whole.values}
    for value in small.values:
        if value.requires_grad:
            np.testing.assert_array_equal(value.grad, before[value.name])
            if small.uses(value.index):
                parts = [op.flow[k] for op, k in small.uses(value.index)]
                np.testing.assert_allclose(sum(parts), value.grad, rtol=1e-6)


def test_a_cell_that_runs_again_and_again_is_one_box_each_time() -> None:
    cell = nn.RNNCell(2, 3)
    h = torch.zeros(1, 3)
    for _ in range(4):
        h = cell(torch.ones(1, 2), h)
    graph = torch.draw(h, fold=True).graph
    assert boxes(graph) == [("cell", "RNNCell")] * 4
    assert not [v for v in graph.values if v.kind == "parameter"]


def test_a_large_model_folds_by_itself_and_no_more_than_it_must() -> None:
    model = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 4
    )
    loss = model(torch.randn(2, 3, 4)).sum()
    drawing = torch.draw(loss)
    assert COMFORTABLE / 4 < size(drawing.graph) <= COMFORTABLE
    assert ("model.layers.3.linear2", "Linear") in boxes(drawing.graph)


def long_chain() -> Any:
    w = torch.tensor(1.0, requires_grad=True)
    y = w
    for _ in range(3000):
        y = y * 1.0001
    return y


def loop() -> Any:
    w = torch.tensor(0.5, requires_grad=True)
    b = torch.tensor(0.1, requires_grad=True)
    y = w
    for _ in range(500):
        y = (w * y + b).tanh()
    return y


def used_often() -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    return torch.stack([x * float(i) for i in range(1000)]).sum()


def many_operands() -> Any:
    return torch.stack([torch.tensor(float(i), requires_grad=True) for i in range(3000)]).sum()


def without_pattern() -> Any:
    values = [torch.tensor(0.1 * i, requires_grad=True) for i in range(40)]
    rng = np.random.default_rng(0)
    for _ in range(600):
        i, j = rng.integers(0, 40, 2)
        values[i] = (values[i] * values[j], values[i] + values[j], values[i].sin())[rng.integers(3)]
    return sum(values)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (long_chain, "… 2,996 more operations …"),
        (loop, "… 1,494 more operations …"),
        (used_often, "… 996 more operations …"),
        (many_operands, "… 2,997 more values …"),
        (without_pattern, "more operations …"),
    ],
)
def test_a_long_graph_without_modules_is_a_small_picture(make: Any, words: str) -> None:
    y = make()
    for stage in (None, "backward"):
        drawing = torch.draw(y, stage)
        assert size(drawing.graph) <= COMFORTABLE
        assert words in drawing.svg
        assert words in drawing.text
        assert len(drawing.text.splitlines()) < 400


def test_nothing_is_lost_between_the_folds() -> None:
    graph = trace(loop())
    small = folded(graph)
    assert sum(op.params[1] if op.kind == "Folded" else 1 for op in small.operations) == 1500
    for op in small.operations:  # a value that is used was made before
        for i in op.inputs:
            maker = small.values[i].maker
            assert maker is None or maker < op.index
    assert merged(graph, spans(graph, ())) == Graph(graph.values, graph.operations, graph.root)


@pytest.mark.parametrize(
    ("letters", "run"),
    [("aaaaaaaaaa", (0, 10, 1)), ("xabcabcabcabcabcy", (1, 16, 3)), ("abcdefgh", None), ("", None)],
)
def test_runs(letters: str, run: Any) -> None:
    assert longest_run(coded(letters)) == run


def test_layers_called_one_by_one_go_by_the_names_of_their_list() -> None:
    layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 1)])
    named = nn.ModuleDict({"class": nn.Linear(1, 1)})
    h = torch.ones(1, 2)
    for k in range(2):
        h = layers[k](h)
    loss = named["class"](h).sum()
    boxes = [op.symbol for op in torch.draw(loss, fold=True).graph.operations]
    assert boxes == ["layers.0", "layers.1", "named.class", "Σ"]
    opened = torch.draw(loss, fold=True, unfold="named.class").graph
    assert "named.class.weight" in [value.name for value in opened.values]


def test_a_picture_of_too_many_lines_is_refused_and_folded_by_itself() -> None:
    every = [torch.tensor(1.0, requires_grad=True)]
    for _ in range(150):  # each value is used by all that come after it
        every.append(torch.stack(every).mean())
    with pytest.raises(
        GraphError, match=r"11,775 lines; it holds at most 10,000\. torch\.draw folds"
    ):
        torch.draw(every[-1], fold=False)
    assert torch.draw(every[-1]).svg.count("<path") < 100


def test_the_steps_through_a_folded_graph_say_what_a_box_stands_for() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    loss = torch.stack([x * float(i) for i in range(100)]).sum()
    graph = torch.draw(loss).graph
    story = steps(graph)
    (box,) = [op for op in graph.operations if op.kind == "Folded"]
    (step,) = [s for s in story if s.stage == "forward" and s.operation == box.index]
    assert step.sentence.startswith("96 more operations lead from x to v3, v4, v5 and …")
    assert step.shows == tuple(f"d{i}" for i in box.results)
    assert fill(step.line, graph) == "v3 = … 96 more operations … = 4"
    (last,) = [s for s in story if s.stage == "backward" and s.value == 0]
    assert "x is used in several places: add up what comes back from each." in last.sentence


def test_a_folded_module_makes_its_result_from_its_inputs() -> None:
    model, x = nn.Linear(2, 1), torch.ones(1, 2, requires_grad=True)
    loss = model(x).sum()
    sentences = [step.sentence for step in steps(torch.draw(loss, fold=True).graph)]
    assert "model, a Linear, makes v1 from x." in sentences
    assert "x is used in model: this is what comes back from there." in sentences
