"""The sweep back: from a result to every leaf it was made of, by the chain rule.

Each node receives the upstream gradient (d loss / d its output), asks its op for one gradient per
operand, and hands those on. A value that is used twice receives twice, and the two are summed.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any

import numpy as np

from microtorch.autograd.node import Leaf, Node, small
from microtorch.autograd.versions import changes, check_saved
from microtorch.ops.base import is_array

by_number = attrgetter("number")

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward.\n"
    "Hint: run the forward pass again before the next backward(), or write "
    "backward(retain_graph=True) the first time."
)


def sweep(
    root: Node | Leaf,
    gradient: Any,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
    targets: Collection[Node | Leaf] | None = None,
) -> dict[Node | Leaf, Any]:
    """Send ``gradient`` (d loss / d root) back to all leaves.

    It is added to the ``.grad`` of every leaf; or, if ``targets`` are named, nothing is changed and
    their gradients are returned. With ``create_graph`` the gradient is a Tensor, and the sweep itself
    is recorded and can be differentiated. No recursion: a chain of a million operations is swept
    like any other.
    """
    order = newest_first(root)
    for node in order:
        if node.freed and node.op.saves:
            raise RuntimeError(FREED)
        if changes:
            check_saved(node)
    pending: dict[Node | Leaf, Any] = {root: gradient}
    found: dict[Node | Leaf, Any] = {}
    with np.errstate(all="ignore"):  # infinite slopes are answers here, as in PyTorch
        for node in order:
            g = pending.pop(node, None)
            if g is None:
                continue
            if targets is not None and node in targets:
                found[node] = g
            parts = (
                recorded_vjp(node, g)
                if create_graph
                else node.op.vjp(g, node.output, *node.inputs, *node.params)
            )
            for parent, part in zip(node.parents, parts, strict=True):
                if parent is None or part is None:
                    continue
                if part.shape != parent.shape:
                    part = sum_to_shape(part, parent.shape)
                if parent in pending:
                    pending[parent] = pending[parent] + part
                else:
                    pending[parent] = part
            if targets is None:
                node.grad = small(g._data if create_graph else g)
            if not retain_graph:
                node.free()
    for leaf, g in pending.items():  # only leaves are left
        if targets is None and isinstance(leaf, Leaf):
            leaf.accumulate(g, sweep=root)
        elif targets is not None and leaf in targets:
            found[leaf] = g
    return found


def newest_first(root: Node | Leaf) -> list[Node]:
    """Every node that root was made of, latest first: a value comes after all its uses."""
    if isinstance(root, Leaf):
        return []
    order, seen = [root], {root}
    for node in order:  # grows while we walk it
        for parent in node.parents:
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                order.append(parent)
    order.sort(key=by_number, reverse=True)
    return order


def recorded_vjp(node: Node, g: Any) -> tuple[Any, ...]:
    """The op's vjp on Tensors instead of arrays, so that it becomes part of a graph itself."""
    output = as_recorded(node.output, node)
    inputs = [as_recorded(x, parent) for x, parent in zip(node.inputs, node.parents, strict=True)]
    return node.op.vjp(g, output, *inputs, *node.params)


def as_recorded(x: Any, node: Node | Leaf | None) -> Any:
    """A saved array as the Tensor it came from, so that what is done with it is recorded."""
    return Leaf.wrap(x, node) if is_array(x) else x


def sum_to_shape(g: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: what was stretched in the forward pass is summed in the backward pass."""
    extra = len(g.shape) - len(shape)
    if extra:
        g = g.sum(tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    if stretched:
        kept = g.sum(stretched)
        g = kept.reshape(shape)
    return g
