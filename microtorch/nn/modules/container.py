"""Modules that hold other modules: Sequential, ModuleList, ModuleDict."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import chain, groupby
from typing import Any, Self

from microtorch.nn.modules.members import MODULE
from microtorch.nn.modules.module import Module, block

__all__ = ["ModuleDict", "ModuleList", "Sequential"]

Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]


class ListOfModules(Module):
    """What Sequential and ModuleList share: submodules in an order, reached by number."""

    def _key(self, index: Any) -> str:
        """The name of the module at a position; negative ones count from the end."""
        names, position = list(self._modules), operator.index(index)
        if not -len(names) <= position < len(names):
            raise IndexError(f"index {position} is out of range")
        return names[position]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._key(index)]
        for name in names:
            delattr(self, name)
        self._renumber(list(self._modules.values()))

    def _renumber(self, modules: list[Module]) -> None:
        """Take these modules under the names "0", "1", ..."""
        self._modules.clear()
        for number, module in enumerate(modules):
            self._modules[str(number)] = module

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Module:
        """Remove the module at a position and return it."""
        removed: Module = self[key]  # type: ignore[index]
        del self[key]
        return removed


class Sequential(ListOfModules):
    """Modules one after the other: the output of each is the input of the next.

    They are called "0", "1", ..., or by the names of an OrderedDict.

    >>> from microtorch import nn
    >>> nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        has_names = len(args) == 1 and isinstance(args[0], OrderedDict)
        for name, module in args[0].items() if has_names else enumerate(args):
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        for module in self._members(MODULE).values():
            input = module(input)
        return input

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._key(index)]

    def extend(self, sequential: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in sequential:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add a module before the one at a position."""
        if not isinstance(module, Module):
            raise AssertionError(  # noqa: TRY004 (PyTorch's exception)
                f"module should be of type: {class_text(Module)}"
            )
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def __add__(self, other: Any) -> Sequential:
        check_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Self:
        check_sequential(other)
        return self.extend(other)

    def __mul__(self, times: int) -> Sequential:
        check_factor(self, times)
        return Sequential(*list(self) * times)

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        check_factor(self, times)
        return self.extend(list(self) * (times - 1))


def check_sequential(other: Any) -> None:
    """Raise unless it can be added to a Sequential."""
    if not isinstance(other, Sequential):
        raise ValueError(  # noqa: TRY004 (PyTorch's exception)
            f"add operator supports only objects of Sequential class, but {class_text(type(other))} "
            "is given."
        )


def check_factor(sequential: Sequential, times: Any) -> None:
    """Raise unless a Sequential can be repeated so many times."""
    if not isinstance(times, int):
        raise TypeError(
            f"unsupported operand type(s) for *: {class_text(type(sequential))} and {class_text(type(times))}"
        )
    if times <= 0:
        raise ValueError(
            f"Non-positive multiplication factor {times} for {class_text(type(sequential))}"
        )


def class_text(kind: type) -> str:
    """A class as PyTorch's messages show it: ``<class 'torch.nn.modules.module.Module'>``."""
    return repr(kind).replace("microtorch", "torch", 1)


class ModuleList(ListOfModules):
    """A list of modules that is part of a model; what they compute is up to its forward()."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._modules[self._key(index)]

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleList.extend should be called with an iterable, "
                f"but got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add a module before the one at a position."""
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList(chain(self, other))

    def __repr__(self) -> str:
        """Equal neighbours stand in one line: ``(0-2): 3 x Linear(...)``."""
        lines, start = [], 0
        for text, group in groupby(repr(module) for module in self):
            n = len(list(group))
            place = f"({start}): " if n == 1 else f"({start}-{start + n - 1}): {n} x "
            lines.append((place + text).replace("\n", "\n  "))
            start += n
        return block(self._get_name(), lines)


class ModuleDict(Module):
    """A dictionary of modules that is part of a model."""

    def __init__(self, modules: Pairs | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Remove all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Remove a module and return it."""
        module: Module = self[key]
        del self[key]
        return module

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """The names with their modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Pairs) -> None:
        """Add modules from a mapping or from pairs (name, module)."""
        for key, module in pairs(modules, "ModuleDict", "ModuleDict"):
            self[key] = module


def pairs(given: Any, name: str, title: str) -> Iterator[tuple[str, Any]]:
    """The pairs of a mapping or of an iterable of pairs, or PyTorch's words for what is neither."""
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{title}.update should be called with an iterable of key/value pairs, "
            f"but got {type(given).__name__}"
        )
    if hasattr(given, "items"):
        yield from given.items()
        return
    for number, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{name} update sequence element #{number} should be Iterable; "
                f"is{type(pair).__name__}"
            )
        pair = tuple(pair)
        if len(pair) != 2:
            raise ValueError(
                f"{name} update sequence element #{number} has length {len(pair)}; 2 is required"
            )
        yield pair
