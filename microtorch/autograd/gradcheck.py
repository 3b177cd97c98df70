"""Is a gradient right? Nudge every input a little and compare with what the output does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microtorch.autograd.gradient import grad
from microtorch.autograd.node import Leaf


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether backward gives the slopes that (f(x + eps) - f(x - eps)) / 2 eps gives.

    ``inputs``: one float64 tensor or several; those that require a gradient are checked.
    Raises RuntimeError (or returns False) where the two disagree, and says for which input.

    >>> import microtorch as torch
    >>> x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.tanh, x)
    True
    """
    tensors = tuple(inputs) if isinstance(inputs, Sequence) else (inputs,)
    for number, tensor in enumerate(tensors):
        if tensor.requires_grad and tensor._data.dtype != np.float64:
            raise ValueError(f"gradcheck: input {number} is {tensor.dtype}; it must be float64")
    output = func(*tensors)
    rng = np.random.default_rng(0)
    weights = Leaf.wrap(np.asarray(rng.uniform(0.5, 1.5, output._data.shape))[()])
    checked = [(number, t) for number, t in enumerate(tensors) if t.requires_grad]
    analytic = grad((output * weights).sum(), [t for _, t in checked], allow_unused=True)
    for (number, tensor), found in zip(checked, analytic, strict=True):
        expected = numeric(func, tensors, tensor, weights._data, eps)
        got = np.zeros_like(expected) if found is None else np.asarray(found.detach())
        if not np.allclose(got, expected, rtol, atol, equal_nan=True):
            if raise_exception:
                raise RuntimeError(
                    f"gradcheck: backward and nudging disagree for input {number}\n"
                    f"nudging: {expected.tolist()}\nbackward: {got.tolist()}"
                )
            return False
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, **options: Any) -> bool:
    """:func:`gradcheck` of the gradient itself: is the second derivative right?

    >>> import microtorch as torch
    >>> x = torch.tensor([0.5, -2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(torch.tanh, x)
    True
    """
    tensors = tuple(inputs) if isinstance(inputs, Sequence) else (inputs,)

    def gradient(*arguments: Any) -> Any:
        checked = [t for t in arguments if t.requires_grad]
        # squared, so that the upstream gradient depends on the inputs too
        loss = (func(*arguments) ** 2).sum()
        slopes = grad(loss, checked, create_graph=True)
        total = (slopes[0] ** 2).sum()
        for slope in slopes[1:]:
            total = total + (slope**2).sum()
        return total

    return gradcheck(gradient, tensors, **options)


def numeric(
    func: Callable[..., Any], tensors: Sequence[Any], tensor: Any, weights: Any, eps: float
) -> np.ndarray[Any, Any]:
    """d sum(weights x f) / d tensor by central differences; the tensor is left as it was."""
    original = tensor._data
    slopes = np.zeros(original.shape)
    try:
        for place in np.ndindex(original.shape):
            ends = []
            for sign in (1, -1):
                nudged = np.array(original)
                nudged[place] += sign * eps
                tensor._data = nudged[()]
                ends.append(float(np.sum(func(*tensors)._data * weights)))
            slopes[place] = (ends[0] - ends[1]) / (2 * eps)
    finally:
        tensor._data = original
    return slopes
