"""Tensors made as large as others: expand, broadcast_to, atleast_2d and their family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from microtorch import ops
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import Size
from microtorch.tensor.methods import method
from microtorch.tensor.shapes import as_expanded, unpacked, whole_numbers
from microtorch.tensor.shaping import reshaped, unsqueeze
from microtorch.tensor.tensor import Tensor

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
]


@method
def expand(input: Tensor, *args: Any, size: Any = None) -> Tensor:
    """Dimensions of length 1 repeated, and new ones put in front, without copying.

    -1 leaves a dimension as it is. Raises RuntimeError where another length would be needed.
    """
    sizes = whole_numbers("expand", "size", args, size)
    return record(ops.Expand, (input,), (as_expanded(input._data, sizes),))


@method
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Expanded to the shape of another tensor."""
    return expand(input, other._data.shape)


@method
def broadcast_to(input: Tensor, *args: Any, size: Any = None) -> Tensor:
    """Another name of expand."""
    return expand(input, *args, size=size)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Tensors expanded to their common shape.

    >>> import microtorch as torch
    >>> [x.shape for x in torch.broadcast_tensors(torch.zeros(3), torch.zeros(2, 1))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    given = listed(tensors)
    common: tuple[int, ...] = ()
    for each in given:
        common = common_shape(common, each._data.shape)
    return tuple([x if x._data.shape == common else expand(x, common) for x in given])


def listed(tensors: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """``f(x, y)`` and ``f([x, y])`` mean the same."""
    given = unpacked(tensors)
    check_tensors(given)
    return given


def check_tensors(tensors: Sequence[Any]) -> None:
    for number, each in enumerate(tensors):
        if not isinstance(each, Tensor):
            raise TypeError(
                f"expected Tensor as element {number} in argument 0, but got "
                f"{type(each).__name__}\nHint: wrap it first: torch.tensor(...)."
            )


@lru_cache(256)
def common_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of two tensors after broadcasting; RuntimeError if there is none."""
    ndim = max(len(a), len(b))
    left, right = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    for axis in reversed(range(ndim)):
        if left[axis] != right[axis] and 1 not in (left[axis], right[axis]):
            raise RuntimeError(
                f"The size of tensor a ({left[axis]}) must match the size of tensor b "
                f"({right[axis]}) at non-singleton dimension {axis}\n"
                f"Hint: the shapes are {a} and {b}. Compared from the right, two lengths fit if "
                "they are equal or one of them is 1."
            )
    return tuple([n if m == 1 else m for m, n in zip(left, right, strict=True)])


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape that tensors of these shapes broadcast to.

    >>> import microtorch as torch
    >>> torch.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    common: list[int] = []
    for number, shape in enumerate(shapes):
        lengths = whole_numbers("broadcast_shapes", "shapes", (), shape)
        if any(n < 0 for n in lengths):
            raise ValueError(
                "Attempting to broadcast a dimension with negative length!\n"
                "Hint: all lengths must be known here."
            )
        common = [1] * (len(lengths) - len(common)) + common
        for i in range(-1, -len(lengths) - 1, -1):
            if common[i] != lengths[i] and 1 not in (common[i], lengths[i]):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {lengths[i]} at {i}! "
                    f"Mismatching argument at index {number} had {lengths}; but expected shape "
                    f"should be broadcastable to {common}\n"
                    "Hint: two lengths fit if they are equal or one of them is 1."
                )
            common[i] = lengths[i] if common[i] == 1 else common[i]
    return Size(common)


def atleast_1d(*tensors: Any) -> Any:
    """A single number as a vector of one; everything else as it is."""
    return each_of(tensors, lambda x: x if x.ndim else reshaped(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """A vector as a matrix of one row; what has more dimensions as it is."""

    def grown(x: Tensor) -> Tensor:
        if not x.ndim:
            return reshaped(x, (1, 1))
        return unsqueeze(x, 0) if x.ndim == 1 else x

    return each_of(tensors, grown)


def atleast_3d(*tensors: Any) -> Any:
    """A vector as (1, n, 1), a matrix as (m, n, 1); what has more dimensions as it is."""

    def grown(x: Tensor) -> Tensor:
        if not x.ndim:
            return reshaped(x, (1, 1, 1))
        if x.ndim == 1:
            x = unsqueeze(x, 0)
        return unsqueeze(x, -1) if x.ndim == 2 else x

    return each_of(tensors, grown)


def each_of(tensors: tuple[Any, ...], change: Callable[[Tensor], Tensor]) -> Any:
    """A tensor for a tensor, a tuple for several or for a list."""
    changed = tuple([change(x) for x in listed(tensors)])
    return changed[0] if len(tensors) == 1 and isinstance(tensors[0], Tensor) else changed


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Summed over the dimensions that broadcasting would have stretched: the way back from it."""
    shape = whole_numbers("sum_to_size", "size", (), size[0] if len(size) == 1 else size)
    old = tuple(self.shape)
    if len(shape) > len(old) or any(
        m not in (1, n) for m, n in zip(shape[::-1], old[::-1], strict=False)
    ):
        raise RuntimeError(
            f"size {{{list(shape)}}} is not expandable to size {{{list(old)}}}.\n"
            "Hint: each length is kept, or becomes 1."
        )
    more = len(old) - len(shape)
    stretched = [axis for axis, n in enumerate(old) if axis < more or shape[axis - more] != n]
    return self.sum(stretched, keepdim=True).reshape(shape) if stretched else self


setattr(Tensor, "sum_to_size", sum_to_size)  # noqa: B010
