"""Tensors of numbers that exist already: nested lists, Python's and NumPy's numbers, arrays."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import Leaf
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.dtypes import (
    bool_,
    by_numpy,
    convert,
    default_float,
    get_default_dtype,
    int64,
    no_dtype,
    promoted,
    wanted_dtype,
)
from microtorch.tensor.methods import method
from microtorch.tensor.options import (
    as_number,
    check_options,
    filled_with,
    finished,
    fits,
    type_name,
)
from microtorch.tensor.tensor import Tensor

__all__ = ["as_tensor", "asarray", "from_numpy", "scalar_tensor", "tensor"]

Array = np.ndarray[Any, Any]

PLAIN = {float, int, bool}


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any) -> Tensor:
    """A tensor with its own copy of the data.

    Python floats become float32 and whole numbers int64; NumPy's numbers and arrays keep their
    dtype. Raises ValueError if nested lists have uneven lengths, RuntimeError or TypeError for
    what is no number.

    >>> import microtorch as torch
    >>> torch.tensor([1, 4.5])
    tensor([1.0000, 4.5000])
    """
    if type(data) is float and dtype is None and not options:  # most frequent, so the short way
        made = wrap(default_float().type(data))
        if requires_grad:
            made._node = Leaf((), made)
        return made
    wanted = None if dtype is None else wanted_dtype(dtype, "tensor")
    if isinstance(data, Tensor):
        advise_clone("torch.tensor(sourceTensor)")
    return finished("tensor", new_array(data, wanted), requires_grad, options)


@method
def new_tensor(
    input: Tensor, data: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor with its own copy of the data, and the dtype of this one unless another is given."""
    wanted = wanted_dtype(dtype, "new_tensor", input.dtype)
    if isinstance(data, Tensor):
        advise_clone("tensor.new_tensor(sourceTensor)")
    return finished("new_tensor", new_array(data, wanted), requires_grad, options)


def advise_clone(call: str) -> None:
    warnings.warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() "
        f"or sourceTensor.detach().clone().requires_grad_(True), rather than {call}.",
        stacklevel=3,
    )


def as_tensor(data: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """The data as a tensor: itself if it is one already, sharing memory with a NumPy array.

    What has another dtype than the one asked for is converted, and so copied.
    """
    check_options("as_tensor", options)
    wanted = None if dtype is None else wanted_dtype(dtype, "as_tensor")
    if isinstance(data, Tensor):
        return data if wanted is None or wanted == data._data.dtype else data._cast(wanted)
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if wanted is None or wanted == data.dtype else shared._cast(wanted)
    return finished("as_tensor", new_array(data, wanted), False, {})


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
    **options: Any,
) -> Tensor:
    """The same, and ``copy`` says whether memory is never shared (True) or always (False).

    Raises ValueError if it cannot be shared. A tensor that requires a gradient gives one that
    does too, and stays part of the graph, unless ``requires_grad`` says otherwise.
    """
    if copy is False:
        check_shareable(obj, dtype)
    if not isinstance(obj, Tensor):
        made = tensor(obj, dtype=dtype, **options) if copy else as_tensor(obj, dtype=dtype)
        return made.requires_grad_() if requires_grad else made
    check_options("asarray", options)
    made = obj if dtype is None else as_tensor(obj, dtype=dtype)
    if copy and made is obj:
        made = obj.clone()
    if requires_grad is None:
        if obj._node is not None:
            warnings.warn(
                "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad "
                "instead of False. Pass requires_grad=False explicitly to get the old behavior "
                "and silence this warning.",
                stacklevel=2,
            )
        return made
    if requires_grad:
        return made if made._node is not None else made.requires_grad_()
    return made.detach() if made._node is not None else made


