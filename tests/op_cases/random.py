"""Random numbers in the place of a value: the numbers are fixed, so the slope is 0."""

from __future__ import annotations

import numpy as np

from microtorch.ops import random as draws
from microtorch.tensor.dispatch import record
from op_cases import OpCase

NUMBERS = np.array([0.5, -1.0, 2.0])
IN_PLACE = [
    draws.BernoulliNumber,
    draws.BernoulliTensor,
    draws.Cauchy,
    draws.Exponential,
    draws.Geometric,
    draws.LogNormal,
    draws.Normal,
    draws.Random,
    draws.Uniform,
]


def in_place(op: type[draws.Drawn]) -> OpCase:
    """The op between two that have a slope, so that there is something to differentiate."""
    return lambda a: record(op, (a * 2,), (NUMBERS.astype(a._data.dtype),)) * a, ((3,),)


CASES: dict[str, OpCase] = {
    **{op.__name__: in_place(op) for op in IN_PLACE},
    "Bernoulli": (
        lambda a: record(draws.Bernoulli, (a,), (NUMBERS.astype(a._data.dtype),)) * a,
        ((3,),),
    ),
    "NormalMean": (
        lambda a: record(draws.NormalMean, (a,), (NUMBERS.astype(a._data.dtype),)) * a,
        ((3,),),
    ),
    "NormalStd": (
        lambda a: record(draws.NormalStd, (a,), (NUMBERS.astype(a._data.dtype),)) * a,
        ((3,),),
    ),
    "NormalMeanStd": (
        lambda a, b: record(draws.NormalMeanStd, (a, b), (NUMBERS.astype(a._data.dtype),)) * a * b,
        ((3,), (3,)),
    ),
}
