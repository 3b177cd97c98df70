"""The cases compared with PyTorch, one file for each part of the library."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from golden.case import Case


def area_names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def cases_of(area: str) -> list[Case]:
    cases: list[Case] = import_module(f"golden.areas.{area}").CASES
    return cases
