"""A cubic through the sine: the gradients come from backward()."""

import math

import torch

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)

x = torch.linspace(-math.pi, math.pi, 400)
y = torch.sin(x)

a = torch.randn((), requires_grad=True)
b = torch.randn((), requires_grad=True)
c = torch.randn((), requires_grad=True)
d = torch.randn((), requires_grad=True)
print(a, b, c, d, sep="\n")

learning_rate = 5e-6
for t in range(800):
    y_pred = a + b * x + c * x**2 + d * x**3
    loss = (y_pred - y).pow(2).sum()
    if t == 0:
        print(loss)
    if t % 100 == 99:
        print(t, f"{loss.item():.6f}")
    loss.backward()
    with torch.no_grad():
        a -= learning_rate * a.grad
        b -= learning_rate * b.grad
        c -= learning_rate * c.grad
        d -= learning_rate * d.grad
        a.grad = None
        b.grad = None
        c.grad = None
        d.grad = None

print(f"y = {a.item():.6f} + {b.item():.6f} x + {c.item():.6f} x^2 + {d.item():.6f} x^3")
print(a, a.is_leaf, a.grad, loss.requires_grad)
