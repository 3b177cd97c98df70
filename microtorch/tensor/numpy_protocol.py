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
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.dtypes import default_float, result_type

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor

# NumPy's ufuncs whose method on Tensors has another name ...
METHODS = {
    "add": "__add__",
    "subtract": "__sub__",
    "multiply": "__mul__",
    "divide": "__truediv__",
    "remainder": "__mod__",
    "power": "__pow__",
    "matmul": "__matmul__",
    "negative": "__neg__",
    "positive": "positive",
    "absolute": "__abs__",
    "fabs": "__abs__",
    "rint": "round",
    "conjugate": "positive",
    "degrees": "rad2deg",
    "radians": "deg2rad",
    "invert": "__invert__",
    "left_shift": "__lshift__",
    "right_shift": "__rshift__",
    "equal": "__eq__",
    "not_equal": "__ne__",
    "less": "__lt__",
    "less_equal": "__le__",
    "greater": "__gt__",
    "greater_equal": "__ge__",
}
# ... and those that have the same name.
SAME = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "reciprocal"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "hypot", "deg2rad", "rad2deg"),
    *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "logaddexp", "logaddexp2"),
    *("maximum", "minimum", "fmax", "fmin", "fmod", "float_power", "copysign", "heaviside"),
    *("sign", "signbit", "floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "gcd", "lcm"),
    *("logical_and", "logical_or", "logical_xor", "logical_not"),
    *("bitwise_and", "bitwise_or", "bitwise_xor"),
}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy calls this for a ufunc with a Tensor among its inputs."""
    name = ufunc.__name__
    if method != "__call__":
        raise no_rule(f"np.{name}.{method}")
    for option in ("out", "where"):
        if option in kwargs:
            raise TypeError(
                f"np.{name}({option}=...) is not supported with microtorch tensors.\n"
                f"Hint: leave {option} out and assign the result, or leave the graph first: "
                "t.detach().numpy()."
            )
    first = next(x for x in inputs if isinstance(x, dispatch.Tensor))
    tensors = [beside(x, first) for x in inputs]
    if name == "floor_divide":  # with slope 0, which // does not have
        return tensors[0].div(tensors[1], rounding_mode="floor")
    if kwargs or (name not in METHODS and name not in SAME):
        raise no_rule(f"np.{name}")
    return getattr(tensors[0], METHODS.get(name, name))(*tensors[1:])


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy calls this for its other functions."""
    rule = FUNCTIONS.get(function)
    if rule is None:
        raise no_rule(f"np.{function.__name__}")
    return rule(*args, **kwargs)


def operand(x: Any) -> Tensor:
    """What stands in a NumPy call, as a Tensor; a plain float in the default float type."""
    if isinstance(x, dispatch.Tensor):
        return x
    data = np.asarray(x)
    return wrap((data.astype(default_float()) if isinstance(x, float) else data)[()])


def where(condition: Any, *choices: Any) -> Any:
    """a where the condition holds, else b; without them, the places where it holds."""
    mask = condition._data if isinstance(condition, dispatch.Tensor) else np.asarray(condition)
    if not choices:
        return tuple([wrap(places) for places in np.nonzero(mask)])
    a, b = choices
    a, b = beside(a, b), beside(b, a)
    if a._data.dtype != b._data.dtype:
        common = result_type(a._data, b._data)
        a, b = a._cast(common), b._cast(common)
    try:
        return record(ops.Where, (a, b), (mask.astype(bool),))
    except ValueError as error:
        raise dispatch.cannot_broadcast(error, a._data, b._data) from None


def beside(x: Any, other: Any) -> Tensor:
    """A plain number in the dtype of the tensor beside it, if that holds it; else as a Tensor."""
    if isinstance(x, int | float) and isinstance(other, dispatch.Tensor):
        dtype = other._data.dtype
        if dtype.kind == "f" or (dtype.kind in "iu" and not isinstance(x, float)):
            return wrap(dtype.type(x))
    return operand(x)


