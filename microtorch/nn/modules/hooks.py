"""Functions that are called when a module runs, before or after it, forwards or backwards."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import ref

from microtorch.autograd.calls import log as calls
from microtorch.autograd.hooks import Hooks, RemovableHandle
from microtorch.autograd.node import next_number
from microtorch.nn.modules.backward_hooks import BackwardHooks


@dataclass(frozen=True)
class Hook:
    """A hook on the forward pass, and how it wants to be called."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False

    def __call__(self, module: Any, args: Any, kwargs: dict[str, Any], *output: Any) -> Any:
        if self.with_kwargs:
            return self.function(module, args, kwargs, *output)
        return self.function(module, args, *output)


class Hookable:
    """The half of a Module that calls hooks around forward()."""

    forward: Callable[..., Any]
    _hooked = False  # whether there ever was a hook

    def __init__(self) -> None:
        self._backward_hooks, self._backward_pre_hooks = Hooks(), Hooks()
        self._forward_hooks, self._forward_pre_hooks = Hooks(), Hooks()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        first = next_number()
        if self._hooked:
            result = self._call_with_hooks(args, kwargs)
        else:
            result = self.forward(*args, **kwargs)
        last = next_number()
        if last - first > 1:  # something was recorded: a picture will ask by whom
            calls.append((first, last, ref(self), type(self).__name__))
        return result

    def _call_with_hooks(self, args: Any, kwargs: dict[str, Any]) -> Any:
        result = None
        called = set()
        try:
            hook: Any
            for hook in self._forward_pre_hooks.functions():
                args, kwargs = changed_input(hook, hook(self, args, kwargs), args, kwargs)
            backward = None
            if self._backward_hooks or self._backward_pre_hooks:
                backward = BackwardHooks(self)
                args = backward.watch_input(args)
            result = self.forward(*args, **kwargs)
            for key, hook in list(self._forward_hooks.items()):
                called.add(key)
                changed = hook(self, args, kwargs, result)
                result = result if changed is None else changed
            if backward is not None:
                result = backward.watch_output(result)
        except Exception:
            self._call_the_rest(called, args, kwargs, result)
            raise
        return result

    def _call_the_rest(self, called: set[int], args: Any, kwargs: Any, result: Any) -> None:
        """After an error: the hooks that want to be called in any case."""
        hook: Any
        for key, hook in list(self._forward_hooks.items()):
            if hook.always_call and key not in called:
                try:
                    hook(self, args, kwargs, result)
                except Exception as error:  # noqa: BLE001 (the first error is the one to show)
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception "
                        f"that was silenced as another error was raised in forward: {error}",
                        stacklevel=4,
                    )

    def _hook(self, hooks: Hooks, hook: Callable[..., Any], prepend: bool) -> RemovableHandle:
        self._hooked = True
        return hooks.add(hook, first=prepend)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before forward(); what it returns replaces args.

        With ``with_kwargs``, ``hook(module, args, kwargs)`` may return new (args, kwargs).
        """
        return self._hook(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after forward(); what it returns replaces output.

        With ``with_kwargs``, it is ``hook(module, args, kwargs, output)``. With ``always_call`` it
        is called even if forward() raised an error.
        """
        return self._hook(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are known.

        ``grad_output`` is a tuple with one entry per output; what is returned replaces it.
        """
        return self._hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        Both are tuples, with None for what is no tensor; what is returned replaces grad_input.
        Inputs given by keyword are not watched.
        """
        return self._hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """PyTorch's old kind, which sees only the last operation of a module: not here."""
        raise NotImplementedError(
            "microtorch has no register_backward_hook, which PyTorch has given up.\n"
            "Hint: write register_full_backward_hook instead."
        )


def changed_input(hook: Hook, answer: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments of forward() after a pre-hook gave this answer."""
    if answer is None:
        return args, kwargs
    if not hook.with_kwargs:
        return (answer if isinstance(answer, tuple) else (answer,)), kwargs
    if isinstance(answer, tuple) and len(answer) == 2:
        return answer
    raise RuntimeError(
        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {answer}."
    )
