"""The DataLoader: goes through a dataset, batch by batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, Generic, TypeVar

from microtorch.tensor.generator import Generator
from microtorch.utils.data.collate import default_collate, default_convert
from microtorch.utils.data.dataset import Dataset, IterableDataset
from microtorch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    draw_seed,
)

T_co = TypeVar("T_co", covariant=True)

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[T_co]):
    """Goes through a dataset in batches: ``for inputs, targets in loader``.

    ``shuffle`` takes a new random order every time (PyTorch's order after ``torch.manual_seed``);
    ``sampler`` or ``batch_sampler`` give an order of their own; ``drop_last`` leaves out a last
    batch that is not full; ``batch_size=None`` hands out single samples; ``collate_fn`` makes a
    batch of a list of samples. Raises ValueError for settings that exclude each other.

    Everything is loaded in this process: ``num_workers`` and what belongs to it are accepted, so
    that a program for PyTorch runs, but change nothing.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> list(DataLoader(range(5), batch_size=2, shuffle=True))
    [tensor([1, 4]), tensor([2, 3]), tensor([0])]
    """

    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        if multiprocessing_context is not None and num_workers == 0:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading "
                f"(num_workers > 0), but got num_workers={num_workers}"
            )
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                    "and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )
        if sampler is None:
            if self._iterable:
                sampler = repeat(None)
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset: Dataset[T_co] = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn: Callable[[Any], Any]
        by_default = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn or by_default
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._promised_length: int | None = None
        self._initialized = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in FIXED:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized\n"
                "Hint: make a new DataLoader."
            )
        super().__setattr__(name, value)

    def __iter__(self) -> DataLoaderIterator:
        return DataLoaderIterator(self)

    @property
    def _order(self) -> Any:
        """The numbers to read next: lists of them, if batches are made."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        """How many batches there are; TypeError if the dataset or the sampler has no length."""
        if not self._iterable:
            return len(self._order)
        n = self._promised_length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


class DataLoaderIterator:
    """One pass through a DataLoader."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                stacklevel=3,
            )
        self._loader = loader
        self._order = iter(loader._order)
        draw_seed(loader.generator)  # PyTorch's seed for workers: it moves the generator on
        self._stream = iter(loader.dataset) if loader._iterable else None
        self._count = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        index = next(self._order)
        if self._stream is not None:
            samples = self._next_of_stream(index)
        else:
            samples = self._by_number(index)
        batch = self._loader.collate_fn(samples)
        self._count += 1
        promised = self._loader._promised_length
        if promised is not None and self._count > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised}"
                f"(when accessing len(dataloader)), but {self._count} samples have been fetched. ",
                stacklevel=2,
            )
        return batch

    def _by_number(self, index: Any) -> Any:
        dataset: Any = self._loader.dataset
        if self._loader.batch_sampler is None:
            return dataset[index]
        if getattr(dataset, "__getitems__", None):
            return dataset.__getitems__(index)
        return [dataset[i] for i in index]

    def _next_of_stream(self, places: Any) -> Any:
        assert self._stream is not None
        if self._loader.batch_sampler is None:
            return next(self._stream)
        samples = [sample for _, sample in zip(places, self._stream, strict=False)]
        full = len(samples) == len(places)
        if not samples or (self._loader.drop_last and not full):
            raise StopIteration
        return samples

    def __len__(self) -> int:
        return len(self._loader._order)


def check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    """Raise ValueError for settings that PyTorch refuses; say that there are no workers here."""
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable "
            "multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if num_workers:
        warnings.warn(
            f"num_workers={num_workers}: microtorch loads in the main process, one batch after the "
            "other.\nHint: the batches are the same. Leave num_workers out to be rid of this "
            "warning.",
            stacklevel=3,
        )


def check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    """Raise ValueError for options that need samples with numbers."""
    options = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                f"{name}={value}\n"
                "Hint: such a dataset is read from front to back; only it can change the order."
            )


def get_worker_info() -> None:
    """What a worker process knows about itself: nothing, because there are no workers here."""
