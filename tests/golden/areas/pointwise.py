"""Functions entry by entry: arithmetic, exponentials, trigonometry, rounding, choices, comparisons."""

from __future__ import annotations

import math

from golden.case import Case, T, bools, f16, f64, grid, ints, leaf, pos, sliced

INF, NAN = math.inf, math.nan
SHAPES = [(), (2, 3), (0,), T(2, 3), f64(3)]
ANY = [
    "abs",
    "absolute",
    "neg",
    "negative",
    "positive",
    "sign",
    "sgn",
    "square",
    "floor",
    "ceil",
    "trunc",
    "fix",
    "round",
    "frac",
    "relu",
]
REAL = [
    "exp",
    "exp2",
    "expm1",
    "sigmoid",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sinh",
    "cosh",
    "atan",
    "arctan",
    "asinh",
    "arcsinh",
    "sinc",
    "deg2rad",
    "rad2deg",
    "erf",
    "erfc",
]
POSITIVE = ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma"]
GAMMA = ("lgamma", "digamma")
UNIT = ["asin", "arcsin", "acos", "arccos", "atanh", "arctanh", "erfinv"]
SPECIAL = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]
LIMITS = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "sigmoid",
    "tanh",
    "sinh",
    "cosh",
    "tan",
    "atan",
    "asin",
    "acos",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "erfinv",
    "abs",
    "sign",
    "floor",
    "relu",
    "logit",
    "lgamma",
]
KINKS = ("abs", "relu", "logit")  # a gradient for nan, or for -0, is not PyTorch's
QUESTIONS = [
    "isnan",
    "isinf",
    "isfinite",
    "isposinf",
    "isneginf",
    "isreal",
    "signbit",
    "logical_not",
]
TWO = [
    "add",
    "sub",
    "mul",
    "div",
    "true_divide",
    "multiply",
    "subtract",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "atan2",
    "arctan2",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "remainder",
    "fmod",
    "copysign",
    "rsub",
]
WHOLE = [
    "add",
    "sub",
    "mul",
    "div",
    "remainder",
    "fmod",
    "floor_divide",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "rsub",
    "pow",
]
COMPARE = [
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
]

