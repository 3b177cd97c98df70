"""From a tensor to its picture: trace, steps, equations, text."""

# The variables of a test are the names in its picture.
# ruff: noqa: RUF059

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import escape
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch.graph.equations import SLOT, fill
from microtorch.graph.model import Graph
from microtorch.graph.steps import steps
from microtorch.graph.trace import GraphError, replay


def w1() -> tuple[Any, ...]:
    x, y = torch.tensor(1.0), torch.tensor(2.0)
    w = torch.tensor(1.0, requires_grad=True)
    y_hat = w * x
    loss = (y_hat - y) ** 2
    return x, y, w, y_hat, loss


def by_name(graph: Graph) -> dict[str, Any]:
    return {value.name: value for value in graph.values}


def test_values_have_the_names_of_the_callers_variables() -> None:
    x, y, w, y_hat, loss = w1()
    graph = torch.draw(loss).graph
    assert [v.name for v in graph.values] == ["w", "x", "y_hat", "y", "v1", "loss"]
    assert [v.kind for v in graph.values] == [
        *("parameter", "input", "result", "input", "result", "result")
    ]
    assert [op.symbol for op in graph.operations] == ["×", "−", "^"]


def test_names_are_found_in_lists_dictionaries_and_objects() -> None:
    class Model:
        def __init__(self) -> None:
            self.weight = torch.tensor(2.0, requires_grad=True)

    model = Model()
    ws = [torch.tensor(3.0, requires_grad=True)]
    p = {"b": torch.tensor(1.0, requires_grad=True)}
    out = model.weight * ws[0] + p["b"]
    assert set(by_name(torch.draw(out).graph)) >= {"model.weight", "ws[0]", "p['b']", "out"}


def test_names_are_found_however_deep_they_lie_and_what_lies_near_has_its_name_first() -> None:
    class Neuron:
        slope = torch.tensor(5.0, requires_grad=True)  # of the class, for all neurons

        def __init__(self) -> None:
            self.w = [torch.tensor(2.0, requires_grad=True) for _ in range(2)]

    class Net:
        def __init__(self) -> None:
            self.layers = [[Neuron()], [Neuron(), Neuron()]]
            self.itself = self  # a circle

    model = Net()
    deep = {"first": {"rows": [[torch.tensor(1.0, requires_grad=True)]]}}
    near = deep["first"]["rows"][0]
    last = model.layers[1][1]
    out = last.w[1] * near[0] + deep["first"]["rows"][0][0] * Neuron.slope * last.slope
    found = set(by_name(torch.draw(out).graph))
    assert found >= {"last.w[1]", "near[0]", "out", "Neuron.slope"}
    assert not any(name.startswith("deep") for name in found)
    del last, near
    found = set(by_name(torch.draw(out).graph))
    assert found >= {"model.layers[1][1].w[1]", "deep['first']['rows'][0][0]"}


def test_of_a_long_path_a_box_shows_the_end() -> None:
    layers = [{"weights": [[torch.tensor(2.0, requires_grad=True) for _ in range(2)]]}]
    out = layers[0]["weights"][0][0] * layers[0]["weights"][0][1]
    picture = torch.draw(out).svg
    for name in ("layers[0]['weights'][0][0]", "layers[0]['weights'][0][1]"):
        assert f">…{escape(name[-21:])}</text>" in picture
        assert f"<title>{escape(name)}</title>" in picture


def test_names_can_be_given() -> None:
    *_, loss = w1()
    graph = torch.draw(loss, names={"L": loss}).graph
    assert graph.values[graph.root].name == "L"
    with pytest.raises(TypeError, match="'L' must belong to a Tensor"):
        torch.draw(loss, names={"L": 1})  # type: ignore[dict-item]


def test_unnamed_values_avoid_the_callers_names() -> None:
    v1 = torch.tensor(1.0, requires_grad=True)
    out = (v1 * 2) * 3
    assert [v.name for v in torch.draw(out).graph.values if v.kind == "result"] == ["v2", "out"]


def test_one_value_used_twice_is_one_node() -> None:
    x = torch.tensor(2.0)
    w = torch.tensor(3.0, requires_grad=True)
    out = w * x + w * x
    graph = torch.draw(out).graph
    assert sum(v.name == "w" for v in graph.values) == sum(v.name == "x" for v in graph.values) == 1
    assert len(graph.uses(by_name(graph)["w"].index)) == 2


def test_a_value_multiplied_by_itself_has_two_edges() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    graph = torch.draw(w * w).graph
    assert graph.operations[0].inputs == (0, 0)
    assert graph.values[0].grad == 6.0


