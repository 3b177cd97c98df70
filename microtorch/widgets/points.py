"""The points and the curves of a function that an exploration shows, and how far it stays itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from microtorch.widgets.arrays import at_once
from microtorch.widgets.curve import INTERVALS, Dot, sample, spread
from microtorch.widgets.functions import (
    FEW,
    SLOW,
    TRIES,
    Function,
    Point,
    Slider,
    Values,
)
from microtorch.widgets.waiting import patience

SLOW_INTERVALS = 40  # of the curve of a slow function
FARTHEST_LOOK = 10  # this often the range of a slider is doubled: as far as a page can zoom out
HALVINGS = 40  # then the end is known to the last digit that a picture can show
SLOW_HALVINGS = 8
NO_END = 1e308


class Points:
    """A function at points and along curves; the last answers are kept."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.slow = function.pace > SLOW
        self.intervals = SLOW_INTERVALS if self.slow else INTERVALS
        self.recipe: object = None  # of all points, if a page computes them by itself
        self._curves: dict[object, tuple[list[Dot], bool]] = {}
        self._last: tuple[object, Point | Exception] | None = None

    def calls(self) -> int:
        """About how often the function is called until everything is known for the first time."""
        sliders = len(self.function.sliders)
        if self.slow:
            return FEW + 4 * sliders + SLOW_INTERVALS
        return TRIES + (TRIES + 2 * FARTHEST_LOOK) * sliders + INTERVALS

    def patience(self) -> int:
        """The seconds after which a page may think that Python is gone."""
        return patience((self.intervals + 2) * self.function.pace)

    def keep(self, values: Values, point: Point | Exception) -> Point | Exception:
        """This is what the function gives there."""
        self._last = (self._key(values), point)
        return point

    def at(self, values: Values) -> Point | Exception:
        """The function at a point, or what it raised there."""
        if self._last is not None and self._last[0] == self._key(values):
            return self._last[1]
        try:
            return self.keep(values, self.function.point(values))
        except Exception as problem:  # noqa: BLE001 (the page shows it, whatever it is)
            return self.keep(values, problem)

    def number(self, values: Values) -> float:
        """The number at a point, nan where there is none."""
        point = self.at(values)
        return point.loss if isinstance(point, Point) else math.nan

    def curve(self, values: Values, name: str, low: float, high: float) -> tuple[list[Dot], bool]:
        """The curve through a point, and whether all of it is computed as the page computes it."""
        others = (name, low, high, *(x for n, x in values.items() if n != name))
        if others not in self._curves:
            self._curves = {others: self._curve(values, name, low, high)}
        return self._curves[others]

    def _curve(self, values: Values, name: str, low: float, high: float) -> tuple[list[Dot], bool]:
        function, recipe = self.function, self.recipe
        same = recipe is not None

        def loss(x: float) -> float:
            nonlocal same
            if not same:
                return function.loss({**values, name: x})
            y, found = function.quick({**values, name: x})
            same = found == recipe
            return y

        ys = None
        if self.slow:
            xs = np.array(spread(low, high, INTERVALS))
            ys = at_once(function, {**values, name: xs}, recipe)
        dots = sample(loss, low, high, self.intervals if ys is None else INTERVALS, ys)
        return dots, same

    def limits(self) -> dict[str, tuple[float, float]]:
        """For each slider from where to where the function does the same as at its start.

        It is tried ever farther out, 1024 widths of the slider at last; where it was the same all
        the way there is no end. In between it may have done something else.
        """
        return {slider.name: self._limits(slider) for slider in self.function.sliders.values()}

    def _limits(self, slider: Slider) -> tuple[float, float]:
        def same(x: float) -> bool:
            return self.function.quick(self.function.start | {slider.name: x})[1] == self.recipe

        looks = (0, FARTHEST_LOOK) if self.slow else range(FARTHEST_LOOK + 1)
        halvings = SLOW_HALVINGS if self.slow else HALVINGS
        width = slider.high - slider.low
        left, right = (
            [end, *(end + sign * width * 2.0**k for k in looks)]
            for sign, end in ((-1, slider.low), (1, slider.high))
        )
        return end_of(same, left, halvings, -NO_END), end_of(same, right, halvings, NO_END)

    def _key(self, values: Values) -> object:
        return tuple(values[name] for name in self.function.sliders)


def end_of(
    same: Callable[[float], bool], places: list[float], halvings: int, no_end: float
) -> float:
    """How far something is the same; it is so at the first of these places."""
    for inside, outside in pairwise(places):
        if same(outside):
            continue
        for _ in range(halvings):
            middle = inside / 2 + outside / 2
            inside, outside = (middle, outside) if same(middle) else (inside, middle)
        return inside
    return no_end
