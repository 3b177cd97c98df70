"""Products of many matrices, in the order that takes the fewest steps."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from microtorch.autograd.dtype_names import c_name
from microtorch.tensor import products
from microtorch.tensor.dispatch import not_a_tensor
from microtorch.tensor.products import which_must_agree
from microtorch.tensor.tensor import Tensor

__all__ = ["chain_matmul"]


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of several matrices, in the cheapest order: see :func:`torch.linalg.multi_dot`."""
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
        "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than "
        "multiple parameters.",
        stacklevel=2,
    )
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for matrix in matrices:
        if not isinstance(matrix, Tensor):
            raise not_a_tensor("chain_matmul", matrix, "matrices")
        if matrix.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {matrix.ndim}, expected 2 instead.")
    return multi_dot(matrices) if len(matrices) > 1 else matrices[0]


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, multiplied in the order that takes the fewest steps.

    The first and the last may be vectors. Raises RuntimeError if two neighbours do not fit.

    >>> import microtorch as torch
    >>> a, b, c = torch.ones(2, 100), torch.ones(100, 3), torch.ones(3)
    >>> torch.linalg.multi_dot([a, b, c])  # as a @ (b @ c): 500 products instead of 606
    tensor([300., 300.])
    """
    chain = list(tensors)
    check_chain(chain)
    shape = [n for each in (chain[0].shape[:-1], chain[-1].shape[1:]) for n in each]
    if chain[0].ndim == 1:
        chain[0] = chain[0].reshape(1, -1)
    if chain[-1].ndim == 1:
        chain[-1] = chain[-1].reshape(-1, 1)
    lengths = [each.shape[0] for each in chain] + [chain[-1].shape[1]]
    splits = cheapest_splits(lengths)

    def product(first: int, last: int) -> Tensor:
        if first == last:
            return chain[first]
        split = splits[first, last]
        return products.matmul(product(first, split), product(split + 1, last))

    return product(0, len(chain) - 1).reshape(shape)


def cheapest_splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Where to split the chain i..j, for all i < j (Cormen et al., Introduction to Algorithms, 15.2).

    Matrix i has lengths[i] rows and lengths[i + 1] columns.
    """
    n = len(lengths) - 1
    cost = {(i, i): 0 for i in range(n)}
    splits = {}
    for size in range(1, n):
        for i in range(n - size):
            j = i + size
            costs = {
                k: cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1]
                for k in range(i, j)
            }
            splits[i, j] = min(costs, key=costs.__getitem__)
            cost[i, j] = costs[splits[i, j]]
    return splits


def check_chain(chain: list[Tensor]) -> None:
    """Raise PyTorch's words unless the tensors are a chain of matrices that fit."""
    if len(chain) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(chain)}")
    for place, name in ((0, "first"), (-1, "last")):
        if chain[place].ndim not in (1, 2):
            raise RuntimeError(
                f"multi_dot(): the {name} tensor must be 1D or 2D but got {chain[place].ndim}D"
            )
    for i, tensor in enumerate(chain[1:-1], 1):
        if tensor.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {tensor.ndim}D")
    for i, tensor in enumerate(chain[1:], 1):
        if tensor._data.dtype != chain[0]._data.dtype:
            first, other = (c_name(each._data.dtype) for each in (chain[0], tensor))
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{first} and tensor {i} {other}"
            )
        before = chain[i - 1]
        if before.shape[-1] != tensor.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(before.shape)} and "
                f"{list(tensor.shape)} cannot be multiplied\n"
                f"Hint: {which_must_agree(before._data, tensor._data)}"
            )
