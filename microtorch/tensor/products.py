"""Which product ``a @ b`` means, by the dimensions of a and b; and a layer's ``x @ w.T + b``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import c_name, title
from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import kinds, node_of_many
from microtorch.tensor import dispatch
from microtorch.tensor.dispatch import cannot_broadcast, not_a_tensor, record, wrap

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor

FLOAT32 = np.dtype(np.float32)

# The functions and methods of this area are in contractions.py: Tensor itself is built from this.
__all__: list[str] = []

BY_DIMENSIONS: dict[tuple[int, int], type[ops.Op]] = {
    (1, 1): ops.Dot,
    (2, 1): ops.Mv,
    (1, 2): ops.VecMat,
    (2, 2): ops.Mm,
    (3, 2): ops.StackMatrix,
    (3, 1): ops.StackVector,
    (1, 3): ops.VectorStack,
}
# PyTorch's name of the routine that an op stands for: its words depend on it.
ROUTINES: dict[type[ops.Op], str] = {
    **dict.fromkeys([ops.Dot, ops.Vdot], "dot"),
    **dict.fromkeys([ops.Mv, ops.StackVector, ops.VectorStack], "mv"),
    **dict.fromkeys([ops.Mm, ops.VecMat, ops.StackMatrix, ops.MatrixStack], "mm"),
    **dict.fromkeys([ops.Bmm, ops.Matmul], "bmm"),
}
FOR_BOOL = {"mm": "addmm_impl_cpu_", "mv": "addmv_impl_cpu"}


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of two vectors, matrices or stacks of matrices: ``input @ other``.

    Vectors (n) and matrices (m x n) multiply as in a textbook. With more than two dimensions, the
    last two are the matrices, and those in front broadcast. Both must have the same dtype.
    Raises RuntimeError if the shapes do not fit.

    >>> import microtorch as torch
    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]]) @ torch.tensor([1.0, 10.0])
    tensor([21., 43.])
    """
    a, b = input._data, other._data
    op = BY_DIMENSIONS.get((a.ndim, b.ndim)) or for_stacks(input, other)
    if a.dtype is not b.dtype or a.dtype.kind == "b":
        check_dtypes(a, b, op)
    try:
        return record(op, (input, other), ())
    except ValueError:
        raise shapes_do_not_fit(a, b, op, other.requires_grad) from None


def for_stacks(input: Tensor, other: Tensor) -> type[ops.Op]:
    """The op for stacks of matrices; PyTorch's choice depends on who needs a gradient."""
    a, b = input._data, other._data
    if 0 in (a.ndim, b.ndim):
        raise needs_dimensions("matmul", a, b)
    if 1 in (a.ndim, b.ndim):
        return ops.StackVector if b.ndim == 1 else ops.VectorStack
    if b.ndim == 2:
        return ops.StackMatrix
    one_to_many = a.ndim == 2 or (a.ndim == b.ndim == 3 and a.shape[0] == 1 < b.shape[0])
    return ops.MatrixStack if one_to_many and input.requires_grad else ops.Matmul


def check_dtypes(a: Any, b: Any, op: type[ops.Op]) -> None:
    """Raise PyTorch's words for two dtypes that cannot be multiplied."""
    routine = ROUTINES[op]
    if routine in ("mm", "bmm") and a.shape[-1] != b.shape[-2]:
        raise shapes_do_not_fit(a, b, op)  # PyTorch looks at the shapes first
    if a.dtype != b.dtype:
        if op in (ops.MatrixStack, ops.VectorStack):
            a, b = b, a
        words = {
            "dot": "dot : expected both vectors to have same dtype, "
            f"but found {title(a.dtype)} and {title(b.dtype)}",
            "mv": "addmv input tensors must have the same dtype, "
            f"but got {title(b.dtype)}, {title(a.dtype)}, and {title(b.dtype)}",
            "mm": "expected m1 and m2 to have the same dtype, "
            f"but got: {c_name(a.dtype)} != {c_name(b.dtype)}",
            "bmm": f"expected scalar type {title(a.dtype)} but found {title(b.dtype)}",
        }
        raise RuntimeError(
            f"{words[routine]}\nHint: convert one of them, for example with .float()."
        )
    if a.dtype.kind == "b":
        raise not_for_bool(FOR_BOOL.get(routine, routine))


def not_for_bool(routine: str) -> NotImplementedError:
    """PyTorch's words for a product of bools."""
    return NotImplementedError(
        f"\"{routine}\" not implemented for 'Bool'\nHint: convert both first: .float() or .long()."
    )


