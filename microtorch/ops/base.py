"""What an operation is: pure functions on arrays, and the list of all of them.

An op says in code what a lesson says in three pictures: its forward rule, its local gradient,
and how a gradient travels back through it (the vector-Jacobian product, vjp).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, ClassVar

import numpy as np

ARRAYS = (np.ndarray, np.generic)
CO_VARARGS = 4  # of inspect, which is slow to import
registry: dict[str, type[Op]] = {}


class Op:
    """An operation: ``forward(*operands, *params) -> y`` and ``vjp(g, y, *operands, *params)``.

    ``g`` is the upstream gradient, d loss / d y, with the shape of ``y``. ``vjp`` returns one
    gradient per operand; where broadcasting stretched an operand, the engine sums it back. If the
    op is ``lazy``, each is a promise (a function without arguments), and the engine calls those
    that somebody needs.
    ``forward`` works on arrays; ``vjp`` works on arrays and on Tensors alike, which is how a
    gradient of a gradient is made. Neither writes into what it is given.
    """

    name: ClassVar[str]  # what PyTorch calls it: "MulBackward0"
    symbol: ClassVar[str]  # what a picture shows: "×"
    operands: ClassVar[int]  # how many leading arguments of forward are tensors
    saves: ClassVar[str]  # what vjp reads, besides g: "y", "x", "ab", or "" for nothing
    reads: ClassVar[tuple[str, ...]] = ()  # of these, what the gradient of each operand reads
    saves_output: ClassVar[bool]
    saves_inputs: ClassVar[bool]
    shrinks: ClassVar[bool] = True  # the result may be smaller than an operand
    operand_names: ClassVar[list[str]]
    makes_float: ClassVar[bool] = False  # integers become float32 before forward
    refuses_bools: ClassVar[bool] = False  # a difference of True and False means nothing
    views: ClassVar[bool] = False  # the result shares memory with the first operand
    opaque: ClassVar[bool] = False  # a picture shows the op, but must not run its rules
    masks: ClassVar[bool] = False  # it has local gradients, and they are True or False
    lazy: ClassVar[bool] = False  # vjp returns promises: called only where a gradient is needed

    forward: ClassVar[Callable[..., Any]]
    vjp: ClassVar[Callable[..., tuple[Any, ...]]]

    def __init_subclass__(cls, abstract: bool = False) -> None:
        for part in ("forward", "local", "vjp", "of_number"):
            function = cls.__dict__.get(part)
            if isinstance(function, FunctionType):
                setattr(cls, part, staticmethod(function))
        if abstract:
            return
        own = cls.__dict__
        names = parameters(cls.forward)
        if "operands" not in own and not hasattr(cls, "operands"):
            cls.operands = len(names)
        if "saves" not in own and not hasattr(cls, "saves"):
            cls.saves = "".join(names[: cls.operands])
        cls.saves_output = "y" in cls.saves
        cls.saves_inputs = cls.saves not in ("", "y")
        cls.operand_names = names[: cls.operands]
        if "name" not in own:
            cls.name = f"{cls.__name__}Backward0"
        if "symbol" not in own and not hasattr(cls, "symbol"):
            cls.symbol = with_underscores(cls.__name__)
        registry[cls.__name__] = cls


def with_underscores(name: str) -> str:
    """The name of a class as PyTorch calls its function: LogSoftmax is log_softmax."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def parameters(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters. (inspect.signature takes 20 times as long.)"""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code: CodeType = function.__code__
    return list(code.co_varnames[: code.co_argcount + bool(code.co_flags & CO_VARARGS)])


class Elementwise(Op, abstract=True):
    """An op that works entry by entry, so that its vjp is: upstream x local gradient.

    ``local(y, *operands, *params)`` returns d y / d operand, one for each operand.
    """

    shrinks = False
    local: ClassVar[Callable[..., tuple[Any, ...]]]
    # forward on a single number, where NumPy's function for arrays takes several times as long
    of_number: ClassVar[Callable[[Any], Any] | None] = None

    def __init_subclass__(cls, abstract: bool = False) -> None:
        super().__init_subclass__(abstract)
        local = cls.local

        def vjp(g: Any, y: Any, *arguments: Any) -> tuple[Any, ...]:
            product = masked if cls.masks else times
            return tuple([product(g, d) for d in local(y, *arguments)])

        cls.vjp = staticmethod(vjp)


def times(g: Any, local: Any) -> Any:
    """Upstream x local."""
    return g if type(local) is int and local == 1 else g * local


# Integers of the same length as a float: its bits.
BITS = {"e": np.int16, "f": np.int32, "d": np.int64}


def masked(g: Any, mask: Any, out: Any = None) -> Any:
    """g where the mask holds, else 0; written to ``out`` if that is given.

    The bits of g are multiplied, not the numbers: 0 x infinity would not be 0.
    """
    if not is_array(g):
        return np.where(mask, g, 0)
    if not g.ndim:
        return g if mask else g.dtype.type(0)
    bits = BITS[g.dtype.char]
    if out is not None:
        out = out.view(bits)
    return np.multiply(g.view(bits), mask, out=out).view(g.dtype)


def is_array(x: Any) -> bool:
    """Whether x is a NumPy array or scalar (a Tensor otherwise)."""
    return isinstance(x, ARRAYS)


def call(op: type[Op], x: Any, *params: Any) -> Any:
    """An op inside a vjp: runs on arrays, or is recorded if x is a Tensor."""
    return op.forward(x, *params) if is_array(x) else x.apply(op, *params)


def power(x: Any, k: Any) -> Any:
    """x**k; small whole powers are products (NumPy's float32 cube is 300 times slower)."""
    if type(k) is int and is_array(x):
        if k == 1:
            return x
        if k == 2:
            return x * x
        if k == 3:
            return x * x * x
    return x**k


def divide(a: Any, b: Any) -> Any:
    """a / b. Python's own zero below raises; here it gives infinity, like every other zero."""
    return a / (np.float32(b) if isinstance(b, int | float) and b == 0 else b)


def mT(x: Any) -> Any:
    """Matrix transpose: the last two axes swapped."""
    return x.swapaxes(-1, -2)


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x); where e^-x overflows to infinity the result is 0, as it should be."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))
