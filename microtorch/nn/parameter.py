"""Tensors that a module takes for its own: what it learns, and what it keeps besides."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from microtorch.tensor import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that is learned. A module that gets one as an attribute lists it in parameters().

    It shares its memory with ``data`` and asks for a gradient, also inside no_grad(). What is
    computed from it is an ordinary Tensor.

    >>> import microtorch as torch
    >>> torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        self._data, self._node = values_of(data), None
        if requires_grad and not self.is_floating_point():
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients\n"
                f"Hint: this one holds {self.dtype}. Convert it first: nn.Parameter(x.float()); or "
                "give requires_grad=False."
            )
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # A shared parameter stays shared: deepcopy looks into memo before it comes here.
        return type(self)(self.data.clone(), self.requires_grad)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.data, self.requires_grad)

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec)  # PyTorch formats a number only in a plain tensor

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that belongs to a module but is not learned, such as a running mean.

    A module that gets one as an attribute lists it in buffers(), and puts it into its
    state_dict() if it is ``persistent``.
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        self._data, self._node = values_of(data), None
        self.persistent = persistent

    def __copy__(self) -> Buffer:
        return rebuild_buffer(self.data, self.persistent)

    def __deepcopy__(self, memo: dict[int, Any]) -> Buffer:
        return rebuild_buffer(self.data.clone(), self.persistent)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return rebuild_buffer, (self.data, self.persistent)


def rebuild_buffer(data: Tensor, persistent: bool) -> Buffer:
    """For copy and pickle, which call with positions only."""
    return Buffer(data, persistent=persistent)


def values_of(data: Any) -> Any:
    """The array inside of a tensor; an empty one for None."""
    if data is None:
        return np.empty(0, np.float32)
    if not isinstance(data, Tensor):
        raise AttributeError(  # noqa: TRY004 (PyTorch's exception)
            f"'{type(data).__name__}' object has no attribute 'detach'\n"
            "Hint: a parameter is made from a tensor: nn.Parameter(torch.tensor(...))."
        )
    return data._data
