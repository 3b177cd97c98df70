"""What ``x[...]`` means: which entries are picked, and the name of the operation that does it.

PyTorch goes through an index from left to right. Numbers, slices, None and Ellipsis give a view;
lists, masks and tensors of integers then pick from that view. NumPy mixes the two in other ways,
so they are taken apart here.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as number
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops.indexing import Alias, Index, Places, Select, Slice, Unsqueeze
from microtorch.tensor import dispatch
from microtorch.tensor.dispatch import record

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor

Shape = tuple[int, ...]

OLD_SEQUENCE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)
OLD_MASK = (
    "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
)


def getitem(tensor: Tensor, index: Any) -> Tensor:
    """``tensor[index]``."""
    shape = tensor._data.shape
    op, where = plan(index, shape)
    try:
        return record(op, (tensor,), (shape, where))
    except IndexError:
        raise cannot_pick(where, shape) from None


def plan_assignment(tensor: Tensor, index: Any, value: Any) -> tuple[Tensor, Places]:
    """The value as a tensor that fits the picked entries, and which entries these are."""
    shape = tensor._data.shape
    places = plan_places(index, shape)
    picked = picked_shape(places, shape)
    dtype = tensor._data.dtype
    if not isinstance(value, dispatch.Tensor):
        if not isinstance(value, dispatch.NUMBER):
            from microtorch.tensor.options import type_name  # built on Tensor, so not at the top

            raise TypeError(
                f"can't assign a {type_name(value)} to a torch.{title(dtype)}Tensor\n"
                "Hint: make it a tensor first: x[i] = torch.tensor(...)."
            )
        value = dispatch.wrap(np.asarray(value)[()])
    value = value._cast(dtype)
    size = value._data.shape
    while len(size) > len(picked) and size[0] == 1:
        size = size[1:]
    if len(size) > len(picked) or any(
        m not in (1, n) for m, n in zip(size[::-1], picked[::-1], strict=False)
    ):
        raise cannot_assign(size, picked, basic=places.advanced is None)
    return (value if size == value._data.shape else value.reshape(size)), places


# Which entries ----------------------------------------------------------------------------------


def plan_places(index: Any, shape: Shape) -> Places:
    """The entries that an index picks."""
    op, where = plan(index, shape)
    return where if op is Index else Places(where)


def plan(index: Any, shape: Shape) -> tuple[type[ops.Op], Any]:
    """The op for this index, named after the last thing that is done, and the entries it picks.

    These are :class:`Places` for Index; for all others the index itself, made exact.
    """
    ndim = len(shape)
    if type(index) is int and ndim:  # the most frequent index, and the most frequently used
        check_number(index, 0, shape[0], shape)
        return Select, (index, ...) if ndim == 1 else (index,)
    parts = [as_part(part) for part in as_tuple(index)]
    named = sum(dimensions(part) for part in parts)
    if named > ndim:
        raise too_many(index, shape)
    op: type[ops.Op] = Alias if isinstance(index, tuple) else Slice
    basic: list[Any] = []
    advanced: dict[int, Any] = {}  # by their dimension in the view that basic gives
    dim = out = 0  # where we are in the tensor, and in that view
    rest: int | None = ndim - named  # what an Ellipsis stands for
    for position, part in enumerate(parts):
        if part is None:
            basic.append(None)
            op, out = Unsqueeze, out + 1
        elif part is Ellipsis:
            skipped, rest = rest or 0, 0
            basic += [slice(None)] * skipped
            dim, out = dim + skipped, out + skipped
            op = Alias if op is Slice and len(parts) == 1 else op
        elif isinstance(part, int):
            check_number(part, position, shape[dim], shape)
            basic.append(part)
            op, dim = Select, dim + 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(shape[dim])
            if step < 0:
                raise ValueError(
                    "step must be greater than zero\nHint: use .flip(dim) to reverse a dimension."
                )
            if part.start or (start, stop, step) != (0, shape[dim], 1):
                op = Slice
                ends = (part.start, part.stop, part.step)  # for pictures, as they were written
                basic.append(slice(*[None if end is None else number(end) for end in ends]))
            else:
                basic.append(slice(None))
            dim, out = dim + 1, out + 1
        elif part.dtype == bool and not part.ndim:  # a new dimension of length 1, kept or not
            basic.append(None)
            advanced[out] = np.zeros(int(part), np.int64)
            out += 1
        else:
            advanced[out] = part
            size = dimensions(part)
            basic += [slice(None)] * size
            dim, out = dim + size, out + size
    if not advanced:
        single = dim == ndim and not out  # NumPy gives a view of it only with an Ellipsis
        return op, (*basic, ...) if single else tuple(basic)
    if any(part.dtype == bool and part.ndim for part in advanced.values()):
        check_masks(advanced, np.broadcast_to(np.zeros((), bool), shape)[tuple(basic)].shape)
    whole = all(isinstance(part, slice) and part == slice(None) for part in basic)
    return Index, plan_advanced(advanced, None if whole else tuple(basic))


def plan_advanced(advanced: dict[int, Any], basic: tuple[Any, ...] | None) -> Places:
    """A single mask as it is; several masks, or masks and lists, as lists of places."""
    if len(advanced) > 1:
        lists: dict[int, Any] = {}
        for axis, part in advanced.items():
            split = part.nonzero() if part.dtype == bool else (part,)
            lists.update({axis + i: places for i, places in enumerate(split)})
        advanced = lists
    filled: list[Any] = [slice(None)] * (max(advanced) + 1)
    for axis, part in advanced.items():
        filled[axis] = part
    masked = len(advanced) == 1 and filled[-1].dtype == bool
    return Places(basic, tuple(filled), unique=masked)


def as_tuple(index: Any) -> tuple[Any, ...]:
    """The parts of an index. A list that holds slices, lists or tensors is one of several parts."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, Sequence) and len(index) < 32 and any(map(is_compound, index)):
        warnings.warn(OLD_SEQUENCE, stacklevel=5)  # the line with the index
        return tuple(index)
    return (index,)


