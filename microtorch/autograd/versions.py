"""Which arrays were changed in place, and when: so that no gradient is computed from wrong values.

An array is known by the block of memory behind it, so views count as one; a single number has no
memory of its own and is known by its node. Time is the counter that also numbers the nodes: a
change after a node was recorded is one that its saved values did not see.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.autograd.node import Leaf, Node, next_number

Array = np.ndarray[Any, Any]


class Changes:
    """How often something was changed in place, and when it last was."""

    __slots__ = ("by", "latest", "owner", "recorded", "version")

    def __init__(self, owner: weakref.ref[Any]) -> None:
        self.owner = owner  # when it is freed, its changes are forgotten
        self.version = 0
        self.latest: deque[int] = deque(maxlen=100)
        self.recorded: deque[int] = deque(maxlen=100)  # when those that belong to a graph were
        self.by = ""  # and which operation made it


changes: dict[int, Changes] = {}  # by the id of what was changed
last_change = [-1]


def latest() -> int:
    """When anything was last changed in place."""
    return last_change[0]


def memory(array: Array) -> Array:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def changed_in_place(what: Array | Node | Leaf, *, by: Node | None = None) -> None:
    """Note that an array, or the single number of a node, has just been changed.

    ``by`` is the operation that made the change, if it was recorded.
    """
    owner = memory(what) if isinstance(what, np.ndarray) else what
    key = id(owner)
    change = changes.get(key)
    if change is None:
        change = Changes(weakref.ref(owner, lambda _: changes.pop(key, None)))
        changes[key] = change
    change.version += 1
    last_change[0] = time = next_number()
    change.latest.append(time)
    if by is not None:
        change.recorded.append(time)
        change.by = short(by)


def forget_changes(array: Array) -> None:
    """What was written into an array before anybody else saw it is no change."""
    changes.pop(id(memory(array)), None)


def version(what: Array | Node | Leaf | None) -> int:
    """How often an array, or the single number of a node, was changed in place."""
    change = changes_of(what, None)
    return change.version if change else 0


def changed_since(array: Any, time: int) -> bool:
    """Whether an array was changed in place after a moment."""
    change = changes_of(array, None)
    return change is not None and any(moment > time for moment in change.latest)


def changed_outside(array: Any, time: int) -> bool:
    """Whether an array was changed in place after a moment by what no graph has on record."""
    change = changes_of(array, None)
    return change is not None and any(
        moment > time and moment not in change.recorded for moment in change.latest
    )


def changes_of(x: Any, node: Node | Leaf | None) -> Changes | None:
    """The changes of a saved value; a single number is looked up by the node it came from."""
    if isinstance(x, np.ndarray):
        return changes.get(id(memory(x)))
    return changes.get(id(x if isinstance(x, Node | Leaf) else node))


def check_saved(node: Node) -> None:
    """Raise RuntimeError if a value that the node's vjp needs has changed since it was recorded."""
    saved: list[tuple[Any, Node | Leaf | None]] = []
    if node.op.saves_output:
        saved.append((node.output, node))
    if node.op.saves_inputs:
        read = "".join(
            [names for names, parent in zip(node.op.reads, node.parents, strict=False) if parent]
        )
        for name, x, parent in zip(names_of(node), node.inputs, node.parents, strict=True):
            if not node.op.reads or name in read:
                saved.append((x, parent))
    for x, maker in saved:
        change = changes_of(x, maker)
        later = sum(time > node.number for time in change.latest) if change else 0
        if later:
            raise modified(x, maker, node.number, as_input=maker is not node)
    if node.op.__name__ == "PutView":
        return  # this is where a changed view is put back
    for x, parent in zip(node.inputs, node.parents, strict=True):
        if isinstance(parent, Node) and parent.op.views and isinstance(x, np.ndarray):
            change = changes_of(x, None)
            if change and any(parent.number < time < node.number for time in change.recorded):
                raise RuntimeError(
                    f"a view ({parent.name()}) was used after its memory had been changed in place "
                    "through another tensor, so its gradient would be wrong.\n"
                    "Hint: take the view again after the change, or write x = x + 1 instead of "
                    "x += 1."
                )


def names_of(node: Node) -> list[str]:
    """What the op's rules call the inputs of a node."""
    names = node.op.operand_names
    return names if len(names) == len(node.inputs) else [""] * len(node.inputs)


def modified(x: Any, maker: Node | Leaf | None, since: int, as_input: bool = False) -> RuntimeError:
    """PyTorch's words for a saved value that was changed in place after a moment.

    A result is called after the operation that made it, an input after the one that made what it
    is now.
    """
    change = changes_of(x, maker)
    assert change is not None
    later = sum(time > since for time in change.latest)
    kind = f"torch.{title(x.dtype)}Tensor {list(x.shape)}"
    of = ""
    if isinstance(maker, Node):
        named = change.by if as_input and change.by else short(maker)
        of = f", which is output 0 of {named},"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{kind}]{of} is at version {change.version}; expected version "
        f"{change.version - later} instead. Hint: enable anomaly detection to find the operation "
        "that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, "
        "check_nan=False).\n"
        "Hint: backward() needs the old values. Write x = x + 1 instead of x += 1, or change it "
        "after backward()."
    )


def short(node: Node) -> str:
    """The name of an operation in this message: "Exp"."""
    return node.name().partition("Backward")[0]
