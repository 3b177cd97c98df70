"""Tensors of data and filled ones: laws that hold for all inputs.

Values and error words are compared with PyTorch's in tests/golden/areas/creation.py.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import microtorch as torch
from microtorch.tensor.dtypes import by_numpy, convert

DTYPES = list(by_numpy.values())
DTYPE = st.sampled_from(DTYPES)
ARRAY = arrays.arrays(
    st.sampled_from([dtype.numpy for dtype in DTYPES]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(ARRAY)
def test_an_array_comes_back_as_it_was(array: Any) -> None:
    t = torch.tensor(array)
    assert t.dtype.numpy == array.dtype
    assert t.shape == array.shape
    np.testing.assert_array_equal(t.numpy(), array)


@given(ARRAY)
def test_nested_lists_make_the_same_tensor_as_the_array(array: Any) -> None:
    t = torch.tensor(array.tolist(), dtype=by_numpy[array.dtype])
    if 0 not in array.shape[:-1]:  # else the lists do not tell the lengths inside
        assert t.shape == array.shape
    np.testing.assert_array_equal(t.numpy().ravel(), array.ravel())


@given(ARRAY)
def test_from_numpy_shares_and_tensor_copies(array: Any) -> None:
    shared, copied = torch.from_numpy(array), torch.tensor(array)
    if array.ndim and array.size:
        assert np.shares_memory(shared.numpy(), array)
    assert not np.shares_memory(copied.numpy(), array)


@given(DTYPE, DTYPE, DTYPE)
def test_promotion_does_not_depend_on_order(a: Any, b: Any, c: Any) -> None:
    assert torch.promote_types(a, b) is torch.promote_types(b, a)
    left = torch.promote_types(torch.promote_types(a, b), c)
    assert left is torch.promote_types(a, torch.promote_types(b, c))


@given(DTYPE, DTYPE)
def test_both_types_can_be_cast_to_their_promotion(a: Any, b: Any) -> None:
    common = torch.promote_types(a, b)
    assert torch.can_cast(a, common)
    assert torch.can_cast(b, common)
    zeros = torch.zeros(2, dtype=a), torch.zeros(2, dtype=b)
    assert torch.result_type(*zeros) is common


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["int8", "int16", "int32", "uint8"]))
def test_whole_numbers_wrap_around(number: int, name: str) -> None:
    bits = np.dtype(name).itemsize * 8
    found = int(convert(np.int64(number), np.dtype(name)))
    assert (found - number) % 2**bits == 0


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-7, 7).filter(bool))
def test_arange_counts_as_range_does(start: int, end: int, step: int) -> None:
    if (end - start) * step < 0:
        with pytest.raises(RuntimeError, match="inconsistent with step sign"):
            torch.arange(start, end, step)
    else:
        assert torch.arange(start, end, step).tolist() == list(range(start, end, step))


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.integers(2, 60))
def test_linspace_holds_both_ends_and_equal_distances(start: float, end: float, n: int) -> None:
    numbers = torch.linspace(start, end, n, dtype=torch.float64).numpy()
    assert (numbers[0], numbers[-1]) == (start, end)
    np.testing.assert_allclose(numbers, np.linspace(start, end, n), rtol=1e-12, atol=1e-9)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(-7, 7))
def test_triangle_indices_are_numpys(rows: int, columns: int, offset: int) -> None:
    lower = np.stack(np.tril_indices(rows, offset, columns))
    upper = np.stack(np.triu_indices(rows, offset, columns))
    np.testing.assert_array_equal(torch.tril_indices(rows, columns, offset).numpy(), lower)
    np.testing.assert_array_equal(torch.triu_indices(rows, columns, offset).numpy(), upper)


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_a_size_stays_a_size(a: list[int], b: list[int]) -> None:
    size = torch.Size(a)
    for part in (size[1:], size + tuple(b), tuple(b) + size, size * 2, copy.deepcopy(size)):
        assert type(part) is torch.Size
    assert size == tuple(a)
    assert size.numel() == np.prod(a, dtype=int)
    assert pickle.loads(pickle.dumps(size)) == size


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_copied_dtype_is_the_same_object(dtype: Any) -> None:
    assert copy.deepcopy(dtype) is dtype
    assert pickle.loads(pickle.dumps(dtype)) is dtype


@pytest.mark.parametrize("name", ["complex64", "uint16", "uint32", "uint64", "longdouble"])
def test_a_dtype_that_is_left_out_is_named(name: str) -> None:
    with pytest.raises(TypeError, match=r"has no dtype|only supported types"):
        torch.tensor(np.zeros(2, name))


def test_empty_holds_zeros() -> None:
    assert torch.empty(2, 2).tolist() == [[0, 0], [0, 0]]
    assert torch.empty_like(torch.ones(2)).tolist() == [0, 0]


def test_a_hint_says_which_number_does_not_fit() -> None:
    with pytest.raises(RuntimeError, match=r"without overflow\nHint: 300 does not fit"):
        torch.tensor([1, 300], dtype=torch.uint8)
