"""Adagrad: steps that shrink for the entries that have moved most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import addcdiv_, addcmul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative, next_step, number
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class Adagrad(Optimizer):
    """Adagrad: each entry is divided by the size of all its gradients so far.

    In step t::

        s <- s + g**2
        p <- p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    Source: Duchi et al., Adaptive subgradient methods for online learning and stochastic
    optimization (2011).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(lr_decay, "lr_decay value")
        check_not_negative(weight_decay, "weight_decay value")
        check_not_negative(initial_accumulator_value, "initial_accumulator_value value")
        check_not_negative(eps, "epsilon value")
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                self.start(p)

    def start(self, p: Tensor) -> None:
        """What is remembered about a parameter before its first step."""
        total = zeros_like(p)
        total._data += self.defaults["initial_accumulator_value"]
        self.state[p].update(step=tensor(0.0), sum=total)

    def update(self, group: Group) -> None:
        lr, lr_decay, eps = number(group["lr"]), group["lr_decay"], group["eps"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:  # of a group that was added later
                self.start(p)
            t = next_step(state)
            addcmul_(state["sum"], g, g)
            size = np.sqrt(state["sum"]._data)
            size += eps
            addcdiv_(p, g, size, -lr / (1 + (t - 1) * lr_decay))
