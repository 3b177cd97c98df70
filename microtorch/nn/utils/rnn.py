"""Sequences of different lengths: padded to one tensor, or packed without padding.

A packed batch holds first all first steps, then all second steps, ...: as many of each as there
are sequences that long, the longest first. So recurrent layers compute no padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from microtorch.ops.indexing import Places
from microtorch.ops.recurrent import PackPaddedSequence
from microtorch.tensor import Tensor
from microtorch.tensor.creation import arange, as_tensor, empty_like, full
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.dtypes import (
    DType,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from microtorch.tensor.sorting import sort

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class Fields(NamedTuple):
    """What a packed batch consists of."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(Fields):
    """Sequences of different lengths in one tensor, without padding.

    ``data`` (sum of lengths, *) holds the steps; ``batch_sizes`` says how many sequences have a
    first, second, ... step. If they were sorted for it, ``sorted_indices`` is the order, and
    ``unsorted_indices`` the way back. Made by :func:`pack_sequence` and
    :func:`pack_padded_sequence`.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:  # PackedSequence((data, batch_sizes))
            if not (isinstance(data, list | tuple) and len(data) == 2):
                raise AssertionError(
                    "Expected data to be a list or tuple of length 2\n"
                    "Hint: let pack_sequence([...]) make it."
                )
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The same with its data converted: ``to(torch.float64)``."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self) -> Self:
        """The same: everything is on the CPU here."""
        return self

    def _to(self, dtype: DType) -> Self:
        return self.to(dtype=dtype)

    def double(self) -> Self:
        """The same in float64."""
        return self._to(float64)

    def float(self) -> Self:
        """The same in float32."""
        return self._to(float32)

    def half(self) -> Self:
        """The same in float16."""
        return self._to(float16)

    def long(self) -> Self:
        """The same in int64."""
        return self._to(int64)

    def int(self) -> Self:
        """The same in int32."""
        return self._to(int32)

    def short(self) -> Self:
        """The same in int16."""
        return self._to(int16)

    def char(self) -> Self:
        """The same in int8."""
        return self._to(int8)

    def byte(self) -> Self:
        """The same in uint8."""
        return self._to(uint8)

    @property
    def is_cuda(self) -> bool:
        """False: everything is on the CPU here."""
        return False

    def is_pinned(self) -> bool:
        """False: there is no pinned memory here."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The order that undoes an order.

    >>> import microtorch as torch
    >>> torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = empty_like(permutation)
    inverse[permutation] = arange(permutation.numel())
    return inverse


