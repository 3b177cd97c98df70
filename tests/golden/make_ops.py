"""Choose inputs for every op, and record what PyTorch makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from golden.cases import (
    Array,
    read_numbers,
    run_forward_and_backward,
    run_second_order,
    write_numbers,
)

Shape = tuple[int, ...]

ALONE: list[Shape] = [(), (3,), (2, 3), (0,)]
PAIRS: list[tuple[Shape, Shape]] = [
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (2, 3)),
    ((3,), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (3,)),
    ((2, 3), ()),
    ((0,), (0,)),
    ((0,), ()),
    ((2, 1), (0,)),
]
POSITIVE = {"log", "sqrt", "x.log", "x.sqrt", "pow 0.5", "tensor to the tensor"}

GRID: list[tuple[list[str], Sequence[Sequence[Shape]]]] = [
    (["add", "sub", "mul", "div", "tensor to the tensor", "maximum", "minimum", "where"], PAIRS),
    (
        [
            "add number",
            "number add",
            "sub number",
            "number sub",
            "mul number",
            "number mul",
            "div number",
            "number div",
            "pow 2",
            "pow 3",
            "pow 0.5",
            "pow -1",
            "pow 0",
            "pow 1",
            "number to the tensor",
            "neg",
            "exp",
            "log",
            "sqrt",
            "tanh",
            "sigmoid",
            "relu",
            "sin",
            "cos",
            "abs",
            "torch.sum",
            "torch.mean",
            "x + x",
            "x x x",
            "diamond",
        ],
        [[shape] for shape in ALONE],
    ),
    (
        ["x.exp", "x.log", "x.sqrt", "x.tanh", "x.sigmoid", "x.relu", "x.sin", "x.cos", "x.abs"],
        [[(3,)]],
    ),
    (["sum", "mean"], [[()], [(3,)], [(2, 3)], [(2, 2, 2)], [(0,)], [(2, 0)]]),
    (["sum 0", "mean 0"], [[(3,)], [(2, 3)], [(2, 2, 2)], [(0,)]]),
    (["sum 1", "mean 1"], [[(2, 3)], [(2, 2, 2)], [(2, 0)]]),
    (["sum -1 kept", "mean -1 kept"], [[(3,)], [(2, 3)], [(2, 2, 2)]]),
    (["sum 0 and 1", "mean 0 and 1"], [[(2, 3)], [(2, 2, 2)]]),
    (["dot"], [[(3,), (3,)], [(0,), (0,)]]),
    (["mv"], [[(2, 3), (3,)], [(1, 2), (2,)]]),
    (["mm"], [[(2, 3), (3, 4)], [(1, 2), (2, 1)]]),
    (
        ["@", "matmul"],
        [
            [(3,), (3,)],
            [(2, 3), (3,)],
            [(3,), (3, 4)],
            [(2, 3), (3, 4)],
            [(4, 2, 3), (4, 3, 2)],
            [(4, 2, 3), (1, 3, 2)],
            [(2, 1, 2, 3), (2, 3, 2)],
            [(2, 2, 3), (3, 2)],
            [(2, 3), (2, 3, 2)],
            [(2, 2, 3), (3,)],
            [(3,), (2, 3, 2)],
        ],
    ),
    (["reshape -1"], [[()], [(3,)], [(2, 3)], [(2, 2, 2)], [(0,)]]),
    (["reshape 3 2"], [[(2, 3)], [(6,)]]),
    (["reshape tuple"], [[(2, 3)], [(6,)]]),
    (["reshape to a scalar"], [[(1,)], [(1, 1)]]),
    (["transposed reshape"], [[(2, 3)]]),
    (["transpose"], [[(2, 3)], [(2, 3, 2)], [(2, 0)]]),
    (["transpose from the end"], [[(2, 3, 4)]]),
    ([".T"], [[(2, 3)], [(1, 3)]]),
    (["permute"], [[(2, 3, 4)]]),
    (["expand"], [[()], [(3,)], [(1, 3)], [(2, 1)], [(2, 3)]]),
    (["broadcast"], [[()], [(3,)], [(1, 3)], [(2, 1)]]),
    (["stack"], [[(), ()], [(3,), (3,)], [(2, 3), (2, 3)]]),
    (["stack 1"], [[(3,), (3,)], [(2, 3), (2, 3)]]),
    (["cat"], [[(3,), (2,)], [(2, 3), (1, 3)], [(0,), (2,)]]),
    (["cat 1"], [[(2, 3), (2, 1)]]),
    (["[0]", "[-1]", "[1:]", "[::2]"], [[(3,)], [(2, 3)]]),
    (["[0, 1]", "[:, 1:]", "[:, 1]"], [[(2, 3)], [(2, 2, 2)]]),
    (["[..., 0]", "[..., :2]"], [[(3,)], [(2, 3)], [(2, 2, 2)]]),
    (["[None]"], [[()], [(3,)]]),
    (["[:, None]"], [[(3,)], [(2, 3)]]),
    (["list", "list with a repeat"], [[(3,)], [(2, 3)]]),
    (["[:, list]", "two lists"], [[(2, 3)]]),
    (["tensor of integers"], [[(3,)], [(2, 3)]]),
    (["mask", "mask of nothing"], [[()], [(3,)], [(2, 3)]]),
    (["regression"], [[(3,), (3,), ()], [(2, 3), (3,), (2,)]]),
    (["neuron"], [[(3,), (3,), ()]]),
    (["softmax"], [[(3,)], [(2, 3)]]),
    (["layer"], [[(4, 2), (3, 2), (3,)]]),
]

# Kinks, ties and poles: the inputs are given, and there is no second gradient.
KINKS: list[tuple[str, list[str]]] = [
    ("relu", ["-1 0 2"]),
    ("abs", ["-1 0 -0.0 2"]),
    ("maximum", ["1 2 3", "1 3 2"]),
    ("minimum", ["1 2 3", "1 3 2"]),
    ("pow 0", ["0 1 -2"]),
    ("pow 2", ["0 -1 100000"]),
    ("pow 0.5", ["0 1 4"]),
    ("pow -1", ["0 1 -4"]),
    ("sqrt", ["0 1 4"]),
    ("sqrt", ["-1 4"]),
    ("log", ["0 1 -1"]),
    ("div", ["1 0 -1", "0 0 0"]),
    ("number div", ["0 1"]),
    ("tensor to the tensor", ["0 0 2 2", "0 2 0 -1"]),
    ("tensor to the tensor", ["-2 -3", "2 3"]),
    ("exp", ["0 1000 -1000"]),
    ("exp", ["inf -inf nan"]),
    ("tanh", ["0 100 -100"]),
    ("sigmoid", ["0 100 -80 -1000"]),
    ("mul", ["inf 0 nan", "0 inf 1"]),
    ("softmax", ["0 0 0"]),
]


def make_ops() -> list[dict[str, Any]]:
    chosen = [(name, shapes) for names, grid in GRID for name in names for shapes in grid]
    drawn = [draw_op(name, shapes, seed) for seed, (name, shapes) in enumerate(chosen)]
    return drawn + [make_op(name, given(texts), smooth=False) for name, texts in KINKS]


def given(texts: Sequence[str]) -> list[Array]:
    return [read_numbers(text, [len(text.split())]) for text in texts]


def draw_op(name: str, shapes: Sequence[Shape], seed: int) -> dict[str, Any]:
    """Draw inputs until no printed digit hangs on the last bit of an exponential or a sine."""
    random = np.random.default_rng(seed)
    while True:
        inputs = [draw(random, shape, positive=name in POSITIVE) for shape in shapes]
        case = make_op(name, inputs, seed=seed)
        if prints_steadily(case):
            return case


def draw(random: np.random.Generator, shape: Shape, positive: bool = False) -> Array:
    """Draw short numbers away from 0: 0.2 to 2, of either sign unless `positive`."""
    size = random.integers(20, 200, size=shape)
    sign = 1 if positive else random.choice([-1, 1], size=shape)
    return np.asarray(sign * size / 100, dtype=np.float32)


def make_op(
    name: str, inputs: Sequence[Array], seed: int = 0, smooth: bool = True
) -> dict[str, Any]:
    random = np.random.default_rng([seed, 1])
    shape = run_forward_and_backward(torch, name, inputs, np.float32(1)).value.shape
    weights = draw(random, tuple(shape))
    outcome = run_forward_and_backward(torch, name, inputs, weights)
    case = {
        "op": name,
        "inputs": [[list(x.shape), write_numbers(x)] for x in inputs],
        "weights": write_numbers(weights),
        "value": [list(shape), numbers(outcome.value)],
        "printed": outcome.printed,
        "grad_fn": outcome.grad_fn,
        "gradients": [numbers(gradient) for gradient in outcome.gradients],
    }
    if smooth:
        directions = [draw(random, x.shape) for x in inputs]
        second = run_second_order(torch, name, inputs, weights, directions)
        case["directions"] = [write_numbers(direction) for direction in directions]
        case["second"] = [None if g is None else numbers(g) for g in second]
    return case


def numbers(tensor: torch.Tensor) -> str:
    return write_numbers(tensor.numpy(force=True))


def prints_steadily(case: dict[str, Any]) -> bool:
    shape, text = case["value"]
    exact = read_numbers(text, shape)
    whole = exact == np.round(exact)
    moved = [np.where(whole, exact, exact + s * (abs(exact) + 0.1)) for s in (-1e-6, 1e-6)]
    prints = {repr(torch.tensor(np.asarray(x, dtype=np.float32))) for x in [exact, *moved]}
    return len(prints) == 1
