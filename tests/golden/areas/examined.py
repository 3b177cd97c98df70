"""What an examiner tried that no other area asks: out=, NumPy's names, views changed in place."""

from __future__ import annotations

from golden.case import Case, ints

CASES = [
    # out= : the first page of PyTorch's tutorials writes into a tensor that exists
    Case("y = torch.zeros(3, 3)\ntorch.matmul(x, x.T, out=y)\nresult = y", x=(3, 4), grad=False),
    Case("y = torch.rand_like(x)\nresult = torch.mul(x, x, out=y) is y, y", x=(3, 4), grad=False),
    Case("y = torch.zeros(4)\ntorch.cat([x, x], out=y)\nresult = y", x=(2,), grad=False),
    Case("y = torch.zeros(3)\nresult = torch.add(x, 1, out=y), y", x=(2,), grad=False, warns=True),
    Case("y = torch.empty(0)\ntorch.exp(x, out=y)\nresult = y", x=(2,), grad=False),
    Case(
        "v, i = torch.empty(2), torch.empty(2, dtype=torch.long)\n"
        "torch.max(x, 1, out=(v, i))\nresult = v, i",
        x=(2, 3),
        grad=False,
    ),
    Case("torch.mul(x, 2, out=torch.zeros(2))", x=(2,), error=True),
    Case("torch.mul(x, 2.5, out=torch.zeros(2, dtype=torch.int64))", x=[1.0, 2.0], error=True),
    # NumPy's names for dim and keepdim
    Case("x.softmax(axis=1), torch.log_softmax(x, axis=0)", x=(2, 3)),
    Case("torch.sort(x, axis=0)", x=(3, 2)),
    Case("torch.unsqueeze(x, axis=0), torch.stack([x, x], axis=1)", x=(2, 3)),
    Case("x.cumsum(axis=0), x.topk(1, axis=1), torch.chunk(x, 2, axis=0)", x=(2, 3)),
    Case("torch.count_nonzero(x, axis=0), torch.argsort(x, axis=1)", x=(2, 3), grad=False),
    # Constructors of old programs take arrays
    Case("torch.Tensor(np.array([1, 2]))"),
    Case("torch.Tensor(np.array([[0.5, 1.5]], dtype=np.float64))"),
    Case("torch.FloatTensor(np.array([1.0, 2.0])), torch.LongTensor(np.array([1, 2]))"),
    Case("torch.autograd.Variable(torch.ones(2), requires_grad=True)"),
    Case("isinstance(torch.ones(1), torch.autograd.Variable)"),
    # Views that were changed in place
    Case("y = x * 2\nv = y[0]\nv.mul_(3)\nresult = y, v", x=(2, 3)),
    Case("y = x * 2\nv = y.t()\nv[0] = 1\nresult = y, v", x=(2, 3)),
    Case("y = x * 2\nw = y[0][1:3]\nw += 1\nresult = y, w", x=(2, 4)),
    Case("y = x * 2\na, b = y.chunk(2)\nb.mul_(2)", x=(4,), error=True),
    Case("y = x * 2\na, b = y.split([1, 3])\nb += 1", x=(4,), error=True),
    Case("a, b = x.unbind(1)\nb.mul_(2)", x=(4, 2), error=True),
    Case("a, b = x.chunk(2)\nb.mul_(2)\nresult = x", x=[1.0, 2.0, 3.0, 4.0]),
    Case("y = x.exp()\nz = y.detach()\nz.zero_()\ny.sum().backward()", x=(2,), error=True),
    # Operators in place
    Case("y = x\nx //= 2\nx %= 2\nresult = y", x=[5, 7]),
    Case(
        "y = x\nx &= torch.tensor([False, True])\nx |= False\nx ^= True\nresult = y",
        x=[True, False],
    ),
    Case("y = x\nx <<= 2\nx >>= 1\nresult = y", x=[5, 7]),
    Case("x //= 2.5", x=[5, 7], error=True),
    Case("y = x * 1\ny %= 2\nresult = y", x=(3,)),
    Case("+x", x=[True], error=True),
    # Assignment takes tensors and numbers only
    Case("x[0] = [1, 2]", x=[[1.0, 2.0]], error=True),
    Case("x[0] = np.array([1, 2])", x=[[1, 2]], error=True),
    Case("x[0] = 'a'", x=[[1, 2]], error=True),
    # dtype of a reduction
    Case("x.sum(dtype=torch.int32), x.prod(dtype=torch.uint8)", x=[1.5, 2.0, 3.0]),
    Case("x.nansum(dtype=torch.int16)", x=[1.5, 2.0, 3.0]),
    Case("x.nanmean(dtype=torch.int32)", x=[1.5, 2.0], error=True),
    Case("torch.zeros(0, 3).unique(), torch.zeros(2, 0, dtype=torch.int64).unique()"),
    Case("torch.aminmax(torch.tensor(1.0), dim=1)", error=True),
    # Gradients
    Case("w = torch.ones(2, requires_grad=True)\nw.grad = w.detach()\ndel w.grad\nresult = w.grad"),
    Case("torch.autograd.grad(x * x, x, torch.eye(2), is_grads_batched=True)", x=(2,)),
    Case("import copy\ncopy.deepcopy(x * 2)", x=(2,), error=True),
    Case(
        "w = torch.randn(3, requires_grad=True)\nloss = (w**2).sum()\n"
        "with torch.no_grad():\n    w -= 1\nloss.backward()",
        error=True,
    ),
    Case("torch.rand(2)._version, torch.randn(2)._version, torch.zeros(2).normal_()._version"),
    # Names that were missing
    Case("x.conj(), x.real, torch.real(x), x.is_conj(), x.resolve_conj()", x=[1.0, 2.0]),
    Case("x.imag", x=[1.0], error=True),
    Case(
        "x[1].storage_offset(), x[:, 1:].storage_offset(), x.data_ptr() == x.T.data_ptr()", x=(2, 3)
    ),
    Case("x.is_signed(), x.get_device(), x.is_same_size(x), x.is_shared()", x=ints(3)),
    Case("x.resize_(2, 2)\nresult = x", x=[[1, 2], [3, 4], [5, 6]]),
    Case(
        "torch.cov(x), torch.cov(x, correction=0), torch.corrcoef(x)", x=(2, 4), name=False, tol=4
    ),
    Case("torch.cov(x, fweights=torch.tensor([1, 2, 3]))", x=(2, 3), name=False, tol=4),
    Case("torch.cov(x, aweights=torch.tensor([0.1, 0.2, 0.3]))", x=(2, 3), name=False, tol=4),
    Case("torch.cov(x), torch.corrcoef(x)", x=(4,), name=False, second=False),
    Case(
        "torch.trapezoid(x), torch.trapz(x, dx=2.0), torch.trapezoid(x, dim=0)",
        x=(2, 3),
        name=False,
    ),
    Case("torch.trapezoid(x, torch.tensor([0.0, 1.0, 3.0]))", x=(2, 3), name=False),
    Case(
        "torch.cumulative_trapezoid(x), torch.cumulative_trapezoid(x, dx=0.5)", x=(4,), name=False
    ),
    Case("torch.unravel_index(torch.tensor([1234, 5678]), (10, 10, 10, 10))"),
    Case("x.sum_to_size(1, 4), x.sum_to_size(3, 1), x.sum_to_size(4)", x=(3, 4), name=False),
    Case("x.sum_to_size(2, 4)", x=(3, 4), error=True),
    Case("y = x * 1\ny.fill_diagonal_(5)\nresult = y", x=(3, 3)),
    Case("torch.zeros(7, 3).fill_diagonal_(5, wrap=True)"),
    Case("torch.zeros(3).fill_diagonal_(5)", error=True),
    Case("x.apply_(lambda v: v * 3)", x=[1.0, 2.0]),
    Case("x.map_(torch.tensor([3, 4]), lambda a, b: a + b)", x=[1, 2]),
    Case(
        "torch.sqrt_(torch.tensor([4.0])), torch.zero_(torch.ones(2)), torch.fill_(torch.ones(1), 3)"
    ),
    Case("x.greater_(1), x.less_equal_(0)", x=[1.0, 2.0]),
    Case("torch.special.softmax(x, 0), torch.special.log_softmax(x, 0)", x=(3,)),
    Case("np.allclose(x, np.ones(2)), np.array_equal(x, [1, 1])", x=[1.0, 1.0], grad=False),
]
