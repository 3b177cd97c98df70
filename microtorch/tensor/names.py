"""The in-place forms of the methods: ``x.exp_()`` for ``x.exp()``, and so on."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from microtorch import ops
from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Node, renamed
from microtorch.tensor.dispatch import cannot_broadcast, record, wrap
from microtorch.tensor.inplace import in_place
from microtorch.tensor.tensor import Tensor

# Same shape, same dtype: what the method returns can be written into the tensor.
NAMES = """
    add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow float_power
    neg negative abs absolute sign sgn copysign reciprocal square sqrt rsqrt exp exp2 expm1 log log2
    log10 log1p sin cos tan asin arcsin acos arccos atan arctan atan2 sinh cosh tanh asinh acosh atanh
    sinc hypot deg2rad rad2deg sigmoid logit xlogy erf erfc erfinv lgamma digamma floor ceil trunc fix
    round frac nan_to_num clamp clip clamp_min clamp_max lerp addcmul addcdiv relu heaviside
    eq ne lt le gt ge not_equal less less_equal greater greater_equal logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor
    bitwise_not bitwise_left_shift bitwise_right_shift gcd lcm cumsum cumprod masked_fill masked_scatter index_fill index_copy index_add
    index_put scatter scatter_add scatter_reduce put tril triu addmm addmv addbmm baddbmm addr
    celu elu selu leaky_relu threshold hardtanh rrelu
"""
for name in NAMES.split():
    if hasattr(Tensor, name):
        setattr(Tensor, f"{name}_", in_place(getattr(Tensor, name)))


# x //= 2, x &= mask: + - * / ** have theirs in InPlace.
OPERATORS = {
    "ifloordiv": "floor_divide",
    "imod": "remainder",
    "iand": "bitwise_and",
    "ior": "bitwise_or",
    "ixor": "bitwise_xor",
    "ilshift": "bitwise_left_shift",
    "irshift": "bitwise_right_shift",
}
for operator, name in OPERATORS.items():
    setattr(Tensor, f"__{operator}__", getattr(Tensor, f"{name}_"))


def fill_(self: Tensor, value: Any) -> Tensor:
    """Every entry becomes value, a number or a tensor with a single one."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value.ndim} dimensions.\nHint: x.copy_(...) takes over all entries of a tensor."
            )
        return copy_(self, value)
    return self._become(record(ops.Fill, (self,), (self._data.dtype.type(value),)))


def zero_(self: Tensor) -> Tensor:
    """Every entry becomes 0: so a gradient is cleared before the next backward()."""
    return self._become(record(ops.Zero, (self,), (0,)))


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Take over the values of another tensor, in this one's dtype; its shape may be stretched."""
    if not isinstance(src, Tensor):
        src = wrap(np.asarray(src)[()])
    try:
        fits = np.broadcast_shapes(src._data.shape, self._data.shape) == self._data.shape
    except ValueError as error:
        raise cannot_broadcast(error, self._data, src._data) from None
    if not fits:
        raise RuntimeError(
            f"output with shape {list(self._data.shape)} doesn't match the broadcast shape "
            f"{list(np.broadcast_shapes(src._data.shape, self._data.shape))}"
        )
    if not is_grad_enabled() or (self._node is None and src._node is None):
        return self._store(src._data.astype(self._data.dtype))
    return self._become(record(ops.Copy, (self, src._cast(self._data.dtype)), ()))


# PyTorch counts the in-place form as an operation of its own.
PYTORCHS_NAMES = {
    "squeeze": "SqueezeBackward3",
    "t": "TBackward1",
    "transpose": "TransposeBackward1",
    "unsqueeze": "UnsqueezeBackward1",
}


def reshaped(name: str) -> Any:
    """In-place forms that change the shape: the tensor becomes a view of its own memory."""
    function = getattr(Tensor, name)

    def apply(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        self._check_no_leaf()
        view = function(self, *args, **kwargs)
        self._data, self._node = view._data, view._node
        if isinstance(self._node, Node) and name in PYTORCHS_NAMES:
            op, symbol = self._node.op, self._node.symbol
            self._node.kind = renamed(cast(Any, op), PYTORCHS_NAMES[name], symbol)
        return self

    apply.__name__ = apply.__qualname__ = f"{name}_"
    apply.__doc__ = f"In-place form of :meth:`{name}`: the tensor itself has another shape."
    return apply


for name in ("squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims"):
    if hasattr(Tensor, name):
        setattr(Tensor, f"{name}_", reshaped(name))


def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """The diagonal becomes a number; with ``wrap`` it begins anew below a square."""
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1\nHint: a matrix has a diagonal.")
    rows, columns = self.shape[0], self.shape[1]
    for start in range(0, rows if wrap else 1, columns + 1):
        place: Any = self[start:] if start else self
        while place.ndim > 2:
            place = place.diagonal(0, 0, 1).movedim(-1, 0)
        place.diagonal().fill_(fill_value)
    return self


def apply_(self: Tensor, callable: Any) -> Tensor:
    """Every entry x becomes callable(x). Slow, and without a gradient."""
    if self.requires_grad:
        raise RuntimeError(
            "Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead."
        )
    return self.copy_(np.reshape([callable(x) for x in self.flatten().tolist()], self.shape))


def map_(self: Tensor, tensor: Tensor, callable: Any) -> Tensor:
    """Every entry x becomes callable(x, y), with y from the other tensor. Without a gradient."""
    pairs = zip(self.flatten().tolist(), tensor.expand_as(self).flatten().tolist(), strict=True)
    return self.copy_(np.reshape([callable(x, y) for x, y in pairs], self.shape))


for function in (fill_, zero_, copy_, fill_diagonal_, apply_, map_):
    setattr(Tensor, function.__name__, function)

# PyTorch has some of them as functions, too: torch.sqrt_(x).
FUNCTIONS = """
    abs_ acos_ acosh_ addmv_ arccos_ arcsin_ arctan_ asin_ asinh_ atan_ atanh_ ceil_ clamp_
    clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_
    fix_ floor_ frac_ gcd_ index_put_ lcm_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_
    negative_ rad2deg_ reciprocal_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_
    square_ tan_ tanh_ trunc_ xlogy_ zero_
"""
functions = frozenset(FUNCTIONS.split())
