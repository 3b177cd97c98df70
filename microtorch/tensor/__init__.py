"""Values that remember how they were made."""

from microtorch.tensor.tensor import Tensor

__all__ = ["Tensor"]
