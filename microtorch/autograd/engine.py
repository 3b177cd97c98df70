"""The sweep back: from a result to every leaf it was made of, by the chain rule.

Each node receives the upstream gradient (d loss / d its output), asks its op for one gradient per
operand, and hands those on. A value that is used twice receives twice, and the two are summed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

from microtorch.autograd import anomaly, versions
from microtorch.autograd.mode import set_recording
from microtorch.autograd.node import Leaf, Node, small
from microtorch.ops.base import is_array

by_number = attrgetter("number")
ONE = 1  # the local gradient of a sum: what arrives is handed on as it is

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward.\n"
    "Hint: run the forward pass again before the next backward(), or write "
    "backward(retain_graph=True) the first time."
)


def sweep(
    roots: Sequence[Node | Leaf],
    gradients: Sequence[Any],
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
    targets: Collection[Node | Leaf] | None = None,
) -> dict[Node | Leaf, Any]:
    """Send ``gradients`` (d loss / d root, one for each root) back to all leaves.

    They are added to the ``.grad`` of every leaf; or, if ``targets`` are named, nothing is changed
    and their gradients are returned. With ``create_graph`` gradients are Tensors, and the sweep
    itself is recorded and can be differentiated. No recursion: a chain of a million operations is
    swept like any other.
    """
    order, leaves = newest_first(roots)
    useful = None
    if targets is not None:
        order, useful = leading_to(targets, order)
    prepare(order, leaves)
    for root, g in zip(roots, gradients):  # noqa: B905 (strict=True takes 3 times as long)
        if useful is None or root in useful:
            root.incoming = g if root.incoming is None else root.incoming + g
    if not create_graph:
        return run(order, leaves, retain_graph, False, useful)
    with set_recording(True):
        return run(order, leaves, retain_graph, True, useful)


def run(
    order: list[Node],
    leaves: list[Leaf],
    retain_graph: bool,
    create_graph: bool,
    useful: Collection[Node | Leaf] | None,
) -> dict[Node | Leaf, Any]:
    """Visit every node, newest first: each hands to its parents what their gradients gain.

    What arrived at the leaves is added to their ``.grad``; or, if only some nodes are ``useful``,
    what arrived at these is returned.
    """
    found: dict[Node | Leaf, Any] = {}
    plain = useful is None and not create_graph and not anomaly.modes
    for node in order:
        g = node.incoming
        if g is None:
            continue
        if plain and node.kind.quick and node.many is None and node.hooks is None:
            hand_on_products(node, g, retain_graph)
        else:
            g = hand_on(node, g, retain_graph, create_graph, useful, order)
        if create_graph:  # a Tensor's graph leads back to this node: no reference cycles
            node.incoming = small(g._data)
        elif node.large:
            node.incoming = small(g)  # small ones stay for pictures
        if not retain_graph and not node.freed:
            if node.large:
                node.free()
            node.freed = True
        if useful is not None and node in useful:
            found[node] = g
    sweep = order[0].number if order else None
    for leaf in leaves:
        g, leaf.incoming = leaf.incoming, None
        if g is None:
            continue
        if leaf.hooks is not None:
            g = call_each(leaf.hooks.on_grad.functions(), g)
        if useful is not None:
            found[leaf] = g
            continue
        leaf.accumulate(g, sweep)
        if leaf.hooks is not None:
            call_each(leaf.hooks.accumulated.functions())
    return found


def hand_on_products(node: Node, g: Any, retain_graph: bool) -> None:
    """The short way for most operations: to each of two operands, upstream x local gradient."""
    kind = node.kind
    if kind.operands == 1:
        (to_left,), to_right = kind.local(node.output, node.a, *node.params), None
    elif node.params:
        to_left, to_right = kind.local(node.output, node.a, node.b, *node.params)
    else:  # an empty *params would take as long as the product
        to_left, to_right = kind.local(node.output, node.a, node.b)
    if node.large and not retain_graph:
        node.free()  # before the products take new memory
    shape, parent = node.shape, node.left
    if parent is not None:
        part = g if to_left is ONE else g * to_left
        if shape and (parent.shape is not shape or type(parent) is Leaf):
            part = fitting(part, parent, g)
        before = parent.incoming
        parent.incoming = part if before is None else before + part
    parent = node.right
    if parent is not None:
        part = g if to_right is ONE else g * to_right
        if shape and (parent.shape is not shape or type(parent) is Leaf):
            part = fitting(part, parent, g)
        before = parent.incoming
        parent.incoming = part if before is None else before + part


def hand_on(
    node: Node,
    g: Any,
    retain_graph: bool,
    create_graph: bool,
    useful: Collection[Node | Leaf] | None,
    order: list[Node],
) -> Any:
    """The same for any operation. Returns the upstream gradient, which a hook may have changed."""
    if node.hooks is not None:
        g = hooks_before(node, g)
    kind = node.kind
    product, lazy = kind.product, kind.lazy
    parents, inputs = node.operands()
    parts: Any
    if create_graph:
        parts, product = recorded_vjp(node, g), None
    elif product is not None:
        parts = kind.local(node.output, *inputs, *node.params)
        inputs = ()
        if node.large and not retain_graph:
            node.free()
    else:
        parts = kind.vjp(g, node.output, *inputs, *node.params)
    if node.hooks is not None or anomaly.modes:
        parts, product, lazy = inspected(node, g, parts, product, order), None, False
    for parent, part in zip(parents, parts):  # noqa: B905 (as above)
        if parent is None or part is None or (useful is not None and parent not in useful):
            continue
        if product is not None:
            part = product(g, part)
        elif lazy and callable(part):
            part = part()
        if create_graph:
            if part.shape != parent.shape:
                part = sum_to_shape(part, parent.shape)
        elif part is g or part.shape != parent.shape:
            part = fitting(part, parent, g)
        before = parent.incoming
        parent.incoming = part if before is None else before + part
    return g


def fitting(part: Any, parent: Node | Leaf, g: Any) -> Any:
    """A gradient in the shape of the value that it belongs to, and as an array of its own."""
    if part.shape != parent.shape:
        return sum_to_shape(part, parent.shape)
    if part is g and type(parent) is Leaf and g.shape:
        return g.copy()  # a leaf keeps what it gets, so it must not share it
    return part


def newest_first(roots: Iterable[Node | Leaf]) -> tuple[list[Node], list[Leaf]]:
    """Every node that the roots were made of, latest first (so a value comes after all its uses),
    and the leaves at the ends of all paths."""
    seen: set[Node | Leaf] = set()
    order: list[Node] = []
    leaves: list[Leaf] = []
    for root in roots:
        if root not in seen:
            seen.add(root)
            (order if isinstance(root, Node) else leaves).append(root)  # type: ignore[arg-type]
    for node in order:  # grows while we walk it
        for parent in (node.left, node.right) if node.many is None else node.many[0]:
            if parent is not None and parent not in seen:
                seen.add(parent)
                if type(parent) is Leaf:
                    leaves.append(parent)
                else:
                    order.append(parent)  # type: ignore[arg-type]
    order.sort(key=by_number, reverse=True)
    return order, leaves


def leading_to(
    targets: Collection[Node | Leaf], order: list[Node]
) -> tuple[list[Node], set[Node | Leaf]]:
    """The part of the order that lies between the roots and the targets."""
    useful = set(targets)
    for node in reversed(order):
        if any(parent in useful for parent in node.parents):
            useful.add(node)
    return [node for node in order if node in useful], useful


def prepare(order: list[Node], leaves: list[Leaf]) -> None:
    """Empty the nodes for a new sweep; RuntimeError if a value they need is gone or changed."""
    if order and versions.latest() > order[-1].number:  # something was changed in place since then
        for node in order:
            versions.check_saved(node)
    for node in order:
        if node.freed and node.kind.saves:
            raise RuntimeError(FREED)
        node.incoming = None
    for leaf in leaves:
        leaf.incoming = None


def recorded_vjp(node: Node, g: Any) -> tuple[Any, ...]:
    """The op's vjp on Tensors instead of arrays, so that it becomes part of a graph itself."""
    output = as_recorded(node.output, node)
    inputs = [as_recorded(x, parent) for x, parent in zip(node.inputs, node.parents, strict=True)]
    return node.op.vjp(g, output, *inputs, *node.params)


