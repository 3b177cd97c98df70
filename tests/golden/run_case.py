"""Run a case with a library, and write down its outcome as plain data (JSON)."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
from golden.case import Array, Case, make_inputs, write_array

Outcome = dict[str, Any]


def run(case: Case, torch: Any, attempt: int = 0) -> Outcome:
    """Return the outcome of a case: the result, its printed form, gradients, or the error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings(
            "ignore", category=RuntimeWarning, module=r"microtorch\.(ops|autograd|tensor|optim)\."
        )
        try:
            outcome = compute(case, torch, attempt)
        finally:
            restore(case, torch)
    heard = {(one.category.__name__, first_line(one.message)) for one in caught}
    if heard:
        outcome["warnings"] = sorted(list(pair) for pair in heard)
    return outcome


def compute(case: Case, torch: Any, attempt: int) -> Outcome:
    seen, leaves = make_inputs(case, torch, attempt)
    if hasattr(torch, "manual_seed"):
        torch.manual_seed(0)
    if case.error:
        try:
            evaluate(case.code, torch, seen)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what we ask for)
            return {"error": [type(error).__name__, first_line(error)]}
        return {"error": None}
    result = evaluate(case.code, torch, seen)
    found: list[Any] = []
    outcome: Outcome = {"result": describe(result, torch, found)}
    outcome["printed"] = repr(result)
    if leaves and found:
        outcome["first"], outcome["second"] = differentiate(case, torch, found, leaves)
    return outcome


def evaluate(code: str, torch: Any, names: dict[str, Any]) -> Any:
    """Return the value of an expression, or what several lines assign to ``result``."""
    namespace = {"torch": torch, "np": np, **names}
    submodules = {"nn": "nn", "F": "nn.functional", "optim": "optim"}
    for name, path in submodules.items():
        if re.search(rf"(?<![\w.]){name}\.", code):
            module = torch
            for part in path.split("."):
                module = getattr(module, part)
            namespace[name] = module
    if "\n" not in code.strip():
        try:
            expression = compile(code.strip(), "<case>", "eval")
        except SyntaxError:
            pass  # a single line that assigns
        else:
            return eval(expression, namespace)
    exec(code, namespace)  # noqa: S102 (our own code)
    return namespace["result"]


def restore(case: Case, torch: Any) -> None:
    """Undo the settings that a case may change."""
    torch.set_grad_enabled(True)
    if "set_printoptions" in case.code:
        torch.set_printoptions(profile="default")
        torch.set_printoptions(sci_mode=None)
    if "set_default_dtype" in case.code:
        torch.set_default_dtype(torch.float32)


def first_line(message: object) -> str:
    """The first line of a message, without the place in PyTorch's C++ source."""
    line = (str(message).splitlines() or [""])[0]
    return line.split(" (Triggered internally at")[0].split(" Exception raised from")[0]


# ---------------------------------------------------------------- the result


def describe(value: Any, torch: Any, found: list[Any]) -> Any:
    """Write a result down; its tensors with a gradient are put into ``found`` on the way."""
    if isinstance(value, torch.Tensor):
        if value.requires_grad and not any(value is other for other in found):
            found.append(value)
        grad_fn = value.grad_fn and value.grad_fn.name().removeprefix("torch::autograd::")
        return {
            "tensor": write_array(numbers(value)),
            "requires_grad": bool(value.requires_grad),
            "grad_fn": grad_fn,
        }
    if isinstance(value, np.ndarray):
        return {"array": write_array(value)}
    if isinstance(value, torch.Size):
        return {"size": list(value)}
    if isinstance(value, float):
        return {"float": repr(float(value))}
    if isinstance(value, tuple) and fields_of(value):
        entries = zip(fields_of(value), value, strict=True)
        return {"fields": {name: describe(entry, torch, found) for name, entry in entries}}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [describe(entry, torch, found) for entry in value]}
    if isinstance(value, dict):
        return {"dict": {repr(key): describe(entry, torch, found) for key, entry in value.items()}}
    return {"object": repr(value)}


def fields_of(value: tuple[Any, ...]) -> tuple[str, ...]:
    """The names of a named tuple, of Python's kind or of PyTorch's."""
    return getattr(value, "_fields", None) or getattr(type(value), "__match_args__", ())


def numbers(tensor: Any) -> Array:
    return np.asarray(tensor.numpy(force=True))


# ---------------------------------------------------------------- gradients


def weights(shape: tuple[int, ...], dtype: Any) -> Array:
    """Fixed numbers between -1 and 1 without a pattern that an error could hide behind."""
    count = np.arange(int(np.prod(shape)))
    return np.asarray(((count * 37 + 11) % 83 - 41.5) / 41, dtype=dtype).reshape(shape)


def differentiate(
    case: Case, torch: Any, found: list[Any], leaves: dict[str, Any]
) -> tuple[list[Any], list[Any] | None]:
    """Return the gradients of (weights x results), and of (weights x gradients)."""
    wanted = list(leaves.values())
    loss = weigh(torch, found)
    first = torch.autograd.grad(loss, wanted, create_graph=case.second, allow_unused=True)
    written = [None if g is None else write_array(numbers(g)) for g in first]
    if not case.second:
        return written, None
    curved = [g for g in first if g is not None and g.requires_grad]
    if not curved:
        return written, [None for _ in wanted]
    second = torch.autograd.grad(weigh(torch, curved), wanted, allow_unused=True)
    return written, [None if g is None else write_array(numbers(g)) for g in second]


def weigh(torch: Any, tensors: list[Any]) -> Any:
    terms = [(t * torch.tensor(weights(t.shape, numbers(t).dtype))).sum() for t in tensors]
    return sum(terms[1:], terms[0])
