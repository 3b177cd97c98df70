"""The author's lint: checks that can be guessed, and checks that let a wrong answer pass."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator, Sequence

from microtorch.classroom.authoring import BEGIN, END
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import MAX_ITEMS, Json, is_number, plain_text

SKIP = "# no mutants"  # on a line whose mutants are as right as the line itself
ENOUGH = 0.9  # the part of the drawn inputs that must give results of their own
SWAPS: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Add(),
    ast.Div: ast.Mult(),
    ast.Pow: ast.Mult(),
    ast.MatMult: ast.Add(),
}


def require_numbers(task: str, results: Sequence[Json]) -> None:
    """Raise ClassroomError unless every value is a number or a list of numbers."""

    def numbers(value: Json) -> bool:
        if isinstance(value, list):
            return len(value) <= MAX_ITEMS and all(map(numbers, value))
        return is_number(value)

    for result in results:
        if not numbers(result):
            raise ClassroomError(
                f"{task}: the solution gives {plain_text(json.dumps(result))}, not numbers. A check compares "
                "computed numbers: True, a text or a missing value could be guessed. Lists may be "
                f"{MAX_ITEMS} long."
            )


def require_unguessable(task: str, results: Sequence[Json]) -> None:
    """Raise ClassroomError if few results are different, as with a label, a count or an accuracy."""
    different = {json.dumps(result) for result in results}
    if len(different) < ENOUGH * len(results):
        raise ClassroomError(
            f"{task}: {len(results)} drawn inputs give only {len(different)} different results, so "
            "a result can be guessed. Return the numbers behind it (predictions, not an accuracy), "
            "or draw more varied inputs."
        )


def mutants(source: str) -> Iterator[tuple[int, str]]:
    """Every small slip in the solution of the task cell ``source``: its line, and the whole cell.

    >>> cell = f"def f(x):\\n    {BEGIN}\\n    return 2 * x\\n    {END}"
    >>> [mutant.splitlines()[-1].strip() for _, mutant in mutants(cell)]
    ['return 2 + x', 'return 3 * x']
    """
    lines = source.splitlines()
    inside, solution = False, set[int]()
    for number, line in enumerate(lines, start=1):
        inside = (inside or line.strip() == BEGIN) and line.strip() != END
        if inside and not line.rstrip().endswith(SKIP):
            solution.add(number)
    try:
        tree = ast.parse(source)
    except SyntaxError:  # with IPython's own lines
        return
    for place, node in enumerate(ast.walk(tree)):
        at = node.lineno if isinstance(node, ast.expr | ast.stmt) else 0
        if at not in solution:
            continue
        for slip in _slips(node):
            changed = copy.deepcopy(tree)
            target = next(n for k, n in enumerate(ast.walk(changed)) if k == place)
            for name, value in slip.items():
                setattr(target, name, value)
            yield at, ast.unparse(ast.fix_missing_locations(changed))


def _slips(node: ast.AST) -> Iterator[dict[str, object]]:
    """New values for the fields of ``node``, one slip each."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in SWAPS:
        yield {"op": SWAPS[type(node.op)]}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield {"op": ast.UAdd()}
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield {"value": node.value + 1}  # type: ignore[operator]
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        first, *rest = node.value.elts
        if rest:
            yield {"value": ast.Tuple([rest[0], first, *rest[1:]], ast.Load())}
