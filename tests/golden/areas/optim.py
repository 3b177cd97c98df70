"""Optimizers and schedules of the learning rate: trajectories, states, errors, warnings."""

from __future__ import annotations

from golden.case import Case


def train(
    make: str, *, steps: int = 10, dtype: str = "float32", result: str = "[w, b, losses]"
) -> Case:
    """Some steps on a small problem with a matrix w and a single number b."""
    return Case(
        f"""# {make}, {steps} steps, {dtype}: {result}
w = torch.tensor([[0.5, -1.25, 2.0], [1.0, 0.25, -0.75]], dtype=torch.{dtype}).requires_grad_()
b = torch.tensor(0.5, dtype=torch.{dtype}).requires_grad_()
x = torch.tensor([[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]], dtype=torch.{dtype})
optimizer = torch.optim.{make}
losses = []
for step in range({steps}):
    optimizer.zero_grad()
    loss = ((w * x).sum() + b - 1) ** 2 + (w ** 2).sum() * 0.25
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
w, b = w.detach(), b.detach()
result = {result}
""",
        grad=False,
        tol=20 if dtype == "float32" else 100,
    )


SETTINGS = {
    "SGD": [
        "",
        "lr=0.05",
        "lr=0.05, momentum=0.9",
        "lr=0.05, momentum=0.5, dampening=0.1",
        "lr=0.05, momentum=0.9, nesterov=True",
        "lr=0.05, weight_decay=0.1",
        "lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True",
        "lr=0.001, maximize=True",
        "lr=0.001, maximize=True, momentum=0.9, weight_decay=0.1",
        "lr=torch.tensor(0.05)",
        "lr=0",
        "lr=0.05, foreach=False",
        "lr=0.05, foreach=True",
        "lr=0.05, fused=True",
    ],
    "Adam": [
        "",
        "lr=0.1",
        "lr=0.1, betas=(0.5, 0.9)",
        "lr=0.1, betas=(0.0, 0.0)",
        "lr=0.1, betas=(0.25, 0.99)",
        "lr=0.1, eps=0.1",
        "lr=0.1, amsgrad=True",
        "lr=0.1, weight_decay=0.1",
        "lr=0.1, weight_decay=0.1, amsgrad=True, maximize=True",
        "lr=0.1, weight_decay=0.1, decoupled_weight_decay=True",
        "lr=torch.tensor(0.1)",
        "lr=torch.tensor([0.1])",
        "lr=0.1, betas=(torch.tensor(0.9), torch.tensor(0.99))",
    ],
    "AdamW": [
        "",
        "lr=0.1",
        "lr=0.1, weight_decay=0.5",
        "lr=0.1, weight_decay=0",
        "lr=0.1, amsgrad=True",
        "lr=0.1, maximize=True, betas=(0.8, 0.9)",
    ],
    "Adagrad": [
        "",
        "lr=0.5",
        "lr=0.5, lr_decay=0.1",
        "lr=0.5, initial_accumulator_value=1",
        "lr=0.5, weight_decay=0.1, eps=0.01",
        "lr=0.5, maximize=True",
    ],
    "Adadelta": [
        "",
        "lr=0.5, rho=0.5",
        "rho=0.95, eps=0.001",
        "weight_decay=0.1",
        "maximize=True",
    ],
    "Adamax": [
        "",
        "lr=0.1",
        "lr=0.1, betas=(0.5, 0.9)",
        "lr=0.1, weight_decay=0.1, eps=0.01",
        "lr=0.1, maximize=True",
    ],
    "RMSprop": [
        "",
        "lr=0.05, alpha=0.9",
        "lr=0.05, momentum=0.9",
        "lr=0.05, centered=True",
        "lr=0.01, centered=True, momentum=0.5, weight_decay=0.1",
        "lr=0.05, eps=0.1, maximize=True",
    ],
    "NAdam": [
        "",
        "lr=0.1",
        "lr=0.1, momentum_decay=0.1, betas=(0.8, 0.9)",
        "lr=0.1, weight_decay=0.1",
        "lr=0.1, weight_decay=0.1, decoupled_weight_decay=True, maximize=True",
    ],
    "RAdam": [
        "",
        "lr=0.1",
        "lr=0.1, betas=(0.5, 0.8)",
        "lr=0.1, weight_decay=0.1",
        "lr=0.1, weight_decay=0.1, decoupled_weight_decay=True, maximize=True",
    ],
    "Rprop": ["", "lr=0.1", "lr=0.1, etas=(0.25, 2.0), step_sizes=(0.01, 0.5)", "maximize=True"],
    "ASGD": ["", "lr=0.05", "lr=0.05, lambd=0.1, alpha=0.5, t0=2", "lr=0.05, weight_decay=0.1"],
}

