"""The optimizers: formulas, memory, groups, saving. Trajectories: golden/areas/optim.py."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch
from microtorch import optim

NAMES = [name for name in optim.__all__ if name not in ("LBFGS", "Optimizer", "lr_scheduler")]


def leaf(numbers: Any, dtype: str = "float32") -> torch.Tensor:
    return torch.tensor(np.array(numbers, dtype=dtype)).requires_grad_()


def with_grad(numbers: Any, grad: Any, dtype: str = "float32") -> torch.Tensor:
    p = leaf(numbers, dtype)
    p.grad = torch.tensor(np.array(grad, dtype=dtype))
    return p


# ---------------------------------------------------------------- formulas

numbers = st.lists(st.floats(-10, 10), min_size=1, max_size=4)


@given(numbers, st.floats(0, 1), st.integers(1, 5))
def test_sgd_goes_against_the_gradient(start: list[float], lr: float, steps: int) -> None:
    p = leaf(start, "float64")
    expected = np.array(start)
    optimizer = optim.SGD([p], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (p**2).sum().backward()
        optimizer.step()
        expected = expected - lr * 2 * expected
    np.testing.assert_allclose(p.detach().numpy(), expected, rtol=1e-12, atol=1e-300)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(0, 0.95), st.booleans())
def test_momentum_sums_up_the_gradients(
    grads: list[float], momentum: float, nesterov: bool
) -> None:
    p = leaf(0.0, "float64")
    optimizer = optim.SGD([p], lr=1.0, momentum=momentum, nesterov=nesterov and momentum > 0)
    for g in grads:
        p.grad = torch.tensor(np.array(g))
        optimizer.step()
    sums = [sum(momentum ** (t - i) * grads[i] for i in range(t + 1)) for t in range(len(grads))]
    if optimizer.param_groups[0]["nesterov"]:
        sums = [g + momentum * b for g, b in zip(grads, sums, strict=True)]
    assert p.item() == pytest.approx(-sum(sums), abs=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_adam_follows_the_formulas_of_the_paper(grads: list[float]) -> None:
    p = leaf([1.0], "float64")
    optimizer = optim.Adam([p], lr=0.1, betas=(0.8, 0.9), eps=1e-3)
    expected, m, v = 1.0, 0.0, 0.0
    for t, g in enumerate(grads, start=1):
        p.grad = torch.tensor(np.array([g]))
        optimizer.step()
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
        m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.9**t)
        expected -= 0.1 * m_hat / (v_hat**0.5 + 1e-3)
    assert p.item() == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.01, 100), st.sampled_from(["Adam", "Adamax", "RAdam", "Rprop"]))
def test_the_first_step_does_not_depend_on_the_size_of_the_gradient(g: float, name: str) -> None:
    """Rprop and Adam go lr; RAdam, which has seen too little, goes with the gradient."""
    p = with_grad([0.0], [g], "float64")
    getattr(optim, name)([p], lr=0.1).step()
    p_first = with_grad([0.0], [g], "float64")
    getattr(optim, name)([p_first], lr=0.1).step()
    p_first.grad = torch.tensor(np.array([g]))
    expected = {"RAdam": -0.1 * g, "Rprop": -0.1}.get(name, -0.1)
    assert p.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", [*NAMES, "LBFGS"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_optimizer_finds_the_bottom_of_a_bowl(name: str, dtype: str) -> None:
    p, q = leaf([3.0, -2.0], dtype), leaf(4.0, dtype)
    rates = {
        "SGD": 0.1,
        "ASGD": 0.1,
        "Adagrad": 1.0,
        "Adadelta": 200.0,
        "RMSprop": 0.05,
        "LBFGS": 1,
    }
    optimizer = getattr(optim, name)([p, q], lr=rates.get(name, 0.1))

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = ((p - 1) ** 2).sum() + (q + 1) ** 2
        loss.backward()
        return loss

    for _ in range(300):
        optimizer.step(closure)
    np.testing.assert_allclose(p.detach().numpy(), [1, 1], atol=0.05)
    assert q.item() == pytest.approx(-1, abs=0.05)
    assert (p._data.dtype, q._data.dtype) == (dtype, dtype)


# ---------------------------------------------------------------- in place


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (2, 3), (0,)])
def test_dtypes_and_shapes_stay(name: str, dtype: str, shape: tuple[int, ...]) -> None:
    p = with_grad(np.ones(shape), np.ones(shape), dtype)
    optimizer = getattr(optim, name)([p])
    for _ in range(7):
        optimizer.step()
    assert (p._data.dtype, p._data.shape) == (dtype, shape)
    for value in optimizer.state[p].values():
        assert value._data.dtype == (
            dtype if value._data.shape == shape != () else value._data.dtype
        )
    assert p.is_leaf
    assert p.requires_grad


@pytest.mark.parametrize("name", [*NAMES, "LBFGS"])
def test_a_step_changes_the_memory_that_others_see(name: str) -> None:
    p = leaf([1.0, 2.0])
    array, view = p._data, p.detach()
    optimizer = getattr(optim, name)([p], lr=0.1)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert p._data is array
    assert view.tolist() == p.tolist()
    assert p.tolist() != [1.0, 2.0]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_before_backward_is_noticed(name: str) -> None:
    p = with_grad([1.0, 2.0], [1.0, 1.0])
    loss = (p**2).sum()
    getattr(optim, name)([p]).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_not_changed_by_a_step(name: str) -> None:
    p = with_grad([1.0, 2.0], [0.5, -3.0])
    grad = p.grad
    assert grad is not None
    optimizer = getattr(optim, name)([p], lr=0.1)
    for _ in range(3):
        optimizer.step()
    assert grad.tolist() == [0.5, -3.0]


@pytest.mark.parametrize(("name", "arrays"), [("SGD", 1), ("Adam", 2), ("RMSprop", 2)])
def test_a_step_needs_little_memory(name: str, arrays: int) -> None:
    size = 100_000
    p = with_grad(np.ones(size), np.ones(size))
    optimizer = getattr(optim, name)([p])
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (arrays + 0.1) * 4 * size


def test_an_optimizer_is_freed_without_the_garbage_collector() -> None:
    p = with_grad([1.0], [1.0])
    optimizer = optim.Adam([p])
    scheduler = optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step()
    scheduler.step()
    gone = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer, scheduler
        assert gone() is None
    finally:
        gc.enable()


# ---------------------------------------------------------------- steps, groups, saving


def test_closure_records_even_inside_no_grad() -> None:
    p = leaf([1.0])
    optimizer = optim.SGD([p], lr=0.5)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (p**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert p.item() == 0.0


def test_options_of_a_group_can_be_changed_between_steps() -> None:
    p = with_grad([0.0], [1.0])
    optimizer = optim.SGD([p], lr=1.0)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert p.item() == -1.25


def test_a_learning_rate_from_numpy_does_not_change_the_dtype() -> None:
    p = with_grad([1.0], [1.0])
    optimizer = optim.SGD([p], lr=np.float64(0.1))
    optimizer.step()
    assert p._data.dtype == "float32"


def test_a_learning_rate_may_be_a_tensor() -> None:
    lr = torch.tensor(1.0)
    p = with_grad([0.0], [1.0])
    optimizer = optim.SGD([p], lr=lr)
    optimizer.step()
    lr.fill_(0.5)
    optimizer.step()
    assert p.item() == -1.5


def steps(optimizer: Any, p: torch.Tensor, count: int) -> list[float]:
    for i in range(count):
        p.grad = torch.tensor(np.array([1.0 + i, -2.0], dtype="float32"))
        optimizer.step()
    return p.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_training_goes_on_from_a_saved_state(name: str) -> None:
    def make() -> tuple[Any, torch.Tensor]:
        p = leaf([0.5, -0.5])
        return getattr(optim, name)([p], lr=0.1), p

    optimizer, p = make()
    steps(optimizer, p, 3)
    saved, values = copy.deepcopy(optimizer.state_dict()), p.tolist()
    further = steps(optimizer, p, 3)
    resumed, q = make()
    with torch.no_grad():
        q.copy_(torch.tensor(values))
    resumed.load_state_dict(saved)
    assert steps(resumed, q, 3) == further


def test_a_loaded_state_takes_on_the_dtype_of_the_parameter() -> None:
    p = with_grad([1.0, 2.0], [1.0, 1.0])
    optimizer = optim.Adam([p])
    optimizer.step()
    other = optim.Adam([leaf([1.0, 2.0], "float64")])
    other.load_state_dict(optimizer.state_dict())
    state = other.state_dict()["state"][0]
    assert {name: str(value.dtype) for name, value in state.items()} == {
        "step": "torch.float32",
        "exp_avg": "torch.float64",
        "exp_avg_sq": "torch.float64",
    }


def test_an_optimizer_can_be_copied_and_pickled() -> None:
    p = with_grad([1.0], [1.0])
    optimizer = optim.SGD([p], lr=0.5, momentum=0.5)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert repr(twin) == repr(optimizer)
        (q,) = twin.param_groups[0]["params"]
        assert q is not p
        assert q.tolist() == p.tolist()
        q.grad = torch.tensor([1.0])
        twin.step()
        assert q.tolist() != p.tolist()


def test_hooks_see_the_step_and_may_change_its_arguments() -> None:
    p = with_grad([0.0], [1.0])
    optimizer = optim.SGD([p], lr=1.0)
    seen: list[Any] = []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((), {"closure": lambda: 42}))
    handle = optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(kwargs))
    assert optimizer.step() == 42
    handle.remove()
    optimizer.step()
    assert len(seen) == 1


# ---------------------------------------------------------------- hints

W = leaf([1.0])


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: optim.SGD(W), r"a list: \[w\]"),
        (lambda: optim.SGD([]), "super"),
        (lambda: optim.SGD([W * 2]), "requires_grad_"),
        (lambda: optim.SGD(len), "parentheses"),
        (lambda: optim.SGD([1.0]), r"torch.tensor\(1.0, requires_grad=True\)"),
        (lambda: optim.Adam([W], betas=(0, 0.9)), "with a point"),
        (lambda: optim.Adam([W], differentiable=True), "w_new = w - lr"),
        (lambda: optim.Adam([W], capturable=True), "leave it out"),
        (lambda: optim.LBFGS([{"params": W}, {"params": leaf([2.0])}]), "one list"),
    ],
)
def test_errors_say_what_to_do(make: Any, hint: str) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=f"(?s)\nHint: .*{hint}"):
        make()
