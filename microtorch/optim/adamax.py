"""Adamax: Adam with the largest gradient in place of the average of squares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import addcdiv_, lerp_, mul_
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


class Adamax(Optimizer):
    """Adamax: the average gradient, divided by the largest one of the recent past.

    In step t::

        m <- beta1 * m + (1 - beta1) * g
        u <- max(beta2 * u, abs(g) + eps)
        p <- p - lr / (1 - beta1**t) * m / u

    Source: Kingma and Ba, Adam: A method for stochastic optimization (2015), section 7.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, eps = number(group["lr"]), group["eps"]
        beta1, beta2 = group["betas"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), exp_avg=zeros_like(p), exp_inf=zeros_like(p))
            m, u = state["exp_avg"], state["exp_inf"]
            t = next_step(state)
            lerp_(m, g, 1 - beta1)
            mul_(u, beta2)
            u._data = np.maximum(u._data, abs(g) + eps)
            addcdiv_(p, m._data, u._data, -lr / (1 - beta1**t))
