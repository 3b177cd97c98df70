"""Tensors inside of tuples, lists and dicts: flattened for the work, and put back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microtorch.tensor import Tensor

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a tree from left to right, and the function that makes a tree of new ones.

    >>> leaves, rebuild = flatten({"w": (1, 2), "b": [3]})
    >>> leaves
    [1, 2, 3]
    >>> rebuild([4, 5, 6])
    {'w': (4, 5), 'b': [6]}
    """
    if isinstance(tree, dict):
        keys = list(tree)
        leaves, rebuild = flatten([tree[key] for key in keys])
        kind = type(tree)
        return leaves, lambda new: kind(zip(keys, rebuild(new), strict=True))
    if isinstance(tree, list | tuple):
        parts = [flatten(part) for part in tree]

        def put_back(new: Sequence[Any]) -> Any:
            made, start = [], 0
            for part, rebuild in parts:
                made.append(rebuild(new[start : start + len(part)]))
                start += len(part)
            if hasattr(tree, "_fields"):
                return type(tree)(*made)
            return type(tree)(made)

        return [leaf for part, _ in parts for leaf in part], put_back
    return [tree], lambda new: new[0]


def spread(prefix: Any, tree: Any) -> list[Any] | None:
    """One entry of ``prefix`` for each leaf of ``tree``; None if the two do not fit.

    >>> spread((0, None), ([1, 2], {"w": 3}))
    [0, 0, None]
    """
    if isinstance(prefix, dict | list | tuple):
        if type(prefix) is not type(tree) or len(prefix) != len(tree):
            return None
        if isinstance(prefix, dict):
            if set(prefix) != set(tree):
                return None
            pairs = [(prefix[key], tree[key]) for key in tree]
        else:
            pairs = list(zip(prefix, tree, strict=True))
        found = [spread(*pair) for pair in pairs]
        return None if None in found else [x for part in found for x in part or ()]
    return [prefix] * len(flatten(tree)[0])


def map_tensors(function: Callable[[Tensor], Any], tree: Any) -> Any:
    """The tree with every tensor in it replaced."""
    leaves, rebuild = flatten(tree)
    return rebuild([function(x) if isinstance(x, Tensor) else x for x in leaves])
