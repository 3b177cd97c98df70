"""NumPy's functions on Tensors: ``np.exp(t)`` is ``t.exp()``, recorded like any operation.

This is also what lets an op's rules be written once: ``np.cos(x)`` in a local gradient computes
on an array, and records on a Tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch import ops
from microtorch.tensor import dispatch
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import result_type

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor

METHODS = {
    "add": "__add__",
    "subtract": "__sub__",
    "multiply": "__mul__",
    "divide": "__truediv__",
    "power": "__pow__",
    "matmul": "__matmul__",
    "negative": "__neg__",
    "absolute": "__abs__",
    **{name: name for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "maximum", "minimum")},
    "equal": "__eq__",
    "not_equal": "__ne__",
    "less": "__lt__",
    "less_equal": "__le__",
    "greater": "__gt__",
    "greater_equal": "__ge__",
}
FLAT = {"sign", "logical_not", "logical_and", "logical_or", "isnan", "isinf", "isfinite"}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy calls this for a ufunc with a Tensor among its inputs."""
    if method == "__call__" and not kwargs:
        tensors = [operand(x) for x in inputs]
        if ufunc.__name__ in METHODS:
            return getattr(tensors[0], METHODS[ufunc.__name__])(*tensors[1:])
        if ufunc.__name__ in FLAT:  # slope 0 everywhere
            return dispatch.Tensor(ufunc(*[t._data for t in tensors]))
    raise no_rule(f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"))


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy calls this for its other functions."""
    rule = FUNCTIONS.get(function)
    if rule is None:
        raise no_rule(f"np.{function.__name__}")
    return rule(*args, **kwargs)


def operand(x: Any) -> Tensor:
    """What stands in a NumPy call, as a Tensor; a plain float as float32."""
    if isinstance(x, dispatch.Tensor):
        return x
    data = np.asarray(x)
    return dispatch.Tensor(data.astype(np.float32) if isinstance(x, float) else data[()])


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition holds, else b."""
    mask = condition._data if isinstance(condition, dispatch.Tensor) else condition
    a, b = operand(a), operand(b)
    if a._data.dtype != b._data.dtype:
        common = result_type(a._data, b._data)
        a, b = a._cast(common), b._cast(common)
    try:
        return record(ops.Where, (a, b), (mask,))
    except ValueError as error:
        raise dispatch.cannot_broadcast(error, a._data, b._data) from None


FUNCTIONS: dict[Any, Callable[..., Tensor]] = {
    np.where: where,
    np.broadcast_to: lambda x, shape: x.expand(shape),
    np.transpose: lambda x, axes=None: x.permute(*(axes or reversed(range(x.ndim)))),
    np.swapaxes: lambda x, first, second: x.transpose(first, second),
    np.sum: lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    np.mean: lambda x, axis=None, keepdims=False: x.mean(axis, keepdims),
}


def no_rule(name: str) -> TypeError:
    return TypeError(
        f"microtorch has no gradient rule for {name}. Use a tensor method instead, or leave the "
        "graph first: t.detach().numpy()."
    )
