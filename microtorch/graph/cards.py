"""What stands inside of a box, and how large that makes it.

A box keeps room for the longest number it can ever show, so a picture whose numbers change
(under a slider, from one training step to the next) never moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from microtorch.graph.heat import MOST_CELLS, grid
from microtorch.graph.model import Operation, Value
from microtorch.graph.style import LETTER, brief, columns, dtype_words, face, heading, room, total

LINE_HEIGHT = 17.0
PADDING = 10.0
CAPTION, CAPTION_WIDTH = 11.0, 24.0  # above a heat map
GAP = 10.0  # between two of them
WIDE_CELL, NARROW_CELL = 9.0, 6.0
FEW_CELLS = 8  # up to so many cells across and down are wide

Size = tuple[float, float]


@dataclass(frozen=True)
class Card:
    """The inside of a value's box: its size, and where its heat maps begin (left, top).

    ``indent`` is the room at the left for the operation that made it, in a compact picture.
    """

    width: float
    height: float
    indent: float = 0.0
    cells: int = 0  # at most, along each side of a heat map
    cell: float = 0.0
    data_map: Size | None = None
    gradient_map: Size | None = None


def value_card(
    value: Value, *, changing: bool, cells: int, staged: bool, maker: Operation | None
) -> Card:
    """The box of a value: its name, a line for data, one for the gradient; maps of both.

    ``cells`` says how many a map has at most along each side; 0 is for no maps. A ``staged``
    picture has room for all that any stage shows.
    """
    if changing or value.scalar:
        number = room(value.shape)
    else:
        number = max(columns(brief(a)) for a in (value.data, total(value), value.stored))
    if value.kind == "constant":
        return Card(number * LETTER + 2 * PADDING, LINE_HEIGHT + PADDING)
    name, shape = heading(value)
    shape += dtype_words(value) if cells else ""
    letters = max(columns(name) + (columns(shape) + 2 if shape else 0), len("data ") + number)
    indent = operation_size(maker)[0] + 4 if maker else 0.0
    width = letters * LETTER + 2 * PADDING + indent
    height = (3 if value.requires_grad else 2) * LINE_HEIGHT + PADDING
    if maker:
        height = max(height, operation_size(maker)[1] + PADDING)
    if not cells or not has_maps(value):
        return Card(width, height, indent, cells)
    shows_gradient = value.requires_grad and (staged or value.stored is not None)
    return with_maps(value.shape, shows_gradient, width, height, indent, cells)


def has_maps(value: Value) -> bool:
    """Whether there is an array to be shown as a map."""
    if math.prod(value.shape) <= 1:
        return False
    return any(array is not None for array in (value.data, value.stored, value.grad))


def with_maps(
    shape: tuple[int, ...],
    shows_gradient: bool,
    width: float,
    height: float,
    indent: float,
    cells: int,
) -> Card:
    """A card with the maps of data and gradient below its lines: side by side, or stacked."""
    cell, across, down = map_size(shape, cells)
    left, top = indent + PADDING, height - PADDING / 2 + CAPTION
    if not shows_gradient:
        width = max(width, across + indent + 2 * PADDING)
        return Card(width, top + down + PADDING / 2, indent, cells, cell, (left, top))
    across = max(across, CAPTION_WIDTH)
    beside = 2 * across + GAP + indent + 2 * PADDING
    if beside <= max(width, 2 * down + 60):
        width = max(width, beside)
        second = (width - PADDING - across, top)
        return Card(width, top + down + PADDING / 2, indent, cells, cell, (left, top), second)
    second = (left, top + down + CAPTION + 2)
    width = max(width, across + indent + 2 * PADDING)
    return Card(width, second[1] + down + PADDING / 2, indent, cells, cell, (left, top), second)


def map_size(shape: tuple[int, ...], cells: int = MOST_CELLS) -> tuple[float, float, float]:
    """The side of a cell, and the width and height of the map of an array."""
    rows, across = grid(shape, cells)
    cell = WIDE_CELL if max(rows, across) <= FEW_CELLS else NARROW_CELL
    return cell, cell * across, cell * rows


def operation_size(operation: Operation) -> Size:
    """Width and height of an operation's pill, or of the box that stands for several."""
    lines = face(operation)
    widest = max(columns(line) for line in lines)
    if len(lines) == 1:
        return max(30.0, widest * 8.5 + 16), 30.0
    return widest * LETTER + 2 * PADDING, len(lines) * LINE_HEIGHT + PADDING
