"""Layers that add a border: zeros, a constant, or the input itself mirrored, repeated or wrapped."""

from __future__ import annotations

from typing import Any, ClassVar

from microtorch.nn import functional as F
from microtorch.nn.functional.common import sizes
from microtorch.nn.modules.constructor import own_constructor
from microtorch.nn.modules.module import Module
from microtorch.tensor import Tensor

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class Border(Module):
    """A border around the last dimensions: ``padding`` is (left, right, top, bottom, ...), or one
    number for all of them."""

    count: ClassVar[int]  # how many dimensions get a border
    mode: ClassVar[str]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = sizes(padding, 2 * self.count)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantBorder(Border):
    """A border of one number."""

    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


@own_constructor
class ConstantPad1d(ConstantBorder):
    """A border of one number at both ends of rows."""

    count = 1


@own_constructor
class ConstantPad2d(ConstantBorder):
    """A border of one number around images."""

    count = 2


@own_constructor
class ConstantPad3d(ConstantBorder):
    """A border of one number around volumes."""

    count = 3


class ZeroBorder(ConstantBorder):
    """A border of zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


@own_constructor
class ZeroPad1d(ZeroBorder, ConstantPad1d):
    """A border of zeros at both ends of rows."""


@own_constructor
class ZeroPad2d(ZeroBorder, ConstantPad2d):
    """A border of zeros around images."""


@own_constructor
class ZeroPad3d(ZeroBorder, ConstantPad3d):
    """A border of zeros around volumes."""


@own_constructor
class ReflectionPad1d(Border):
    """Rows continued by their mirror image."""

    count, mode = 1, "reflect"


@own_constructor
class ReflectionPad2d(Border):
    """Images continued by their mirror image."""

    count, mode = 2, "reflect"


@own_constructor
class ReflectionPad3d(Border):
    """Volumes continued by their mirror image."""

    count, mode = 3, "reflect"


@own_constructor
class ReplicationPad1d(Border):
    """Rows continued by their first and last entries."""

    count, mode = 1, "replicate"


@own_constructor
class ReplicationPad2d(Border):
    """Images continued by their outermost entries."""

    count, mode = 2, "replicate"


@own_constructor
class ReplicationPad3d(Border):
    """Volumes continued by their outermost entries."""

    count, mode = 3, "replicate"


class CircularBorder(Border):
    """The other end continues each end."""

    mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (self.count + 1, self.count + 2):
            raise ValueError(
                f"expected {self.count + 1}D or {self.count + 2}D input (got {input.ndim}D input)\n"
                "Hint: the input is (batch, channels, *lengths), or the same without batch."
            )
        return super().forward(input)


@own_constructor
class CircularPad1d(CircularBorder):
    """Rows that go round in a circle."""

    count = 1


@own_constructor
class CircularPad2d(CircularBorder):
    """Images that go round in both directions."""

    count = 2


@own_constructor
class CircularPad3d(CircularBorder):
    """Volumes that go round in all directions."""

    count = 3
