"""``x[...]`` and ``x[...] = y``, gather, scatter, masks, index_*, take, put, embedding."""

from __future__ import annotations

import re
from typing import Any

from golden.case import Case, T, f16, f64, grid, ints, leaf

INPUTS = {"x": (2, 3), "y": (2, 3), "v": (3,), "w": (2,), "s": (), "c": (2, 3, 4), "e": (0,)}
INPUTS |= {"i": [0, 1, 1], "j": [[0, 1], [2, 2]], "m": [True, False, True], "u": (2, 2)}
INPUTS |= {"k": [1, 0], "n": [[True, False, True], [False, True, True]]}


def cases(codes: str, **options: Any) -> list[Case]:
    """One case for each line; its inputs are those of INPUTS that it names."""
    lines = [line.strip() for line in codes.strip().splitlines() if line.strip()]
    names = [re.findall(r"(?<![\w.'])[a-z](?![\w'(])(?!=[^=])", line) for line in lines]
    return [
        Case(line.replace(" ; ", "\n"), **options, **{n: INPUTS[n] for n in INPUTS if n in found})
        for line, found in zip(lines, names, strict=True)
    ]


PICKED = cases("""
    x[0]
    x[-1]
    x[0, 1]
    x[:, 0]
    x[..., -1]
    x[0, ...]
    x[...]
    x[:]
    x[:, :]
    x[()]
    s[...]
    s[None]
    x[None]
    x[:, None]
    x[..., None]
    x[None, 0]
    x[0, None]
    x[None, None, :, 1:]
    x[1:]
    x[::2]
    x[:, ::2]
    x[5:10]
    x[-10:1]
    x[1:0]
    c[0, :, 1:3]
    c[..., 1, ::2]
    c[1, ..., 0]
    c[:, -2:, None, 1]
    x[torch.tensor(1)]
    x[torch.tensor(1):]
    x[True]
    x[False]
    x[None, True]
    x[True, 0]
    s[True]
    s[False]
    x[[0, 1]]
    x[[0]]
    x[[]]
    x[[True, False]]
    x[[0, 1], [1, 2]]
    x[:, [2, 0, 0]]
    x[i]
    x[:, i]
    v[i]
    v[j]
    c[:, j]
    x[[-1, 0], -1]
    x[1, [0, 2]]
    x[(0,), (1,)]
    x[range(2)]
    x[k[:, None], i]
    c[[0, 1], :, 0]
    c[0, :, [0, 1]]
    c[[0, 1], :, [0, 3]]
    c[:, [0, 1], [0, 3]]
    c[:, 0, [0, 1]]
    c[None, [0, 1], 0]
    c[[0, 1], None, 0]
    c[[0, 1], None, [0, 1]]
    c[torch.tensor(0), :, [0, 1]]
    c[[[0], [1]], [0, 1]]
    c[..., [0, 1]]
    c[[1, 0], ..., [0, 1]]
    c[[1, 0], :, None, [1, 2]]
    c[:, :, None, [0, 1]]
    c[:, [0, 2, 2], 1:]
    x[x > 0]
    x[x > 100]
    x[n]
    v[m]
    x[:, m]
    x[None, x > 0]
    x[..., m]
    c[n]
    c[n, 0]
    c[:, [True, False, True], [0, 1]]
    c[k == 1, m]
    c[k == 1, :, [1, 2]]
    c[k > 0, 1:]
    s[s > 0]
    e[[]]
    x[np.array([0, 1])]
    x[np.int64(1)]
    x[np.array([True, False])]
    x[:, np.array([0, 1])]
    x.T[i]
    x.T[:, k]
    x.T[0]
""")

