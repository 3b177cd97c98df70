"""Rules of several steps: what a code with loops, or for any number of operands, computes.

They keep the names of their author: ``d[t] = …`` is what a loop computes in step t, and what it
carries from step to step is looked up one step before: ``dh[t + 1]`` on the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from microtorch.graph.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    evaluate,
    size,
    substitute,
)

SHORT = 12  # parts of a formula that can stand where its name is used once
OPERAND = Name("i")  # the number of an operand


@dataclass(frozen=True)
class Equation:
    """``left = right``: a letter, ``d[t]``, or several letters at once."""

    left: Expression
    right: Expression

    def map(self, change: Callable[[Expression], Expression]) -> Equation:
        return Equation(change(self.left), change(self.right))


@dataclass(frozen=True)
class Loop:
    """Equations for every step from 0 to ``count`` - 1, or from the last to the first."""

    step: Name
    count: Expression
    backwards: bool
    body: tuple[Equation, ...]

    @property
    def course(self) -> Equation:
        """``t = 0, …, len(x) − 1``."""
        ends = (Number(0), Call("sub", (self.count, Number(1))))
        return Equation(self.step, Call("from_to", ends[::-1] if self.backwards else ends))

    def map(self, change: Callable[[Expression], Expression]) -> Loop:
        body = tuple(each.map(change) for each in self.body)
        step = change(self.step)
        assert isinstance(step, Name)
        return Loop(step, change(self.count), self.backwards, body)


@dataclass(frozen=True)
class Program:
    """What a rule returns, and the steps that lead there.

    ``each`` is how many results there are, if one formula stands for them all.
    """

    results: tuple[Expression, ...]
    steps: tuple[Equation | Loop, ...]
    each: Expression | None = None

    def map(self, change: Callable[[Expression], Expression]) -> Program:
        """The same with every formula changed."""
        steps = tuple(step.map(change) for step in self.steps)
        each = None if self.each is None else change(self.each)
        return Program(tuple(map(change, self.results)), steps, each)

    def equations(self) -> Iterator[Equation]:
        """All equations in their order, loops with the course of their step at the end."""
        for step in self.steps:
            yield from (*step.body, step.course) if isinstance(step, Loop) else (step,)

    def beside(self, taken: Iterable[str]) -> Program:
        """The same in letters that mean nothing else."""
        found = set(taken)
        renamed: dict[str, Expression] = {}
        for name in self.letters():
            options = (name, *(f"{name}_{k}" for k in range(2, 1000)))
            letter = next(each for each in options if each not in found)
            found.add(letter)
            renamed[name] = Name(letter)
        return self.map(lambda e: substitute(e, renamed))

    def letters(self) -> list[str]:
        """All names that the steps give to something."""
        return list(dict.fromkeys(each.name for e in self.equations() for each in defined(e.left)))


def defined(left: Expression) -> tuple[Name, ...]:
    """The letters on the left of an equation."""
    match left:
        case Name():
            return (left,)
        case Call("item", (letter, _)):
            return defined(letter)
        case Call("tuple", letters):
            return tuple(name for each in letters for name in defined(each))
    raise AssertionError(left)


def run(program: Program, env: Mapping[str, Any]) -> tuple[Any, ...]:
    """Compute a program with NumPy."""
    known = dict(env)
    for step in program.steps:
        if isinstance(step, Equation):
            put(known, step, {})
            continue
        count = int(evaluate(step.count, known))
        found: dict[str, dict[int, Any]] = {
            each.name: {} for equation in step.body for each in defined(equation.left)
        }
        order = range(count)[::-1] if step.backwards else range(count)
        for t in order:
            inside = {**known, **found, step.step.name: t}
            for equation in step.body:
                put(inside, equation, found)
        known |= {name: np.stack([each[t] for t in range(count)]) for name, each in found.items()}
    if program.each is None:
        return tuple(evaluate(e, known) for e in program.results)
    (one,) = program.results
    count = int(evaluate(program.each, known))
    return tuple(evaluate(one, {**known, OPERAND.name: i}) for i in range(count))


def put(known: dict[str, Any], equation: Equation, found: Mapping[str, dict[int, Any]]) -> None:
    """Compute the right side of an equation, and keep it under the letters on its left."""
    value = evaluate(equation.right, known)
    match equation.left:
        case Name(name):
            known[name] = value
        case Call("item", (Name(name), _ as place)):
            found[name][evaluate(place, known)] = value
        case Call("tuple", letters):
            for letter, each in zip(letters, value, strict=True):
                put({**known, "each": each}, Equation(letter, Name("each")), found)
                known |= {letter.name: each} if isinstance(letter, Name) else {}


# ---------------------------------------------------------------- tidying


def tidy(program: Program) -> Program:
    """Without letters that stand for little and are used once."""
    while (letter := next(dispensable(program), None)) is not None:
        steps: list[Equation | Loop] = []
        for step in program.steps:
            if isinstance(step, Loop):
                body = tuple(e for e in step.body if e != letter)
                steps.append(Loop(step.step, step.count, step.backwards, body))
            elif step != letter:
                steps.append(step)
        smaller = Program(program.results, tuple(steps), program.each)
        program = smaller.map(partial(replaced, old=letter.left, new=letter.right))
    return program


def dispensable(program: Program) -> Iterator[Equation]:
    """The equations whose right side can stand where their letter is used."""
    whole = (*program.results, *(e.right for e in program.equations()))
    outside = (*program.results, *(e.right for e in program.steps if isinstance(e, Equation)))
    for step in program.steps:
        inside = isinstance(step, Loop)
        for equation in step.body if isinstance(step, Loop) else (step,):
            if len(letters := defined(equation.left)) > 1 or size(equation.right) > SHORT:
                continue
            (letter,) = letters
            there = whole if inside else outside
            used = sum(count(e, letter) for e in whole)
            if used == sum(count(e, equation.left) for e in there) == 1:
                yield equation


def count(e: Expression, part: Expression) -> int:
    """How often a part stands in a formula."""
    if e == part:
        return 1
    if not isinstance(e, Call):
        return 0
    return sum(count(each, part) for each in (*e.arguments, *(v for _, v in e.keywords)))


def replaced(e: Expression, old: Expression, new: Expression) -> Expression:
    if e == old:
        return new
    return e.map(partial(replaced, old=old, new=new)) if isinstance(e, Call) else e
