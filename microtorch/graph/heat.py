"""Arrays as small maps of coloured cells: how large each entry is, and of what sign.

Colours run from one end of a scale to the other with zero in the middle, in a pair that colour-blind
readers tell apart; and a negative cell also carries a bar, so that colour is never alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    def letters(self) -> str:
        """The levels as letters from a to k, and x for an odd cell; rows end with a slash.

        >>> import numpy as np
        >>> heat_map(np.array([[1.0, -0.5], [0.0, np.nan]])).letters
        'kc/fx'
        """
        rows = [bytearray(ZERO + level for level in row) for row in self.levels]
        for i, j in self.odd:
            rows[i][j] = ODD
        return b"/".join(rows).decode()

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
    flat = np.asarray(array, np.float64).reshape(-1, array.shape[-1] if array.shape else 1)
    finite = np.isfinite(flat)
    largest = np.abs(flat[finite]).max() if finite.any() else 0.0
    known = np.where(np.isnan(flat), 0.0, flat)
    cells = grid(array.shape, most)
    extreme, whole = known, finite
    if cells != flat.shape:
        down, across = (
            np.linspace(0, size, count + 1).astype(int)[:-1]
            for size, count in zip(flat.shape, cells, strict=True)
        )
        highest = np.maximum.reduceat(np.maximum.reduceat(known, down, axis=0), across, axis=1)
        lowest = np.minimum.reduceat(np.minimum.reduceat(known, down, axis=0), across, axis=1)
        extreme = np.where(highest >= -lowest, highest, lowest)
        whole = np.logical_and.reduceat(finite, down, axis=0)
        whole = np.logical_and.reduceat(whole, across, axis=1)
    with np.errstate(all="ignore"):
        share = np.where(np.isfinite(extreme), np.abs(extreme) / (largest or 1.0), 1.0)
    # What is not 0 is at least 1.
    steps = np.sign(extreme) * np.clip(np.ceil(share * LEVELS), 1, LEVELS)
    odd = frozenset((int(i), int(j)) for i, j in np.argwhere(~whole))
    return HeatMap(tuple(map(tuple, steps.astype(int).tolist())), odd)
