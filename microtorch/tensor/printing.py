"""Show an array exactly as PyTorch shows a tensor.

    array  ->  one text format for all items  ->  rows and brackets  ->  suffixes

The same numbers look the same in both libraries, so a learner can put them side by side.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microtorch.tensor.dtypes import default_float

__all__ = ["set_printoptions"]

PREFIX = "tensor("


class Options:
    """How tensors are shown; see :func:`set_printoptions`."""

    def __init__(self, *, precision: int = 4, threshold: float = 1000, edgeitems: int = 3) -> None:
        self.precision = precision
        self.threshold = threshold
        self.edgeitems = edgeitems
        self.linewidth = 80
        self.sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}
options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are shown from now on.

    ``precision``: decimals; ``threshold``: more entries than that are summarised, with
    ``edgeitems`` at each end; ``linewidth``: characters in a line; ``sci_mode``: always (True),
    never (False) or where it is needed (None) with an exponent; ``profile``: "default", "short"
    or "full".

    >>> import microtorch as torch
    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.12345])
    tensor([1.12])
    >>> torch.set_printoptions(profile="default")
    """
    if profile is not None:
        vars(options).update(vars(PROFILES[profile]))
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    vars(options).update({name: value for name, value in given.items() if value is not None})
    options.sci_mode = sci_mode


Array = np.ndarray[Any, Any]


def format_tensor(
    data: Array | np.generic, *, grad_fn: str | None = None, requires_grad: bool = False
) -> str:
    """Return the text that PyTorch prints for a tensor with these values.

    Args:
        data: the values, of any shape.
        grad_fn: the name of the operation that made the tensor, if one did.
        requires_grad: whether the tensor is a leaf that collects gradients.

    Examples:
        >>> print(format_tensor(np.float32(1), grad_fn="PowBackward0"))
        tensor(1., grad_fn=<PowBackward0>)
        >>> print(format_tensor(np.array([0.84, 0.76, 1.92], dtype=np.float32)))
        tensor([0.8400, 0.7600, 1.9200])
        >>> print(format_tensor(np.array([[1, -20], [300, 4]], dtype=np.int32)))
        tensor([[  1, -20],
                [300,   4]], dtype=torch.int32)
        >>> print(format_tensor(np.array([1e-5, 1], dtype=np.float32), requires_grad=True))
        tensor([1.0000e-05, 1.0000e+00], requires_grad=True)
    """
    array = np.asarray(data)
    text = PREFIX + _nested(array)
    return _append(text, _suffixes(array, grad_fn, requires_grad)) + ")"


# One format for all items -------------------------------------------------------------------


class ItemFormat:
    """How to write one item: as which text, and padded to which width."""

    def __init__(self, write: Callable[[Any], str], width: int) -> None:
        self.write = write
        self.width = width

    def __call__(self, item: Any) -> str:
        return self.write(item).rjust(self.width)


def _choose_format(items: Array) -> ItemFormat:
    """Find the one format that suits all items that will be shown."""
    if not np.issubdtype(items.dtype, np.floating):
        return ItemFormat(str, _widest(str, items))
    # Zeros, infinities and nan neither choose the format nor widen the columns.
    measured = items[np.isfinite(items) & (items != 0)]
    if _needs_exponent(measured):
        write = _exponential
    elif np.array_equal(measured, np.ceil(measured)):
        write = _whole
    else:
        write = _fixed
    return ItemFormat(write, _widest(write, measured))


def _needs_exponent(measured: Array) -> bool:
    """Are the decimals too coarse for the smallest, or too long for the largest magnitude?"""
    if measured.size == 0:
        return False
    if options.sci_mode is not None:
        return options.sci_mode
    magnitudes = np.abs(measured)
    # Python floats, because 1e8 does not fit into a float16.
    smallest, largest = float(magnitudes.min()), float(magnitudes.max())
    return largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4


def _exponential(item: float) -> str:
    return f"{item:.{options.precision}e}"


def _fixed(item: float) -> str:
    return f"{item:.{options.precision}f}"


def _whole(item: float) -> str:
    # The dot tells the float 1. from the integer 1; "inf" and "nan" need no telling.
    return f"{item:.0f}." if math.isfinite(item) else str(item)


def _widest(write: Callable[[Any], str], items: Array) -> int:
    return max((len(write(item)) for item in items.ravel().tolist()), default=1)


# Rows and brackets --------------------------------------------------------------------------


def _nested(array: Array) -> str:
    """Return all items in brackets, or the edges only when there are too many to read."""
    if array.size == 0:
        return "[]"
    summarise = array.size > options.threshold
    item_format = _choose_format(_edges(array) if summarise else array)
    return _brackets(array, len(PREFIX), item_format, summarise)


def _edges(array: Array) -> Array:
    """Keep only the first and last items along every axis: those that a summary shows."""
    for axis, length in enumerate(array.shape):
        if length > 2 * options.edgeitems:
            array = array.take(range(-options.edgeitems, options.edgeitems), axis=axis)
    return array


def _brackets(array: Array, indent: int, item_format: ItemFormat, summarise: bool) -> str:
    """Return `array` in brackets; its lines after the first one start at column `indent`."""
    if array.ndim == 0:
        return item_format(array.item())
    if array.ndim == 1:
        return _row(array.tolist(), indent, item_format, summarise)

    def show(part: Array) -> str:
        return _brackets(part, indent + 1, item_format, summarise)

    parts = _show_each(array, show, "...", summarise)
    # Matrices follow one another line by line, blocks of matrices with blank lines between.
    separator = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(parts) + "]"


def _row(items: Sequence[Any], indent: int, item_format: ItemFormat, summarise: bool) -> str:
    """Return the items of a vector in brackets, on as many lines as they need."""
    # PyTorch puts two spaces before the dots in a row.
    texts = _show_each(items, item_format, " ...", summarise)
    per_line = max(1, (options.linewidth - indent) // (item_format.width + len(", ")))
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _show_each(
    parts: Sequence[Any] | Array, show: Callable[[Any], str], dots: str, summarise: bool
) -> list[str]:
    """Show every part, or in a long summary the first and last three with dots between."""
    if summarise and len(parts) > 2 * options.edgeitems:
        first = [show(part) for part in parts[: options.edgeitems]]
        last = [show(part) for part in parts[-options.edgeitems :]]
        return [*first, dots, *last]
    return [show(part) for part in parts]


# Suffixes -----------------------------------------------------------------------------------


def _suffixes(array: Array, grad_fn: str | None, requires_grad: bool) -> list[str]:
    """List what the items alone do not tell: size, dtype, and the tensor's role in the graph."""
    suffixes = []
    if array.size == 0 and array.ndim != 1:
        suffixes.append(f"size={array.shape}")
    # Items show whether they are floats, integers or bools; an empty tensor has none to show it.
    default = default_float().name
    evident = (default,) if array.size == 0 else (default, "int64", "bool")
    if array.dtype.name not in evident:
        suffixes.append(f"dtype=torch.{array.dtype.name}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    return suffixes


def _append(text: str, suffixes: Sequence[str]) -> str:
    """Add the suffixes to `text`, each on a new line if it does not fit on the last one."""
    # PyTorch counts two columns more than the last line of the items has.
    column = len(text.rpartition("\n")[2]) + 2
    for suffix in suffixes:
        if column + len(", ") + len(suffix) > options.linewidth:
            text += ",\n" + " " * len(PREFIX) + suffix
            column = len(PREFIX) + len(suffix)
        else:
            text += ", " + suffix
            column += len(", ") + len(suffix)
    return text
