"""Schedules along a cosine: slow at first, fast in the middle, slow at the end."""

from __future__ import annotations

import math
from typing import Any

from microtorch.optim.lr_scheduler.base import LRScheduler, assign, values
from microtorch.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """From the initial lr down to ``eta_min`` in ``T_max`` epochs, and up again, along a cosine.

    lr = eta_min + (initial lr - eta_min) * (1 + cos(pi * epoch / T_max)) / 2

    Source: Loshchilov and Hutter, SGDR: Stochastic gradient descent with warm restarts (2017),
    arXiv:1608.03983.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _new_lrs(self) -> list[Any]:
        if self._is_initial:
            return self._unchanged()
        low, epoch = self.eta_min, self.last_epoch
        groups = self.optimizer.param_groups
        if self._step_count == 1 and epoch > 0:
            height = 1 + math.cos(epoch * math.pi / self.T_max)
            return [low + (base_lr - low) * height / 2 for base_lr in self.base_lrs]
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom: a ratio of 0 / 0
            height = 1 - math.cos(math.pi / self.T_max)
            return [
                group["lr"] + (base_lr - low) * height / 2
                for base_lr, group in zip(self.base_lrs, groups, strict=True)
            ]
        now = 1 + math.cos(math.pi * epoch / self.T_max)
        before = 1 + math.cos(math.pi * (epoch - 1) / self.T_max)
        return [now / before * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list[Any]:
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        low = self.eta_min
        return [low + (base_lr - low) * height / 2 for base_lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down to ``eta_min`` along a cosine in ``T_0`` epochs, then again from the top.

    Each time takes ``T_mult`` times as many epochs as the time before. ``step(epoch)`` may be
    called with fractions of an epoch. Source: as :class:`CosineAnnealingLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(  # noqa: TRY004 (PyTorch's type)
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _new_lrs(self) -> list[Any]:
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        low = self.eta_min
        return [low + (base_lr - low) * height / 2 for base_lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to the one given."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur = self.T_cur + 1
            if self.T_cur >= self.T_i:
                self.T_cur = self.T_cur % self.T_i
                self.T_i = self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        self._get_lr_called_within_step = True
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            assign(group, "lr", lr)
        self._get_lr_called_within_step = False
        self._last_lr = values(self.optimizer, "lr")

    def _go_to(self, epoch: float) -> None:
        """Set T_cur, the time since the last restart, and T_i, the length of this cycle."""
        T_0, T_mult = self.T_0, self.T_mult
        if epoch < T_0:
            self.T_i, self.T_cur = T_0, epoch
        elif T_mult == 1:
            self.T_cur = epoch % T_0
        else:
            restarts = int(math.log(epoch / T_0 * (T_mult - 1) + 1, T_mult))
            self.T_cur = epoch - T_0 * (T_mult**restarts - 1) / (T_mult - 1)
            self.T_i = T_0 * T_mult**restarts
