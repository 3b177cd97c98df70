"""Collating: how a list of samples becomes one batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from microtorch.tensor.data import as_tensor, tensor
from microtorch.tensor.dtypes import float64
from microtorch.tensor.joining import stack
from microtorch.tensor.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """A list of samples as one batch: the first dimension counts the samples.

    Tensors and arrays are stacked, numbers become a tensor (Python floats of float64), strings
    stay a list; tuples, lists and dicts are collated entry by entry. Raises TypeError for anything
    else, RuntimeError for tensors of different shapes.

    >>> default_collate([(1.5, "a"), (2.5, "b")])
    [tensor([1.5000, 2.5000], dtype=torch.float64), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SaUO":
            raise cannot_collate(first.dtype)
        return stack([as_tensor(array) for array in batch])
    if isinstance(first, np.bool_ | np.number):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        columns = {key: [sample[key] for sample in batch] for key in first}
        return rebuilt_mapping(first, columns, default_collate)
    if isinstance(first, Sequence):
        named = isinstance(first, tuple) and hasattr(first, "_fields")
        if not named and any(len(sample) != len(first) for sample in batch):
            raise RuntimeError(
                "each element in list of batch should be of equal size\n"
                f"Hint: the samples have the lengths {[len(sample) for sample in batch]}. Pad them "
                "to one length, or give the DataLoader a collate_fn."
            )
        return rebuilt_sequence(first, list(zip(*batch, strict=False)), default_collate)
    raise cannot_collate(type(first))


def default_convert(data: Any) -> Any:
    """A sample with its arrays and NumPy numbers turned into tensors (without batches)."""
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, np.ndarray):
        return data if data.dtype.kind in "SaUO" else as_tensor(data)
    if isinstance(data, np.bool_ | np.number):
        return as_tensor(np.array(data))
    if isinstance(data, Mapping):
        return rebuilt_mapping(data, data, default_convert)
    if isinstance(data, Sequence):
        return rebuilt_sequence(data, data, default_convert)
    return data


def rebuilt_mapping(pattern: Any, entries: Mapping[Any, Any], convert: Callable[..., Any]) -> Any:
    """The entries, converted, in a mapping of the same type if its type allows for that."""
    made = {key: convert(value) for key, value in entries.items()}
    try:
        if isinstance(pattern, MutableMapping):
            clone = copy.copy(pattern)
            clone.update(made)
            return clone
        return type(pattern)(made)
    except TypeError:
        return made


def rebuilt_sequence(pattern: Any, entries: Sequence[Any], convert: Callable[..., Any]) -> Any:
    """The entries, converted, in a sequence of the same type; in a list instead of a tuple."""
    made = [convert(entry) for entry in entries]
    if isinstance(pattern, tuple):
        return type(pattern)(*made) if hasattr(pattern, "_fields") else made
    try:
        if isinstance(pattern, MutableSequence):
            clone = copy.copy(pattern)
            for i, entry in enumerate(made):
                clone[i] = entry
            return clone
        return type(pattern)(made)
    except TypeError:
        return made


def cannot_collate(found: Any) -> TypeError:
    """The error for samples that do not stack."""
    return TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {found}\n"
        "Hint: let the dataset return one of those, or give the DataLoader a collate_fn that "
        "makes a batch of a list of samples."
    )