TRAJECTORIES = [
    train(f"{name}([w, b]{', ' * bool(settings)}{settings})")
    for name, choices in SETTINGS.items()
    for settings in choices
]

DOUBLES = [
    train(f"{name}([w, b]{', ' * bool(choices[2])}{choices[2]})", dtype="float64", steps=20)
    for name, choices in SETTINGS.items()
]

GROUPS = [
    train("SGD([{'params': [w]}, {'params': b, 'lr': 0.01}], lr=0.05)"),
    train("Adam([{'params': [w], 'weight_decay': 0.1}, {'params': [b], 'lr': 0.5}], lr=0.1)"),
    train("RMSprop([{'params': [w], 'momentum': 0.5, 'centered': True}, {'params': [b]}])"),
    train("SGD([('weight', w), ('bias', b)], lr=0.05)", result="optimizer.state_dict()"),
    train("SGD(iter([w, b]), lr=0.05, momentum=0.5)"),
]

STATES = [train(f"{name}([w, b])", steps=2, result="optimizer.state_dict()") for name in SETTINGS]
STATES += [
    train("SGD([w, b], momentum=0.5)", steps=2, result="optimizer.state_dict()"),
    train("Adam([w, b], amsgrad=True)", steps=2, result="optimizer.state_dict()"),
    train("RMSprop([w, b], momentum=0.5, centered=True)", steps=2, result="optimizer.state_dict()"),
    train("Adagrad([w, b])", steps=0, result="optimizer.state_dict()"),
    train("Adam([w])", steps=1, dtype="float64", result="optimizer.state_dict()['state'][0]"),
]

REPRS = [train(f"{name}([w, b])", steps=0, result="repr(optimizer)") for name in SETTINGS]
REPRS += [
    train("LBFGS([w, b])", steps=0, result="repr(optimizer)"),
    train("SGD([{'params': [w]}, {'params': b, 'lr': 1}])", steps=0, result="repr(optimizer)"),
    train("SGD([w], lr=torch.tensor(0.5))", steps=0, result="repr(optimizer)"),
    train("SGD([('w', w)])", steps=0, result="repr(optimizer)"),
]


def lbfgs(settings: str, loss: str, start: str, steps: int = 2) -> Case:
    return Case(
        f"""# LBFGS([w], {settings}) of {loss}
w = torch.tensor({start}, dtype=torch.float64).requires_grad_()
optimizer = torch.optim.LBFGS([w], {settings})
calls = []
def closure():
    optimizer.zero_grad()
    loss = {loss}
    loss.backward()
    calls.append(loss.item())
    return loss
losses = [optimizer.step(closure).item() for step in range({steps})]
state = optimizer.state_dict()['state'][0]
result = [w.detach(), losses, len(calls), state['func_evals'], state['n_iter']]
""",
        grad=False,
        tol=1e4,  # near the end every rounding counts
    )


ROSENBROCK = "(1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2"
SMOOTH = "(w.exp() + (1 - 2 * w).exp()).sum() + w[0] * w[1]"
LBFGS = [
    lbfgs("max_iter=5", SMOOTH, "[1.0, -0.5]"),
    lbfgs("lr=0.5, max_iter=6", SMOOTH, "[1.0, -0.5]"),
    lbfgs("line_search_fn='strong_wolfe', max_iter=4", SMOOTH, "[1.0, -0.5]"),
    lbfgs("line_search_fn='strong_wolfe', max_iter=1", SMOOTH, "[2.0, 3.0]", steps=4),
    lbfgs("line_search_fn='strong_wolfe', history_size=2, max_iter=6", SMOOTH, "[2.0, 3.0]"),
    lbfgs("line_search_fn='strong_wolfe', max_iter=8", ROSENBROCK, "[-1.0, 1.0]"),
    lbfgs("line_search_fn='strong_wolfe', max_iter=30", ROSENBROCK, "[-1.0, 1.0]", steps=1),
    lbfgs("line_search_fn='strong_wolfe', max_eval=5", ROSENBROCK, "[0.5, 0.5]", steps=3),
    lbfgs("lr=0.1, max_iter=10, history_size=1", SMOOTH, "[0.5, 0.5]", steps=1),
    lbfgs("tolerance_grad=10.0", SMOOTH, "[0.5, 0.5]", steps=1),
]

