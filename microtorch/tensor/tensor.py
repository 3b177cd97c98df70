"""The Tensor: an array that remembers how it was made."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from microtorch import ops
from microtorch.autograd import Leaf, Node, sweep
from microtorch.tensor import dispatch, numpy_protocol
from microtorch.tensor.dispatch import binary, record, reverse, unary
from microtorch.tensor.dtypes import DType, Size, as_numpy_dtype, by_numpy
from microtorch.tensor.indexing import plan_index
from microtorch.tensor.inplace import InPlace
from microtorch.tensor.printing import format_tensor
from microtorch.tensor.products import matmul
from microtorch.tensor.shapes import as_axes, as_shape, unpacked


class Tensor(InPlace):
    """A number or an array of numbers, with PyTorch's operators and methods.

    ``_data`` is the value: a NumPy array, or a NumPy scalar if there are no dimensions.
    ``_node`` is None (no gradient asked for), a :class:`Leaf` (owns ``.grad``) or the
    :class:`Node` of the operation that made it. Use :func:`microtorch.tensor` to make one.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> loss = (w * 3 - 5) ** 2
    >>> loss
    tensor(4., grad_fn=<PowBackward0>)
    >>> loss.backward()
    >>> w.grad
    tensor(-12.)
    """

    __slots__ = ("__weakref__", "_data", "_node", "_source")

    def __init__(self, data: Any, node: Node | Leaf | None = None) -> None:
        self._data = data
        self._node = node
        self._source = None  # for a single number: the tensor that it shares its place with

    # What it is -------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The length along every dimension."""
        return Size(self._data.shape)

    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the length along one dimension."""
        return self.shape if dim is None else self.shape[dim]

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return int(self._data.ndim)

    def dim(self) -> int:
        """How many dimensions there are."""
        return self.ndim

    def numel(self) -> int:
        """How many entries there are."""
        return int(self._data.size)

    @property
    def dtype(self) -> DType:
        """The element type."""
        return by_numpy[self._data.dtype]

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        grad_fn = self._node.op.name if isinstance(self._node, Node) else None
        leaf = isinstance(self._node, Leaf)
        return format_tensor(self._data, grad_fn=grad_fn, requires_grad=leaf)

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec) if self.ndim else format(self.item(), spec)

    __hash__ = object.__hash__

    # Its place in the graph -------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are tracked through it."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient of this tensor, or stop asking."""
        if requires_grad and self._node is None:
            if self._data.dtype.kind != "f":
                raise RuntimeError(
                    "Only Tensors of floating point and complex dtype can require gradients\n"
                    f"Hint: this one holds {self.dtype}. Write the numbers with a point (1.0) or "
                    "give dtype=torch.float32."
                )
            self._node = Leaf(self._data.shape)
        elif not requires_grad and isinstance(self._node, Node):
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
        elif not requires_grad:
            self._node = None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return not isinstance(self._node, Node)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it."""
        return self._node if isinstance(self._node, Node) else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward() calls have added up so far; None before the first."""
        if isinstance(self._node, Node):
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
                ".grad attribute won't be populated during autograd.backward(). If you access the "
                "non-leaf Tensor by mistake, make sure you access the leaf Tensor instead.\n"
                "Hint: this tensor was made by an operation. An update such as w = w - lr * w.grad "
                "makes a new tensor; write w.data = w.data - lr * w.grad instead.",
                stacklevel=2,
            )
            return None
        return self._node.grad if self._node is not None else None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__!r}\nHint: to empty it, write w.grad = None."
            )
        if not isinstance(self._node, Leaf):
            if value is None:
                return
            raise RuntimeError("only a leaf that requires a gradient has a .grad to set")
        if value is not None and value.shape != self.shape:
            raise RuntimeError(
                f"assigned grad has data of a different size: {tuple(value.shape)} "
                f"for a tensor of shape {tuple(self.shape)}"
            )
        self._node.grad = value

    @property
    def data(self) -> Tensor:
        """The same values, outside of the graph; assigning to it replaces the values."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data must be a Tensor, not {type(value).__name__}")
        self._data = value._data
        if isinstance(self._node, Leaf):
            self._node.shape = value._data.shape

    def detach(self) -> Tensor:
        """The same values, outside of the graph: what changes in one changes in the other."""
        detached = Tensor(self._data)
        if not self._data.ndim:  # arrays share memory, NumPy's single numbers cannot
            detached._source = self
        return detached

    def clone(self) -> Tensor:
        """A copy, still part of the graph."""
        return record(ops.Clone, (self,), ())

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add d self / d leaf to the ``.grad`` of every leaf that self was made of.

        ``gradient`` is the upstream gradient, with the shape of self; a single number needs none.
        Raises RuntimeError if nothing here requires a gradient, if self has several entries and
        no gradient is given, or if the graph has been used and freed by an earlier call.
        """
        seed = self._seed(gradient)
        sweep(
            self._node,
            seed if create_graph else seed._data,
            retain_graph=create_graph if retain_graph is None else retain_graph,
            create_graph=create_graph,
        )

    def _seed(self, gradient: Tensor | None) -> Tensor:
        """The upstream gradient that a sweep from here starts with."""
        if self._node is None:
            raise RuntimeError(
                "element 0 of tensors does not require grad and does not have a grad_fn\n"
                "Hint: nothing that this value was computed from asked for a gradient. Make the "
                "parameters with requires_grad=True, and compute outside of no_grad()."
            )
        if gradient is None:
            if self.numel() != 1:
                raise RuntimeError(
                    "grad can be implicitly created only for scalar outputs\n"
                    f"Hint: this tensor has shape {tuple(self.shape)}. Make one number of it "
                    "first, for example with .sum() or .mean(), or pass the upstream gradient: "
                    "backward(gradient=...)."
                )
            return Tensor(np.ones(self._data.shape, self._data.dtype)[()])
        if not isinstance(gradient, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, not {type(gradient)}")
        if gradient.shape != self.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and "
                f"output[0] has a shape of {self.shape}."
            )
        return gradient._cast(self._data.dtype)

    # Out of the library -----------------------------------------------------------------------

    def item(self) -> Any:
        """The single number inside, as Python's own."""
        if self.numel() != 1:
            raise RuntimeError(
                f"a Tensor with {self.numel()} elements cannot be converted to Scalar\n"
                "Hint: use .tolist() for all of them, or pick one: t[0].item()."
            )
        return self._data.item()

    def tolist(self) -> Any:
        """All numbers, as nested Python lists."""
        return self._data.tolist()

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as a NumPy array, which shares memory with the tensor if it has dimensions."""
        if self._node is not None:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        return np.asarray(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    __array_ufunc__ = numpy_protocol.array_ufunc
    __array_function__ = numpy_protocol.array_function

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise RuntimeError(
                "Boolean value of Tensor with "
                + ("no values" if not self.numel() else "more than one value")
                + " is ambiguous"
            )
        return bool(self._data.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def to(self, dtype: Any) -> Tensor:
        """The same numbers in another dtype."""
        return self._cast(as_numpy_dtype(dtype))

    astype = to  # so that a vjp can change the dtype of an array and of a Tensor alike

    def _cast(self, dtype: np.dtype[Any]) -> Tensor:
        if self._data.dtype == dtype:
            return self
        if dtype.kind != "f":
            return Tensor(self._data.astype(dtype))
        return record(ops.To, (self,), (self._data.dtype, dtype))

    def float(self) -> Tensor:
        """As float32."""
        return self.to("float32")

    def double(self) -> Tensor:
        """As float64."""
        return self.to("float64")

    def long(self) -> Tensor:
        """As int64."""
        return self.to("int64")

    # Arithmetic -------------------------------------------------------------------------------

    __add__ = __radd__ = add = binary(ops.Add)
    __sub__ = sub = subtract = binary(ops.Sub)
    __mul__ = __rmul__ = mul = multiply = binary(ops.Mul)
    __truediv__ = div = divide = binary(ops.Div)
    __rsub__ = reverse(ops.Rsub)
    __rtruediv__ = reverse(ops.Rdiv)
    __rpow__ = reverse(ops.Rpow)

    def __pos__(self) -> Tensor:
        return self

    __neg__ = neg = negative = unary(ops.Neg)
    __abs__ = abs = absolute = unary(ops.Abs)
    _pow_tensor = binary(ops.PowTensor)
    maximum, minimum = binary(ops.Maximum), binary(ops.Minimum)

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, Tensor):
            return self._pow_tensor(exponent)
        if not isinstance(exponent, dispatch.NUMBER):
            return NotImplemented
        exponent = dispatch.plain(exponent)
        base = self
        if isinstance(exponent, float) and self._data.dtype.kind != "f":
            base = self.float()
        return record(ops.Pow, (base,), (exponent,))

    pow = __pow__

    def square(self) -> Tensor:
        """self ** 2."""
        return record(ops.Pow, (self,), (2,))

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other) if isinstance(other, Tensor) else NotImplemented

    def matmul(self, other: Tensor) -> Tensor:
        """Matrix product: vectors, matrices, or stacks of matrices."""
        return matmul(self, other)

    def dot(self, other: Tensor) -> Tensor:
        """Dot product of two vectors."""
        return matmul(self, other, (1, 1))

    def mv(self, other: Tensor) -> Tensor:
        """Matrix times vector."""
        return matmul(self, other, (2, 1))

    def mm(self, other: Tensor) -> Tensor:
        """Matrix times matrix."""
        return matmul(self, other, (2, 2))

    # Functions, entry by entry ----------------------------------------------------------------

    exp, log, sqrt = unary(ops.Exp), unary(ops.Log), unary(ops.Sqrt)
    sin, cos = unary(ops.Sin), unary(ops.Cos)
    tanh, sigmoid, relu = unary(ops.Tanh), unary(ops.Sigmoid), unary(ops.Relu)

    def sign(self) -> Tensor:
        """-1, 0 or 1. Its slope is 0 everywhere, so it is not recorded."""
        return Tensor(np.sign(self._data))

    def _compare(self, other: Any, ufunc: Callable[..., Any]) -> Tensor:
        other = other._data if isinstance(other, Tensor) else other
        if not isinstance(other, np.ndarray | np.generic | int | float):
            return NotImplemented  # type: ignore[no-any-return]
        try:
            return Tensor(ufunc(self._data, other))
        except ValueError as error:
            raise dispatch.cannot_broadcast(error, self._data, other) from None

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compare(other, np.equal)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compare(other, np.not_equal)

    def __lt__(self, other: Any) -> Tensor:
        return self._compare(other, np.less)

    def __le__(self, other: Any) -> Tensor:
        return self._compare(other, np.less_equal)

    def __gt__(self, other: Any) -> Tensor:
        return self._compare(other, np.greater)

    def __ge__(self, other: Any) -> Tensor:
        return self._compare(other, np.greater_equal)

    def __invert__(self) -> Tensor:
        return Tensor(np.invert(self._data))

    # Many numbers become one ------------------------------------------------------------------

    def sum(self, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The sum of all entries, or along dimensions."""
        x = self._cast(np.dtype("int64")) if self._data.dtype.kind in "biu" else self
        op = ops.Sum if dim is None else ops.SumDim
        return record(op, (x,), (self._data.shape, as_axes(dim, self.ndim), keepdim))

    def mean(self, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The mean of all entries, or along dimensions."""
        if self._data.dtype.kind != "f":
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating "
                f"point or complex dtype. Got: {self.dtype}\nHint: use .float().mean()."
            )
        op = ops.Mean if dim is None else ops.MeanDim
        return record(op, (self,), (self._data.shape, as_axes(dim, self.ndim), keepdim))

    # The same numbers in another shape --------------------------------------------------------

    def reshape(self, *shape: Any) -> Tensor:
        """The same entries in another shape; one length may be -1."""
        return record(ops.View, (self,), (self._data.shape, as_shape(self._data, shape)))

    view = reshape

    def flatten(self) -> Tensor:
        """All entries in one dimension."""
        return self.reshape(-1)

    def expand(self, *shape: Any) -> Tensor:
        """Dimensions of length 1 repeated, without copying."""
        wanted = unpacked(shape)
        extra = len(wanted) - self.ndim
        full = [self.shape[i - extra] if n == -1 else n for i, n in enumerate(wanted)]
        return record(ops.Expand, (self,), (tuple(full),))

    def unsqueeze(self, dim: int) -> Tensor:
        """A new dimension of length 1."""
        dim = as_axes(dim, self.ndim + 1)[0]  # type: ignore[index]
        return self[(slice(None),) * dim + (None,)]

    def permute(self, *dims: Any) -> Tensor:
        """The dimensions in another order."""
        return record(ops.Permute, (self,), (as_axes(unpacked(dims), self.ndim),))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Two dimensions swapped."""
        first, second = as_axes((dim0, dim1), self.ndim)  # type: ignore[misc]
        return record(ops.Transpose, (self,), (first, second))

    swapaxes = transpose

    def t(self) -> Tensor:
        """Matrix transpose."""
        if self.ndim > 2:
            raise RuntimeError(
                f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D\n"
                "Hint: say which dimensions to swap: transpose(dim0, dim1)."
            )
        return record(ops.T, (self,), (0, 1)) if self.ndim == 2 else self

    @property
    def T(self) -> Tensor:
        """All dimensions in reverse order."""
        return record(ops.Permute, (self,), (tuple(reversed(range(self.ndim))),))

    def __getitem__(self, index: Any) -> Tensor:
        op, key = plan_index(index, self.ndim)
        try:
            return record(op, (self,), (self._data.shape, key))
        except IndexError as error:
            raise IndexError(f"{error} (this tensor has shape {tuple(self.shape)})") from None

    # For the engine ---------------------------------------------------------------------------

    def apply(self, op: type[ops.Op], *params: Any) -> Tensor:
        """Run an op of one operand on this tensor and record it."""
        return record(op, (self,), params)


dispatch.Tensor = Tensor  # type: ignore[misc]
Leaf.wrap = Tensor
