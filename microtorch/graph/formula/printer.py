"""Where parentheses go: what every notation has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar

from microtorch.graph.formula.expression import (
    Call,
    Constant,
    Expression,
    Name,
    Number,
    is_condition,
)

OF_NUMBERS = {"sum", "mean"}  # the sum of yes and no: 1 if x > 0 else 0
Atom = Callable[[str, bool], str | None]
"""``atom(name, needs_parentheses)`` writes a name, or answers None to have it written as usual.

``needs_parentheses`` says that a negative number must be wrapped where the name stands.
"""


def as_usual(name: str, needs_parentheses: bool) -> None:
    """The atom that writes every name as it is."""


def labels(contents: Mapping[str, str]) -> Atom:
    """An atom that writes ready-made content instead of a name.

    >>> labels({"x": "y_hat"})("x", True)
    'y_hat'
    """
    return lambda name, needs_parentheses: contents.get(name)


def slots(ids: Mapping[str, str]) -> Atom:
    """An atom that writes a slot for a number: ``{d3}``, or ``{(d3)}`` where it needs parentheses.

    >>> slots({"x": "d3"})("x", True)
    '{(d3)}'
    """

    def atom(name: str, needs_parentheses: bool) -> str | None:
        if name not in ids:
            return None
        return f"{{({ids[name]})}}" if needs_parentheses else f"{{{ids[name]}}}"

    return atom


class Level(IntEnum):
    """How tightly a formula holds together. Looser ones need parentheses inside tighter ones."""

    CHOICE = 0  # x if x > 0 else 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARE = 4
    SUM = 5
    QUOTIENT = 6
    PRODUCT = 7
    POWER = 8
    ATOM = 9


@dataclass(frozen=True)
class Infix:
    """An operator between two operands, and the levels that it asks of them."""

    symbol: str
    level: Level
    left: Level
    right: Level


INFIX = {
    "add": Infix("+", Level.SUM, Level.SUM, Level.SUM),
    "sub": Infix("−", Level.SUM, Level.SUM, Level.QUOTIENT),
    "mul": Infix("·", Level.PRODUCT, Level.PRODUCT, Level.PRODUCT),
    "matmul": Infix("@", Level.QUOTIENT, Level.POWER, Level.POWER),
    "greater": Infix(">", Level.COMPARE, Level.SUM, Level.SUM),
    "greater_equal": Infix("≥", Level.COMPARE, Level.SUM, Level.SUM),
    "less": Infix("<", Level.COMPARE, Level.SUM, Level.SUM),
    "less_equal": Infix("≤", Level.COMPARE, Level.SUM, Level.SUM),
    "equal": Infix("=", Level.COMPARE, Level.SUM, Level.SUM),
    "not_equal": Infix("≠", Level.COMPARE, Level.SUM, Level.SUM),
    "is": Infix("is", Level.COMPARE, Level.SUM, Level.SUM),
    "is_not": Infix("is not", Level.COMPARE, Level.SUM, Level.SUM),
    "and": Infix("and", Level.AND, Level.AND, Level.NOT),
    "or": Infix("or", Level.OR, Level.OR, Level.AND),
}


def symbols(changed: Mapping[str, str]) -> dict[str, Infix]:
    """The infix operators with other symbols."""
    return {
        key: replace(infix, symbol=changed.get(key, infix.symbol)) for key, infix in INFIX.items()
    }


class Printer:
    """Writes a formula; a notation says how each part looks.

    ``first`` is true where nothing stands before the part, so that a minus sign needs no
    parentheses: the first factor of −2·x, but not the second one of x·(−2).
    A notation may write a function in its own way with a method ``write_<function>``.
    """

    infix: ClassVar[Mapping[str, Infix]] = INFIX
    levels: ClassVar[Mapping[str, Level]] = {}  # of functions that are neither infix nor f(x)
    behind_minus = Level.QUOTIENT  # what a minus sign asks of the formula behind it
    behind_not = Level.NOT

    def __init__(self, atom: Atom = as_usual):
        self.atom = atom

    def write(self, e: Expression, level: Level = Level.CHOICE, first: bool = True) -> str:
        """The formula as it stands in a place that asks for at least ``level``."""
        if is_condition(e):  # a condition where a number should be: 1 for yes and 0 for no
            e = Call("where", (e, Number(1), Number(0)))
        return self.place(e, level, first)

    def place(self, e: Expression, level: Level = Level.CHOICE, first: bool = True) -> str:
        """Like ``write``, but a condition stays one."""
        if self.level(e) < level or (self.signed(e) and not first):
            return self.parentheses(self.body(e, level, True))
        return self.body(e, level, first)

    def level(self, e: Expression) -> Level:
        if isinstance(e, Call):
            if e.function == "neg":
                inner = self.level(e.arguments[0])
                return Level.QUOTIENT if inner == Level.QUOTIENT else Level.PRODUCT
            if e.function in self.infix:
                return self.infix[e.function].level
            return self.levels.get(e.function, Level.ATOM)
        return Level.PRODUCT if self.signed(e) else Level.ATOM

    def signed(self, e: Expression) -> bool:
        """Whether the formula begins with a minus sign of its own."""
        if isinstance(e, Number):
            return e.value < 0
        return isinstance(e, Call) and e.function == "neg"

    def body(self, e: Expression, level: Level, first: bool) -> str:
        """The formula without parentheses round it."""
        match e:
            case Number(value) if value < 0:
                return self.minus(self.number(-value))
            case Number(value):
                return self.number(value)
            case Constant(value):
                return self.constant("..." if value is Ellipsis else repr(value))
            case Name(name):
                content = self.atom(name, not first or level > Level.PRODUCT)
                return self.name(name) if content is None else content
            case Call("neg", (x,)):
                return self.minus(self.write(x, self.behind_minus, first=False))
            case Call("not", (x,)):
                return self.negation(self.place(x, self.behind_not))
            case Call(function, (a, b)) if function in self.infix:
                return self.between(function, a, b, first)
            case Call(function, arguments):
                own = None if e.keywords else getattr(self, f"write_{function}", None)
                return str(own(*arguments, first=first)) if own else self.function(e)
        raise AssertionError(e)

    def between(self, function: str, a: Expression, b: Expression, first: bool) -> str:
        infix = self.infix[function]
        if function in ("and", "or"):
            left, right = self.place(a, infix.left), self.place(b, infix.right)
        elif infix.level == Level.COMPARE:
            left, right = self.write(a, infix.left), self.write(b, infix.right)
        else:
            left, right = self.write(a, infix.left, first), self.write(b, infix.right, first=False)
        return self.operation(left, infix, right)

    def function(self, e: Call) -> str:
        """``name(argument, key=value)``."""
        write = self.write if e.function in OF_NUMBERS else self.place
        arguments = [write(argument) for argument in e.arguments]
        keywords = [self.keyword(key, self.place(value)) for key, value in e.keywords]
        return self.application(e.function, [*arguments, *keywords])

    # What a notation must say

    def number(self, value: float) -> str:
        raise NotImplementedError

    def name(self, name: str) -> str:
        raise NotImplementedError

    def constant(self, text: str) -> str:
        raise NotImplementedError

    def minus(self, operand: str) -> str:
        raise NotImplementedError

    def negation(self, operand: str) -> str:
        raise NotImplementedError

    def parentheses(self, content: str) -> str:
        raise NotImplementedError

    def operation(self, left: str, infix: Infix, right: str) -> str:
        raise NotImplementedError

    def application(self, function: str, arguments: list[str]) -> str:
        raise NotImplementedError

    def keyword(self, key: str, value: str) -> str:
        raise NotImplementedError
