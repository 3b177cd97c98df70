"""Questions about complex numbers: every number here is real, so the answers are short."""

from __future__ import annotations

from typing import Any

from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = [
    "conj",
    "conj_physical",
    "imag",
    "is_conj",
    "is_neg",
    "real",
    "resolve_conj",
    "resolve_neg",
]


@method
def conj(input: Tensor) -> Tensor:
    """The conjugate: of a real number, itself."""
    return input


@method
def conj_physical(input: Tensor) -> Tensor:
    """The conjugate: of a real number, itself."""
    return input


@method
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: no conjugate is waiting to be computed."""
    return input


@method
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: no change of sign is waiting to be computed."""
    return input


@method
def is_conj(input: Tensor) -> bool:
    """Whether a conjugate is waiting to be computed: False."""
    return False


@method
def is_neg(input: Tensor) -> bool:
    """Whether a change of sign is waiting to be computed: False."""
    return False


def real(input: Tensor) -> Tensor:
    """The real part: the tensor itself."""
    return input


def imag(input: Tensor) -> Any:
    """The imaginary part. Raises RuntimeError: microtorch has real numbers only."""
    raise RuntimeError(
        "imag is not implemented for tensors with non-complex dtypes.\n"
        "Hint: microtorch has real numbers only; their imaginary part is 0."
    )


setattr(Tensor, "real", property(real))  # noqa: B010 (a name that Tensor does not declare)
setattr(Tensor, "imag", property(imag))  # noqa: B010
