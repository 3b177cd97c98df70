"""L-BFGS: Newton's method with a curvature that is guessed from the last few steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from microtorch.autograd import enable_grad, no_grad
from microtorch.optim.inplace import add_, copy_
from microtorch.optim.line_search import Point, strong_wolfe
from microtorch.optim.optimizer import Optimizer, check_not_negative, note_change
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.joining import cat
from microtorch.tensor.tensor import Tensor


class LBFGS(Optimizer):
    """Limited-memory BFGS: few, large steps, for losses that are smooth and without noise.

    ``step(closure)`` takes up to ``max_iter`` steps; ``closure`` clears the gradients, computes the
    loss, calls backward() and returns the loss. ``line_search_fn`` is None (each step is lr long)
    or "strong_wolfe". All parameters belong to one group.

    Source: Nocedal and Wright, Numerical optimization (2006), algorithms 7.4 and 7.5.

    >>> import microtorch as torch
    >>> w = torch.tensor([4.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(18., grad_fn=<SumBackward0>)
    >>> w
    tensor([1., 1.], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_not_negative(lr, "learning rate")
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups)\n"
                "Hint: its step is computed for all parameters together. Give one list of them."
            )

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Take up to max_iter steps; gives the loss before the first of them."""
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr, tolerance_change = group["lr"], group["tolerance_change"]
        max_iter, max_eval = group["max_iter"], group["max_eval"]
        state = self.state[group["params"][0]]  # PyTorch's place for it
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss = first_loss.item()
        grad = self.flat_gradient()
        evaluations = 1
        state["func_evals"] += 1

        def solved() -> bool:
            return bool(grad.abs().max() <= group["tolerance_grad"])

        if solved():
            return first_loss
        for iteration in range(1, max_iter + 1):
            state["n_iter"] += 1
            first = state["n_iter"] == 1
            if first:
                d = -grad
                state["al"] = [None] * group["history_size"]  # scratch space
                state.update(d=d, t=None, old_dirs=[], old_stps=[], ro=[], H_diag=1)
            else:
                remember(state, grad, group["history_size"])
                d = state["d"] = direction(state, grad)
            state["prev_flat_grad"], state["prev_loss"] = grad.clone(), loss

            t = min(1.0, 1.0 / grad.abs().sum()) * lr if first else lr
            slope = grad.dot(d)
            state["t"] = t
            if slope > -tolerance_change:
                break

            more = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                places = [p._data.copy() for p in group["params"]]
                best, more = strong_wolfe(
                    partial(self.look, closure, places, d),
                    Point(0, loss, grad, slope),
                    t,
                    d.abs().max(),
                    max_evaluations=max_eval - evaluations,
                )
                loss, grad, t = best.loss, best.grad, best.t
                state["t"] = t
                self.move(t, d)
            else:
                self.move(t, d)
                if iteration != max_iter:  # after the last step nobody asks for the loss
                    loss = float(closure())
                    grad = self.flat_gradient()
                    more = 1
            evaluations += more
            state["func_evals"] += more
            if evaluations >= max_eval or solved():
                break
            if (d * t).abs().max() <= tolerance_change:
                break
            if abs(loss - state["prev_loss"]) < tolerance_change:
                break
        return first_loss

    def flat_gradient(self) -> Tensor:
        """The gradients of all parameters in one row; 0 where there is none."""
        params = self.param_groups[0]["params"]
        return cat([(zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in params])

    def move(self, t: Any, d: Tensor) -> None:
        """Go t steps in direction d."""
        offset = 0
        for p in self.param_groups[0]["params"]:
            part = d[offset : offset + p.numel()].reshape(p.shape)
            add_(p, part._data, t)
            note_change(p)
            offset += p.numel()

    def look(self, closure: Callable[[], Any], places: list[Any], d: Tensor, t: Any) -> Point:
        """The loss t steps in direction d from here; then the parameters go back to their places."""
        self.move(t, d)
        loss = float(closure())
        grad = self.flat_gradient()
        for p, place in zip(self.param_groups[0]["params"], places, strict=True):
            copy_(p, place)
            note_change(p)
        return Point(t, loss, grad, grad.dot(d))


def remember(state: dict[str, Any], grad: Tensor, history_size: int) -> None:
    """Keep the last step s, and the change y of the gradient along it."""
    y = grad - state["prev_flat_grad"]
    s = state["d"] * state["t"]
    ys = y.dot(s)
    if ys > 1e-10:  # else the curvature is not positive, and the step says nothing of use
        if len(state["old_dirs"]) == history_size:
            for name in ("old_dirs", "old_stps", "ro"):
                state[name].pop(0)
        state["old_dirs"].append(y)
        state["old_stps"].append(s)
        state["ro"].append(1.0 / ys)
        state["H_diag"] = ys / y.dot(y)


def direction(state: dict[str, Any], grad: Tensor) -> Tensor:
    """Minus the gradient, times the inverse Hessian that the remembered steps suggest.

    The two-loop recursion: Nocedal and Wright, algorithm 7.4.
    """
    steps = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
    al = state["al"]
    q = -grad
    for i, (y, s, ro) in reversed(list(enumerate(steps))):
        al[i] = s.dot(q) * ro
        q = q - al[i] * y
    r: Tensor = q * state["H_diag"]
    for i, (y, s, ro) in enumerate(steps):
        r = r + (al[i] - y.dot(r) * ro) * s
    return r
