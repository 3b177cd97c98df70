"""ASGD: gradient descent that also keeps the average of the places it came through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from microtorch.optim.inplace import add_, mul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative, next_step, number
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class ASGD(Optimizer):
    """Averaged stochastic gradient descent.

    In step t::

        p <- (1 - lambd * eta) * p - eta * g
        ax <- ax + mu * (p - ax)                       the average, in ``state[p]["ax"]``
        eta <- lr / (1 + lambd * lr * t)**alpha
        mu <- 1 / max(1, t - group["t0"])

    Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging (1992).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(weight_decay, "weight_decay value")
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, lambd = number(group["lr"]), group["lambd"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), eta=tensor(lr), mu=tensor(1.0), ax=zeros_like(p))
            ax, eta, mu = state["ax"], state["eta"].item(), state["mu"].item()
            t = next_step(state)
            mul_(p, 1 - lambd * eta)
            add_(p, g, -eta)
            if mu == 1:
                ax._data = p._data.copy()
            else:
                add_(ax, p._data - ax._data, mu)
            state["eta"] = tensor(lr / (1 + lambd * lr * t) ** group["alpha"])
            state["mu"] = tensor(1 / max(1.0, t - group["t0"]))
