"""The JavaScript of array operations runs, on arrays, and computes what their Python code computes.

Operations whose formula calls a function that ``arrays.js`` does not have are printed as calls by
name; they are counted here, so that nobody takes them for more.
"""

from __future__ import annotations

import inspect
import json
import math
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_formula_registry import OPS, by_code, parts_of, runs

from microtorch.graph.formula import read_or_call, simplify
from microtorch.graph.formula.arrays import called, computed, runtime
from microtorch.graph.formula.arrows import arrow, by_entry
from microtorch.ops import registry
from microtorch.ops.indexing import Places
from microtorch.ops.kernels import Memo

MIXED = [name for name in OPS if not by_entry(registry[name])]
RULES = [(name, part) for name in MIXED for part in parts_of(name)]
RUNNING = [
    rule
    for rule in RULES
    if all(called(simplify(e)) <= computed() for e in read_or_call(registry[rule[0]], rule[1]))
]
NAMED = sorted(set(RULES) - set(RUNNING))


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(runtime())
    return racer


def written(x: Any) -> str:
    """A value of Python as JavaScript."""
    if isinstance(x, np.ndarray):
        entries = ", ".join(written(v) for v in x.ravel().tolist())
        mask = f"mask: {json.dumps(x.dtype == bool)}"
        return f"{{shape: {list(x.shape)}, data: [{entries}], {mask}}}" if x.ndim else entries
    if isinstance(x, Places):
        return f"{{basic: {written(x.basic)}, advanced: {written(x.advanced)}}}"
    if isinstance(x, slice):
        return f"slice({written(x.start)}, {written(x.stop)}, {written(x.step)})"
    if isinstance(x, tuple | list):
        return f"[{', '.join(map(written, x))}]"
    if isinstance(x, np.generic):
        return written(x.item())
    if x is Ellipsis:
        return "ELLIPSIS"
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    if isinstance(x, Memo | np.dtype | type):
        return "null"
    return json.dumps(x)


def answer(engine: MiniRacer, code: str) -> list[Any]:
    """A list of arrays that JavaScript computes, as NumPy's."""
    flat = "(x) => isArray(x) ? [x.shape, x.data.map(v => String(Number(v)))] : [[], [String(Number(x))]]"
    found = json.loads(str(engine.eval(f"JSON.stringify(({code}).map({flat}))")))
    return [np.array([float(v) for v in data]).reshape(shape) for shape, data in found]


@pytest.mark.parametrize(("name", "part"), RUNNING)
def test_arrays_in_javascript_are_what_the_code_computes(
    name: str, part: str, engine: MiniRacer
) -> None:
    op = registry[name]
    function = arrow(op, part)  # type: ignore[arg-type]
    for g, y, inputs, params in runs(name):
        given = {"forward": (), "vjp": (g, y)}[part] + (*inputs, *params)
        wanted = by_code(name, part, g, y, inputs, params)
        if op.operands < 0:
            before = len(inspect.signature(getattr(op, part)).parameters) - 1
            given = (*given[:before], given[before:])
            wanted = list(wanted[0]) if part == "vjp" else wanted
        result = f"({function})({', '.join(map(written, given))})"
        found = answer(engine, result if part == "vjp" else f"[{result}]")
        assert len(found) >= len(wanted)
        for each, value in zip(found, wanted, strict=False):
            value = np.zeros(()) if value is None else np.asarray(value, float)
            single = np.asarray(value).dtype == np.float32 or name == "To"
            each = np.broadcast_to(each, value.shape)
            np.testing.assert_allclose(each, value, rtol=1e-6 if single else 1e-11, atol=1e-12)


def test_the_operations_that_are_only_called_by_name_are_counted() -> None:
    """README and documentation may say how many run: this many, and no fewer."""
    some_part_named = {name for name, _ in NAMED}
    by_number = [name for name in OPS if by_entry(registry[name])]
    assert len(by_number) == 109
    assert len(some_part_named) <= 50
    for name, part in NAMED:
        code = arrow(registry[name], part)  # type: ignore[arg-type]
        MiniRacer().eval(f"const known = {code};")  # well-formed all the same
