"""Record what PyTorch makes of every case in golden/areas, in the environment of make_golden.py.

cd tests
../torchenv/bin/python -m golden.make_areas [area ...]
../torchenv/bin/python -m golden.make_areas --count
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from golden.areas import area_names, cases_of
from golden.case import Case, Drawn, read_array
from golden.run_case import run

DATA = Path(__file__).parent / "data"
ATTEMPTS = 20


def make(area: str) -> bool:
    """Write data/<area>.json; False if PyTorch itself stumbles over a case."""
    import torch

    torch.set_warn_always(True)
    recorded, failed = [], []
    for case in cases_of(area):
        try:
            recorded.append({"case": repr(case), **record(case, torch)})
        except Exception as error:  # noqa: BLE001 (every case that is wrong is shown)
            failed.append(f"{area}: {case!r}\n    {type(error).__name__}: {error}")
    print("\n".join(failed), end="\n" if failed else "")
    names = [line["case"] for line in recorded]
    for name in sorted({name for name in names if names.count(name) > 1}):
        failed.append(name)
        print(f"{area}: written twice: {name}")
    if not failed:
        text = "[\n" + ",\n".join(json.dumps(line) for line in recorded) + "\n]\n"
        (DATA / f"{area}.json").write_text(text)
        print(f"{area}: {len(recorded)} cases, {len(text) / 1000:.0f} kB")
    return not failed


def record(case: Case, torch: Any) -> dict[str, Any]:
    """Draw inputs until no printed digit hangs on the last bit of a number."""
    specs = case.inputs.values()
    drawn = any(type(spec) in (tuple, Drawn) for spec in specs)
    coarse = any(isinstance(spec, Drawn) and spec.dtype == "float16" for spec in specs)
    for attempt in range(ATTEMPTS if drawn and not coarse else 1):
        outcome = run(case, torch, attempt)
        check(case, outcome)
        steady = prints_steadily(outcome.get("result"), torch)
        if steady:
            break
    else:
        attempt = 0
        outcome = run(case, torch, attempt)
    return {"attempt": attempt, "steady": steady, **outcome}


def check(case: Case, outcome: dict[str, Any]) -> None:
    """Raise ValueError if PyTorch does not do what the case says."""
    if case.error and outcome["error"] is None:
        raise ValueError("PyTorch raises nothing here, but the case says error=True")
    if case.warns and "warnings" not in outcome:
        raise ValueError("PyTorch gives no warning here, but the case says warns=True")
    if "warnings" in outcome and not case.warns:
        raise ValueError(f"PyTorch warns, so write warns=True: {outcome['warnings']}")
    if " at 0x" in json.dumps(outcome):
        raise ValueError("the outcome has an address in it, which is another in every run")


def prints_steadily(result: Any, torch: Any) -> bool:
    """True if the printed form stays the same when the numbers move by their last bits."""
    if isinstance(result, list):
        return all(prints_steadily(entry, torch) for entry in result)
    if not isinstance(result, dict):
        return True
    if "float" in result:
        return float(result["float"]).is_integer()
    if "tensor" not in result:
        return all(prints_steadily(entry, torch) for entry in result.values())
    if not result["tensor"][0].startswith("float"):
        return True
    exact = read_array(result["tensor"]).astype(np.float64)
    bits = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-12}[result["tensor"][0]]
    with np.errstate(invalid="ignore"):
        whole = (exact == np.round(exact)) | ~np.isfinite(exact)
        steps = (abs(exact) + 0.1) * bits
        moved = [np.where(whole, exact, exact + sign * steps) for sign in (0, -1, 1)]
    dtype = result["tensor"][0]
    return len({repr(torch.tensor(x).to(getattr(torch, dtype))) for x in moved}) == 1


def count() -> None:
    """Print how many cases there are, and of which kind."""
    total = 0
    for area in area_names():
        cases = cases_of(area)
        lines = json.loads((DATA / f"{area}.json").read_text())
        errors = sum(case.error for case in cases)
        first = sum("first" in line for line in lines)
        second = sum(any(line.get("second") or []) for line in lines)
        total += len(cases)
        print(
            f"{area}: {len(cases)} cases, {errors} of them errors, "
            f"{first} with gradients, {second} with second gradients"
        )
    print(f"total: {total}")


if __name__ == "__main__":
    if "--count" in sys.argv:
        count()
    else:
        made = [make(area) for area in sys.argv[1:] or area_names()]
        sys.exit(0 if all(made) else 1)
