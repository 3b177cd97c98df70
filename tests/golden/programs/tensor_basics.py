"""A walk through tensors: making, reading, joining, in place, and the bridge to NumPy."""

import numpy as np
import torch

data = [[1, 2], [3, 4]]
x_data = torch.tensor(data)
np_array = np.array(data)
x_np = torch.from_numpy(np_array)
x_ones = torch.ones_like(x_data)
print(f"Ones Tensor: \n {x_ones} \n")
torch.manual_seed(0)
x_rand = torch.rand_like(x_data, dtype=torch.float)
print(f"Random Tensor: \n {x_rand} \n")

shape = (2, 3)
print(f"{torch.rand(shape)} \n{torch.ones(shape)} \n{torch.zeros(shape)}")
print(torch.randn(2, 3), torch.randint(0, 10, (2, 4)), torch.randperm(6), sep="\n")

tensor = torch.rand(3, 4)
print(f"Shape: {tensor.shape}, {tensor.dtype}, {tensor.device}")
tensor = torch.ones(4, 4)
print(f"First row: {tensor[0]}")
print(f"First column: {tensor[:, 0]}")
print(f"Last column: {tensor[..., -1]}")
tensor[:, 1] = 0
print(tensor)
t1 = torch.cat([tensor, tensor, tensor], dim=1)
print(t1)

y1 = tensor @ tensor.T
y2 = tensor.matmul(tensor.T)
print(torch.equal(y1, y2), y1)
z1 = tensor * tensor
print((z1 == tensor.mul(tensor)).all())
agg = tensor.sum()
print(agg.item(), type(agg.item()))
tensor.add_(5)
print(tensor)

t = torch.ones(5)
n = t.numpy()
t.add_(1)
print(f"t: {t}", f"n: {n}")
n = np.ones(5)
t = torch.from_numpy(n)
np.add(n, 1, out=n)
print(f"t: {t}")

x = torch.arange(12)
print(x, x.shape, x.numel(), x.reshape(3, 4), x.view(-1, 6), sep="\n")
X = x.reshape(3, 4)
X[-1], X[1, 2] = 0, 17
print(X)
print(X.sum(dim=0), X.float().mean(dim=1), X.max(), X.float().std(), X.cumsum(dim=0))
print(X[X > 4], X[[0, 2]], X[:, ::2], X[None, :, 0].shape)
print(X.max(dim=1))
print(torch.sort(torch.tensor([3.0, 1.0, 2.0])))
print(torch.topk(torch.tensor([3, 1, 4, 1, 5]), 2))
a = torch.arange(3).reshape((3, 1))
b = torch.arange(2).reshape((1, 2))
print(a + b, a * 1.5, a == b, sep="\n")
print(torch.where(a > b, a, -b), torch.clamp(a.float(), 0.5, 1.5).T)
values, indices = torch.tensor([[1.0, 5.0], [7.0, 2.0]]).max(1)
print(values, indices)
print(torch.linspace(0, 1, 5), torch.logspace(0, 2, 3), torch.eye(2), torch.full((2,), 7))
print(
    torch.stack([a, a]).squeeze(), torch.einsum("ij,ik->jk", a, a + b), torch.outer(a[:, 0], b[0])
)
print(
    torch.tensor([1e-5, 1.0, 1e5]), torch.tensor([1.5, float("nan")]), torch.tensor([True, False])
)
print(torch.tensor(3.14159), torch.tensor([1], dtype=torch.int8), torch.empty(0), torch.zeros(2, 0))
print(torch.arange(2000.0).view(40, 50))
print(
    x.dtype, x.float().dtype, x.double().dtype, x.to(torch.int16).dtype, (x / 2).dtype, x.bool()[:2]
)
print(
    torch.float32, torch.Size([2, 3]), torch.finfo(torch.float32).eps, torch.iinfo(torch.int8).max
)
print(torch.isclose(torch.tensor(0.1) + 0.2, torch.tensor(0.3)), torch.allclose(a, a + 0))
print(x[2:4].tolist(), len(X), X.ndim, X.size(0), X.size(), X.T.is_contiguous(), X.stride())
print(x.unique(), torch.bincount(torch.tensor([0, 1, 1, 3])), x.chunk(3)[1], x.split(5)[2])
for row in X:
    print(row, row.sum().item())
try:
    torch.ones(2, 3) @ torch.ones(2, 3)
except RuntimeError as error:
    print(str(error).splitlines()[0])
