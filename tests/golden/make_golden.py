"""Make the golden values with PyTorch. Needed only when a case is added or changed.

In an environment of its own, because neither microtorch nor its tests need PyTorch:

    python -m venv torchenv
    torchenv/bin/pip install torch==2.13.0 numpy
    cd tests
    ../torchenv/bin/python -m golden.make_golden

The same files come out every time.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import torch
from golden.make_ops import make_ops
from golden.make_printing import make_printing
from golden.w1_programs import PROGRAMS

HERE = Path(__file__).parent


def make_w1() -> dict[str, Any]:
    return {name: run_with_pytorch(program) for name, program in PROGRAMS.items()}


def run_with_pytorch(program: str) -> list[str]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program.replace("import microtorch as torch", "import torch"), {})  # noqa: S102 (our own programs)
    return printed.getvalue().splitlines()


def write(name: str, golden: Any) -> None:
    path = HERE / name
    if isinstance(golden, list):  # one case on a line, so that a difference can be read
        text = "[\n" + ",\n".join(json.dumps(case) for case in golden) + "\n]\n"
    else:
        text = json.dumps(golden, indent=2) + "\n"
    path.write_text(text)
    print(f"{name}: {len(golden)} cases, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    print(f"PyTorch {torch.__version__}")
    write("printing.json", make_printing())
    write("ops.json", make_ops())
    write("w1.json", make_w1())
