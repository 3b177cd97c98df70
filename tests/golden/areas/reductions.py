"""Reductions and scans: sums, means, products, spread, extremes, order, norms, running sums."""

from __future__ import annotations

import math

from golden.case import Case, T, bools, f16, f64, ints, leaf, pos, sliced

INF, NAN = math.inf, math.nan
TIES = leaf([[1.0, 5.0, 5.0], [2.0, 0.0, -1.0]])
DIMS = ["", ", 0", ", -1", ", 1, True", ", dim=(0, 1)", ", dim=(0, -1), keepdim=True", ", axis=0"]
ONE_DIM = ["", ", 0", ", -1", ", 1, True", ", axis=0", ", axis=1, keepdims=True"]
MANY = ["sum", "nansum", "mean", "nanmean", "amax", "amin", "all", "any"]
ONE = ["prod", "max", "min", "argmax", "argmin", "median", "nanmedian"]
SPREAD = ["var", "std", "var_mean", "std_mean"]
WRONG = ["2", "-3", "'a'", "0.5"]
NEEDS_DIM = ["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"]

CASES = [
    *[Case(f"torch.{f}(x{d})", x=(2, 3)) for f in MANY for d in DIMS],
    *[Case(f"torch.{f}(x{d})", x=(2, 3)) for f in ONE for d in ONE_DIM],
    *[
        Case(f"torch.{f}(x{d})", x=(2, 3))
        for f in SPREAD
        for d in (
            "",
            ", 0",
            ", dim=(0, 1)",
            ", dim=1, keepdim=True",
            ", correction=0",
            ", 1, correction=2",
            ", unbiased=False",
            ", 1, False",
            ", False",
            ", 1, True, True",
            ", axis=0",
        )
        if not (", correction=2" in d and f == "x")
    ],
    # scalars, empty ones, views, other dtypes
    *[Case(f"torch.{f}(x{d})", x=()) for f in (*MANY, *ONE) for d in ("", ", 0", ", -1")],
    *[Case(f"torch.{f}(x, 1)", x=(), error=True) for f in (*MANY, *ONE)],
    *[
        Case(f"torch.{f}(x{d})", x=(0,))
        for f in ("sum", "nansum", "mean", "prod", "all", "any")
        for d in ("", ", 0")
    ],
    *[
        Case(f"torch.{f}(x{d})", x=(2, 0))
        for f in ("sum", "mean", "prod", "all", "any")
        for d in (", 0", ", 1")
    ],
    *[
        Case(f"torch.{f}(x)", x=(0,), error=True)
        for f in ("max", "min", "amax", "amin", "argmax", "argmin")
    ],
    *[
        Case(f"torch.{f}(x, 1)", x=(2, 0), error=True)
        for f in ("max", "min", "amax", "amin", "argmax", "median", "mode")
    ],
    *[Case(f"torch.{f}(x, 0)", x=(2, 0)) for f in ("max", "amax", "argmax", "median", "mode")],
    *[
        Case(f"x.{f}({d})", x=x)
        for f in ("sum", "mean", "amax", "prod", "std", "logsumexp", "argmin")
        for d in ("0",)
        for x in (T(2, 3), sliced(2, 3), f64(2, 3), (2, 3, 2))
    ],
    *[
        Case(f"x.{f}()", x=x)
        for f in ("sum", "mean", "max", "prod", "var", "norm", "median")
        for x in (T(2, 3), f64(2, 3), (2, 3, 2))
    ],
    *[
        Case(f"x.{f}(1)", x=f16(2, 3), second=False)
        for f in ("sum", "mean", "amax", "std", "logsumexp", "norm", "cumsum")
    ],
    *[
        Case(f"torch.{f}(i)", i=ints(2, 3))
        for f in (
            "sum",
            "nansum",
            "prod",
            "max",
            "amin",
            "argmax",
            "median",
            "all",
            "any",
            "count_nonzero",
        )
    ],
    *[
        Case(f"torch.{f}(i, 1)", i=ints(2, 3, dtype="int32"))
        for f in (
            "sum",
            "prod",
            "max",
            "min",
            "amax",
            "median",
            "mode",
            "cumsum",
            "cumprod",
            "cummax",
        )
    ],
    *[
        Case(f"torch.{f}(i, 0)", i=ints(2, 3, dtype="uint8", low=0))
        for f in ("sum", "prod", "all", "any", "amax", "cumsum")
    ],
    *[
        Case(f"torch.{f}(b, 0)", b=bools(3, 2))
        for f in (
            "sum",
            "prod",
            "all",
            "any",
            "amax",
            "max",
            "cumsum",
            "count_nonzero",
            "mode",
            "logsumexp",
        )
    ],
    *[
        Case(f"torch.{f}(i)", i=ints(3), error=True)
        for f in ("mean", "nanmean", "var", "std", "var_mean", "std_mean", "norm")
    ],
    *[Case(f"torch.{f}(b)", b=bools(3), error=True) for f in ("mean", "var", "argmax", "median")],
    *[
        Case(f"torch.{f}(i, 0, dtype=torch.float64)", i=ints(3))
        for f in ("sum", "prod", "nansum", "mean", "cumsum", "cumprod")
    ],
    *[
        Case(f"torch.{f}(x, dtype=torch.float64)", x=(3,))
        for f in ("sum", "prod", "mean", "nansum")
    ],
    *[
        Case(f"torch.{f}(x, dtype=torch.int64)", x=(3,), error=True)
        for f in ("sum", "prod", "mean")
    ],
    # what is refused
    *[
        Case(f"torch.{f}(x, {w})", x=(2, 3), error=True)
        for f in (*MANY, *ONE, "var", "logsumexp", "cumsum")
        for w in WRONG
        if (f, w) != ("var", "0.5")
    ],
    *[Case(f"torch.{f}(x, (0, 0))", x=(2, 3), error=True) for f in MANY],
    *[Case(f"torch.{f}(x, 0, 1)", x=(2, 3), error=True) for f in ("sum", "mean", "prod")],
    *[Case(f"torch.{f}([1.0, 2.0])", error=True) for f in ("sum", "mean", "max", "argmax")],
    *[Case(f"torch.{f}(x)", x=(3,), error=True) for f in (*NEEDS_DIM, "logsumexp")],
    Case("torch.max(x, (0, 1))", x=(2, 3), error=True),
    Case("torch.argmax(x, (0, 1))", x=(2, 3), error=True),
    # ties, nan, infinity
    *[
        Case(f"torch.{f}(x)", x=TIES)
        for f in ("max", "min", "amax", "amin", "median", "argmax", "argmin", "aminmax")
    ],
    *[
        Case(f"torch.{f}(x, 1)", x=TIES)
        for f in (
            "max",
            "min",
            "amax",
            "amin",
            "median",
            "argmax",
            "argmin",
            "mode",
            "cummax",
            "cummin",
        )
    ],
    *[
        Case(f"torch.{f}(x)", x=leaf([1.0, NAN, 3.0]), second=False)
        for f in ("max", "min", "median", "nanmedian", "nansum", "nanmean", "sum", "argmax")
    ],
    *[
        Case(f"torch.{f}(x, 0)", x=leaf([1.0, NAN, 3.0]), second=False)
        for f in (
            "max",
            "min",
            "median",
            "nanmedian",
            "nansum",
            "nanmean",
            "cummax",
            "cummin",
            "argmin",
        )
    ],
    *[
        Case("torch.logsumexp(x, 0)", x=leaf(v), second=False)
        for v in ([-INF, -INF], [INF, 0.0], [-INF, 1.0], [1000.0, 1000.0])
    ],
    # products with zeros
    *[
        Case(f"torch.{f}(x{d})", x=leaf(v))
        for f, d in (("prod", ""), ("prod", ", 0"), ("cumprod", ", 0"))
        for v in ([0.0, 2.0, 3.0], [0.0, 2.0, 0.0], [2.0, 3.0, 0.5])
    ],
    # two tensors, pairs
    *[Case(f"torch.{f}(x, y)", x=(2, 3), y=(3,)) for f in ("max", "min")],
    Case("torch.max(input=x, other=y)", x=(2, 3), y=(3,)),
    Case("x.max(y)", x=(2,), y=(2,)),
    Case("torch.max(x, 1.0)", x=(2,), error=True),
    Case("x.max(dim=1).values", x=(2, 3)),
    Case("x.max(1)[1]", x=(2, 3)),
    Case("values, indices = x.min(dim=0)\nresult = values * 2", x=(2, 3)),
    Case("torch.max(dim=0, input=x)", x=(2, 3)),
    *[Case(f"torch.aminmax(x{d})", x=(2, 3)) for d in ("", ", dim=0", ", dim=1, keepdim=True")],
    Case("torch.argmax(x, keepdim=True)", x=(2, 3)),
    # variance
    *[Case(f"torch.{f}(x)", x=(), warns=True, second=False) for f in ("var", "std")],
    Case("torch.std(x, 0)", x=(1, 2), warns=True, second=False),
    Case("torch.std(x)", x=leaf([2.0, 2.0]), second=False),
    Case("torch.var(x, unbiased=False, correction=1)", x=(3,), error=True),
    Case("torch.var(x, correction=0.5)", x=(3,)),
    # order
    *[Case(f"torch.mode(i{d})", i=ints(3, 4, low=0, high=2)) for d in ("", ", 0", ", 1, True")],
    Case("torch.mode(x)", x=(2, 3)),
    *[
        Case(f"torch.quantile(x, 0.4{d})", x=(3, 4))
        for d in ("", ", dim=0", ", dim=1, keepdim=True", ", keepdim=True")
    ],
    *[Case(f"torch.quantile(x, q{d})", x=f64(3, 4), q=q) for q in ([0.1, 0.5, 0.9],) for d in ()],
    *[
        Case(f"torch.quantile(x, torch.tensor([0.1, 0.5]){d})", x=(3, 4))
        for d in ("", ", dim=0", ", dim=-1, keepdim=True")
    ],
    *[
        Case(f"torch.quantile(x, 0.4, interpolation={m!r})", x=(5,))
        for m in ("linear", "lower", "higher", "midpoint", "nearest")
    ],
    *[Case(f"torch.quantile(x, {q})", x=(5,)) for q in (0, 1, 0.5)],
    Case("torch.quantile(x, 0.5)", x=leaf([1.0, NAN, 2.0]), second=False),
    *[
        Case(
            f"torch.nanquantile(x, 0.5{d})",
            x=leaf([[1.0, NAN, 2.0], [4.0, 0.0, 5.0]]),
            second=False,
        )
        for d in ("", ", dim=1")
    ],
    Case("torch.quantile(x, 2.0)", x=(5,), error=True),
    Case("torch.quantile(i, 0.5)", i=ints(5), error=True),
    Case("torch.quantile(x, 0.5, interpolation='x')", x=(5,), error=True),
    Case("torch.quantile(x, 0.5)", x=(0,), error=True),
    # norms
    *[
        Case(f"torch.norm(x{d})", x=(2, 3))
        for d in (
            "",
            ", p=1",
            ", p=3",
            ", p=float('inf')",
            ", p=float('-inf')",
            ", p=1.5",
            ", p='fro'",
            ", p=2, dim=1",
            ", p=1, dim=(0, 1)",
            ", p=2, dim=0, keepdim=True",
            ", 3, 1",
        )
    ],
    *[
        Case(f"x.norm({p})", x=leaf([0.0, 2.0, -3.0]), second=False)
        for p in ("", "1", "3", "0.5", "1.5", "float('inf')")
    ],
    Case("x.norm()", x=leaf([0.0, 0.0]), second=False),
    Case("x.norm(p=0)", x=leaf([0.0, 2.0]), grad=False),
    Case("torch.norm(x, p=float('inf'))", x=(0,), error=True),
    Case("torch.norm(x, p=2, dim=5)", x=(2, 3), error=True),
    *[Case(f"torch.dist(x, y{p})", x=(2, 3), y=(3,)) for p in ("", ", 1", ", 3", ", float('inf')")],
    *[
        Case(f"torch.logsumexp(x, {d})", x=(2, 3))
        for d in ("0", "-1", "(0, 1)", "1, True", "dim=0, keepdim=True")
    ],
    Case("torch.logsumexp(i, 0)", i=ints(3)),
    *[Case(f"torch.count_nonzero(x{d})", x=TIES) for d in ("", ", 0", ", dim=(0, 1)", ", dim=-1")],
    # scans
    *[
        Case(f"torch.{f}(x, {d})", x=x)
        for f in NEEDS_DIM
        for d, x in (("0", (3,)), ("1", (2, 3)), ("-1", T(2, 3)), ("dim=0", f64(3, 2)), ("0", ()))
    ],
    *[Case(f"torch.{f}(x, 0)", x=(0,), second=False) for f in NEEDS_DIM],
    *[Case(f"torch.{f}(x, axis=0)", x=(3, 2)) for f in ("cumsum", "cumprod", "cummax")],
    *[Case(f"x.{f}(0)", x=(3, 2)) for f in NEEDS_DIM],
    *[Case(f"torch.{f}(x, 2)", x=(2, 3), error=True) for f in NEEDS_DIM[1:]],
    *[Case(f"torch.{f}(x, 1)", x=(), error=True) for f in NEEDS_DIM],
    Case("torch.logcumsumexp(i, 0)", i=ints(3), error=True),
    Case("torch.logcumsumexp(x, 0)", x=leaf([100.0, -100.0, 100.0]), second=False),
    *[
        Case(f"torch.diff(x{d})", x=(3, 4), name=False)
        for d in ("", ", 2", ", dim=0", ", n=2, dim=0", ", n=5", ", n=0")
    ],
    Case("torch.diff(x, prepend=y)", x=(2, 3), y=(2, 1), name=False),
    Case("torch.diff(x, dim=0, append=y)", x=(2, 3), y=(1, 3), name=False),
    Case("torch.diff(b)", b=bools(5)),
    Case("torch.diff(i)", i=ints(5)),
    Case("torch.diff(x)", x=(), error=True),
    Case("torch.diff(x, -1)", x=(3,), error=True),
    # accuracy: long sums
    Case("torch.sum(x * 0 + 0.1, 0)[0]", x=(3000, 2), grad=False, tol=0.1),
    Case("torch.sum(x)", x=pos(64, 33), tol=0.1, second=False),
    Case("torch.mean(x, (0, 2))", x=(3, 4, 5)),
    Case("torch.sum(x, (0, 2), keepdim=True)", x=(3, 4, 5)),
    Case("torch.amax(x, (0, 2))", x=(3, 4, 5)),
]
