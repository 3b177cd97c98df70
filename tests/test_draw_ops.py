"""Every operation of the registry in a picture: it can be drawn, and says what a reader knows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases

import microtorch as torch
import microtorch.nn.functional as F
from microtorch.graph.equations import SLOT, fill
from microtorch.graph.geometry import geometry
from microtorch.graph.model import STAGES, Graph, Step
from microtorch.graph.names import given_names
from microtorch.graph.steps import steps
from microtorch.graph.svg import svg
from microtorch.graph.trace import trace
from microtorch.ops import registry
from microtorch.widgets.page import entries, outline, printable_kinds

CASES = all_cases()
OPS = sorted(name for name, op in registry.items() if not op.opaque)
FLOAT64_ONLY = {"BatchNormOfRunning", "NllLoss2D", "CrossEntropyLoss"}  # their rows hold constants
LONGEST_LINE = 400
# What is written in code and would mean nothing in a picture
OURS = re.compile(
    r"Places|Memo|lambda|<function|<class|object at|array\(|dtype|\bshape\(|slice\(|None\b|True"
    r"|False|is_array|unreadable|float32|float64|row_sum|column_sum|along_last|\bplaces\b|\bfactors\b"
    r"|\bgg\b|\)\[0\]"
)
CALLERS = re.compile(r"\[[^\]=]*None[^\]=]*\]|keepdims=True")  # x[:, None] is the caller's own


def example(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A small loss with this operation in it, and its leaves."""
    function, shapes = CASES[name]
    rng = np.random.default_rng(7)
    dtype = np.float64 if name in FLOAT64_ONLY else np.float32
    leaves = tuple(
        torch.tensor(rng.uniform(0.5, 2.0, shape).astype(dtype), requires_grad=True)
        for shape in shapes
    )
    return function(*leaves).sum(), leaves


def check_picture(loss: Any, leaves: tuple[Any, ...]) -> Graph:
    """All that can be shown of a graph is made, and can be read."""
    names = {f"leaf_{k}": leaf for k, leaf in enumerate(leaves)}
    table = torch.draw(loss, names=names)
    check_text(table.text)
    graph = table.graph
    places = geometry(graph)
    for stage in (None, *STAGES):
        assert svg(graph, places, stage=stage).startswith("<svg")
    for step in steps(graph):
        for template in (step.line, step.formula, step.sentence):
            assert not SLOT.search(fill(template, graph))
        check_text(fill(step.line, graph))
        check_text(fill(step.sentence, graph))
    page = [entries(graph), outline(graph, with_params=printable_kinds(graph) is not None)]
    json.dumps(page, allow_nan=False)
    return graph


def check_text(text: str) -> None:
    for line in text.splitlines():
        assert len(line) <= LONGEST_LINE
        assert not OURS.search(CALLERS.sub("", line)), line


@pytest.mark.parametrize("name", OPS)
def test_every_op_can_be_drawn_with_the_gradients_of_the_engine(name: str) -> None:
    loss, leaves = example(name)
    before = check_picture(loss, leaves)
    loss.backward()
    after = check_picture(loss, leaves)
    for k, leaf in enumerate(leaves):
        if leaf.grad is not None:
            for graph in (before, after):
                (drawn,) = [value.grad for value in graph.values if value.name == f"leaf_{k}"]
                np.testing.assert_allclose(drawn, leaf.grad.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["Mul", "Linear", "Index", "Convolution", "Softmax"])
def test_the_pictures_of_all_stages_are_made_by_draw(name: str) -> None:
    loss, _ = example(name)
    for stage in (None, *STAGES):
        drawing = torch.draw(loss, stage)
        assert drawing.svg.startswith("<svg")
        assert drawing.text


def backward_words(y: torch.Tensor, name: str, **names: torch.Tensor) -> str:
    """The sentence of the step that brings a gradient to the value of this name."""
    graph = trace((y * 1).sum(), given_names({"y": y, **names}))
    (words,) = [
        s.sentence for s in steps(graph) if s.stage == "backward" and name_of(graph, s) == name
    ]
    return words


def name_of(graph: Graph, step: Step) -> str:
    return graph.values[step.value].name


X = torch.tensor([[1.0, 2.0, 4.0], [3.0, 0.0, 5.0]], requires_grad=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: X.sum(1), "every entry that was added up gets the gradient of its sum."),
        (lambda: X.mean(0), "every entry gets its equal share of the gradient of its mean."),
        (lambda: X[0], "each entry gets the gradient of the entries of y that it became"),
        (lambda: X[X > 2], "one that became none gets 0."),
        (lambda: X.topk(1)[0], "that it became; one that became none gets 0."),
        (lambda: torch.cat([X, torch.ones(1, 3)]), "each part gets its own piece"),
        (
            lambda: torch.softmax(X, 1),
            "an entry p of y whose gradient is g sends back p·(g − Σ p·g).",
        ),
        (lambda: torch.logsumexp(X, 1), "softmax share of the gradient of y."),
        (lambda: X.cumsum(1), "a part of all later sums: their gradients are added up."),
        (lambda: F.layer_norm(X, (3,)), "each entry moves the mean and the spread"),
        (lambda: X.amax(1), "the gradient of y goes to the entries that won"),
        (lambda: X.T, "the gradient of y goes back to where each entry came from."),
        (
            lambda: X @ torch.ones(3),
            "the gradient of y comes back through @.",
        ),  # a formula says how
    ],
)
def test_how_a_gradient_comes_back_is_said_where_no_formula_can_say_it(
    make: Callable[[], torch.Tensor], words: str
) -> None:
    assert words in backward_words(make(), "x", x=X)


def test_words_of_the_way_back_tell_the_operands_apart() -> None:
    image, kernel = torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    y = F.conv2d(image, kernel, bias)
    assert "kernel and image meet many times" in backward_words(y, "k", k=kernel)
    assert "it meets every sample" in backward_words(y, "b", b=bias)
    v, written = torch.ones(3, requires_grad=True), X * 1
    written[0] = v
    assert "the gradient of y where it was written to" in backward_words(written, "v", v=v)
