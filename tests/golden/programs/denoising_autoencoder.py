"""Waves of noise: principal components by gradient descent, then a denoising autoencoder."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(8)
t = torch.linspace(0, 2 * math.pi, 16)
n = 96
amplitude, phase = torch.rand(n, 1) + 0.5, torch.rand(n, 1) * 2 * math.pi
clean = amplitude * torch.sin(t + phase)
noisy = clean + 0.3 * torch.randn(n, 16)
print(clean.shape, f"{F.mse_loss(noisy, clean).item():.4f}")
print(
    f"mean {noisy.mean().item():.4f} std {noisy.std().item():.4f} var {noisy.var(0).sum().item():.3f}"
)

# principal components: directions that keep the most, made orthogonal after each step
X = noisy - noisy.mean(0)
V = torch.randn(16, 2, requires_grad=True)
for step in range(60):
    V_unit = V / V.norm(dim=0, keepdim=True)
    loss = ((X - X @ V_unit @ V_unit.T) ** 2).mean()
    if step % 15 == 0:
        print(step, f"{loss.item():.4f}")
    (g,) = torch.autograd.grad(loss, V)
    with torch.no_grad():
        V -= 2.0 * g
        q, _ = torch.linalg.qr(V)
        V.copy_(q)
cov = X.T @ X / (n - 1)
values, vectors = torch.linalg.eigh(cov)
kept = (vectors[:, -2:].T @ V.detach()).pow(2).sum()
print([f"{v:.3f}" for v in values.flip(0)[:4].tolist()], f"overlap {kept.item():.2f} of 2")
_, S, _ = torch.linalg.svd(X, full_matrices=False)
print(torch.allclose(S**2 / (n - 1), values.flip(0), atol=1e-3))


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(16, 12), nn.GELU(), nn.Linear(12, 3))
        self.decoder = nn.Sequential(nn.Linear(3, 12), nn.LeakyReLU(0.1), nn.Linear(12, 16))

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = AutoEncoder()
print(model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)
for epoch in range(60):
    order = torch.randperm(n)
    total = 0.0
    for batch in order.split(24):
        x = clean[batch] + 0.3 * torch.randn(len(batch), 16)
        loss = F.mse_loss(model(x), clean[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    if epoch % 15 == 14:
        print(f"{epoch} {total / 4:.3f} {optimizer.param_groups[0]['lr']:.6f}")
with torch.no_grad():
    code = model.encoder(noisy)
    restored = model.decoder(code)
print(code.shape, f"{F.mse_loss(restored, clean).item():.3f}")
