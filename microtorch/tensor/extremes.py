"""Entries chosen by size: max, min, argmax, median, mode, quantile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from microtorch import ops
from microtorch.ops.extremes import median_index, mode_index, nanmedian_index
from microtorch.ops.gathering import Gather
from microtorch.ops.indexing import Places
from microtorch.tensor.checks import (
    invalid_combination,
    is_number,
    not_implemented,
    one_axis,
    several_axes,
)
from microtorch.tensor.choices import maximum, minimum
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.methods import method, with_numpy_names
from microtorch.tensor.return_types import Result, named
from microtorch.tensor.tensor import Tensor

__all__ = [
    "amax",
    "amin",
    "aminmax",
    "argmax",
    "argmin",
    "max",
    "median",
    "min",
    "mode",
    "nanmedian",
    "nanquantile",
    "quantile",
]

F = TypeVar("F", bound=Callable[..., Any])


def reduction(function: F) -> F:
    """A function and method that also takes NumPy's names."""
    return method(with_numpy_names(function))


def filled(function: str, input: Tensor, axes: tuple[int, ...] | None, call: str = "()") -> None:
    """Raise an error if there is nothing to choose from."""
    shape = input._data.shape
    if axes is None and 0 in shape:
        raise RuntimeError(
            f"{function}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
            "the reduction dim with the 'dim' argument.\nHint: an empty tensor has no extreme."
        )
    for axis in axes or ():
        if shape and not shape[axis]:
            raise IndexError(
                f"{function}{call}: Expected reduction dim {axis} to have non-zero size.\n"
                f"Hint: the shape is {tuple(shape)}; there is nothing to choose from."
            )


# The largest and the smallest -------------------------------------------------------------------


