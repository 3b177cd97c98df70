"""Gradients with respect to inputs: a sign attack, a gradient penalty, a differential equation."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

# the fast gradient sign attack on a classifier of blobs
torch.manual_seed(7)
centers = torch.tensor([[0.0, 1.0], [1.0, -0.5], [-1.0, -0.5]])
labels = torch.arange(90) % 3
points = centers[labels] + 0.25 * torch.randn(90, 2)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3), nn.LogSoftmax(dim=1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(40):
    optimizer.zero_grad()
    F.nll_loss(net(points), labels).backward()
    optimizer.step()
for epsilon in (0.0, 0.1, 0.2, 0.4, 0.6):
    x = points.clone().requires_grad_()
    loss = F.nll_loss(net(x), labels)
    net.zero_grad()
    loss.backward()
    attacked = x + epsilon * x.grad.sign()
    right = (net(attacked).argmax(1) == labels).sum().item()
    print(f"Epsilon: {epsilon}\tTest Accuracy = {right} / 90")

# a critic whose slope is held near 1 (the penalty is a gradient of a gradient)
critic = nn.Sequential(
    nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
)
optimizer = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
for step in range(41):
    real, fake = points[:45], torch.randn(45, 2)
    mix = torch.rand(45, 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slopes.norm(2, dim=1) - 1) ** 2).mean()
    loss = critic(fake).mean() - critic(real).mean() + 10 * penalty
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(step, f"{loss.item():.3f} {penalty.item():.3f}")

# u'' = -u with u(0) = 0 and u'(0) = 1, learned from the equation alone
torch.manual_seed(123)
pinn = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))
t = torch.linspace(0, math.pi, 30).view(-1, 1).requires_grad_(True)
start = torch.zeros(1, 1, requires_grad=True)
optimizer = torch.optim.Adam(pinn.parameters(), lr=5e-3)
for step in range(201):
    optimizer.zero_grad()
    u0 = pinn(start)
    du0 = torch.autograd.grad(u0, start, torch.ones_like(u0), create_graph=True)[0]
    u = pinn(t)
    du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    d2u = torch.autograd.grad(du, t, torch.ones_like(du), create_graph=True)[0]
    loss = u0.squeeze() ** 2 + (du0.squeeze() - 1) ** 2 + ((d2u + u) ** 2).mean()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, f"{loss.item():.3f}")
print(f"u(pi/2) = {pinn(torch.tensor([[math.pi / 2]])).item():.1f}")

# one step of learning, seen through: the best start for two tasks
theta = torch.tensor([0.5, -0.5], requires_grad=True)
targets = [torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0])]
for outer in range(5):
    total = 0.0
    for target in targets:
        inner = ((theta - target) ** 2).sum() + 0.1 * (theta**4).sum()
        (g,) = torch.autograd.grad(inner, theta, create_graph=True)
        adapted = theta - 0.1 * g
        total = total + ((adapted - target) ** 2).sum()
    (meta,) = torch.autograd.grad(total, theta)
    with torch.no_grad():
        theta -= 0.1 * meta
    print(outer, f"{total.item():.4f}", theta.detach())
