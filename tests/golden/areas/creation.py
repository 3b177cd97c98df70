"""New tensors: of data, filled, counted; dtypes, their promotion and their limits; shapes."""

from __future__ import annotations

from golden.case import Case, T, bools, f16, f64, grid, ints, pos, sliced

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
NUMBERS = [1, 1.5, True, 0, -3, 1e10, 1e-5, 2**40, float("inf"), float("nan")]


def each(codes: str, **options: bool) -> list[Case]:
    """One case for each line."""
    lines = [line.strip() for line in codes.strip().splitlines()]
    return [Case(line, grad=False, **options) for line in lines]


VALUES = each(
    """
    torch.tensor([])
    torch.tensor([[], []])
    torch.tensor([[[]]])
    torch.tensor([[], [1]])
    torch.tensor((1, 2))
    torch.tensor([(1, 2), [3, 4]])
    torch.tensor(range(3))
    torch.tensor([range(3), range(3)])
    torch.tensor([1, 2.0])
    torch.tensor([True, 2])
    torch.tensor([True, 2.0])
    torch.tensor([True, False])
    torch.tensor([[0.1, 0.2]] * 2)
    torch.tensor(2**63 - 1)
    torch.tensor(-(2**63))
    torch.tensor([2**63, 1.0])
    torch.tensor(2**64, dtype=torch.float32)
    torch.tensor([2**63], dtype=torch.bool)
    torch.tensor(-1, dtype=torch.uint8)
    torch.tensor([-255, 255], dtype=torch.uint8)
    torch.tensor(1e5, dtype=torch.float16)
    torch.tensor([1e40, -1e40])
    torch.tensor([1.7, -1.7], dtype=torch.int64)
    torch.tensor([0.5, 0.0, float('nan')], dtype=torch.bool)
    torch.tensor(1, dtype=float)
    torch.tensor(1.5, dtype=int)
    torch.tensor(1, dtype=bool)
    torch.tensor([1.0, 2], requires_grad=True)
    torch.tensor(1, dtype=torch.float64, requires_grad=True)
    torch.tensor([1.0], device='cpu').device
    torch.tensor([torch.tensor(1.0), torch.tensor(2.0)])
    torch.tensor([torch.tensor(1), torch.tensor(2.0)])
    torch.tensor([1, torch.tensor(2.0)])
    torch.tensor([torch.tensor([1.0]), torch.tensor([3.0])])
    torch.tensor([[torch.tensor(1.0), 2.0], [3.0, 4.0]])
    torch.tensor([torch.tensor(1.0, dtype=torch.float64)])
    torch.tensor([torch.tensor(1, dtype=torch.int8), torch.tensor(2, dtype=torch.uint8)])
    torch.tensor(np.array([1, 2]))
    torch.tensor(np.array([1.0, 2]))
    torch.tensor(np.array([1.0, 2], dtype=np.float16))
    torch.tensor(np.array([[True, False]]))
    torch.tensor(np.zeros((0, 3)))
    torch.tensor(np.float32(1.5))
    torch.tensor(np.float64(1.5))
    torch.tensor(np.int32(3))
    torch.tensor(np.bool_(True))
    torch.tensor([np.float32(1.5)])
    torch.tensor([np.float64(1.5)])
    torch.tensor([np.float32(1.5), 2.0])
    torch.tensor([np.float16(1.5), 2])
    torch.tensor([np.int8(3), 2])
    torch.tensor(np.array([2.5, 300.0]), dtype=torch.uint8)
    torch.tensor(np.array([2.5, 1e300]), dtype=torch.float32)
    torch.as_tensor([1, 2])
    torch.as_tensor(np.float32(2))
    torch.as_tensor([1.0], dtype=torch.int32)
    torch.asarray([1.0, 2], dtype=torch.float64)
    torch.asarray(3)
    torch.asarray([1.0], requires_grad=True)
    torch.from_numpy(np.ones((2, 3)).T).is_contiguous()
    torch.from_numpy(np.array([[1, 2], [3, 4]], dtype=np.int16)[::2, 1:])
    torch.from_numpy(np.array(3.0))
    torch.from_numpy(np.zeros((2, 0)))
    torch.scalar_tensor(3)
    torch.scalar_tensor(2.5, dtype=torch.int32)
    torch.zeros(2, 3)
    torch.zeros((2, 3))
    torch.zeros([2, 3])
    torch.zeros(torch.Size([2, 3]))
    torch.zeros(())
    torch.zeros([])
    torch.zeros(0)
    torch.zeros(2, 0)
    torch.zeros(size=(2,))
    torch.zeros(torch.tensor(2), 3)
    torch.zeros(np.int64(2))
    torch.zeros((torch.tensor(2), 3))
    torch.zeros(2, requires_grad=True)
    torch.ones(2, dtype=float)
    torch.ones(2, 3, device=torch.device('cpu', 0)).device
    torch.empty(2, 3).shape
    torch.empty((2, 3), dtype=torch.int64).dtype
    torch.full((2,), True, dtype=torch.int32)
    torch.full((2,), -255, dtype=torch.uint8)
    torch.full((2,), 1.5, dtype=torch.int64)
    torch.full((2,), float('nan'), dtype=torch.bool)
    torch.full((1,), 1e6, dtype=torch.float16)
    torch.full((2,), torch.tensor(3))
    torch.full((2,), np.float64(3))
    torch.full([], 3.0)
    torch.full(size=(2,), fill_value=1)
    torch.full((2,), 3.0, requires_grad=True)
    torch.eye(3)
    torch.eye(2, 3)
    torch.eye(3, 2, dtype=torch.int64)
    torch.eye(0)
    torch.eye(2, dtype=torch.bool)
    torch.eye(n=2, m=1)
    torch.tril_indices(3, 3)
    torch.tril_indices(3, 4, 1)
    torch.tril_indices(3, 4, offset=-1)
    torch.tril_indices(0, 3)
    torch.triu_indices(3, 3)
    torch.triu_indices(4, 2, -1)
    torch.triu_indices(2, 2, 5)
    torch.triu_indices(2, 2, dtype=torch.int32)
    torch.FloatTensor([1, 2])
    torch.FloatTensor(2, 3).shape
    torch.LongTensor([1.5])
    torch.LongTensor(2).dtype
    torch.BoolTensor([1, 0])
    torch.ByteTensor([1, 255])
    torch.DoubleTensor([[1], [2]])
    [torch.HalfTensor([1]), torch.ShortTensor([1]), torch.CharTensor([1]), torch.IntTensor([1])]
    isinstance(torch.ones(2), torch.FloatTensor)
    isinstance(torch.ones(2), torch.LongTensor)
    """
)
COUNTED = each(
    """
    torch.arange(5)
    torch.arange(5.0)
    torch.arange(1, 5)
    torch.arange(1, 5, 2)
    torch.arange(1, 2.5, 0.5)
    torch.arange(0, 1, 0.1)
    torch.arange(0, 1, 0.1).tolist()
    torch.arange(0, 1, 0.1, dtype=torch.float64).tolist()
    torch.arange(1.1, 2.1, 0.1).tolist()
    torch.arange(1, 1.3, 0.1).shape
    torch.arange(0, 0.3, 0.1).shape
    torch.arange(0, 1, 1 / 3)
    torch.arange(5, 0, -1)
    torch.arange(10, 0, -3)
    torch.arange(-5.5, 5.5, 2.5)
    torch.arange(0)
    torch.arange(0.0)
    torch.arange(3, 3)
    torch.arange(start=1, end=4)
    torch.arange(end=4)
    torch.arange(1, step=2, end=4)
    torch.arange(0, 5, dtype=torch.int64, step=2)
    torch.arange(True)
    torch.arange(torch.tensor(4))
    torch.arange(np.float32(4))
    torch.arange(2.5, dtype=torch.int64)
    torch.arange(0.5, 4.5, dtype=torch.int64)
    torch.arange(2.5, dtype=torch.int32)
    torch.arange(0, 300, 50, dtype=torch.uint8)
    torch.arange(-3, 3, dtype=torch.uint8)
    torch.arange(0, 256, 32, dtype=torch.int8)
    torch.arange(0, 1, 0.3, dtype=torch.float16)
    torch.arange(2**62, 2**62 + 3)
    torch.arange(3.0, requires_grad=True)
    torch.linspace(0, 1, 5)
    torch.linspace(0, 1, 1)
    torch.linspace(0, 1, 0)
    torch.linspace(0, 1, 11).tolist()
    torch.linspace(-3.7, 2.9, 7).tolist()
    torch.linspace(1, 0, 4)
    torch.linspace(5, 5, 3)
    torch.linspace(0, 9, 5, dtype=torch.int64)
    torch.linspace(-5, 5, 4, dtype=torch.int64)
    torch.linspace(0.5, 9.5, 4, dtype=torch.int32)
    torch.linspace(0, 255, 6, dtype=torch.uint8)
    torch.linspace(0, 2**40, 3, dtype=torch.int64)
    torch.linspace(0, 1, 3, dtype=torch.float64)
    torch.linspace(0, 1, 3, dtype=torch.float16)
    torch.linspace(torch.tensor(0.0), torch.tensor(1.0), 3)
    torch.linspace(0, 1, steps=torch.tensor(3))
    torch.linspace(start=0, end=1, steps=3, requires_grad=True)
    torch.linspace(0, float('inf'), 3)
    torch.logspace(0, 2, 3)
    torch.logspace(0, 2, 3, base=2)
    torch.logspace(-1, 1, 5)
    torch.logspace(0, 2, 1)
    torch.logspace(0, 2, 0)
    torch.logspace(0, 3, 4, dtype=torch.int64)
    torch.logspace(0, 3, 5, 2, dtype=torch.int64)
    torch.logspace(0, 2, 3, base=-2.0)
    torch.logspace(0, 300, 3)
    """
)
TYPES = each(
    """
    [torch.float, torch.double, torch.half, torch.long, torch.int, torch.short, torch.bool]
    str(torch.float32)
    torch.float32 == 'float32'
    {torch.float32: 1}[torch.float]
    isinstance(torch.float32, torch.dtype)
    torch.float32.to_real()
    torch.promote_types(torch.uint8, torch.int8)
    torch.promote_types(type1=torch.int32, type2=torch.float16)
    torch.result_type(torch.tensor([1]), 1.0)
    torch.result_type(torch.tensor([1], dtype=torch.uint8), -1)
    torch.result_type(torch.tensor([True]), 1)
    torch.result_type(torch.tensor(1), 1.0)
    torch.result_type(1, 2)
    torch.result_type(1, 2.0)
    torch.result_type(1.0, torch.tensor([1.0], dtype=torch.float16))
    torch.result_type(torch.tensor([1]), torch.tensor(1.0, dtype=torch.float64))
    torch.result_type(torch.tensor([1.0]), torch.tensor(1.0, dtype=torch.float64))
    torch.result_type(torch.tensor(1, dtype=torch.int32), torch.tensor(1, dtype=torch.int8))
    torch.finfo()
    torch.finfo(torch.float16)
    torch.finfo(torch.float32)
    torch.finfo(torch.float64)
    [getattr(torch.finfo(torch.float32), n) for n in 'bits eps max min tiny resolution'.split()]
    torch.finfo(torch.float16).dtype
    torch.iinfo(torch.uint8)
    torch.iinfo(torch.int8)
    torch.iinfo(torch.int16)
    torch.iinfo(torch.int64)
    [torch.iinfo(torch.int32).max, torch.iinfo(torch.int64).min, torch.iinfo(torch.int16).bits]
    torch.get_default_dtype()
    torch.is_floating_point(torch.ones(2))
    torch.tensor([1]).is_floating_point()
    torch.is_complex(torch.ones(2))
    torch.Size([2, 3])
    torch.Size()
    torch.Size([2, 3]).numel()
    torch.Size([]).numel()
    torch.Size([2, 3])[:1]
    torch.Size([2, 3])[-1]
    torch.Size([1, 2, 3])[::2]
    torch.Size([2, 3]) + (4,)
    (4,) + torch.Size([2, 3])
    torch.Size([2, 3]) * 2
    torch.Size([2, 3]) == (2, 3)
    torch.Size([2, 3]) == [2, 3]
    hash(torch.Size([2, 3])) == hash((2, 3))
    f'{torch.Size([2, 3])}'
    torch.Size([torch.tensor(2)])
    torch.Size([2, 3]).index(3)
    torch.device('cpu')
    str(torch.device('cpu:1'))
    torch.device('cpu', 0)
    torch.device('cuda:1')
    torch.device(type='cpu', index=2).index
    torch.device(torch.device('cpu'))
    torch.device('cpu') == torch.device('cpu:0')
    torch.device('cpu') == 'cpu'
    torch.ones(2).device == torch.device('cpu')
    """
)
DEFAULT = [
    Case(f"torch.set_default_dtype(torch.float64)\nresult = {code}", grad=False)
    for code in (
        "[torch.tensor(1.0), torch.tensor([1, 2.5]), torch.tensor([1])]",
        "[torch.zeros(2), torch.ones(1), torch.empty(0), torch.full((1,), 2.0), torch.eye(1)]",
        "[torch.arange(2.0), torch.linspace(0, 1, 2), torch.logspace(0, 1, 2)]",
        "torch.tensor(np.float32(1))",
        "torch.tensor([1.0], dtype=torch.float32)",
        "torch.tensor([1, 2]) / 2",
        "torch.tensor([1, 2]) * 0.5",
        "torch.rand(2)",
        "torch.randn(2)",
        "torch.result_type(1, 1.0)",
        "[torch.FloatTensor([1]), torch.DoubleTensor([1])]",
        "torch.finfo()",
        "torch.get_default_dtype()",
    )
]
SHARED = [
    Case(code, grad=False)
    for code in (
        "a = np.ones(2)\nt = torch.from_numpy(a)\na[0] = 5\nt[1] = 7\nresult = [t, a.tolist()]",
        "a = np.ones(2)\nt = torch.as_tensor(a)\na[0] = 5\nresult = t",
        "a = np.ones(2)\nt = torch.as_tensor(a, dtype=torch.float32)\na[0] = 5\nresult = t",
        "a = np.ones(2)\nt = torch.asarray(a)\na[0] = 5\nresult = t",
        "a = np.ones(2)\nt = torch.asarray(a, copy=True)\na[0] = 5\nresult = t",
        "a = np.ones(2)\nt = torch.tensor(a)\na[0] = 5\nresult = t",
        "t = torch.ones(2)\nresult = [torch.as_tensor(t) is t, torch.asarray(t, copy=True) is t]",
        "t = torch.ones(2)\nu = torch.tensor([[1.0], [2.0]])\nt[0] = 5\nresult = [t, u]",
    )
]
ERRORS = each(
    """
    torch.tensor([[1, 2], [3]])
    torch.tensor([[1, 2], 3])
    torch.tensor([1, [2]])
    torch.tensor([1.0, [2]])
    torch.tensor([[[1, 2], [3, 4]], [[1, 2], [3]]])
    torch.tensor('abc')
    torch.tensor(['a', 'b'])
    torch.tensor([1, 'a'])
    torch.tensor([[1, 2], 'ab'])
    torch.tensor(None)
    torch.tensor([1, None])
    torch.tensor([1, None], dtype=torch.float32)
    torch.tensor([1, None], dtype=torch.int32)
    torch.tensor({})
    torch.tensor({1, 2})
    torch.tensor(object())
    torch.tensor(2**63)
    torch.tensor([2**64])
    torch.tensor([300], dtype=torch.uint8)
    torch.tensor([-1, 256], dtype=torch.uint8)
    torch.tensor(2**31, dtype=torch.int32)
    torch.tensor([float('nan')], dtype=torch.int64)
    torch.tensor([1e20], dtype=torch.int64)
    torch.tensor([-1.5], dtype=torch.uint8)
    torch.tensor(1, dtype=np.float32)
    torch.tensor(1, dtype='float32')
    torch.tensor([1, 2], requires_grad=True)
    torch.tensor([True], requires_grad=True)
    torch.tensor([torch.tensor([1.0, 2]), torch.tensor([3.0, 4])])
    torch.tensor([torch.tensor(2.5)], dtype=torch.int64)
    torch.tensor([np.array(1.0)])
    torch.tensor(np.array(['a']))
    torch.tensor(np.array([None, 1]))
    torch.tensor(np.array([1, 2])[::-1])
    torch.tensor(np.array([1.0], dtype='>f4'))
    torch.tensor([1.0], device='cuda')
    torch.tensor([1.0], foo=3)
    torch.tensor(1, 2)
    torch.as_tensor('a')
    torch.as_tensor([1.0], requires_grad=True)
    torch.asarray([1.0], copy=False)
    torch.asarray(torch.ones(2), dtype=torch.float64, copy=False)
    torch.from_numpy([1])
    torch.from_numpy(np.float32(1))
    torch.from_numpy(torch.ones(2))
    torch.from_numpy(np.ones((2, 3))[:, ::-1])
    torch.from_numpy(np.array(['a']))
    torch.scalar_tensor([1])
    torch.FloatTensor(3.0)
    torch.FloatTensor([[1, 2], [3]])
    torch.zeros()
    torch.zeros(-1)
    torch.zeros(2.0)
    torch.zeros('a')
    torch.zeros((2, 3.0))
    torch.zeros((2, 3), 4)
    torch.zeros(2, None)
    torch.zeros(None)
    torch.zeros([[3]])
    torch.zeros(torch.tensor([2, 3]))
    torch.zeros(np.array([2, 3]))
    torch.zeros(True)
    torch.zeros(2, dtype='float32')
    torch.zeros(2, dtype=torch.int64, requires_grad=True)
    torch.zeros(2, foo=1)
    torch.zeros(2, device='cuda')
    torch.zeros(2, device='foo')
    torch.ones(2, -3)
    torch.empty(-2)
    torch.full(2, 3)
    torch.full((2,), 1e40)
    torch.full((2,), 300, dtype=torch.uint8)
    torch.full((2,), float('nan'), dtype=torch.int64)
    torch.full((2,), 2**63)
    torch.full((2,), 2**70)
    torch.full((2,), torch.tensor([3.0]))
    torch.full((2,), 'a')
    torch.full((2,), 3, requires_grad=True)
    torch.zeros_like([1, 2])
    torch.zeros_like(torch.ones(2), 3)
    torch.full_like(torch.ones(2), 'a')
    torch.full_like(torch.ones(2, dtype=torch.uint8), 300)
    torch.ones_like(torch.ones(2), dtype=torch.int64, requires_grad=True)
    torch.ones(2).new_full(2, 3)
    torch.ones(2).new_zeros()
    torch.ones(2).new_ones(-1)
    torch.ones(2).new_tensor('a')
    torch.eye(-1)
    torch.eye(2, -1)
    torch.eye(2.0)
    torch.arange(0, 5, -1)
    torch.arange(5, 0)
    torch.arange(-3)
    torch.arange(0, 5, 0)
    torch.arange(0, 3, 0.5, dtype=torch.int64)
    torch.arange(4, step=2)
    torch.arange(start=4)
    torch.arange()
    torch.arange('a')
    torch.arange('a', 4)
    torch.arange(0, float('inf'))
    torch.arange(float('nan'))
    torch.arange(0, 5, float('nan'))
    torch.arange(5, dtype=torch.bool)
    torch.arange(3, requires_grad=True)
    torch.arange(2**63)
    torch.arange(1e20)
    torch.linspace(0, 1, -1)
    torch.linspace(0, 1)
    torch.linspace(0, 1, 2.5)
    torch.linspace('a', 1, 3)
    torch.linspace(torch.tensor([0.0]), 1, 3)
    torch.linspace(0, 1, 2, dtype=torch.bool)
    torch.linspace(-1, 300, 4, dtype=torch.uint8)
    torch.logspace(0, 2, -1)
    torch.logspace(0, 1, 3, base='a')
    torch.tril_indices(-1, 3)
    torch.tril_indices(3, 3, dtype=torch.float32)
    torch.triu_indices(3, -1)
    torch.promote_types(1, torch.int64)
    torch.can_cast(1, torch.bool)
    torch.result_type('a', 1)
    torch.set_default_dtype(torch.int64)
    torch.set_default_dtype('float64')
    torch.finfo(torch.int64)
    torch.finfo(3)
    torch.iinfo(torch.float32)
    torch.iinfo(torch.bool)
    torch.Size([2.0])
    torch.Size(['a'])
    torch.Size(3)
    torch.Size([2, 3])[5]
    torch.Size([2, 3]) + [4]
    torch.device('foo')
    torch.device('cpu:a')
    torch.device('')
    torch.device(0)
    torch.device(3.5)
    torch.is_floating_point(3)
    """,
    error=True,
)
WARNINGS = each(
    """
    torch.tensor(torch.tensor([1.0, 2]))
    torch.tensor(torch.tensor([300]), dtype=torch.uint8)
    torch.ones(2).new_tensor(torch.ones(2))
    torch.tensor([torch.tensor(1.0, requires_grad=True)])
    torch.tensor([np.array([1.0, 2]), np.array([3.0, 4])])
    torch.from_numpy(np.broadcast_to(np.ones(1), (3,)))
    torch.asarray(torch.ones(2, requires_grad=True))
    """,
    warns=True,
)
SPECIAL = [3.99, -3.99, float("nan"), float("inf"), -float("inf"), 1e20, -1e20, 3e9, 40000.0, 300.0]