def check_shareable(obj: Any, dtype: Any) -> None:
    """Raise ValueError if a tensor cannot share memory with obj."""
    if not isinstance(obj, Tensor | np.ndarray):
        raise ValueError(  # noqa: TRY004
            "can't alias arbitrary sequence into a tensor.\nHint: leave copy= out."
        )
    found = obj._data.dtype if isinstance(obj, Tensor) else obj.dtype
    if dtype is not None and wanted_dtype(dtype, "asarray") != found:
        raise ValueError(
            f"can't alias tensor with dtype '{title(found)}' into dtype "
            f"'{title(wanted_dtype(dtype, 'asarray'))}'.\nHint: leave copy= out."
        )


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor that shares memory with the array: what changes in one changes in the other.

    Raises TypeError for what is no array of numbers, ValueError for an array that runs backwards.
    A warning says so if the array must not be written to. (An array without dimensions is copied.)

    >>> import numpy as np
    >>> import microtorch as torch
    >>> array = np.zeros(2)
    >>> t = torch.from_numpy(array)
    >>> array[0] = 5
    >>> t
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {type_name(ndarray)})\n"
            "Hint: torch.tensor(...) takes lists and numbers."
        )
    check_array(ndarray)
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable "
            "tensors. This means writing to this tensor will result in undefined behavior. You "
            "may want to copy the array to protect its data or make it writable before converting "
            "it to a tensor. This type of warning will be suppressed for the rest of this program.",
            stacklevel=2,
        )
    return wrap(np.asarray(ndarray)[()])


def check_array(array: Array) -> None:
    """Raise an error, PyTorch's own, for an array that no tensor can be made of."""
    if array.dtype.newbyteorder("=") in by_numpy and not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported.\n"
            "Hint: array.astype(array.dtype.newbyteorder('='))."
        )
    if array.dtype in by_numpy:
        if any(stride < 0 for stride in array.strides):
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with "
                "negative strides are not currently supported. (You can probably work around this "
                "by making a copy of your array  with array.copy().) "
            )
        return
    if array.dtype.kind in "uc":
        raise no_dtype(array.dtype)
    raise TypeError(
        f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported "
        "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, "
        "uint64, uint32, uint16, uint8, and bool.\n"
        "Hint: microtorch has no complex and no unsigned types but uint8. For texts and other "
        "objects, give each a number first."
    )


