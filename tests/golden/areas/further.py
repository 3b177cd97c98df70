"""What fewer tutorials use: bags of words, torch.func, distributions, spatial transformers."""

from __future__ import annotations

from golden.case import Case, f64, ints, leaf

BAG = "torch.nn.functional.embedding_bag(i, w, {})"
D = "torch.distributions."
DRAWN = "torch.manual_seed(7)\nd = torch.distributions.{}\nresult = "

DISTRIBUTIONS = {
    "Normal(m, s)": {"m": (3,), "s": leaf([0.5, 1.0, 2.0])},
    "LogNormal(m, s)": {"m": (2,), "s": leaf([0.5, 1.0])},
    "HalfNormal(s)": {"s": leaf([0.5, 2.0])},
    "Uniform(a, b)": {"a": leaf([-1.0, 0.0]), "b": leaf([2.0, 0.5])},
    "Exponential(r)": {"r": leaf([0.5, 3.0])},
    "Laplace(m, s)": {"m": (2,), "s": leaf([0.5, 2.0])},
    "Cauchy(m, s)": {"m": (2,), "s": leaf([0.5, 2.0])},
    "Bernoulli(p)": {"p": leaf([0.3, 0.9])},
    "Bernoulli(logits=x)": {"x": (2, 2)},
    "Geometric(p)": {"p": leaf([0.3, 0.9])},
    "Poisson(r)": {"r": leaf([0.5, 3.0, 20.0])},
    "Categorical(p)": {"p": leaf([0.2, 0.3, 0.7])},
    "Categorical(logits=x)": {"x": (2, 4)},
    "OneHotCategorical(p)": {"p": leaf([[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]])},
    "MultivariateNormal(m, torch.tensor([[2.0, 0.5], [0.5, 1.0]]))": {"m": (2,)},
    "MultivariateNormal(m, scale_tril=torch.tensor([[2.0, 0.0], [0.5, 1.0]]))": {"m": (3, 2)},
    "MultivariateNormal(m, precision_matrix=torch.tensor([[2.0, 0.5], [0.5, 1.0]]))": {"m": (2,)},
    "Independent(torch.distributions.Normal(m, s), 1)": {"m": (2, 3), "s": leaf([1.0, 2.0, 0.5])},
}
REPARAMETERISED = ("Normal", "LogN", "HalfN", "Unif", "Exp", "Lap", "Cauchy", "Multi", "Indep")

