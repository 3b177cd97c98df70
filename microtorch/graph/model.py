"""The picture of a computation as plain data: values, operations, and the steps of a walk.

Everything here is immutable. ``trace`` makes a :class:`Graph`,
``steps`` makes the :class:`Step` list, ``layout`` places both, ``svg`` and ``text`` print them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from numpy.typing import NDArray

Array = NDArray[Any]
Stage = Literal["forward", "local", "backward"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Kind = Literal["parameter", "input", "constant", "result"]


class GraphError(ValueError):
    """There is no graph to show, or not one that fits on a page."""


def check_stage(stage: object) -> None:
    """Raise ValueError unless ``stage`` is one of the three, or None."""
    if stage is not None and stage not in STAGES:
        known = ", ".join(map(repr, STAGES))
        raise ValueError(f"stage must be one of {known}, or None; it is {stage!r}.")


@dataclass(frozen=True)
class Value:
    """A number or array in the graph.

    ``kind`` is "parameter" (a leaf that asks for a gradient), "input" (a tensor that does not),
    "constant" (a plain Python number) or "result" (made by an operation).
    ``data`` and ``grad`` are None where they are unknown: an array too large to be kept.
    """

    index: int
    name: str
    kind: Kind
    data: Array | None
    shape: tuple[int, ...]
    dtype: str
    requires_grad: bool
    grad: Array | None  # d root / d value, computed from this graph alone
    prior: Array | None  # what .grad held before this graph's backward (parameters only)
    stored: Array | None  # what .grad holds now; for a result, what the last backward brought it
    maker: int | None  # index of the operation that made it
    own_dtype: str | None = None  # of the caller's tensor, if operations work on a converted copy

    @property
    def scalar(self) -> bool:
        """Whether the value is a single number with no dimensions."""
        return self.shape == ()


@dataclass(frozen=True)
class Operation:
    """One operation: ``values[output] = forward(values[inputs...], *params)``.

    ``local`` and ``flow`` have one entry per input. For an elementwise operation ``local[k]`` is
    d output / d input k, and ``flow[k]`` is upstream x local, summed over broadcast axes: what
    this use adds to the gradient of input k. For others (matrix products, sums, ...)
    ``local[k]`` is None unless it has the shape of the input, and ``flow[k]`` comes from the vjp.
    Entries are None where an array is too large to be kept; ``flow`` also where the input needs
    no gradient. An operation that stands for several (a folded module) may have ``more`` results.
    """

    index: int
    kind: str  # class name in the registry: "Mul"
    symbol: str  # what the picture shows: "×"
    inputs: tuple[int, ...]
    output: int
    params: tuple[Any, ...]
    written: tuple[str | None, ...]  # for each of params: an index or a name, as the caller wrote
    local: tuple[Array | None, ...]
    flow: tuple[Array | None, ...]
    more: tuple[int, ...] = ()

    @property
    def results(self) -> tuple[int, ...]:
        """All values that it makes."""
        return (self.output, *self.more)


@dataclass(frozen=True)
class Scope:
    """One call of a module: it made the operations from ``start`` up to, not including, ``stop``.

    Operations stand in the order in which they were recorded, so those of a call are neighbours.
    """

    name: str  # as the parameters are named: "layers.0"
    kind: str  # the name of its class: "Linear"
    start: int
    stop: int
    owns: tuple[int, ...]  # its parameters and buffers, by the index of the value


@dataclass(frozen=True, eq=False)
class Graph:
    """A computation, in topological order: operands stand before what is made of them.

    ``scopes`` are the calls of modules in it, outer ones before inner ones. Two graphs are equal
    if they say the same, down to every number.
    """

    values: tuple[Value, ...]
    operations: tuple[Operation, ...]
    root: int
    scopes: tuple[Scope, ...] = ()

    @cached_property
    def _uses(self) -> tuple[list[tuple[Operation, int]], ...]:
        found: tuple[list[tuple[Operation, int]], ...] = tuple([] for _ in self.values)
        for op in self.operations:
            for k, v in enumerate(op.inputs):
                found[v].append((op, k))
        return found

    def uses(self, value: int) -> list[tuple[Operation, int]]:
        """Every use of a value: (operation, position among its inputs)."""
        return self._uses[value]

    def to_json(self) -> str:
        """The graph as strict JSON: see :func:`microtorch.graph.exchange.to_json`."""
        from microtorch.graph.exchange import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str) -> Graph:
        """The graph that :meth:`to_json` wrote. Raises GraphError for any other text."""
        from microtorch.graph.exchange import from_json

        return from_json(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Step:
    """One step of the walk: what becomes visible, and how to say it.

    ``formula`` is a template in MathML and ``line`` the same in Unicode text. Their slots are
    filled with today's numbers, by Python for still pictures and by the page for live ones::

        {d3} data of value 3          {g3} gradient of value 3, from this graph alone
        {p3} its prior .grad          {t3} total: prior + gradient, what .grad holds afterwards
        {l5.0} local gradient of operation 5, input 0                  {f5.0} its flow: upstream x local

    A slot written {(d3)} gets parentheses round a negative number. {=} is the sign between two
    sides, = or ≈, and {;} stands between two equations.
    """

    stage: Stage
    value: int  # the value in the spotlight
    operation: int | None  # the operation at work, if there is one
    shows: tuple[str, ...]  # slots that become visible with this step: ("d3",), ("l5.0",), ("t3",)
    edges: tuple[
        tuple[int, int], ...
    ]  # (operation, input position) of the edges to light up; (op, -1): op -> its result
    sentence: str  # plain words
    line: str
    formula: str
