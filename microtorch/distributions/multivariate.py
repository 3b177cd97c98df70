"""Distributions of whole vectors: MultivariateNormal, and Independent for any other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

from microtorch.distributions import constraints
from microtorch.distributions.constraints import Constraint
from microtorch.distributions.distribution import Distribution, sum_rightmost
from microtorch.tensor import Tensor, linalg
from microtorch.tensor.broadcasting import broadcast_shapes
from microtorch.tensor.creation import empty

__all__ = ["Independent", "MultivariateNormal"]

Shape = Sequence[int]


class MultivariateNormal(Distribution):
    """A bell curve in several dimensions, from a mean and one of three matrices.

    ``covariance_matrix``, ``precision_matrix`` (its inverse), or ``scale_tril`` (its lower
    triangular Cholesky factor L with covariance = L Lᵀ).

    >>> import microtorch as torch
    >>> plane = torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))
    >>> plane.log_prob(torch.zeros(2))
    tensor(-1.8379)
    """

    has_rsample = True
    support = constraints.real_vector

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            name: matrix
            for name, matrix in (
                ("covariance_matrix", covariance_matrix),
                ("precision_matrix", precision_matrix),
                ("scale_tril", scale_tril),
            )
            if matrix is not None
        }
        if len(given) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                "specified."
            )
        ((self.given, matrix),) = given.items()
        if matrix.dim() < 2:
            what = "scale_tril matrix" if self.given == "scale_tril" else self.given
            raise ValueError(
                f"{what} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch_shape = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(*batch_shape, -1)
        self.matrix = matrix.expand(*batch_shape, -1, -1)
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        if self._validate_args:
            self.check_matrix()

    def check_matrix(self) -> None:
        """ValueError unless the matrix is what it is said to be."""
        kind, valid = "PositiveDefinite()", True
        matrix = self.matrix.detach()
        if self.given == "scale_tril":
            kind = "LowerCholesky()"
            diagonal = matrix.diagonal(dim1=-2, dim2=-1)
            valid = bool((matrix.tril() == matrix).all()) and bool((diagonal > 0).all())
        else:
            symmetric = (matrix - matrix.mT).abs().max() <= 1e-6 * matrix.abs().max()
            valid = bool(symmetric) and bool((linalg.eigvalsh(matrix) > 0).all())
        if not valid:
            raise ValueError(
                f"Expected parameter {self.given} (Tensor of shape {tuple(matrix.shape)}) of "
                f"distribution {self!r} to satisfy the constraint {kind}, but found invalid "
                f"values:\n{matrix}"
            )

    @cached_property
    def scale_tril(self) -> Tensor:
        """The lower triangular L with covariance = L Lᵀ."""
        if self.given == "scale_tril":
            return self.matrix
        if self.given == "covariance_matrix":
            return linalg.cholesky(self.matrix)
        # With P = M Mᵀ for the flipped order of coordinates, the inverse is L Lᵀ again.
        flipped = linalg.cholesky(self.matrix.flip(-2, -1)).flip(-2, -1).mT
        return linalg.inv(flipped)

    @cached_property
    def covariance_matrix(self) -> Tensor:
        if self.given == "covariance_matrix":
            return self.matrix
        result: Tensor = self.scale_tril @ self.scale_tril.mT
        return result

    @cached_property
    def precision_matrix(self) -> Tensor:
        if self.given == "precision_matrix":
            return self.matrix
        return linalg.inv(self.covariance_matrix)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.scale_tril.pow(2).sum(-1)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        noise = empty(self.shape(sample_shape), dtype=self.loc.dtype).normal_()
        result: Tensor = self.loc + (self.scale_tril @ noise.unsqueeze(-1)).squeeze(-1)
        return result

    def log_prob(self, value: Tensor) -> Tensor:
        self.check(value)
        squares = mahalanobis(self.scale_tril, value - self.loc)
        constant = self.event_shape[0] * math.log(2 * math.pi)
        result: Tensor = -0.5 * (constant + squares) - half_log_det(self.scale_tril)
        return result

    def entropy(self) -> Tensor:
        constant = 0.5 * self.event_shape[0] * (1.0 + math.log(2 * math.pi))
        result: Tensor = constant + half_log_det(self.scale_tril)
        return result

    def expand(self, batch_shape: Shape) -> Self:
        loc = self.loc.expand(*batch_shape, -1)
        matrix: dict[str, Any] = {self.given: self.matrix.expand(*batch_shape, -1, -1)}
        return type(self)(loc, **matrix, validate_args=False)

    def __repr__(self) -> str:
        shown = [("loc", self.loc), (self.given, self.matrix)]
        text = [f"{name}: {x if x.numel() == 1 else x.size()}" for name, x in shown]
        return f"{type(self).__name__}({', '.join(text)})"


def half_log_det(lower: Tensor) -> Tensor:
    """Half the logarithm of the determinant of L Lᵀ."""
    return lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def mahalanobis(lower: Tensor, away: Tensor) -> Tensor:
    """The squared length of away, measured in standard deviations: |L⁻¹ away|²."""
    solved = linalg.solve_triangular(lower, away.unsqueeze(-1), upper=False)
    return solved.squeeze(-1).pow(2).sum(-1)


class Independent(Distribution):
    """Another distribution, of whose batch the last dimensions are taken as one event.

    >>> import microtorch as torch
    >>> normal = torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    >>> torch.distributions.Independent(normal, 1).log_prob(torch.zeros(3))
    tensor(-2.7568)
    """

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        base, dims = base_distribution, reinterpreted_batch_ndims
        if dims > len(base.batch_shape):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual "
                f"{dims} vs {len(base.batch_shape)}"
            )
        shape = (*base.batch_shape, *base.event_shape)
        kept = len(base.batch_shape) - dims
        self.base_dist, self.reinterpreted_batch_ndims = base, dims
        self.has_rsample = base.has_rsample
        super().__init__(shape[:kept], shape[kept:], validate_args=validate_args)

    @property
    def support(self) -> Constraint:
        inner, dims = self.base_dist.support, self.reinterpreted_batch_ndims
        return constraints.Independent(inner, dims) if dims else inner

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Shape) -> Self:
        inner = (*batch_shape, *self.event_shape[: self.reinterpreted_batch_ndims])
        return type(self)(self.base_dist.expand(inner), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"
