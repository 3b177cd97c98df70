"""Reads printed formulas: Unicode text, LaTeX and MathML become expression trees again.

Written from what a reader knows of these notations, not from the printers: tests compare what is
read here with what the code computes.
"""

from __future__ import annotations

import ast
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from microtorch.graph.formula import Call, Constant, Expression, Name, Number

Token = tuple[Any, ...]  # ("number", 2), ("name", "x"), ("sign", "+"), ("frac", top, bottom), ...

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
COMPARE = {
    "=": "equal",
    "≠": "not_equal",
    "<": "less",
    "≤": "less_equal",
    ">": "greater",
    "≥": "greater_equal",
    "is": "is",
}
CLOSE = {"(": ")", "|": "|", "⌊": "⌋", "⌈": "⌉"}
WORDS = {"if", "else", "and", "or", "not", "is"}
GREEK = {"σ": "sigmoid", "Φ": "normal_cdf"}
LETTERS = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "σ": "sigma"}
CONSTANTS = {"True": True, "False": False, "None": None, "...": ...}


def from_unicode(text: str) -> Expression:
    return Parser(list(unicode_tokens(text))).whole()


def from_latex(text: str) -> Expression:
    return Parser(Latex(text).tokens()).whole()


def from_mathml(text: str) -> Expression:
    return Parser(markup_tokens(ET.fromstring(f"<math>{text}</math>"))).whole()


class Parser:
    """By the usual rules: or, and, not, comparison, sum, quotient, product, power."""

    def __init__(self, tokens: list[Token]):
        self.tokens = [*tokens, ("end",)]
        self.at = 0

    def whole(self) -> Expression:
        e = self.choice()
        assert self.tokens[self.at] == ("end",), self.tokens[self.at :]
        return e

    def next_is(self, *signs: str) -> str | None:
        """Step over one of these signs if it comes next."""
        token = self.tokens[self.at]
        if token[0] == "sign" and token[1] in signs:
            self.at += 1
            return str(token[1])
        return None

    def expect(self, sign: str) -> None:
        assert self.next_is(sign), (sign, self.tokens[self.at :])

    def choice(self) -> Expression:
        yes = self.either()
        if not self.next_is("if"):
            return yes
        condition = self.either()
        self.expect("else")
        return Call("where", (condition, yes, self.either()))

    def either(self) -> Expression:
        return self.chain({"or": "or"}, lambda: self.chain({"and": "and"}, self.negation))

    def chain(self, signs: dict[str, str], inner: Callable[[], Expression]) -> Expression:
        left = inner()
        while sign := self.next_is(*signs):
            left = Call(signs[sign], (left, inner()))
        return left

    def negation(self) -> Expression:
        return Call("not", (self.negation(),)) if self.next_is("not") else self.comparison()

    def comparison(self) -> Expression:
        left = self.sum()
        sign = self.next_is(*COMPARE)
        if sign == "is" and self.next_is("not"):
            return Call("is_not", (left, self.sum()))
        return Call(COMPARE[sign], (left, self.sum())) if sign else left

    def sum(self) -> Expression:
        return self.chain({"+": "add", "−": "sub"}, self.quotient)

    def quotient(self) -> Expression:
        if self.next_is("−"):
            return Call("neg", (self.quotient(),))
        return self.chain({"/": "div", "@": "matmul"}, self.product)

    def product(self) -> Expression:
        return self.chain({"·": "mul"}, self.power)

    def power(self) -> Expression:
        if self.next_is("√"):
            return Call("sqrt", (self.atom(),))
        base = self.atom()
        while True:
            token = self.tokens[self.at]
            if self.next_is("["):
                base = Call("item", (base, self.index()))
            elif self.next_is("ᵀ"):
                base = Call("transpose", (base,))
            elif self.next_is("^"):
                base = Call("pow", (base, self.atom()))
            elif token[0] == "sup":
                self.at += 1
                if token[1] == [("sign", "⊤")]:
                    base = Call("transpose", (base,))
                else:
                    base = Call("pow", (base, Parser(token[1]).whole()))
            else:
                return base

    def index(self) -> Expression:
        parts = []
        while not self.next_is("]"):
            parts.append(self.one_place())
            self.next_is(",")
        return parts[0] if len(parts) == 1 else Call("tuple", tuple(parts))

    def one_place(self) -> Expression:
        ends: list[Expression] = [Constant(None)]
        sliced = False
        while not (self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in ",]"):
            if self.next_is(":"):
                sliced = True
                ends.append(Constant(None))
            else:
                ends[-1] = self.choice()
        return Call("slice", tuple(ends)) if sliced else ends[0]

    def atom(self) -> Expression:
        kind, *content = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Number(content[0])
        if kind == "constant":
            return Constant(content[0])
        if kind == "frac":
            return Call("div", (Parser(content[0]).whole(), Parser(content[1]).whole()))
        if kind in ("sqrt", "exp"):
            return Call(kind, (Parser(content[0]).whole(),))
        if kind == "group":
            return Parser(content[0]).whole()
        if kind == "cases":
            *parts, result = (Parser(part).whole() for part in content)
            for yes, condition in reversed(list(zip(parts[::2], parts[1::2], strict=True))):
                result = Call("where", (condition, yes, result))
            return result
        if kind == "name":
            if self.next_is("("):
                return self.call(GREEK.get(content[0], content[0]))
            return Name(LETTERS.get(content[0], content[0]))
        assert kind == "sign", (kind, content)
        assert content[0] in CLOSE, self.tokens[self.at - 1 :]
        if content[0] == "(":
            return self.parentheses()
        inside = self.choice()
        self.expect(CLOSE[content[0]])
        if content[0] == "⌊" and isinstance(inside, Call) and inside.function == "div":
            return Call("floor_divide", inside.arguments)
        return Call({"|": "abs", "⌊": "floor", "⌈": "ceil"}[content[0]], (inside,))

    def parentheses(self) -> Expression:
        items: list[Expression] = []
        single = True
        while not self.next_is(")"):
            items.append(self.choice())
            single = self.next_is(",") is None and len(items) == 1
        return items[0] if single and items else Call("tuple", tuple(items))

    def call(self, function: str) -> Expression:
        arguments: list[Expression] = []
        keywords: list[tuple[str, Expression]] = []
        while not self.next_is(")"):
            if self.tokens[self.at][0] == "keyword":
                self.at += 1
                keywords.append((self.tokens[self.at - 1][1], self.choice()))
            else:
                arguments.append(self.choice())
            self.next_is(",")
        if function in ("max", "min") and len(arguments) == 1:  # of one array
            function = f"a{function}"
        return Call(function, tuple(arguments), tuple(keywords))


