"""Which product ``a @ b`` means, by the dimensions of a and b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microtorch import ops
from microtorch.tensor.dispatch import record

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor

BY_DIMENSIONS: dict[tuple[int, int], type[ops.Op]] = {
    (1, 1): ops.Dot,
    (2, 1): ops.Mv,
    (1, 2): ops.VecMat,
    (2, 2): ops.Mm,
}


def matmul(a: Tensor, b: Tensor, expected: tuple[int, int] | None = None) -> Tensor:
    """a @ b. ``expected`` are the numbers of dimensions that dot, mv and mm insist on."""
    dimensions = (a.ndim, b.ndim)
    if expected and dimensions != expected:
        name = BY_DIMENSIONS[expected].__name__.lower()
        raise RuntimeError(
            f"{name}: expected {expected[0]}D and {expected[1]}D tensors, but got "
            f"{a.ndim}D and {b.ndim}D tensors"
        )
    if 0 in dimensions:
        raise RuntimeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{a.ndim}D and {b.ndim}D\nHint: use * for a single number."
        )
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}\n"
            "Hint: convert one of them, for example with .float()."
        )
    if a.shape[-1] != b.shape[0 if b.ndim == 1 else -2]:
        raise shapes_do_not_fit(a, b)
    if dimensions in BY_DIMENSIONS:
        return record(BY_DIMENSIONS[dimensions], (a, b), ())
    if a.ndim == 1:
        return matmul(a.unsqueeze(0), b)[..., 0, :]
    if b.ndim == 1:
        return matmul(a, b.unsqueeze(1))[..., 0]
    return record(ops.Matmul, (a, b), ())


def shapes_do_not_fit(a: Tensor, b: Tensor) -> RuntimeError:
    """PyTorch's words, then which lengths must agree and whether a transpose would do."""
    m, n = a.shape[-1], b.shape[0 if b.ndim == 1 else -2]
    if a.ndim == b.ndim == 1:
        text = (
            f"inconsistent tensor size, expected tensor [{m}] and src [{n}] to have the same "
            f"number of elements, but got {m} and {n} elements respectively"
        )
    elif b.ndim == 1:
        text = f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{m}), vec ({n})"
    else:
        rows = a.shape[-2] if a.ndim > 1 else 1
        text = f"mat1 and mat2 shapes cannot be multiplied ({rows}x{m} and {n}x{b.shape[-1]})"
    hint = f"the last length of the first ({m}) must equal the first length of the second ({n})."
    if a.ndim == 2 and a.shape[-2] == n:
        hint += " They would fit with the first transposed: a.T @ b."
    elif b.ndim == 2 and b.shape[-1] == m:
        hint += " They would fit with the second transposed: a @ b.T."
    return RuntimeError(f"{text}\nHint: {hint}")
