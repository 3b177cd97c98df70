"""Which arrays were changed in place, and when: so that no gradient is computed from wrong values.

An array is known by the block of memory behind it, so views count as one. Time is the counter that
also numbers the nodes: a change after a node was recorded is one that its saved values did not see.
"""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microtorch.autograd.node import Node, next_number

Array = np.ndarray[Any, Any]


@dataclass
class Changes:
    """How often a block of memory was changed in place, and when it last was."""

    owner: weakref.ref[Array]  # when the memory is freed, its changes are forgotten
    version: int = 0
    latest: deque[int] = field(default_factory=lambda: deque(maxlen=100))


changes: dict[int, Changes] = {}  # by the id of the array that owns the memory


def memory(array: Array) -> Array:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def changed_in_place(array: Array) -> None:
    """Note that the entries of an array have just been changed."""
    owner = memory(array)
    key = id(owner)
    if key not in changes:
        changes[key] = Changes(weakref.ref(owner, lambda _: changes.pop(key, None)))
    changes[key].version += 1
    changes[key].latest.append(next_number())


def check_saved(node: Node) -> None:
    """Raise RuntimeError if a value that the node's vjp needs has changed since it was recorded."""
    saved: list[tuple[Any, Node | None]] = []
    if node.op.saves_output:
        saved.append((node.output, node))
    if node.op.saves_inputs:
        parents = (p if isinstance(p, Node) else None for p in node.parents)
        saved += zip(node.inputs, parents, strict=True)
    for array, maker in saved:
        change = changes.get(id(memory(array))) if isinstance(array, np.ndarray) else None
        later = sum(time > node.number for time in change.latest) if change else 0
        if change and later:
            kind = f"torch.{title(array.dtype)}Tensor {list(array.shape)}"
            of = f", which is output 0 of {maker.op.name}," if maker else ""
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an "
                f"inplace operation: [{kind}]{of} is at version {change.version}; expected "
                f"version {change.version - later} instead.\n"
                "Hint: backward() needs the old values. Write x = x + 1 instead of x += 1, or "
                "change it after backward()."
            )


def title(dtype: np.dtype[Any]) -> str:
    """A dtype's name in PyTorch's messages: Float, Long, ..."""
    special = {"float32": "Float", "float64": "Double", "float16": "Half", "int64": "Long"}
    return special.get(dtype.name, dtype.name.capitalize())
