"""The workloads with HIPS autograd."""

from __future__ import annotations

from collections.abc import Callable

from workloads import data

Step = Callable[[], float]


def make(name: str) -> Step:
    import autograd.numpy as np
    from autograd import value_and_grad

    if name == "(w @ x - y)**2":
        x, y, arrays = np.array([2.0, 3.0, 1.0], "float32"), np.float32(3.0), None
        arrays = [np.array([1.0, 1.0, 2.0], "float32")]

        def loss_of(weights):
            return (np.dot(weights[0], x) - y) ** 2

    elif name in data.MLPS:
        x, labels, arrays = data.mlp(name)
        rows = np.arange(len(x))

        def loss_of(weights):
            w1, b1, w2, b2 = weights
            z = np.dot(np.maximum(np.dot(x, w1.T) + b1, 0), w2.T) + b2
            z = z - np.max(z, 1, keepdims=True)
            return np.mean(np.log(np.sum(np.exp(z), 1)) - z[rows, labels])

    else:
        raise KeyError(name)
    gradient = value_and_grad(loss_of)

    def step() -> float:
        loss, found = gradient(arrays)
        for k, g in enumerate(found):
            arrays[k] = arrays[k] - np.float32(data.LR) * g
        return float(loss)

    return step
