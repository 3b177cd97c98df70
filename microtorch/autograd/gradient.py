"""Gradients as a call: ``backward`` adds them to ``.grad``, ``grad`` returns them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from microtorch.autograd.engine import sweep
from microtorch.autograd.node import Leaf
from microtorch.ops.joining import Stack


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add d (sum of tensors) / d leaf to the ``.grad`` of every leaf that they were made of.

    ``grad_tensors`` are the upstream gradients, one for each tensor and with its shape; single
    numbers need none. With ``inputs``, only their ``.grad`` is added to.

    >>> import microtorch as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.backward([w.sum(), (w * w).sum()])
    >>> w.grad
    tensor([3., 5.])
    """
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the "
            "parameter and its gradient which can cause a memory leak. We recommend using "
            "autograd.grad when creating the graph to avoid this. If you have to use this "
            "function, make sure to reset the .grad fields of your parameters to None after use "
            "to break the cycle and avoid the leak.",
            stacklevel=3,
        )
    keep = create_graph if retain_graph is None else retain_graph
    if grad_variables is not None:  # the old name
        grad_tensors = grad_variables
    if grad_tensors is None and inputs is None and is_loss(tensors) and not create_graph:
        data = tensors._data  # a training step: the short way
        sweep((tensors._node,), (data.dtype.type(1),), retain_graph=keep)
        return
    roots, seeds = upstream(tensors, grad_tensors)
    gradients = seeds if create_graph else [seed._data for seed in seeds]
    if inputs is None:
        sweep(roots, gradients, retain_graph=keep, create_graph=create_graph)
        return
    chosen = listed(inputs)
    if not chosen:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    targets = {tensor._node for tensor in chosen}
    found = sweep(roots, gradients, retain_graph=keep, create_graph=create_graph, targets=targets)
    for target, g in found.items():
        if isinstance(target, Leaf):
            target.accumulate(g if create_graph else np.array(g)[()])


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """d (sum of outputs) / d input for every input, as a tuple of tensors; no ``.grad`` changes.

    With ``create_graph`` the gradients are part of a graph themselves and can be differentiated.
    Raises RuntimeError if an input plays no part in the outputs, unless ``allow_unused`` (then its
    gradient is None) or ``materialize_grads`` (then it is zero).

    >>> import microtorch as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (slope,) = torch.autograd.grad(x**3, x, create_graph=True)
    >>> slope
    tensor(27., grad_fn=<MulBackward0>)
    >>> torch.autograd.grad(slope, x)
    (tensor(18.),)
    """
    if is_grads_batched:
        rows = list(zip(*listed(grad_outputs), strict=True))
        kept = bool(retain_graph) or create_graph
        each = [
            grad(
                outputs, inputs, row, kept or row is not rows[-1], create_graph, True, allow_unused
            )
            for row in rows
        ]
        return tuple(
            [None if g[0] is None else Leaf.record(Stack, g, (0,)) for g in zip(*each, strict=True)]
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    wanted = listed(inputs)
    roots, seeds = upstream(outputs, grad_outputs)
    for number, tensor in enumerate(wanted):
        if tensor._node is None:
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad\n"
                f"Hint: input {number} was made without requires_grad=True."
            )
    found = sweep(
        roots,
        seeds if create_graph else [seed._data for seed in seeds],
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets={tensor._node for tensor in wanted},
    )
    gradients = []
    for number, tensor in enumerate(wanted):
        g = found.get(tensor._node)
        if g is None and materialize_grads:
            g = np.zeros(tensor._data.shape, tensor._data.dtype)[()]
            g = Leaf.wrap(g) if create_graph else g
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {number} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior.\n"
                "Hint: changing it would not change the output."
            )
        gradients.append(g if g is None or create_graph else Leaf.wrap(np.array(g)[()]))
    return tuple(gradients)


def upstream(tensors: Any, gradients: Any) -> tuple[list[Any], list[Any]]:
    """The nodes that a sweep starts from, and the gradients that it starts with, as Tensors."""
    outputs = listed(tensors)
    given = [None] * len(outputs) if gradients is None else listed(gradients)
    if len(given) != len(outputs):
        raise RuntimeError(
            f"got {len(outputs)} tensors and {len(given)} gradients\n"
            "Hint: give one upstream gradient for each tensor, or None for single numbers."
        )
    seeds = [seed(k, *pair) for k, pair in enumerate(zip(outputs, given, strict=True))]
    return [output._node for output in outputs], seeds


def seed(number: int, output: Any, gradient: Any) -> Any:
    """The upstream gradient of one output: the one given, or 1 for a single number."""
    data = output._data
    if gradient is not None and not hasattr(gradient, "_data"):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient is not None and gradient._data.shape != output._data.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{number}] has a shape of {gradient.shape} and "
            f"output[{number}] has a shape of {output.shape}."
        )
    if output._node is None:
        raise RuntimeError(
            f"element {number} of tensors does not require grad and does not have a grad_fn\n"
            "Hint: nothing that this value was computed from asked for a gradient. Make the "
            "parameters with requires_grad=True, and compute outside of no_grad()."
        )
    if gradient is None:
        if data.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs\n"
                f"Hint: this tensor has shape {tuple(data.shape)}. Make one number of it "
                "first, for example with .sum() or .mean(), or pass the upstream gradient: "
                "backward(gradient=...)."
            )
        return Leaf.wrap(np.ones(data.shape, data.dtype)[()])
    return gradient._cast(data.dtype)


def is_loss(tensor: Any) -> bool:
    """Whether it is one recorded number."""
    return getattr(tensor, "_node", None) is not None and not tensor._data.shape


def listed(tensors: Any) -> list[Any]:
    """One tensor or several, as a list."""
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]
