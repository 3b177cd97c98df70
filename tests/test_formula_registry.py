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
from microtorch.graph.formula import evaluate, latex, mathml, read_or_call, simplify, unicode
from microtorch.graph.formula.known import named
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
    if op.operands < 0:
        return [found]
    return [kept(each) for each in found[: len(inputs)]]


def environment(name: str, part: str, g: Any, y: Any, inputs: list[Any], params: Any) -> Any:
    """What each letter of a formula stands for."""
    op = registry[name]
    part = "local" if part == "vjp" and issubclass(op, Elementwise) else part
    given = {"forward": (), "local": (y,), "vjp": (g, y)}[part] + (*inputs, *params)
    parameters = list(inspect.signature(getattr(op, part)).parameters.values())
    if parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL:
        before = len(parameters) - 1
        given = (*given[:before], given[before:])
    values = dict(zip([p.name for p in parameters], given, strict=False))
    values |= {p.name: p.default for p in parameters[len(given) :]}
    return {"g": g, "y": y, **named, **values}


def check(found: Any, wanted: Any, rtol: float = 1e-12) -> None:
    if isinstance(wanted, tuple):  # of any number of operands
        for one, other in zip(found, wanted, strict=True):
            check(one, other, rtol)
        return
    found = kept(found)
    if wanted is None:  # no gradient at all
        assert found is None
        return
    single = np.asarray(wanted).dtype == np.float32  # what x.float() gives
    wanted = np.asarray(wanted, float)
    found = np.broadcast_to(np.asarray(found, float), wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-6 if single else rtol, atol=1e-13)


@cache
def readings(name: str, part: Any) -> list[set[Any]]:
    """For each formula of an op all that a reader finds in its printed forms: mostly one thing."""
    return [
        {back(printed(tidy(e))) for tidy in (as_written, simplify) for printed, back in NOTATIONS}
        for e in read_or_call(registry[name], part)
    ]


def as_written(e: Any) -> Any:
    return e


@pytest.mark.parametrize("name", OPS)
def test_every_printed_form_of_an_op_says_what_its_code_does(name: str) -> None:
    rtol = 1e-5 if name in ROUNDED else 1e-12
    for run in runs(name):
        for part in parts_of(name):
            wanted = by_code(name, part, *run)
            formulas = readings(name, part)
            env = environment(name, part, *run)
            assert len(formulas) >= len(wanted)
            for forms, number in zip(formulas, wanted, strict=False):
                for e in forms:
                    with np.errstate(all="ignore"):
                        check(evaluate(e, env), number, rtol)
