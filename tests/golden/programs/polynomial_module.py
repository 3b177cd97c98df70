"""A cubic through the sine as a Module of our own; then one whose graph changes every time."""

import math
import random

import torch
from torch import nn


class Polynomial3(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.randn(()))
        self.b = nn.Parameter(torch.randn(()))
        self.c = nn.Parameter(torch.randn(()))
        self.d = nn.Parameter(torch.randn(()))

    def forward(self, x):
        return self.a + self.b * x + self.c * x**2 + self.d * x**3

    def string(self):
        numbers = (self.a, self.b, self.c, self.d)
        return "y = {:.2f} + {:.2f} x + {:.2f} x^2 + {:.2f} x^3".format(
            *(n.item() for n in numbers)
        )


class DynamicNet(Polynomial3):
    def __init__(self):
        super().__init__()
        self.e = nn.Parameter(torch.randn(()))

    def forward(self, x):
        y = super().forward(x)
        for exp in range(4, random.randint(4, 6)):
            y = y + self.e * x**exp
        return y


x = torch.linspace(-math.pi, math.pi, 200)
y = torch.sin(x)

for Net in (Polynomial3, DynamicNet):
    torch.manual_seed(3)
    random.seed(3)
    model = Net()
    print(model)
    print([name for name, _ in model.named_parameters()])
    print(model.d)
    criterion = nn.MSELoss(reduction="sum")
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-8, momentum=0.9)
    for t in range(400):
        y_pred = model(x)
        loss = criterion(y_pred, y)
        if t % 50 == 49:
            print(t, f"{loss.item():.1f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"Result: {model.string()}")
