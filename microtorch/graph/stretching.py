"""The shape that a formula has, without computing it: where a gradient must be summed over copies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from microtorch.graph.formula import Call, Expression, Name, Number

Shape = tuple[int, ...]
BY_ENTRY = {"add", "sub", "mul", "div", "neg", "where", "pow", "max", "min", "abs", "sqrt"}


def shape_of(e: Expression, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of a formula about arrays; None if that takes more than a look.

    >>> product = Call("matmul", (Name("a"), Call("transpose", (Name("b"),))))
    >>> shape_of(product, {"a": (5, 2, 3), "b": (4, 3)})
    (5, 2, 4)
    """
    if isinstance(e, Number):
        return ()
    if isinstance(e, Name):
        return shapes.get(e.name)
    if not isinstance(e, Call) or e.keywords:
        return None
    parts = [shape_of(x, shapes) for x in e.arguments]
    known = [shape for shape in parts if shape is not None]
    if len(known) < len(parts):
        return None
    if e.function in BY_ENTRY:
        return together(*known)
    if e.function == "transpose" and len(known[0]) >= 2:
        return (*known[0][:-2], known[0][-1], known[0][-2])
    if e.function == "matmul":
        return of_product(*known)
    return None


def of_product(a: Shape, b: Shape) -> Shape | None:
    """The shape of a @ b, where both are at least matrices."""
    if len(a) < 2 or len(b) < 2:
        return None
    stack = together(a[:-2], b[:-2])
    return None if stack is None else (*stack, a[-2], b[-1])


def together(*shapes: Shape) -> Shape | None:
    """The shape of arrays that meet entry by entry."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def is_copied(shape: Shape, found: Shape | None) -> bool:
    """Whether an array of the first shape was stretched to the second."""
    return found is not None and found != shape and together(shape, found) == found
