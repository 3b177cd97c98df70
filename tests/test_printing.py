"""Tensors print exactly as in PyTorch 2.13 (tests/golden/printing.json holds what it printed)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.cases import VIEWS, Array, read_numbers

from microtorch.tensor.printing import format_tensor

GOLDEN = json.loads((Path(__file__).parent / "golden" / "printing.json").read_text())


def name_of(case: dict[str, Any]) -> str:
    extras = [case[key] for key in ("view", "grad_fn") if key in case]
    if "requires_grad" in case:
        extras.append("requires_grad")
    return " ".join(map(str, [case["dtype"], case["shape"], case["numbers"][:40], *extras]))


def float32(*numbers: float) -> Array:
    return np.array(numbers, dtype=np.float32)


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in GOLDEN])
def test_prints_what_pytorch_prints(case: dict[str, Any]) -> None:
    whole = read_numbers(case["numbers"], case["shape"], case["dtype"])
    array = VIEWS[case.get("view", "whole")](whole)
    printed = format_tensor(
        array, grad_fn=case.get("grad_fn"), requires_grad=case.get("requires_grad", False)
    )
    assert printed == case["repr"]


def test_whole_floats_keep_their_dot() -> None:
    assert format_tensor(float32(1, 4)) == "tensor([1., 4.])"


def test_other_floats_show_four_decimals_in_columns() -> None:
    printed = format_tensor(float32(0.2515, -0.12284, 1.62566))
    assert printed == "tensor([ 0.2515, -0.1228,  1.6257])"


def test_exponents_appear_when_four_decimals_cannot_tell_the_numbers() -> None:
    assert format_tensor(float32(1e-5, 1)) == "tensor([1.0000e-05, 1.0000e+00])"


def test_nan_and_infinity_do_not_change_the_format_of_the_others() -> None:
    assert format_tensor(float32(1, np.nan, np.inf)) == "tensor([1., nan, inf])"


def test_dtype_is_named_unless_the_numbers_tell_it() -> None:
    assert format_tensor(np.array([1, 2], dtype=np.int64)) == "tensor([1, 2])"
    assert format_tensor(np.array([1, 2], dtype=np.int32)) == "tensor([1, 2], dtype=torch.int32)"


def test_empty_tensor_tells_its_size() -> None:
    assert format_tensor(np.zeros((2, 0), dtype=np.float32)) == "tensor([], size=(2, 0))"


def test_leaf_says_that_it_collects_gradients() -> None:
    assert format_tensor(float32(2), requires_grad=True) == "tensor([2.], requires_grad=True)"


def test_result_names_its_operation_and_not_the_flag() -> None:
    printed = format_tensor(float32(1, 4), grad_fn="MulBackward0", requires_grad=True)
    assert printed == "tensor([1., 4.], grad_fn=<MulBackward0>)"


@pytest.mark.parametrize(
    ("scalar", "printed"),
    [
        (np.float32(16), "tensor(16.)"),
        (np.float32(8.2944), "tensor(8.2944)"),
        (np.float64(0.5), "tensor(0.5000, dtype=torch.float64)"),
        (np.int64(-3), "tensor(-3)"),
        (np.uint8(3), "tensor(3, dtype=torch.uint8)"),
        (np.bool_(True), "tensor(True)"),
    ],
)
def test_numpy_scalar_prints_like_an_array_without_axes(scalar: np.generic, printed: str) -> None:
    assert format_tensor(scalar) == printed
    assert format_tensor(np.array(scalar)) == printed


def test_blocks_of_matrices_are_parted_by_a_blank_line() -> None:
    cube = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    assert format_tensor(cube).splitlines() == [
        "tensor([[[0., 1.],",
        "         [2., 3.]],",
        "",
        "        [[4., 5.],",
        "         [6., 7.]]])",
    ]


def test_above_a_thousand_numbers_only_the_edges_are_shown() -> None:
    assert "..." not in format_tensor(np.zeros(1000, dtype=np.float32))
    assert format_tensor(np.arange(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
