"""How far to go along a direction: the line search of L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microtorch.tensor.tensor import Tensor

LESS = 1e-4  # c1: the loss must fall by at least this part of what the slope promises
FLATTER = 0.9  # c2: the slope must have fallen at least to this part


@dataclass(frozen=True)
class Point:
    """A place on the line: t steps from the start."""

    t: Any
    loss: float
    grad: Tensor
    slope: Any  # of the loss along the line


def strong_wolfe(
    at: Callable[[Any], Point],
    start: Point,
    t: Any,
    length: Any,
    tolerance_change: float = 1e-9,
    max_evaluations: int = 25,
) -> tuple[Point, int]:
    """A point that fulfils the strong Wolfe conditions, and how often the loss was computed.

    ``at(t)`` computes the loss and its gradient t steps along the line, ``length`` is the largest
    entry of one step. The conditions: the loss is low enough, and the line is flat enough::

        loss(t) <= loss(0) + c1 * t * slope(0)
        abs(slope(t)) <= c2 * abs(slope(0))

    Source: Nocedal and Wright, Numerical optimization (2006), algorithms 3.5 and 3.6.
    """

    def too_high(point: Point) -> bool:
        return bool(point.loss > start.loss + LESS * point.t * start.slope)

    def flat(point: Point) -> bool:
        return bool(abs(point.slope) <= -FLATTER * start.slope)

    # Go on in longer and longer steps, until a good point lies between the last two.
    before, new = start, at(t)
    evaluations = 0  # without that of the first guess
    while evaluations < max_evaluations:
        if too_high(new) or (evaluations > 1 and new.loss >= before.loss):
            bracket = [before, new]
            break
        if flat(new):
            return new, evaluations + 1
        if new.slope >= 0:
            bracket = [before, new]
            break
        shortest, longest = new.t + 0.01 * (new.t - before.t), new.t * 10
        before, new = new, at(lowest_of_cubic(before, new, shortest, longest))
        evaluations += 1
    else:
        bracket = [start, new]

    # Then narrow the bracket.
    low = lower_end(bracket)
    was_close = False
    while evaluations < max_evaluations:
        left, right = sorted(point.t for point in bracket)
        if abs(right - left) * length < tolerance_change:
            break
        t = lowest_of_cubic(bracket[0], bracket[1], left, right)
        margin = 0.1 * (right - left)
        close = min(right - t, t - left) < margin
        if close and (was_close or t >= right or t <= left):  # no progress: go inside
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            close = False
        was_close = close
        new = at(t)
        evaluations += 1
        high = 1 - low
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low = lower_end(bracket)
        else:
            if flat(new):
                bracket[low] = new
                break
            if new.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    return bracket[low], evaluations + 1


def lower_end(bracket: list[Point]) -> int:
    """Which end has the smaller loss."""
    return 0 if bracket[0].loss <= bracket[1].loss else 1


def lowest_of_cubic(a: Point, b: Point, least: Any, most: Any) -> Any:
    """Where the cubic through two points, with their slopes, is lowest; from least to most.

    Source: Nocedal and Wright, Numerical optimization (2006), formula 3.59.
    """
    if not a.t <= b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2.0
    d2 = square.sqrt()
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, least), most)
