"""Leaves, .grad, backward and grad, modes, hooks, changes in place, Functions, errors."""

from __future__ import annotations

from golden.case import Case, T, f64, grid, ints, leaf

DOUBLE = """class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b=None, n=2):
        ctx.save_for_backward(a, b)
        ctx.n = n
        return a * n if b is None else a * n + b
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * ctx.n, None if b is None else g, None
"""


def lines(*code: str, **keywords: object) -> Case:
    """Several lines; gradients are part of the result, not asked for once more."""
    return Case("\n".join(code), grad=False, **keywords)  # type: ignore[arg-type]


W = "w = torch.tensor([1.0, 2.0], requires_grad=True)"
X = "x = torch.tensor([3.0, -4.0], requires_grad=True)"

CASES = [
    # backward
    lines(W, "(w * w).sum().backward()", "result = w.grad"),
    lines(W, "(w * w).sum().backward()", "(w * 3).sum().backward()", "result = w.grad"),
    lines(W, "(w * w).backward(torch.tensor([1.0, 10.0]))", "result = w.grad"),
    lines(W, "(w * w).backward(gradient=torch.tensor([1.0, 10.0]))", "result = w.grad"),
    lines(W, "torch.autograd.backward((w * w).sum())", "result = w.grad"),
    lines(
        W, X, "torch.autograd.backward([(w * x).sum(), (w * w).sum()])", "result = w.grad, x.grad"
    ),
    lines(W, X, "(w * x).sum().backward(inputs=[w])", "result = w.grad, x.grad"),
    lines(W, "y = (w ** 3).sum()", "y.backward(create_graph=True)", "result = w.grad", warns=True),
    lines(
        W, "y = (w ** 3).sum()", "y.backward(retain_graph=True)", "y.backward()", "result = w.grad"
    ),
    lines(W, "(w * w).sum().backward()", "w.grad.zero_()", "result = w.grad, w.grad.requires_grad"),
    lines(W, "result = w.grad"),
    lines(W, "y = w * 2", "y.sum().backward()", "result = y.grad", warns=True),
    lines(
        W,
        "y = w * 2",
        "y.retain_grad()",
        "(y * y).sum().backward()",
        "result = y.grad, y.retains_grad",
    ),
    lines("w = torch.tensor(3.0, requires_grad=True)", "w.backward()", "result = w.grad"),
    lines(
        "w = torch.ones((), dtype=torch.float64, requires_grad=True)",
        "(w.float() * 2).backward()",
        "result = w.grad",
    ),
    lines(W, "v = w[0] * w[1]", "v.backward()", "result = w.grad"),
    lines(W, "torch.stack([w, w * 2]).prod().backward()", "result = w.grad"),
    # grad
    lines(W, "result = torch.autograd.grad((w ** 3).sum(), w)"),
    lines(W, X, "result = torch.autograd.grad((w * x).sum(), [w, x])"),
    lines(W, X, "result = torch.autograd.grad((w * w).sum(), [w, x], allow_unused=True)"),
    lines(W, X, "result = torch.autograd.grad((w * w).sum(), [w, x], materialize_grads=True)"),
    lines(W, X, "result = torch.autograd.grad([(w * x).sum(), w.sum()], [w, x])"),
    lines(
        W,
        X,
        "result = torch.autograd.grad([w * x, w], [w], grad_outputs=[x.detach(), torch.ones(2)])",
    ),
    lines(W, "result = torch.autograd.grad(w * w, w, torch.tensor([1.0, 0.0]), create_graph=True)"),
    lines(W, "y = w * w", "result = torch.autograd.grad(y.sum(), y)"),
    lines(
        "w = torch.tensor(2.0, requires_grad=True)",
        "y = w ** 4",
        "result = [y := torch.autograd.grad(y, w, create_graph=True)[0] for _ in range(5)]",
    ),
    lines(
        W,
        "(g,) = torch.autograd.grad((w ** 2).sum(), w, create_graph=True)",
        "result = g, g.grad_fn is None, w.grad",
    ),
    lines(
        W,
        "v = torch.tensor([1.0, -1.0])",
        "(g,) = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)",
        "result = torch.autograd.grad(g, w, v)",
    ),
    # modes
    lines(
        W,
        "with torch.no_grad():\n    y = w * 2",
        "result = y, y.requires_grad, y.is_leaf, torch.is_grad_enabled()",
    ),
    lines(
        W, "with torch.no_grad():\n    with torch.enable_grad():\n        y = w * 2", "result = y"
    ),
    lines(W, "with torch.set_grad_enabled(False):\n    y = w * 2", "result = y, y.requires_grad"),
    lines(
        W,
        "torch.set_grad_enabled(False)",
        "y = w * 2",
        "torch.set_grad_enabled(True)",
        "result = y, w * 2",
    ),
    lines(
        W,
        "@torch.no_grad()\ndef double(t):\n    return t * 2",
        "result = double(w), double.__name__",
    ),
    lines(W, "with torch.inference_mode():\n    y = w * 2", "result = y, y.requires_grad"),
    lines(W, "with torch.no_grad():\n    w -= 0.5", "result = w, w.requires_grad, w.is_leaf"),
    lines(W, "y = w.detach()", "y[0] = 7.0", "result = w, y, y.requires_grad"),
    lines(W, "w.data[0] = 5.0", "w.data = torch.zeros(3)", "result = w"),
    lines(W, "y = (w * 2).requires_grad_()", "result = y, y.is_leaf"),
    lines(W, "y = w * 2", "y.detach_()", "result = y, y.is_leaf"),
    lines(W, "w.requires_grad_(False)", "result = w, (w * 2).requires_grad"),
    lines(W, "w.requires_grad = False", "result = w"),
    lines("w = torch.ones(2)", "w.requires_grad = True", "result = w, w.is_leaf, w.grad_fn"),
    lines(W, "result = (w > 0).requires_grad, w.argmax().requires_grad, w.int().requires_grad"),
    # hooks
    lines(W, "w.register_hook(lambda g: g * 10)", "(w * 2).sum().backward()", "result = w.grad"),
    lines(
        W,
        "seen = []",
        "y = w * 2",
        "y.register_hook(seen.append)",
        "(y * y).sum().backward()",
        "result = seen",
    ),
    lines(
        W,
        "h = w.register_hook(lambda g: g * 10)",
        "h.remove()",
        "w.sum().backward()",
        "result = w.grad",
    ),
    lines(
        W,
        "y = w * 2",
        "y.register_hook(lambda g: g * 0)",
        "y.retain_grad()",
        "y.sum().backward()",
        "result = y.grad, w.grad",
    ),
    lines(
        W,
        "seen = []",
        "w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.clone()))",
        "(w * 2).sum().backward()",
        "result = seen",
    ),
    lines("w = torch.ones(2)", "w.register_hook(print)", "result = 1", error=True),
    # graphs
    lines(
        W,
        "y = torch.exp(w) * 2",
        "result = y.grad_fn.name(), y.grad_fn.next_functions[0][0].name(), w.grad_fn",
    ),
    lines(
        W, "y = (w * 2).sum()", "result = type(y.grad_fn).__name__, len(y.grad_fn.next_functions)"
    ),
    lines(
        W,
        "y = w * 2",
        "result = y.grad_fn.next_functions[0][0].name(), y.is_leaf, w.is_leaf, y.output_nr",
    ),
    # in place
    *[
        Case(f"y = x * 1\n{change}\nresult = y", x=(2, 3))
        for change in (
            "y += 2",
            "y *= x",
            "y -= x",
            "y /= 2",
            "y **= 2",
            "y.add_(x, alpha=2)",
            "y.mul_(3)",
            "y.zero_()",
            "y.fill_(2.0)",
            "y.copy_(x.T.reshape(2, 3))",
            "y.clamp_(0)",
            "y.neg_()",
            "y.exp_()",
            "y.relu_()",
            "y.sigmoid_()",
            "y.tanh_()",
            "y.sqrt_()",
            "y.abs_()",
            "y[0] = 1.0",
            "y[:, 1] = x[:, 0]",
            "y[y > 0] = 0.5",
            "y[0, 0] += 2",
            "y[:, 1:] *= 3",
            "y[0].mul_(2)",
            "y.T[0] = x[0, 0]",
            "y.view(-1)[2] = 4.0",
            "y.masked_fill_(y > 0, 1.0)",
            "y.add_(x[0])",
            "y[[0, 1], [1, 2]] = x[0, :2]",
            "y.sub_(1).div_(2)",
            "y.pow_(2)",
            "y.unsqueeze_(0)",
            "y.squeeze_()",
            "y.t_()",
        )
    ],
    lines("y = torch.zeros(3)", "z = y[1:]", "z += 1", "result = y, y._version, z._version"),
    lines("y = torch.zeros(2, 3)", "y.T[0] = 5.0", "y.view(-1)[5] = 7.0", "result = y, y._version"),
    lines("y = torch.arange(6)", "y[1:3] = torch.tensor([10, 11])", "y[[0, 5]] = -1", "result = y"),
    lines("y = torch.zeros(2, dtype=torch.int64)", "y += 2", "y[0] = 3.7", "result = y"),
    lines(
        "y = torch.ones(2, 2)",
        "y[:, 0] = torch.tensor([1.0, 2.0], dtype=torch.float64)",
        "result = y",
    ),
    # what does not work
    *[
        lines(W, X, *code, "result = 1", error=True)
        for code in (
            ["(w * 2).backward()"],
            ["w.detach().sum().backward()"],
            ["y = (w * w).sum()", "y.backward()", "y.backward()"],
            ["y = w.exp()", "z = (y * y).sum()", "z.backward()", "y.sum().backward()"],
            ["y = w.exp()", "y += 1", "y.sum().backward()"],
            ["y = w * w", "z = y * y", "y.add_(1)", "z.sum().backward()"],
            ["y = w.sigmoid()", "y.mul_(2)", "y.sum().backward()"],
            ["y = w.detach()", "z = w * y", "y[0] = 1.0", "z.sum().backward()"],
            ["w += 1"],
            ["w.add_(1)"],
            ["w[0] = 5.0"],
            ["w.zero_()"],
            ["w.view(2).mul_(2)"],
            ["w[:1] *= 2"],
            ["torch.autograd.grad((w * w).sum(), [w, x])"],
            ["torch.autograd.grad((w * w).sum(), torch.ones(2))"],
            ["torch.autograd.grad(w * w, w)"],
            ["(w * w).backward(torch.ones(3))"],
            ["torch.autograd.grad((w * w).sum(), w, torch.ones(2))"],
            ["w.numpy()"],
            ["(w * 2).requires_grad_(False)"],
            ["y = w * 2", "y.requires_grad = False"],
            ["torch.tensor([1, 2], requires_grad=True)"],
            ["torch.ones(2, dtype=torch.int64).requires_grad_()"],
            ["torch.tensor([1, 2]).requires_grad = True"],
            ["w.grad = torch.ones(3)"],
            ["w.grad = 1.0"],
            ["w.grad = torch.ones(2, dtype=torch.float64)"],
            ["torch.ones(2, dtype=torch.int64).sum().backward()"],
            ["y = torch.zeros(2)", "y += torch.ones(3)"],
            ["y = torch.zeros(2)", "y += torch.ones(3, 2)"],
            ["y = torch.zeros(2, dtype=torch.int64)", "y += 0.5"],
            ["y = torch.zeros(2, dtype=torch.int64)", "y /= 2"],
            ["y = torch.zeros(3)", "y[5] = 1.0"],
            ["y = torch.zeros(3)", "y[:2] = torch.ones(3)"],
            ["y = torch.zeros(3)", "y.expand(2, 3).add_(1)"],
            ["len(torch.tensor(3.0))"],
            ["w[2]"],
            ["w[0, 0]"],
            ["iter(torch.tensor(3.0)).__next__()"],
        )
    ],
    # an op of one's own
    Case(DOUBLE + "result = Double.apply(x)", x=(2, 3)),
    Case(DOUBLE + "result = Double.apply(x, None, 3)", x=(3,)),
    Case(DOUBLE + "result = Double.apply(x, y)", x=(2, 3), y=(2, 3)),
    Case(DOUBLE + "result = Double.apply(x, y * 2).sum() * x", x=T(2, 3), y=(2, 3)),
    Case(DOUBLE + "result = Double.apply(x)", x=ints(3)),
    lines(
        DOUBLE,
        "x = torch.ones(3, dtype=torch.float64, requires_grad=True)",
        "result = torch.autograd.gradcheck(Double.apply, (x,))",
    ),
    lines(
        DOUBLE,
        "with torch.no_grad():\n    y = Double.apply(torch.ones(2, requires_grad=True))",
        "result = y",
    ),
    Case(
        "class Two(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        ctx.save_for_backward(a)\n"
        "        return a.exp(), a.sin()\n"
        "    @staticmethod\n"
        "    def backward(ctx, g, h):\n"
        "        (a,) = ctx.saved_tensors\n"
        "        return g * a.exp() + h * a.cos()\n"
        "result = Two.apply(x)",
        x=(3,),
    ),
    Case(
        "class Round(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        return a.round()\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g\n"
        "result = Round.apply(x * 3)",
        x=(4,),
    ),
    lines(
        "class Bad(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a, b):\n"
        "        return a * b\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g",
        W,
        "Bad.apply(w, w).sum().backward()",
        error=True,
    ),
    lines(
        "class Bad(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        return a * 2\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g[:1]",
        W,
        "Bad.apply(w).sum().backward()",
        error=True,
    ),
    # functional
    *grid(
        "torch.autograd.functional.jacobian(lambda t: t.exp(), x)", x=[(), (3,), (2, 2)], grad=False
    ),
    Case(
        "torch.autograd.functional.jacobian(lambda a, b: a * b, (x, y))", x=(2,), y=(2,), grad=False
    ),
    Case("torch.autograd.functional.jacobian(lambda t: (t, t ** 2), x)", x=(2,), grad=False),
    *grid(
        "torch.autograd.functional.hessian(lambda t: (t ** 3).sum(), x)",
        x=[(), (3,), (2, 2)],
        grad=False,
    ),
    Case(
        "torch.autograd.functional.hessian(lambda a, b: (a * b * b).sum(), (x, y))",
        x=(2,),
        y=(2,),
        grad=False,
    ),
    Case("torch.autograd.functional.vjp(lambda t: t ** 2, x, v)", x=(3,), v=(3,), grad=False),
    Case("torch.autograd.functional.jvp(lambda t: t ** 2, x, v)", x=(3,), v=(3,), grad=False),
    Case(
        "torch.autograd.functional.hvp(lambda t: (t ** 3).sum(), x, v)", x=(3,), v=(3,), grad=False
    ),
    Case(
        "torch.autograd.functional.vhp(lambda t: (t ** 3).sum(), x, v)", x=(3,), v=(3,), grad=False
    ),
    Case("torch.autograd.functional.hessian(lambda t: t ** 3, x)", x=(3,), error=True),
    Case("torch.autograd.gradcheck(lambda t: t.exp(), (x,))", x=f64(3)),
    Case("torch.autograd.gradgradcheck(lambda t: t.exp(), (x,))", x=f64(3)),
    Case(
        "torch.autograd.gradcheck(lambda t: t.detach() * t, (x,))",
        x=leaf([1.5], "float64"),
        error=True,
    ),
]