def needs_dimensions(function: str, a: Any, b: Any) -> RuntimeError:
    return RuntimeError(
        f"both arguments to {function} need to be at least 1D, but they are "
        f"{a.ndim}D and {b.ndim}D\nHint: use * for a single number."
    )


def shapes_do_not_fit(a: Any, b: Any, op: type[ops.Op], learned: bool = False) -> RuntimeError:
    """PyTorch's words, then which lengths must agree and whether a transpose would do.

    PyTorch multiplies a stack with a single matrix in one go if that is ``learned``.
    """
    m, n = a.shape[-1], b.shape[0 if b.ndim == 1 else -2]
    in_one_go = op is ops.MatrixStack or (learned and b.ndim == 3 and b.shape[0] == 1 < a.shape[0])
    if op in (ops.Dot, ops.Vdot):
        text = (
            f"inconsistent tensor size, expected tensor [{m}] and src [{n}] to have the same "
            f"number of elements, but got {m} and {n} elements respectively"
        )
    elif ROUTINES[op] == "mv":
        matrix, vector = (a, b) if b.ndim == 1 else (b.swapaxes(-1, -2), a)
        rows = math.prod(matrix.shape[:-1])
        text = (
            f"size mismatch, got input ({rows}), mat ({rows}x{matrix.shape[-1]}), "
            f"vec ({vector.shape[0]})"
        )
    elif ROUTINES[op] == "mm" or (in_one_go and a.ndim == 3):
        x, z = (b.swapaxes(-1, -2), a.swapaxes(-1, -2)) if op is ops.MatrixStack else (a, b)
        rows = math.prod(x.shape[:-1])
        text = (
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and "
            f"{z.shape[-2]}x{z.shape[-1]})"
        )
    else:
        try:
            stack = math.prod(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
        except ValueError as error:
            outer_a, outer_b = np.empty(a.shape[:-2], bool), np.empty(b.shape[:-2], bool)
            return cannot_broadcast(error, outer_a, outer_b)
        text = (
            f"Expected size for first two dimensions of batch2 tensor to be: [{stack}, {m}] "
            f"but got: [{stack}, {n}]."
        )
    return RuntimeError(f"{text}\nHint: {which_must_agree(a, b)}")


def which_must_agree(a: Any, b: Any) -> str:
    """The shapes, the two lengths that must be equal, and whether a transpose would do."""
    m, n = a.shape[-1], b.shape[0 if b.ndim == 1 else -2]
    place = "last but one" if b.ndim > 2 else "first"
    hint = (
        f"the shapes are {tuple(a.shape)} and {tuple(b.shape)}: the last length of the first ({m}) "
        f"must equal the {place} length of the second ({n})."
    )
    if a.ndim == 2 and a.shape[-2] == n:
        hint += " They would fit with the first transposed: a.T @ b."
    elif b.ndim == 2 and b.shape[-1] == m:
        hint += " They would fit with the second transposed: a @ b.T."
    return hint


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A layer: ``input @ weight.T + bias``, in one step.

    input: (..., features in); weight: (features out, features in); bias: (features out).
    Raises RuntimeError if the shapes or dtypes do not fit.

    >>> import microtorch as torch
    >>> weight, bias = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([0.5, 0.5])
    >>> torch.nn.functional.linear(torch.tensor([1.0, 10.0]), weight, bias)
    tensor([21.5000, 43.5000])
    """
    try:
        x, w = input._data, weight._data
        b = None if bias is None else bias._data
    except AttributeError:
        raise first_non_tensor("linear", input=input, weight=weight, bias=bias) from None
    if x.ndim == w.ndim == 2 and b is not None and x.dtype is w.dtype is b.dtype is FLOAT32:
        try:  # by far the most frequent case: if NumPy agrees, nothing below has to be looked at
            return recorded_layer(ops.Linear, input, weight, bias, ops.Linear.forward(x, w, b))
        except ValueError:
            pass
    if x.ndim == 0 or w.ndim != 2:
        return unusual_linear(input, weight, bias)
    if x.shape[-1] != w.shape[1]:
        raise layer_does_not_fit(x, w)
    if b is None:
        if x.dtype is not w.dtype or x.dtype.kind == "b":
            check_dtypes(x, w, ops.Mm)
        routines = (ops.LinearNoBiasVector, ops.LinearNoBias, ops.LinearNoBiasRows)
        return record(routines[min(x.ndim - 1, 2)], (input, weight), ())
    if not (x.dtype is w.dtype is b.dtype) or x.dtype.kind == "b":
        check_addmm_dtypes(b, x, w)
    op: type[ops.Op] = ops.Linear if x.ndim == 2 else ops.LinearRows
    if b.shape != w.shape[:1]:
        check_bias(x, w, b)
    if x.ndim > 2 and (b.ndim > 1 or not x.flags.c_contiguous):
        op = ops.LinearPlusBias
    return recorded_layer(op, input, weight, bias, op.forward(x, w, b))


def recorded_layer(
    op: type[ops.Op], input: Tensor, weight: Tensor, bias: Any, y: np.ndarray[Any, Any]
) -> Tensor:
    """The output of a layer, recorded in the shortest way: networks are full of them."""
    parents = (input._node, weight._node, bias._node)
    if not is_grad_enabled() or not any(parents):
        return wrap(y)
    inputs = (input._data, weight._data, bias._data)
    return wrap(y, node_of_many(kinds[op], parents, inputs, (), y))


def unusual_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A layer with one unit (weight is a vector), or PyTorch's words for what cannot be one."""
    if weight.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {weight.ndim}D\n"
            "Hint: the weight of a layer is a matrix: (features out, features in)."
        )
    if 0 in (input.ndim, weight.ndim):
        raise needs_dimensions("linear", input, weight)
    if bias is None:
        return matmul(input, weight)
    if input.ndim == 2:
        raise RuntimeError(
            "mat2 must be a matrix, got 1-D tensor\n"
            "Hint: the weight of a layer is a matrix: (features out, features in)."
        )
    return matmul(input, weight) + bias


