"""Schedules of the learning rate. Sequences of rates: golden/areas/optim.py."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch
from microtorch.optim import SGD, Adam, lr_scheduler


def optimizer(lr: Any = 0.5, **options: Any) -> Any:
    p = torch.tensor([1.0], requires_grad=True)
    p.grad = torch.tensor([0.0])
    return SGD([p], lr=lr, **options)


def rates(scheduler: Any, steps: int) -> list[float]:
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


FORMULAS: dict[str, tuple[dict[str, Any], Any]] = {
    "StepLR": ({"step_size": 3, "gamma": 0.5}, lambda t: 0.5 ** (t // 3)),
    "MultiStepLR": ({"milestones": [2, 5], "gamma": 0.1}, lambda t: 0.1 ** ((t >= 2) + (t >= 5))),
    "ConstantLR": ({"factor": 0.25, "total_iters": 4}, lambda t: 0.25 if t < 4 else 1),
    "LinearLR": ({"start_factor": 0.2, "total_iters": 4}, lambda t: 0.2 + 0.8 * min(t, 4) / 4),
    "ExponentialLR": ({"gamma": 0.8}, lambda t: 0.8**t),
    "PolynomialLR": ({"total_iters": 6, "power": 2}, lambda t: (1 - min(t, 6) / 6) ** 2),
    "LambdaLR": ({"lr_lambda": lambda t: 1 / (1 + t)}, lambda t: 1 / (1 + t)),
    "MultiplicativeLR": ({"lr_lambda": lambda t: 0.9}, lambda t: 0.9**t),
}


@pytest.mark.parametrize("name", FORMULAS)
@given(lr=st.floats(0.01, 10))
def test_the_rate_is_the_initial_one_times_the_factor(name: str, lr: float) -> None:
    options, factor = FORMULAS[name]
    scheduler = getattr(lr_scheduler, name)(optimizer(lr), **options)
    for t, rate in enumerate(rates(scheduler, 9)):
        assert rate == pytest.approx(lr * factor(t), rel=1e-9, abs=1e-15)


@given(st.integers(2, 8), st.floats(0, 0.2))
def test_cosine_goes_from_the_initial_rate_to_the_least_and_back(T_max: int, low: float) -> None:
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer(0.5), T_max, eta_min=low)
    found = rates(scheduler, 2 * T_max)
    assert found[0] == 0.5
    assert found[T_max] == pytest.approx(low, abs=1e-9)
    assert found[2 * T_max] == pytest.approx(0.5, abs=1e-9)
    assert found == pytest.approx(found[::-1], abs=1e-9)


@given(st.integers(1, 4), st.integers(1, 3))
def test_warm_restarts_begin_anew_at_the_top(T_0: int, T_mult: int) -> None:
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer(0.5), T_0, T_mult)
    found = rates(scheduler, 20)
    start, length = 0, T_0
    while start < len(found):
        assert found[start] == 0.5
        assert all(rate < 0.5 for rate in found[start + 1 : start + length])
        start, length = start + length, length * T_mult


@given(st.integers(4, 30), st.booleans())
def test_one_cycle_rises_to_the_top_and_ends_at_almost_nothing(total: int, three: bool) -> None:
    o = optimizer(momentum=0.9)
    scheduler = lr_scheduler.OneCycleLR(o, 1.0, total_steps=total, pct_start=0.5, three_phase=three)
    if three and total < 6:
        return  # the phases are too short to meet their ends
    found = rates(scheduler, total - 1)
    assert found[0] == pytest.approx(1 / 25)
    assert found[-1] == pytest.approx(1 / 25 / 1e4)
    assert max(found) <= 1.0
    with pytest.raises(ValueError, match=r"Tried to step .* times(?s:.*)Hint: total_steps is"):
        rates(scheduler, 2)


def test_momentum_falls_while_the_rate_rises() -> None:
    o = Adam([torch.tensor([1.0], requires_grad=True)], lr=0.1)
    scheduler = lr_scheduler.CyclicLR(o, base_lr=0.1, max_lr=0.5, step_size_up=4)
    betas, found = [o.param_groups[0]["betas"][0]], [scheduler.get_last_lr()[0]]
    for _ in range(8):
        o.step()
        scheduler.step()
        betas.append(o.param_groups[0]["betas"][0])
        found.append(scheduler.get_last_lr()[0])
    assert found == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.4, 0.3, 0.2, 0.1])
    assert betas == pytest.approx([0.9, 0.875, 0.85, 0.825, 0.8, 0.825, 0.85, 0.875, 0.9])
    assert o.param_groups[0]["betas"][1] == 0.999


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20), st.integers(0, 3))
def test_plateau_lowers_the_rate_when_nothing_gets_better(losses: list[float], wait: int) -> None:
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer(1.0), factor=0.5, patience=wait, threshold=0, eps=0
    )
    best, bad, expected = float("inf"), 0, 1.0
    for loss in losses:
        scheduler.step(torch.tensor(loss))
        loss = torch.tensor(loss).item()
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad > wait:
            expected, bad = expected / 2, 0
        assert scheduler.get_last_lr() == [expected]


def test_schedules_can_be_chained_by_hand() -> None:
    o = optimizer(1.0)
    first = lr_scheduler.ExponentialLR(o, 0.5)
    second = lr_scheduler.StepLR(o, 2, 0.1)
    for _ in range(2):
        o.step()
        first.step()
        second.step()
    assert o.param_groups[0]["lr"] == pytest.approx(0.025)


def test_one_schedule_takes_over_from_another() -> None:
    o = optimizer(1.0)
    warm = lr_scheduler.LinearLR(o, start_factor=0.5, total_iters=2)
    then = lr_scheduler.ExponentialLR(o, 0.5)
    scheduler = lr_scheduler.SequentialLR(o, [warm, then], milestones=[3])
    assert rates(scheduler, 5) == pytest.approx([0.5, 0.75, 1.0, 1.0, 0.5, 0.25])


@pytest.mark.parametrize("name", [*FORMULAS, "CosineAnnealingLR", "CyclicLR", "OneCycleLR"])
def test_a_schedule_goes_on_from_a_saved_state(name: str) -> None:
    options: dict[str, Any] = {
        "CosineAnnealingLR": {"T_max": 5},
        "CyclicLR": {"base_lr": 0.1, "max_lr": 1, "step_size_up": 2},
        "OneCycleLR": {"max_lr": 1.0, "total_steps": 12},
    }.get(name) or FORMULAS[name][0]
    o = optimizer(momentum=0.5)
    scheduler = getattr(lr_scheduler, name)(o, **options)
    rates(scheduler, 3)
    saved, saved_optimizer = dict(scheduler.state_dict()), o.state_dict()
    further = rates(scheduler, 4)
    resumed = optimizer(momentum=0.5)
    again = getattr(lr_scheduler, name)(resumed, **options)
    resumed.load_state_dict(saved_optimizer)
    again.load_state_dict(saved)
    assert rates(again, 4) == further


def test_a_schedule_of_ones_own_needs_get_lr_only() -> None:
    class Sawtooth(lr_scheduler.LRScheduler):
        def get_lr(self) -> list[float]:
            return [base_lr * (1 - self.last_epoch % 4 / 4) for base_lr in self.base_lrs]

    assert rates(Sawtooth(optimizer(1.0)), 5) == [1.0, 0.75, 0.5, 0.25, 1.0, 0.75]


def test_the_wrong_order_is_pointed_out_once() -> None:
    scheduler = lr_scheduler.StepLR(optimizer(), 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before"):
        scheduler.step()
    scheduler.step()


def test_the_right_order_is_silent_for_every_schedule_of_an_optimizer() -> None:
    o = optimizer()
    schedulers = [lr_scheduler.StepLR(o, 2), lr_scheduler.ExponentialLR(o, 0.5)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        o.step()
        for scheduler in schedulers:
            scheduler.step()
