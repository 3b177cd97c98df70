"""A function of single numbers at many points in one call, where it works on arrays alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microtorch.tensor import Tensor
from microtorch.widgets.functions import Function
from microtorch.widgets.recipes import recipe

PROBES = 12  # places that are compared with a call of their own
Numbers = NDArray[np.float64]


def at_once(
    function: Function, arguments: Mapping[str, Any], like: object = None
) -> Numbers | None:
    """The results from one call with arrays, all of one shape, for some of the sliders.

    None if that is not the same as many calls, or, where a recipe is given, as ``like`` it.
    """
    found = function.attempt(arguments, results)
    if found is None or (like is not None and found[1] != like):
        return None
    heights = found[0]
    arrays = {name: x for name, x in arguments.items() if isinstance(x, np.ndarray)}
    if any(array.shape != heights.shape for array in arrays.values()):
        return None
    for k in range(0, heights.size, heights.size // PROBES):
        place = {name: float(array.flat[k]) for name, array in arrays.items()}
        alone = function.loss({**arguments, **place})
        if not np.isclose(heights.flat[k], alone, rtol=1e-3, atol=1e-6, equal_nan=True):
            return None
    return heights


def results(found: object, leaves: Mapping[str, Any]) -> tuple[Numbers, object] | None:
    """What a call with arrays gave, and its recipe."""
    if not isinstance(found, Tensor):
        return None
    return np.asarray(found.detach().numpy(), dtype=np.float64), recipe(found, leaves)
