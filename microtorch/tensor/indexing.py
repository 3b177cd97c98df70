"""What ``x[...]`` means: which op picks the entries, and the index as NumPy wants it."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops


def plan_index(index: Any, ndim: int) -> tuple[type[ops.Op], Any]:
    """The op for this index (PyTorch names it by the last thing done) and the NumPy index."""
    parts = index if isinstance(index, tuple) else (index,)
    key = tuple(as_numpy(part) for part in parts)
    if any(isinstance(part, list | np.ndarray | bool) for part in key):
        return ops.Index, key
    op: type[ops.Op] = ops.Slice
    for part in key:
        if part is None:
            op = ops.Unsqueeze
        elif isinstance(part, slice):
            op = ops.Slice if part != slice(None) or op is ops.Slice else op
        elif part is not Ellipsis:
            op = ops.Select
    return op, key


def as_numpy(part: Any) -> Any:
    """One part of an index, with a tensor replaced by its array."""
    data = getattr(part, "_data", part)
    if isinstance(data, np.generic) or (isinstance(data, np.ndarray) and not data.ndim):
        return data.item()
    if isinstance(data, list):
        return np.asarray(data, dtype=None if data else int)
    return data
