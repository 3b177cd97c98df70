"""RMSprop: each gradient is divided by the root of the mean of its squares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import add_, addcdiv_, addcmul_, lerp_, mul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative, next_step, number
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class RMSprop(Optimizer):
    """RMSprop: steps of similar size for large and for small gradients.

    ::

        v <- alpha * v + (1 - alpha) * g**2            average of g**2
        a <- alpha * a + (1 - alpha) * g               average of g, if centered
        size = sqrt(v - a**2) + eps                    sqrt(v) + eps, if not
        p <- p - lr * g / size

    With momentum: b <- momentum * b + g / size; p <- p - lr * b.

    Source: Hinton, Neural networks for machine learning (2012), lecture 6; centered: Graves,
    Generating sequences with recurrent neural networks (2013), arXiv:1308.0850.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(eps, "epsilon value")
        check_not_negative(momentum, "momentum value")
        check_not_negative(weight_decay, "weight_decay value")
        check_not_negative(alpha, "alpha value")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, alpha, eps = number(group["lr"]), group["alpha"], group["eps"]
        momentum, centered = group["momentum"], group["centered"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), square_avg=zeros_like(p))
                if momentum > 0:
                    state["momentum_buffer"] = zeros_like(p)
                if centered:
                    state["grad_avg"] = zeros_like(p)
            v = state["square_avg"]
            next_step(state)
            mul_(v, alpha)
            addcmul_(v, g, g, 1 - alpha)
            if centered:
                a = state["grad_avg"]
                lerp_(a, g, 1 - alpha)
                size = np.sqrt(v._data - a._data * a._data)
            else:
                size = np.sqrt(v._data)
            size += eps
            if momentum > 0:
                b = state["momentum_buffer"]
                mul_(b, momentum)
                addcdiv_(b, g, size)
                add_(p, b._data, -lr)
            else:
                addcdiv_(p, g, size, -lr)
