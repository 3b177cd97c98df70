"""Operations that change a tensor where it stands: ``w -= step``, ``w.grad.zero_()``, ``x[0] = 1``.

The result of the ordinary operation is written into the tensor's memory, so all views of it see
the change; and where a graph is recorded, the tensor takes the result's place in the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.autograd.mode import is_grad_enabled
from microtorch.autograd.node import (
    KEPT_ENTRIES,
    Leaf,
    Node,
    kinds,
    new_node,
    next_number,
    renamed,
    small,
)
from microtorch.autograd.versions import changed_in_place
from microtorch.ops.indexing import (
    IndexPut,
    SetItem,
    Split,
    SplitWithSizes,
    Unbind,
    pick,
    put,
)
from microtorch.ops.memory import PutView
from microtorch.tensor.dispatch import record, share
from microtorch.tensor.indexing import plan_assignment

if TYPE_CHECKING:
    from microtorch.tensor.tensor import Tensor


class InPlace:
    """The in-place half of a Tensor. More of it is made from the ordinary methods: see NAMES."""

    __slots__ = ()
    _data: Any
    _node: Any
    _view: tuple[Tensor, Any, tuple[Any, ...]]

    def __iadd__(self, other: Any) -> Self:
        return self._become(self + other)

    def __isub__(self, other: Any) -> Self:
        return self._become(self - other)

    def __imul__(self, other: Any) -> Self:
        return self._become(self * other)

    def __itruediv__(self, other: Any) -> Self:
        return self._become(self / other)

    def __ipow__(self, other: Any) -> Self:
        return self._become(self**other)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._check_no_leaf("a view of a leaf Variable")
        share(self)  # type: ignore[arg-type]
        value, places = plan_assignment(self, index, value)  # type: ignore[arg-type]
        if is_here(pick(self._data, places), value._data):
            return  # x[0] += 1 has changed the view x[0] already
        self._check_one_place_each()
        before, old = self._node, self._data
        recorded = is_grad_enabled() and not (before is None and value._node is None)
        if recorded and before is None and old.size <= KEPT_ENTRIES:
            old = old.copy()  # no other operation has these numbers on record
        sources = self._sources() if recorded else []
        put(self._data, places, value._data)
        if not recorded:
            changed_in_place(self._data)
            return
        # Written here already, so the op's forward is not run: it would copy all of self.
        op = SetItem if places.basic is not None else IndexPut
        shown = self._data if self._data.size > KEPT_ENTRIES else self._data.copy()
        self._node = new_node(kinds[op], before, value._node, old, value._data, (places,), shown)
        changed_in_place(self._data, by=self._node)
        self._tell_source(sources)

    def _become(self, result: Tensor) -> Self:
        """Take over the values of result, and its place in the graph if one is recorded."""
        if result is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        self._check_no_leaf()
        self._check_fits(result)
        if not is_grad_enabled() or (result._node is None and self._node is None):
            return self._store(result._data)
        node, old = result._node, self._data
        if result._data.dtype != old.dtype:
            result = result._cast(old.dtype)
            node = result._node
        if isinstance(node, Node) and isinstance(old, np.ndarray):
            # What is on the record are the values of before.
            kept = old.copy() if node.op.saves_inputs or old.size <= KEPT_ENTRIES else small(old)
            node.inputs = tuple([kept if x is old else x for x in node.inputs])
        before, sources = self._node, self._sources()
        self._store(result._data, by=node if isinstance(node, Node) else None)
        if isinstance(node, Node) and node is not before:
            if node.op.saves_output:
                node.output = self._data
            node.number = next_number()  # it was recorded after the change that it made
        self._node = node
        self._tell_source(sources)
        return self

    def _sources(self) -> list[Any]:
        """What the tensors hold that this is a view of, where no operation has it on record."""
        found = []
        view = getattr(self, "_view", None)
        while view is not None:
            source = view[0]
            alone = source._node is None and source._data.size <= KEPT_ENTRIES
            found.append(source._data.copy() if alone else None)
            view = getattr(source, "_view", None)
        return found

    def _tell_source(self, before: list[Any]) -> None:
        """If this is a view, its source has changed too: record where the new values came from.

        ``before`` is what the sources held, for the pictures.
        """
        view = getattr(self, "_view", None)
        if view is not None:
            source, op, params = view
            node = record(PutView, (source, self), (op, params))._node  # type: ignore[arg-type]
            if before[0] is not None and node is not None:
                node.inputs = (before[0], node.inputs[1])
            source._node = node
            source._tell_source(before[1:])
            self._node = record(op, (source,), params)._node
            if self._node is not None:
                self._node.kind = renamed(op, "AsStridedBackward0", op.symbol)

    def _store(self, data: Any, *, by: Node | None = None) -> Self:
        """New values in the old place."""
        if isinstance(self._data, np.ndarray):
            self._check_one_place_each()
            self._data[...] = data
            changed_in_place(self._data, by=by)
        else:
            self._data = np.asarray(data).astype(self._data.dtype)[()]
            if self._node is not None:
                changed_in_place(self._node, by=by)
        return self

    def _check_no_leaf(self, what: str = "a leaf Variable") -> None:
        """A leaf that collects gradients is changed outside of the graph only."""
        if not is_grad_enabled():
            return
        tensor: Any = self
        view = getattr(tensor, "_view", None)
        if view is not None and view[1] in OF_SEVERAL and self._node is not None:
            raise RuntimeError(
                f"Output {place_among_views(self)} of {OF_SEVERAL[view[1]]} is a view and is being "
                "modified inplace. This view is the output of a function that returns multiple "
                "views. Such functions do not allow the output views to be modified inplace. You "
                "should replace the inplace operation by an out-of-place one."
            )
        while getattr(tensor, "_view", None) is not None:
            tensor, what = tensor._view[0], "a view of a leaf Variable"
        if isinstance(tensor._node, Leaf):
            raise RuntimeError(  # noqa: TRY004 (about the state of the tensor, not a type)
                f"{what} that requires grad is being used in an in-place operation.\n"
                "Hint: an update of a parameter must not be recorded. Put it into "
                "`with torch.no_grad():`, or write w.data = w.data - lr * w.grad."
            )

    def _check_fits(self, result: Tensor) -> None:
        new, old = result._data, self._data
        if new.shape != old.shape and np.broadcast_shapes(new.shape, old.shape) != old.shape:
            raise RuntimeError(
                f"output with shape {list(old.shape)} doesn't match the broadcast shape "
                f"{list(new.shape)}\nHint: the result would be larger than the tensor that has to "
                "hold it. Write x = x + y instead of x += y."
            )
        if new.dtype is not old.dtype and "biuf".index(new.dtype.kind) > "biuf".index(
            old.dtype.kind
        ):
            raise RuntimeError(
                f"result type {title(new.dtype)} can't be cast to the desired output type "
                f"{title(old.dtype)}\n"
                "Hint: a whole-number tensor cannot hold fractions; convert it first: .float()."
            )

    def _check_one_place_each(self) -> None:
        strides = self._data.strides
        if 0 not in strides:
            return
        repeated = [n for s, n in zip(strides, self._data.shape, strict=True) if s == 0]
        if self._data.size and any(n > 1 for n in repeated):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to "
                "a single memory location. Please clone() the tensor before performing the "
                "operation.\nHint: it was made by expand(); expand(...).clone() has memory of "
                "its own."
            )


# PyTorch refuses to change these views in place: they come several at a time.
OF_SEVERAL = {Split: "Split", SplitWithSizes: "SplitWithSizes", Unbind: "Unbind"}


def place_among_views(tensor: Any) -> int:
    """Which of the parts of its source a view is."""
    index = tensor._view[2][1]
    axis = len(index) - 2
    if not isinstance(index[axis], slice):
        return int(index[axis])
    return int(-(-index[axis].start // max(index[axis].stop - index[axis].start, 1)))


def is_here(place: Any, value: Any) -> bool:
    """Whether a value lies in this very place of memory, entry by entry."""
    if not isinstance(place, np.ndarray) or not isinstance(value, np.ndarray):
        return False
    one, other = place.__array_interface__, value.__array_interface__
    same_start = one["data"] == other["data"] and place.dtype == value.dtype
    return same_start and (place.shape, place.strides) == (value.shape, value.strides)


def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place form of a method: ``x.exp_()`` from ``x.exp()``."""

    def apply(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self._become(function(self, *args, **kwargs))

    apply.__name__ = apply.__qualname__ = f"{function.__name__}_"
    apply.__doc__ = f"In-place form of :meth:`{function.__name__}`: the tensor itself changes."
    return apply
