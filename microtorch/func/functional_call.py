"""A module as a function of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

from microtorch.nn import Module
from microtorch.tensor import Tensor
from microtorch.tensor.joining import stack

Home = tuple[MutableMapping[str, Any], str]

__all__ = ["functional_call", "stack_module_state"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the place of its parameters and buffers.

    The dict names them as ``named_parameters()`` does; those it leaves out stay the module's own,
    unless ``strict``. The module is unchanged afterwards.

    >>> import microtorch as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> ones = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
    >>> torch.func.functional_call(layer, ones, torch.tensor([3.0, 4.0]))
    tensor([7.])
    """
    given = merged(parameter_and_buffer_dicts)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with dressed(module, given, tie_weights, strict):
        return module(*arguments, **(kwargs or {}))


def merged(dicts: Any) -> dict[str, Tensor]:
    """One dict of all tensors; ValueError if two of them have one name."""
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(  # noqa: TRY004
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dicts)}"
        )
    if not all(isinstance(each, dict) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is "
            "ambiguous"
        )
    return {name: tensor for each in dicts for name, tensor in each.items()}


@contextmanager
def dressed(
    module: Module, given: dict[str, Tensor], tie_weights: bool, strict: bool
) -> Iterator[None]:
    """The module with other tensors in its places, for as long as the block runs."""
    homes = homes_of(module)
    unexpected = [name for name in given if name not in homes]
    missing = [name for name in homes if name not in given]
    if strict and (unexpected or missing):
        raise RuntimeError(
            f"Error(s) in loading parameters and buffers for {type(module).__name__}:\n"
            f"Unexpected key(s): {unexpected}\nMissing key(s): {missing}"
        )
    for name in unexpected:
        raise AttributeError(
            f"{type(module).__name__} has no parameter or buffer called {name!r}\n"
            f"Hint: it has {', '.join(homes) or 'none at all'}."
        )
    new = {**given, **tied(homes, given)} if tie_weights else given
    before = {name: homes[name][0][homes[name][1]] for name in new}
    try:
        for name, tensor in new.items():
            home, key = homes[name]
            home[key] = tensor
        yield
    finally:
        for name, tensor in before.items():
            home, key = homes[name]
            home[key] = tensor


def homes_of(module: Module) -> dict[str, Home]:
    """Where each parameter and buffer is kept: the dict of its module, and its name in it."""
    found: dict[str, Home] = {}
    for path, owner in module.named_modules(remove_duplicate=False):
        for home in (owner._parameters, owner._buffers):
            for key, tensor in home.items():
                if tensor is not None:
                    found[f"{path}.{key}" if path else key] = (home, key)
    return found


def tied(homes: dict[str, Home], given: dict[str, Tensor]) -> dict[str, Tensor]:
    """New tensors for those names that share theirs with a name that was given one."""
    wanted: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in given.items():
        home, key = homes[name]
        other = wanted.setdefault(id(home[key]), (name, tensor))
        if other[1] is not tensor:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted([other[0], name])}, which "
                "are tied. Consider using tie_weights=False"
            )
    return {
        name: wanted[id(home[key])][1]
        for name, (home, key) in homes.items()
        if id(home[key]) in wanted
    }


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(parameters, buffers) of several models of one kind, stacked: an ensemble for ``vmap``.

    >>> import microtorch as torch
    >>> parameters, buffers = torch.func.stack_module_state([torch.nn.Linear(3, 2) for _ in "abc"])
    >>> parameters["weight"].shape
    torch.Size([3, 2, 3])
    """
    if not len(models):
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return stacked_by_name(parameters), stacked_by_name(buffers)


def stacked_by_name(states: list[dict[str, Any]]) -> dict[str, Tensor]:
    """The tensors of each name as one; a leaf if they ask for gradients."""
    made = {}
    for name in states[0]:
        tensors = [state[name] for state in states]
        wanted = {tensor.requires_grad for tensor in tensors}
        if len(wanted) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        made[name] = stack(tensors).detach().requires_grad_(wanted.pop())
    return made
