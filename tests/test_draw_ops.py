"""Every operation of the registry in a picture: it can be drawn, and says what a reader knows."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases

import microtorch as torch
from microtorch.graph.equations import SLOT, fill
from microtorch.graph.geometry import geometry
from microtorch.graph.model import STAGES, Graph
from microtorch.graph.steps import steps
from microtorch.graph.svg import svg
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
