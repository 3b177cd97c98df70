"""Single numbers that write down what is computed with them.

An array of these goes through the same NumPy code as an array of floats (``a @ b``, ``x.sum()``),
and every product and every sum becomes an operation of a graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.graph.model import Array

Scalars = np.ndarray[Any, np.dtype[np.object_]]
# (kind of operation, operands, parameters) -> the result
Record = Callable[[str, "tuple[Scalar | float, ...]", tuple[Any, ...]], "Scalar"]


class Scalar:
    """One number: a value of the graph in the making, or a sum that is still growing."""

    def __init__(self, record: Record, index: int = -1, terms: tuple[Scalar, ...] = ()) -> None:
        self.record = record
        self.index = index
        self.terms = terms

    def settled(self) -> Scalar:
        """The number as a value: a sum is recorded once nothing is added any more."""
        if self.terms:
            kind = "Add" if len(self.terms) == 2 else "SumOfTerms"
            made = self.record(kind, self.terms, ())
            self.index, self.terms = made.index, ()
        return self

    def combined(self, kind: str, *others: Any, params: tuple[Any, ...] = ()) -> Scalar:
        operands = [x.settled() if isinstance(x, Scalar) else x for x in (self, *others)]
        return self.record(kind, tuple(operands), params)

    def __add__(self, other: Scalar | float) -> Scalar:
        if not isinstance(other, Scalar):
            return self.combined("Add", other)
        mine, its = self.terms or (self,), other.terms or (other,)
        return Scalar(self.record, terms=(*mine, *its))

    def __sub__(self, other: Scalar) -> Scalar:
        return self.combined("Sub", other)

    def __neg__(self) -> Scalar:
        return self.combined("Neg")

    def __mul__(self, other: Scalar | float) -> Scalar:
        return self.combined("Mul", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Scalar | float) -> Scalar:
        return self.combined("Div", other)

    def __pow__(self, exponent: int) -> Scalar:
        return self.combined("Pow", params=(exponent,))

    def exp(self) -> Scalar:
        return self.combined("Exp")

    def log(self) -> Scalar:
        return self.combined("Log")

    def sqrt(self) -> Scalar:
        return self.combined("Sqrt")


# How tensor operations are made of single numbers. What is not here, and does not work entry by
# entry or only move entries, stays one operation for each entry of its result; and so does what a
# recipe gives None for.


def product(a: Scalars, b: Scalars) -> Any:
    return a @ b


def linear(x: Scalars, w: Scalars, *bias: Scalars) -> Any:
    y = x @ w.swapaxes(-1, -2) if w.ndim > 1 else x @ w
    return y + bias[0] if bias else y


def on_top(c: Scalars, a: Scalars, b: Scalars, beta: Any, alpha: Any) -> Any:
    y = a @ b
    y = y if alpha == 1 else y * alpha
    return (c if beta == 1 else c * beta) + y


def total(x: Scalars, shape: Any, axes: Any, keepdims: bool) -> Any:
    return x.sum(axis=axes, keepdims=keepdims)


def mean(x: Scalars, shape: Any, axes: Any, keepdims: bool) -> Any:
    y = x.sum(axis=axes, keepdims=keepdims)
    return y / (x.size // max(1, np.size(y)))


def mse(a: Scalars, b: Scalars, reduction: str) -> Any:
    squares = (a - b) ** 2
    if reduction == "none":
        return squares
    return squares.sum() if reduction == "sum" else squares.sum() / squares.size


def softmax(x: Scalars, axis: int) -> Any:
    powers = np.exp(x)
    return powers / powers.sum(axis=axis, keepdims=True)


def log_softmax(x: Scalars, axis: int) -> Any:
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def cross_entropy(
    x: Scalars, index: Any, factor: Array, axis: int, reduction: str, memo: Any
) -> Any:
    if (factor != 1).any():
        return None  # weights, or samples to ignore
    losses = -log_softmax(x, axis)[index]
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / losses.size


def variance(x: Scalars, shape: Any, axes: Any, keepdims: bool, correction: float) -> Any:
    middle = x.sum(axis=axes, keepdims=True)
    count = x.size // middle.size
    if count <= correction:
        return None
    return ((x - middle / count) ** 2).sum(axis=axes, keepdims=keepdims) / (count - correction)


def normed(x: Scalars, w: Scalars, b: Scalars, axes: tuple[int, ...], eps: float) -> Any:
    y = x - x.mean(axis=axes, keepdims=True)
    return y / np.sqrt((y**2).mean(axis=axes, keepdims=True) + eps) * w + b


def layer_norm(x: Scalars, w: Scalars, b: Scalars, eps: float, memo: Any) -> Any:
    return normed(x, w, b, tuple(range(-w.ndim, 0)), eps)


def batch_norm(x: Scalars, w: Scalars, b: Scalars, eps: float, memo: Any) -> Any:
    channels = (-1, *(1,) * (x.ndim - 2))
    axes = (0, *range(2, x.ndim))
    return normed(x, w.reshape(channels), b.reshape(channels), axes, eps)


def convolution(x: Scalars, w: Scalars, *more: Any) -> Any:
    """Each window times the weights. What the padding adds is 0, and left out."""
    *bias, slide, _ = more
    reach = [d * (k - 1) + 1 for d, k in zip(slide.dilation, w.shape[2:], strict=True)]
    across = zip(x.shape[2:], slide.padding, reach, slide.stride, strict=True)
    size = [(length + 2 * pad - far) // stride + 1 for length, pad, far, stride in across]
    y = np.empty((len(x), len(w), *size), object)
    for place in np.ndindex(y.shape):
        sample, channel, *window = place
        first = channel // (len(w) // slide.groups) * w.shape[1]
        products = []
        for weight in np.ndindex(w.shape[1:]):
            moves = zip(
                window, slide.stride, slide.padding, weight[1:], slide.dilation, strict=True
            )
            at = [k * stride - pad + j * step for k, stride, pad, j, step in moves]
            if all(0 <= i < length for i, length in zip(at, x.shape[2:], strict=True)):
                products.append(x[(sample, first + weight[0], *at)] * w[(channel, *weight)])
        if not products:
            return None  # all of it lies in the padding
        y[place] = sum([*products[1:], *(b[channel] for b in bias)], products[0])
    return y


RECIPES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(
        (
            *("Dot", "Vdot", "Mv", "VecMat", "Mm", "Bmm", "Matmul", "MatrixStack"),
            *("StackMatrix", "StackVector", "VectorStack"),
        ),
        product,
    ),
    **dict.fromkeys(
        (
            *("Linear", "LinearRows", "LinearPlusBias"),
            *("LinearNoBias", "LinearNoBiasRows", "LinearNoBiasVector"),
        ),
        linear,
    ),
    **dict.fromkeys(("Addmm", "Baddbmm", "Addmv"), on_top),
    **dict.fromkeys(("Sum", "SumDim"), total),
    **dict.fromkeys(("Mean", "MeanDim"), mean),
    "MseLoss": mse,
    "Softmax": softmax,
    "LogSoftmax": log_softmax,
    "CrossEntropyLoss": cross_entropy,
    "Var": variance,
    "NativeLayerNorm": layer_norm,
    "NativeBatchNorm": batch_norm,
    **dict.fromkeys(("Convolution", "ConvolutionWithBias"), convolution),
}


def as_array(x: Any) -> Scalars:
    """What a recipe gave, as an array, also where it is a single number."""
    if isinstance(x, np.ndarray):
        return x
    found = np.empty((), object)
    found[()] = x
    return found


def entry(params: tuple[Any, ...], shape: tuple[int, ...], place: tuple[int, ...]) -> Any:
    """The parameters of an operation at one entry of its result: masks have one for each."""
    return tuple(at(p, shape, place) if isinstance(p, np.ndarray) and p.ndim else p for p in params)


def at(array: Array, shape: tuple[int, ...], place: tuple[int, ...]) -> Any:
    return np.broadcast_to(array, shape)[place]
