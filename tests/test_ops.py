"""Every operation of the registry, checked by nudging: first and second derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from op_cases import all_cases, linalg

import microtorch as torch
from microtorch.autograd.engine import newest_first
from microtorch.autograd.node import Large
from microtorch.ops import Elementwise, registry
from microtorch.ops.kernels import Memo

CASES = all_cases()
LINEAR_ALGEBRA = {*linalg.CASES, "Quantile"}
FLOAT64_ONLY = {  # their cases hold float64 constants
    "BatchNormOfRunning",
    "BinaryCrossEntropyWithLogits",
    "CrossEntropyLoss",
    "NllLoss2D",
}


def operands(shapes: tuple[tuple[int, ...], ...]) -> tuple[torch.Tensor, ...]:
    rng = np.random.default_rng(7)
    return tuple(
        torch.tensor(np.asarray(rng.uniform(0.5, 2.0, shape)), requires_grad=True)
        for shape in shapes
    )


OPS = sorted(name for name, op in registry.items() if not op.opaque)  # the others are the user's


def node_of(name: str) -> Any:
    """A node of this op: in the case's graph, or in the graph of its gradient."""
    function, shapes = CASES[name]
    inputs = operands(shapes)
    output = function(*inputs)
    slopes = torch.autograd.grad(
        (output * output).sum(), inputs, create_graph=True, allow_unused=True
    )
    roots = [t._node for t in (output, *slopes) if t is not None and t._node is not None]
    return next(n for n in newest_first(roots)[0] if n.op is registry[name])


def vjp_of(node: Any, g: Any, y: Any, inputs: Any) -> list[Any]:
    """The gradients of a vjp, those that are promised too."""
    parts = node.op.vjp(g, y, *inputs, *node.params)
    return [part() if callable(part) else part for part in parts]


def test_every_op_has_a_case() -> None:
    assert set(CASES) == set(OPS)


@pytest.mark.parametrize("name", OPS)
def test_gradient_agrees_with_nudging(name: str) -> None:
    function, shapes = CASES[name]
    tolerance = {"eps": 1e-2, "atol": 1e-3} if name == "To" else {}  # To passes through float32
    assert torch.autograd.gradcheck(function, operands(shapes), **tolerance)


@pytest.mark.parametrize("name", OPS)
def test_gradient_of_the_gradient_agrees_with_nudging(name: str) -> None:
    function, shapes = CASES[name]
    tolerance = {"eps": 1e-2, "atol": 1e-2, "rtol": 1e-2} if name == "To" else {}
    assert torch.autograd.gradgradcheck(function, operands(shapes), **tolerance)


@pytest.mark.parametrize("name", OPS)
def test_vjp_reads_only_what_the_op_says_it_saves(name: str) -> None:
    """A large array that is not named in ``saves`` is freed, so the vjp must not touch it."""
    node = node_of(name)
    g = np.ones(node.shape)[()]
    complete = vjp_of(node, g, node.output, node.inputs)
    outlines = [Large(np.shape(x), np.asarray(x).dtype) for x in node.inputs]
    y = node.output if node.op.saves_output else Large(node.shape, node.output.dtype)
    again = vjp_of(node, g, y, node.inputs if node.op.saves_inputs else outlines)
    for a, b in zip(complete, again, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", OPS)
def test_gradients_have_memory_of_their_own(name: str) -> None:
    """A leaf keeps what it gets: it may be the upstream gradient, but nobody else's array."""
    node = node_of(name)
    g = np.ones(node.shape)[()]
    parts = [part for part in vjp_of(node, g, node.output, node.inputs) if part is not None]
    for k, part in enumerate(parts):
        if not isinstance(part, np.ndarray) or np.shares_memory(part, g):
            continue
        others = [*node.inputs, node.output, *node.params, *parts[:k]]
        for other in others:
            assert not (isinstance(other, np.ndarray) and np.shares_memory(part, other))


IN_FLOAT32 = [name for name in OPS if name not in FLOAT64_ONLY]
IN_FLOAT16 = [name for name in IN_FLOAT32 if name not in LINEAR_ALGEBRA]  # LAPACK has no float16


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, "float32") for name in IN_FLOAT32] + [(name, "float16") for name in IN_FLOAT16],
)
def test_a_gradient_has_the_dtype_of_its_operand(name: str, dtype: str) -> None:
    function, shapes = CASES[name]
    inputs = [x.detach().to(dtype).requires_grad_() for x in operands(shapes)]
    function(*inputs).sum().backward()
    for x in inputs:
        assert x.grad is None or x.grad.dtype == x.dtype


@pytest.mark.parametrize("name", OPS)
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
            more = len(inspect.signature(op.forward).parameters) - op.operands
            special = {"Where": (True,), "Gelu": ("none", Memo())}
            params = special.get(op.__name__, (2,) * more)
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
