"""Element types with PyTorch's names and rules, and the shape type that prints its way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import index
from typing import Any, Self, SupportsIndex

import numpy as np


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as ``torch.Size([2, 3])``, and whose parts do too."""

    __slots__ = ()

    def __new__(cls, lengths: Iterable[SupportsIndex] = ()) -> Self:
        made = super().__new__(cls, lengths)  # type: ignore[arg-type]
        for position, length in enumerate(made):
            if type(length) is not int:
                return super().__new__(cls, [as_length(n, i) for i, n in enumerate(made, position)])
        return made

    def numel(self) -> int:
        """How many entries an array of this shape has."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return Size(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(
                f"can only concatenate tuple (not {type(other).__name__}) to torch.Size\n"
                "Hint: write torch.Size(...) or tuple(...) around it."
            )
        return Size((*self, *other))

    def __radd__(self, other: tuple[int, ...]) -> Size:
        return Size((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: SupportsIndex) -> Size:
        return Size(super().__mul__(times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


def as_length(number: Any, position: int) -> int:
    """One length of a shape as Python's int; TypeError if it is no whole number."""
    try:
        return index(number)
    except TypeError:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {position} is "
            f"'{type(number).__name__}')\nHint: a length is a whole number."
        ) from None


class DType:
    """An element type: a name and NumPy's dtype behind it.

    >>> import microtorch as torch
    >>> torch.tensor([1.0]).dtype
    torch.float32
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        by_numpy[self.numpy] = self

    @property
    def is_floating_point(self) -> bool:
        """Whether it holds floats: only these can require gradients."""
        return self.numpy.kind == "f"

    @property
    def is_complex(self) -> bool:
        """False: microtorch has no complex numbers."""
        return False

    @property
    def is_signed(self) -> bool:
        """Whether it holds negative numbers."""
        return self.numpy.kind in "if"

    @property
    def itemsize(self) -> int:
        """How many bytes one entry takes."""
        return self.numpy.itemsize

    def to_real(self) -> DType:
        """The real type of the same precision: itself."""
        return self

    def to_complex(self) -> DType:
        """Raises TypeError: microtorch has no complex numbers."""
        raise no_dtype("complex")

    def __reduce__(self) -> tuple[Any, ...]:  # a copy of a dtype is that dtype
        return as_dtype, (self.name,)

    def __repr__(self) -> str:
        return f"torch.{self.name}"


by_numpy: dict[np.dtype[Any], DType] = {}
float16, float32, float64 = DType("float16"), DType("float32"), DType("float64")
int8, int16, int32, int64 = DType("int8"), DType("int16"), DType("int32"), DType("int64")
uint8, bool_ = DType("uint8"), DType("bool")

# PyTorch's names for what microtorch leaves out.
LEFT_OUT = {
    "bfloat16",
    "cdouble",
    "cfloat",
    "complex128",
    "complex64",
    "uint16",
    "uint32",
    "uint64",
}
RANK = {"b": 0, "u": 1, "i": 1, "f": 2}
# To round once where PyTorch does: a product and a sum in the next wider type.
WIDER: dict[str, Any] = {"float32": np.float64, "float64": np.longdouble}
PYTHONS_OWN = {float: float64, int: int64, bool: bool_}


def no_dtype(name: object) -> TypeError:
    """What to say of an element type that microtorch leaves out (bfloat16, complex, ...)."""
    known = ", ".join(d.name for d in by_numpy.values())
    return TypeError(
        f"microtorch has no dtype {name}; it has: {known}\n"
        "Hint: convert the numbers first, for example with array.astype(np.float32)."
    )


def as_dtype(dtype: Any) -> DType:
    """The DType for ``torch.float32``, ``np.float32``, ``"float32"``, or ``float`` (64 bits)."""
    if isinstance(dtype, DType):
        return dtype
    found: np.dtype[Any] = np.dtype(dtype)
    if found not in by_numpy:
        raise no_dtype(found)
    return by_numpy[found]


def as_numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype for the same."""
    return as_dtype(dtype).numpy


