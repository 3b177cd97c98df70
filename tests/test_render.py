"""What a picture shows of tensors, in which direction and colours, and the files it is saved to."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import microtorch as torch
from microtorch import nn
from microtorch.graph.geometry import Box, geometry
from microtorch.graph.heat import heat_map
from microtorch.graph.jacobian import jacobian
from microtorch.graph.model import Graph
from microtorch.graph.spelling import printable
from microtorch.graph.steps import steps
from microtorch.graph.style import clipped, columns
from microtorch.graph.theme import DARK, LIGHT, Theme

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    '<script>alert("1")</script>',
    "a\"b'c",
    "x" * 200,
    "שלום עולם",
    "{d0} {t1} {(g0)}",
    "back\\slash\\",
    "\\N \\G $x_1^2$ % & # ~ &lt;",
    "new\nline\ttab\x00\x1b[31m",
    "\ud800 \u202e turned",
    "",
    "]]> --> */",
    "预测" * 20,
)


def layers(stage: Any = None, **options: Any) -> Any:
    w = torch.tensor([[1.0, -2.0, 0.5], [0.0, 4.0, -1.0]], requires_grad=True)
    x = torch.tensor([4.0, 5.0, 6.0])
    y = w @ x
    loss = (y.tanh() * 2).sum()
    return torch.draw(loss, stage, **options)


def texts(source: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(source).iter(f"{SVG}text")]


# Tensors ----------------------------------------------------------------------------------------


def test_a_tensor_shows_its_shape_and_dtype_and_maps_of_data_and_gradient() -> None:
    shown = texts(layers("backward").svg)
    assert "shape 2×3 float32" in shown
    assert shown.count("data") > shown.count("grad") > 2
    root = ElementTree.fromstring(layers("backward").svg)
    fills = {node.get("fill") for node in root.iter(f"{SVG}path")}
    assert {LIGHT.positive[4], LIGHT.negative[2], LIGHT.zero} <= fills


def test_the_maps_of_a_large_tensor_are_pooled() -> None:
    found = heat_map(np.arange(-5000.0, 5000).reshape(50, 200))
    assert found is not None
    assert (found.rows, found.columns) == (16, 16)
    assert found.levels[0][0] == -5
    assert found.levels[15][15] == 5
    w = torch.randn(60, 50, 4, requires_grad=True)
    assert len(torch.draw(w * 2, "backward").svg) < 60_000


def test_what_is_not_zero_is_never_drawn_as_zero() -> None:
    found = heat_map(np.array([[1e-30, -1e-30, 0.0, 1e30]]))
    assert found is not None
    assert found.levels == ((1, -1, 0, 5),)


def test_nan_and_infinity_are_marked_and_do_not_spoil_the_scale() -> None:
    found = heat_map(np.array([np.nan, np.inf, -np.inf, 2.0, -1.0, 0.0]))
    assert found is not None
    assert found.levels[0][3:] == (5, -3, 0)
    assert found.odd == {(0, 0), (0, 1), (0, 2)}


def test_the_sign_of_a_cell_is_shown_by_a_bar_too() -> None:
    w = torch.tensor([[1.0, -1.0], [-1.0, 1.0]], requires_grad=True)
    root = ElementTree.fromstring(torch.draw(w * 1, "forward").svg)
    bars = [n for n in root.iter(f"{SVG}path") if n.get("stroke") == LIGHT.paper]
    assert [n.get("d", "").count("M") for n in bars] == [2, 2]  # of w and of the result


def test_the_jacobian_of_a_matrix_product_is_shown() -> None:
    drawing = layers("local")
    op = drawing.graph.operations[0]
    matrix = jacobian(drawing.graph, op, 0)
    np.testing.assert_array_equal(matrix, [[4, 5, 6, 0, 0, 0], [0, 0, 0, 4, 5, 6]])
    assert "<title>Jacobian of y by w</title>" in drawing.svg


def test_boxes_stay_where_they_are_in_all_stages() -> None:
    places = [layers(stage).geometry.values for stage in ("forward", "local", "backward")]
    assert places[0] == places[1] == places[2]


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (1, 1), (17,), (2, 2, 2, 2, 2, 2)])
@pytest.mark.parametrize("dtype", ["float64", "bool", "int64"])
def test_tensors_of_any_shape_and_kind_are_drawn(shape: Any, dtype: str) -> None:
    w = torch.ones(shape, requires_grad=True)
    other = torch.tensor(np.ones(shape, dtype))
    for stage in (None, "backward"):
        drawing = torch.draw(w * other, stage, names={"other": other})
        ElementTree.fromstring(drawing.svg)
        assert "other" in drawing.text
        if shape:
            size = "×".join(map(str, shape))
            assert f"shape {size} {dtype}" in drawing.svg


def test_a_graph_that_backward_has_freed_is_drawn_with_what_is_left() -> None:
    model = nn.Linear(60, 40)
    loss = model(torch.ones(30, 60)).tanh().sum()
    loss.backward()
    drawing = torch.draw(loss)
    values = {v.name: v for v in drawing.graph.values}
    assert values["v1"].data is None
    assert values["model.weight"].stored is not None
    assert "…" in texts(drawing.svg)


# Directions, compact, dark ----------------------------------------------------------------------


def test_from_top_to_bottom_every_arrow_points_down() -> None:
    places = layers("backward", direction="TB").geometry
    assert places.height > places.width
    for line in places.lines:
        box = places.operations[line.operation]
        x, y = line.points[0 if line.position < 0 else -1]
        aside = max(0, abs(x - box.x) - (box.width - box.height) / 2)  # on the pill's round end
        depth = math.sqrt(box.height**2 / 4 - aside**2)
        assert y == pytest.approx(box.y + (1 if line.position < 0 else -1) * depth, abs=0.1)
        assert line.points[0][1] < line.points[-1][1]


def test_a_line_that_goes_on_in_a_new_row_carries_the_name_of_its_value() -> None:
    w, h = torch.tensor(0.5, requires_grad=True), torch.tensor(1.0)
    for _ in range(6):
        h = (w * h).tanh()
    wide, wrapped = torch.draw(h, wrap=None), torch.draw(h, wrap=500)
    assert texts(wide.svg).count("w") == 1
    rows = {end for line in wrapped.geometry.lines for end in line.returns if line.position >= 0}
    assert len(rows) >= 2
    assert texts(wrapped.svg).count("w") > 2
    assert not any(line.returns for line in wide.geometry.lines)


def test_a_folded_box_is_as_high_as_its_many_lines_need() -> None:
    class Total(nn.Module):
        def forward(self, *parts: Any) -> Any:
            return torch.stack(parts).sum()

    loss = Total()(*[torch.tensor(float(k), requires_grad=True) for k in range(12)])
    for direction, along in (("LR", 1), ("TB", 0)):
        drawing = torch.draw(loss, fold=True, direction=direction, wrap=None)
        (folded,) = (op.index for op in drawing.graph.operations if op.kind == "Folded")
        into = [line for line in drawing.geometry.lines if line.operation == folded]
        tips = sorted(line.points[-1][along] for line in into if line.position >= 0)
        assert len(tips) == 12
        assert min(np.diff(tips)) >= 7


def test_before_a_backward_no_room_is_kept_for_maps_of_gradients() -> None:
    w = torch.ones(8, 16).requires_grad_()
    loss = (w * 2.0).sum()
    (before,) = [box for box in torch.draw(loss).geometry.values if box.width > 120][:1]
    loss.backward(retain_graph=True)
    (after,) = [box for box in torch.draw(loss).geometry.values if box.width > 120][:1]
    assert before.height < after.height
    assert torch.draw(loss, "forward").geometry == torch.draw(loss, "backward").geometry


def test_in_a_compact_picture_an_operation_stands_in_the_box_of_its_result() -> None:
    wide, narrow = layers().geometry, layers(compact=True).geometry
    assert narrow.width < wide.width
    assert len(narrow.lines) < len(wide.lines)
    for op, box in zip(layers().graph.operations, narrow.operations, strict=True):
        assert inside(box, narrow.values[op.output])


def inside(small: Box, large: Box) -> bool:
    return (
        large.left <= small.left
        and small.right <= large.right
        and large.top <= small.top
        and small.height <= large.height
    )


def test_directions_have_names() -> None:
    with pytest.raises(ValueError, match='direction must be "LR" or "TB", not \'up\''):
        layers(direction="up")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_can_be_read_in_both_themes(theme: Theme) -> None:
    on_paper = (theme.ink, theme.muted, theme.data, theme.gradient)
    pairs = [(ink, paper) for ink in on_paper for paper in (theme.paper, theme.pale)]
    pairs += [(theme.local, theme.local_paper), (theme.ink, theme.pill), (theme.muted, theme.pill)]
    assert min(contrast(*pair) for pair in pairs) >= 4.5
    assert contrast(theme.line, theme.page or "#ffffff") >= 3


def test_the_scale_of_a_map_goes_one_way_on_each_side() -> None:
    for theme in (LIGHT, DARK):
        for side in (theme.negative, theme.positive):
            steps_up = [contrast(colour, theme.zero) for colour in side]
            assert steps_up == sorted(steps_up)


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# Files ------------------------------------------------------------------------------------------

STRING = r'"(?:[^"\\\n]|\\.)*"'
ATTRIBUTES = rf" \[(?:\w+=(?:{STRING}|\w+) ?)+\]"
STATEMENT = re.compile(
    rf"  (?:rankdir=(?:LR|TB)(?: bgcolor={STRING})?|(?:node|edge){ATTRIBUTES}"
    rf"|[ov]\d+(?: -> [ov]\d+)?(?:{ATTRIBUTES})?);"
)


def check_dot(source: str) -> None:
    """DOT as its grammar has it: the part of it that pictures use."""
    first, *body, last = source.rstrip("\n").split("\n")
    assert re.fullmatch(rf"digraph {STRING} {{", first)
    assert last == "}"
    for line in body:
        assert STATEMENT.fullmatch(line), line


@pytest.mark.parametrize("stage", [None, "backward"])
def test_dot_source_is_well_formed(stage: Any) -> None:
    for options in ({}, {"compact": True, "direction": "TB"}, {"dark": True, "expand": True}):
        check_dot(layers(stage, **options).dot)


def test_a_picture_is_saved_in_every_format(tmp_path: Path) -> None:
    starts = {
        "svg": b"<svg ",
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "txt": b"Forward",
        "dot": b"digraph",
        "json": b"{",
    }
    drawing = layers("backward", dark=True)
    for kind, start in starts.items():
        path = drawing.save(tmp_path / f"graph.{kind.upper()}")
        assert path.read_bytes().startswith(start)
    again = Graph.from_json((tmp_path / "graph.JSON").read_text(encoding="utf-8"))
    assert again == drawing.graph
    for name in ("graph", "graph.jpg"):
        with pytest.raises(ValueError, match="files that end in"):
            drawing.save(tmp_path / name)


def test_the_png_shows_the_marks_of_the_svg_at_the_same_places(tmp_path: Path) -> None:
    from matplotlib.image import imread

    drawing = layers("backward", names={})
    pixels = imread(drawing.save(tmp_path / "graph.png"))
    places = drawing.geometry
    assert pixels.shape[:2] == pytest.approx((2 * places.height, 2 * places.width), abs=2)
    for box in places.values:  # white at the upper edge of a box, a border just above
        x, y = int(2 * box.x), 2 * box.top
        border = pixels[int(y) - 2 : int(y) + 3, x, :3].mean(axis=1)
        assert border.min() < 0.9
        assert pixels[int(y) + 8, x, :3].mean() > 0.9


@pytest.mark.parametrize("name", HOSTILE)
def test_names_can_say_anything_and_break_nothing(name: str, tmp_path: Path) -> None:
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    x = torch.tensor(3.0)
    loss = (w * x).sum()
    drawing = torch.draw(loss, "backward", names={name: w})
    shown = printable(name)
    root = ElementTree.fromstring(drawing.svg)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {
        *("svg", "title", "desc", "g", "rect", "path", "text")
    }
    if shown:
        assert clipped(shown) in texts(drawing.svg)
        titles = [node.text for node in root.iter(f"{SVG}title")]
        assert (shown in titles) == (clipped(shown) != shown)
    unseen = "\u2060\u2068\u2069"  # keep names apart from what is around them
    plain = "".join(c for c in drawing.text if c not in unseen)
    assert all(c == "\n" or c.isprintable() for c in plain)
    assert f"  {shown[:30]}" in plain
    check_dot(drawing.dot)
    json.loads(drawing.json)
    for kind in ("svg", "txt", "dot", "json", *["png"] * (len(name) % 2)):  # it takes its time
        drawing.save(tmp_path / f"graph.{kind}")
    for step in steps(drawing.graph):
        ElementTree.fromstring(f"<math>{re.sub('[{}]', '', step.formula)}</math>")


def test_a_long_name_is_cut_at_the_width_that_it_takes() -> None:
    assert columns(clipped("预测" * 20)) <= 22
    assert printable("a\nb\u202ec") == "a b�c"


def test_nothing_in_a_namespace_can_stop_a_picture() -> None:
    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("do not ask")

    odd = Odd()
    w = torch.tensor(1.0, requires_grad=True)
    assert "w " in torch.draw(w * 2).text
    assert odd is not None


def test_a_graph_is_drawn_like_the_tensor_it_came_from() -> None:
    w = torch.tensor(1.0, requires_grad=True)
    loss = w * 2
    assert torch.draw(torch.draw(loss).graph, "backward").svg == torch.draw(loss, "backward").svg


def test_the_places_for_a_walk_are_those_without_maps() -> None:
    graph = layers().graph
    assert all(card.data_map is None for card in geometry(graph).cards)


def test_the_table_of_a_terminal_tells_the_shape_of_what_is_not_a_single_number() -> None:
    x = torch.arange(6.0, requires_grad=True)
    m = x.view(2, 3)
    loss = m.sum()
    lines = torch.draw(loss).text.splitlines()
    assert [line.partition(" shape ")[2].split("  ")[0] for line in lines] == ["6", "2×3", ""]
    w = torch.tensor(2.0, requires_grad=True)
    assert "shape" not in torch.draw(w * 3).text
