"""Starting values of parameters: ``torch.nn.init``. Every function fills its tensor in place.

After the same ``manual_seed`` they draw PyTorch's numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from microtorch.autograd import no_grad
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.random import randperm

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]

GAINS = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d"), 1),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1),
    "sigmoid": 1,
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,  # found by experiment
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a function shrinks the spread of its input, and the weights must make up for it.

    ``param`` is the negative slope of ``"leaky_relu"``.
    """
    if nonlinearity in GAINS:
        return GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, int | float):
        raise ValueError(f"negative_slope {param} not a valid number")  # noqa: TRY004
    return math.sqrt(2.0 / (1 + slope**2))


# One rule for all entries ---------------------------------------------------------------------


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Entries from U(a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Entries from N(mean, std²)."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """All entries val."""
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """All entries 1."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """All entries 0."""
    return constant_(tensor, 0.0)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Entries from N(mean, std²), drawn again until they are between a and b."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )
    inside = normal_cdf((b - mean) / std) - normal_cdf((a - mean) / std)
    draw = draw_and_reject_normal if inside > 0.3 else draw_and_reject_uniform
    return draw(tensor, mean, std, a, b, generator)


def normal_cdf(x: float) -> float:
    """The part of N(0, 1) below x."""
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def draw_and_reject_normal(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """For wide limits: draw from the normal distribution, and again what lies outside."""
    low, high = (tensor._data.dtype.type(limit) for limit in (a, b))
    values = drawn(tensor, "normal_", mean, std, generator)
    while (outside := (values < low) | (values > high)).any():
        values = np.where(outside, drawn(tensor, "normal_", mean, std, generator), values)
    return tensor.copy_(wrap(values[()]))


def draw_and_reject_uniform(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """For narrow or far limits: draw evenly, and accept with the density as probability."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    values: Any = None
    pending: Any = True
    while np.any(pending):
        candidates = drawn(tensor, "uniform_", a, b, generator)
        log_density = ((candidates - mean) / std) ** 2 * -0.5 - peak
        values = candidates if values is None else np.where(pending, candidates, values)
        with np.errstate(divide="ignore"):  # log(0) is -inf, which is always accepted
            rejected = np.log(drawn(tensor, "uniform_", 0, 1, generator)) > log_density
        pending = pending & rejected
    return tensor.copy_(wrap(values[()]))


def drawn(like: Tensor, distribution: str, first: float, second: float, generator: Any) -> Any:
    """An array of random numbers with the shape and dtype of a tensor."""
    fresh = wrap(np.empty(like.shape, like._data.dtype)[()])
    getattr(fresh, distribution)(first, second, generator=generator)
    return fresh._data


# By the number of inputs and outputs ----------------------------------------------------------


def fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs one output of a layer with these weights reads, and the reverse."""
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions\n"
            f"Hint: this one has shape {tuple(tensor.shape)}. A bias is usually started with "
            "nn.init.zeros_ or nn.init.uniform_."
        )
    outputs, inputs, *window = tensor.shape
    return inputs * math.prod(window), outputs * math.prod(window)


_calculate_fan_in_and_fan_out = fan_in_and_fan_out  # the name in PyTorch


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """U(-k, k) with k = gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010."""
    std = gain * math.sqrt(2.0 / float(sum(fan_in_and_fan_out(tensor))))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """N(0, std²) with std = gain sqrt(2 / (fan_in + fan_out)). Glorot and Bengio 2010."""
    std = gain * math.sqrt(2.0 / float(sum(fan_in_and_fan_out(tensor))))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """U(-k, k) with k = gain sqrt(3 / fan). He et al. 2015.

    ``a`` is the negative slope of the leaky ReLU that follows; ``mode`` chooses the fan.
    """
    if 0 in tensor.shape:
        return nothing_to_do(tensor)
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """N(0, std²) with std = gain / sqrt(fan). He et al. 2015."""
    if 0 in tensor.shape:
        return nothing_to_do(tensor)
    return normal_(tensor, 0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """gain / sqrt(fan): what keeps the spread of the values equal from layer to layer."""
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    fan = fan_in_and_fan_out(tensor)[modes.index(mode.lower())]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def nothing_to_do(tensor: Tensor) -> Tensor:
    """Say that a tensor without entries stays as it is."""
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor


# Matrices with a structure --------------------------------------------------------------------


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: a Linear layer with it hands its input on."""
    check_matrix(tensor)
    return tensor.copy_(wrap(np.eye(*tensor.shape, dtype=tensor._data.dtype)))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """1 in the middle of the window from channel i to channel i: a convolution hands its input on."""
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs, *window = tensor.shape
    if outputs % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    values = np.zeros(tensor.shape, tensor._data.dtype)
    middle = tuple(n // 2 for n in window)
    in_group = outputs // groups
    for group in range(groups):
        for channel in range(min(in_group, inputs)):
            values[(group * in_group + channel, channel, *middle)] = 1
    return tensor.copy_(wrap(values))


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Rows (or columns, if there are fewer) of length gain that are at right angles.

    Dimensions after the first are taken together. Saxe et al. 2013.
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    cols = tensor.numel() // rows
    flat = drawn(tensor.reshape(rows, cols), "normal_", 0, 1, generator)
    q, r = np.linalg.qr(flat.T if rows < cols else flat)
    q = q * np.sign(np.diag(r))  # one of the two signs that a QR decomposition may give
    values = (q.T if rows < cols else q).reshape(tensor.shape)
    return tensor.copy_(wrap(values)).mul_(gain)


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """N(0, std²), and in every column a fraction ``sparsity`` of zeros. Martens 2010."""
    check_matrix(tensor)
    rows, cols = tensor.shape
    zeros = math.ceil(sparsity * rows)
    normal_(tensor, 0, std, generator)
    for col in range(cols):
        tensor[randperm(rows)[:zeros], col] = 0
    return tensor


def check_matrix(tensor: Tensor) -> None:
    """Raise unless there are two dimensions."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")


# Names without an underscore, as in old programs ----------------------------------------------


def deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The same function under its old name, which warns."""
    new = function.__name__

    @wraps(function)
    def old(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{new[:-1]}` is now deprecated in favor of `nn.init.{new}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    old.__name__ = new[:-1]
    return old


uniform, normal, constant = deprecated(uniform_), deprecated(normal_), deprecated(constant_)
eye, dirac, sparse = deprecated(eye_), deprecated(dirac_), deprecated(sparse_)
xavier_uniform, xavier_normal = deprecated(xavier_uniform_), deprecated(xavier_normal_)
kaiming_uniform, kaiming_normal = deprecated(kaiming_uniform_), deprecated(kaiming_normal_)
orthogonal = deprecated(orthogonal_)
