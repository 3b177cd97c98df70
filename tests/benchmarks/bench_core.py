"""How much a computation costs with its record and its sweep, beside the same by hand.

    uv run python tests/benchmarks/bench_core.py

Every row is a ratio: time with microtorch / time of plain Python or NumPy that computes the same
numbers without any graph. Both are measured in turn in the same run, and the best of each counts.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from timeit import timeit

import numpy as np

import microtorch as torch

ROUNDS = 15
X, Y = np.array([2.0, 3.0, 1.0], np.float32), np.float32(3.0)


def scalar_graph() -> None:
    """Twelve operations on single numbers, and their gradients."""
    a = torch.tensor(-4.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    c = (a * b + b) * a + b
    loss = ((c * 0.5 - a) ** 2 + c * b).tanh() + c
    loss.backward()


def scalar_by_hand() -> None:
    a, b = -4.0, 2.0
    c = (a * b + b) * a + b
    s = c * 0.5 - a
    t = np.tanh(s * s + c * b)
    dt = 1 - t * t
    dc = dt * (2 * s * 0.5 + b) + 1
    _ = dc * (2 * a * b + b) - 2 * s * dt, dc * (a * a + a + 1) + dt * c


def vector_step() -> None:
    """One step of gradient descent for y = w @ x with three weights."""
    x, y = torch.from_numpy(X), torch.tensor(3.0)
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    loss = (w @ x - y) ** 2
    loss.backward()
    w.data = w.data - 0.01 * w.grad.data


def vector_by_hand() -> None:
    w = np.array([1.0, 1.0, 2.0], np.float32)
    w = w - 0.01 * (2 * (w @ X - Y) * X)


def matrix_step() -> None:
    """A layer of 64 x 784 -> 128 with tanh, forward and backward."""
    out = (MATRIX @ WEIGHTS).tanh().mean()
    out.backward()
    WEIGHTS.grad = None


def matrix_by_hand() -> None:
    y = np.tanh(BATCH @ LAYER)
    float(y.mean())
    _ = BATCH.T @ ((1 - y * y) / np.float32(y.size))


def chain() -> None:
    """2000 operations in a row on four numbers."""
    y = x = torch.tensor([1.0, 1.0, 1.0, 1.0], requires_grad=True)
    for _ in range(2000):
        y = y * 1.0001
    y.sum().backward()
    assert x.grad is not None


def chain_by_hand() -> None:
    y = np.ones(4, np.float32)
    for _ in range(2000):
        y = y * 1.0001
    g = np.ones(4, np.float32)
    for _ in range(2000):
        g = g * 1.0001


rng = np.random.default_rng(0)
BATCH = rng.normal(size=(64, 784)).astype(np.float32)
LAYER = rng.normal(size=(784, 128)).astype(np.float32) / 28
MATRIX = torch.from_numpy(BATCH)
WEIGHTS = torch.tensor(LAYER, requires_grad=True)


def compare(ours: Callable[[], None], by_hand: Callable[[], None], number: int) -> None:
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for k, run in enumerate((ours, by_hand)):
            best[k] = min(best[k], timeit(run, number=number) / number)
    print(f"{ours.__name__:14} {best[0] * 1e6:9.1f} us  {best[0] / best[1]:6.2f} x by hand")


def import_seconds(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    return min(float(subprocess.check_output(command)) for _ in range(7))


def main() -> None:
    compare(scalar_graph, scalar_by_hand, 200)
    compare(vector_step, vector_by_hand, 200)
    compare(matrix_step, matrix_by_hand, 20)
    compare(chain, chain_by_hand, 5)
    ours, numpys = import_seconds("microtorch"), import_seconds("numpy")
    print(f"{'import':14} {ours * 1e3:9.1f} ms  {ours / numpys:6.2f} x import numpy")


if __name__ == "__main__":
    main()
