"""The sweep back: sums over uses, accumulation, freeing, and what it refuses."""

from __future__ import annotations

import gc
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtorch as torch
from microtorch.autograd import versions


def leaf(value: object) -> torch.Tensor:
    return torch.tensor(value, requires_grad=True)


def test_gradient_is_summed_when_a_value_is_used_twice() -> None:
    w = leaf(3.0)
    (w * w + w).backward()
    assert w.grad.item() == 7.0


def test_a_second_backward_adds_to_the_gradient() -> None:
    w = leaf(3.0)
    for expected in (6.0, 12.0, 18.0):
        (w**2).backward()
        assert w.grad.item() == expected


def test_zeroing_the_gradient_starts_anew() -> None:
    w = leaf([1.0, 2.0])
    (w**2).sum().backward()
    kept = w.grad
    w.grad.zero_()
    assert kept is w.grad
    (w**2).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0]
    w.grad = None
    (w**2).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0]


def test_accumulation_never_changes_a_gradient_that_was_handed_in() -> None:
    w = leaf([1.0, 2.0])
    upstream = torch.tensor([1.0, 1.0])
    (w + 0).backward(upstream)
    (w + 0).backward(upstream)
    assert upstream.tolist() == [1.0, 1.0]
    assert w.grad.tolist() == [2.0, 2.0]


def test_two_leaves_never_share_one_gradient_array() -> None:
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (a + b).sum().backward()
    a.grad.zero_()
    assert b.grad.tolist() == [1.0, 1.0]


def test_broadcasting_is_summed_back() -> None:
    row, column = leaf([1.0, 2.0, 3.0]), leaf([[1.0], [2.0]])
    (row * column).sum().backward()
    assert row.grad.tolist() == [3.0, 3.0, 3.0]
    assert column.grad.tolist() == [[6.0], [6.0]]


def test_backward_on_several_numbers_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar") as e:
        (leaf([1.0, 2.0]) * 2).backward()
    assert "(2,)" in str(e.value)
    assert ".sum()" in str(e.value)


def test_backward_twice_says_what_to_do_and_changes_nothing() -> None:
    w = leaf(2.0)
    loss = w**2
    loss.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time") as e:
        loss.backward()
    assert "retain_graph=True" in str(e.value)
    assert w.grad.item() == 4.0


def test_retain_graph_allows_a_second_backward() -> None:
    w = leaf(2.0)
    loss = w**2
    loss.backward(retain_graph=True)
    loss.backward()
    assert w.grad.item() == 8.0


def test_sums_can_be_swept_twice_because_they_save_nothing() -> None:
    a, b = leaf(1.0), leaf(2.0)
    total = a + b
    total.backward()
    total.backward()
    assert a.grad.item() == 2.0


def test_backward_without_any_gradient_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad") as e:
        (torch.tensor(1.0) * 2).backward()
    assert "requires_grad=True" in str(e.value)


def test_upstream_gradient_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (leaf([1.0, 2.0]) * 2).backward(torch.tensor([1.0]))


def test_nothing_is_recorded_under_no_grad() -> None:
    w = leaf(1.0)
    with torch.no_grad():
        assert not (w * 2).requires_grad
        with torch.enable_grad():
            assert (w * 2).requires_grad
    assert (w * 2).requires_grad

    @torch.no_grad()
    def predict() -> torch.Tensor:
        return w * 3

    assert not predict().requires_grad


def test_no_grad_ends_even_if_its_block_raises() -> None:
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        raise ZeroDivisionError
    assert torch.is_grad_enabled()


def test_detach_leaves_the_graph() -> None:
    w = leaf(2.0)
    (w * w.detach()).backward()
    assert w.grad.item() == 2.0


def test_grad_returns_gradients_and_stores_none() -> None:
    w = leaf(3.0)
    middle = w * 2
    outer = torch.autograd.grad(middle**2, [w, middle])
    assert [g.item() for g in outer] == [24.0, 12.0]
    assert w.grad is None


def test_grad_says_which_input_plays_no_part() -> None:
    w, other = leaf(3.0), leaf(1.0)
    with pytest.raises(RuntimeError, match="not have been used in the graph") as e:
        torch.autograd.grad(w**2, [w, other])
    assert "index 1" in str(e.value)
    assert torch.autograd.grad(w**2, [w, other], allow_unused=True)[1] is None


def test_third_derivative() -> None:
    x = leaf(2.0)
    slope = x**4
    for expected in (32.0, 48.0, 48.0):
        (slope,) = torch.autograd.grad(slope, x, create_graph=True)
        assert slope.item() == expected


def test_backward_with_create_graph_can_be_differentiated() -> None:
    x = leaf(2.0)
    with pytest.warns(UserWarning, match="reference cycle"):
        (x**3).backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 12.0


