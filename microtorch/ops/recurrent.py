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
from microtorch.ops.products import rows

STACKED = "StackBackward0"  # in PyTorch, the results of all steps are stacked at the end


def lstm_step(gates, c):
    """Long short-term memory: the new h and c (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    i, f, o = sigmoid(gates), n = tanh(gate);  c' = f c + i n;  h' = o tanh(c')
    """
    i, f, n, o = split(gates, 4)
    c_new = call(Sigmoid, f) * c + call(Sigmoid, i) * np.tanh(n)
    return call(Sigmoid, o) * np.tanh(c_new), c_new


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
        d, dh = through_time(g, 1 - y * y, w)
        return lambda: d, lambda: dh, lambda: by_weights(d, before(h, y)), lambda: by_bias(d)


class RnnRelu(Recurrent):
    """Every step of a network with relu: h' = max(0, x + h w^T + b)."""

    name = STACKED
    saves = "yhw"

    def forward(x, h, w, b):
        return unrolled(x + b, h, w, Relu.forward)

    def vjp(g, y, x, h, w, b):
        d, dh = through_time(g, (y > 0).astype(g.dtype), w)
        return lambda: d, lambda: dh, lambda: by_weights(d, before(h, y)), lambda: by_bias(d)


def unrolled(x, h, w, activation):
    """h' = activation(x + h w^T), step by step."""
    y = np.empty((*x.shape[:2], w.shape[1]), x.dtype)
    for t, x_t in enumerate(x):
        h = y[t] = activation(x_t + h @ w.T)
    return y


def through_time(g, slope, w):
    """What arrives at every step before its activation, and at the first state."""
    dh, steps = 0, []
    for t in reversed(range(len(g))):
        d = (g[t] + dh) * slope[t]
        steps.append(d)
        dh = d @ w
    return np.stack(steps[::-1]), dh


def by_weights(d, states):
    """The gradient of the weights, from what arrives at every step and the states before them."""
    return mT(rows(d)) @ rows(states)


def by_bias(d):
    """The gradient of the bias."""
    return rows(d).sum(0)


class Lstm(Recurrent):
    """Every step of an LSTM layer, as lstm_step says. The result holds all h, then all c."""

    saves = "yxhcwb"

    def forward(x, h, c, w, b):
        y = np.empty((2, *x.shape[:2], w.shape[0] // 4), x.dtype)
        hidden, cells = y
        for t, x_t in enumerate(x + b):
            h, c = hidden[t], cells[t] = lstm_step(x_t + h @ w.T, c)
        return y

    def vjp(g, y, x, h, c, w, b):
        h_before, c_before = before(h, y[0]), before(c, y[1])
        i, f, n, o = split(x + b + h_before @ mT(w), 4)
        i, f, n, o = call(Sigmoid, i), call(Sigmoid, f), np.tanh(n), call(Sigmoid, o)
        squashed = np.tanh(y[1])
        h_by_c = o * (1 - squashed * squashed)
        c_by_gates = np.concatenate(
            [n * i * (1 - i), c_before * f * (1 - f), i * (1 - n * n)], axis=-1
        )
        h_by_gate = squashed * o * (1 - o)

        dh, dc, steps = 0, 0, []
        for t in reversed(range(len(x))):
            to_h = g[0, t] + dh
            to_c = g[1, t] + dc + to_h * h_by_c[t]
            by_c = np.concatenate([to_c, to_c, to_c], axis=-1) * c_by_gates[t]
            d = np.concatenate([by_c, to_h * h_by_gate[t]], axis=-1)
            steps.append(d)
            dh, dc = d @ w, to_c * f[t]
        d = np.stack(steps[::-1])
        return (
            lambda: d,
            lambda: dh,
            lambda: dc,
            lambda: by_weights(d, h_before),
            lambda: by_bias(d),
        )


class MkldnnRnnLayer(BasicIndex):
    """All h of an LSTM's result, under the name that the whole LSTM has in PyTorch."""


class Gru(Recurrent):
    """Every step of a GRU layer, as gru_step says."""

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

        dh, to_input, to_state = 0, [], []
        for t in reversed(range(len(x))):
            to_h = g[t] + dh
            dn = to_h * to_n[t]
            by_gates = np.concatenate([to_h, to_h], axis=-1) * to_gates[t]
            dx = np.concatenate([by_gates, dn], axis=-1)
            ds = np.concatenate([by_gates, dn * r[t]], axis=-1)
            to_input.append(dx)
            to_state.append(ds)
            dh = to_h * z[t] + ds @ w
        ds = np.stack(to_state[::-1])
        return (
            lambda: np.stack(to_input[::-1]),
            lambda: dh,
            lambda: by_weights(ds, h_before),
            lambda: by_bias(ds),
        )


class PackPaddedSequence(Index):
    """The entries of padded sequences without their padding, first steps first."""
