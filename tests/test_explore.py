"""Exploring as Python sees it: arguments, values, steps, curves, and what can go wrong."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial, wraps
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

import microtorch as torch
from microtorch.widgets.curve import draw, sample, ticks, window
from microtorch.widgets.explore import Explore, explore
from microtorch.widgets.functions import Function
from microtorch.widgets.page import module
from microtorch.widgets.recipes import recipe


def square(w: Any, x: Any) -> Any:
    y_hat = w * x
    return (y_hat - 1.0) ** 2


def shown(**arguments: Any) -> Explore:
    return explore(square, **({"w": (-3, 3, 0.1, 2.0), "x": 1.0} | arguments))


# ---- arguments -----------------------------------------------------------------------------------


def test_values_loss_and_slopes_are_those_of_the_function():
    widget = shown(x=(0, 4, 0.5, 3.0))
    assert widget.values == {"w": 2.0, "x": 3.0}
    assert widget.loss == 25.0
    assert widget.grads == {"w": 30.0, "x": 20.0}


def test_a_slider_without_a_start_begins_where_little_is_zero_by_symmetry():
    assert explore(square, w=(-3, 3), x=1.0).values == {"w": 1.5}
    assert explore(square, w=[0, 1, 0.1], x=1.0).values == {"w": 0.8}
    assert explore(square, w=(0, 10, 10), x=1.0).values == {"w": 10.0}


def test_a_fixed_number_is_a_muted_input_of_the_graph_and_other_objects_stay_as_they_are():
    graph = shown().picture["graph"]
    assert [v["name"] for v in graph["values"]][:2] == ["w", "x"]
    assert not graph["values"][1]["requires_grad"]
    data = torch.tensor([1.0, 2.0])
    widget = explore(
        lambda w, xs, kind: (w * xs).sum() if kind == "sum" else w,
        w=(0, 4, 1, 2),
        xs=data,
        kind="sum",
    )
    assert widget.loss == 6.0
    assert not widget.numbers["live"]  # arrays need Python


def test_a_whole_number_can_count_rounds_and_defaults_are_left_alone():
    def power(w: Any, n: Any, more: int = 2) -> Any:
        y = w
        for _ in range(n + more - 1):
            y = y * w
        return y

    assert explore(power, w=(0, 4, 1, 2), n=1).loss == 8.0


def test_the_variables_inside_of_the_function_name_the_picture():
    names = [v["name"] for v in shown().picture["graph"]["values"]]
    assert names == ["w", "x", "y_hat", "1.0", "v1", "square"]
    assert explore(lambda w: w * 2.0, w=(0, 1)).spec["result"] == "loss"


def test_closures_partials_methods_decorated_and_keyword_only_functions_work():
    scale = torch.tensor(3.0)

    def closure(w: Any) -> Any:
        return w * scale

    @wraps(closure)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return closure(*args, **kwargs)

    class Model:
        def loss(self, *, w: Any) -> Any:
            return w * scale

    def positional(w: Any, /, x: Any) -> Any:
        return w * x

    for f in (closure, decorated, Model().loss, partial(square, x=3.0)):
        assert explore(f, w=(0, 4, 1, 2)).grads["w"] in (3.0, 30.0)
    assert explore(positional, w=(0, 4, 1, 2), x=3.0).loss == 6.0
    assert explore(lambda **kw: kw["a"] * kw["b"], a=(0, 4, 1, 2), b=3.0).grads == {"a": 3.0}


def test_layers_can_be_used_inside_and_be_the_function():
    layer = torch.nn.Linear(1, 1)
    widget = explore(lambda w: layer(w.reshape(1)), w=(-1, 1))
    assert widget.grads["w"] == pytest.approx(layer.weight.item())
    assert layer.weight.grad is None  # nothing is left behind
    assert not widget.numbers["live"]
    explore(torch.nn.Tanh(), input=(-1, 1))


def test_an_argument_of_the_function_wins_over_an_option_of_the_same_name():
    widget = explore(lambda lr, along: lr * along, lr=(0, 1, 0.1, 0.5), along=2.0)
    assert widget.values == {"lr": 0.5}
    assert widget.lr == 0.1
    widget.lr = 0.25
    widget.step()
    assert widget.values == {"lr": 0.0}


def test_unicode_and_odd_names_are_escaped():
    widget = explore(lambda θ: θ**2, θ=(-1, 1))
    assert "∂loss/∂θ" in repr(widget)
    odd = explore(lambda **kw: kw["<b>&"] * 2.0, **{"<b>&": (0, 1)})
    ET.fromstring(odd.svg)
    assert "<b>" not in odd.svg


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (3, {"w": (0, 1)}, TypeError, "needs a function, not 3"),
    (torch.tensor(1.0), {"w": (0, 1)}, TypeError, r"torch\.walk"),
    (square, {"w": (-3, 3)}, TypeError, "square also needs x"),
    (square, {"w": (-3, 3), "x": 1, "z": 2}, TypeError, "no argument called 'z'. It has: w, x"),
    (square, {"w": 1, "x": 2}, ValueError, r"torch\.explore\(square, w=\(-3, 3\)\)"),
    (square, {"w": range(3), "x": 2}, ValueError, r"w=range\(0, 3\) is no range"),
    (square, {}, TypeError, "also needs w and x"),
    (torch.nn.Tanh, {"input": (0, 1)}, TypeError, r"a class.*torch.explore\(Tanh\(...\)"),
    (torch.nn.Tanh.forward, {"input": (0, 1)}, TypeError, r"without its object.*model.forward"),
    (lambda *a: a[0], {"a": (0, 1)}, TypeError, r"\*args.*Wrap it"),
    (lambda w: 2.0, {"w": (0, 1)}, TypeError, r"f\(w=0.75\) is 2.*no graph of it.*torch.sin"),
    (lambda w: math.sin(w), {"w": (0, 1)}, TypeError, "torch.sin, not math.sin"),
    (lambda w: w.detach(), {"w": (0, 1)}, TypeError, "no graph of it"),
    (lambda w: torch.stack([w, w]), {"w": (0, 1)}, ValueError, r"shape \(2,\). Add .sum\(\)"),
    (lambda w: None, {"w": (0, 1)}, TypeError, "returned nothing"),
    (lambda w: "a", {"w": (0, 1)}, TypeError, "returned a str"),
    (
        lambda w: (w, w),
        {"w": (0, 1)},
        TypeError,
        r"returned a tuple. Take one of them: lambda w: f\(w\)\[0\]",
    ),
    (lambda w: w, {"w": (1, -1)}, ValueError, "low end must be below the high end"),
    (lambda w: w, {"w": (1, 1)}, ValueError, "low end must be below the high end"),
    (lambda w: w, {"w": (0, math.inf)}, ValueError, "must be two numbers"),
    (lambda w: w, {"w": (0, math.nan)}, ValueError, "must be two numbers"),
    (lambda w: w, {"w": (-1e300, 1e300)}, ValueError, "float32 ends at 3.4e.38.*set_default_dtype"),
    (lambda w: w, {"w": (-1.7e308, 1.7e308)}, ValueError, "too wide"),
    (lambda w: w, {"w": (0, 1, 0)}, ValueError, "step of the slider w is 0"),
    (lambda w: w, {"w": (0, 1, 0.1, 5)}, ValueError, "starts at 5, which is not between 0 and 1"),
    (lambda w: w, {"w": (0, 1, 0.1, 0.5, 9)}, ValueError, r"no range.*w=torch.tensor\(\["),
    (lambda w: w, {"w": (0, 1), "along": "x"}, ValueError, "along='x' is not an argument"),
    (lambda w: w, {"w": (0, 1), "lr": -1}, TraitError, "0 or more, not -1"),
    (lambda w: w, {"w": (0, 1), "lr": "a"}, TraitError, "0 or more, not 'a'"),
    (lambda w: w, {"w": (0, 1), "lr": True}, TraitError, "0 or more, not True"),
    (lambda w: w, {"w": (0, 1), "lr": 10**400}, TraitError, "a finite number"),
]


@pytest.mark.parametrize(
    ("f", "arguments", "error", "message"),
    [pytest.param(*case, id=str(k)) for k, case in enumerate(BAD)],
)
def test_a_bad_argument_is_told_with_the_way_out(f, arguments, error, message):
    with pytest.raises(error, match=message):
        explore(f, **arguments)


def test_what_the_function_raises_at_the_start_comes_with_the_call():
    with pytest.raises(ZeroDivisionError) as caught:
        explore(lambda w: w * (1 / 0), w=(0, 1))
    assert caught.value.__notes__ == [
        "This was f(w=0.75). A range can say where to start: (low, high, step, start)."
    ]


# ---- moving --------------------------------------------------------------------------------------


def test_a_step_is_that_of_stochastic_gradient_descent():
    widget = shown(x=(0, 4, 0.5, 3.0), lr=0.01)
    w, x = (torch.tensor(v, requires_grad=True) for v in (2.0, 3.0))
    optimizer = torch.optim.SGD([w, x], lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        square(w, x).backward()
        optimizer.step()
    widget.step(5)
    assert widget.values == pytest.approx({"w": w.item(), "x": x.item()}, rel=1e-6)
    assert [step["loss"] for step in widget.history][-1] == widget.loss
    assert len(widget.history) == 6
    widget.reset()
    assert widget.values == {"w": 2.0, "x": 3.0}
    assert len(widget.history) == 1


def test_values_loss_and_history_can_be_observed():
    widget = shown()
    seen: list[tuple[float, float, int]] = []
    widget.observe(
        lambda _: seen.append((widget.loss, widget.grads["w"], len(widget.history))), "values"
    )
    widget.values = {"w": 3.0}
    widget.step()
    assert seen == [(4.0, 4.0, 1), (pytest.approx(2.56), pytest.approx(3.2), 2)]
    widget.values = {"w": 0.0}  # moved by hand: a new descent
    assert [step["values"] for step in widget.history] == [{"w": 0.0}]


def test_values_and_settings_are_checked():
    widget = shown()
    for name, value, message in [
        ("values", {"b": 1.0}, "no slider called 'b'. There is: w"),
        ("values", {"w": math.nan}, "must be a finite number, not nan"),
        ("values", {"w": "1"}, "must be a finite number, not '1'"),
        ("lr", math.inf, "finite number, 0 or more"),
        ("along", "x", "along is one of the sliders: w"),
        ("view", 3, r"view is two finite numbers or \(\), not 3"),
        ("view", (0, math.inf), "view is two finite numbers"),
        ("view", (1, 1), "view goes from left to right"),
    ]:
        with pytest.raises(TraitError, match=message):
            setattr(widget, name, value)
    assert widget.values == {"w": 2.0}


def test_a_learning_rate_of_numpy_is_a_number():
    widget = shown(lr=np.float32(0.5))
    widget.step()
    assert (type(widget.lr), widget.values) == (float, {"w": 1.0})


def test_the_curve_follows_a_descent_that_leaves_the_slider():
    widget = shown(lr=1.2)
    widget.step(4)
    assert widget.values["w"] > 3
    xs = [x for x, _ in widget.numbers["curve"]]
    assert (xs[0], xs[-1]) == (-3.0, 9.0)
    assert "square over w from −3 to 9" in repr(widget)
    widget.reset()
    assert widget.numbers["curve"][-1][0] == 3.0


def test_the_view_is_a_part_of_the_argument_and_holds_the_current_point():
    widget = shown(x=(-2, 2, 0.1, 1.0))
    widget.view = [1, 3]
    assert [x for x, _ in widget.numbers["curve"]][:: len(widget.numbers["curve"]) - 1] == [1, 3]
    widget.values = {"w": 0.5}
    assert widget.numbers["curve"][0][0] == -1.0
    widget.along = "x"  # all of another argument
    assert widget.view == ()
    assert widget.numbers["curve"][0][0] == -2.0
    widget.view = None
    assert widget.view == ()


def test_a_descent_that_diverges_stops_before_what_is_not_finite():
    widget = shown(lr=10.0)
    widget.step(200)
    assert math.isfinite(widget.values["w"])
    assert len(widget.history) < 60
    json.dumps(widget.get_state(), allow_nan=False, default=str)
    ET.fromstring(widget.svg)
    assert "nan" not in re.sub(r"<text.*?</text>", "", widget.svg)


BIAS = torch.tensor(1.0, requires_grad=True)


def fresh(w: Any) -> Any:
    return torch.tensor(w.item(), requires_grad=True)


def changed(w: Any) -> Any:
    with torch.no_grad():
        w += 1.0
    return w


# ---- who computes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "f"),
    [
        pytest.param(True, lambda w: (w * 3.0 - 1.0).tanh() ** 2, id="a formula"),
        pytest.param(True, lambda w: sum((w * x - 1.0) ** 2 for x in (0.5, 1.5)), id="a loop"),
        pytest.param(True, lambda w: w * torch.tensor(2.0), id="a tensor made inside"),
        pytest.param(False, lambda w: w * 2.0 if w > 0.9 else w * 3.0, id="a branch"),
        pytest.param(False, lambda w: w * w.item(), id="item()"),
        pytest.param(False, lambda w: w * w.detach(), id="detach()"),
        pytest.param(False, lambda w: w * (w > 0.5), id="a comparison"),
        pytest.param(False, lambda w: torch.where(w > 0.5, w, w * 2.0), id="where"),
        pytest.param(False, lambda w: w * w.sum(), id="a sum of an array"),
        pytest.param(False, lambda w: w * torch.rand(()), id="a random number"),
        pytest.param(False, lambda w: sum(w for _ in range(1 + int(w * 4))), id="int()"),
        pytest.param(True, lambda w: (w - BIAS) ** 2, id="a parameter of its own"),
        pytest.param(False, lambda w: fresh(w) ** 2, id="a new parameter with the old number"),
        pytest.param(False, lambda w: changed(w) ** 2, id="a change in place"),
    ],
)
def test_the_page_computes_only_what_is_the_same_everywhere(live, f):
    assert explore(f, w=(0, 1)).numbers["live"] is live


def test_a_branch_beyond_the_slider_is_noticed_when_the_curve_gets_there():
    def loss(w: Any) -> Any:
        return w * w if w < 5.0 else w * 2.0

    widget = explore(loss, w=(-3, 3))
    assert widget.numbers["live"]
    widget.view = (-6, 6)
    assert not widget.numbers["live"]
    widget.view = (-4, 4)
    assert widget.numbers["live"]


def test_a_narrow_branch_is_noticed_when_the_slider_is_let_go():
    def loss(w: Any) -> Any:
        return w * 5.0 if 0.123451 < w < 0.123456 else w * w

    widget = explore(loss, w=(0, 1))
    assert widget.numbers["live"]
    widget.values = {"w": 0.123454}
    assert not widget.numbers["live"]
    assert [op["rule"] for op in widget.picture["graph"]["operations"]] == ["Mul32"]
    assert widget.grads == {"w": 5.0}


def test_a_graph_that_changes_brings_a_new_picture():
    widget = explore(lambda w: w * 2.0 if w > 0 else w * w.exp(), w=(-1, 1, 0.1, 0.5))
    before = widget.picture
    widget.values = {"w": 0.7}
    assert widget.picture is before
    widget.values = {"w": -0.5}
    rules = {op["rule"] for op in widget.picture["graph"]["operations"]}
    assert rules == {"Mul32", "Exp32"}


def test_a_point_without_a_graph_says_so():
    def loss(w: Any) -> Any:
        return w * w if w > 0 else 0.0

    widget = explore(loss, w=(-1, 1, 0.1, 0.5))
    widget.values = {"w": -0.5}
    assert (widget.loss, widget.grads) == (0.0, {"w": 0.0})
    assert "no graph to show" in widget.picture["words"]
    assert "no graph to show" in repr(widget)
    ET.fromstring(widget.svg)


def test_an_argument_that_plays_no_part_has_slope_zero():
    widget = explore(lambda w, b: w * 2.0, w=(0, 1), b=(0, 1))
    assert widget.grads == {"w": 2.0, "b": 0.0}
    widget.step()
    assert widget.values["b"] == 0.75


def test_a_function_that_raises_in_places_leaves_a_gap_and_a_word():
    def loss(w: Any) -> Any:
        return w * math.sqrt(w.item())

    widget = explore(loss, w=(-1, 1, 0.1, 0.5))
    assert all(y is None for x, y in widget.numbers["curve"] if x < -0.01)
    widget.values = {"w": -0.5}
    assert widget.numbers["problem"] == "ValueError: math domain error"
    assert math.isnan(widget.loss)
    assert "math domain error" in repr(widget)
    widget.step()
    assert len(widget.history) == 1
    widget.values = {"w": 0.25}
    assert widget.loss == 0.125


def test_nan_and_infinity_reach_the_page_as_texts():
    widget = explore(lambda w: torch.log(w), w=(-1, 1, 0.5, 0.0))
    json.dumps(widget.numbers, allow_nan=False)
    assert widget.numbers["loss"] == "−∞"
    assert widget.grads == {"w": math.inf}


def test_where_there_is_no_finite_value_a_descent_stays():
    widget = explore(lambda w: torch.log(w), w=(-1, 1, 0.5, -1.0))  # nan, with a finite slope
    widget.step(3)
    assert (widget.values, len(widget.history)) == ({"w": -1.0}, 1)


def test_what_the_function_prints_is_not_repeated_for_every_point(capsys):
    calls: list[float] = []

    def loss(w: Any) -> Any:
        calls.append(w.item())
        print("here")
        return w * w

    explore(loss, w=(0, 1))
    assert capsys.readouterr().out.count("here") == 1
    assert len(calls) < 400


def test_the_function_that_was_given_stays_when_its_name_is_defined_again():
    def loss(w: Any) -> Any:
        return w * 2.0

    widget = explore(loss, w=(0, 1, 0.1, 0.5))

    def loss(w: Any) -> Any:
        return w * 100.0

    widget.values = {"w": 1.0}
    assert widget.loss == 2.0


def test_a_large_graph_keeps_its_curve_and_says_that_it_is_not_drawn():
    def loss(w: Any) -> Any:
        for _ in range(420):
            w = w * 0.999
        return w

    widget = explore(loss, w=(0, 1))
    assert widget.picture["svg"] == ""
    assert "420 operations" in widget.picture["words"]
    assert not widget.numbers["live"]
    assert 0 < widget.grads["w"] < 1


def test_a_slow_function_is_called_less_often_and_a_long_wait_is_told(monkeypatch):
    calls: list[float] = []

    def loss(w: Any) -> Any:
        calls.append(w.item())
        return w * w

    monkeypatch.setattr(Function, "pace", 1.0)
    with pytest.warns(UserWarning, match="loss takes 1 seconds for one call, and 52 calls") as told:
        widget = explore(loss, w=(0, 1))
    assert told[0].filename == __file__
    assert len(calls) < 60
    assert len(widget.numbers["curve"]) == 41
    calls.clear()
    with pytest.warns(
        UserWarning, match="f takes 1 seconds for one call, and [0-9]+ calls"
    ) as told:
        torch.landscape(lambda w, v: loss(w) if v > 0 else loss(v), w=(0, 1), v=(0, 1), steps=1)
    for warning, count in zip(told, (225, 16), strict=True):  # for the map, and for the paths
        assert f" {count} calls" in str(warning.message)
        assert warning.filename == __file__
    assert len(calls) < 300


def test_a_slow_function_that_works_on_arrays_gets_its_whole_curve_in_one_call(monkeypatch):
    sizes: list[int] = []

    def loss(w: Any) -> Any:
        sizes.append(w.numel())
        return (w * 3.0).sin() * w

    expected = explore(loss, w=(-2, 2)).numbers["curve"]
    sizes.clear()
    monkeypatch.setattr(Function, "pace", 0.01)
    widget = explore(loss, w=(-2, 2))
    assert widget.numbers["live"]
    assert len(sizes) < 60
    assert sizes.count(241) == 1
    curve = widget.numbers["curve"]
    assert [x for x, _ in curve] == [x for x, _ in expected]
    assert np.allclose([y for _, y in curve], [y for _, y in expected], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "f",
    [
        pytest.param(lambda w: w * w if w > 0 else w, id="a branch"),
        pytest.param(lambda w: w * w.sum(), id="a sum over everything"),
        pytest.param(lambda w: w * w if w.sum() > -0.5 else w, id="a branch on a sum"),
        pytest.param(lambda w: w * w.item(), id="a number that is read out"),
        pytest.param(lambda w: w * w.max() + w, id="the largest"),
    ],
)
def test_a_slow_function_of_single_numbers_only_is_called_with_single_numbers(f, monkeypatch):
    monkeypatch.setattr(Function, "pace", 0.01)
    curve = explore(f, w=(-2, 2)).numbers["curve"]
    for x, y in curve[:: len(curve) // 8]:
        assert y == pytest.approx(float(f(torch.tensor(x))), rel=1e-5)


def many_terms(w: Any) -> Any:
    return sum((w * (k / 500)).sin() for k in range(500))


def test_of_a_function_that_no_page_can_follow_no_curve_of_recipes_is_made(monkeypatch):
    made: list[int] = []

    def counted(*given: Any) -> Any:
        made.append(1)
        return recipe(*given)

    monkeypatch.setattr("microtorch.widgets.functions.recipe", counted)
    widget = explore(many_terms, w=(-1, 1))
    assert "1500 operations" in widget.picture["words"]
    assert len(made) < 10
    assert len(widget.numbers["curve"]) == 241


def test_outside_of_a_notebook_a_wait_is_told_once_and_a_short_one_is_not(monkeypatch, capsys):
    explore(square, w=(0, 1), x=1.0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Function, "pace", 0.05)
    explore(square, w=(0, 1), x=1.0)
    assert capsys.readouterr().err == "Calling square about 52 times …\n"


def test_a_page_waits_the_longer_the_longer_the_function_takes(monkeypatch):
    assert shown().spec["patience"] == 5
    monkeypatch.setattr(Function, "pace", 0.1)
    assert shown().spec["patience"] == 15


def test_who_interrupts_a_function_that_does_not_end_sees_where_it_was():
    def loss(w: Any) -> Any:
        if w > 0.9:
            raise KeyboardInterrupt
        return w * w

    with pytest.raises(KeyboardInterrupt) as caught:
        explore(loss, w=(0, 1, 0.1, 0.5))
    (note,) = caught.value.__notes__
    assert re.fullmatch(r"This was loss\(w=[\d.]+\): the whole range is tried\.", note)


def test_huge_ranges_and_results_are_drawn():
    with double_precision():
        widget = explore(lambda w: w * 1e10, w=(-1e290, 1e290))
        ET.fromstring(widget.svg)
        assert "1e300" in widget.svg
        ET.fromstring(explore(lambda w: w * w, w=(-1e300, 1e300)).svg)  # only infinite at the ends
        with pytest.raises(ValueError, match="float64 cannot tell enough numbers apart"):
            explore(lambda w: w, w=(0, 5e-324))
    with pytest.raises(ValueError, match="w is too narrow: float32 cannot"):
        explore(lambda w: w, w=(1, 1.000001))


class double_precision:
    def __enter__(self) -> None:
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *_: object) -> None:
        torch.set_default_dtype(torch.float32)


def test_a_question_of_the_page_is_answered_with_everything_at_that_point():
    widget = explore(lambda w: w * 2.0 if w > 0 else w * w.exp(), w=(-1, 1, 0.1, 0.5))
    sent: list[dict[str, Any]] = []
    widget.send = sent.append
    widget._answer(None, {"type": "point", "values": {"w": 1}}, None)
    widget._answer(None, {"type": "something else"}, None)
    assert len(sent) == 1
    state = sent[0]["state"]
    json.dumps(sent, allow_nan=False)
    assert (state["loss"], state["grads"], state["entries"]["d0"]) == (2.0, {"w": 2.0}, 1.0)
    assert widget.values == {"w": 0.5}  # nothing has been let go yet


def test_heat_maps_come_with_every_answer_and_follow_the_values():
    x = torch.tensor([[1.0, -2.0], [0.0, 4.0]])
    widget = explore(lambda w: torch.softmax(w * x, 1).sum() * w, w=(-1, 1, 0.1, 0.5))
    maps = {slot: letters for slot, letters in widget.numbers["entries"].items() if slot[0] == "m"}
    slots = re.findall(r'data-map="(.*?)"', widget.picture["svg"])
    assert set(maps) == {f"m{slot}" for slot in slots}
    value = next(v for v in widget.picture["graph"]["values"] if v["name"] == "x")
    x_map = f"md{widget.picture['graph']['values'].index(value)}"
    assert maps[x_map] == "hc/fk"
    sent: list[dict[str, Any]] = []
    widget.send = sent.append
    widget._answer(None, {"type": "point", "values": {"w": -1.0}}, None)
    after = sent[0]["state"]["entries"]
    assert after[x_map] == "hc/fk"
    changed = [slot for slot in maps if after[slot] != maps[slot]]
    assert any(slot.startswith("md") for slot in changed)
    assert any(slot.startswith("mt") for slot in changed)


# ---- pictures and words --------------------------------------------------------------------------


def test_places_without_widgets_get_a_picture_and_a_text():
    widget = shown()
    widget.step(2)
    bundle, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    picture, text = bundle["image/svg+xml"], bundle["text/plain"]
    ET.fromstring(picture)
    for word in ("class=", " style=", "<script", "clip-path", "foreignObject"):
        assert word not in picture
    assert text.startswith(
        "Explore square(w=1.64, x=1)\n  square = 0.4096, ∂square/∂w = 1.28\n"
        "  square over w from −3 to 3: lowest 0 at w = 1, highest 16 at w = −3\n"
        "  steps of gradient descent: 2; square was 1\nForward\n"
    )


PROGRAM = """
import microtorch as torch
shown = torch.explore(lambda w, b: (w * b).sin() / w, w=(-3, 3), b=(0, 1))
shown.step(3)
text = shown.svg + repr(shown) + shown._esm
"""


def test_two_runs_show_the_same_to_the_letter():
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM + "print(text)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "12345", "PYTHONIOENCODING": "utf-8"},
    )
    here: dict[str, Any] = {}
    exec(PROGRAM, here)  # noqa: S102 (a program of our own)
    assert run.stdout == here["text"] + "\n"


def test_the_module_fetches_and_evaluates_nothing():
    source = shown()._esm
    for word in ("eval(", "Function(", "import ", "import(", "fetch(", "https:"):
        assert word not in source
    assert source.replace("http://www.w3.org/2000/svg", "").count("http:") == 0
    assert len(source.encode()) <= 42_000
    assert module(("Mul",)) != source


# ---- curves --------------------------------------------------------------------------------------


def test_a_jump_and_a_pole_are_gaps_and_a_steep_curve_is_not():
    def gaps(f: Any) -> int:
        return sum(y is None for _, y in sample(f, -3.0, 3.0))

    assert gaps(lambda x: x**2) == 0
    assert gaps(lambda x: math.tanh(1000 * (x - 0.01))) == 0
    assert gaps(lambda x: math.copysign(1, x - 0.01)) == 1
    assert gaps(math.floor) == 6
    assert gaps(lambda x: 1 / (x - 0.01)) == 1
    dots = sample(lambda x: math.sqrt(x) if x >= 0.011 else math.nan, -3.0, 3.0)
    first = min(x for x, y in dots if y is not None)
    assert first == pytest.approx(0.011, abs=1e-4)  # the curve goes up to its very end


def test_a_few_far_values_do_not_flatten_the_curve():
    ys = [1 / (i / 50 - 1.501) for i in range(160)]
    low, high = window(ys)
    assert -100 < low < -1
    assert 1 < high < 100
    assert window([]) == window([None, None]) == (-1.0, 1.0)
    assert window([5.0] * 9) == (4.5, 5.5)


numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(numbers, numbers)
def test_ticks_are_round_few_and_within_the_range(a: float, b: float) -> None:
    low, high = sorted((a / 4, b / 4))
    if not high - low > 1e-12 * max(abs(low), abs(high), 1e-290):
        return
    found = ticks(low, high, 5)
    assert 1 <= len(found) <= 7
    slack = (high - low) * 1e-6
    assert all(low - slack <= tick <= high + slack for tick in found)


@given(
    st.lists(st.one_of(st.none(), numbers), min_size=2, max_size=20),
    st.tuples(numbers, st.one_of(st.none(), numbers), st.one_of(st.none(), numbers)),
    st.floats(300, 900),
)
def test_any_numbers_give_a_picture_without_nan(ys: Any, now: Any, width: float) -> None:
    dots = [(float(i), y) for i, y in enumerate(ys)]
    content = draw(width, "w", "loss", dots, now, dots)
    shapes = re.sub(r"<text.*?</text>", "", content)
    assert "nan" not in shapes
    assert "inf" not in shapes
    ET.fromstring(f"<svg>{content}</svg>")


def test_a_running_profiler_is_left_alone():
    import cProfile

    with cProfile.Profile():
        point = Function(square, {"w": (0, 1), "x": 1.0}, "explore").point({"w": 0.5})
    assert point.loss == 0.25


def test_a_jump_that_is_small_beside_the_whole_curve_is_a_gap():
    def gaps(f: Any) -> int:
        return sum(y is None for _, y in sample(f, -10.0, 10.0))

    assert gaps(lambda x: math.floor(x + 0.003)) == 20
    assert gaps(lambda x: x * x + (x > 0.51)) == 1
    for smooth in (lambda x: x**8, lambda x: math.sin(8 * x), lambda x: abs(x), math.exp):
        assert gaps(smooth) == 0


def test_where_a_function_stays_the_same_is_found_from_both_ends():
    def loss(w: Any, b: Any) -> Any:
        return w * b if -5.0 < w < 7.0 else w * w

    limits = explore(loss, w=(-1, 1), b=(-1, 1)).spec["limits"]
    assert limits["w"] == (pytest.approx(-5), pytest.approx(7))
    assert limits["b"] == (-1e308, 1e308)
    branch = explore(lambda w: w * w if w > 0 else w * 2.0, w=(-1, 1))
    assert branch.spec["limits"] == {}  # nothing moves there without Python


def test_a_text_has_its_own_sign_for_rounded_numbers():
    widget = explore(lambda w: w * w, w=(0, 1, 0.1, 0.3))
    assert "loss = 0.09, ∂loss/∂w = 0.6" in repr(widget)
    widget.values = {"w": 1 / 3}
    assert "loss ≈ 0.1111, ∂loss/∂w ≈ 0.6667" in repr(widget)


def test_a_long_complaint_is_cut_and_stays_on_one_line():
    def loss(w: Any) -> Any:
        if w < 0:
            raise ValueError("first line\nsecond line " + "x" * 1000)
        return w * 2.0

    widget = explore(loss, w=(-1, 1, 0.1, 0.5))
    widget.values = {"w": -0.5}
    problem = widget.numbers["problem"]
    assert problem.startswith("ValueError: first line second line xxx")
    assert len(problem) == 300
