"""Second step: the order from top to bottom within each column, with few crossings.

Finding the fewest crossings is NP-hard, so this is a search by rules of thumb. From a sensible
first order, sweep to and fro: each station moves to the middle of its neighbours in the column
just passed (Sugiyama 1981); then neighbours swap places wherever that saves crossings (Gansner
1993). Several first orders are tried, always the same ones; the most promising is swept on, and
at last every station of it is tried at every place of its column (Matuszewski's sifting, 1999).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from math import fsum  # correctly rounded: the same in every version of Python
from operator import add

from microtorch.graph.layout.columns import Columns

WORK = 450  # first orders times stations: large graphs get fewer tries
SIFT_REACH = 50  # places up and down at which a station is tried
MANY = 8000  # stations: then not all first orders are looked at
# Sweeps and turns of sifting in each round, for graphs of fewer stations than that. In small
# ones more would find nothing; in large ones it would take too long.
ROUNDS = (
    (120, [(2, 0), (4, 4)]),
    (500, [(4, 0), (12, 4)]),
    (MANY, [(2, 0), (4, 4)]),
    (30000, [(1, 0)]),
)


Ends = tuple[list[int], list[float]]  # stations that lines lead to, and how far below their top


def order_columns(g: Columns) -> int:
    """Put every column of ``g`` in order, in place. Returns the number of crossings."""
    stations = len(g.column)
    tries = min(max(WORK // stations, 1), 8)
    firsts = islice(_first_orders(g), max(1, 5 * MANY // stations))
    # Operands enter at heights of their own, in order, unless they may change places.
    out = [
        (
            [u for u, _ in doors],
            [k / len(g.into[u]) if u in g.ordered else 0.0 for u, k in doors],
        )
        for doors in g.out
    ]
    orders = sorted((_Order(g, first, out) for first in firsts), key=_crossings)[:tries]
    for sweeps, sifts in next((rounds for few, rounds in ROUNDS if stations < few), []):
        for order in orders:
            order.improve(sweeps)
            order.sift(sifts)
            if not order.fewest:
                break
        orders = [min(orders, key=_faults)]
    best = orders[0]
    mirrored = _Order(g, [column[::-1] for column in best.columns], out)
    best = min(best, mirrored, key=_faults)
    g.columns = best.columns
    return best.fewest


def _crossings(order: _Order) -> int:
    return order.fewest


def _faults(order: _Order) -> tuple[int, int]:
    """Crossings first; among equals, what is written first lies on top."""
    return order.fewest, order.disorder()


def _first_orders(g: Columns) -> Iterator[list[list[int]]]:
    """Orders to start from. What is met first, on the way back from the results, lies on top."""

    def mixed(a: int, b: int, c: int) -> list[list[int]]:
        """Now the history of one operand on top and now that of another, by no rule at all."""
        return _depth_first(g, lambda u, v: (a * g.tail[u] + b * v) // c % 2 == 1)

    yield mixed(1, 1, 1)
    yield mixed(0, 3, 2)
    # Operands as they are written: the history of the first one above that of the second.
    yield _depth_first(g, lambda u, v: False)
    # The longest lines by turns above and below all that they lead to, so that the branches of
    # one need not cross the other.
    length = Counter(g.tail)
    rank = {v: k for k, v in enumerate(sorted(range(g.nodes), key=lambda v: -length[v]))}
    yield _depth_first(g, lambda u, v: rank[g.tail[u]] % 2 == 1)
    yield mixed(1, 7, 4)
    yield mixed(2, 1, 8)
    yield mixed(3, 1, 3)
    yield mixed(1, 1, 4)


def _depth_first(g: Columns, comes_first: Callable[[int, int], bool]) -> list[list[int]]:
    """Stations as met on the way back.

    The operands u of v for which ``comes_first(u, v)`` are met first, from last to first.
    """
    columns: list[list[int]] = [[] for _ in g.columns]
    met = [False] * len(g.column)
    todo = [v for v, out in enumerate(g.out) if not out][::-1]
    while todo:
        v = todo.pop()
        if not met[v]:
            met[v] = True
            columns[g.column[v]].append(v)
            if len(g.into[v]) == 1:
                todo += g.into[v]
                continue
            early: list[int] = []
            late: list[int] = []
            for u in g.into[v]:
                (early if comes_first(u, v) else late).append(u)
            todo += late[::-1] + early  # the last one on the pile is the next one taken
    return columns


class _Order:
    """One order of all columns, and the moves that improve it."""

    def __init__(self, g: Columns, columns: list[list[int]], out: list[Ends]) -> None:
        self.g = g
        self.out = out
        self.columns = columns
        self.place = [0] * len(g.column)
        self.changes = [0] * (len(columns) + 1)  # of each column; the last is for "no neighbour"
        self.views: list[_View | None] = [None] * len(columns)
        for column in self.columns:
            self._number(column)
        self.fewest = self.crossings()

    def _number(self, column: list[int]) -> None:
        for k, v in enumerate(column):
            self.place[v] = k
        if column:
            self.changes[self.g.column[column[0]]] += 1

    def _left(self, v: int) -> list[float]:
        """Where the lines that arrive at ``v`` come from."""
        return sorted(map(self.place.__getitem__, self.g.into[v]))

    def _right(self, v: int) -> list[float]:
        """Where the lines that leave ``v`` go to."""
        stations, heights = self.out[v]
        return sorted(map(add, map(self.place.__getitem__, stations), heights))

    def _view(self, c: int) -> _View:
        """What the stations of column ``c`` see of the columns beside it, as these stand now."""
        stamp = self.changes[c - 1], self.changes[c + 1]
        old, column = self.views[c], self.columns[c]
        if old is not None and old.stamp == stamp:
            return old
        if old is not None and old.stamp[0] == stamp[0]:
            left = old.left
        else:
            left = {v: self._left(v) for v in column}
        if old is not None and old.stamp[1] == stamp[1]:
            right = old.right
        else:
            right = {v: self._right(v) for v in column}
        view = self.views[c] = _View(stamp, left, right, {v: {} for v in column})
        return view

    def crossings(self) -> int:
        """Lines cross when they start in one order and arrive in the other."""
        count = 0
        for column in self.columns[1:]:
            met: list[float] = []
            for v in column:
                starts = [self.place[u] for u in self.g.into[v]]
                if len(starts) > 1 and v not in self.g.ordered:
                    starts.sort()
                for start in starts:
                    count += len(met) - bisect_right(met, start)
                    insort(met, start)
        return count

    def disorder(self) -> int:
        """How often an operand lies below the next one."""
        place = self.place
        return sum(place[a] > place[b] for into in self.g.into for a, b in pairwise(into))

    def improve(self, sweeps: int) -> None:
        """Sweep to and fro and swap neighbours; keep the best order that was met."""
        best = [column[:] for column in self.columns]
        for sweep in range(sweeps):
            if not self.fewest:
                break
            self._sweep(to_the_right=sweep % 2 == 1)
            self._swap_neighbours()
            crossings = self.crossings()
            if crossings < self.fewest:
                best, self.fewest = [column[:] for column in self.columns], crossings
        self.columns = best
        for column in best:
            self._number(column)

    def _sweep(self, to_the_right: bool) -> None:
        """Move every station to the middle of its neighbours in the column before.

        Those that want the same place change sides: that opens ways that were closed.
        """
        side = self._left if to_the_right else self._right
        for column in self.columns[1:] if to_the_right else self.columns[-2::-1]:
            wish = {v: fsum(places) / len(places) for v in reversed(column) if (places := side(v))}
            moved = iter(sorted(wish, key=wish.__getitem__))
            column[:] = [next(moved) if v in wish else v for v in column]
            self._number(column)

    def _swap_neighbours(self) -> None:
        """Swap neighbours in a column for as long as that saves crossings.

        At first swap also where it makes no difference: that opens ways that were closed.
        """
        todo = [len(column) > 1 for column in self.columns]
        for least in (0, 1, 1, 1, 1, 1, 1, 1):
            changed = [todo[c] and self._swap_in(c, least) for c in range(len(self.columns))]
            if not any(changed):
                return
            # Only what stands near a change can have become better.
            todo = [any(changed[max(0, c - 1) : c + 2]) for c in range(len(changed))]

    def _swap_in(self, c: int, least: int) -> bool:
        column, view = self.columns[c], self._view(c)
        known, saved = view.known, view.saved
        changed = False
        upper = column[0]
        for k in range(1, len(column)):
            lower = column[k]
            row = known[upper]
            if (row[lower] if lower in row else saved(upper, lower)) >= least:
                column[k - 1], column[k] = lower, upper
                changed = True
            else:
                upper = lower
        if changed:
            self._number(column)
        return changed

    def sift(self, turns: int) -> None:
        """Take stations out one by one, and put each where it causes the fewest crossings."""
        todo = [len(column) > 1 for column in self.columns]
        for turn in range(turns if self.fewest else 0):
            saved = [0] * len(todo)
            for c in range(len(todo)) if turn % 2 == 0 else reversed(range(len(todo))):
                if todo[c]:
                    saved[c] = self._sift_in(c)
            self.fewest -= sum(saved)
            todo = [any(saved[max(0, c - 1) : c + 2]) for c in range(len(todo))]
            if not any(todo):
                return

    def _sift_in(self, c: int) -> int:
        column, view = self.columns[c], self._view(c)
        total = 0
        for v in column[:]:
            here = column.index(v)
            known, saved = view.known[v], view.saved
            best, target = 0, here
            won = 0
            for k in range(here - 1, max(-1, here - SIFT_REACH), -1):
                w = column[k]
                won -= known[w] if w in known else saved(v, w)
                if won > best:
                    best, target = won, k
            won = 0
            for k in range(here + 1, min(len(column), here + SIFT_REACH)):
                w = column[k]
                won += known[w] if w in known else saved(v, w)
                if won > best:
                    best, target = won, k
            if best:
                column.insert(target, column.pop(here))
                total += best
        if total:
            self._number(column)
        return total


@dataclass(frozen=True)
class _View:
    """What the stations of one column see of the columns on their left and right."""

    stamp: tuple[int, int]  # changes of these columns until then
    left: dict[int, list[float]]  # where lines come from and go to
    right: dict[int, list[float]]
    known: dict[int, dict[int, int]]  # what was asked before

    def saved(self, upper: int, lower: int) -> int:
        """Crossings saved when ``upper``, now above ``lower``, goes below it."""
        found = self.known[upper].get(lower)
        if found is None:
            left, right = self.left, self.right
            found = _saved(left[upper], left[lower]) + _saved(right[upper], right[lower])
            self.known[upper][lower] = found
            self.known[lower][upper] = -found
        return found


def _saved(a: list[float], b: list[float]) -> int:
    """Crossings saved when the lines to places ``a``, now above those to ``b``, go below them."""
    if not a or not b:
        return 0
    if a[-1] < b[0]:
        return -len(a) * len(b)
    if b[-1] < a[0]:
        return len(a) * len(b)
    now = sum([bisect_left(b, place) for place in a])
    return now - sum([bisect_left(a, place) for place in b])
