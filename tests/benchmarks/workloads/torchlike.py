"""The workloads in PyTorch's API: for microtorch, and for PyTorch itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from workloads import data

Step = Callable[[], float]


def make(library: str, name: str) -> Step:
    torch: Any = import_module(library)
    if library == "torch":
        torch.set_num_threads(1)
    if name == "scalar expression":
        return lambda: scalar_expression(torch)
    if name in data.SCALAR_MLPS:
        return scalar_mlp(torch, name)
    if name == "(w @ x - y)**2":
        return vectors(torch)
    if name in data.MLPS:
        return mlp(torch, name)
    if name in data.CONVS:
        return conv(torch, name)
    if name == "transformer block":
        return transformer(torch)
    return lambda: chain(torch, data.CHAINS[name])


def scalar_expression(torch: Any) -> float:
    """The expression of micrograd's README."""
    a = torch.tensor(-4.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    g.backward()
    return g.item() + a.grad.item() + b.grad.item()


def scalar_mlp(torch: Any, name: str) -> Step:
    points, labels, layers = data.scalar_mlp(name)
    weights = [
        [[torch.tensor(w, requires_grad=True) for w in row] for row in layer] for layer in layers
    ]
    flat = [w for layer in weights for row in layer for w in row]
    optimizer = torch.optim.SGD(flat, lr=data.LR)

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
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def vectors(torch: Any) -> Step:
    x = torch.tensor([2.0, 3.0, 1.0])
    y = torch.tensor(3.0)
    w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)

    def step() -> float:
        loss = (w @ x - y) ** 2
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad * data.LR)
        w.grad = None
        return loss.item()

    return step


def trained(torch: Any, parameters: list[Any], loss_of: Callable[[], Any]) -> Step:
    """One step of SGD on a loss."""
    optimizer = torch.optim.SGD(parameters, lr=data.LR)

    def step() -> float:
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def leaves(torch: Any, arrays: Any) -> list[Any]:
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def mlp(torch: Any, name: str) -> Step:
    F = torch.nn.functional
    x, labels, arrays = data.mlp(name)
    x, labels = torch.tensor(x), torch.tensor(labels)
    w1, b1, w2, b2 = weights = leaves(torch, arrays)

    def loss() -> Any:
        hidden = F.linear(x, w1, b1).relu()
        return F.cross_entropy(F.linear(hidden, w2, b2), labels)

    return trained(torch, weights, loss)


def conv(torch: Any, name: str) -> Step:
    F = torch.nn.functional
    x, labels, arrays = data.conv(name)
    x, labels = torch.tensor(x), torch.tensor(labels)
    kernel, bias, w, b = weights = leaves(torch, arrays)

    def loss() -> Any:
        hidden = F.max_pool2d(F.conv2d(x, kernel, bias, padding=1).relu(), 2)
        return F.cross_entropy(F.linear(hidden.flatten(1), w, b), labels)

    return trained(torch, weights, loss)


def transformer(torch: Any) -> Step:
    F = torch.nn.functional
    ids, targets, arrays = data.transformer()
    ids, targets = torch.tensor(ids), torch.tensor(targets).reshape(-1)
    p = dict(zip(arrays, leaves(torch, arrays.values()), strict=True))
    n, t, c, h = data.TRANSFORMER_BATCH, data.STEPS_T, data.WIDTH, data.HEADS
    future = torch.triu(torch.ones(t, t), diagonal=1).bool()

    def loss() -> Any:
        x = F.embedding(ids, p["token"]) + p["position"]
        y = F.layer_norm(x, (c,), p["norm1"], p["norm1_b"])
        qkv = F.linear(y, p["qkv"], p["qkv_b"]).reshape(n, t, 3, h, c // h).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        scores = (q @ k.transpose(-2, -1)) * (c // h) ** -0.5
        weights = F.softmax(scores.masked_fill(future, float("-inf")), dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(n, t, c)
        x = x + F.linear(mixed, p["out"], p["out_b"])
        y = F.layer_norm(x, (c,), p["norm2"], p["norm2_b"])
        x = x + F.linear(
            F.gelu(F.linear(y, p["up"], p["up_b"]), approximate="tanh"), p["down"], p["down_b"]
        )
        y = F.layer_norm(x, (c,), p["norm3"], p["norm3_b"])
        return F.cross_entropy(F.linear(y, p["head"], p["head_b"]).reshape(n * t, -1), targets)

    return trained(torch, list(p.values()), loss)


def chain(torch: Any, length: int) -> float:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x
    for _ in range(length // 2):
        y = y * 1.0001
        y = y + 0.0001
    y.sum().backward()
    return x.grad.sum().item()