CASES = [
    *VALUES,
    *COUNTED,
    *TYPES,
    *DEFAULT,
    *SHARED,
    *ERRORS,
    *WARNINGS,
    *grid("[torch.tensor(x), torch.tensor([x, 1]), torch.full((2,), x)]", x=NUMBERS, grad=False),
    *[Case(f"torch.zeros(2, dtype=torch.{dtype})", grad=False) for dtype in DTYPES],
    *[Case(f"torch.ones(2, 1, dtype=torch.{dtype})", grad=False) for dtype in DTYPES],
    *[Case(f"torch.tensor([1, 0], dtype=torch.{dtype})", grad=False) for dtype in DTYPES],
    *grid(
        "[str(torch.promote_types(getattr(torch, a), getattr(torch, b))) for b in n.split()]",
        a=DTYPES,
        n=" ".join(DTYPES),
        grad=False,
    ),
    *grid(
        "[torch.can_cast(getattr(torch, a), getattr(torch, b)) for b in n.split()]",
        a=DTYPES,
        n=" ".join(DTYPES),
        grad=False,
    ),
    *grid(
        "[getattr(getattr(torch, a), n) for n in "
        "('is_floating_point', 'is_signed', 'is_complex', 'itemsize')]",
        a=DTYPES,
        grad=False,
    ),
    *grid(
        "[torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 3), torch.empty_like(x).shape]",
        x=[(), (0,), (2, 3), T(2, 3), sliced(2, 3), f64(2), f16(2), ints(2), bools(2)],
        grad=False,
    ),
    *grid(
        "[torch.zeros_like(x, dtype=torch.int32), torch.full_like(x, 3.7, dtype=torch.int64)]",
        x=[(2,), bools(2)],
        grad=False,
    ),
    *grid(
        "[y.stride() for y in (torch.zeros_like(x), torch.ones_like(x.t()), torch.rand_like(x[::2]))]",
        x=[(4, 3), T(4, 3)],
        grad=False,
    ),
    Case("torch.zeros_like(x.expand(2, 3)).stride()", x=(1, 3), grad=False),
    *grid(
        "[x.new_zeros(3), x.new_ones((2, 1)), x.new_full((2,), 3), x.new_tensor([1.5, 2])]",
        x=[(2,), f64(2), f16(2), ints(2), ints(2, dtype="uint8"), bools(2)],
        grad=False,
    ),
    *grid("x.new_zeros(2, dtype=torch.int64, requires_grad=False)", x=[(2,), bools(1)], grad=False),
    Case("x.new_tensor([1, 2], requires_grad=True)", x=(2,), grad=False),
    Case("torch.zeros_like(x).requires_grad", x=pos(2)),
    *[
        Case(f"x.to(torch.{dtype})", x=SPECIAL, grad=False)
        for dtype in ("int64", "int32", "int16", "int8", "uint8", "bool", "float16")
    ],
    *[
        Case(f"x.to(torch.{dtype})", x=[300, -1, 2**40 + 5, 0], grad=False)
        for dtype in ("int32", "int16", "int8", "uint8", "bool", "float16", "float32")
    ],
]