def blocks(data: Tensor, batch_sizes: list[int]) -> Iterator[Tensor]:
    """Packed data as one block (steps, sequences, *) for each run of equal batch sizes."""
    step = start = 0
    while step < len(batch_sizes):
        size = batch_sizes[step]
        steps = batch_sizes.count(size)  # they never grow, so equal ones are neighbours
        yield data[start : start + steps * size].reshape(steps, size, *data.shape[1:])
        step += steps
        start += steps * size


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | list[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Padded sequences without their padding.

    ``input`` is (time, batch, *), or (batch, time, *) if ``batch_first``. The longest sequence
    comes first; with ``enforce_sorted=False``, they are sorted here, and sorted back by whoever
    unpacks. Raises RuntimeError if the lengths do not fit.

    >>> import microtorch as torch
    >>> from microtorch.nn.utils.rnn import pack_padded_sequence
    >>> padded = torch.tensor([[1, 2, 3], [4, 5, 0]])
    >>> packed = pack_padded_sequence(padded, [3, 2], batch_first=True)
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """
    numbers = as_tensor(lengths, dtype=int64)
    order = None
    if not enforce_sorted:
        numbers, order = sort(numbers, descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    if batch_first:
        input = input.transpose(0, 1)
    check_lengths(input, numbers)

    longest_first = np.asarray(numbers._data)
    running = np.arange(longest_first[0])[:, None] < longest_first  # (time, batch)
    shape = tuple(input.shape)
    data = record(PackPaddedSequence, (input,), (shape, Places(None, np.nonzero(running))))
    return PackedSequence(data, wrap(running.sum(1)), order)


def check_lengths(input: Tensor, lengths: Tensor) -> None:
    """Raise PyTorch's words unless there is one length > 0 for each sequence, longest first."""
    if lengths.dim() != 1:
        raise RuntimeError(
            "'lengths' argument should be a 1D CPU int64 tensor, but got "
            f"{lengths.dim()}D cpu Long tensor\nHint: one length for each sequence."
        )
    batch_size = input.size(1)
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.\nHint: there is nothing in the input.")
    if len(lengths) != batch_size:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} "
            f"(batch_size={batch_size})\nHint: the input is (time, batch, *), or (batch, time, *) "
            "with batch_first=True."
        )
    numbers = lengths.tolist()
    if numbers[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0\nHint: leave out empty sequences."
        )
    if numbers != sorted(numbers, reverse=True):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability.\n"
            f"Hint: the lengths are {numbers}."
        )
    if numbers[0] > input.size(0):
        raise RuntimeError(
            f"the longest length is {numbers[0]}, but there are only {input.size(0)} time steps\n"
            "Hint: the input is (time, batch, *), or (batch, time, *) with batch_first=True."
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded sequences of a packed batch, and their lengths: pack_padded_sequence undone.

    With ``total_length``, they are padded to this length. Raises ValueError if that is too short.
    """
    data, batch_sizes = sequence.data, sequence.batch_sizes.tolist()
    longest = len(batch_sizes)
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, "
            f"but got total_length={total_length} and max sequence length being {longest}"
        )
    shape = (total_length or longest, batch_sizes[0], *data.shape[1:])
    padded = full(shape, padding_value, dtype=data.dtype)
    step = 0
    for block in blocks(data, batch_sizes):
        padded[step : step + len(block), : block.size(1)] = block
        step += len(block)
    if batch_first:
        padded = padded.transpose(0, 1)
    lengths = wrap((np.array(batch_sizes)[:, None] > np.arange(batch_sizes[0])).sum(0))
    if sequence.unsorted_indices is None:
        return padded, lengths
    back = sequence.unsorted_indices
    return padded.index_select(0 if batch_first else 1, back), lengths[back]


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (length, *) side by side in one tensor, the shorter ones filled up.

    The result is (longest, batch, *), or (batch, longest, *) if ``batch_first``.

    >>> import microtorch as torch
    >>> from microtorch.nn.utils.rnn import pad_sequence
    >>> pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(  # noqa: TRY004 (PyTorch's exception)
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}\nHint: a list of tensors."
        )
    several = tuple(sequences)
    check_sequences(several, padding_side)
    longest = max(len(sequence) for sequence in several)
    first, count = several[0], len(several)
    shape = (count, longest) if batch_first else (longest, count)
    padded = full((*shape, *first.shape[1:]), padding_value, dtype=first.dtype)
    for number, sequence in enumerate(several):
        start = longest - len(sequence) if padding_side == "left" else 0
        steps = slice(start, start + len(sequence))
        padded[(number, steps) if batch_first else (steps, number)].copy_(sequence)
    return padded


def check_sequences(sequences: tuple[Any, ...], padding_side: str) -> None:
    """Raise PyTorch's words unless these are tensors that can be padded."""
    for number, sequence in enumerate(sequences):
        if not isinstance(sequence, Tensor):
            raise TypeError(
                f"expected Tensor as element {number} in argument 0, but got "
                f"{type(sequence).__name__}\nHint: wrap each: torch.tensor(...)."
            )
    if not sequences:
        raise RuntimeError("received an empty list of sequences\nHint: give at least one tensor.")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    if not sequences[0].dim():
        raise RuntimeError(
            "ArrayRef: invalid slice, N = 1; size = 0\nHint: a sequence has at least one dimension."
        )


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences of a padded tensor, each with its own length: pad_sequence undone."""
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    step = arange(padded_sequences.shape[1])
    pairs = zip(padded_sequences, lengths, strict=True)
    return [sequence[step < length] for sequence, length in pairs]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (length, *) packed into one tensor without padding; the longest comes first.

    >>> import microtorch as torch
    >>> from microtorch.nn.utils.rnn import pack_sequence
    >>> pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])]).data
    tensor([1, 4, 2, 5, 3])
    """
    lengths = as_tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch, as a list: pack_sequence undone."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
