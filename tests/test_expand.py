"""Tensors opened into single numbers: the same numbers, the same gradients, one product at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch import nn
from microtorch.graph.model import Graph
from microtorch.graph.trace import GraphError

F = nn.functional
rng = np.random.default_rng(3)
A = torch.tensor(rng.normal(size=(2, 3)), requires_grad=True)
B = torch.tensor(rng.normal(size=(3, 2)), requires_grad=True)
V = torch.tensor(rng.normal(size=3), requires_grad=True)
TARGET = torch.tensor(rng.normal(size=(2, 2)))

COMPUTATIONS: dict[str, Callable[[], Any]] = {
    "dot": lambda: V @ V,
    "matrix times vector": lambda: A @ V,
    "vector times matrix": lambda: V @ B,
    "matrices": lambda: (A @ B).sum(),
    "stacks": lambda: torch.bmm(A[None], B[None]).mean(),
    "linear": lambda: F.linear(A, B.T, B[0]),
    "mse": lambda: F.mse_loss(A @ B, TARGET),
    "squared error": lambda: ((A @ V - 1) ** 2).mean(),
    "softmax": lambda: F.softmax(A, 1)[0, 1],
    "log softmax": lambda: F.log_softmax(A, 0).sum(0),
    "broadcast": lambda: (A * V + 2).tanh().sum(1),
    "moved": lambda: torch.cat([A.T, B]).reshape(4, 3)[[0, 0, 2]].flip(0) * 2,
    "mask": lambda: torch.where(A > 0, A, A * 0.1).sum(),
    "largest": lambda: A.max() * V[0],
    "cross entropy": lambda: F.cross_entropy(A, torch.tensor([0, 2])),
    "layer norm": lambda: F.layer_norm(A, (3,)),
    "convolution": lambda: F.conv1d(A[None], A[None, :, :2]),
    "image": lambda: F.conv2d(A[None, None], B[None, None, :2], V[:1], stride=2, padding=1),
    "groups": lambda: F.conv1d(A[None], B[:2, None], V[:2], groups=2, dilation=2),
    "only padding": lambda: F.conv1d(A[None, :1], V[None, None, :1], padding=1),
    "layer norm with weights": lambda: F.layer_norm(A, (3,), V, B[:, 0])[0] @ V,
    "batch norm": lambda: F.batch_norm(A, None, None, V, V, training=True)[0] @ V,
    "variance": lambda: A.var(1).sum() * A.var(0, correction=0)[1],
    "cross entropy with weights": lambda: F.cross_entropy(
        A, torch.tensor([0, 2]), V.exp().detach()
    ),
    "losses": lambda: F.cross_entropy(A, torch.tensor([0, 2]), reduction="none"),
    "scalar": lambda: (V[0] * V[1]).exp(),
}


def gradients(graph: Graph) -> dict[str, np.ndarray]:
    """The gradients of the entries, put together to tensors again."""
    found = {name: np.full(t.shape, np.nan) for name, t in (("A", A), ("B", B), ("V", V))}
    for value in graph.values:
        name, _, place = value.name.partition("[")
        if name in found and value.kind == "parameter":
            found[name][tuple(map(int, place[:-1].split(",")))] = value.grad
    return found


def paths(graph: Graph, index: int) -> float:
    """The sum over all paths from a value to the result of the products along them."""
    if index == graph.root:
        return 1.0
    return sum(
        float(op.local[k]) * paths(graph, op.output)  # type: ignore[arg-type]
        for op, k in graph.uses(index)
    )


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_the_gradients_of_the_entries_are_those_of_the_tensors(name: str) -> None:
    y = COMPUTATIONS[name]()
    drawing = torch.draw(y, "backward", expand=True)
    graph = drawing.graph
    assert all(value.scalar for value in graph.values)
    for tensor in (A, B, V):
        tensor.grad = None
    y.sum().backward()
    np.testing.assert_allclose(graph.values[graph.root].data, y.sum().item(), rtol=1e-12)
    for letter, found in gradients(graph).items():
        grad = {"A": A, "B": B, "V": V}[letter].grad
        if grad is not None:
            seen = ~np.isnan(found)  # what no entry of is used may be left out
            assert not grad.numpy()[~seen].any()
            np.testing.assert_allclose(found[seen], grad.numpy()[seen], rtol=1e-9, atol=1e-12)
    for value in graph.values:
        if value.requires_grad:
            assert value.grad == pytest.approx(paths(graph, value.index), rel=1e-9, abs=1e-12)
    assert drawing.svg
    assert drawing.text


def test_a_product_of_vectors_is_three_products_and_a_sum() -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x = torch.tensor([4.0, 5.0, 6.0])
    y = w @ x
    drawing = torch.draw(y, "backward", expand=True)
    assert Counter(op.symbol for op in drawing.graph.operations) == {"×": 3, "Σ": 1}
    names = [v.name for v in drawing.graph.values]
    assert set(names) >= {"w[0]", "w[1]", "w[2]", "x[0]", "x[1]", "x[2]", "y"}
    for line in ("y = Σ(v1, v2, v3) = Σ(4, 10, 18) = 32", "∂v3/∂w[2] = x[2] = 6"):
        assert line in drawing.text


def test_every_entry_of_a_matrix_product_is_products_and_a_sum() -> None:
    graph = torch.draw(A @ V, expand=True).graph
    assert Counter(op.symbol for op in graph.operations) == {"×": 6, "Σ": 2, "+": 1}


def test_a_softmax_is_powers_a_sum_and_quotients() -> None:
    graph = torch.draw(F.softmax(V, 0)[0], expand=True).graph
    assert Counter(op.symbol for op in graph.operations) == {"exp": 3, "Σ": 1, "÷": 3}


def test_what_was_opened_is_not_folded_again() -> None:
    graph = torch.draw(torch.randn(8, 8, requires_grad=True) * 2, expand=True).graph
    assert Counter(op.symbol for op in graph.operations) == {"×": 64, "Σ": 1}


def test_stored_gradients_are_shown_entry_by_entry() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    graph = torch.draw(loss, expand=True).graph
    assert [v.stored for v in graph.values if v.kind == "parameter"] == [2, 4]
    assert "grad ·" not in torch.draw(loss, expand=True).text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: torch.randn(40, 40, requires_grad=True).sum(), "1,600 numbers"),
        (lambda: (torch.randn(20, 20, requires_grad=True) @ torch.ones(20, 9)), "more than 300"),
        (lambda: F.max_pool2d(torch.randn(1, 1, 20, 20, requires_grad=True), 2),
         "100 results of 400 numbers"),
        (lambda: torch.zeros(0, requires_grad=True) * 2, "no entries"),
        (lambda: (torch.zeros(0, 3, requires_grad=True) * 2).sum() + 1, "v1 has no entries"),
    ],
)  # fmt: skip
def test_what_is_too_large_to_open_says_so(make: Any, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        torch.draw(make(), expand=True)
