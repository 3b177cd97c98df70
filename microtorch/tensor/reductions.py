"""Many numbers become one: sum, mean, product, variance, norm, all, any, along dimensions or not."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.tensor import extremes
from microtorch.tensor.arithmetic import recorded
from microtorch.tensor.checks import (
    alike,
    floating,
    invalid_combination,
    need_tensor,
    one_axis,
    several_axes,
)
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.dtypes import wanted_dtype
from microtorch.tensor.extremes import *
from microtorch.tensor.methods import method, with_numpy_names
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.tensor import Tensor

__all__ = [
    "all",
    "any",
    "count_nonzero",
    "dist",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "norm",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]
__all__ += extremes.__all__

reduction = extremes.reduction


# Sums, means, products --------------------------------------------------------------------------


@reduction
def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of all entries, or along dimensions. Whole numbers and bools give int64.

    >>> import microtorch as torch
    >>> torch.ones(2, 3).sum(), torch.ones(2, 3).sum(dim=1, keepdim=True)
    (tensor(6.), tensor([[3.],
            [3.]]))
    """
    x = input if dtype is None and input._data.dtype.kind == "f" else converted("sum", input, dtype)
    if dim is None and not keepdim:
        return record(ops.Sum, (x,), (x._data.shape, None, False))._cast(x._data.dtype)
    axes = checked_axes("sum", input, dim, keepdim)
    return record(ops.SumDim, (x,), (x._data.shape, axes, keepdim))._cast(x._data.dtype)


@reduction
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of the entries that are numbers."""
    x = converted("nansum", input, dtype)
    if x._data.dtype.kind != "f":
        return sum(x, dim, keepdim, dtype=dtype)
    axes = several_axes("nansum", dim, x.ndim)
    return record(ops.Nansum, (x,), (x._data.shape, axes, keepdim))


@reduction
def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of all entries, or along dimensions. Raises RuntimeError for whole numbers.

    >>> import microtorch as torch
    >>> torch.tensor([[1.0, 2.0], [3.0, 6.0]]).mean(0)
    tensor([2., 4.])
    """
    wanted = input._data.dtype if dtype is None else wanted_dtype(dtype, "mean")
    if wanted.kind != "f":
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point "
            f"or complex dtype. Got: {title(wanted)}\nHint: use .float().mean()."
        )
    x = input._cast(wanted)
    if dim is None and not keepdim:
        return record(ops.Mean, (x,), (x._data.shape, None, False))
    if not isinstance(keepdim, bool):
        raise invalid_combination("mean", input, dim, keepdim, hint="keepdim is True or False.")
    axes = checked_axes("mean", input, dim, keepdim)
    return record(ops.MeanDim, (x,), (x._data.shape, axes, keepdim))


@reduction
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the entries that are numbers."""
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{title(input)}\nHint: use .float().nanmean()."
        )
    if dtype is not None and (wanted := wanted_dtype(dtype, "nanmean")).kind != "f":
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating "
            f"point or complex dtype. Got: {title(wanted)}\nHint: a mean is a fraction."
        )
    several_axes("nanmean", dim, input.ndim)
    numbers = wrap(np.logical_not(np.isnan(input._data)))
    return nansum(input, dim, keepdim, dtype=dtype) / sum(numbers, dim, keepdim)


@reduction
def prod(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all entries, or along a dimension. Whole numbers and bools give int64.

    >>> import microtorch as torch
    >>> torch.tensor([[1, 2], [3, 4]]).prod(dim=1)
    tensor([ 2, 12])
    """
    x = converted("prod", input, dtype)
    if dim is None:
        return record(ops.Prod, (x,), ())._cast(x._data.dtype)
    if not hasattr(dim, "__index__") or isinstance(dim, bool):
        raise invalid_combination(
            "prod", input, dim, hint="prod works along one dimension, or over all entries."
        )
    need_bool("prod", keepdim)
    axis = one_axis("prod", dim, x.ndim)
    return record(ops.ProdDim, (x,), (x._data.shape, axis, keepdim))._cast(x._data.dtype)


