"""``torch.formula`` with names that somebody chose: whatever they are, text and JavaScript stay true.

Every operation of the registry is printed with names that its own rules use for something else (t, d,
t1, ...), and with its settings put in. The text is read back line by line, as a reader with pencil and
paper would do it; the JavaScript runs in V8. Both must give what the code gives.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
from formula_readers import from_unicode
from py_mini_racer import MiniRacer
from test_formula_registry import OPS, by_code, check, parts_of, runs

import microtorch as torch
import microtorch.nn.functional as F
from microtorch.graph.formula import FormulaError, evaluate
from microtorch.graph.formula.arrows import by_entry, parameters_of
from microtorch.graph.formula.known import named
from microtorch.graph.formula.reader import parameter_names
from microtorch.graph.formula.values import value
from microtorch.ops import registry

NAMES = ("layers.0.weight", "t", "d", "t1", "dh")
# Numbers in a formula have six digits, and so have these settings.
ROUNDED = {"Hardsigmoid", "Elu", "Celu", "RreluWithNoise"}
OPERAND = "∂L/∂xᵢ"


def letters_of(name: str) -> list[str]:
    """What the operands are called in a printed formula: not g, the upstream gradient, nor y."""
    op = registry[name]
    if op.operands < 0:
        return []
    parameters = parameter_names(op)
    free = (letter for letter in "xabz" if letter not in parameters)
    return [next(free) if p in ("g", "y") else p for p in parameters[: op.operands]]


def settings_of(name: str, params: tuple[Any, ...]) -> dict[str, Any]:
    """The settings that can be written down."""
    found = {}
    for key, each in zip(parameter_names(registry[name])[-len(params) :], params, strict=False):
        entries = each if isinstance(each, tuple) else (each,)
        if all(x is None or isinstance(x, bool | int | float | str) for x in entries):
            found[key] = each
    return found if params else {}


def solve(text: str, env: dict[str, Any]) -> dict[str, Any]:
    """What is on the left of every line, once all lines are worked out in whatever order it takes."""
    found, waiting = dict(env), [tuple(line.split(" = ", 1)) for line in text.splitlines()]
    while waiting:
        left_over: list[tuple[str, ...]] = []
        body: list[tuple[str, ...]] = []
        for left, right in waiting:
            if re.fullmatch(r"\(?(\w+\[\w+\](, )?)+\)?", left):
                body.append((left, right))
                continue
            try:
                if ", …, " in right and "x₁" not in right:
                    found |= all_steps(left, right, body, found)
                else:
                    keep(found, left, evaluate(from_unicode(legible(right)), found))
            except FormulaError:
                left_over += [*body, (left, right)]
            body = [] if ", …, " in right else body
        assert len(left_over) + len(body) < len(waiting), waiting
        waiting = left_over
    return found


def legible(text: str) -> str:
    return text.replace("∂L/∂y", "g").replace("(x₁, …, xₙ)", "several")


def keep(found: dict[str, Any], left: str, result: Any) -> None:
    """(i, f) = split(x, 2) gives two letters a meaning."""
    if not left.startswith("("):
        found[left] = result
        return
    for letter, each in zip(left[1:-1].split(", "), result, strict=True):
        found[letter] = each


def all_steps(
    step: str, course: str, body: list[tuple[str, ...]], env: dict[str, Any]
) -> dict[str, Any]:
    """The lines of a loop, worked out for every step from the first to the last that is named."""
    first, last = (evaluate(from_unicode(legible(end)), env) for end in course.split(", …, "))
    series: dict[str, dict[int, Any]] = {}
    for t in range(first, last + 1) if first <= last else range(first, last - 1, -1):
        for left, right in body:
            now: dict[str, Any] = {}
            keep(now, left, evaluate(from_unicode(legible(right)), {**env, **series, step: t}))
            for place, each in now.items():
                series.setdefault(place.partition("[")[0], {})[t] = each
    return {key: np.stack([each[t] for t in sorted(each)]) for key, each in series.items()}


@pytest.mark.parametrize("name", OPS)
def test_a_formula_with_names_and_settings_says_what_the_code_does(name: str) -> None:
    op = registry[name]
    names = dict(zip(letters_of(name), NAMES, strict=False))
    for g, y, inputs, params in runs(name):
        if len(inputs) < op.operands:  # a plain number that stands for an operand
            inputs, params = [*inputs, *params], ()
        settings = settings_of(name, params)
        env = {"g": g, **dict(zip(names.values(), inputs, strict=False))}
        env |= dict(zip(parameter_names(op)[max(op.operands, 1) :], params, strict=False))
        if op.operands < 0:
            env["several"] = tuple(inputs)
        rtol = 1e-5 if name in ROUNDED else 1e-12
        for part in parts_of(name):
            wanted = by_code(name, part, g, y, inputs, params)
            text = torch.formula(name, part, **names, **settings).unicode
            before = {**named, **env} if part == "forward" else {**named, **env, "y": y}
            if op.operands < 0 and part == "vjp":
                for i, each in enumerate(wanted):
                    check(solve(text, {**before, "i": i})[OPERAND], each)
                continue
            found = solve(text, before)
            over = {"forward": "y", "local": "∂y/∂", "vjp": "∂L/∂"}[part]
            left = [over] if part == "forward" else [over + each for each in names.values()]
            for key, each in zip(left, wanted, strict=False):
                check(found[key], 0 if each is None else each, rtol)


@cache
def engine_with(library: str) -> MiniRacer:
    engine = MiniRacer()
    engine.eval(library)
    return engine


@pytest.mark.parametrize("name", [name for name in OPS if not by_entry(registry[name])])
def test_javascript_with_names_and_settings_gives_what_the_code_gives(name: str) -> None:
    op = registry[name]
    names = dict(zip(letters_of(name), NAMES, strict=False))
    for g, y, inputs, params in runs(name):
        settings = settings_of(name, params)
        together = [tuple(inputs)] if op.operands < 0 else inputs
        for part in parts_of(name):
            said = torch.formula(name, part, **names, **settings)
            given = [*({"forward": [], "vjp": [g, y]}[part]), *together, *params]
            order = zip(parameters_of(op, part), given, strict=False)  # type: ignore[arg-type]
            arguments = ", ".join(value(each) for key, each in order if key not in settings)
            result = f"({said.javascript})({arguments})"
            flat = "[x?.shape ?? [], (x?.data ?? [x ?? 0]).map(v => String(Number(v)))]"
            code = f"JSON.stringify([{result}].flat().map(x => {flat}))"
            found = json.loads(str(engine_with(said.library).eval(code)))
            wanted = by_code(name, part, g, y, inputs, params)
            for (shape, data), each in zip(found, wanted, strict=False):
                each = np.asarray(0 if each is None else each, float)
                array = np.array([float(v) for v in data]).reshape(shape)
                single = np.asarray(wanted[0]).dtype == np.float32 or name == "To"
                rtol = 1e-6 if single else 1e-11
                np.testing.assert_allclose(
                    np.broadcast_to(array, each.shape), each, rtol=rtol, atol=1e-12
                )


# ---------------------------------------------------------------- of tensors


def leaf(*shape: int) -> Any:
    rng = np.random.default_rng(sum(shape))
    return torch.tensor(rng.uniform(0.5, 2, shape), requires_grad=True)


BROADCAST = {
    "a stack of matrices": (lambda a, b: a @ b, (3, 1, 2, 1), (3, 1, 3), "axis=1"),
    "fmax": (torch.fmax, (2, 3), (3,), "axis=0"),
    "remainder": (torch.remainder, (2, 3), (3,), "axis=0"),
    "cross": (lambda a, b: torch.linalg.cross(a, b, dim=0), (3, 1, 2), (3, 2, 2), "axis=1"),
    "masked_fill": (lambda a, b: a.masked_fill(a > 1, b), (2, 3), (), "sum("),
}


@pytest.mark.parametrize("case", BROADCAST)
def test_the_gradient_of_what_was_copied_is_the_sum_over_its_copies(case: str) -> None:
    function, one, other, axes = BROADCAST[case]
    a, b = leaf(*one), leaf(*other)
    y = function(a, b)
    said = torch.formula(y, "vjp").unicode.replace("∂L/∂b", "∂L/∂B")
    g = np.random.default_rng(1).normal(size=y.shape)
    env = {**named, "g": g, "a": a.detach().numpy(), "b": b.detach().numpy()}
    env |= {"y": y.detach().numpy(), "mask": a.detach().numpy() > 1, "v1": env["a"] > 1}
    assert axes in said
    wanted = torch.autograd.grad(y, (a, b), torch.tensor(g))
    found = solve(said, env)
    for key, each in zip(("∂L/∂a", "∂L/∂B"), wanted, strict=True):
        np.testing.assert_allclose(found[key], each.numpy(), rtol=1e-12)
        assert np.shape(found[key]) == each.shape


def test_the_result_of_an_operation_called_by_its_name_is_that_of_the_code() -> None:
    """np.cumsum(x) would run through all entries, one after the other."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert torch.formula(x.cumsum(1), "forward").unicode.endswith("= [[1, 3], [3, 7]]")
    assert torch.formula(x.median(1).values, "forward").unicode.endswith("= [1, 3]")


