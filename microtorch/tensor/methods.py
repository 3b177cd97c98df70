"""One definition for both: ``torch.exp(x)`` and ``x.exp()`` are the same function."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from microtorch.tensor.dispatch import not_a_tensor
from microtorch.tensor.out import with_out
from microtorch.tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def method(function: F, *names: str) -> F:
    """Make a function a method of Tensor too, under its own name or the names given.

    What is returned is the function for ``torch.``: it says so if its first argument is no Tensor.
    Beginners' code runs through the methods and operators, which do without that question.
    """
    for name in names or (function.__name__,):
        setattr(Tensor, name, function)

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else kwargs.get("input", kwargs.get("self"))
        if not isinstance(first, Tensor):
            raise not_a_tensor(names[0] if names else function.__name__, first)
        result = function(*args, **kwargs)
        if result is NotImplemented:
            raise not_a_tensor(function.__name__, args[1], "other", 2)
        return result

    return with_out(checked, names[0] if names else "")  # type: ignore[return-value]
