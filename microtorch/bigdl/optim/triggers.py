"""Triggers: when to stop, to validate, to save. Each is asked after every iteration.

The state of a training is a dictionary. ``neval`` is the number of the *next* iteration and
``epoch`` that of the epoch it belongs to; both start at 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

State = dict[str, Any]


class Trigger:
    """Says yes or no about the state of a training. A plain function of the state does as well."""

    def __call__(self, state: State) -> bool:
        raise NotImplementedError


def whole(name: str, number: Any) -> int:
    """The number, or ValueError if it is not a whole one from 1 on."""
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{name} takes a whole number from 1 on, not {number!r}")
    return number


class MaxEpoch(Trigger):
    """Once so many epochs are over: ``epoch > max_epoch``."""

    def __init__(self, max_epoch: int, bigdl_type: str = "float") -> None:
        self.max_epoch = whole("MaxEpoch", max_epoch)

    def __call__(self, state: State) -> bool:
        return bool(state["epoch"] > self.max_epoch)


class MaxIteration(Trigger):
    """Once so many iterations are over: ``neval > max``."""

    def __init__(self, max: int, bigdl_type: str = "float") -> None:
        self.max = whole("MaxIteration", max)

    def __call__(self, state: State) -> bool:
        return bool(state["neval"] > self.max)


class EveryEpoch(Trigger):
    """At the end of every epoch."""

    def __init__(self, bigdl_type: str = "float") -> None:
        self.last, self.asked, self.turned = 1, 0, False

    def __call__(self, state: State) -> bool:
        if state["neval"] != self.asked:  # one trigger may serve validation and checkpoints
            self.asked, self.turned = state["neval"], bool(state["epoch"] > self.last)
            self.last = state["epoch"]
        return self.turned


class SeveralIteration(Trigger):
    """Whenever ``neval`` is a multiple of the interval."""

    def __init__(self, interval: int, bigdl_type: str = "float") -> None:
        self.interval = whole("SeveralIteration", interval)

    def __call__(self, state: State) -> bool:
        return bool(state["neval"] % self.interval == 0)


class MaxScore(Trigger):
    """Once the validation's score is above a number."""

    def __init__(self, max: float, bigdl_type: str = "float") -> None:
        self.max = max

    def __call__(self, state: State) -> bool:
        return bool(state.get("score") is not None and state["score"] > self.max)


class MinLoss(Trigger):
    """Once the loss of a batch is below a number."""

    def __init__(self, min: float, bigdl_type: str = "float") -> None:
        self.min = min

    def __call__(self, state: State) -> bool:
        return bool(state.get("Loss") is not None and state["Loss"] < self.min)


class TriggerAnd(Trigger):
    """When all of several triggers say yes."""

    def __init__(self, first: Trigger, *other: Trigger) -> None:
        self.triggers = [as_trigger(each) for each in (first, *other)]

    def __call__(self, state: State) -> bool:
        answers = [trigger(state) for trigger in self.triggers]  # each is asked: some remember
        return all(answers)


class TriggerOr(Trigger):
    """When one of several triggers says yes."""

    def __init__(self, first: Trigger, *other: Trigger) -> None:
        self.triggers = [as_trigger(each) for each in (first, *other)]

    def __call__(self, state: State) -> bool:
        answers = [trigger(state) for trigger in self.triggers]  # each is asked: some remember
        return any(answers)


def as_trigger(trigger: Any) -> Callable[[State], bool]:
    """The trigger, or TypeError for what is none."""
    if isinstance(trigger, type) or not callable(trigger):
        given = trigger.__name__ if isinstance(trigger, type) else repr(trigger)
        raise TypeError(f"a trigger is an object such as MaxEpoch(10) or EveryEpoch(), not {given}")
    found: Callable[[State], bool] = trigger
    return found
