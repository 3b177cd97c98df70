"""Large graphs as small pictures: modules fold into one box each, and long repetitions into one.

A fold stands for operations that were recorded one after another. So whatever is folded, arrows
still run from what was computed first to what was computed later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from math import prod
from typing import Any, NamedTuple

import numpy as np

from microtorch.graph.model import Array, Graph, GraphError, Operation, Scope, Value
from microtorch.graph.runs import coded, longest_run
from microtorch.ops import Op

COMFORTABLE = 200  # nodes in a picture; larger graphs fold by themselves
FEW = 60  # operations that are left of a long graph without modules
MOST_RUNS = 8
HEAD, TAIL = 8, 16  # of these, where nothing repeats: the first ones and the last ones
ALIKE = 8  # values that come from the same place and go to the same place, before they are bundled

Fold = bool | int | str | Sequence[str] | None
Names = str | Sequence[str]


class Folded(Op):
    """Several operations that are drawn as one. Its parameters: kind, operations, parameters."""

    operands = -1
    saves = ""
    opaque = True

    def forward(*arguments: Any) -> Any:
        raise NotImplementedError("a folded operation only stands for others")

    def vjp(g: Any, y: Any, *arguments: Any) -> Any:
        raise NotImplementedError("a folded operation only stands for others")


class Span(NamedTuple):
    """Neighbouring operations that are drawn as one node: a module, a run, or just one operation."""

    start: int
    stop: int
    scope: Scope | None = None
    run: bool = False

    @property
    def folds(self) -> bool:
        return self.scope is not None or self.run

    def hides(self, value: Value) -> bool:
        """Whether a value that nobody else uses disappears in the box."""
        if self.scope is None:
            return self.run
        return value.kind == "constant" or value.index in self.scope.owns


def folded(graph: Graph, fold: Fold = None, unfold: Names = ()) -> Graph:
    """The graph with some of its operations drawn as one.

    Args:
        fold: None folds what is too large for a picture of 200 nodes, and no more than it must.
            True folds the outermost modules, a number n those n levels deep, a name such as
            ``"layers.0"`` the modules of that name (``*`` stands for any letters). False folds
            nothing. A long graph without modules has its repetitions folded.
        unfold: modules to open by one level, by name.

    Raises:
        TypeError: ``fold`` or ``unfold`` is none of these.
        GraphError: there is no module of that name.
    """
    check(fold, unfold)
    opened = named(graph, [unfold] if isinstance(unfold, str) else unfold, "unfold")
    if (fold is None and size(graph) <= COMFORTABLE) or fold is False:
        return graph
    levels = nesting(graph.scopes)
    if isinstance(fold, str | Sequence):
        closed = named(graph, [fold] if isinstance(fold, str) else fold, "fold")
        return merged(graph, spans(graph, opening(graph, closed, opened)))
    depths = range(max(levels, default=1), 0, -1) if fold is None else [int(fold)]
    for depth in depths:
        found = spans(graph, opening(graph, at_level(levels, depth), opened))
        if len(found) <= COMFORTABLE or opened:
            small = merged(graph, found)
            if size(small) <= COMFORTABLE or opened:
                return small
    return bundled(merged(graph, shortened(graph, found)))


def check(fold: Fold, unfold: Names) -> None:
    """Raise TypeError for what is no way to fold, ValueError for a depth below 1."""
    texts = [fold] if isinstance(fold, str) else fold if isinstance(fold, list | tuple) else []
    texts = [*texts, *([unfold] if isinstance(unfold, str) else unfold)]
    known = fold is None or isinstance(fold, bool | int | str | list | tuple)
    if not known or not all(isinstance(text, str) for text in texts):
        raise TypeError(
            "fold is True, False, a depth such as 2, or names of modules such as 'layers.0'; "
            f"unfold is names of modules. Given: fold={fold!r}, unfold={unfold!r}."
        )
    if type(fold) is int and fold < 1:
        raise ValueError(f"fold={fold}: the outermost modules are at depth 1; fold=False is none.")


def size(graph: Graph) -> int:
    """How many nodes a picture of the graph has."""
    return len(graph.values) + len(graph.operations)


# Which modules are closed -----------------------------------------------------------------------


def nesting(scopes: Sequence[Scope]) -> list[int]:
    """How deep every call lies in others: 1 for the outermost."""
    levels: list[int] = []
    around: list[Scope] = []
    for scope in scopes:
        while around and around[-1].stop <= scope.start:
            around.pop()
        around.append(scope)
        levels.append(len(around))
    return levels


def at_level(levels: Sequence[int], depth: int) -> set[int]:
    """The calls at a depth, and those above it that have no others inside."""
    following = [*levels[1:], 0]  # a call after which none is deeper has no parts
    return {
        i
        for i, (level, after) in enumerate(zip(levels, following, strict=False))
        if level == depth or (level < depth and after <= level)
    }


def named(graph: Graph, names: Names, argument: str) -> set[int]:
    """The calls of the modules with these names, or with names that end in them."""
    found = set()
    for name in names:
        calls = {i for i, scope in enumerate(graph.scopes) if matches(scope.name, name)}
        if not calls:
            known = list(dict.fromkeys(scope.name for scope in graph.scopes))
            shown = ", ".join(map(repr, known[:20])) + (", ..." if len(known) > 20 else "")
            raise GraphError(
                f"{argument}={name!r}: no module of that name made this graph. "
                + (f"There is: {shown}." if known else "No module was called at all.")
            )
        found |= calls
    return found


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern means this name: all of it, or its end from some dot on."""
    return name == pattern or fnmatchcase(name, pattern) or fnmatchcase("." + name, "*." + pattern)