def layer_does_not_fit(x: Any, w: Any) -> RuntimeError:
    """PyTorch's words for an input that has not as many features as the layer takes."""
    out_features, in_features = w.shape
    hint = (
        f"the layer takes {in_features} features and gives {out_features}, but the last length of "
        f"its input, of shape {tuple(x.shape)}, is {x.shape[-1]}."
    )
    if x.shape[-1] == out_features:
        hint += " Are in_features and out_features swapped?"
    elif x.ndim > 1 and math.prod(x.shape[1:]) == in_features:
        hint += " It would fit after x.flatten(1)."
    rows = math.prod(x.shape[:-1])
    return RuntimeError(
        f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and "
        f"{in_features}x{out_features})\nHint: {hint}"
    )


def check_addmm_dtypes(c: Any, a: Any, b: Any) -> None:
    """Raise PyTorch's words unless all three operands of c + a @ b have one dtype."""
    hint = "\nHint: convert them to one dtype, for example with .float()."
    if c.dtype != b.dtype:
        raise RuntimeError(
            "self and mat2 must have the same dtype, "
            f"but got {title(c.dtype)} and {title(b.dtype)}{hint}"
        )
    if a.dtype != b.dtype:
        raise RuntimeError(
            "mat1 and mat2 must have the same dtype, "
            f"but got {title(a.dtype)} and {title(b.dtype)}{hint}"
        )
    if a.dtype.kind == "b":
        raise not_for_bool("addmm_impl_cpu_")


def check_bias(x: Any, w: Any, b: Any) -> None:
    """Raise PyTorch's words for a bias that does not fit onto the layer's output."""
    shape = (math.prod(x.shape[:-1]), w.shape[0])
    if x.ndim > 2 and b.ndim > 1:
        shape = (*x.shape[:-1], w.shape[0])
    check_expandable(b, shape)


def check_expandable(c: Any, shape: tuple[int, ...]) -> None:
    """Raise PyTorch's words if c cannot be stretched to a shape."""
    if c.ndim > len(shape):
        raise RuntimeError(
            f"expand(torch.{title(c.dtype)}Tensor{{{list(c.shape)}}}, size={list(shape)}): the "
            f"number of sizes provided ({len(shape)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({c.ndim})"
        )
    for axis in range(-1, -c.ndim - 1, -1):
        if c.shape[axis] not in (1, shape[axis]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[axis]}) must match the existing size "
                f"({c.shape[axis]}) at non-singleton dimension {len(shape) + axis}.  "
                f"Target sizes: {list(shape)}.  Tensor sizes: {list(c.shape)}\n"
                f"Hint: {tuple(c.shape)} is added to a result of shape {tuple(shape)}: compared "
                "from the right, each length must be 1 or the same."
            )


def first_non_tensor(function: str, **arguments: Any) -> TypeError:
    """PyTorch's words for the first argument that should be a Tensor and is none."""
    for position, (name, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, dispatch.Tensor):
            return not_a_tensor(function, value, name, position)
    raise AssertionError(f"{function}: all arguments are tensors")


def only_tensors(function: str, **arguments: Any) -> None:
    """Raise PyTorch's words unless all these arguments are Tensors."""
    if not all(isinstance(value, dispatch.Tensor) for value in arguments.values()):
        raise first_non_tensor(function, **arguments)