def test_gradients_of_the_picture_are_those_of_the_engine() -> None:
    a = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    b = torch.tensor(0.5, requires_grad=True)
    m = torch.tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]], requires_grad=True)
    out = ((m @ a).tanh() * b + a.sum() / 3).sigmoid().mean() + (a * a)[1]
    graph = torch.draw(out).graph
    out.backward()
    values = by_name(graph)
    for name, tensor in (("a", a), ("b", b), ("m", m)):
        np.testing.assert_allclose(values[name].grad, tensor.grad.numpy(), rtol=1e-6)


def test_drawing_does_not_change_anything() -> None:
    *_, w, _, loss = w1()
    for stage in (None, "forward", "local", "backward"):
        torch.draw(loss, stage).svg  # noqa: B018
    assert w.grad is None
    loss.backward()
    assert w.grad.item() == -2.0


def test_gradients_appear_after_backward() -> None:
    x, y, w, y_hat, loss = w1()
    before = torch.draw(loss)
    assert "·" in before.text
    loss.backward()
    after = torch.draw(loss)
    assert re.search(r"w +parameter +data 1 +grad −2", after.text)
    assert "·" not in after.text
    assert before.graph.values[0].stored is None


def test_an_earlier_gradient_is_told_apart_from_the_new_one() -> None:
    x = torch.tensor([2.0, 3.0, 1.0])
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    y = torch.tensor(3.0)
    for _ in range(2):
        y_hat = w @ x
        loss = (y_hat - y) ** 2
        loss.backward()
        text = torch.draw(loss, "backward").text
        old = w.data
        w.data = w.data - 0.01 * w.grad.data
    assert old is not w.data
    assert "w.grad = [16, 24, 8] + [11.52, 17.28, 5.76] = [27.52, 41.28, 13.76]" in text
    w.grad.zero_()  # a backward() from here would start anew
    with pytest.warns(UserWarning, match="the numbers of then"):
        assert "w.grad = [0, 0, 0] + [11.52" in torch.draw(loss, "backward").text
    w.grad = None
    with pytest.warns(UserWarning, match="the numbers of then"):
        assert "w.grad" not in torch.draw(loss, "backward").text


def test_drawing_an_inner_value_shows_what_the_backward_brought_it() -> None:
    x, y, w, y_hat, loss = w1()
    loss.backward()
    assert "grad −2" in torch.draw(y_hat).text.splitlines()[-1]


def test_text_of_the_three_stages() -> None:
    x, y, w, y_hat, loss = w1()
    assert torch.draw(loss, "backward").text == (
        "Forward\n"
        "  w = 1,  x = 1,  y = 2\n"
        "  y_hat = w·x = 1·1 = 1\n"
        "  v1 = y_hat − y = 1 − 2 = −1\n"
        "  loss = v1² = (−1)² = 1\n"
        "Local gradients\n"
        "  ∂loss/∂v1 = 2·v1 = 2·(−1) = −2\n"
        "  ∂v1/∂y_hat = 1\n"
        "  ∂v1/∂y = −1\n"
        "  ∂y_hat/∂w = x = 1\n"
        "  ∂y_hat/∂x = w = 1\n"
        "Backward\n"
        "  ∂loss/∂loss = 1\n"
        "  ∂loss/∂v1 = ∂loss/∂loss · ∂loss/∂v1 = 1·(−2) = −2\n"
        "  ∂loss/∂y_hat = ∂loss/∂v1 · ∂v1/∂y_hat = −2·1 = −2\n"
        "  ∂loss/∂w = ∂loss/∂y_hat · ∂y_hat/∂w = −2·1 = −2"
    )
    assert torch.draw(loss, "forward").text.splitlines()[-1] == "  loss = v1² = (−1)² = 1"
    assert "Backward" not in torch.draw(loss, "local").text


def test_every_value_and_local_gradient_is_shown_exactly_once_in_a_walk() -> None:
    x, y, w, y_hat, loss = w1()
    graph = torch.draw(loss * w).graph
    shown = [slot for step in steps(graph) for slot in step.shows]
    assert len(shown) == len(set(shown))
    assert {s for s in shown if s[0] == "d"} == {f"d{v.index}" for v in graph.values}
    assert {s for s in shown if s[0] == "t"} == {
        f"t{v.index}" for v in graph.values if v.requires_grad
    }
    assert {s for s in shown if s[0] == "l"} == {
        f"l{op.index}.{k}" for op in graph.operations for k in range(len(op.inputs))
    }