ASSIGNED = cases(
    """
    z = x * 1 ; z[0] = 5 ; result = z
    z = x * 1 ; z[0] = v ; result = z
    z = x * 1 ; z[:, 1] = w ; result = z
    z = x * 1 ; z[0, 1] = s ; result = z
    z = x * 1 ; z[1:, :2] = s ; result = z
    z = x * 1 ; z[..., 0] = 0 ; result = z
    z = x * 1 ; z[[0, 1], [1, 2]] = w ; result = z
    z = x * 1 ; z[k] = y ; result = z
    z = x * 1 ; z[k] = v ; result = z
    z = x * 1 ; z[z > 0] = 0 ; result = z
    z = x * 1 ; z[n] = s ; result = z
    z = x * 1 ; z[:, m] = u ; result = z
    z = c * 1 ; z[0, :, [0, 1]] = 1 ; result = z
    z = c * 1 ; z[:, 1] = 2 ; result = z
    z = x * 1 ; z[0] = v[None] ; result = z
    z = x * 1 ; z[None] = y ; result = z
    z = x * 1 ; z[0] += v ; result = z
    z = x * 1 ; z[:, 0] *= 2 ; result = z
    z = x * 1 ; z[0][1] = 7 ; result = z
    z = torch.zeros(2, 3) ; z[0] = v ; result = z
    z = torch.zeros(2, 3) ; z[:, k] = u ; result = z
    z = torch.zeros(2, 3) ; z[1, 2] = s ; result = z
    z = torch.arange(6).reshape(2, 3) ; z[0] = 2.9 ; result = z
    z = torch.arange(6).reshape(2, 3) ; z[z % 2 == 0] = -1 ; result = z
    z = torch.zeros(4) ; z[i] = torch.tensor([1.0, 2.0, 2.0]) ; result = z
    z = torch.zeros(3, dtype=torch.bool) ; z[1] = True ; result = z
    z = torch.zeros(2, 2) ; z[0] = torch.tensor([1, 2]) ; result = z
""",
    name=False,
)

GATHERED = cases("""
    x.gather(1, j)
    x.gather(0, torch.tensor([[0, 1, 1]]))
    torch.gather(x, dim=-1, index=torch.tensor([[0], [2]]))
    x.T.gather(0, j)
    x.gather(1, torch.tensor([[0]], dtype=torch.int32))
    s.gather(0, torch.tensor([0, 0]))
    v.gather(0, torch.tensor(1))
    s.gather(0, torch.tensor(0))
    x.gather(1, torch.zeros(0, 2, dtype=torch.long))
    x.take(torch.tensor([0, 5, 0]))
    torch.take(x, torch.tensor([[-1], [1]]))
    x.T.take(torch.tensor([1]))
    s.take(torch.tensor([0, 0]))
    torch.take_along_dim(x, torch.tensor([[0], [1]]), 1)
    torch.take_along_dim(x, torch.tensor([[1]]), dim=1)
    torch.take_along_dim(x, torch.tensor([[0, 5]]))
    torch.take_along_dim(x, x.argsort(1), 1)
    x.index_select(0, i)
    x.index_select(1, i)
    torch.index_select(x, dim=1, index=torch.tensor(1))
    s.index_select(0, torch.tensor([0]))
    x.masked_select(m)
    x.masked_select(x > 0)
    torch.masked_select(v, n)
    s.masked_select(torch.tensor(True))
    x.index_add(0, k, y)
    x.index_add(0, torch.tensor([0, 0]), y, alpha=2)
    torch.index_add(x, dim=1, index=torch.tensor([0, 0]), source=u)
    x.index_copy(0, k, y)
    torch.index_copy(x, 1, k, u)
    s.index_copy(0, torch.tensor(0), s)
    x.index_fill(0, torch.tensor([0]), 5)
    x.index_fill(1, torch.tensor([0, -1]), 5.0)
    torch.index_fill(x, 1, i, s)
    x.index_put((k, k), w)
    x.index_put((k,), v)
    x.index_put([i, i], torch.tensor(1.0))
    torch.index_put(x, (torch.tensor([0, 0]),), v, accumulate=True)
    x.index_put((n,), s)
    x.masked_fill(x > 0, 0)
    x.masked_fill(m, -1.5)
    x.masked_fill(m, s)
    torch.masked_fill(v, mask=n, value=0)
    s.masked_fill(m, 2)
    x.masked_fill(m, float('-inf'))
    x.masked_scatter(m, y)
    v.masked_scatter(n, x)
    torch.masked_scatter(x, x > 0, y)
    x.put(torch.tensor([0, -1]), w)
    torch.put(x, torch.tensor([1, 1]), w, accumulate=True)
    x.scatter(1, j, u)
    x.scatter(1, j[:, :1], 5.0)
    torch.scatter(x, dim=0, index=torch.tensor([[1, 0, 1]]), src=v[None])
    x.scatter(dim=1, index=j, value=2)
    s.scatter(0, torch.tensor(0), s)
    x.scatter_add(1, j, u)
    torch.scatter_add(x, 0, torch.tensor([[0, 0, 0], [0, 1, 0]]), y)
    x.scatter_reduce(1, j, u, 'sum')
    x.scatter_reduce(1, j, u, 'mean')
    x.scatter_reduce(1, j, u, 'prod')
    x.scatter_reduce(1, j, u, 'amax')
    x.scatter_reduce(1, j, u, reduce='amin')
    x.scatter_reduce(1, j, u, 'sum', include_self=False)
    x.scatter_reduce(1, j, u, 'mean', include_self=False)
    x.scatter_reduce(1, j, u, 'prod', include_self=False)
    torch.scatter_reduce(x, 1, j, u, 'amax', include_self=False)
    x.scatter_reduce(1, j, u, 'amin', include_self=False)
    F.embedding(i, x)
    F.embedding(j, y.T)
    F.embedding(torch.tensor([[0, 1, 1]]), x, padding_idx=1)
    F.embedding(torch.tensor([0, 1, 1]), x, padding_idx=-2)
    F.embedding(torch.tensor(1), x)
    F.embedding(torch.tensor([0, 1, 1]), x, scale_grad_by_freq=True)
""")

