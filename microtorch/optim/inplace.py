"""Arithmetic that updates a tensor where it stands, with PyTorch's names and order of operations.

An augmented assignment does the right thing for both kinds of ``_data``: an array is changed in
its own memory, a single number (which NumPy cannot change) is replaced. Nothing is recorded.
Factors are turned into Python's numbers, which take on the dtype of what they multiply.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor.tensor import Tensor


def copy_(t: Tensor, value: Any) -> None:
    """t <- value."""
    if isinstance(t._data, np.ndarray):
        t._data[...] = value
    else:
        t._data = value


def add_(t: Tensor, x: Any, alpha: float = 1.0) -> None:
    """t <- t + alpha x."""
    t._data += float(alpha) * x


def mul_(t: Tensor, factor: float) -> None:
    """t <- t * factor."""
    t._data *= float(factor)


def lerp_(t: Tensor, end: Any, weight: float) -> None:
    """t <- t + weight (end - t): a step of that length from t towards end."""
    gap = end - t._data
    if weight < 0.5:
        gap *= weight
        t._data += gap
    else:  # from the other side, which is exact at weight = 1
        gap *= weight - 1
        gap += end
        t._data = gap


def addcmul_(t: Tensor, a: Any, b: Any, value: float = 1.0) -> None:
    """t <- t + value a b."""
    product = float(value) * a
    product *= b
    t._data += product


def addcdiv_(t: Tensor, a: Any, b: Any, value: float = 1.0) -> None:
    """t <- t + value a / b."""
    quotient = float(value) * a
    quotient /= b
    t._data += quotient