def test_every_slot_of_every_step_is_filled() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    w = torch.tensor([1.0, -1.0], requires_grad=True)
    loss = torch.where((x @ w) > 0, x @ w, w * 2).reshape(1, 2)[0].mean()
    graph = torch.draw(loss).graph
    for step in steps(graph):
        for template in (step.line, step.formula, step.sentence):
            assert not SLOT.search(fill(template, graph))
            assert "{" not in fill(template, graph)


def test_replay_gives_the_numbers_of_a_fresh_computation() -> None:
    def compute(number: float) -> Any:
        w = torch.tensor(number, requires_grad=True)
        b = torch.tensor([1.0, 2.0], requires_grad=True)
        loss = ((w * b).tanh() + w**3).sum()
        return torch.draw(loss).graph

    again = replay(compute(0.5), {0: -1.25})
    fresh = compute(-1.25)
    for one, other in zip(again.values, fresh.values, strict=True):
        np.testing.assert_array_equal(one.data, other.data)
        np.testing.assert_array_equal(one.grad, other.grad)


def test_large_tensors_are_drawn_without_their_numbers() -> None:
    x = torch.ones(100, 100)
    w = torch.tensor(np.ones((100, 100), np.float32), requires_grad=True)
    b = torch.ones(5000)
    c = torch.tensor(np.ones(5000, np.float32), requires_grad=True)
    loss = (w @ x).sum() + (b + c).sum()
    for _ in range(2):
        values = by_name(torch.draw(loss).graph)
        assert values["w"].shape == (100, 100)
        assert values["b"].shape == (5000,)
        assert values["loss"].data is not None
        assert torch.draw(loss, "backward").svg
        assert torch.draw(loss, "backward").text
        if loss.grad_fn and not loss.grad_fn.freed:
            loss.backward()


def test_a_tensor_without_a_graph_says_why() -> None:
    for tensor in (torch.tensor(1.0), torch.tensor(1.0) * 2):
        with pytest.raises(GraphError, match="requires_grad=True"):
            torch.draw(tensor)
    with pytest.raises(TypeError, match="not float"):
        torch.draw(2.0)  # type: ignore[arg-type]


def test_a_single_parameter_is_a_picture_too() -> None:
    w = torch.tensor(1.5, requires_grad=True)
    assert torch.draw(w).text == "w  parameter  data 1.5  grad ·"
    assert "1.5" in torch.draw(w, "backward").svg


def test_an_unknown_stage_lists_the_known_ones() -> None:
    *_, loss = w1()
    with pytest.raises(ValueError, match="'forward', 'local', 'backward'"):
        torch.draw(loss, stage="sideways")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrap", [0, -5, float("nan"), "wide"])
def test_a_width_that_no_row_can_have_is_refused_at_once(wrap: object) -> None:
    *_, loss = w1()
    with pytest.raises(ValueError, match="wrap must be a number of pixels"):
        torch.draw(loss, wrap=wrap)  # type: ignore[arg-type]


def test_a_picture_that_would_be_too_large_says_so_and_what_to_do() -> None:
    y = x = torch.tensor(1.0, requires_grad=True)
    for _ in range(2001):
        y = y + 1.0
    with pytest.raises(GraphError, match=r"6,004 boxes; .* folds by itself"):
        torch.draw(y, fold=False)
    with pytest.raises(GraphError, match=r"2,001 operations; .* smaller part"):
        torch.walk(y, names={"x": x}, x=(0, 1))


def test_a_notebook_gets_a_picture_and_text() -> None:
    *_, loss = w1()
    bundle = torch.draw(loss)._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    json.dumps(bundle)


def test_saving(tmp_path: Any) -> None:
    *_, loss = w1()
    drawing = torch.draw(loss)
    assert drawing.save(tmp_path / "graph.svg").read_text(encoding="utf-8").startswith("<svg")
    assert drawing.save(tmp_path / "graph.txt").read_text(encoding="utf-8") == drawing.text
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.txt, \.dot, \.json"):
        drawing.save(tmp_path / "graph.jpg")


def test_pictures_are_the_same_under_every_hash_seed() -> None:
    program = (
        "import microtorch as torch\n"
        "w = torch.tensor(1.0, requires_grad=True)\n"
        "b = torch.tensor(2.0, requires_grad=True)\n"
        "loss = ((w * b + w).tanh() * w - b) ** 2\n"
        "print(torch.draw(loss, 'backward').svg)\n"
    )
    pictures = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(pictures) == 1


def test_formulas_show_what_the_caller_wrote_and_no_helpers_of_ours() -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    loss = ((w * 1.0)[1:] ** 2).mean() + w[0] + torch.where(torch.tensor(True), w[1], w[2])
    text = torch.draw(loss, "backward").text
    for part in ("w·1 = ", "[1:]", "mean(", "w[0]"):
        assert part in text
    for helper in ("count", "spread", "slice", "None", "True"):
        assert helper not in text
    assert not re.search(r"= ([^=]+) = \1(\n|$)", text)


