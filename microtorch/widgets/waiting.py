"""Tell whoever waits for a cell that it is at work, and take the words back when it is done."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.getipython import get_ipython
from IPython.display import display

NOTICED = 1  # seconds: who waits longer begins to wonder


@contextmanager
def at_work(words: str, seconds: float) -> Iterator[None]:
    """Show some words while the body runs, if that is about to take so many seconds.

    In a notebook they leave nothing behind, so that it stays the same on a slow machine and on a
    fast one.
    """
    if seconds < NOTICED:
        yield
    elif getattr(get_ipython(), "kernel", None) is None:
        print(words, file=sys.stderr)
        yield
    else:
        shown = display({"text/plain": words}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            shown.update({}, raw=True)


def patience(seconds: float) -> int:
    """How many seconds a page waits for an answer that takes so long, before it gives up.

    >>> patience(0.01), patience(4.0)
    (5, 15)
    """
    return 5 * max(1, math.ceil(seconds * 3 / 5))
