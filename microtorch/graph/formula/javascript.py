"""Formulas for the page: JavaScript that computes the same numbers in the reader's browser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from microtorch.graph.formula.expression import Expression, FormulaError
from microtorch.graph.formula.printer import Infix, Level, Printer

FUNCTIONS = {
    *("exp", "log", "sqrt", "tanh", "sin", "cos", "abs", "sign", "max", "min"),
    *("tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "floor", "ceil"),
    *("log1p", "expm1", "log2", "log10", "trunc", "hypot"),
    *("arctan2", "arcsinh", "arccosh", "arctanh"),
}


class JavaScript(Printer):
    """``2 * x**3``: evaluated in the order of the Python code."""

    infix: ClassVar[Mapping[str, Infix]] = {
        "add": Infix("+", Level.SUM, Level.SUM, Level.PRODUCT),
        "sub": Infix("-", Level.SUM, Level.SUM, Level.PRODUCT),
        "mul": Infix("*", Level.PRODUCT, Level.PRODUCT, Level.POWER),
        "div": Infix("/", Level.PRODUCT, Level.PRODUCT, Level.POWER),
        "greater": Infix(">", Level.COMPARE, Level.SUM, Level.SUM),
        "greater_equal": Infix(">=", Level.COMPARE, Level.SUM, Level.SUM),
        "less": Infix("<", Level.COMPARE, Level.SUM, Level.SUM),
        "less_equal": Infix("<=", Level.COMPARE, Level.SUM, Level.SUM),
        "equal": Infix("===", Level.COMPARE, Level.SUM, Level.SUM),
        "not_equal": Infix("!==", Level.COMPARE, Level.SUM, Level.SUM),
        "is": Infix("===", Level.COMPARE, Level.SUM, Level.SUM),
        "is_not": Infix("!==", Level.COMPARE, Level.SUM, Level.SUM),
        "and": Infix("&&", Level.AND, Level.AND, Level.NOT),
        "or": Infix("||", Level.OR, Level.OR, Level.AND),
    }
    levels: ClassVar[Mapping[str, Level]] = {
        "pow": Level.POWER,
        "sigmoid": Level.PRODUCT,
        "logaddexp": Level.SUM,
        "logaddexp2": Level.SUM,
    }
    behind_minus = Level.ATOM  # -x**2 is a syntax error in JavaScript
    behind_not = Level.ATOM

    def number(self, value: float) -> str:
        return "Infinity" if math.isinf(value) else "NaN" if math.isnan(value) else repr(value)

    def name(self, name: str) -> str:
        return name

    def constant(self, text: str) -> str:
        known = {"True": "1", "False": "0", "None": "null"}
        if text not in known:
            raise FormulaError(f"{text} cannot be written in JavaScript.")
        return known[text]

    def minus(self, operand: str) -> str:
        return f"-{operand}"

    def negation(self, operand: str) -> str:
        return f"!{operand}"

    def parentheses(self, content: str) -> str:
        return f"({content})"

    def operation(self, left: str, infix: Infix, right: str) -> str:
        return f"{left} {infix.symbol} {right}"

    def application(self, function: str, arguments: list[str]) -> str:
        if function not in FUNCTIONS:
            raise FormulaError(f"{function}() cannot be written in JavaScript for single numbers.")
        return f"Math.{function.replace('arc', 'a')}({', '.join(arguments)})"

    def keyword(self, key: str, value: str) -> str:
        raise FormulaError(f"The setting {key}={value} cannot be written in JavaScript.")

    def write_pow(self, base: Expression, exponent: Expression, first: bool) -> str:
        return f"{self.write(base, Level.ATOM)}**{self.write(exponent, Level.ATOM)}"

    def write_sigmoid(self, x: Expression, first: bool) -> str:
        return f"1 / (1 + Math.exp(-{self.write(x, Level.ATOM)}))"

    def write_clip(self, x: Expression, low: Expression, high: Expression, first: bool) -> str:
        return f"Math.min(Math.max({self.write(x)}, {self.write(low)}), {self.write(high)})"

    def write_round(self, x: Expression, first: bool) -> str:
        # Math.round rounds 0.5 up; half of it, doubled, goes to the even number, as NumPy does.
        value = self.write(x)
        tie = f"Math.abs(({value}) % 1) === 0.5"
        return f"({tie} ? 2 * Math.round(({value}) / 2) : Math.round({value}))"

    def write_logaddexp(self, a: Expression, b: Expression, first: bool) -> str:
        one, two = self.write(a), self.write(b, Level.PRODUCT)
        return f"Math.max({one}, {two}) + Math.log1p(Math.exp(-Math.abs({one} - {two})))"

    def write_logaddexp2(self, a: Expression, b: Expression, first: bool) -> str:
        one, two = self.write(a), self.write(b, Level.PRODUCT)
        return f"Math.max({one}, {two}) + Math.log2(1 + 2**(-Math.abs({one} - {two})))"

    def write_where(self, condition: Expression, a: Expression, b: Expression, first: bool) -> str:
        question = self.place(condition, Level.OR)
        return f"({question} ? {self.write(a, Level.OR)} : {self.write(b, Level.OR)})"
