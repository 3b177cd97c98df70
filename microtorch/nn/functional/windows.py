"""How the windows of a pooling lie, and PyTorch's words where they cannot."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from microtorch.nn.functional.common import not_implemented, sizes, times
from microtorch.ops.pooling import Pool
from microtorch.tensor import Tensor

__all__: list[str] = []


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
        raise RuntimeError(
            "pad should be smaller than or equal to half of kernel size, but got "
            f"{sides_of(kernel, border)}\nHint: use a smaller border."
        )


def sides_of(kernel: tuple[int, ...], border: tuple[int, ...]) -> str:
    """Kernel and border in the forms of PyTorch's messages, for images and for volumes."""
    if len(kernel) == 2:
        return f"padW = {border[1]}, padH = {border[0]}, kW = {kernel[1]}, kH = {kernel[0]}"
    order = (("T", 0), ("W", 2), ("H", 1))
    given = [f"k{side}: {kernel[i]}" for side, i in order]
    return " ".join(given + [f"pad{side}: {border[i]}" for side, i in order])


def check_positions(
    name: str,
    shape: tuple[int, ...],
    lengths: tuple[int, ...],
    kernel: tuple[int, ...],
    positions: tuple[int, ...],
) -> None:
    tight = name == "avg_pool3d" and any(n < k for n, k in zip(lengths, kernel, strict=True))
    if min(positions) >= 1 and not tight:
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
