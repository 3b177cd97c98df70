"""A first network: a layer, a loss module and an optimizer; the target's shape brings a warning."""

import warnings

import torch


class MyNetwork(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(28 * 28, 10)
        self.sigmoid = torch.nn.Sigmoid()

    def forward(self, x):
        return self.sigmoid(self.linear(x))


torch.manual_seed(0)
model = MyNetwork()
print(model)
output = model(torch.randn(1, 28 * 28))
print(output)
loss_fn = torch.nn.MSELoss()
target = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    loss = loss_fn(output, target)
print(str(caught[0].message))
print(loss)
loss.backward()
print(model.linear.bias.grad)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
optimizer.step()
print(loss_fn(model(torch.ones(1, 28 * 28)), target.reshape(1, 10)))
