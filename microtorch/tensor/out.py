"""``torch.mul(a, b, out=c)``: the result is written into a tensor that is there already."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from microtorch.tensor.dispatch import not_a_tensor
from microtorch.tensor.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def with_out(function: F, name: str = "") -> F:
    """A function that also takes ``out``, the tensor (or the tuple of them) for its result."""

    @wraps(function)
    def apply(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if out is None or result is NotImplemented:
            return result
        return written(name or function.__name__, result, out)

    return apply  # type: ignore[return-value]


def written(function: str, result: Any, out: Any) -> Any:
    """The results of a function, put into the tensor (or the tuple of them) given as ``out``."""
    if not isinstance(result, tuple):
        return write(function, result, out)
    for part, place in zip(result, out, strict=True):
        write(function, part, place)
    return type(result)(out)


def write(function: str, result: Tensor, out: Any) -> Tensor:
    """Put a result into out, which takes on its shape. No graph is recorded."""
    if not isinstance(out, Tensor):
        raise not_a_tensor(function, out, "out", 3)
    if result.requires_grad or out.requires_grad:
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic "
            "differentiation, but one of the arguments requires grad.\n"
            f"Hint: write y = torch.{function}(...), without out."
        )
    if out.shape != result.shape:
        if out.numel():
            warnings.warn(
                "An output with one or more elements was resized since it had shape "
                f"{list(out.shape)}, which does not match the required output shape "
                f"{list(result.shape)}. This behavior is deprecated, and in a future PyTorch "
                "release outputs will not be resized unless they have zero elements. You can "
                "explicitly reuse an out tensor t by resizing it, inplace, to zero elements with "
                "t.resize_(0).",
                stacklevel=4,
            )
        out.data = out.new_empty(result.shape)
    out._check_fits(result)
    return out._store(result._data)
