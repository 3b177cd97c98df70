"""What functions say of arguments that they cannot take, in PyTorch's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.tensor import dispatch
from microtorch.tensor.dtypes import get_default_dtype, result_type
from microtorch.tensor.shapes import as_axes

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor


def floating(input: Tensor) -> Tensor:
    """The tensor itself if it holds floats, else as floats of the default type."""
    return input if input._data.dtype.kind == "f" else input._cast(get_default_dtype().numpy)


def not_implemented(kernel: str, input: Tensor) -> NotImplementedError:
    """PyTorch's words for an element type that a function does not take."""
    if input._data.dtype.kind == "f":
        hint = "it works on whole numbers and bools; convert first, for example with .long()."
    elif input._data.dtype == bool:
        hint = "it works on numbers; convert first, for example with .long() or .float()."
    else:
        hint = "it works on floats; convert first with .float()."
    return NotImplementedError(f"\"{kernel}\" not implemented for '{title(input)}'\nHint: {hint}")


def invalid_combination(function: str, *arguments: Any, hint: str, **named: Any) -> TypeError:
    """PyTorch's words for arguments that no form of a function takes."""
    got = [type(a).__name__ for a in arguments]
    got += [f"{name}={type(a).__name__}" for name, a in named.items()]
    return TypeError(
        f"{function}() received an invalid combination of arguments - got ({', '.join(got)}), "
        f"but expected one of:\nHint: {hint}"
    )


def need_tensor(function: str, value: Any, argument: str = "other", position: int = 2) -> None:
    """Raise TypeError, in PyTorch's words, if an argument is no Tensor."""
    if not isinstance(value, dispatch.Tensor):
        raise dispatch.not_a_tensor(function, value, argument, position)


def is_number(value: Any) -> bool:
    """Whether it is a plain number, Python's or NumPy's."""
    return isinstance(value, dispatch.NUMBER)


def one_axis(function: str, dim: Any, ndim: int) -> int:
    """``dim`` as a whole number >= 0; TypeError if it is no whole number."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        raise TypeError(
            f"{function}(): argument 'dim' (position 2) must be int, not {type(dim).__name__}\n"
            "Hint: this function works along one dimension."
        )
    axes = as_axes(int(dim), ndim)
    return axes[0] if axes else 0


def several_axes(function: str, dim: Any, ndim: int) -> tuple[int, ...] | None:
    """``dim`` (a number, several, or None and () for all) as whole numbers >= 0."""
    if dim is None:
        return None
    dims = tuple(dim) if isinstance(dim, tuple | list) else (dim,)
    for d in dims:
        if isinstance(d, bool) or not hasattr(d, "__index__"):
            raise TypeError(
                f"{function}(): argument 'dim' (position 2) must be tuple of ints, "
                f"not {type(dim).__name__}\nHint: dim=0, dim=-1 or dim=(0, 1)."
            )
    axes = as_axes(tuple(map(int, dims)), ndim) or ()
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(
                f"dim {axis} appears multiple times in the list of dims\n"
                f"Hint: each dimension can be named once; got dim={tuple(dims)}."
            )
    return axes if dims else None


def common_dtype(*tensors: Tensor) -> np.dtype[Any]:
    """PyTorch's promotion of several tensors."""
    common = tensors[0]._data
    for other in tensors[1:]:
        dtype = result_type(common, other._data)
        common = (common if common.ndim else other._data).astype(dtype)
    found: np.dtype[Any] = common.dtype
    return found


def alike(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors, converted to their common dtype."""
    dtype = common_dtype(*tensors)
    return tuple([t._cast(dtype) for t in tensors])
