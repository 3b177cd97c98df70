"""Adam and AdamW: a step size of its own for every entry, from averages of g and of g squared."""

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


class Adam(Optimizer):
    """Adam: the average gradient, divided by its usual size.

    In step t::

        m <- beta1 * m + (1 - beta1) * g               average of g
        v <- beta2 * v + (1 - beta2) * g**2            average of g**2
        p <- p - lr * m_hat / (sqrt(v_hat) + eps)

    where m_hat = m / (1 - beta1**t) and v_hat = v / (1 - beta2**t) make up for the averages'
    start at 0. With amsgrad, v_hat uses the largest v so far; with decoupled_weight_decay,
    p <- p - lr * weight_decay * p comes first and g stays as it is.

    Source: Kingma and Ba, Adam: A method for stochastic optimization (2015), arXiv:1412.6980;
    amsgrad: Reddi et al., On the convergence of Adam and beyond (2018).

    >>> import microtorch as torch
    >>> w = torch.tensor([1.0, 100.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> w.square().sum().backward()
    >>> optimizer.step()  # the first step is lr long for every entry
    >>> w
    tensor([ 0.9000, 99.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_not_negative(lr, "learning rate")
        check_not_negative(eps, "epsilon value")
        check_betas(betas)
        check_not_negative(weight_decay, "weight_decay value")
        if not any(all(isinstance(b, kind) for b in betas) for kind in (float, Tensor)):
            raise ValueError(
                "betas must be either both floats or both Tensors\n"
                f"Hint: write them with a point, such as (0.9, 0.999); these are {betas}."
            )
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def update(self, group: Group) -> None:
        lr, eps = number(group["lr"]), group["eps"]
        beta1, beta2 = map(float, group["betas"])
        for p, g in self.gradients(group):
            state = self.state[p]
            if not state:
                state.update(step=tensor(0.0), exp_avg=zeros_like(p), exp_avg_sq=zeros_like(p))
                if group["amsgrad"]:
                    state["max_exp_avg_sq"] = zeros_like(p)
            m, v = state["exp_avg"], state["exp_avg_sq"]
            t = next_step(state)
            if group["decoupled_weight_decay"]:
                mul_(p, 1 - lr * group["weight_decay"])
            lerp_(m, g, 1 - beta1)
            mul_(v, beta2)
            addcmul_(v, g, g, 1 - beta2)
            if group["amsgrad"]:
                largest = state["max_exp_avg_sq"]
                largest._data = np.maximum(largest._data, v._data)
                v = largest
            size = np.sqrt(v._data)
            size /= (1 - beta2**t) ** 0.5
            size += eps
            addcdiv_(p, m._data, size, -lr / (1 - beta1**t))


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: p <- p - lr * weight_decay * p, then Adam.

    So every weight shrinks by the same factor, however large its gradients are.

    Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019), arXiv:1711.05101.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
