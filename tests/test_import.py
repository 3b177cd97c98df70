"""`import microtorch` is light: NumPy and the standard library, nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

ALLOWED = {"microtorch", "numpy"}
LOADED_BY_IMPORT = """
import json, sys
import numpy
before = set(sys.modules)
import microtorch
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(program: str) -> set[str]:
    """Top-level names of the modules that ``program`` prints, without the standard library."""
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    names: list[str] = json.loads(run.stdout)
    assert names
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def test_import_loads_only_numpy_and_the_standard_library() -> None:
    assert loaded_by(LOADED_BY_IMPORT) <= ALLOWED


def test_import_loads_no_picture_no_widget_and_no_classroom() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED_BY_IMPORT], capture_output=True, text=True, check=True
    )
    floors = {name.split(".")[1] for name in json.loads(run.stdout) if "microtorch." in name}
    assert floors <= {"ops", "autograd", "tensor"}


def test_this_test_would_notice_a_third_package() -> None:
    assert "click" in loaded_by(LOADED_BY_IMPORT.replace("import microtorch", "import click"))
