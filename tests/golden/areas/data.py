"""Datasets, samplers, collating, the DataLoader: batches, and their order under a seed."""

from __future__ import annotations

from golden.case import Case

SETUP = """import collections
d = torch.utils.data
x = torch.arange(10.0).reshape(5, 2)
y = torch.arange(5)
pairs = d.TensorDataset(x, y)
class Stream(d.IterableDataset):
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))
class Sized(Stream):
    def __len__(self): return self.n
class Squares(d.Dataset):
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i): return i ** 2
Point = collections.namedtuple('Point', 'x y')
seeded = lambda seed: torch.Generator().manual_seed(seed)
torch.manual_seed(7)
"""


def program(code: str, **options: bool) -> Case:
    """A line of code, or several, after the setup; the last line is what counts."""
    *before, last = code.strip().split("\n")
    lines = [f"# {last}", SETUP, *before, last if options.get("error") else f"result = {last}"]
    return Case("\n".join(lines), grad=False, **options)


ORDERS = [
    "list(d.DataLoader(range(10), batch_size=4, shuffle=True))",
    "list(d.DataLoader(range(7), shuffle=True))",
    "list(d.DataLoader(range(10), batch_size=3, shuffle=True, drop_last=True))",
    "list(d.DataLoader(range(10), batch_size=5, shuffle=True, generator=seeded(3)))",
    "list(d.DataLoader(pairs, batch_size=2, shuffle=True))",
    "loader = d.DataLoader(range(6), 2, True)\n[list(loader), list(loader)]",
    "loader = d.DataLoader(range(6), 2, True, generator=seeded(1))\n[list(loader), list(loader)]",
    "a = list(d.DataLoader(range(6), 3))\n[a, torch.randperm(5), torch.rand(2)]",
    "a = list(d.DataLoader(range(6), 3, shuffle=True))\n[a, torch.randperm(5), torch.rand(2)]",
    (
        "g = seeded(5)\na = list(d.DataLoader(range(6), 3, shuffle=True, generator=g))\n"
        "[a, torch.randperm(5, generator=g), torch.rand(2)]"
    ),
    "g = seeded(5)\nit = iter(d.DataLoader(range(6), generator=g))\ntorch.randperm(5, generator=g)",
    "list(d.RandomSampler(range(10)))",
    "list(d.RandomSampler(range(10), generator=seeded(0)))",
    "list(d.RandomSampler(range(5), replacement=True))",
    "list(d.RandomSampler(range(5), replacement=True, num_samples=70))",
    "list(d.RandomSampler(range(5), num_samples=13))",
    "list(d.RandomSampler(range(5), num_samples=3, generator=seeded(2)))",
    "s = d.RandomSampler(range(8))\n[list(s), list(s), len(s)]",
    "list(d.SubsetRandomSampler([3, 5, 7, 9, 11]))",
    "list(d.SubsetRandomSampler([3, 5, 7, 9, 11], generator=seeded(4)))",
    "list(d.WeightedRandomSampler([0.1, 0.2, 0.7], 10))",
    "list(d.WeightedRandomSampler([1, 5, 0, 2], 6, generator=seeded(4)))",
    "list(d.DataLoader(range(5), 2, sampler=d.WeightedRandomSampler([1, 2, 3, 4, 5], 5)))",
    "list(d.DataLoader(range(20), 4, sampler=d.SubsetRandomSampler(range(10, 20))))",
    "[list(part) for part in d.random_split(range(10), [7, 3])]",
    "[part.indices for part in d.random_split(range(10), [0.5, 0.25, 0.25])]",
    "[len(part) for part in d.random_split(range(11), [0.3, 0.3, 0.4])]",
    "[list(part) for part in d.random_split(range(10), [8, 2], generator=seeded(42))]",
    "a, b = d.random_split(pairs, [3, 2])\n[list(a), b.indices, list(d.DataLoader(b, 2, True))]",
]

