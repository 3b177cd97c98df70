"""The switch that says whether operations are recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

recording: ContextVar[bool] = ContextVar("recording", default=True)
is_grad_enabled = recording.get  # called for every operation, so without a wrapper


class Switch:
    """Sets the switch inside a ``with`` block, or during each call of a decorated function."""

    mode: bool

    def __init__(self) -> None:
        self.before: list[bool] = []  # what to go back to, for blocks inside of blocks

    def __enter__(self) -> None:
        self.before.append(recording.get())
        recording.set(self.mode)

    def __exit__(self, *exception: object) -> None:
        recording.set(self.before.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return wrapped


class no_grad(Switch):
    """Record nothing inside: for updates of parameters, and for predictions.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> with torch.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    mode = False


class enable_grad(Switch):
    """Record again, inside a :class:`no_grad` block."""

    mode = True


class set_grad_enabled(Switch):
    """Set the switch at once; as a ``with`` block, go back to what it was at the end.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> with torch.set_grad_enabled(False):
    ...     (w * 2).requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = mode
        self.at_first = recording.get()
        recording.set(mode)

    def __enter__(self) -> None:
        self.before.append(self.at_first)
        recording.set(self.mode)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        recording.set(self.at_first)  # a decorator changes nothing outside of the function
        inside = enable_grad() if self.mode else no_grad()
        return inside(function)
