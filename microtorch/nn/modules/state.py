"""Saving and loading what a module has learned: state_dict() and load_state_dict()."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from microtorch.autograd import no_grad
from microtorch.autograd.hooks import Hooks, RemovableHandle
from microtorch.nn.modules.members import Members
from microtorch.nn.parameter import Parameter
from microtorch.tensor import Tensor

EXTRA_STATE = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """What load_state_dict() returns: names on one side only."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


class State(Members):
    """The half of a Module that gives out its tensors by name, and takes them in again."""

    _version = 1  # written beside the tensors, so that a later version knows what it reads

    get_extra_state: Callable[[], Any] | None = (
        None  # a subclass may have more to save than tensors
    )
    set_extra_state: Callable[[Any], None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._state_dict_pre_hooks = Hooks()
        self._state_dict_hooks = Hooks()
        self._load_state_dict_pre_hooks = Hooks()
        self._load_state_dict_post_hooks = Hooks()

    # Saving -----------------------------------------------------------------------------------

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """All parameters and persistent buffers by dotted name, sharing memory with the module.

        They are outside of the graph, unless ``keep_vars``.

        >>> from microtorch import nn
        >>> list(nn.Sequential(nn.Linear(2, 1)).state_dict())
        ['0.weight', '0.bias']
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        for hook in self._state_dict_hooks.values():
            if hook(self, destination, prefix, metadata) is not None:
                raise RuntimeError("state_dict post-hook must return None")
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put the module's own tensors into destination; a subclass may do more."""
        for name, tensor in self._own_state().items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if self.get_extra_state is not None:
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def _own_state(self) -> dict[str, Tensor]:
        """The module's own parameters and persistent buffers."""
        unsaved = self._non_persistent_buffers_set
        buffers = {name: b for name, b in self._buffers.items() if name not in unsaved}
        both = {**self._parameters, **buffers}
        return {name: tensor for name, tensor in both.items() if tensor is not None}

    # Loading ----------------------------------------------------------------------------------

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy tensors into the parameters and buffers of the same names.

        Raises RuntimeError if shapes differ, or, if ``strict``, names are missing or unexpected;
        what fits is copied all the same, as in PyTorch. With ``assign`` the module takes the given
        tensors themselves.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"Expected state_dict to be dict-like, got {type(state_dict)}.\n"
                "Hint: give what state_dict() or torch.load() returned, not a file name or a model."
            )
        metadata = getattr(state_dict, "_metadata", {})
        keys = IncompatibleKeys([], [])
        errors: list[str] = []
        self._load(OrderedDict(state_dict), "", metadata, assign, keys, errors)
        if strict:
            for title, names in (("Unexpected", keys[1]), ("Missing", keys[0])):
                if names:
                    listed = ", ".join(f'"{name}"' for name in names)
                    errors.insert(0, f"{title} key(s) in state_dict: {listed}. ")
        if errors:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t"
                + "\n\t".join(errors)
                + "\nHint: the state was saved from a model with other layers, sizes or names. Build "
                "this one with the same arguments; strict=False skips names found on one side only."
            )
        return keys

    def _load(
        self,
        state_dict: Any,
        prefix: str,
        metadata: Any,
        assign: bool,
        keys: IncompatibleKeys,
        errors: list[str],
    ) -> None:
        own_metadata = dict(metadata.get(prefix[:-1], {}))
        if assign:
            own_metadata["assign_to_params_buffers"] = True
        self._load_from_state_dict(state_dict, prefix, own_metadata, True, keys[0], keys[1], errors)
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}{name}."
                below = {key: value for key, value in state_dict.items() if key.startswith(path)}
                module._load(below, path, metadata, assign, keys, errors)
        for hook in self._load_state_dict_post_hooks.values():
            hook(self, keys)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Copy the module's own tensors from state_dict; PyTorch's place for a subclass to help."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(
                self,
                state_dict,
                prefix,
                local_metadata,
                strict,
                missing_keys,
                unexpected_keys,
                error_msgs,
            )
        own = self._own_state()
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                error = self._take(name, key, tensor, state_dict[key], assign)
                if error is not None:
                    error_msgs.append(error)
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA_STATE
        if self.set_extra_state is not None and extra in state_dict:
            self.set_extra_state(state_dict[extra])
        elif strict and (self.set_extra_state is not None) != (extra in state_dict):
            (unexpected_keys if extra in state_dict else missing_keys).append(extra)
        for key in state_dict if strict else ():
            if key.startswith(prefix) and key != extra:
                name, *below = key[len(prefix) :].split(".", 1)
                if name not in (self._modules if below else own):
                    unexpected_keys.append(key)

    def _take(self, name: str, key: str, tensor: Tensor, value: Any, assign: bool) -> str | None:
        """Copy one value into a parameter or buffer; what was wrong with it, if anything."""
        if not isinstance(value, Tensor):
            return (
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
                f"object from checkpoint but received {type(value)}"
            )
        if tensor.shape != value.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {value.shape} from "
                f"checkpoint, the shape in current model is {tensor.shape}."
            )
        try:
            with no_grad():
                if not assign:
                    tensor.copy_(value)
                elif isinstance(tensor, Parameter):
                    setattr(self, name, Parameter(value, tensor.requires_grad))
                else:
                    setattr(self, name, value)
        except Exception as error:  # noqa: BLE001 (all errors are shown together)
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are '
                f"{tensor.size()} and whose dimensions in the checkpoint are {value.size()}, "
                f"an exception occurred : {error.args}."
            )
        return None

    # Hooks ------------------------------------------------------------------------------------

    def register_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before state_dict() collects."""
        return self._state_dict_pre_hooks.add(hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, metadata)``, which may change state_dict."""
        return self._state_dict_hooks.add(hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, metadata, strict, missing, unexpected, errors)``
        before the module's own tensors are copied; it may change state_dict."""
        return self._load_state_dict_pre_hooks.add(hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` afterwards; it may change the lists of keys."""
        return self._load_state_dict_post_hooks.add(hook)
