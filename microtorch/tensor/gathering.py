"""Entries chosen by number or by a mask: gather, index_select, take, masked_select, embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.ops import gathering
from microtorch.ops.indexing import Places
from microtorch.ops.kernels import within
from microtorch.tensor.broadcasting import common_shape, expand
from microtorch.tensor.dispatch import not_a_tensor, record, wrap
from microtorch.tensor.methods import method
from microtorch.tensor.moving import no_dimensions
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.shaping import reshaped
from microtorch.tensor.tensor import Tensor

__all__ = [
    "argwhere",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
    "take",
    "take_along_dim",
    "unravel_index",
]


@method
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Entries chosen by number along a dimension: y[i][j] = x[i][index[i][j]] for dim 1.

    ``index`` has as many dimensions as input, and may be shorter. RuntimeError if it counts too
    far (it cannot count from the end).

    >>> import microtorch as torch
    >>> x = torch.tensor([[1, 2], [3, 4]])
    >>> x.gather(1, torch.tensor([[1], [0]]))
    tensor([[2],
            [3]])
    """
    chosen = check_index(index, "gather", 2)
    shape = input._data.shape
    axis = as_axis(dim, len(shape))
    if chosen.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "gather(): Expected dtype int32/int64 for index\nHint: convert it with .long()."
        )
    if chosen.size and max(len(shape), 1) != max(chosen.ndim, 1):
        raise RuntimeError(
            "Index tensor must have the same number of dimensions as input tensor\n"
            f"Hint: the shapes are {shape} and {chosen.shape}."
        )
    if chosen.size:
        for i, (m, n) in enumerate(zip(chosen.shape, shape, strict=False)):
            if i != axis and m > n:
                raise RuntimeError(
                    f"Size does not match at dimension {i} expected index {list(chosen.shape)} to "
                    f"be no larger than self {list(shape)} apart from dimension {axis}\n"
                    "Hint: the index names entries of its own row."
                )
    check_range(chosen, axis, shape)
    if not chosen.size:
        return record(gathering.Gather, (input,), (shape, nothing(shape, chosen.shape)))
    return record(gathering.Gather, (input,), (shape, gathering.along(chosen, axis, len(shape))))


def nothing(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Places:
    """No entries at all, in an empty shape."""
    return Places(None if shape else (None,), (np.zeros(wanted, np.int64),) * max(len(shape), 1))


def check_index(index: Any, function: str, position: int) -> Any:
    """The array of an index; TypeError if it is no Tensor."""
    if not isinstance(index, Tensor):
        raise not_a_tensor(function, index, "index", position)
    return np.asarray(index._data)


def check_range(index: Any, axis: int, shape: tuple[int, ...]) -> None:
    """RuntimeError for a number that is no place along this dimension."""
    size = shape[axis] if shape else 1
    wrong = (index < 0) | (index >= size)
    if wrong.any():
        raise RuntimeError(
            f"index {index[wrong].flat[0]} is out of bounds for dimension {axis} with size {size}\n"
            f"Hint: the tensor has shape {shape}; here an index counts from 0 to {size - 1}."
        )


@method
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Gather with an index that broadcasts, as ``argsort`` gives it; without dim, flattened."""
    chosen = indices._data
    if chosen.dtype != np.int64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got "
            f"{title(chosen.dtype)}\nHint: convert it with .long()."
        )
    if dim is None:
        flat = reshaped(input, (input._data.size,))
        return gather(flat, 0, wrap(chosen.reshape(-1) % max(len(flat), 1)))
    if not input.ndim:
        raise no_dimensions(dim)
    if input.ndim != chosen.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {input.ndim} dimensions for input, and {chosen.ndim} dimensions for indices\n"
            "Hint: unsqueeze makes a new dimension."
        )
    axis = as_axis(dim, input.ndim)
    old, new = list(input._data.shape), list(chosen.shape)
    size = old[axis]
    old[axis] = new[axis] = 1
    common = list(common_shape(tuple(old), tuple(new)))
    old[axis], new[axis] = size, chosen.shape[axis]
    places = np.broadcast_to(chosen, [*common[:axis], new[axis], *common[axis + 1 :]])
    common[axis] = size
    x = input if common == old else expand(input, tuple(common))
    return gather(x, axis, wrap(places % max(size, 1)))


@method
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Whole slices chosen by number along a dimension.

    >>> import microtorch as torch
    >>> torch.tensor([[1, 2], [3, 4]]).index_select(0, torch.tensor([1, 1]))
    tensor([[3, 4],
            [3, 4]])
    """
    chosen = check_index(index, "index_select", 2)
    axis = as_axis(dim, input.ndim)
    if chosen.ndim > 1:
        raise IndexError(
            "index_select(): Index is supposed to be a vector\nHint: x[index] takes any shape."
        )
    if chosen.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "index_select(): Expected dtype int32 or int64 for index\n"
            "Hint: convert it with .long()."
        )
    shape = input._data.shape
    chosen = chosen.reshape(-1)
    if not shape:
        return select_single(input, chosen)
    wrong = (chosen < 0) | (chosen >= shape[axis])
    if wrong.any():
        raise RuntimeError(
            f"INDICES element is out of DATA bounds, id={chosen[wrong][0]} axis_dim={shape[axis]}\n"
            f"Hint: an index counts from 0 to {shape[axis] - 1} here."
        )
    return record(gathering.IndexSelect, (input,), (shape, gathering.rows(chosen, axis)))


