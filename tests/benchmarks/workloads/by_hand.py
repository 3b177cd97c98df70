"""The workloads as careful NumPy without any graph: forward, backward and update by hand.

On single numbers, that is plain Python floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from workloads import data
from workloads.data import Array

Step = Callable[[], float]

# Without this, glibc gives every large array back to the system: see microtorch/__init__.py.
np.empty(32 * 2**20 - 8192, np.uint8)


def make(name: str) -> Step:
    if name == "scalar expression":
        return scalar_expression
    if name == "(w @ x - y)**2":
        return vectors()
    if name in data.MLPS:
        return mlp(name)
    if name in data.CONVS:
        return conv(name)
    if name == "transformer block":
        return transformer()
    if name in data.CHAINS:
        return lambda: chain(data.CHAINS[name])
    raise KeyError(name)


def scalar_expression() -> float:
    a, b = -4.0, 2.0
    c0 = a + b
    d0 = a * b + b**3
    c1 = c0 + c0 + 1
    c2 = c1 + 1 + c1 - a
    r1 = max(b + a, 0.0)
    d1 = d0 + d0 * 2 + r1
    r2 = max(b - a, 0.0)
    d2 = d1 + 3 * d1 + r2
    e = c2 - d2
    f = e**2
    g = f / 2.0 + 10.0 / f
    de = (0.5 - 10.0 / (f * f)) * 2 * e
    dd2 = -de
    dd1 = 4 * dd2
    dd0 = 3 * dd1
    on1, on2 = r1 > 0, r2 > 0
    dc0 = 4 * de
    da = -de + dc0 + dd0 * b + dd1 * on1 - dd2 * on2
    db = dc0 + dd0 * (a + 3 * b * b) + dd1 * on1 + dd2 * on2
    return g + da + db


def vectors() -> Step:
    x, y = np.array([2.0, 3.0, 1.0], np.float32), np.float32(3.0)
    w = np.array([1.0, 1.0, 2.0], np.float32)

    def step() -> float:
        error = w @ x - y
        np.subtract(w, np.float32(data.LR) * (2 * error * x), out=w)
        return float(error * error)

    return step


def cross_entropy(z: Array, labels: Array, rows: Array) -> tuple[float, Array]:
    """The loss, and its gradient by the logits z (which are overwritten)."""
    z -= z.max(1, keepdims=True)
    picked = z[rows, labels]
    np.exp(z, out=z)
    total = z.sum(1, keepdims=True)
    loss = float((np.log(total).sum() - picked.sum()) / len(z))
    z /= total
    z[rows, labels] -= 1
    z /= len(z)
    return loss, z


def update(weights: list[Array], gradients: list[Array]) -> None:
    for w, g in zip(weights, gradients, strict=True):
        w -= data.LR * g


def mlp(name: str) -> Step:
    x, labels, weights = data.mlp(name)
    w1, b1, w2, b2 = weights
    rows = np.arange(len(x))

    def step() -> float:
        hidden = x @ w1.T
        hidden += b1
        np.maximum(hidden, 0, out=hidden)
        z = hidden @ w2.T
        z += b2
        loss, dz = cross_entropy(z, labels, rows)
        dh = dz @ w2
        dh *= hidden > 0
        update(weights, [dh.T @ x, dh.sum(0), dz.T @ hidden, dz.sum(0)])
        return loss

    return step


def conv(name: str) -> Step:
    x, labels, weights = data.conv(name)
    kernel, bias, w, b = weights
    n, size, channels = len(x), data.CONVS[name], data.CHANNELS
    rows = np.arange(n)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))

    def step() -> float:
        windows = sliding_window_view(padded, (3, 3), axis=(2, 3))
        columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, 9, size * size)
        y = kernel.reshape(channels, 9) @ columns
        y += bias[:, None]
        y = np.maximum(y, 0, out=y).reshape(n, channels, size, size)
        corners = [y[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
        top = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
        flat = top.reshape(n, -1)
        z = flat @ w.T
        z += b
        loss, dz = cross_entropy(z, labels, rows)
        dtop = (dz @ w).reshape(top.shape)
        dy = np.empty_like(y)
        free = np.ones(top.shape, bool)
        for k, corner in enumerate(corners):
            hit = corner == top
            hit &= free
            free ^= hit
            np.multiply(dtop, hit, out=dy[:, :, k // 2 :: 2, k % 2 :: 2])
        dy *= y > 0
        dy = dy.reshape(n, channels, -1)
        dkernel = (dy @ columns.swapaxes(1, 2)).sum(0).reshape(kernel.shape)
        update(weights, [dkernel, dy.sum((0, 2)), dz.T @ flat, dz.sum(0)])
        return loss

    return step


def layer_norm(x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    hat = x - x.mean(1, keepdims=True)
    scale = 1 / np.sqrt((hat * hat).mean(1, keepdims=True) + np.float32(1e-5))
    hat *= scale
    return hat * w + b, hat, scale


def layer_norm_back(g: Array, hat: Array, scale: Array, w: Array) -> tuple[Array, Array, Array]:
    gw = g * w
    dx = scale * (gw - gw.mean(1, keepdims=True) - hat * (gw * hat).mean(1, keepdims=True))
    return dx, (g * hat).sum(0), g.sum(0)


def transformer() -> Step:
    ids, targets, p = data.transformer()
    flat_ids, labels = ids.reshape(-1), targets.reshape(-1)
    n, t, c, h = data.TRANSFORMER_BATCH, data.STEPS_T, data.WIDTH, data.HEADS
    rows, size = np.arange(n * t), c // h
    future = np.triu(np.ones((t, t), bool), 1)
    scale = np.float32(size**-0.5)
    k1, k2 = np.float32(math.sqrt(2 / math.pi)), np.float32(0.044715)

    def heads(x: Array) -> Array:
        return x.reshape(n, t, h, size).transpose(0, 2, 1, 3)

    def step() -> float:
        x0 = (p["token"][ids] + p["position"]).reshape(n * t, c)
        y1, hat1, s1 = layer_norm(x0, p["norm1"], p["norm1_b"])
        qkv = y1 @ p["qkv"].T + p["qkv_b"]
        q, k, v = (heads(part) for part in np.split(qkv, 3, axis=1))
        scores = (q @ k.swapaxes(-1, -2)) * scale
        np.copyto(scores, -np.inf, where=future)
        scores -= scores.max(-1, keepdims=True)
        a = np.exp(scores, out=scores)
        a /= a.sum(-1, keepdims=True)
        mixed = (a @ v).transpose(0, 2, 1, 3).reshape(n * t, c)
        x1 = x0 + mixed @ p["out"].T + p["out_b"]
        y2, hat2, s2 = layer_norm(x1, p["norm2"], p["norm2_b"])
        u = y2 @ p["up"].T + p["up_b"]
        u2 = u * u
        th = np.tanh(u * (k1 + k1 * k2 * u2))
        m = u * (half := 0.5 * (1 + th))
        x2 = x1 + m @ p["down"].T + p["down_b"]
        y3, hat3, s3 = layer_norm(x2, p["norm3"], p["norm3_b"])
        z = y3 @ p["head"].T + p["head_b"]
        loss, dz = cross_entropy(z, labels, rows)

        g = {"head": dz.T @ y3, "head_b": dz.sum(0)}
        dx2, g["norm3"], g["norm3_b"] = layer_norm_back(dz @ p["head"], hat3, s3, p["norm3"])
        g["down"], g["down_b"] = dx2.T @ m, dx2.sum(0)
        du = (dx2 @ p["down"]) * (half + u * (k1 / 2 + 1.5 * k1 * k2 * u2) * (1 - th * th))
        g["up"], g["up_b"] = du.T @ y2, du.sum(0)
        dx1, g["norm2"], g["norm2_b"] = layer_norm_back(du @ p["up"], hat2, s2, p["norm2"])
        dx1 += dx2
        g["out"], g["out_b"] = dx1.T @ mixed, dx1.sum(0)
        dmixed = heads(dx1 @ p["out"])
        da, dv = dmixed @ v.swapaxes(-1, -2), a.swapaxes(-1, -2) @ dmixed
        ds = a * da
        ds -= a * ds.sum(-1, keepdims=True)
        ds *= scale
        parts = (ds @ k, ds.swapaxes(-1, -2) @ q, dv)
        dqkv = np.concatenate([d.transpose(0, 2, 1, 3).reshape(n * t, c) for d in parts], 1)
        g["qkv"], g["qkv_b"] = dqkv.T @ y1, dqkv.sum(0)
        dx0, g["norm1"], g["norm1_b"] = layer_norm_back(dqkv @ p["qkv"], hat1, s1, p["norm1"])
        dx0 += dx1
        g["position"] = dx0.reshape(n, t, c).sum(0)
        hot = np.zeros((data.VOCABULARY, n * t), np.float32)
        hot[flat_ids, rows] = 1
        g["token"] = hot @ dx0
        update(list(p.values()), [g[name] for name in p])
        return loss

    return step


def chain(length: int) -> float:
    y = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    for _ in range(length // 2):
        y = y * 1.0001
        y = y + 0.0001
    g = np.ones(4, np.float32)
    for _ in range(length // 2):
        g = g * 1.0001
    return float(g.sum())
