"""A walk through automatic differentiation."""

import torch

x = torch.ones(5)
y = torch.zeros(3)
torch.manual_seed(4)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
z = torch.matmul(x, w) + b
loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
print(f"Gradient function for z = {type(z.grad_fn).__name__}")
print(f"Gradient function for loss = {type(loss.grad_fn).__name__}")
loss.backward()
print(w.grad)
print(b.grad)

z = torch.matmul(x, w) + b
print(z.requires_grad)
with torch.no_grad():
    z = torch.matmul(x, w) + b
print(z.requires_grad, z.detach().requires_grad)

inp = torch.eye(4, 5, requires_grad=True)
out = (inp + 1).pow(2).t()
out.backward(torch.ones_like(out), retain_graph=True)
print(f"First call\n{inp.grad}")
out.backward(torch.ones_like(out), retain_graph=True)
print(f"\nSecond call\n{inp.grad}")
inp.grad.zero_()
out.backward(torch.ones_like(out), retain_graph=True)
print(f"\nCall after zeroing gradients\n{inp.grad}")

a = torch.tensor([2.0, 3.0], requires_grad=True)
b = torch.tensor([6.0, 4.0], requires_grad=True)
Q = 3 * a**3 - b**2
Q.backward(gradient=torch.tensor([1.0, 1.0]))
print(9 * a**2 == a.grad, -2 * b == b.grad)

x = torch.tensor(1.0, requires_grad=True)
f = x**4 + torch.sin(x)
for order in range(1, 5):
    (f,) = torch.autograd.grad(f, x, create_graph=True)
    print(order, f)

x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x * 3
h.retain_grad()
h.register_hook(lambda g: print("hook", g))
(h**2).sum().backward()
print(h.grad, x.grad, h.is_leaf, h.grad_fn.name())

print(torch.autograd.functional.jacobian(lambda v: v**2, torch.tensor([1.0, 2.0])))
print(torch.autograd.functional.hessian(lambda v: (v**3).sum(), torch.tensor([1.0, 2.0])))

torch.manual_seed(0)
x = torch.tensor([[1.0, -1.0], [2.0, 0.5]])
target = torch.tensor([1, 0])
W = torch.randn(2, 2, requires_grad=True)


def newton_step(W):
    """One step of Newton's method on the softmax loss."""
    loss = torch.nn.functional.cross_entropy(x @ W, target) + 0.1 * (W**2).sum()
    (g,) = torch.autograd.grad(loss, W, create_graph=True)
    rows = [
        torch.autograd.grad(entry, W, retain_graph=True)[0].reshape(-1) for entry in g.reshape(-1)
    ]
    step = torch.linalg.solve(torch.stack(rows), g.detach().reshape(-1))
    return loss.item(), (W - step.view_as(W)).detach().requires_grad_()


for _ in range(4):
    loss, W = newton_step(W)
    print(f"{loss:.5f}")

for broken in (
    lambda: torch.ones(2, requires_grad=True).backward(),
    lambda: torch.ones(2).sum().backward(),
    lambda: torch.tensor([1, 2], requires_grad=True),
    lambda: torch.ones(2, requires_grad=True).numpy(),
    lambda: torch.ones(2, requires_grad=True).add_(1),
):
    try:
        broken()
    except RuntimeError as error:
        print(type(error).__name__, str(error).splitlines()[0])
