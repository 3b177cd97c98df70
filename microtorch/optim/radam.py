"""RAdam: Adam that waits until it has seen enough gradients to trust their average size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import add_, addcmul_, lerp_, mul_
from microtorch.optim.optimizer import (
    Group,
    Optimizer,
    check_betas,
    check_not_negative,
    next_step,
    number,
)
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class RAdam(Optimizer):
    """Rectified Adam: plain momentum at first, then Adam's division by sqrt(v), phased in.

    In step t, with m and v as in Adam, m_hat = m / (1 - beta1**t) and::

        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)      how many gradients v stands for
        rectify = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))

        p <- p - lr * m_hat                                                    if rho <= 5
        p <- p - lr * m_hat * sqrt(1 - beta2**t) / (sqrt(v) + eps) * rectify   if rho > 5

    Source: Liu et al., On the variance of the adaptive learning rate and beyond (2020),
    arXiv:1908.03265.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(eps, "epsilon value")
        check_betas(betas)
        check_not_negative(weight_decay, "weight_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, eps = number(group["lr"]), group["eps"]
        beta1, beta2 = group["betas"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), exp_avg=zeros_like(p), exp_avg_sq=zeros_like(p))
            m, v = state["exp_avg"], state["exp_avg_sq"]
            t = next_step(state)
            if group["decoupled_weight_decay"]:
                mul_(p, 1 - lr * group["weight_decay"])
            lerp_(m, g, 1 - beta1)
            mul_(v, beta2)
            addcmul_(v, g, g, 1 - beta2)
            step = m._data / (1 - beta1**t)
            step *= float(lr)
            rho_inf = 2 / (1 - beta2) - 1
            rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
            if rho > 5:
                numerator = (rho - 4) * (rho - 2) * rho_inf
                rectify = (numerator / ((rho_inf - 4) * (rho_inf - 2) * rho)) ** 0.5
                step *= (1 - beta2**t) ** 0.5 / (np.sqrt(v._data) + eps)
                step *= rectify
            add_(p, step, -1)
