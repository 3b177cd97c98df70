"""Shapes and dimensions as a person writes them, made exact or refused with a reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index
from typing import Any

from microtorch.autograd.dtype_names import title


def as_axis(dim: Any, ndim: int) -> int:
    """One dimension, counted from the front: IndexError if there is no such dimension.

    A single number counts as having one dimension here.
    """
    limit = ndim or 1
    if type(dim) is int and -limit <= dim < limit:  # nearly always
        return dim % limit
    if not is_whole(dim):
        raise TypeError(f"dim must be int, not {type(dim).__name__}\nHint: dimensions are counted.")
    axis = index(dim)
    if not -limit <= axis < limit:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], "
            f"but got {axis})\n"
            f"Hint: a tensor with {ndim} dimensions counts them 0, 1, ... from the front and "
            "-1, -2, ... from the end."
        )
    return axis % limit


def as_axes(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """``dim`` (None, a number or several, maybe negative) as a tuple of whole numbers >= 0."""
    if dim is None:
        return None
    dims = dim if isinstance(dim, Sequence) else (dim,)
    axes = tuple([as_axis(d, ndim) for d in dims])
    return axes if ndim else ()


def distinct_axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """The same for several dimensions, none of which may be named twice."""
    dims = dim if isinstance(dim, Sequence) else (dim,)
    axes = [as_axis(d, ndim) for d in dims]
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(
                f"dim {axis} appears multiple times in the list of dims\n"
                "Hint: name every dimension once; -1 is the last one."
            )
    return tuple(axes) if ndim else ()


def unpacked(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    packed = len(args) == 1 and isinstance(args[0], Sequence) and not isinstance(args[0], str)
    return tuple(args[0]) if packed else args


def whole_numbers(
    function: str, name: str, args: tuple[Any, ...], given: Any = None
) -> tuple[int, ...]:
    """``f(x, 2, 3)``, ``f(x, (2, 3))`` and ``f(x, shape=(2, 3))`` mean the same.

    Raises TypeError if nothing is given, or something that is no whole number.
    """
    if given is None and not args:
        raise TypeError(
            f'{function}() missing 1 required positional arguments: "{name}"\n'
            f"Hint: for example {function}({name}=(2, 3))."
        )
    if given is not None:
        args = (given,)
    values = unpacked(args)
    if set(map(type, values)) <= {int}:
        return values
    for position, value in enumerate(values):
        if not is_whole(value) or isinstance(value, str):
            raise no_whole_number(function, name, args, position)
    return tuple([index(value) for value in values])


def is_whole(value: Any) -> bool:
    """Whether Python can count with it: an int, NumPy's integers, a tensor with one integer."""
    try:
        index(value)
    except (TypeError, RuntimeError):
        return False
    return True


def no_whole_number(function: str, name: str, args: tuple[Any, ...], position: int) -> TypeError:
    """PyTorch's words for a shape with something in it that is no whole number."""
    hint = "\nHint: lengths and dimensions are whole numbers; write n // 2, not n / 2."
    kind = type(unpacked(args)[position]).__name__
    if position:
        return TypeError(
            f"{function}(): argument '{name}' failed to unpack the object at pos {position + 1} "
            f'with error "type must be tuple of ints,but got {kind}"{hint}'
        )
    if function == "view" and not isinstance(args[0], tuple | list):
        kinds = ", ".join(type(value).__name__ for value in args)
        return TypeError(
            f"view() received an invalid combination of arguments - got ({kinds}), but expected "
            f"one of:\n * (torch.dtype dtype)\n * (tuple of ints size)\n{hint}"
        )
    if len(args) > 1:
        return TypeError(
            f"{function}() takes 1 positional argument but {len(args)} were given{hint}"
        )
    if isinstance(args[0], tuple | list):
        return TypeError(
            f"{function}(): argument '{name}' (position 1) must be tuple of ints, but found "
            f"element of type {kind} at pos {position}{hint}"
        )
    return TypeError(
        f"{function}(): argument '{name}' (position 1) must be tuple of ints, not {kind}{hint}"
    )


def whole(value: Any, function: str, name: str, position: int) -> int:
    """One whole number; TypeError if it is something else."""
    if not is_whole(value):
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be int, not "
            f"{type(value).__name__}\nHint: write n // 2, not n / 2."
        )
    return index(value)


def as_shape(x: Any, shape: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape asked for, with -1 worked out; RuntimeError if x does not fit into it."""
    sizes = [int(n) for n in shape]
    if math.prod(sizes) == x.size and min(sizes, default=0) >= 0:
        return tuple(sizes)
    for position, n in enumerate(sizes):
        if n < -1:
            raise RuntimeError(
                f"invalid shape dimension {n} at index {position} of shape {sizes}\n"
                "Hint: a length is 0 or more; a single -1 stands for what is left."
            )
    if sizes.count(-1) > 1:
        raise RuntimeError(
            "only one dimension can be inferred\n"
            f"Hint: {sizes} has several -1; say all lengths but one."
        )
    known = math.prod(n for n in sizes if n != -1)
    if -1 in sizes and not known and not x.size:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {sizes} because the unspecified "
            "dimension size -1 can be any value and is ambiguous\n"
            "Hint: say all the lengths."
        )
    if -1 in sizes and known and x.size % known == 0:
        return tuple([x.size // known if n == -1 else n for n in sizes])
    if -1 in sizes or known != x.size:
        raise RuntimeError(
            f"shape '{sizes}' is invalid for input of size {x.size}\n"
            f"Hint: the tensor has shape {tuple(x.shape)}; the lengths of the new shape must "
            f"multiply to {x.size}, and one of them may be -1."
        )
    return tuple(sizes)


def as_expanded(x: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that x is to be expanded to, with -1 meaning: as it is."""
    extra = len(sizes) - x.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand(torch.{title(x.dtype)}Tensor{{{list(x.shape)}}}, size={list(sizes)}): the number of sizes provided "
            f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor "
            f"({x.ndim})\nHint: new dimensions go in front; the others must all be named (-1 "
            "leaves one as it is)."
        )
    full = list(sizes)
    for axis, n in reversed(list(enumerate(sizes))):
        old = x.shape[axis - extra] if axis >= extra else 1
        if n == -1 and axis < extra:
            raise RuntimeError(
                "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                f"dimension {axis}\nHint: give a length for every new dimension."
            )
        if n == -1:
            full[axis] = old
        elif n != old != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at "
                f"non-singleton dimension {axis}.  Target sizes: {list(sizes)}.  Tensor sizes: "
                f"{list(x.shape)}\nHint: only a dimension of length 1 can be expanded; use "
                "repeat to make copies."
            )
        elif n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(sizes)}\n"
                "Hint: -1 alone leaves a dimension as it is."
            )
    return tuple(full)
