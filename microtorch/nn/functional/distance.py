"""Distances, and losses that pull vectors together or push them apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.reduction import as_reduction, reduced
from microtorch.tensor import Tensor
from microtorch.tensor.choices import where
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.shapes import as_axis

__all__ = [
    "cosine_embedding_loss",
    "cosine_similarity",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "pairwise_distance",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The length of x1 - x2 + eps along the last dimension, by the p-norm."""
    away = x1 - x2 + eps
    axes = (away.ndim - 1,) if away.ndim else None
    return record(ops.DistanceNorm, (away,), (tuple(away.shape), float(p), axes, keepdim))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along ``dim``: x1 · x2 / (|x1| |x2|).

    Lengths are kept above ``eps``.
    """
    if x1._data.dtype.kind != "f" and x2._data.dtype.kind != "f":
        common = np.promote_types(x1._data.dtype, x2._data.dtype)
        raise RuntimeError(
            "expected common dtype to be floating point, yet common dtype is "
            f"{title(common)}\nHint: convert one of them: x.float()."
        )
    product = x1 * x2
    axis = as_axis(dim, product.ndim)
    x1, x2 = x1.expand_as(product), x2.expand_as(product)
    return ((x1 / length(x1, axis, eps)) * (x2 / length(x2, axis, eps))).sum(axis)


def length(x: Tensor, axis: int, eps: float) -> Tensor:
    """The length of x, kept above eps; its gradient is that of the length itself."""
    found = x.norm(2, axis, keepdim=True)
    missing = np.maximum(eps - found._data, 0)
    return found + wrap(missing.astype(found._data.dtype)) if missing.any() else found


# ---------------------------------------------------------------- losses


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1."""
    how = as_reduction(reduction, size_average, reduce)
    check_pairs(input1, input2, target)
    dim = target.ndim
    products = [(a * b).sum(dim) for a, b in ((input1, input2), (input1, input1), (input2, input2))]
    cosine = products[0] / ((products[1] + 1e-12) * (products[2] + 1e-12)).sqrt()
    alike = where(target == 1, 1 - cosine, 0)
    apart = where(target == -1, (cosine - margin).clamp_min(0), 0)
    return reduced(alike + apart, how)


def check_pairs(input1: Tensor, input2: Tensor, target: Tensor) -> None:
    if target.ndim > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported\n"
            "Hint: there is one target, 1 or -1, for each pair of vectors."
        )
    needed = target.ndim + 1
    if input1.ndim != needed or input2.ndim != needed:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {needed}D input tensors, but found inputs with "
            f"sizes {list(input1.shape)} and {list(input2.shape)}.\n"
            "Hint: there is one target, 1 or -1, for each pair of vectors."
        )


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The distance itself where the target is 1, max(0, margin - distance) where it is -1."""
    how = as_reduction(reduction, size_average, reduce)
    apart = (margin - input).clamp_min(0)
    far = where(target != 1, apart, 0)
    near = where(target != -1, input, 0)
    return reduced(far + near, how)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -t (input1 - input2) + margin): for t = 1 the first should be the larger one."""
    how = as_reduction(reduction, size_average, reduce)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} \n"
            "Hint: the three belong together, entry by entry."
        )
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), how)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, |anchor - positive| - |anchor - negative| + margin).

    With ``swap``, the negative's distance is the smaller one of those to anchor and positive.
    """
    how = as_reduction(reduction, size_average, reduce)
    check_margin(margin)

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return triplet(anchor, positive, negative, distance, margin, swap, how)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """The same with any function for the distance; :func:`pairwise_distance` if there is none."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"{reduction} is not a valid value for reduction\nHint: it is 'mean', 'sum' or 'none'."
        )
    check_margin(margin)
    distance = pairwise_distance if distance_function is None else distance_function
    return triplet(anchor, positive, negative, distance, margin, swap, reduction)


def triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs\nHint: the three belong together, row by row."
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), reduction)


def check_margin(margin: float) -> None:
    if margin <= 0:
        raise ValueError(
            f"margin must be greater than 0, got {margin}\n"
            "Hint: it is by how much the negative should be farther away."
        )
