"""Nine computations as plain graphs: what the layout is measured on, here and beside dot.

Every value is a box with its name, its number and its gradient; every operation a pill in front
of its result. Boxes are as wide as their text, labels carry the local gradient as a number.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from microtorch.graph.layout import Edge

LETTER, LINE = 6.3, 13.0  # of the text in a box, in pixels


@dataclass
class Drawn:
    """A graph as the layout takes it. ``edge_labels`` are sizes, or None where there is none."""

    sizes: list[tuple[float, float]] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    edge_labels: list[tuple[float, float] | None] = field(default_factory=list)
    ordered: list[int] = field(default_factory=list)

    def value(self, *lines: str) -> int:
        self.sizes.append((max(map(len, lines)) * LETTER + 16, len(lines) * LINE + 9))
        return len(self.sizes) - 1

    def operation(self, symbol: str) -> int:
        width = 28.0 if len(symbol) <= 2 else max(28.0, len(symbol) * 6.6 + 14)
        self.sizes.append((width, 28.0))
        if symbol not in "+×":
            self.ordered.append(len(self.sizes) - 1)
        return len(self.sizes) - 1

    def edge(self, tail: int, head: int, text: str = "") -> None:
        self.ends.append((tail, head))
        self.edge_labels.append((len(text) * LETTER + 6, 14.0) if text else None)

    def edges(self, labels: bool) -> list[Edge]:
        return [
            Edge(tail, head, label if labels else None)
            for (tail, head), label in zip(self.ends, self.edge_labels, strict=True)
        ]


# ------------------------------------------------------------------------------ scalars


class Scalar:
    """Just enough of an autograd to have numbers to show."""

    def __init__(
        self,
        data: float,
        name: str = "",
        symbol: str = "",
        operands: Sequence[Scalar] = (),
        local: Sequence[float] = (),
    ) -> None:
        self.data, self.name, self.symbol = data, name, symbol
        self.operands, self.local = operands, local
        self.grad = 0.0

    def __add__(self, other: Scalar) -> Scalar:
        return Scalar(self.data + other.data, "", "+", (self, other), (1.0, 1.0))

    def __sub__(self, other: Scalar) -> Scalar:
        return Scalar(self.data - other.data, "", "−", (self, other), (1.0, -1.0))

    def __mul__(self, other: Scalar) -> Scalar:
        return Scalar(self.data * other.data, "", "×", (self, other), (other.data, self.data))

    def __truediv__(self, other: Scalar) -> Scalar:
        local = 1 / other.data, -self.data / other.data**2
        return Scalar(self.data / other.data, "", "÷", (self, other), local)

    def __neg__(self) -> Scalar:
        return Scalar(-self.data, "", "neg", (self,), (-1.0,))

    def __pow__(self, power: int) -> Scalar:
        local = power * self.data ** (power - 1)
        return Scalar(self.data**power, "", f"**{power}", (self,), (local,))

    def relu(self) -> Scalar:
        return Scalar(max(0, self.data), "", "relu", (self,), (float(self.data > 0),))

    def tanh(self) -> Scalar:
        t = math.tanh(self.data)
        return Scalar(t, "", "tanh", (self,), (1 - t * t,))

    def exp(self) -> Scalar:
        e = math.exp(self.data)
        return Scalar(e, "", "exp", (self,), (e,))

    def log(self) -> Scalar:
        return Scalar(math.log(self.data), "", "log", (self,), (1 / self.data,))

    def named(self, name: str) -> Scalar:
        self.name = name
        return self

    def history(self) -> list[Scalar]:
        """All values that this one is made from, operands first, and this one last."""
        met, order, todo = {self}, list[Scalar](), [(self, 0)]
        while todo:
            value, k = todo.pop()
            if k == len(value.operands):
                order.append(value)
                continue
            todo.append((value, k + 1))
            if value.operands[k] not in met:
                met.add(value.operands[k])
                todo.append((value.operands[k], 0))
        return order


def short(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


def drawn(loss: Scalar) -> Drawn:
    order = loss.history()
    loss.grad = 1.0
    for value in reversed(order):
        for operand, local in zip(value.operands, value.local, strict=True):
            operand.grad += local * value.grad
    g, box = Drawn(), dict[Scalar, int]()
    for value in order:
        name = [value.name] if value.name else []
        box[value] = g.value(*name, f"data {short(value.data)}", f"grad {short(value.grad)}")
        if value.symbol:
            operation = g.operation(value.symbol)
            g.edge(operation, box[value])
            for operand, local in zip(value.operands, value.local, strict=True):
                g.edge(box[operand], operation, short(local))
    return g


# ------------------------------------------------------------------------------ the nine graphs


def regression() -> Drawn:
    w, x, y = Scalar(2.0, "w"), Scalar(3.0, "x"), Scalar(5.0, "y")
    return drawn((((w * x).named("ŷ") - y).named("e") ** 2).named("loss"))


def three_points() -> Drawn:
    w, b = Scalar(1.5, "w"), Scalar(0.3, "b")
    squares = []
    for i, (x, y) in enumerate([(1.0, 2.0), (2.0, 3.5), (3.0, 7.0)]):
        y_hat = (w * Scalar(x, f"x{i}") + b).named(f"ŷ{i}")
        squares.append((y_hat - Scalar(y, f"y{i}")) ** 2)
    return drawn(((squares[0] + squares[1] + squares[2]) / Scalar(3.0)).named("loss"))


def neuron() -> Drawn:
    x1, x2, w1, w2 = Scalar(2.0, "x1"), Scalar(0.0, "x2"), Scalar(-3.0, "w1"), Scalar(1.0, "w2")
    products = (x1 * w1).named("x1w1") + (x2 * w2).named("x2w2")
    return drawn((products + Scalar(6.88, "b")).named("n").tanh().named("o"))


def micrograd_readme() -> Drawn:
    a, b = Scalar(-4.0, "a"), Scalar(2.0, "b")
    c = a + b
    d = a * b + b**3
    c = c + (c + Scalar(1.0))
    c = c + (Scalar(1.0) + c + (-a))
    d = d + (d * Scalar(2.0) + (b + a).relu())
    d = d + (d * Scalar(3.0) + (b - a).relu())
    f = (c - d) ** 2
    return drawn((f / Scalar(2.0) + Scalar(10.0) / f).named("g"))


def residual_blocks() -> Drawn:
    h = Scalar(0.7, "x")
    for i in range(3):
        w1, b1 = Scalar(0.5 + i * 0.2, f"w{i}a"), Scalar(0.1, f"b{i}a")
        w2, b2 = Scalar(-0.4, f"w{i}b"), Scalar(0.2, f"b{i}b")
        h = (h + (w2 * (w1 * h + b1).relu() + b2)).named(f"h{i + 1}")
    return drawn(h)


def cross_entropy() -> Drawn:
    exps = [Scalar(v, f"z{i}").exp() for i, v in enumerate([1.2, 0.3, -0.8])]
    total = (exps[0] + exps[1] + exps[2]).named("Z")
    chances = [(e / total).named(f"p{i}") for i, e in enumerate(exps)]
    targets = [Scalar(t, f"y{i}") for i, t in enumerate([1.0, 0.0, 0.0])]
    a, b, c = [t * p.log() for t, p in zip(targets, chances, strict=True)]
    return drawn((-(a + b + c)).named("loss"))


def mlp(*widths: int) -> Drawn:
    """A network with tanh between the layers, and its squared error."""
    rng = random.Random(0)
    h = [Scalar(rng.uniform(-1, 1), f"x{i}") for i in range(widths[0])]
    for layer, width in enumerate(widths[1:]):
        after = []
        for j in range(width):
            total = Scalar(rng.uniform(-1, 1), f"b{layer}{j}")
            for i, x in enumerate(h):
                total = total + Scalar(rng.uniform(-1, 1), f"w{layer}{j}{i}") * x
            after.append(total.tanh() if layer < len(widths) - 2 else total)
        h = after
    return drawn(((h[0] - Scalar(1.0, "y")) ** 2).named("loss"))


def attention() -> Drawn:
    """Attention with one head, a residual connection and two layers, in whole tensors."""
    g = Drawn()

    def result(
        symbol: str, operands: list[tuple[int, str]], name: str, shape: str, *more: str
    ) -> int:
        operation, value = g.operation(symbol), -1
        for tail, text in operands:
            g.edge(tail, operation, text)
        value = g.value(name, shape, *more)
        g.edge(operation, value)
        return value

    x = g.value("X", "shape 8×16", "|g| 0.31")
    weights = {n: g.value(f"W{n}", "shape 16×16", "|g| 0.12") for n in "QKV"}
    q, k, v = [result("@", [(x, "Wᵀ"), (w, "Xᵀ")], n, "shape 8×16") for n, w in weights.items()]
    kt = result("T", [(k, "T")], "Kᵀ", "shape 16×8")
    s = result("@", [(q, "K"), (kt, "Qᵀ")], "S", "shape 8×8")
    s = result("×", [(s, "0.25"), (g.value("1/√d", "0.25"), "ΣS")], "S/√d", "shape 8×8")
    a = result("softmax", [(s, "J")], "A", "shape 8×8")
    o = result("@", [(a, "Vᵀ"), (v, "Aᵀ")], "O", "shape 8×16")
    r = result("+", [(x, "1"), (o, "1")], "R = X + O", "shape 8×16")
    h = result("@", [(r, "W1ᵀ"), (g.value("W1", "shape 16×64"), "Rᵀ")], "H", "shape 8×64")
    h = result("relu", [(h, "H>0")], "relu(H)", "shape 8×64")
    f = result("@", [(h, "W2ᵀ"), (g.value("W2", "shape 64×16"), "Hᵀ")], "F", "shape 8×16")
    y = result("+", [(r, "1"), (f, "1")], "Y = R + F", "shape 8×16")
    e = result("−", [(y, "1"), (g.value("target", "shape 8×16"), "−1")], "E", "shape 8×16")
    e = result("**2", [(e, "2E")], "E²", "shape 8×16")
    result("mean", [(e, "1/n")], "loss", "data 0.42", "grad 1")
    return g


GRAPHS: dict[str, Callable[[], Drawn]] = {
    "regression": regression,
    "three points": three_points,
    "neuron": neuron,
    "micrograd README": micrograd_readme,
    "residual blocks": residual_blocks,
    "cross-entropy": cross_entropy,
    "MLP 2-3-1": lambda: mlp(2, 3, 1),
    "MLP 3-4-4-1": lambda: mlp(3, 4, 4, 1),
    "attention": attention,
}


def recurrence(steps: int) -> Drawn:
    """``h = tanh(w * h + b)`` again and again: two values used at every step."""
    w, b, h = Scalar(0.5, "w"), Scalar(0.1, "b"), Scalar(0.0, "h0")
    for step in range(steps):
        h = (w * h + b).tanh().named(f"h{step + 1}")
    return drawn(h)
