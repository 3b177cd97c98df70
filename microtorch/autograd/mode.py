"""The switch that says whether operations are recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

recording: ContextVar[bool] = ContextVar("recording", default=True)
is_grad_enabled = recording.get  # called for every operation, so without a wrapper


class set_grad_enabled:
    """Record operations, or not, inside a ``with`` block or a decorated function."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.tokens: list[Token[bool]] = []

    def __enter__(self) -> None:
        self.tokens.append(recording.set(self.mode))

    def __exit__(self, *exception: object) -> None:
        recording.reset(self.tokens.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with set_grad_enabled(self.mode):
                return function(*args, **kwargs)

        return wrapped


class no_grad(set_grad_enabled):
    """Record nothing inside: for updates of parameters, and for predictions.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> with torch.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(set_grad_enabled):
    """Record again, inside a :class:`no_grad` block."""

    def __init__(self) -> None:
        super().__init__(True)