def extreme(
    name: str, of_two: Any, of_all: type[ops.Op], along: type[ops.Op], arg: Any, text: str
) -> Callable[..., Any]:
    """max or min: of all entries, along a dimension, or of two tensors."""

    def apply(input: Tensor, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
        other = kwargs.pop("other", dim)
        if kwargs:
            raise invalid_combination(name, input, hint=text.splitlines()[0], **kwargs)
        if isinstance(other, Tensor):
            return of_two(input, other)
        if dim is None:
            filled(name, input, None)
            return record(of_all, (input,), ())
        if isinstance(dim, bool) or not hasattr(dim, "__index__"):
            raise invalid_combination(name, input, dim, hint=f"{name} works along one dimension.")
        axis = one_axis(name, dim, input.ndim)
        filled(name, input, (axis,))
        index = arg(np.atleast_1d(input._data), axis=axis, keepdims=True)
        return chosen(name, along, input, index, axis, keepdim)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


def along(index: Any, axis: int, shape: tuple[int, ...], *, unique: bool = True) -> Places:
    """The places that an index names along an axis; it stands there in the place of that axis."""
    if not shape:
        return Places((None,), (np.zeros((), np.int64),))
    others = [n for i, n in enumerate(shape) if i != axis]
    if index.ndim == len(shape):  # the axis was kept
        grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
        grid[axis] = index
    else:
        grid = list(np.ogrid[tuple(slice(n) for n in others)])
        grid.insert(axis, index)
    return Places(None, tuple(grid), unique)


def chosen(
    name: str, op: type[ops.Op], input: Tensor, index: Any, axis: int, keepdim: bool
) -> Result:
    """The entries at an index along an axis, and the index; it has the dimensions of input."""
    shape = input._data.shape
    if not keepdim or not shape:
        index = index.squeeze(axis)
    places = along(index, axis, shape)
    values = record(op, (input,), (shape, places))
    return named(name)((values, wrap(index.astype(np.int64)[()])))


max = extreme(
    "max",
    maximum,
    ops.Max,
    ops.MaxDim,
    np.argmax,
    """The largest entry; with dim, the largest along it and where it stands; or of two tensors.

    Of all entries, equal ones share the gradient; along a dimension, the one at the index has it.

    >>> import microtorch as torch
    >>> x = torch.tensor([[1.0, 5.0], [7.0, 2.0]])
    >>> x.max()
    tensor(7.)
    >>> x.max(dim=1)
    torch.return_types.max(
    values=tensor([5., 7.]),
    indices=tensor([1, 0]))
    """,
)
min = extreme(
    "min",
    minimum,
    ops.Min,
    ops.MinDim,
    np.argmin,
    "The smallest entry; with dim, the smallest along it and where it stands; or of two tensors.",
)


def alone(name: str, op: type[ops.Op], text: str) -> Callable[..., Tensor]:
    """amax or amin: the extreme along any dimensions, without its place."""

    def apply(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        axes = several_axes(name, dim, input.ndim)
        filled(name, input, axes and tuple(dim if isinstance(dim, tuple | list) else (dim,)))
        return record(op, (input,), (input._data.shape, axes, keepdim))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


amax = alone("amax", ops.Amax, "The largest entry along dimensions; equal ones share the gradient.")
amin = alone(
    "amin", ops.Amin, "The smallest entry along dimensions; equal ones share the gradient."
)


@reduction
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Result:
    """The smallest and the largest entry, of all or along a dimension."""
    axes = None
    if dim is not None:
        if not hasattr(dim, "__index__"):
            raise TypeError(f"aminmax(): argument 'dim' must be int, not {type(dim).__name__}")
        axis = one_axis("aminmax", dim, input.ndim)
        axes = (axis,) if input.ndim else ()
    elif not input._data.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            "identity."
        )
    filled("aminmax", input, axes, call="")
    params = (input._data.shape, axes, keepdim)
    low = record(ops.SmallerOfTwo, (input,), params)
    return named("aminmax", ("min", "max"))((low, record(ops.LargerOfTwo, (input,), params)))


def place(name: str, arg: Any, text: str) -> Callable[..., Tensor]:
    """argmax or argmin."""

    def apply(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        x = input._data
        if x.dtype == bool:
            raise RuntimeError(f"{name}(): does not support bool input\nHint: use .int() first.")
        if dim is None:
            if not x.size:
                raise IndexError(
                    f"{name}(): Expected reduction dim to be specified for input.numel() == 0.\n"
                    "Hint: an empty tensor has no largest entry."
                )
            index = np.full((1,) * x.ndim if keepdim else (), arg(x), np.int64)
            return wrap(index[()])
        axis = one_axis(name, dim, input.ndim)
        filled(name, input, (axis,))
        found: Any = arg(x, axis=axis, keepdims=keepdim) if x.ndim else np.int64(0)
        return wrap(found.astype(np.int64)[()])

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


argmax = place(
    "argmax", np.argmax, "Where the largest entry stands: in the flat tensor, or along dim."
)
argmin = place(
    "argmin", np.argmin, "Where the smallest entry stands: in the flat tensor, or along dim."
)


# The middle, the most frequent ------------------------------------------------------------------


def middle(
    name: str, of_all: type[ops.Op], along: type[ops.Op], find: Any, text: str
) -> Callable[..., Any]:
    """median or nanmedian."""

    def apply(input: Tensor, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
        if kwargs:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if dim is None:
            if input._data.dtype == bool:
                raise not_implemented("median_cpu", input)
            return record(of_all, (input,), ())
        axis = one_axis(name, dim, input.ndim)
        if input._data.dtype == bool:
            raise not_implemented("median_out", input)
        filled("median", input, (axis,))
        return chosen(name, along, input, find(np.atleast_1d(input._data), axis), axis, keepdim)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


median = middle(
    "median",
    ops.Median,
    ops.MedianDim,
    median_index,
    """The entry in the middle in order of size (the lower of two), of all or along a dimension.

    >>> import microtorch as torch
    >>> torch.tensor([1.0, 9.0, 2.0, 3.0]).median()
    tensor(2.)
    """,
)
nanmedian = middle(
    "nanmedian",
    ops.Nanmedian,
    ops.NanmedianDim,
    nanmedian_index,
    "The entry in the middle of those that are numbers, of all or along a dimension.",
)


@reduction
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Result:
    """The most frequent entry along a dimension (of several the smallest), and its last place."""
    axis = one_axis("mode", dim, input.ndim)
    filled("mode", input, (axis,))
    return chosen(
        "mode", ops.Mode, input, mode_index(np.atleast_1d(input._data), axis), axis, keepdim
    )


# Quantiles --------------------------------------------------------------------------------------

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


@reduction
def quantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The number below which a share q of the entries lies, of all or along a dimension.

    ``q`` is a number or a vector of them (then the first dimension of the result counts them).

    >>> import microtorch as torch
    >>> torch.quantile(torch.tensor([1.0, 2.0, 3.0, 5.0]), 0.5)
    tensor(2.5000)
    """
    return quantiles(input, q, dim, keepdim, interpolation, skip_nan=False)


@reduction
def nanquantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The same for the entries that are numbers."""
    return quantiles(input, q, dim, keepdim, interpolation, skip_nan=True)


def quantiles(
    input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, *, skip_nan: bool
) -> Tensor:
    """Sort along the dimension, then take the entries on both sides of rank q (n - 1)."""
    q = checked_q(input, q, interpolation)
    axis = 0 if dim is None else one_axis("quantile", dim, input.ndim)
    shape = input._data.shape
    x = input.reshape(-1) if dim is None or not shape else input
    lines = x._data
    order = np.argsort(lines, axis=axis, kind="stable")  # nan comes last
    numbers = (~np.isnan(lines)).sum(axis, keepdims=True)
    n = np.maximum(numbers, 1) if skip_nan else np.full_like(numbers, lines.shape[axis])
    # One line of ranks for each q, along a new first axis.
    ranks = np.atleast_1d(q._data).reshape((-1,) + (1,) * lines.ndim) * (n - 1).astype(
        q._data.dtype
    )
    if not skip_nan:
        ranks = np.where(numbers < n, lines.shape[axis] - 1, ranks).astype(q._data.dtype)
    rounding = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}
    if interpolation in rounding:
        ranks = rounding[interpolation](ranks)
    below, above = np.floor(ranks).astype(np.int64), np.ceil(ranks).astype(np.int64)
    low, high = [at_ranks(x, order, rank, axis) for rank in (below, above)]
    if interpolation in rounding:
        result = low
    else:
        share = (ranks - below).astype(lines.dtype)
        weight: Any = wrap(np.full_like(share, 0.5) if interpolation == "midpoint" else share)
        result = record(ops.LerpTensor, (low, high, weight), ())
    if not shape:
        kept: tuple[int, ...] = ()
    elif keepdim:
        rest = (1,) * len(shape) if dim is None else result._data.shape[1:]
        kept = tuple([1 if i == axis else k for i, k in enumerate(rest)])
    else:
        kept = tuple([k for i, k in enumerate(result._data.shape[1:]) if i != axis])
    leading = () if q.ndim == 0 else (result._data.shape[0],)
    return record(ops.Quantile, (result,), (result._data.shape, leading + kept))


def at_ranks(x: Tensor, order: Any, ranks: Any, axis: int) -> Tensor:
    """The entries of x with these ranks along an axis; ranks has a first axis of its own."""
    index = np.take_along_axis(order[None], ranks, axis + 1)
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)][1:])
    grid[axis] = index
    return record(Gather, (x,), (x._data.shape, Places(None, tuple(grid), False)))


def checked_q(input: Tensor, q: Any, interpolation: str) -> Tensor:
    """The shares as a tensor; RuntimeError if they cannot be shares."""
    if not isinstance(q, Tensor) and not is_number(q):
        raise invalid_combination("quantile", input, q, hint="q is a number or a vector.")
    if not input._data.size:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(
                f"quantile() q must be in the range [0, 1] but got {q:g}\nHint: 0.5 is the median."
            )
        q = wrap(input._data.dtype.type(q))
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if input._data.dtype not in (np.float32, np.float64):
        raise RuntimeError(
            "quantile() input tensor must be either float or double dtype\nHint: use .float()."
        )
    if q._data.dtype != input._data.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if q._node is not None:
        raise RuntimeError(
            "quantile(): microtorch has no gradient for q, and will not drop it silently.\n"
            "Hint: use q.detach()."
        )
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    if not np.all((q._data >= 0) & (q._data <= 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    shares: Tensor = q
    return shares
