"""How the losses of all entries become one: ``reduction="mean"``, "sum" or "none"."""

from __future__ import annotations

import warnings

from microtorch.tensor import Tensor

__all__: list[str] = []


def as_reduction(
    reduction: str, size_average: bool | None = None, reduce: bool | None = None
) -> str:
    """The reduction asked for, also by its old names; ValueError if there is none such."""
    if size_average is not None or reduce is not None:
        return from_old_names(size_average, reduce, stacklevel=3)
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.",
            stacklevel=3,
        )
        return "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(
            f"{reduction} is not a valid value for reduction\n"
            "Hint: it is 'mean', 'sum', or 'none' for the loss of every entry."
        )
    return reduction


def from_old_names(size_average: bool | None, reduce: bool | None, stacklevel: int) -> str:
    """What ``size_average`` and ``reduce``, long deprecated, mean."""
    whole, mean = reduce is not False, size_average is not False
    found = ("mean" if mean else "sum") if whole else "none"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.",
        stacklevel=stacklevel,
    )
    return found


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The loss of every entry, its sum or its mean."""
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss
