"""Two moons, a network of single numbers: every weight is a tensor without dimensions."""

import math
import random

import torch


class Neuron:
    def __init__(self, nin, nonlin=True):
        self.w = [torch.tensor(random.uniform(-1, 1), requires_grad=True) for _ in range(nin)]
        self.b = torch.tensor(0.0, requires_grad=True)
        self.nonlin = nonlin

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.relu() if self.nonlin else act

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP:
    def __init__(self, nin, nouts):
        sz = [nin, *nouts]
        self.layers = [Layer(a, b, nonlin=b != 1) for a, b in zip(sz, sz[1:])]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


random.seed(1337)
n = 12
angles = [math.pi * i / (n - 1) for i in range(n)]
upper = [(math.cos(t), math.sin(t), 1) for t in angles]
lower = [(1 - math.cos(t), 0.5 - math.sin(t), -1) for t in angles]
points = [
    (x + random.gauss(0, 0.1), y + random.gauss(0, 0.1), label) for x, y, label in upper + lower
]

model = MLP(2, [5, 5, 1])
print(len(model.parameters()), "parameters")


def compute_loss():
    scores = [model((x, y)) for x, y, _ in points]
    losses = [(1 - label * score).relu() for (_, _, label), score in zip(points, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum(p * p for p in model.parameters())
    right = [(label > 0) == (score.item() > 0) for (_, _, label), score in zip(points, scores)]
    return data_loss + reg_loss, sum(right) / len(right)


for k in range(25):
    total_loss, acc = compute_loss()
    for p in model.parameters():
        p.grad = None
    total_loss.backward()
    learning_rate = 0.5 - 0.4 * k / 25
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    if k % 4 == 0:
        print(f"step {k} loss {total_loss.item():.4f}, accuracy {acc * 100:.1f}%")

rows = []
for y in range(5):
    rows.append(
        "".join("#" if model((x / 4 - 1, 1.2 - y / 2)).item() > 0 else "." for x in range(13))
    )
print("\n".join(rows))
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
print(f"{g.item():.4f} {a.grad.item():.4f} {b.grad.item():.4f}")
print(g, f, e)