def test_what_a_large_sum_brings_back_is_known() -> None:
    w = torch.tensor(np.ones(2000, np.float32), requires_grad=True)
    assert torch.draw(w.sum(), "backward").text.endswith("= all 1")


def test_a_whole_number_input_keeps_its_name_and_is_one_node() -> None:
    x, mask = torch.tensor(2), torch.tensor(True)
    big = torch.tensor([1.0, 2.0], dtype=torch.float64)
    w = torch.tensor(1.0, requires_grad=True)
    loss = ((w * x - 1) ** 2 + w * x + w * mask + (w * big).sum()) / x
    graph = torch.draw(loss).graph
    assert sum(v.name == "x" for v in graph.values) == 1
    assert {"x", "mask", "big", "w", "loss"} <= {v.name for v in graph.values}


def test_names_are_found_from_inside_a_comprehension() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    (drawing,) = [torch.draw(loss) for loss in [w * 2]]
    assert "w" in by_name(drawing.graph)
    draw_it = lambda loss: torch.draw(loss)
    assert "w" in by_name(draw_it(w * 3).graph)


def test_two_values_never_share_a_name() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    outer = w

    def inner(w: torch.Tensor) -> Any:
        return torch.draw(w * outer, names={"w": w})

    names = [v.name for v in inner(torch.tensor(5.0, requires_grad=True)).graph.values]
    assert len(names) == len(set(names))


def test_division_by_a_plain_zero_is_drawn() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    for zero in (0, 0.0):
        y = w / zero
        assert "∞" in torch.draw(y, "backward").text
        w.grad = None
        y.backward()
        assert w.grad.item() == float("inf")


def test_names_must_be_a_dictionary_of_texts() -> None:
    *_, loss = w1()
    with pytest.raises(TypeError, match="names is a dictionary"):
        torch.draw(loss, names=["w"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a name is a text, not 3"):
        torch.draw(loss, names={3: loss})  # type: ignore[dict-item]


def test_an_index_is_shown_as_it_was_written() -> None:
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True], [False, True, True]])
    rows = torch.tensor([0, 1])
    for written, picked in {
        "w[1]": w[1],
        "w[1:, 0]": w[1:, 0],
        "w[:, ::2]": w[:, ::2],
        "w[:, None]": w[:, None],
        "w[-1, 2]": w[-1, 2],
        "w[mask]": w[mask],
        "w[condition]": w[w > 1],  # a mask without a name, but not the one called mask
        "w[[0, 1]]": w[[0, 1]],
        "w[:, [0, 2]]": w[:, [0, 2]],
        "w[[1, 0], 1:]": w[[1, 0], 1:],
        "w[rows]": w[rows],
        "w[rows, [0, 2]]": w[rows, [0, 2]],
        "w[:, [0, 1]]": w.index_select(1, rows),
    }.items():
        drawing = torch.draw(picked * 2, "backward")
        assert f"= {written} =" in drawing.text
        assert f"= {written} " in torch.draw(picked * 2).text
        assert drawing.svg


def test_a_long_index_is_left_out() -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert "= index(w) =" in torch.draw(w[[0, 1, 2] * 10].sum(), "forward").text


def test_changes_in_place_are_shown_with_the_numbers_of_now() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    x = torch.tensor([3.0, 4.0])
    a = w * 1
    a[0] = 5.0
    a.add_(x)
    loss = a.sum()
    drawing = torch.draw(loss, "forward")
    for part in ("put(v1, [0], v2) = ", "[1, 2]·1", "= [8, 6]", "loss = sum(a) = sum([8, 6]) = 14"):
        assert part in drawing.text
    with torch.no_grad():
        x.mul_(10)
        w.add_(1)
    with pytest.warns(UserWarning, match="loss was 14 then, here it is 78"):
        values = by_name(torch.draw(loss).graph)
    assert values["w"].data.tolist() == [2, 3]
    assert values["a"].data.tolist() == [35, 43]
    assert values["loss"].data == 78


def test_a_view_changed_in_place_is_put_back_into_its_base() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    a = w * 1
    view = a[0]
    view.mul_(3)
    loss = a.sum()
    text = torch.draw(loss, "backward").text
    for line in (
        "v2 = v1[0] = [1, 2][0] = 1",
        "a = put(v1, [0], v3) = put([1, 2], [0], 3) = [3, 2]",
    ):
        assert line in text
    assert text.endswith("= [3, 1]")
    loss.backward()
    assert w.grad.tolist() == [3, 1]


