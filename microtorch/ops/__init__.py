"""The heart of the library: every operation, as forward rule, local gradient and vjp.

One file for each kind of operation; README.md in this folder shows them all with their formulas.
An op enters the registry when its file is loaded, and can be reached from here: ``ops.Add``.
"""

from typing import TYPE_CHECKING

from microtorch.ops import (
    activations,
    arithmetic,
    blends,
    choices,
    convolution,
    decompositions,
    distances,
    division,
    einsum,
    erf,
    exponentials,
    extremes,
    gamma,
    gathering,
    indexing,
    joining,
    kernels,
    linalg,
    losses,
    matrices,
    memory,
    moving,
    normalisation,
    padding,
    pooling,
    products,
    random,
    recurrent,
    reductions,
    resizing,
    rounding,
    scans,
    scatter_reduce,
    shaping,
    softmax,
    trigonometry,
)
from microtorch.ops.base import Elementwise, Op, call, is_array, mT, registry

__all__ = [
    "Elementwise",
    "Op",
    "activations",
    "arithmetic",
    "blends",
    "call",
    "choices",
    "convolution",
    "decompositions",
    "distances",
    "division",
    "einsum",
    "erf",
    "exponentials",
    "extremes",
    "gamma",
    "gathering",
    "indexing",
    "is_array",
    "joining",
    "kernels",
    "linalg",
    "losses",
    "mT",
    "matrices",
    "memory",
    "moving",
    "normalisation",
    "padding",
    "pooling",
    "products",
    "random",
    "recurrent",
    "reductions",
    "registry",
    "resizing",
    "rounding",
    "scans",
    "scatter_reduce",
    "shaping",
    "softmax",
    "trigonometry",
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> type[Op]: ...


globals().update(registry)
