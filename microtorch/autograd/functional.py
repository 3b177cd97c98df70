"""Derivatives of functions: jacobian, hessian, and their products with a vector.

``func`` takes tensors and returns a tensor, or a tuple of them. With ``create_graph`` the results
can be differentiated again; with ``strict`` an output that does not depend on an input is an error
instead of a zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.gradient import grad
from microtorch.autograd.mode import enable_grad
from microtorch.autograd.node import Leaf

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(outputs, v times the Jacobian): what backward computes when v arrives from above.

    ``v`` has the shape of the outputs; a single number needs none.

    >>> import microtorch as torch
    >>> x = torch.tensor([1.0, 2.0])
    >>> torch.autograd.functional.vjp(lambda x: x**2, x, torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        given = Given("vjp", inputs, create_graph)
        outputs = given.call(func, strict)
        vector = upstream(v, outputs, "user-provided function returns", "Tensor")
        found = given.gradients(outputs, vector, create_graph, strict, "Output", "input")
    return given.pack_output(outputs, create_graph), given.pack(found, create_graph)


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(outputs, the Jacobian times v): how the outputs move if the inputs move along v.

    Worked out with two sweeps back: u -> u J is linear in u, and its gradient along v is J v.

    >>> import microtorch as torch
    >>> x = torch.tensor([1.0, 2.0])
    >>> torch.autograd.functional.jvp(lambda x: x**2, x, torch.tensor([1.0, 0.0]))
    (tensor([1., 4.]), tensor([2., 0.]))
    """
    with enable_grad():
        given = Given("jvp", inputs, create_graph)
        direction = upstream(v, given.inputs, "input to the user-provided function is", "Tensor")
        outputs = given.call(func, strict)
        dummy = [zeros(output).requires_grad_() for output in outputs]
        first = given.gradients(outputs, dummy, True, strict, "Output", "input")
        pairs = [(g, d) for g, d in zip(first, direction, strict=True) if g._node is not None]
        if pairs:
            found = grad(
                [g for g, _ in pairs],
                dummy,
                [d for _, d in pairs],
                create_graph=create_graph,
                allow_unused=True,
                materialize_grads=True,
            )
        else:
            found = tuple([zeros(output) for output in outputs])
    return given.pack_output(outputs, create_graph), given.pack_output(found, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All first derivatives: for output y and input x, an array of the shape y.shape + x.shape.

    A tuple of outputs gives a tuple, and so does a tuple of inputs, inside of it. One sweep back
    for each entry of the outputs; ``vectorize`` and ``strategy`` change nothing here.

    >>> import microtorch as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    with enable_grad():
        given = Given("jacobian", inputs, create_graph)
        outputs = given.call(func, strict)
        rows = []
        for number, output in enumerate(outputs):
            columns: list[list[Any]] = [[] for _ in given.inputs]
            for place in range(output.numel()):
                parts = given.row(output, place, create_graph, strict, number)
                for column, part in zip(columns, parts, strict=True):
                    column.append(part)
            rows.append(
                tuple(
                    stacked(column, output, x)
                    for column, x in zip(columns, given.inputs, strict=True)
                )
            )
    packed = [given.pack(row, create_graph) for row in rows]
    return tuple(packed) if given.many_outputs else packed[0]


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a function that returns a single number: the Jacobian of its
    gradient.

    >>> import microtorch as torch
    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    many = isinstance(inputs, tuple)
    Given("hessian", inputs, create_graph)  # what is wrong with the inputs is said of hessian

    def gradient(*arguments: Any) -> Any:
        found = jacobian(lambda *a: single_number(func(*a), "hessian"), arguments, True, strict)
        return found if many else found[0]

    return jacobian(gradient, inputs, create_graph, strict)


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(output, the Hessian times v), without ever making the Hessian.

    >>> import microtorch as torch
    >>> x = torch.tensor([1.0, 2.0])
    >>> torch.autograd.functional.hvp(lambda x: (x**3).sum(), x, torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        given = Given("hvp", inputs, create_graph)
        direction = upstream(v, given.inputs, "input to the user-provided function is", "Tensor")
        (output,) = given.call(lambda *a: single_number(func(*a), "hvp"), strict)
        first = given.gradients([output], None, True, strict, "Output", "input")
        found = given.gradients(first, direction, create_graph, strict, "Gradient", "input")
    return given.pack_output([output], create_graph), given.pack(found, create_graph)


def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(output, v times the Hessian): the same as :func:`hvp`, because a Hessian is symmetric."""
    return hvp(func, inputs, v, create_graph, strict)


class Given:
    """The inputs of one of these functions, and the forms in which its results go back."""

    def __init__(self, name: str, inputs: Any, create_graph: bool) -> None:
        self.name = name
        self.many = isinstance(inputs, tuple)
        self.many_outputs = False
        listed = tensors(inputs, f"inputs given to {name}", "the given inputs")
        # Fresh inputs: what else depends on the caller's tensors must not be followed.
        self.inputs = [
            x.view_as(x) if create_graph and x._node is not None else x.detach().requires_grad_()
            for x in listed
        ]

    def call(self, func: Callable[..., Any], strict: bool) -> list[Any]:
        outputs = func(*self.inputs)
        self.many_outputs = isinstance(outputs, tuple)
        what = f"outputs of the user-provided function given to {self.name}"
        listed = tensors(outputs, what, "the given outputs of the user-provided function")
        for number, output in enumerate(listed):
            if strict and output._node is None:
                raise RuntimeError(
                    f"Output {number} of the user-provided function does not require gradients. "
                    "The outputs must be computed in a differentiable manner from the input when "
                    "running in strict mode."
                )
        return listed

    def gradients(
        self, outputs: Any, v: Any, keep: bool, strict: bool, what: str, by: str
    ) -> list[Any]:
        """Gradients of the outputs for every input; zero where there is no dependence."""
        chosen = [k for k, output in enumerate(outputs) if output._node is not None]
        found: tuple[Any, ...] = (None,) * len(self.inputs)
        if chosen:
            found = grad(
                [outputs[k] for k in chosen],
                self.inputs,
                None if v is None else [v[k] for k in chosen],
                create_graph=keep,
                retain_graph=True,
                allow_unused=True,
            )
        if strict and any(g is None for g in found):
            number = next(k for k, g in enumerate(found) if g is None)
            raise RuntimeError(
                f"{what} of the user-provided function is independent of {by} {number}. This is "
                "not allowed in strict mode."
            )
        pairs = zip(found, self.inputs, strict=True)
        return [zeros(x) if g is None else g for g, x in pairs]

    def row(self, output: Any, place: int, keep: bool, strict: bool, number: int) -> list[Any]:
        """The derivatives of one entry of an output."""
        one = np.zeros(output._data.size, output._data.dtype)
        one[place] = 1
        v = [Leaf.wrap(one.reshape(output._data.shape)[()])]
        return self.gradients([output], v, keep, strict, f"Output {number}", "input")

    def pack(self, results: Any, keep: bool) -> Any:
        """One result for each input, in the form in which the inputs came."""
        done = tuple([x if keep else x.detach() for x in results])
        return done if self.many else done[0]

    def pack_output(self, results: Any, keep: bool) -> Any:
        """One result for each output, in the form in which func returned these."""
        done = tuple([x if keep else x.detach() for x in results])
        return done if self.many_outputs else done[0]


def tensors(x: Any, what: str, given: str) -> list[Any]:
    """A tensor or a tuple of tensors, as a list; TypeError for anything else."""
    listed = list(x) if isinstance(x, tuple) else [x]
    for number, each in enumerate(listed):
        if not hasattr(each, "_data"):
            if isinstance(x, tuple):
                raise TypeError(
                    f"The {what} must be either a Tensor or a tuple of Tensors but the value at "
                    f"index {number} has type {type(each)}."
                )
            raise TypeError(
                f"The {what} must be either a Tensor or a tuple of Tensors but {given} has type "
                f"{type(each)}."
            )
    return listed


def upstream(v: Any, targets: list[Any], who: str, what: str) -> list[Any]:
    """The vector as a list of tensors that fit the targets; 1 for a single number."""
    if v is None:
        if len(targets) != 1 or targets[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if the {who} a single {what} with a single element."
            )
        ones = np.ones(targets[0]._data.shape, targets[0]._data.dtype)
        return [Leaf.wrap(ones[()])]
    listed = tensors(v, "vector v", "the given v")
    if len(listed) != len(targets):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(targets)} but got {len(listed)}."
        )
    for number, (each, target) in enumerate(zip(listed, targets, strict=True)):
        if each._data.shape != target._data.shape:
            entry = f"Entry {number} in v" if len(listed) > 1 else "v"
            raise RuntimeError(
                f"{entry} has invalid size: should be {target.shape} but got {each.shape}."
            )
    return listed


def single_number(output: Any, name: str) -> Any:
    """The output, if it is one number."""
    if not hasattr(output, "_data"):
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if output.numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )
    return output.squeeze()


def stacked(rows: list[Any], output: Any, x: Any) -> Any:
    """Rows of derivatives as one array of the shape output.shape + x.shape."""
    shape = (*output._data.shape, *x._data.shape)
    if not rows:
        return Leaf.wrap(np.zeros(shape, x._data.dtype))
    return Leaf.record(ops.Stack, tuple(rows), (0,)).reshape(shape)


def zeros(x: Any) -> Any:
    return Leaf.wrap(np.zeros(x._data.shape, x._data.dtype)[()])
