"""A constructor under the name of its class."""

from __future__ import annotations

from types import FunctionType
from typing import Any, TypeVar

__all__ = ["own_constructor"]

Class = TypeVar("Class", bound=type)


def own_constructor(cls: Class) -> Class:
    """Give a class the constructor of its base class as its own.

    So Python's words about missing arguments name the class that was called.

    >>> from microtorch import nn
    >>> nn.Conv2d(3, 16)
    Traceback (most recent call last):
        ...
    TypeError: Conv2d.__init__() missing 1 required positional argument: 'kernel_size'
    """
    shared: Any = cls.__init__  # type: ignore[misc]
    own = FunctionType(
        shared.__code__, shared.__globals__, "__init__", shared.__defaults__, shared.__closure__
    )
    own.__kwdefaults__ = shared.__kwdefaults__
    own.__annotations__ = shared.__annotations__
    own.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = own  # type: ignore[misc]
    return cls
