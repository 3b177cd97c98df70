"""The optimizers of a landscape: what makes them, and the path that each of them goes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from microtorch.optim import SGD, Adam, Optimizer, RMSprop
from microtorch.tensor import Tensor
from microtorch.widgets.functions import Function, number, silence

Make = Callable[[list[Tensor]], Optimizer]
Run = dict[str, Any]


def descend(
    function: Function, name: str, make: Make, start: Mapping[str, float], steps: int
) -> Run:
    """The path of one optimizer: its points, and in words why it ended early.

    Raises TypeError if ``make`` does not make an optimizer.
    """
    leaves = function.leaves(start)
    parameters = [leaves[name] for name in function.sliders]
    try:
        optimizer = make(parameters)
    except Exception as problem:
        problem.add_note(f"This was the optimizer {name!r}, made of the list of both parameters.")
        raise
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(
            f"The optimizer {name!r} must have a method step(), as those of torch.optim have, but "
            f"it is {optimizer!r}. Write {name!r}: lambda params: torch.optim.SGD(params, lr=0.1)."
        )
    asks = calls_the_function(optimizer)

    def closure() -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        loss = function.result(leaves)
        number(loss, function)
        loss.backward()
        return loss  # type: ignore[no-any-return]

    points: list[list[float | None]] = []
    end = ""
    with silence():
        for _ in range(steps):
            place = [p.item() for p in parameters]
            try:
                loss = number(optimizer.step(closure) if asks else closure(), function)
                if not asks:
                    optimizer.step()
            except Exception as problem:  # noqa: BLE001 (the path ends here, and says why)
                points.append([*place, None])
                return {"points": points, "end": f"{type(problem).__name__}: {problem}"}
            if not math.isfinite(loss) or not all(math.isfinite(p.item()) for p in parameters):
                points.append([*place, loss if math.isfinite(loss) else None])
                return {"points": points, "end": "numbers are no longer finite"}
            points.append([*place, loss])
        place = [p.item() for p in parameters]
        last = function.loss(dict(zip(function.sliders, place, strict=True)))
        points.append([*place, last if math.isfinite(last) else None])
    return {"points": points, "end": end}


def calls_the_function(optimizer: Any) -> bool:
    """Whether a step needs the function itself, as L-BFGS does; others find the gradients ready."""
    parameters = inspect.signature(optimizer.step).parameters.values()
    return any(
        p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters
    )


def makers(optimizers: Any, lr: float) -> dict[str, Make]:
    """Names, and functions that make an optimizer of a list of parameters."""
    if optimizers is None:
        optimizers = {
            "SGD": SGD,
            "SGD with momentum": partial(SGD, momentum=0.9),
            "RMSprop": RMSprop,
            "Adam": Adam,
        }
    if not isinstance(optimizers, Mapping):
        is_one = isinstance(optimizers, str) or not isinstance(optimizers, Iterable)
        several = [optimizers] if is_one else optimizers
        optimizers = named(list(several))
    if not optimizers:
        raise ValueError(
            "optimizers is empty. Leave it out to see SGD, momentum, RMSprop and Adam."
        )
    return {str(name): maker(str(name), each, lr) for name, each in optimizers.items()}


def named(optimizers: list[Any]) -> dict[str, Any]:
    """Optimizers by the names of their classes."""
    names = [
        each if isinstance(each, str) else getattr(each, "__name__", type(each).__name__)
        for each in optimizers
    ]
    if len(set(names)) < len(names) or "<lambda>" in names or "partial" in names:
        raise ValueError(
            'Give these optimizers names: optimizers={"slow": lambda params: '
            "torch.optim.SGD(params, lr=0.01), ...}."
        )
    return dict(zip(names, optimizers, strict=True))


def maker(name: str, each: Any, lr: float) -> Make:
    """A function that makes an optimizer; classes get the common learning rate."""
    if isinstance(each, Optimizer):
        raise TypeError(
            f"The optimizer {name!r} has parameters of its own already. Give the class, or a "
            f"function that makes one: lambda params: torch.optim.{type(each).__name__}(params, ...)."
        )
    if not callable(each):
        raise TypeError(
            f"The optimizer {name!r} must be a class of torch.optim or a function that makes "
            f"one, not {each!r}."
        )
    of_class = isinstance(each, type) or (isinstance(each, partial) and "lr" not in each.keywords)
    return partial(each, lr=lr) if of_class and takes_a_rate(each) else each


def takes_a_rate(each: Any) -> bool:
    """Whether a class has a learning rate; one of a learner's own may set its rates by itself."""
    parameters = inspect.signature(each).parameters
    return "lr" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
