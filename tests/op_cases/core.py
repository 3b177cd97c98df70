"""Arithmetic, functions, reductions, products, shapes and indexing of the core."""

from __future__ import annotations

import numpy as np

import microtorch as torch
from op_cases import OpCase

MASK = np.array([True, False, True])
CASES: dict[str, OpCase] = {
    "Add": (lambda a, b: a + b, ((2, 3), (3,))),
    "Sub": (lambda a, b: a - b, ((3,), (2, 1))),
    "Rsub": (lambda a: 2.5 - a, ((3,),)),
    "Mul": (lambda a, b: a * b, ((2, 3), ())),
    "Div": (lambda a, b: a / b, ((2, 1), (1, 3))),
    "Rdiv": (lambda a: 2.5 / a, ((3,),)),
    "Neg": (lambda a: -a, ((3,),)),
    "Pow": (lambda a: a**3 + a**-1.5 + a**0, ((3,),)),
    "PowTensor": (lambda a, b: a**b, ((2, 3), (3,))),
    "Rpow": (lambda a: 2.5**a, ((3,),)),
    "Exp": (torch.exp, ((2, 3),)),
    "Log": (torch.log, ((3,),)),
    "Sqrt": (torch.sqrt, ((3,),)),
    "Sin": (torch.sin, ((3,),)),
    "Cos": (torch.cos, ((3,),)),
    "Tanh": (torch.tanh, ((3,),)),
    "Sigmoid": (torch.sigmoid, ((3,),)),
    "Relu": (lambda a: torch.relu(a - 1), ((2, 3),)),
    "Abs": (lambda a: abs(a - 1), ((3,),)),
    "Maximum": (torch.maximum, ((2, 3), (3,))),
    "Minimum": (torch.minimum, ((2, 3), (3,))),
    "Where": (lambda a, b: torch.where(torch.tensor(MASK), a, b), ((2, 3), (3,))),
    "Sum": (lambda a: a.sum(), ((2, 3),)),
    "SumDim": (lambda a: a.sum(1) + a.sum((0, 1), keepdim=True), ((2, 3),)),
    "Mean": (lambda a: a.mean(), ((2, 3),)),
    "MeanDim": (lambda a: a.mean(-1, keepdim=True), ((2, 3),)),
    "Dot": (lambda a, b: a @ b, ((3,), (3,))),
    "Mv": (lambda a, b: a @ b, ((2, 3), (3,))),
    "VecMat": (lambda a, b: a @ b, ((3,), (3, 2))),
    "Mm": (lambda a, b: a @ b, ((2, 3), (3, 2))),
    "Matmul": (lambda a, b: a @ b, ((2, 1, 2, 3), (2, 3, 2))),
    "View": (lambda a: a.reshape(3, -1), ((2, 3),)),
    "Permute": (lambda a: a.permute(2, 0, 1), ((2, 3, 2),)),
    "Transpose": (lambda a: a.transpose(0, -1), ((2, 3, 2),)),
    "T": (lambda a: a.t(), ((2, 3),)),
    "Expand": (lambda a: a.expand(4, -1, 3), ((2, 1),)),
    "Clone": (lambda a: a.clone(), ((3,),)),
    "To": (lambda a: a.float().double(), ((3,),)),
    "Index": (lambda a: a[[0, 1, 0], [2, 2, 2]], ((2, 3),)),
    "Select": (lambda a: a[1], ((2, 3),)),
    "Slice": (lambda a: a[:, ::2], ((2, 3),)),
    "Unsqueeze": (lambda a: a[:, None], ((2, 3),)),
    "Unpick": (lambda a: a[1:] * a[:-1], ((3,),)),
    "Cat": (lambda a, b: torch.cat([a, b, a], 1), ((2, 3), (2, 1))),
    "Stack": (lambda a, b: torch.stack([a, b], -1), ((2, 3), (2, 3))),
}
