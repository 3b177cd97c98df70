"""Hidden checks: the check that the learner sees, with inputs that nobody has seen before.

An author writes ``draw(random)``, which returns one tuple of arguments. The inputs of a variant are
drawn from the teacher's secret; which variant a submission gets depends on the secret and on the
submission, so a second attempt meets other inputs. They stand in the graded notebook as plain
numbers: to patch ``random`` gains nothing.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
from collections.abc import Sequence

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import Json, is_number

VARIANTS = 48
DRAWS = 4  # inputs in each variant


def number_from(secret: str, *parts: object) -> int:
    """A number of 64 bits that nobody can foretell without the secret.

    >>> number_from("s", "task", 1) == number_from("s", "task", 1) != number_from("t", "task", 1)
    True
    """
    text = "\0".join(str(part) for part in parts)
    digest = hmac.new(secret.encode(), text.encode("utf-8", "replace"), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")


def drawn(seeds: Sequence[int]) -> str:
    """The expression for ``inputs=``: one tuple from ``draw`` for each seed."""
    return f"[draw(__import__('random').Random(seed)) for seed in {list(seeds)}]"


def literal(inputs: Sequence[Json]) -> str:
    """The expression for ``inputs=``: encoded inputs as tuples of plain numbers and lists.

    >>> literal([[1.0, [2, 3]], [0.5, [4, 5]]])
    '[(1.0, [2, 3]), (0.5, [4, 5])]'
    """
    return "[" + ", ".join(repr(tuple(values)) for values in inputs) + "]"


def with_inputs(source: str, inputs: str) -> str:
    """The source of a check cell with another expression for its ``inputs=``.

    >>> with_inputs("check('f', lambda x: f(x), inputs=[(1.0,)])", "[(2.0,)]")
    "check('f', lambda x: f(x), inputs=[(2.0,)])"

    Raises:
        ClassroomError: unless the cell has exactly one call with ``inputs=``.
    """
    values = [
        keyword.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "inputs"
    ]
    if len(values) != 1:
        raise ClassroomError(f"A check cell must have one `inputs=`, but {len(values)} are there.")
    old = values[0]
    lines = source.encode().splitlines(keepends=True)  # ast counts in bytes
    start = sum(map(len, lines[: old.lineno - 1])) + old.col_offset
    end = sum(map(len, lines[: (old.end_lineno or old.lineno) - 1])) + (old.end_col_offset or 0)
    data = source.encode()
    return (data[:start] + inputs.encode() + data[end:]).decode()


def require_plain(task: str, inputs: Sequence[Json]) -> None:
    """Raise ClassroomError unless every drawn input is a tuple of numbers and lists of numbers."""

    def plain(value: Json) -> bool:
        return all(map(plain, value)) if isinstance(value, list) else is_number(value)

    for values in inputs:
        if not isinstance(values, list) or not values or not plain(values):
            raise ClassroomError(
                f"{task}: draw(random) must return a tuple of numbers and lists of numbers (at most "
                f"100 long), not {values}. Make tensors of them in the check's lambda."
            )
