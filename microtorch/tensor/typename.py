"""The name of a value's type, as PyTorch's messages give it."""

from __future__ import annotations

from microtorch.tensor.tensor import Tensor

__all__ = ["typename"]


def typename(obj: object) -> str:
    """``torch.FloatTensor``, ``int``, ``torch.nn.modules.linear.Linear``.

    >>> import microtorch as torch
    >>> torch.typename(torch.ones(2)), torch.typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    name = str(kind.__qualname__)
    if kind.__module__ in (None, "builtins"):
        return name
    return f"{kind.__module__}.{name}".replace("microtorch", "torch", 1)
