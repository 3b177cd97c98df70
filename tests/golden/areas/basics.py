"""Arithmetic of two tensors and of a tensor and a number: dtypes, shapes, gradients, errors."""

from __future__ import annotations

from golden.case import Case, Drawn, T, bools, f16, f64, grid, ints, leaf, pos, sliced

WHOLE = ["uint8", "int8", "int16", "int32", "int64"]


def each_dtype(*shape: int) -> list[Drawn]:
    """Numbers of 1 to 5, of every dtype."""
    floats = [pos(*shape, dtype=dtype) for dtype in ("float16", "float32", "float64")]
    return floats + [ints(*shape, dtype=dtype, low=1) for dtype in WHOLE] + [bools(*shape)]


FLOATS = each_dtype(2)[:3]
PAIRS_OF_SHAPES = {
    "x": [(), (3,), (2, 3), (3,), (2, 3), (2, 1), (), (2, 3), (0,), (0,), (2, 1), (2, 1, 2)],
    "y": [(), (3,), (2, 3), (2, 3), (3,), (1, 3), (3,), (), (0,), (), (0,), (3, 1)],
}

CASES = [
    # every dtype with every dtype
    *grid("x + y", x=each_dtype(2), y=each_dtype(2), times=True),
    *grid("x * y", x=each_dtype(2), y=each_dtype(2), times=True),
    *grid(
        "x / y",
        x=each_dtype(2),
        y=[*FLOATS, ints(2, low=1, dtype="uint8"), ints(2, low=1)],
        times=True,
    ),
    *grid("x - y", x=each_dtype(2)[:8], y=each_dtype(2)[:8], times=True),
    *grid("x == y", x=each_dtype(3), y=each_dtype(3), times=True, grad=False),
    *grid("x < y", x=each_dtype(3), y=each_dtype(3)[::4], times=True, grad=False),
    *grid("torch.maximum(x, y)", x=each_dtype(2), y=each_dtype(2)[1::3], times=True),
    *grid("torch.where(x > y, x, y)", x=each_dtype(2), y=each_dtype(2)[2::3], times=True),
    *grid("x - y", x=bools(2), y=[bools(2), ints(2), (2,), bools()], error=True),
    *grid("x - y", x=[ints(2), (2,), f64()], y=bools(2), error=True),
    *grid("x - True", x=[ints(2), (2,), bools(2)], error=True),
    *grid("-x", x=each_dtype(3)[:8]),
    Case("-x", x=bools(3), error=True),
    # a 0-d tensor gives way to one with dimensions, unless it is of a higher kind
    *grid("x + y", x=each_dtype(2), y=each_dtype(), times=True),
    *grid("y * x", x=each_dtype(2)[::4], y=each_dtype(), times=True),
    *grid("x / y", x=each_dtype(2)[::4], y=[pos(dtype="float64"), ints(low=1)], times=True),
    *grid("x + y", x=each_dtype(0)[::4], y=each_dtype()[::3], times=True),
    # plain numbers
    *grid("x + n", x=each_dtype(2), n=[3, 0.5, True], times=True),
    *grid("n * x", x=each_dtype(2), n=[3, 0.5, True], times=True),
    *grid("x / n", x=each_dtype(2), n=[4, 0.5], times=True),
    *grid("n / x", x=[*each_dtype(2)[:8], pos()], n=[4, 0.5], times=True),
    *grid("n - x", x=each_dtype(2)[:8], n=[4, 0.5], times=True),
    *grid("x > n", x=each_dtype(3), n=[1, 1.5, True], times=True, grad=False),
    *grid("x != n", x=each_dtype(3)[::2], n=[1, 1.5], times=True, grad=False),
    *grid("x + np.float64(0.5)", x=[(2,), ints(2)]),
    *grid("torch.add(x, y, alpha=n)", x=[(2, 3), ints(2)], y=[(3,), ints(2)], n=[2, 3]),
    *grid("torch.sub(x, y, alpha=n)", x=[(2, 3), f64(2)], y=[(3,), (2,)], n=[2, 0.5]),
    # powers
    *grid("x ** y", x=FLOATS, y=FLOATS, times=True),
    *grid("x ** y", x=FLOATS, y=ints(2, low=0), tol=3),
    *grid("x ** n", x=FLOATS, n=[2, 3, 0.5, -1, 0, 1, 2.5, 4], times=True),
    # (PyTorch takes the logarithm of the number in float32)
    *grid("n ** x", x=FLOATS, n=[2, 0.5], times=True, tol=100),
    *grid("x ** n", x=each_dtype(2)[3:8], n=[0, 1, 2], times=True),
    *grid("x ** 0.5", x=[ints(2, low=1), ints(2, low=1, dtype="uint8")]),
    Case("x ** -1", x=ints(2, low=1), error=True),
    *grid("x ** n", x=[leaf([0.0, 2.0, -3.0])], n=[2, 3, 1, 0], times=True),
    # shapes
    *[case for op in "+-*/" for case in grid(f"x {op} y", **PAIRS_OF_SHAPES)],
    *grid("x * y", x=[T(2, 3), T(3, 2), sliced(2, 3), T(2, 2, 3)], y=[(3,), T(3, 2), (2, 1), (3,)]),
    *grid("x * x + x", x=[(), (3,), T(2, 3), sliced(2, 2), f64(2), f16(2)]),
    *grid("(x * y).sum() * x", x=[(), (3,), (2, 1)], y=[(3,), (3,), (2, 3)]),
    *grid("x / y", x=[leaf([1.0, 0.0, -1.0])], y=[leaf([0.0, 0.0, 0.0])], second=False),
    *grid("x * y", x=[leaf([float("inf"), 0.0, float("nan")])], y=[leaf([0.0, 0.0, 1.0])]),
    # integers
    *grid("x / y", x=[ints(4), ints(4, dtype="int8"), bools(4)], y=[ints(4, low=1), 2, 2.0]),
    *grid("x * n", x=[leaf([100, 127], "int8"), leaf([200, 255], "uint8")], n=[2, 3], times=True),
    Case("x - y", x=leaf([1, 2], "uint8"), y=leaf([2, 1], "uint8")),
    Case("-x", x=leaf([0, 1, 255], "uint8")),
    # shapes that do not fit
    *[
        Case(f"x {op} y", x=x, y=y, error=True)
        for op in ("+", "-", "*", "/", "**", "==", "<")
        for x, y in (((3,), (4,)), ((2, 3), (2,)), ((2, 1, 3), (4, 2)))
    ],
    Case("torch.maximum(x, y)", x=(3,), y=(2,), error=True),
    Case("torch.where(x > 0, x, y)", x=(3,), y=(2,), error=True),
    Case("x + y", x=(0,), y=(3,), error=True),
    # things that are no tensor
    *grid("x + n", x=(2,), n=["a", None], error=True),
    *grid("n * x", x=(2,), n=["a", None], error=True),
    Case("x + [1.0, 2.0]", x=(2,), error=True),
    *grid("x == n", x=(2,), n=["a", None], grad=False),
    *grid("torch.exp(n)", n=[1.0, None], error=True),
    *grid("torch.add(x, n)", x=(2,), n=["a", None], error=True),
    # truth
    *grid("bool(x)", x=[leaf([0.0]), leaf(2.0), ints(1, low=1)], grad=False),
    *grid("bool(x)", x=[(2,), (0,)], error=True),
    *grid("float(x)", x=[f64(1, 1), ints()], grad=False),
    *grid("x.item()", x=[(), ints(1), bools()], grad=False),
    *grid("x.item()", x=[(2,), (0,)], error=True),
]
