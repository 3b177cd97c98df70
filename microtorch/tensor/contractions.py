"""Products by name: mm, bmm, dot, outer, addmm, tensordot, kron, ... (``@`` is in products.py)."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd.dtype_names import title
from microtorch.tensor import numpy_protocol, products
from microtorch.tensor.dispatch import cannot_broadcast, record
from microtorch.tensor.dtypes import result_type
from microtorch.tensor.methods import method
from microtorch.tensor.products import (
    check_addmm_dtypes,
    check_dtypes,
    check_expandable,
    not_for_bool,
    only_tensors,
    shapes_do_not_fit,
    which_must_agree,
)
from microtorch.tensor.shapes import as_axes
from microtorch.tensor.tensor import Tensor

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "cross",
    "dot",
    "ger",
    "inner",
    "kron",
    "matmul",
    "mm",
    "mv",
    "outer",
    "tensordot",
    "vdot",
]


@method
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of two vectors, matrices or stacks of matrices: ``input @ other``.

    Vectors (n) and matrices (m x n) multiply as in a textbook. With more than two dimensions, the
    last two are the matrices, and those in front broadcast.
    Raises RuntimeError if the shapes do not fit, or the dtypes differ.

    >>> import microtorch as torch
    >>> torch.matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0]))
    tensor([21., 43.])
    """
    only_tensors("matmul", input=input, other=other)
    return products.matmul(input, other)


@method
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Matrix times matrix: (m x n) and (n x p) give (m x p); nothing is broadcast."""
    only_tensors("mm", input=input, mat2=mat2)
    for name, each in (("self", input), ("mat2", mat2)):
        if each.ndim != 2:
            raise RuntimeError(
                f"{name} must be a matrix\nHint: it has shape {tuple(each.shape)}. Use "
                "torch.matmul, or @, for vectors and stacks of matrices."
            )
    return products.matmul(input, mat2)


@method
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Matrix times vector: (m x n) and (n) give (m)."""
    only_tensors("mv", input=input, vec=vec)
    if (input.ndim, vec.ndim) != (2, 1):
        raise not_matrix_and_vector(1, input, vec)
    return products.matmul(input, vec)


@method
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Dot product of two vectors of one length: the sum of input_i tensor_i.

    >>> import microtorch as torch
    >>> torch.dot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    only_tensors("dot", input=input, tensor=tensor)
    return dot_product(ops.Dot, input, tensor)


@method
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Dot product of two vectors; for real numbers the same as :func:`dot`."""
    only_tensors("vdot", input=input, other=other)
    return dot_product(ops.Vdot, input, other)


def dot_product(op: type[ops.Op], a: Tensor, b: Tensor) -> Tensor:
    """The shared part of dot and vdot."""
    if (a.ndim, b.ndim) != (1, 1):
        raise RuntimeError(
            f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors\n"
            "Hint: for matrices use @; for the sum of all products (a * b).sum()."
        )
    x, z = a._data, b._data
    if x.dtype != z.dtype or x.dtype.kind == "b":
        check_dtypes(x, z, op)
    if x.shape != z.shape:
        raise shapes_do_not_fit(x, z, op)
    return record(op, (a, b), ())


@method
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Two stacks of matrices, multiplied pair by pair: (b x m x n) and (b x n x p)."""
    only_tensors("bmm", input=input, mat2=mat2)
    for name, each in (("batch1", input), ("batch2", mat2)):
        if each.ndim != 3:
            raise RuntimeError(
                f"{name} must be a 3D tensor\nHint: it has shape {tuple(each.shape)}; bmm takes "
                "(b, m, n) and (b, n, p). Use torch.matmul where dimensions should broadcast."
            )
    check_batches(input._data, mat2._data)
    x, z = input._data, mat2._data
    if x.dtype != z.dtype or x.dtype.kind == "b":
        check_dtypes(x, z, ops.Bmm)
    return record(ops.Bmm, (input, mat2), ())


def check_batches(a: Any, b: Any) -> None:
    """Raise PyTorch's words unless a (b, m, n) and b (b, n, p) fit."""
    if b.shape[:2] != (a.shape[0], a.shape[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}].\n"
            f"Hint: {which_must_agree(a, b)} Both must hold equally many matrices."
        )