CASES = [
    # one operand
    *[case for f in ANY for case in grid(f"torch.{f}(x)", x=SHAPES) if f != "relu"],
    *grid("torch.relu(x)", x=SHAPES, second=False),
    *[case for f in REAL for case in grid(f"torch.{f}(x)", x=[(), (2, 3), f64(2, 3)])],
    *[Case(f"torch.{f}(x)", x=pos(2, 3)) for f in POSITIVE],
    *[Case(f"torch.{f}(x)", x=pos(3, dtype="float64")) for f in POSITIVE if f not in GAMMA],
    *[Case(f"torch.{f}(x / 3)", x=f64(2, 3)) for f in UNIT],
    *[Case(f"torch.{f}(x)", x=pos(3, dtype="float64"), grad=False) for f in GAMMA],
    *grid("torch.acosh(x + 1)", x=[pos(3), pos(dtype="float64")]),
    *grid("torch.arccosh(x + 1)", x=[pos(3)]),
    *[Case(f"x.{f}()", x=pos(2), second=f != "relu") for f in (*ANY, *REAL, *POSITIVE)],
    *[Case(f"torch.{f}(x)", x=leaf(SPECIAL), second=False) for f in LIMITS if f not in KINKS],
    *[Case(f"torch.{f}(x)", x=leaf(SPECIAL), grad=False, printed=False) for f in KINKS],
    *[Case(f"torch.{f}(i)", i=ints(4, low=0)) for f in (*REAL, *POSITIVE)],
    *[Case(f"torch.{f}(i)", i=ints(4)) for f in ANY if f != "frac"],
    *[
        Case(f"torch.{f}(i)", i=ints(4, dtype="uint8", low=0))
        for f in ("abs", "sign", "floor", "exp")
    ],
    *[Case(f"torch.{f}(b)", b=bools(4)) for f in ("exp", "sqrt", "sign", "square", "logical_not")],
    *[
        Case(f"torch.{f}(b)", b=bools(4), error=True)
        for f in ("abs", "neg", "positive", "floor", "ceil", "trunc", "round", "frac", "relu")
    ],
    Case("torch.frac(i)", i=ints(4), error=True),
    *[Case(f"torch.{f}(x)", x=f16(2, 3), second=False, printed=False) for f in (*ANY, *REAL)],
    *[
        Case(f"torch.{f}(2.5)", error=True)
        for f in ("exp", "abs", "sigmoid", "floor", "relu", "logit")
    ],
    *grid("torch.exp(input=x)", x=[(2,)]),
    *grid(
        "torch.logit(x, eps=0.2)",
        x=[leaf([-1.0, 0.0, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0, 2.0]), leaf([0.3, 0.6], "float64")],
    ),
    Case("torch.logit(x)", x=leaf([0.25, 0.5, 0.9])),
    Case("x.logit(0.1)", x=leaf([0.05, 0.5])),
    Case("torch.sigmoid(x * 100)", x=(4,)),
    *grid("torch.round(x, decimals=1)", x=[(2, 3), f64(3)]),
    Case("torch.round(x, decimals=-1)", x=leaf([14.0, 15.0, 25.0, -37.0])),
    Case("torch.round(x)", x=leaf([0.5, 1.5, 2.5, -0.5, -1.5, 1e10])),
    Case("torch.round(i, decimals=1)", i=ints(3), error=True),
    Case("torch.polygamma(1, x)", x=pos(3), tol=100),
    Case("torch.polygamma(3, x)", x=pos(3, dtype="float64"), second=False),
    Case("torch.lgamma(x)", x=leaf([-0.5, -1.5, 0.5, 3.0, 10.5, 100.0]), tol=10),
    Case("torch.digamma(x)", x=leaf([-0.5, -1.5, 0.5, 3.0, 10.5]), second=False, tol=10),
    Case("torch.sinc(x)", x=leaf([0.0, 0.5, 1.0]), second=False),
    Case("torch.sqrt(x)", x=leaf([0.0, 4.0])),
    # two operands
    *[
        Case(f"torch.{f}(x, y)", x=a, y=b)
        for f in TWO
        for a, b in [((2, 3), (3,)), ((), (2, 1)), (f64(2), f64(2)), (T(2, 3), (2, 1))]
    ],
    *[Case(f"x.{f}(y)", x=(2, 3), y=(2, 1)) for f in TWO if f != "rsub"],
    *[Case(f"torch.{f}(i, j)", i=ints(2, 3), j=ints(3, low=1)) for f in WHOLE],
    *[
        Case(f"torch.{f}(i, 3)", i=ints(2, 3))
        for f in (
            "add",
            "sub",
            "mul",
            "div",
            "remainder",
            "fmod",
            "floor_divide",
            "rsub",
            "pow",
            "copysign",
        )
    ],
    *[
        Case(f"torch.{f}(i, 2.5)", i=ints(2, 3))
        for f in (
            "add",
            "sub",
            "mul",
            "div",
            "remainder",
            "fmod",
            "floor_divide",
            "rsub",
            "pow",
            "copysign",
        )
    ],
    *[
        Case(f"torch.{f}(x, 2.5)", x=(2, 3))
        for f in (
            "add",
            "sub",
            "mul",
            "div",
            "remainder",
            "fmod",
            "rsub",
            "copysign",
            "xlogy",
            "float_power",
        )
    ],
    *[Case(f"torch.{f}(i, x)", i=ints(3), x=(3,)) for f in TWO],
    *[Case(f"torch.{f}(x, y)", x=(2, 3), y=(4,), error=True) for f in TWO if f != "rsub"],
    *[Case(f"torch.{f}(x, 'a')", x=(2,), error=True) for f in TWO],
    *[
        Case(f"torch.{f}(x, None)", x=(2,), error=True)
        for f in ("add", "mul", "div", "pow", "floor_divide", "maximum")
    ],
    *[
        Case(f"torch.{f}(x, 1.0)", x=(2,), error=True)
        for f in (
            "maximum",
            "minimum",
            "fmax",
            "atan2",
            "hypot",
            "logaddexp",
            "gcd",
            "logical_and",
            "heaviside",
            "isclose",
            "dist",
            "equal",
            "allclose",
        )
    ],
    *[
        Case(f"torch.{f}(2.5, x)", x=(2,))
        for f in ("add", "sub", "mul", "div", "true_divide", "multiply", "subtract", "divide")
    ],
    *[
        Case(f"torch.{f}(7, i)", i=ints(3, low=1))
        for f in ("add", "sub", "mul", "div", "floor_divide", "remainder", "pow", "bitwise_and")
    ],
    *[
        Case(f"torch.{f}(i, j)", i=ints(3), j=ints(3), error=True)
        for f in ("hypot", "logaddexp", "logaddexp2")
    ],
    *[
        Case(f"torch.{f}(b, c)", b=bools(4), c=bools(4))
        for f in ("add", "mul", "div", "maximum", "minimum", "fmax", "copysign", "atan2")
    ],
    *[
        Case(f"torch.{f}(b, c)", b=bools(4), c=bools(4), error=True)
        for f in ("sub", "rsub", "remainder", "fmod", "floor_divide", "hypot")
    ],
    Case("torch.sub(b, 1)", b=bools(2), error=True),
    *[
        Case(
            f"torch.{f}(x, y)",
            x=leaf([1.0, NAN, 3.0, NAN, 2.0, INF]),
            y=leaf([NAN, 1.0, 3.0, NAN, -1.0, -INF]),
            second=False,
        )
        for f in ("maximum", "minimum", "fmax", "fmin")
    ],
    *[
        Case(
            f"torch.{f}(x, y)",
            x=leaf([5.5, -5.5, 5.5, -5.5, 0.0]),
            y=leaf([2.0, 2.0, -2.0, -2.0, 3.0]),
        )
        for f in ("remainder", "fmod")
    ],
    Case(
        "torch.atan2(x, y)",
        x=leaf([0.0, 1.0, 0.0, -1.0]),
        y=leaf([0.0, 0.0, -1.0, -1.0]),
        second=False,
    ),
    Case("torch.copysign(x, y)", x=leaf([0.0, -1.0, 2.0]), y=leaf([-1.0, 1.0, -0.0]), second=False),
    *grid("torch.add(x, y, alpha=2)", x=[(2, 3), f64(2)], y=[(3,), f64(2)]),
    Case("torch.add(x, 2, alpha=3)", x=(2,)),
    Case("x.add(y, alpha=-0.5)", x=(2,), y=(2,)),
    Case("torch.add(i, j, alpha=3)", i=ints(3), j=ints(3)),
    Case("torch.add(i, j, alpha=2.5)", i=ints(3), j=ints(3), error=True),
    Case("torch.sub(x, y, alpha=2)", x=(2, 3), y=(3,)),
    Case("torch.rsub(x, y, alpha=2)", x=(2, 3), y=(3,)),
    Case("torch.rsub(x, 2)", x=(2, 3)),
    *[
        Case(f"torch.div(x, y, rounding_mode={m!r})", x=f64(2, 3), y=f64(3))
        for m in ("floor", "trunc")
    ],
    *[Case(f"torch.div(i, 3, rounding_mode={m!r})", i=ints(2, 3)) for m in ("floor", "trunc")],
    *[Case(f"x.div(2, rounding_mode={m!r})", x=(4,)) for m in ("floor", "trunc")],
    Case("torch.div(x, 2, rounding_mode='up')", x=(4,), error=True),
    Case("torch.div(i, 0, rounding_mode='trunc')", i=ints(2), error=True),
    *[Case(f"i {o} 0", i=ints(2), error=True) for o in ("//", "%")],
    *[Case(f"x {o} 2", x=f64(2, 3), grad=False) for o in ("//", "%", "**")],
    *[Case(f"i {o} 2", i=ints(2, 3)) for o in ("//", "%", "**", "&", "|", "^", "<<", ">>")],
    *[Case(f"7 {o} i", i=ints(3, low=1)) for o in ("//", "%", "**", "&", "|", "^", "<<", ">>")],
    *[
        Case(f"i {o} j", i=ints(3), j=ints(2, 3, low=1))
        for o in ("//", "%", "**", "&", "|", "^", "<<", ">>")
    ],
    *[
        Case(f"b {o} c", b=bools(4), c=bools(4))
        for o in ("&", "|", "^", "+", "*", "/", "==", "<", ">=")
    ],
    *[Case(f"x {o} y", x=(2,), y=(2,), error=True) for o in ("&", "|", "^", "<<", ">>")],
    Case("~b", b=bools(4)),
    Case("~i", i=ints(4)),
    Case("~x", x=(2,), error=True),
    *[Case(f"torch.bitwise_{f}(i, j)", i=ints(4), j=ints(4)) for f in ("and", "or", "xor")],
    *[Case(f"torch.bitwise_{f}(i, 2)", i=ints(4)) for f in ("left_shift", "right_shift", "and")],
    Case("torch.bitwise_not(i)", i=ints(4)),
    Case("torch.bitwise_and(x, y)", x=(2,), y=(2,), error=True),
    *[Case(f"torch.{f}(i, j)", i=ints(4, high=12), j=ints(4, high=12)) for f in ("gcd", "lcm")],
    Case("torch.gcd(x, y)", x=(2,), y=(2,), error=True),
    Case("(x // 2).sum().backward()", x=(2,), error=True),
    Case("torch.heaviside(x, v).sum().backward()", x=(2,), v=[1.0], error=True),
    Case("torch.heaviside(x, v)", x=leaf([-1.0, 0.0, 2.0]), v=[0.5], grad=False),
    Case("torch.heaviside(x, i)", x=(2,), i=ints(2), error=True),
    # powers
    *[Case(f"torch.pow(x, {k})", x=(2, 3)) for k in (0, 1, 2, 3, 4, -1, -2)],
    *[Case(f"torch.pow(x, {k})", x=pos(3)) for k in (0.5, -0.5, 1.5, 2.0)],
    Case("torch.pow(x, y)", x=pos(2, 3), y=(3,)),
    Case("torch.pow(2, x)", x=(3,)),
    Case("torch.pow(2.5, x)", x=f64(3)),
    Case("x.pow(3)", x=(3,)),
    Case("torch.pow(i, j)", i=ints(4), j=ints(4, low=0, high=3)),
    Case("torch.pow(2, 3)", error=True),
    Case("i ** -1", i=ints(2), error=True),
    Case("b ** 2", b=bools(3)),
    *[
        Case(f"torch.float_power({c})", x=pos(3), i=ints(3, low=1))
        for c in ("x, 2", "i, 2", "2, i", "x, i", "i, 0.5")
    ],
    Case(
        "torch.xlogy(x, y)",
        x=leaf([0.0, 1.0, 0.0, 2.0]),
        y=leaf([0.0, 2.0, NAN, 0.5]),
        second=False,
    ),
    Case("torch.xlogy(x, 2.0)", x=(3,)),
    Case("torch.xlogy(2.0, x)", x=pos(3)),
    Case("torch.xlogy(x, y)", x=(2, 3), y=pos(3)),
    Case("torch.xlogy(i, 2)", i=ints(3)),
    # blends
    *[Case(f"torch.lerp(x, y, {w})", x=(2, 3), y=(3,)) for w in (0.0, 0.3, 0.7, 1.0, 2.0)],
    Case("torch.lerp(x, y, w)", x=(2, 3), y=(3,), w=pos(3)),
    Case("x.lerp(y, 0.5)", x=f64(2), y=f64(2)),
    Case("torch.lerp(x, y, 0.5)", x=(2,), y=f64(2), error=True),
    Case("torch.lerp(x, i, 0.5)", x=(2,), i=ints(2), error=True),
    Case("torch.lerp(i, i, 0.5)", i=ints(2), error=True),
    Case("torch.addcmul(x, y, z, value=0.5)", x=(2, 3), y=(3,), z=(2, 1)),
    Case("torch.addcdiv(x, y, z, value=0.5)", x=(2, 3), y=(3,), z=(2, 1)),
    Case("x.addcmul(y, z)", x=(2,), y=(2,), z=(2,)),
    Case("x.addcdiv(y, z, value=2)", x=(2,), y=(2,), z=(2,)),
    Case("torch.addcmul(i, j, k, value=3)", i=ints(2), j=ints(2), k=ints(2)),
    Case("torch.addcdiv(i, i, i)", i=ints(2), error=True),
    # choices
    *[
        Case(f"torch.clamp(x, {a})", x=x)
        for a in ("-0.5, 0.5", "min=0", "max=0.5", "1, -1", "-1.0, None")
        for x in ((2, 3), ())
    ],
    Case("torch.clamp(x, 0, 1)", x=leaf([-1.0, 0.0, 0.5, 1.0, 2.0, NAN, INF])),
    Case("torch.clamp(x, lo, hi)", x=(2, 3), lo=leaf([-1.0, 0.0, 1.0]), hi=leaf([0.5, 0.5, 0.5])),
    Case("torch.clamp(x, min=lo)", x=(2, 3), lo=(3,)),
    Case("torch.clamp(x, max=hi)", x=(2, 3), hi=(3,)),
    Case("torch.clamp(x, lo)", x=(2, 3), lo=leaf(0.5)),
    Case("torch.clamp(i, 0.5, 2)", i=ints(5)),
    Case("torch.clamp(i, -1, 2)", i=ints(5)),
    Case("torch.clamp(i, min=1)", i=ints(5)),
    Case("torch.clamp(x)", x=(2,), error=True),
    Case("torch.clamp(x, 'a', 1)", x=(2,), error=True),
    Case("x.clamp(min=0.1)", x=(3,)),
    Case("torch.clip(x, 0, 1)", x=(3,)),
    Case("x.clip(max=0)", x=(3,)),
    *[Case(f"torch.clamp_{f}(x, 0.1)", x=(3,)) for f in ("min", "max")],
    *[Case(f"torch.clamp_{f}(x, y)", x=(2, 3), y=(3,)) for f in ("min", "max")],
    *[Case(f"x.clamp_{f}(0)", x=leaf([-1.0, 0.0, 1.0])) for f in ("min", "max")],
    Case("torch.where(x > 0, x, y)", x=(2, 3), y=(3,)),
    Case("torch.where(x > 0, x, 0)", x=(2, 3)),
    Case("torch.where(x > 0, 1.5, x)", x=(2, 3)),
    Case("torch.where(b, 1, 0)", b=bools(4)),
    Case("torch.where(b, 1.5, 0)", b=bools(4)),
    Case("torch.where(b, i, 0.5)", b=bools(4), i=ints(4)),
    Case("torch.where(b, i, x)", b=bools(4), i=ints(4), x=(4,)),
    Case("torch.where(b)", b=bools(2, 3)),
    Case("torch.where(x > 0)", x=(4,)),
    Case("x.where(x > 0, y)", x=(2, 3), y=(3,)),
    Case("x.where(x > 0, 0.0)", x=(2, 3)),
    Case("torch.where(b, x, y)", b=bools(2, 1), x=(3,), y=()),
    Case("torch.where(b, x, y)", b=bools(2), x=(2,), y=f64(2)),
    Case("torch.where(i, x, x)", i=ints(2), x=(2,), error=True),
    Case("torch.where(b, x, 'a')", b=bools(2), x=(2,), error=True),
    Case("torch.where(b, x, y)", b=bools(2), x=(2,), y=(3,), error=True),
    Case("torch.nan_to_num(x)", x=leaf([1.0, NAN, INF, -INF])),
    Case("torch.nan_to_num(x, 9.0, 8.0, 7.0)", x=leaf([1.0, NAN, INF, -INF])),
    Case("torch.nan_to_num(x, nan=2.0)", x=leaf([1.0, NAN, INF, -INF], "float64")),
    Case("torch.nan_to_num(i)", i=ints(3)),
    # comparisons
    *[Case(f"torch.{f}(x, y)", x=leaf([1.0, 2.0, NAN]), y=[1.0, 1.5, NAN]) for f in COMPARE],
    *[Case(f"x.{f}(1)", x=ints(4)) for f in COMPARE],
    *[Case(f"torch.{f}(x, y)", x=(2, 3), y=(2,), error=True) for f in ("eq", "lt", "ge")],
    *[Case(f"torch.{f}(x, 'a')", x=(2,), error=True) for f in ("eq", "lt", "greater")],
    *[Case(f"torch.{f}(1, x)", x=(2,), error=True) for f in ("eq", "lt")],
    *[Case(f"torch.{f}(x)", x=[0.0, -0.0, 1.0, INF, -INF, NAN]) for f in QUESTIONS],
    *[Case(f"i.{f}()", i=ints(4)) for f in QUESTIONS],
    *[
        Case(f"torch.logical_{f}(i, j)", i=ints(6, low=-1, high=1), j=ints(6, low=-1, high=1))
        for f in ("and", "or", "xor")
    ],
    Case("torch.logical_and(x, b)", x=(3,), b=bools(3)),
    Case("torch.equal(x, x)", x=(2,)),
    Case("torch.equal(x, y)", x=(2,), y=(3,)),
    Case("torch.equal(i, i.float())", i=ints(3)),
    Case("torch.allclose(x, x + 1e-9)", x=f64(3)),
    Case("torch.allclose(x, x + 1e-3)", x=f64(3)),
    Case("torch.allclose(x, y)", x=[NAN, 1.0], y=[NAN, 1.0]),
    Case("torch.allclose(x, y, equal_nan=True)", x=[NAN, 1.0], y=[NAN, 1.0]),
    Case("torch.allclose(x, y)", x=(2,), y=f64(2), error=True),
    Case("torch.isclose(x, y)", x=[1.0, INF, NAN, 1.0], y=[1.000001, INF, NAN, 1.1]),
    Case("torch.isclose(i, j, atol=1)", i=ints(4), j=ints(4)),
    Case("torch.isclose(x, y, rtol=-1)", x=(2,), y=(2,), error=True),
    *grid("torch.exp(x).sum() * 2", x=[sliced(2, 3), T(3, 2)]),
]