CASES = [
    # Bags of words
    *[
        Case(
            BAG.format(f"o, mode={mode!r}"),
            i=ints(6, low=0, high=4),
            o=[0, 2, 2, 5],
            w=(5, 3),
            name=False,
        )
        for mode in ("sum", "mean", "max")
    ],
    *[
        Case(BAG.format(options), i=ints(3, 4, low=0, high=4), w=(5, 2), name=False)
        for options in (
            "mode='sum'",
            "mode='mean', padding_idx=2",
            "mode='max', padding_idx=-1",
            "max_norm=1.0",
            "max_norm=0.5, norm_type=1",
        )
    ],
    Case(
        BAG.format("o, mode='sum', per_sample_weights=p"),
        i=[1, 2, 4, 4],
        o=[0, 3],
        w=(5, 2),
        p=(4,),
        name=False,
        second=False,
    ),
    Case(
        BAG.format("o, include_last_offset=True"), i=[1, 2, 4, 4], o=[0, 3, 4], w=(5, 2), name=False
    ),
    *[
        Case(f"torch.nn.functional.embedding_bag({arguments})", w=(5, 2), error=True)
        for arguments in (
            "torch.tensor([1, 2]), w",
            "torch.tensor([1, 2]), w, torch.tensor([1])",
            "torch.tensor([1, 2]), w, torch.tensor([0, 3])",
            "torch.tensor([1, 7]), w, torch.tensor([0])",
            "torch.tensor([1.0, 2.0]), w, torch.tensor([0])",
            "torch.tensor([1, 2]), w, torch.tensor([0]), mode='min'",
            "torch.tensor([1, 2]), w, torch.tensor([[0]])",
            "torch.tensor([[[1, 2]]]), w",
            "torch.tensor([1, 2]), w[0], torch.tensor([0])",
        )
    ],
    *[
        Case(f"torch.manual_seed(1)\nresult = torch.nn.EmbeddingBag({arguments}).weight.detach()")
        for arguments in ("4, 3", "4, 3, padding_idx=1", "4, 3, mode='sum'")
    ],
    *[
        Case(f"result = repr(torch.nn.EmbeddingBag({arguments}))")
        for arguments in ("4, 3", "4, 3, 1.0, 1, True, 'sum', padding_idx=1")
    ],
    Case("torch.nn.functional.embedding(i, w, max_norm=1.0)", i=[0, 2, 2], w=(4, 3)),
    # Functions of functions
    *[
        Case(code, x=[1.0, 2.0, 3.0], y=[0.5, -1.0, 2.0])
        for code in (
            "torch.func.grad(lambda x: x.sin().sum())(x)",
            "torch.func.grad(torch.func.grad(lambda x: x**4))(x[1])",
            "torch.func.grad_and_value(lambda a, b: (a * b).sum(), argnums=(0, 1))(x, y)",
            "torch.func.grad(lambda p: (p['w'] * x).sum() ** 2 + p['b'])({'w': y, 'b': x[0]})['w']",
            "torch.func.grad(lambda a: (a.sum() ** 2, a * 2), has_aux=True)(x)",
            "torch.func.jacrev(torch.sin)(x)",
            "torch.func.jacrev(lambda a, b: torch.outer(a, b), argnums=1)(x, y[:2])",
            "torch.func.vjp(lambda a: (a.sin(), a.sum()), x)[1]((y, torch.tensor(2.0)))",
            "torch.func.vmap(torch.dot)(torch.stack([x, y]), torch.stack([y, y]))",
            "torch.func.vmap(lambda a, b: a * b, in_dims=(0, None), out_dims=1)(x, y)",
            "torch.vmap(torch.func.grad(lambda a: a**2 * torch.exp(-a)))(x)",
            "torch.func.vmap(torch.func.vmap(lambda a, b: a * b))(torch.stack([x, y]), torch.stack([y, x]))",
        )
    ],
    Case(
        "torch.func.grad(lambda x: (w * x**2).sum())(torch.tensor([1.0, 2.0]))", w=(2,), name=False
    ),
    Case("torch.func.grad(lambda w: (w**3).sum())(w)", w=(3,), name=False),
    *[
        Case(code, x=[1.0, 2.0, 3.0], error=True)
        for code in (
            "torch.func.grad(lambda x: x)(x)",
            "torch.func.grad(lambda x: x.sum(), argnums=1)(x)",
            "torch.func.grad(lambda x: x.sum(), argnums=())(x)",
            "torch.func.grad(lambda x: x.sum(), argnums=(0, 0))(x)",
            "torch.func.grad(lambda x: x.sum(), argnums='a')(x)",
            "torch.func.jvp(torch.sin, x, x)",
            "torch.func.vmap(torch.dot)(torch.ones(3, 2), torch.ones(2, 2))",
            "torch.func.vmap(torch.sin, in_dims=3)(x)",
            "torch.func.vmap(torch.sin, in_dims=None)(x)",
            "torch.func.vmap(torch.sin)()",
            "torch.func.vmap(lambda x: 3)(x)",
            "torch.func.vmap(lambda x: x + torch.rand(2))(x)",
            "torch.func.vmap(torch.sin, randomness='x')",
        )
    ],
    Case(
        "torch.manual_seed(0)\nm = torch.nn.Linear(3, 2)\n"
        "p = {name: value.detach() for name, value in m.named_parameters()}\n"
        "loss = lambda p, x: torch.func.functional_call(m, p, (x,)).square().sum()\n"
        "result = torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(p, torch.randn(4, 3))['weight']"
    ),
    Case(
        "torch.manual_seed(0)\nmodels = [torch.nn.Linear(3, 2) for _ in range(3)]\n"
        "p, b = torch.func.stack_module_state(models)\n"
        "call = lambda p, b, x: torch.func.functional_call(models[0], (p, b), x)\n"
        "result = torch.vmap(call, in_dims=(0, 0, None))(p, b, torch.ones(4, 3)).detach()"
    ),
    # Distributions
    *[
        Case(DRAWN.format(made) + f"d.{call}", **inputs, name=False, second=False)
        for made, inputs in DISTRIBUTIONS.items()
        for call in ("sample((2,))", "log_prob(d.sample())", "entropy()", "variance", "mean")
        if not (made.startswith("Poisson") and call == "entropy()")
    ],
    *[
        Case(DRAWN.format(made) + "d.rsample((2,))", **inputs, name=False, second=False)
        for made, inputs in DISTRIBUTIONS.items()
        if made.startswith(REPARAMETERISED)
    ],
    *[
        Case(
            f"p, q = {D}{made}, {D}{other}\nresult = torch.distributions.kl_divergence(p, q)",
            **DISTRIBUTIONS[made],
            name=False,
            second=False,
        )
        for made, other in (
            ("Normal(m, s)", "Normal(0.0, 1.0)"),
            ("HalfNormal(s)", "HalfNormal(1.5)"),
            ("Uniform(a, b)", "Uniform(-3.0, 3.0)"),
            ("Uniform(a, b)", "Uniform(-3.0, 1.0)"),
            ("Exponential(r)", "Exponential(2.0)"),
            ("Laplace(m, s)", "Laplace(0.0, 1.0)"),
            ("Cauchy(m, s)", "Cauchy(0.0, 1.0)"),
            ("Bernoulli(p)", "Bernoulli(0.5)"),
            ("Geometric(p)", "Geometric(0.5)"),
            ("Poisson(r)", "Poisson(2.0)"),
            ("Categorical(p)", "Categorical(torch.tensor([0.5, 0.25, 0.25]))"),
        )
    ],
    *[
        Case(f"{D}{made}", error=True)
        for made in (
            "Normal(0.0, -1.0)",
            "Normal('a', 1.0)",
            "Bernoulli(1.5)",
            "Bernoulli()",
            "Bernoulli(0.5, logits=0.5)",
            "Categorical(torch.tensor(0.5))",
            "Categorical(torch.tensor([-0.5, 1.5]))",
            "Uniform(1.0, 0.0)",
            "Exponential(-1.0)",
            "Independent(torch.distributions.Normal(0.0, 1.0), 1)",
            "Categorical(torch.tensor([0.5, 0.5])).log_prob(torch.tensor(2))",
            "Normal(0.0, 1.0).log_prob(2)",
            "Normal(torch.zeros(2), 1.0).log_prob(torch.ones(3))",
            "Bernoulli(0.5).log_prob(torch.tensor(0.3))",
            "MultivariateNormal(torch.zeros(2))",
        )
    ],
    *[
        Case(f"result = repr({D}{made})")
        for made in (
            "Normal(0.0, 1.0)",
            "Normal(torch.zeros(2), 1.0)",
            "Bernoulli(logits=torch.tensor([0.5, 1.0]))",
            "Categorical(torch.tensor([0.5, 0.5]))",
            "Independent(torch.distributions.Normal(torch.zeros(2), 1.0), 1)",
        )
    ],
    Case(
        "torch.manual_seed(3)\nresult = torch.poisson(torch.tensor([0.0, 0.5, 9.9, 10.0, 200.0]).repeat(6))"
    ),
    # Spatial transformers
    *[
        Case(
            f"torch.nn.functional.grid_sample(x, g, {mode!r}, {padding!r}, {aligned})",
            x=f64(2, 2, 3, 4),
            g=f64(2, 2, 3, 2),
            name=False,
            second=False,
            printed=False,
        )
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for aligned in (True, False)
    ],
    Case(
        "torch.nn.functional.grid_sample(x, g, align_corners=False)",
        x=(1, 2, 2, 3, 2),
        g=(1, 2, 2, 2, 3),
        name=False,
        second=False,
    ),
    *[
        Case(f"torch.nn.functional.affine_grid(t, {size}, {aligned})", t=shape, name=False)
        for shape, size in (((2, 2, 3), (2, 1, 2, 3)), ((1, 3, 4), (1, 1, 2, 2, 3)))
        for aligned in (True, False)
    ],
    Case(
        "torch.nn.functional.grid_sample(x, g)",
        x=(1, 1, 2, 2),
        g=(1, 1, 1, 2),
        warns=True,
        name=False,
        second=False,
    ),
    *[
        Case(f"torch.nn.functional.{call}", x=(1, 1, 2, 2), error=True)
        for call in (
            "grid_sample(x, torch.zeros(2, 1, 1, 2), align_corners=False)",
            "grid_sample(x, torch.zeros(1, 1, 1, 3), align_corners=False)",
            "grid_sample(x, torch.zeros(1, 1, 2), align_corners=False)",
            "grid_sample(x, torch.zeros(1, 1, 1, 2), 'linear', align_corners=False)",
            "grid_sample(x, torch.zeros(1, 1, 1, 2), padding_mode='mirror', align_corners=False)",
            "affine_grid(torch.zeros(2, 3), (1, 1, 2, 2), False)",
            "affine_grid(torch.zeros(1, 2, 3), (1, 1, 2), False)",
            "affine_grid(torch.zeros(1, 2, 3), (1, 1, 0, 2), False)",
        )
    ],
    # Weights that are computed
    *[
        Case(
            "import warnings\nwarnings.simplefilter('ignore')\ntorch.manual_seed(1)\n"
            f"m = torch.nn.utils.{made}\nx = torch.arange(48.0).sin()[:{count}].view({shape})\n"
            "loss = m(x).square().sum() + m(x).sum()\nloss.backward()\n"
            "result = m(x).detach(), [p.grad for p in m.parameters()], list(m.state_dict()), repr(m)",
            printed=False,
            tol=4,
        )
        for made, count, shape in (
            ("parametrizations.weight_norm(torch.nn.Linear(3, 2))", 6, "2, 3"),
            ("parametrizations.weight_norm(torch.nn.Conv2d(2, 3, 2), dim=None)", 18, "1, 2, 3, 3"),
            ("parametrizations.spectral_norm(torch.nn.Linear(3, 4))", 6, "2, 3"),
            ("parametrizations.spectral_norm(torch.nn.ConvTranspose2d(2, 3, 2))", 18, "1, 2, 3, 3"),
            ("weight_norm(torch.nn.Linear(3, 2))", 6, "2, 3"),
            ("spectral_norm(torch.nn.Linear(3, 4))", 6, "2, 3"),
            ("spectral_norm(torch.nn.Conv2d(2, 3, 2))", 18, "1, 2, 3, 3"),
        )
    ],
    Case(
        "class Symmetric(torch.nn.Module):\n"
        "    def forward(self, X):\n        return X.triu() + X.triu(1).T\n"
        "    def right_inverse(self, A):\n        return A.triu()\n"
        "torch.manual_seed(0)\n"
        "m = torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(3, 3), 'weight', Symmetric())\n"
        "m.weight = torch.arange(9.0).view(3, 3)\nm(torch.ones(3)).sum().backward()\n"
        "result = m.weight, m.parametrizations.weight.original.grad, repr(m)",
        name=False,
    ),
    # Labels without positions
    *[
        Case(
            f"torch.nn.functional.ctc_loss(x, t, {lengths}, {sizes}, reduction={reduction!r}, zero_infinity={zero})",
            x=f64(8, 3, 5),
            t=[[1, 2, 2, 3], [4, 4, 4, 4], [1, 2, 3, 4]],
            name=False,
            second=False,
            tol=4,
        )
        for lengths, sizes, zero in (
            ("(8, 8, 8)", "(4, 4, 3)", False),
            ("(8, 6, 7)", "(2, 0, 3)", False),
            ("(3, 4, 8)", "(4, 4, 4)", True),
        )
        for reduction in ("mean", "sum", "none")
    ],
    Case(
        "torch.nn.CTCLoss(blank=4)(x.log_softmax(2), torch.tensor([1, 2, 2, 0]), (6, 5), (3, 1))",
        x=(6, 2, 5),
        name=False,
        second=False,
        tol=4,
    ),
    Case(
        "torch.nn.functional.ctc_loss(x, torch.tensor([1, 2]), (6,), (2,))",
        x=(6, 5),
        name=False,
        second=False,
        tol=4,
    ),
    *[
        Case(f"torch.nn.functional.ctc_loss(x, {arguments})", x=(8, 2, 5), error=True)
        for arguments in (
            "torch.tensor([[1], [2]]), (8,), (1, 1)",
            "torch.tensor([[1], [2]]), (9, 8), (1, 1)",
            "torch.tensor([[1], [2]]), (8, 8), (2, 1)",
            "torch.tensor([1, 2]), (8, 8), (2, 1)",
            "torch.tensor([[1], [2]]), (8, 8), (1, 1), blank=5",
        )
    ],
]
