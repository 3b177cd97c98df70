"""Where the numbers lie in memory, and how much of it: ``data_ptr``, ``storage_offset``, ``resize_``."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.autograd.versions import memory
from microtorch.tensor.dispatch import share
from microtorch.tensor.methods import method
from microtorch.tensor.options import as_size
from microtorch.tensor.tensor import Tensor

__all__ = ["get_device", "is_same_size", "is_signed"]


@method
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return bool(input._data.dtype.kind in "if")


@method
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return input.shape == other.shape


@method
def get_device(input: Tensor) -> int:
    """The number of the device: -1, which is the CPU."""
    return -1


def data_ptr(self: Tensor) -> int:
    """The address of the first entry: the same for all views that begin there."""
    share(self)
    return int(self._data.__array_interface__["data"][0])


def storage_offset(self: Tensor) -> int:
    """How many entries of the memory lie before the first one of this view."""
    share(self)
    start = memory(self._data).__array_interface__["data"][0]
    return (data_ptr(self) - int(start)) // self.itemsize


def is_shared(self: Tensor) -> bool:
    """Whether other processes see the memory: False."""
    return False


def is_pinned(self: Tensor) -> bool:
    """Whether the memory is pinned for a device: False."""
    return False


def share_memory_(self: Tensor) -> Tensor:
    """The tensor itself: microtorch works in one process."""
    return self


def resize_(self: Tensor, *sizes: Any) -> Tensor:
    """Another shape for the same memory; what is new in it is 0. Views of before keep theirs.

    Raises RuntimeError if a gradient is tracked.
    """
    if self.requires_grad:
        raise RuntimeError(
            "cannot resize variables that require grad\nHint: x.detach() has no gradient."
        )
    shape = as_size("resize_", sizes)
    made = np.zeros(int(np.prod(shape)), self._data.dtype)
    entries = np.ravel(self._data)[: made.size]
    made[: entries.size] = entries
    self._data = made.reshape(shape)[()]
    return self


def resize_as_(self: Tensor, tensor: Tensor) -> Tensor:
    """The shape of another tensor: see :func:`resize_`."""
    return resize_(self, tensor.shape)


for function in (
    data_ptr,
    storage_offset,
    is_shared,
    is_pinned,
    share_memory_,
    resize_,
    resize_as_,
):
    setattr(Tensor, function.__name__, function)