def test_a_chain_of_100_000_operations_needs_no_recursion() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert x.grad.item() == 1.0


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        w = leaf([1.0, 2.0])
        loss = ((w * 2).tanh() ** 2).sum()
        node = weakref.ref(loss.grad_fn)
        loss.backward()
        del loss
        assert node() is None
    finally:
        gc.enable()


def test_large_arrays_are_freed_by_the_sweep_and_small_ones_stay() -> None:
    for size, kept in ((100, True), (5000, False)):
        w = leaf([1.0] * size)
        loss = (w * w).sum()
        product = loss.grad_fn.parents[0]
        loss.backward()
        assert isinstance(product.inputs[0], np.ndarray) is kept


def test_gradients_of_large_tensors_are_right() -> None:
    x = np.linspace(-1, 1, 3000, dtype=np.float32)
    w = leaf(x)
    (torch.tanh(w) * w + w).sum().backward()
    expected = (1 - np.tanh(x) ** 2) * x + np.tanh(x) + 1
    np.testing.assert_allclose(w.grad.numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("values", [[1.0, 2.0], 1.0])
def test_updating_a_parameter_before_backward_is_refused_as_in_pytorch(values: object) -> None:
    w = leaf(values)
    loss = (w * w).sum()
    with torch.no_grad():
        w -= 10.0
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0 instead"):
        loss.backward()


def test_in_place_change_of_a_parameter_must_not_be_recorded() -> None:
    w = leaf(1.0)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad") as e:
        w -= 1.0
    assert "no_grad" in str(e.value)


def test_in_place_sum_of_a_result_is_recorded() -> None:
    w = leaf(2.0)
    total = w * 1
    total += w * w
    total.backward()
    assert w.grad.item() == 5.0


def test_filling_a_recorded_result_cuts_its_history() -> None:
    w = leaf([1.0, 2.0])
    y = w * 2
    y[0] = 1.0
    y.sum().backward()
    assert w.grad.tolist() == [0.0, 2.0]
    y = w * 2
    y.zero_()
    (y + w).sum().backward()
    assert w.grad.tolist() == [1.0, 3.0]


def test_changing_a_view_in_place_changes_the_history_of_what_it_is_a_view_of() -> None:
    w = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = w * 1
    y.view(-1)[1:3].mul_(w[0])
    assert y.tolist() == [[1.0, 2.0], [6.0, 4.0]]
    y.sum().backward()
    # y = [[w00, w01 w00], [w10 w01, w11]]
    assert w.grad.tolist() == [[1 + 2.0, 1.0 + 3.0], [2.0, 1.0]]


def test_a_view_taken_before_a_recorded_change_is_refused_rather_than_wrong() -> None:
    w = leaf([1.0, 2.0])
    y = w * 1
    view = y[:1]
    y.mul_(w)
    with pytest.raises(RuntimeError, match="take the view again"):
        (view * 2).sum().backward()


def test_views_share_memory_and_single_entries_are_views_too() -> None:
    x = torch.zeros(2, 3)
    x[0][1] = 5.0
    x[1, 2].fill_(7.0)
    x.t()[0, 1] = 9.0
    assert x.tolist() == [[0.0, 5.0, 0.0], [9.0, 0.0, 7.0]]
    number = torch.tensor(1.0)
    number.detach().add_(1)
    number.view(1)[0] = number[None][0] * 2
    assert number.item() == 4.0


def test_assigning_a_recorded_value_into_an_unrecorded_tensor_records_it() -> None:
    w = leaf([2.0, 3.0])
    out = torch.zeros(2)
    for i in range(2):
        out[i] = w[i] ** 2
    out.sum().backward()
    assert w.grad.tolist() == [4.0, 6.0]


def test_gradcheck_finds_a_wrong_gradient() -> None:
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    with pytest.raises(
        RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        torch.autograd.gradcheck(lambda t: t * t.detach(), x)
    assert not torch.autograd.gradcheck(lambda t: t * t.detach(), x, raise_exception=False)


numbers = st.floats(-3, 3, allow_nan=False, width=32)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=3, max_size=3), st.data())
def test_random_expressions_agree_with_nudging(values: list[float], data: st.DataObject) -> None:
    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    plan = data.draw(
        st.lists(
            st.tuples(st.sampled_from("+-*ts"), st.integers(0, 50), st.integers(0, 50)),
            min_size=1,
            max_size=12,
        )
    )

    def compute(*inputs: torch.Tensor) -> torch.Tensor:
        pool = list(inputs)
        for sign, i, j in plan:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            pool.append(
                {
                    "+": lambda a, b: a + b,
                    "-": lambda a, b: a - b,
                    "*": lambda a, b: (a * b).tanh(),
                    "t": lambda a, b: a.tanh(),
                    "s": lambda a, b: a.sin() * 2,
                }[sign](a, b)
            )
        total = pool[-1]
        for t in inputs:
            total = total + t  # so that every input plays a part
        return total

    assert torch.autograd.gradcheck(compute, leaves)


