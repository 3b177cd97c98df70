"""Hooks, functions of the user's own, anomaly mode: what stands around the sweep."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import microtorch as torch
from microtorch.autograd import Function


def leaf(value: object) -> torch.Tensor:
    return torch.tensor(value, requires_grad=True)


def test_hooks_see_the_whole_gradient_once_and_may_change_it() -> None:
    w, seen = leaf(3.0), []
    handle = w.register_hook(lambda g: seen.append(g.item()))
    y = w * 2
    y.register_hook(lambda g: g * 10)
    (y + w * w).backward()
    assert seen == [26.0]
    assert w.grad.item() == 26.0
    handle.remove()
    (w * 1).backward()
    assert seen == [26.0]


def test_hooks_of_nodes_see_gradients_of_inputs_and_outputs() -> None:
    w, log = leaf([1.0, 2.0]), []
    y = w * 3
    y.grad_fn.register_prehook(lambda outputs: log.append(("before", outputs[0].tolist())))
    y.grad_fn.register_hook(
        lambda inputs, outputs: log.append((inputs[0].tolist(), outputs[0].tolist()))
    )
    y.sum().backward()
    assert log == [("before", [1.0, 1.0]), ([3.0, 3.0], [1.0, 1.0])]


def test_a_hook_after_accumulation_gets_the_parameter() -> None:
    w, log = leaf(2.0), []
    w.register_post_accumulate_grad_hook(lambda p: log.append((p is w, p.grad.item())))
    (w * w).backward()
    assert log == [(True, 4.0)]


def test_retained_gradients_of_results() -> None:
    w = leaf([1.0, 2.0])
    y = w * 2
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [4.0, 8.0]
    assert w.grad.tolist() == [8.0, 16.0]


class Scale(Function):
    """Multiplies by a number, saves input and output."""

    @staticmethod
    def forward(ctx, x, factor):
        y = x * factor
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        assert (y == x * ctx.factor).all()
        return g * ctx.factor, None


def test_a_function_of_the_users_is_checked_by_nudging() -> None:
    x = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: Scale.apply(x, 3.0), x)
    assert torch.autograd.gradgradcheck(lambda x: Scale.apply(x, 3.0) ** 2, x)


def test_a_function_of_the_users_leaves_nothing_behind() -> None:
    """Also where an output is saved, which would make a cycle: output, node, context, output."""
    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0])
        y = Scale.apply(x, 2.0)
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()


def test_what_a_function_saved_may_not_be_changed_in_place() -> None:
    x = leaf([1.0]) * 1
    y = Scale.apply(x, 2.0)
    x.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_saved_tensors_are_freed_with_the_graph() -> None:
    y = Scale.apply(leaf([1.0]), 2.0).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


class SplitSigns(Function):
    """Two outputs: one negative part, one positive part."""

    @staticmethod
    def forward(ctx, x):
        ctx.positive = x > 0
        return x * ~ctx.positive, x * ctx.positive

    @staticmethod
    def backward(ctx, g_negative, g_positive):
        return g_negative * ~ctx.positive + g_positive * ctx.positive


def test_a_function_with_two_outputs_gets_both_gradients_at_once() -> None:
    x = leaf([-1.0, 2.0])
    negative, positive = SplitSigns.apply(x)
    (negative * 3 + positive * 5).sum().backward()
    assert x.grad.tolist() == [3.0, 5.0]
    x.grad = None
    SplitSigns.apply(x)[1].sum().backward()
    assert x.grad.tolist() == [0.0, 1.0]


def test_pictures_can_be_drawn_of_the_users_functions() -> None:
    x = leaf([-1.0, 2.0])
    negative, positive = SplitSigns.apply(x)
    loss = (Scale.apply(negative, 3.0) + positive).sum()
    assert "SplitSigns" in str(torch.draw(loss))
    loss.backward()
    assert "Scale" in str(torch.draw(loss))


def test_anomaly_mode_names_the_operation_and_the_line() -> None:
    x = leaf([0.0, 1.0])
    with torch.autograd.set_detect_anomaly(True):
        root = x.sqrt()  # this line
        with (
            np.errstate(all="ignore"),  # pytest.warns forgets the library's filter
            pytest.warns(UserWarning, match="Error detected in SqrtBackward0"),
            pytest.raises(RuntimeError) as error,
        ):
            (root * 0).sum().backward()
    assert str(error.value).startswith("Function 'SqrtBackward0' returned nan values in its 0th")
    assert "# this line" in str(error.value)
    assert not torch.autograd.is_anomaly_enabled()


def test_anomaly_mode_tells_where_the_first_nan_was_made() -> None:
    x = leaf([-1.0, 1.0])
    with torch.autograd.set_detect_anomaly(True):
        y = x.log()  # minus one has no logarithm
        with (
            np.errstate(all="ignore"),
            pytest.warns(UserWarning, match="Error detected in"),
            pytest.raises(RuntimeError) as error,
        ):
            (y * y).sum().backward()
    assert "made in the forward pass by LogBackward0" in str(error.value)
    assert "minus one has no logarithm" in str(error.value)


def test_a_sweep_of_several_roots_sums_them() -> None:
    w = leaf([1.0, 2.0])
    torch.autograd.backward([w.sum(), w * w], [None, torch.tensor([1.0, 10.0])])
    assert w.grad.tolist() == [3.0, 41.0]
    assert torch.autograd.grad([w.sum(), (w * 2).sum()], w)[0].tolist() == [3.0, 3.0]


def test_backward_into_chosen_inputs_only() -> None:
    a, b = leaf(2.0), leaf(3.0)
    (a * b).backward(inputs=[a])
    assert a.grad.item() == 3.0
    assert b.grad is None
