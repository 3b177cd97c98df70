"""Learning rate schedules of SGD: the rate of every iteration, from the one that SGD was given.

An iteration n counts from 0. ``state`` is that of the training; Plateau looks at its score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class Schedule:
    """The learning rate of an iteration."""

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        """The rate of iteration n; ``decay`` is SGD's ``learningrate_decay``."""
        raise NotImplementedError


class Default(Schedule):
    """base / (1 + n · decay)."""

    def __init__(self, bigdl_type: str = "float") -> None:
        pass

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        return base / (1 + n * decay)


class Poly(Schedule):
    """base · (1 - n / max_iteration)^power, and 0 from max_iteration on."""

    def __init__(self, power: float, max_iteration: int, bigdl_type: str = "float") -> None:
        self.power, self.max_iteration = power, max_iteration

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        return float(base * max(0.0, 1 - n / self.max_iteration) ** self.power)


class Exponential(Schedule):
    """base · decay_rate^(n / decay_step); in steps, with the exponent rounded down."""

    def __init__(
        self,
        decay_step: int,
        decay_rate: float,
        stair_case: bool = False,
        bigdl_type: str = "float",
    ) -> None:
        self.decay_step, self.decay_rate, self.stair_case = decay_step, decay_rate, stair_case

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        exponent = n / self.decay_step
        return float(
            base * self.decay_rate ** (math.floor(exponent) if self.stair_case else exponent)
        )


class Step(Schedule):
    """base · gamma^k, where k is how many times step_size fits into n."""

    def __init__(self, step_size: int, gamma: float, bigdl_type: str = "float") -> None:
        self.step_size, self.gamma = step_size, gamma

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        return float(base * self.gamma ** (n // self.step_size))


class MultiStep(Schedule):
    """base · gamma^k, where k is how many of the step_sizes n has reached."""

    def __init__(self, step_sizes: Sequence[int], gamma: float, bigdl_type: str = "float") -> None:
        self.step_sizes, self.gamma = list(step_sizes), gamma

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        return float(base * self.gamma ** sum(n >= step for step in self.step_sizes))


class Warmup(Schedule):
    """base + n · delta: mostly the first part of a :class:`SequentialSchedule`."""

    def __init__(self, delta: float, bigdl_type: str = "float") -> None:
        self.delta = delta

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        return base + n * self.delta


class Plateau(Schedule):
    """The rate times ``factor`` when a number has not become better for ``patience`` epochs.

    Args:
        monitor: "score" (of the validation) or "Loss" (of the training).
        mode: "min" if smaller is better, "max" if larger.
        epsilon: by how much it must become better to count.
        cooldown: epochs to wait after a change.
        min_lr: no rate is below this.
    """

    def __init__(
        self,
        monitor: str,
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "min",
        epsilon: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        bigdl_type: str = "float",
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f'Plateau: mode is "min" or "max", not {mode!r}')
        if factor >= 1:
            raise ValueError(f"Plateau: factor is below 1, not {factor}")
        self.monitor, self.factor, self.patience, self.mode = monitor, factor, patience, mode
        self.epsilon, self.cooldown, self.min_lr = epsilon, cooldown, min_lr
        self.best = math.inf
        self.waited = self.cooling = 0
        self.current: float | None = None
        self.epoch = 1

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        if self.current is None:
            self.current = base
        if state.get("epoch", 1) == self.epoch:
            return self.current
        self.epoch = state["epoch"]
        now = state.get(self.monitor)
        if now is None:
            raise ValueError(
                f"Plateau watches {self.monitor!r}, which the training does not have: "
                '"score" needs set_validation(), "Loss" is always there.'
            )
        self.look(now if self.mode == "min" else -now)
        return self.current

    def look(self, now: float) -> None:
        """The number at the end of an epoch; smaller is better."""
        assert self.current is not None
        if self.cooling > 0:
            self.cooling -= 1
            self.waited = 0
        if now < self.best - self.epsilon:
            self.best, self.waited = now, 0
        elif self.cooling <= 0:
            if self.waited >= self.patience and self.current > self.min_lr:
                self.current = max(self.current * self.factor, self.min_lr)
                self.cooling, self.waited = self.cooldown, 0
            self.waited += 1


class SequentialSchedule(Schedule):
    """Schedules one after the other: ``add(schedule, iterations)`` returns itself.

    Each starts with the rate at which the one before it ended, and counts its own iterations.
    """

    def __init__(self, iteration_per_epoch: int = 1, bigdl_type: str = "float") -> None:
        self.iteration_per_epoch = iteration_per_epoch
        self.schedules: list[tuple[Schedule, int]] = []

    def add(self, scheduler: Schedule, max_iteration: int, bigdl_type: str = "float") -> Any:
        """Follow this schedule for so many iterations."""
        self.schedules.append((scheduler, max_iteration))
        return self

    def rate(self, base: float, n: int, decay: float, state: dict[str, Any]) -> float:
        if not self.schedules:
            raise ValueError("SequentialSchedule: there is no schedule inside; add() one first.")
        for schedule, iterations in self.schedules[:-1]:
            if n < iterations:
                return schedule.rate(base, n, decay, state)
            base, n = schedule.rate(base, iterations, decay, state), n - iterations
        return self.schedules[-1][0].rate(base, n, decay, state)
