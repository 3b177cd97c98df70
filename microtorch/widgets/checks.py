"""What the settings of an exploration may be; a page sends them too."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from traitlets import TraitError

from microtorch.widgets.curve import FARTHEST
from microtorch.widgets.functions import Values
from microtorch.widgets.sliders import is_number


def checked_values(values: Mapping[str, Any], now: Values) -> dict[str, float]:
    """Numbers for some of the sliders; the others stay where they are now."""
    for name, x in values.items():
        if name not in now:
            raise TraitError(f"There is no slider called {name!r}. There is: {', '.join(now)}.")
        if not is_number(x):
            raise TraitError(f"{name} must be a finite number, not {x!r}.")
    return {name: float(values.get(name, x)) for name, x in now.items()}


def checked_rate(lr: Any) -> float:
    """A learning rate."""
    if not is_number(lr) or lr < 0:
        raise TraitError(f"The learning rate lr is a finite number, 0 or more, not {lr!r}.")
    return float(lr)


def checked_view(view: Any) -> tuple[float, ...]:
    """From where to where a curve is drawn; empty for the range of its slider."""
    if view is None or (isinstance(view, tuple | list) and not view):
        return ()
    if not isinstance(view, tuple | list) or len(view) != 2 or not all(map(is_number, view)):
        raise TraitError(f"view is two finite numbers or (), not {view!r}.")
    low, high = map(float, view)
    if not low < high < low + FARTHEST:
        raise TraitError(f"view goes from left to right, and not {view!r}.")
    return low, high


def checked_argument(along: Any, sliders: Collection[str]) -> str:
    """The argument of a curve."""
    if along not in sliders:
        raise TraitError(f"along is one of the sliders: {', '.join(sliders)}.")
    return str(along)


def checked_history(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points of a descent: a page sends 2.0 as 2, and what is not finite as None."""
    return [
        {
            "values": {name: float(x) for name, x in step["values"].items()},
            "loss": math.nan if step["loss"] is None else float(step["loss"]),
        }
        for step in steps
    ]