def test_joined_tensors_get_their_own_part_of_the_gradient() -> None:
    a, b, t = leaf(2, 1), leaf(2, 3), leaf(2, 1)
    y = torch.cat([a, b, a], 1)
    assert torch.formula(y, "vjp").unicode.splitlines() == [
        "∂L/∂a = (∂L/∂y)[:, 0:1] + (∂L/∂y)[:, 4:5]",
        "∂L/∂b = (∂L/∂y)[:, 1:4]",
    ]
    y = torch.stack([a, t], 1)
    assert torch.formula(y, "vjp").unicode.splitlines() == [
        "∂L/∂a = (∂L/∂y)[:, 0]",
        "∂L/∂t = (∂L/∂y)[:, 1]",
    ]
    assert torch.formula("Cat").unicode.splitlines() == [
        "y = concatenate((x₁, …, xₙ), axis)",
        "∂L/∂xᵢ = between(∂L/∂y, starts[i], ends[i], axis)",
    ]
    assert r"(x_1, \ldots, x_n)" in torch.formula("Cat").latex
    assert "<msub><mi>x</mi><mi>i</mi></msub>" in torch.formula("Stack").mathml


def test_a_recurrent_layer_shows_one_step_forward_and_one_step_back() -> None:
    assert torch.formula("RnnTanh").unicode.splitlines() == [
        "y[t] = tanh((x + b)[t] + (y[t − 1] if t > 0 else h) @ wᵀ)",
        "t = 0, …, len(x + b) − 1",
        "∂L/∂x = d",
        "∂L/∂h = dh[0]",
        "∂L/∂w = rows(d)ᵀ @ rows(before(h, y))",
        "∂L/∂b = sum(rows(d), 0)",
        "slope = 1 − y²",
        "d[t] = ((∂L/∂y)[t] + (dh[t + 1] if t + 1 < len(∂L/∂y) else 0))·slope[t]",
        "dh[t] = d[t] @ w",
        "t = len(∂L/∂y) − 1, …, 0",
    ]
    layer = torch.nn.RNN(1, 1)
    t, _ = layer(torch.ones(2, 1, 1))
    text = torch.formula(t, names={"d": layer.weight_hh_l0}).unicode
    assert "t[t_2] = tanh(" in text
    assert "∂L/∂d = rows(d_2)ᵀ @ rows(before(" in text