def test_a_change_in_place_between_forward_and_backward_is_noticed() -> None:
    def forward() -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.tensor([3.0, 4.0])
        return x, (leaf([1.0, 2.0]) * x).sum()

    def fill_through_a_view(x: torch.Tensor) -> None:
        x[0:1].add_(10.0)

    def assign(x: torch.Tensor) -> None:
        x[0] = 100.0

    for change in (lambda x: x.add_(10.0), assign, fill_through_a_view):
        x, loss = forward()
        change(x)
        with pytest.raises(RuntimeError, match="modified by an inplace operation") as e:
            loss.backward()
        assert "[torch.FloatTensor [2]] is at version 1; expected version 0" in str(e.value)
    x, loss = forward()
    loss.backward()
    x.add_(10.0)  # afterwards it does no harm


def test_the_message_names_the_operation_whose_result_was_changed() -> None:
    y = leaf([1.0, 2.0]).exp()
    y.detach().add_(1.0)
    with pytest.raises(RuntimeError, match="which is output 0 of Exp, is at version 1"):
        y.sum().backward()


def test_a_change_before_the_forward_pass_does_no_harm() -> None:
    x = torch.tensor([3.0, 4.0])
    x.add_(1.0)
    w = leaf([1.0, 2.0])
    (w * x).sum().backward()
    assert w.grad.tolist() == [4.0, 5.0]


def test_a_single_number_shares_its_place_with_its_data() -> None:
    w = leaf(2.0)
    (w * w).backward()
    w.grad.data.zero_()
    assert w.grad.item() == 0.0
    w.data.sub_(0.5)
    assert w.item() == 1.5


def test_gradients_have_the_dtype_of_their_tensor() -> None:
    w = leaf([1.0, 2.0])
    torch.tanh(w).backward(torch.tensor([1, 1]))
    assert w.grad.dtype is torch.float32


@pytest.mark.parametrize("create_graph", [False, True])
def test_no_gradient_shares_memory_with_another(create_graph: bool) -> None:
    a, b, seed = leaf([1.0, 2.0]), leaf([3.0, 4.0]), torch.tensor([1.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # create_graph: a reference cycle
        (a + b).backward(seed, create_graph=create_graph)
    a.grad.data.zero_()
    assert b.grad.tolist() == seed.tolist() == [1.0, 1.0]


def test_set_grad_enabled_works_at_once_and_as_a_block_and_as_a_decorator() -> None:
    w = leaf(1.0)
    torch.set_grad_enabled(False)
    assert not (w * 2).requires_grad
    torch.set_grad_enabled(True)
    assert (w * 2).requires_grad
    with torch.set_grad_enabled(False):
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad

    @torch.set_grad_enabled(False)
    def predict() -> torch.Tensor:
        return w * 3

    assert torch.is_grad_enabled()
    assert not predict().requires_grad
    assert torch.is_grad_enabled()


def test_gradcheck_names_the_input_that_is_wrong() -> None:
    a = torch.tensor(2.0, dtype=torch.float64)
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="with respect to input 1"):
        torch.autograd.gradcheck(lambda a, w: a * w * w.detach(), (a, w))


def test_changes_in_place_are_counted_without_keeping_all_of_them() -> None:
    x = torch.zeros(3)
    for _ in range(500):
        x.add_(1.0)
    loss = (leaf([1.0, 2.0, 3.0]) * x).sum()
    x[1] = 7.0
    assert x.tolist() == [500.0, 7.0, 500.0]
    with pytest.raises(RuntimeError, match="is at version 501; expected version 500"):
        loss.backward()
    assert all(len(change.latest) <= 100 for change in versions.changes.values())


def test_only_what_a_gradient_reads_must_stay_as_it_was() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1
    y[1:] = y[0] * 2  # the product with a number does not read y
    scale = torch.tensor([3.0, 4.0])
    z = x * scale.detach()
    x2 = x.detach().clone()
    product = x2 * x
    y.sum().backward()
    assert x.grad.tolist() == [3.0, 0.0]
    z.sum().backward()
    with torch.no_grad():
        x += 1  # neither z nor the product reads x itself
    product.sum().backward()


def test_a_stale_view_is_never_used_silently() -> None:
    """Also if its source changes once more after the view was used."""
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    view = y[0:2]
    y.mul_(2)
    z = view * 3
    y.mul_(2)
    with pytest.raises(RuntimeError, match="was used after its memory had been changed"):
        z.sum().backward()
