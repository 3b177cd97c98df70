"""What BigDL programs import from ``util.common``: a sample, and the start of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity

__all__ = ["Sample", "init_engine", "np"]


class Sample:
    """One sample for training: ``Sample.from_ndarray(features, label)``.

    A pair ``(features, label)`` does as well.
    """

    def __init__(self, feature: Activity, label: Activity) -> None:
        self.feature, self.label = feature, label

    @classmethod
    def from_ndarray(
        cls, features: Activity, labels: Activity, bigdl_type: str = "float"
    ) -> Sample:
        """A sample of arrays, or of lists of arrays. A single number as label will do.

        >>> Sample.from_ndarray(np.array([1.0, 2.0]), 3).label
        array(3)
        """
        tables = isinstance(labels, list | tuple | np.ndarray)
        return cls(features, labels if tables else np.array(labels))

    def __repr__(self) -> str:
        return f"Sample({self.feature!r}, {self.label!r})"


def init_engine(*_: Any, **__: Any) -> None:
    """BigDL starts Spark here. There is nothing to start: the function is there for its programs."""
