"""The rules of an operation as lines, in every notation: what ``torch.formula`` answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, get_args

import numpy as np

from microtorch.graph.formula import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    Part,
    evaluate,
    substitute,
)
from microtorch.graph.formula import names as names_in
from microtorch.graph.formula.arrows import arrow, library
from microtorch.graph.formula.expression import is_choice
from microtorch.graph.formula.javascript import FUNCTIONS as OF_MATH
from microtorch.graph.formula.known import named
from microtorch.graph.formula.parts import in_pieces
from microtorch.graph.formula.programs import Program
from microtorch.graph.formula.reader import parameter_names
from microtorch.graph.kinds import has_way_back
from microtorch.graph.model import Graph
from microtorch.graph.prose import (
    LatexWriter,
    MathMLWriter,
    Sides,
    TextWriter,
    Writer,
    chained,
)
from microtorch.graph.rules import functions
from microtorch.ops import Elementwise, Op, registry

PARTS: tuple[Part, ...] = get_args(Part)
LOSS = Name("L")  # whatever the gradient is of
UPSTREAM = "g"
RESULT = Name("result")  # y, where it never becomes a number: in ∂L/∂y
FEW = 4  # entries of an array that are put into a formula
NO_GRAPH = Graph((), (), 0)
SEVERAL = Name("several")  # any number of operands together, and one of them
ONE_OF_THEM = Name("one of them")
IN_NOTATION: dict[type[Writer], dict[str, str]] = {
    TextWriter: {SEVERAL.name: "(x₁, …, xₙ)", ONE_OF_THEM.name: "xᵢ"},
    LatexWriter: {SEVERAL.name: r"(x_1, \ldots, x_n)", ONE_OF_THEM.name: "x_i"},
    MathMLWriter: {
        SEVERAL.name: (
            "<mrow><mo>(</mo><msub><mi>x</mi><mn>1</mn></msub><mo>,</mo><mo>…</mo><mo>,</mo>"
            "<msub><mi>x</mi><mi>n</mi></msub><mo>)</mo></mrow>"
        ),
        ONE_OF_THEM.name: "<msub><mi>x</mi><mi>i</mi></msub>",
    },
}


@dataclass(frozen=True)
class Line:
    """One rule: ``left = right``. One of several steps belongs to the rules above it."""

    part: Part
    left: Expression
    right: Expression
    is_step: bool = False


@dataclass(frozen=True)
class Formula:
    """Rules of one operation: ``.unicode``, ``.latex``, ``.mathml``, ``.javascript``, ``.where``.

    Each is a text with one line for each rule.
    """

    op: type[Op]
    lines: tuple[Line, ...]
    called: Mapping[str, str]  # how letters are shown: {"x": "w"}
    numbers: Mapping[str, Any]  # what is known of them: {"x": 2.0}
    parameters: Mapping[str, str]  # how the op's own parameters are called: {"a": "w"}
    given: Mapping[str, Any]  # and what they are: {"a": 2.0, "exponent": 2}

    @cached_property
    def unicode(self) -> str:
        """Text."""
        writer = TextWriter(NO_GRAPH)
        return "\n".join(writer.one_line(self.sides(line, writer)) for line in self.lines)

    @cached_property
    def latex(self) -> str:
        """LaTeX, without dollar signs."""
        writer = LatexWriter(NO_GRAPH)
        return "\n".join(writer.one_line(self.sides(line, writer)) for line in self.lines)

    @cached_property
    def mathml(self) -> str:
        """A ``<math>`` element for each rule."""
        writer = MathMLWriter(NO_GRAPH)
        sides = (writer.one_line(self.sides(line, writer)) for line in self.lines)
        return "\n".join(f'<math display="block">{each}</math>' for each in sides)

    @cached_property
    def javascript(self) -> str:
        """A function for each part. What is known is a setting of the rule, or a default.

        >>> import microtorch as torch
        >>> torch.formula("Mul", "local", a=2.0, b="x").javascript
        '(y, a = 2.0, x) => [x, a]'
        >>> w, x = torch.ones(2), torch.tensor(3.0, requires_grad=True)
        >>> print(torch.formula(w * x, "forward").javascript)
        (w = {shape: [2], data: [1.0, 1.0]}, x = 3.0) => entries((w, x) => w * x, w, x)
        """
        return "\n".join(
            arrow(self.op, part, self.parameters, self.given)
            for part in dict.fromkeys(line.part for line in self.lines)
        )

    @cached_property
    def library(self) -> str:
        """All that the functions of ``javascript`` call, in JavaScript: evaluate it before them.

        Arrays are ``{shape: [2, 2], data: [1, 2, 3, 4]}``, row by row.
        """
        return library(self.javascript)

    @cached_property
    def where(self) -> dict[str, str]:
        """What the functions mean that the formulas call by a name of ours."""
        found = dict.fromkeys(f for line in self.lines for f in functions(line.right))
        return {name: meaning(name) for name in found if name in named and name not in OF_MATH}

    def sides(self, line: Line, writer: Writer) -> Sides:
        """What is equal: the name, the rule, the rule with numbers in it, and what they come to."""
        upstream = {} if UPSTREAM in self.called else {UPSTREAM: Call("partial", (LOSS, RESULT))}
        right = substitute(line.right, upstream)
        used = [name for name in names_in(line.right) if name != UPSTREAM]
        known = not line.is_step and used and all(name in self.numbers for name in used)
        value = None
        if known and (UPSTREAM in self.numbers or UPSTREAM not in names_in(line.right)):
            value = self.result(line)
        filled = known and all(np.size(self.numbers[name]) <= FEW for name in used)
        among = isinstance(writer, TextWriter) and (filled or value is not None)

        def side(e: Expression, with_numbers: bool = False) -> tuple[str, bool]:
            atom = self.atom(writer, with_numbers)
            text, rounded = writer.side(partial(writer.print, e, atom))
            return f"({text})" if among and is_choice(e) else text, rounded

        sides = [side(line.left), side(right)]
        if filled:
            sides.append(side(line.right if UPSTREAM in self.numbers else right, True))
        if value is not None:
            sides.append(writer.side(partial(writer.number, np.asarray(value))))
        return chained(sides)

    def result(self, line: Line) -> Any:
        """What a rule comes to: the result itself, where that is known."""
        match line.left:
            case Name(name) if name in self.numbers:
                return self.numbers[name]
        return self.value(line.right)

    def atom(self, writer: Writer, with_numbers: bool = False) -> Callable[[str, bool], str | None]:
        """How the letters of the formulas are written."""

        def write(letter: str, needs_parentheses: bool) -> str | None:
            if with_numbers and letter in self.numbers:
                value = np.asarray(self.numbers[letter])
                text = writer.number(value)
                return writer.wrapped(text, value) if needs_parentheses else text
            if letter in IN_NOTATION[type(writer)]:
                return IN_NOTATION[type(writer)][letter]
            if letter == RESULT.name:
                return writer.name(self.called.get("y", "y"))
            return writer.name(self.called[letter]) if letter in self.called else None

        return write

    def value(self, e: Expression) -> Any:
        """What a formula comes to, or None if not all that it needs is known."""
        try:
            with np.errstate(all="ignore"):
                found = evaluate(e, {**named, **self.numbers})
                return None if isinstance(found, tuple) else found  # of several arrays
        except (FormulaError, TypeError, ValueError):
            return None

    def __repr__(self) -> str:
        notes = [f"    {name}: {text}" for name, text in self.where.items()]
        return "\n".join([self.unicode, *(["where", *notes] if notes else [])])

    def _repr_latex_(self) -> str:
        return "\n\n".join(f"$$ {line} $$" for line in self.latex.splitlines())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        notes = [f"- `{name}`: {text}" for name, text in self.where.items()]
        markdown = "\n".join([self._repr_latex_(), "", *notes])
        return {
            "text/markdown": markdown,
            "text/latex": self._repr_latex_(),
            "text/plain": repr(self),
        }


def meaning(name: str) -> str:
    """What a function of ours means, as its own docstring says."""
    documented = registry.get(name, named[name])
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def parts_of(op: type[Op], part: Part | None) -> tuple[Part, ...]:
    """The parts of an operation that are asked for."""
    by_entry = issubclass(op, Elementwise)
    if part == "local" and not by_entry:
        raise ValueError(
            f"{op.__name__} mixes entries, so that its local gradient is not one number for each "
            'entry. Ask for part="vjp": how a gradient comes back through it.'
        )
    if part is None and not has_way_back(op.__name__):
        return ("forward",)
    return tuple(p for p in PARTS if p != "local" or by_entry) if part is None else (part,)


def operand_names(op: type[Op]) -> list[str]:
    """The letters of the operands; one for them all where there may be any number of them."""
    return parameter_names(op)[: max(op.operands, 1)] if op.operands else []


def shortened(lines: Sequence[Line], shown: Iterable[str]) -> tuple[Line, ...]:
    """Rules, and below them what the letters mean that make them shorter."""
    if any(line.is_step for line in lines):
        return tuple(lines)
    whole, pieces = in_pieces([line.right for line in lines], shown)
    found = [replace(line, right=e) for line, e in zip(lines, whole, strict=True)]
    return (*found, *(Line(lines[-1].part, letter, e) for letter, e in pieces))


def with_zeros(e: Expression) -> Expression:
    """A gradient that is not there is 0."""
    match e:
        case Constant(None):
            return Number(0)
        case Constant(bool(answer)):
            return Number(int(answer))
        case Call("where", (condition, yes, no)):
            return Call("where", (condition, with_zeros(yes), with_zeros(no)))
        case Call("neg", (x,)) if with_zeros(x) == Number(0):
            return Number(0)
    return e


def steps_of(part: Part, rule: Program) -> Iterator[Line]:
    """The steps that lead to what a rule returns."""
    for equation in rule.equations():
        yield Line(part, equation.left, equation.right, is_step=True)


def left(part: Part, operand: str, result: str = "y") -> Expression:
    """What a rule gives: y, ∂y/∂x, or ∂L/∂x."""
    if part == "forward":
        return Name(result)
    return Call("partial", (Name(result) if part == "local" else LOSS, Name(operand)))