def opening(graph: Graph, closed: set[int], opened: set[int]) -> set[int]:
    """The closed calls after some were opened: with all around them, and their own parts closed."""
    if not opened:
        return closed
    scopes = graph.scopes
    now_open = {
        i
        for i, scope in enumerate(scopes)
        if any(i <= j and scope.start <= scopes[j].start < scope.stop for j in opened)
    }
    levels = nesting(scopes)
    parts = {
        j
        for i in now_open
        for j, scope in enumerate(scopes)
        if j > i and levels[j] == levels[i] + 1 and scopes[i].start <= scope.start < scopes[i].stop
    }
    return (closed | parts) - now_open


def spans(graph: Graph, closed: Collection[int]) -> list[Span]:
    """All operations in order: one span for each closed call, and one for each of the others."""
    found: list[Span] = []
    reached = 0
    for scope in [graph.scopes[i] for i in sorted(closed)]:
        if scope.start < reached:
            continue  # inside of a module that is closed already
        found += [Span(k, k + 1) for k in range(reached, scope.start)]
        found.append(Span(scope.start, scope.stop, scope))
        reached = scope.stop
    return found + [Span(k, k + 1) for k in range(reached, len(graph.operations))]


# Long graphs ------------------------------------------------------------------------------------


def shortened(graph: Graph, found: list[Span]) -> list[Span]:
    """The same with runs folded; where nothing repeats, all but the beginning and the end."""
    code = coded(label(graph, span) for span in found)
    for k in range(MOST_RUNS):
        run = longest_run(code) if len(found) > FEW else None
        if run is None:
            break
        first, last = run.middle
        found = with_run(found, first, last)
        code = np.concatenate((code[:first], [-1 - k], code[last:]))  # like no other
    if len(found) <= HEAD + TAIL + 1:
        return found
    if len(found) > COMFORTABLE or size(bundled(merged(graph, found))) > COMFORTABLE:
        found = with_run(found, HEAD, len(found) - TAIL)
    return found


def with_run(found: list[Span], first: int, last: int) -> list[Span]:
    """The spans from ``first`` up to ``last`` become one."""
    run = Span(found[first].start, found[last - 1].stop, run=True)
    return [*found[:first], run, *found[last:]]


def label(graph: Graph, span: Span) -> tuple[Any, ...]:
    """What makes two spans repetitions of each other."""
    if span.scope is not None:
        return span.scope.kind, span.stop - span.start
    return (graph.operations[span.start].kind,)


# The folded graph -------------------------------------------------------------------------------


