"""The switch that says whether operations are recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

recording: ContextVar[bool] = ContextVar("recording", default=True)
is_grad_enabled = recording.get  # called for every operation, so without a wrapper
inferring: ContextVar[bool] = ContextVar("inferring", default=False)
is_inference_mode_enabled = inferring.get


class Switch:
    """Sets the switch inside a ``with`` block, or during each call of a decorated function."""

    mode: bool

    def __new__(cls, function: Callable[P, R] | None = None) -> Any:
        """``@no_grad`` decorates as well as ``@no_grad()``."""
        made = super().__new__(cls)
        if not callable(function):
            return made
        made.__init__()  # type: ignore[misc]
        return made(function)

    def __init__(self, function: Callable[P, R] | None = None) -> None:
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


class inference_mode(Switch):
    """Like :class:`no_grad`; in PyTorch it is also faster, here there is nothing left to save.

    ``inference_mode(False)`` records again.
    """

    mode = False

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.mode = not mode if isinstance(mode, bool) else False

    def __enter__(self) -> None:
        super().__enter__()
        self.outer = inferring.get()
        inferring.set(not self.mode)

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        inferring.set(self.outer)


class set_recording:
    """The switch for the library itself: no decorator, no blocks inside of blocks."""

    __slots__ = ("before", "mode")

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        self.before = recording.get()
        recording.set(self.mode)

    def __exit__(self, *exception: object) -> None:
        recording.set(self.before)


class set_grad_enabled(Switch):
    """Set the switch at once; as a ``with`` block, go back to what it was at the end.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> with torch.set_grad_enabled(False):
    ...     (w * 2).requires_grad
    False
    """

    def __new__(cls, mode: bool) -> Any:
        return object.__new__(cls)

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
