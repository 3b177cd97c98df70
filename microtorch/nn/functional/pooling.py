"""Pooling: ``F.max_pool2d``, ``F.avg_pool2d``, ``F.adaptive_avg_pool2d``, ...

Inputs are (batch, channels, *lengths), or (channels, *lengths) without a batch. Without a
``stride``, windows stand side by side.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.versions import title
from microtorch.nn.functional.activations import relu
from microtorch.nn.functional.common import check_tensor, not_implemented, sizes, times
from microtorch.ops.pooling import Pool, largest_index
from microtorch.tensor import Tensor
from microtorch.tensor.dispatch import record

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
    along = [(1, sizes(n, 1)[0]) for n in (kernel_size, stride or kernel_size)]
    padded, spread = (0, sizes(padding, 1)[0]), (1, sizes(dilation, 1)[0])
    image = input.unsqueeze(-2)
    found = max_pool2d(image, *along, padded, spread, ceil_mode, return_indices)
    if return_indices:
        return found[0].squeeze(-2), found[1].squeeze(-2)
    return found.squeeze(-2)


def check_row(
    input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> None:
    """RuntimeError unless windows fit into a row."""
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(input.shape)}\nHint: the input is (batch, channels, length)."
        )
    given = (("kernel_size", kernel_size), ("stride", stride or kernel_size))
    for what, value in (*given, ("padding", padding), ("dilation", dilation)):
        if len(sizes(value, 1)) != 1:
            kinds = "None, an int, list" if what == "stride" else "an int, list"
            comma = "," if what == "stride" else ""
            raise RuntimeError(
                f"max_pool1d() {what} must be {kinds} of ints{comma} or tuple of ints of size 1 but "
                f"got size {len(sizes(value, 1))}\nHint: a row has one length."
            )
    (kernel,), (step,) = sizes(kernel_size, 1), sizes(kernel_size if stride is None else stride, 1)
    (border,), (gap,) = sizes(padding, 1), sizes(dilation, 1)
    for what, number in (("kernel_size", kernel), ("stride", step)):
        if number <= 0:
            raise RuntimeError(
                f"max_pool1d() {what} must be greater than zero, but got {number}\n"
                "Hint: it is a number of entries."
            )
    if border < 0:
        raise RuntimeError(
            f"max_pool1d() padding must be non-negative, but got {border}\n"
            "Hint: it is a number of entries."
        )
    if border > kernel // 2:
        raise RuntimeError(
            "max_pool1d() padding should be at most half of kernel size, but got "
            f"padding={border} and kernel_size={kernel}\n"
            "Hint: otherwise a window could lie in the border altogether."
        )
    if gap <= 0:
        raise RuntimeError(
            f"max_pool1d() dilation must be greater than zero, but got {gap}\n"
            "Hint: dilation=1 is the usual case."
        )
    length = windows_of(input.shape[-1], kernel, step, border, gap, ceil_mode)
    if length <= 0:
        raise RuntimeError(
            f"max_pool1d() Invalid computed output size: {length}\n"
            "Hint: the window is longer than the input."
        )
    if input._data.dtype.kind != "f":
        raise not_implemented("max_pool1d_impl", input)


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
    return (y, Tensor(largest_index(input._data, pool))) if return_indices else y


def planned(
    name: str,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Pool:
    """How the windows lie; RuntimeError if they cannot."""
    options = [
        tuple(option) if isinstance(option, list) else option
        for option in (kernel_size, stride, padding, dilation)
    ]
    pool = plan(name, input._data.shape, *options, ceil_mode)
    if input._data.dtype.kind == "b":
        raise not_implemented(name, input)
    return pool


@lru_cache(256)
def plan(
    name: str,
    shape: tuple[int, ...],
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Pool:
    """The same for a shape; layers ask for the same again and again."""
    ndim = len(shape)
    count = int(name[-2])
    kernel = as_lengths(name, "kernel_size", kernel_size, count)
    empty = stride is None or stride == ()
    step = kernel if empty else as_lengths(name, "stride", stride, count)
    border = as_lengths(name, "padding", padding, count)
    gaps = as_lengths(name, "dilation", dilation, count)
    if ndim not in (count + 1, count + 2):
        if name == "avg_pool2d" and ndim < 3:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, "
                f"{ndim - 1}], but got -3)\n{image_hint(count)}"
            )
        if name == "avg_pool2d":
            raise not_an_image(shape)
        raise RuntimeError(
            f"non-empty {count + 1}D or {count + 2}D (batch mode) tensor expected for input\n"
            f"{image_hint(count)}"
        )
    sides = [f"{letter}" for letter in "THW"[3 - count :]]
    checks = (
        ("kernel size", "k", kernel),
        ("stride", "d", step),
    )
    if 0 in step:
        raise RuntimeError("stride should not be zero\nHint: the window must move on.")
    for what, letter, numbers in checks:
        if min(numbers) <= 0:
            given = " ".join(f"{letter}{side}: {n}" for side, n in zip(sides, numbers, strict=True))
            raise RuntimeError(
                f"{what} should be greater than zero, but got {given}\n"
                "Hint: it is a number of entries."
            )
    if min(gaps) <= 0:
        given = " ".join(f"dilation{side}: {n}" for side, n in zip(sides, gaps, strict=True))
        raise RuntimeError(
            f"dilation should be greater than zero, but got {given}\n"
            "Hint: dilation=1 is the usual case."
        )
    check_border(kernel, border, gaps)
    lengths = tuple(shape[-count:])
    if 0 in lengths or shape[-count - 1] == 0:
        raise not_an_image(shape)
    positions = tuple(
        windows_of(*numbers, ceil_mode)
        for numbers in zip(lengths, kernel, step, border, gaps, strict=True)
    )
    check_positions(name, shape, lengths, kernel, positions)
    after = tuple(
        max((m - 1) * s + d * (k - 1) + 1 - n - p, 0)
        for n, k, s, p, d, m in zip(lengths, kernel, step, border, gaps, positions, strict=True)
    )
    return Pool(kernel, step, border, gaps, after, positions)


WORDS = {
    "kernel_size": "must either be",
    "stride": "must either be omitted,",
    "padding": "must either be",
    "dilation": "must be either",
}


def as_lengths(name: str, what: str, value: Any, count: int) -> tuple[int, ...]:
    """One number for every length; RuntimeError if there are too many."""
    numbers = sizes(value, count)
    if len(numbers) != count:
        raise RuntimeError(
            f"{name}: {what} {WORDS[what]} a single int, or a tuple of {('two', 'three')[count - 2]} "
            f"ints\nHint: it is {value!r}."
        )
    return numbers


def check_border(kernel: tuple[int, ...], border: tuple[int, ...], gaps: tuple[int, ...]) -> None:
    for k, p, d in zip(kernel, border, gaps, strict=True):
        if p < 0:
            raise RuntimeError(
                f"pad must be non-negative, but got pad: {p}\nHint: it is a number of entries."
            )
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got "
                f"pad={p}, kernel_size={k} and dilation={d}\n"
                "Hint: otherwise a window could lie in the border altogether."
            )
    if any(p > k // 2 for k, p in zip(kernel, border, strict=True)):
        sides = "THW"[3 - len(kernel) :][::-1]
        given = [f"pad{s} = {p}" for s, p in zip(sides, border[::-1], strict=True)]
        given += [f"k{s} = {k}" for s, k in zip(sides, kernel[::-1], strict=True)]
        raise RuntimeError(
            "pad should be smaller than or equal to half of kernel size, but got "
            f"{', '.join(given)}\nHint: use a smaller border."
        )


def check_positions(
    name: str,
    shape: tuple[int, ...],
    lengths: tuple[int, ...],
    kernel: tuple[int, ...],
    positions: tuple[int, ...],
) -> None:
    if min(positions) >= 1:
        return
    channels = shape[-len(lengths) - 1]
    if name == "avg_pool3d":
        inside = " ".join(f"{side}: {n}" for side, n in zip("THW", lengths, strict=True))
        window = " ".join(f"k{side}: {n}" for side, n in zip("THW", kernel, strict=True))
        first = f"input image ({inside}) smaller than kernel size ({window})"
    else:
        first = (
            f"Given input size: ({channels}x{times(lengths)}). Calculated output size: "
            f"({channels}x{times(positions)}). Output size is too small"
        )
    raise RuntimeError(
        f"{first}\nHint: the window of {times(kernel)} is larger than the input of {times(lengths)}: "
        "earlier layers may have made it too small."
    )


def windows_of(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """How many windows there are along a length of n."""
    rest = n + 2 * p - d * (k - 1) - 1
    count = (-(-rest // s) if ceil_mode else rest // s) + 1
    if ceil_mode and (count - 1) * s >= n + p:  # the last one must start inside
        count -= 1
    return count


def image_hint(count: int) -> str:
    names = ["depth", "height", "width"][-count:]
    return f"Hint: the input is (batch, channels, {', '.join(names)}), or the same without batch."


def not_an_image(shape: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
        f"got:{list(shape)}\nHint: channels and lengths must not be 0."
    )


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
    return (mean.sign() * relu(mean.abs())).mul(count).pow(1.0 / norm_type)  # type: ignore[no-any-return]


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
