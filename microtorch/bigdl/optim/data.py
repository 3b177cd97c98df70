"""Training data: arrays, or anything that can be gone through sample by sample, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, arrays
from microtorch.bigdl.util.common import Sample

Batch = tuple[Activity, Activity]


class TrainingSet:
    """Batches of ``(X, Y)``, two arrays or tables of arrays, or of an iterable of samples.

    A sample is a pair ``(x, y)`` or a :class:`Sample`. What can be gone through only once (a
    generator) is remembered for the epochs after the first.
    """

    def __init__(self, data: Any, batch_size: int, shuffle: bool = False) -> None:
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size is a whole number from 1 on, not {batch_size!r}")
        self.batch_size, self.shuffle = batch_size, shuffle
        self.X: Activity = None
        self.Y: Activity = None
        self.samples: Iterable[Any] = ()
        if is_pair(data):
            self.X, self.Y = data
            self.size = size_of(self.X, self.Y)
        else:
            if not isinstance(data, Iterable) or isinstance(data, str | bytes | np.ndarray):
                raise TypeError(
                    "training data are (X, Y), two arrays, or an iterable of samples (x, y), "
                    f"not {type(data).__name__}."
                )
            self.samples = Remembered(data) if iter(data) is data else data
            if shuffle:
                self.samples = list(self.samples)

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch. The last one may be smaller."""
        if self.X is None:
            return self.of_samples()
        return self.of_arrays()

    def of_arrays(self) -> Iterator[Batch]:
        order = shuffled(self.size) if self.shuffle else None
        for start in range(0, self.size, self.batch_size):
            rows: Any = slice(start, start + self.batch_size)
            yield taken(self.X, rows, order), taken(self.Y, rows, order)

    def of_samples(self) -> Iterator[Batch]:
        samples = self.samples
        if self.shuffle:
            assert isinstance(samples, list)
            samples = [samples[k] for k in shuffled(len(samples))]
        stream = iter(samples)
        empty = True
        while pairs := [pair_of(each) for each in islice(stream, self.batch_size)]:
            empty = False
            yield stacked([x for x, _ in pairs], "x"), stacked([y for _, y in pairs], "y")
        if empty:
            raise ValueError("the training data are empty: there is no sample in them.")


class Remembered:
    """Goes through an iterator once, and keeps what came for the next time."""

    def __init__(self, stream: Iterator[Any]) -> None:
        self.stream, self.kept = stream, list[Any]()

    def __iter__(self) -> Iterator[Any]:
        yield from self.kept
        for each in self.stream:
            self.kept.append(each)
            yield each


def is_pair(data: Any) -> bool:
    """Whether data are (X, Y): two arrays, or tables of arrays."""

    def holds_arrays(x: Any) -> bool:
        if isinstance(x, list | tuple):
            return bool(x) and all(map(holds_arrays, x))
        return isinstance(x, np.ndarray)

    if not isinstance(data, tuple | list) or len(data) != 2 or not holds_arrays(list(data)):
        return False
    # A list of two samples (x, y) looks alike, but it is no tuple.
    return isinstance(data, tuple) or isinstance(data[0], np.ndarray)


def size_of(X: Activity, Y: Activity) -> int:
    """How many samples there are; ValueError if the arrays do not agree."""
    lengths = {len(a) if a.ndim else 0 for a in (*arrays(as_lists(X)), *arrays(as_lists(Y)))}
    if len(lengths) != 1:
        raise ValueError(
            "X and Y must hold the same number of samples along their first dimension, not "
            + " and ".join(map(str, sorted(lengths)))
            + "."
        )
    size = lengths.pop()
    if not size:
        raise ValueError("the training data are empty: there is no sample in them.")
    return size


def as_lists(x: Any) -> Any:
    """Tuples as lists: tables."""
    return [as_lists(each) for each in x] if isinstance(x, list | tuple) else x


def taken(x: Activity, rows: slice, order: Any) -> Activity:
    """Some samples of an array, or of every array in a table."""
    if isinstance(x, list | tuple):
        return [taken(each, rows, order) for each in x]
    return x[rows] if order is None else x[order[rows]]


def shuffled(n: int) -> Any:
    """The numbers from 0 to n - 1 in another order, from the library's own random numbers."""
    from microtorch.tensor.random import randperm

    return randperm(n).numpy()


def pair_of(sample: Any) -> tuple[Any, Any]:
    """A sample as (x, y), or TypeError."""
    if isinstance(sample, Sample):
        return sample.feature, sample.label
    if isinstance(sample, list | tuple) and len(sample) == 2:
        return sample[0], sample[1]
    raise TypeError(
        f"a sample is a pair (x, y) or a Sample, not {type(sample).__name__}"
        + (f" of {len(sample)}" if isinstance(sample, list | tuple) else "")
        + "."
    )


def stacked(parts: list[Any], what: str) -> Activity:
    """The x, or the y, of several samples as one batch. A label may be a number or [number]."""
    if isinstance(parts[0], list | tuple) and isinstance(parts[0][0], np.ndarray):
        return [stacked([part[k] for part in parts], what) for k in range(len(parts[0]))]
    found = [np.asarray(part.detach() if hasattr(part, "detach") else part) for part in parts]
    if len({each.shape for each in found}) > 1:
        shapes = ", ".join(sorted({str(each.shape) for each in found}))
        raise ValueError(f"the {what} of the samples in one batch have different shapes: {shapes}.")
    return np.stack(found)


def count(X: Activity) -> int:
    """How many samples a batch holds."""
    while isinstance(X, list):
        X = X[0]
    return len(X)
