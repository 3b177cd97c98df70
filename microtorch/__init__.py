"""microtorch: learn backpropagation with PyTorch's API, pictures and exercises.

``import microtorch as torch`` and the names stand where PyTorch has them. Added to them are
``torch.draw`` (the picture of a computation) and ``torch.walk`` (the same, step by step, live).
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from microtorch import autograd
from microtorch.autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from microtorch.tensor import Tensor
from microtorch.tensor.creation import (
    arange,
    as_tensor,
    from_numpy,
    full,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from microtorch.tensor.dtypes import (
    DType as dtype,
)
from microtorch.tensor.dtypes import (
    Size,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from microtorch.tensor.dtypes import bool_ as bool
from microtorch.tensor.functions import (
    abs,
    add,
    cat,
    cos,
    div,
    dot,
    exp,
    flatten,
    is_tensor,
    log,
    matmul,
    maximum,
    mean,
    minimum,
    mm,
    mul,
    mv,
    neg,
    numel,
    permute,
    pow,
    relu,
    reshape,
    sigmoid,
    sign,
    sin,
    sqrt,
    square,
    stack,
    sub,
    sum,
    t,
    tanh,
    transpose,
    unsqueeze,
)
from microtorch.tensor.numpy_protocol import where

if TYPE_CHECKING:
    from microtorch.graph.draw import draw
    from microtorch.widgets.walk import walk

__version__ = "0.1.0"

float, double, half = float32, float64, float16
int, long, short = int32, int64, int16

# log(0) is -inf and 0/0 is nan, as in PyTorch: answers, not accidents.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"microtorch\.ops\.")

# Pictures and widgets load when they are first used: importing the library costs NumPy alone.
LAZY = {"draw": "microtorch.graph.draw", "walk": "microtorch.widgets.walk"}


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(
        f"microtorch has no {name!r}. If PyTorch has it, it is not part of microtorch (yet)."
    )


__all__ = [
    "Size",
    "Tensor",
    "abs",
    "add",
    "arange",
    "as_tensor",
    "autograd",
    "bool",
    "cat",
    "cos",
    "div",
    "dot",
    "double",
    "draw",
    "dtype",
    "enable_grad",
    "exp",
    "flatten",
    "float",
    "float16",
    "float32",
    "float64",
    "from_numpy",
    "full",
    "half",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_grad_enabled",
    "is_tensor",
    "linspace",
    "log",
    "long",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "mm",
    "mul",
    "mv",
    "neg",
    "no_grad",
    "numel",
    "ones",
    "ones_like",
    "permute",
    "pow",
    "relu",
    "reshape",
    "set_grad_enabled",
    "short",
    "sigmoid",
    "sign",
    "sin",
    "sqrt",
    "square",
    "stack",
    "sub",
    "sum",
    "t",
    "tanh",
    "tensor",
    "transpose",
    "uint8",
    "unsqueeze",
    "walk",
    "where",
    "zeros",
    "zeros_like",
]
