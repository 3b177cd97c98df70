"""``torch.formula`` of tensors: the JavaScript runs as it is printed and gives their numbers.

Names are the caller's, numbers are the defaults of the functions: nothing is passed but the upstream
gradient. What runs is ``.library`` and one line of ``.javascript``, in an embedded V8.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_formula_registry import by_code

import microtorch as torch
import microtorch.nn.functional as F
from microtorch.graph.derivatives import operands, raw
from microtorch.graph.formula.values import value
from microtorch.graph.trace import trace

RNG = np.random.default_rng(4)


def t(*shape: int) -> Any:
    return torch.tensor(RNG.normal(size=shape), requires_grad=True)


def whole(*numbers: Any) -> Any:
    return torch.tensor(list(numbers))


def lstsq(a: Any, b: Any) -> Any:
    return torch.linalg.lstsq(a, b).solution


CASES: dict[str, tuple[Any, tuple[tuple[int, ...], ...]]] = {
    "broadcast": (lambda a, b: a * b, ((2, 1), (3,))),
    "both ways": (lambda a, b: a / b, ((2, 1, 3), (4, 1))),
    "a number": (lambda a, b: a - b, ((2, 3), ())),
    "from the left": (lambda a: 2 - a, ((3,),)),
    "a power of two": (lambda a: 2**a, ((3,),)),
    "a third power": (lambda a: a**3, ((2, 2),)),
    "negative": (lambda a: (-a) ** 2, ((),)),
    "erf": (lambda a: torch.special.erf(a), ((4,),)),
    "gelu": (lambda a: F.gelu(a, approximate="tanh"), ((5,),)),
    "where": (lambda a, b: torch.where(whole(True, False, True), a, b), ((3,), (2, 3))),
    "clamp": (lambda a: a.clamp(-0.5, 0.5), ((6,),)),
    "stack of matrices": (lambda a, b: a @ b, ((2, 3, 4), (2, 4, 2))),
    "matrix and vector": (lambda a, b: a @ b, ((3, 4), (4,))),
    "sum": (lambda a: a.sum(1, keepdim=True), ((2, 3),)),
    "mean": (lambda a: a.mean((0, 2)), ((2, 3, 2),)),
    "prod": (lambda a: a.prod(), ((4,),)),
    "softmax": (lambda a: a.softmax(0), ((3, 4),)),
    "log_softmax": (lambda a: F.log_softmax(a, -1), ((2, 3, 4),)),
    "logsumexp": (lambda a: a.logsumexp((0, 1)), ((3, 4),)),
    "norm": (lambda a: torch.linalg.vector_norm(a, 3, 1), ((3, 4),)),
    "norm of the largest": (lambda a: torch.linalg.vector_norm(a, float("inf")), ((3, 4),)),
    "std": (lambda a: a.std(1), ((3, 4),)),
    "max with ties": (lambda a: torch.stack([a, a]).amax(0), ((3,),)),
    "index": (lambda a: a[1:, [2, 0]], ((3, 4),)),
    "index with a mask": (lambda a: a[whole(True, False, True)], ((3, 2),)),
    "gather": (lambda a: a.gather(1, whole([2, 0], [1, 1])), ((2, 3),)),
    "scatter": (lambda a, b: a.scatter_add(0, whole([0, 1], [0, 0]), b), ((3, 2), (2, 2))),
    "scatter_reduce": (
        lambda a, b: a.scatter_reduce(0, whole(0, 0, 2), b, "amax", include_self=False),
        ((3,), (3,)),
    ),
    "scatter_reduce of factors": (
        lambda a, b: a.scatter_reduce(0, whole(0, 0, 2), b, "prod"),
        ((3,), (3,)),
    ),
    "scatter_reduce to a mean": (
        lambda a, b: a.scatter_reduce(0, whole(0, 0, 2), b, "mean", include_self=True),
        ((4,), (3,)),
    ),
    "cumsum": (lambda a: a.cumsum(1), ((2, 4),)),
    "cumprod": (lambda a: a.cumprod(0), ((4,),)),
    "sort": (lambda a: a.sort(dim=0, descending=True).values, ((4, 2),)),
    "cat": (lambda a, b: torch.cat([a, b], 1), ((2, 1), (2, 3))),
    "stack": (lambda a, b: torch.stack([a, b], -1), ((2, 3), (2, 3))),
    "roll": (lambda a: a.roll((1, -1), (0, 1)), ((3, 4),)),
    "permute": (lambda a: a.permute(2, 0, 1), ((2, 3, 4),)),
    "pad": (lambda a: F.pad(a, (1, -1, 2, 0), value=3.0), ((3, 4),)),
    "conv1d": (
        lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=3, dilation=2),
        ((2, 3, 9), (4, 3, 3), (4,)),
    ),
    "conv2d in groups": (
        lambda x, w: F.conv2d(x, w, stride=(2, 1), padding=(1, 0), groups=2),
        ((2, 4, 5, 4), (6, 2, 3, 2)),
    ),
    "conv_transpose2d": (
        lambda x, w, b: F.conv_transpose2d(
            x, w, b, stride=2, padding=1, output_padding=1, groups=2
        ),
        ((1, 4, 3, 3), (4, 2, 3, 3), (4,)),
    ),
    "conv3d": (lambda x, w: F.conv3d(x, w, padding=1), ((1, 2, 3, 3, 3), (2, 2, 2, 2, 2))),
    "max_pool2d": (
        lambda x: F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True),
        ((2, 2, 6, 5),),
    ),
    "max_pool with ties": (lambda x: F.max_pool1d(torch.relu(x), 2, 1, dilation=2), ((1, 1, 9),)),
    "avg_pool2d": (
        lambda x: F.avg_pool2d(x, 2, stride=1, padding=1, count_include_pad=False),
        ((1, 2, 3, 4),),
    ),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), ((1, 2, 5, 7),)),
    "unfold": (lambda x: F.unfold(x, 2, padding=1, stride=2), ((2, 3, 4, 4),)),
    "fold": (lambda x: F.fold(x, (4, 5), 2, padding=1), ((1, 8, 30),)),
    "bilinear": (lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear"), ((1, 2, 3, 2),)),
    "bicubic": (lambda x: F.interpolate(x, size=(5, 4), mode="bicubic"), ((1, 1, 3, 3),)),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3, 2), w, b), ((4, 3, 2), (3, 2), (3, 2))),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), ((3, 4, 5), (4,), (4,))),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        ((4, 3, 2), (3,), (3,)),
    ),
    "cross_entropy": (lambda x: F.cross_entropy(x, whole(2, 0, 1)), ((3, 4),)),
    "cross_entropy of pixels": (
        lambda x: F.cross_entropy(x, whole([[1, 0]], [[2, -100]]), reduction="sum"),
        ((2, 3, 1, 2),),
    ),
    "cdist": (lambda a, b: torch.cdist(a, b, p=1.5), ((2, 3, 4), (2, 5, 4))),
    "cdist of the largest": (lambda a, b: torch.cdist(a, b, p=float("inf")), ((3, 4), (5, 4))),
    "dist": (lambda a, b: torch.dist(a, b, 1), ((3, 4), (3, 4))),
    "det": (lambda a: torch.linalg.det(a), ((2, 3, 3),)),
    "inv": (lambda a: torch.linalg.inv(a), ((3, 3),)),
    "solve": (lambda a, b: torch.linalg.solve(a, b), ((3, 3), (3, 2))),
    "cholesky": (lambda a: torch.linalg.cholesky(a @ a.mT + 3 * torch.eye(3)), ((3, 3),)),
    "svd": (lambda a: torch.linalg.svd(a).S, ((2, 4, 3),)),
    "singular vectors": (lambda a: torch.linalg.svd(a, full_matrices=False).U, ((4, 3),)),
    "right singular vectors": (lambda a: torch.linalg.svd(a, full_matrices=False).Vh, ((3, 4),)),
    "eigh": (lambda a: torch.linalg.eigh(a + a.mT).eigenvectors, ((3, 3),)),
    "qr": (lambda a: torch.linalg.qr(a).Q, ((4, 3),)),
    "qr of a wide matrix": (lambda a: torch.linalg.qr(a).R, ((2, 4),)),
    "pinv": (lambda a: torch.linalg.pinv(a), ((2, 4, 3),)),
    "lstsq": (lstsq, ((4, 2), (4, 1))),
    "matrix_exp": (lambda a: torch.linalg.matrix_exp(a), ((3, 3),)),
    "einsum": (lambda a, b: torch.einsum("bij,bjk->ik", a, b), ((2, 3, 4), (2, 4, 2))),
    "kron": (lambda a, b: torch.kron(a, b), ((2, 3), (3, 2))),
    "cross": (lambda a, b: torch.linalg.cross(a, b), ((2, 3), (2, 3))),
    "in place": (lambda a, b: a.clone().mul_(b), ((3,), (3,))),
    "written into a row": (lambda a, b: put_row(a.clone(), b), ((3, 2), (2,))),
    "as_strided": (lambda a: a.as_strided((2, 2), (1, 2)), ((6,),)),
}
NAMES = ("layers.0.weight", "$& <script>", "2nd")
LOOSE = {"singular vectors", "right singular vectors", "eigh", "matrix_exp", "pinv"}


def put_row(a: Any, b: Any) -> Any:
    a[1] = b
    return a


@cache
def engine_with(library: str) -> MiniRacer:
    engine = MiniRacer()
    engine.eval(library)
    return engine


def answer(engine: MiniRacer, code: str) -> Any:
    return json.loads(str(engine.eval(f"JSON.stringify({code})")))


def as_numpy(found: Any) -> Any:
    return np.array(found["data"]).reshape(found["shape"]) if isinstance(found, dict) else found


@pytest.mark.parametrize("case", CASES)
def test_what_is_printed_for_a_tensor_runs_and_gives_its_numbers(case: str) -> None:
    function, shapes = CASES[case]
    leaves = [t(*shape) for shape in shapes]
    y = function(*leaves)
    said = torch.formula(y, names=dict(zip(NAMES, leaves, strict=False)))
    code = said.javascript.splitlines()
    engine = engine_with(said.library)
    rtol = 1e-9 if case in LOOSE else 1e-12
    found = as_numpy(answer(engine, f"({code[0]})()"))
    np.testing.assert_allclose(found, y.detach().numpy(), rtol=rtol, atol=1e-12)
    graph = trace(y)
    op = graph.operations[-1]
    result, inputs = raw(graph.values[op.output]), operands(op, graph.values)
    g = RNG.normal(size=np.shape(result))[()]
    wanted = by_code(op.kind, "vjp", g, result, inputs, op.params)
    flows = answer(engine, f"({code[-1]})({value(g)})")
    assert len(flows) >= len(wanted) > 0
    for flow, slope, x in zip(flows, wanted, inputs, strict=False):
        if slope is not None:
            slope = summed(np.asarray(slope), np.shape(x))
            np.testing.assert_allclose(as_numpy(flow), slope, rtol=rtol, atol=1e-12)


def summed(slope: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of what broadcasting may have stretched."""
    slope = np.broadcast_to(slope, np.broadcast_shapes(slope.shape, shape))
    lead = slope.ndim - len(shape)
    axes = [i + lead for i, n in enumerate(shape) if n != slope.shape[i + lead]]
    return slope.sum(tuple(axes), keepdims=True).sum(tuple(range(lead)))
