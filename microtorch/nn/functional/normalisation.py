"""Normalisation: ``F.batch_norm``, ``F.layer_norm`` and their kin; and ``F.normalize``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd import no_grad
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.common import check_tensor, not_implemented
from microtorch.nn.functional.pooling import avg_pool2d, avg_pool3d
from microtorch.ops.kernels import Memo
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.padding import pad

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]

Shape = tuple[int, ...]


def constant(number: float, shape: Shape, like: Tensor) -> Tensor:
    """A weight or bias that changes nothing."""
    return wrap(np.full(shape, number, like._data.dtype))


def scaled(
    op: type[ops.Op],
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    shape: Shape,
    *params: Any,
) -> Tensor:
    """The op, with weight and bias; float16 is computed in float32."""
    if input._data.dtype == np.float16:
        wide_weight = None if weight is None else weight.float()
        wide_bias = None if bias is None else bias.float()
        return scaled(op, input.float(), wide_weight, wide_bias, shape, *params).half()
    weight = constant(1, shape, input) if weight is None else weight
    bias = constant(0, shape, input) if bias is None else bias
    return record(op, (input, weight, bias), params)


def check_dtypes(input: Tensor, *others: Tensor | None) -> None:
    """RuntimeError unless weights and statistics have the input's dtype (or float32, for float16)."""
    kind = input._data.dtype
    for other in others:
        if other is None or other._data.dtype == kind:
            continue
        if kind == np.float16 and other._data.dtype == np.float32:
            continue
        first = (
            "mixed dtype (CPU): all inputs must share same datatype."
            if kind != np.float32
            else f"mixed dtype (CPU): expect parameter to have scalar type of {title(kind)}"
        )
        raise RuntimeError(
            f"{first}\nHint: the input holds {input.dtype}, a weight {other.dtype}; convert the "
            "layer or the input: layer.double(), x.float()."
        )


# ---------------------------------------------------------------- over the batch


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Every channel (dimension 1) normalised: (x - mean) / sqrt(variance + eps), times weight, plus bias.

    While training, mean and variance are those of the batch, and running_mean and running_var move
    towards them: running = (1 - momentum) running + momentum batch. Otherwise the running ones are
    used. Ioffe and Szegedy 2015, "Batch Normalization".
    """
    check_tensor("batch_norm", input)
    if training:
        check_batch(input.shape)
    if eps < 0 or (training and eps == 0):
        wish = "positive during training" if training else "non-negative"
        raise ValueError(
            f"batch_norm eps must be {wish}, but got {eps}\n"
            "Hint: it keeps the variance away from 0; 1e-5 is usual."
        )
    channels = input.shape[1] if input.ndim > 1 else 0
    named = {
        "running_mean": running_mean,
        "running_var": running_var,
        "weight": weight,
        "bias": bias,
    }
    for name, tensor in named.items():
        check_channels(name, tensor, channels, needed=name.startswith("running") and not training)
    if input._data.dtype.kind != "f":
        raise not_implemented("batch_norm", input)
    check_dtypes(input, *named.values())
    if not training:
        assert running_mean is not None
        assert running_var is not None
        kind = np.float32 if input._data.dtype == np.float16 else input._data.dtype
        mean, variance = running_mean._data.astype(kind), running_var._data.astype(kind)
        rdev = 1 / np.sqrt(variance + eps)
        known = (mean[:, None], rdev[:, None].astype(kind))
        return scaled(ops.BatchNormOfRunning, input, weight, bias, (channels,), *known)
    memo = Memo()
    y = scaled(ops.NativeBatchNorm, input, weight, bias, (channels,), eps, memo)
    if running_mean is not None and running_var is not None and input.numel():
        mean, variance = memo.value
        n = input.numel() // channels
        with no_grad():
            follow(running_mean, mean, momentum)
            follow(running_var, variance * (n / (n - 1)), momentum)
    return y


def follow(running: Tensor, batch: Any, momentum: float) -> None:
    """Move running statistics towards those of the batch."""
    new = (1 - momentum) * running._data + momentum * batch.reshape(-1)
    running.copy_(wrap(new.astype(running._data.dtype)))


def check_batch(shape: Sequence[int]) -> None:
    """ValueError if every channel has a single number, whose variance is 0."""
    if math.prod(shape[:1]) * math.prod(shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shape}\n"
            "Hint: one number has no variance. Use a larger batch (drop_last=True skips a last one "
            "that is too small), or eval() to use the running statistics."
        )


def check_channels(name: str, tensor: Tensor | None, channels: int, needed: bool) -> None:
    if tensor is None:
        if needed:
            raise RuntimeError(
                f"{name} must be defined in evaluation mode\n"
                "Hint: without training=True, the running statistics are used."
            )
    elif tensor.numel() != channels:
        raise RuntimeError(
            f"{name} should contain {channels} elements not {tensor.numel()}\n"
            f"Hint: the channels are dimension 1 of the input, and it has {channels} of them; was the "
            f"layer made for {tensor.numel()}?"
        )


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Every channel of every sample normalised by itself (Ulyanov et al. 2016)."""
    check_tensor("instance_norm", input)
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}\n"
            "Hint: the input is (batch, channels, *lengths), and one number has no variance."
        )
    if (running_mean is None) != (running_var is None):
        raise ValueError(
            "running_mean and running_var must either both be None or neither be None\n"
            "Hint: give both."
        )
    if not use_input_stats and running_mean is None:
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false\n"
            "Hint: give both, or use the statistics of the input."
        )
    n, channels, *lengths = input.shape
    means, variances, weights, biases = (
        None if t is None else t.repeat(n) for t in (running_mean, running_var, weight, bias)
    )
    row = input.reshape(1, n * channels, *lengths)
    y = batch_norm(row, means, variances, weights, biases, use_input_stats, momentum, eps).view(
        input.shape
    )
    if use_input_stats:
        with no_grad():
            for running, each in ((running_mean, means), (running_var, variances)):
                if running is not None and each is not None:
                    running.copy_(each.reshape(n, channels).mean(0))
    return y


