"""The chain rule as plain data: all ways from one value of a graph to its result."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from microtorch.graph.derivatives import flows
from microtorch.graph.model import Array, Graph, Operation

Use = tuple[Operation, int]  # an operation, and the position of a value among its inputs
Path = tuple[Use, ...]  # from a value to the result


def all_uses(graph: Graph) -> list[list[Use]]:
    """For every value, where it is used."""
    found: list[list[Use]] = [[] for _ in graph.values]
    for op in graph.operations:
        for k, source in enumerate(op.inputs):
            found[source].append((op, k))
    return found


class Chain:
    """All ways from the value ``start`` to the result of a graph."""

    def __init__(self, graph: Graph, start: int, uses: Sequence[Sequence[Use]]) -> None:
        self.graph = graph
        self.start = start
        self.uses = uses

    @cached_property
    def ways(self) -> dict[int, int]:
        """For every value that ``start`` goes into: along how many paths it is reached.

        One pass over the operations, although there may be exponentially many paths.
        """
        ways = {self.start: 1}
        for op in self.graph.operations:
            arriving = sum(ways.get(source, 0) for source in op.inputs)
            if arriving:
                ways[op.output] = arriving
        return ways

    @property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self.ways.get(self.graph.root, 0)

    def paths(self) -> list[Path]:
        """Every path. Ask for ``count`` first: there may be more than fit into memory."""
        found = []
        waiting: list[tuple[int, Any]] = [(self.start, None)]
        while waiting:
            value, behind = waiting.pop()
            if value == self.graph.root:
                found.append(unrolled(behind))
            waiting += [(use[0].output, (use, behind)) for use in reversed(self.uses[value])]
        return found

    def contribution(self, path: Path) -> Array | None:
        """What comes back along one path: the gradient if there were no other.

        None if an array that a rule on the way needs was too large to be kept.
        """
        root = self.graph.values[self.graph.root]
        gradient: Any = np.ones(root.shape, root.dtype)
        with np.errstate(all="ignore"):
            for op, k in reversed(path):
                gradient = flows(op, self.graph.values, gradient[()])[k]
                if gradient is None:
                    return None
        return np.asarray(gradient)


def unrolled(links: Any) -> Path:
    """A chain of links (last use, the link before it), from the first use to the last."""
    path: list[Use] = []
    while links is not None:
        use, links = links
        path.append(use)
    return tuple(reversed(path))
