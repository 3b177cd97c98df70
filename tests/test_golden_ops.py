"""Every operation gives PyTorch's values, gradients, second gradients, names and printed form."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.cases import Array, read_numbers, run_forward_and_backward, run_second_order

import microtorch as torch

GOLDEN = json.loads((Path(__file__).parent / "golden" / "ops.json").read_text())
SMOOTH = [case for case in GOLDEN if "second" in case]
NOT_FINITE = [
    case
    for case in GOLDEN
    if any(word in " ".join([case["value"][1], *case["gradients"]]) for word in ("nan", "inf"))
]

# Here PyTorch's name comes from a step of its own inside the operation, which we do not take.
OUR_NAMES: dict[str, str] = {}


def name_of(case: dict[str, Any]) -> str:
    """Return "mul of (3,) and (2, 3)", or the numbers themselves where they are the point."""
    by_shape = "second" in case
    inputs = [str(tuple(shape)) if by_shape else numbers for shape, numbers in case["inputs"]]
    return f"{case['op']} of {' and '.join(inputs)}"


def inputs_of(case: dict[str, Any]) -> list[Array]:
    return [read_numbers(numbers, shape) for shape, numbers in case["inputs"]]


def weights_of(case: dict[str, Any]) -> Array:
    return read_numbers(case["weights"], case["value"][0])


def assert_same_numbers(actual: Any, numbers: str, shape: Sequence[int]) -> None:
    array = actual.detach().numpy()
    assert array.dtype == np.float32
    assert array.shape == tuple(shape)
    np.testing.assert_allclose(array, read_numbers(numbers, shape), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in GOLDEN])
def test_op_gives_what_pytorch_gives(case: dict[str, Any]) -> None:
    inputs = inputs_of(case)
    outcome = run_forward_and_backward(torch, case["op"], inputs, weights_of(case))
    shape, numbers = case["value"]
    assert_same_numbers(outcome.value, numbers, shape)
    grad_fn = OUR_NAMES.get(name_of(case), case["grad_fn"])
    assert outcome.grad_fn == grad_fn
    assert outcome.printed == case["printed"].replace(case["grad_fn"], grad_fn)
    for gradient, expected, x in zip(outcome.gradients, case["gradients"], inputs, strict=True):
        assert_same_numbers(gradient, expected, x.shape)


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in SMOOTH])
def test_gradient_of_the_gradient_is_pytorchs(case: dict[str, Any]) -> None:
    inputs = inputs_of(case)
    texts = zip(case["directions"], inputs, strict=True)
    directions = [read_numbers(numbers, x.shape) for numbers, x in texts]
    second = run_second_order(torch, case["op"], inputs, weights_of(case), directions)
    for gradient, expected, x in zip(second, case["second"], inputs, strict=True):
        zeros = torch.tensor(np.zeros_like(x))
        given = zeros if gradient is None else gradient
        assert_same_numbers(given, expected if expected is not None else "0", x.shape)


def test_nan_and_infinity_come_without_a_warning() -> None:
    """In a process of its own, because pytest replaces the filter that the library sets."""
    program = (
        "import microtorch, test_golden_ops as t\n"
        "for case in t.NOT_FINITE:\n"
        "    t.run_forward_and_backward(\n"
        "        microtorch, case['op'], t.inputs_of(case), t.weights_of(case))\n"
        "print(len(t.NOT_FINITE))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"{len(NOT_FINITE)}\n", "")
    assert NOT_FINITE


def test_our_own_names_are_used_only_where_pytorchs_name_is_another() -> None:
    theirs = {name_of(case): case["grad_fn"] for case in GOLDEN}
    assert all(theirs[name] != ours for name, ours in OUR_NAMES.items())
