"""An operation of our own: P3(x) = (5x^3 - 3x) / 2 with a backward rule, in a fit of the sine."""

import math

import torch


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class ScaledExp(torch.autograd.Function):
    """exp(scale * x): scale is a plain number, so its gradient is None."""

    @staticmethod
    def forward(ctx, input, scale):
        result = torch.exp(scale * input)
        ctx.save_for_backward(result)
        ctx.scale = scale
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * ctx.scale * result, None


x = torch.linspace(-math.pi, math.pi, 500)
y = torch.sin(x)

a = torch.full((), 0.0, requires_grad=True)
b = torch.full((), -1.0, requires_grad=True)
c = torch.full((), 0.0, requires_grad=True)
d = torch.full((), 0.3, requires_grad=True)

learning_rate = 1e-5
for t in range(600):
    P3 = LegendrePolynomial3.apply
    y_pred = a + b * P3(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if t % 100 == 99:
        print(t, f"{loss.item():.3f}")
    loss.backward()
    with torch.no_grad():
        for w in (a, b, c, d):
            w -= learning_rate * w.grad
            w.grad = None

a0, b0, c0, d0 = (round(w.item(), 3) + 0.0 for w in (a, b, c, d))
print(f"y = {a0} + {b0} * P3({c0} + {d0} x)")

z = LegendrePolynomial3.apply(torch.tensor([0.5, 2.0], requires_grad=True))
print(z)
print(ScaledExp.apply(torch.tensor([0.0, 1.0], requires_grad=True), 2.0))
points = torch.tensor([-0.4, 0.3, 1.1], dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(LegendrePolynomial3.apply, (points,)))
print(torch.autograd.gradgradcheck(LegendrePolynomial3.apply, (points,)))
print(torch.autograd.gradcheck(lambda v: ScaledExp.apply(v, 0.7), (points,)))
