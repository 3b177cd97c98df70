"""The printed form: of every dtype and size, inside other things, and under print options."""

from __future__ import annotations

import numpy as np
from golden.case import Case, T, bools, f16, f64, grid, ints, leaf

NUMBERS = [
    [0.0],
    [-0.0, 0.0],
    [1.0, -1.0],
    [0.5, 100.25],
    [1e-5, 1.0],
    [1e-4, 1.0],
    [0.00011, 0.1],
    [9.9999e-5],
    [1000.0, 1.5],
    [1001.0, 1.0, 0.5],
    [10000.0, 9.5],
    [99999.0, 1.5],
    [123456.789, 1.0],
    [1e7, 2e7],
    [1e8, 1.0],
    [1.1e8, 1.0],
    [123456789.0],
    [1e10, 1e-10],
    [1e38, -1e38],
    [1e-45],
    [float("nan")],
    [float("inf"), 1.0],
    [float("-inf"), 1.5],
    [float("nan"), 1.0, float("inf"), -2.25],
    [float("nan"), 1e-7],
    [0.99999],
    [0.999999],
    [1.00005],
    [2.5, -13.125],
    [3.14159265, 2.71828182],
    [0.1, 0.25, 0.333333],
    [1.0, 2.0, 3.0, 1e5],
    [16777216.0, 16777217.0],
]
SIZES = [(1,), (9,), (20,), (3, 1), (2, 12), (2, 2, 2), (1, 1, 1), (2, 0, 3), (2, 1, 3, 2)]


def with_options(options: str, what: str) -> Case:
    code = f"torch.set_printoptions({options})\nresult = repr({what})"
    return Case(code, x=leaf([[1 / 3, 200.0, -1e-3], [0.0, 1.5, 7.25]]), grad=False)


CASES = [
    *grid("x", x=[leaf(numbers) for numbers in NUMBERS], grad=False),
    *grid("x", x=[leaf(numbers, "float64") for numbers in NUMBERS], grad=False),
    *grid("x", x=[leaf(numbers, "float16") for numbers in NUMBERS[:11]], grad=False),
    *grid("x.sum()", x=[leaf(numbers) for numbers in NUMBERS[::3]], grad=False),
    *grid("x * 1", x=SIZES),
    *grid("x", x=[f64(2, 3), f16(5), T(3, 2), ints(3, 4), bools(2, 3), ints(2, dtype="uint8")]),
    *grid("x * 100", x=[ints(12, dtype="int16"), ints(2, 3), ints(), ints(0), ints(25)]),
    *grid(
        "x", x=[np.array([[-1, 10], [100, -1000]]), np.array([True, False]), np.zeros((0, 3), bool)]
    ),
    *grid("x", x=[np.array(value, dtype="int64") for value in (7, -3, 2**62, [2**62, 1])]),
    # long ones are cut
    *grid("repr(torch.arange(n))", n=[999, 1000, 1001, 2500]),
    *grid("repr(torch.arange(float(n)))", n=[1000, 1001]),
    Case("repr(torch.zeros(32, 32))"),
    Case("repr(torch.zeros(7, 200))"),
    Case("repr(torch.ones(200, 7) * 0.5)"),
    Case("repr(torch.arange(1500).reshape(3, 5, 100))"),
    Case("repr(torch.arange(1331.0).reshape(11, 11, 11))"),
    Case("repr(torch.zeros(1001, 1, dtype=torch.bool))"),
    Case("repr(torch.ones(2, 600, requires_grad=True) / 3)"),
    Case("repr(torch.zeros(10, 10, 10) + 1e-6)"),
    Case("repr(torch.linspace(0, 1, 60).reshape(2, 30))"),
    Case("repr(torch.arange(30) - 15)"),
    # what stands behind the numbers
    *grid("x", x=[leaf([1.0]), leaf([1.0], "float64"), leaf(2.0), leaf([]), leaf([[]], "float64")]),
    *grid("(x * 2).detach()", x=[(2,), f64(2)], grad=False),
    *grid("x.exp().sum()", x=[(2,), f64(20), f16(2)]),
    Case("x.reshape(2, 1, 3) * 2", x=f64(6)),
    Case("torch.zeros(0, 3, dtype=torch.float64)"),
    Case("torch.zeros(2, 0, dtype=torch.int32)"),
    Case("torch.zeros(0)"),
    Case("torch.tensor([])"),
    # inside other things
    Case("[x, (x.sum(), 'a'), {'k': x}]", x=(2, 2)),
    Case("f'{x} {x.sum()}'", x=(2, 2), grad=False),
    Case(
        "f'{x.sum():.3f}|{x.sum():8.2f}|{x.sum():>10}|{x.sum():g}'", x=leaf([1.25, 2.5]), grad=False
    ),
    Case("f'{x:d}|{x:5d}|{x:x}'", x=np.array(12)),
    Case("'%.2f %s %d' % (x, x, x)", x=leaf(2.5), grad=False),
    Case("'{:.1f} {}'.format(x, x)", x=leaf(2.25), grad=False),
    Case("f'{x:.2f}'", x=(2,), error=True),
    Case("str(x) == repr(x)", x=(2, 2)),
    Case("str(x.shape) + repr(x.dtype) + str(x.device) + repr(x.device)", x=(2, 2)),
    Case("[torch.float16, torch.float64, torch.int8, torch.uint8, torch.bool, torch.int64]"),
    Case("torch.Size([]), torch.Size([1]), torch.Size([2, 3])"),
    Case("[x.size(), x.shape[0], x.shape[1:], x.shape + (1,), x.shape.numel()]", x=(2, 3)),
    Case("nn.Parameter(torch.tensor([1.0, 2.0]))"),
    Case("nn.Parameter(torch.tensor(1.5), requires_grad=False)"),
    Case("repr(nn.Parameter(torch.zeros(2, 600)))"),
    Case("torch.nn.ParameterList([torch.ones(2), torch.ones(2, 3)])"),
    Case("x.max(0)", x=(3, 2)),
    Case("(torch.get_default_dtype(), torch.tensor(1.0).type(), torch.tensor([1]).type())"),
    # options
    with_options("precision=2", "x"),
    with_options("precision=8", "x * 2"),
    with_options("sci_mode=True", "x"),
    with_options("sci_mode=False", "x * 1e-6"),
    with_options("precision=2, sci_mode=True", "x.detach()"),
    with_options("linewidth=30", "torch.arange(40.0)"),
    with_options("threshold=5", "x"),
    with_options("threshold=5, edgeitems=1", "torch.arange(60).reshape(6, 10)"),
    with_options("edgeitems=2", "torch.zeros(50, 50)"),
    with_options("profile='short'", "x"),
    with_options("profile='full'", "torch.arange(1200)"),
    Case(
        "torch.set_printoptions(precision=1)\ntorch.set_printoptions(profile='default')\nresult = repr(x)",
        x=leaf([1 / 3]),
        grad=False,
    ),
    Case(
        "torch.set_default_dtype(torch.float64)\nresult = repr(torch.tensor([0.5])), repr(x), torch.tensor(1.0).dtype",
        x=leaf([0.5]),
        grad=False,
    ),
]
