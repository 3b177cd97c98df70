"""Views, moved entries, joining, padding, and everything that chooses entries by number."""

from __future__ import annotations

import microtorch as torch
from microtorch.ops import gathering, registry, scatter_reduce
from microtorch.ops.indexing import Places
from microtorch.tensor.dispatch import record
from microtorch.tensor.moving import as_strided
from microtorch.tensor.padding import pad
from op_cases import OpCase

FIRST = torch.tensor([1, 0])
TWICE = torch.tensor([1, 0, 1])
PAIRS = torch.tensor([[0, 1], [2, 2]])
MASK = torch.tensor([[True, False, True], [False, True, True]])
ORDER = torch.tensor([[0.3, 0.1, 0.2]], dtype=torch.float64)  # keeps a sort away from ties
WHOLE = ((2, 3), (3, 1), 0)
WINDOW = ((2, 2), (1, 2), 1)


def op(name: str, *params: object):  # type: ignore[no-untyped-def]
    """An op that only a backward pass records, called by itself."""
    return lambda *tensors: record(registry[name], tensors, params)


def reduced(reduce: str, include_self: bool = True):  # type: ignore[no-untyped-def]
    return lambda a, b: a.scatter_reduce(1, PAIRS, b, reduce, include_self=include_self)


def every_reduction(a, b):  # type: ignore[no-untyped-def]
    b = b + 3  # no ties with a
    kinds = [(kind, own) for kind in scatter_reduce.UFUNC for own in (True, False)]
    return sum((reduced(*kind)(a, b) for kind in kinds[1:]), reduced(*kinds[0])(a, b))


