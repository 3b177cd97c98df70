"""The arguments of a walk: which values have a slider, and what the learner is to reach."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from microtorch.graph.model import Graph, Value
from microtorch.widgets.page import Entry, entry

NARROWEST = 1e-300  # a hundredth of it is still a number with all its digits


def make_sliders(graph: Graph, limits: Mapping[str, object]) -> list[dict[str, Any]]:
    """One slider for each name: ``(low, high)`` or ``(low, high, step)``."""
    sliders = []
    for name, limit in limits.items():
        value = leaf(graph, name)
        start = {"value": value.index, "start": shortest(value)}
        sliders.append({"name": name, **start, **bounds(name, limit)})
    return sliders


def shortest(value: Value) -> Entry:
    """Where a slider starts: a float32 of 0.22 at 0.22, not at 0.2199999988079071."""
    assert value.data is not None
    number = entry(value.data)
    own = value.data.astype(value.own_dtype or value.dtype)
    return float(str(own)) if isinstance(number, float) and own.dtype.kind == "f" else number


def leaf(graph: Graph, name: str) -> Value:
    """The value that a slider with this name moves."""
    free = [v.name for v in graph.values if v.scalar and v.kind in ("parameter", "input")]
    value = by_name(graph, name)
    if value is not None and value.name in free:
        return value
    if value is None:
        cause = f"The graph of {graph.values[graph.root].name} has no value called {name!r}."
    elif value.kind == "result":
        cause = f"{name} is computed from other values, so it cannot have a slider of its own."
    else:
        cause = f"{name} has shape {value.shape}; a slider moves a single number."
    way_out = (
        f"Sliders can move: {', '.join(free)}." if free else "No value here can have a slider."
    )
    raise ValueError(f"{cause} {way_out}")


def bounds(name: str, limit: object) -> dict[str, float]:
    """Low end, high end and step of a slider."""
    example = f"Write {name}=(-3, 3), or {name}=(-3, 3, 0.1) to set the step too."
    numbers = list(limit) if isinstance(limit, tuple | list) else []
    if len(numbers) not in (2, 3) or not all(is_number(x) for x in numbers):
        raise ValueError(
            f"The limits of the slider {name} must be two numbers, not {limit!r}. {example}"
        )
    low, high = float(numbers[0]), float(numbers[1])
    if not math.isfinite(high - low):
        raise ValueError(f"The slider {name} is too wide: {low:g} to {high:g}. {example}")
    if low >= high:
        raise ValueError(
            f"The slider {name} starts at {low:g} and ends at {high:g}: the low end must be "
            f"below the high end. {example}"
        )
    if high - low < NARROWEST:
        raise ValueError(f"The slider {name} is too narrow: {low:g} to {high:g}. {example}")
    step = float(numbers[2]) if len(numbers) == 3 else even_step(high - low)
    if not 0 < step <= high - low:
        raise ValueError(
            f"The step of the slider {name} is {step:g}; it must be above 0 and fit between "
            f"{low:g} and {high:g}. {example}"
        )
    return {"low": low, "high": high, "step": step}


def is_number(x: object) -> bool:
    try:
        return isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)
    except OverflowError:  # a whole number that no float can hold
        return False


def even_step(width: float) -> float:
    """A round step (1, 2 or 5 times a power of ten) that divides a slider in 100 to 250.

    >>> even_step(6), even_step(1), even_step(200)
    (0.05, 0.01, 2.0)
    """
    power = math.floor(math.log10(width / 100))
    factor = max(f for f in (1, 2, 5) if f * 10.0**power <= width / 100 * (1 + 1e-9))
    return float(f"{factor}e{power}")


def make_goals(graph: Graph, goal: Mapping[str, object] | None) -> list[dict[str, Any]]:
    """What is to be reached: ``{"w.grad": 0}`` or ``{"loss": 0}``."""
    if goal is None:
        return []
    if not isinstance(goal, Mapping):
        raise TypeError(f'A goal is a dictionary such as {{"loss": 0}}, not {goal!r}.')
    return [make_goal(graph, quantity, target) for quantity, target in goal.items()]


def make_goal(graph: Graph, quantity: str, target: object) -> dict[str, Any]:
    name, dot, attribute = str(quantity).rpartition(".")
    value = by_name(graph, name if dot else attribute)
    wants_gradient = bool(dot)
    known = [v.name for v in graph.values if v.scalar and v.kind != "constant"]
    known += [f"{v.name}.grad" for v in graph.values if v.scalar and v.requires_grad]
    if value is None or quantity not in known:
        raise ValueError(
            f"The goal {quantity!r} is not a number in this graph. It can be: {', '.join(known)}."
        )
    if not is_number(target):
        raise ValueError(
            f"The goal for {quantity} must be a number, not {target!r}. "
            f'Write goal={{"{quantity}": 0}}, for example.'
        )
    root = graph.values[graph.root].name
    return {
        "slot": f"{'g' if wants_gradient else 'd'}{value.index}",
        "label": f"∂{root}/∂{value.name}" if wants_gradient else value.name,
        "target": float(target),  # type: ignore[arg-type]  # checked above
    }


def reached(goal: Mapping[str, Any], entries: Mapping[str, Entry]) -> bool:
    """Whether a goal is met; the page decides by the same rule."""
    now, target = entries.get(goal["slot"]), goal["target"]
    return isinstance(now, float) and abs(now - target) <= 1e-6 + 1e-3 * max(1.0, abs(target))


def by_name(graph: Graph, name: str) -> Value | None:
    """The value with this name; constants have none, only their number."""
    for value in graph.values:
        if value.name == name and value.kind != "constant":
            return value
    return None