def is_compound(part: Any) -> bool:
    """Whether a list with this in it cannot be a list of numbers."""
    compound = (dispatch.Tensor, Sequence, np.ndarray, slice)
    return part is None or part is Ellipsis or isinstance(part, compound)


def as_part(part: Any) -> Any:
    """One part of an index: None, Ellipsis, int, slice, or an array of int64 or bool."""
    if part is None or part is Ellipsis or type(part) is int or isinstance(part, slice):
        return part
    if isinstance(part, dispatch.Tensor):
        return from_tensor(part._data)
    if isinstance(part, bool | np.bool_):
        return np.asarray(part)
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, str):
        raise TypeError(
            "new(): invalid data type 'str'\nHint: a tensor has no names, count its dimensions."
        )
    if isinstance(part, Sequence):
        array = np.array([getattr(entry, "_data", entry) for entry in part])
    elif isinstance(part, np.ndarray):
        array = part
    else:
        kind = type(part)
        name = (
            kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        )
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {name})\nHint: a computed index must be whole: n // 2, not n / 2."
        )
    if array.dtype == np.uint8 or array.dtype == bool:
        return from_tensor(array)
    return from_tensor(array.astype(np.int64))


def from_tensor(array: Any) -> Any:
    """The array of an index tensor, as bool or int64; a single integer as int."""
    if array.dtype == np.uint8:
        if array.ndim:
            warnings.warn(OLD_MASK, stacklevel=7)
        return np.asarray(array, dtype=bool)
    if array.dtype == bool:
        return np.asarray(array)
    if not array.ndim and array.dtype.kind == "i":
        return int(array)
    if array.dtype not in (np.int64, np.int32):
        raise IndexError(
            "tensors used as indices must be long, int, byte or bool tensors\n"
            f"Hint: this one holds {array.dtype}; convert it with .long()."
        )
    return np.asarray(array)


def dimensions(part: Any) -> int:
    """How many dimensions of the tensor a part of the index uses up."""
    if part is None or part is Ellipsis:
        return 0
    if isinstance(part, int | slice):
        return 1
    return int(part.ndim) if part.dtype == bool else 1


def picked_shape(places: Places, shape: Shape) -> Shape:
    """The shape of what is picked."""
    outline = np.broadcast_to(np.zeros((), bool), shape)
    try:
        return tuple(ops.indexing.pick(outline, places).shape)
    except IndexError:
        raise cannot_pick(places, shape) from None


# Errors -----------------------------------------------------------------------------------------


