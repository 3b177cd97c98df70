"""Pictures of computations whose numbers have been changed since: each shows one moment."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtorch as torch
import microtorch.nn.functional as F
from microtorch import nn
from microtorch.graph.model import Value


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


def drawn(loss: torch.Tensor, **names: torch.Tensor) -> dict[str, Value]:
    return {v.name: v for v in torch.draw(loss, names={"loss": loss, **names}).graph.values}


def step(*parameters: torch.Tensor) -> None:
    torch.optim.SGD(parameters, lr=0.1).step()


# After an optimizer's step ------------------------------------------------------------------------


def test_single_numbers_and_arrays_are_shown_as_of_the_same_moment() -> None:
    w = torch.tensor([2.0, 1.0], requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    loss = ((w * 3 + b) ** 2).sum()
    loss.backward()
    step(w, b)
    now = ((w * 3 + b) ** 2).sum().item()
    with pytest.warns(UserWarning, match=f"loss was 65 then, here it is {now:g}"):
        values = drawn(loss, b=b)
    assert values["loss"].data == pytest.approx(now)
    assert values["b"].data == pytest.approx(b.item())


def test_where_large_arrays_were_not_kept_a_picture_shows_the_numbers_of_then() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1100, 2), nn.ReLU(), nn.Linear(2, 3))
    x, y = torch.randn(4, 1100), torch.tensor([0, 1, 2, 0])
    hidden = model[0](x)
    loss = F.cross_entropy(model[2](F.relu(hidden)), y)
    loss.backward()
    then, hidden_then = loss.item(), hidden.detach().numpy().copy()
    step(*model.parameters())
    with pytest.warns(UserWarning, match="numbers of then, and leaves out what was changed"):
        values = {v.name: v for v in torch.draw(loss).graph.values}
    assert values["loss"].data == pytest.approx(then)
    np.testing.assert_array_equal(values["hidden"].data, hidden_then)
    assert values["model.2.weight"].data is None  # it holds the numbers of now
    assert values["model.2.bias"].data is None
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(values[f"model.{name}"].grad, parameter.grad, rtol=1e-5)


def test_a_function_of_ones_own_cannot_be_computed_again_either() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (Cube.apply(w) * w).sum()
    loss.backward()
    step(w)
    with pytest.warns(UserWarning, match="numbers of then, and leaves out"):
        values = drawn(loss, w=w)
    assert values["loss"].data == 17
    assert values["w"].data is None
    assert values["w"].grad.tolist() == [4, 32]
    with pytest.warns(UserWarning, match="leaves out"):
        assert "v1 = Cube(w) = [1, 8]" in repr(torch.walk(loss))


@pytest.mark.parametrize(
    "change",
    [
        lambda w: step(w),
        lambda w: w.data.sub_(0.1 * w.grad),
        lambda w: setattr(w, "data", w.data - 0.1 * w.grad),
    ],
    ids=["optimizer", "in place", "new data"],
)
def test_single_numbers_are_those_of_then_and_a_warning_tells_those_of_now(change: Any) -> None:
    w = torch.tensor(2.0, requires_grad=True)
    loss = w**2
    loss.backward()
    change(w)
    for show in (torch.draw, torch.walk, torch.explain):
        with pytest.warns(UserWarning, match=r"the numbers of then: 2 for what is 1\.6 now\."):
            assert "4" in repr(show(loss))
    w.data = torch.tensor(2.0)  # as it was
    assert drawn(loss)["loss"].data == 4


@pytest.mark.parametrize("show", [torch.draw, torch.walk, torch.explain])
def test_the_warning_points_at_the_line_that_asked_for_the_picture(
    show: Callable[..., Any],
) -> None:
    w = torch.tensor([2.0], requires_grad=True)
    loss = (w**2).sum()
    loss.backward()
    step(w)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        show(loss)
    assert [warning.filename for warning in caught] == [__file__]


# Within a computation -----------------------------------------------------------------------------


def fill(buffer: Any, w: Any) -> Any:
    buffer[1:] = w
    return buffer


def fill_one_by_one(buffer: Any, w: Any) -> Any:
    for i in range(3):
        buffer[i] = w[i]
    return buffer


def add_to_a_part(buffer: Any, w: Any) -> Any:
    buffer[1:] += w
    return buffer


def add_to_a_part_of_a_part(buffer: Any, w: Any) -> Any:
    part = buffer.view(2, 2)[1]
    part += w[:2]
    return buffer


def pick(buffer: Any, w: Any) -> Any:
    buffer[torch.tensor([0, 2, 3])] = w
    return buffer


@pytest.mark.parametrize(
    "change", [fill, fill_one_by_one, add_to_a_part, add_to_a_part_of_a_part, pick]
)
def test_what_a_tensor_held_before_it_was_written_to_is_shown(change: Any) -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    buffer = change(torch.full((4,), 7.0), w)
    graph = torch.draw((buffer * 1).sum()).graph
    given = [v.data for v in graph.values if v.kind == "input"]
    assert given
    assert all((array == 7).all() for array in given)
    held = {v.name: v for v in graph.values}["buffer"]
    assert held.data.tolist() == buffer.tolist()


def test_what_cannot_be_known_is_left_out_without_a_warning() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Cube.apply(w)
    y[0] = 5.0
    values = drawn(y.sum(), w=w, y=y)
    assert values["v1"].data is None  # what Cube gave has been written over
    assert values["y"].data.tolist() == [5, 8]
