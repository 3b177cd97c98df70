"""Datasets and the DataLoader. Orders under a seed, batches, errors: golden/areas/data.py."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch
from microtorch.tensor.generator import default_generator, manual_seed
from microtorch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    default_collate,
    get_worker_info,
    random_split,
)

sizes = st.integers(1, 40)


class Squares(Dataset[int]):
    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self.n:
            raise IndexError(index)
        return index**2


class Stream(IterableDataset[int]):
    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.n))


def flat(batches: Any) -> list[int]:
    return list(itertools.chain.from_iterable(batch.tolist() for batch in batches))


# ---------------------------------------------------------------- every sample once


@given(sizes, sizes, st.booleans(), st.booleans())
def test_an_epoch_shows_every_sample_once(
    n: int, batch_size: int, shuffle: bool, drop_last: bool
) -> None:
    loader = DataLoader(Squares(n), batch_size, shuffle, drop_last=drop_last)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    shown = flat(batches)
    if drop_last:
        assert len(shown) == n // batch_size * batch_size
        assert len(set(shown)) == len(shown)
    else:
        assert sorted(shown) == [i**2 for i in range(n)]
    if not shuffle:
        assert shown == [i**2 for i in range(n)][: len(shown)]


@given(sizes, sizes, st.booleans())
def test_a_stream_is_read_from_front_to_back(n: int, batch_size: int, drop_last: bool) -> None:
    batches = list(DataLoader(Stream(n), batch_size, drop_last=drop_last))
    expected = n // batch_size * batch_size if drop_last else n
    assert flat(batches) == list(range(expected))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_a_split_deals_every_sample_out_once(lengths: list[int]) -> None:
    parts = random_split(range(sum(lengths)), lengths)  # type: ignore[type-var]
    assert [len(part) for part in parts] == lengths
    assert sorted(i for part in parts for i in part) == list(range(sum(lengths)))


@given(sizes, st.lists(st.floats(0.01, 1), min_size=1, max_size=4))
def test_a_split_by_fractions_leaves_nothing_over(n: int, weights: list[float]) -> None:
    fractions = [weight / sum(weights) for weight in weights]
    if sum(fractions) > 1:  # rounding: PyTorch takes these for lengths
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a part may be empty
        parts = random_split(range(n), fractions)  # type: ignore[type-var]
    assert sum(len(part) for part in parts) == n
    for part, fraction in zip(parts, fractions, strict=True):
        assert abs(len(part) - n * fraction) < 1 + len(parts)


@given(sizes, sizes, st.booleans())
def test_batches_of_a_sampler(n: int, batch_size: int, drop_last: bool) -> None:
    sampler = BatchSampler(range(n), batch_size, drop_last)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    whole = n // batch_size * batch_size if drop_last else n
    assert list(itertools.chain.from_iterable(batches)) == list(range(whole))


# ---------------------------------------------------------------- randomness


def test_a_seed_fixes_the_order_of_every_epoch() -> None:
    def two_epochs() -> list[list[int]]:
        manual_seed(3)
        loader = DataLoader(Squares(20), 4, shuffle=True)
        return [flat(loader), flat(loader)]

    first, second = two_epochs(), two_epochs()
    assert first == second
    assert first[0] != first[1]


def test_two_generators_with_one_seed_give_one_order() -> None:
    orders = [list(RandomSampler(range(9), generator=torch.Generator())) for _ in range(2)]
    assert orders[0] == orders[1]


def test_a_generator_of_ones_own_leaves_the_default_one_alone() -> None:
    manual_seed(0)
    before = default_generator.get_state().tolist()
    list(DataLoader(range(5), shuffle=True, generator=torch.Generator()))
    random_split(range(5), [3, 2], generator=torch.Generator())  # type: ignore[type-var]
    assert default_generator.get_state().tolist() == before


# ---------------------------------------------------------------- datasets of one's own


def test_a_batch_may_be_read_at_once() -> None:
    asked = []

    class Table(Dataset[Any]):
        def __getitems__(self, indices: list[int]) -> list[int]:
            asked.append(indices)
            return [10 * i for i in indices]

        def __len__(self) -> int:
            return 5

    assert flat(DataLoader(Table(), 2)) == [0, 10, 20, 30, 40]
    assert asked == [[0, 1], [2, 3], [4]]
    assert flat(DataLoader(Subset(Table(), [4, 2, 0]), 3)) == [40, 20, 0]


def test_views_on_views_of_datasets() -> None:
    both = ConcatDataset([Squares(3), Subset(Squares(10), [9, 8])])
    assert [both[i] for i in range(5)] == [0, 1, 4, 81, 64]
    assert list(Subset(Subset(Squares(10), [5, 6, 7]), [2, 0])) == [49, 25]


def test_gradients_flow_through_a_batch() -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (batch,) = DataLoader(w, batch_size=3)
    (batch**2).sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_batches_do_not_share_memory_with_the_dataset() -> None:
    x = torch.zeros(4, 2)
    for (batch,) in DataLoader(TensorDataset(x), batch_size=2):
        batch.fill_(1.0)
    assert x.tolist() == [[0.0, 0.0]] * 4


def test_passes_do_not_disturb_each_other() -> None:
    loader = DataLoader(Squares(3))
    assert [(a.item(), b.item()) for a in loader for b in loader] == [
        (a, b) for a in (0, 1, 4) for b in (0, 1, 4)
    ]


# ---------------------------------------------------------------- workers, which there are not


def test_workers_are_accepted_and_do_nothing() -> None:
    with pytest.warns(UserWarning, match=r"num_workers=2: microtorch loads in the main process"):
        loader = DataLoader(
            Squares(5), 2, num_workers=2, persistent_workers=True, worker_init_fn=print, timeout=1
        )
    assert flat(loader) == [0, 1, 4, 9, 16]
    assert (loader.num_workers, loader.prefetch_factor) == (2, 2)
    assert get_worker_info() is None


# ---------------------------------------------------------------- hints


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: default_collate([None]), "collate_fn"),
        (lambda: default_collate([[1], [1, 2]]), r"lengths \[1, 2\]"),
        (lambda: TensorDataset(np.ones(3)), "from_numpy"),  # type: ignore[arg-type]
        (lambda: TensorDataset(torch.ones(3), torch.ones(2)), r"\[3, 2\]"),
        (lambda: random_split(range(10), [8, 1]), "10 samples"),  # type: ignore[type-var]
        (lambda: RandomSampler([]), "0 samples"),
        (lambda: DataLoader(Stream(3), shuffle=True), "front to back"),
    ],
)
def test_errors_say_what_to_do(make: Any, hint: str) -> None:
    errors = (TypeError, ValueError, RuntimeError, AssertionError)
    with pytest.raises(errors, match=f"(?s)\nHint: .*{hint}"):
        make()
