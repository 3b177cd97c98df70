"""Whole programs in the style of well-known tutorials print what they print with PyTorch.

Only their import lines are changed. PyTorch's output is made by golden/make_programs.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
PROGRAMS = sorted((GOLDEN / "programs").glob("*.py"))
PRINTED = json.loads((GOLDEN / "data" / "programs.json").read_text())


def with_microtorch(program: str) -> str:
    program = re.sub(r"^import torch$", "import microtorch as torch", program, flags=re.MULTILINE)
    return re.sub(r"^(from|import) torch\b", r"\1 microtorch", program, flags=re.MULTILINE)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program_prints_what_it_prints_with_pytorch(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", with_microtorch(path.read_text())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout.splitlines()) == ("", PRINTED[path.stem])


def test_only_the_imports_are_changed() -> None:
    program = "import torch\nimport torch.nn as nn\nfrom torch import optim\nx = torch.ones(2)"
    assert with_microtorch(program).splitlines() == [
        "import microtorch as torch",
        "import microtorch.nn as nn",
        "from microtorch import optim",
        "x = torch.ones(2)",
    ]


def test_every_output_belongs_to_a_program() -> None:
    assert [path.stem for path in PROGRAMS] == list(PRINTED)
