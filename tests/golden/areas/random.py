"""Random numbers: the same seed gives PyTorch's numbers, however the calls are mixed."""

from __future__ import annotations

from golden.case import Case, T, bools, f16, f64, grid, ints, leaf, pos, sliced

SIZES = ["1", "5", "15", "16", "17", "40", "(3, 7)", "(4, 16)", "(0,)"]
SEEDS = [0, 1, 42, 1234567890123]
FLOATS = ["float16", "float32", "float64"]
WHOLE = ["uint8", "int8", "int16", "int32", "int64"]


def seeded(*lines: str, seed: int = 0) -> Case:
    """A sequence of calls after ``manual_seed``; the last line is the result."""
    code = [f"torch.manual_seed({seed})", *lines[:-1], f"result = {lines[-1]}"]
    return Case("\n".join(code), grad=False)


def error(code: str) -> Case:
    return Case(code, error=True)


def warns(code: str) -> Case:
    return Case(code, warns=True, grad=False)


FILLS = [
    "uniform_()",
    "uniform_(-2, 3)",
    "normal_()",
    "normal_(1, 0.5)",
    "exponential_()",
    "exponential_(0.3)",
    "log_normal_()",
    "cauchy_(1, 2)",
    "geometric_(0.3)",
    "bernoulli_(0.3)",
    "bernoulli_()",
    "random_()",
    "random_(6)",
    "random_(2, 9)",
]
MIXED = [
    ("torch.randn(3)", "torch.randn(2)", "torch.randn(5)"),
    ("torch.randn(3)", "torch.rand(4)", "torch.randn(1)"),
    ("torch.randn(1)", "torch.randn(16)", "torch.randn(1)"),
    ("torch.randn(1)", "torch.randn(20)", "torch.randn(3)"),
    ("torch.randn(1)", "torch.manual_seed(3)", "torch.randn(1)"),
    ("torch.randn(1)", "torch.randint(10, (3,))", "torch.randperm(5)", "torch.randn(2)"),
    ("torch.randn(1, dtype=torch.float64)", "torch.randn(2)"),
    ("torch.zeros(3).log_normal_()", "torch.zeros(2).normal_()"),
    ("torch.rand(7)", "torch.randn(40)", "torch.randn(40)[-8:]"),
    ("torch.rand(623)", "torch.rand(3)"),
    ("torch.rand(624)", "torch.rand(3)"),
    ("torch.rand(1000)", "torch.rand(3, dtype=torch.float64)"),
    ("torch.rand(3, dtype=torch.float64)", "torch.rand(3)"),
    ("torch.rand(3, dtype=torch.float16)", "torch.rand(3)"),
    ("torch.randn(33, dtype=torch.float16)", "torch.rand(3)"),
    ("torch.randn(33)", "torch.rand(3)"),
    ("torch.randperm(10)", "torch.rand(3)"),
    ("torch.randperm(1)", "torch.rand(3)"),
    ("torch.randint(2**40, (3,))", "torch.rand(3)"),
    ("torch.randint(5, 6, (3,))", "torch.rand(3)"),
    ("torch.bernoulli(torch.full((5,), 0.5))", "torch.rand(3)"),
    ("torch.zeros(5).bernoulli_(0.5)", "torch.rand(3)"),
    ("torch.zeros(0).bernoulli_(0.5)", "torch.rand(3)"),
    ("torch.zeros(5).exponential_()", "torch.rand(3)"),
    ("torch.multinomial(torch.ones(4), 3, True)", "torch.rand(3)"),
    ("torch.multinomial(torch.ones(4), 3)", "torch.rand(3)"),
    ("torch.normal(torch.zeros(3), 1.0)", "torch.randn(2)"),
    ("torch.rand_like(torch.zeros(2, 3))", "torch.randn_like(torch.zeros(2, 3))"),
    ("torch.empty((), dtype=torch.int64).random_().item()", "torch.rand(2)"),
]
GENERATORS = [
    "torch.Generator().initial_seed()",
    "torch.Generator().manual_seed(7).initial_seed()",
    "torch.Generator().manual_seed(-1).initial_seed()",
    "torch.Generator().manual_seed(2**64 - 1).initial_seed()",
    "torch.manual_seed(12).initial_seed()",
    "torch.manual_seed(-3).initial_seed()",
    "torch.manual_seed(1.9).initial_seed()",
    "torch.manual_seed(torch.tensor(4)).initial_seed()",
    "torch.rand(3, generator=torch.Generator())",
    "torch.rand(3, generator=torch.Generator().manual_seed(-1))",
    "torch.rand(3, generator=torch.Generator().manual_seed(2**40 + 3))",
    "torch.randn(3, generator=torch.Generator().manual_seed(5))",
    "torch.randint(9, (3,), generator=torch.Generator().manual_seed(5))",
    "torch.randperm(6, generator=torch.Generator().manual_seed(5))",
    "torch.normal(0.0, 1.0, (3,), generator=torch.Generator().manual_seed(5))",
    "torch.zeros(3).uniform_(1, 2, generator=torch.Generator().manual_seed(5))",
    "torch.multinomial(torch.ones(3), 4, True, generator=torch.Generator().manual_seed(5))",
    "torch.bernoulli(torch.full((6,), 0.5), generator=torch.Generator().manual_seed(5))",
    "torch.manual_seed(3).get_state()[:32]",
    "torch.get_rng_state().shape",
    "torch.Generator(device='cpu').device",
    "torch.default_generator.initial_seed()",
    "torch.random.initial_seed()",
    "str(type(torch.seed()))",
]
STATES = [
    (
        "state = torch.get_rng_state()",
        "a = torch.rand(3)",
        "torch.set_rng_state(state)",
        "[a, torch.rand(3)]",
    ),
    (
        "torch.randn(1)",
        "state = torch.get_rng_state()",
        "a = torch.randn(3)",
        "torch.set_rng_state(state)",
        "[a, torch.randn(3)]",
    ),
    ("torch.randn(1)", "torch.rand(100)", "torch.get_rng_state()[:40]"),
    ("torch.randn(2)", "torch.get_rng_state()[8:40]"),
    ("g = torch.Generator()", "g.set_state(torch.get_rng_state())", "torch.rand(3, generator=g)"),
    (
        "g = torch.Generator()",
        "torch.rand(2, generator=g)",
        "h = g.clone_state()",
        "[torch.rand(2, generator=g), torch.rand(2, generator=h), torch.rand(2)]",
    ),
    ("with torch.random.fork_rng():\n    torch.rand(9)", "torch.rand(3)"),
]
ERRORS = [
    "torch.manual_seed(2**64)",
    "torch.manual_seed(-2**63 - 1)",
    "torch.manual_seed('a')",
    "torch.manual_seed(None)",
    "torch.Generator().manual_seed(1.5)",
    "torch.Generator().set_state(torch.zeros(3))",
    "torch.Generator().set_state(torch.zeros(3, dtype=torch.uint8))",
    "torch.set_rng_state(3)",
    "torch.rand(2, dtype=torch.int64)",
    "torch.randn(2, dtype=torch.bool)",
    "torch.rand(-1)",
    "torch.randn(2, -3)",
    "torch.rand('a')",
    "torch.rand(2.5)",
    "torch.rand(2, 'a')",
    "torch.rand()",
    "torch.rand((2, 3), 4)",
    "torch.rand(2, device='cuda')",
    "torch.rand_like([1.0])",
    "torch.rand_like(torch.tensor([1, 2]))",
    "torch.randint(5)",
    "torch.randint(5, 0, (2,))",
    "torch.randint(0, (2,))",
    "torch.randint(0, 300, (2,), dtype=torch.uint8)",
    "torch.randint(-1, 5, (2,), dtype=torch.uint8)",
    "torch.randint(0, 3, (2,), dtype=torch.bool)",
    "torch.randint(0, 2**31 + 1, (2,), dtype=torch.int32)",
    "torch.randint(0, 2**63, (2,))",
    "torch.randint(0, 5, 3)",
    "torch.randint(0.5, 5, (3,))",
    "torch.randint(0, 5, (-3,))",
    "torch.randint(0, 5, (3,), requires_grad=True)",
    "torch.randint(0, 2**20, (3,), dtype=torch.float16)",
    "torch.randperm(-1)",
    "torch.randperm(3.5)",
    "torch.randperm(300, dtype=torch.uint8)",
    "torch.randperm(3000, dtype=torch.float16)",
    "torch.randperm(2, dtype=torch.bool)",
    "torch.normal(0.0, -1.5, (2,))",
    "torch.normal(0.0, 1.0)",
    "torch.normal(torch.zeros(3), -torch.ones(3))",
    "torch.normal(torch.zeros(3), torch.ones(2))",
    "torch.normal(torch.arange(3), 1.0)",
    "torch.bernoulli(torch.tensor([0.5, 2.0]))",
    "torch.bernoulli(torch.tensor([1, 0]))",
    "torch.bernoulli(torch.tensor([1.0]), 1.3)",
    "torch.bernoulli(0.5)",
    "torch.zeros(3).bernoulli_(2.0)",
    "torch.zeros(3).bernoulli_(torch.tensor([0.1, 0.2]))",
    "torch.zeros(3).uniform_(3, 1)",
    "torch.zeros(3).uniform_(0, float('inf'))",
    "torch.zeros(3).uniform_(-3e38, 3e38)",
    "torch.zeros(3).uniform_('a', 1)",
    "torch.zeros(3, dtype=torch.int64).uniform_()",
    "torch.zeros(3).normal_(0, -1)",
    "torch.zeros(3).random_(5, 2)",
    "torch.zeros(3).random_(0)",
    "torch.zeros(3).random_(1.5)",
    "torch.zeros(3, dtype=torch.int8).random_(-200, 5)",
    "torch.zeros(3).random_(2**25, None)",
    "torch.zeros(3).exponential_(0.0)",
    "torch.zeros(3, dtype=torch.int64).exponential_()",
    "torch.zeros(3).geometric_(1.0)",
    "torch.zeros(3, dtype=torch.bool).geometric_(0.5)",
    "torch.zeros(3).log_normal_(0, 0)",
    "torch.zeros(3).cauchy_(0, 0)",
    "torch.zeros(3, dtype=torch.int64).cauchy_()",
    "torch.zeros(1).expand(3).uniform_()",
    "torch.zeros(0).uniform_(2, 1)",
    "torch.multinomial(torch.tensor([1.0, 2.0]), 3)",
    "torch.multinomial(torch.tensor([1.0, 2.0]), 0)",
    "torch.multinomial(torch.tensor([1, 2]), 1)",
    "torch.multinomial(torch.tensor(1.0), 1)",
    "torch.multinomial(torch.ones(2, 2, 2), 1)",
    "torch.multinomial(torch.tensor([1.0, -2.0]), 1)",
    "torch.multinomial(torch.tensor([1.0, -2.0]), 2, True)",
    "torch.multinomial(torch.tensor([1.0, float('inf')]), 3, True)",
    "torch.multinomial(torch.tensor([0.0, 0.0]), 1)",
    "torch.multinomial(torch.tensor([0.0, 0.0]), 3, True)",
    "torch.multinomial([1.0], 1)",
]

