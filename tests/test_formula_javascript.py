"""The JavaScript that is printed for the operations computes what their Python code computes.

It runs in an embedded V8 (``mini-racer``), the engine of Chrome and Node.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from test_formula_meaning import call, formulas, numbers
from test_formula_ops import HELPERS, PARAMETERS

from microtorch.graph.formula import (
    Constant,
    FormulaError,
    Name,
    Number,
    evaluate,
    javascript,
    read,
)
from microtorch.graph.formula.arrows import by_entry, scalar_rule
from microtorch.graph.formula.helpers import SOURCE, blocks, helpers, tables
from microtorch.ops import Elementwise, registry

BY_ENTRY = sorted(name for name, op in registry.items() if by_entry(op) and not op.opaque)
MORE_PARAMETERS: dict[str, list[dict[str, Any]]] = {
    **PARAMETERS,
    "Logit": [{"eps": None}, {"eps": 0.125}],
    "NanToNum": [
        {"nan": 0.5, "posinf": None, "neginf": None},
        {"nan": 1, "posinf": 2, "neginf": 3},
    ],
    "Polygamma": [{"n": 1}, {"n": 2}, {"n": 5}],
    "RoundDecimals": [{"decimals": 1}, {"decimals": -1}],
}
DELICATE = [
    *(-3.0, -1.25, -1.0, -0.5, 0.0, -0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 2.5, 3.5, 11.0, 20.0, 30.0),
    *(-4.5, -6.0, 6.0, 1e-300, -1e-300, 1e-9, 1e300, 710.0, -710.0, math.inf, -math.inf, math.nan),
]


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(helpers(" ".join(blocks())))
    return racer


def text(x: Any) -> str:
    """A number as JavaScript."""
    x = float(x)
    return "NaN" if math.isnan(x) else ("-" * (x < 0) + "Infinity" if math.isinf(x) else repr(x))


def column(values: Any) -> str:
    return f"[{', '.join(map(text, np.ravel(values)))}]"


def run(engine: MiniRacer, function: str, columns: list[Any]) -> np.ndarray:
    """A function of numbers, called once for each row of the columns; NaN and ∞ come as text."""
    code = (
        f"JSON.stringify([{', '.join(map(column, columns))}].reduce((rows, column) =>"
        " column.map((x, i) => [...(rows[i] ?? []), x]), [])"
        f".map(row => [({function})(...row)].flat().map(String)))"
    )
    return np.array([[float(x) for x in row] for row in json.loads(str(engine.eval(code)))]).T


def points(op: Any) -> list[np.ndarray]:
    """Delicate numbers in all combinations, and random ones."""
    rng = np.random.default_rng(5)
    some = DELICATE if op.operands < 3 else DELICATE[::3]
    grid = [axis.ravel() for axis in np.meshgrid(*[np.array(some)] * op.operands)]
    return [np.concatenate([axis, rng.normal(0, 2, 40)]) for axis in grid]


CASES = [
    pytest.param(name, bind, id=f"{name}{list(bind.values()) or ''}")
    for name in BY_ENTRY
    for bind in MORE_PARAMETERS.get(name, [{}])
]


@pytest.mark.parametrize(("name", "bind"), CASES)
def test_the_page_computes_what_the_code_computes(
    name: str, bind: dict[str, Any], engine: MiniRacer
) -> None:
    """Forward and local gradients to 1e-12, also at 0, at kinks, at infinity and at nan."""
    op = registry[name]
    operands = points(op)
    given = bind | HELPERS.get(name, {})
    with np.errstate(all="ignore"):
        y = np.asarray(op.forward(*operands, **given))
        if name == "Pow":  # NumPy's power of an array knows shortcuts, for -inf ** 0.5
            y = np.array([op.forward(x, **given) for x in operands[0]])
        if issubclass(op, Elementwise):
            local = op.local(y, *operands, **given)
        else:
            local = op.vjp(np.ones_like(y), y, *operands, **given)
    wanted = [np.broadcast_to(np.asarray(each, float), y.shape) for each in (y, *local)]
    constants = ", ".join(
        json.dumps(value) if isinstance(value, str | None) else text(value)
        for value in bind.values()
    )
    rule = scalar_rule(op)
    letters = ", ".join(f"x{k}" for k in range(op.operands))
    settled = f"{letters}, {constants}" if constants else letters
    forward = run(engine, f"({letters}) => ({rule}).forward({settled})", operands)
    slopes = run(engine, f"(y, {letters}) => ({rule}).local(y, {settled})", [y, *operands])
    assert len(slopes) >= op.operands
    for found, value in zip([*forward, *slopes], wanted, strict=False):
        np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-300)


def test_every_helper_is_found_with_what_it_needs(engine: MiniRacer) -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert source.count("\nfunction ") == len(blocks())
    for name in blocks():
        alone = MiniRacer()
        alone.eval(helpers(f"{name}(1)"))
        assert alone.eval(f"typeof {name}") == "function"
    assert "NEAR" in helpers("erf(x)")
    assert "LANCZOS" not in helpers("erf(x)")
    assert helpers("Math.tanh(x) + x**2") == ""
    assert set(tables()) <= set(source.replace("[", " ").replace(";", " ").split()) | {
        *("NEAR", "MIDDLE", "FAR", "CENTRE", "TAIL", "END", "CLIMB", "LOWEST", "BERNOULLI"),
        *("LANCZOS", "LANCZOS_G"),
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [("erf", math.erf), ("erfc", math.erfc), ("lgamma", math.lgamma)],
)
def test_the_helpers_are_exact_to_twelve_digits(name: str, code: Any, engine: MiniRacer) -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate(
        [rng.uniform(-6, 6, 500), rng.uniform(0, 200, 200), 10 ** rng.uniform(-9, 9, 99)]
    )
    (found,) = run(engine, name, [x])
    wanted = [code(each) for each in x]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


@settings(
    max_examples=3,
    derandomize=True,  # a last digit may turn a comparison round: once fine, always fine
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(examples=st.lists(st.tuples(formulas(), numbers), min_size=20, max_size=60))
def test_any_formula_in_javascript_has_the_value_that_numpy_computes(engine, examples):
    found, wanted = [], []
    for e, env in examples:
        arrays = {name: np.array([v], float) for name, v in env.items()}
        with np.errstate(all="ignore"):
            wanted.append(np.ravel(evaluate(e, arrays))[0])
        (value,) = run(
            engine, f"({', '.join(env)}) => {javascript(e)}", [[v] for v in env.values()]
        )
        found.append(value[0])
    # What a branch that is not taken would be plays no part in what is compared.
    usual = np.isfinite(wanted)
    np.testing.assert_allclose(
        np.array(found)[usual], np.array(wanted)[usual], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        (call("neg", call("pow", Name("x"), 2)), "-(x**2)"),
        (call("pow", call("neg", Name("x")), 2), "(-x)**2"),
        (call("pow", -2, 2), "(-2)**2"),
        (call("pow", Name("x"), -2), "x**(-2)"),
        (call("pow", Name("x"), Name("k")), "power(x, k)"),
        (call("pow", call("pow", Name("x"), 2), 3), "(x**2)**3"),
        (call("sub", Name("a"), call("sub", Name("b"), -1)), "a - (b - (-1))"),
        (call("greater", Name("x"), 0), "(x > 0 ? 1 : 0)"),
        (call("mul", Name("x"), call("greater", Name("x"), 0)), "x * (x > 0 ? 1 : 0)"),
        (call("where", call("greater", Name("x"), 0), Name("x"), 0), "(x > 0 ? x : 0)"),
        (call("where", call("not", call("less", Name("x"), 0)), 1, 2), "(!(x < 0) ? 1 : 2)"),
        (call("exp", call("neg", Name("x"))), "Math.exp(-x)"),
        (call("mul", 2, call("sigmoid", Name("x"))), "2 * (1 / (1 + Math.exp(-x)))"),
        (call("arctan", Name("x")), "Math.atan(x)"),
        (call("add", Number(0.1), Number(float("inf"))), "0.1 + Infinity"),
        (call("where", Constant(True), Name("a"), Constant(False)), "(1 ? a : 0)"),
        (call("round", Name("x")), "rint(x)"),
    ],
)
def test_exact_javascript(formula, code):
    assert javascript(formula) == code


@pytest.mark.parametrize(
    "formula",
    [
        call("matmul", Name("a"), Name("b")),
        call("transpose", Name("a")),
        call("item", Name("a"), 0),
        Constant((2, 3)),
        *read(registry["Sum"], "forward"),
    ],
)
def test_what_works_on_whole_arrays_is_no_javascript_of_single_numbers(formula):
    with pytest.raises(FormulaError, match="JavaScript"):
        javascript(formula)
    with pytest.raises(FormulaError, match="works on arrays"):
        scalar_rule(registry["Sum"])