def test_small_formulas_of_several_arrays_have_no_number() -> None:
    """What is normalised comes with its scale: two arrays are no number to be shown."""
    x = torch.tensor([[1.0, 3.0]], requires_grad=True)
    assert "normalised(" in torch.formula(F.layer_norm(x, (2,), torch.ones(2))).unicode


def test_an_operand_that_the_code_calls_y_has_a_letter_of_its_own() -> None:
    assert torch.formula("KernelGradient", "forward", a="up").unicode.startswith(
        "y = convolve_weights(up, "
    )
    with pytest.raises(TypeError, match=r"has no 'y'\. It takes a, x"):
        torch.formula("KernelGradient", y="up")
    with pytest.raises(TypeError, match="Cat has no 'arrays'"):
        torch.formula("Cat", arrays="x")


def test_a_shape_among_the_settings_is_a_plain_tuple() -> None:
    said = torch.formula("View", new=torch.Size([2, 3]), old=(6,))
    assert said.unicode.startswith("y = reshape(x, (2, 3))")


def test_among_several_sides_a_choice_has_brackets() -> None:
    """Its condition may hold an equals sign of its own."""
    assert torch.formula("Sinc", "forward", x=0.0).unicode == (
        "y = (1 if x = 0 else sin(π·x) / (π·x)) = (1 if 0 = 0 else sin(π·0) / (π·0)) = 1"
    )
    assert torch.formula("Relu", "local").unicode == "∂y/∂x = 1 if y > 0 else 0"


def test_what_is_known_of_shapes_is_put_in() -> None:
    a, b = leaf(3, 2), leaf(3, 2)
    y = F.mse_loss(a, b)
    assert torch.formula(y, "vjp").unicode.splitlines() == [
        "∂L/∂a = 2·(∂L/∂y / 6)·(a − b)",
        "∂L/∂b = −2·(∂L/∂y / 6)·(a − b)",
    ]
    y = a.mean(0)
    assert torch.formula(y, "vjp").unicode == "∂L/∂a = spread(∂L/∂y / 3, (3, 2), (0,))"
    y = a * 1
    assert torch.formula(y, "forward").unicode.startswith("y = a·1")


def test_a_condition_that_is_settled_leaves_no_true_behind() -> None:
    assert torch.formula("Where", "local", condition=True).unicode == "∂y/∂a = 1\n∂y/∂b = 0"
    assert torch.formula("Where", "vjp", condition=True).unicode == "∂L/∂a = ∂L/∂y\n∂L/∂b = 0"
