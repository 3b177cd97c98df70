"""The stream of random numbers: where it stands, what may be drawn from it, what it costs.

That the numbers are PyTorch's is shown by tests/golden/areas/random.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch

SEEDS = st.integers(-(2**63), 2**64 - 1)
SIZES = st.integers(0, 700)
CALLS = st.sampled_from(
    [
        lambda g: torch.rand(3, generator=g),
        lambda g: torch.rand(5, dtype=torch.float64, generator=g),
        lambda g: torch.randn(1, generator=g),
        lambda g: torch.randn(17, generator=g),
        lambda g: torch.randint(9, (4,), generator=g),
        lambda g: torch.randperm(6, generator=g),
        lambda g: torch.multinomial(torch.ones(3), 2, generator=g),
        lambda g: torch.zeros(3).bernoulli_(0.5, generator=g),
    ]
)


@given(SEEDS, SIZES, SIZES)
def test_two_draws_are_one_draw_in_two_parts(seed: int, first: int, second: int) -> None:
    torch.manual_seed(seed)
    parts = torch.rand(first).tolist() + torch.rand(second).tolist()
    torch.manual_seed(seed)
    assert torch.rand(first + second).tolist() == parts


@given(SEEDS, st.lists(st.integers(0, 15), max_size=8))
def test_pairs_of_normal_numbers_are_not_broken(seed: int, sizes: list[int]) -> None:
    """The second of a pair waits for the next call, whatever the sizes are."""
    torch.manual_seed(seed)
    parts = [number for size in sizes for number in torch.randn(size).tolist()]
    torch.manual_seed(seed)
    singles = [torch.randn(1).item() for _ in parts]
    assert singles == parts


@given(SEEDS, st.lists(CALLS, max_size=6), CALLS)
def test_a_state_is_a_place_to_return_to(seed, calls, call) -> None:  # type: ignore[no-untyped-def]
    g = torch.Generator().manual_seed(seed)
    for before in calls:
        before(g)
    state, copy = g.get_state(), g.clone_state()
    numbers = call(g).tolist()
    assert call(copy).tolist() == numbers
    assert call(torch.Generator().set_state(state)).tolist() == numbers
    assert torch.Generator().set_state(state).get_state().tolist() == state.tolist()


def test_a_generator_of_its_own_leaves_the_default_one_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3).tolist()
    torch.manual_seed(0)
    torch.randn(50, generator=torch.Generator())
    with torch.random.fork_rng():
        torch.rand(7)
    assert torch.rand(3).tolist() == expected


def test_without_a_seed_the_numbers_differ_from_run_to_run() -> None:
    first, second = torch.seed(), torch.seed()
    assert first != second
    assert torch.initial_seed() == second


@given(SEEDS, st.integers(0, 300))
def test_randperm_holds_every_number_once(seed: int, n: int) -> None:
    torch.manual_seed(seed)
    assert sorted(torch.randperm(n).tolist()) == list(range(n))


@given(SEEDS, st.integers(-(2**62), 2**62), st.integers(1, 2**62 - 1))
def test_randint_stays_in_its_bounds(seed: int, low: int, width: int) -> None:
    torch.manual_seed(seed)
    numbers = torch.randint(low, low + width, (50,)).tolist()
    assert all(low <= number < low + width for number in numbers)


@given(SEEDS, st.floats(-1e6, 1e6, width=32), st.floats(0, 1e3, width=32))
def test_uniform_stays_in_its_bounds(seed: int, low: float, width: float) -> None:
    torch.manual_seed(seed)
    high = float(np.float32(low + width))
    numbers = torch.zeros(50).uniform_(low, high).numpy()
    assert ((low <= numbers) & ((numbers < high) | (low == high))).all()


@pytest.mark.parametrize(
    ("fill", "mean", "std"),
    [
        (lambda t: t.uniform_(-1, 3), 1, 4 / 12**0.5),
        (lambda t: t.normal_(2, 3), 2, 3),
        (lambda t: t.exponential_(4), 1 / 4, 1 / 4),
        (lambda t: t.bernoulli_(0.3), 0.3, 0.21**0.5),
        (lambda t: t.geometric_(0.2), 5, 20**0.5),
        (lambda t: t.log_normal_(0, 0.5), np.exp(1 / 8), 0.604),
        (lambda t: t.random_(10), 4.5, 8.25**0.5),
    ],
)
@pytest.mark.parametrize("shape", [(40000,), (200, 201)])
def test_numbers_have_the_moments_of_their_distribution(fill, mean, std, shape) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(1)
    numbers = fill(torch.zeros(*shape).t()).numpy()
    error = 5 * std / 200  # five standard errors of a mean of 40,000
    assert abs(numbers.mean() - mean) < error
    assert abs(numbers.std() - std) < 3 * error


def test_multinomial_follows_its_weights() -> None:
    torch.manual_seed(0)
    weights = torch.tensor([1.0, 0.0, 3.0, 6.0])
    with_replacement = torch.multinomial(weights, 20000, replacement=True).numpy()
    singles = torch.multinomial(weights.expand(20000, 4), 1).numpy().ravel()
    for drawn in (with_replacement, singles):
        shares = np.bincount(drawn, minlength=4) / 20000
        np.testing.assert_allclose(shares, [0.1, 0, 0.3, 0.6], atol=0.02)


def test_multinomial_without_replacement_repeats_nothing() -> None:
    torch.manual_seed(0)
    rows = torch.multinomial(torch.rand(100, 8), 5).tolist()
    assert all(len(set(row)) == 5 for row in rows)


def test_a_view_is_filled_in_the_memory_of_its_source() -> None:
    torch.manual_seed(0)
    numbers = torch.rand(6).tolist()
    torch.manual_seed(0)
    x = torch.zeros(2, 3)
    x.t().uniform_()
    assert x.reshape(-1).tolist() == numbers


def test_a_single_number_is_filled_where_it_stands() -> None:
    torch.manual_seed(0)
    x = torch.zeros(())
    assert x.uniform_() is x
    assert x.item() == pytest.approx(0.4962566)


def test_filling_a_saved_value_is_noticed_by_backward() -> None:
    w = torch.ones(3, requires_grad=True)
    y = w.exp()
    loss = y.sum()
    with torch.no_grad():
        y.normal_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_parameter_is_filled_only_outside_of_the_graph() -> None:
    w = torch.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        w.normal_()
    with torch.no_grad():
        w.normal_()
    assert w.is_leaf
    assert w.requires_grad
    assert (w != 0).all()


def test_what_is_left_out_is_said() -> None:
    with pytest.raises(TypeError, match="no argument 'out'"):
        torch.rand(2, out=torch.zeros(2))
    with pytest.raises(AssertionError, match="CPU only"):
        torch.randn(2, device="cuda")
    with pytest.raises(TypeError, match="generator"):
        torch.rand(2, generator=3)
