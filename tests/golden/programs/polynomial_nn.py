"""A cubic through the sine: a linear layer on powers of x, first by hand, then with optimizers."""

import math

import torch

x = torch.linspace(-math.pi, math.pi, 300)
y = torch.sin(x)

p = torch.tensor([1, 2, 3])
xx = x.unsqueeze(-1).pow(p)
print(xx.shape, xx.dtype, xx[:2])


def new_model():
    torch.manual_seed(42)
    return torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1))


loss_fn = torch.nn.MSELoss(reduction="sum")
model = new_model()
print(model)
for t in range(300):
    y_pred = model(xx)
    loss = loss_fn(y_pred, y)
    if t % 50 == 49:
        print(t, f"{loss.item():.3f}")
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= 5e-6 * param.grad

linear_layer = model[0]
print(linear_layer, linear_layer.weight.shape, linear_layer.bias)

for name, options in [
    ("SGD", {"lr": 1e-6, "momentum": 0.9}),
    ("Adam", {"lr": 1e-2}),
    ("AdamW", {"lr": 1e-2, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 1e-3}),
    ("Adagrad", {"lr": 1e-1}),
]:
    model = new_model()
    optimizer = getattr(torch.optim, name)(model.parameters(), **options)
    print(optimizer)
    for t in range(200):
        loss = loss_fn(model(xx), y)
        if t % 50 == 0:
            print(f"{t:4d} {loss.item():.2f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    w, b = model[0].weight, model[0].bias
    print(f"{b.item():.2f}", " ".join(f"{v:.2f}" for v in w[0].tolist()))
