"""Two networks against each other: one makes numbers that look like a bell curve's."""

import torch
import torch.nn as nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(2, 8), nn.ELU(), nn.Linear(8, 1))
discriminator = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Sigmoid())
print(generator, discriminator, sep="\n")


def moments(x):
    """Each number with the spread of the batch beside it."""
    return torch.cat([x, x.std(0, keepdim=True).expand(len(x), 1)], dim=1)


bce = nn.BCELoss()
opt_g = torch.optim.Adam(generator.parameters(), lr=0.01, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=0.01, betas=(0.5, 0.999))
real_label, fake_label = torch.ones(32, 1), torch.zeros(32, 1)
for step in range(60):
    real = torch.normal(3.0, 0.5, size=(32, 1))
    fake = generator(torch.randn(32, 2))
    loss_d = bce(discriminator(moments(real)), real_label)
    loss_d = loss_d + bce(discriminator(moments(fake.detach())), fake_label)
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()

    loss_g = bce(discriminator(moments(fake)), real_label)
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    if step % 15 == 14:
        print(step, f"{loss_d.item():.3f} {loss_g.item():.3f} {fake.mean().item():.3f}")
print([p.grad is not None for p in discriminator.parameters()])