def check_number(number: int, dim: int, size: int, shape: Shape) -> None:
    if not -size <= number < size:
        raise IndexError(
            f"index {number} is out of bounds for dimension {dim} with size {size}\n"
            f"Hint: the tensor has shape {shape}; {counting(size)}"
        )


def counting(size: int) -> str:
    if not size:
        return "this dimension is empty, there is nothing to pick."
    return f"counting starts at 0, so it can be from 0 to {size - 1}, or from -1 to {-size}."


def check_masks(advanced: dict[int, Any], shape: Shape) -> None:
    """Masks have the lengths of the dimensions that they stand for."""
    for axis, mask in advanced.items():
        if mask.dtype != bool:
            continue
        for i, (m, n) in enumerate(zip(mask.shape, shape[axis:], strict=False)):
            if m != n:
                raise IndexError(
                    f"The shape of the mask {list(mask.shape)} at index {i} does not match the "
                    f"shape of the indexed tensor {list(shape)} at index {axis + i}\n"
                    "Hint: a mask says yes or no for every entry, so its lengths are the tensor's."
                )


def check_lists(lists: Sequence[Any]) -> None:
    try:
        np.broadcast_shapes(*[part.shape for part in lists])
    except ValueError:
        shapes = ", ".join(str(list(part.shape)) for part in lists)
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            f"{shapes}\nHint: two lists pick pairs, so they need one length; to pick rows and "
            "columns, index twice: x[rows][:, columns]."
        ) from None


def too_many(index: Any, shape: Shape) -> IndexError:
    if not shape and isinstance(index, int) and index:
        return IndexError(
            f"index {index} is out of bounds for dimension 0 with size 0\n"
            "Hint: a single number has no dimensions; .item() gives it as Python's own."
        )
    if not shape and isinstance(index, int):
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` "
            "in C++ to convert a 0-dim tensor to a number"
        )
    if not shape and isinstance(index, slice):
        return IndexError(
            "slice() cannot be applied to a 0-dim tensor.\nHint: it is a single number already."
        )
    return IndexError(
        f"too many indices for tensor of dimension {len(shape)}\n"
        f"Hint: its shape is {shape}; an index has at most one entry for each dimension."
    )


def cannot_pick(places: Places, shape: Shape) -> IndexError:
    """PyTorch's words for lists that do not fit together, or a number that counts too far."""
    view = np.broadcast_to(np.zeros((), bool), shape)
    if places.basic is not None:
        view = view[places.basic]
    parts = enumerate(places.advanced or ())
    axes, lists = zip(*[(a, part) for a, part in parts if not isinstance(part, slice)], strict=True)
    sizes = [view.shape[axis] for axis in axes]
    check_lists(lists)
    if 0 in sizes:
        return IndexError(
            "index is out of bounds for dimension with size 0\n"
            f"Hint: the tensor has shape {shape}; there is nothing to pick."
        )
    pairs = list(zip(np.broadcast_arrays(*lists), sizes, strict=True))
    wrong = np.stack([((part < -n) | (part >= n)).reshape(-1) for part, n in pairs], axis=1)
    entry, number = divmod(int(wrong.argmax()), len(sizes))
    found, size = int(pairs[number][0].reshape(-1)[entry]), sizes[number]
    return IndexError(
        f"index {found} is out of bounds for dimension {number} with size {size}\n"
        f"Hint: the tensor has shape {shape}; {counting(size)}"
    )


def cannot_assign(size: Shape, picked: Shape, basic: bool) -> RuntimeError:
    hint = f"\nHint: there are {picked} places; a value fits if its lengths are these, or 1."
    if not basic:
        return RuntimeError(
            f"shape mismatch: value tensor of shape {list(size)} cannot be broadcast to indexing "
            f"result of shape {list(picked)}{hint}"
        )
    if len(size) > len(picked):
        return RuntimeError(
            f"expand(torch.FloatTensor{{{list(size)}}}, size={list(picked)}): the number of sizes "
            f"provided ({len(picked)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(size)}){hint}"
        )
    extra = len(picked) - len(size)
    axis = next(i for i in range(extra, len(picked))[::-1] if size[i - extra] not in (1, picked[i]))
    return RuntimeError(
        f"The expanded size of the tensor ({picked[axis]}) must match the existing size "
        f"({size[axis - extra]}) at non-singleton dimension {axis}.  Target sizes: "
        f"{list(picked)}.  Tensor sizes: {list(size)}{hint}"
    )
