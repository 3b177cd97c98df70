"""What a graph holds is freed as soon as nobody needs it, without waiting for the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch.autograd import Leaf, Node

F = torch.nn.functional


@pytest.fixture(autouse=True)
def nobody_collects() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive(*kinds: type) -> int:
    """How many objects of these kinds there are."""
    return sum(isinstance(thing, kinds) for thing in gc.get_objects())


def mlp() -> Callable[[], Any]:
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)
    )
    x, labels = torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 0])
    return trained(net, lambda: F.cross_entropy(net(x), labels))


def conv_net() -> Callable[[], Any]:
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, padding=1),
        torch.nn.GELU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Dropout(0.5),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 1),
    )
    x = torch.randn(3, 1, 4, 4)
    return trained(net, lambda: F.mse_loss(net(x), torch.zeros(3, 1)))


def lstm() -> Callable[[], Any]:
    net = torch.nn.LSTM(3, 4, num_layers=2, batch_first=True)
    x = torch.randn(2, 5, 3)

    def loss() -> Any:
        outputs, (h, c) = net(x)
        return (outputs.sum() + h * c).mean()

    return trained(net, loss)


def trained(net: Any, loss_of: Callable[[], Any]) -> Callable[[], Any]:
    """A step of training that returns nothing that holds a graph."""
    optimizer = torch.optim.Adam(net.parameters())

    def step() -> None:
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    return step


class Cube(torch.autograd.Function):
    """Saves its input and its output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x**3
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * 3 * y / x


def custom_function() -> Callable[[], Any]:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    return lambda: Cube.apply(w * 2).sum().backward()


def changed_in_place() -> Callable[[], Any]:
    w = torch.ones(4, requires_grad=True)

    def step() -> None:
        y = w * 2
        y[1:3] = w[:2]
        y[0] += 1
        y.mul_(3).relu_()
        y.sum().backward()

    return step


def with_hooks() -> Callable[[], Any]:
    w = torch.ones(4, requires_grad=True)

    def step() -> None:
        y = w * 2
        y.retain_grad()
        y.register_hook(lambda g: g * 2)
        z = y.tanh()
        z.grad_fn.register_hook(lambda inputs, outputs: None)
        z.sum().backward()
        assert y.grad is not None

    return step


def gradient_of_a_gradient() -> Callable[[], Any]:
    w = torch.ones(4, requires_grad=True)

    def step() -> None:
        (slope,) = torch.autograd.grad((w**3).sum(), w, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), w, create_graph=True)
        curvature.sum().backward()

    return step


def without_backward() -> Callable[[], Any]:
    w = torch.ones(4, requires_grad=True)

    def step() -> None:
        x = w
        for _ in range(10):
            x = torch.cat([x, x]).sort().values[:4].softmax(0)

    return step


def failing() -> Callable[[], Any]:
    w = torch.ones(4, requires_grad=True)

    def step() -> None:
        with pytest.raises(RuntimeError):
            (w * 2).exp().backward()  # not a single number

    return step


STEPS = [
    mlp,
    conv_net,
    lstm,
    custom_function,
    changed_in_place,
    with_hooks,
    gradient_of_a_gradient,
    without_backward,
    failing,
]


@pytest.mark.parametrize("make", STEPS, ids=lambda make: make.__name__)
def test_nothing_of_a_graph_is_left_after_a_step(make: Callable[[], Any]) -> None:
    step = make()
    step()  # the first one makes what stays: gradients, the optimizer's state
    gc.collect()
    before = alive(Node, Leaf, torch.Tensor)
    for _ in range(3):
        step()
    assert alive(Node, Leaf, torch.Tensor) == before


def test_a_cycle_would_be_seen() -> None:
    before = alive(Node)
    y = torch.ones(3, requires_grad=True) * 2
    y.me = y  # type: ignore[attr-defined]
    del y
    assert alive(Node) == before + 1


def test_a_long_chain_is_swept_and_freed() -> None:
    before = alive(Node)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0001 - 0.0001
    y.sum().backward()
    assert alive(Node) >= before + 100_000
    assert x.grad.tolist() == pytest.approx([1.0001**50_000] * 2, rel=1e-3)
    del y
    assert alive(Node) <= before


def test_a_long_chain_that_was_never_swept_is_freed() -> None:
    before = alive(Node)
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = -y
    del y
    assert alive(Node) <= before


