"""Which arrays were changed in place, and when: so that no gradient is computed from wrong values.

An array is known by the block of memory behind it, so views count as one. Time is the counter that
also numbers the nodes: a change after a node was recorded is one that its saved values did not see.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left
from typing import Any

import numpy as np

from microtorch.autograd.node import Node, next_number

Array = np.ndarray[Any, Any]

changes: dict[int, tuple[weakref.ref[Array], list[int]]] = {}  # id of the memory -> when


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
        forget = lambda _: changes.pop(key, None)  # its id will be used again
        changes[key] = (weakref.ref(owner, forget), [])
    changes[key][1].append(next_number())


def check_saved(node: Node) -> None:
    """Raise RuntimeError if a value that the node's vjp needs has changed since it was recorded."""
    saved: list[tuple[Any, Node | None]] = []
    if node.op.saves_output:
        saved.append((node.output, node))
    if node.op.saves_inputs:
        parents = (p if isinstance(p, Node) else None for p in node.parents)
        saved += zip(node.inputs, parents, strict=True)
    for array, maker in saved:
        if not isinstance(array, np.ndarray):
            continue
        times = changes.get(id(memory(array)), (None, []))[1]
        expected = bisect_left(times, node.number)
        if expected < len(times):
            of = f", which is output 0 of {maker.op.name}," if maker else ""
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an "
                f"inplace operation: [torch.{title(array.dtype)}Tensor {list(array.shape)}]{of} is at version "
                f"{len(times)}; expected version {expected} instead.\n"
                "Hint: backward() needs the old values. Write x = x + 1 instead of x += 1, or "
                "change it after backward()."
            )


def title(dtype: np.dtype[Any]) -> str:
    """A dtype's name in PyTorch's messages: Float, Long, ..."""
    special = {"float32": "Float", "float64": "Double", "float16": "Half", "int64": "Long"}
    return special.get(dtype.name, dtype.name.capitalize())
