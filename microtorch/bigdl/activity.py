"""What flows between layers: an array, or a table (a list) of arrays. BigDL calls both an activity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Activity = Any  # an Array, or a list of activities

DTYPES: dict[str, np.dtype[Any]] = {"float": np.dtype(np.float32), "double": np.dtype(np.float64)}


def dtype_of(bigdl_type: str) -> np.dtype[Any]:
    """The dtype that BigDL calls "float" or "double"."""
    if bigdl_type not in DTYPES:
        raise ValueError(f'bigdl_type is "float" or "double", not {bigdl_type!r}')
    return DTYPES[bigdl_type]


def received(value: Any, dtype: np.dtype[Any], who: str, what: str) -> Activity:
    """A caller's array or table of arrays as our own copy in ``dtype``.

    Raises TypeError for what is neither.
    """
    if isinstance(value, list | tuple):
        if not value:
            raise TypeError(f"{who}: {what} is an empty table; it must hold at least one array.")
        return [received(each, dtype, who, what) for each in value]
    if not isinstance(value, np.ndarray | np.generic):
        kind = type(value).__name__
        way_out = f"np.array({value!r})" if isinstance(value, int | float) else "np.array(...)"
        if kind == "Tensor":
            way_out = "tensor.detach().numpy()"
        raise TypeError(
            f"{who}: {what} must be a NumPy array, or a list of arrays (a table), not {kind}. "
            f"Write {way_out}."
        )
    if value.dtype.kind not in "fiub":
        raise TypeError(f"{who}: {what} must hold real numbers, not {value.dtype}.")
    return np.array(value, dtype)


def copied(activity: Activity) -> Activity:
    """A copy that the caller may change."""
    if isinstance(activity, list):
        return [copied(each) for each in activity]
    return activity.copy()


def shape(activity: Activity) -> str:
    """The shape of an array, or of every array in a table, as text: ``[(2, 3), (2,)]``."""
    if isinstance(activity, list):
        return "[" + ", ".join(map(shape, activity)) + "]"
    return str(tuple(activity.shape))


def is_same(a: Activity, b: Activity) -> bool:
    """Whether two activities hold the same numbers (nan counts as equal to nan)."""
    if isinstance(a, list) or isinstance(b, list):
        tables = isinstance(a, list) and isinstance(b, list) and len(a) == len(b)
        return tables and all(is_same(x, y) for x, y in zip(a, b, strict=True))
    return a is b or np.array_equal(a, b, equal_nan=True)


def add_up(a: Activity | None, b: Activity) -> Activity:
    """a + b, array by array; None counts as nothing."""
    if a is None:
        return b
    if isinstance(a, list):
        return [add_up(x, y) for x, y in zip(a, b, strict=True)]
    return a + b


def zeros_like(activity: Activity) -> Activity:
    """Zeros in the shape of an activity."""
    if isinstance(activity, list):
        return [zeros_like(each) for each in activity]
    return np.zeros_like(activity)


def arrays(activity: Activity) -> list[Array]:
    """All arrays of an activity, in order."""
    if isinstance(activity, list):
        return [array for each in activity for array in arrays(each)]
    return [activity]
