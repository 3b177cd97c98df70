"""In-place changes, for gradcheck."""

from __future__ import annotations

from typing import Any

from microtorch import ops


def changed_view(a: Any, b: Any) -> Any:
    """A row of a result is changed in place: PutView, with EraseView on the way back."""
    y = a * 1
    y[0].mul_(b)
    return y


CASES = {
    "Copy": (lambda a, b: (a * 1).copy_(b), ((2, 3), (3,))),
    "EraseView": (lambda a: a.apply(ops.EraseView, ops.Transpose, (0, 1)) + a, ((2, 3),)),
    "Fill": (lambda a: (a * 1).fill_(2.5) * a, ((3,),)),
    "Kept": (lambda a: a.apply(ops.Kept), ((3,),)),
    "PutView": (changed_view, ((2, 3), (3,))),
    "Zero": (lambda a: (a * 1).zero_() + a * a, ((3,),)),
}
