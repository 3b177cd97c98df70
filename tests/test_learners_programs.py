"""Programs as learners write them: what a picture of each must say, and must not."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import microtorch as torch
import microtorch.nn.functional as F
from microtorch import nn
from microtorch.graph.model import Graph
from microtorch.graph.steps import steps
from microtorch.graph.trace import trace


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class SineAndCosine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx: Any, to_sine: Any, to_cosine: Any) -> Any:
        (x,) = ctx.saved_tensors
        return to_sine * x.cos() - to_cosine * x.sin()


def scalar(x: float) -> torch.Tensor:
    return torch.tensor(x, requires_grad=True)


def gradients(loss: torch.Tensor, **names: torch.Tensor) -> dict[str, Any]:
    return {v.name: v.grad for v in torch.draw(loss, names=names).graph.values}


# Masks, classes, indices --------------------------------------------------------------------------


def test_a_mask_goes_by_the_name_of_the_variable_that_holds_it():
    a, b = torch.ones(3, requires_grad=True), torch.zeros(3, requires_grad=True)
    keep = torch.tensor([True, False, True])
    loss = torch.where(keep, a, b).sum() + a.masked_fill(keep, 0.0).sum()
    said = torch.draw(loss, stage="local").text
    assert "a if keep else b" in said
    assert "masked_fill(a, keep)" in said
    assert "condition" not in said


def test_a_short_mask_without_a_name_is_written_out():
    a, b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True), torch.zeros(3)
    loss = torch.where(a > 1.5, a, b).sum()
    assert "= a if [0, 1, 1] else b" in torch.draw(loss).text


def test_the_classes_of_a_loss_and_the_places_of_a_gather_go_by_their_names():
    logits = torch.ones(2, 3, requires_grad=True)
    y, where_to = torch.tensor([0, 2]), torch.tensor([[0], [1]])
    assert "cross_entropy(logits, y)" in torch.draw(F.cross_entropy(logits, y)).text
    assert "nll_loss(logits, y)" in torch.draw(F.nll_loss(logits, y)).text
    assert "gather(logits, where_to)" in torch.draw(logits.gather(1, where_to).sum()).text


def test_an_index_that_an_operation_has_found_is_no_operand_of_it():
    x = torch.tensor([[1.0, 3.0], [2.0, 0.0]], requires_grad=True)
    (a, i), (b, j), (c, k) = x.topk(1), x.sort(), x.cummax(1)
    text = torch.draw(a.sum() + b.sum() + c.sum()).text
    for line in ("a   = topk(x)", "b   = sort(x)", "c   = cummax(x)"):
        assert line in text.replace("     = ", "   = ")
    assert (i, j, k) is not None


def test_a_setting_is_written_as_what_it_is():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert "roll(x, 1)" in torch.draw(x.roll(1).sum(), stage="forward").text


# Copies that broadcasting makes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda x: x.expand(4, 3), "∂loss/∂x = sum(∂loss/∂y) = [4, 4, 4]"),
        (
            lambda x: torch.addmm(x, torch.ones(2, 3), torch.ones(3, 3)),
            "∂loss/∂x = sum(∂loss/∂y) = [2, 2, 2]",
        ),
    ],
)
def test_the_gradient_of_a_stretched_operand_is_said_to_be_a_sum(make: Any, line: str) -> None:
    x = torch.ones(3, requires_grad=True)
    y = make(x)
    loss = y.sum()
    assert line in torch.draw(loss, stage="backward").text
    assert line in torch.explain(loss, x).text


def test_a_matrix_that_meets_a_stack_of_matrices_sums_what_comes_back_from_each():
    a, b = torch.ones(2, 3, requires_grad=True), torch.ones(5, 3, 4)
    y = a @ b
    loss = y.sum()
    assert "∂loss/∂a = sum((∂loss/∂y) @ bᵀ) = all 20" in torch.draw(loss, stage="backward").text


def test_operands_that_nothing_stretched_have_no_sum():
    a, b = torch.ones(5, 2, 3, requires_grad=True), torch.ones(5, 3, 4)
    y = a @ b
    loss = y.sum()
    assert "∂loss/∂a = (∂loss/∂y) @ bᵀ" in torch.draw(loss, stage="local").text


# Functions of one's own ---------------------------------------------------------------------------


def test_after_backward_a_picture_knows_what_a_function_of_ones_own_brought_back():
    x = scalar(2.0)
    h = x * 1.5
    y = Cube.apply(h)
    loss = y * 2 + x
    assert gradients(loss, x=x, h=h)["x"] is None
    loss.backward()
    found = gradients(loss, x=x, h=h)
    assert (found["h"], found["x"]) == (54, 82)
    text = torch.explain(loss, x).text
    assert "∂loss/∂x = 81 + 1 = 82" in text
    assert "…" not in text


def test_before_backward_it_says_why_it_does_not_know():
    x = scalar(2.0)
    loss = Cube.apply(x) * 2
    text = torch.explain(loss, x).text
    assert "Cube is a function of your own, which a picture does not run." in text
    assert "loss.backward() finds it" in text
    assert "large" not in text


def test_what_backward_brought_is_not_mixed_with_earlier_gradients():
    x = scalar(2.0)
    (x * 5).backward()
    loss = Cube.apply(x)
    loss.backward()
    assert x.grad == 17
    assert gradients(loss, x=x)["x"] == 12


def test_a_function_with_two_results_tells_its_gradient_too():
    x = torch.tensor([2.0, 1.0], requires_grad=True)
    s, c = SineAndCosine.apply(x)
    loss = (s * c).sum()
    loss.backward()
    graph = torch.draw(loss, names={"x": x}).graph
    assert np.array_equal(graph.values[0].grad, x.grad.numpy())
    assert Graph.from_json(graph.to_json()) == graph


# Operations without a derivative ------------------------------------------------------------------


def test_rounding_down_is_drawn_although_it_has_no_derivative():
    x = torch.tensor([5.5, 2.0], requires_grad=True)
    loss = (x // 2).sum() + torch.heaviside(x, x).sum()
    drawing = torch.draw(loss, stage="backward")
    assert "⌊x / " in drawing.text
    assert Graph.from_json(drawing.json) == drawing.graph
    assert "no derivative" in torch.explain(loss, x).text
    assert "//" in torch.draw(loss, expand=True).svg
    assert "vjp" not in repr(torch.formula(x // 2))


# What .grad holds ---------------------------------------------------------------------------------


def test_a_hook_that_changes_a_gradient_is_told_of():
    x = scalar(2.0)
    h = x * 2
    h.register_hook(lambda g: g * 10)
    loss = h**2
    loss.backward()
    assert "x.grad = 160: a hook or other code changed it" in torch.draw(loss, "backward").text
    text = torch.explain(loss, x).text
    assert "x.grad holds something else, because a hook" in text
    assert "put it there" not in text


def test_what_a_hook_may_change_is_not_promised():
    x = scalar(2.0)
    h = x * 2
    loss = h**2
    h.retain_grad()  # changes nothing
    assert torch.explain(loss, x).text.endswith("will put 16 there.")
    handle = h.register_hook(lambda g: g * 10)
    assert torch.explain(loss, x).text.endswith("will put 16 there, unless a hook changes it.")
    handle.remove()
    x.register_post_accumulate_grad_hook(lambda t: t.grad.zero_())
    x.grad = torch.tensor(1.0)
    assert "will add to it, unless a hook changes it:" in torch.explain(loss, x).text


def test_a_graph_that_was_freed_is_not_said_to_be_swept_again():
    x = torch.tensor([2.0], requires_grad=True)
    loss = (x**2).sum()
    loss.backward()
    x.grad.zero_()
    assert "will add to it after a new forward pass:" in torch.explain(loss, x).text
    x.grad = None
    assert torch.explain(loss, x).text.endswith("will put [4] there after a new forward pass.")
    again = (x**2).sum()
    again.backward(retain_graph=True)
    x.grad = None
    assert torch.explain(again, x).text.endswith("will put [4] there.")


def test_rounding_is_no_change():
    x = torch.tensor([0.1, 0.3], dtype=torch.float16, requires_grad=True)
    loss = (x * x * x).sum()
    loss.backward()
    assert "hook" not in torch.explain(loss, x).text


def test_an_intermediate_result_is_not_said_to_keep_its_gradient():
    x = scalar(2.0)
    h = x**2
    loss = h * 3
    loss.backward()
    assert "h.grad holds it if h.retain_grad() asked for that" in torch.explain(loss, h).text


def test_a_sweep_from_elsewhere_leaves_nothing_in_a_picture():
    x = scalar(2.0)
    h = x**2
    other = h * 3
    other.backward(retain_graph=True)
    loss = h * 5
    shown = {v.name: v.stored for v in torch.draw(loss).graph.values}
    assert shown["h"] is None
    assert shown["x"] == 12  # its .grad holds that, wherever it came from


def test_what_retain_grad_keeps_is_shown_in_every_picture():
    x = scalar(2.0)
    h = x**2
    h.retain_grad()
    (h * 3).backward(retain_graph=True)
    loss = h * 5
    assert {v.name: v.stored for v in torch.draw(loss).graph.values}["h"] == 3


# Modules in modules -------------------------------------------------------------------------------


def tower(height: int) -> nn.Module:
    net: nn.Module = nn.Linear(2, 2)
    for _ in range(height):
        net = nn.Sequential(net, nn.Tanh())
    return net


def test_modules_deep_inside_others_have_their_names():
    net = tower(3)
    loss = net(torch.ones(1, 2)).sum()
    graph = trace(loss, {id(net): "net"})
    names = [scope.name for scope in graph.scopes]
    assert names == ["net", "net.0", "net.0.0", "net.0.0.0", "net.0.0.1", "net.0.1", "net.1"]
    assert {"net.0.0.0.weight", "net.0.0.0.bias"} <= {v.name for v in graph.values}
    assert [len(scope.owns) for scope in graph.scopes] == [2, 2, 2, 2, 0, 0, 0]


def test_the_work_of_a_tower_of_modules_grows_with_its_size_not_with_its_cube(monkeypatch):
    looks = 0
    members = nn.Module._members

    def counted(self: Any, kind: str) -> Any:
        nonlocal looks
        looks += 1
        return members(self, kind)

    net = tower(60)
    loss = net(torch.ones(1, 2)).sum()
    monkeypatch.setattr(nn.Module, "_members", counted)
    trace(loss, {id(net): "net"})
    assert looks < 20 * 121  # modules


# Names ---------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


class Slotted:
    __slots__ = ("empty", "w")


def test_parts_of_named_tuples_and_of_objects_with_slots_have_their_names():
    p, s = Pair(scalar(1.0), torch.tensor(2.0)), Slotted()
    s.w = scalar(3.0)
    loss = p.a * p.b * s.w
    assert {"p.a", "p.b", "s.w"} <= {v.name for v in torch.draw(loss).graph.values}


def test_what_ipython_keeps_of_its_own_gives_no_names():
    class Shell:
        def __init__(self) -> None:
            self.history = {"_": scalar(2.0) * 3}

    exit = Shell()
    drawing = torch.draw(exit.history["_"] * 2)
    assert [v.name for v in drawing.graph.values if "exit" in v.name] == []


def test_names_with_an_underscore_are_names_but_for_those_of_ipython():
    _w, __x, _net = scalar(2.0), torch.tensor(3.0), nn.Linear(1, 1)
    assert "v1   = _w × __x" in torch.draw(_w * __x).text
    assert "_net.weight" in torch.draw(_net(torch.ones(1)).sum()).text
    w = _w  # the other name is better
    assert "w   parameter" in torch.draw(w * 2).text
    del _w, w
    _, _3, __ = scalar(1.0), scalar(2.0), scalar(3.0)
    assert [v.name for v in torch.draw(_ * _3 * __).graph.values] == [f"v{i}" for i in range(1, 6)]


# Numbers that were changed after the computation ----------------------------------------------------


def test_a_picture_after_an_optimizers_step_says_that_it_shows_the_numbers_of_now():
    torch.manual_seed(0)
    layer, x = nn.Linear(2, 1), torch.ones(1, 2)
    loss = (layer(x) ** 2).sum()
    then = loss.item()
    loss.backward()
    layer_grad = layer.bias.grad.item()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()
    with pytest.warns(UserWarning, match="loss was .* then, here it is .* Draw before the step"):
        graph = torch.draw(loss, "backward").graph
    values = {v.name: v for v in graph.values}
    now = (layer(x) ** 2).sum()
    assert values["loss"].data == pytest.approx(now.item())
    assert values["loss"].data != pytest.approx(then)
    # All gradients are those of now too; what .grad holds was there before.
    assert values["layer.bias"].grad[0] == pytest.approx(2 * layer(x).item())
    assert values["layer.bias"].prior[0] == pytest.approx(layer_grad)


def test_what_was_changed_within_the_computation_is_no_reason_to_warn():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    h = w * 2
    h += 1
    h.mul_(3)
    loss = h.sum()
    loss.backward()
    assert {v.name: v for v in torch.draw(loss).graph.values}["loss"].data == 24


# What a picture cannot follow ----------------------------------------------------------------------


def test_the_step_of_a_choice_says_that_its_condition_stays():
    w = scalar(2.0)
    y = torch.where(w > 0, w, 0.1 * w)
    (words,) = [s.sentence for s in steps(torch.draw(y).graph) if "if" in s.sentence]
    assert "Compute w if 1 else" in words
    assert words.endswith("(The condition is no part of the graph: it stays as it was.)")