def wanted_dtype(dtype: Any, function: str, default: DType | None = None) -> np.dtype[Any]:
    """NumPy's dtype for a ``dtype=`` argument, which must be a torch.dtype; None is the default."""
    if dtype is None:
        return (default or get_default_dtype()).numpy
    if isinstance(dtype, type) and dtype in PYTHONS_OWN:
        return PYTHONS_OWN[dtype].numpy
    if not isinstance(dtype, DType):
        kind = type(dtype)
        name = (
            kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        )
        raise TypeError(
            f"{function}(): argument 'dtype' must be torch.dtype, not {name}\n"
            "Hint: write dtype=torch.float32, torch.int64, torch.bool, ..."
        )
    return dtype.numpy


# The default float ------------------------------------------------------------------------------

default_dtype = [float32]


def get_default_dtype() -> DType:
    """The dtype of Python's floats, of zeros, rand, ..., and of whole numbers made floats."""
    return default_dtype[0]


def default_float() -> np.dtype[Any]:
    """The same as NumPy's dtype."""
    return default_dtype[0].numpy


def set_default_dtype(d: DType) -> None:
    """Make another float type the default: ``torch.set_default_dtype(torch.float64)``.

    Raises TypeError if it is no float type.
    """
    if not isinstance(d, DType) or not d.is_floating_point:
        what = "" if isinstance(d, DType) else "invalid dtype object: "
        raise TypeError(
            f"{what}only floating-point types are supported as the default type\n"
            "Hint: torch.float16, torch.float32 or torch.float64."
        )
    default_dtype[0] = d


# Promotion and conversion -----------------------------------------------------------------------


def promote_types(type1: DType, type2: DType) -> DType:
    """The smallest dtype that both convert to: bool < integer < float.

    >>> import microtorch as torch
    >>> torch.promote_types(torch.int64, torch.float16)
    torch.float16
    """
    for name, given in (("type1", type1), ("type2", type2)):
        if not isinstance(given, DType):
            raise TypeError(
                f"promote_types(): argument '{name}' (position {name[-1]}) must be torch.dtype, "
                f"not {type(given).__name__}"
            )
    return by_numpy[promoted(type1.numpy, type2.numpy)]


def promoted(x: np.dtype[Any], z: np.dtype[Any]) -> np.dtype[Any]:
    """The same on NumPy's dtypes: NumPy alone would make a float64 of an int32 and a float32."""
    if RANK[x.kind] != RANK[z.kind]:
        return x if RANK[x.kind] > RANK[z.kind] else z
    common: np.dtype[Any] = np.promote_types(x, z)
    return common


def result_type(x: Any, z: Any) -> np.dtype[Any]:
    """PyTorch's promotion of two tensors' arrays.

    Types rank bool < integer < float. Within one rank, arrays with dimensions outweigh single
    numbers, so a float64 number does not turn a float32 vector into float64.
    """
    if bool(x.ndim) == bool(z.ndim):
        return promoted(x.dtype, z.dtype)
    array: np.dtype[Any] = (x if x.ndim else z).dtype
    number: np.dtype[Any] = (z if x.ndim else x).dtype
    return array if RANK[array.kind] >= RANK[number.kind] else number


def can_cast(from_: DType, to: DType) -> bool:
    """Whether a conversion stays within bool < integer < float: False for float to integer.

    >>> import microtorch as torch
    >>> torch.can_cast(torch.float64, torch.int64)
    False
    """
    for position, (name, given) in enumerate((("from_", from_), ("to", to)), 1):
        if not isinstance(given, DType):
            raise TypeError(
                f"can_cast(): argument '{name}' (position {position}) must be torch.dtype, "
                f"not {type(given).__name__}"
            )
    return RANK[from_.numpy.kind] <= RANK[to.numpy.kind]


def convert(x: Any, dtype: np.dtype[Any]) -> Any:
    """An array (or NumPy scalar) in another element type, as PyTorch converts.

    Fractions are cut off, whole numbers that do not fit wrap around, and a float too large for
    the target becomes infinity. NaN and infinity have no integer: they become the lowest int32 or
    int64, and 0 in the smaller types, which PyTorch reaches by way of int32.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        if x.dtype.kind == "f" and dtype.kind in "iu" and dtype.itemsize < 4:
            x = x.astype(np.int32)
        return x.astype(dtype)
