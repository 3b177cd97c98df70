"""How a result was computed: what two calls of a function must share, for a page to go on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from microtorch.autograd.engine import newest_first
from microtorch.graph.names import key
from microtorch.tensor import Tensor


def recipe(result: object, leaves: Mapping[str, Any]) -> object:
    """How a result was computed, without the numbers of the sliders; None if nothing is recorded.

    Two calls with equal recipes differ in nothing but the sliders, so a page may compute the one
    from the other. A branch, a loop or a number that was read out of a tensor changes the recipe.
    """
    if not isinstance(result, Tensor) or result._node is None:
        return None
    tensors = {n: x for n, x in leaves.items() if isinstance(x, Tensor)}
    place: dict[int, object] = {key(x): n for n, x in tensors.items()}
    # What the function has changed in place is no longer what the sliders say.
    lines: list[object] = [contents(x._data) for x in tensors.values() if x._version]
    for node in reversed(newest_first([result._node])[0]):
        parents, raws = node.operands()
        operands = []
        for parent, raw in zip(parents, getattr(node, "origins", raws), strict=True):
            known = id(raw if parent is None else parent)
            operands.append(place[known] if known in place else contents(raw))
        params = node.params
        lines.append((node.kind.op, repr(params) if params else "", *operands))
        place[id(node)] = len(lines)
    return tuple(lines)


def contents(raw: Any) -> object:
    """A constant of a graph as something that can be compared."""
    if isinstance(raw, np.ndarray | np.generic):
        return raw.shape, raw.dtype, raw.tobytes()
    return repr(raw) if isinstance(raw, int | float | complex) else id(raw)
