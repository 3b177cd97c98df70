"""Inputs and first weights of all workloads, from one seed, as NumPy arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

MLPS = {"mlp 64-32-10": (64, 32, 10), "mlp 784-128-10": (784, 128, 10)}
CONVS = {"conv 8x8": 8, "conv 28x28": 28}
CHAINS = {"chain 10k": 10_000, "chain 100k": 100_000}
SCALAR_MLPS = {"scalar mlp, batch 10": 10, "scalar mlp, batch 100": 100}
BATCH = 64
CONV_BATCH, CHANNELS = 32, 8
STEPS_T, WIDTH, HEADS, TRANSFORMER_BATCH, VOCABULARY = 32, 64, 4, 8, 65
LR = 0.01


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def normal(random: np.random.Generator, *shape: int, scale: float = 1.0) -> Array:
    return (random.normal(size=shape) * scale).astype(np.float32)


def mlp(name: str) -> tuple[Array, Array, list[Array]]:
    """x, labels, and [w1, b1, w2, b2] with weights as (out, in)."""
    random = rng()
    n_in, n_hidden, n_out = MLPS[name]
    x = normal(random, BATCH, n_in)
    labels = random.integers(0, n_out, BATCH)
    weights = [
        normal(random, n_hidden, n_in, scale=n_in**-0.5),
        np.zeros(n_hidden, np.float32),
        normal(random, n_out, n_hidden, scale=n_hidden**-0.5),
        np.zeros(n_out, np.float32),
    ]
    return x, labels, weights


def conv(name: str) -> tuple[Array, Array, list[Array]]:
    """x, labels, [kernel, bias, w, b]: conv 3x3 padded, relu, max-pool 2, linear."""
    random = rng()
    size = CONVS[name]
    x = normal(random, CONV_BATCH, 1, size, size)
    labels = random.integers(0, 10, CONV_BATCH)
    flat = CHANNELS * (size // 2) ** 2
    weights = [
        normal(random, CHANNELS, 1, 3, 3, scale=1 / 3),
        np.zeros(CHANNELS, np.float32),
        normal(random, 10, flat, scale=flat**-0.5),
        np.zeros(10, np.float32),
    ]
    return x, labels, weights


def transformer() -> tuple[Array, Array, dict[str, Array]]:
    """Token ids, next ids, and the weights of one block between embedding and head."""
    random = rng()
    ids = random.integers(0, VOCABULARY, (TRANSFORMER_BATCH, STEPS_T))
    targets = random.integers(0, VOCABULARY, (TRANSFORMER_BATCH, STEPS_T))
    c = WIDTH
    shapes = {
        "token": (VOCABULARY, c),
        "position": (STEPS_T, c),
        "qkv": (3 * c, c),
        "out": (c, c),
        "up": (4 * c, c),
        "down": (c, 4 * c),
        "head": (VOCABULARY, c),
    }
    weights = {name: normal(random, *shape, scale=0.02) for name, shape in shapes.items()}
    weights |= {
        f"{name}_b": np.zeros(weights[name].shape[0], np.float32) for name in list(shapes)[2:]
    }
    for name in ("norm1", "norm2", "norm3"):
        weights |= {name: np.ones(c, np.float32), f"{name}_b": np.zeros(c, np.float32)}
    return ids, targets, weights


def scalar_mlp(name: str) -> tuple[list[list[float]], list[float], list[list[list[float]]]]:
    """Points, labels +-1, and for each layer one row [weights..., bias] per neuron: 2-16-16-1."""
    random = rng()
    n = SCALAR_MLPS[name]
    points = random.normal(size=(n, 2)).round(3).tolist()
    labels = random.choice([-1.0, 1.0], n).tolist()
    sizes = [2, 16, 16, 1]
    layers = [
        random.uniform(-1, 1, (n_out, n_in + 1)).round(3).tolist()
        for n_in, n_out in pairwise(sizes)
    ]
    return points, labels, layers