# ---------------------------------------------------------------- Unicode text

UNICODE = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e−?\d+)?)|(?P<super>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<keyword>[A-Za-z_][A-Za-z0-9_]*)=(?=\S)|(?P<name>[A-Za-zσΦ_][A-Za-z0-9_.]*)|(?P<text>'[^']*')"
    r"|(?P<dots>\.\.\.)|(?P<sign>\S))"
)


def unicode_tokens(text: str) -> Any:
    for match in UNICODE.finditer(text.rstrip()):
        kind, content = match.lastgroup, match[match.lastgroup or 0]
        yield word(content) if kind != "keyword" else ("keyword", content)


def word(content: str) -> Token:
    """One token, whatever the notation."""
    if re.match(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", content):
        return ("sup", list(unicode_tokens(content.translate(SUPERSCRIPTS).replace("-", "−"))))
    if content.removeprefix("−")[:1].isdigit():
        number = content.replace("−", "-")
        return ("number", int(number) if number.isdigit() else float(number))
    if content in ("π", "∞", "nan"):
        return ("number", {"π": math.pi, "∞": math.inf, "nan": math.nan}[content])
    if content in WORDS or content == "ᵀ":
        return ("sign", content)
    if content in CONSTANTS:
        return ("constant", CONSTANTS[content])
    if content[0] == "'":
        return ("constant", content[1:-1])
    if content[0] == "(" and len(content) > 1:
        return ("constant", ast.literal_eval(content))
    return ("name" if content[0].isalpha() or content[0] == "_" else "sign", content)


# ---------------------------------------------------------------- LaTeX

LATEX = re.compile(r"\s*(\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S)", re.DOTALL)
COMMANDS = {
    r"\cdot": "·",
    r"\,": "@",
    r"\ge": "≥",
    r"\le": "≤",
    r"\ne": "≠",
    r"\pi": "π",
    r"\infty": "∞",
    r"\sigma": "σ",
    r"\Phi": "Φ",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
    r"\top": "⊤",
    "-": "−",
}


class Latex:
    """A LaTeX formula as tokens."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0

    def tokens(self) -> list[Token]:
        found = []
        while (piece := self.piece()) is not None:
            found += self.token(piece)
        return found

    def piece(self) -> str | None:
        match = LATEX.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[1]

    def braces(self) -> str:
        """What stands between the braces that come next."""
        assert self.piece() == "{", self.text[self.at - 1 :]
        start, depth = self.at, 1
        while depth:
            piece = self.piece()
            depth += {"{": 1, "}": -1}.get(str(piece), 0)
        return self.text[start : self.at - 1]

    def inner(self) -> list[Token]:
        return Latex(self.braces()).tokens()

    def token(self, piece: str) -> list[Token]:
        match piece:
            case r"\frac":
                return [("frac", self.inner(), self.inner())]
            case r"\sqrt":
                return [("sqrt", self.inner())]
            case "e" if self.text[self.at :].startswith("^{"):
                self.piece()
                return [("exp", self.inner())]
            case "^":
                return [("sup", self.inner())]
            case "{":
                self.at -= 1
                return [("group", self.inner())]
            case r"\left" | r"\right":
                return []
            case r"\mathrm" | r"\operatorname":
                return [word(plain(self.braces()))]
            case r"\text":
                return [t for w in plain(self.braces()).split() for t in self.words(w)]
            case r"\begin":
                return self.cases()
        if piece in COMMANDS:
            return [word(COMMANDS[piece])]
        return [word(piece.removeprefix("\\"))]

    def words(self, text: str) -> list[Token]:
        if self.text.startswith("=", self.at) and text.isidentifier():
            self.at += 1
            return [("keyword", text)]
        return [word(text)]

    def cases(self) -> list[Token]:
        assert self.braces() == "cases"
        start, depth = self.at, 1
        while depth:
            depth += {r"\begin": 1, r"\end": -1}.get(str(self.piece()), 0)
        content = self.text[start : self.at - len(r"\end")]
        assert self.braces() == "cases"
        *rows, last = split(content, r"\\")
        found = []
        for row in rows:
            yes, condition = split(row, "&")
            assert condition.strip().startswith(r"\text{if }")
            condition = condition.strip().removeprefix(r"\text{if }")
            found += [Latex(part).tokens() for part in (yes, condition)]
        no, otherwise = split(last, "&")
        assert otherwise.strip() == r"\text{otherwise}"
        return [("cases", *found, Latex(no).tokens())]


def split(content: str, sign: str) -> list[str]:
    """Cut at a sign that stands outside of inner environments and braces."""
    reader, depth, parts, start = Latex(content), 0, [], 0
    while (piece := reader.piece()) is not None:
        depth += {r"\begin": 1, "{": 1, r"\end": -1, "}": -1}.get(piece, 0)
        if piece == sign and depth == 0:
            parts.append(content[start : reader.at - len(sign)])
            start = reader.at
    return [*parts, content[start:]]


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


# ---------------------------------------------------------------- MathML


def markup_tokens(element: ET.Element) -> list[Token]:
    """What the eye sees, from left to right; fractions, powers and roots hold their parts."""
    children = list(element)
    text = (element.text or "").replace("\u00a0", " ")
    match element.tag:
        case "mfrac":
            top, bottom = map(markup_tokens, children)
            return [("frac", top, bottom)]
        case "msqrt":
            return [("sqrt", [t for child in children for t in markup_tokens(child)])]
        case "msup":
            base, power = map(markup_tokens, children)
            if children[0].tag == "mi" and children[0].text == "e":
                return [("exp", power)]
            return [("group", base), ("sup", power)]
        case "mtable":
            *rows, (no, otherwise) = ([markup_tokens(cell) for cell in row] for row in children)
            assert all(condition[0] == ("sign", "if") for _, condition in rows)
            assert otherwise == [("name", "otherwise")]
            return [("cases", *(t for yes, asked in rows for t in (yes, asked[1:])), no)]
        case "mspace":
            return [("sign", "@")]
        case "mo" if text in ("\u2061", "{"):
            return []
        case "mn" | "mi" | "mo" | "mtext":
            return [word(each) for each in text.split()]
    if [child.tag for child in children[:2]] == ["mtext", "mo"] and children[1].text == "=":
        key = [("keyword", text_of(children[0]))]
        return key + [t for child in children[2:] for t in markup_tokens(child)]
    return [t for child in children for t in markup_tokens(child)]


def text_of(element: ET.Element) -> str:
    return element.text or ""
