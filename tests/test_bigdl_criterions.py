"""The criterions: BigDL's documented numbers, formulas, averages, padding, and bad input."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "golden"))
from bigdl_losses import NOT_REPRODUCIBLE, PYTHON, SCALA, Example

import microtorch as torch
from microtorch.bigdl.nn import criterion as module
from microtorch.bigdl.nn.criterion import *

F = torch.nn.functional


def entries(x: Any) -> np.ndarray:
    """All numbers of an array or of a table."""
    return np.concatenate([np.ravel(each) for each in (x if isinstance(x, list) else [x])])


EXAMPLES = [
    pytest.param(e, id=f"{name}-{k}")
    for k, found in (("python", PYTHON), ("scala", SCALA))
    for name, e in found.items()
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_documentation_prints_these_numbers(example: Example) -> None:
    loss = example.criterion.forward(example.input, example.target)
    assert type(loss) is float
    assert loss == pytest.approx(example.loss, rel=example.tolerance)
    gradient = example.criterion.backward(example.input, example.target)
    if example.gradient is not None:
        np.testing.assert_allclose(
            entries(gradient), entries(example.gradient), rtol=1e-5, atol=1e-8
        )


def test_31_of_the_36_examples_reproduce_and_the_others_say_why() -> None:
    assert (len(PYTHON), len(NOT_REPRODUCIBLE)) == (31, 5)
    assert set(SCALA) == set(NOT_REPRODUCIBLE)
    every = {name for name in module.__all__ if name not in ("Criterion", "np")}
    assert len(every) == 37
    assert set(PYTHON) | set(NOT_REPRODUCIBLE) == every - {"TimeDistributedMaskCriterion"}
