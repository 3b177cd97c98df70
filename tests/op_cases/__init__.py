"""How each op is called, for the checks of tests/test_ops.py: one file for each part.

``CASES`` of a file maps the name of an op to a function and the shapes of its operands, which are
float64 leaves with numbers from 0.5 to 2; the function keeps them away from kinks and ties.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

OpCase = tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]


def all_cases() -> dict[str, OpCase]:
    """The rows of all files. Raises ValueError if two files have a row for the same op."""
    rows: dict[str, OpCase] = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        cases = import_module(f"op_cases.{path.stem}").CASES
        if twice := rows.keys() & cases.keys():
            raise ValueError(f"{path.name} repeats the rows of {sorted(twice)}")
        rows.update(cases)
    return rows
