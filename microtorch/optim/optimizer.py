"""What all optimizers share: parameter groups, the step, clearing gradients, saving the state."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Any

import numpy as np

from microtorch.autograd import enable_grad
from microtorch.autograd.hooks import Hooks, RemovableHandle
from microtorch.autograd.versions import changed_in_place
from microtorch.tensor.tensor import Tensor
from microtorch.tensor.typename import typename

Group = dict[str, Any]
Hook = Callable[..., Any]


class Optimizer:
    """Base class: holds the parameters in groups, and changes them in :meth:`step`.

    ``params`` are the tensors to change (``model.parameters()``), or dicts such as
    ``{"params": [w], "lr": 0.1}`` with options of their own; ``defaults`` are the options of the
    groups that do not give them. ``state`` is what is remembered about each parameter.

    A subclass says in ``update(group)`` how the parameters of one group change; or it overrides
    :meth:`step`. Raises TypeError or ValueError for parameters that cannot be optimized.
    """

    update: Callable[..., None] | None = None

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        check_supported(defaults)
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._pre_hooks = Hooks()
        self._post_hooks = Hooks()
        given = as_list(params)
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        for group in groups:
            self.add_param_group(group)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in vars(cls):
            cls.step = with_hooks(cls.step)  # type: ignore[method-assign]

    def add_param_group(self, param_group: Group) -> None:
        """Optimize more parameters: a dict with "params" and the options that differ."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        param_group.update(params_and_names(param_group["params"]))
        params = param_group["params"]
        for p in params:
            check_parameter(p)
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this "
                "will cause an error; see github.com/pytorch/pytorch/issues/40967 for more "
                "information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                which = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {which} to the optimizer"
                )
            if not set(group["params"]).isdisjoint(params):
                raise ValueError(
                    "some parameters appear in more than one parameter group\n"
                    "Hint: a parameter has one learning rate; put it into one group only."
                )
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the last step; else the next backward() adds to them."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    if p.grad.requires_grad:
                        p.grad = p.grad.detach()
                    p.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        ``closure``, which few optimizers need, computes the loss and the gradients anew; its
        result is returned.
        """
        if self.update is None:
            raise NotImplementedError(f"{type(self).__name__} has neither update() nor step()")
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            self.update(group)
        return loss

    def gradients(self, group: Group) -> Iterator[tuple[Tensor, Any]]:
        """Every parameter of a group that has a gradient, and the array to go against.

        That is the gradient; turned round to maximize; plus weight_decay * p, which is the
        gradient of the penalty weight_decay / 2 * p**2.
        """
        maximize, weight_decay = group["maximize"], group.get("weight_decay", 0)
        if group.get("decoupled_weight_decay"):
            weight_decay = 0
        for p in group["params"]:
            grad = p.grad
            if grad is None:
                continue
            g = grad._data
            if maximize:
                g = -g
            if weight_decay:
                penalty = float(weight_decay) * p._data
                penalty += g
                g = penalty
            yield p, g
            note_change(p)  # which the caller has made by now

    # Saving and loading -----------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with each parameter replaced by its number."""
        params = chain.from_iterable(group["params"] for group in self.param_groups)
        numbers: dict[int, int] = {}
        for i, p in enumerate(params):
            numbers.setdefault(id(p), i)

        def numbered(group: Group) -> Group:
            options = {name: value for name, value in group.items() if name != "params"}
            return {**options, "params": [numbers[id(p)] for p in group["params"]]}

        return {
            "state": {numbers.get(id(p), p): state for p, state in self.state.items()},
            "param_groups": [numbered(group) for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` gave, for parameters in the same order.

        Raises ValueError if the groups do not fit those of this optimizer.
        """
        saved_groups = deepcopy(state_dict["param_groups"])
        if len(saved_groups) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups\n"
                f"Hint: it has {len(saved_groups)}, this optimizer has {len(self.param_groups)}."
            )
        param_of: dict[Any, Tensor] = {}
        for group, saved in zip(self.param_groups, saved_groups, strict=True):
            if len(group["params"]) != len(saved["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    "optimizer's group\n"
                    f"Hint: it has {len(saved['params'])} parameters, this optimizer's group has "
                    f"{len(group['params'])}. Build the same model before loading."
                )
            param_of.update(zip(saved["params"], group["params"], strict=True))
            saved["params"] = group["params"]
            for name in (*self.defaults, "param_names"):
                if name in group:
                    saved.setdefault(name, group[name])
        self.param_groups = saved_groups
        self.state = defaultdict(dict)
        for number, state in state_dict["state"].items():
            if number in param_of:
                p = param_of[number]
                self.state[p] = {name: like(p, name, value) for name, value in state.items()}
            else:
                self.state[number] = state

    def __getstate__(self) -> dict[str, Any]:
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._pre_hooks, self._post_hooks = Hooks(), Hooks()

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            for name in sorted(group):
                if name != "params":
                    text += f"    {name}: {group[name]}\n"
        return text + ")"

    # Hooks ------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; may return new (args, kwargs)."""
        return self._pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return self._post_hooks.add(hook)


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """The method ``step``, with the optimizer's hooks before and after it."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if not self._pre_hooks and not self._post_hooks:
            return step(self, *args, **kwargs)
        for hook in self._pre_hooks.functions():
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {changed}."
                    )
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in self._post_hooks.functions():
            hook(self, args, kwargs)
        return result

    return hooked


Optimizer.step = with_hooks(Optimizer.step)  # type: ignore[method-assign]


def check_supported(options: dict[str, Any]) -> None:
    """Raise for options of PyTorch that need a graphics card or a gradient through the step."""
    if options.get("fused") and options.get("differentiable"):
        raise RuntimeError("`fused` does not support `differentiable`")
    if options.get("fused") and options.get("foreach"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    for name in ("capturable", "differentiable"):
        if options.get(name):
            raise NotImplementedError(
                f"{name}=True is not supported by microtorch\n"
                "Hint: leave it out. For a gradient through an update, write the update with "
                "tensors: w_new = w - lr * grad."
            )


def as_list(params: Iterable[Any]) -> list[Any]:
    """The parameters, or groups of them, that were given to the optimizer."""
    if isinstance(params, Tensor):
        raise TypeError(
            "params argument given to the optimizer should be an iterable of Tensors or dicts, "
            f"but got {typename(params)}\nHint: put it into a list: [w]."
        )
    try:
        given = list(params)
    except TypeError as error:
        raise TypeError(
            f"{error}\nHint: give a list of tensors, or model.parameters() with its parentheses."
        ) from None
    if not given:
        raise ValueError(
            "optimizer got an empty parameter list\n"
            "Hint: does the model assign its layers in __init__ (self.layer = ...), after "
            "super().__init__()? And model.parameters() can be gone through only once; call it "
            "anew, or make a list of it."
        )
    return given


def params_and_names(given: Any) -> Group:
    """What a group gave as its "params": a tensor, several, or pairs of name and tensor."""
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    items = [given] if isinstance(given, Tensor) else list(given)
    names = [item[0] for item in items if isinstance(item, tuple)]
    if not names:
        return {"params": items}
    if len(names) != len(items):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    return {"params": [item[1] for item in items], "param_names": names}


def check_parameter(p: Any) -> None:
    """Raise unless p is a tensor that an optimizer can change."""
    if not isinstance(p, Tensor):
        raise TypeError(
            f"optimizer can only optimize Tensors, but one of the params is {typename(p)}\n"
            "Hint: make it a tensor: torch.tensor(1.0, requires_grad=True)."
        )
    if not (p.is_leaf or p.retains_grad):
        raise ValueError(
            "can't optimize a non-leaf Tensor\n"
            "Hint: this one was computed from others, so it has no gradient of its own to keep. "
            "Compute the start value first and ask for its gradient last: "
            "w = (0.1 * torch.randn(3)).requires_grad_()."
        )


def check_not_negative(value: Any, what: str) -> None:
    """Raise ValueError for a setting below 0, or for a tensor of several numbers."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not value >= 0.0:
        raise ValueError(f"Invalid {what}: {value}\nHint: it must not be negative.")


def check_betas(betas: Any) -> None:
    """Raise ValueError unless both decay rates are at least 0 and below 1."""
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(
                f"Invalid beta parameter at index {i}: {betas[i]}\n"
                "Hint: it is the part of the old average that is kept: at least 0 and below 1."
            )


def note_change(p: Tensor) -> None:
    """Have backward() notice that a parameter no longer has the values it was used with."""
    if type(p._data) is np.ndarray:
        changed_in_place(p._data)


def number(value: Any) -> Any:
    """A setting as a plain number; of a tensor, NumPy's number of the same dtype."""
    return value._data.reshape(())[()] if isinstance(value, Tensor) else float(value)


def next_step(state: dict[str, Any]) -> float:
    """Count one more step of a parameter: 1.0 for its first."""
    state["step"]._data += 1
    return float(state["step"].item())


def like(p: Tensor, name: str, value: Any) -> Any:
    """A copy of a saved value, with its tensors in the dtype of the parameter."""
    if isinstance(value, Tensor):
        return value if name == "step" else value.to(p.dtype)
    if isinstance(value, dict):
        return {key: like(p, key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([like(p, name, item) for item in value])
    return value
