"""Record what the programs of golden/programs print with PyTorch (see make_golden.py).

cd tests
../torchenv/bin/python -m golden.make_programs [program ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE / "data" / "programs.json"


def main(chosen: list[str]) -> None:
    """Run all programs, or the chosen ones; the others keep what is recorded."""
    recorded = json.loads(DATA.read_text()) if chosen else {}
    for path in sorted((HERE / "programs").glob("*.py")):
        if not chosen or path.stem in chosen:
            recorded[path.stem] = printed_by(path)
            print(f"{path.stem}: {len(recorded[path.stem])} lines")
    DATA.write_text(json.dumps(dict(sorted(recorded.items())), indent=1) + "\n")


def printed_by(path: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{path.name}\n{done.stderr}")
    return done.stdout.splitlines()


if __name__ == "__main__":
    main(sys.argv[1:])
