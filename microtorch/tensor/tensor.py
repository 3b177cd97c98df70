"""The Tensor: an array that remembers how it was made."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from microtorch import ops
from microtorch.autograd import Leaf, Node, is_grad_enabled
from microtorch.tensor import dispatch, numpy_protocol
from microtorch.tensor.device import CPU, device
from microtorch.tensor.dispatch import binary, record, reverse, share, unary, with_number, wrap
from microtorch.tensor.dtypes import DType, Size, by_numpy, convert, get_default_dtype
from microtorch.tensor.indexing import getitem
from microtorch.tensor.inplace import InPlace
from microtorch.tensor.printing import format_tensor
from microtorch.tensor.products import matmul
from microtorch.tensor.recorded import Recorded

pow_number = with_number(ops.Pow)


class Tensor(Recorded, InPlace):
    """A number or an array of numbers, with PyTorch's operators and methods.

    ``_data`` is the value: a NumPy array, or a NumPy scalar if there are no dimensions.
    ``_node`` is None (no gradient asked for), a :class:`Leaf` (owns ``.grad``) or the
    :class:`Node` of the operation that made it. ``_view``, if it is set, tells of which tensor
    this one is a view, and by which operation.

    Here stand the operators and what a tensor is; the other methods are functions of
    ``microtorch.tensor.pointwise``, ``.reductions``, ``.shaping``, ... Use
    :func:`microtorch.tensor` to make one.

    >>> import microtorch as torch
    >>> w = torch.tensor(1.0, requires_grad=True)
    >>> loss = (w * 3 - 5) ** 2
    >>> loss
    tensor(4., grad_fn=<PowBackward0>)
    >>> loss.backward()
    >>> w.grad
    tensor(-12.)
    """

    __slots__ = ("__dict__", "__weakref__", "_data", "_node", "_view")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Tensor]: ...

    def __init__(self, *data: Any) -> None:
        # torch.Tensor([1, 2]) and torch.Tensor(2, 3), as old programs write; the library has wrap()
        self._data = late("tensor_types").legacy_array(data, get_default_dtype())
        self._node = None

    # What it is -------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The length along every dimension."""
        return tuple.__new__(Size, self._data.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length along one dimension."""
        if dim is None:
            return self.shape
        try:
            return self._data.shape[dim]
        except IndexError:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-max(self.ndim, 1)}, "
                f"{max(self.ndim, 1) - 1}], but got {dim})"
            ) from None

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return int(self._data.ndim)

    def dim(self) -> int:
        """How many dimensions there are."""
        return self.ndim

    ndimension = dim

    def numel(self) -> int:
        """How many entries there are."""
        return int(self._data.size)

    nelement = numel

    @property
    def dtype(self) -> DType:
        """The element type."""
        return by_numpy[self._data.dtype]

    @property
    def itemsize(self) -> int:
        """How many bytes an entry takes."""
        return int(self._data.dtype.itemsize)

    def element_size(self) -> int:
        """How many bytes an entry takes."""
        return self.itemsize

    @property
    def nbytes(self) -> int:
        """How many bytes the entries take."""
        return int(self._data.nbytes)

    @property
    def device(self) -> device:
        """Where the numbers are: always the CPU."""
        return CPU

    is_cpu = True
    is_cuda = is_sparse = is_quantized = False

    @property
    def T(self) -> Tensor:
        """All dimensions in reverse order."""
        return late("shaping").reversed_dims(self)  # type: ignore[no-any-return]

    @property
    def H(self) -> Tensor:
        """A matrix transposed (and conjugated, which changes nothing here)."""
        return late("shaping").conjugate_transpose(self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Tensor:
        """The last two dimensions swapped."""
        return late("shaping").matrix_transpose(self)  # type: ignore[no-any-return]

    @property
    def mH(self) -> Tensor:
        """The last two dimensions swapped."""
        return late("shaping").matrix_transpose(self, "mH")  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind())

    def __contains__(self, element: Any) -> bool:
        return bool((self == element).any())

    def __repr__(self) -> str:
        grad_fn = self._node.name() if isinstance(self._node, Node) else None
        leaf = isinstance(self._node, Leaf)
        return format_tensor(self._data, grad_fn=grad_fn, requires_grad=leaf)

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec) if self.ndim else format(self.item(), spec)

    __hash__ = object.__hash__

    # Out of the library -----------------------------------------------------------------------

    def item(self) -> Any:
        """The single number inside, as Python's own."""
        if self._data.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.numel()} elements cannot be converted to Scalar\n"
                "Hint: use .tolist() for all of them, or pick one: t[0].item()."
            )
        return self._data.item()

    def tolist(self) -> Any:
        """All numbers, as nested Python lists."""
        return self._data.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """The values as a NumPy array that shares memory with the tensor.

        Raises RuntimeError if the tensor requires a gradient, unless ``force``.
        """
        if self._node is not None and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead.\n"
                "Hint: NumPy records nothing, so the gradient would be lost on the way."
            )
        share(self)
        return self._data  # type: ignore[no-any-return]

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
        self._warn_of_lost_gradient()
        return float(self.item())

    def __int__(self) -> int:
        self._warn_of_lost_gradient()
        return int(self.item())

    def _warn_of_lost_gradient(self) -> None:
        if self._node is not None and is_grad_enabled():
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
                "behavior.\nConsider using tensor.detach() first.",
                stacklevel=3,
            )

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iub" or self.numel() != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    # Operators --------------------------------------------------------------------------------

    __add__ = __radd__ = binary(ops.Add)
    __sub__ = binary(ops.Sub)
    __mul__ = __rmul__ = binary(ops.Mul)
    __truediv__ = binary(ops.Div)
    __rsub__ = reverse(ops.Rsub)
    __rtruediv__ = reverse(ops.Rdiv)
    __rpow__ = reverse(ops.Rpow)
    __neg__ = unary(ops.Neg)
    __abs__ = unary(ops.Abs)
    _pow_tensor = binary(ops.PowTensor)

    def __pos__(self) -> Tensor:
        return self.positive()

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, Tensor):
            return self._pow_tensor(exponent)
        return pow_number(self, exponent)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other) if isinstance(other, Tensor) else NotImplemented

    def __getitem__(self, index: Any) -> Tensor:
        return getitem(self, index)

    def _compare(self, other: Any, ufunc: Callable[..., Any]) -> Tensor:
        other = other._data if isinstance(other, Tensor) else other
        if not isinstance(other, np.ndarray | np.generic | int | float):
            return NotImplemented  # type: ignore[no-any-return]
        try:
            return wrap(ufunc(self._data, other))
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
        return wrap(np.invert(self._data))

    # For the engine and the library -----------------------------------------------------------

    def apply(self, op: type[ops.Op], *params: Any) -> Tensor:
        """Run an op on this tensor, and the others that it takes, and record it."""
        others = op.operands - 1
        return record(op, (self, *params[:others]), params[others:])

    def _cast(self, dtype: np.dtype[Any]) -> Tensor:
        """The same numbers in another dtype; itself if it has that dtype already."""
        if self._data.dtype == dtype:
            return self
        if dtype.kind != "f":
            return wrap(convert(self._data, dtype)[()])
        return record(ops.To, (self,), (self._data.dtype, dtype))

    def __copy__(self) -> Tensor:
        return type(self)._from(self._data, self._node)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                "because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001\nHint: copy.deepcopy(t.detach()), or t.clone()."
            )
        made = memo[id(self)] = self._from(self._data.copy(), None)
        if self._node is not None:
            made.requires_grad_()
            made.grad = copy.deepcopy(self._node.grad, memo)
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise RuntimeError("only a tensor that no recorded operation made can be pickled")
        return rebuilt, (type(self), np.asarray(self._data), self.requires_grad)

    @classmethod
    def _from(cls, data: Any, node: Node | Leaf | None) -> Tensor:
        """A tensor of this class around an array."""
        made = cls.__new__(cls)
        made._data = data
        made._node = node
        return made


def late(name: str) -> ModuleType:
    """A module of this floor that is itself built on Tensor."""
    return import_module(f"microtorch.tensor.{name}")


def rebuilt(kind: type[Tensor], data: Any, requires_grad: bool) -> Tensor:
    """A pickled tensor again."""
    made = kind._from(data[()] if not data.ndim else data, None)
    return made.requires_grad_(requires_grad)


dispatch.Tensor = Tensor  # type: ignore[misc]
Leaf.wrap, Leaf.record = wrap, record
