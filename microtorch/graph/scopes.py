"""Which module made which operations of a graph, and what its parameters are called."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from microtorch.autograd.calls import Call, calls_between
from microtorch.autograd.node import Node
from microtorch.graph.model import Scope
from microtorch.graph.names import Names, key


class Part(NamedTuple):
    """One call of a module that made some of the operations."""

    name: str
    kind: str
    start: int
    stop: int
    module: Any  # None if it is gone
    prefix: str  # what the names of its parameters start with


def parts(nodes: Sequence[Node], names: Names) -> list[Part]:
    """The calls of modules that made these nodes, outer ones before inner ones.

    A module is called as in the caller's variables (``model``), its parts by their path from there
    (``model.layers.0``); one that the caller cannot see goes by the name of its class.
    """
    if not nodes:
        return []
    numbers = [node.number for node in nodes]
    found: list[Part] = []
    open_: list[Part] = []  # the calls around the present one
    paths: dict[int, Paths] = {}
    for call in calls_between(numbers[0], numbers[-1]):
        start, stop = bisect_left(numbers, call.first), bisect_left(numbers, call.last)
        if start == stop:
            continue
        while open_ and open_[-1].stop <= start:
            open_.pop()
        if open_ and stop > open_[-1].stop:
            continue  # another thread's
        name, prefix = called(call, open_[-1] if open_ else None, names, paths)
        part = Part(name, call.kind, start, stop, call.module(), prefix)
        found.append(part)
        open_.append(part)
    return found


def called(
    call: Call, around: Part | None, names: Names, paths: dict[int, Paths]
) -> tuple[str, str]:
    """The name of a called module, and what the names of its parameters start with."""
    module = call.module()
    if module is None:
        return call.kind, ""
    if around is not None and around.module is not None:
        inside = id(around.module)
        if inside not in paths:
            paths[inside] = Paths(around.module)
        path = paths[inside].to(module)
        if path is not None:
            name = ".".join(filter(None, (around.prefix, path)))
            return name or around.name, name
    known = names.get(id(module))
    return (call.kind, "") if known is None else (known, known)


class Paths:
    """Where the modules below one module stand, looked for no deeper than asked.

    A module is mostly called by the one right above it; to list everything below each one would
    take very long where they are nested deeply.
    """

    def __init__(self, module: Any) -> None:
        self.known = {id(module): ""}
        self.level = [("", module)]

    def to(self, module: Any) -> str | None:
        """The path to a module; None if it is not below."""
        while id(module) not in self.known and self.level:
            below = [
                (f"{path}.{name}" if path else name, child)
                for path, parent in self.level
                for name, child in parent.named_children()
            ]
            self.level = [(path, child) for path, child in below if id(child) not in self.known]
            for path, child in self.level:
                self.known.setdefault(id(child), path)
        return self.known.get(id(module))


def parameter_names(found: Sequence[Part]) -> Names:
    """The names of parameters and buffers of modules that the caller cannot see."""
    names: Names = {}
    done: set[int] = set()
    for part in found:
        if part.module is not None and id(part.module) not in done:
            done.update(map(id, part.module.modules()))  # what is below is named from above
            for name, tensor in members(part.module):
                names.setdefault(key(tensor), ".".join(filter(None, (part.prefix, name))))
    return names


def members(module: Any) -> list[tuple[str, Any]]:
    """The named parameters and buffers of a module."""
    return [*module.named_parameters(), *module.named_buffers()]


def scopes(found: Sequence[Part], index: Mapping[int, int]) -> tuple[Scope, ...]:
    """The parts as plain data; ``index`` says which value a tensor's node or array became."""
    owned: dict[int, tuple[int, ...]] = {}
    for part in reversed(found):  # what a module owns is mostly known of its parts by then
        if part.module is not None:
            owns(part.module, index, owned)
    return tuple(Scope(p.name, p.kind, p.start, p.stop, owned.get(id(p.module), ())) for p in found)


def owns(module: Any, index: Mapping[int, int], owned: dict[int, tuple[int, ...]]) -> set[int]:
    """The parameters and buffers of a module and of those below it, by the index of the value."""
    if id(module) in owned:
        return set(owned[id(module)])
    tensors = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
    keys = [key(tensor) for _, tensor in tensors]
    found = {index[k] for k in keys if k in index}
    owned[id(module)] = ()  # a module that holds itself
    for child in module.children():
        found |= owns(child, index, owned)
    owned[id(module)] = tuple(sorted(found))
    return found
