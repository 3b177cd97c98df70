"""What the caller wrote beside the tensors of an operation: an index, the name of a mask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from microtorch.graph.names import Names, contents, is_mask
from microtorch.ops import Op
from microtorch.ops.indexing import BasicIndex, Places

LONGEST_LIST = 6
FINDERS = {  # the index is what they find, not what the caller gives
    *("Sort", "SortStable", "Topk", "Kthvalue", "Mode", "Cummax", "Cummin"),
    *("Unique2", "UniqueDim", "UniqueConsecutive"),
}


def written(op: type[Op], params: tuple[Any, ...], names: Names) -> tuple[str | None, ...]:
    """For each parameter, how the caller wrote it; None for what is no index and has no name."""
    if op.__name__ in FINDERS:
        return (None,) * len(params)
    if issubclass(op, BasicIndex):
        return None, index_text(Places(params[1]), names)
    return tuple(parameter_text(each, params, names) for each in params)


def parameter_text(each: Any, params: tuple[Any, ...], names: Names) -> str | None:
    """How the caller wrote one parameter."""
    if isinstance(each, np.bool_):  # the condition of a single number
        return str(int(each))
    if isinstance(each, np.ndarray):
        return array_name(each, names) or short_mask(each)
    if isinstance(each, Places):
        return index_text(each, names) or named_one(each.advanced or (), names)
    if isinstance(each, tuple):  # of a loss: the rows, and the class in each
        return named_one(each, names)
    if isinstance(each, type):  # a view that was changed in place and is put back
        view, how = params
        return written(view, how, names)[1] if issubclass(view, BasicIndex) else None
    return None


def index_text(places: Places, names: Names) -> str | None:
    """An index as it stands between the brackets: ``1:, 0``, ``mask``, ``[0, 2]``.

    None if it would be too long to read.

    >>> index_text(Places((slice(1, None), 0)), {})
    '1:, 0'
    >>> index_text(Places(None, (slice(None), np.array([0, 2]))), {})
    ':, [0, 2]'
    """
    parts = list(index_parts(places, names))
    while len(parts) > 1 and parts[-1] in (":", "..."):
        parts.pop()
    return None if None in parts else ", ".join(map(str, parts))


def index_parts(places: Places, names: Names) -> Iterator[str | None]:
    """Each part of an index. Lists and masks take the place of full slices of the basic index."""
    lists = {axis: part for axis, part in enumerate(places.advanced or ()) if not is_slice(part)}
    basic = (slice(None),) * (max(lists, default=-1) + 1) if places.basic is None else places.basic
    axis = 0  # of the view that the basic index gives
    covered = 0  # axes that a mask with several dimensions has answered already
    for part in basic:
        if isinstance(part, int):
            yield str(part)
            continue
        if covered:
            covered -= 1
        elif axis in lists:
            yield array_text(lists[axis], names)
            covered = lists[axis].ndim - 1 if lists[axis].dtype == bool else 0
        else:
            yield basic_text(part)
        axis += 1


def is_slice(part: Any) -> bool:
    return isinstance(part, slice)


def basic_text(part: Any) -> str:
    if not is_slice(part):
        return "..." if part is Ellipsis else str(part)
    ends = [part.start, part.stop] + ([part.step] if part.step is not None else [])
    return ":".join("" if end is None else str(end) for end in ends)


def array_text(array: Any, names: Names) -> str | None:
    name = array_name(array, names)
    if name is not None:
        return name
    if array.dtype == bool:
        return "condition" if "mask" in names.values() else "mask"
    return str(array.tolist()) if array.ndim <= 1 and array.size <= LONGEST_LIST else None


def array_name(array: Any, names: Names) -> str | None:
    """The name of an array that is no operand: the caller's, of this array or of an equal mask."""
    name = names.get(id(array))
    return names.get(contents(array)) if name is None and is_mask(array) else name


def named_one(several: tuple[Any, ...], names: Names) -> str | None:
    """The name of the array among several that has one."""
    arrays = (x for x in several if isinstance(x, np.ndarray))
    return next(filter(None, (array_name(x, names) for x in arrays)), None)


def short_mask(array: Any) -> str | None:
    """A mask without a name, written out if it is short: ``[1, 0]``."""
    if array.dtype != bool or array.ndim != 1 or array.size > LONGEST_LIST:
        return None
    return str(array.astype(int).tolist())