ZEROS = [
    Case("x.scatter_reduce(0, i, y, 'prod')", x=leaf([0.0, 2.0]), y=leaf([3.0, 0.0, 4.0]), i=[0, 1, 1], second=False),
    Case("x.scatter_reduce(0, i, y, 'amax')", x=leaf([3.0, 2.0]), y=leaf([3.0, 2.0, 4.0]), i=[0, 1, 1], second=False),
    Case("x.scatter_reduce(0, i, y, 'amin')", x=leaf([3.0, 2.0]), y=leaf([1.0, 1.0, 4.0]), i=[0, 0, 1], second=False),
]  # fmt: skip

PLAIN = cases(
    """
    F.one_hot(i)
    F.one_hot(i, 4)
    F.one_hot(j, num_classes=3)
    F.one_hot(torch.tensor(2))
    F.one_hot(torch.tensor([], dtype=torch.long), 3)
    torch.tensor([[0, 1], [2, 0]]).nonzero()
    torch.nonzero(torch.tensor([0.0, float('nan'), 2.0]))
    torch.nonzero(j, as_tuple=True)
    torch.tensor(3).nonzero()
    torch.tensor(3).nonzero(as_tuple=True)
    torch.argwhere(j)
    torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), 2.5)
    torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), torch.tensor(2.5))
    torch.tensor([1, 2, 3]).scatter(0, k, 2.5)
    torch.zeros(3).scatter(0, k, 1.0, reduce='add')
    torch.ones(3).scatter(0, i, 2.0, reduce='multiply')
    torch.tensor([1, 2, 3]).scatter_reduce(0, k, torch.tensor([2, 4]), 'mean')
    torch.tensor([1, 2, 3]).index_fill(0, k, 7)
    torch.tensor([1, 2, 3]).scatter_add(0, i, torch.tensor([10, 20, 30]))
    torch.tensor([1, 2, 3]).gather(0, i)
    torch.tensor([True, False])[i]
    torch.arange(6)[j]
""",
    grad=False,
)

EACH_DTYPE = [f64(2, 3), f16(2, 3), ints(2, 3, dtype="int8"), T(2, 3)]
CHOSEN = [[0, 2, 2], [0, 1, 1]]
DTYPES = [
    *grid("x[0]", x=EACH_DTYPE),
    *grid("x[:, [0, 2, 2]]", x=EACH_DTYPE),
    *grid("x[x > 1]", x=EACH_DTYPE),
    *grid("x.gather(1, i)", x=EACH_DTYPE, i=[CHOSEN] * 4),
    *grid("x.index_select(1, i[0])", x=EACH_DTYPE, i=[CHOSEN] * 4),
    *grid("x.take(i)", x=EACH_DTYPE, i=[CHOSEN] * 4),
]