@method
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Outer product of two vectors: y_ij = input_i vec2_j.

    >>> import microtorch as torch
    >>> torch.outer(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    only_tensors("outer", input=input, vec2=vec2)
    only_vectors("outer", self=input, vec2=vec2)
    return input.reshape(-1, 1) * vec2


ger = method(outer, "ger")


def only_vectors(function: str, **tensors: Tensor) -> None:
    """Raise PyTorch's words unless all these tensors are vectors."""
    for name, tensor in tensors.items():
        if tensor.ndim != 1:
            raise RuntimeError(
                f"{function}: Expected 1-D argument {name}, but got {tensor.ndim}-D\n"
                f"Hint: it has shape {tuple(tensor.shape)}; .flatten() makes a vector of it."
            )


@method
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Sum of products along the last dimension of both; for vectors the dot product."""
    only_tensors("inner", input=input, other=other)
    if 0 in (input.ndim, other.ndim):
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}\n"
            "Hint: inner multiplies along the last dimension of both; torch.matmul takes the last "
            "of the first and the last but one of the second."
        )
    return tensordot(input, other, ([-1], [-1]))


@method
def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``; input broadcasts. With beta = 0 it is ignored."""
    only_tensors("addmm", input=input, mat1=mat1, mat2=mat2)
    c, a, b = input._data, mat1._data, mat2._data
    for name, each in (("mat1", a), ("mat2", b)):
        if each.ndim != 2:
            raise RuntimeError(
                f"{name} must be a matrix, got {each.ndim}-D tensor\n"
                f"Hint: it has shape {tuple(each.shape)}."
            )
    if a.shape[1] != b.shape[0]:
        raise shapes_do_not_fit(a, b, ops.Mm)
    check_expandable(c, (a.shape[0], b.shape[1]))
    check_addmm_dtypes(c, a, b)
    return record(ops.Addmm, (input, mat1, mat2), scales(a, beta, alpha))


@method
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``; input broadcasts. With beta = 0 it is ignored."""
    only_tensors("addmv", input=input, mat=mat, vec=vec)
    c, a, b = input._data, mat._data, vec._data
    if (a.ndim, b.ndim) != (2, 1) or c.ndim > 1:
        raise not_matrix_and_vector(c.ndim, mat, vec)
    rows = c.shape[0] if c.size != 1 else a.shape[0]
    if a.shape[1] != b.shape[0] or rows != a.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({rows}), mat ({a.shape[0]}x{a.shape[1]}), "
            f"vec ({b.shape[0]})\nHint: {which_must_agree(a, b)}"
        )
    if not c.dtype == a.dtype == b.dtype:
        names = [title(each.dtype) for each in (c, a, b)]
        raise RuntimeError(
            "addmv input tensors must have the same dtype, "
            f"but got {names[0]}, {names[1]}, and {names[2]}\n"
            "Hint: convert them to one dtype, for example with .float()."
        )
    if a.dtype.kind == "b":
        raise not_for_bool("addmv_impl_cpu")
    return record(ops.Addmv, (input, mat, vec), scales(a, beta, alpha))


def not_matrix_and_vector(ndim: int, matrix: Tensor, vector: Tensor) -> RuntimeError:
    return RuntimeError(
        f"vector + matrix @ vector expected, got {ndim}, {matrix.ndim}, {vector.ndim}\n"
        f"Hint: the shapes are {tuple(matrix.shape)} and {tuple(vector.shape)}. Use torch.matmul, "
        "or @, for two matrices or two vectors."
    )


@method
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``; input broadcasts."""
    only_tensors("addr", input=input, vec1=vec1, vec2=vec2)
    only_vectors("addr", vec1=vec1, vec2=vec2)
    common = result_type(vec1._data, vec2._data)
    common = result_type(input._data, np.empty((1, 1), common))
    for name, value in (("beta", beta), ("alpha", alpha)):
        if common.kind != "f" and isinstance(value, float):
            raise RuntimeError(
                f"For integral input tensors, argument {name} must not be a floating point number."
                "\nHint: convert the tensors with .float(), or give a whole number."
            )
    check_expandable(input._data, (vec1.shape[0], vec2.shape[0]))
    tensors = (input._cast(common), vec1._cast(common), vec2._cast(common))
    return record(ops.Addr, tensors, (beta, alpha))


@method
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """``beta * input + alpha * bmm(batch1, batch2)``; input broadcasts."""
    only_tensors("baddbmm", input=input, batch1=batch1, batch2=batch2)
    c, a, b = input._data, batch1._data, batch2._data
    only_stacks(batch1, batch2)
    check_batches(a, b)
    check_expandable(c, (a.shape[0], a.shape[1], b.shape[2]))
    if not c.dtype == a.dtype == b.dtype:
        names = [str(each.dtype).removeprefix("torch.") for each in (input, batch1, batch2)]
        words = [
            {"float32": "float", "float64": "double", "int64": "long"}.get(n, n) for n in names
        ]
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {words[0]}, batch1: {words[1]}, "
            f"batch2: {words[2]}\nHint: convert them to one dtype, for example with .float()."
        )
    if a.dtype.kind == "b":
        raise not_for_bool("bmm")
    return record(ops.Baddbmm, (input, batch1, batch2), scales(a, beta, alpha))


