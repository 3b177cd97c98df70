"""Well-known parametrizations: ``weight_norm`` and ``spectral_norm``."""

from __future__ import annotations

from typing import Any

from microtorch.autograd import no_grad
from microtorch.nn.functional import normalize
from microtorch.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from microtorch.nn.modules.module import Module
from microtorch.nn.utils.parametrize import register_parametrization
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty
from microtorch.tensor.linalg import vector_norm

__all__ = ["spectral_norm", "weight_norm"]


def norm_except_dim(v: Tensor, dim: int | None) -> Tensor:
    """The length of each slice along a dimension; of the whole tensor for None."""
    if dim in (None, -1):
        return vector_norm(v)
    assert dim is not None
    others = [d for d in range(v.dim()) if d != dim % v.dim()]
    return vector_norm(v, dim=others, keepdim=True)


def scaled(g: Tensor, v: Tensor, dim: int | None) -> Tensor:
    """g v / |v|."""
    return v * (g / norm_except_dim(v, dim))


class _WeightNorm(Module):
    """w = g v / |v|, with the length g and the direction v learned on their own."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled(weight_g, weight_v, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn the length and the direction of a weight on their own: w = g v / |v|.

    The length of each slice along ``dim``, or with None of the whole weight. After Salimans and
    Kingma, "Weight Normalization" (2016).

    >>> import microtorch as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    >>> [tuple(parameter.shape) for parameter in layer.parameters()]
    [(2,), (2, 1), (2, 3)]
    """
    made: Module = register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    return made


class _SpectralNorm(Module):
    """w / σ(w), with the largest singular value σ found by power iteration."""

    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        ndim = weight.dim()
        if not -ndim <= dim < ndim:
            raise IndexError(
                "Dimension out of range (expected to be in range of "
                f"[-{ndim}, {ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % ndim, eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight, self.dim)
            for name, length in zip(("_u", "_v"), matrix.shape, strict=True):
                start = empty(length, dtype=weight.dtype).normal_(0, 1)
                self.register_buffer(name, normalize(start, dim=0, eps=eps))
            self._u, self._v = power_method(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.dim() == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._u, self._v = power_method(
                matrix, self._u, self._v, self.n_power_iterations, self.eps
            )
        return weight / largest(matrix, self._u, self._v)

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight as rows, one for each entry of a dimension."""
    return weight.movedim(dim, 0).flatten(1)


def power_method(
    matrix: Tensor, u: Tensor, v: Tensor, steps: int, eps: float
) -> tuple[Tensor, Tensor]:
    """Directions that are turned towards the first singular vectors, step by step."""
    with no_grad():
        for _ in range(steps):
            u = normalize(matrix.mv(v), dim=0, eps=eps)
            v = normalize(matrix.T.mv(u), dim=0, eps=eps)
    return u, v


def largest(matrix: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The largest singular value: uᵀ W v."""
    return u.dot(matrix.mv(v))


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value, so that the layer stretches nothing.

    That value is found by power iteration, one step in each forward pass while training. After
    Miyato and others, "Spectral Normalization for Generative Adversarial Networks" (2018).

    >>> import microtorch as torch
    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(20, 40))
    >>> bool((torch.linalg.matrix_norm(layer.weight, 2) - 1).abs() < 0.2)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(  # noqa: TRY004
            f"Module '{module}' has no parameter or buffer with name '{name}'"
        )
    norm = _SpectralNorm(weight, n_power_iterations, rows_of(module) if dim is None else dim, eps)
    made: Module = register_parametrization(module, name, norm)
    return made


def rows_of(module: Any) -> int:
    """The dimension of a layer's weight that counts its outputs."""
    transposed = (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
    return 1 if isinstance(module, transposed) else 0
