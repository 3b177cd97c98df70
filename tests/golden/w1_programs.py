"""The first walkthrough, regression by backpropagation, as a learner writes it."""

SCALAR = """\
import microtorch as torch

x = torch.tensor(1.0)
y = torch.tensor(2.0)
w = torch.tensor(1.0, requires_grad=True)

y_hat = w * x
loss = (y_hat - y)**2
print(loss)

loss.backward()
print(w.grad)
"""

DATA = """\
import microtorch as torch

x = torch.tensor([2.0, 3.0, 1.0])
w = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
y = torch.tensor(3.0)
lr = 0.01
"""

# The gradients are never zeroed: the mistake that the lesson lets the learner find.
VECTOR = (
    DATA
    + """
y_hat = w@x
print(y_hat)
loss = (y_hat - y)**2
print(loss)

for step in range(3):
    loss.backward()
    print(w.grad)
    w.data = w.data - lr * w.grad.data
    print(w.data)

    y_hat = w@x
    print(y_hat)
    loss = (y_hat - y)**2
    print(loss)
"""
)

LOSSES = (
    DATA
    + """
for step in range(6):
    y_hat = w@x
    loss = (y_hat - y)**2
    print(loss)
    {zero}
    loss.backward()
    w.data = w.data - lr * w.grad.data
"""
)

PROGRAMS = {
    "scalar": SCALAR,
    "vector": VECTOR,
    "never zeroed": LOSSES.format(zero="# w.grad is not zeroed here"),
    "zeroed": LOSSES.format(zero="w.grad = None"),
    "zeroed in place": LOSSES.format(
        zero="if w.grad is not None:\n        w.grad.zero_()",
    ),
}