def merged(graph: Graph, found: Sequence[Span]) -> Graph:
    """The graph with one operation for each span."""
    users: list[set[int]] = [set() for _ in graph.values]
    home = [-1] * len(graph.values)
    for k, span in enumerate(found):
        for op in graph.operations[span.start : span.stop]:
            home[op.output] = k
            for i in op.inputs:
                users[i].add(k)

    def visible(value: Value) -> bool:
        if value.index == graph.root:
            return True
        around = users[value.index] | ({home[value.index]} if value.maker is not None else set())
        at = [found[k] for k in around]
        if value.maker is not None:
            return len(at) > 1 or not at[0].folds
        owned = all(span.scope is not None and span.hides(value) for span in at)
        return not (owned or (len(at) == 1 and at[0].hides(value)))

    shown = [visible(value) for value in graph.values]
    place: dict[int, int] = {}
    values: list[Value] = []
    operations: list[Operation] = []

    def put(index: int, maker: int | None) -> int:
        if index not in place:
            place[index] = len(values)
            values.append(replace(graph.values[index], index=len(values), maker=maker))
        return place[index]

    for k, span in enumerate(found):
        ops = graph.operations[span.start : span.stop]
        first = ops[0]
        if span.folds:
            first = box(graph, span, ops, shown, [op.output for op in ops if shown[op.output]])
        inputs = tuple([put(i, None) for i in first.inputs])
        results = [put(i, k) for i in first.results]
        output, *more = results
        new = replace(first, index=k, inputs=inputs, output=output, more=tuple(more))
        operations.append(new)
    if not found:
        put(graph.root, None)
    return Graph(tuple(values), tuple(operations), place[graph.root])


def box(
    graph: Graph,
    span: Span,
    ops: Sequence[Operation],
    shown: Sequence[bool],
    results: Sequence[int],
) -> Operation:
    """One operation that stands for several."""
    inside = set(results)
    flow: dict[int, Array | None] = {}
    hidden: set[int] = set()
    for op in ops:
        for i, part in zip(op.inputs, op.flow, strict=True):
            if not shown[i]:
                hidden.add(i)
            elif i not in inside:
                flow[i] = part if i not in flow else added(flow[i], part)
    weights = sum(prod(v.shape) for v in map(graph.values.__getitem__, hidden) if is_weight(v))
    if span.scope is not None:
        name, kind = span.scope.name, span.scope.kind
    else:
        name, kind = f"… {len(ops):,} more operations …", ""
    nothing = (None,) * len(flow)
    return Operation(
        index=0,
        kind=Folded.__name__,
        symbol=name,
        inputs=tuple(flow),
        output=results[0],
        params=(kind, len(ops), weights),
        written=(None, None, None),
        local=nothing,
        flow=tuple(flow.values()),
        more=tuple(results[1:]),
    )


def is_weight(value: Value) -> bool:
    return value.kind == "parameter"


def added(one: Array | None, other: Array | None) -> Array | None:
    return None if one is None or other is None else np.asarray(one + other)


def bundled(graph: Graph) -> Graph:
    """The graph with many values of one origin and one destination drawn as a single one."""
    places: dict[tuple[Any, ...], list[int]] = {}
    for value in graph.values:
        goes_to = tuple(sorted({op.index for op, _ in graph.uses(value.index)}))
        if value.index != graph.root:
            places.setdefault((value.kind, value.maker, goes_to), []).append(value.index)
    stands_for = {
        index: alike[3] for alike in places.values() if len(alike) > ALIKE for index in alike[3:]
    }
    if not stands_for:
        return graph
    counts = Counter(stands_for.values())
    place: dict[int, int] = {}
    values: list[Value] = []
    for value in graph.values:
        if stands_for.get(value.index, value.index) == value.index:
            place[value.index] = len(values)
            kept = bundle(value, counts[value.index]) if value.index in counts else value
            values.append(replace(kept, index=len(values)))
    for index, kept_index in stands_for.items():
        place[index] = place[kept_index]
    bundles = {place[index] for index in counts}
    operations = [with_bundles(op, place, bundles) for op in graph.operations]
    return Graph(tuple(values), tuple(operations), place[graph.root])


def bundle(value: Value, count: int) -> Value:
    """One value that stands for many."""
    name = f"… {count:,} more values …"
    return replace(value, name=name, data=None, grad=None, prior=None, stored=None)


def with_bundles(op: Operation, place: dict[int, int], bundles: Collection[int]) -> Operation:
    """An operation with its operands at their new places, every bundle among them once."""
    kept: dict[tuple[int, int], int] = {}
    for k, i in enumerate(op.inputs):
        kept.setdefault((place[i], 0 if place[i] in bundles else k), k)
    output, *more = dict.fromkeys(place[i] for i in op.results)
    return replace(
        op,
        inputs=tuple(place[op.inputs[k]] for k in kept.values()),
        local=tuple(op.local[k] for k in kept.values()),
        flow=tuple(op.flow[k] for k in kept.values()),
        output=output,
        more=tuple(more),
    )
