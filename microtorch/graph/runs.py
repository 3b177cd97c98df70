"""Repetition in a long list: where the same few things follow one another again and again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

import numpy as np

LONGEST_PERIOD = 64
FEWEST_REPEATS = 4


class Run(NamedTuple):
    """The part of a list from ``start`` up to ``stop`` that repeats itself every ``period``."""

    start: int
    stop: int
    period: int

    @property
    def middle(self) -> tuple[int, int]:
        """The run without what is worth showing: a few of its first and last repetitions."""
        shown = self.period * max(1, 3 - self.period)
        whole = (self.stop - self.start) // self.period * self.period
        return self.start + shown, self.start + whole - shown


def coded(labels: Iterable[Hashable]) -> np.ndarray[Any, Any]:
    """Whole numbers, equal where the labels are."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels])


def longest_run(code: np.ndarray[Any, Any]) -> Run | None:
    """The run of a list with the longest middle; None if nothing repeats often enough.

    >>> longest_run(coded("abxyxyxyxyxyxyc"))
    Run(start=2, stop=14, period=2)
    """
    best, saved = None, 2
    for period in range(1, min(LONGEST_PERIOD, len(code) // FEWEST_REPEATS) + 1):
        same = np.concatenate(([0], code[:-period] == code[period:], [0])).astype(np.int8)
        edges = np.flatnonzero(np.diff(same))
        starts, stops = edges[::2], edges[1::2] + period
        if not len(starts):
            continue
        k = int(np.argmax(stops - starts))
        run = Run(int(starts[k]), int(stops[k]), period)
        first, last = run.middle
        if run.stop - run.start >= FEWEST_REPEATS * period and last - first > saved:
            best, saved = run, last - first
    return best
