"""A checkpoint as plain data (JSON) and arrays, and back.

Numbers, strings, bools, None and lists are what they are in JSON. Anything else is an object with
its kind as the first key: {"tuple": [...]}, {"dict": [[key, value], ...]}, {"tensor": "name"}.
"""

from __future__ import annotations

import base64
import math
import re
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from microtorch.tensor.dispatch import wrap
from microtorch.tensor.dtypes import DType, Size, by_numpy
from microtorch.tensor.tensor import Tensor
from microtorch.tensor.unreadable import Damaged, LoadError

Array = np.ndarray[Any, Any]
DEEPEST = 100
READABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99})*")


def pack(obj: Any) -> tuple[Any, dict[str, Array]]:
    """Plain data and the arrays it speaks of, under names such as "model/0.weight"."""
    arrays: dict[str, Array] = {}
    return encode(obj, (), arrays), arrays


def encode(obj: Any, path: tuple[Any, ...], arrays: dict[str, Array]) -> Any:
    """One value; ``path`` are the keys that lead to it."""
    if len(path) > DEEPEST:
        raise ValueError(f"torch.save: more than {DEEPEST} levels deep, or a list inside of itself")
    kind = type(obj)
    if obj is None or kind in (bool, int, str) or (kind is float and math.isfinite(obj)):
        return obj
    if kind is float:
        return {"float": str(obj)}
    if isinstance(obj, Tensor):
        return encode_tensor(obj, path, arrays)
    if kind in (list, tuple, Size, set):
        entries = [encode(entry, (*path, i), arrays) for i, entry in enumerate(obj)]
        return entries if kind is list else {kind.__name__: entries}
    if kind in (dict, OrderedDict):
        pairs = [
            [encode(key, (*path, "key"), arrays), encode(value, (*path, key), arrays)]
            for key, value in obj.items()
        ]
        encoded = {kind.__name__: pairs}
        if kind is OrderedDict and hasattr(obj, "_metadata"):  # a module's state_dict
            encoded["metadata"] = encode(obj._metadata, (*path, "metadata"), arrays)
        return encoded
    if kind is bytes:
        return {"bytes": base64.b64encode(obj).decode()}
    if kind is DType:
        return {"dtype": obj.name}
    raise cannot_save(obj, path)


def encode_tensor(tensor: Tensor, path: tuple[Any, ...], arrays: dict[str, Array]) -> Any:
    name = "/".join(map(str, path)) or "tensor"
    if not READABLE.fullmatch(name) or name in arrays or len(name) > 200:
        name = f"tensor_{len(arrays)}"
        while name in arrays:
            name += "_"
    arrays[name] = np.asarray(tensor._data)
    encoded: dict[str, Any] = {"tensor": name}
    if tensor.requires_grad:
        encoded["requires_grad"] = True
    if type(tensor).__name__ == "Parameter":
        encoded["parameter"] = True
    return encoded


def cannot_save(obj: Any, path: tuple[Any, ...]) -> TypeError:
    """What to say of a value that a file cannot hold."""
    where = "".join(f"[{key!r}]" for key in path)
    hint = "save the numbers that it is made of: tensors, numbers, strings, lists and dicts."
    if hasattr(obj, "state_dict"):
        hint = "save what it has learned: torch.save(model.state_dict(), path)."
    elif isinstance(obj, np.ndarray | np.generic):
        hint = "convert it: torch.from_numpy(array), or number.item()."
    elif isinstance(obj, dict | tuple | int | str | list):
        hint = "convert it to Python's own type: dict(x), tuple(x), int(x), str(x)."
    return TypeError(
        f"torch.save cannot save a {type(obj).__module__}.{type(obj).__qualname__}"
        f"{f' at {where}' if where else ''}\nHint: {hint}"
    )


def unpack(tree: Any, arrays: dict[str, Array], name: str) -> Any:
    """The value that :func:`pack` was given. Raises LoadError unless it is one."""
    left = dict(arrays)
    try:
        value = decode(tree, left, 0)
    except LoadError:
        raise
    except Exception as error:  # whatever is wrong with plain data, the file is
        raise Damaged(name, f"its table of contents is wrong ({error})") from error
    if left:
        raise Damaged(name, f"nobody asks for what is in it: {min(left)!r}")
    return value


def decode(data: Any, arrays: dict[str, Array], depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError("too many levels")
    if isinstance(data, list):
        return [decode(entry, arrays, depth + 1) for entry in data]
    if not isinstance(data, dict):
        return data
    kind, content = next(iter(data.items()))
    others = set(data) - {kind}
    if kind == "tensor" and others <= {"requires_grad", "parameter"}:
        return decode_tensor(data, arrays)
    if kind == "OrderedDict" and others == {"metadata"}:
        ordered = decode_pairs(OrderedDict(), content, arrays, depth)
        ordered._metadata = decode(data["metadata"], arrays, depth + 1)
        return ordered
    if others:
        raise ValueError(f"{kind} with {sorted(others)}")
    if kind in ("dict", "OrderedDict"):
        return decode_pairs({} if kind == "dict" else OrderedDict(), content, arrays, depth)
    if kind in SEQUENCES:
        if not isinstance(content, list):
            raise ValueError(f"{kind} of {type(content).__name__}")
        return SEQUENCES[kind](decode(entry, arrays, depth + 1) for entry in content)
    return WORDS[kind](content)


def decode_pairs(made: Any, pairs: Any, arrays: dict[str, Array], depth: int) -> Any:
    for key, value in pairs:
        decoded = decode(key, arrays, depth + 1)
        if decoded in made:
            raise ValueError(f"the key {decoded!r} is there twice")
        made[decoded] = decode(value, arrays, depth + 1)
    return made


def decode_tensor(data: dict[str, Any], arrays: dict[str, Array]) -> Tensor:
    tensor = wrap(arrays.pop(data["tensor"])[()])
    wanted = data.get("requires_grad", False) is True
    if "parameter" in data:  # by its name, when it is needed: this floor stands below nn
        made: Tensor = import_module("microtorch.nn").Parameter(tensor, wanted)
        return made
    return tensor.requires_grad_() if wanted else tensor


def not_finite(word: str) -> float:
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[word]


def dtype_called(name: str) -> DType:
    return {dtype.name: dtype for dtype in by_numpy.values()}[name]


SEQUENCES: dict[str, Callable[[Any], Any]] = {"tuple": tuple, "Size": Size, "set": set}
WORDS: dict[str, Callable[[str], Any]] = {
    "float": not_finite,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "dtype": dtype_called,
}
