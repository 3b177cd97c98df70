"""The equations of a walk: with names, then with numbers, in text and in MathML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import chain, pairwise
from typing import Any

import numpy as np

from microtorch.graph.formula import (
    Call,
    Expression,
    Name,
    Number,
    Part,
    mathml,
    names,
    slots,
    substitute,
    unicode,
)
from microtorch.graph.formula.expression import is_choice
from microtorch.graph.kinds import op_named
from microtorch.graph.model import Graph, Operation, Value
from microtorch.graph.numbers import is_rounded
from microtorch.graph.rules import result_rule, rule
from microtorch.graph.spelling import plain
from microtorch.graph.stretching import is_copied, shape_of
from microtorch.graph.style import brief, figures, is_listed, total
from microtorch.ops import Elementwise

Both = dict[str, str]  # {"line": Unicode text, "formula": MathML}, with slots for the numbers

LONGEST_LINE = 120  # letters of a formula with its numbers
MOST_TERMS = 20  # of the uses of one value
EQUALS, APART = "{=}", "{;}"  # between sides of an equation, and between two equations
NEEDS_PARENTHESES = re.compile(r"−|[\d.]+e")  # −2, 1e−5
SLOT = re.compile(r"\{(\(?)([dgptlf])(\d+)(?:\.(\d+))?\)?\}")


class Equations:
    """Writes the equations of one graph.

    Inside, value 3 is the name ``d3``, its gradient ``g3``, a local gradient ``l5.0``: the names
    of the slots. In an equation "by name" d3 is printed as the caller's ``y_hat``; "by number"
    it is printed as the slot ``{d3}``.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values = graph.values
        self.symbols = {v.index: self.symbol(v.index) for v in graph.values}
        self.ndims = {v.index: len(v.shape) for v in graph.values}
        self.rules: dict[tuple[int, Part, int], Expression | None] = {}
        self.text = Notation(graph, unicode, "{}", "{}", f" {EQUALS} ", f"{APART},  ")
        self.math = Notation(
            graph,
            mathml,
            "<mi>{}</mi>",
            "<mn>{}</mn>",
            f"<mo>{EQUALS}</mo>",
            f"<mo>,</mo>{APART}<mspace width='1em'/>",
        )

    def given(self, values: Sequence[Value]) -> Both:
        """``w = 1, x = 1, y = 2``."""
        return self.both(
            lambda n: n.comma.join(
                n.equation(by_name=[self.symbol(v.index)], by_number=[self.symbol(v.index)])
                for v in values
            )
        )

    def forward(self, op: Operation) -> Both:
        """``y_hat = w·x = 2·3 = 6``."""
        result = self.symbol(op.output)
        rule = result_rule(op, self.symbols, self.ndims)
        by_number: list[Expression] = [result]
        if isinstance(rule, Call) and self.listed(op, rule) and rule.function != "neg":
            by_number = [rule, result]
        return self.both(lambda n: n.equation([result, rule], by_number))

    def made_by(self, op: Operation) -> str:
        """How a result is made, in text: ``x @ wᵀ + b``, ``x[1:, 0]``."""
        return self.text.equation([result_rule(op, self.symbols, self.ndims)], [])

    def local(self, op: Operation, k: int) -> Both:
        """``∂y_hat/∂w = x = 3``; for a matrix product, how the gradient comes back."""
        if op.local[k] is None:
            arrives = self.partial(self.graph.root, op.inputs[k])
            rule = self.way_back(op, k)
            return self.both(lambda n: n.equation([arrives, *([rule] if rule else [])], []))
        slope = Name(f"l{op.index}.{k}")
        by_name: list[Expression] = [self.partial(op.output, op.inputs[k])]
        by_number: list[Expression] = [slope]
        rule = self.rule(op, "local", k)
        if rule is not None:
            by_name.append(rule)
            if isinstance(rule, Number) and self.values[op.output].scalar:
                by_number = []  # the rule is the number itself
            elif isinstance(rule, Call) and names(rule) and self.listed(op, rule):
                by_number = [rule, slope]
        return self.both(lambda n: n.equation(by_name, by_number))

    def backward(self, value: Value, uses: Sequence[tuple[Operation, int]]) -> Both:
        """``∂loss/∂w = ∂loss/∂y_hat · ∂y_hat/∂w = 2·3 = 6``, summed over all uses."""
        gradient = Name(f"g{value.index}")
        here = self.partial(self.graph.root, value.index)
        if value.index == self.graph.root:
            return self.both(lambda n: n.equation([here], [gradient]))
        by_name = add_up([self.by_name(op, k) for op, k in uses[:MOST_TERMS]])
        by_number = add_up([self.by_number(op, k) for op, k in uses[:MOST_TERMS]])
        if len(uses) > MOST_TERMS:
            by_name, by_number = Call("add", (by_name, Name("…"))), gradient
        sides = [e for e in (here, by_name) if isinstance(e, Call)]  # a bare number comes last
        numbers = [e for e in (by_number, gradient) if isinstance(e, Call) or e is gradient]
        if self.width(numbers) > 2 * LONGEST_LINE or not self.spelled_out(by_number):
            numbers = [gradient]
        return self.both(lambda n: n.equation(sides, numbers))

    def by_name(self, op: Operation, k: int) -> Expression:
        """What one use brings back: ∂loss/∂y_hat · ∂y_hat/∂w."""
        if op.local[k] is None:
            return self.way_back(op, k) or Name(f"f{op.index}.{k}")
        upstream = self.partial(self.graph.root, op.output)
        product = Call("mul", (upstream, self.partial(op.output, op.inputs[k])))
        return self.summed(op, k, product)

    def by_number(self, op: Operation, k: int) -> Expression:
        if op.local[k] is None:
            return Name(f"f{op.index}.{k}")
        product = Call("mul", (Name(f"g{op.output}"), Name(f"l{op.index}.{k}")))
        return self.summed(op, k, product)

    def summed(self, op: Operation, k: int, product: Expression) -> Expression:
        """Where broadcasting stretched the input, its gradient is the sum over the copies."""
        return Call("sum", (product,)) if self.is_stretched(op, k) else product

    def is_stretched(self, op: Operation, k: int) -> bool:
        """Whether broadcasting stretched an input, so that its gradient is a sum over the copies."""
        shape = self.values[op.inputs[k]].shape
        kind = op_named(op.kind)
        if issubclass(kind, Elementwise) or not kind.shrinks:  # entry by entry
            return shape != self.values[op.output].shape
        rule = self.rule(op, "vjp", k) if op.local[k] is None else None
        if rule is None:
            return False
        shapes = {f"d{i}": self.values[i].shape for i in (*op.inputs, op.output)}
        return is_copied(shape, shape_of(rule, {**shapes, "g": self.values[op.output].shape}))

    def way_back(self, op: Operation, k: int) -> Expression | None:
        """The vjp of an op whose local gradient is no single array: ∂loss/∂y @ bᵀ."""
        rule = self.rule(op, "vjp", k)
        upstream = self.partial(self.graph.root, op.output)
        if rule is None:
            return None
        return self.summed(op, k, substitute(rule, {"g": upstream}))

    def rule(self, op: Operation, part: Part, k: int) -> Expression | None:
        """A formula from the op's own source, about this graph's values; None if unreadable."""
        place = op.index, part, k
        if place not in self.rules:  # a walk asks for most of them twice
            self.rules[place] = rule(op, part, k, self.symbols, self.ndims)
        return self.rules[place]

    def listed(self, op: Operation, rule: Expression) -> bool:
        """Whether the line with the numbers of all operands is short enough to be read."""
        operands = [self.values[i].data for i in op.inputs]
        if any(x is None or not is_listed(x) for x in operands):
            return False
        return self.width([rule]) <= LONGEST_LINE

    def spelled_out(self, by_number: Expression) -> bool:
        """Whether all numbers in a formula are written in full, none as "0 … 99" or "all 1"."""
        template = self.text.equation([], [by_number])
        return all(x is not None and is_listed(x) for x in arrays(template, self.graph))

    def width(self, by_number: Sequence[Expression]) -> int:
        """How many letters formulas take with today's numbers in them."""
        return len(fill(self.text.equation([], by_number), self.graph))

    def symbol(self, index: int) -> Expression:
        """A value in a formula: its name, or the number itself for a constant."""
        value = self.values[index]
        if value.kind == "constant" and value.data is not None:
            return Number(value.data.item())
        return Name(f"d{index}")

    def partial(self, of: int, by: int) -> Expression:
        return Call("partial", (Name(f"d{of}"), Name(f"d{by}")))

    def both(self, write: Callable[[Notation], str]) -> Both:
        return {"line": write(self.text), "formula": write(self.math)}