def test_a_function_of_the_users_own_is_drawn_by_its_name() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, *g: Any) -> Any:
            return 2 * g[0] + 3 * g[1]

    w = torch.tensor(2.0, requires_grad=True)
    cube = Cube.apply(w)
    p, q = Both.apply(cube)
    loss = p + q
    for _ in range(2):
        drawing = torch.draw(loss, "backward")
        assert "cube = Cube(w) = Cube(2) = 8" in drawing.text
        assert "p = v1[0] = 16" in drawing.text  # v1: both results in one
        assert ">Both<" in drawing.svg
        if w.grad is None:
            loss.backward()
    assert re.search(r"w +parameter +data 2 +grad 60", torch.draw(loss).text)


def test_parameters_of_a_module_go_by_their_own_names() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    x, target = torch.ones(4, 2), torch.zeros(4, 1)
    loss = torch.nn.functional.mse_loss(model(x), target)
    drawing = torch.draw(loss, "forward")
    assert [v.name for v in drawing.graph.values if v.kind == "parameter"] == [
        *("model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias")
    ]
    assert "v1 = x @ model.0.weightᵀ + model.0.bias ≈ " in drawing.text
    assert re.search(r"loss = mean\(\(v3 − target\)²\) [=≈] ", drawing.text)


def test_a_module_is_named_by_what_it_is_called_where_the_picture_is_made() -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = torch.nn.Linear(1, 1)
            self.register_buffer("shift", torch.ones(1))

        def forward(self, x: Any) -> Any:
            return torch.draw(self.hidden(x) + self.shift)

    names = by_name(Net()(torch.ones(1)).graph)
    assert set(names) >= {"self.hidden.weight", "self.hidden.bias", "self.shift", "x"}


def test_formulas_of_layers_and_activations() -> None:
    w = torch.tensor([0.5, -1.5], requires_grad=True)
    functional = torch.nn.functional
    for formula, y in {
        "y = w·Φ(w) = ": functional.gelu(w),
        "y = w / (1 + exp(−w)) = ": functional.silu(w),
        "y = (w if w > 20 else log1p(exp(min(w, 20)))) = ": functional.softplus(w),
        "y = (2·expm1(w if w ≤ 0 else 0) if w ≤ 0 else w) = ": functional.elu(w, 2.0),
        "∂y/∂w = (1 if w > 0 else 0.1) = ": functional.leaky_relu(w, 0.1),
        "y = clip(w, −1, 1) = ": functional.hardtanh(w),
        "y = softmax(w) = ": functional.softmax(w, 0),
    }.items():
        assert formula in torch.draw(y, "backward").text


def test_operations_go_by_the_names_that_a_learner_wrote() -> None:
    functional = torch.nn.functional
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]], requires_grad=True)
    layer, batch = torch.nn.LayerNorm(2), torch.nn.BatchNorm1d(2)
    made = {
        "log_softmax": functional.log_softmax(x, 1),
        "masked_fill": x.masked_fill(x > 0, 0.0),
        "layer_norm": layer(x),
        "batch_norm": batch(x),
        "cross_entropy": functional.cross_entropy(x, torch.tensor([0, 1])),
        "einsum": torch.einsum("ij,jk->ik", x, x),
        "leaky_relu": functional.leaky_relu(x),
        "sort": x.sort(1).values,
        "topk": x.topk(1).values,
        "T": x.T,
        "[0]": x[0],
        "[:, 1]": x[:, 1],
    }
    for name, result in made.items():
        assert f">{name}</text>" in torch.draw(result.sum()).svg, name
    changed = x * 1
    changed[0] = 0.0
    assert ">[0]=</text>" in torch.draw(changed.sum()).svg
    assert "einsum(x, x)" in torch.draw(made["einsum"]).text


def test_equal_entries_are_said_once_and_rounded_entries_are_told() -> None:
    x = torch.ones((2, 3), requires_grad=True)
    third = torch.tensor([1 / 3, 2.0], requires_grad=True)
    loss = x.mean() * 3
    assert torch.draw(loss, "backward").text.endswith("= ∂loss/∂v1 · ∂v1/∂x = all 0.5")
    assert ">all 1</text>" in torch.draw(x * 2, "local").svg
    drawing = torch.draw(third * 2, "forward")
    assert "third ≈ [0.3333, 2]" in drawing.text
    assert "v1 = third·2 ≈ [0.3333, 2]·2 ≈ [0.6667, 4]" in drawing.text
    assert "x = all 1" in torch.draw(x * 2, "forward").text
