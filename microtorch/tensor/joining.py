"""Tensors joined into one: cat, stack and their family; grids and combinations."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.ops.joining import BlockDiag, side_by_side
from microtorch.tensor.broadcasting import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    check_tensors,
    expand,
    listed,
)
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.dtypes import promoted
from microtorch.tensor.methods import with_numpy_names
from microtorch.tensor.out import with_out
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.shaping import flatten, reshaped
from microtorch.tensor.tensor import Tensor

__all__ = [
    "block_diag",
    "cartesian_prod",
    "cat",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "meshgrid",
    "row_stack",
    "stack",
    "vstack",
]


@with_out
def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors joined along a dimension that exists.

    Their other lengths must agree. Raises RuntimeError where they do not.

    >>> import microtorch as torch
    >>> torch.cat([torch.ones(2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    given = sequence(tensors, "cat")
    if not given:
        raise ValueError(
            "torch.cat(): expected a non-empty list of Tensors\nHint: there is nothing to join."
        )
    joined = alike(given)
    shapes = [x._data.shape for x in joined]
    if () in shapes:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated\n"
            "Hint: torch.stack makes a vector of single numbers."
        )
    first = next((shape for shape in shapes if shape != (0,)), (0,))
    place = as_axis(dim if axis is None else axis, len(first))
    if (0,) in shapes and first != (0,):  # an empty vector fits everywhere
        nothing = (*first[:place], 0, *first[place + 1 :])
        joined = tuple([reshaped(x, nothing) if x._data.shape == (0,) else x for x in joined])
        shapes = [x._data.shape for x in joined]
    for number, shape in enumerate(shapes):
        check_fit(first, shape, place, number)
    return record(ops.Cat, joined, side_by_side(place, [shape[place] for shape in shapes]))


def check_fit(first: tuple[int, ...], shape: tuple[int, ...], axis: int, number: int) -> None:
    hint = f"\nHint: the shapes are {first} and {shape}; they may differ in dimension {axis} only."
    if len(first) != len(shape):
        raise RuntimeError(
            f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}{hint}"
        )
    for i, (m, n) in enumerate(zip(first, shape, strict=True)):
        if i != axis and m != n:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {axis}. Expected size {m} but "
                f"got size {n} for tensor number {number} in the list.{hint}"
            )


@with_out
def concat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Another name of cat."""
    return cat(tensors, dim, axis=axis)


@with_out
def concatenate(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Another name of cat."""
    return cat(tensors, dim, axis=axis)


@with_out
@with_numpy_names
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension.

    >>> import microtorch as torch
    >>> torch.stack([torch.ones(2), torch.zeros(2)])
    tensor([[1., 1.],
            [0., 0.]])
    """
    given = sequence(tensors, "stack")
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList\nHint: there is nothing to join.")
    first = given[0]._data.shape
    axis = as_axis(dim, len(first) + 1)
    for number, each in enumerate(given):
        if each._data.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(each._data.shape)} at entry {number}\n"
                "Hint: torch.cat joins tensors whose lengths differ in one dimension."
            )
    return record(ops.Stack, alike(given), (axis,))


def sequence(tensors: Any, name: str) -> tuple[Tensor, ...]:
    """A list or tuple of tensors; TypeError for anything else."""
    if not isinstance(tensors, list | tuple):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not "
            f"{type(tensors).__name__}\nHint: put them into a list: torch.{name}([x, y])."
        )
    check_tensors(tensors)
    return tuple(tensors)


