"""How a picture looks and what stands in its boxes: colours, letter sizes, short texts."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np

from microtorch.graph.model import Array, Operation, Value
from microtorch.graph.numbers import short
from microtorch.ops.base import with_underscores

FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
LETTER = 7.25  # width of one letter of that font at 12 px
UNKNOWN = "·"  # not computed yet; never 0
CLOSE = 1e-3  # rounding of float16 is no change
CHANGED = "a hook or other code changed it, or backward() began with another gradient than 1"
LONGEST_INDEX = 12  # letters that stand on an operation
ITEMS = {  # operations that a caller writes with brackets
    *("Index", "Slice", "Select", "Unsqueeze", "Alias", "Split", "SplitWithSizes", "Unbind"),
    *("IndexSelect", "MaskedSelect", "Pick", "MkldnnRnnLayer"),
    *("SetItem", "IndexPut", "IndexAdd", "IndexPutAdd"),
}

# Boxes are opaque and light, so that they read well on a white and on a dark page alike. What
# stands outside of them is a grey with a contrast above 3:1 on both.
INK = "#0f172a"
MUTED = "#475569"
LINE = "#7d8694"
BORDER = "#64748b"
PAPER = "#ffffff"
PALE = "#eef1f5"
PILL = "#e8ecfd"
DATA = "#0067a3"
GRADIENT = "#b84300"
LOCAL = "#00785a"
LOCAL_PAPER = "#edf8f4"


def brief(array: Array | None) -> str:
    """An array in a few letters: a number, up to four entries, or the smallest and the largest.

    >>> import numpy as np
    >>> brief(np.array(0.5)), brief(np.array([1, 2, 3])), brief(np.arange(100.0))
    ('0.5', '[1, 2, 3]', '0 … 99')
    >>> brief(np.ones((2, 3))), brief(np.array([[1.0, np.nan]]))
    ('all 1', '1 of 2 nan')
    """
    if array is None:
        return "…"
    numbers = list(map(short, figures(array)))
    if array.shape == ():
        return numbers[0]
    if is_listed(array):
        return f"[{', '.join(numbers)}]"
    if not numbers:
        words = f"{int(np.isnan(array).sum())} of {array.size} nan"
        return words if len(words) <= room(array.shape) else "nan"
    return " … ".join(numbers) if len(numbers) > 1 else f"all {numbers[0]}"


def is_listed(array: Array) -> bool:
    """Whether ``brief`` shows every entry of an array."""
    return array.size <= 1 or (array.ndim == 1 and array.size <= 4)


def figures(array: Array) -> list[float]:
    """The numbers that ``brief`` shows: all entries, or the smallest and the largest.

    One, if these are the same; none, if some are no numbers.
    """
    if is_listed(array):
        return [float(x) for x in array.ravel()]
    low, high = float(array.min()), float(array.max())
    if math.isnan(low):
        return []
    return [low] if low == high else [low, high]


def room(shape: tuple[int, ...]) -> int:
    """How many letters ``brief`` needs at most for an array of this shape."""
    if shape == ():
        return 7
    if len(shape) == 1 and shape[0] <= 4:
        return max(2, 9 * shape[0])
    return 17


def columns(text: str) -> int:
    """How many letters wide a text is: Chinese and Japanese letters take the room of two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def clipped(name: str, width: int = 22) -> str:
    """A name that is no wider than a box should be. Of a path the end says more.

    >>> clipped("the_temperature_of_the_water"), clipped("model.layers[0].neurons[1].w[2]")
    ('the_temperature_of_th…', '…rs[0].neurons[1].w[2]')
    """
    if columns(name) <= width:
        return name
    is_path = re.search(r"\w[.\[]", name) is not None
    while columns(name) > width - 1:
        name = name[1:] if is_path else name[:-1]
    return "…" + name if is_path else name + "…"


def heading(value: Value) -> tuple[str, str]:
    """The first line of a box: the name, and the shape of what is not a single number."""
    shape = "" if value.scalar else "shape " + "×".join(map(str, value.shape))
    return clipped(value.name), shape


def dtype_words(value: Value) -> str:
    """The dtype, after the shape."""
    return "" if value.scalar else " " + (value.own_dtype or value.dtype)


def face(operation: Operation) -> tuple[str, ...]:
    """What stands on an operation: its symbol, with the exponent of a power or an index.

    One that stands for several says its name, its kind, and what is in it.
    """
    if operation.kind == "Pow":
        return (f"{operation.symbol}{short(float(operation.params[0]))}",)
    if operation.kind == "Permute" and operation.params == ((1, 0),):
        return ("T",)  # as the caller wrote it: w.T
    if "[ ]" in operation.symbol:
        return (item(operation),)
    if operation.kind != "Folded":
        return (clipped(operation.symbol),)
    kind, operations, parameters = operation.params
    inside = f"{operations:,} operation{'s' * (operations != 1)}" if kind else ""
    if parameters:
        inside += f"{' · ' * bool(inside)}{parameters:,} parameter{'s' * (parameters != 1)}"
    name = clipped(operation.symbol, 32)
    return tuple(line for line in (name, clipped(kind, 32), inside) if line)


def item(operation: Operation) -> str:
    """An operation that picks or puts entries, with its index if that is short."""
    if operation.kind not in ITEMS:
        return with_underscores(operation.kind)
    index = next(filter(None, operation.written), None)
    if index is None or columns(index) > LONGEST_INDEX:
        return operation.symbol
    return operation.symbol.replace("[ ]", f"[{index}]")


def was_changed(value: Value) -> bool:
    """Whether the last sweep left another .grad than the chain rule gives."""
    due = total(value)
    if due is None or value.stored is None or value.kind != "parameter":
        return False
    before = value.prior
    swept = before is None or not np.array_equal(before, value.stored, equal_nan=True)
    return swept and not np.allclose(due, value.stored, CLOSE, CLOSE, equal_nan=True)


def total(value: Value) -> Array | None:
    """What a tensor's .grad holds once this graph has been swept: earlier gradients are kept."""
    if value.grad is None or value.prior is None:
        return value.grad
    return value.prior + value.grad
