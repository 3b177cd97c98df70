"""Operations that change a tensor where it stands: ``w -= step``, ``w.grad.zero_()``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Leaf
from microtorch.autograd.versions import changed_in_place, title
from microtorch.tensor.indexing import as_numpy

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor


class InPlace:
    """The in-place half of a Tensor."""

    __slots__ = ()
    _data: Any
    _node: Any
    _source: Any

    def add_(self, other: Any) -> Self:
        """self += other."""
        return self._become(self + other)

    def sub_(self, other: Any) -> Self:
        """self -= other."""
        return self._become(self - other)

    def mul_(self, other: Any) -> Self:
        """self *= other."""
        return self._become(self * other)

    def div_(self, other: Any) -> Self:
        """self /= other."""
        return self._become(self / other)

    __iadd__, __isub__, __imul__, __itruediv__ = add_, sub_, mul_, div_

    def copy_(self, other: Tensor) -> Self:
        """Take over the values of other."""
        return self._become(other.expand(self._data.shape).clone()._cast(self._data.dtype))

    def fill_(self, value: float) -> Self:
        """Every entry becomes value."""
        self._check_unrecorded("fill_")
        return self._store(self._data.dtype.type(value))

    def zero_(self) -> Self:
        """Every entry becomes 0: so a gradient is cleared before the next backward()."""
        return self.fill_(0)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._check_unrecorded("t[...] = value")
        if is_grad_enabled() and getattr(value, "_node", None) is not None:
            raise RuntimeError(
                "t[...] = value: the value has a gradient, which would be lost in microtorch.\n"
                "Hint: build the tensor from its parts with torch.stack or torch.cat, or assign "
                "value.detach()."
            )
        parts = index if isinstance(index, tuple) else (index,)
        key = tuple(as_numpy(part) for part in parts)
        shared = self._node is None and self._data.ndim  # else see _store
        data = self._data if shared else np.array(self._data)
        data[key] = getattr(value, "_data", value)
        if shared:
            changed_in_place(data)
        else:
            self._store(data[()])

    def _become(self, result: Tensor) -> Self:
        """Take over the values of result, and its place in the graph if one is recorded."""
        if isinstance(self._node, Leaf):
            self._check_unrecorded("an in-place operation")
        data = result._data
        if np.broadcast_shapes(data.shape, self._data.shape) != self._data.shape:
            raise RuntimeError(
                f"output with shape {list(self._data.shape)} doesn't match the broadcast shape "
                f"{list(data.shape)}"
            )
        if data.dtype.kind == "f" and self._data.dtype.kind != "f":
            raise RuntimeError(
                f"result type {title(data.dtype)} can't be cast to the desired output type "
                f"{title(self._data.dtype)}\n"
                "Hint: a whole-number tensor cannot hold fractions; convert it first: .float()."
            )
        if is_grad_enabled() and result._node is not None:
            self._data, self._node = data, result._node
            return self
        return self._store(data)

    def _store(self, data: Any) -> Self:
        """New values in the old place.

        A tensor that belongs to a graph gets a new array: the old one is still needed, by the
        backward pass and by the pictures.
        """
        if self._node is None and self._data.ndim:
            self._data[...] = data
            changed_in_place(self._data)
        elif self._data.ndim:
            self._data = np.full_like(self._data, data)
        else:
            self._data = self._data.dtype.type(data)
            if self._source is not None:
                self._source._store(data)
        return self

    def _check_unrecorded(self, what: str) -> None:
        if self._node is None or not is_grad_enabled():
            return
        if isinstance(self._node, Leaf):
            raise RuntimeError(  # noqa: TRY004 (about the state of the tensor, not a type)
                "a leaf Variable that requires grad is being used in an in-place operation.\n"
                "Hint: an update of a parameter must not be recorded. Put it into "
                "`with torch.no_grad():`, or write w.data = w.data - lr * w.grad."
            )
        raise RuntimeError(
            f"{what} on a recorded result is not supported by microtorch: its gradient would be "
            "lost.\nHint: make a new tensor with torch.where, or do it under torch.no_grad()."
        )
