"""What a formula is given, as JavaScript: numbers, arrays, and the settings of an operation."""

from __future__ import annotations

import inspect
import json
import math
from typing import Any

import numpy as np

from microtorch.graph.formula.arrays import letter
from microtorch.graph.formula.blocks import block
from microtorch.graph.formula.reader import rule_of
from microtorch.graph.formula.simplify import simplify
from microtorch.ops import Op


def value(x: Any) -> str:
    """A value of Python as JavaScript.

    An array is ``{shape, data}``, a named tuple an object, an operation its forward function.

    >>> value(np.eye(2)), value((1, None, slice(3)))
    ('{shape: [2, 2], data: [1.0, 0.0, 0.0, 1.0]}', '[1, null, slice(null, 3, null)]')
    >>> value(-math.inf), value(True), value(...)
    ('-Infinity', 'true', 'ELLIPSIS')
    """
    match x:
        case np.ndarray() if x.ndim:
            entries = ", ".join(map(value, x.ravel().tolist()))
            mask = ", mask: true" if x.dtype == bool else ""
            return f"{{shape: {list(x.shape)}, data: [{entries}]{mask}}}"
        case np.ndarray() | np.generic():
            return value(x.item())
        case tuple() if hasattr(x, "_asdict"):
            fields = ", ".join(f"{key}: {value(each)}" for key, each in x._asdict().items())
            return f"{{{fields}}}"
        case tuple() | list():
            return f"[{', '.join(map(value, x))}]"
        case slice():
            return f"slice({value(x.start)}, {value(x.stop)}, {value(x.step)})"
        case type() if issubclass(x, Op):
            parameters = ", ".join(map(letter, inspect.signature(x.forward).parameters))
            rule = rule_of(x, "forward").map(simplify)
            return f"({parameters}) => {block(rule, alone=True)}"
        case float() if not math.isfinite(x):
            return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
        case int() | float() | str() | None:
            return json.dumps(x)
    return "ELLIPSIS" if x is ... else "null"  # what only Python has: a dtype, a memo
