"""Gradients as return values: ``grad(loss, [w])`` changes no ``.grad``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch.autograd.engine import sweep
from microtorch.autograd.node import Leaf


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """d output / d input for every input, as a tuple of tensors with the inputs' shapes.

    With ``create_graph`` the gradients are part of a graph themselves and can be differentiated.
    Raises RuntimeError if an input plays no part in the output, unless ``allow_unused``.

    >>> import microtorch as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (slope,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> slope
    tensor(27., grad_fn=<MulBackward0>)
    >>> torch.autograd.grad(slope, x)
    (tensor(18.),)
    """
    output = only(outputs, "outputs")
    wanted = list(inputs) if isinstance(inputs, Sequence) else [inputs]
    seed = output._seed(None if grad_outputs is None else only(grad_outputs, "grad_outputs"))
    for number, tensor in enumerate(wanted):
        if tensor._node is None:
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad\n"
                f"Hint: input {number} was made without requires_grad=True."
            )
    found = sweep(
        output._node,
        seed if create_graph else seed._data,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets={tensor._node for tensor in wanted},
    )
    gradients = []
    for number, tensor in enumerate(wanted):
        g = found.get(tensor._node)
        if g is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior.\n"
                f"Hint: changing input {number} would not change the output."
            )
        gradients.append(g if g is None or create_graph else Leaf.wrap(np.array(g)[()]))
    return tuple(gradients)


def only(values: Any, name: str) -> Any:
    """The single tensor in ``values``; several are summed by the caller first."""
    if isinstance(values, Sequence):
        if len(values) != 1:
            raise NotImplementedError(
                f"autograd.grad takes one tensor as {name}; add several up first: (a + b).sum()"
            )
        return values[0]
    return values