# ---------------------------------------------------------------- what else an optimizer does

P = "p = torch.tensor([1.0, 2.0]).requires_grad_()\nq = torch.tensor(3.0).requires_grad_()\n"


def program(code: str, **options: bool) -> Case:
    return Case(P + code, grad=False, **options)


BEHAVIOUR = [
    program(  # a parameter without a gradient stays
        "p.grad = torch.ones(2)\no = torch.optim.Adam([p, q], lr=0.5)\no.step()\n"
        "result = [p.detach(), q.detach(), len(o.state)]"
    ),
    program(
        "p.grad = torch.ones(2)\no = torch.optim.SGD([p, q])\no.zero_grad()\n"
        "result = [p.grad, q.grad]"
    ),
    program(
        "p.grad = torch.ones(2)\no = torch.optim.SGD([p, q])\no.zero_grad(set_to_none=False)\n"
        "result = [p.grad, q.grad]"
    ),
    program(
        "o = torch.optim.SGD([p], lr=0.5)\n"
        "def closure():\n    o.zero_grad()\n    loss = (p ** 2).sum()\n    loss.backward()\n"
        "    return loss\n"
        "result = [o.step(closure).item(), o.step(closure).item(), o.step()]"
    ),
    program(
        "o = torch.optim.SGD([p], lr=0.5, momentum=0.5)\np.grad = torch.ones(2)\no.step()\n"
        "n = torch.optim.SGD([p], lr=9.0)\n"
        "n.load_state_dict(o.state_dict())\nn.step()\nresult = [p.detach(), n.state_dict()]"
    ),
    program(
        "o = torch.optim.SGD([p])\no.add_param_group({'params': q, 'lr': 0.5})\n"
        "q.grad = torch.tensor(1.0)\no.step()\nresult = [q.detach(), len(o.param_groups)]"
    ),
    program(
        "o = torch.optim.SGD([p], lr=0.5)\np.grad = torch.ones(2)\no.param_groups[0]['lr'] = 2.0\n"
        "o.step()\nresult = p.detach()"
    ),
    program(
        "o = torch.optim.Adam([p], lr=0.5)\nresult = [o.defaults, dict(o.state), o.param_groups]"
    ),
    program(
        "seen = []\no = torch.optim.SGD([p], lr=0.5)\n"
        "handle = o.register_step_pre_hook(lambda o, args, kwargs: seen.append('before'))\n"
        "o.register_step_post_hook(lambda o, args, kwargs: seen.append('after'))\n"
        "o.step()\nhandle.remove()\no.step()\nresult = seen"
    ),
    program(
        "class Signs(torch.optim.Optimizer):\n"
        "    def __init__(self, params, lr):\n        super().__init__(params, {'lr': lr})\n"
        "    def step(self):\n        for group in self.param_groups:\n"
        "            for p in group['params']:\n                p.data -= group['lr'] * p.grad\n"
        "o = Signs([p], 0.5)\np.grad = torch.ones(2)\no.step()\nresult = [p.detach(), repr(o)]"
    ),
    program("result = repr(torch.optim.SGD([p, p]))", warns=True),
]