def select_single(input: Tensor, chosen: Any) -> Tensor:
    if len(chosen) != 1:
        raise RuntimeError(
            "index_select(): Index to scalar can have only 1 value, got "
            f"{len(chosen)} value(s)\nHint: a single number has one entry, number 0."
        )
    if chosen[0] != 0:
        raise IndexError("index out of range in self\nHint: a single number has one entry.")
    return record(gathering.IndexSelect, (input,), ((), Places((...,))))


@method
def take(input: Tensor, index: Tensor) -> Tensor:
    """Entries chosen by their number in the flattened tensor; the result is shaped like index."""
    shape = input._data.shape
    places = flat_places(shape, check_flat(index, shape, "take(): "))
    return record(gathering.Take, (input,), (shape, places))


def check_flat(index: Any, shape: tuple[int, ...], name: str) -> Any:
    """Numbers in a flattened tensor, counted from the front."""
    chosen = check_index(index, name.split("(")[0], 1)
    size = int(np.prod(shape, dtype=int))
    if chosen.dtype != np.int64:
        raise RuntimeError(
            f"{name}Expected a long tensor for index, but got {title(chosen.dtype)}\n"
            "Hint: convert it with .long()."
        )
    if not size and chosen.size:
        raise IndexError("take(): tried to take from an empty tensor\nHint: it has no entries.")
    wrong = (chosen < -size) | (chosen >= size)
    if wrong.any():
        raise IndexError(
            f"out of range: tried to access index {chosen[wrong].flat[0]} on a tensor of {size} "
            "elements.\nHint: entries are counted row by row, from 0."
        )
    return chosen % max(size, 1)


def flat_places(shape: tuple[int, ...], chosen: Any) -> Places:
    if not shape:
        return Places((None,), (chosen,), False)
    return Places(None, np.unravel_index(chosen, shape) if 0 not in shape else (chosen,), False)


@method
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The entries where a mask holds, as a vector.

    >>> import microtorch as torch
    >>> x = torch.tensor([1, 5, 2])
    >>> x.masked_select(x < 3)
    tensor([1, 2])
    """
    if mask._data.dtype != bool:
        raise RuntimeError(
            "masked_select: expected BoolTensor for mask\nHint: a comparison gives one: x > 0."
        )
    x, where = masked(input, mask)
    return record(gathering.MaskedSelect, (x,), (x._data.shape, where))


def masked(input: Tensor, mask: Tensor) -> tuple[Tensor, Places]:
    """Tensor and mask in their common shape, the mask as places."""
    common = common_shape(mask._data.shape, input._data.shape)
    x = input if input._data.shape == common else expand(input, common)
    if not common:
        return x, Places((None,), (np.asarray(mask._data)[None],))
    return x, Places(None, (np.broadcast_to(mask._data, common),))


@method
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Where the entries are not zero: one row of indices for each, or a vector per dimension.

    >>> import microtorch as torch
    >>> torch.tensor([[0, 1], [2, 0]]).nonzero()
    tensor([[0, 1],
            [1, 0]])
    """
    x = input._data
    if as_tuple:
        return tuple([wrap(places) for places in np.nonzero(np.atleast_1d(x))])
    return wrap(np.argwhere(x))


