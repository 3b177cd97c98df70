"""What PyTorch gave for the cases of golden/areas, microtorch gives too."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.areas import area_names, cases_of
from golden.case import Array, Case, read_array
from golden.run_case import run

import microtorch as torch

DATA = Path(__file__).parent / "golden" / "data"
AREAS = area_names()
CASES = [
    pytest.param(area, case, id=f"{area}: {case.id}") for area in AREAS for case in cases_of(area)
]
RELATIVE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-10}
ABSOLUTE = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-12}


@cache
def recorded(area: str) -> dict[str, Any]:
    path = DATA / f"{area}.json"
    lines = json.loads(path.read_text()) if path.exists() else []
    return {line["case"]: line for line in lines}


@pytest.mark.parametrize("area", AREAS)
def test_recorded_values_belong_to_the_cases(area: str) -> None:
    written = [repr(case) for case in cases_of(area)]
    assert written == list(recorded(area)), remake(area)


def remake(area: str) -> str:
    return f"run with PyTorch, in tests/: python -m golden.make_areas {area}"


@pytest.mark.parametrize(("area", "case"), CASES)
def test_case_gives_what_pytorch_gives(area: str, case: Case) -> None:
    expected = recorded(area).get(repr(case))
    assert expected, f"no recorded value for {case!r}: {remake(area)}"
    compare(case, expected, run(case, torch, expected["attempt"]))


EXAMPLE = Case("torch.exp(x) * 2", x=(2, 3))
CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another number": lambda ours: ours["result"]["tensor"].__setitem__(2, "1 2 3 4 5 6"),
    "another dtype": lambda ours: ours["result"]["tensor"].__setitem__(0, "float64"),
    "another shape": lambda ours: ours["result"]["tensor"].__setitem__(1, [3, 2]),
    "no graph": lambda ours: ours["result"].update(requires_grad=False, grad_fn=None),
    "another name": lambda ours: ours["result"].update(grad_fn="ExpBackward0"),
    "another printed form": lambda ours: ours.update(printed=ours["printed"] + " "),
    "another gradient": lambda ours: ours["first"].__setitem__(0, ours["second"][0]),
    "no gradient": lambda ours: ours["first"].__setitem__(0, None),
    "no second gradient": lambda ours: ours["second"].__setitem__(0, None),
    "no gradients": lambda ours: ours.pop("first"),
    "a warning": lambda ours: ours.update(warnings=[["UserWarning", "beware"]]),
    "an error": lambda ours: ours.update(error=["ValueError", "no"]),
    "a number": lambda ours: ours.update(result={"float": "1.0"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_difference_is_seen(change: str) -> None:
    expected = {**run(EXAMPLE, torch), "steady": True}
    actual = copy.deepcopy(expected)
    compare(EXAMPLE, expected, actual)
    CHANGES[change](actual)
    with pytest.raises(AssertionError):
        compare(EXAMPLE, expected, actual)


def compare(case: Case, expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert actual.get("error") == expected.get("error"), case
    assert actual.get("warnings") == expected.get("warnings"), case
    if case.error:
        return
    exact = same(case, expected["result"], actual["result"], "result")
    if case.printed and (exact or expected["steady"]):
        theirs, ours = expected["printed"], actual["printed"]
        if not case.name:
            theirs, ours = without_names(theirs), without_names(ours)
        assert ours == theirs, case
    for order in ("first", "second"):
        assert (order in actual) == (order in expected), f"{case!r}: gradients of {order} order"
        if expected.get(order):
            same_gradients(case, order, expected, actual)


def without_names(printed: str) -> str:
    return re.sub(r",\s+grad_fn=<[^>]*>", "", printed)


def same_gradients(
    case: Case, order: str, expected: dict[str, Any], actual: dict[str, Any]
) -> None:
    """No gradient is not the same as zeros, except for the gradient of a gradient."""
    wide = 1 if order == "first" else 10
    for number, (theirs, ours) in enumerate(zip(expected[order], actual[order], strict=True)):
        where = f"gradient {number} of {order} order"
        if order == "second" and None in (theirs, ours):
            given = theirs or ours
            assert given is None or not read_array(given).any(), f"{case!r}: {where}"
        else:
            assert (ours is None) == (theirs is None), f"{case!r}: {where}: {theirs}, not {ours}"
            if theirs is not None:
                close(case, read_array(theirs), read_array(ours), where, wide, coarsest(case))


def coarsest(case: Case) -> str | None:
    """The dtype with the fewest digits among the leaves: a step may have been taken in it."""
    specs = case.inputs.values()
    dtypes = ["float32" if type(spec) is tuple else getattr(spec, "dtype", None) for spec in specs]
    return next((dtype for dtype in RELATIVE if dtype in dtypes), None)


def same(case: Case, expected: Any, actual: Any, where: str) -> bool:
    """Raise unless two written results agree; True if they agree to the last bit."""
    assert type(actual) is type(expected), f"{case!r}: {where}: {expected}, not {actual}"
    if isinstance(expected, list):
        assert len(actual) == len(expected), f"{case!r}: {where}: {expected}, not {actual}"
        pairs = list(zip(expected, actual, strict=True))
        agree = [same(case, *pair, f"{where}[{i}]") for i, pair in enumerate(pairs)]
        return all(agree)
    if not isinstance(expected, dict):
        assert actual == expected, f"{case!r}: {where}: {expected}, not {actual}"
        return True
    assert list(actual) == list(expected), f"{case!r}: {where}: {expected}, not {actual}"
    if "float" in expected:
        pair = [np.array(float(one["float"])) for one in (expected, actual)]
        return close(case, *pair, where, dtype="float32")  # that is where most of them come from
    exact = True
    for key, theirs in expected.items():
        if key in ("tensor", "array"):
            exact = close(case, read_array(theirs), read_array(actual[key]), where)
        elif key != "grad_fn" or case.name:
            exact = same(case, theirs, actual[key], f"{where} {key}") and exact
    return exact


def close(
    case: Case,
    expected: Array,
    actual: Array,
    where: str,
    wide: float = 1,
    dtype: str | None = None,
) -> bool:
    """Raise unless two arrays agree as closely as ``dtype`` allows; True if to the last bit."""
    assert actual.dtype == expected.dtype, f"{case!r}: {where}: {expected.dtype}"
    assert actual.shape == expected.shape, f"{case!r}: {where}: {expected.shape}"
    exact = np.array_equal(actual, expected, equal_nan=expected.dtype.kind == "f")
    if not exact:
        dtype = dtype or expected.dtype.name
        finite = abs(expected[np.isfinite(expected)])
        scale = max(1.0, finite.max(initial=0)) * wide * case.tol
        np.testing.assert_allclose(
            actual,
            expected,
            rtol=RELATIVE.get(dtype, 0) * wide * case.tol,
            atol=ABSOLUTE.get(dtype, 0) * scale,
            err_msg=f"{case!r}: {where}",
        )
    return exact
