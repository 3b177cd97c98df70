"""Further computations that learners write: the layout shall not be good at the nine alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add

from layout_graphs import Drawn, Scalar, drawn, mlp, recurrence


def numbers(name: str, count: int) -> list[Scalar]:
    return [Scalar(0.3 + 0.17 * i * (-1) ** i, f"{name}{i}") for i in range(count)]


def weighted(name: str, inputs: list[Scalar]) -> Scalar:
    """All products first, then their sum and a bias: as in micrograd's neuron."""
    weights = numbers(name, len(inputs))
    products = [w * x for w, x in zip(weights, inputs, strict=True)]
    return reduce(add, products) + Scalar(0.1, f"b{name}")


def logistic_regression() -> Drawn:
    p = weighted("w", numbers("x", 8)).tanh().named("p")
    return drawn(-(p * p).log())


def softmax_layer() -> Drawn:
    x = numbers("x", 3)
    exps = [weighted(name, x).exp() for name in "uvw"]
    total = reduce(add, exps).named("Z")
    chances = [e / total for e in exps]
    return drawn(-(chances[0].log() + chances[1].log() + chances[2].log()))


def scalar_attention() -> Drawn:
    """Three numbers look at each other."""
    x, (wq, wk, wv) = numbers("x", 3), numbers("w", 3)
    queries, keys, values = ([w * each for each in x] for w in (wq, wk, wv))
    outs = []
    for q in queries:
        scores = [(q * k).exp() for k in keys]
        total = reduce(add, scores)
        outs.append(reduce(add, [s / total * v for s, v in zip(scores, values, strict=True)]))
    return drawn(reduce(add, [out**2 for out in outs]))


def lstm(steps: int) -> Drawn:
    gates = {gate: numbers(gate, 3) for gate in "ifog"}
    h, c = Scalar(0.0, "h"), Scalar(0.2, "c")
    for x in numbers("x", steps):
        i, f, o, g = ((w * x + u * h + b).tanh() for w, u, b in gates.values())
        c = f * c + i * g
        h = o * c.tanh()
    return drawn((h - Scalar(0.5, "y")) ** 2)


def convolution() -> Drawn:
    """Three weights slide over six numbers."""
    x, (a, b, c) = numbers("x", 6), numbers("w", 3)
    bias = Scalar(0.1, "b")
    rows = zip(x, x[1:], x[2:], strict=False)
    return drawn(reduce(add, [(p * a + q * b + r * c + bias).relu() for p, q, r in rows]))


def newton(steps: int) -> Drawn:
    """The square root of a, step by step."""
    x, a = Scalar(1.0, "x"), Scalar(2.0, "a")
    for _ in range(steps):
        x = x - (x * x - a) / (Scalar(2.0) * x)
    return drawn(x)


def batch_norm() -> Drawn:
    x, n = numbers("x", 4), Scalar(4.0, "n")
    mean = reduce(add, x) / n
    apart = [each - mean for each in x]
    variance = (reduce(add, [d * d for d in apart]) / n).named("var")
    gamma, beta = Scalar(1.2, "γ"), Scalar(0.1, "β")
    return drawn(reduce(add, [(gamma * d / variance + beta) ** 2 for d in apart]))


MORE: dict[str, Callable[[], Drawn]] = {
    "logistic": logistic_regression,
    "softmax layer": softmax_layer,
    "scalar attention": scalar_attention,
    "LSTM, 2 steps": lambda: lstm(2),
    "RNN, 6 steps": lambda: recurrence(6),
    "convolution": convolution,
    "Newton, 8 steps": lambda: newton(8),
    "batch norm": batch_norm,
    "MLP 8-2-1": lambda: mlp(8, 2, 1),
    "MLP 2-4-4-2-1": lambda: mlp(2, 4, 4, 2, 1),
}