# ---------------------------------------------------------------- over each sample


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """The last dimensions normalised together: (x - mean) / sqrt(variance + eps), weight, bias.

    ``normalized_shape`` are the lengths of these dimensions, and the shape of weight and bias.
    Ba et al. 2016, "Layer Normalization".
    """
    shape = checked_shape("layer_norm", input, normalized_shape, weight, bias)
    check_dtypes(input, weight, bias)
    if input._data.dtype.kind != "f":
        raise not_implemented("LayerNormKernelImpl", input)
    return scaled(ops.NativeLayerNorm, input, weight, bias, shape, eps, Memo())


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """The last dimensions divided by their root mean square: x / sqrt(mean of x^2 + eps), times weight.

    Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
    """
    shape = checked_shape("rms_norm", input, normalized_shape, weight, None)
    if input._data.dtype.kind != "f":
        raise not_implemented("rms_norm", input)
    if input._data.dtype == np.float16:
        wide = rms_norm(input.float(), shape, None if weight is None else weight.float(), eps)
        return wide.half()
    dims = tuple(range(-len(shape), 0))
    eps = float(np.finfo(input._data.dtype).eps) if eps is None else eps
    y = input * (input.pow(2).mean(dims, keepdim=True) + eps).rsqrt()
    return y if weight is None else y * weight


def checked_shape(
    name: str, input: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None
) -> Shape:
    """The lengths of the last dimensions; RuntimeError unless input, weight and bias have them."""
    check_tensor(name, input)
    if not isinstance(shape, Sequence):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(shape).__name__}\nHint: write ({shape},)."
        )
    wanted = tuple(shape)
    if not wanted:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []\nHint: it is the length of the last dimension."
        )
    for what, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.shape != wanted:
            raise RuntimeError(
                f"Expected {what} to be of same shape as normalized_shape, but got {what} of shape "
                f"{list(tensor.shape)} and normalized_shape = {list(wanted)}\n"
                "Hint: there is one for every place in the last dimensions."
            )
    if input.shape[input.ndim - len(wanted) :] != wanted or input.ndim < len(wanted):
        comma = "" if name == "rms_norm" else ", "
        raise RuntimeError(
            f"Given normalized_shape={list(wanted)}, expected input with shape "
            f"[*{comma}{', '.join(map(str, wanted))}], but got input of size{list(input.shape)}\n"
            "Hint: the last dimensions of the input are normalised; their lengths must be these."
        )
    return wanted


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Groups of channels (dimension 1) normalised together, for each sample (Wu and He 2018)."""
    check_tensor("group_norm", input)
    if input.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.ndim}\n"
            "Hint: the input is (batch, channels, *lengths)."
        )
    n, channels = input.shape[:2]
    check_batch([n * channels // num_groups, num_groups, *input.shape[2:]])
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input.shape)} and num_groups={num_groups}\n"
            "Hint: every group has equally many channels."
        )
    for what, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.shape != (channels,):
            shown = list(tensor.shape) if what == "weight" or weight is not None else [0]
            raise RuntimeError(
                f"Expected {what} to be a vector of size equal to the number of channels in input, but "
                f"got {what} of shape {shown} and input of shape {list(input.shape)}\n"
                f"Hint: the channels are dimension 1 of the input: there are {channels}."
            )
    if input._data.dtype.kind != "f":
        raise not_implemented("GroupNormKernelImpl", input)
    check_dtypes(input, weight, bias)
    return scaled(ops.NativeGroupNorm, input, weight, bias, (channels,), num_groups, eps, Memo())


# ---------------------------------------------------------------- without parameters


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha times the mean of x^2 over ``size`` neighbouring channels)^beta."""
    check_tensor("local_response_norm", input)
    if input.ndim < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality                          input "
            f"(got {input.ndim} dimensions)\nHint: the input is (batch, channels, *lengths)."
        )
    if not input.numel():
        return input
    square = input.mul(input)
    border = (size // 2, (size - 1) // 2)
    if input.ndim == 3:
        padded = pad(square.unsqueeze(1), (0, 0, *border))
        mean = avg_pool2d(padded, (size, 1), stride=1).squeeze(1)
    else:
        n, channels, height = input.shape[:3]
        padded = pad(square.reshape(n, 1, channels, height, -1), (0, 0, 0, 0, *border))
        mean = avg_pool3d(padded, (size, 1, 1), stride=1).squeeze(1).reshape(input.shape)
    return input / mean.mul(alpha).add(k).pow(beta)


def normalize(
    input: Tensor, p: float = 2.0, dim: int | Shape = 1, eps: float = 1e-12, out: Any = None
) -> Tensor:
    """x / max(length of x, eps), where the length is the p-norm along ``dim``.

    >>> import microtorch as torch
    >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    if out is not None:
        raise NotImplementedError(
            "normalize: microtorch has no out=\nHint: use the result: y = F.normalize(x)."
        )
    length = input.norm(p, dim, keepdim=True).clamp_min(eps)
    return input / length.expand_as(input)
