"""Every operation of the registry, checked by nudging: first and second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch.ops import Elementwise, registry

# How each op is called, on float64 tensors that stay away from its kinks, for gradcheck.
Case = tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]
MASK = np.array([True, False, True])
CASES: dict[str, Case] = {
    "Add": (lambda a, b: a + b, ((2, 3), (3,))),
    "Sub": (lambda a, b: a - b, ((3,), (2, 1))),
    "Rsub": (lambda a: 2.5 - a, ((3,),)),
    "Mul": (lambda a, b: a * b, ((2, 3), ())),
    "Div": (lambda a, b: a / b, ((2, 1), (1, 3))),
    "Rdiv": (lambda a: 2.5 / a, ((3,),)),
    "Neg": (lambda a: -a, ((3,),)),
    "Pow": (lambda a: a**3 + a**-1.5 + a**0, ((3,),)),
    "PowTensor": (lambda a, b: a**b, ((2, 3), (3,))),
    "Rpow": (lambda a: 2.5**a, ((3,),)),
    "Exp": (torch.exp, ((2, 3),)),
    "Log": (torch.log, ((3,),)),
    "Sqrt": (torch.sqrt, ((3,),)),
    "Sin": (torch.sin, ((3,),)),
    "Cos": (torch.cos, ((3,),)),
    "Tanh": (torch.tanh, ((3,),)),
    "Sigmoid": (torch.sigmoid, ((3,),)),
    "Relu": (lambda a: torch.relu(a - 1), ((2, 3),)),
    "Abs": (lambda a: abs(a - 1), ((3,),)),
    "Maximum": (torch.maximum, ((2, 3), (3,))),
    "Minimum": (torch.minimum, ((2, 3), (3,))),
    "Where": (lambda a, b: torch.where(torch.tensor(MASK), a, b), ((2, 3), (3,))),
    "Sum": (lambda a: a.sum(), ((2, 3),)),
    "SumDim": (lambda a: a.sum(1) + a.sum((0, 1), keepdim=True), ((2, 3),)),
    "Mean": (lambda a: a.mean(), ((2, 3),)),
    "MeanDim": (lambda a: a.mean(-1, keepdim=True), ((2, 3),)),
    "Dot": (lambda a, b: a @ b, ((3,), (3,))),
    "Mv": (lambda a, b: a @ b, ((2, 3), (3,))),
    "VecMat": (lambda a, b: a @ b, ((3,), (3, 2))),
    "Mm": (lambda a, b: a @ b, ((2, 3), (3, 2))),
    "Matmul": (lambda a, b: a @ b, ((2, 1, 2, 3), (2, 3, 2))),
    "View": (lambda a: a.reshape(3, -1), ((2, 3),)),
    "Permute": (lambda a: a.permute(2, 0, 1), ((2, 3, 2),)),
    "Transpose": (lambda a: a.transpose(0, -1), ((2, 3, 2),)),
    "T": (lambda a: a.t(), ((2, 3),)),
    "Expand": (lambda a: a.expand(4, -1, 3), ((2, 1),)),
    "Clone": (lambda a: a.clone(), ((3,),)),
    "To": (lambda a: a.float().double(), ((3,),)),
    "Index": (lambda a: a[[0, 1, 0], [2, 2, 2]], ((2, 3),)),
    "Select": (lambda a: a[1], ((2, 3),)),
    "Slice": (lambda a: a[:, ::2], ((2, 3),)),
    "Unsqueeze": (lambda a: a[:, None], ((2, 3),)),
    "Unpick": (lambda a: a[1:] * a[:-1], ((3,),)),
    "Cat": (lambda a, b: torch.cat([a, b, a], 1), ((2, 3), (2, 1))),
    "Stack": (lambda a, b: torch.stack([a, b], -1), ((2, 3), (2, 3))),
}


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
    complete = node.op.vjp(g, node.output, *node.inputs, *node.params)
    saves = node.op.saves
    y = node.output if "y" in saves else None
    inputs = node.inputs if saves not in ("", "y") else (None,) * len(node.inputs)
    again = node.op.vjp(g, y, *inputs, *node.params)
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
