"""Functions of the user's that the sweep calls on its way: to look at a gradient, or to change it."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import count
from types import TracebackType
from typing import Any, Self

next_id = count().__next__


class Hooks(OrderedDict[int, Callable[..., Any]]):
    """The hooks registered in one place, in the order in which they are called."""

    def add(self, hook: Callable[..., Any], *, first: bool = False) -> RemovableHandle:
        """Register one; the handle takes it out again."""
        handle = RemovableHandle(self)
        self[handle.id] = hook
        if first:
            self.move_to_end(handle.id, last=False)
        return handle

    def functions(self) -> Iterator[Callable[..., Any]]:
        """The hooks of now: one may remove itself while they are called."""
        return iter(list(self.values()))

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


class RemovableHandle:
    """What registering a hook returns: ``handle.remove()`` takes the hook out again."""

    def __init__(self, hooks: Any, *, extra_dict: Any = None) -> None:
        self.id = next_id()
        self.hooks = weakref.ref(hooks)
        more = extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self.others = [weakref.ref(hooks) for hooks in more if hooks is not None]

    def remove(self) -> None:
        """The hook is called no more; removing it twice does no harm."""
        for place in (self.hooks, *self.others):
            hooks = place()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


class NodeHooks:
    """What is called when the sweep comes to a node: on the gradient of its output, then after."""

    __slots__ = ("after", "before", "on_grad", "retained")

    def __init__(self) -> None:
        self.on_grad = Hooks()  # tensor.register_hook
        self.before = Hooks()  # node.register_prehook
        self.after = Hooks()  # node.register_hook
        self.retained: Any = None  # what tensor.retain_grad() keeps: [None] or [gradient]


class LeafHooks:
    """What is called when the sweep ends at a leaf."""

    __slots__ = ("accumulated", "on_grad")

    def __init__(self) -> None:
        self.on_grad = Hooks()  # tensor.register_hook
        self.accumulated = Hooks()  # tensor.register_post_accumulate_grad_hook
