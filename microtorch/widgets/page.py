"""What a page needs to show a walk: the module, the graph's structure, and all the numbers."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from microtorch.graph.equations import slot
from microtorch.graph.formula import FormulaError
from microtorch.graph.formula.arrows import scalar_rule
from microtorch.graph.formula.helpers import helpers
from microtorch.graph.kinds import op_named
from microtorch.graph.model import Array, Graph, Operation
from microtorch.graph.spelling import guarded
from microtorch.graph.style import brief
from microtorch.ops.kernels import Memo

HERE = Path(__file__).parent
WALK = ("arithmetic.js", "picture.js", "paths.js", "stages.js", "start.js", "walk.js")
COMMENTS = re.compile(r"^\s*//.*\n|[ \t]+// .*$", re.MULTILINE)
NUMBER = re.compile(r"^const ([A-Z_]+) = ([\d.]+);\n", re.MULTILINE)  # that has a name
FUNCTION = re.compile(r"\bfunction (\w{3,})\(")
WORD = re.compile(r"(?<![\w$])(?<!Math\.)\w+")
CALL = re.compile(r"(?:(?<=\.\.\.)|(?<![\w$.\"']))(\w+)\(")  # or definition
NEIGHBOURS = re.compile(
    r"^( *)((?:const|let) .*);\n\1(?:const|let) ", re.MULTILINE
)  # in one statement
ARROW = re.compile(r"(?<![\w$])\((\w+)\)(?= =>)")  # its only parameter needs no brackets
# What can go or be shorter; texts and regular expressions, which stay as they are; or a sign with
# the room round it.
SPACES = re.compile(
    r"""[;,](?=\s*[}\]])|,(?=\s*\))|\bconst\b(?=[ \[{])|\s*("[^"\n]*"|`[^`]*`|(?<=\()/(?:\\.|\[[^\]]*\]|[^/\\\n])+/)|\s*([-+]=|[{}()\[\]=:?<>&|*!%]+|[;,])\s*"""
    r"| ?([-+/]) (?![-+/])"
)
PRECISIONS = {"float32", "float64"}
# What Python computes otherwise than its rule says: with parts of a product that vanish one by one,
# and with the largest number of a dtype.
UNEVEN = {"Logit", "Logit32", "NanToNum32"}
Entry = float | str


@cache
def module(rules: tuple[str, ...] = (), files: tuple[str, ...] = ()) -> str:
    """The JavaScript module of a widget, with the rules of these names; see :func:`rule`.

    Without other ``files`` it is that of a walk: one that computes by itself, or if there are no
    rules one of arrays, which Python computes.

    It is sent with every widget and stored with many, so comments and all signs that the language
    can do without stay behind.
    """
    table = ",\n".join(f"{name}: {rule(name)}" for name in rules)
    files = files or (*WALK, *(("calculator.js",) if rules else ("heat.js", "asking.js")))
    source = [(HERE / name).read_text(encoding="utf-8") for name in files]
    code = "\n".join([helpers(table), f"const OPS = {{\n{table}\n}};", *source])
    code = ARROW.sub(r"\1", COMMENTS.sub("", code))
    for name, number in NUMBER.findall(code):
        code = re.sub(rf"\b{name}\b(?! = )", number, code)
    code = NUMBER.sub("", code)
    while (joined := NEIGHBOURS.sub(r"\1\2, ", code)) != code:
        code = joined
    return renamed(SPACES.sub(shorter, code))


def renamed(code: str) -> str:
    """The code with short names for those functions that are only defined and called.

    One that is called like a method of an object keeps its name.

    >>> renamed("function pair(x){return[x,x]}f(...pair(1),pair(2),Math.pair(3))")
    'function $0(x){return[x,x]}f(...$0(1),$0(2),Math.pair(3))'
    >>> renamed("function close(){}let a={close(){close()}};a.close()")
    'function close(){}let a={close(){close()}};a.close()'
    """
    calls = Counter(CALL.findall(code))
    words = Counter(WORD.findall(code))
    only = [name for name in FUNCTION.findall(code) if calls[name] == words[name]]
    short = {name: f"${n}" for n, name in enumerate(sorted(only, key=lambda name: -calls[name]))}
    return CALL.sub(lambda call: short.get(call[1], call[1]) + "(", code)


def shorter(found: re.Match[str]) -> str:
    """What stands for a piece of JavaScript: what it is without room, or what does the same."""
    if found.lastindex is None:
        return "let" if found[0] == "const" else ""  # const differs only in what it forbids
    return found[found.lastindex]


def rule(name: str) -> str:
    """Forward rule and local gradients of an operation, printed from its Python source.

    With "32" behind its kind, they are those of float32 numbers. ``masks`` says that the local
    gradients are yes or no: no is 0 also to an infinite gradient.

    >>> rule("Mul"), rule("Mul32")
    ('{ forward: (a, b) => a * b, local: (y, a, b) => [b, a] }', \
'{ forward: (a, b) => fround(a * b), local: (y, a, b) => [b, a] }')

    Raises:
        FormulaError: if the operation is not one on single numbers.
    """
    op = op_named(name.removesuffix("32"))
    text = scalar_rule(op, rounded=name.endswith("32"))
    return text[:-2] + ", masks: 1 }" if op.masks else text


def rule_name(op: Operation, graph: Graph) -> str:
    """The rule that an operation of a graph follows in a page."""
    return op.kind + "32" * (graph.values[op.output].dtype == "float32")


def printable_kinds(graph: Graph) -> tuple[str, ...] | None:
    """The kinds of operations, by the names of their rules, of a graph that a page can compute.

    None if it cannot compute this graph by itself.
    """
    if not all(value.scalar for value in graph.values):
        return None
    if not {graph.values[op.output].dtype for op in graph.operations} <= PRECISIONS:
        return None  # a page rounds to no others
    rules = tuple(sorted({rule_name(op, graph) for op in graph.operations}))
    try:
        json.dumps([settings(op) for op in graph.operations], allow_nan=False)
        if UNEVEN.intersection(rules):
            return None
        for name in rules:
            rule(name)
    except (FormulaError, TypeError, ValueError):
        return None
    return rules


def settings(op: Operation) -> list[Any]:
    """The parameters of an operation. What Python remembers for the way back is nothing to a page."""
    return [None if isinstance(each, Memo) else each for each in op.params]


def outline(graph: Graph, with_params: bool) -> dict[str, Any]:
    """The structure of a graph, ready for JSON."""
    return {
        "values": [
            {
                "name": v.name,
                "dtype": v.dtype,
                "shape": v.shape,
                "requires_grad": v.requires_grad,
            }
            for v in graph.values
        ],
        "operations": [
            {
                "rule": rule_name(op, graph),
                "symbol": op.symbol,
                "inputs": op.inputs,
                "output": op.output,
                "params": settings(op) if with_params else (),
            }
            for op in graph.operations
        ],
        "root": graph.root,
    }


def plainly_named(graph: Graph) -> Graph:
    """The graph with names that can stand in a sentence and in a template.

    A name such as ``{d3}`` is no slot, and letters that run from right to left do not turn the
    words around them: invisible signs say so.
    """
    values = tuple(replace(v, name=guarded(v.name)) for v in graph.values)
    return replace(graph, values=values)


def entries(graph: Graph, known: Mapping[int, Entry] | None = None) -> dict[str, Entry]:
    """What every slot of the picture and of the formulas holds; the slots are those of Step.

    ``known`` are entries of arrays that stay as they are, by identity; see :func:`settled`.
    """
    found = dict(known or {})  # many slots hold the same array
    slots = [(letter, v.index, 0, "") for v in graph.values for letter in "dgpt"]
    slots += [
        (letter, op.index, k, f".{k}")
        for op in graph.operations
        for k in range(len(op.inputs))
        for letter in "lf"
    ]
    arrays = {f"{letter}{i}{end}": slot(graph, letter, i, k) for letter, i, k, end in slots}
    numbers: dict[str, Entry] = {}
    for name, array in arrays.items():
        if array is None:
            continue
        number = found.get(id(array))
        numbers[name] = found[id(array)] = entry(array) if number is None else number
    return numbers


def settled(graph: Graph) -> dict[int, Entry]:
    """The entries of a graph's leaves by identity: while it lives, they need not be written again."""
    leaves = [v for v in graph.values if v.kind != "result"]
    arrays = [array for v in leaves for array in (v.data, v.prior) if array is not None]
    return {id(array): entry(array) for array in arrays}


def entry(array: Array) -> Entry:
    """A single number as it is; an array, and what JSON cannot carry (nan, ∞), as short text."""
    if array.shape == () and math.isfinite(array):
        return float(array)
    return brief(array)
