"""The names of ours that formulas call: helpers of the operations, and operations themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

# Names that several files have, and the file whose function goes by it alone
PLAIN = {"rows": "products", "spread": "reductions", "solve": "linalg", "inverse": "matrices"}

KEPT = {  # helpers that say more by their name than by what they do
    *("rows", "column", "total", "row_max", "columns", "convolve_weights", "pick", "thin"),
    *("normalised", "row_gradient", "square_qr", "split", "before"),
    *("below_maximum", "per_sample", "together", "between", "layer"),
}

named: dict[str, Callable[..., Any]] = {}
"""What formulas call by a name of ours, filled as they are read: {"Unpick": Unpick.forward}."""


def known_as(name: str, function: Callable[..., Any]) -> str:
    """The name that a function of ours goes by in formulas: with its module if others have it, too."""
    module = function.__module__.rpartition(".")[2]
    if len(homes().get(name, ())) > 1 and PLAIN.get(name) != module:
        name = f"{module}_{name}"
    named[name] = function
    return name


@cache
def homes() -> dict[str, set[str]]:
    """For every function of the operations' files, the files that have one of this name."""
    found: dict[str, set[str]] = {}
    for path, module in list(sys.modules.items()):
        if path.startswith("microtorch.ops."):
            for name, each in vars(module).items():
                if isinstance(each, FunctionType) and each.__module__ == path:
                    found.setdefault(name, set()).add(path.rpartition(".")[2])
    return found
