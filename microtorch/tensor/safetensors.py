"""Files of the safetensors library, which PyTorch and others read and write too."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import numpy as np

from microtorch.tensor.archive import no_number, once_each, shaped
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.tensor import Tensor
from microtorch.tensor.unreadable import Damaged, Unsupported

DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


def to_safetensors(obj: Any) -> bytes:
    """A dict of tensors as the content of a file."""
    if not isinstance(obj, dict):
        raise only_dicts(f"this is a {type(obj).__name__}")
    for key, value in obj.items():
        if not isinstance(key, str) or key == "__metadata__":
            raise only_dicts(f"the key {key!r} is not allowed")
        if not isinstance(value, Tensor):
            raise only_dicts(f"{key!r} is a {type(value).__name__}")
    arrays = {key: np.asarray(value._data, order="C") for key, value in obj.items()}
    content: bytes = import_module("safetensors.numpy").save(arrays)
    return content


def only_dicts(cause: str) -> TypeError:
    return TypeError(
        f"torch.save: a .safetensors file holds a dict of names and tensors, and nothing else; "
        f'{cause}\nHint: use another suffix, such as "checkpoint.pt", for a whole checkpoint.'
    )


def read_safetensors(content: bytes, name: str) -> dict[str, Tensor]:
    """The tensors of a file, in the order of its header."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8:
        raise Damaged(name, f"its header should have {length} bytes, the whole has {len(content)}")
    header = json.loads(
        content[8 : 8 + length], object_pairs_hook=once_each, parse_constant=no_number
    )
    for key, entry in header.items():
        if key != "__metadata__" and entry["dtype"] not in DTYPES:
            raise Unsupported(
                name,
                f"{key!r} holds {entry['dtype']}, which is no dtype of microtorch",
                "in PyTorch, convert it before saving: tensor.float().",
            )
    entries = dict(import_module("safetensors").deserialize(content))
    return {key: as_tensor(entries[key]) for key in header if key != "__metadata__"}


def as_tensor(entry: dict[str, Any]) -> Tensor:
    raw = np.frombuffer(bytearray(entry["data"]), np.uint8)
    return wrap(shaped(raw, np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"]))[()])
