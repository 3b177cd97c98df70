"""``vmap``: a function of one sample, applied to a whole batch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.func.trees import flatten, spread
from microtorch.tensor import Tensor
from microtorch.tensor.generator import default_generator
from microtorch.tensor.joining import stack

__all__ = ["vmap"]

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The function that applies ``func`` to every sample, and stacks what it returns.

    ``in_dims`` says along which dimension the samples of each argument lie (None: the argument is
    the same for all), ``out_dims`` where they shall lie in the results. The samples are taken one
    after the other; PyTorch computes them at once, with the same result. ``func`` may draw random
    numbers only with ``randomness`` "different" (for each sample) or "same".

    >>> import microtorch as torch
    >>> dots = torch.func.vmap(torch.dot)
    >>> dots(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 1.0], [1.0, 0.0]]))
    tensor([3., 3.])

    Together with ``grad`` it gives the gradient of every sample:

    >>> slopes = torch.func.vmap(torch.func.grad(lambda x: x**2))
    >>> slopes(torch.tensor([1.0, 2.0, 3.0]))
    tensor([2., 4., 6.])
    """
    if randomness not in RANDOMNESS:
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    check_out_dims(func, out_dims)

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = flatten(args)
        dims = input_dims(func, in_dims, args, leaves)
        results = []
        before = default_generator.get_state()
        for k in range(batch_size(leaves, dims)):
            if randomness == "same":
                default_generator.set_state(before)
            sample = [
                x if dim is None else x.select(dim, k) for x, dim in zip(leaves, dims, strict=True)
            ]
            results.append(func(*rebuild(sample), **kwargs))
        if randomness == "error" and moved(before):
            default_generator.set_state(before)
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use "
                "the 'same' or 'different' randomness flags on vmap or perform the randomness "
                "operation out of vmap"
            )
        return stacked(func, results, out_dims)

    return mapped


def called(func: Callable[..., Any]) -> str:
    """How error messages call the function."""
    if isinstance(func, functools.partial):
        return f"functools.partial({called(func.func)}, ...)"
    return getattr(func, "__name__", None) or repr(func)


def check_out_dims(func: Callable[..., Any], out_dims: Any) -> None:
    for dim in flatten(out_dims)[0]:
        if not (dim is None or isinstance(dim, int)):
            raise ValueError(
                f"vmap({called(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None "
                "or a python collection of ints representing where in the outputs the vmapped "
                "dimension should appear."
            )


def input_dims(
    func: Callable[..., Any], in_dims: Any, args: tuple[Any, ...], leaves: list[Any]
) -> list[int | None]:
    """For each tensor in the arguments, along which dimension its samples lie."""
    call = f"vmap({called(func)}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, int | tuple):
        raise ValueError(  # noqa: TRY004
            f"{call}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({called(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or "
            "you are trying to vmap over a function with no inputs. The latter is unsupported."
        )
    dims = spread(in_dims, args)
    if dims is None:
        raise ValueError(
            f"{call}: in_dims is not compatible with the structure of `inputs`.\n"
            f"Hint: there are {len(args)} arguments; give each of them one entry."
        )
    for k, (x, dim) in enumerate(zip(leaves, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(  # noqa: TRY004
                f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(  # noqa: TRY004
                f"{call}: Got in_dim={dim} for an input but the input is of type {type(x)}. We "
                "cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.dim() <= dim < x.dim():
            raise ValueError(
                f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {x.dim()} so expected in_dim to satisfy "
                f"-{x.dim()} <= in_dim < {x.dim()}."
            )
        dims[k] = dim % x.dim()
    return dims


def batch_size(leaves: list[Any], dims: list[int | None]) -> int:
    """How many samples there are; ValueError unless all arguments say the same."""
    sizes = [x.shape[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    if not sizes[0]:
        raise ValueError(
            "vmap: there are no samples to map over\n"
            "Hint: without one, microtorch cannot find out what the function returns."
        )
    return int(sizes[0])


def moved(before: Tensor) -> bool:
    """Whether random numbers were drawn."""
    return not np.array_equal(before._data, default_generator.get_state()._data)


def stacked(func: Callable[..., Any], results: list[Any], out_dims: Any) -> Any:
    """The results of all samples as one, with the samples along ``out_dims``."""
    first, rebuild = flatten(results[0])
    if isinstance(results[0], Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        out_dims = out_dims[0]
    dims = spread(out_dims, results[0])
    if dims is None:
        raise ValueError(
            f"vmap({called(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible "
            "with the structure of `outputs`.\n"
            f"Hint: the function returns {len(first)} tensor(s); give each of them one entry."
        )
    columns = zip(*[flatten(result)[0] for result in results], strict=True)
    made = []
    for column, dim in zip(columns, dims, strict=True):
        if dim is None:
            made.append(column[0])
            continue
        if not isinstance(column[0], Tensor):
            raise ValueError(  # noqa: TRY004
                f"vmap({called(func)}, ...): `{called(func)}` must only return Tensors, got type "
                f"{type(column[0])}. Did you mean to set out_dims= to None for output?"
            )
        made.append(stack(list(column), dim))
    return rebuild(made)
