"""Layers that normalise channels, and remember mean and variance: BatchNorm and InstanceNorm."""

from __future__ import annotations

import warnings
from typing import Any

from microtorch.nn import functional as F
from microtorch.nn import init
from microtorch.nn.modules.constructor import own_constructor
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty, ones, tensor, zeros

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
]


class _NormBase(Module):
    """Weight and bias for each channel, and running statistics.

    ``weight`` starts as 1 and ``bias`` as 0 (None without ``affine``); the buffers ``running_mean``
    as 0, ``running_var`` as 1, ``num_batches_tracked`` as 0 (None without
    ``track_running_stats``). With ``momentum=None`` they are the plain mean over all batches.
    """

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        options = {"device": device, "dtype": dtype}
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(empty(num_features, **options)) if wanted else None
            self.register_parameter(name, made)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **options) if tracked else None)
        self.register_buffer("running_var", ones(num_features, **options) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget all batches."""
        if self.track_running_stats:
            self.running_mean.zero_()  # type: ignore[union-attr]
            self.running_var.fill_(1)  # type: ignore[union-attr]
            self.num_batches_tracked.zero_()  # type: ignore[union-attr]

    def reset_parameters(self) -> None:
        """Back to the start: nothing is scaled or shifted."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


def check_dimensions(input: Tensor, *allowed: int) -> None:
    """ValueError unless the input has one of these numbers of dimensions."""
    if input.ndim not in allowed:
        wanted = " or ".join(f"{n}D" for n in allowed)
        raise ValueError(
            f"expected {wanted} input (got {input.ndim}D input)\n"
            "Hint: the input is (batch, channels, *lengths)."
        )


@own_constructor
class _BatchNorm(_NormBase):
    """What the batch normalisations have in common."""

    allowed: tuple[int, ...]

    def forward(self, input: Tensor) -> Tensor:
        check_dimensions(input, *self.allowed)
        factor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                factor = 1.0 / float(self.num_batches_tracked)
        remembered = self.running_mean is not None or self.running_var is not None
        used = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if used else None,
            self.running_var if used else None,
            self.weight,
            self.bias,
            self.training or not remembered,
            factor,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Every channel normalised over the batch: input (N, C) or (N, C, L).

    While training by the statistics of the batch, after eval() by the running ones. See
    :func:`torch.nn.functional.batch_norm`.

    >>> import microtorch as torch
    >>> torch.nn.BatchNorm1d(1)(torch.tensor([[1.0], [3.0]])).tolist()
    [[-0.9999949932098389], [0.9999949932098389]]
    """

    allowed = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Every channel of images normalised over the batch: input (N, C, H, W)."""

    allowed = (4,)


class BatchNorm3d(_BatchNorm):
    """Every channel of volumes normalised over the batch: input (N, C, D, H, W)."""

    allowed = (5,)


class _InstanceNorm(_NormBase):
    """What the instance normalisations have in common; without affine and tracking by default."""

    count: int  # how many lengths there are

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        check_dimensions(input, self.count + 1, self.count + 2)
        dim = input.ndim - self.count - 1
        if input.shape[dim] != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features "
                    f"({self.num_features}), but got: {input.shape[dim]}.\n"
                    "Hint: that dimension holds the channels."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this warning "
                "by not passing in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        if input.ndim == self.count + 1:
            return self.normalised(input.unsqueeze(0)).squeeze(0)
        return self.normalised(input)

    def normalised(self, input: Tensor) -> Tensor:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )


class InstanceNorm1d(_InstanceNorm):
    """Every channel of every row normalised by itself: input (N, C, L) or (C, L)."""

    count = 1


class InstanceNorm2d(_InstanceNorm):
    """Every channel of every image normalised by itself: input (N, C, H, W) or (C, H, W)."""

    count = 2


class InstanceNorm3d(_InstanceNorm):
    """Every channel of every volume normalised by itself: input (N, C, D, H, W) or (C, D, H, W)."""

    count = 3