@method
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """``beta * input + alpha * (the sum of all batch1[n] @ batch2[n])``; input broadcasts."""
    only_tensors("addbmm", input=input, batch1=batch1, batch2=batch2)
    c, a, b = input._data, batch1._data, batch2._data
    only_stacks(batch1, batch2)
    if a.shape[0] != b.shape[0]:
        raise RuntimeError(
            f"batch1 and batch2 must have same number of batches, got {a.shape[0]} and {b.shape[0]}"
        )
    if a.shape[2] != b.shape[1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for bmm ({a.shape[1]}x{a.shape[2]} and "
            f"{b.shape[1]}x{b.shape[2]})\nHint: {which_must_agree(a, b)}"
        )
    check_expandable(c, (a.shape[1], b.shape[2]))
    check_addmm_dtypes(c, a, b)
    return record(ops.Addbmm, (input, batch1, batch2), scales(a, beta, alpha))


def only_stacks(batch1: Tensor, batch2: Tensor) -> None:
    for name, each in (("batch1", batch1), ("batch2", batch2)):
        if each.ndim != 3:
            raise RuntimeError(
                f"{name} must be a 3D tensor\nHint: it has shape {tuple(each.shape)}."
            )


def scales(a: Any, beta: float, alpha: float) -> tuple[float, float]:
    """beta and alpha as the dtype of the operands has them: whole numbers for integers."""
    return (beta, alpha) if a.dtype.kind == "f" else (int(beta), int(alpha))


@method
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker product: every entry of input times the whole of other, side by side.

    >>> import microtorch as torch
    >>> torch.kron(torch.eye(2), torch.tensor([[1.0, 2.0]]))
    tensor([[1., 2., 0., 0.],
            [0., 0., 1., 2.]])
    """
    only_tensors("kron", input=input, other=other)
    common = result_type(input._data, other._data)
    return record(ops.Kron, (input._cast(common), other._cast(common)), ())


@method
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Cross product of vectors with three entries, along ``dim``.

    Without ``dim`` it is the first dimension of length 3; :func:`torch.linalg.cross` takes the last.
    """
    only_tensors("cross", input=input, other=other)
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\n"
            "Please either pass the dim explicitly or simply use torch.linalg.cross.\n"
            "The default value of dim will change to agree with that of linalg.cross in a future "
            "release.",
            stacklevel=3,
        )
        if 3 not in input.shape:
            raise RuntimeError(
                "no dimension of size 3 in input\n"
                f"Hint: its shape is {tuple(input.shape)}; a cross product needs three entries."
            )
        dim = input.shape.index(3)
    return cross_product(input, other, dim)


