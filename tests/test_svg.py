"""The still picture: an SVG that every viewer shows, and that says the same in every run."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import microtorch as torch
from microtorch.graph.geometry import geometry
from microtorch.graph.model import Graph
from microtorch.graph.names import given_names
from microtorch.graph.style import LETTER, LINE, brief, clipped, columns
from microtorch.graph.svg import svg
from microtorch.graph.trace import trace

STAGES = (None, "forward", "local", "backward")
SVG = "{http://www.w3.org/2000/svg}"


def regression(w=1.0, sweeps=1, name_of_w="w") -> Graph:
    """w x - y, squared: the computation of the first lessons."""
    x, y, w = torch.tensor(1.0), torch.tensor(2.0), torch.tensor(w, requires_grad=True)
    loss = None
    for _ in range(max(1, sweeps)):
        y_hat = w * x
        s = y_hat - y
        loss = s**2
        if sweeps:
            loss.backward()
    known = {"x": x, "y": y, name_of_w: w, "y_hat": y_hat, "s": s, "loss": loss}
    return trace(loss, given_names(known))


def picture(graph: Graph, stage="backward", live=False) -> str:
    return svg(graph, geometry(graph), stage=stage, live=live)


def texts(source: str) -> list[str]:
    return [node.text for node in ElementTree.fromstring(source).iter(f"{SVG}text")]


@pytest.mark.parametrize("stage", STAGES)
def test_a_still_picture_has_only_what_every_viewer_keeps(stage):
    source = picture(regression(), stage)
    root = ElementTree.fromstring(source)
    assert source.startswith("<svg ")
    allowed = {SVG + tag for tag in ("svg", "g", "path", "rect", "text", "title", "desc")}
    assert {node.tag for node in root.iter()} <= allowed
    attributes = {name for node in root.iter() for name in node.attrib}
    assert not {"class", "style", "href", "tabindex"} & attributes
    assert not [name for name in attributes if name.startswith(("on", "data-"))]
    assert "url(" not in source


def test_the_live_picture_is_well_formed_too():
    root = ElementTree.fromstring(picture(regression(), live=True))
    assert root.get("role") == "group"
    assert len(root.findall(f".//{SVG}g[@data-value]")) == 6


@pytest.mark.parametrize("live", [False, True])
def test_the_same_picture_may_stand_twice_on_a_page_because_nothing_has_an_id(live):
    root = ElementTree.fromstring(picture(regression(), live=live))
    assert not [node for node in root.iter() if node.get("id")]


def test_a_picture_is_named_and_described_for_those_who_cannot_see_it():
    root = ElementTree.fromstring(picture(regression()))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Computation graph of loss"
    description = "loss = 1 from w = 1, x = 1 and y = 2 in 3 operations; gradient of w −2."
    assert root.find(f"{SVG}desc").text == description


@pytest.mark.parametrize("live", [False, True])
def test_names_are_escaped(live):
    source = picture(regression(name_of_w='<b>&"'), live=live)
    assert "<b>" not in source
    assert '<b>&"' in texts(source)


def test_the_forward_picture_shows_data_only():
    shown = texts(picture(regression(), "forward"))
    assert " ".join(shown) == (
        "w data 1 x data 1 × y_hat data 1 y data 2 − s data −1 ^2 loss data 1"
    )


def test_the_local_picture_adds_one_local_gradient_on_every_edge():
    shown = texts(picture(regression(), "local"))
    assert shown[:5] == ["1", "1", "1", "−1", "−2"]
    assert "grad" not in shown


def test_the_backward_picture_shows_the_gradient_at_every_node_that_has_one():
    shown = texts(picture(regression(), "backward"))
    grads = [shown[i + 1] for i, word in enumerate(shown) if word == "grad"]
    assert grads == ["−2", "−2", "−2", "1"]  # w, y_hat, s, loss


def test_without_a_backward_the_gradients_are_unknown_not_zero():
    shown = texts(picture(regression(sweeps=0), None))
    assert [shown[i + 1] for i, word in enumerate(shown) if word == "grad"] == ["·"] * 4


@pytest.mark.parametrize("stage", [None, "backward"])
def test_a_leaf_shows_the_sum_that_its_tensor_holds(stage):
    shown = texts(picture(regression(sweeps=2), stage))
    grads = [shown[i + 1] for i, word in enumerate(shown) if word == "grad"]
    assert grads == ["−4", "−2", "−2", "1"]


def test_values_stand_in_the_order_in_which_they_are_computed():
    root = ElementTree.fromstring(picture(regression(), live=True))
    names = [g.get("data-name") for g in root.iter(f"{SVG}g") if g.get("data-value")]
    assert names == ["w", "x", "y_hat", "y", "s", "loss"]


@pytest.mark.parametrize("w", [-123456.789, 1e-30, -3.3e15, float("nan"), -1 / 3])
def test_no_number_moves_a_box_or_leaves_it(w):
    places = geometry(regression(w))
    assert places == geometry(regression(1.0))
    for value, box in zip(regression(w).values, places.values, strict=True):
        assert columns(f"data {brief(value.data)}") * LETTER < box.width


def test_arrays_are_shown_short():
    assert brief(np.array([0.5, -1])) == "[0.5, −1]"
    assert brief(np.arange(12.0).reshape(3, 4)) == "0 … 11"
    assert brief(np.zeros((0, 3))) == "[]"
    assert brief(None) == "…"


def test_a_vector_is_drawn_with_its_shape_and_entries():
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    loss = (w @ torch.tensor([2.0, 3.0, 1.0]) - 3.0) ** 2
    loss.backward()
    shown = texts(picture(trace(loss, given_names({"w": w}))))
    assert {"shape 3", "[1, 1, 2]", "[16, 24, 8]"} <= set(shown)


def test_a_long_name_is_cut_and_a_chinese_one_gets_its_room():
    assert clipped("prediction_of_the_second_model") == "prediction_of_the_sec…"
    assert columns("预测") == 4


def test_lines_can_be_seen_on_white_and_on_black_pages():
    for page in ("#ffffff", "#111111", "#1e1e1e"):
        assert contrast(LINE, page) >= 3


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
