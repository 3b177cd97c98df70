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
    rows, columns = grid(array.shape, most)
    flat = np.asarray(array, np.float64).reshape(-1, array.shape[-1] if array.shape else 1)
    finite = np.isfinite(flat)
    largest = np.abs(flat[finite]).max() if finite.any() else 0.0
    across = np.linspace(0, flat.shape[1], columns + 1).astype(int)
    down = np.linspace(0, flat.shape[0], rows + 1).astype(int)
    levels = []
    odd = set()
    for i in range(rows):
        row = []
        for j in range(columns):
            cell = flat[down[i] : down[i + 1], across[j] : across[j + 1]]
            if not np.isfinite(cell).all():
                odd.add((i, j))
            row.append(level(cell, float(largest)))
        levels.append(tuple(row))
    return HeatMap(tuple(levels), frozenset(odd))


def level(cell: Array, largest: float) -> int:
    """The step of colour of the entry of the largest magnitude; what is not 0 is at least 1."""
    known = np.nan_to_num(cell, nan=0.0, posinf=math.inf, neginf=-math.inf)
    extreme = float(known.flat[np.argmax(np.abs(known))])
    if extreme == 0:
        return 0
    share = 1.0 if math.isinf(extreme) or not largest else abs(extreme) / largest
    return int(math.copysign(max(1, math.ceil(share * LEVELS)), extreme))
