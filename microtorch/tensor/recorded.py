"""A tensor's place in the graph: does it ask for a gradient, what made it, what it received."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from microtorch.autograd import Leaf, Node, RemovableHandle, backward
from microtorch.autograd.dtype_names import title
from microtorch.autograd.versions import version
from microtorch.tensor import dispatch
from microtorch.tensor.dispatch import share, wrap
from microtorch.tensor.dtypes import by_numpy

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor


class Recorded:
    """The half of a Tensor that autograd is about."""

    __slots__ = ()
    _data: Any
    _node: Any

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are tracked through it."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._ask(value, "only Tensors of floating point and complex dtype")

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for a gradient of this tensor, or stop asking."""
        return self._ask(requires_grad, "only Tensors of floating point dtype")

    def _ask(self, requires_grad: bool, only: str) -> Self:
        if requires_grad and self._node is None:
            if self._data.dtype.kind != "f":
                raise RuntimeError(
                    f"{only} can require gradients\n"
                    f"Hint: this one holds {by_numpy[self._data.dtype]}. Write the numbers with a point (1.0) or "
                    "give dtype=torch.float32."
                )
            self._node = Leaf(self._data.shape, self)
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
        return self._node.named() if isinstance(self._node, Node) else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward() calls have added up so far; None before the first."""
        node = self._node
        if type(node) is Leaf:
            return node.grad  # type: ignore[no-any-return]
        if node is not None:
            retained = self._retained()
            if retained is not None:
                return retained[0]
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
                ".grad attribute won't be populated during autograd.backward(). If you indeed want "
                "the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
                "non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you "
                "access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for "
                "more information.\n"
                "Hint: this tensor was made by an operation. An update such as w = w - lr * w.grad "
                "makes a new tensor; write w.data = w.data - lr * w.grad instead.",
                stacklevel=2,
            )
        return None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None and type(self._node) is Leaf:
            self._node.grad = None
            return
        if value is not None and not isinstance(value, dispatch.Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__}\nHint: to empty it, write w.grad = None."
            )
        if not isinstance(self._node, Leaf):
            if value is None:
                return
            raise RuntimeError("only a leaf that requires a gradient has a .grad to set")
        if value is not None and value._data.shape != self._data.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._data.shape)}' to a tensor "
                f"of size '{list(self._data.shape)}'. Please ensure that the gradient and the "
                "tensor are the same size"
            )
        if value is not None and value._data.dtype != self._data.dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{title(value._data.dtype).lower()}' "
                f"to a tensor with grad_dtype '{title(self._data.dtype)}'. The gradient must match "
                "the tensor's grad_dtype (defaults to the tensor's dtype). You can set the "
                "tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. "
                "Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient "
                "may break downstream systems that assume they match."
            )
        self._node.grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def data(self) -> Tensor:
        """The same values, outside of the graph; assigning to it replaces the values."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, dispatch.Tensor):
            raise TypeError(f"data must be a Tensor, not {type(value).__name__}")
        data = value._data
        if self._node is not None and data.dtype.kind != "f":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex "
                "dtype"
            )
        self._data = data if data.ndim else data[()]
        if isinstance(self._node, Leaf):
            self._node.shape = data.shape

    def detach(self) -> Tensor:
        """The same values, outside of the graph: what changes in one changes in the other."""
        share(self)  # type: ignore[arg-type]
        return wrap(self._data)

    def detach_(self) -> Self:
        """Leave the graph: what was recorded before is forgotten."""
        self._node = None
        return self

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | Tensor | None = None,
    ) -> None:
        """Add d self / d leaf to the ``.grad`` of every leaf that self was made of.

        ``gradient`` is the upstream gradient, with the shape of self; a single number needs none.
        With ``inputs``, only their ``.grad`` is added to.
        Raises RuntimeError if nothing here requires a gradient, if self has several entries and
        no gradient is given, or if the graph has been used and freed by an earlier call.
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call ``hook(gradient)`` whenever a gradient of self is computed; it may return another.

        >>> import microtorch as torch
        >>> x = torch.tensor(2.0, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 3).backward()
        >>> x.grad
        tensor(30.)
        """
        if self._node is None:
            raise RuntimeError(
                "cannot register a hook on a tensor that doesn't require gradient\n"
                "Hint: make it with requires_grad=True."
            )
        handle: RemovableHandle = self._node.all_hooks().on_grad.add(hook)
        return handle

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call ``hook(self)`` after a backward() has added to the ``.grad`` of this leaf."""
        if not isinstance(self._node, Leaf):
            raise RuntimeError(  # noqa: TRY004 (about the state of the tensor, not a type)
                "cannot register a hook on a tensor that doesn't require gradient"
                if self._node is None
                else "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        owner = weakref.ref(self)  # the leaf must not hold its tensor: no reference cycles
        return self._node.all_hooks().accumulated.add(lambda: hook(owner()))  # type: ignore[arg-type]

    def retain_grad(self) -> None:
        """Keep the gradient of this result in ``.grad``, as for a leaf."""
        if self._node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if isinstance(self._node, Node) and self._node.all_hooks().retained is None:
            self._node.all_hooks().retained = [None]

    @property
    def retains_grad(self) -> bool:
        """Whether retain_grad() was called on this result."""
        return isinstance(self._node, Node) and self._retained() is not None

    def _retained(self) -> list[Tensor | None] | None:
        hooks = self._node.hooks if isinstance(self._node, Node) else None
        return None if hooks is None else hooks.retained

    @property
    def _version(self) -> int:
        """How often the values were changed in place."""
        return version(self._data if self._data.ndim else self._node)

    @property
    def output_nr(self) -> int:
        """Which output of its operation this is: always 0, here an operation has one output."""
        return 0
