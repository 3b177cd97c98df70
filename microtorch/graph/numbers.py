"""Numbers as a picture shows them: short, steady in width, with a true minus sign."""

from __future__ import annotations

import math

WIDTH = 7
DECIMALS = 4
VISIBLE = 1e-6  # a smaller relative difference is rounding of float32, not of the printed number
SMALLEST = 0.001  # below this, four decimals would hide most of the digits


def short(x: float) -> str:
    """Write a number in at most seven characters, close to the way PyTorch prints it.

    Up to four decimals, without trailing zeros, and fewer where there is no room for them.
    Very small and very large numbers get an exponent.

    >>> short(27.52), short(-2.0), short(1 / 3), short(12345.678)
    ('27.52', '−2', '0.3333', '12345.7')
    >>> short(0.000123), short(-1e-100), short(-0.0), short(float("inf"))
    ('1.23e−4', '−1e−100', '0', '∞')
    """
    x = float(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    text = _fixed(x) if x == 0 or abs(x) >= SMALLEST else None
    return (text or _exponential(x)).replace("-", "−")


def is_rounded(x: float) -> bool:
    """Whether ``short`` leaves out digits that a reader would miss: 1/3 is 0.3333.

    The last digits of float32 are no news, so 0.1 is not rounded.

    >>> is_rounded(1 / 3), is_rounded(0.1), is_rounded(float("nan"))
    (True, False, False)
    """
    if not math.isfinite(x):
        return False
    shown = float(short(x).replace("−", "-"))
    return abs(shown - x) > VISIBLE * abs(x)


def is_scientific(x: float) -> bool:
    """Whether a number is shown as 1e−5, so that a power of it needs parentheses."""
    return math.isfinite(x) and "e" in short(x)


def _fixed(x: float) -> str | None:
    """The longest fixed form that fits, or None. ``x + 0.0`` turns -0.0 into 0.0."""
    for decimals in range(DECIMALS, -1, -1):
        text = _strip(f"{x + 0.0:.{decimals}f}")
        if len(text) <= WIDTH:
            return text
    return None


def _exponential(x: float) -> str:
    text = ""
    for digits in range(WIDTH - 2, -1, -1):
        mantissa, exponent = f"{x:.{digits}e}".split("e")
        text = f"{_strip(mantissa)}e{int(exponent)}"
        if len(text) <= WIDTH:
            break
    return text


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
