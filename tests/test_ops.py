"""Every operation of the registry, checked by nudging: first and second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases

import microtorch as torch
from microtorch.ops import Elementwise, registry

CASES = all_cases()


def operands(shapes: tuple[tuple[int, ...], ...]) -> tuple[torch.Tensor, ...]:
    rng = np.random.default_rng(7)
    return tuple(
        torch.tensor(np.asarray(rng.uniform(0.5, 2.0, shape)), requires_grad=True)
        for shape in shapes
    )


def test_every_op_has_a_case() -> None:
    assert set(CASES) == set(registry)


@pytest.mark.parametrize("name", sorted(registry))
def test_gradient_agrees_with_nudging(name: str) -> None:
    function, shapes = CASES[name]
    tolerance = {"eps": 1e-2, "atol": 1e-3} if name == "To" else {}  # To passes through float32
    assert torch.autograd.gradcheck(function, operands(shapes), **tolerance)


@pytest.mark.parametrize("name", sorted(registry))
def test_gradient_of_the_gradient_agrees_with_nudging(name: str) -> None:
    function, shapes = CASES[name]
    tolerance = {"eps": 1e-2, "atol": 1e-2, "rtol": 1e-2} if name == "To" else {}
    assert torch.autograd.gradgradcheck(function, operands(shapes), **tolerance)


@pytest.mark.parametrize("name", sorted(registry))
def test_vjp_reads_only_what_the_op_says_it_saves(name: str) -> None:
    """A large array that is not named in ``saves`` is freed, so the vjp must not touch it."""
    if name == "Unpick":  # recorded only in a backward pass
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        (output,) = torch.autograd.grad(x[0] ** 2, x, create_graph=True)
    else:
        function, shapes = CASES[name]
        output = function(*operands(shapes))
    node = output.grad_fn
    while node.op is not registry[name]:
        node = next(p for p in node.parents if hasattr(p, "op"))
    g = np.ones(node.shape)[()]
    complete = worked_out(node.op.vjp(g, node.output, *node.inputs, *node.params))
    saves = node.op.saves
    y = node.output if "y" in saves else None
    inputs = node.inputs if saves not in ("", "y") else (None,) * len(node.inputs)
    again = worked_out(node.op.vjp(g, y, *inputs, *node.params))
    for a, b in zip(complete, again, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", sorted(registry))
def test_vjp_never_writes_into_the_upstream_gradient(name: str) -> None:
    function, shapes = CASES[name]
    out = function(*operands(shapes))
    upstream = torch.tensor(np.asarray(np.random.default_rng(1).normal(size=out.shape)))
    before = upstream.numpy().copy()
    out.backward(upstream)
    np.testing.assert_array_equal(upstream.numpy(), before)


def test_every_elementwise_op_gives_one_local_gradient_for_each_operand() -> None:
    for op in registry.values():
        if issubclass(op, Elementwise):
            x = [np.float64(1.5)] * op.operands
            params = {"Pow": (2,), "Where": (True,)}.get(op.__name__, ())
            y = op.forward(*x, *params)
            assert len(op.local(y, *x, *params)) == op.operands, op


def worked_out(parts: Any) -> list[Any]:
    """The gradients of a vjp, those that are promised too."""
    return [part() if callable(part) else part for part in parts]


KINKS: dict[str, tuple[Callable[..., Any], float]] = {
    "relu": (torch.relu, 0.0),
    "abs": (abs, 0.0),
    "maximum": (lambda t: torch.maximum(t, torch.tensor(0.0)), 0.5),
    "minimum": (lambda t: torch.minimum(t, torch.tensor(0.0)), 0.5),
    "sqrt": (torch.sqrt, np.inf),
    "power 0": (lambda t: t**0, 0.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_slopes_at_a_kink_follow_pytorch(name: str) -> None:
    function, expected = KINKS[name]
    t = torch.tensor(0.0, requires_grad=True)
    function(t).backward()
    assert t.grad.item() == expected