def test_a_long_chain_of_functions_of_ones_own_is_freed() -> None:
    before = alive(Node)
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(20_000):
        y = Cube.apply(y)
    y.backward()
    del y
    assert alive(Node) <= before


def test_large_values_are_freed_while_the_sweep_goes_on() -> None:
    """After backward() the graph is still there for a picture, but no longer its large arrays."""
    x = torch.ones(10_000, requires_grad=True)
    y = x.tanh()
    nodes = [y._node]
    loss = (y * y).sum()
    nodes += [loss._node, loss._node.parents[0]]
    loss.backward()
    for node in nodes:
        for value in (node.output, node.incoming, *node.inputs):
            assert not isinstance(value, np.ndarray) or value.size <= 1024


def test_values_that_no_rule_reads_are_not_kept_at_all() -> None:
    x = torch.ones(10_000, requires_grad=True)
    y = (x + 1).exp() - 3
    node = y._node.parents[0].parents[0]
    assert node.name() == "AddBackward0"
    assert not any(isinstance(value, np.ndarray) for value in (node.output, node.inputs[0]))


WAYS = {
    "a sum of two": lambda a, b: a + b,
    "a sum with itself": lambda a, b: a + a + b,
    "views": lambda a, b: a.view(2, 6).t().reshape(12) + b.flip(0),
    "one for each part": lambda a, b: torch.cat([a, b])[:12] + torch.stack([a, b]).sum(0),
    "products": lambda a, b: a * b + a.relu() * 2 + b.clone(),
    "in place": lambda a, b: (a * 1).add_(b).mul_(b),
    "many pieces": lambda a, b: torch.cat(a.split(3)) + torch.cat(b.chunk(2)),
    "broadcast": lambda a, b: (a + b[0]) * 1 + a.expand(3, 12).sum(0) + b,
}


@pytest.mark.parametrize("size", [12, 12 * 1000], ids=["small", "large"])
@pytest.mark.parametrize("way", WAYS)
def test_a_gradient_shares_memory_with_nothing_else(way: str, size: int) -> None:
    a = torch.ones(12, size // 12, requires_grad=True)
    b = torch.full((12, size // 12), 2.0, requires_grad=True)
    upstream = torch.ones(12, size // 12)
    y = WAYS[way](*(t.reshape(12, -1)[:, 0] for t in (a, b)))
    whole = y[:, None] * torch.ones(size // 12)
    whole.backward(upstream)
    arrays = [t.numpy() for t in (a.detach(), b.detach(), a.grad, b.grad, upstream)]
    arrays += [whole.detach().numpy(), y.detach().numpy()]
    for one, other in combinations(arrays, 2):
        assert not np.shares_memory(one, other)


@pytest.mark.parametrize("size", [3, 5000], ids=["small", "large"])
def test_an_upstream_gradient_is_neither_kept_nor_changed(size: int) -> None:
    x = torch.ones(size, requires_grad=True)
    upstream = torch.full((size,), 2.0)
    (x * 1).tanh().relu().backward(upstream)
    x.grad.zero_()
    assert upstream.tolist() == [2.0] * size


@pytest.mark.parametrize("size", [3, 5000], ids=["small", "large"])
def test_a_gradient_that_is_used_twice_is_not_overwritten(size: int) -> None:
    """The sum hands the same gradient to both of its operands."""
    x = torch.linspace(-1, 1, size).requires_grad_()
    w = torch.linspace(1, 2, size).requires_grad_()
    y = x * w
    (y.tanh() + y.relu() + y).sum().backward()
    t, positive = np.tanh((x * w).detach().numpy()), (x * w).detach().numpy() > 0
    slope = 1 - t * t + positive + 1
    np.testing.assert_allclose(x.grad.numpy(), slope * w.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(w.grad.numpy(), slope * x.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize("size", [3, 5000], ids=["small", "large"])
def test_gradients_that_a_hook_has_kept_stay_as_they_were(size: int) -> None:
    kept = []
    x = torch.linspace(-1, 1, size).requires_grad_()
    w = torch.ones(size, size if size < 100 else 2, requires_grad=True)
    y = x @ w
    y.register_hook(lambda g: kept.append(g))
    z = y.tanh()
    z.register_hook(lambda g: kept.append(g))
    (z * 2).relu().sum().backward()
    copies = [g.numpy().copy() for g in kept]
    (x @ w).tanh().sum().backward()
    assert len(kept) == 2
    for g, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(g.numpy(), copy)
