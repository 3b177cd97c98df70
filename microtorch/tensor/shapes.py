"""Shapes and dimensions as a person writes them, made exact or refused with a reason."""

from __future__ import annotations

import math
from typing import Any


def as_axes(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """``dim`` (None, a number or several, maybe negative) as a tuple of whole numbers >= 0."""
    if dim is None:
        return None
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    limit = max(ndim, 1)  # a single number counts as one dimension here
    for d in dims:
        if not -limit <= d < limit:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], "
                f"but got {d})"
            )
    return tuple(d % limit for d in dims) if ndim else ()


def unpacked(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    return tuple(args[0]) if len(args) == 1 and not isinstance(args[0], int) else args


def as_shape(x: Any, shape: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape asked for, with -1 worked out; RuntimeError if x does not fit into it."""
    wanted = unpacked(shape)
    sizes = [int(n) for n in wanted]
    known = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known and x.size % known == 0:
        sizes[sizes.index(-1)] = x.size // known
    if -1 in sizes or math.prod(sizes) != x.size:
        raise RuntimeError(
            f"shape '{list(wanted)}' is invalid for input of size {x.size}\n"
            f"Hint: the tensor has shape {tuple(x.shape)}; the lengths of the new shape must "
            f"multiply to {x.size}, and one of them may be -1."
        )
    return tuple(sizes)
