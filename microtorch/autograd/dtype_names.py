"""What PyTorch's messages call the dtypes. They have three names, by the part of it that speaks."""

from __future__ import annotations

from typing import Any

# dtype: (in most messages, in C++ as the compiler says it, in C++ as the source says it)
NAMES = {
    "float16": ("Half", "c10::Half", "c10::Half"),
    "float32": ("Float", "float", "float"),
    "float64": ("Double", "double", "double"),
    "int8": ("Char", "signed char", "int8_t"),
    "int16": ("Short", "short int", "int16_t"),
    "int32": ("Int", "int", "int"),
    "int64": ("Long", "long int", "int64_t"),
    "uint8": ("Byte", "unsigned char", "uint8_t"),
    "bool": ("Bool", "bool", "bool"),
}


def title(x: Any) -> str:
    """Of a NumPy dtype, or of a tensor's: ``Float``, ``Long``."""
    return names(x)[0]


def c_name(x: Any) -> str:
    """The same as ``float``, ``long int``."""
    return names(x)[1]


def fixed_width_name(x: Any) -> str:
    """The same as ``float``, ``int64_t``."""
    return names(x)[2]


def names(x: Any) -> tuple[str, str, str]:
    """All three names of a NumPy dtype, or of a tensor's."""
    dtype = x._data.dtype if hasattr(x, "_data") else x
    return NAMES.get(dtype.name, (dtype.name.capitalize(), dtype.name, dtype.name))
