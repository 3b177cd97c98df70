"""Is a gradient right? Nudge every input a little and compare with what the outputs do."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.autograd.gradient import grad, listed
from microtorch.autograd.node import Leaf

Array = np.ndarray[Any, Any]


class GradcheckError(RuntimeError):
    """Nudging and backward disagree."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """Whether backward gives the slopes that (f(x + eps) - f(x - eps)) / 2 eps gives.

    ``inputs``: one float64 tensor or several; those that require a gradient are checked. PyTorch's
    further options (fast_mode, ...) are accepted and change nothing. Raises GradcheckError (or
    returns False) where the two disagree, and shows both matrices of slopes.

    >>> import microtorch as torch
    >>> x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.tanh, x)
    True
    """
    tensors = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    checked = [(k, x) for k, x in enumerate(tensors) if getattr(x, "_node", None) is not None]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them "
            "have requires_grad=True."
        )
    for number, x in checked:
        if x._data.dtype != np.float64:
            warnings.warn(
                f"Input #{number} requires gradient and is not a double precision floating point "
                "or complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex. ",
                stacklevel=2,
            )
    outputs = [y for y in listed(func(*tensors)) if y._data.dtype.kind == "f"]
    numerical = {k: nudged(func, tensors, x, eps) for k, x in checked}
    for i, output in enumerate(outputs):
        analytical = slopes(output, [x for _, x in checked])
        for (k, _), found in zip(checked, analytical, strict=True):
            expected = numerical[k][i]
            if not np.allclose(found, expected, rtol, atol, equal_nan=True):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {i} with respect to input {k},\n"
                    f"numerical:{Leaf.wrap(expected)}\nanalytical:{Leaf.wrap(found)}\n"
                )
    return True


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, **options: Any
) -> bool:
    """:func:`gradcheck` of the gradient itself: is the second derivative right?

    ``grad_outputs`` are the upstream gradients; random ones if there are none.

    >>> import microtorch as torch
    >>> x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(torch.tanh, x)
    True
    """
    tensors = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    outputs = [y for y in listed(func(*tensors)) if y._node is not None]
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = [
            Leaf.wrap(np.asarray(rng.uniform(-1, 1, y._data.shape), y._data.dtype)[()])
            for y in outputs
        ]
    upstream = [g.detach().clone().requires_grad_() for g in listed(grad_outputs)]
    count = len(upstream)

    def gradient(*arguments: Any) -> Any:
        found = [y for y in listed(func(*arguments[:-count])) if y._node is not None]
        wanted = [x for x in arguments[:-count] if getattr(x, "_node", None) is not None]
        gs = grad(found, wanted, arguments[-count:], create_graph=True, allow_unused=True)
        return tuple([g for g in gs if g is not None])

    return gradcheck(gradient, (*tensors, *upstream), **options)


def nudged(func: Callable[..., Any], tensors: tuple[Any, ...], x: Any, eps: float) -> list[Array]:
    """d output / d x for every output by central differences, as (x entries, output entries)."""
    original = x._data
    columns: list[list[Array]] = []
    try:
        for place in np.ndindex(original.shape):
            ends = []
            for sign in (1, -1):
                moved = np.array(original)
                moved[place] += sign * eps
                x._data = moved[()]
                outputs = [y._data for y in listed(func(*tensors)) if y._data.dtype.kind == "f"]
                ends.append([np.array(y, copy=True).reshape(-1) for y in outputs])
            columns.append([(up - down) / (2 * eps) for up, down in zip(*ends, strict=True)])
    finally:
        x._data = original
    if not columns:
        return [np.zeros((0, y.numel())) for y in listed(func(*tensors))]
    return [np.stack(column) for column in zip(*columns, strict=True)]


def slopes(output: Any, inputs: list[Any]) -> list[Array]:
    """d output / d input for every input by backward, as (input entries, output entries)."""
    size = output.numel()
    found = [np.zeros((x.numel(), size), x._data.dtype) for x in inputs]
    if output._node is None:
        return found
    for place in range(size):
        one = np.zeros(size, output._data.dtype)
        one[place] = 1
        seed = Leaf.wrap(one.reshape(output._data.shape)[()])
        rows = grad(output, inputs, seed, retain_graph=True, allow_unused=True)
        for matrix, row in zip(found, rows, strict=True):
            if row is not None:
                matrix[:, place] = row._data.reshape(-1)
    return found
