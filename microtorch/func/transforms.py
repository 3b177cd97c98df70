"""Derivatives as functions: ``grad(f)`` is the function that computes the gradient of f.

Every call works on fresh copies of its arguments. They keep their place in an outer graph, so
transforms can be nested to any depth; results belong to no graph that the caller did not make.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Self

import numpy as np

from microtorch import autograd
from microtorch.autograd.engine import newest_first
from microtorch.autograd.mode import enable_grad, is_grad_enabled
from microtorch.autograd.node import Leaf
from microtorch.func.trees import Rebuild, flatten, map_tensors
from microtorch.tensor import Tensor
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.joining import stack

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp"]

ArgNums = int | tuple[int, ...]
Function = Callable[..., Any]


def grad(func: Function, argnums: ArgNums = 0, has_aux: bool = False) -> Function:
    """The function that computes the gradient of ``func`` by its argument number ``argnums``.

    ``func`` returns a single number, or with ``has_aux`` (a single number, anything else). The
    argument may be a tuple, list or dict of tensors; then so is the gradient.

    >>> import microtorch as torch
    >>> torch.func.grad(lambda w, x: (w * x).sum())(torch.ones(2), torch.tensor([3.0, 4.0]))
    tensor([3., 4.])
    """

    @wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found[0], found[1][1]) if has_aux else found[0]

    return gradient


def grad_and_value(func: Function, argnums: ArgNums = 0, has_aux: bool = False) -> Function:
    """The function that computes (gradient, value); with ``has_aux`` (gradient, (value, aux)).

    >>> import microtorch as torch
    >>> torch.func.grad_and_value(lambda x: x**2)(torch.tensor(3.0))
    (tensor(6.), tensor(9.))
    """

    @wraps(func)
    def both(*args: Any, **kwargs: Any) -> Any:
        with Level() as level:
            inputs, output, aux = level.call(func, args, argnums, has_aux, kwargs, "grad_and_value")
            check_number(output)
            gradients = level.gradients([output], inputs, None)
            found = level.free(level.rebuild(gradients)), level.free(output), level.free(aux)
        return (found[0], (found[1], found[2])) if has_aux else found[:2]

    return both


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """(output, vjp_fn): vjp_fn(v) is v times the Jacobian, a tuple with one entry per primal.

    >>> import microtorch as torch
    >>> y, vjp_fn = torch.func.vjp(torch.sin, torch.zeros(2))
    >>> vjp_fn(torch.tensor([1.0, 2.0]))
    (tensor([1., 2.]),)
    """
    level = Level()
    with level:
        numbers = tuple(range(len(primals)))
        inputs, output, aux = level.call(func, primals, numbers, has_aux, {}, "vjp")
        outputs, _ = tensors_only(output, "vjp(f, *primals)")

    def vjp_fn(*cotangents: Any, **options: Any) -> Any:
        given: Any = cotangents[0] if len(cotangents) == 1 else cotangents
        vs, _ = flatten(given)
        check_cotangents(outputs, vs)
        with level:
            return level.free(level.rebuild(level.gradients(outputs, inputs, vs)))

    result = level.free(output), vjp_fn
    return (*result, level.free(aux)) if has_aux else result


def jvp(
    func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """(output, the Jacobian times the tangents): how the output moves with the primals.

    >>> import microtorch as torch
    >>> torch.func.jvp(torch.sin, (torch.zeros(2),), (torch.tensor([1.0, 2.0]),))
    (tensor([0., 0.]), tensor([1., 2.]))
    """
    for given, name in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, tuple):
            raise RuntimeError(  # noqa: TRY004
                f"jvp(f, primals, tangents): Expected {name} to be a tuple. E.g. it should be "
                f"valid to call f(*{name}).\nHint: write ({name},), with a comma."
            )
    directions, _ = flatten(tangents)
    with Level() as level:
        numbers = tuple(range(len(primals)))
        inputs, output, aux = level.call(func, primals, numbers, has_aux, {}, "jvp")
        if [x.shape for x in inputs] != [v.shape for v in directions]:
            raise RuntimeError(
                "jvp(f, primals, tangents): Expected primals and tangents to have the same "
                f"shapes, got {[tuple(x.shape) for x in inputs]} and "
                f"{[tuple(v.shape) for v in directions]}\nHint: one direction for each primal."
            )
        outputs, put_back = tensors_only(output, "jvp(f, primals, tangents)")
        moved = put_back(level.along(outputs, inputs, directions))
        result = level.free(output), level.free(moved), level.free(aux)
    return result if has_aux else result[:2]


def jacrev(
    func: Function,
    argnums: ArgNums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """The function that computes the Jacobian of ``func``, one sweep back for each output entry.

    For an output y and an argument x its shape is y.shape + x.shape. ``chunk_size`` changes
    nothing here.

    >>> import microtorch as torch
    >>> torch.func.jacrev(torch.sin)(torch.zeros(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")
    return jacobian_of(func, argnums, has_aux, "jacrev", Level.rows)


def jacfwd(
    func: Function,
    argnums: ArgNums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Function:
    """The same Jacobian as :func:`jacrev`, one direction for each entry of the argument."""
    return jacobian_of(func, argnums, has_aux, "jacfwd", Level.columns)


def hessian(func: Function, argnums: ArgNums = 0) -> Function:
    """The function that computes all second derivatives: jacfwd(jacrev(func)).

    >>> import microtorch as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def jacobian_of(
    func: Function,
    argnums: ArgNums,
    has_aux: bool,
    name: str,
    entries: Callable[[Level, Tensor, list[Tensor]], list[Tensor]],
) -> Function:
    """A function for the Jacobian, whose entries are worked out by ``entries``."""

    @wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        with Level() as level:
            inputs, output, aux = level.call(func, args, argnums, has_aux, kwargs, name)
            outputs, rebuild = tensors_only(output, name)
            found = [level.rebuild(entries(level, y, inputs)) for y in outputs]
            result = level.free(rebuild(found)), level.free(aux)
        return result if has_aux else result[0]

    return jacobian


class Level:
    """One transform at work: its fresh inputs, and what it must not leave behind."""

    def __init__(self) -> None:
        self.leaves: set[Any] = set()
        self.recording = is_grad_enabled()
        self.mode: Any = None
        self.rebuild: Rebuild = tuple

    def __enter__(self) -> Self:
        self.mode = enable_grad()
        self.mode.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.mode.__exit__(*error)

    def call(
        self,
        func: Function,
        args: tuple[Any, ...],
        argnums: ArgNums,
        has_aux: bool,
        kwargs: dict[str, Any],
        name: str,
    ) -> tuple[list[Tensor], Any, Any]:
        """(fresh inputs, output, aux) of a call by fresh inputs in the places ``argnums``."""
        chosen = places(argnums, len(args))
        tree = args[chosen] if isinstance(chosen, int) else tuple(args[k] for k in chosen)
        leaves, self.rebuild = flatten(tree)
        inputs = [self.fresh(x) for x in leaves]
        new = self.rebuild(inputs)
        numbers, parts = ((chosen,), (new,)) if isinstance(chosen, int) else (chosen, new)
        given = list(args)
        for k, part in zip(numbers, parts, strict=True):
            given[k] = part
        output = func(*given, **kwargs)
        if not has_aux:
            return inputs, output, None
        if not (isinstance(output, tuple) and len(output) == 2):
            raise RuntimeError(
                f"{name}(f)(*args): output of function f should be a tuple: (output, aux) if "
                "has_aux is True\nHint: return two things, for example `return loss, prediction`."
            )
        return inputs, *output

    def fresh(self, x: Any) -> Tensor:
        """A tensor of its own for this call, which still depends on x for those outside."""
        if not isinstance(x, Tensor):
            raise ValueError(  # noqa: TRY004
                f"Thing passed to transform API must be Tensor, got {type(x)}\n"
                "Hint: say by argnums which arguments are the tensors."
            )
        if x._node is not None:
            return x.view_as(x)
        new = x.detach().requires_grad_()
        self.leaves.add(new._node)
        return new

    def gradients(self, outputs: list[Tensor], inputs: list[Tensor], vs: Any) -> list[Tensor]:
        """Gradients for the inputs, as parts of the graph; zero where nothing depends on one."""
        pairs = [
            (y, None if vs is None else vs[k]) for k, y in enumerate(outputs) if y._node is not None
        ]
        if not pairs:
            return [zeros_like(x) for x in inputs]
        found = autograd.grad(
            [y for y, _ in pairs],
            inputs,
            None if vs is None else [v for _, v in pairs],
            create_graph=True,
            allow_unused=True,
        )
        return [zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]

    def along(
        self, outputs: list[Tensor], inputs: list[Tensor], directions: list[Tensor]
    ) -> list[Tensor]:
        """J v, worked out with two sweeps back: u -> u J is linear in u."""
        return [self.along_one(y, inputs, directions) for y in outputs]

    def along_one(self, y: Tensor, inputs: list[Tensor], directions: list[Tensor]) -> Tensor:
        u = self.fresh(zeros_like(y))
        first = self.gradients([y], inputs, [u])
        (moved,) = self.gradients(first, [u], directions)
        return moved

    def rows(self, y: Tensor, inputs: list[Tensor]) -> list[Tensor]:
        """The Jacobian of y by each input, from one sweep for each entry of y."""
        sweeps = [self.gradients([y], inputs, [one]) for one in units(y)]
        if not sweeps:
            return [wrap(np.zeros((*y.shape, *x.shape), x._data.dtype)) for x in inputs]
        return [
            stack(list(parts)).reshape(tuple(y.shape) + tuple(x.shape))
            for x, parts in zip(inputs, zip(*sweeps, strict=True), strict=True)
        ]

    def columns(self, y: Tensor, inputs: list[Tensor]) -> list[Tensor]:
        """The Jacobian of y by each input, from one direction for each entry of the input."""
        found = []
        for k, x in enumerate(inputs):
            nothing = [zeros_like(other) for other in inputs]
            parts = [
                self.along_one(y, inputs, [*nothing[:k], one, *nothing[k + 1 :]])
                for one in units(x)
            ]
            shape = tuple(y.shape) + tuple(x.shape)
            if parts:
                found.append(stack(parts, dim=-1).reshape(shape))
            else:
                found.append(wrap(np.zeros(shape, y._data.dtype)))
        return found

    def free(self, tree: Any) -> Any:
        """Results that belong to no graph, unless to one that the caller made."""
        return map_tensors(self.freed, tree)

    def freed(self, tensor: Tensor) -> Tensor:
        if tensor._node is None or (self.recording and self.outside(tensor._node)):
            return tensor
        return tensor.detach()

    def outside(self, node: Any) -> bool:
        """Whether a result also depends on what was there before this transform."""
        if isinstance(node, Leaf):
            return node not in self.leaves
        nodes, _ = newest_first([node])
        return any(
            isinstance(parent, Leaf) and parent not in self.leaves
            for each in nodes
            for parent in each.parents
        )


def places(argnums: Any, count: int) -> ArgNums:
    """The numbers of the arguments, counted from the first; RuntimeError for wrong ones."""
    if isinstance(argnums, tuple):
        if not argnums:
            raise RuntimeError("argnums must be non-empty")
        found = tuple(place(number, count) for number in argnums)
        if len(set(found)) != len(found):
            raise RuntimeError(f"argnums elements must be unique, got {argnums}")
        return found
    if not isinstance(argnums, int):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")  # noqa: TRY004
    return place(argnums, count)


def place(number: Any, count: int) -> int:
    if not isinstance(number, int):
        raise RuntimeError(f"argnum must be int, got: {type(number)}")  # noqa: TRY004
    if not -count <= number < count:
        raise RuntimeError(f"Got argnum={number}, but only {count} positional inputs")
    return number % count


def check_number(output: Any) -> None:
    """RuntimeError unless the output of a function for grad is a single number."""
    if not isinstance(output, Tensor):
        raise RuntimeError(  # noqa: TRY004
            "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got "
            f"{type(output)}\nHint: with has_aux=True it may return (loss, anything)."
        )
    if output.dim() != 0:
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor "
            f"with {output.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?\n"
            "Hint: a loss is one number: add .sum() or .mean()."
        )


def tensors_only(output: Any, name: str) -> tuple[list[Tensor], Callable[..., Any]]:
    leaves, rebuild = flatten(output)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(  # noqa: TRY004
                f"{name}: Expected f to return only tensors, got unsupported type {type(leaf)}\n"
                "Hint: with has_aux=True it may return (tensors, anything)."
            )
    return leaves, rebuild


def check_cotangents(outputs: list[Tensor], vs: list[Any]) -> None:
    if len(outputs) != len(vs):
        raise RuntimeError(
            "Expected pytree structure of cotangents to be the same as pytree structure of "
            f"outputs to the function.\nHint: there are {len(outputs)} outputs and {len(vs)} "
            "cotangents."
        )


def units(x: Tensor) -> list[Tensor]:
    """For each entry of x the tensor of its shape that is 1 there, and 0 elsewhere."""
    made = []
    for k in range(x.numel()):
        one = np.zeros(x.numel(), x._data.dtype)
        one[k] = 1
        made.append(wrap(one.reshape(x._data.shape)[()]))
    return made
