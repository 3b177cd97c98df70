"""How variables vary together, and the area under points: cov, corrcoef, trapezoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.tensor.dtypes import default_float
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = ["corrcoef", "cov", "cumulative_trapezoid", "trapezoid", "trapz"]


@method
def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """The covariances of variables, which are the rows; their observations are the columns.

    ``fweights`` says how often each observation was made, ``aweights`` how much it counts.

    >>> import microtorch as torch
    >>> torch.cov(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions\nHint: a row is a variable, a column an observation."
        )
    x = floats(input.reshape((1, -1)) if input.ndim < 2 else input)
    count = x.shape[1]
    given = [w for w in (fweights, aweights) if w is not None]
    weights = given[0] if given else None
    for other in given[1:]:
        weights = weights * other
    total = count if weights is None else weights.sum()
    mean = x.sum(1) / total if weights is None else (x * weights).sum(1) / total
    apart = x - mean.unsqueeze(1)
    weighted = apart if weights is None else apart * weights
    if aweights is None or weights is None:
        degrees: Any = total - correction
    else:
        degrees = total - correction * (weights * aweights).sum() / total
    degrees = degrees.clamp(min=0) if isinstance(degrees, Tensor) else max(degrees, 0)
    found: Tensor = ((weighted @ apart.t()) / degrees).squeeze()
    return found


@method
def corrcoef(input: Tensor) -> Tensor:
    """The correlations of variables, which are the rows: covariances of -1 to 1."""
    c = cov(input)
    if not c.ndim:
        return c / c
    spread = c.diag().sqrt()
    return (c / spread.unsqueeze(1) / spread).clamp(-1, 1)


def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area under the points y: at distances of 1, of dx, or at the places x.

    >>> import microtorch as torch
    >>> torch.trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor(10.5000)
    """
    pairs, width, divided = strips(y, x, dx, dim)
    total = (pairs if isinstance(width, int | float) else pairs * width).sum(dim)
    return total / 2.0 if divided else total * (width / 2.0)


def trapz(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """Another name of :func:`trapezoid`."""
    return trapezoid(y, x, dx=dx, dim=dim)


def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The areas under the points y up to each of them, but for the first."""
    pairs, width, divided = strips(y, x, dx, dim)
    total = (pairs if isinstance(width, int | float) else pairs * width).cumsum(dim)
    return total / 2.0 if divided else total * (width / 2.0)


def strips(y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Tensor, Any, bool]:
    """The heights of neighbours added up, the width between them, and whether it is a tensor."""
    last = y.shape[dim] - 1
    pairs = y.narrow(dim, 0, max(last, 0)) + y.narrow(dim, min(1, last + 1), max(last, 0))
    if x is None:
        return pairs, 1 if dx is None else dx, False
    width = x.narrow(-1, 1, last) - x.narrow(-1, 0, last) if x.ndim == 1 else x.diff(dim=dim)
    if x.ndim == 1:
        width = width.reshape((last,) + (1,) * (y.ndim - 1 - dim % y.ndim))
    return pairs, width, True


def floats(x: Tensor) -> Tensor:
    return x if x._data.dtype.kind == "f" else x._cast(np.dtype(default_float()))
