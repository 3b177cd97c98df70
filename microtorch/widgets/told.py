"""What an exploration says of itself in words."""

from __future__ import annotations

from collections.abc import Sequence

from microtorch.graph.model import Graph
from microtorch.graph.numbers import is_rounded, short
from microtorch.widgets.curve import Dot

LONGEST = 300  # letters of what a function raised
NOTHING = "At this point the result does not depend on the sliders: there is no graph to show."


def equation(name: str, x: float) -> str:
    """A name and its number, with ≈ where the number has more digits.

    >>> equation("w", 0.1), equation("w", 1 / 3)
    ('w = 0.1', 'w ≈ 0.3333')
    """
    return f"{name} {'≈' if is_rounded(x) else '='} {short(x)}"


def extremes(dots: Sequence[Dot], name: str, result: str) -> str:
    """A curve in one sentence.

    >>> extremes([(-1.0, 1.0), (0.0, 0.0), (2.0, 4.0)], "w", "loss")
    'loss over w from −1 to 2: lowest 0 at w = 0, highest 4 at w = 2'
    """
    curve = [(y, x) for x, y in dots if y is not None]
    over = f"{result} over {name} from {short(dots[0][0])} to {short(dots[-1][0])}"
    if not curve:
        return f"{over}: no finite value"
    (low, at), (high, there) = min(curve), max(curve)
    return (
        f"{over}: lowest {short(low)} at {name} = {short(at)}, "
        f"highest {short(high)} at {name} = {short(there)}"
    )


def too_many(graph: Graph) -> str:
    """Why there is no picture of a large graph."""
    return f"The graph has {len(graph.operations)} operations: too many to follow live."


def complaint(problem: Exception) -> str:
    """What a function raised, in one line that is not too long."""
    words = " ".join(f"{type(problem).__name__}: {problem}".split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