class Notation:
    """One way to write equations: how names, numbers and signs look in it."""

    def __init__(
        self,
        graph: Graph,
        write: Callable[..., str],
        name: str,
        number: str,
        equals: str,
        comma: str,
    ) -> None:
        self.graph = graph
        self.write = write
        self.name = name
        self.number = number
        self.equals = equals
        self.comma = comma

    def equation(self, by_name: Sequence[Expression], by_number: Sequence[Expression]) -> str:
        """All sides joined by equals signs."""
        forms = (*by_name, *by_number)
        sides = [self.write(e, self.as_name) for e in by_name]
        sides += [self.write(e, self.as_slot) for e in by_number]
        if len(sides) > 1 and self.write is unicode:  # where a choice ends is plain in MathML
            sides = [f"({x})" if is_choice(e) else x for x, e in zip(sides, forms, strict=True)]
        sides = [side for k, side in enumerate(sides) if k == 0 or side != sides[k - 1]]
        return self.equals.join(sides).replace("·∂", " · ∂")

    def as_name(self, symbol: str, needs_parentheses: bool) -> str | None:
        if symbol[0] == "d" and symbol[1:].isdigit():
            name = plain(self.graph.values[int(symbol[1:])].name)
            return self.name.format(escape(name) if "<" in self.name else name)
        return self.as_slot(symbol, needs_parentheses)

    def as_slot(self, symbol: str, needs_parentheses: bool) -> str | None:
        if not SLOT.fullmatch("{" + symbol + "}"):
            safe = plain(symbol)  # an index or a mask, as the caller wrote it
            return None if safe == symbol else self.name.format(escape(safe))
        return self.number.format(slots({symbol: symbol})(symbol, needs_parentheses))