def scalar_tensor(
    s: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor of a single number, float32 unless another dtype is given."""
    number = as_number("scalar_tensor", s, "s", 1)
    made = filled_with(number, wanted_dtype(dtype, "scalar_tensor"))
    return finished("scalar_tensor", made, requires_grad, options)


# Nested lists -----------------------------------------------------------------------------------


def new_array(data: Any, wanted: np.dtype[Any] | None) -> Any:
    """The data as a new array, in the dtype wanted or the one that PyTorch infers."""
    if isinstance(data, Tensor):
        return data._data.copy() if wanted is None else convert(data._data, wanted)
    if isinstance(data, np.ndarray):
        check_array(data)
        array = np.asarray(data)
        return array.copy() if wanted is None else convert(array, wanted)
    if isinstance(data, str | bytes):
        raise not_numbers(data)
    shape = shape_of(data)
    leaves = [] if 0 in shape else entries(data, shape)
    dtype = inferred(leaves) if wanted is None else wanted
    return stored(leaves, dtype).reshape(shape)


def is_sequence(x: object) -> bool:
    """Whether PyTorch looks for numbers inside of x."""
    if isinstance(x, list | tuple | np.ndarray):
        return True
    return hasattr(type(x), "__getitem__") and not isinstance(x, Tensor | np.generic | dict)


def shape_of(data: Any) -> tuple[int, ...]:
    """The shape of nested lists, as their first entries tell it."""
    shape: list[int] = []
    while is_sequence(data):
        if isinstance(data, str):
            raise ValueError(f"too many dimensions 'str'\n{TEXT_HINT}")  # noqa: TRY004
        shape.append(len(data))
        if len(shape) == 2 and isinstance(data, np.ndarray):
            advise_array()
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def entries(data: Any, shape: tuple[int, ...], dim: int = 0) -> list[Any]:
    """All entries of nested lists in a row; an error if the lists do not have the shape."""
    if dim == len(shape):
        return [data]
    if isinstance(data, str | bytes):
        raise not_numbers(data)
    if not is_sequence(data):
        raise TypeError(f"not a sequence\n{RECTANGLE}")
    if len(data) != shape[dim]:
        raise ValueError(
            f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})\n{RECTANGLE}"
        )
    if dim == len(shape) - 1:
        return list(data)
    return [entry for row in data for entry in entries(row, shape, dim + 1)]


RECTANGLE = "Hint: nested lists must make a rectangle: every row has the same length."
TEXT_HINT = "Hint: a tensor holds numbers. Give each text a number first."


def advise_array() -> None:
    warnings.warn(
        "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider "
        "converting the list to a single numpy.ndarray with numpy.array() before converting to a "
        "tensor.",
        stacklevel=5,
    )


def not_numbers(data: object) -> TypeError:
    return TypeError(f"new(): invalid data type '{type(data).__name__}'\n{TEXT_HINT}")


def inferred(leaves: list[Any]) -> np.dtype[Any]:
    """The dtype that holds all the entries; the default float if there are none."""
    kinds = set(map(type, leaves))
    if not kinds or (float in kinds and kinds <= PLAIN):
        return get_default_dtype().numpy
    if kinds <= PLAIN:
        return (int64 if int in kinds else bool_).numpy
    dtype = dtype_of(leaves[0])
    for leaf in leaves[1:]:
        dtype = promoted(dtype, dtype_of(leaf))
    return dtype


def dtype_of(leaf: Any) -> np.dtype[Any]:
    """The dtype of one entry; an error for what is no number."""
    if isinstance(leaf, Tensor | np.generic):
        array = np.asarray(leaf._data if isinstance(leaf, Tensor) else leaf)
        check_array(array)
        return array.dtype
    for python, dtype in ((bool, bool_), (int, int64), (float, get_default_dtype())):
        if isinstance(leaf, python):
            return dtype.numpy
    if isinstance(leaf, complex):
        raise no_dtype("complex")
    if isinstance(leaf, str | bytes):
        raise not_numbers(leaf)
    if is_sequence(leaf):
        return inferred(list(leaf))  # stored() will say what is wrong
    raise RuntimeError(
        f"Could not infer dtype of {type(leaf).__name__}\nHint: a tensor holds numbers only."
    )


def stored(leaves: list[Any], dtype: np.dtype[Any]) -> Array:
    """The entries in one array of the dtype."""
    if not set(map(type, leaves)) <= PLAIN:
        leaves = [as_python(leaf, dtype) for leaf in leaves]
    if dtype.kind == "f":
        array: Array = convert(np.array(leaves, np.float64), dtype)
        return array
    if dtype.kind == "b":
        return np.array(leaves).astype(bool)
    floats = any(isinstance(leaf, float) for leaf in leaves)
    try:
        numbers = np.array(leaves, np.float64 if floats else np.int64)
    except OverflowError:
        raise ValueError(
            "Overflow when unpacking long long\n"
            "Hint: a number does not fit into 64 bits; write it as a float."
        ) from None
    for extreme in (numbers.min(), numbers.max()) if numbers.size else ():
        if not fits(extreme.item(), dtype):
            raise RuntimeError(
                f"value cannot be converted to type {dtype.name} without overflow\n"
                f"Hint: {extreme} does not fit into torch.{dtype.name}; choose a wider dtype."
            )
    return numbers.astype(dtype)


def as_python(leaf: Any, dtype: np.dtype[Any]) -> Any:
    """One entry as Python's number; TypeError for what is none."""
    if isinstance(leaf, Tensor):
        if leaf._data.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars\n"
                f"Hint: torch.stack joins tensors; this one has shape {tuple(leaf._data.shape)}."
            )
        if leaf._node is not None and is_grad_enabled():
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
                "behavior.\nConsider using tensor.detach() first.",
                stacklevel=6,
            )
        if dtype.kind in "iu" and leaf._data.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return leaf._data.item()
    if isinstance(leaf, np.bool_) and dtype.kind == "b":
        return bool(leaf)
    if dtype.kind == "f" and not isinstance(leaf, int | float | np.number | np.bool_):
        raise TypeError(f"must be real number, not {type_name(leaf)}\n{RECTANGLE}")
    if dtype.kind != "f" and not isinstance(leaf, int | float | np.integer):
        raise TypeError(
            f"'{type_name(leaf)}' object cannot be interpreted as an integer\n{RECTANGLE}"
        )
    return leaf.item() if isinstance(leaf, np.generic) else leaf