CASES: dict[str, OpCase] = {
    "Alias": (lambda a: a[...], ((2, 3),)),
    "Split": (lambda a: a.split(2, 1)[1], ((2, 3),)),
    "SplitWithSizes": (lambda a: a.split([1, 2], 1)[1], ((2, 3),)),
    "Unbind": (lambda a: a.unbind(1)[1], ((2, 3),)),
    "ReshapeAlias": (lambda a: a.t().reshape(3, 1, 2), ((2, 3),)),
    "UnsafeView": (lambda a: a.t().reshape(6), ((2, 3),)),
    "Squeeze": (lambda a: a.squeeze(), ((1, 3, 1),)),
    "SqueezeDim": (lambda a: a.squeeze(-1), ((1, 3, 1),)),
    "SqueezeDims": (lambda a: a.squeeze((0, 1)), ((1, 3, 1),)),
    "Diagonal": (lambda a: a.diagonal(1, 0, -1), ((2, 2, 3),)),
    "DiagonalCopy": (lambda a: torch.diag(a, -1), ((3, 2),)),
    "DiagonalPut": (op("DiagonalPut", (2, 3), 1, 0, 1), ((2,),)),
    "DiagEmbed": (lambda a: torch.diag_embed(a, -1, 0, 2), ((2, 3),)),
    "Unfold": (lambda a: a.unfold(1, 3, 2), ((2, 5),)),
    "Fold": (op("Fold", (2, 5), 1, 3, 2), ((2, 2, 3),)),
    "AsStrided": (lambda a: as_strided(a, (2, 2), (1, 2), 1), ((2, 3),)),
    "Relayout": (op("Relayout", 6, WINDOW, WHOLE), ((2, 2),)),
    "Flip": (lambda a: a.flip(0, -1), ((2, 3),)),
    "Roll": (lambda a: a.roll((1, 2), (0, 1)) + a.roll(1), ((2, 3),)),
    "Rot90": (lambda a: a.rot90(1, (0, 1)), ((2, 3),)),
    "Repeat": (lambda a: a.repeat(2, 1, 3), ((2, 3),)),
    "Tril": (lambda a: a.tril(-1), ((3, 3),)),
    "Triu": (lambda a: a.triu(1), ((2, 3, 3),)),
    "Trace": (lambda a: a.trace(), ((2, 3),)),
    "Pad": (lambda a: pad(a, (1, -1, 2, 0), value=3.0), ((2, 3),)),
    "ReflectionPad1d": (lambda a: pad(a, (2, 1), "reflect"), ((2, 3),)),
    "ReflectionPad2d": (lambda a: pad(a, (1, 2, 1, 0), "reflect"), ((2, 2, 3),)),
    "ReflectionPad3d": (lambda a: pad(a, (1, 0, 0, 1, 1, 1), "reflect"), ((1, 2, 2, 2),)),
    "ReplicationPad1d": (lambda a: pad(a, (2, -1), "replicate"), ((2, 3),)),
    "ReplicationPad2d": (lambda a: pad(a, (1, 2, 1, 0), "replicate"), ((2, 2, 3),)),
    "ReplicationPad3d": (lambda a: pad(a, (1, 0, 0, 1, 1, 1), "replicate"), ((1, 2, 1, 2),)),
    "CircularPad": (lambda a: pad(a, (1, 2), "circular"), ((2, 3),)),
    "BlockDiag": (lambda a, b: torch.block_diag(a, b, a), ((2, 1), (1, 3))),
    "SetItem": (op("SetItem", Places((0, ...))), ((2, 3), (3,))),
    "IndexPut": (lambda a, b: a.index_put((FIRST, FIRST), b), ((2, 3), (2,))),
    "IndexPutAdd": (lambda a, b: a.index_put((TWICE,), b, accumulate=True), ((2, 3), (3,))),
    "IndexAdd": (lambda a, b: a.index_add(0, TWICE, b, alpha=2), ((2, 3), (3, 3))),
    "IndexFill": (lambda a: a.index_fill(1, TWICE, 5.0), ((2, 3),)),
    "IndexFillTensor": (lambda a, b: a.index_fill(1, FIRST, b), ((2, 3), ())),
    "IndexCopy": (lambda a, b: a.index_copy(1, FIRST, b), ((2, 3), (2, 2))),
    "IndexSelect": (lambda a: a.index_select(1, TWICE), ((2, 3),)),
    "Gather": (lambda a: a.gather(1, PAIRS), ((2, 3),)),
    "Scatter": (lambda a, b: a.scatter(1, PAIRS[:1], b), ((2, 3), (2, 3))),
    "ScatterAdd": (lambda a, b: a.scatter_add(1, PAIRS, b), ((2, 3), (2, 2))),
    "ScatterValue": (lambda a: a.scatter(1, PAIRS, 5.0), ((2, 3),)),
    "ScatterReduce": (every_reduction, ((2, 3), (2, 2))),
    "Take": (lambda a: a.take(torch.tensor([[5, 0, 5]])), ((2, 3),)),
    "Put": (lambda a, b: a.put(torch.tensor([5, -6]), b), ((2, 3), (2,))),
    "PutAdd": (lambda a, b: a.put(torch.tensor([5, -1]), b, accumulate=True), ((2, 3), (2,))),
    "MaskedSelect": (lambda a: a.masked_select(MASK), ((3,),)),
    "MaskedFill": (lambda a: a.masked_fill(MASK, 5.0), ((3,),)),
    "MaskedFillTensor": (lambda a, b: a.masked_fill(MASK, b), ((2, 3), ())),
    "MaskedScatter": (lambda a, b: a.masked_scatter(MASK, b), ((3,), (5,))),
    "Embedding": (
        lambda a: record(gathering.Embedding, (a,), ((3, 2), TWICE.numpy(), None, None)),
        ((3, 2),),
    ),
    "EmbeddingBack": (op("EmbeddingBack", (3, 2), TWICE.numpy(), 1), ((3, 2),)),
    "Sort": (lambda a: (a + 9 * ORDER).sort().values, ((2, 3),)),
    "SortStable": (lambda a: (a + 9 * ORDER).sort(stable=True).values, ((2, 3),)),
    "Topk": (lambda a: (a + 9 * ORDER).topk(2).values, ((2, 3),)),
    "Kthvalue": (lambda a: (a + 9 * ORDER).kthvalue(2).values, ((2, 3),)),
    "Unique2": (lambda a: (a + 9 * ORDER).unique(), ((1, 3),)),
    "UniqueDim": (lambda a: (a + 9 * ORDER).unique(dim=1), ((2, 3),)),
    "UniqueConsecutive": (lambda a: (a + 9 * ORDER).unique_consecutive(), ((1, 3),)),
}
