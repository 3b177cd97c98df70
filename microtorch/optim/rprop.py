"""Rprop: only the signs of the gradients count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from microtorch.optim.inplace import addcmul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative, next_step
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.data import tensor
from microtorch.tensor.tensor import Tensor


class Rprop(Optimizer):
    """Resilient backpropagation: for whole data sets, without mini-batches.

    Every entry has a step size d of its own, at first lr, kept within ``step_sizes``. It is
    multiplied by etas[1] if its gradient has the same sign as before, and by etas[0] if it has
    changed; an entry whose sign has changed stays where it is for one step (g <- 0)::

        p <- p - d * sign(g)

    Source: Riedmiller and Braun, A direct adaptive method for faster backpropagation learning:
    the RPROP algorithm (1993).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(
                f"Invalid eta values: {etas[0]}, {etas[1]}\n"
                "Hint: the first makes steps shorter (below 1), the second longer (above 1)."
            )
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        shorter, longer = group["etas"]
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                d = zeros_like(p)
                d._data += float(group["lr"])
                state.update(step=tensor(0.0), prev=zeros_like(p), step_size=d)
            d = state["step_size"]
            next_step(state)
            agreement = g * state["prev"]._data
            factor = np.where(agreement > 0, longer, np.where(agreement < 0, shorter, 1))
            d._data = np.clip(d._data * factor.astype(g.dtype), *group["step_sizes"])
            state["prev"]._data = g = np.where(agreement < 0, 0, g).astype(g.dtype)[()]
            addcmul_(p, np.sign(g), d._data, -1)
