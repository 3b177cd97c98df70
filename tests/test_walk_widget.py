"""The walk as Python sees it: arguments, the module it sends to the page, what it answers."""

from __future__ import annotations

import json
import re

import pytest
from traitlets import TraitError

import microtorch as torch
from microtorch.ops import Elementwise, registry
from microtorch.widgets.page import entries, module, rule
from microtorch.widgets.sliders import even_step
from microtorch.widgets.walk import Walk, walk


def regression(**arguments) -> Walk:
    x, y = torch.tensor(1.0), torch.tensor(2.0)
    w = torch.tensor(1.0, requires_grad=True)
    y_hat = w * x
    loss = (y_hat - y) ** 2
    return walk(loss, **arguments)


def vectors(**arguments) -> Walk:
    x, y = torch.tensor([2.0, 3.0, 1.0]), torch.tensor(3.0)
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    loss = (w @ x - y) ** 2
    return walk(loss, **arguments)


def test_a_walk_without_sliders_starts_at_the_first_step_else_at_the_last():
    assert regression().spec["start"] == 0
    with_slider = regression(w=(-3, 3)).spec
    assert with_slider["start"] == len(with_slider["steps"]) - 1


def test_the_page_gets_the_rules_of_this_graph_only():
    table = regression()._esm.split("let OPS")[1].split("function ")[0]
    assert re.findall(r"(\w+):{forward", table) == ["Mul32", "Pow32", "Sub32"]


ON_THE_PAGE = tuple(kind for kind, op in registry.items() if issubclass(op, Elementwise))


@pytest.mark.parametrize("kind", ON_THE_PAGE)
def test_every_elementwise_op_can_be_printed_for_the_page(kind):
    assert rule(kind).startswith("{ forward: (")


def test_the_module_is_small_and_fetches_and_evaluates_nothing():
    source = module(ON_THE_PAGE)
    usual = ("Add", "Exp", "Log", "Mul", "Neg", "Pow", "Relu", "Sigmoid", "Sub", "Tanh")
    assert len(module(usual).encode()) <= 25_000
    assert len(module(tuple(f"{kind}32" for kind in usual)).encode()) <= 25_000
    assert all(len(rule(kind).encode()) <= 900 for kind in ON_THE_PAGE)  # a page has a few of them
    for word in ("eval(", "Function(", "import ", "import(", "fetch(", "http:", "https:"):
        assert word not in source


def test_what_is_sent_to_the_page_is_plain_json():
    w = torch.tensor(float("nan"), requires_grad=True)
    shown = walk(w * 2.0, w=(-1, 1))
    json.dumps([shown.spec, shown.values], allow_nan=False)
    assert shown.spec["entries"]["d0"] == "nan"


def test_single_numbers_are_computed_by_the_page_and_arrays_by_python():
    assert regression().spec["live"]
    assert not vectors().spec["live"]


def test_python_answers_with_the_numbers_for_new_leaves():
    shown = vectors(y=(-3, 3))
    y = shown.spec["sliders"][0]["value"]
    sent = []
    shown.send = sent.append
    shown._answer(shown, {"type": "replay", "leaves": {str(y): 5.0}}, [])
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    loss = (w @ torch.tensor([2.0, 3.0, 1.0]) - 5.0) ** 2
    loss.backward()
    numbers = sent[0]["entries"]
    root = shown.spec["graph"]["root"]
    assert numbers[f"d{root}"] == loss.item() == 4.0
    assert numbers["t0"] == "[8, 12, 4]"
    assert w.grad.tolist() == [8, 12, 4]


def test_a_gradient_that_was_there_before_is_part_of_the_total():
    w = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        loss = w * 2.0
        loss.backward()
    numbers = entries(walk(loss)._graph)
    assert (numbers["g0"], numbers["p0"], numbers["t0"]) == (2, 2, 4)


def test_a_goal_that_is_met_from_the_start_is_reached():
    assert not regression(w=(-3, 3), goal={"w.grad": 0}).goal_reached
    assert regression(w=(-3, 3), goal={"w.grad": -2}).goal_reached
    assert not regression(w=(-3, 3), goal={"w.grad": -2, "loss": 0}).goal_reached


