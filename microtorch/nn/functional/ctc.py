"""Connectionist temporal classification, which microtorch does not have."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["ctc_loss"]


def ctc_loss(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotImplementedError: aligning sequences is beyond this library."""
    raise NotImplementedError(
        "ctc_loss is not part of microtorch\n"
        "Hint: if every step of the input has its own label, use cross_entropy on each step."
    )
