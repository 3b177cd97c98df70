"""The operation that a name in a graph stands for."""

from __future__ import annotations

from microtorch.ops import Op, registry
from microtorch.ops.division import WithoutDerivative

# They can stand in a graph, but in no list of the differentiable operations.
WITHOUT_DERIVATIVE = {op.__name__: op for op in WithoutDerivative.__subclasses__()}


def op_named(kind: str) -> type[Op]:
    """The class of an operation of a graph.

    >>> op_named("Tanh").symbol, op_named("FloorDivide").symbol
    ('tanh', '//')
    """
    found: type[Op] = WITHOUT_DERIVATIVE.get(kind) or registry[kind]
    return found


def is_operation(kind: object) -> bool:
    """Whether this is the name of an operation that can stand in a graph."""
    return isinstance(kind, str) and (kind in registry or kind in WITHOUT_DERIVATIVE)


def has_way_back(kind: str) -> bool:
    """Whether a picture can tell what gradients come back through an operation.

    Not through a function of the user's own, which a picture must not run, and not through one
    that has no derivative.
    """
    return kind not in WITHOUT_DERIVATIVE and not registry[kind].opaque
