"""Stochastic gradient descent, with momentum if asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from microtorch.optim.inplace import add_, mul_
from microtorch.optim.optimizer import Group, Optimizer, check_not_negative
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.tensor import Tensor


class SGD(Optimizer):
    """Stochastic gradient descent: p <- p - lr * g.

    With momentum, steps that agree grow, and those that alternate cancel::

        b <- momentum * b + (1 - dampening) * g        (the first b is g)
        p <- p - lr * b
        p <- p - lr * (g + momentum * b)               with nesterov

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning
    (2013). As in PyTorch, the learning rate multiplies b when p changes, not when b is summed.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w * 3 - 5).square().backward()
    >>> optimizer.step()
    >>> w
    tensor(2.2000, requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(momentum, "momentum value")
        check_not_negative(weight_decay, "weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, momentum = float(group["lr"]), group["momentum"]
        for p, g in self.gradients(group):
            if momentum:
                b = self.velocity(p, g, momentum, group["dampening"])
                g = g + momentum * b if group["nesterov"] else b
            p._data -= lr * g

    def velocity(self, p: Tensor, g: Any, momentum: float, dampening: float) -> Any:
        """The sum of past gradients, each weaker by the factor momentum than the one after it."""
        state = self.state[p]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = wrap(g.copy())
        else:
            mul_(state["momentum_buffer"], momentum)
            add_(state["momentum_buffer"], g, 1 - dampening)
        return state["momentum_buffer"]._data