def alike(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The same tensors in one dtype that holds them all."""
    common = reduce(promoted, [x._data.dtype for x in tensors])
    return tuple([x._cast(common) for x in tensors])


def several(tensors: Any, name: str, grown: Callable[..., Any]) -> tuple[Tensor, ...]:
    """The tensors of hstack, vstack, dstack, with at least 1, 2 or 3 dimensions."""
    given = sequence(tensors, name)
    if not given:
        raise RuntimeError(
            f"{name} expects a non-empty TensorList\nHint: there is nothing to join."
        )
    return tuple([grown(x) for x in given])


@with_out
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined side by side: vectors along dimension 0, all others along dimension 1."""
    given = several(tensors, "hstack", atleast_1d)
    return cat(given, 0 if given[0].ndim == 1 else 1)


@with_out
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined below one another; a vector is a row."""
    return cat(several(tensors, "vstack", atleast_2d), 0)


@with_out
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Another name of vstack."""
    return vstack(tensors)


@with_out
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined along the third dimension."""
    return cat(several(tensors, "dstack", atleast_3d), 2)


@with_out
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined side by side; a vector is a column.

    >>> import microtorch as torch
    >>> torch.column_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """

    def column(x: Tensor) -> Tensor:
        return reshaped(x, (x._data.size, 1)) if x.ndim <= 1 else x

    return hstack(several(tensors, "column_stack", column))


def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices along the diagonal of a larger one; a vector is a row."""
    check_tensors(tensors)
    blocks = []
    for number, x in enumerate(tensors or (wrap(np.zeros((1, 0), np.float32)),)):
        if x.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{number} has {x.ndim} dimensions\nHint: only matrices have a place there."
            )
        blocks.append(x if x.ndim == 2 else reshaped(x, (1, x._data.size)))
    shapes = [x._data.shape for x in blocks]
    corners = itertools.accumulate(shapes, lambda a, b: (a[0] + b[0], a[1] + b[1]))
    return record(BlockDiag, alike(blocks), (tuple(corners),))


# Grids and combinations -------------------------------------------------------------------------


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid: entry (i, j) of the results is (first[i], second[j]).

    ``indexing="ij"`` is that; ``"xy"`` swaps the first two dimensions, as plots need it.

    >>> import microtorch as torch
    >>> rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
    >>> rows
    tensor([[0, 0, 0],
            [1, 1, 1]])
    """
    given = listed(tensors)
    if indexing is None and given:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
            stacklevel=2,
        )
    return grid(given, indexing or "ij")


def grid(given: tuple[Tensor, ...], indexing: str) -> tuple[Tensor, ...]:
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList\nHint: one for each axis.")
    for each in given:
        if each.ndim > 1:
            raise RuntimeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: "
                f"{tuple(each.shape)}\nHint: a grid is made of one vector for each axis."
            )
        if each._data.dtype != given[0]._data.dtype:
            raise RuntimeError(
                "meshgrid expects all tensors to have the same dtype\n"
                "Hint: convert them first, for example with .float()."
            )
    if indexing not in ("ij", "xy"):
        raise RuntimeError(
            'torch.meshgrid: indexing must be one of "xy" or "ij", but received: '
            f"{indexing}\nHint: ij is rows first."
        )
    axes = list(range(len(given)))
    if indexing == "xy" and len(given) > 1:
        axes[:2] = [1, 0]
    lengths = dict(zip(axes, [x._data.size for x in given], strict=True))
    shape = tuple([lengths[axis] for axis in range(len(given))])
    made = []
    for axis, x in zip(axes, given, strict=True):
        alone = [1] * len(given)
        alone[axis] = x._data.size
        made.append(expand(reshaped(x, tuple(alone)), shape))
    return tuple(made)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples with one entry of each vector, as rows.

    >>> import microtorch as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4])).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    given = listed(tensors)
    for each in given:
        check_vector(each)
    if len(given) == 1:
        return given[0]
    return stack([flatten(x) for x in grid(given, "ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r entries of a vector, as rows, in the order of the vector.

    >>> import microtorch as torch
    >>> torch.combinations(torch.tensor([1, 2, 3])).tolist()
    [[1, 2], [1, 3], [2, 3]]
    """
    check_vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}\nHint: how many to choose?")
    if r == 0:
        return wrap(np.zeros(0, input._data.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(len(input)), r)), np.int64).reshape(-1, r)
    return stack([input[wrap(column)] for column in rows.T], 1)


def check_vector(x: Tensor) -> None:
    if x.ndim != 1:
        raise RuntimeError(
            f"Expect a 1D vector, but got shape {list(x.shape)}\nHint: flatten it first."
        )
