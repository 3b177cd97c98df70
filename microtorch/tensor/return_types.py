"""Several results with names: ``torch.return_types.max(values=..., indices=...)``."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

types: dict[str, type[Result]] = {}


class Result(tuple[Any, ...]):
    """A tuple whose entries have names, and which prints like PyTorch's."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        entries = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        return f"torch.return_types.{type(self).__name__}(\n" + ",\n".join(entries) + ")"

    def __reduce__(self) -> Any:
        return restored, (type(self).__name__, self._fields, tuple(self))


def named(name: str, fields: tuple[str, ...] = ("values", "indices")) -> type[Result]:
    """The type of a function's results, made once: ``named("sort")([values, indices])``.

    >>> named("max")([3, 0]).indices
    0
    """
    if name not in types:
        members = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
        facts = {"__slots__": (), "_fields": fields, "__match_args__": fields}
        types[name] = type(name, (Result,), {**facts, **members})
    return types[name]


def restored(name: str, fields: tuple[str, ...], entries: tuple[Any, ...]) -> Result:
    """A result after copying."""
    return named(name, fields)(entries)


def __getattr__(name: str) -> type[Result]:
    if name in types:
        return types[name]
    raise AttributeError(f"torch.return_types has no {name!r}")