def test_a_goal_is_spelled_out_as_a_derivative():
    goals = regression(goal={"w.grad": 0, "loss": 0.25}).spec["goals"]
    assert [(goal["label"], goal["target"]) for goal in goals] == [("∂loss/∂w", 0), ("loss", 0.25)]


def test_a_slider_has_round_steps():
    slider = regression(w=(-3, 3)).spec["sliders"][0]
    assert (slider["low"], slider["high"], slider["step"]) == (-3, 3, 0.05)
    assert regression(w=(-3, 3, 0.5)).spec["sliders"][0]["step"] == 0.5
    assert [even_step(x) for x in (1, 10, 0.3)] == [0.01, 0.1, 0.002]


def test_moving_a_slider_leaves_the_tensor_alone():
    w = torch.tensor(1.0, requires_grad=True)
    shown = walk(w * 2.0, w=(-3, 3))
    shown.values = {"w": 2.5}
    shown._answer(None, {"type": "replay", "leaves": {"0": 2.5}}, None)
    assert w.item() == 1


def test_values_are_those_of_the_sliders():
    shown = regression(w=(-3, 3), x=(0, 2))
    assert shown.values == {"w": 1.0, "x": 1.0}
    with pytest.raises(TraitError, match=r"no slider called 'b'\. There is: w, x"):
        shown.values = {"b": 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"b": (0, 1)}, "no value called 'b'. Sliders can move: w, x, y."),
        ({"y_hat": (0, 1)}, "y_hat is computed from other values"),
        ({"w": (3, -3)}, "starts at 3 and ends at -3"),
        ({"w": (1, 1)}, "the low end must be below the high end"),
        ({"w": ("a", 3)}, r"must be two numbers, not \('a', 3\). Write w=\(-3, 3\)"),
        ({"w": 3}, "must be two numbers, not 3"),
        ({"w": (0, float("inf"))}, "must be two numbers"),
        ({"w": ()}, r"must be two numbers, not \(\)"),
        ({"w": (0, float("nan"))}, r"must be two numbers, not \(0, nan\)"),
        ({"w": (0, 10**400)}, "must be two numbers"),
        ({"w": (-1e308, 1e308)}, "slider w is too wide"),
        ({"w": (0, 1e-320)}, "slider w is too narrow"),
        ({"w": (0, 1, -0.1)}, "step of the slider w is -0.1"),
        ({"w": (0, 1, 2)}, "step of the slider w is 2"),
        ({"goal": {"b.grad": 0}}, r"goal 'b.grad' .* can be: w, x, .*loss, w.grad"),
        ({"goal": {"x.grad": 0}}, "goal 'x.grad' is not a number in this graph"),
        ({"goal": {"w.grad": "zero"}}, "goal for w.grad must be a number, not 'zero'"),
    ],
)
def test_a_bad_argument_is_told_with_the_way_out(arguments, message):
    with pytest.raises(ValueError, match=message):
        regression(**arguments)


def test_a_slider_moves_single_numbers_only():
    message = r"w has shape \(3,\); a slider moves a single number. Sliders can move: y."
    with pytest.raises(ValueError, match=message):
        vectors(w=(0, 1))


def test_a_goal_must_be_a_dictionary():
    with pytest.raises(TypeError, match="A goal is a dictionary"):
        regression(goal=0)


def test_a_tensor_without_a_graph_cannot_be_walked():
    with pytest.raises(ValueError, match="has no graph"):
        walk(torch.tensor(1.0))


def test_places_without_widgets_get_a_picture_and_a_text():
    bundle, _ = regression()._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert "class=" not in bundle["image/svg+xml"]
    assert bundle["text/plain"].startswith("Forward\n")
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize("stage", ["forward", "local", "backward"])
def test_a_walk_can_open_at_the_end_of_a_stage(stage: str) -> None:
    w = torch.tensor(1.0, requires_grad=True)
    loss = (w * 2.0) ** 2
    spec = torch.walk(loss, stage=stage, w=(-3, 3)).spec
    stages = [step["stage"] for step in spec["steps"]]
    assert stages[spec["start"]] == stage
    assert stage not in stages[spec["start"] + 1 :]
    with pytest.raises(ValueError, match="stage must be one of 'forward', 'local', 'backward'"):
        torch.walk(loss, stage="sideways")


