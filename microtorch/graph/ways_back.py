"""How a gradient comes back through an operation on arrays, in plain words.

For entry by entry operations and for matrix products the formula says it. Where entries are
picked, joined, moved or compared, words say more.
"""

from __future__ import annotations

from microtorch.graph.kinds import op_named
from microtorch.graph.model import Operation
from microtorch.ops.indexing import BasicIndex, Index, IndexAdd, SetItem

PICKED = (
    "each entry gets the gradient of the entries of {y} that it became; one that became none gets 0"
)
LARGEST = "the gradient of {y} goes to the entries that won; all others get 0"
MOVED = "the gradient of {y} goes back to where each entry came from"
NORMALISED = (
    "each entry moves the mean and the spread of all that it is normalised with, so their "
    "gradients are mixed"
)
MET = "kernel and image meet many times: what comes back each time is added up"
SHARED = "it meets every sample: what comes back from each is added up"
WORDS = {
    "SumDim": "every entry that was added up gets the gradient of its sum",
    "MeanDim": "every entry gets its equal share of the gradient of its mean",
    "Softmax": "an entry p of {y} whose gradient is g sends back p·(g − Σ p·g)",
    "LogSoftmax": "an entry of {y} whose gradient is g sends back g − p·Σ g, where p is its softmax",
    "Logsumexp": "each entry gets its softmax share of the gradient of {y}",
    "Cumsum": "each entry is a part of all later sums: their gradients are added up",
    "Cat": "each part gets its own piece of the gradient of {y}",
    "Stack": "each part gets its own piece of the gradient of {y}",
    "Embedding": "each row gets the gradients of all its uses, added up",
    "Permute": MOVED,
    "Flip": MOVED,
    "Roll": MOVED,
    "MaxPool": LARGEST,
    "Amax": LARGEST,
    "Amin": LARGEST,
    "AvgPool": "every entry gets its equal share of the gradients of the means that it is part of",
    "Convolution": MET,
    "ConvolutionWithBias": MET,
    "NativeLayerNorm": NORMALISED,
    "NativeBatchNorm": NORMALISED,
    "NativeGroupNorm": NORMALISED,
}


def words_back(op: Operation, k: int, result: str) -> str | None:
    """How the gradient of ``result`` comes back to the k-th input; None if nothing is known."""
    kind = op_named(op.kind)
    if issubclass(kind, SetItem):
        words = "the gradient of {y} where it was written to"
        if k == 0:
            words = "the gradient of {y}, but 0 where other entries were put"
    elif issubclass(kind, IndexAdd):
        words = "the gradient of {y}" + (" where it was added to" if k else "")
    elif issubclass(kind, Index | BasicIndex):
        words = PICKED
    else:
        words = WORDS.get(op.kind, "")
        if (words is NORMALISED and k > 0) or (words is MET and k > 1):
            words = SHARED  # weight and bias
    return words.format(y=result) or None
