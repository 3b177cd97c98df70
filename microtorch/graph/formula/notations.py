"""Formulas for people: Unicode text, LaTeX, and MathML."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from html import escape
from typing import ClassVar

from microtorch.graph.formula.expression import Call, Constant, Expression, Number
from microtorch.graph.formula.printer import Infix, Level, Printer, symbols

SYMBOLS = {"sigmoid": "σ", "normal_cdf": "Φ", "amax": "max", "amin": "min"}
GREEK = {  # without pi: that is a number
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

IN_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "_{}$%#& "},
        # In a group of its own, < begins no tag where a page holds the formula.
        "<": "{<}",
        ">": "{>}",
        "\\": r"\backslash{}",
        "^": r"{\hat{}}",
        "~": r"\sim{}",
        "\u2060": "",
        "\u2068": "",
        "\u2069": "",
        "`": "{`}",
        "\n": r"\ ",
    }
)


def digits(value: float) -> str:
    """A number inside a formula: six significant digits are enough for a reader."""
    if value == math.pi:
        return "π"
    if math.isinf(value):
        return "∞"
    if isinstance(value, int):
        return str(value)
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def whole(e: Expression) -> int | None:
    """The exponent as a whole number small enough for a superscript, or None."""
    if isinstance(e, Number) and abs(e.value) < 100 and e.value == int(e.value):
        return int(e.value)
    return None


def parts(index: Expression) -> tuple[Expression, ...]:
    """What stands between the brackets of x[1:, 0], one for each axis."""
    several = isinstance(index, Call) and index.function == "tuple" and index.arguments
    return index.arguments if several and isinstance(index, Call) else (index,)


def cases(
    condition: Expression, yes: Expression, no: Expression
) -> Iterator[tuple[Expression, Expression]]:
    """Each condition with what holds then: a choice in the last branch goes on with more of them."""
    yield condition, yes
    match no:
        case Call("where", (another, a, b)):
            yield from cases(another, a, b)


def last_case(no: Expression) -> Expression:
    """What is left where none of the conditions holds."""
    match no:
        case Call("where", (_, _, b)):
            return last_case(b)
    return no


class Notation(Printer):
    """For people: a number with a power of ten holds together no better than a product."""

    def level(self, e: Expression) -> Level:
        scientific = isinstance(e, Number) and "e" in digits(e.value).replace("nan", "")
        return Level.PRODUCT if scientific else super().level(e)


class Unicode(Notation):
    """``1 − y²``: for terminals, and for text inside a picture."""

    levels: ClassVar[Mapping[str, Level]] = {
        "where": Level.CHOICE,
        "not": Level.NOT,
        "div": Level.QUOTIENT,
        "partial": Level.PRODUCT,
        "pow": Level.POWER,
        "sqrt": Level.POWER,
        "transpose": Level.POWER,
    }

    def number(self, value: float) -> str:
        return digits(value).replace("-", "−")

    def name(self, name: str) -> str:
        return name

    def constant(self, text: str) -> str:
        return text

    def minus(self, operand: str) -> str:
        return f"−{operand}"

    def negation(self, operand: str) -> str:
        return f"not {operand}"

    def parentheses(self, content: str) -> str:
        return f"({content})"

    def operation(self, left: str, infix: Infix, right: str) -> str:
        space = "" if infix.symbol == "·" else " "
        return f"{left}{space}{infix.symbol}{space}{right}"

    def application(self, function: str, arguments: list[str]) -> str:
        return f"{SYMBOLS.get(function, function)}({', '.join(arguments)})"

    def keyword(self, key: str, value: str) -> str:
        return f"{key}={value}"

    def write_div(self, a: Expression, b: Expression, first: bool) -> str:
        return f"{self.write(a, Level.PRODUCT, first)} / {self.write(b, Level.POWER, first=False)}"

    def write_pow(self, base: Expression, exponent: Expression, first: bool) -> str:
        power = whole(exponent)
        if power is not None:
            return self.write(base, Level.ATOM) + str(power).translate(SUPERSCRIPTS)
        return f"{self.write(base, Level.ATOM)}^{self.write(exponent, Level.ATOM)}"

    def write_sqrt(self, x: Expression, first: bool) -> str:
        return f"√{self.write(x, Level.ATOM)}"

    def write_transpose(self, x: Expression, first: bool) -> str:
        return f"{self.write(x, Level.ATOM)}ᵀ"

    def write_abs(self, x: Expression, first: bool) -> str:
        content = self.write(x)
        return f"abs({content})" if "|" in content else f"|{content}|"

    def write_floor(self, x: Expression, first: bool) -> str:
        return f"⌊{self.write(x)}⌋"

    def write_floor_divide(self, a: Expression, b: Expression, first: bool) -> str:
        return self.write(Call("floor", (Call("div", (a, b)),)))

    def write_ceil(self, x: Expression, first: bool) -> str:
        return f"⌈{self.write(x)}⌉"

    def write_partial(self, y: Expression, x: Expression, first: bool) -> str:
        return f"∂{self.write(y, Level.ATOM)}/∂{self.write(x, Level.ATOM)}"

    def write_where(self, condition: Expression, a: Expression, b: Expression, first: bool) -> str:
        yes, no = self.write(a, Level.OR), self.write(b, Level.OR)
        return f"{yes} if {self.place(condition, Level.OR)} else {no}"

    def write_item(self, x: Expression, index: Expression, first: bool) -> str:
        return f"{self.write(x, Level.ATOM)}[{', '.join(map(self.write, parts(index)))}]"

    def write_slice(self, *ends: Expression, first: bool) -> str:
        return ":".join("" if end == Constant(None) else self.write(end) for end in ends)

    def write_from_to(self, start: Expression, end: Expression, first: bool) -> str:
        return f"{self.write(start)}, …, {self.write(end)}"

    def write_tuple(self, *items: Expression, first: bool) -> str:
        end = "," if len(items) == 1 else ""
        return self.parentheses(", ".join(map(self.write, items)) + end)


class Latex(Unicode):
    r"""``1 - y^{2}``: for Markdown cells and papers."""

    infix = symbols(
        {
            "sub": "-",
            "mul": r"\cdot",
            "matmul": r"\,",
            "greater_equal": r"\ge",
            "less_equal": r"\le",
            "not_equal": r"\ne",
            "is": r"\text{ is }",
            "is_not": r"\text{ is not }",
            "and": r"\text{ and }",
            "or": r"\text{ or }",
        }
    )
    levels: ClassVar[Mapping[str, Level]] = {
        **Unicode.levels,
        "div": Level.PRODUCT,
        "exp": Level.POWER,
        "sqrt": Level.ATOM,
    }
    greek: ClassVar[Mapping[str, str]] = {"sigmoid": r"\sigma", "normal_cdf": r"\Phi"}
    commands = frozenset({"exp", "log", "tanh", "sin", "cos", "max", "min"})

    def number(self, value: float) -> str:
        mantissa, _, exponent = digits(value).partition("e")
        text = mantissa.replace("π", r"\pi").replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
        return rf"{{{text} \cdot 10^{{{int(exponent)}}}}}" if exponent else text

    def name(self, name: str) -> str:
        if name in GREEK:
            return f"\\{name}"
        if len(name) == 1 and name.isalpha():
            return name
        # MathJax sets \mathrm letter by letter from the left, \text as words are written.
        leftwards = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
        return rf"\{'text' if leftwards else 'mathrm'}{{{self.escape(name)}}}"

    def constant(self, text: str) -> str:
        return rf"\text{{{self.escape(text)}}}"

    def escape(self, text: str) -> str:
        return text.translate(IN_LATEX)

    def minus(self, operand: str) -> str:
        return f"-{operand}"

    def negation(self, operand: str) -> str:
        return rf"\text{{not }} {operand}"

    def parentheses(self, content: str) -> str:
        tall = r"\frac" in content or r"\begin" in content
        return rf"\left({content}\right)" if tall else f"({content})"

    def base(self, e: Expression) -> str:
        """What carries a superscript. Braces keep ready-made content in one piece."""
        content = self.write(e, Level.ATOM)
        return content if len(content) == 1 else f"{{{content}}}"

    def operation(self, left: str, infix: Infix, right: str) -> str:
        return f"{left} {infix.symbol} {right}"

    def application(self, function: str, arguments: list[str]) -> str:
        function = function if function in self.greek else SYMBOLS.get(function, function)
        if function in self.greek:
            name = self.greek[function]
        elif function in self.commands:
            name = rf"\{function}"
        else:
            name = rf"\operatorname{{{self.escape(function)}}}"
        return name + self.parentheses(", ".join(arguments))

    def keyword(self, key: str, value: str) -> str:
        return rf"\text{{{self.escape(key)}}}={value}"

    def write_div(self, a: Expression, b: Expression, first: bool) -> str:
        return rf"\frac{{{self.write(a)}}}{{{self.write(b)}}}"

    def write_pow(self, base: Expression, exponent: Expression, first: bool) -> str:
        return f"{self.base(base)}^{{{self.write(exponent)}}}"

    def write_exp(self, x: Expression, first: bool) -> str:
        return f"e^{{{self.write(x)}}}"

    def write_sqrt(self, x: Expression, first: bool) -> str:
        return rf"\sqrt{{{self.write(x)}}}"

    def write_transpose(self, x: Expression, first: bool) -> str:
        return rf"{self.base(x)}^{{\top}}"

    def write_from_to(self, start: Expression, end: Expression, first: bool) -> str:
        return rf"{self.write(start)}, \ldots, {self.write(end)}"

    def write_abs(self, x: Expression, first: bool) -> str:
        return rf"\left|{self.write(x)}\right|"

    def write_floor(self, x: Expression, first: bool) -> str:
        return rf"\left\lfloor {self.write(x)} \right\rfloor"

    def write_ceil(self, x: Expression, first: bool) -> str:
        return rf"\left\lceil {self.write(x)} \right\rceil"

    def write_partial(self, y: Expression, x: Expression, first: bool) -> str:
        top, bottom = self.write(y, Level.ATOM), self.write(x, Level.ATOM)
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"

    def write_where(self, condition: Expression, a: Expression, b: Expression, first: bool) -> str:
        rows = [
            rf"{self.write(e)} & \text{{if }} {self.place(asked)}"
            for asked, e in cases(condition, a, b)
        ]
        last = rf"{self.write(last_case(b))} & \text{{otherwise}}"
        content = r" \\ ".join([*rows, last])
        return rf"\begin{{cases}} {content} \end{{cases}}"


class MathML(Notation):
    """``<mrow><mn>1</mn><mo>−</mo>…</mrow>``: for web pages, without the outer ``<math>``."""

    infix = symbols({"matmul": "", "and": "and", "or": "or"})
    levels = Latex.levels

    def number(self, value: float) -> str:
        mantissa, _, exponent = digits(value).partition("e")
        text = f"<mn>{mantissa}</mn>"
        if not exponent:
            return text
        power = f"<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>".replace("-", "−")
        return f"<mrow>{text}<mo>·</mo>{power}</mrow>"

    def name(self, name: str) -> str:
        return f"<mi>{GREEK.get(name) or escape(name)}</mi>"

    def constant(self, text: str) -> str:
        return f"<mtext>{escape(text)}</mtext>"

    def minus(self, operand: str) -> str:
        return f"<mrow><mo>−</mo>{operand}</mrow>"

    def negation(self, operand: str) -> str:
        return f"<mrow><mtext>not&#xA0;</mtext>{operand}</mrow>"

    def parentheses(self, content: str) -> str:
        return f"<mrow><mo>(</mo>{content}<mo>)</mo></mrow>"

    def operation(self, left: str, infix: Infix, right: str) -> str:
        if infix.symbol in ("and", "or", "is", "is not"):
            sign = f"<mtext>&#xA0;{infix.symbol}&#xA0;</mtext>"
        elif infix.symbol:
            sign = f"<mo>{escape(infix.symbol)}</mo>"
        else:  # a matrix product: the factors side by side
            sign = '<mspace width="0.17em"/>'
        return f"<mrow>{left}{sign}{right}</mrow>"

    def application(self, function: str, arguments: list[str]) -> str:
        name = self.name(SYMBOLS.get(function, function))
        # U+2061 is invisible: it tells a screen reader that a function is applied.
        return (
            f"<mrow>{name}<mo>&#x2061;</mo>{self.parentheses('<mo>,</mo>'.join(arguments))}</mrow>"
        )

    def keyword(self, key: str, value: str) -> str:
        return f"<mrow><mtext>{escape(key)}</mtext><mo>=</mo>{value}</mrow>"

    def write_div(self, a: Expression, b: Expression, first: bool) -> str:
        return f"<mfrac>{self.row(a)}{self.row(b)}</mfrac>"

    def write_pow(self, base: Expression, exponent: Expression, first: bool) -> str:
        return f"<msup>{self.row(base, Level.ATOM)}{self.row(exponent)}</msup>"

    def write_exp(self, x: Expression, first: bool) -> str:
        return f"<msup><mi>e</mi>{self.row(x)}</msup>"

    def write_sqrt(self, x: Expression, first: bool) -> str:
        return f"<msqrt>{self.write(x)}</msqrt>"

    def write_transpose(self, x: Expression, first: bool) -> str:
        return f"<msup>{self.row(x, Level.ATOM)}<mo>⊤</mo></msup>"

    def write_abs(self, x: Expression, first: bool) -> str:
        return f"<mrow><mo>|</mo>{self.write(x)}<mo>|</mo></mrow>"

    def write_floor(self, x: Expression, first: bool) -> str:
        return f"<mrow><mo>⌊</mo>{self.write(x)}<mo>⌋</mo></mrow>"

    def write_floor_divide(self, a: Expression, b: Expression, first: bool) -> str:
        return self.write(Call("floor", (Call("div", (a, b)),)))

    def write_ceil(self, x: Expression, first: bool) -> str:
        return f"<mrow><mo>⌈</mo>{self.write(x)}<mo>⌉</mo></mrow>"

    def write_partial(self, y: Expression, x: Expression, first: bool) -> str:
        top, bottom = self.write(y, Level.ATOM), self.write(x, Level.ATOM)
        return f"<mfrac><mrow><mo>∂</mo>{top}</mrow><mrow><mo>∂</mo>{bottom}</mrow></mfrac>"

    def write_where(self, condition: Expression, a: Expression, b: Expression, first: bool) -> str:
        left = '<mtd style="text-align: left">'
        rows = [
            f"{left}{self.write(e)}</mtd>{left}<mtext>if&#xA0;</mtext>{self.place(asked)}</mtd>"
            for asked, e in cases(condition, a, b)
        ]
        rows.append(f"{left}{self.write(last_case(b))}</mtd>{left}<mtext>otherwise</mtext></mtd>")
        table = f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"
        # The brace is written as a number, since braces mark the slots of a template.
        return f"<mrow><mo>&#x7B;</mo>{table}</mrow>"

    def write_item(self, x: Expression, index: Expression, first: bool) -> str:
        places = "<mo>,</mo>".join(map(self.write, parts(index)))
        return f"<mrow>{self.write(x, Level.ATOM)}<mo>[</mo>{places}<mo>]</mo></mrow>"

    def write_slice(self, *ends: Expression, first: bool) -> str:
        return "<mo>:</mo>".join("" if end == Constant(None) else self.write(end) for end in ends)

    def write_from_to(self, start: Expression, end: Expression, first: bool) -> str:
        dots = "<mo>,</mo><mo>…</mo><mo>,</mo>"
        return f"<mrow>{self.write(start)}{dots}{self.write(end)}</mrow>"

    def write_tuple(self, *items: Expression, first: bool) -> str:
        end = "<mo>,</mo>" if len(items) == 1 else ""
        return self.parentheses("<mo>,</mo>".join(map(self.write, items)) + end)

    def row(self, e: Expression, level: Level = Level.CHOICE) -> str:
        """Exactly one element, as fractions and powers ask for, also round ready-made content."""
        return f"<mrow>{self.write(e, level)}</mrow>"
