"""Which moment a picture shows, where numbers have been changed since they were computed with.

An operation keeps its arrays, not copies of them: after an optimizer's step they hold the numbers
of now. So the whole computation is shown with those. Where that cannot be computed any more, what
was changed is left out, and all else is as it was then.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from microtorch.autograd.node import Leaf, Node
from microtorch.autograd.versions import changed_outside, changed_since, latest
from microtorch.graph.derivatives import forward
from microtorch.graph.kinds import op_named
from microtorch.graph.model import Array, Graph
from microtorch.graph.spelling import plain
from microtorch.graph.style import brief

CLOSE = 1e-4  # a computation done again differs in its last digits
PACKAGE = __name__.partition(".")[0]


def settled(
    graph: Graph, nodes: Sequence[Node], leaves: Mapping[int, Leaf], then: Array
) -> tuple[Graph, bool]:
    """The graph with numbers of one moment, and whether that is the moment of its recording.

    ``leaves`` says which values are parameters; ``then`` is what the root was.
    """
    news = dict(newer(graph, leaves))
    touched, from_outside = changed_values(graph, nodes)
    if not touched:
        if news:
            index, now = next(iter(news.items()))
            was = brief(graph.values[index].data)
            what = f"The picture shows the numbers of then: {was} for what is {brief(now)} now."
            warn(graph, what)
        return graph, True
    if not can_be_computed(graph):
        left = without(graph, touched)
        if not from_outside:
            return forward(left), True
        warn(
            graph,
            "Not all of it can be computed again, so the picture shows the numbers of then, and "
            f"leaves out what was changed. {BEFORE} to see all of it.",
        )
        return left, True
    computed = forward(replaced(graph, news))
    here = computed.values[computed.root].data
    if here is None or np.allclose(here, then, rtol=CLOSE, equal_nan=True):
        return computed, True
    root = plain(graph.values[graph.root].name)
    warn(
        graph,
        f"The picture shows the computation with the numbers of now: {root} was "
        f"{brief(np.asarray(then))} then, here it is {brief(here)}. {BEFORE} to see the numbers "
        "of then.",
    )
    return computed, False


BEFORE = "Draw before the step"


def newer(graph: Graph, leaves: Mapping[int, Leaf]) -> Iterator[tuple[int, Array]]:
    """The parameters that hold something else now, and what."""
    for index, leaf in leaves.items():
        owner = None if leaf.owner is None else leaf.owner()
        data = graph.values[index].data
        if owner is None or data is None or owner._node is not leaf:
            continue
        held = owner._data
        if held.shape == data.shape and held.tobytes() != data.tobytes():
            yield index, np.array(held)


def changed_values(graph: Graph, nodes: Sequence[Node]) -> tuple[set[int], bool]:
    """The values whose arrays were changed in place after they had been computed with.

    And whether one was changed by what is no part of the graph, such as an optimizer's step.
    """
    touched: set[int] = set()
    from_outside = False
    if nodes and latest() >= nodes[0].number:
        for op, node in zip(graph.operations, nodes, strict=True):
            arrays = (*node.inputs, node.output)
            for index, x in zip((*op.inputs, op.output), arrays, strict=True):
                if changed_since(x, node.number):
                    touched.add(index)
                    from_outside = from_outside or changed_outside(x, node.number)
    return touched, from_outside


def can_be_computed(graph: Graph) -> bool:
    """Whether every result follows from numbers that are known, by rules that are known."""
    return all(
        not op_named(op.kind).opaque and all(graph.values[i].data is not None for i in op.inputs)
        for op in graph.operations
    )


def replaced(graph: Graph, numbers: Mapping[int, Array]) -> Graph:
    values = list(graph.values)
    for index, data in numbers.items():
        data.flags.writeable = False
        values[index] = replace(values[index], data=data)
    return replace(graph, values=tuple(values))


def without(graph: Graph, indices: set[int]) -> Graph:
    """The graph without the numbers of some of its values."""
    values = [replace(v, data=None) if v.index in indices else v for v in graph.values]
    return replace(graph, values=tuple(values))


def warn(graph: Graph, what: str) -> None:
    """Tell whoever asked for a picture that numbers in it are not those of now, or of then."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        level += 1
    warnings.warn(
        f"numbers that {plain(graph.values[graph.root].name)} was computed from have been changed "
        f"in place since, for example by an optimizer's step. {what}",
        stacklevel=level + 1,
    )