ERRORS = cases(
    """
    x[2]
    x[-3]
    x[0, 3]
    x[:, None, 5]
    x[0, 0, 0]
    s[0]
    s[:]
    s[0, 0]
    x[::-1]
    x[::0]
    x[0.5]
    x[1:2.5]
    x[{1}]
    x[[0, 1], [1, 2, 0]]
    x[[0, 5]]
    x[:, [0, 5]]
    x[[-3]]
    v[i.float()]
    v[torch.tensor([0], dtype=torch.int16)]
    x[torch.tensor([])]
    x[m]
    x[torch.ones(2, 2, dtype=torch.bool)]
    x[torch.ones(2, 3, 1, dtype=torch.bool)]
    v[m, m]
    e[0]
    e[[0]]
    x[[0, 1], [0, 1], [0, 1]]
    c[[0, 9], [9, 0]]
    x.gather(1, torch.tensor([[0], [3]]))
    x.gather(1, torch.tensor([[0], [-1]]))
    x.gather(2, torch.tensor([[0]]))
    x.gather(1, torch.tensor([0]))
    x.gather(1, torch.tensor([[0], [1], [0]]))
    x.gather(1, torch.tensor([[0.0]]))
    x.gather(1, [[0]])
    x.take(torch.tensor([6]))
    x.take(torch.tensor([0.0]))
    e.take(torch.tensor([0]))
    torch.take_along_dim(x, torch.tensor([0, 1]), 1)
    torch.take_along_dim(x, torch.tensor([[0.0]]), 1)
    x.index_select(1, torch.tensor([3]))
    x.index_select(1, torch.tensor([[0]]))
    x.index_select(1, torch.tensor([0.0]))
    x.index_select(2, i)
    s.index_select(0, torch.tensor([0, 0]))
    x.index_add(0, torch.tensor([0]), y)
    x.index_add(0, torch.tensor([0, 2]), y)
    x.index_add(0, k, y.double())
    x.index_add(0, k, torch.ones(2, 4))
    x.index_copy(0, torch.tensor([0]), y)
    x.index_copy(0, torch.tensor([0, 2]), y)
    x.index_copy(0, k, y.double())
    x.index_copy(0, torch.tensor([0]), v)
    x.index_fill(1, torch.tensor([3]), 5.0)
    x.index_fill(1, torch.tensor([0]), v)
    x.index_put((k,), w)
    x.index_put((torch.tensor([0, 2]),), torch.tensor(1.0))
    x.index_put((k,), torch.tensor(1))
    x.index_put(k, torch.tensor(1.0))
    x.masked_fill(m, v)
    x.masked_fill(torch.tensor([True, False]), 0)
    x.masked_fill(torch.tensor([1, 0, 1]), 0)
    torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), float('inf'))
    x.masked_select(torch.tensor([1, 0, 1]))
    x.masked_select(torch.tensor([True, False]))
    x.masked_scatter(m, v)
    x.masked_scatter(m, y.double())
    x.put(torch.tensor([0, 0]), v)
    x.put(torch.tensor([6]), torch.ones(1))
    x.scatter(1, torch.tensor([[0, 1], [2, 3]]), y)
    x.scatter(1, torch.tensor([[0, 1, 1, 1]]), y)
    x.scatter(1, torch.tensor([0, 1]), y)
    x.scatter(1, j, y.double())
    x.scatter(1, j, 2.0, reduce='zz')
    x.scatter_add(1, j, 1.0)
    x.scatter_reduce(1, j, y, 'zz')
    F.one_hot(i, 1)
    F.one_hot(torch.tensor([-1]), 3)
    F.one_hot(torch.tensor([1.0]))
    F.one_hot(torch.tensor([], dtype=torch.long))
    F.embedding(torch.tensor([0, 2]), x)
    F.embedding(torch.tensor([0.0]), x)
    F.embedding(torch.tensor([0]), v)
    F.embedding(torch.tensor([0]), x, padding_idx=2)
    z = x * 1 ; z[0] = w ; result = z
    z = x * 1 ; z[k] = w ; result = z
    z = x * 1 ; z[5] = 1 ; result = z
    x[0] = 1
""",
    error=True,
)

WARNED = cases(
    """
    v[m.to(torch.uint8)]
    x[[[0, 1], [1, 0]]]
    x[[slice(None), 0]]
    x[[torch.tensor([0, 1]), torch.tensor([1, 1])]]
    torch.zeros(3).scatter(0, k, torch.ones(2), reduce='add')
""",
    warns=True,
)

CASES = [*PICKED, *ASSIGNED, *GATHERED, *ZEROS, *PLAIN, *DTYPES, *ERRORS, *WARNED]
