"""Formulas of whole arrays for the page: calls of the functions of ``arrays.js``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from microtorch.graph.formula.expression import Call, Constant, Expression, Name, Number
from microtorch.graph.formula.helpers import helpers

RESERVED = {  # by JavaScript
    *("arguments", "async", "await", "break", "case", "catch", "class", "const", "continue"),
    *("debugger", "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false"),
    *("finally", "for", "function", "if", "implements", "import", "in", "instanceof"),
    *("interface", "let", "new", "null", "package", "private", "protected", "public", "return"),
    *("static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var"),
    *("void", "while", "with", "yield", "Math", "Number", "Infinity", "NaN", "Array", "Symbol"),
    *("Boolean", "Map", "Set", "Error", "of", "get", "set"),
}
LAZY = {"where", "and", "or"}  # what a plain yes or no rules out is not computed
OWN_NAMES: Mapping[str, str] = {
    "is": "same",
    "is_not": "differs",
    "not": "negated",
    "floor_divide": "floor_divided",
    "remainder": "remaindered",
}
SOURCES = ("arrays.js", "places.js", "systems.js", "windows.js", "layers.js")


@cache
def runtime(code: str = "") -> str:
    """All that the JavaScript of array operations needs, and a piece of code beside it."""
    return helpers(source() + code) + source()


@cache
def source() -> str:
    """The functions of arrays, which call each other."""
    here = Path(__file__).parent
    return "\n".join((here / name).read_text(encoding="utf-8") for name in SOURCES)


@cache
def computed() -> frozenset[str]:
    """The functions that can be computed; any other that a formula calls is only named."""
    text = source()
    single = re.findall(r"^(?:function|const) ([\w$]+)", text, re.MULTILINE)
    several = re.findall(r"^const \[([^\]]*)\] =", text, re.MULTILINE)
    own = re.findall(r"^(\w+\.vjp) =", text, re.MULTILINE)
    return frozenset([*single, *own, *(name for group in several for name in group.split(", "))])


def called(e: Expression) -> frozenset[str]:
    """The names of all functions that the JavaScript of a formula calls."""
    if not isinstance(e, Call):
        return frozenset()
    inner = [called(x) for x in (*e.arguments, *(value for _, value in e.keywords))]
    own = OWN_NAMES.get(e.function, identifier(e.function))
    return frozenset([own] if e.function != "tuple" else []).union(*inner)


def calls(e: Expression) -> str:
    """A formula in which every operation is a call: ``add(matmul(a, b), c)``.

    >>> calls(Call("add", (Name("a"), Call("mul", (Number(2), Name("b"))))))
    'add(a, mul(2, b))'
    """
    match e:
        case Number(value):
            return number(value)
        case Constant(value):
            return "ELLIPSIS" if value is Ellipsis else json.dumps(value)
        case Name(name):
            return letter(name)
        case Call("tuple", items):
            return f"[{', '.join(map(calls, items))}]"
        case Call(function, (first, *others)) if function in LAZY:
            later = "".join(f", () => {calls(each)}" for each in others)
            return f"{function}({calls(first)}{later})"
    arguments = list(map(calls, e.arguments))
    if e.keywords:
        settings = ", ".join(f"{key}: {calls(value)}" for key, value in e.keywords)
        arguments.append(f"{{{settings}}}")
    return f"{OWN_NAMES.get(e.function, identifier(e.function))}({', '.join(arguments)})"


def number(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "NaN" if math.isnan(value) else repr(value)


def letter(name: str) -> str:
    """A parameter: it must not hide a function of the same name."""
    return f"{name}_" if name in RESERVED or name in computed() else name


def identifier(name: str) -> str:
    return f"{name}_" if name in RESERVED else name
