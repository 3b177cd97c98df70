"""What the caller calls a tensor: variable names, found by identity."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from microtorch.tensor import Tensor

# A comprehension or lambda sees only some of the variables around it.
SCOPES_OF_THEIR_OWN = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>")

LARGEST_MASK = 10_000  # entries of a mask that is known by its contents

# Names of IPython's own, through which all its history can be reached: Out, _, _12, _oh
IPYTHONS = re.compile(r"In|Out|exit|quit|get_ipython|_+|_\d+|_i+|_i\d+|_[dio]h|_exit_code|__\w+__")

MOST_PARTS = 100  # of one list, dictionary or object
MOST_OPENED = 300  # lists, dictionaries and objects of one scope

# id of a node, of the raw data of a tensor without one, or of a module -> name;
# also the contents of a mask -> name
Names = dict[int, str]


def caller_names(frame: FrameType) -> Names:
    """Names of all tensors that a frame can see: its local variables first, then the global ones."""
    found: Names = {}
    own = frame.f_locals
    collect(own, found)
    while frame.f_back is not None and frame.f_code.co_name in SCOPES_OF_THEIR_OWN:
        frame = frame.f_back
        own = {**frame.f_locals, **own}
        collect(own, found)
    hidden = {} if own is frame.f_globals else own
    collect({k: v for k, v in frame.f_globals.items() if k not in hidden}, found)
    return found


def given_names(names: Mapping[str, Tensor]) -> Names:
    """Names that the caller spells out: ``{"w": w}``."""
    if not isinstance(names, Mapping):
        raise TypeError(f'names is a dictionary such as {{"w": w}}, not {type(names).__name__}')
    for name, value in names.items():
        if not isinstance(name, str):
            raise TypeError(f"names: a name is a text, not {name!r}")
        if not isinstance(value, Tensor):
            raise TypeError(f"names: {name!r} must belong to a Tensor, not {type(value).__name__}")
    masks = {contents(t._data): name for name, t in names.items() if is_mask(t._data)}
    return masks | {key(tensor): name for name, tensor in names.items()}


def collect(scope: Mapping[str, Any], found: Names) -> None:
    """Add the tensors and modules of one scope: plain variables first, then what lies inside."""
    todo: deque[tuple[str, Any]] = deque()
    private: list[tuple[str, Any]] = []  # names such as _w serve where there is no other
    for name, value in list(scope.items()):
        if not isinstance(name, str) or not name.isidentifier() or IPYTHONS.fullmatch(name):
            continue
        if name.startswith("_"):
            private.append((name, value))
        elif isinstance(value, Tensor):
            found.setdefault(key(value), name)
            if is_mask(value._data):
                found.setdefault(contents(value._data), name)
        elif isinstance(value, type):
            todo.appendleft((name, value))  # what its objects share goes by the name of the class
        else:
            todo.append((name, value))
    # What lies near has its name before what lies deep inside.
    left = len(todo) + MOST_OPENED
    met: set[int] = set()
    while todo and left:
        left -= 1
        name, value = todo.popleft()
        if id(value) in met:
            continue
        met.add(id(value))
        for label, x in members(name, value):
            if isinstance(x, Tensor) or is_module(x):
                found.setdefault(key(x), label)
            elif not is_module(value):
                todo.append((label, x))
    for name, value in private:
        if isinstance(value, Tensor):
            found.setdefault(key(value), name)
        elif is_module(value):
            for label, x in members(name, value):
                found.setdefault(key(x), label)


def members(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What lies in a list (``ws[0]``), a dictionary (``p['w']``) or an object (``model.w``).

    Tensors, and what may hold some. Those of a module go by the names of its parameters and
    buffers: ``model.0.weight``. Its parts have names too: a container's are called one by one,
    never the container itself.
    """
    if is_module(value):
        yield name, value
        if hasattr(value, "named_modules"):
            yield from ((f"{name}.{k}", part) for k, part in value.named_modules() if k)
        own = (*value.named_parameters(), *value.named_buffers())
        yield from ((f"{name}.{k}", x) for k, x in own)
        return
    for label, x in islice(parts(name, value), MOST_PARTS):
        if is_module(x):
            yield from members(label, x)
        elif isinstance(x, Tensor) or not (isinstance(value, type) or is_plain(x)):
            yield label, x


def parts(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """The parts of a list, a dictionary, a class or an object, each as it is called in code."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return ((f"{name}.{k}", x) for k, x in zip(value._fields, value, strict=False))
    if isinstance(value, list | tuple):
        return ((f"{name}[{i}]", x) for i, x in enumerate(value))
    if isinstance(value, dict):
        return ((f"{name}[{k!r}]", x) for k, x in list(value.items()))
    if isinstance(value, ModuleType | FunctionType):
        return ()
    if not hasattr(value, "__dict__"):
        slots = getattr(type(value), "__slots__", ())
        slots = (slots,) if isinstance(slots, str) else slots
        return ((f"{name}.{k}", getattr(value, k)) for k in slots if hasattr(value, k))
    shared = {} if isinstance(value, type) else vars(type(value))
    own = {k: x for k, x in shared.items() if isinstance(x, Tensor)} | dict(vars(value))
    return ((f"{name}.{k}", x) for k, x in own.items())


def is_plain(value: Any) -> bool:
    """Whether a value cannot hold a tensor: a number, a text, a function, a module, a class."""
    plain = int | float | complex | str | bytes | type | ModuleType | FunctionType | np.ndarray
    return value is None or isinstance(value, plain)


def is_module(value: Any) -> bool:
    """Whether an object is a layer or a network. (This floor does not know nn.)"""
    kind = type(value)  # its class, because some objects answer to any name
    return all(callable(getattr(kind, f"named_{part}", None)) for part in ("parameters", "buffers"))


def is_mask(array: Any) -> bool:
    """Whether an array of True and False can be told from others by what is in it."""
    return bool(array.dtype == bool and 1 < array.size <= LARGEST_MASK)


def contents(mask: Any) -> int:
    """What a mask is known by: operations work on copies of it."""
    return hash((mask.shape, mask.tobytes()))


def key(value: Any) -> int:
    """What a tensor is known by in a graph: its node, or its raw data if it has none.

    A module is known by itself.
    """
    if not isinstance(value, Tensor):
        return id(value)
    return id(value._data if value._node is None else value._node)
