"""Activation functions: ``F.relu``, ``F.gelu``, ``F.softmax``, ...

They work entry by entry and keep the shape, unless they say otherwise. With ``inplace=True`` the
input itself is changed, where PyTorch offers that.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import check_float, check_tensor, finished
from microtorch.ops.kernels import Memo
from microtorch.tensor import Tensor
from microtorch.tensor.creation import zeros_like
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.generator import default_generator
from microtorch.tensor.shapes import as_axis
from microtorch.tensor.softmax import log_softmax as tensor_log_softmax
from microtorch.tensor.softmax import softmax as tensor_softmax

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]

# Klambauer et al. 2017, "Self-Normalizing Neural Networks": they keep mean 0 and variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


# ---------------------------------------------------------------- rectifiers


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0): what is negative becomes 0. Its slope at 0 is taken as 0.

    >>> import microtorch as torch
    >>> torch.nn.functional.relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    check_tensor("relu", input)
    return finished(input.relu(), input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6)."""
    return clipped("relu6", input, 0, 6, inplace)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """x, cut off below min_val and above max_val. The slope at both ends is 0."""
    if min_val > max_val:
        raise ValueError(
            "min_val cannot be greater than max_val\n"
            f"Hint: they are {min_val} and {max_val}; nothing lies between them."
        )
    return clipped("hardtanh", input, min_val, max_val, inplace)


