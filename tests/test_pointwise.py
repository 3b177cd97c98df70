"""Functions entry by entry and reductions: laws, accuracy, and NumPy's functions on tensors."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import microtorch as torch
from microtorch.ops.erf import erf, erfc, erfinv

floats = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-5, 5))

# Accuracy -----------------------------------------------------------------------------------------


def relative_error(found: Any, expected: Any) -> float:
    expected = np.asarray(expected)
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-300)))


def test_error_functions_are_right_to_the_last_digits() -> None:
    x = np.linspace(-6, 6, 4001)
    assert relative_error(erf(x), [math.erf(v) for v in x]) < 1e-15
    x = np.linspace(-6, 25, 4001)
    assert relative_error(erfc(x), [math.erfc(v) for v in x]) < 4e-15
    p = np.linspace(-0.9999, 0.9999, 2001)
    np.testing.assert_allclose([math.erf(v) for v in erfinv(p)], p, rtol=0, atol=4e-16)


def test_error_function_in_single_precision() -> None:
    x = np.linspace(-5, 5, 4001).astype(np.float32)
    assert np.max(np.abs(erf(x) - [math.erf(v) for v in x])) < 5e-7
    assert erf(x).dtype == np.float32


def test_long_sums_in_single_precision_do_not_pile_up_rounding_errors() -> None:
    x = torch.tensor(np.full((100_000, 3), 0.1, np.float32))
    for total in (x.sum(0), x.T.sum(1), x.reshape(-1).sum() / 3):
        np.testing.assert_allclose(total.numpy(), 10_000, rtol=3e-6)


# Laws ---------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(floats)
def test_reductions_agree_with_numpy(x: Any) -> None:
    t = torch.tensor(x)
    for axis in [None, *range(x.ndim), (0, x.ndim - 1) if x.ndim > 1 else 0]:
        for ours, numpys in ((t.sum, x.sum), (t.mean, x.mean), (t.amax, x.max), (t.amin, x.min)):
            for keep in (False, True):
                found = ours(dim=axis, keepdim=keep)
                np.testing.assert_allclose(
                    found.numpy(), numpys(axis=axis, keepdims=keep), rtol=1e-12, atol=1e-12
                )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(floats)
def test_values_and_indices_belong_together(x: Any) -> None:
    t = torch.tensor(x)
    for found in (t.max(-1), t.min(-1), t.median(-1), t.mode(-1)):
        index = found.indices.numpy()
        picked = np.take_along_axis(x, index[..., None], -1)[..., 0]
        np.testing.assert_array_equal(picked, found.values.numpy())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(floats, st.floats(0.1, 3))
def test_quotient_and_remainder_make_the_number_again(x: Any, b: float) -> None:
    t = torch.tensor(x)
    whole, rest = torch.div(t, b, rounding_mode="floor"), torch.remainder(t, b)
    np.testing.assert_allclose((whole * b + rest).numpy(), x, atol=1e-12)
    whole, rest = torch.div(t, b, rounding_mode="trunc"), torch.fmod(t, b)
    np.testing.assert_allclose((whole * b + rest).numpy(), x, atol=1e-12)


@pytest.mark.parametrize(
    "function", [torch.prod, lambda x: x.cumprod(0).sum()], ids=["prod", "cumprod"]
)
def test_products_with_zeros_have_exact_gradients_of_every_order(
    function: Callable[..., Any],
) -> None:
    for numbers in ([0.0, 2.0, 3.0], [0.0, 2.0, 0.0]):
        x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(function, x)
        assert torch.autograd.gradgradcheck(function, x)


# What has no derivative ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [lambda x: x // 2, lambda x: torch.heaviside(x, x)], ids=["//", "step"]
)
def test_a_step_without_derivative_refuses_the_backward_pass(function: Callable[..., Any]) -> None:
    y = function(torch.tensor([1.0], requires_grad=True))
    assert repr(y).endswith("grad_fn=<NotImplemented>)")
    with pytest.raises(RuntimeError, match=r"derivative for aten::\w+ is not implemented"):
        y.backward()


# Results with names -------------------------------------------------------------------------------


def test_named_results_unpack_print_and_copy() -> None:
    found = torch.tensor([[1.0, 5.0], [7.0, 2.0]]).max(dim=1)
    values, indices = found
    assert values is found.values
    assert indices is found[1]
    assert repr(found) == (
        "torch.return_types.max(\nvalues=tensor([5., 7.]),\nindices=tensor([1, 0]))"
    )
    assert type(copy.copy(found)) is type(found)


# NumPy's functions --------------------------------------------------------------------------------

X = np.array([[0.2, 0.9, 0.4], [0.7, 0.1, 0.5]])
NUMPY: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(np, name)
        for name in [
            "exp",
            "log",
            "sqrt",
            "sin",
            "arcsin",
            "arctanh",
            "log1p",
            "floor",
            "sign",
            "square",
            "isfinite",
            "logical_not",
            "deg2rad",
            "sum",
            "mean",
            "prod",
            "std",
            "var",
            "max",
            "min",
            "argmax",
            "cumsum",
            "cumprod",
            "all",
            "any",
            "round",
            "ravel",
            "sinc",
        ]
    },
    "add": lambda x: np.add(x, x),
    "divide": lambda x: np.divide(2.0, x),
    "arctan2": lambda x: np.arctan2(x, X[0]),
    "greater": lambda x: np.greater(x, 0.3),
    "where": lambda x: np.where(x > 0.3, x, 0.0),
    "clip": lambda x: np.clip(x, 0.3, 0.6),
    "sum along": lambda x: np.sum(x, axis=1, keepdims=True),
    "max along": lambda x: np.max(x, axis=0),
    "transpose": lambda x: np.transpose(x),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "stack": lambda x: np.stack([x, x]),
    "array first": lambda x: np.ones(3) * x,
    "array last": lambda x: x - np.ones(3),
    "remainder": lambda x: np.remainder(x, 0.3),
}


@pytest.mark.parametrize("name", NUMPY)
def test_numpys_functions_take_tensors(name: str) -> None:
    found, expected = NUMPY[name](torch.tensor(X)), NUMPY[name](X)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_numpys_functions_record_gradients() -> None:
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    np.sum(np.sqrt(x)).backward()
    assert x.grad.tolist() == [0.5, 0.25]


def test_numpy_reads_tensors_but_not_those_with_a_gradient() -> None:
    x = torch.tensor([1.0, 2.0])
    assert np.asarray(x).tolist() == np.array(x).tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        np.asarray(x.requires_grad_())


@pytest.mark.parametrize("option", [{"out": np.zeros(2)}, {"where": np.array([True, False])}])
def test_options_of_numpy_that_cannot_be_recorded_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="not supported with microtorch tensors"):
        np.exp(torch.tensor([1.0, 2.0]), **option)


def test_functions_of_numpy_without_a_rule_are_refused() -> None:
    for function in (np.cbrt, np.fft.fft, lambda x: np.add.reduce(x)):
        with pytest.raises(TypeError, match="no gradient rule"):
            function(torch.tensor([1.0, 2.0]))
