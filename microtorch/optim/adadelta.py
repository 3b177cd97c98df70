"""Adadelta: steps whose size follows from the steps before, without a learning rate to choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import add_, addcmul_, mul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative, next_step, number
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class Adadelta(Optimizer):
    """Adadelta: a step is to the usual step as the gradient is to the usual gradient.

    ::

        v <- rho * v + (1 - rho) * g**2                        average of g**2
        step = g * sqrt(u + eps) / sqrt(v + eps)
        u <- rho * u + (1 - rho) * step**2                     average of step**2
        p <- p - lr * step

    Source: Zeiler, ADADELTA: An adaptive learning rate method (2012), arXiv:1212.5701.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}\nHint: it must be from 0 to 1.")
        check_not_negative(eps, "epsilon value")
        check_not_negative(weight_decay, "weight_decay value")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, rho, eps = number(group["lr"]), group["rho"], group["eps"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), square_avg=zeros_like(p), acc_delta=zeros_like(p))
            v, u = state["square_avg"], state["acc_delta"]
            next_step(state)
            mul_(v, rho)
            addcmul_(v, g, g, 1 - rho)
            step = np.sqrt(u._data + eps)
            step /= np.sqrt(v._data + eps)
            step *= g
            mul_(u, rho)
            addcmul_(u, step, step, 1 - rho)
            add_(p, step, -lr)