def as_recorded(x: Any, node: Node | Leaf | None) -> Any:
    """A saved array as the Tensor it came from, so that what is done with it is recorded."""
    return Leaf.wrap(x, node) if is_array(x) else x


def sum_to_shape(g: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: what was stretched in the forward pass is summed in the backward pass."""
    extra = len(g.shape) - len(shape)
    if extra:
        g = g.sum(tuple(range(extra)))
    stretched = tuple([i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1])
    return g.sum(stretched).reshape(shape) if stretched else g


# Hooks ----------------------------------------------------------------------------------------


def hooks_before(node: Node, g: Any) -> Any:
    """Call the hooks on the gradient of a node's output; keep it if retain_grad() asked for it."""
    hooks = node.hooks
    assert hooks is not None
    for hook in hooks.before.functions():
        changed = called(hook, (as_tensor(g),))
        if changed is not None:
            g = like(changed[0] if isinstance(changed, tuple) else changed, g)
    node.incoming = g = call_each(hooks.on_grad.functions(), g)
    if hooks.retained is not None:
        kept = as_tensor(g)
        before = hooks.retained[0]
        hooks.retained[0] = kept.clone() if before is None else before + kept
    return g


def call_each(hooks: Iterable[Any], g: Any = None) -> Any:
    """Show a gradient to each hook; what a hook returns takes its place."""
    for hook in hooks:
        changed = called(hook) if g is None else called(hook, as_tensor(g))
        if changed is not None and g is not None:
            if changed.shape != g.shape:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', 'hook')}' has changed the size of value\n"
                    "Hint: a hook returns a gradient of the same shape, or None."
                )
            g = like(changed, g)
    return g


