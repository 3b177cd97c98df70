"""The JavaScript of array operations runs, on arrays, and computes what their Python code computes.

Operations whose formula calls a function that ``arrays.js`` does not have are printed as calls by
name; they are counted here, so that nobody takes them for more.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_formula_registry import OPS, by_code, parts_of, runs

from microtorch.graph.formula import rule_of, simplify
from microtorch.graph.formula.arrays import called, computed, runtime, source
from microtorch.graph.formula.arrows import arrow, by_entry
from microtorch.graph.formula.values import value
from microtorch.ops import registry

MIXED = [name for name in OPS if not by_entry(registry[name])]
RULES = [(name, part) for name in MIXED for part in parts_of(name)]


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(runtime())
    return racer


def answer(engine: MiniRacer, code: str) -> list[Any]:
    """A list of arrays that JavaScript computes, as NumPy's."""
    flat = "(x) => isArray(x) ? [x.shape, x.data.map(v => String(Number(v)))] : [[], [String(Number(x))]]"
    found = json.loads(str(engine.eval(f"JSON.stringify(({code}).map({flat}))")))
    return [np.array([float(v) for v in data]).reshape(shape) for shape, data in found]


@pytest.mark.parametrize(("name", "part"), RULES)
def test_arrays_in_javascript_are_what_the_code_computes(
    name: str, part: str, engine: MiniRacer
) -> None:
    op = registry[name]
    function = arrow(op, part)  # type: ignore[arg-type]
    for g, y, inputs, params in runs(name):
        given = {"forward": (), "vjp": (g, y)}[part] + (*inputs, *params)
        wanted = by_code(name, part, g, y, inputs, params)
        if op.operands < 0:
            given = ({"forward": (), "vjp": (g, y)}[part]) + (tuple(inputs), *params)
        result = f"({function})({', '.join(map(value, given))})"
        found = answer(engine, result if part == "vjp" else f"[{result}]")
        assert len(found) >= len(wanted)
        for each, known in zip(found, wanted, strict=False):
            single = np.asarray(known).dtype == np.float32 or name == "To"
            known = np.zeros(()) if known is None else np.asarray(known, float)
            each = np.broadcast_to(each, known.shape)
            np.testing.assert_allclose(each, known, rtol=1e-6 if single else 1e-12, atol=1e-12)


@pytest.mark.parametrize(("name", "part"), RULES)
def test_no_formula_calls_what_nobody_has_defined(name: str, part: str) -> None:
    rule = rule_of(registry[name], part)  # type: ignore[arg-type]
    for e in (*rule.results, *(equation.right for equation in rule.equations())):
        assert called(simplify(e)) - {"from_to"} <= computed()


def test_no_function_of_arrays_is_written_twice() -> None:
    """The second one would take the place of the first, also where the first is meant."""
    found = re.findall(r"^(?:function|const) ([\w$]+)", source(), re.MULTILINE)
    assert len(found) == len(set(found))
