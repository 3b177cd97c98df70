"""What is compared with PyTorch. The generator and the tests both run this very code.

Every entry takes the library as its first argument, so that it runs with PyTorch when golden
values are made, and with microtorch when they are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

OPS: dict[str, Callable[..., Any]] = {
    # two tensors, entry by entry
    "add": lambda torch, a, b: a + b,
    "sub": lambda torch, a, b: a - b,
    "mul": lambda torch, a, b: a * b,
    "div": lambda torch, a, b: a / b,
    "tensor to the tensor": lambda torch, a, b: a**b,
    "maximum": lambda torch, a, b: torch.maximum(a, b),
    "minimum": lambda torch, a, b: torch.minimum(a, b),
    "where": lambda torch, a, b: torch.where(a > b, a, 2 * b),
    # a tensor and a plain number
    "add number": lambda torch, x: x + 2,
    "number add": lambda torch, x: 0.5 + x,
    "sub number": lambda torch, x: x - 2,
    "number sub": lambda torch, x: 1 - x,
    "mul number": lambda torch, x: x * 3,
    "number mul": lambda torch, x: 0.5 * x,
    "div number": lambda torch, x: x / 4,
    "number div": lambda torch, x: 1 / x,
    "pow 2": lambda torch, x: x**2,
    "pow 3": lambda torch, x: x**3,
    "pow 0.5": lambda torch, x: x**0.5,
    "pow -1": lambda torch, x: x**-1,
    "pow 0": lambda torch, x: x**0,
    "pow 1": lambda torch, x: x**1,
    "number to the tensor": lambda torch, x: 2**x,
    # functions of one number
    "neg": lambda torch, x: -x,
    "exp": lambda torch, x: torch.exp(x),
    "log": lambda torch, x: torch.log(x),
    "sqrt": lambda torch, x: torch.sqrt(x),
    "tanh": lambda torch, x: torch.tanh(x),
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "relu": lambda torch, x: torch.relu(x),
    "sin": lambda torch, x: torch.sin(x),
    "cos": lambda torch, x: torch.cos(x),
    "abs": lambda torch, x: torch.abs(x),
    # the same functions as methods
    "x.exp": lambda torch, x: x.exp(),
    "x.log": lambda torch, x: x.log(),
    "x.sqrt": lambda torch, x: x.sqrt(),
    "x.tanh": lambda torch, x: x.tanh(),
    "x.sigmoid": lambda torch, x: x.sigmoid(),
    "x.relu": lambda torch, x: x.relu(),
    "x.sin": lambda torch, x: x.sin(),
    "x.cos": lambda torch, x: x.cos(),
    "x.abs": lambda torch, x: abs(x),
    # reductions
    "sum": lambda torch, x: x.sum(),
    "sum 0": lambda torch, x: x.sum(0),
    "sum 1": lambda torch, x: x.sum(dim=1),
    "sum -1 kept": lambda torch, x: x.sum(dim=-1, keepdim=True),
    "sum 0 and 1": lambda torch, x: x.sum(dim=(0, 1)),
    "torch.sum": lambda torch, x: torch.sum(x),
    "mean": lambda torch, x: x.mean(),
    "mean 0": lambda torch, x: x.mean(0),
    "mean 1": lambda torch, x: x.mean(dim=1),
    "mean -1 kept": lambda torch, x: x.mean(dim=-1, keepdim=True),
    "mean 0 and 1": lambda torch, x: x.mean(dim=(0, 1)),
    "torch.mean": lambda torch, x: torch.mean(x),
    # products
    "@": lambda torch, a, b: a @ b,
    "dot": lambda torch, a, b: torch.dot(a, b),
    "mv": lambda torch, a, b: torch.mv(a, b),
    "mm": lambda torch, a, b: torch.mm(a, b),
    "matmul": lambda torch, a, b: torch.matmul(a, b),
    # shape
    "reshape -1": lambda torch, x: x.reshape(-1),
    "reshape 3 2": lambda torch, x: x.reshape(3, 2),
    "reshape tuple": lambda torch, x: x.reshape((2, 1, -1)),
    "reshape to a scalar": lambda torch, x: x.reshape(()),
    "transposed reshape": lambda torch, x: (x.T * 1).reshape(-1),
    "transpose": lambda torch, x: x.transpose(0, 1),
    "transpose from the end": lambda torch, x: x.transpose(-1, -3),
    ".T": lambda torch, x: x.T,
    "permute": lambda torch, x: x.permute(2, 0, 1),
    "expand": lambda torch, x: x.expand(2, 3),
    "broadcast": lambda torch, x: x + torch.zeros(2, 3),
    "stack": lambda torch, a, b: torch.stack([a, b]),
    "stack 1": lambda torch, a, b: torch.stack([a, b], dim=1),
    "cat": lambda torch, a, b: torch.cat([a, b]),
    "cat 1": lambda torch, a, b: torch.cat([a, b], dim=1),
    # entries
    "[0]": lambda torch, x: x[0],
    "[-1]": lambda torch, x: x[-1],
    "[0, 1]": lambda torch, x: x[0, 1],
    "[1:]": lambda torch, x: x[1:],
    "[::2]": lambda torch, x: x[::2],
    "[:, 1:]": lambda torch, x: x[:, 1:],
    "[:, 1]": lambda torch, x: x[:, 1],
    "[..., 0]": lambda torch, x: x[..., 0],
    "[..., :2]": lambda torch, x: x[..., :2],
    "[None]": lambda torch, x: x[None],
    "[:, None]": lambda torch, x: x[:, None],
    "list": lambda torch, x: x[[0, 1]],
    "list with a repeat": lambda torch, x: x[[1, 0, 1, 1]],
    "[:, list]": lambda torch, x: x[:, [2, 0]],
    "two lists": lambda torch, x: x[[0, 1, 1], [2, 0, 0]],
    "tensor of integers": lambda torch, x: x[torch.tensor([1, 1])],
    "mask": lambda torch, x: x[x > 0],
    "mask of nothing": lambda torch, x: x[x > 100],
    # values used more than once, and steps that follow one another
    "x + x": lambda torch, x: x + x,
    "x x x": lambda torch, x: x * x * x,
    "diamond": lambda torch, x: torch.tanh(x) * torch.sin(x) + x,
    "regression": lambda torch, w, x, y: (w @ x - y) ** 2,
    "neuron": lambda torch, w, x, b: torch.sigmoid(w @ x + b),
    "softmax": lambda torch, x: x.exp() / x.exp().sum(-1, keepdim=True),
    "layer": lambda torch, x, w, b: torch.relu(x @ w.T + b),
}

# Tensors whose entries do not lie side by side in memory: NumPy and PyTorch take the same views.
VIEWS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda x: x,
    "transposed": lambda x: x.mT,
    "every second": lambda x: x[::2],
    "column": lambda x: x[:, 1],
}


class Outcome(NamedTuple):
    """What an op gave."""

    value: Any
    printed: str
    grad_fn: str
    gradients: list[Any]


def run_forward_and_backward(
    torch: Any, name: str, inputs: Sequence[Array], weights: Array
) -> Outcome:
    """Run an op on leaves and send the gradient of (weights x result).sum() back."""
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    result = OPS[name](torch, *leaves)
    (result * torch.tensor(weights)).sum().backward()
    gradients = [leaf.grad for leaf in leaves]
    return Outcome(result, repr(result), result.grad_fn.name(), gradients)


def run_second_order(
    torch: Any, name: str, inputs: Sequence[Array], weights: Array, directions: Sequence[Array]
) -> list[Any]:
    """Return the gradient of (directions x first gradients).sum(); None stands for zeros."""
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    result = OPS[name](torch, *leaves)
    loss = (result * torch.tensor(weights)).sum()
    gradients = torch.autograd.grad(loss, leaves, create_graph=True)
    pairs = zip(gradients, directions, strict=True)
    slope = sum((gradient * torch.tensor(d)).sum() for gradient, d in pairs)
    if not slope.requires_grad:  # the gradient is the same everywhere
        return [None for _ in leaves]
    return list(torch.autograd.grad(slope, leaves, allow_unused=True))


def write_numbers(array: Array) -> str:
    """Return the entries as text, with as few digits as bring back the very same numbers."""
    kept = array.astype(int) if array.dtype == bool else array
    return " ".join(str(number) for number in kept.ravel())


def read_numbers(text: str, shape: Sequence[int], dtype: str = "float32") -> Array:
    """Return the array that `write_numbers` wrote; fewer numbers than entries are repeated."""
    read = float if dtype.startswith("float") else int
    numbers = np.array([read(number) for number in text.split()], dtype=dtype)
    return np.resize(numbers, tuple(shape))
