"""Helpers around training: :mod:`microtorch.utils.data` hands out data in batches."""

from __future__ import annotations

from microtorch.utils import data

__all__ = ["data"]