RAISES = [
    "torch.optim.SGD(p)",
    "torch.optim.SGD([])",
    "torch.optim.SGD([p * 2])",
    "torch.optim.SGD([1.0])",
    "torch.optim.SGD(['a'])",
    "torch.optim.SGD([None])",
    "torch.optim.SGD([np.ones(2)])",
    "torch.optim.SGD(None)",
    "torch.optim.SGD(3)",
    "torch.optim.SGD()",
    "torch.optim.SGD([p], lrr=1)",
    "torch.optim.SGD([{'lr': 1}])",
    "torch.optim.SGD([{'params': {p}}])",
    "torch.optim.SGD([p, {'params': q}])",
    "torch.optim.SGD([{'params': p}, {'params': p}])",
    "torch.optim.SGD([('a', p), q])",
    "torch.optim.SGD([p]).add_param_group([q])",
    "torch.optim.SGD([p]).add_param_group({'params': [p]})",
    "torch.optim.SGD([p]).add_param_group({'params': [('q', q)]})",
    "torch.optim.SGD([p], lr=-1)",
    "torch.optim.SGD([p], lr=torch.ones(2))",
    "torch.optim.SGD([p], momentum=-1)",
    "torch.optim.SGD([p], weight_decay=-0.5)",
    "torch.optim.SGD([p], nesterov=True)",
    "torch.optim.SGD([p], momentum=0.9, dampening=0.1, nesterov=True)",
    "torch.optim.SGD([p], fused=True, foreach=True)",
    "torch.optim.SGD([p], 0.1, 0.9, 0, 0, False, True)",
    "torch.optim.Adam([p], lr=-1.0)",
    "torch.optim.Adam([p], eps=-1.0)",
    "torch.optim.Adam([p], betas=(1.0, 0.9))",
    "torch.optim.Adam([p], betas=(0.9, -0.5))",
    "torch.optim.Adam([p], betas=(0, 0.9))",
    "torch.optim.Adam([p], betas=0.9)",
    "torch.optim.Adam([p], weight_decay=-1)",
    "torch.optim.AdamW([p], betas=(0.9, 1.5))",
    "torch.optim.Adagrad([p], lr_decay=-1)",
    "torch.optim.Adagrad([p], initial_accumulator_value=-1)",
    "torch.optim.Adadelta([p], rho=2.0)",
    "torch.optim.Adamax([p], betas=(1.0, 0.9))",
    "torch.optim.RMSprop([p], alpha=-1)",
    "torch.optim.RMSprop([p], momentum=-1)",
    "torch.optim.NAdam([p], momentum_decay=-1)",
    "torch.optim.Rprop([p], etas=(1.5, 2.0))",
    "torch.optim.ASGD([p], weight_decay=-1)",
    "torch.optim.LBFGS([{'params': p}, {'params': q}])",
    "torch.optim.LBFGS([p]).step()",
    "torch.optim.SGD([p]).load_state_dict(torch.optim.SGD([p, q]).state_dict())",
    (
        "torch.optim.SGD([{'params': p}, {'params': q}]).load_state_dict("
        "torch.optim.SGD([p, q]).state_dict())"
    ),
]
ERRORS = [Case(P + code, error=True) for code in RAISES]

# ---------------------------------------------------------------- schedules


def schedule(
    make: str,
    *,
    optimizer: str = "SGD([p, q], lr=0.1)",
    steps: int = 12,
    step: str = "scheduler.step()",
    result: str = "rates",
    warns: bool = False,
) -> Case:
    """The learning rates over some epochs."""
    return Case(
        f"# {make} of {optimizer}\n{P}"
        + f"""
s = torch.optim.lr_scheduler
optimizer = torch.optim.{optimizer}
scheduler = s.{make}
rates = [scheduler.get_last_lr()]
for epoch in range({steps}):
    optimizer.step()
    {step}
    rates.append(scheduler.get_last_lr())
result = {result}
""",
        grad=False,
        warns=warns,
    )


