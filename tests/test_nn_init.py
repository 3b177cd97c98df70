"""Laws of nn.init; PyTorch's own numbers are in golden/areas/nn_core.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch
from microtorch import nn

sizes = st.integers(1, 12)


@given(sizes, sizes, st.floats(0.5, 3))
def test_orthogonal_rows_or_columns_are_at_right_angles(rows: int, cols: int, gain: float) -> None:
    q = nn.init.orthogonal_(torch.empty(rows, cols), gain).numpy()
    product = q @ q.T if rows <= cols else q.T @ q
    np.testing.assert_allclose(product, gain**2 * np.eye(min(rows, cols)), atol=1e-5 * gain**2)


@given(st.floats(-3, 3), st.floats(0.1, 2), st.floats(-2, 2), st.floats(0.2, 4))
def test_truncated_numbers_stay_between_the_limits(
    mean: float, std: float, low: float, width: float
) -> None:
    mean = min(max(mean, low), low + width)
    values = nn.init.trunc_normal_(torch.empty(64), mean, std, low, low + width).numpy()
    assert values.min() >= np.float32(low)
    assert values.max() <= np.float32(low + width)


@given(st.integers(2, 30), sizes, st.floats(0, 1))
def test_every_column_of_a_sparse_matrix_has_its_share_of_zeros(
    rows: int, cols: int, sparsity: float
) -> None:
    values = nn.init.sparse_(torch.empty(rows, cols), sparsity).numpy()
    assert ((values == 0).sum(0) == math.ceil(sparsity * rows)).all()


@pytest.mark.parametrize("shape", [(40, 50), (20, 10, 3, 3)])
def test_spread_follows_the_number_of_inputs_and_outputs(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    fan_in, fan_out = math.prod(shape[1:]), shape[0] * math.prod(shape[2:])
    for fill, variance in [
        (nn.init.xavier_uniform_, 2 / (fan_in + fan_out)),
        (nn.init.xavier_normal_, 2 / (fan_in + fan_out)),
        (nn.init.kaiming_uniform_, 2 / fan_in),
        (nn.init.kaiming_normal_, 2 / fan_in),
    ]:
        spread = fill(torch.empty(shape)).numpy().std()
        assert spread == pytest.approx(math.sqrt(variance), rel=0.1)


@pytest.mark.parametrize(
    "fill",
    [
        nn.init.uniform_,
        nn.init.normal_,
        nn.init.ones_,
        nn.init.zeros_,
        nn.init.eye_,
        nn.init.trunc_normal_,
        nn.init.xavier_uniform_,
        nn.init.xavier_normal_,
        nn.init.kaiming_uniform_,
        nn.init.kaiming_normal_,
        nn.init.orthogonal_,
        pytest.param(lambda t: nn.init.sparse_(t, 0.5), id="sparse_"),
        pytest.param(lambda t: nn.init.constant_(t, 3.0), id="constant_"),
    ],
)
def test_a_parameter_is_filled_in_place_and_stays_a_leaf(fill: Any) -> None:
    data = torch.full((3, 4), 7.0)
    parameter = nn.Parameter(data)
    assert fill(parameter) is parameter
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert (data != 7.0).all(), "the memory is the same"


def test_a_dirac_convolution_hands_its_input_on() -> None:
    weight = nn.init.dirac_(torch.empty(3, 3, 5))
    x = torch.rand(1, 3, 9)
    y = torch.nn.functional.conv1d(x, weight, padding=2)
    np.testing.assert_allclose(y.numpy(), x.numpy())


def test_an_identity_layer_hands_its_input_on() -> None:
    layer = nn.Linear(4, 4)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    x = torch.rand(2, 4)
    np.testing.assert_array_equal(layer(x).detach().numpy(), x.numpy())


def test_another_generator_may_draw() -> None:
    torch.manual_seed(0)
    first = nn.init.normal_(torch.empty(5))
    second = nn.init.normal_(torch.empty(5), generator=torch.Generator().manual_seed(0))
    np.testing.assert_array_equal(first.numpy(), second.numpy())
