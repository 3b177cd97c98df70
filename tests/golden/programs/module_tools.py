"""What a Module can do: names, buffers, hooks, freezing, groups, initialisation, state."""

import torch
from torch import nn
from torch.optim import lr_scheduler

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.layers = nn.ModuleDict(
            {"in": nn.Linear(width, 2 * width), "out": nn.Linear(2 * width, width)}
        )
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("seen", torch.tensor(0))
        self.act = nn.SiLU()

    def forward(self, x):
        self.seen += len(x)
        h = self.layers["out"](self.act(self.layers["in"](self.norm(x))))
        return x + self.scale * h

    def extra_repr(self):
        return f"scale={self.scale.item()}"


net = nn.Sequential(Block(4), nn.Dropout(0.5), Block(4), nn.Linear(4, 2, bias=False))
print(net)
print([name for name, _ in net.named_modules()])
for name, p in net.named_parameters():
    print(name, tuple(p.shape), p.requires_grad)
print([(name, b.shape) for name, b in net.named_buffers()])
print(list(net.state_dict().keys())[:9], len(net.state_dict()))
print([type(child).__name__ for child in net.children()], len(net), net[-1])


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        if m.bias is not None:
            nn.init.constant_(m.bias, 0.01)


net.apply(init_weights)
print(net[3].weight)

shapes = []
hook = (
    net[0].layers["in"].register_forward_hook(lambda m, i, o: shapes.append((i[0].shape, o.shape)))
)
x = torch.randn(6, 4)
y = net(x)
hook.remove()
net(x)
print(shapes, net[0].seen, net.training)

net.eval()
with torch.no_grad():
    print(net(x)[:2], torch.equal(net(x), net(x)), net[1].training)
net.train()

for p in net[0].parameters():
    p.requires_grad_(False)
net[2].norm.requires_grad_(False)
trainable = [name for name, p in net.named_parameters() if p.requires_grad]
print(trainable)
optimizer = torch.optim.SGD(
    [
        {"params": net[2].layers.parameters()},
        {"params": [net[2].scale, *net[3].parameters()], "lr": 0.01, "weight_decay": 0.1},
    ],
    lr=0.1,
    momentum=0.5,
    nesterov=True,
)
print(optimizer)
warm = lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
decay = lr_scheduler.MultiStepLR(optimizer, milestones=[2], gamma=0.1)
scheduler = lr_scheduler.SequentialLR(optimizer, [warm, decay], milestones=[3])
target = torch.tensor([0, 1, 0, 1, 0, 1])
for step in range(7):
    loss = nn.functional.cross_entropy(net(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    print(step, f"{loss.item():.4f}", [f"{g['lr']:.5f}" for g in optimizer.param_groups])
print(net[0].layers["in"].weight.grad, net[2].norm.weight.grad)
print(sorted(optimizer.state_dict()), optimizer.state_dict()["param_groups"][0]["params"])

vector = nn.utils.parameters_to_vector(net.parameters())
print(
    vector.shape,
    f"{nn.utils.clip_grad_norm_([p for p in net.parameters() if p.requires_grad], 0.1).item():.3f}",
)
twin = nn.Sequential(Block(4), nn.Dropout(0.5), Block(4), nn.Linear(4, 2, bias=False))
print(twin.load_state_dict(net.state_dict()), torch.equal(twin.eval()(x), net.eval()(x)))
state = net.state_dict()
state["extra"] = state.pop("3.weight")
print(twin.load_state_dict(state, strict=False))
try:
    twin.load_state_dict(state)
except RuntimeError as error:
    print("\n".join(str(error).splitlines()[:3]))
for broken in (
    lambda: net(torch.randn(6, 5)),
    lambda: net.nothing,
    lambda: nn.Linear(2, 3)(torch.ones(2, dtype=torch.int64)),
):
    try:
        broken()
    except (RuntimeError, AttributeError) as error:
        print(type(error).__name__, str(error).splitlines()[0])
print(net.half()[3].weight.dtype, net.double()[3].weight.dtype, net.float()[3].weight.dtype)