def converted(function: str, input: Tensor, dtype: Any) -> Tensor:
    """The tensor in the dtype asked for; without one, whole numbers as int64."""
    if dtype is None:
        return input if input._data.dtype.kind == "f" else input._cast(np.dtype(np.int64))
    wanted = wanted_dtype(dtype, function)
    if wanted.kind != "f" and input._node is not None:
        raise RuntimeError(
            f"Autograd not support dtype: {title(wanted)}\n"
            "Hint: whole numbers have no gradient; detach() the tensor first."
        )
    return input._cast(wanted)


def checked_axes(function: str, input: Tensor, dim: Any, keepdim: Any) -> tuple[int, ...] | None:
    """The dimensions to be summed; TypeError if they are something else."""
    need_bool(function, keepdim)
    if type(dim) is int:
        axis = as_axis(dim, input._data.ndim)
        return (axis,) if input._data.ndim else ()
    parts = dim if isinstance(dim, tuple | list) else () if dim is None else (dim,)
    if not builtins.all(hasattr(d, "__index__") and not isinstance(d, bool) for d in parts):
        raise invalid_combination(
            function, input, dim, hint="dim is a whole number, or a tuple of them."
        )
    return several_axes(function, dim, input.ndim)


def need_bool(function: str, keepdim: Any) -> None:
    """Raise TypeError if keepdim is no bool: ``x.sum(0, 1)`` is not ``x.sum((0, 1))``."""
    if keepdim is not True and keepdim is not False:
        raise TypeError(
            f"{function}(): argument 'keepdim' (position 3) must be bool, "
            f"not {type(keepdim).__name__}\nHint: several dimensions are a tuple: dim=(0, 1)."
        )


# Spread -----------------------------------------------------------------------------------------


def spread(function: str, words: str) -> Callable[..., Any]:
    """The arguments of var and std, in all their forms, as (tensor, shape, axes, ...)."""

    def arguments(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
    ) -> tuple[Tensor, tuple[Any, ...]]:
        need_tensor(function, input, "input", 1)
        if isinstance(dim, bool):  # var(x, False): unbiased comes first
            dim, unbiased = None, dim
        if unbiased is not None and correction is not None:
            raise invalid_combination(
                function,
                input,
                correction=correction,
                unbiased=unbiased,
                hint="correction=1 is unbiased=True; give one of them.",
            )
        if input._data.dtype.kind != "f":
            raise RuntimeError(
                f"{words} only support floating point and complex dtypes\n"
                f"Hint: use .float().{function}()."
            )
        axes = checked_axes(function, input, dim, keepdim)
        correction = (1 if unbiased in (None, True) else 0) if correction is None else correction
        shape = input._data.shape
        if ops.reductions.count(shape, axes) <= correction:
            warnings.warn(
                f"{function}(): degrees of freedom is <= 0. Correction should be strictly less "
                "than the reduction factor (input numel divided by output numel).\n"
                "Hint: a single number has no spread; unbiased=False divides by n, not by n - 1.",
                stacklevel=4,
            )
        return input, (shape, axes, keepdim, correction)

    return arguments


of_var, of_std = spread("var", "std and var"), spread("std", "std and var")
of_var_mean, of_std_mean = spread("var_mean", "var_mean"), spread("std_mean", "std_mean")


