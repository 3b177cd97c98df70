"""Regularizers: a gradient that pulls weights towards 0, added by ``accGradParameters``."""

from __future__ import annotations

import numpy as np

from microtorch.bigdl.activity import Array


class L1L2Regularizer:
    """Adds ``l1 · sign(w) + l2 · w`` to the gradient of w.

    That is the gradient of ``l1 · sum|w| + l2/2 · sum w²``. The loss that a criterion returns does
    not contain this part.
    """

    def __init__(self, l1: float, l2: float, bigdl_type: str = "float") -> None:
        if l1 < 0 or l2 < 0:
            raise ValueError(f"a regularizer's strength is 0 or more, not l1={l1}, l2={l2}")
        self.l1, self.l2 = l1, l2

    def gradient(self, weight: Array) -> Array:
        """What is added to the gradient of these weights."""
        return (self.l1 * np.sign(weight) + self.l2 * weight).astype(weight.dtype)


class L1Regularizer(L1L2Regularizer):
    """Adds ``l1 · sign(w)`` to the gradient of w: small weights become 0."""

    def __init__(self, l1: float, bigdl_type: str = "float") -> None:
        super().__init__(l1, 0.0)


class L2Regularizer(L1L2Regularizer):
    """Adds ``l2 · w`` to the gradient of w: large weights shrink."""

    def __init__(self, l2: float, bigdl_type: str = "float") -> None:
        super().__init__(0.0, l2)
