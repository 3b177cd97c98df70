"""Recurrent layers: one time step as a formula, and all time steps together as one operation.

The steps are written once, for arrays and Tensors alike: ``nn.LSTMCell`` records each part of a
step, while ``nn.LSTM`` runs all steps in one op, which knows how a gradient travels back through
time (Werbos 1990, "Backpropagation through time: what it does and how to do it").

Going back, every op here works in the same order: recompute the gates of all steps at once, then
walk from the last step to the first, then multiply by the states before each step.

Shapes: x (time, batch, gates x hidden) is the input after its weights and bias; states h and c
(batch, hidden), weights w (gates x hidden, hidden), bias b (gates x hidden).
"""

from __future__ import annotations

import numpy as np

from microtorch.ops.base import Op, call, mT
from microtorch.ops.choices import Relu
from microtorch.ops.exponentials import Sigmoid
from microtorch.ops.indexing import BasicIndex, Index

STACKED = "StackBackward0"  # in PyTorch, the results of all steps are stacked at the end


def lstm_step(gates, c):
    """Long short-term memory: the new h and c (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    i, f, o = sigmoid(gates), n = tanh(gate);  c' = f c + i n;  h' = o tanh(c')
    """
    i, f, n, o = split(gates, 4)
    c = call(Sigmoid, f) * c + call(Sigmoid, i) * np.tanh(n)
    return call(Sigmoid, o) * np.tanh(c), c


def gru_step(from_input, from_state, h):
    """Gated recurrent unit: the new h (Cho et al. 2014).

    r, z = sigmoid(x + s);  n = tanh(x_n + r s_n);  h' = (1 - z) n + z h
    """
    x_r, x_z, x_n = split(from_input, 3)
    s_r, s_z, s_n = split(from_state, 3)
    r, z = call(Sigmoid, x_r + s_r), call(Sigmoid, x_z + s_z)
    n = np.tanh(x_n + r * s_n)
    return (h - n) * z + n


def split(x, parts):
    """Equal parts of the last axis."""
    width = x.shape[-1] // parts
    return [x[..., k * width : (k + 1) * width] for k in range(parts)]


def before(first, states):
    """The state before each step: the first one, then all but the last."""
    return np.concatenate([first[None], states[:-1]]) if len(states) > 1 else first[None]


def rows(x):
    """All time steps and sequences as the rows of one matrix."""
    return x.reshape((-1, x.shape[-1]))


class Recurrent(Op, abstract=True):
    """All time steps of a layer; each starts from the state that the step before has left."""

    lazy = True


class RnnTanh(Recurrent):
    """Every step of an Elman network: h' = tanh(x + h w^T + b) (Elman 1990)."""

    name = STACKED
    saves = "yhw"

    def forward(x, h, w, b):
        return unrolled(x + b, h, w, np.tanh)

    def vjp(g, y, x, h, w, b):
        return through_time(g, 1 - y * y, before(h, y), w)


class RnnRelu(Recurrent):
    """Every step of a network with relu: h' = max(0, x + h w^T + b)."""

    name = STACKED
    saves = "yhw"

    def forward(x, h, w, b):
        return unrolled(x + b, h, w, Relu.forward)

    def vjp(g, y, x, h, w, b):
        return through_time(g, (y > 0).astype(g.dtype), before(h, y), w)


def unrolled(x, h, w, activation):
    """h' = activation(x + h w^T), step by step."""
    y = np.empty((*x.shape[:2], w.shape[1]), x.dtype)
    for t, x_t in enumerate(x):
        h = y[t] = activation(x_t + h @ w.T)
    return y


def through_time(g, slope, h_before, w):
    """The gradients of x, h, w and b, from the slope of the activation at each step."""
    dh, deltas = 0, []
    for t in reversed(range(len(g))):
        delta = (g[t] + dh) * slope[t]
        dh = delta @ w
        deltas.append(delta)
    return gradients(deltas, dh, h_before)


def gradients(deltas, *to_states_and_before):
    """The gradients of x, of the first states, of w and of b; deltas from the last step on."""
    *to_states, h_before = to_states_and_before
    d = np.stack(deltas[::-1])
    return (
        lambda: d,
        *[lambda dh=dh: dh for dh in to_states],
        lambda: mT(rows(d)) @ rows(h_before),
        lambda: rows(d).sum(0),
    )


class Lstm(Recurrent):
    """Every step of an LSTM layer: :func:`lstm_step`. The result holds all h, then all c."""

    saves = "yxhcwb"

    def forward(x, h, c, w, b):
        x = x + b
        y = np.empty((2, *x.shape[:2], w.shape[0] // 4), x.dtype)
        for t, x_t in enumerate(x):
            h, c = y[0, t], y[1, t] = lstm_step(x_t + h @ w.T, c)
        return y

    def vjp(g, y, x, h, c, w, b):
        h_before, c_before = before(h, y[0]), before(c, y[1])
        i, f, n, o = split(x + b + h_before @ mT(w), 4)
        i, f, n, o = call(Sigmoid, i), call(Sigmoid, f), np.tanh(n), call(Sigmoid, o)
        squashed = np.tanh(y[1])
        c_to_h = o * (1 - squashed * squashed)
        gate_to_c = np.concatenate(
            [n * i * (1 - i), c_before * f * (1 - f), i * (1 - n * n)], axis=-1
        )
        gate_to_h = squashed * o * (1 - o)

        dh, dc, deltas = 0, 0, []
        for t in reversed(range(len(x))):
            dh = g[0, t] + dh
            dc = g[1, t] + dc + dh * c_to_h[t]
            by_c = np.concatenate([dc, dc, dc], axis=-1) * gate_to_c[t]
            deltas.append(np.concatenate([by_c, dh * gate_to_h[t]], axis=-1))
            dh, dc = deltas[-1] @ w, dc * f[t]
        return gradients(deltas, dh, dc, h_before)


class MkldnnRnnLayer(BasicIndex):
    """All h of an LSTM's result, under the name that the whole LSTM has in PyTorch."""


class Gru(Recurrent):
    """Every step of a GRU layer: :func:`gru_step`."""

    name = STACKED
    saves = "yxhwb"

    def forward(x, h, w, b):
        y = np.empty((*x.shape[:2], w.shape[0] // 3), x.dtype)
        for t, x_t in enumerate(x):
            h = y[t] = gru_step(x_t, h @ w.T + b, h)
        return y

    def vjp(g, y, x, h, w, b):
        h_before = before(h, y)
        x_r, x_z, x_n = split(x, 3)
        s_r, s_z, s_n = split(h_before @ mT(w) + b, 3)
        r, z = call(Sigmoid, x_r + s_r), call(Sigmoid, x_z + s_z)
        n = np.tanh(x_n + r * s_n)
        to_n = (1 - z) * (1 - n * n)
        to_gates = np.concatenate([to_n * s_n * r * (1 - r), (h_before - n) * z * (1 - z)], axis=-1)

        dh, by_input, by_state = 0, [], []
        for t in reversed(range(len(x))):
            dh = g[t] + dh
            dn = dh * to_n[t]
            by_gates = np.concatenate([dh, dh], axis=-1) * to_gates[t]
            by_input.append(np.concatenate([by_gates, dn], axis=-1))
            by_state.append(np.concatenate([by_gates, dn * r[t]], axis=-1))
            dh = dh * z[t] + by_state[-1] @ w
        _, to_h, to_w, to_b = gradients(by_state, dh, h_before)
        return lambda: np.stack(by_input[::-1]), to_h, to_w, to_b


class PackPaddedSequence(Index):
    """The entries of padded sequences without their padding, first steps first."""
