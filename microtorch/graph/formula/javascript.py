"""Formulas for the page: JavaScript that computes the same numbers in the reader's browser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from microtorch.graph.formula.expression import Call, Expression, FormulaError, Number
from microtorch.graph.formula.printer import Infix, Level, Printer

FUNCTIONS = {
    *("exp", "log", "sqrt", "tanh", "sin", "cos", "abs", "sign", "max", "min"),
    *("tan", "sinh", "cosh", "arcsin", "arccos", "arctan", "floor", "ceil"),
    *("log1p", "expm1", "log2", "log10", "trunc", "hypot"),
    *("arctan2", "arcsinh", "arccosh", "arctanh"),
}
# Functions of special.js, and what they are called there
HELPERS = {
    **{name: name for name in ("erf", "erfc", "erfinv", "normal_cdf", "logaddexp", "logaddexp2")},
    **{name: name for name in ("fmax", "fmin", "copysign", "remainder", "nan_to_num")},
    "floor_divide": "floor_divide",
    "fround": "fround",
    "power32": "power32",
    "round": "rint",
    "Lgamma": "lgamma",
    "Digamma": "digamma",
    "Polygamma": "polygamma",
}


class JavaScript(Printer):
    """``2 * x**3``: evaluated in the order of the Python code.

    Calls of what ``Math`` lacks need :func:`microtorch.graph.formula.helpers.helpers`.
    """

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
    }
    behind_minus = Level.ATOM  # -x**2 is a syntax error in JavaScript
    behind_not = Level.ATOM

    def number(self, value: float) -> str:
        if value == math.pi:
            return "Math.PI"
        return "Infinity" if math.isinf(value) else "NaN" if math.isnan(value) else repr(value)

    def name(self, name: str) -> str:
        return name

    def constant(self, text: str) -> str:
        known = {"True": "1", "False": "0", "None": "null"}
        if text not in known and text[0] != "'":
            raise FormulaError(f"{text} cannot be written in JavaScript.")
        return known.get(text, text)

    def minus(self, operand: str) -> str:
        return f"-{operand}"

    def negation(self, operand: str) -> str:
        return f"!{operand}"

    def parentheses(self, content: str) -> str:
        return f"({content})"

    def operation(self, left: str, infix: Infix, right: str) -> str:
        return f"{left} {infix.symbol} {right}"

    def application(self, function: str, arguments: list[str]) -> str:
        if function in HELPERS:
            return f"{HELPERS[function]}({', '.join(arguments)})"
        if function in ("isnan", "isfinite"):
            return f"Number.is{'NaN' if function == 'isnan' else 'Finite'}({', '.join(arguments)})"
        if function not in FUNCTIONS:
            raise FormulaError(f"{function}() cannot be written in JavaScript for single numbers.")
        return f"Math.{function.replace('arc', 'a')}({', '.join(arguments)})"

    def function(self, e: Call) -> str:
        if e.keywords and e.function in HELPERS:
            settings = ", ".join(f"{key}: {self.write(value)}" for key, value in e.keywords)
            return self.application(e.function, [*map(self.write, e.arguments), f"{{{settings}}}"])
        return super().function(e)

    def keyword(self, key: str, value: str) -> str:
        raise FormulaError(f"The setting {key}={value} cannot be written in JavaScript.")

    def write_pow(self, base: Expression, exponent: Expression, first: bool) -> str:
        plain = isinstance(exponent, Number) or (isinstance(base, Number) and abs(base.value) != 1)
        if plain:
            return f"{self.write(base, Level.ATOM)}**{self.write(exponent, Level.ATOM)}"
        return f"power({self.write(base)}, {self.write(exponent)})"

    def write_fmod(self, a: Expression, b: Expression, first: bool) -> str:
        return f"({self.write(a, Level.ATOM)} % {self.write(b, Level.ATOM)})"

    def write_sigmoid(self, x: Expression, first: bool) -> str:
        return f"1 / (1 + Math.exp(-{self.write(x, Level.ATOM)}))"

    def write_clip(self, x: Expression, low: Expression, high: Expression, first: bool) -> str:
        return f"Math.min(Math.max({self.write(x)}, {self.write(low)}), {self.write(high)})"

    def write_where(self, condition: Expression, a: Expression, b: Expression, first: bool) -> str:
        question = self.place(condition, Level.OR)
        return f"({question} ? {self.write(a, Level.OR)} : {self.write(b, Level.OR)})"


def javascript(e: Expression) -> str:
    """Write a formula as a JavaScript expression on single numbers.

    >>> from microtorch.graph.formula.expression import Call, Name
    >>> javascript(Call("exp", (Call("neg", (Name("x"),)),)))
    'Math.exp(-x)'

    Raises:
        FormulaError: if a function works on whole arrays, such as a matrix product.
    """
    return JavaScript().write(e)
