"""Functions of one number, entry by entry: exp, log, sin, floor, erf, ... as functions and methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.tensor import arithmetic, bits, choices
from microtorch.tensor.arithmetic import *
from microtorch.tensor.arithmetic import as_operands, recorded, single
from microtorch.tensor.bits import *
from microtorch.tensor.checks import alike, floating, need_tensor, not_implemented
from microtorch.tensor.choices import *
from microtorch.tensor.dispatch import record, unary
from microtorch.tensor.methods import method
from microtorch.tensor.tensor import Tensor

__all__ = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "fix",
    "floor",
    "frac",
    "hypot",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "neg",
    "negative",
    "polygamma",
    "positive",
    "rad2deg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sgn",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
    "xlogy",
]
__all__ += arithmetic.__all__
__all__ += bits.__all__
__all__ += choices.__all__

Function = Callable[..., Tensor]


def renamed(name: str, op: type[ops.Op]) -> Function:
    """The function for an op, under PyTorch's name."""
    function = unary(op)
    function.__name__ = function.__qualname__ = name
    return method(function)


def alias(name: str, function: Function) -> Function:
    """A second name for a function and its method."""
    setattr(Tensor, name, getattr(Tensor, function.__name__))
    return function


# Exponentials and logarithms --------------------------------------------------------------------

exp, exp2, expm1 = renamed("exp", ops.Exp), renamed("exp2", ops.Exp2), renamed("expm1", ops.Expm1)
log, log1p = renamed("log", ops.Log), renamed("log1p", ops.Log1p)
log2, log10 = renamed("log2", ops.Log2), renamed("log10", ops.Log10)
sqrt, rsqrt = renamed("sqrt", ops.Sqrt), renamed("rsqrt", ops.Rsqrt)
reciprocal = renamed("reciprocal", ops.Reciprocal)
sigmoid = renamed("sigmoid", ops.Sigmoid)


@method
def square(input: Tensor) -> Tensor:
    """input ** 2."""
    base = input._cast(np.dtype(np.int64)) if input._data.dtype == bool else input
    return record(ops.Pow, (base,), (2,))


@method
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """Inverse of sigmoid: ln(p / (1 - p)), with p = input kept between eps and 1 - eps.

    >>> import microtorch as torch
    >>> torch.logit(torch.tensor([0.5, 1.0]), eps=0.1)
    tensor([0.0000, 2.1972])
    """
    return record(ops.Logit, (floating(input),), (None if eps is None else float(eps),))


def of_two_floats(name: str, op: type[ops.Op]) -> Function:
    """A function on two tensors of floats."""

    def apply(input: Tensor, other: Tensor) -> Tensor:
        need_tensor(name, other)
        a, b = alike(input, other)
        if op.makes_float:
            a, b = floating(a), floating(b)
        elif a._data.dtype.kind != "f":
            raise not_implemented(f"{name}_cpu", a)
        return recorded(op, (a, b), ())

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = op.__doc__
    return method(apply)


logaddexp = of_two_floats("logaddexp", ops.Logaddexp)
logaddexp2 = of_two_floats("logaddexp2", ops.Logaddexp2)


def xlogy(input: Any, other: Any) -> Tensor:
    """input * log(other), and 0 where input is 0; one of the two may be a plain number."""
    a, b = as_operands("xlogy", input, other)
    op: type[ops.Op] = ops.Xlogy if isinstance(other, Tensor) else ops.XlogyNumber
    op = op if isinstance(input, Tensor) else ops.XlogyOfNumber
    a, b = alike(a, b if isinstance(b, Tensor) else single(b, a))
    return recorded(op, (floating(a), floating(b)), ())


Tensor.xlogy = xlogy  # type: ignore[attr-defined]

# Trigonometry -----------------------------------------------------------------------------------