BATCHES = [
    "list(d.DataLoader(range(5)))",
    "list(d.DataLoader(pairs, batch_size=2))",
    "list(d.DataLoader(pairs, batch_size=2, drop_last=True))",
    "list(d.DataLoader(pairs, batch_size=None))",
    "list(d.DataLoader([(1.5, 'a'), (2.5, 'b')], batch_size=2))",
    "list(d.DataLoader([{'x': 1, 'y': [1.0, 2.0]}, {'x': 2, 'y': [3.0, 4.0]}], batch_size=2))",
    "list(d.DataLoader([np.float32(1), np.float32(2)], batch_size=2))",
    "list(d.DataLoader(np.arange(6).reshape(3, 2), batch_size=2))",
    "list(d.DataLoader(np.arange(3, dtype=np.float32), batch_size=2))",
    "list(d.DataLoader(x, batch_size=3))",
    "list(d.DataLoader(range(5), 2, collate_fn=lambda batch: sum(batch)))",
    "list(d.DataLoader(range(5), 2, collate_fn=list))",
    "list(d.DataLoader(range(5), sampler=[4, 0, 2], batch_size=2))",
    "list(d.DataLoader(range(5), batch_sampler=[[0, 1], [4], [2, 3]]))",
    "list(d.DataLoader(Stream(5), batch_size=2))",
    "list(d.DataLoader(Stream(5), batch_size=2, drop_last=True))",
    "list(d.DataLoader(Stream(3), batch_size=None))",
    "list(d.DataLoader(Squares(4), batch_size=3))",
    "list(d.DataLoader(Squares(3) + Squares(2), batch_size=4))",
    "list(d.DataLoader(Stream(2) + Stream(3), batch_size=4))",
    "list(d.DataLoader(d.Subset(pairs, [4, 1, 1]), batch_size=2))",
    "list(d.DataLoader(d.StackDataset(pairs, Squares(5)), batch_size=2))",
    "list(d.DataLoader(d.StackDataset(a=Squares(3), b=range(3)), batch_size=2))",
    "[[a.tolist(), b.tolist()] for a, b in d.DataLoader(pairs, 4)]",
    "l = d.DataLoader(pairs, 2, drop_last=True)\n[len(l), l.batch_size, l.drop_last, l.num_workers]",
    "[len(d.DataLoader(range(n), b)) for n in (5, 6, 7) for b in (1, 2, 3, 10)]",
    "[len(d.DataLoader(range(n), b, drop_last=True)) for n in (5, 6, 7) for b in (1, 2, 3, 10)]",
    "[len(d.DataLoader(Sized(5), b)) for b in (1, 2, 5, 7, None)]",
    "[len(d.DataLoader(range(5), batch_size=None)), len(iter(d.DataLoader(range(5), 2)))]",
    "it = iter(d.DataLoader(range(5), 2))\n[next(it), next(it), next(it), next(it, 'end')]",
    "[type(d.DataLoader(range(3), shuffle=s).sampler).__name__ for s in (True, False, None)]",
]

DATASETS = [
    "[pairs[1], len(pairs), pairs[-1], pairs[1:3]]",
    "d.TensorDataset(x)[0]",
    "[pairs[torch.tensor([0, 2])], pairs[[1, 1]]]",
    "c = d.ConcatDataset([range(3), range(10, 12)])\n[c[0], c[3], c[-1], len(c), c.cumulative_sizes]",
    "c = pairs + pairs\n[len(c), c[7], type(c).__name__]",
    "s = d.Subset(range(10), [5, 3])\n[s[0], list(s), len(s), s.indices]",
    "s = d.StackDataset(Squares(3), range(3))\n[s[2], len(s), s.__getitems__([0, 1])]",
    "s = d.StackDataset(x=x, y=y)\n[s[1], len(s), s.__getitems__([0, 2])]",
    "list(d.ChainDataset([Stream(2), Stream(3)]))",
    "len(Sized(2) + Sized(3))",
    "list(d.BatchSampler(d.SequentialSampler(range(7)), 3, False))",
    "list(d.BatchSampler(range(7), 3, True))",
    "[len(d.BatchSampler(range(7), b, drop)) for b in (1, 3, 7, 8) for drop in (True, False)]",
    "[list(d.SequentialSampler('abc')), len(d.SequentialSampler('abc'))]",
]

COLLATED = [
    "d.default_collate([1, 2, 3])",
    "d.default_collate([1.0, 2.5])",
    "d.default_collate([True, False])",
    "d.default_collate(['a', 'b'])",
    "d.default_collate([torch.tensor([1, 2]), torch.tensor([3, 4])])",
    "d.default_collate([torch.tensor(1.0), torch.tensor(2.0)])",
    "d.default_collate([np.zeros(2), np.ones(2)])",
    "d.default_collate([np.float64(1), np.float64(2)])",
    "d.default_collate([np.int32(1), np.int32(2)])",
    "d.default_collate([np.bool_(True), np.bool_(False)])",
    "d.default_collate([(1, 2.0), (3, 4.0)])",
    "d.default_collate([[1, 2], [3, 4], [5, 6]])",
    "d.default_collate([{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}])",
    "d.default_collate([Point(1, 2.0), Point(3, 4.0)])",
    "d.default_collate([((1, 2), {'k': [3]}), ((4, 5), {'k': [6]})])",
    "d.default_collate([collections.OrderedDict(a=1), collections.OrderedDict(a=2)])",
    "d.default_collate([b'x', b'y'])",
    "d.default_collate([()])",
    "d.default_collate([(1, np.arange(2), torch.ones(1)), (2, np.arange(2), torch.zeros(1))])",
    "d.default_convert(np.array([1, 2]))",
    "d.default_convert([np.array([1.5]), (np.int64(3), 'a'), {'k': np.float32(2)}, 4])",
    "d.default_convert(Point(np.array([0]), 1))",
]

