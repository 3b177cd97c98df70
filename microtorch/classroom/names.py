"""What a cell defines, read from its source and never run."""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Iterator

MAX_SOURCE = 100_000  # characters: some longer ones, made for it, take Python seconds to read
PYTHON_INSIDE = ("%%time", "%%timeit", "%%capture", "%%prun", "%%debug")
MAGIC_LINE = re.compile(r"^([ \t]*)(?:[%!].*|\??\??[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
MAGIC_VALUE = re.compile(r"^([ \t]*[\w, ]+=[ \t]*)[%!].*$", re.MULTILINE)
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
_WARNINGS = threading.Lock()  # the filters of warnings belong to all threads


def parse(source: str) -> ast.Module | None:
    """The tree of a cell, without IPython's own lines; None if it is not Python."""
    if len(source) > MAX_SOURCE:
        return None
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        source = rest if first.split()[0] in PYTHON_INSIDE else ""
    plain = MAGIC_VALUE.sub(r"\1None", MAGIC_LINE.sub(r"\1pass", source))
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are for the one who wrote the cell
        for text in (source, plain):
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def defined_names(source: str) -> set[str]:
    """The functions, classes and variables that ``source`` defines for the cells below it.

    >>> sorted(defined_names("%time import a.b as c\\nif c:\\n    def f(): x = 1\\nelse: g, h = 1, 2"))
    ['f', 'g', 'h']
    """
    tree = parse(source)
    try:
        return set(_bound(tree)) if tree else set()
    except RecursionError:
        return set()


def attempted_names(source: str, stub: str = "") -> set[str]:
    """The names that ``source`` defines, without functions that are empty or as in ``stub``.

    >>> attempted_names("def f(x): pass\\ndef g(x):\\n    'Mine.'\\n    return x")
    {'g'}
    """
    tree, given = parse(source), parse(stub)
    if tree is None:
        return set()
    try:
        blanks = {_body(node) for node in _functions(given)} if given else set()
        blank, real = set[str](), set[str]()
        for node in _functions(tree):
            (blank if _is_empty(node) or _body(node) in blanks else real).add(node.name)
        return set(_bound(tree)) - (blank - real)
    except RecursionError:
        return set()


def _functions(tree: ast.AST) -> list[FUNCTION]:
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]


def _body(node: FUNCTION) -> str:
    """What a function does, as text that is equal for equal lines, whatever its docstring says."""
    lines = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return "\n".join(map(ast.dump, lines))


def _is_empty(node: FUNCTION) -> bool:
    return all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        or (isinstance(line, ast.Raise) and "NotImplementedError" in ast.dump(line))
        for line in node.body
    )


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that are bound at the top of a module, below ``if`` and the like too."""
    if isinstance(node, FUNCTION | ast.ClassDef):
        yield node.name
        for part in ast.walk(node):
            if isinstance(part, ast.Global):
                yield from part.names
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, ast.comprehension):  # its own variable stays inside
        yield from _bound(node.iter)
    elif not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)
