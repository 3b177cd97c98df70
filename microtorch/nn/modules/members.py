"""What a module is made of: its parameters, buffers and submodules, found by name.

They are ordinary attributes of the module, as fast to read as any other. The module only
remembers which of its attributes are of which kind. (Nothing here asks for ``__dict__``: an object
whose dictionary has been asked for is slower ever after.)
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from microtorch.nn.parameter import Buffer, Parameter
from microtorch.tensor import Tensor
from microtorch.tensor.typename import typename

if TYPE_CHECKING:
    from microtorch.nn.modules.module import Module

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"
NOT_YET: Any = MappingProxyType({})  # the register of a module before its __init__


class Registered(MutableMapping[str, Any]):
    """The attributes of one kind by name, as a dictionary that can be written to."""

    def __init__(self, module: Members, kind: str) -> None:
        self.module, self.kinds, self.kind = module, module._kinds, kind

    def as_dict(self) -> dict[str, Any]:
        """The same as an ordinary dictionary, which no longer changes with the module."""
        return self.module._members(self.kind)

    def __getitem__(self, name: str) -> Any:
        return self.as_dict()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if self.kinds.get(name) != self.kind:
            self.kinds.pop(name, None)  # what changes its kind comes last in the new one
        self.kinds[name] = self.kind
        object.__setattr__(self.module, name, value)

    def __delitem__(self, name: str) -> None:
        if self.kinds.get(name) != self.kind:
            raise KeyError(name)
        self.module._forget(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.as_dict())

    def keys(self) -> KeysView[str]:
        return self.as_dict().keys()

    def values(self) -> ValuesView[Any]:
        return self.as_dict().values()

    def items(self) -> ItemsView[str, Any]:
        return self.as_dict().items()

    def __repr__(self) -> str:
        return repr(self.as_dict())


class Members:
    """The half of a Module that registers its members and finds them again."""

    _kinds: dict[str, str] = NOT_YET  # which attributes are registered, and as what
    _non_persistent_buffers_set: set[str]

    def __init__(self) -> None:
        self._kinds = {}
        self._non_persistent_buffers_set = set()

    def _members(self, kind: str) -> dict[str, Any]:
        """All attributes of one kind, by name."""
        return {name: getattr(self, name) for name, k in self._kinds.items() if k == kind}

    @property
    def _parameters(self) -> Registered:
        return Registered(self, PARAMETER)

    @property
    def _buffers(self) -> Registered:
        return Registered(self, BUFFER)

    @property
    def _modules(self) -> Registered:
        return Registered(self, MODULE)

    # Registering ------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        kind = self._kinds.get(name)
        if isinstance(value, Parameter):
            self._check_initialised("parameters")
            if kind != PARAMETER:
                self._forget(name)
            self.register_parameter(name, value)
        elif kind == PARAMETER:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected)\n"
                    f"Hint: wrap it: nn.Parameter(...); or change the values in place: "
                    f"with torch.no_grad(): module.{name}.copy_(...)."
                )
            self._parameters[name] = None
        elif isinstance(value, Members):
            self._check_initialised("module")
            if kind != MODULE:
                self._forget(name)
            self._modules[name] = value
        elif kind == MODULE:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' "
                    "(torch.nn.Module or None expected)"
                )
            self._modules[name] = None
        elif kind == BUFFER or isinstance(value, Buffer):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{typename(value)}' as buffer '{name}' "
                    "(torch.nn.Buffer, torch.Tensor or None expected)"
                )
            self._check_initialised("buffer")
            persistent = name not in self._non_persistent_buffers_set
            self.register_buffer(name, value, getattr(value, "persistent", persistent))
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._kinds:
            self._forget(name)
        else:
            object.__delattr__(self, name)

    def _forget(self, name: str) -> None:
        self._kinds.pop(name, None)
        self._non_persistent_buffers_set.discard(name)
        with suppress(AttributeError):
            object.__delattr__(self, name)

    def _check_initialised(self, what: str) -> None:
        if self._kinds is NOT_YET:
            raise AttributeError(
                f"cannot assign {what} before Module.__init__() call\n"
                "Hint: the first line of __init__ must be super().__init__()."
            )

    def _check_name(self, name: Any, kind: str) -> None:
        """Raise unless an attribute of this kind can have this name."""
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            got = f", got: {name}" if kind == MODULE else ""
            raise KeyError(f'{kind} name can\'t contain "."{got}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if self._kinds.get(name) != kind and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or a name that stands for none (``bias=None``)."""
        self._check_initialised("parameter")
        self._check_name(name, PARAMETER)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)\nHint: wrap it: nn.Parameter(...)."
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model "
                f"parameters must be created explicitly. To express '{name}' "
                "as a function of another Tensor, compute the value in "
                "the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is not learned; only persistent ones come into state_dict()."""
        self._check_initialised("buffer")
        self._check_name(name, BUFFER)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)\nHint: make a tensor of it: torch.tensor(...)."
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule, which can then be read as an attribute."""
        if module is not None and not isinstance(module, Members):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_initialised("module")
        self._check_name(name, MODULE)
        self._modules[name] = module

    register_module = add_module

    # Finding ----------------------------------------------------------------------------------

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all modules below it with their dotted names, each one once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self  # type: ignore[misc]
        for name, module in self._members(MODULE).items():
            if module is not None:
                yield from module.named_modules(memo, dotted(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all modules below it."""
        if remove_duplicate:
            yield from self._all_modules({})
        else:
            for _, module in self.named_modules(remove_duplicate=False):
                yield module

    def _all_modules(self, found: dict[Any, None]) -> dict[Any, None]:
        """Collect this module and all below it: without names, because every step asks for it."""
        found[self] = None
        for module in self._members(MODULE).values():
            if module is not None and module not in found:
                module._all_modules(found)
        return found

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, with their names."""
        seen = set()
        for name, module in self._members(MODULE).items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below this one."""
        for _, module in self.named_children():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names; a shared one comes once."""
        return self._named_members(PARAMETER, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, as an optimizer wants them; a shared one comes once."""
        found: dict[Any, None] = {}
        for module in self._all_modules({}) if recurse else (self,):
            found.update(dict.fromkeys(module._members(PARAMETER).values()))
        found.pop(None, None)
        yield from found

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        return self._named_members(BUFFER, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[Any] = set()
        modules: Any = [(prefix, self)]
        if recurse:
            modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in modules:
            for name, value in module._members(kind).items():
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield dotted(path, name), value

    def get_submodule(self, target: str) -> Module:
        """The module with this dotted name; ``""`` is the module itself."""
        module: Any = self
        for name in target.split(".") if target else ():
            module = attribute(module, name)
            if not isinstance(module, Members):
                raise AttributeError(f"`{name}` is not an nn.Module")  # noqa: TRY004
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module in the place of the one with this dotted name."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Members):
            raise ValueError(  # noqa: TRY004 (PyTorch's exception)
                f"`module` is not an nn.Module, found {type(module)}"
            )
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if (strict or hasattr(parent, name)) and not isinstance(attribute(parent, name), Members):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with this dotted name."""
        path, _, name = target.rpartition(".")
        value = attribute(self.get_submodule(path), name)
        if not isinstance(value, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")  # noqa: TRY004
        return value

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with this dotted name."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        value = attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return value  # type: ignore[no-any-return]

    def __dir__(self) -> list[str]:
        return sorted(name for name in super().__dir__() if not name[0].isdigit())


def attribute(module: Any, name: str) -> Any:
    """The attribute of a module, or PyTorch's words for one that it lacks."""
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return getattr(module, name)


def dotted(prefix: str, name: str) -> str:
    """``"encoder"`` and ``"weight"`` make ``"encoder.weight"``."""
    return f"{prefix}.{name}" if prefix else name
