"""``torch.formula``: the rules of an operation, where a learner looks for them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_formula_registry import OPS, parts_of

import microtorch as torch
from microtorch import ops
from microtorch.graph.formula import rule_of, simplify, substitute
from microtorch.graph.formula.helpers import helpers
from microtorch.graph.formulas import operation
from microtorch.ops import registry


def test_an_operation_is_found_by_every_name_that_it_has():
    for name in ("Tanh", "tanh", "TanhBackward0", "torch.tanh", torch.tanh, ops.Tanh):
        assert operation(name) is ops.Tanh
    assert operation("leaky_relu") is ops.LeakyRelu
    assert operation(torch.nn.functional.gelu) is ops.Gelu
    for name in registry:
        assert operation(name) is registry[name]


def test_all_parts_or_one():
    assert torch.formula("Mm").unicode == "y = a @ b\n∂L/∂a = (∂L/∂y) @ bᵀ\n∂L/∂b = aᵀ @ (∂L/∂y)"
    assert torch.formula("Mul", "local").unicode == "∂y/∂a = b\n∂y/∂b = a"
    assert torch.formula("Exp", part="forward").latex == "y = e^{x}"
    assert torch.formula("Sigmoid", "vjp").unicode == "∂L/∂x = ∂L/∂y·y·(1 − y)"


def test_names_numbers_and_settings_are_put_in():
    slope = torch.formula("Pow", "local", x="s", exponent=2)
    assert slope.unicode == "∂y/∂s = 2·s"
    assert torch.formula("Pow", "local", x=-1.0, exponent=2).unicode == "∂y/∂x = 2·x = 2·(−1) = −2"
    assert torch.formula("Tanh", "local", x=0.5).unicode == "∂y/∂x = 1 − y² ≈ 1 − 0.4621² ≈ 0.7864"
    assert "Φ" not in torch.formula("Gelu", approximate="tanh").unicode
    vector = torch.formula("Mul", "forward", a=[1.0, 2.0], b=3.0)
    assert vector.unicode == "y = a·b = [1, 2]·3 = [3, 6]"
    assert torch.formula("Mul", "vjp", g="upstream").unicode.startswith("∂L/∂a = upstream·b")


def test_a_tensor_brings_its_names_and_numbers():
    w, x = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    y_hat = w * x
    said = torch.formula(y_hat)
    assert said.unicode.splitlines() == [
        "y_hat = w·x = 2·3 = 6",
        "∂y_hat/∂w = x = 3",
        "∂y_hat/∂x = w = 2",
        "∂L/∂w = ∂L/∂y_hat·x = ∂L/∂y_hat·3",
        "∂L/∂x = ∂L/∂y_hat·w = ∂L/∂y_hat·2",
    ]
    A = torch.ones(2, 3, requires_grad=True)
    said = torch.formula(A @ torch.ones(3), names={"<b>{d0}": A})
    assert "<b>" not in said.mathml
    for line in said.mathml.splitlines():
        ET.fromstring(line)


@pytest.mark.parametrize("name", OPS)
def test_every_operation_has_an_entry_in_every_notation(name):
    said = torch.formula(name)
    lines = said.unicode.splitlines()
    assert len(lines) == len(said.latex.splitlines()) == len(said.mathml.splitlines())
    assert lines[0].startswith("y = ") or said.lines[0].is_step
    assert len(said.javascript.splitlines()) == len(parts_of(name))
    for line in said.mathml.splitlines():
        ET.fromstring(line)
    for line in said.latex.splitlines():
        plain = re.sub(r"\\[\\{}$%#&_]", "", line)
        assert plain.count("{") == plain.count("}")
    for function, text in said.where.items():
        assert text, f"{function} has no docstring"
    assert repr(said).startswith(said.unicode)


def test_javascript_of_numbers_runs():
    code = torch.formula("Gelu", "local").javascript
    engine = MiniRacer()
    engine.eval(helpers(code))
    found = engine.eval(f"JSON.stringify(({code})(0, 1, 'none'))")
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    torch.nn.functional.gelu(x).backward()
    np.testing.assert_allclose(json.loads(str(found)), [x.grad.item()], rtol=1e-14)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match=r"no operation 'Tnah'.*Did you mean Tanh"):
        torch.formula("Tnah")
    with pytest.raises(TypeError, match="not int"):
        torch.formula(3)
    with pytest.raises(ValueError, match="part must be one of 'forward', 'local', 'vjp'"):
        torch.formula("Tanh", "backward")
    with pytest.raises(ValueError, match=r'Sum mixes entries.*part="vjp"'):
        torch.formula("Sum", "local")
    with pytest.raises(TypeError, match=r"Pow has no 'k'. It takes x, exponent, g"):
        torch.formula("Pow", k=2)
    with pytest.raises(TypeError, match="x must be a number"):
        torch.formula("Tanh", x=object())
    with pytest.raises(TypeError, match="exponent must be a number"):
        torch.formula("Pow", exponent=object())
    w = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(ValueError, match="is a leaf"):
        torch.formula(w)
    with pytest.raises(TypeError, match="x= is too much"):
        torch.formula(w * 2, x=1)
    with pytest.raises(ValueError, match="no graph"):
        torch.formula(torch.tensor(1.0))


def test_a_notebook_gets_latex():
    said = torch.formula("Sum")
    bundle = said._repr_mimebundle_()
    assert bundle["text/plain"] == repr(said)
    assert bundle["text/latex"].startswith("$$ y = ")
    assert "- `spread`: Give every entry" in bundle["text/markdown"]


def test_what_a_picture_cannot_show_is_shown_here():
    L = torch.ones(3, requires_grad=True).mean()
    assert "∂loss/∂v1 = spread(∂loss/∂L / 3, (3,))" in torch.formula(L).unicode


@pytest.mark.parametrize("name", ["NativeBatchNorm", "SvdU", "QrR", "NativeLayerNorm"])
def test_a_long_formula_comes_in_pieces_which_make_it_whole_again(name):
    said = torch.formula(name, "vjp")
    rules = [simplify(e) for e in rule_of(registry[name], "vjp").results]
    whole = [line.right for line in said.lines]
    pieces = {line.left.name: line.right for line in said.lines[len(rules) :]}
    assert pieces
    for _ in pieces:  # a piece may hold others
        whole = [substitute(e, pieces) for e in whole]
    assert whole[: len(rules)] == rules
    assert max(map(len, said.unicode.splitlines())) < 330


def test_the_letters_of_a_formula_mean_one_thing_each():
    """Some operations call an operand g, as others do the upstream gradient, or y, the result."""
    said = torch.formula("DiagEmbed")
    assert said.unicode.splitlines() == [
        "y = DiagEmbed(x, shape, offset, axis1, axis2)",
        "∂L/∂x = diagonal(∂L/∂y, offset, axis1, axis2)",
    ]
    assert torch.formula("MaxPoolGather").unicode.startswith("y = MaxPoolGather(a, x, b, pool)")
    assert "= 0" in torch.formula("MaxPoolGather", "vjp").unicode
