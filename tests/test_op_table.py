"""The page of all operations is what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import op_table
import pytest

OPS = op_table.all_ops()
IDS = [op.__name__ for op in OPS]
ROWS = re.findall(r"^\| `(\w+)` \|.*\|$", op_table.PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_is_what_the_code_says() -> None:
    """If it is not: python tests/op_table.py."""
    script = Path(op_table.__file__)
    command = [sys.executable, str(script), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "README.md"
    stale.write_text("of yesterday", encoding="utf-8")
    monkeypatch.setattr(op_table, "PAGE", stale)
    monkeypatch.setattr(op_table, "page", lambda: "of today")
    monkeypatch.setattr(sys, "argv", ["op_table.py", "--check"])
    with pytest.raises(SystemExit, match=r"stale.*op_table\.py"):
        op_table.main()


def test_every_operation_has_one_row() -> None:
    assert ROWS == IDS


@pytest.mark.parametrize("op", OPS, ids=IDS)
def test_every_operation_says_in_a_sentence_what_it_is(op: type) -> None:
    assert "__doc__" in op.__dict__, "an inherited docstring describes another operation"
    assert re.fullmatch(r"\S.*[.!?]", op_table.first_line(op))


@pytest.mark.parametrize("op", OPS, ids=IDS)
def test_a_row_has_six_cells_and_formulas_without_gaps(op: type) -> None:
    cells = re.split(r"(?<!\\)\|", op_table.row(op))[1:-1]
    assert len(cells) == 6
    assert all(cell.strip() and cell.count("`") % 2 == 0 for cell in cells)


def test_formulas_come_from_the_code() -> None:
    rows = op_table.PAGE.read_text(encoding="utf-8")
    assert "| `tanh(x)` | `∂y/∂x = 1 − y²` | y | `TanhBackward0` |" in rows
    assert "| `a·b` | `∂y/∂a = b`<br>`∂y/∂b = a` | a, b | `MulBackward0` |" in rows
    assert "| `\\|x\\|` |" in rows
