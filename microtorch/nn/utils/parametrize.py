"""Parameters that are computed from others: ``register_parametrization``.

>>> import microtorch as torch
>>> from microtorch import nn
>>> class Symmetric(nn.Module):
...     def forward(self, X):
...         return X.triu() + X.triu(1).T
>>> layer = nn.utils.parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
>>> torch.equal(layer.weight, layer.weight.T)
True
>>> [name for name, parameter in layer.named_parameters()]
['bias', 'parametrizations.weight.original']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from microtorch.autograd import no_grad
from microtorch.nn.modules.container import ModuleDict, ModuleList
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.tensor import Tensor

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
]

CACHE: dict[tuple[int, str], Any] = {}
CACHING = 0  # how many cached() blocks are open


@contextmanager
def cached() -> Iterator[None]:
    """A ``with`` block in which each parametrized tensor is computed only once."""
    global CACHING
    CACHING += 1
    try:
        yield
    finally:
        CACHING -= 1
        if not CACHING:
            CACHE.clear()


class ParametrizationList(ModuleList):
    """The steps from the original parameter to what the layer uses, one after the other.

    The original is called ``original``; if the first step's ``right_inverse`` returns several
    tensors, these are ``original0``, ``original1``, ...
    """

    original: Tensor

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        start = self.back_through(original)
        self.is_tensor = isinstance(start, Tensor)
        if self.is_tensor:
            with no_grad():
                original.data = start
            keep(self, "original", original)
        else:
            self.ntensors = len(start)
            for k, part in enumerate(start):
                asks = isinstance(original, Parameter)
                keep(self, f"original{k}", Parameter(part.detach().clone()) if asks else part)
        if not unsafe:
            self.check_result(original)

    def back_through(self, value: Any) -> Any:
        """What the original must be so that the steps make this value of it."""
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):
                        value = module.right_inverse(value)
        if not isinstance(value, Tensor | Sequence):
            raise ValueError(  # noqa: TRY004
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(value).__name__}"
            )
        return value

    def check_result(self, original: Tensor) -> None:
        """ValueError if the steps change what kind of tensor it is."""
        result = self()
        if not isinstance(result, Tensor):
            raise ValueError(  # noqa: TRY004
                f"A parametrization must return a tensor. Got {type(result).__name__}."
            )
        for what in ("dtype", "shape"):
            new, old = getattr(result, what), getattr(original, what)
            if new != old:
                raise ValueError(
                    f"Registering a parametrization may not change the {what} of the tensor, "
                    f"unless {'the ' * (what == 'dtype')}`unsafe` flag is enabled.\nunparametrized {what}: {old}\n"
                    f"parametrized {what}: {new}"
                )

    def right_inverse(self, value: Tensor) -> None:
        """Change the original so that the parametrized tensor becomes this value."""
        start = self.back_through(value)
        with no_grad():
            if self.is_tensor:
                self.original.copy_(start)
            else:
                for k, part in enumerate(start):
                    getattr(self, f"original{k}").copy_(part)

    def forward(self) -> Tensor:
        steps = iter(self)
        if self.is_tensor:
            value = next(steps)(self.original)
        else:
            value = next(steps)(*(getattr(self, f"original{k}") for k in range(self.ntensors)))
        for step in steps:
            value = step(value)
        result: Tensor = value
        return result


def keep(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Any:
    """From now on ``module.tensor_name`` is computed by ``parametrization`` whenever it is read.

    The parameter itself moves to ``module.parametrizations.tensor_name.original``. If the module
    has a ``right_inverse``, a value that is assigned goes through it to the original. With
    ``unsafe`` shape and dtype may change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        steps = module.parametrizations[tensor_name]
        steps.append(parametrization)
        steps.unsafe |= unsafe
        if not steps.unsafe:
            steps.check_result(steps.original)
    elif tensor_name in module._parameters or tensor_name in module._buffers:
        steps = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            kind = type(module)
            module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), {})
            module.parametrizations = ModuleDict()
        setattr(type(module), tensor_name, computed(tensor_name))
        module.parametrizations[tensor_name] = steps
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def computed(name: str) -> property:
    """The attribute of a parametrized module."""

    def read(self: Any) -> Any:
        steps = self.parametrizations[name]
        if not CACHING:
            return steps()
        key = (id(self), name)
        if key not in CACHE:
            CACHE[key] = steps()
        return CACHE[key]

    def write(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module has a parametrized tensor, or one of this name."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return bool(len(found)) if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """An ordinary parameter again: with the computed value, or else with the original one."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    steps = module.parametrizations[tensor_name]
    if not leave_parametrized and not steps.is_tensor:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    first = steps.original if steps.is_tensor else steps.original0
    with no_grad():
        value = getattr(module, tensor_name) if leave_parametrized else steps.original
        value = value.detach().clone()
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if not len(module.parametrizations):
        del module.parametrizations
        module.__class__ = type(module).__mro__[1]
    asks = isinstance(first, Parameter)
    keep(module, tensor_name, Parameter(value, first.requires_grad) if asks else value)
    return module
