"""Network simplex: the one optimiser behind the picture, used for columns and for rows.

Give every node a whole number so that each edge is at least as long as it must be, and the
weighted sum of lengths is as small as it can be::

    minimise    sum of  weight * (rank[head] - rank[tail])
    subject to  rank[head] - rank[tail] >= length        for every edge

An edge is *tight* when it is exactly as long as it must be. Some best solution is always held
together by a spanning tree of tight edges, so the method walks from tree to tree. Cut a tree edge
and the tree falls into two parts. If pulling the parts away from each other would make the total
shorter, the edge leaves the tree, and the first edge that gets tight on the way takes its place.

After Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs" (1993). As
there, gains are kept from tree to tree: an exchange changes them only along one path.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import cycle
from math import isqrt
from typing import NamedTuple


class Bond(NamedTuple):
    """One edge of the problem: ``rank[head] - rank[tail] >= length``, each unit costs ``weight``."""

    tail: int
    head: int
    length: int
    weight: int


def network_simplex(nodes: int, bonds: Sequence[Bond], max_pivots: int = 20000) -> list[int]:
    """The ranks of nodes 0, 1, ..., nodes - 1, starting at 0. The graph must be connected.

    Raises:
        ValueError: the bonds form a cycle.

    >>> network_simplex(3, [Bond(0, 1, 1, 2), Bond(1, 2, 1, 1), Bond(0, 2, 5, 1)])
    [0, 1, 5]
    """
    tree = _Tree(nodes, bonds)
    # Gains are looked at block by block, and the best of each block is taken: nearly as few
    # exchanges as with the best of all, and much cheaper ones.
    size = max(20, isqrt(nodes))
    pivots = idle = 0  # blocks without a gain since the last exchange
    # A bound, because a simplex method may in theory go round in circles; what it has then is
    # still a valid answer.
    for start in cycle(range(0, nodes, size)):
        gains = tree.gain[start : start + size]
        best = max(gains)
        if best > 0:
            tree.exchange(start + gains.index(best))
            pivots, idle = pivots + 1, 0
        else:
            idle += 1
        if idle * size >= nodes or pivots == max_pivots:
            break
    lowest = min(tree.rank)
    return [rank - lowest for rank in tree.rank]


class _Tree:
    """A spanning tree of tight bonds, with the ranks that make them tight.

    The tree hangs from node 0. The bond from node v to the node it hangs from is ``parent[v]``,
    and ``gain[v]`` is what the total gains when its two ends move apart by one.
    """

    def __init__(self, nodes: int, bonds: Sequence[Bond]) -> None:
        self.bonds = bonds
        # Of each node: (bond, the node at its other end, length).
        self.out: list[list[tuple[int, int, int]]] = [[] for _ in range(nodes)]
        self.into: list[list[tuple[int, int, int]]] = [[] for _ in range(nodes)]
        for i, (tail, head, length, _) in enumerate(bonds):
            self.out[tail].append((i, head, length))
            self.into[head].append((i, tail, length))
        self.rank = self._as_late_as_possible()
        # The tree bonds at each node, and the nodes at their other ends.
        self.near: list[dict[int, int]] = [{} for _ in range(nodes)]
        self.parent = [-1] * nodes
        self.gain = [0] * nodes
        self._weigh(self._span())

    def _as_late_as_possible(self) -> list[int]:
        """A first valid answer: every node as near to its heads as the lengths allow."""
        waiting = [len(out) for out in self.out]
        ready = [v for v, count in enumerate(waiting) if not count]
        rank = [0] * len(waiting)
        for v in ready:  # the list grows while we walk along it
            rank[v] = min([rank[head] - length for _, head, length in self.out[v]], default=0)
            for _, tail, _ in self.into[v]:
                waiting[tail] -= 1
                if not waiting[tail]:
                    ready.append(tail)
        if len(ready) < len(rank):
            raise ValueError("the graph has a cycle")
        return rank

    def _span(self) -> list[int]:
        """Grow a tree of tight bonds from node 0 until it reaches every node, nearest bond first.

        All that is inside moves together until the nearest bond on the border is tight. That move
        is kept in one number, ``shift``. Returns the nodes in the order in which they were met.
        """
        rank, shift = self.rank, 0
        inside = [False] * len(rank)
        order = [0]
        inside[0] = True
        leading: list[tuple[int, int]] = []  # bonds out of the tree: (slack + shift then, bond)
        arriving: list[tuple[int, int]] = []  # bonds into the tree: (slack - shift then, bond)
        for v in order:  # the list grows while we walk along it
            rank[v] -= shift  # inside, ranks are kept without the shift
            for i, head, length in self.out[v]:
                if not inside[head]:
                    heappush(leading, (rank[head] - rank[v] - length, i))
            for i, tail, length in self.into[v]:
                if not inside[tail]:
                    heappush(arriving, (rank[v] - rank[tail] - length, i))
            while leading and inside[self.bonds[leading[0][1]].head]:
                heappop(leading)
            while arriving and inside[self.bonds[arriving[0][1]].tail]:
                heappop(arriving)
            if leading and (not arriving or leading[0][0] - shift <= arriving[0][0] + shift):
                shift, i = heappop(leading)
                outer = self.bonds[i].head
            elif arriving:
                back, i = heappop(arriving)
                shift = -back
                outer = self.bonds[i].tail
            else:
                break
            inside[outer] = True
            self.parent[outer] = i
            self._join(i)
            order.append(outer)
        self.rank = [r + shift for r in rank]
        return order

    def _weigh(self, order: list[int]) -> None:
        """The gains of the first tree, from its leaves to its root."""
        pull = [0] * len(order)  # the gain when all that hangs below v moves up by one
        for bond in self.bonds:
            pull[bond.tail] += bond.weight
            pull[bond.head] -= bond.weight
        for v in reversed(order[1:]):
            bond = self.bonds[self.parent[v]]
            self.gain[v] = pull[v] if bond.head == v else -pull[v]
            pull[bond.tail + bond.head - v] += pull[v]

    def _join(self, i: int) -> None:
        tail, head, _, _ = self.bonds[i]
        self.near[tail][i] = head
        self.near[head][i] = tail

    def _leave(self, i: int) -> None:
        tail, head, _, _ = self.bonds[i]
        del self.near[tail][i]
        del self.near[head][i]

    def exchange(self, child: int) -> None:
        """Cut the bond that node ``child`` hangs from; the nearest bond that helps replaces it."""
        leaving = self.parent[child]
        self._leave(leaving)
        part, is_tail_side = self._smaller_part(leaving)
        # The part moves away, until a bond that points the other way gets tight.
        rank = self.rank
        entering, step = -1, -1
        for v in part:
            here = rank[v]
            for i, other, length in self.into[v] if is_tail_side else self.out[v]:
                slack = abs(rank[other] - here) - length
                nearer = step < 0 or slack < step or (slack == step and i < entering)
                if nearer and other not in part:
                    entering, step = i, slack
        if step:
            for v in part:
                rank[v] += -step if is_tail_side else step
        self._join(entering)
        won = self.gain[child]
        self._carry(won, entering)
        self._hang(child, entering, (self.bonds[entering].tail in part) == (child in part), -won)

    def _smaller_part(self, leaving: int) -> tuple[set[int], bool]:
        """The nodes on the smaller side of a cut bond, and whether that is the side of its tail.

        Both sides are searched by turns; the one that ends first is the smaller, or nearly so.
        """
        tail, head, _, _ = self.bonds[leaving]
        found = [(tail, -1)], [(head, -1)]  # nodes, and the bonds by which they were found
        fringe = [*found]
        near = self.near
        while True:
            k = len(found[0]) > len(found[1])
            fringe[k] = [(w, i) for v, came in fringe[k] for i, w in near[v].items() if i != came]
            if not fringe[k]:
                return {v for v, _ in found[k]}, k == 0
            found[k].extend(fringe[k])

    def _path_up(self, v: int) -> list[int]:
        path = [v]
        while self.parent[v] >= 0:
            bond = self.bonds[self.parent[v]]
            v = bond.tail + bond.head - v
            path.append(v)
        return path

    def _carry(self, won: int, entering: int) -> None:
        """Bonds in the circle that ``entering`` closes: those that point its way lose what was won.

        Those that point against it gain as much.
        """
        up, down = (
            self._path_up(self.bonds[entering].tail),
            self._path_up(self.bonds[entering].head),
        )
        while len(up) > 1 and len(down) > 1 and up[-2] == down[-2]:
            up.pop()
            down.pop()
        for path, is_up in ((up, True), (down, False)):
            for v in path[:-1]:
                points_up = self.bonds[self.parent[v]].tail == v
                self.gain[v] += won if points_up == is_up else -won

    def _hang(self, child: int, bond: int, from_tail: bool, gain: int) -> None:
        """Hang the part below ``child`` by ``bond``, from its tail's side or its head's.

        The bonds on the way to ``child`` change direction.
        """
        v = self.bonds[bond].tail if from_tail else self.bonds[bond].head
        while True:
            bond, self.parent[v] = self.parent[v], bond
            gain, self.gain[v] = self.gain[v], gain
            if v == child:
                return
            v = self.bonds[bond].tail + self.bonds[bond].head - v
