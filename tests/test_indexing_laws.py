"""Laws of indexing, against NumPy: what is picked, what its gradient is, and what is written."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import microtorch as torch

SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)


def forwards(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part.step is None or part.step > 0 for part in parts if isinstance(part, slice))


@st.composite
def basic(draw: st.DrawFn) -> tuple[tuple[int, ...], Any]:
    shape = draw(SHAPES)
    index = arrays.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    return shape, draw(index.filter(forwards))


@st.composite
def advanced(draw: st.DrawFn) -> tuple[tuple[int, ...], Any]:
    shape = draw(SHAPES)
    return shape, draw(arrays.integer_array_indices(shape))


def check(shape: tuple[int, ...], index: Any, ours: Any) -> None:
    array = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    x = torch.tensor(array, requires_grad=True)
    picked = x[ours]
    np.testing.assert_array_equal(picked.detach().numpy(), array[index])
    weights = np.cos(np.arange(picked.numel())).reshape(tuple(picked.shape))
    (picked * torch.tensor(weights)).sum().backward()
    expected = np.zeros(shape)
    np.add.at(expected, index, weights)
    np.testing.assert_allclose(x.grad.numpy(), expected, atol=1e-12)


@given(basic())
def test_basic_index_picks_and_sends_back_what_numpy_says(case: tuple[Any, Any]) -> None:
    shape, index = case
    check(shape, index, index)


@given(advanced())
def test_lists_of_places_pick_and_send_back_what_numpy_says(case: tuple[Any, Any]) -> None:
    shape, index = case
    check(shape, index, tuple(torch.tensor(part) for part in index))


@given(SHAPES, st.integers(0, 2**31))
def test_masks_pick_and_send_back_what_numpy_says(shape: tuple[int, ...], seed: int) -> None:
    mask = np.random.default_rng(seed).random(shape) < 0.5
    check(shape, mask, torch.tensor(mask))


@given(basic())
def test_a_basic_index_is_a_view_and_assignment_writes_through_it(case: tuple[Any, Any]) -> None:
    shape, index = case
    array = np.zeros(shape)
    x = torch.zeros(shape, dtype=torch.float64)
    y = x[index]
    x[index] = 1.0
    array[index] = 1.0
    np.testing.assert_array_equal(x.numpy(), array)
    np.testing.assert_array_equal(y.numpy(), array[index])


@given(arrays.arrays(np.int64, SHAPES, elements=st.integers(0, 3)), st.booleans())
def test_sort_and_gather_agree(array: Any, descending: bool) -> None:
    x = torch.tensor(array)
    values, indices = x.sort(descending=descending)
    assert (values == x.gather(-1, indices)).all()
    ordered = np.sort(array, axis=-1)
    np.testing.assert_array_equal(values.numpy(), ordered[..., ::-1] if descending else ordered)


@given(st.integers(1, 200), st.integers(1, 40), st.integers(1, 4), st.integers(0, 2**31))
def test_rows_are_added_up_the_same_way_however_many_there_are(
    count: int, uses: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    index, source = rng.integers(0, count, uses), rng.normal(size=(uses, width))
    added = torch.zeros(count, width, dtype=torch.float64)
    added = added.index_add(0, torch.tensor(index), torch.tensor(source))
    expected = np.zeros((count, width))
    np.add.at(expected, index, source)
    np.testing.assert_allclose(added.numpy(), expected, atol=1e-12)


def test_infinity_in_one_row_stays_in_that_row() -> None:
    table = torch.ones(3, 2, requires_grad=True)
    picked = table[torch.tensor([0, 1, 1])]
    picked.backward(torch.tensor([[float("inf"), 1.0], [1.0, 1.0], [1.0, 1.0]]))
    assert table.grad.tolist() == [[float("inf"), 1.0], [2.0, 2.0], [0.0, 0.0]]
