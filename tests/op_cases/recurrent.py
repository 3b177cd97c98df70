"""All time steps of a recurrent layer in one op, and sequences without their padding."""

from __future__ import annotations

import numpy as np

from microtorch.ops import Op, recurrent
from microtorch.ops.indexing import Places
from microtorch.tensor.dispatch import record
from op_cases import OpCase


def layer(op: type[Op], gates: int, states: int = 1) -> OpCase:
    """Three steps of two sequences with two hidden numbers; the gates stay away from 0 and 1."""

    def run(x, *operands):
        return record(op, (x - 1.2, *operands[:-2], operands[-2] / 2, operands[-1]), ())

    width = 2 * gates
    return run, ((3, 2, width), *[(2, 2)] * states, (width, 2), (width,))


CASES: dict[str, OpCase] = {
    "RnnTanh": layer(recurrent.RnnTanh, 1),
    "RnnRelu": layer(recurrent.RnnRelu, 1),
    "Gru": layer(recurrent.Gru, 3),
    "Lstm": layer(recurrent.Lstm, 4, states=2),
    "MkldnnRnnLayer": (
        lambda y: record(recurrent.MkldnnRnnLayer, (y * 2,), ((2, 3), (0,))) * y[0],
        ((2, 3),),
    ),
    "PackPaddedSequence": (
        lambda x: record(
            recurrent.PackPaddedSequence,
            (x,),
            ((3, 2), Places(None, (np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0])))),
        ),
        ((3, 2),),
    ),
}