def called(hook: Any, *shown: Any) -> Any:
    """Call the user's function; what it computes is recorded only under create_graph."""
    with set_recording(any(is_recorded(x) for x in shown)):
        return hook(*shown)


def is_recorded(x: Any) -> bool:
    """Whether a gradient shown to a hook is part of a graph itself."""
    return (
        any(map(is_recorded, x)) if isinstance(x, tuple) else getattr(x, "_node", None) is not None
    )


def inspected(node: Node, g: Any, parts: Any, product: Any, order: list[Node]) -> list[Any]:
    """All parts worked out, looked through for NaN in anomaly mode, and shown to the hooks."""
    done: list[Any] = []
    for k, (parent, part) in enumerate(zip(node.parents, parts, strict=True)):
        if parent is None or part is None:
            done.append(None)
            continue
        part = part() if callable(part) else part if product is None else product(g, part)
        if part.shape != parent.shape:
            part = sum_to_shape(part, parent.shape)
        if anomaly.modes:
            anomaly.check(node, k, part, order)
        done.append(part)
    for hook in node.hooks.after.functions() if node.hooks is not None else ():
        shown = tuple([None if part is None else as_tensor(part) for part in done])
        changed = called(hook, shown, (as_tensor(g),))
        if changed is not None:
            changed = changed if isinstance(changed, tuple) else (changed,)
            done = [None if new is None else like(new, g) for new in changed]
    return done


def as_tensor(g: Any) -> Any:
    """A gradient as hooks see it."""
    return Leaf.wrap(g) if is_array(g) else g


def like(tensor: Any, g: Any) -> Any:
    """What a hook returned, as the sweep goes on with it: an array, or a recorded Tensor."""
    return tensor._data if is_array(g) else tensor