def add_up(terms: Sequence[Expression]) -> Expression:
    result = terms[0]
    for term in terms[1:]:
        result = Call("add", (result, term))
    return result


def fill(template: str, graph: Graph) -> str:
    """A template with the graph's numbers in its slots; what is unknown is an ellipsis.

    Beside a number that had to be rounded, equals signs are ≈.
    """

    def filled(equation: str) -> str:
        sides, rounded = [], []
        for side in equation.split(EQUALS):
            known = (x for x in arrays(side, graph) if x is not None)
            rounded.append(any(map(is_rounded, chain.from_iterable(map(figures, known)))))
            sides.append(SLOT.sub(number, side))
        signs = ["≈" if any(pair) else "=" for pair in pairwise(rounded)]
        return sides[0] + "".join(map("".join, zip(signs, sides[1:], strict=True)))

    def number(match: re.Match[str]) -> str:
        open_, letter, index, k = match.groups()
        text = brief(slot(graph, letter, int(index), int(k or 0)))
        return f"({text})" if open_ and NEEDS_PARENTHESES.match(text) else text

    return "".join(map(filled, template.split(APART)))


def arrays(template: str, graph: Graph) -> Iterator[np.ndarray[Any, Any] | None]:
    """What belongs into the slots of a template, one after the other."""
    return (slot(graph, m[2], int(m[3]), int(m[4] or 0)) for m in SLOT.finditer(template))


def slot(graph: Graph, letter: str, index: int, k: int) -> np.ndarray[Any, Any] | None:
    """What belongs into a slot: see :class:`microtorch.graph.model.Step`."""
    if letter == "l":
        return graph.operations[index].local[k]
    if letter == "f":
        return graph.operations[index].flow[k]
    value = graph.values[index]
    return {"d": value.data, "g": value.grad, "p": value.prior, "t": total(value)}[letter]