@method
def argwhere(input: Tensor) -> Tensor:
    """Where the entries are not zero: one row of indices for each."""
    return nonzero(input)  # type: ignore[no-any-return]


# Tables (torch.nn.functional) -------------------------------------------------------------------


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """Each class number as a row of zeros with a single 1.

    >>> import microtorch as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("one_hot", input)
    chosen = input._data
    if chosen.dtype != np.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor.\n"
            "Hint: convert it with .long()."
        )
    if not chosen.size and num_classes <= 0:
        raise RuntimeError(
            "Can not infer total number of classes from empty tensor.\nHint: give num_classes."
        )
    if chosen.size and chosen.min() < 0:
        raise RuntimeError("Class values must be non-negative.\nHint: classes are counted from 0.")
    count = num_classes if num_classes != -1 else int(chosen.max()) + 1
    if chosen.size and chosen.max() >= count:
        raise RuntimeError(
            "Class values must be smaller than num_classes.\n"
            f"Hint: the largest class is {chosen.max()}, num_classes is {num_classes}."
        )
    return wrap((np.asarray(chosen)[..., None] == np.arange(count)).astype(np.int64))


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of the table ``weight`` (classes, features) chosen by the numbers in input.

    The row padding_idx gets no gradient. ``scale_grad_by_freq`` divides each row's gradient by how
    often it was chosen. With ``max_norm``, chosen rows that are longer (in the ``norm_type`` norm)
    are first shortened to it, in the table itself. ``sparse`` changes nothing here.
    """
    chosen = check_index(input, "embedding", 1)
    table = weight._data
    if table.ndim != 2:
        raise RuntimeError("'weight' must be 2-D\nHint: one row for each number.")
    if chosen.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got torch.{title(chosen.dtype)}Tensor instead (while checking "
            "arguments for embedding)\nHint: convert the numbers with .long()."
        )
    rows = len(table)
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if not within(chosen, rows):
        raise IndexError(
            f"index out of range in self\nHint: the table has {rows} rows, counted from 0; the "
            f"numbers go from {chosen.min()} to {chosen.max()}."
        )
    if max_norm is not None:
        shorten_rows(weight, chosen, max_norm, norm_type)
    scale = None
    if scale_grad_by_freq:
        counts = np.bincount(chosen.reshape(-1), minlength=rows)
        scale = (1 / np.maximum(counts, 1)).astype(table.dtype)
    params = (table.shape, chosen, padding_idx, scale)
    return record(ops.gathering.Embedding, (weight,), params)


def shorten_rows(weight: Tensor, chosen: Any, max_norm: float, norm_type: float) -> None:
    """Scale the chosen rows down to max_norm, in place: w_i *= max_norm / (|w_i| + 1e-7)."""
    numbers = np.unique(chosen)
    norms = np.linalg.norm(weight._data[numbers], norm_type, axis=1)
    long = numbers[norms > max_norm]
    if len(long):
        scale = max_norm / (norms[norms > max_norm] + 1e-7)
        table = weight.detach()
        rows = table._data[long] * scale[:, None].astype(table._data.dtype)
        table[wrap(long)] = wrap(rows)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Where the entries with these numbers, counted row by row, stand in a tensor of a shape.

    >>> import microtorch as torch
    >>> torch.unravel_index(torch.tensor([4, 1]), (3, 2))
    (tensor([2, 0]), tensor([0, 1]))
    """
    if indices._data.dtype.kind not in "iu":
        raise ValueError(
            f"expected 'indices' to be integer dtype, but got {indices.dtype}\n"
            "Hint: entries are counted with whole numbers."
        )
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    rest, places = indices._data, []
    for length in reversed(lengths):
        places.append(wrap(rest % length))
        rest = rest // length
    return tuple(places[::-1])