def clipped(function: str, input: Tensor, low: float, high: float, inplace: bool) -> Tensor:
    check_tensor(function, input)
    if input._data.dtype.kind == "b":
        raise RuntimeError(
            "Bool inputs not supported for hardtanh\nHint: convert the tensor first: x.float()."
        )
    return finished(record(ops.Hardtanh, (input,), (low, high)), input, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, else negative_slope x."""
    check_tensor("leaky_relu", input)
    check_float("leaky_relu_cpu", input)
    return finished(record(ops.LeakyRelu, (input,), (negative_slope,)), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where it is positive, else weight x: a slope that is learned.

    ``weight`` is one number, or one for each channel (dimension 1 of the input).
    """
    check_tensor("prelu", input)
    check_tensor("prelu", weight, "weight", 2)
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {title(input._data.dtype)} and "
            f"{title(weight._data.dtype)}\nHint: convert one of the two, such as weight.to(x.dtype)."
        )
    if weight.numel() != 1:
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.\nHint: a number has no channels.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.numel() != channels:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}.\n"
                "Hint: the channels are dimension 1 of the input, which has shape "
                f"{tuple(input.shape)}; give one slope for each, or a single one."
            )
        weight = weight.reshape([-1 if axis == 1 else 1 for axis in range(input.ndim)])
    elif weight.ndim != input.ndim:
        weight = weight.reshape([1] * input.ndim)
    check_float("prelu_cpu", input)
    return record(ops.PreluKernel, (input, weight), ())


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """Leaky rectifier whose slopes are drawn from U(lower, upper) while training.

    Afterwards the slope is the mean of the two. The same seed gives PyTorch's slopes.
    """
    check_tensor("rrelu", input)
    if lower > upper:
        raise RuntimeError(
            "Lower bound should be less than or equal to the upper bound\n"
            f"Hint: they are {lower} and {upper}."
        )
    if not training:
        check_float("leaky_relu_cpu", input)
        result = record(ops.RreluWithNoise, (input,), ((lower + upper) / 2,))
        return finished(result, input, inplace)
    check_float("rrelu_with_noise_out_cpu", input)
    falling = input._data <= 0
    noise = np.ones(input._data.shape, input._data.dtype)
    bits = default_generator.draw(int(falling.sum()), 64) & np.uint64(2**53 - 1)
    noise[falling] = lower + (upper - lower) * (bits * 2.0**-53)
    return finished(record(ops.RreluWithNoiseDrawn, (input,), (noise[()],)), input, inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is above the threshold, else value."""
    check_tensor("threshold", input)
    return finished(record(ops.Threshold, (input,), (threshold, value)), input, inplace)


# ---------------------------------------------------------------- smooth rectifiers


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, else alpha (e^x - 1)."""
    check_tensor("elu", input)
    check_float("elu_cpu", input)
    return finished(record(ops.Elu, (input,), (alpha, 1.0, 1.0)), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Elu, scaled so that layers keep mean 0 and variance 1."""
    check_tensor("selu", input)
    check_float("elu_cpu", input)
    return finished(record(ops.Elu, (input,), (SELU_ALPHA, SELU_SCALE, 1.0)), input, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, else alpha (e^(x / alpha) - 1): its slope has no corner."""
    check_tensor("celu", input)
    if alpha == 0:
        raise RuntimeError(
            "ZeroDivisionError: alpha cannot be 0 for CELU\nHint: celu divides x by alpha."
        )
    check_float("elu_cpu", input)
    return finished(record(ops.Celu, (input,), (alpha, 1.0, 1.0 / alpha)), input, inplace)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times how likely a standard normal number is below x (Hendrycks and Gimpel 2016).

    ``approximate="tanh"`` computes it as x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.
    """
    check_tensor("gelu", input)
    if approximate not in ("none", "tanh"):
        raise RuntimeError(
            "approximate argument must be either none or tanh.\n"
            f"Hint: it is {approximate!r}; the exact function is approximate='none'."
        )
    check_float("GeluKernelImpl", input)
    return record(ops.Gelu, (input,), (approximate, Memo()))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x times sigmoid(x), also called swish."""
    check_tensor("silu", input)
    check_float("silu_cpu", input)
    return finished(record(ops.Silu, (input,), ()), input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x times tanh(softplus(x)) (Misra 2019)."""
    check_tensor("mish", input)
    check_float("mish_cpu", input)
    return finished(record(ops.Mish, (input,), ()), input, inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(beta x)) / beta; x itself where beta x is above the threshold."""
    check_tensor("softplus", input)
    check_float("softplus_cpu", input)
    return record(ops.Softplus, (input,), (beta, threshold))


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x times (x + 3) / 6, the latter cut off below 0 and above 1."""
    check_tensor("hardswish", input)
    check_float("hardswish_cpu", input)
    return finished(record(ops.Hardswish, (input,), ()), input, inplace)


# ---------------------------------------------------------------- what squashes


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x): any number becomes one between 0 and 1."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent: any number becomes one between -1 and 1."""
    return input.tanh()


def logsigmoid(input: Tensor) -> Tensor:
    """ln(sigmoid(x)), exact also where sigmoid(x) is tiny."""
    check_tensor("log_sigmoid", input)
    check_float("log_sigmoid_cpu", input)
    return record(ops.LogSigmoid, (input,), ())


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(x + 3) / 6, cut off below 0 and above 1."""
    check_tensor("hardsigmoid", input)
    check_float("hardsigmoid_cpu", input)
    return finished(record(ops.Hardsigmoid, (input,), ()), input, inplace)


def softsign(input: Tensor) -> Tensor:
    """x / (|x| + 1)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return input - input.tanh()


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, drawn towards 0 by lambd; 0 where |x| <= lambd."""
    check_tensor("softshrink", input)
    check_float("softshrink_check", input)
    if not 0 <= lambd <= np.finfo(input._data.dtype).max:
        raise RuntimeError(
            f"lambda must be in range [0, {float(np.finfo(input._data.dtype).max):g}] for input "
            f"dtype {title(input._data.dtype)}, but found {lambd:g}\n"
            "Hint: it is how far numbers are drawn towards 0."
        )
    return record(ops.Softshrink, (input,), (lambd,))


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, but 0 where |x| <= lambd."""
    check_tensor("hardshrink", input)
    check_float("hardshrink_cpu", input)
    return record(ops.Hardshrink, (input,), (lambd,))


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a times sigmoid(b), where a and b are the halves of the input along ``dim``."""
    check_tensor("glu", input)
    if input.ndim == 0:
        raise RuntimeError(
            "glu does not support scalars because halving size must be even\n"
            "Hint: glu cuts a dimension into two halves, and a number has none."
        )
    axis = as_axis(dim, input.ndim)
    length = input.shape[axis]
    if length % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {axis} is size {length}\n"
            "Hint: one half of it opens and closes the gates of the other."
        )
    check_float("glu_cpu", input)
    before = (slice(None),) * axis
    first, second = slice(length // 2), slice(length // 2, None)
    return record(ops.Glu, (input[(*before, first)], input[(*before, second)]), ())


# ---------------------------------------------------------------- softmax


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """Probabilities: e^x, divided by its sum along ``dim``.

    >>> import microtorch as torch
    >>> torch.nn.functional.softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    dim = softmax_dim("softmax", input, dim, _stacklevel)
    return tensor_softmax(input, dim, dtype)


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-x): the smallest entry becomes the most probable."""
    dim = softmax_dim("softmin", input, dim, _stacklevel)
    return tensor_softmax(-input, dim, dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """ln(softmax(x)), without computing tiny probabilities on the way."""
    dim = softmax_dim("log_softmax", input, dim, _stacklevel)
    return tensor_log_softmax(input, dim, dtype)


def softmax_dim(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    """The dimension asked for. If there is none, PyTorch warns and guesses."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A random choice that has a gradient (Jang et al. 2016): softmax((logits + noise) / tau).

    With ``hard=True`` the result is one-hot, and its gradient is that of the soft choice. The
    noise is microtorch's own: PyTorch draws it from a vendor's library.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -zeros_like(logits).exponential_().log()
    soft = tensor_softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    winner = np.expand_dims(soft._data.argmax(dim), dim)
    one_hot = np.zeros_like(soft._data)
    np.put_along_axis(one_hot, winner, 1, dim)
    return wrap(one_hot) - soft.detach() + soft


# ---------------------------------------------------------------- in place


def relu_(input: Tensor) -> Tensor:
    """In-place form of :func:`relu`."""
    return relu(input, inplace=True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """In-place form of :func:`hardtanh`."""
    return hardtanh(input, min_val, max_val, inplace=True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """In-place form of :func:`leaky_relu`."""
    return leaky_relu(input, negative_slope, inplace=True)


def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Tensor:
    """In-place form of :func:`rrelu`."""
    return rrelu(input, lower, upper, training, inplace=True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """In-place form of :func:`threshold`."""
    return globals()["threshold"](input, threshold, value, inplace=True)  # type: ignore[no-any-return]


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place form of :func:`elu`."""
    return elu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """In-place form of :func:`selu`."""
    return selu(input, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place form of :func:`celu`."""
    return celu(input, alpha, inplace=True)
