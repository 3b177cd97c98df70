"""Long formulas in pieces: what occurs several times gets a letter of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from microtorch.graph.formula.expression import Call, Expression, Name, names, size

LONG = 60  # parts of a formula that is taken to pieces
WORTH = 4  # parts of a piece that is worth a letter


def in_pieces(
    formulas: Sequence[Expression], shown: Iterable[str] = ()
) -> tuple[list[Expression], list[tuple[Name, Expression]]]:
    """Formulas with letters for what occurs several times in the long ones, and what they mean.

    A letter stands before those that are needed for it. ``shown`` are names that are taken.
    """
    whole = list(formulas)
    pieces: list[tuple[Name, Expression]] = []
    taken = {*shown, *(name for e in whole for name in names(e))}
    while any(size(e) > LONG for e in whole):
        found = Counter(
            x for e in (*whole, *(e for _, e in pieces)) if isinstance(e, Call) for x in inner(e)
        )
        often = {x: n for x, n in found.items() if n > 1 and size(x) >= WORTH}
        if not often:
            break
        piece = max(often, key=lambda x: size(x) * (often[x] - 1))
        letter = next(Name(f"t{k}") for k in range(1, 1000) if f"t{k}" not in taken)
        taken.add(letter.name)
        whole = [put(e, piece, letter) for e in whole]
        pieces = [*((name, put(e, piece, letter)) for name, e in pieces), (letter, piece)]
    return whole, pieces


def inner(e: Call) -> Iterator[Call]:
    """All calls in a formula, but settings: reshape(x, (2, 3)) is no use of (2, 3)."""
    if e.function != "tuple":
        yield e
    for x in e.arguments:
        if isinstance(x, Call):
            yield from inner(x)


def put(e: Expression, piece: Expression, letter: Name) -> Expression:
    """A formula with a letter in the place of a piece."""
    if e == piece:
        return letter
    return e.map(lambda x: put(x, piece, letter)) if isinstance(e, Call) else e
