"""What a page needs to show a walk: the module, the graph's structure, and all the numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from microtorch.graph.equations import slot
from microtorch.graph.formula import FormulaError
from microtorch.graph.formula.arrows import scalar_rule
from microtorch.graph.formula.helpers import helpers
from microtorch.graph.model import Array, Graph, Operation
from microtorch.graph.spelling import guarded
from microtorch.graph.style import brief
from microtorch.ops import registry
from microtorch.ops.kernels import Memo

HERE = Path(__file__).parent
WALK = ("arithmetic.js", "picture.js", "paths.js", "stages.js", "start.js", "walk.js")
COMMENTS = re.compile(r"^\s*//.*\n|[ \t]+// .*$", re.MULTILINE)
CONSTANT = re.compile(r"\bconst\b")
# Texts and regular expressions, which stay as they are, or a sign with the room round it.
SPACES = re.compile(
    r"""("[^"\n]*"|`[^`]*`|(?<=\()/(?:\\.|\[[^\]]*\]|[^/\\\n])+/)|\s*(\+=|[{}()\[\]=,;:?<>&|*!]+)\s*"""
    r"| ([-+/]) (?![-+/])"
)
# Semicolons before a closing brace, and brackets round the only parameter of an arrow.
SIGNS = re.compile(
    r"""("[^"\n]*"|`[^`]*`|(?<=\()/(?:\\.|\[[^\]]*\]|[^/\\\n])+/)|;(?=\})|(?<![\w$])\((\w+)\)(?==>)"""
)
PRECISIONS = {"float32", "float64"}
Entry = float | str


@cache
def module(kinds: tuple[str, ...] = (), files: tuple[str, ...] = ()) -> str:
    """The JavaScript module of a widget, with the rules of these kinds of operations.

    Without other ``files`` it is that of a walk: one that computes by itself, or if there are no
    kinds one of arrays, which Python computes.

    It is sent with every widget and stored with many, so comments and all signs that the language
    can do without stay behind.
    """
    rules = ",\n".join(f"{kind}: {rule(kind)}" for kind in kinds)
    files = files or (*WALK, "calculator.js" if kinds else "heat.js")
    source = [(HERE / name).read_text(encoding="utf-8") for name in files]
    code = "\n".join([helpers(rules), f"const OPS = {{\n{rules}\n}};", *source])
    code = CONSTANT.sub("let", COMMENTS.sub("", code))  # that a name stays is for readers
    code = SPACES.sub(lambda found: found[found.lastindex or 0], code)
    return SIGNS.sub(lambda found: found[found.lastindex] if found.lastindex else "", code)


def rule(kind: str) -> str:
    """Forward rule and local gradients of an operation, printed from its Python source.

    >>> rule("Mul")
    '{ forward: (a, b) => a * b, local: (y, a, b) => [b, a] }'

    Raises:
        FormulaError: if the operation is not one on single numbers.
    """
    return scalar_rule(registry[kind])


def printable_kinds(graph: Graph) -> tuple[str, ...] | None:
    """The kinds of operations in a graph that a page can compute by itself; None if it cannot."""
    if not all(value.scalar for value in graph.values):
        return None
    if not {graph.values[op.output].dtype for op in graph.operations} <= PRECISIONS:
        return None  # a page rounds to no others
    kinds = tuple(sorted({op.kind for op in graph.operations}))
    try:
        json.dumps([settings(op) for op in graph.operations], allow_nan=False)
        for kind in kinds:
            rule(kind)
    except (FormulaError, TypeError, ValueError):
        return None
    return kinds


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
                "kind": op.kind,
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
