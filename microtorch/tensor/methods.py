"""One definition for both: ``torch.exp(x)`` and ``x.exp()`` are the same function."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from microtorch.tensor.dispatch import not_a_tensor
from microtorch.tensor.out import written
from microtorch.tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])
NUMPY_NAMES = (("axis", "dim"), ("keepdims", "keepdim"))


def method(function: F, *names: str) -> F:
    """Make a function a method of Tensor too, under its own name or the names given.

    What is returned is the function for ``torch.``: it says so if its first argument is no Tensor.
    Beginners' code runs through the methods and operators, which do without that question.
    """
    if "dim" in parameters(function):
        function = with_numpy_names(function)
    for name in names or (function.__name__,):
        setattr(Tensor, name, function)

    shown = names[0] if names else function.__name__

    @wraps(function)
    def checked(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        first = args[0] if args else kwargs.get("input", kwargs.get("self"))
        if not isinstance(first, Tensor):
            raise not_a_tensor(shown, first)
        result = function(*args, **kwargs)
        if result is NotImplemented:
            raise not_a_tensor(function.__name__, args[1], "other", 2)
        return result if out is None else written(shown, result, out)

    return checked  # type: ignore[return-value]


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def with_numpy_names(function: F) -> F:
    """A function that also takes NumPy's names: axis for dim, keepdims for keepdim."""

    @wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            for numpys, ours in NUMPY_NAMES:
                if numpys in kwargs:
                    kwargs[ours] = kwargs.pop(numpys)
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if f"{function.__name__}() missing" in str(error):
                raise missing(function.__name__, str(error)) from None
            raise

    return renamed  # type: ignore[return-value]


def missing(function: str, words: str) -> TypeError:
    """PyTorch's words for arguments that were left out."""
    names = re.findall(r"'(\w+)'", words)
    return TypeError(
        f"{function}() missing {len(names)} required positional arguments: "
        + ", ".join(f'"{name}"' for name in names)
        + f"\nHint: say the dimension: {function}(x, dim=0)."
    )
