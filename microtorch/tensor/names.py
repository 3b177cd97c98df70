"""The in-place forms of the methods: ``x.exp_()`` for ``x.exp()``, and so on."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Node, node_class
from microtorch.tensor.dispatch import cannot_broadcast, record, wrap
from microtorch.tensor.inplace import in_place
from microtorch.tensor.tensor import Tensor

__all__: list[str] = []

# Same shape, same dtype: what the method returns can be written into the tensor.
NAMES = """
    add sub subtract mul multiply div divide true_divide floor_divide remainder fmod pow float_power
    neg negative abs absolute sign sgn copysign reciprocal square sqrt rsqrt exp exp2 expm1 log log2
    log10 log1p sin cos tan asin arcsin acos arccos atan arctan atan2 sinh cosh tanh asinh acosh atanh
    sinc hypot deg2rad rad2deg sigmoid logit xlogy erf erfc erfinv lgamma digamma floor ceil trunc fix
    round frac nan_to_num clamp clip clamp_min clamp_max lerp addcmul addcdiv relu heaviside
    eq ne lt le gt ge logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor
    bitwise_not gcd lcm cumsum cumprod masked_fill masked_scatter index_fill index_copy index_add
    index_put scatter scatter_add scatter_reduce put tril triu addmm addmv addbmm baddbmm addr
    celu elu selu leaky_relu threshold hardtanh rrelu
"""
for name in NAMES.split():
    if hasattr(Tensor, name):
        setattr(Tensor, f"{name}_", in_place(getattr(Tensor, name)))


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
            self._node.__class__ = node_class(op, PYTORCHS_NAMES[name], symbol)
        return self

    apply.__name__ = apply.__qualname__ = f"{name}_"
    apply.__doc__ = f"In-place form of :meth:`{name}`: the tensor itself has another shape."
    return apply


for name in ("squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims"):
    if hasattr(Tensor, name):
        setattr(Tensor, f"{name}_", reshaped(name))

for function in (fill_, zero_, copy_):
    setattr(Tensor, function.__name__, function)
