"""How recurrent layers go through layers, directions and time: the inside of nn.RNN, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microtorch.nn.functional.dropout import dropout
from microtorch.nn.utils.rnn import blocks
from microtorch.ops import recurrent
from microtorch.tensor import Tensor
from microtorch.tensor.creation import zeros
from microtorch.tensor.dispatch import record
from microtorch.tensor.joining import cat, stack
from microtorch.tensor.products import linear

__all__: list[str] = []

Kind = type[recurrent.Recurrent]
States = tuple[Tensor, ...]


class Weights(NamedTuple):
    """The parameters of one layer in one direction."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    weight_hr: Tensor | None = None


def through_layers(
    op: Kind,
    input: Tensor,
    batch_sizes: list[int] | None,
    states: Sequence[Tensor],
    weights: list[Weights],
    directions: int,
    p: float,
) -> tuple[Tensor, States]:
    """The output of the last layer and the last states of all of them.

    Each layer reads what both directions of the one below gave, after dropout. The input is (time,
    batch, features), or packed (all steps, features) with ``batch_sizes``.
    """
    last: list[States] = []
    for number, own in enumerate(weights):
        direction = number % directions
        if direction == 0:
            if number:
                input = dropout(input, p)
            outputs = []
        first = tuple([state[number] for state in states])
        x = linear(input, own.weight_ih, own.bias_ih)
        if batch_sizes is None:
            output, final = through_time(op, x, first, own, bool(direction))
        else:
            output, final = through_blocks(op, x, batch_sizes, first, own, bool(direction))
        outputs.append(output)
        last.append(final)
        if direction == directions - 1:
            input = cat(outputs, -1) if directions > 1 else output
    return input, tuple([stack(parts) for parts in zip(*last, strict=True)])


def through_time(
    op: Kind, x: Tensor, states: States, own: Weights, reverse: bool
) -> tuple[Tensor, States]:
    """All time steps, forward or from the last to the first; x (time, batch, gates x hidden)."""
    if reverse:
        output, states = through_time(op, x.flip(0), states, own, False)
        return output.flip(0), states
    bias = zeros(x.size(-1), dtype=x.dtype) if own.bias_hh is None else own.bias_hh
    if op is not recurrent.Lstm:
        y = record(op, (x, *states, own.weight_hh, bias), ())
        return y, (y[-1],)
    if own.weight_hr is not None:
        return projected_lstm(x, states, own, bias, own.weight_hr)
    y = record(op, (x, *states, own.weight_hh, bias), ())
    h = record(recurrent.MkldnnRnnLayer, (y,), (tuple(y.shape), (0,)))
    return h, (h[-1], y[1, -1])


def projected_lstm(
    x: Tensor, states: States, own: Weights, bias: Tensor, projection: Tensor
) -> tuple[Tensor, States]:
    """An LSTM whose hidden state is m W_hr^T, shorter than m = o tanh(c).

    From the second step on, h W_hh^T = m (W_hh W_hr)^T: an ordinary LSTM of m with other weights.
    """
    y = record(recurrent.Lstm, (x[:1], *states, own.weight_hh, bias), ())
    if len(x) > 1:
        weight = own.weight_hh @ projection
        rest = record(recurrent.Lstm, (x[1:], y[0, 0], y[1, 0], weight, bias), ())
        y = cat([y, rest], 1)
    h = linear(y[0], projection)
    return h, (h[-1], y[1, -1])


def through_blocks(
    op: Kind, x: Tensor, batch_sizes: list[int], first: States, own: Weights, reverse: bool
) -> tuple[Tensor, States]:
    """All time steps of packed sequences, in blocks of steps that have equally many sequences.

    Forward, sequences that end with a block leave their states behind. Backward, more sequences
    start with every block.
    """
    parts = list(blocks(x, batch_sizes))
    states = tuple([state[: parts[-1].size(1)] for state in first]) if reverse else first
    outputs: list[Tensor] = []
    ended: list[States] = []
    for block in reversed(parts) if reverse else parts:
        running, wanted = len(states[0]), block.size(1)
        if wanted > running:
            starting = [state[running:wanted] for state in first]
            states = tuple([cat(pair) for pair in zip(states, starting, strict=True)])
        if wanted < running:
            ended.append(tuple([state[wanted:] for state in states]))
            states = tuple([state[:wanted] for state in states])
        output, states = through_time(op, block, states, own, reverse)
        outputs.append(output.reshape(-1, output.size(-1)))
    ended.append(states)
    last = tuple([cat(several[::-1]) for several in zip(*ended, strict=True)])
    return cat(outputs[::-1] if reverse else outputs), last
