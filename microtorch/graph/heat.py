"""Arrays as small maps of coloured cells: how large each entry is, and of what sign.

Colours run from one end of a scale to the other with zero in the middle, in a pair that colour-blind
readers tell apart; and a negative cell also carries a bar, so that colour is never alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from microtorch.graph.model import Array

MOST_CELLS, FEWER_CELLS = 16, 8  # along each side; larger arrays are pooled
ZERO, ODD = ord("f"), ord("x")  # letters of a level of 0, and of what is not finite
LEVELS = 5  # steps of colour on each side of zero


@dataclass(frozen=True)
class HeatMap:
    """Cells of an array: levels from -5 (the largest magnitude, negative) over 0 to 5.

    ``odd`` marks cells that hold nan or an infinity.
    """

    levels: tuple[tuple[int, ...], ...]
    odd: frozenset[tuple[int, int]]

    @property
    def rows(self) -> int:
        return len(self.levels)

    @property
    def columns(self) -> int:
        return len(self.levels[0])


def grid(shape: tuple[int, ...], most: int = MOST_CELLS) -> tuple[int, int]:
    """How many rows and columns the map of an array has: the last axis runs across.

    >>> grid((3,)), grid((4, 8)), grid((2, 3, 100, 100)), grid(())
    ((1, 3), (4, 8), (16, 16), (1, 1))
    """
    across = shape[-1] if shape else 1
    return min(math.prod(shape[:-1]), most), min(across, most)


def heat_map(array: Array, most: int = MOST_CELLS) -> HeatMap | None:
    """The map of an array with at most so many cells along each side; None if it has no entries.

    A cell of a large array shows its entry of the largest magnitude.

    >>> import numpy as np
    >>> heat_map(np.array([1.0, -0.5, 0.0])).levels
    ((5, -3, 0),)
    """
    if not array.size:
        return None
    levels, odd = cells(array, most)
    places = frozenset((int(i), int(j)) for i, j in np.argwhere(odd))
    return HeatMap(tuple(map(tuple, levels.tolist())), places)


def letters(array: Array, most: int = MOST_CELLS) -> str:
    """The map of an array as letters: a level from a to k, x for an odd cell, a slash after a row.

    >>> letters(np.array([[1.0, -0.5], [0.0, np.nan]]))
    'kc/fx'
    """
    if not array.size:
        return ""
    levels, odd = cells(array, most)
    codes = (levels + ZERO).astype(np.uint8)
    codes[odd] = ODD
    return b"/".join(map(bytes, codes)).decode()


def cells(array: Array, most: int) -> tuple[Array, Array]:
    """The level of each cell of a map, and where an entry is not finite."""
    flat = np.asarray(array, np.float64).reshape(-1, array.shape[-1] if array.shape else 1)
    finite = np.isfinite(flat)
    alright = finite.all()
    extreme = flat if alright else np.where(np.isnan(flat), 0.0, flat)
    largest = np.abs(flat if alright else flat[finite]).max(initial=0.0)
    shape = grid(array.shape, most)
    if shape != flat.shape:
        down, across = map(starts, flat.shape, shape)
        highest = np.maximum.reduceat(np.maximum.reduceat(extreme, down, axis=0), across, axis=1)
        lowest = np.minimum.reduceat(np.minimum.reduceat(extreme, down, axis=0), across, axis=1)
        extreme = np.where(highest >= -lowest, highest, lowest)
        finite = np.logical_and.reduceat(finite, down, axis=0)
        finite = np.logical_and.reduceat(finite, across, axis=1)
    with np.errstate(all="ignore"):
        share = np.abs(extreme) / (largest or 1.0)
    if not alright:
        share[~np.isfinite(extreme)] = 1.0
    # What is not 0 is at least 1.
    steps = np.sign(extreme) * np.maximum(np.ceil(share * LEVELS), 1)
    return steps.astype(int), ~finite


@cache
def starts(size: int, count: int) -> Array:
    """Where each of so many cells begins along an axis."""
    return np.linspace(0, size, count + 1).astype(int)[:-1]
