"""How hooks on a module get to see its gradients.

The tensors that go into a module pass through a function that changes nothing, and so do those that
come out. It is called in the backward pass when the gradients of all of them are known.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from microtorch.autograd import Function, is_grad_enabled
from microtorch.tensor import Tensor
from microtorch.tensor.creation import zeros_like

Gradients = tuple[Any, ...]


class BackwardHooks:
    """One call of a module with backward hooks: from its output's gradients to its input's."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.grad_output: Gradients | None = None
        self.input_is_watched = False
        self.inputs = 0

    def watch_input(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of forward(), whose gradients will be shown to the hooks."""
        self.inputs = len(args)
        watched = watch(args, self.at_input, unreached=zeros_like)
        self.input_is_watched = watched is not args
        return watched

    def watch_output(self, result: Any) -> Any:
        """What forward() returned, whose gradients will be shown to the hooks."""
        if isinstance(result, tuple):
            return watch(result, self.at_output)
        if not isinstance(result, Tensor):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=4,
            )
        return watch((result,), self.at_output)[0]

    def at_output(self, grad_output: Gradients) -> Gradients:
        """Call the pre-hooks; and the hooks too, if no input will have a gradient."""
        for hook in self.module._backward_pre_hooks.functions():
            answer = hook(self.module, grad_output)
            if answer is not None:
                if len(answer) != len(grad_output):
                    raise RuntimeError(
                        "Backward pre hook returned an invalid number of grad_output, "
                        f"got {len(answer)}, but expected {len(grad_output)}"
                    )
                grad_output = answer
        if self.input_is_watched:
            self.grad_output = grad_output
        else:
            self.without_input(grad_output)
        return grad_output

    def without_input(self, grad_output: Gradients) -> None:
        """Call the hooks of a module whose inputs need no gradients, such as the first layer."""
        hooks = list(self.module._backward_hooks.functions())
        if hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients. See https://docs.pytorch.org/docs/main"
                "/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook "
                "for more details.",
                stacklevel=2,
            )
        for hook in hooks:
            answer = hook(self.module, (None,) * self.inputs, grad_output)
            if answer is not None and any(part is not None for part in answer):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    "return None or None for all gradients."
                )

    def at_input(self, grad_input: Gradients) -> Gradients:
        """Call the hooks, once the gradients of the outputs are known as well."""
        if self.grad_output is None:  # a gradient that did not come through the output
            return grad_input
        for hook in self.module._backward_hooks.functions():
            answer = hook(self.module, grad_input, self.grad_output)
            if answer is not None:
                if len(answer) != len(grad_input):
                    raise RuntimeError(
                        "Backward hook returned an invalid number of grad_input, "
                        f"got {len(answer)}, but expected {len(grad_input)}"
                    )
                grad_input = answer
        self.grad_output = None
        return grad_input


def watch(
    values: tuple[Any, ...],
    hook: Callable[[Gradients], Gradients],
    unreached: Callable[[Tensor], Any] = lambda tensor: None,
) -> tuple[Any, ...]:
    """The same values; ``hook`` sees the gradients of the tensors among them, and may change them.

    It gets one entry per value: None for what is no tensor, ``unreached(tensor)`` for a tensor
    without a gradient.
    """
    places = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
    if not places or not is_grad_enabled():
        return values

    def on_all(gradients: Gradients) -> list[Tensor]:
        seen = [unreached(v) if isinstance(v, Tensor) else None for v in values]
        for i, gradient in zip(places, gradients, strict=True):
            seen[i] = seen[i] if gradient is None else gradient
        after = hook(tuple(seen))
        changed = [zeros_like(values[i]) if after[i] is None else after[i] for i in places]
        if any(g.shape != values[i].shape for i, g in zip(places, changed, strict=True)):
            raise RuntimeError(
                "hook 'hook' has changed the size of value\n"
                "Hint: a hook returns a tuple with one gradient for each entry that it was given."
            )
        return changed

    watched = list(values)
    through = BackwardHookFunction.apply(on_all, *[values[i] for i in places])
    for i, tensor in zip(places, through, strict=True):
        watched[i] = tensor
    return tuple(watched) if type(values) is tuple else type(values)(*watched)


class BackwardHookFunction(Function):
    """Several tensors go through unchanged; a hook sees and may change their gradients together."""

    @staticmethod
    def forward(ctx: Any, hook: Callable[[Gradients], list[Tensor]], *tensors: Tensor) -> Any:
        ctx.hook = hook
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return (None, *ctx.hook(gradients))