def cross_product(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """The shared part of torch.cross and torch.linalg.cross."""
    if a.ndim != b.ndim:
        raise RuntimeError(
            "linalg.cross: inputs must have the same number of dimensions.\n"
            f"Hint: the shapes are {tuple(a.shape)} and {tuple(b.shape)}."
        )
    if not a.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    (axis,) = as_axes(dim, a.ndim)  # type: ignore[misc]
    if a.shape[axis] != 3 or b.shape[axis] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. "
            f"Got {a.shape[axis]} and {b.shape[axis]}"
        )
    if a._data.dtype != b._data.dtype:
        check_dtypes(a._data, b._data, ops.Bmm)
    try:
        return record(ops.Cross, (a, b), (axis,))
    except ValueError as error:
        raise cannot_broadcast(error, a._data, b._data) from None


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sum of products over several dimensions at once.

    ``dims``: how many (the last of a, the first of b), or two lists of dimensions. The result has
    the other dimensions of a, then those of b.

    >>> import microtorch as torch
    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3, 5), ([1, 2], [1, 0])).shape
    torch.Size([2, 5])
    """
    only_tensors("tensordot", self=a, other=b)
    left, right = contracted(a, b, dims)
    if len(left) != len(right):
        raise RuntimeError(
            "both dimension lists should have same length\n"
            f"Hint: {len(left)} dimensions of the first, {len(right)} of the second are named."
        )
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(
            "both inputs should have same dtype\n"
            f"Hint: they have {a.dtype} and {b.dtype}; convert one, for example with .float()."
        )
    from_a, from_b = axes_of(a, left), axes_of(b, right)
    for i, j in zip(from_a, from_b, strict=True):
        if a.shape[i] != b.shape[j]:
            if a.shape[i] != 1 and b.shape[j] != 1:
                place = left[from_a.index(i)], right[from_b.index(j)]
                raise RuntimeError(
                    f"contracted dimensions need to match, but first has size {a.shape[i]} in dim "
                    f"{place[0]} and second has size {b.shape[j]} in dim {place[1]}\n"
                    f"Hint: the shapes are {tuple(a.shape)} and {tuple(b.shape)}."
                )
            a, b = (a, b.sum(j, True)) if a.shape[i] == 1 else (a.sum(i, True), b)
    rest_a = [i for i in range(a.ndim) if i not in from_a]
    rest_b = [j for j in range(b.ndim) if j not in from_b]
    inner_length = math.prod(a.shape[i] for i in from_a)
    x = a.permute((*rest_a, *from_a)).reshape(math.prod(a.shape[i] for i in rest_a), inner_length)
    z = b.permute((*from_b, *rest_b)).reshape(inner_length, math.prod(b.shape[j] for j in rest_b))
    shape = [a.shape[i] for i in rest_a] + [b.shape[j] for j in rest_b]
    return products.matmul(x, z).reshape(shape)


def contracted(a: Tensor, b: Tensor, dims: Any) -> tuple[list[int], list[int]]:
    """The dimensions of a and of b that are summed over, as the caller counts them."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if not isinstance(dims, int):
        first, second = dims
        for each in (first, second):
            if isinstance(each, int):
                raise TypeError(
                    "tensordot(): argument 'dims_self' (position 3) must be tuple of ints, not int"
                    "\nHint: name the dimensions in two lists: dims=([1], [0])."
                )
        return list(first), list(second)
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a.ndim, b.ndim):
        raise RuntimeError(
            f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}\n"
            f"Hint: the tensors have {a.ndim} and {b.ndim} dimensions."
        )
    return list(range(-dims, 0)), list(range(dims))


def axes_of(tensor: Tensor, dims: list[int]) -> list[int]:
    """Dimensions counted from 0, each named once."""
    axes = list(as_axes(dims, tensor.ndim) or ())
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
    return axes


def numpy_cross(a: Tensor, b: Tensor, axis: int = -1) -> Tensor:
    """np.cross of Tensors."""
    return cross_product(a, b, axis)


def numpy_tensordot(a: Tensor, b: Tensor, axes: Any = 2) -> Tensor:
    """np.tensordot of Tensors."""
    return tensordot(a, b, axes)


numpy_protocol.FUNCTIONS.update(
    {
        np.cross: numpy_cross,
        np.dot: matmul,
        np.outer: outer,
        np.inner: inner,
        np.kron: kron,
        np.tensordot: numpy_tensordot,
    }
)
