"""Network simplex: the one optimiser behind the picture, used for columns and for rows.

Give every node a whole number so that each edge is at least as long as it must be, and the
weighted sum of lengths is as small as it can be::

    minimise    sum of  weight * (rank[head] - rank[tail])
    subject to  rank[head] - rank[tail] >= length        for every edge

An edge is *tight* when it is exactly as long as it must be. Some best solution is always held
together by a spanning tree of tight edges, so the method walks from tree to tree. Cut a tree edge
and the tree falls into two parts. If pulling the parts away from each other would make the total
shorter, the edge leaves the tree, and the first edge that gets tight on the way takes its place.

After Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs" (1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Bond(NamedTuple):
    """One edge of the problem: ``rank[head] - rank[tail] >= length``, each unit costs ``weight``."""

    tail: int
    head: int
    length: int
    weight: int


def network_simplex(nodes: int, bonds: Sequence[Bond], max_pivots: int = 5000) -> list[int]:
    """The ranks of nodes 0, 1, ..., nodes - 1, starting at 0. The graph must be connected.

    Raises:
        ValueError: the bonds form a cycle.

    >>> network_simplex(3, [Bond(0, 1, 1, 2), Bond(1, 2, 1, 1), Bond(0, 2, 5, 1)])
    [0, 1, 5]
    """
    tree = _Tree(nodes, bonds)
    # A bound, because a simplex method may in theory go round in circles; what it has then is
    # still a valid answer.
    for _ in range(max_pivots):
        if not tree.pivot():
            break
    lowest = min(tree.rank)
    return [rank - lowest for rank in tree.rank]


class _Tree:
    """A spanning tree of tight bonds, with the ranks that make them tight."""

    def __init__(self, nodes: int, bonds: Sequence[Bond]) -> None:
        self.bonds = bonds
        self.out: list[list[int]] = [[] for _ in range(nodes)]
        self.into: list[list[int]] = [[] for _ in range(nodes)]
        for i, bond in enumerate(bonds):
            self.out[bond.tail].append(i)
            self.into[bond.head].append(i)
        # What the total gains when this node alone moves up by one.
        self.pull = [
            sum(bonds[i].weight for i in self.out[v]) - sum(bonds[i].weight for i in self.into[v])
            for v in range(nodes)
        ]
        self.rank = self._as_late_as_possible()
        self.near: list[list[int]] = [[] for _ in range(nodes)]  # tree bonds at each node
        self._span()

    def slack(self, i: int) -> int:
        """How much longer a bond is than it has to be."""
        bond = self.bonds[i]
        return self.rank[bond.head] - self.rank[bond.tail] - bond.length

    def _as_late_as_possible(self) -> list[int]:
        """A first valid answer: every node as near to its heads as the lengths allow."""
        waiting = [len(out) for out in self.out]
        ready = [v for v, count in enumerate(waiting) if not count]
        rank = [0] * len(waiting)
        for v in ready:  # the list grows while we walk along it
            rank[v] = min(
                (rank[self.bonds[i].head] - self.bonds[i].length for i in self.out[v]), default=0
            )
            for i in self.into[v]:
                tail = self.bonds[i].tail
                waiting[tail] -= 1
                if not waiting[tail]:
                    ready.append(tail)
        if len(ready) < len(rank):
            raise ValueError("the graph has a cycle")
        return rank

    def _span(self) -> None:
        """Grow a tree of tight bonds from node 0 until it reaches every node."""
        inside = [False] * len(self.rank)
        members: list[int] = []
        fresh = [0]
        inside[0] = True
        while True:
            while fresh:
                v = fresh.pop()
                members.append(v)
                for i in self.out[v] + self.into[v]:
                    other = self.bonds[i].tail + self.bonds[i].head - v
                    if not inside[other] and not self.slack(i):
                        inside[other] = True
                        self._join(i)
                        fresh.append(other)
            border = [
                (self.slack(i), i)
                for i, bond in enumerate(self.bonds)
                if inside[bond.tail] != inside[bond.head]
            ]
            if not border:
                return
            # Move all that is inside until the nearest bond on the border is tight too.
            slack, i = min(border)
            step = slack if inside[self.bonds[i].tail] else -slack
            for v in members:
                self.rank[v] += step
            outer = self.bonds[i].head if inside[self.bonds[i].tail] else self.bonds[i].tail
            inside[outer] = True
            self._join(i)
            fresh.append(outer)

    def _join(self, i: int) -> None:
        self.near[self.bonds[i].tail].append(i)
        self.near[self.bonds[i].head].append(i)

    def _leave(self, i: int) -> None:
        self.near[self.bonds[i].tail].remove(i)
        self.near[self.bonds[i].head].remove(i)

    def pivot(self) -> bool:
        """Exchange one bond for a better one. False: nothing can be made shorter."""
        order, parent = self._walk()
        first = [0] * len(order)  # the nodes below v are order[first[v]:last[v] + 1]
        for k, v in enumerate(order):
            first[v] = k
        last = first[:]
        pull = self.pull[:]  # becomes: the gain when all that hangs below v moves up by one
        best, leaving, child = 0, -1, -1
        for v in reversed(order[1:]):
            bond = self.bonds[parent[v]]
            above = bond.tail + bond.head - v
            pull[above] += pull[v]
            last[above] = max(last[above], last[v])
            gain = pull[v] if bond.head == v else -pull[v]  # only pulling apart is allowed
            if gain > best:
                best, leaving, child = gain, parent[v], v
        if leaving < 0:
            return False

        # The part below moves away, until a bond that points the other way gets tight.
        low, high = first[child], last[child]
        below = order[low : high + 1]
        upward = self.bonds[leaving].head == child
        entering, step = -1, -1
        for v in below:
            for i in self.out[v] if upward else self.into[v]:
                other = self.bonds[i].tail + self.bonds[i].head - v
                if not low <= first[other] <= high:
                    slack = self.slack(i)
                    if step < 0 or slack < step:
                        entering, step = i, slack
        for v in below:
            self.rank[v] += step if upward else -step
        self._leave(leaving)
        self._join(entering)
        return True

    def _walk(self) -> tuple[list[int], list[int]]:
        """The tree depth first from node 0: the order of visits, and the bond to each parent."""
        order, parent, todo = [], [-1] * len(self.rank), [0]
        while todo:
            v = todo.pop()
            order.append(v)
            for i in self.near[v]:
                if i != parent[v]:
                    other = self.bonds[i].tail + self.bonds[i].head - v
                    parent[other] = i
                    todo.append(other)
        return order, parent
