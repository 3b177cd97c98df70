"""The older ``weight_norm`` and ``spectral_norm``: hooks that compute a weight before each forward."""

from __future__ import annotations

import warnings
from typing import Any

from microtorch.nn.functional import normalize
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.nn.utils.parametrizations import (
    as_matrix,
    largest,
    norm_except_dim,
    power_method,
    rows_of,
    scaled,
)
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]


class WeightHook:
    """Computes an attribute of a module before each call of it."""

    kind = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Any) -> Tensor:
        raise NotImplementedError

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute(module))

    @classmethod
    def on(cls, module: Module, name: str) -> tuple[int, WeightHook] | None:
        """The hook of this kind that computes an attribute, if there is one."""
        kept: Any
        for key, kept in module._forward_pre_hooks.items():
            hook = kept.function
            if isinstance(hook, cls) and hook.name == name:
                return key, hook
        return None

    @classmethod
    def check_free(cls, module: Module, name: str) -> None:
        if cls.on(module, name):
            raise RuntimeError(f"Cannot register two {cls.kind} hooks on the same parameter {name}")

    @classmethod
    def removed(cls, module: Module, name: str, *parts: str) -> Module:
        """The module with an ordinary parameter again."""
        found = cls.on(module, name)
        if found is None:
            raise ValueError(f"{cls.kind} of '{name}' not found in {module}")
        key, hook = found
        value = hook.compute(module).detach()
        delattr(module, name)
        for part in parts:
            delattr(module, f"{name}_{part}")
        del module._forward_pre_hooks[key]
        module.register_parameter(name, Parameter(value))
        return module


class WeightNorm(WeightHook):
    """w = g v / |v|."""

    kind = "weight_norm"

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def compute(self, module: Any) -> Tensor:
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return scaled(g, v, self.dim)


class SpectralNorm(WeightHook):
    """w / σ(w)."""

    kind = "spectral_norm"

    def __init__(self, name: str, steps: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.steps, self.dim, self.eps = steps, dim, eps

    def compute(self, module: Any) -> Tensor:
        name = self.name
        weight: Tensor = getattr(module, f"{name}_orig")
        u, v = getattr(module, f"{name}_u"), getattr(module, f"{name}_v")
        matrix = as_matrix(weight, self.dim)
        if module.training:
            v, u = power_method(matrix.T, v, u, self.steps, self.eps)  # this one turns v first
            setattr(module, f"{name}_u", u)
            setattr(module, f"{name}_v", v)
        return weight / largest(matrix, u, v)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn the length (``weight_g``) and the direction (``weight_v``) of a weight on their own.

    Deprecated in PyTorch in favour of ``torch.nn.utils.parametrizations.weight_norm``.
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm.check_free(module, name)
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    length = norm_except_dim(weight.detach(), dim)
    module.register_parameter(f"{name}_g", Parameter(length.clone()))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """An ordinary weight again."""
    return WeightNorm.removed(module, name, "g", "v")


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value before each forward pass.

    The weight itself is the parameter ``weight_orig``; see
    :func:`microtorch.nn.utils.parametrizations.spectral_norm`, which is the newer form.
    """
    if n_power_iterations <= 0:
        raise ValueError(
            "Expected n_power_iterations to be positive, but got "
            f"n_power_iterations={n_power_iterations}"
        )
    SpectralNorm.check_free(module, name)
    rows = rows_of(module) if dim is None else dim
    hook = SpectralNorm(name, n_power_iterations, rows, eps)
    weight = getattr(module, name)
    matrix = as_matrix(weight.detach(), rows)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.detach())
    for part, length in zip("uv", matrix.shape, strict=True):
        start = empty(length, dtype=weight.dtype).normal_(0, 1)
        module.register_buffer(f"{name}_{part}", normalize(start, dim=0, eps=eps))
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """An ordinary weight again."""
    return SpectralNorm.removed(module, name, "orig", "u", "v")
