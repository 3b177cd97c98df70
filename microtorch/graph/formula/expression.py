"""A formula as a tree: numbers, names, and functions applied to them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
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
    *("and", "or", "not", "is", "is_not", "isnan", "isfinite"),
}


def is_condition(e: Expression) -> bool:
    """Whether ``e`` answers yes or no: a comparison, a check, or several joined by and, or, not."""
    return isinstance(e, Call) and e.function in CONDITIONS


def is_choice(e: Expression) -> bool:
    """Whether a formula is written as x if condition else y, whose condition may hold a ``=``."""
    return is_condition(e) or (isinstance(e, Call) and e.function == "where")


def constant(value: object) -> Number | Constant:
    """A Python or NumPy value as a leaf of the tree.

    Raises:
        FormulaError: if the value is an array or another object that a formula cannot show.
    """
    if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
        value = value.item()
    if isinstance(value, list | tuple):
        value = tuple(value)  # a plain one: torch.Size is shown as (2, 3)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(value)
    if value is None or value is Ellipsis or isinstance(value, bool | str):
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
    if e.function in ("where", "and", "or"):
        return _decide(e, env)
    arguments = [evaluate(argument, env) for argument in e.arguments]
    keywords = {key: evaluate(value, env) for key, value in e.keywords}
    function = FUNCTIONS.get(e.function) or env.get(e.function)
    if not callable(function):  # a setting may have the name of a function: axis, size, mean
        function = getattr(np, e.function, None) or getattr(np.linalg, e.function, None)
    if function is None and len(arguments) == 1:
        with suppress(AttributeError):
            return getattr(arguments[0], e.function)  # pool.kernel is written kernel(pool)
    if function is None:
        raise FormulaError(f"The formula uses {e.function}(), which has no numerical meaning here.")
    return function(*arguments, **keywords)


def _decide(e: Call, env: Mapping[str, Any]) -> Any:
    """A choice. What a plain yes or no rules out is not computed."""
    condition, *others = e.arguments
    answer = evaluate(condition, env)
    if not isinstance(answer, np.ndarray | np.generic):
        answer = bool(answer)  # an empty shape counts as no
    if e.function == "where":
        if np.ndim(answer) == 0:
            return evaluate(others[0 if answer else 1], env)
        return np.where(answer, *(evaluate(each, env) for each in others))
    if np.ndim(answer) == 0 and bool(answer) is (e.function == "or"):
        return answer
    join = np.logical_and if e.function == "and" else np.logical_or
    return join(answer, evaluate(others[0], env))


def _not(x: Any) -> Any:
    return np.logical_not(x) if isinstance(x, np.ndarray | np.generic) else not x


def _equal(a: Any, b: Any) -> Any:
    return a == b if isinstance(a, str) or isinstance(b, str) else np.equal(a, b)


def _not_equal(a: Any, b: Any) -> Any:
    return np.logical_not(_equal(a, b))


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
    "not": _not,
    "equal": _equal,
    "not_equal": _not_equal,
    "is": operator.is_,
    "is_not": operator.is_not,
    "len": len,
    "tuple": lambda *items: items,
    "slice": slice,
    "column": lambda x: x[..., None],
    "item": operator.getitem,
}
