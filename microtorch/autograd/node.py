"""The record of one operation: what made a value, and from which values."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

import numpy as np

from microtorch.ops import Op
from microtorch.ops.base import is_array

next_number = count().__next__

# Values up to this many entries stay on the record after the sweep, so that a picture drawn
# afterwards can show them. Larger ones are freed as soon as they have been used.
KEPT_ENTRIES = 1024


class Large:
    """Stands in for an array that is too large to stay on the record: only its outline is left."""

    __slots__ = ("array", "dtype", "shape")

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.shape = array.shape
        self.dtype = array.dtype
        self.array = weakref.ref(array)  # so that a picture can find its name while it lives


def small(x: Any) -> Any:
    """x if it may stay on the record for the pictures, else its outline."""
    return Large(x) if type(x) is np.ndarray and x.size > KEPT_ENTRIES else x


class Node:
    """One operation that was recorded.

    It holds its parents' nodes and raw arrays, never Tensors: so there are no reference cycles,
    and a graph is freed as soon as nobody holds its result.
    """

    __slots__ = (
        "__weakref__",
        "freed",
        "grad",
        "inputs",
        "number",
        "op",
        "origins",
        "output",
        "params",
        "parents",
        "shape",
    )

    def __init__(
        self,
        op: type[Op],
        parents: tuple[Node | Leaf | None, ...],
        inputs: tuple[Any, ...],
        params: tuple[Any, ...],
        output: Any,
    ) -> None:
        self.op = op
        self.parents = parents
        self.params = params
        self.shape: tuple[int, ...] = output.shape
        self.number = next_number()
        self.grad: Any = None
        self.freed = False
        self.origins: tuple[Any, ...] | None = None  # inputs before a change of dtype, if any
        self.output = output
        self.inputs = inputs
        if self.shape or op.shrinks:  # a graph of single numbers has nothing large
            self.output = output if op.saves_output else small(output)
            self.inputs = inputs if op.saves_inputs else tuple(map(small, inputs))

    def name(self) -> str:
        """PyTorch's name of the operation: "MulBackward0"."""
        return self.op.name

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """The nodes of the operands, as PyTorch gives them."""
        return tuple((parent, 0) for parent in self.parents)

    def free(self) -> None:
        """Let go of large arrays; small ones stay for the pictures."""
        self.freed = True
        if self.shape or self.op.shrinks:
            self.output = small(self.output)
            self.inputs = tuple(map(small, self.inputs))

    def __repr__(self) -> str:
        return f"<{self.op.name} object at {id(self):#x}>"


class Leaf:
    """The end of a path: a tensor that asked for a gradient. It owns the ``.grad``."""

    __slots__ = ("__weakref__", "after", "before", "grad", "shape", "sweep")

    # The Tensor class; set by the tensor module, which this floor must not import.
    wrap: ClassVar[Callable[..., Any]]

    parents: ClassVar[tuple[()]] = ()
    next_functions: ClassVar[tuple[()]] = ()

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.grad: Any = None
        # For the pictures: what .grad held before and after the last sweep, and which that was.
        self.before: Any = None
        self.after: Any = None
        self.sweep: int | None = None

    def name(self) -> str:
        """PyTorch's name of the end of a path."""
        return "AccumulateGrad"

    def accumulate(self, g: Any, *, sweep: Node | Leaf) -> None:
        """Add g to ``.grad``: the gradients of several backward calls are summed."""
        self.before = self.kept_grad()
        if not is_array(g):  # a recorded gradient (create_graph)
            self.grad = Leaf.wrap(g._data.copy(), g._node) if self.grad is None else self.grad + g
        elif self.grad is None:
            self.grad = Leaf.wrap(g.copy())  # an op may have handed the same array to others
        else:
            self.grad._data += g
        self.after = self.kept_grad()
        self.sweep = getattr(sweep, "number", None)

    def kept_grad(self) -> Any:
        """A copy of what ``.grad`` holds; None if it is empty or too large to keep."""
        if self.grad is None or self.grad._data.size > KEPT_ENTRIES:
            return None
        return self.grad._data.copy()
