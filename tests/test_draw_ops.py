"""Every operation of the registry in a picture: it can be drawn, and says what a reader knows."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases

import microtorch as torch
from microtorch.graph.equations import SLOT, fill
from microtorch.graph.model import STAGES
from microtorch.graph.steps import steps
from microtorch.ops import registry
from microtorch.widgets.page import entries, outline, printable_kinds

CASES = all_cases()
OPS = sorted(name for name, op in registry.items() if not op.opaque)
FLOAT64_ONLY = {"BatchNormOfRunning", "NllLoss2D", "CrossEntropyLoss"}  # their rows hold constants
LONGEST_LINE = 400
# What is written in code and would mean nothing in a picture
OURS = re.compile(
    r"Places|Memo|lambda|<function|<class|object at|array\(|dtype|shape\(|slice\(|None\b|True|False"
    r"|is_array|unreadable|float32|float64|row_sum|column_sum|along_last|\bplaces\b|\bfactors\b"
)
NEW_AXIS = re.compile(r"\[[^\]=]*None[^\]=]*\]")  # x[:, None] is what the caller wrote


@cache
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


def check_picture(loss: Any, leaves: tuple[Any, ...]) -> None:
    """All that can be shown of a graph is made, and can be read."""
    names = {f"leaf_{k}": leaf for k, leaf in enumerate(leaves)}
    for stage in (None, *STAGES):
        drawing = torch.draw(loss, stage, names=names)
        assert drawing.svg.startswith("<svg")
        check_text(drawing.text)
    graph = drawing.graph
    for step in steps(graph):
        for template in (step.line, step.formula, step.sentence):
            filled = fill(template, graph)
            assert not SLOT.search(filled)
            assert "…·" not in step.sentence
        check_text(fill(step.sentence, graph))
    page = [entries(graph), outline(graph, with_params=printable_kinds(graph) is not None)]
    json.dumps(page, allow_nan=False)


def check_text(text: str) -> None:
    for line in text.splitlines():
        assert len(line) <= LONGEST_LINE
        assert not OURS.search(NEW_AXIS.sub("[]", line)), line


@pytest.mark.parametrize("name", OPS)
def test_every_op_can_be_drawn_before_and_after_backward(name: str) -> None:
    loss, leaves = example(name)
    check_picture(loss, leaves)
    loss.backward()
    check_picture(loss, leaves)


@pytest.mark.parametrize("name", OPS)
def test_the_gradients_of_a_picture_are_those_of_the_engine(name: str) -> None:
    loss, leaves = example(name)
    values = torch.draw(loss, names={f"leaf_{k}": x for k, x in enumerate(leaves)}).graph.values
    drawn = {value.name: value.grad for value in values}
    for leaf in leaves:
        leaf.grad = None
    loss.backward(retain_graph=True) if not loss.grad_fn.freed else None
    for k, leaf in enumerate(leaves):
        if leaf.grad is not None:
            np.testing.assert_allclose(drawn[f"leaf_{k}"], leaf.grad.numpy(), rtol=1e-5)
