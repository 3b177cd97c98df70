"""Which module made which operations: so that a picture can fold a network into its parts.

An operation knows its number only. The log knows, for each of the last calls of a module, the
numbers at its start and at its end; what lies between was recorded by that call.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any, NamedTuple

MOST_CALLS = 20_000  # the newest ones: a picture is drawn soon after its graph was made


class Call(NamedTuple):
    """One call of a module, as long as anything remembers it."""

    first: int
    last: int
    module: weakref.ref[Any]
    kind: str  # the name of its class, for when the module itself is gone


log: deque[tuple[int, int, Any, str]] = deque(maxlen=MOST_CALLS)


def calls_between(first: int, last: int) -> list[Call]:
    """The calls that may have made operations with these numbers, outer ones before inner ones."""
    found = [Call(*each) for each in list(log) if each[1] > first and each[0] < last]
    return sorted(found, key=lambda call: call.first)
