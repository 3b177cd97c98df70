"""NAdam: Adam that looks one step ahead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import addcdiv_, addcmul_, lerp_, mul_
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


class NAdam(Optimizer):
    """Adam with Nesterov momentum.

    In step t, with mu(t) = beta1 * (1 - 0.96**(t * group["momentum_decay"]) / 2) and M the product of
    mu(1) ... mu(t)::

        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        size = sqrt(v / (1 - beta2**t)) + eps
        p <- p - lr * (1 - mu(t)) / (1 - M) * g / size
        p <- p - lr * mu(t + 1) / (1 - M * mu(t + 1)) * m / size

    Source: Dozat, Incorporating Nesterov momentum into Adam (2016).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative(momentum_decay, "momentum_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, eps = number(group["lr"]), group["eps"]
        beta1, beta2 = group["betas"]

        def mu(t: float) -> float:
            return float(beta1 * (1.0 - 0.5 * 0.96 ** (t * group["momentum_decay"])))

        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), mu_product=tensor(1.0))
                state.update(exp_avg=zeros_like(p), exp_avg_sq=zeros_like(p))
            m, v = state["exp_avg"], state["exp_avg_sq"]
            t = next_step(state)
            if group["decoupled_weight_decay"]:
                mul_(p, 1 - lr * group["weight_decay"])
            mul_(state["mu_product"], mu(t))
            product = state["mu_product"].item()
            lerp_(m, g, 1 - beta1)
            mul_(v, beta2)
            addcmul_(v, g, g, 1 - beta2)
            size = np.sqrt(v._data / (1 - beta2**t))
            size += eps
            addcdiv_(p, g, size, -lr * (1.0 - mu(t)) / (1.0 - product))
            addcdiv_(p, m._data, size, -lr * mu(t + 1) / (1.0 - product * mu(t + 1)))
