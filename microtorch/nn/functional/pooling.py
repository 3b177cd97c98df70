"""Pooling: ``F.max_pool2d``, ``F.avg_pool2d``, ``F.adaptive_avg_pool2d``, ...

Inputs are (batch, channels, *lengths), or (channels, *lengths) without a batch. Without a
``stride``, windows stand side by side.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.nn.functional.activations import relu
from microtorch.nn.functional.common import check_tensor, sizes, times
from microtorch.nn.functional.windows import check_row, image_hint, planned
from microtorch.ops.pooling import Pool, largest_index
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record, wrap

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
]

Pooled = Tensor | tuple[Tensor, Tensor]


# ---------------------------------------------------------------- the largest


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number in every window: input (N, C, L), output (N, C, L_out)."""
    check_tensor("max_pool1d", input)
    check_row(input, kernel_size, stride, padding, dilation, ceil_mode)
    stride = stride or kernel_size
    (k,), (s,), (p,), (d,) = (sizes(n, 1) for n in (kernel_size, stride, padding, dilation))
    image = input.unsqueeze(-2)
    found = max_pool2d(image, (1, k), (1, s), (0, p), (1, d), ceil_mode, return_indices)
    if return_indices:
        return found[0].squeeze(-2), found[1].squeeze(-2)
    return found.squeeze(-2)


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number in every window: input (N, C, H, W), output (N, C, H_out, W_out).

    Of equal ones the first gets the gradient. ``ceil_mode`` keeps windows that reach beyond the
    end. With ``return_indices``, also where they stood, counted in reading order.

    >>> import microtorch as torch
    >>> torch.nn.functional.max_pool2d(torch.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    check_tensor("max_pool2d", input)
    pool = planned("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    return largest(ops.MaxPool, input, pool, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The same for three lengths: input (N, C, D, H, W)."""
    check_tensor("max_pool3d", input)
    pool = planned("max_pool3d", input, kernel_size, stride, padding, dilation, ceil_mode)
    return largest(ops.MaxPool3D, input, pool, return_indices)


def largest(op: type[ops.Op], input: Tensor, pool: Pool, return_indices: bool) -> Pooled:
    y = record(op, (input,), (pool,))
    return (y, wrap(largest_index(input._data, pool))) if return_indices else y


# ---------------------------------------------------------------- the average


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The average of every window: input (N, C, L), output (N, C, L_out)."""
    check_tensor("avg_pool1d", input)
    check_dimensions("avg_pool1d", input)
    stride = kernel_size if stride is None else stride
    given = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    for what, value in given.items():
        check_single("avg_pool1d", what, value)
    (k,), (s,), (p,) = (sizes(value, 1) for value in given.values())
    image = input.unsqueeze(-2)
    y = avg_pool2d(image, (1, k), (1, s), (0, p), ceil_mode, count_include_pad)
    return y.squeeze(-2)


def check_dimensions(name: str, input: Tensor) -> None:
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 "
            f"'self' (while checking arguments for {name})\n"
            "Hint: the input is (batch, channels, length), or (channels, length)."
        )


def check_single(name: str, what: str, value: Any) -> None:
    if len(sizes(value, 1)) != 1:
        raise RuntimeError(
            f"{name}() argument '{what}' should contain one int (got {len(sizes(value, 1))})\n"
            "Hint: a row has one length."
        )


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of every window: input (N, C, H, W), output (N, C, H_out, W_out).

    The zeros of the border count, unless ``count_include_pad=False``; ``divisor_override`` is
    divided by instead of how many entries there are.
    """
    check_tensor("avg_pool2d", input)
    return average(
        "avg_pool2d",
        ops.AvgPool,
        input,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The same for three lengths: input (N, C, D, H, W)."""
    check_tensor("avg_pool3d", input)
    return average(
        "avg_pool3d",
        ops.AvgPool3D,
        input,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


def average(
    name: str,
    op: type[ops.Op],
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero\nHint: leave out divisor_override.")
    pool = planned(name, input, kernel_size, stride, padding, 1, ceil_mode)
    lengths = pool.lengths(input)
    divisor = divisor_override or entries(lengths, pool, count_include_pad)
    return record(op, (input,), (lengths, pool, divisor))


def entries(lengths: tuple[int, ...], pool: Pool, with_border: bool) -> Any:
    """How many entries each window covers: a number if it is the same for all."""
    covered = []
    for n, k, s, p, m in zip(
        lengths, pool.kernel, pool.stride, pool.padding, pool.positions, strict=True
    ):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        if not with_border:
            start, end = np.maximum(start, 0), np.minimum(end, n)
        covered.append(end - start)
    if all((c == k).all() for c, k in zip(covered, pool.kernel, strict=True)):
        return math.prod(pool.kernel)
    return math.prod(np.ix_(*covered))


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of every window: (sum of x^p)^(1/p)."""
    if norm_type == math.inf:
        return max_pool1d(input.abs(), kernel_size, stride, 0, 1, ceil_mode)  # type: ignore[no-any-return]
    if norm_type == -math.inf:
        return -max_pool1d(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)  # type: ignore[no-any-return]
    mean = avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return root(mean, sizes(kernel_size, 1)[0], norm_type)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of every window: (sum of x^p)^(1/p)."""
    if norm_type == math.inf:
        return max_pool2d(input.abs(), kernel_size, stride, 0, 1, ceil_mode)  # type: ignore[no-any-return]
    if norm_type == -math.inf:
        return -max_pool2d(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)  # type: ignore[no-any-return]
    mean = avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return root(mean, math.prod(sizes(kernel_size, 2)), norm_type)


def root(mean: Tensor, count: int, norm_type: float) -> Tensor:
    return (mean.sign() * relu(mean.abs())).mul(count).pow(1.0 / norm_type)


# ---------------------------------------------------------------- the way back


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Max pooling undone: each number back to its place, 0 elsewhere."""
    lengths = unpooled(input, sizes(kernel_size, 1), stride, padding, output_size)
    return unpool(input.unsqueeze(-1), indices.unsqueeze(-1), (*lengths, 1)).squeeze(-1)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Max pooling undone: each number back to its place, 0 elsewhere.

    ``indices`` is what ``max_pool2d(..., return_indices=True)`` gives.
    """
    lengths = unpooled(input, sizes(kernel_size, 2), stride, padding, output_size)
    return unpool(input, indices, lengths)


def unpooled(
    input: Tensor, kernel: tuple[int, ...], stride: Any, padding: Any, output_size: Any
) -> tuple[int, ...]:
    """The lengths before pooling: those asked for, or the usual ones."""
    count = len(kernel)
    steps = kernel if stride is None else sizes(stride, count)
    borders = sizes(padding, count)
    default = [
        (n - 1) * s + k - 2 * p
        for n, s, k, p in zip(input.shape[-count:], steps, kernel, borders, strict=True)
    ]
    if output_size is None:
        return tuple(default)
    wanted = tuple(output_size)[-count:] if len(output_size) == count + 2 else tuple(output_size)
    if len(wanted) != count:
        raise ValueError(
            f"output_size should be a sequence containing {count} or {count + 2} elements, but it has "
            f"a length of '{len(wanted)}'\nHint: it is the size before pooling."
        )
    for d, (n, usual, s) in enumerate(zip(wanted, default, steps, strict=True)):
        if not usual - s < n < usual + s:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {usual - s} and '
                f"{usual + s})\nHint: only sizes that pooling maps to this one are possible."
            )
    return wanted


def unpool(input: Tensor, indices: Tensor, lengths: tuple[int, ...]) -> Tensor:
    if indices._data.dtype != np.int64:
        raise RuntimeError(
            f"elements in indices should be type int64 but got: {title(indices._data.dtype)}\n"
            "Hint: they are what max_pool2d(..., return_indices=True) gives."
        )
    if input.ndim not in (3, 4):
        raise RuntimeError(
            f"Input to max_unpooling2d should be a 3d or 4d Tensor, but got a tensor with "
            f"{input.ndim} dimensions.\n{image_hint(2)}"
        )
    if input.shape != indices.shape:
        raise RuntimeError(
            "Expected shape of indices to be same as that of the input tensor "
            f"({list(input.shape)}) but got indices tensor with shape: {list(indices.shape)}\n"
            "Hint: there is one place for every number."
        )
    outside = (indices._data < 0) | (indices._data >= math.prod(lengths))
    if outside.any():
        raise RuntimeError(
            f"Found an invalid max index: {indices._data[outside][0]} (output volumes are of size "
            f"{times(lengths)})\nHint: places count in reading order, for each channel."
        )
    return record(ops.MaxUnpool, (input,), (indices._data, lengths))
