"""The base class of all layers and models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from microtorch.autograd import no_grad
from microtorch.nn.modules.hooks import Hookable
from microtorch.nn.modules.state import State
from microtorch.tensor import Tensor
from microtorch.tensor.device import device
from microtorch.tensor.dtypes import DType

__all__ = ["Module"]


class Module(State, Hookable):
    """A layer or a model: parameters, other modules, and a ``forward`` that uses them.

    What is assigned as an attribute is registered by its type: parameters, buffers, submodules.

    >>> import microtorch as torch
    >>> from microtorch import nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = nn.Parameter(torch.tensor(2.0))
    ...
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> line = Line()
    >>> line(torch.tensor(3.0))
    tensor(6., grad_fn=<MulBackward0>)
    >>> [name for name, parameter in line.named_parameters()]
    ['slope']
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for unexpected in kwargs:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{unexpected}'"
            )
        if args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but "
                f"{len(args) + 1} were given"
            )
        State.__init__(self)
        Hookable.__init__(self)
        self.training = True

    def forward(self, *input: Any) -> Any:
        """What the module computes; every subclass says it."""
        name = type(self).__name__
        raise NotImplementedError(
            f'Module [{name}] is missing the required "forward" function\n'
            f"Hint: define `def forward(self, x): ...` inside of class {name}; mind its spelling "
            "and its indentation."
        )

    # Changing every part ----------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call fn with every module below this one, then with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Switch to training: dropout drops, batch norm looks at the batch."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")  # noqa: TRY004
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Switch to using what was learned: the same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for gradients of all parameters, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                if parameter.grad.requires_grad:
                    parameter.grad = parameter.grad.detach()
                parameter.grad.zero_()

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert the parameters and buffers: ``to(torch.float64)``, ``to("cpu")``, ``to(tensor)``.

        Only floats change their dtype. The module itself changes, and is returned.
        """
        for wanted in (*args, *kwargs.values()):
            dtype = wanted.dtype if isinstance(wanted, Tensor) else wanted
            if isinstance(dtype, DType) and not dtype.is_floating_point:
                raise TypeError(
                    "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                    f"dtype={dtype}"
                )
            if isinstance(wanted, str):
                device(wanted)  # RuntimeError for a name that is none
        return self._apply(lambda t: t.to(*args, **kwargs) if t.is_floating_point() else t)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter, gradient and buffer by what fn makes of it."""
        for module in self.children() if recurse else ():
            module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is None:
                    continue
                gradient = parameter.grad
                parameter.data = fn(parameter)
                if gradient is not None:
                    parameter.grad = fn(gradient)
            buffers = self._buffers
            for name, buffer in buffers.items():
                if buffer is not None:
                    buffers[name] = fn(buffer)
        return self

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers to a dtype, whole numbers too."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self) -> Self:
        """Convert all floats to float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self) -> Self:
        """Convert all floats to float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self) -> Self:
        """Convert all floats to float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self) -> Self:
        """Not here: NumPy has no such floats."""
        raise NotImplementedError(
            "microtorch has no bfloat16\nHint: floats of 16 bits are .half(), of 32 .float()."
        )

    def cpu(self) -> Self:
        """Nothing: everything is on the CPU here."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Not here: microtorch computes on the CPU."""
        raise AssertionError(
            "Torch not compiled with CUDA enabled\n"
            "Hint: microtorch computes on the CPU; leave out .cuda(), or write .to('cpu')."
        )

    # Its text ---------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What repr() shows between the brackets; a subclass says it."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        if len(lines) == 1 and not self._modules:
            return f"{self._get_name()}({extra})"
        lines += [f"({name}): {indented(module)}" for name, module in self._modules.items()]
        return block(self._get_name(), lines)

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: the copy registers its members in a dictionary of its own."""
        return {**self.__dict__, "_kinds": dict(self._kinds)}


def block(name: str, lines: list[str]) -> str:
    """A name and, in brackets, one line for each part."""
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)" if lines else f"{name}()"


def indented(part: Any) -> str:
    """The text of a part that stands inside of another: its later lines move to the right."""
    return repr(part).replace("\n", "\n  ")