ERRORS = [
    "d.DataLoader(range(3), batch_size=0)",
    "d.DataLoader(range(3), batch_size=-1)",
    "d.DataLoader(range(3), batch_size=2.0)",
    "d.DataLoader(range(3), batch_size=True)",
    "d.DataLoader(range(3), shuffle=True, sampler=[0])",
    "d.DataLoader(range(3), batch_sampler=[[0]], batch_size=2)",
    "d.DataLoader(range(3), batch_sampler=[[0]], shuffle=True)",
    "d.DataLoader(range(3), batch_size=None, drop_last=True)",
    "d.DataLoader(range(3), num_workers=-1)",
    "d.DataLoader(range(3), timeout=-1)",
    "d.DataLoader(range(3), prefetch_factor=2)",
    "d.DataLoader(range(3), persistent_workers=True)",
    "d.DataLoader(range(3), drop_last=1)",
    "d.DataLoader([], shuffle=True)",
    "d.DataLoader(3)[0]",
    "list(d.DataLoader(3))",
    "d.DataLoader(range(3), 1, True, lr=1)",
    "d.DataLoader(range(3)).batch_size = 2",
    "d.DataLoader(range(3)).dataset = range(2)",
    "d.DataLoader(Stream(3), shuffle=True)",
    "d.DataLoader(Stream(3), sampler=[0])",
    "d.DataLoader(Stream(3), batch_sampler=[[0]])",
    "len(d.DataLoader(Stream(3)))",
    "list(d.DataLoader([None, None]))",
    "list(d.DataLoader([[1], [1, 2]], batch_size=2))",
    "list(d.DataLoader([torch.ones(2), torch.ones(3)], batch_size=2))",
    "list(d.DataLoader([{'a': 1}, {'b': 1}], batch_size=2))",
    "d.default_collate([None])",
    "d.default_collate([{1, 2}])",
    "d.default_collate([np.array(['a'])])",
    "d.default_collate([(1, None), (2, None)])",
    "d.default_collate([])",
    "d.TensorDataset(x, torch.ones(4))",
    "d.TensorDataset(np.ones(3))",
    "d.TensorDataset([1, 2])",
    "pairs[5]",
    "d.Dataset()[0]",
    "len(d.Dataset())",
    "d.ConcatDataset([])",
    "d.ConcatDataset([Stream(2)])",
    "d.ConcatDataset([range(2)])[-3]",
    "list(d.ChainDataset([range(2)]))",
    "d.StackDataset()",
    "d.StackDataset(range(2), range(3))",
    "d.StackDataset(range(2), a=range(2))",
    "d.random_split(range(10), [5, 4])",
    "d.random_split(range(10), [0.5, 0.4])",
    "d.random_split(range(10), [1.5, -0.5])",
    "d.RandomSampler([])",
    "d.RandomSampler(range(3), replacement=1)",
    "d.RandomSampler(range(3), num_samples=-1)",
    "d.WeightedRandomSampler([1, 2], 0)",
    "d.WeightedRandomSampler([1, 2], 2, replacement=1)",
    "d.WeightedRandomSampler([[1, 2]], 2)",
    "d.BatchSampler(range(3), 0, False)",
    "d.BatchSampler(range(3), 2, None)",
    "iter(d.Sampler())",
]

WARNINGS = [
    "[len(part) for part in d.random_split(range(2), [0.4, 0.3, 0.3])]",
    "list(d.DataLoader(range(3), pin_memory=True))",
    (
        "class Short(Stream):\n    def __len__(self): return 2\n"
        "loader = d.DataLoader(Short(4))\nn = len(loader)\n"
        "Short.__repr__ = lambda self: 'Short()'\nlist(loader)"
    ),
]

CASES = [
    *(program(code) for code in [*ORDERS, *BATCHES, *DATASETS, *COLLATED]),
    *(program(code, error=True) for code in ERRORS),
    *(program(code, warns=True) for code in WARNINGS),
]