def test_a_walk_is_saved_as_a_page_of_its_own_and_as_nothing_else(tmp_path) -> None:
    shown = regression(w=(-3, 3))
    page = shown.save(tmp_path / "walk.html").read_text(encoding="utf-8")
    assert page == shown.to_html()
    assert "http:" not in page.replace('xmlns=\\"http://www.w3.org/2000/svg\\"', "")
    assert "https:" not in page
    with pytest.raises(ValueError, match=r"writes .html files, not '\.svg'"):
        shown.save(tmp_path / "walk.svg")


def test_arrays_have_heat_maps_that_come_to_light_with_their_step():
    torch.manual_seed(0)
    W, x, s = (
        torch.randn(3, 8).requires_grad_(),
        torch.randn(8),
        torch.tensor(0.5, requires_grad=True),
    )
    h = torch.tanh(s * (W @ x))
    widget = walk((h * h).sum(), s=(-2, 2))
    entries, steps = widget.spec["entries"], widget.spec["steps"]
    slots = re.findall(r'data-map="(.*?)"', widget.spec["svg"])
    assert {slot[0] for slot in slots} == {"d", "t", "l"}
    assert all(re.fullmatch(r"[a-kx/]+", entries[f"m{slot}"]) for slot in slots)
    known = [slot for step in steps for slot in step["shows"]]
    assert set(slots) <= set(known)
    sent: list[dict[str, object]] = []
    widget.send = sent.append
    widget._answer(
        None, {"type": "replay", "leaves": {widget.spec["sliders"][0]["value"]: -2.0}}, None
    )
    after = {slot: letters for slot, letters in sent[0]["entries"].items() if slot[0] == "m"}
    names = [v["name"] for v in widget.spec["graph"]["values"]]
    assert f"md{names.index('W')}" not in after  # it stays as it is, so it is not sent again
    assert after[f"md{names.index('h')}"] != entries[f"md{names.index('h')}"]
    assert "heatMaps" in widget._esm
    assert "function heatMaps" not in regression()._esm  # single numbers have none


def test_a_walk_keeps_the_numbers_that_it_was_made_from() -> None:
    x = torch.tensor([1.0, 2.0])
    w = torch.tensor(3.0, requires_grad=True)
    loss = (w * x).sum()
    shown = torch.walk(loss, w=(-3, 3))
    loss.backward()
    with torch.no_grad():
        x.zero_()
        w.zero_()
    del loss
    sent = []
    shown.send = sent.append
    shown._answer(None, {"type": "replay", "leaves": {"0": 2.0}, "id": 7}, None)
    root = shown.spec["graph"]["root"]
    assert (sent[0]["entries"][f"d{root}"], sent[0]["id"]) == (6.0, 7)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_slider_starts_at_the_number_that_was_written(dtype: torch.dtype) -> None:
    w = torch.tensor(0.22, dtype=dtype, requires_grad=True)
    assert torch.walk(w * 2.0, w=(-3, 3)).values == {"w": 0.22}


# Graphs that are too large for a page -------------------------------------------------------------


def test_a_walk_of_a_large_graph_goes_through_its_folded_picture() -> None:
    w = torch.tensor(1.5, requires_grad=True)
    loss = sum(w * k for k in range(1200))
    live = torch.walk(loss)
    assert "more operations" in repr(live)
    loss.backward()
    by_name = {v["name"]: f"g{i}" for i, v in enumerate(live.spec["graph"]["values"])}
    assert live.spec["entries"][by_name["w"]] == pytest.approx(w.grad.item())
    assert not live.spec["live"]  # a page cannot compute what it does not see
    for sliders in ({"w": (-3, 3)}, {"goal": {"w.grad": 0}}):
        with pytest.raises(ValueError, match="a walk holds at most 2,000"):
            torch.walk(loss, **sliders)
    wide = torch.stack([w * k for k in range(1000)]).sum()
    assert "996 more operations" in repr(torch.walk(wide))
    with pytest.raises(ValueError, match="holds at most 2,500"):
        torch.walk(wide, w=(-3, 3))