@reduction
def var(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """var(dim=None, unbiased=True, keepdim=False, *, correction=1): the variance.

    The squared distances from the mean, summed and divided by n - correction.

    >>> import microtorch as torch
    >>> torch.tensor([1.0, 2.0, 3.0]).var(), torch.tensor([1.0, 2.0, 3.0]).var(correction=0)
    (tensor(1.), tensor(0.6667))
    """
    x, params = of_var(input, *args, **kwargs)
    return record(ops.Var, (x,), params)


@reduction
def std(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """std(dim=None, unbiased=True, keepdim=False, *, correction=1): the root of the variance."""
    x, params = of_std(input, *args, **kwargs)
    return record(ops.Std, (x,), params)


@with_numpy_names
def var_mean(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """The variance, as :func:`var`, and the mean."""
    x, params = of_var_mean(input, *args, **kwargs)
    return record(ops.VarOfTwo, (x,), params), record(ops.MeanBesideVar, (x,), params[:3])


@with_numpy_names
def std_mean(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """The standard deviation, as :func:`std`, and the mean."""
    x, params = of_std_mean(input, *args, **kwargs)
    return record(ops.StdOfTwo, (x,), params), record(ops.MeanBesideStd, (x,), params[:3])


# Lengths ----------------------------------------------------------------------------------------


@method
def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """Length: (Σ |x|^p)^(1/p), over all entries or along dimensions; p = "fro" is p = 2.

    >>> import microtorch as torch
    >>> torch.tensor([3.0, -4.0]).norm(), torch.tensor([3.0, -4.0]).norm(1)
    (tensor(5.), tensor(7.))
    """
    if p == "nuc":
        from microtorch.tensor.norms import matrix_norm

        return matrix_norm(input, "nuc", dim or (-2, -1), keepdim, dtype=dtype)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(
            f"linalg.matrix_norm: Order {p} not supported.\nHint: p is 'fro' or a number."
        )
    if p == "fro" and isinstance(dim, tuple | list) and len(dim) > 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}\n"
            "Hint: over more dimensions write p=2."
        )
    p = 2 if p is None or p == "fro" else p
    return vector_norm(input, float(p) if isinstance(p, np.generic) else p, dim, keepdim, dtype)


def vector_norm(input: Tensor, p: Any, dim: Any, keepdim: bool, dtype: Any = None) -> Tensor:
    """The length of the entries, seen as one vector along the dimensions."""
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{title(input)}\nHint: use .float() first."
        )
    x = input
    if dtype is not None:
        wanted = wanted_dtype(dtype, "norm")
        if wanted.kind != "f":
            raise RuntimeError(
                "linalg.vector_norm: dtype should be floating point or complex, but got "
                f"{title(wanted)}"
            )
        x = input._cast(wanted)
    axes = several_axes("norm", dim, x.ndim)
    if (p < 0 or p == np.inf) and ops.reductions.count(x._data.shape, axes) == 0:
        order = "inf" if p == np.inf else f"{p:g}"
        if axes is None:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {order} norm on an empty tensor because "
                "the operation does not have an identity"
            )
        empty = next(axis for axis in axes if not x._data.shape[axis])
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order} norm on the dimension {empty}because "
            "this dimension is empty and the operation does not have an identity"
        )
    return record(ops.VectorNorm, (x,), (x._data.shape, p, axes, keepdim))


@method
def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """Distance: the p-norm of input - other."""
    need_tensor("dist", other)
    a, b = alike(input, other)
    if a._data.dtype.kind != "f":
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. "
            f"Got {title(a)} instead.\nHint: use .float() first."
        )
    return recorded(ops.Dist, (a, b), (p,))


@reduction
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """ln(Σ e^x) along dimensions, without overflow.

    >>> import microtorch as torch
    >>> torch.tensor([1000.0, 1000.0]).logsumexp(0)
    tensor(1000.6932)
    """
    if dim is None:
        raise TypeError(
            "logsumexp(): argument 'dim' (position 2) must be tuple of ints, not NoneType\n"
            "Hint: say the dimension: logsumexp(x, dim=-1)."
        )
    x = floating(input)
    axes = several_axes("logsumexp", dim, x.ndim)
    return record(ops.Logsumexp, (x,), (x._data.shape, axes, keepdim))


# Counts -----------------------------------------------------------------------------------------


def truth(name: str, reduce: Any, text: str) -> Callable[..., Tensor]:
    """A question about the truth (not 0) of entries, of all or along dimensions."""

    def apply(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        x = input._data
        if isinstance(dim, tuple | list) and not len(dim):
            return wrap((x != 0)[()])  # no dimension is reduced
        answer = reduce(x, axis=checked_axes(name, input, dim, keepdim), keepdims=keepdim)
        return wrap(answer.astype(np.uint8) if x.dtype == np.uint8 else answer)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


all = truth("all", np.all, "Whether no entry is 0, of all or along dimensions.")
any = truth("any", np.any, "Whether some entry is not 0, of all or along dimensions.")


@method
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many entries are not 0, of all or along dimensions."""
    axes = several_axes("count_nonzero", dim, input.ndim)
    return wrap(np.asarray(np.count_nonzero(input._data, axis=axes), np.int64)[()])
