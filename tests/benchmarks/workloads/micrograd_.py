"""The workloads on single numbers with micrograd."""

from __future__ import annotations

from collections.abc import Callable

from workloads import data

Step = Callable[[], float]


def make(name: str) -> Step:
    from micrograd.engine import Value

    if name == "scalar expression":
        return lambda: scalar_expression(Value)
    if name in data.SCALAR_MLPS:
        return scalar_mlp(Value, name)
    if name == "(w @ x - y)**2":
        return vectors(Value)
    raise KeyError(name)


def scalar_expression(Value: type) -> float:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g.data + a.grad + b.grad


def scalar_mlp(Value: type, name: str) -> Step:
    points, labels, layers = data.scalar_mlp(name)
    weights = [[[Value(w) for w in row] for row in layer] for layer in layers]
    flat = [w for layer in weights for row in layer for w in row]

    def step() -> float:
        losses = []
        for point, label in zip(points, labels, strict=True):
            values = point
            for depth, layer in enumerate(weights):
                sums = []
                for row in layer:
                    total = row[-1]
                    for w, x in zip(row, values, strict=False):
                        total = total + w * x
                    sums.append(total if depth == len(weights) - 1 else total.relu())
                values = sums
            losses.append((1 + -label * values[0]).relu())
        loss = sum(losses) * (1.0 / len(losses))
        loss = loss + 1e-4 * sum(w * w for w in flat)
        for w in flat:
            w.grad = 0.0
        loss.backward()
        for w in flat:
            w.data -= data.LR * w.grad
        return loss.data

    return step


def vectors(Value: type) -> Step:
    w = [Value(v) for v in (1.0, 1.0, 2.0)]

    def step() -> float:
        loss = (w[0] * 2.0 + w[1] * 3.0 + w[2] * 1.0 - 3.0) ** 2
        for v in w:
            v.grad = 0.0
        loss.backward()
        for v in w:
            v.data -= data.LR * v.grad
        return loss.data

    return step
