"""Every operation of the registry prints its rules, and every printed form says what the code does.

The op is run as tests/op_cases calls it; its printed forward rule, local gradients and vjp are read
back from Unicode text, LaTeX and MathML (tests/formula_readers.py), computed with NumPy, and compared
with ``op.forward``, ``op.local`` and ``op.vjp`` at those numbers.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import numpy as np
import pytest
from formula_readers import from_latex, from_mathml, from_unicode
from op_cases import all_cases

import microtorch as torch
from microtorch.graph.derivatives import kept, operands, raw
from microtorch.graph.formula import latex, mathml, rule_of, simplify, unicode
from microtorch.graph.formula.known import named
from microtorch.graph.formula.programs import Program, run
from microtorch.graph.formula.reader import parameter_names
from microtorch.graph.trace import trace
from microtorch.ops import Elementwise, registry

CASES = all_cases()
OPS = sorted(name for name, op in registry.items() if not op.opaque)
ROUNDED = {"Hardsigmoid"}  # 1/6 in single precision, as in PyTorch: printed with six digits
NOTATIONS = ((unicode, from_unicode), (latex, from_latex), (mathml, from_mathml))


@cache
def runs(name: str) -> list[tuple[Any, Any, list[Any], tuple[Any, ...]]]:
    """The op at work: (g, y, operands, params) for every time that its case uses it."""
    function, shapes = CASES[name]
    rng = np.random.default_rng(11)
    leaves = [torch.tensor(rng.uniform(0.5, 2, shape), requires_grad=True) for shape in shapes]
    loss = function(*leaves).sum()
    graphs = [trace(loss)]
    if all(op.kind != name for op in graphs[0].operations):  # it serves gradients of gradients
        slopes = torch.autograd.grad(loss, leaves, create_graph=True)
        graphs = [trace(sum((slope**2).sum() for slope in slopes))]
    found = [
        (raw(graph.values[op.output]), operands(op, graph.values), op.params)
        for graph in graphs
        for op in graph.operations
        if op.kind == name
    ]
    assert found
    return [(rng.normal(size=np.shape(y))[()], y, inputs, params) for y, inputs, params in found]


def parts_of(name: str) -> tuple[str, ...]:
    local = ("local",) if issubclass(registry[name], Elementwise) else ()
    return ("forward", *local, "vjp")


def by_code(name: str, part: str, g: Any, y: Any, inputs: list[Any], params: Any) -> list[Any]:
    """What the code says."""
    op = registry[name]
    if part == "forward":
        return [op.forward(*inputs, *params)]
    arguments = (y, *inputs, *params)
    found = op.local(*arguments) if part == "local" else op.vjp(g, *arguments)
    return [kept(each) for each in found[: len(inputs)]]


def environment(name: str, part: str, g: Any, y: Any, inputs: list[Any], params: Any) -> Any:
    """What each letter of a formula stands for."""
    op = registry[name]
    if op.operands < 0:
        values = dict(zip(parameter_names(op), (tuple(inputs), *params), strict=True))
        return {"g": g, "y": y, **named, **values}
    part = "local" if part == "vjp" and issubclass(op, Elementwise) else part
    given = {"forward": (), "local": (y,), "vjp": (g, y)}[part] + (*inputs, *params)
    parameters = list(inspect.signature(getattr(op, part)).parameters.values())
    values = dict(zip([p.name for p in parameters], given, strict=False))
    values |= {p.name: p.default for p in parameters[len(given) :]}
    return {"g": g, "y": y, **named, **values}


def check(found: Any, wanted: Any, rtol: float = 1e-12) -> None:
    found = kept(found)
    if wanted is None:  # no gradient at all
        assert found is None
        return
    single = np.asarray(wanted).dtype == np.float32  # what x.float() gives
    wanted = np.asarray(wanted, float)
    found = np.broadcast_to(np.asarray(found, float), wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-6 if single else rtol, atol=1e-13)


@cache
def readings(name: str, part: Any) -> set[Program]:
    """All that a reader finds in the printed forms of a rule: mostly one thing."""
    rule = rule_of(registry[name], part)
    return {
        rule.map(lambda e, tidy=tidy, printed=printed, back=back: back(printed(tidy(e))))
        for tidy in (as_written, simplify)
        for printed, back in NOTATIONS
    }


def as_written(e: Any) -> Any:
    return e


@pytest.mark.parametrize("name", OPS)
def test_every_printed_form_of_an_op_says_what_its_code_does(name: str) -> None:
    rtol = 1e-5 if name in ROUNDED else 1e-12
    for case in runs(name):
        for part in parts_of(name):
            wanted = by_code(name, part, *case)
            rules = readings(name, part)  # which call helpers that are known from here on
            env = environment(name, part, *case)
            for rule in rules:
                with np.errstate(all="ignore"):
                    found = run(rule, env)
                assert len(found) >= len(wanted)
                for one, other in zip(found, wanted, strict=False):
                    check(one, other, rtol)


@pytest.mark.parametrize("name", OPS)
def test_no_way_back_is_a_call_by_name(name: str) -> None:
    """Whoever asks how a gradient comes back reads a rule, not the name of one."""
    for part in parts_of(name)[1:]:
        for e in rule_of(registry[name], part).results:  # type: ignore[arg-type]
            assert "vjp" not in unicode(e)
