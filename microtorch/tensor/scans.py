"""Running sums, products and extremes along a dimension, and differences of neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.tensor import joining
from microtorch.tensor.checks import not_implemented, one_axis
from microtorch.tensor.comparison import logical_xor
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.extremes import along, reduction
from microtorch.tensor.reductions import converted
from microtorch.tensor.return_types import Result, named
from microtorch.tensor.tensor import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]


@reduction
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running sum: every entry is the sum of those up to it. Whole numbers give int64.

    >>> import microtorch as torch
    >>> torch.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    x = converted("cumsum", input, dtype)
    return record(ops.Cumsum, (x,), (one_axis("cumsum", dim, x.ndim), False))


@reduction
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running product: every entry is the product of those up to it. Whole numbers give int64."""
    x = converted("cumprod", input, dtype)
    return record(ops.Cumprod, (x,), (one_axis("cumprod", dim, x.ndim), False))


@reduction
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Running ln(Σ e^x), without overflow."""
    if input._data.dtype.kind != "f":
        raise not_implemented("logcumsumexp_out_cpu", input)
    return record(ops.Logcumsumexp, (input,), (one_axis("logcumsumexp", dim, input.ndim),))


def running_extreme(
    name: str, op: type[ops.Op], ufunc: Any, beats: Any, text: str
) -> Callable[..., Result]:
    """cummax or cummin."""

    def apply(input: Tensor, dim: int) -> Result:
        x = input._data
        if not x.ndim:
            if dim not in (0, -1):
                raise IndexError(
                    f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}"
                )
            values = record(op, (input,), ((), along(x, 0, ())))
            return named(name)((values, wrap(np.int64(0))))
        axis = one_axis(name, dim, x.ndim)
        # A new record holder is at least as extreme as all before it; a nan holds for good.
        best = ufunc.accumulate(x, axis)
        holds = beats(x, best) | (np.isnan(x) & np.isnan(best))
        counted = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
        index = np.maximum.accumulate(np.where(holds, counted, 0), axis)
        values = record(op, (input,), (x.shape, along(index, axis, x.shape, unique=False)))
        return named(name)((values, wrap(index)))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = text
    return reduction(apply)


cummax = running_extreme(
    "cummax", ops.Cummax, np.maximum, np.equal, "Running maximum, and where it stands."
)
cummin = running_extreme(
    "cummin", ops.Cummin, np.minimum, np.equal, "Running minimum, and where it stands."
)


@reduction
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """Differences of neighbours along a dimension, n times over.

    >>> import microtorch as torch
    >>> torch.diff(torch.tensor([1, 4, 9, 16]))
    tensor([3, 5, 7])
    """
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    axis = one_axis("diff", dim, input.ndim)
    ends = [prepend, input, append]
    parts = [part for part in ends if part is not None]
    for part in parts:
        if part.ndim != input.ndim:
            raise RuntimeError(
                "diff expects prepend or append to be the same dimension as input\n"
                f"Hint: input has {input.ndim} dimensions, this one has {part.ndim}."
            )
    x: Tensor = joining.cat(parts, axis) if len(parts) > 1 else input
    if not n:
        return x.clone()
    before: tuple[Any, ...] = (slice(None),) * axis
    for _ in range(min(n, x._data.shape[axis])):
        left, right = x[(*before, slice(None, -1))], x[(*before, slice(1, None))]
        x = logical_xor(right, left) if x._data.dtype == bool else right - left
    return x