CASES = [
    *[seeded(f"torch.rand({size})", seed=seed) for size in SIZES for seed in SEEDS[:2]],
    *[seeded(f"torch.randn({size})", seed=seed) for size in SIZES for seed in SEEDS[:2]],
    *[seeded(f"torch.{f}(17)", seed=s) for f in ("rand", "randn") for s in SEEDS[2:]],
    *[seeded(f"torch.{f}(5)", seed=s) for f in ("rand", "randn") for s in (-1, 2**63, 2**32)],
    *[
        seeded(f"torch.randint(10, ({n},))", seed=s)
        for n, s in zip((1, 17, 40), SEEDS[1:], strict=False)
    ],
    *[
        seeded(f"torch.{function}({size}, dtype=torch.{dtype})")
        for function in ("rand", "randn")
        for dtype in ("float16", "float64")
        for size in ("5", "16", "17", "(4, 5)")
    ],
    *[
        seeded(f"torch.randint({bounds}, (6,))", seed=1)
        for bounds in (
            "2",
            "-5, 5",
            "2**28 - 1",
            "2**28",
            "2**31",
            "2**32",
            "2**40",
            "-2**40, 2**50",
            "-2**63, 2**63 - 1",
        )
    ],
    *[seeded(f"torch.randint(3, 20, (5,), dtype=torch.{dtype})") for dtype in WHOLE + FLOATS],
    seeded("torch.randint(0, 2, (9,), dtype=torch.bool)"),
    seeded("torch.randint(low=2, high=9, size=(2, 3))"),
    seeded("torch.randint(high=9, size=(2, 3))"),
    seeded("torch.randint(9, size=())"),
    *[seeded(f"torch.randperm({n})", seed=seed) for n in (0, 1, 2, 5, 17, 60) for seed in (0, 42)],
    *[
        seeded(f"torch.randperm(12, dtype=torch.{dtype})")
        for dtype in ("uint8", "int32", "float16")
    ],
    *[seeded(f"torch.zeros({size}).{fill}") for fill in FILLS for size in ("5", "(3, 6)")],
    *[seeded(f"torch.zeros(5, dtype=torch.float64).{fill}") for fill in FILLS],
    *[seeded(f"torch.zeros(2, 17)[:, ::2].{fill}") for fill in FILLS],
    *[seeded(f"torch.zeros(3, 6).t().{fill}") for fill in FILLS],
    *[seeded(f"torch.zeros((), dtype=torch.float64).{fill}") for fill in FILLS[::3]],
    *[
        seeded(f"torch.zeros(4, dtype=torch.{dtype}).{fill}")
        for dtype in [*WHOLE, "float16"]
        for fill in ("random_()", "random_(3)", "bernoulli_(0.5)", "geometric_(0.2)")
    ],
    seeded("torch.zeros(9, dtype=torch.bool).random_()"),
    seeded("torch.zeros(9, dtype=torch.bool).bernoulli_(0.5)"),
    seeded("torch.zeros(3, dtype=torch.int64).random_(-2**63, None)"),
    seeded("torch.zeros(3).uniform_(to=3)"),
    seeded("torch.zeros(3).uniform_(**{'from': 2, 'to': 3})"),
    seeded("torch.zeros(2).normal_(mean=2, std=0)"),
    seeded("torch.zeros(3).uniform_(5, 5)"),
    seeded("x = torch.zeros(4, 5)", "x[1:3].normal_()", "x"),
    seeded("x = torch.zeros(4, 5)", "x.t()[1].uniform_()", "x"),
    *[seeded(*lines, seed=seed) for lines in MIXED for seed in (0, 42)],
    *[seeded(*lines) for lines in STATES],
    *[Case(code, grad=False) for code in GENERATORS],
    # shaped like another tensor, and in its order of memory
    *grid(
        "[torch.rand_like(x), torch.randn_like(x), torch.randint_like(x, 9)]",
        x=[(), (5,), (17,), (3, 7), (0,), T(3, 6), sliced(2, 9), f64(5), f16(5)],
        grad=False,
    ),
    *grid("torch.randint_like(x, 2, 9)", x=[ints(2, 3), ints(4, dtype="uint8"), (3,)], grad=False),
    Case("torch.rand_like(x, dtype=torch.float64)", x=ints(3), grad=False),
    Case("torch.randn_like(x, requires_grad=True).requires_grad", x=(3,), grad=False),
    # with means, deviations, probabilities and weights
    *grid("torch.normal(x, 0.5)", x=[(), (5,), (17,), (2, 3), T(2, 3), f64(3), f16(3)]),
    *grid("torch.normal(1.0, x)", x=[pos(), pos(5), pos(17), pos(2, 3)]),
    *grid(
        "torch.normal(x, y)",
        x=[(3,), (2, 3), (3,), f64(3), (3,)],
        y=[pos(3), pos(3), pos(2, 1), pos(3), pos(dtype="float64")],
    ),
    seeded("torch.normal(0.0, 1.0, (3, 6))"),
    seeded("torch.normal(2, 3, size=(4,))"),
    seeded("torch.normal(0.0, 1.0, (4,), dtype=torch.float64)"),
    *grid(
        "torch.bernoulli(x)",
        x=[
            leaf([0.1, 0.5, 0.9]),
            leaf([[0.2, 0.8]] * 9),
            leaf(0.5),
            leaf([0.0, 1.0]),
            leaf([0.3] * 9, "float64"),
            leaf([0.3] * 9, "float16"),
        ],
    ),
    *grid("torch.bernoulli(x, 0.4)", x=[(5,), ints(5), bools(5), f64(2, 3)], grad=False),
    *grid("torch.zeros(3, 4).bernoulli_(x)", x=[leaf(0.5), leaf([0.1, 0.5, 0.9, 1.0])], grad=False),
    *grid(
        "torch.multinomial(x, n, r)",
        x=[
            pos(3),
            pos(9),
            pos(2, 5),
            pos(4, dtype="float64"),
            pos(3, 4),
            pos(1),
            pos(4, dtype="float16"),
        ],
        n=[1, 2, 4, 3, 2, 1, 2],
        r=[True, True, True, True, True, True, True],
        grad=False,
    ),
    *grid("torch.multinomial(x, n)", x=[pos(3), pos(9), pos(2, 5)], n=[1, 9, 3], grad=False),
    Case("torch.multinomial(x, 3)", x=T(3, 4), error=True),
    seeded("torch.multinomial(torch.tensor([0.0, 3.0, 0.0, 1.0]), 12, replacement=True)"),
    seeded("torch.tensor([0.2, 0.3, 0.5]).multinomial(20, True)", seed=42),
    # in the graph: what is overwritten gets a gradient of 0
    *grid("(x * 2).uniform_() * x", x=[(3,), (2, 3), ()]),
    Case("(x * 2).normal_() * x", x=(3,)),
    Case("(x * 2).bernoulli_(0.5) * x", x=(3,)),
    *grid("x.uniform_()", x=[(3,), (), (0,)], error=True),
    *[Case(f"x.{fill}", x=(3,), error=True) for fill in ("normal_()", "random_()", "bernoulli_()")],
    Case("with torch.no_grad():\n    result = x.uniform_(-1, 1)", x=(3,), grad=False),
    *[error(code) for code in ERRORS],
    warns("torch.zeros(3).random_(0, 2**24 + 2)"),
    warns("torch.randint(0, 2**25, (3,), dtype=torch.float32)"),
    warns("torch.zeros(3, dtype=torch.float16).random_(0, 3000)"),
    warns("torch.zeros(3).random_(-2**25, 2**24 + 2)"),
]
