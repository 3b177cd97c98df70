"""How every entry of a result depends on every entry of an operand: d result / d operand."""

from __future__ import annotations

import math

import numpy as np

from microtorch.graph.derivatives import flow, way_back
from microtorch.graph.model import Array, Graph, Operation

MOST_ROWS, MOST_COLUMNS = 16, 24  # entries of the result, entries of the operand


def is_small(graph: Graph, operation: Operation, position: int) -> bool:
    """Whether the Jacobian of an operation by one of its operands can be looked at."""
    rows = math.prod(graph.values[operation.output].shape)
    source = graph.values[operation.inputs[position]]
    columns = math.prod(source.shape)
    return (
        source.requires_grad
        and not operation.more
        and 1 <= rows <= MOST_ROWS
        and 1 <= columns <= MOST_COLUMNS
        and rows * columns > 1
    )


def jacobian(graph: Graph, operation: Operation, position: int) -> Array | None:
    """The Jacobian of an operation: one row for each entry of its result, one column for each of
    the operand. None where a number that the rule needs is unknown.

    Each row is what the vjp answers to an upstream gradient that is 1 at one entry and 0 elsewhere.
    """
    output, local = graph.values[operation.output], operation.local[position]
    source = graph.values[operation.inputs[position]]
    if local is not None and local.shape == output.shape == source.shape:
        return np.diagflat(local)  # each entry by itself
    vjp = way_back(operation, graph.values)
    if vjp is None or not source.requires_grad:
        return None
    rows = []
    with np.errstate(all="ignore"):
        for k in range(math.prod(output.shape)):
            upstream = np.zeros(output.shape, output.dtype)
            upstream.flat[k] = 1
            rows.append(flow(vjp(upstream[()])[position], source).ravel())
    return np.stack(rows)
