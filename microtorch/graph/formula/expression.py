"""A formula as a tree: numbers, names, and functions applied to them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from microtorch.ops.activations import normal_cdf


class FormulaError(ValueError):
    """Something cannot be read, written or computed as a formula."""


@dataclass(frozen=True)
class Number:
    """A number such as 2 or 0.5."""

    value: int | float


@dataclass(frozen=True)
class Constant:
    """A plain value that is no number: None, True, a shape. Found in settings such as axis=None."""

    value: Hashable


@dataclass(frozen=True)
class Name:
    """A variable: an operand, a parameter, or the result ``y``."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function applied to its arguments; ``a + b`` is ``Call("add", (a, b))``."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...] = ()

    def map(self, change: Callable[[Expression], Expression]) -> Call:
        """The same call with every argument changed."""
        arguments = tuple(change(argument) for argument in self.arguments)
        keywords = tuple((key, change(value)) for key, value in self.keywords)
        return Call(self.function, arguments, keywords)


Expression = Number | Constant | Name | Call

CONDITIONS = {  # functions that answer yes or no
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
    *("and", "or", "not"),
}


def is_condition(e: Expression) -> bool:
    """Whether ``e`` answers yes or no: a comparison, or comparisons joined by and, or, not."""
    return isinstance(e, Call) and e.function in CONDITIONS


def constant(value: object) -> Number | Constant:
    """A Python or NumPy value as a leaf of the tree.

    Raises:
        FormulaError: if the value is an array or another object that a formula cannot show.
    """
    if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
        value = value.item()
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(value)
    if value is None or isinstance(value, bool | str):
        return Constant(value)
    if isinstance(value, tuple) and all(isinstance(each, int | float | None) for each in value):
        return Constant(value)
    raise FormulaError(
        f"A formula cannot show a {type(value).__name__}: only numbers and settings."
    )


def names(e: Expression) -> tuple[str, ...]:
    """The free names of a formula, in the order in which they first appear.

    >>> names(Call("mul", (Name("w"), Call("add", (Name("x"), Name("w"))))))
    ('w', 'x')
    """
    return tuple(dict.fromkeys(_leaves(e)))


def _leaves(e: Expression) -> Iterator[str]:
    if isinstance(e, Name):
        yield e.name
    elif isinstance(e, Call):
        for argument in (*e.arguments, *(value for _, value in e.keywords)):
            yield from _leaves(argument)


def size(e: Expression) -> int:
    """Of how many parts a formula is made."""
    return 1 + sum(map(size, e.arguments)) if isinstance(e, Call) else 1


def substitute(e: Expression, values: Mapping[str, Expression]) -> Expression:
    """Put formulas in the place of names, all at once.

    >>> substitute(Call("mul", (Number(2), Name("s"))), {"s": Number(3)})
    Call(function='mul', arguments=(Number(value=2), Number(value=3)), keywords=())
    """
    if isinstance(e, Name):
        return values.get(e.name, e)
    if isinstance(e, Call):
        return e.map(lambda argument: substitute(argument, values))
    return e


def evaluate(e: Expression, env: Mapping[str, Any]) -> Any:
    """Compute a formula with NumPy. Names, and functions not known here, are looked up in ``env``.

    >>> float(evaluate(Call("tanh", (Name("x"),)), {"x": 0.0}))
    0.0

    Raises:
        FormulaError: if a name or a function is unknown.
    """
    if isinstance(e, Number | Constant):
        return e.value
    if isinstance(e, Name):
        if e.name not in env:
            raise FormulaError(f"The formula needs a value for {e.name}.")
        return env[e.name]
    function = FUNCTIONS.get(e.function) or env.get(e.function) or getattr(np, e.function, None)
    if function is None:
        raise FormulaError(f"The formula uses {e.function}(), which has no numerical meaning here.")
    keywords = {key: evaluate(value, env) for key, value in e.keywords}
    return function(*(evaluate(argument, env) for argument in e.arguments), **keywords)


def _power(base: Any, exponent: Any) -> Any:
    # Whole numbers take no negative powers in NumPy, and Python's own raise for 0.0 ** -1.
    floating = isinstance(base, np.ndarray | np.generic) and base.dtype.kind == "f"
    return (base if floating else np.float64(base)) ** exponent


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * x))  # does not overflow, unlike 1 / (1 + exp(-x))


def _transpose(a: Any) -> Any:
    return np.swapaxes(a, -1, -2) if np.ndim(a) >= 2 else a


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": np.divide,
    "neg": operator.neg,
    "pow": _power,
    "matmul": operator.matmul,
    "abs": np.abs,
    "max": np.maximum,
    "min": np.minimum,
    "sigmoid": _sigmoid,
    "normal_cdf": normal_cdf,
    "transpose": _transpose,
    "permute": np.transpose,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "tuple": lambda *items: items,
    "item": operator.getitem,
}
