"""Recurrent layers against loops over their cells; packed sequences there and back; dropout."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtorch as torch
from microtorch import nn
from microtorch.nn.utils.rnn import pack_sequence, unpack_sequence

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5)


def close(a: Any, b: Any) -> bool:
    return torch.allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_layer_is_a_loop_over_its_cell(kind: str) -> None:
    torch.manual_seed(0)
    layer = getattr(nn, kind)(3, 4, dtype=torch.float64)
    cell = getattr(nn, f"{kind}Cell")(3, 4, dtype=torch.float64)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    state, hidden = None, []
    for x_t in x:
        state = cell(x_t, state)
        hidden.append(state[0] if kind == "LSTM" else state)
    output, last = layer(x)
    assert close(output, torch.stack(hidden))
    for a, b in zip(last, state, strict=True) if kind == "LSTM" else [(last, state)]:
        assert close(a[0], b)

    (output**2).sum().backward()
    (torch.stack(hidden) ** 2).sum().backward()
    for a, b in zip(layer.parameters(), cell.parameters(), strict=True):
        assert close(a.grad, b.grad)


@given(LENGTHS)
def test_unpacking_undoes_packing(lengths: list[int]) -> None:
    sequences = [torch.arange(n) + 10 * i for i, n in enumerate(lengths)]
    packed = pack_sequence(sequences, enforce_sorted=False)
    assert len(packed.data) == sum(lengths) == int(packed.batch_sizes.sum())
    found = unpack_sequence(packed)
    assert [a.tolist() for a in found] == [b.tolist() for b in sequences]


@given(LENGTHS, st.sampled_from(["RNN", "GRU", "LSTM"]), st.booleans())
def test_packed_sequences_are_read_as_if_each_were_alone(
    lengths: list[int], kind: str, bidirectional: bool
) -> None:
    torch.manual_seed(0)
    layer = getattr(nn, kind)(2, 3, 2, bidirectional=bidirectional, dtype=torch.float64)
    sequences = [torch.randn(n, 2, dtype=torch.float64) for n in lengths]
    output, last = layer(pack_sequence(sequences, enforce_sorted=False))
    for number, (sequence, found) in enumerate(
        zip(sequences, unpack_sequence(output), strict=True)
    ):
        alone, state = layer(sequence)
        assert close(found, alone)
        for a, b in zip(last, state, strict=True) if kind == "LSTM" else [(last, state)]:
            assert close(a[:, number], b)


def test_dropout_is_between_the_layers_and_only_in_training() -> None:
    torch.manual_seed(0)
    layer, x = nn.GRU(2, 50, 2, dropout=0.5), torch.ones(3, 2)
    first, second = layer(x)[0], layer(x)[0]
    assert not torch.equal(first, second)
    assert (first != 0).all()  # the last layer's output is not dropped
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_dropout_of_attention_keeps_the_mean() -> None:
    torch.manual_seed(0)
    q = torch.zeros(2000, 1)
    found = nn.functional.scaled_dot_product_attention(q, q[:4], torch.ones(4, 1), dropout_p=0.5)
    assert set(found.flatten().tolist()) == {0.0, 0.5, 1.0, 1.5, 2.0}
    assert abs(float(found.mean()) - 1) < 0.05


def test_lengths_beyond_the_padding_are_refused() -> None:
    with pytest.raises(RuntimeError, match="there are only 3 time steps"):
        nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2), [4, 2])
