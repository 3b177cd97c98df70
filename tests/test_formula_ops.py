"""For every elementwise op, all that is derived from its code computes what its code computes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from microtorch.graph.formula import (
    evaluate,
    labels,
    latex,
    mathml,
    read,
    simplify,
    unicode,
)
from microtorch.ops import Elementwise, registry
from microtorch.ops.kernels import Memo

ELEMENTWISE = [name for name, op in registry.items() if issubclass(op, Elementwise)]
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "Pow": [{"exponent": k} for k in (0, 1, 2, 3, 5, -1, -2, 0.5, 1.1)],
    "Where": [{"condition": True}, {"condition": False}],
    "Clamp": [{"low": -0.5, "high": 1.5}, {"low": -math.inf, "high": 0.75}],
    "ClampMin": [{"low": 0.5}],
    "ClampMax": [{"high": 0.5}],
    "Lerp": [{"weight": 0.25}, {"weight": 0.75}],
    "AddScaled": [{"alpha": 2.5}],
    "SubScaled": [{"alpha": 2.5}],
    "RsubScaled": [{"alpha": -1}],
    "Addcmul": [{"value": 2.5}],
    "Addcdiv": [{"value": 2.5}],
    "LeakyRelu": [{"slope": 0.1}, {"slope": 1.5}],
    "RreluWithNoise": [{"slope": 0.25}],
    "RreluWithNoiseDrawn": [{"noise": 0.25}],
    "Elu": [
        {"alpha": 0.5, "scale": 1.0, "inner": 1.0},
        {"alpha": 1.5, "scale": 1.25, "inner": 0.75},
    ],
    "Celu": [{"alpha": 0.5, "scale": 1.0, "inner": 2.0}],
    "Gelu": [{"approximate": "none"}, {"approximate": "tanh"}],
    "Softplus": [{"beta": 1.0, "threshold": 20.0}, {"beta": 2.0, "threshold": 1.0}],
    "Threshold": [{"threshold": 0.5, "value": -1.0}],
    "Hardtanh": [{"lowest": -0.5, "highest": 0.75}],
    "Softshrink": [{"size": 0.5}],
    "Hardshrink": [{"size": 0.5}],
}
HELPERS = {"Gelu": {"memo": Memo()}}  # parameters that no formula contains
POINTS = np.array([-3, -1.25, -0.5, 0, 0.5, 0.75, 1, 2, 2.5])
CASES = [
    pytest.param(registry[name], bind, id=f"{name}{list(bind.values()) or ''}")
    for name in ELEMENTWISE
    for bind in PARAMETERS.get(name, [{}])
]


def computed(op, bind):
    """Random and delicate points: {name: array}, and what the code returns for each part."""
    rng = np.random.default_rng(len(op.__name__))
    grid = [axis.ravel() for axis in np.meshgrid(*[POINTS] * op.operands)]
    operands = [np.concatenate([axis, rng.normal(0, 2, 20)]) for axis in grid]
    settings = bind | HELPERS.get(op.__name__, {})
    with np.errstate(all="ignore"):
        y = op.forward(*operands, **settings)
        local = op.local(y, *operands, **settings)
    first = op.forward.__code__.co_varnames[: op.operands]
    second = op.local.__code__.co_varnames[1 : 1 + op.operands]
    assert first == second, "forward and local must name their operands alike"
    return dict(zip(first, operands, strict=True), y=y), {"forward": (y,), "local": local}


def check(value, expected):
    expected = np.asarray(expected, float)
    value = np.broadcast_to(np.asarray(value, float), expected.shape)
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("tidy", [lambda e: e, simplify], ids=["as written", "tidied"])
@pytest.mark.parametrize(("op", "bind"), CASES)
def test_the_formulas_of_an_op_compute_what_its_code_computes(op, bind, tidy):
    env, expected = computed(op, bind)
    for part, wanted in expected.items():
        formulas = read(op, part, bind=bind)
        assert len(formulas) == len(wanted)
        for e, value in zip(formulas, wanted, strict=True):
            with np.errstate(all="ignore"):
                check(evaluate(tidy(e), env), np.broadcast_to(value, env["y"].shape))


@pytest.mark.parametrize(("op", "bind"), CASES)
def test_every_notation_can_show_every_op(op, bind):
    for part in ("forward", "local", "vjp"):
        for e in read(op, part, bind=bind):
            for notation in (unicode, latex, mathml):
                assert notation(simplify(e))


def test_a_product_of_vectors_shows_its_vjp():
    assert [unicode(e) for e in read(registry["Dot"], "vjp")] == ["g·b", "g·a"]
    assert [unicode(e) for e in read(registry["Mm"], "vjp")] == ["g @ bᵀ", "aᵀ @ g"]


def test_the_local_gradients_of_the_first_walkthrough():
    """y_hat = w x, s = y_hat - y, L = s^2: dL/ds = 2s, ds/dy_hat = 1, dy_hat/dw = x."""
    (square,) = read(registry["Pow"], "local", bind={"exponent": 2})
    by_w, by_x = read(registry["Mul"], "local")
    by_y_hat, by_y = read(registry["Sub"], "local")
    assert unicode(simplify(square), labels({"x": "s"})) == "2·s"
    assert unicode(simplify(by_w), labels({"a": "w", "b": "x"})) == "x"
    assert unicode(simplify(by_x), labels({"a": "w", "b": "x"})) == "w"
    assert (unicode(simplify(by_y_hat)), unicode(simplify(by_y))) == ("1", "−1")
