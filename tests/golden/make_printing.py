"""Choose tensors that need every rule of printing, and record how PyTorch prints them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from golden.cases import VIEWS, read_numbers

Shape = tuple[int, ...]

PASS_ON = {
    "MulBackward0": lambda x: x * 1,
    "PowBackward0": lambda x: x**1,
    "CloneBackward0": lambda x: x.clone(),
    "SqueezeBackward1": lambda x: x.unsqueeze(0).squeeze(0),
    "NativeDropoutBackward0": lambda x: torch.native_dropout(x, 0.0, True)[0],
}

FLOATS = {
    "whole": "1 -2 30",
    "zeros": "0",
    "negative zero": "-0.0 1",
    "decimals": "0.25 -1.5 3.14159",
    "mixed widths": "0.5 -12.25 333.125",
    "ratio of 1000": "1 1000",
    "ratio above 1000": "1 1001",
    "decimals, ratio above 1000": "0.5 -600",
    "smallest in full": "0.0001 0.05",
    "too small": "0.00009 0.05",
    "tiny": "1e-7",
    "large": "65504 40000",
    "nan and inf, whole": "1 nan inf -inf",
    "nan and inf, decimals": "0.5 nan -inf",
    "nan and inf, exponents": "0.00001 nan -inf 1",
    "nan only": "nan",
    "inf only": "inf -inf",
    "zero and inf": "0 inf",
    "ties": "0.03125 0.09375 -0.00625",
}
LARGE_FLOATS = {
    "largest in full": "100000000 200000",
    "too large": "100000008 1",
    "huge": "1e30 -2.5e38",
    "thirds": "0.33333334 0.6666667 -0.11111111",
}
DOUBLES = {
    "tiny": "1e-300 2.5e-310",
    "huge": "1e300 -1e-300",
    "digits": "0.1 0.30000000000000004 1e-17",
}
INTEGERS = {
    "zeros": "0",
    "one width": "1 2 3",
    "mixed widths": "1 20 100",
}
SIGNED = {
    "signs": "1 -1 0",
    "mixed signs": "100 -100 7 -7",
}
SHAPES: list[Shape] = [(), (1,), (4,), (2, 3), (2, 2, 2), (1, 1, 1), (2, 1, 2, 2)]
EMPTY: list[Shape] = [(0,), (0, 3), (2, 0), (0, 0), (2, 0, 3)]
BIG: list[Shape] = [(1000,), (1001,), (2000,), (40, 26), (6, 200), (200, 6), (7, 7, 30), (4, 300)]
BIGGER: list[Shape] = [(11, 10, 10), (2, 600), (1001, 1), (1, 1001), (7, 1, 7, 30)]


def make_printing() -> list[dict[str, Any]]:
    """Return the cases, each of them once."""
    cases: list[dict[str, Any]] = []
    for case in all_cases():
        if case not in cases:
            cases.append(case)
    return cases


def all_cases() -> Iterator[dict[str, Any]]:
    yield from floats()
    yield from integers()
    for shape in EMPTY:
        for dtype in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool"):
            yield make_print(dtype, shape, "")
        yield make_print("float32", shape, "", requires_grad=True)
        yield make_print("float32", shape, "", grad_fn="MulBackward0")
    yield from summaries()
    yield from line_widths()
    yield from suffixes()
    yield from views()


def floats() -> Iterator[dict[str, Any]]:
    for text in FLOATS.values():
        for shape in [(len(text.split()),), (2, 3)]:
            yield make_print("float32", shape, text)
        for dtype in ("float16", "float64"):
            yield make_print(dtype, (len(text.split()),), text)
        for number in text.split():
            yield make_print("float32", (), number)
    for text in LARGE_FLOATS.values():
        for dtype in ("float32", "float64"):
            yield make_print(dtype, (2, 2), text)
    for text in DOUBLES.values():
        yield make_print("float64", (3,), text)
    for shape in SHAPES:
        yield make_print("float32", shape, FLOATS["decimals"])
        yield make_print("float32", shape, FLOATS["nan and inf, whole"])


def integers() -> Iterator[dict[str, Any]]:
    for dtype in ("int8", "int16", "int32", "int64", "uint8"):
        signed = {} if dtype == "uint8" else SIGNED
        for text in (INTEGERS | signed).values():
            yield make_print(dtype, (2, 3), text)
        yield make_print(dtype, (), "7")
    yield make_print("int64", (3,), "9223372036854775807 -9223372036854775808 0")
    for shape in SHAPES:
        yield make_print("int64", shape, "1 -20 300")
        yield make_print("bool", shape, "1 0 0")
    yield make_print("bool", (3,), "1")
    yield make_print("bool", (3,), "0")


def summaries() -> Iterator[dict[str, Any]]:
    for shape in BIG + BIGGER:
        yield make_print("float32", shape, "0.5 -1.25 20 3.75 1 0 12.5")
    for shape in BIG[:4]:
        yield make_print("int64", shape, "0 1 2 30 4 5 600")
        yield make_print("bool", shape, "0 1 1")
    yield make_print("float64", (1001,), "1 2 3 4 5 6 7")
    yield make_print("float32", (1001,), "1 2 3", grad_fn="MulBackward0")
    yield make_print("float32", (40, 26), "1 2 3", requires_grad=True)
    # Only the items that are shown choose the format: the hidden 1e9 and 0.5 do not.
    yield make_print("float32", (1100,), "1 2 3 4 1000000000 0.5 5 6 7 8 9")


def line_widths() -> Iterator[dict[str, Any]]:
    """Rows, and suffixes after rows, that just fit in 80 columns or just do not."""
    for length in (13, 14, 15, 16, 17, 24, 25, 26, 30):
        yield make_print("float32", (length,), "1")
        yield make_print("float32", (2, length), "0.25")
        yield make_print("int64", (length,), "10")
    # Without a finite number other than 0, PyTorch takes the column as one wide: rows get long.
    yield make_print("float32", (30,), "0")
    yield make_print("float32", (30,), "0 nan")
    for first, length in itertools.product(("1", "10", "100"), range(7, 20)):
        text = first + " 1" * (length - 1)
        for extra in ({"requires_grad": True}, {"grad_fn": "MulBackward0"}):
            yield make_print("float32", (length,), text, **extra)


def suffixes() -> Iterator[dict[str, Any]]:
    for name in PASS_ON:
        for dtype, shape in itertools.product(("float32", "float64"), [(), (3,), (2, 3), (9,)]):
            yield make_print(dtype, shape, "0.25 -1.5 3.125", grad_fn=name)
    for length in range(1, 14):
        yield make_print("float64", (length,), "0.5", requires_grad=True)
        yield make_print("float16", (length,), "0.5", grad_fn="CloneBackward0")
    for dtype in ("float16", "float32", "float64"):
        yield make_print(dtype, (2, 2, 2), "1 2", requires_grad=True)


def views() -> Iterator[dict[str, Any]]:
    for view in ("transposed", "every second", "column"):
        for dtype, text in [("float32", "0.5 1 -2 30"), ("int64", "1 -2 30"), ("bool", "1 0 0")]:
            yield make_print(dtype, (3, 4), text, view=view)
            yield make_print(dtype, (2, 3, 2), text, view=view)
    yield make_print("float32", (50, 30), "0.5 1 -2 30", view="transposed")


def make_print(
    dtype: str,
    shape: Shape,
    text: str,
    *,
    view: str = "whole",
    requires_grad: bool = False,
    grad_fn: str | None = None,
) -> dict[str, Any]:
    tensor = VIEWS[view](torch.from_numpy(np.array(read_numbers(text, shape, dtype))))
    case: dict[str, Any] = {"dtype": dtype, "shape": list(shape), "numbers": text}
    if view != "whole":
        case["view"] = view
    if requires_grad:
        tensor.requires_grad_()
        case["requires_grad"] = True
    if grad_fn is not None:
        before = tensor
        tensor = PASS_ON[grad_fn](tensor.requires_grad_())
        assert repr(tensor.detach()) == repr(before.detach())
        case["grad_fn"] = type(tensor.grad_fn).__name__
    return case | {"repr": repr(tensor)}
