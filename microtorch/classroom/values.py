"""A learner's value as strict JSON, and the comparison of two such values.

A check never hands over an object, only plain data: numbers, lists, and for everything else a small
description. So an object that claims to equal everything, or raises when it is shown, stays behind.

====================  ==========================================
in Python             in JSON
====================  ==========================================
``1.5``, a fraction,  ``1.5``
a 1-element tensor
``(1.0, 2.0)``        ``[1.0, 2.0]``
``nan``, ``inf``      ``{"type": "float", "text": "nan"}``
``None``              ``{"type": "NoneType", "text": "None"}``
``"abc"``             ``{"type": "str", "text": "'abc'"}``
anything else         ``{"type": "dict", "text": ""}``
an exception          ``{"raised": "ValueError", "text": "..."}``
====================  ==========================================
"""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import islice
from numbers import Real
from typing import Any

MIME = "application/vnd.microtorch.check+json"

Json = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]
JsonObject = dict[str, Any]

MAX_ITEMS = 100
MAX_DEPTH = 4
MAX_TEXT = 160
EXACT_INT = 2**53  # above this a float no longer holds every whole number


def plain_text(text: object, limit: int = MAX_TEXT) -> str:
    """``text`` on one line, without control characters and not longer than ``limit``."""
    line = " ".join(str(text)[: 4 * limit].split())
    line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def encode(value: object, depth: int = 0) -> Json:
    """``value`` as strict JSON; never raises.

    >>> encode((1, 2.5, None))
    [1, 2.5, {'type': 'NoneType', 'text': 'None'}]
    >>> encode(float("nan"))
    {'type': 'float', 'text': 'nan'}
    """
    try:
        return _encode(value, depth)
    except Exception:  # noqa: BLE001  (the object's own code may raise anything)
        return _described(value)


def encode_error(error: BaseException) -> Json:
    """An exception as strict JSON; never raises."""
    try:
        text = plain_text(error)
    except Exception:  # noqa: BLE001
        text = ""
    return {"raised": type_name(error), "text": text}


def _encode(value: Any, depth: int) -> Json:
    if value is None or value is ... or isinstance(value, bool | str):
        return _described(value, plain_text(repr(value)))
    if isinstance(value, int):
        return int(value) if abs(value) <= EXACT_INT else _number(float(value))
    if isinstance(value, Real | Decimal):  # np.longdouble and Fraction too
        return _number(float(value))
    if depth == MAX_DEPTH:
        return _described(value)
    if isinstance(value, list | tuple):
        # One more than there may be, so that a list which is cut off equals no other.
        return [encode(item, depth + 1) for item in islice(value, MAX_ITEMS + 1)]
    if hasattr(value, "item"):  # a tensor or an array
        size = math.prod(value.shape)
        if size == 1:
            return encode(value.item(), depth + 1)
        if size <= MAX_ITEMS:
            return encode(value.tolist(), depth + 1)
        return _described(value, f"shape {tuple(value.shape)}")
    return _described(value)


def _number(x: float) -> Json:
    return x if math.isfinite(x) else {"type": "float", "text": str(x)}


def _described(value: object, text: str = "") -> Json:
    return {"type": type_name(value), "text": text}


def type_name(value: object) -> str:
    """The name of the class of ``value``; never raises, whatever its metaclass does."""
    try:
        return plain_text(type(value).__name__)
    except Exception:  # noqa: BLE001
        return "object"


def is_number(value: Json) -> bool:
    """Whether an encoded value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def close(expected: Json, got: Json, rtol: float, atol: float) -> bool:
    """Whether two encoded values agree: numbers within the tolerance, everything else exactly."""
    if is_number(expected):
        if not is_number(got):
            return False
        try:
            return math.isclose(expected, got, rel_tol=rtol, abs_tol=atol)
        except OverflowError:
            return False
    if isinstance(expected, list):
        return (
            isinstance(got, list)
            and len(expected) == len(got)
            and all(close(e, g, rtol, atol) for e, g in zip(expected, got, strict=True))
        )
    return type(expected) is type(got) and bool(expected == got)