TWO = "SGD([{'params': [p]}, {'params': [q], 'lr': 0.5}], lr=0.1)"
MAKES = [
    "LambdaLR(optimizer, lambda epoch: 0.9 ** epoch)",
    "LambdaLR(optimizer, lr_lambda=[lambda epoch: 1 / (epoch + 1)])",
    "MultiplicativeLR(optimizer, lambda epoch: 0.95)",
    "StepLR(optimizer, 3)",
    "StepLR(optimizer, step_size=2, gamma=0.5)",
    "MultiStepLR(optimizer, [2, 5])",
    "MultiStepLR(optimizer, milestones=[3, 3, 8], gamma=0.5)",
    "ConstantLR(optimizer)",
    "ConstantLR(optimizer, factor=0.5, total_iters=4)",
    "LinearLR(optimizer)",
    "LinearLR(optimizer, start_factor=0.25, end_factor=0.75, total_iters=4)",
    "LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=8)",
    "ExponentialLR(optimizer, 0.9)",
    "ExponentialLR(optimizer, gamma=0.5)",
    "PolynomialLR(optimizer)",
    "PolynomialLR(optimizer, total_iters=8, power=2.0)",
    "CosineAnnealingLR(optimizer, 10)",
    "CosineAnnealingLR(optimizer, T_max=5, eta_min=0.01)",
    "CosineAnnealingWarmRestarts(optimizer, 4)",
    "CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2, eta_min=0.01)",
    "CyclicLR(optimizer, 0.01, 0.1, step_size_up=3, cycle_momentum=False)",
    "CyclicLR(optimizer, 0.01, 0.1, 2, 4, mode='triangular2', cycle_momentum=False)",
    "CyclicLR(optimizer, 0.01, 0.1, 2, mode='exp_range', gamma=0.9, cycle_momentum=False)",
    "CyclicLR(optimizer, 0.01, 0.1, 2, scale_fn=lambda x: 1 / x, cycle_momentum=False)",
    "OneCycleLR(optimizer, max_lr=0.5, total_steps=12)",
    "OneCycleLR(optimizer, 0.5, epochs=4, steps_per_epoch=3, anneal_strategy='linear')",
    "OneCycleLR(optimizer, 0.5, total_steps=14, pct_start=0.25, three_phase=True)",
    "OneCycleLR(optimizer, 0.5, total_steps=12, div_factor=10.0, final_div_factor=100.0)",
    (
        "SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.5, 2), s.ExponentialLR(optimizer, 0.9)], "
        "milestones=[3])"
    ),
    (
        "SequentialLR(optimizer, [s.LinearLR(optimizer, 0.1, total_iters=3), "
        "s.CosineAnnealingLR(optimizer, 9)], [3])"
    ),
    (
        "SequentialLR(optimizer, [s.StepLR(optimizer, 2), s.StepLR(optimizer, 1, 0.5), "
        "s.PolynomialLR(optimizer, 4)], [2, 6])"
    ),
    "ChainedScheduler([s.ConstantLR(optimizer, 0.5, 3), s.ExponentialLR(optimizer, 0.9)])",
    "ChainedScheduler([s.StepLR(optimizer, 2, 0.5), s.LinearLR(optimizer, 0.5)], optimizer)",
]
SCHEDULES = [schedule(make) for make in MAKES]
SCHEDULES += [
    schedule(make, optimizer=TWO, result="[rates, scheduler.state_dict()]")
    for make in MAKES
    if "lr_lambda=[" not in make
]
SCHEDULES += [
    schedule("CyclicLR(optimizer, 0.01, 0.1, 3)", optimizer=make, result=result)
    for make in ("SGD([p, q], momentum=0.5)", "Adam([p, q])")
    for result in ("[rates, optimizer.param_groups[0]['lr']]", "scheduler.state_dict()")
]
SCHEDULES += [
    schedule(
        "OneCycleLR(optimizer, 0.1, total_steps=12, three_phase=True)",
        optimizer="AdamW([p, q])",
        result="[rates, {k: v for k, v in optimizer.param_groups[0].items() if k != 'params'}]",
    ),
    schedule("StepLR(optimizer, 2)", optimizer="SGD([p], lr=torch.tensor(0.5))", steps=4),
    schedule("CosineAnnealingLR(optimizer, 5)", step="scheduler.step(epoch * 2)", warns=True),
    schedule("StepLR(optimizer, 3)", step="scheduler.step(epoch + 3)", warns=True),
    schedule("CosineAnnealingWarmRestarts(optimizer, 3, 2)", step="scheduler.step(epoch + 0.5)"),
    schedule(
        "StepLR(optimizer, 3)",
        result="[rates, optimizer.param_groups[0]['initial_lr'], repr(optimizer)]",
    ),
    schedule("LinearLR(optimizer)", steps=3, result="scheduler.get_lr()", warns=True),
]
PLATEAU = "[3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5][epoch]"
SCHEDULES += [
    schedule(
        f"ReduceLROnPlateau(optimizer, {settings})",
        step=f"scheduler.step({PLATEAU})",
        optimizer=TWO,
        result="[rates, scheduler.state_dict()]",
    )
    for settings in [
        "patience=1",
        "'max', patience=2",
        "factor=0.5, patience=0, cooldown=2",
        "patience=1, min_lr=0.05",
        "patience=0, min_lr=[0.01, 0.2], threshold=0.1",
        "'min', 0.5, 1, threshold=0.5, threshold_mode='abs'",
        "'max', 0.5, 1, threshold=0.5, threshold_mode='abs', eps=0.1",
    ]
]
SCHEDULES += [
    program(
        "o = torch.optim.SGD([p], lr=0.5)\ns = torch.optim.lr_scheduler.StepLR(o, 2)\ns.step()\n"
        "result = s.get_last_lr()",
        warns=True,
    ),
    program(
        "o = torch.optim.SGD([p], lr=0.5)\ns = torch.optim.lr_scheduler.StepLR(o, 2)\n"
        "o.step = lambda: None\ns.step()\nresult = s.get_last_lr()",
        warns=True,
    ),
    program(
        "o = torch.optim.SGD([p], lr=0.5)\ns = torch.optim.lr_scheduler.StepLR(o, 2)\n"
        "for i in range(3):\n    o.step()\n    s.step()\n"
        "n = torch.optim.lr_scheduler.StepLR(o, 5)\nn.load_state_dict(s.state_dict())\n"
        "o.step()\nn.step()\nresult = [n.get_last_lr(), n.state_dict()]"
    ),
    program(
        "o = torch.optim.SGD([{'params': [p], 'initial_lr': 0.5}], lr=0.1)\n"
        "s = torch.optim.lr_scheduler.ExponentialLR(o, 0.5, last_epoch=3)\no.step()\ns.step()\n"
        "result = [s.get_last_lr(), s.last_epoch]"
    ),
]
SCHEDULE_RAISES = [
    "s.StepLR(3, 2)",
    "s.StepLR(o)",
    "s.StepLR(o, 2, last_epoch=1)",
    "s.LambdaLR(o, [lambda e: 1, lambda e: 2])",
    "s.MultiplicativeLR(o, 3)",
    "s.ConstantLR(o, factor=2.0)",
    "s.LinearLR(o, start_factor=0)",
    "s.LinearLR(o, end_factor=2.0)",
    "s.CosineAnnealingWarmRestarts(o, 0)",
    "s.CosineAnnealingWarmRestarts(o, 2, 0)",
    "s.CosineAnnealingWarmRestarts(o, 2).step(-1)",
    "s.CyclicLR(o, 0.1, 1.0, mode='square')",
    "s.CyclicLR(torch.optim.Adagrad([p]), 0.1, 1.0)",
    "s.CyclicLR(o, [0.1, 0.2], 1.0)",
    "s.OneCycleLR(o, 0.1)",
    "s.OneCycleLR(o, 0.1, total_steps=-1)",
    "s.OneCycleLR(o, 0.1, epochs=2.5, steps_per_epoch=3)",
    "s.OneCycleLR(o, 0.1, total_steps=5, pct_start=2.0)",
    "s.OneCycleLR(o, 0.1, total_steps=5, anneal_strategy='sin')",
    "one = s.OneCycleLR(o, 0.1, total_steps=2)\nfor i in range(4):\n    o.step()\n    one.step()",
    "s.ReduceLROnPlateau(o, 'middle')",
    "s.ReduceLROnPlateau(o, factor=1.0)",
    "s.ReduceLROnPlateau(o, threshold_mode='big')",
    "s.ReduceLROnPlateau(o, min_lr=[0.1, 0.2])",
    "s.ReduceLROnPlateau(o).step()",
    "s.SequentialLR(o, [], [])",
    "s.SequentialLR(o, [s.StepLR(o, 2)], [1])",
    "s.SequentialLR(o, [s.ReduceLROnPlateau(o)], [])",
    "s.ChainedScheduler([])",
    "s.ChainedScheduler([3], o)",
]
SCHEDULE_ERRORS = [
    Case(f"{P}s = torch.optim.lr_scheduler\no = torch.optim.SGD([p])\n{code}", error=True)
    for code in SCHEDULE_RAISES
]

CASES = [
    *TRAJECTORIES,
    *DOUBLES,
    *GROUPS,
    *STATES,
    *REPRS,
    *LBFGS,
    *BEHAVIOUR,
    *ERRORS,
    *SCHEDULES,
    *SCHEDULE_ERRORS,
]