sin, cos, tan = renamed("sin", ops.Sin), renamed("cos", ops.Cos), renamed("tan", ops.Tan)
asin, acos = renamed("asin", ops.Asin), renamed("acos", ops.Acos)
atan, atan2 = renamed("atan", ops.Atan), of_two_floats("atan2", ops.Atan2)
sinh, cosh, tanh = renamed("sinh", ops.Sinh), renamed("cosh", ops.Cosh), renamed("tanh", ops.Tanh)
asinh, acosh = renamed("asinh", ops.Asinh), renamed("acosh", ops.Acosh)
atanh = renamed("atanh", ops.Atanh)
hypot = of_two_floats("hypot", ops.Hypot)
deg2rad, rad2deg = renamed("deg2rad", ops.Deg2rad), renamed("rad2deg", ops.Rad2deg)
arcsin, arccos, arctan = alias("arcsin", asin), alias("arccos", acos), alias("arctan", atan)
arcsinh, arccosh = alias("arcsinh", asinh), alias("arccosh", acosh)
arctanh, arctan2 = alias("arctanh", atanh), of_two_floats("arctan2", ops.Atan2)


@method
def sinc(input: Tensor) -> Tensor:
    """sin(πx) / (πx), and 1 at 0."""
    return record(ops.Sinc, (floating(input),), ())


# Bell curves and factorials ---------------------------------------------------------------------

erf, erfc = renamed("erf", ops.Erf), renamed("erfc", ops.Erfc)
erfinv = renamed("erfinv", ops.Erfinv)
lgamma, digamma = renamed("lgamma", ops.Lgamma), renamed("digamma", ops.Digamma)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma. Raises RuntimeError for a negative n."""
    if not isinstance(n, int):
        raise TypeError(
            f"polygamma(): argument 'n' (position 1) must be int, not {type(n).__name__}\n"
            "Hint: the order comes first: torch.polygamma(1, x)."
        )
    need_tensor("polygamma", input, "input")
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return record(ops.Polygamma, (floating(input),), (n,)) if n else digamma(input)


Tensor.polygamma = lambda self, n: polygamma(n, self)  # type: ignore[attr-defined]

# Sign and rounding ------------------------------------------------------------------------------


def of_numbers(name: str, op: type[ops.Op], kernel: str) -> Function:
    """A function that refuses bools."""
    simple = unary(op)

    def apply(input: Tensor) -> Tensor:
        if input._data.dtype == bool:
            raise not_implemented(kernel, input)
        return simple(input)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = op.__doc__
    return method(apply)


def rounded(name: str, op: type[ops.Op]) -> Function:
    """A function that leaves whole numbers as they are, and refuses bools."""
    simple = unary(op)

    def apply(input: Tensor) -> Tensor:
        if input._data.dtype == bool:
            raise not_implemented(f"{name}_vml_cpu", input)
        return simple(input) if input._data.dtype.kind == "f" else input.clone()

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = op.__doc__
    return method(apply)


abs = of_numbers("abs", ops.Abs, "abs_cpu")
absolute = alias("absolute", abs)
floor, ceil = rounded("floor", ops.Floor), rounded("ceil", ops.Ceil)
trunc = rounded("trunc", ops.Trunc)
fix = alias("fix", trunc)
nearest = rounded("round", ops.Round)


@method
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest whole number, or number with so many decimals; from the middle, the even one.

    >>> import microtorch as torch
    >>> torch.round(torch.tensor([0.5, 1.5, 2.25])), torch.round(torch.tensor([2.26]), decimals=1)
    (tensor([0., 2., 2.]), tensor([2.3000]))
    """
    if decimals == 0:
        return nearest(input)
    if input._data.dtype.kind != "f":
        raise not_implemented("round_cpu", input)
    return record(ops.RoundDecimals, (input,), (int(decimals),))


@method
def frac(input: Tensor) -> Tensor:
    """What is left without the whole part: input - trunc(input)."""
    if input._data.dtype.kind != "f":
        raise not_implemented("frac_cpu", input)
    return record(ops.Frac, (input,), ())


@method
def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1. Its slope is 0 everywhere."""
    return input.clone() if input._data.dtype == bool else record(ops.Sign, (input,), ())


@method
def sgn(input: Tensor) -> Tensor:
    """-1, 0 or 1, as :func:`sign`."""
    return input.clone() if input._data.dtype == bool else record(ops.Sgn, (input,), ())


@method
def neg(input: Tensor) -> Tensor:
    """-input."""
    if input._data.dtype == bool:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return record(ops.Neg, (input,), ())


negative = alias("negative", neg)


@method
def positive(input: Tensor) -> Tensor:
    """+input: the tensor itself."""
    if input._data.dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@method
def relu(input: Tensor) -> Tensor:
    """max(input, 0). Its slope at 0 is taken as 0."""
    if input._node is None and input._data.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return rectified(input)


rectified = unary(ops.Relu)