def reducing(name: str, **fixed: Any) -> Callable[..., Any]:
    """NumPy's reduction as the method of a Tensor."""

    def rule(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        method = getattr(x, name)
        if name == "prod" and isinstance(axis, tuple):
            raise no_rule("np.prod(axis=(...))")
        if axis is None and not keepdims:
            return method(**fixed)
        return method(dim=axis, keepdim=keepdims, **fixed)

    return rule


def spread(name: str) -> Callable[..., Any]:
    """NumPy's var and std, which divide by n - ddof."""

    def rule(x: Any, axis: Any = None, *, ddof: Any = 0, keepdims: bool = False) -> Any:
        return getattr(x, name)(dim=axis, keepdim=keepdims, correction=ddof)

    return rule


def running(name: str) -> Callable[..., Any]:
    """NumPy's cumsum and cumprod: of the flat array, if no axis is named."""

    def rule(x: Any, axis: int | None = None) -> Any:
        return getattr(x.reshape(-1), name)(0) if axis is None else getattr(x, name)(axis)

    return rule


def joined(name: str) -> Callable[..., Any]:
    """NumPy's concatenate and stack."""

    def rule(parts: Any, axis: int = 0) -> Any:
        from microtorch.tensor import joining

        return getattr(joining, name)([operand(part) for part in parts], axis)

    return rule


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: where,
    np.shape: lambda x: tuple(x.shape),
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.numel(),
    np.reshape: lambda x, shape: x.reshape(shape),
    np.ravel: lambda x: x.reshape(-1),
    np.squeeze: lambda x, axis=None: x.squeeze() if axis is None else x.squeeze(axis),
    np.expand_dims: lambda x, axis: x.unsqueeze(axis),
    np.broadcast_to: lambda x, shape: x.expand(shape),
    np.transpose: lambda x, axes=None: x.permute(*(axes or reversed(range(x.ndim)))),
    np.swapaxes: lambda x, first, second: x.transpose(first, second),
    np.concatenate: joined("cat"),
    np.stack: joined("stack"),
    np.dot: lambda a, b: operand(a) @ operand(b),
    np.sum: reducing("sum"),
    np.nansum: reducing("nansum"),
    np.mean: reducing("mean"),
    np.nanmean: reducing("nanmean"),
    np.prod: reducing("prod"),
    np.var: spread("var"),
    np.std: spread("std"),
    np.max: reducing("amax"),
    np.min: reducing("amin"),
    np.all: reducing("all"),
    np.any: reducing("any"),
    np.argmax: reducing("argmax"),
    np.argmin: reducing("argmin"),
    np.count_nonzero: lambda x, axis=None: x.count_nonzero(axis),
    np.cumsum: running("cumsum"),
    np.cumprod: running("cumprod"),
    np.clip: lambda x, a_min=None, a_max=None, *, min=None, max=None: x.clamp(
        a_min if min is None else min, a_max if max is None else max
    ),
    np.round: lambda x, decimals=0: x.round(decimals=decimals),
    np.nan_to_num: lambda x, nan=0.0, posinf=None, neginf=None: x.nan_to_num(nan, posinf, neginf),
    np.sinc: lambda x: x.sinc(),
    np.isclose: lambda a, b, *options, **named: wrap(
        np.isclose(numbers(a), numbers(b), *options, **named)
    ),
    np.allclose: lambda a, b, *options, **named: np.allclose(
        numbers(a), numbers(b), *options, **named
    ),
    np.array_equal: lambda a, b, **named: np.array_equal(numbers(a), numbers(b), **named),
}


def numbers(x: Any) -> Any:
    """The array in a tensor, for questions whose answers have no gradient."""
    return x._data if isinstance(x, dispatch.Tensor) else x


def no_rule(name: str) -> TypeError:
    """What is said of a NumPy function that has no gradient here."""
    return TypeError(
        f"microtorch has no gradient rule for {name}. Use a tensor method instead, or leave the "
        "graph first: t.detach().numpy()."
    )
