"""``torch.formula("Tanh")``: the rules of an operation, in every notation."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from microtorch.graph.formula import (
    Expression,
    FormulaError,
    Name,
    Part,
    rule_of,
    simplify,
    substitute,
)
from microtorch.graph.formula.expression import constant
from microtorch.graph.formula.reader import parameter_names, take_branches
from microtorch.graph.formulas_of_tensors import of_tensor
from microtorch.graph.lines import (
    ONE_OF_THEM,
    PARTS,
    SEVERAL,
    UPSTREAM,
    Formula,
    Line,
    left,
    operand_names,
    parts_of,
    shortened,
    steps_of,
    with_zeros,
)
from microtorch.graph.names import caller_names, given_names
from microtorch.ops import Op, registry
from microtorch.tensor import Tensor


def formula(
    what: str | type[Op] | Callable[..., Any] | Tensor,
    part: Part | None = None,
    *,
    names: Mapping[str, Tensor] | None = None,
    **put: Any,
) -> Formula:
    r"""The rules of an operation, read from its source: forward, local gradients, and vjp.

    Args:
        what: the name of an operation (``"Tanh"``, as in ``microtorch.ops.registry``, or as
            ``y.grad_fn`` prints it), its class, a function such as ``torch.tanh``, or a Tensor:
            then the operation that made it, with the caller's names and with today's numbers.
        part: ``"forward"``, ``"local"`` (∂y/∂x, of operations that work entry by entry) or
            ``"vjp"`` (how a gradient comes back). None: all that the operation has.
        names: for a Tensor: what to call tensors that are not variables of the caller.
        put: for an operation: numbers or settings to put in (``exponent=2``, ``x=-1.0``), or
            other names for its operands (``x="s"``).

    The result has ``.unicode``, ``.latex``, ``.mathml`` and ``.javascript``; notebooks show LaTeX.
    What is more than one expression is a call by its name, and ``.where`` says what that means.

    Raises ValueError for an unknown name or part, and TypeError for what is no operation.

    >>> import microtorch as torch
    >>> torch.formula("Tanh")
    y = tanh(x)
    ∂y/∂x = 1 − y²
    ∂L/∂x = ∂L/∂y·(1 − y²)
    >>> torch.formula("Tanh", "local").latex, torch.formula("Tanh", "local").javascript
    ('\\frac{\\partial y}{\\partial x} = 1 - y^{2}', '(y, x) => [1 - y**2]')
    >>> torch.formula("Pow", "local", x="s", exponent=2)
    ∂y/∂s = 2·s
    >>> torch.formula("Pow", "local", x=-1.0, exponent=2)
    ∂y/∂x = 2·x = 2·(−1) = −2
    >>> s = torch.tensor(-1.0, requires_grad=True)
    >>> loss = s**2
    >>> torch.formula(loss)
    loss = s² = (−1)² = 1
    ∂loss/∂s = 2·s = 2·(−1) = −2
    ∂L/∂s = ∂L/∂loss·2·s = ∂L/∂loss·2·(−1)
    """
    if part is not None and part not in PARTS:
        known = ", ".join(map(repr, PARTS))
        raise ValueError(f"part must be one of {known}, or None for all; it is {part!r}.")
    if not isinstance(what, Tensor):
        return of_operation(operation(what), part, put)
    if put:
        raise TypeError(f"a Tensor has its numbers already: {next(iter(put))}= is too much.")
    return of_tensor(what, part, caller_names(sys._getframe(1)) | given_names(names or {}))


def operation(what: object) -> type[Op]:
    """The operation that somebody means."""
    if isinstance(what, type) and issubclass(what, Op):
        return what
    name = what if isinstance(what, str) else getattr(what, "__name__", None)
    if not isinstance(name, str):
        raise TypeError(
            "formula() takes the name of an operation, a function such as torch.tanh, or a Tensor "
            f"that was computed; not {type(what).__name__}."
        )
    known = {plain_name(key): op for key, op in registry.items()}
    known = {plain_name(op.name): op for op in reversed(registry.values())} | known
    found = registry.get(name) or known.get(plain_name(name.rpartition(".")[2]))
    if found is None:
        close = get_close_matches(plain_name(name), known, n=3)
        some = ", ".join(dict.fromkeys(known[each].__name__ for each in close))
        question = f" Did you mean {some}?" if some else ""
        raise ValueError(
            f"there is no operation {name!r}.{question} sorted(microtorch.ops.registry) lists "
            f"all {len(registry)}."
        )
    return found


def plain_name(name: str) -> str:
    return name.lower().replace("_", "")


def of_operation(op: type[Op], part: Part | None, put: Mapping[str, Any]) -> Formula:
    """The rules with the letters of the op's own source, or with what is put in for them."""
    own = operand_names(op)
    other = other_letters(own, parameter_names(op))
    letters = [other.get(name, name) for name in own]
    parameters = [other.get(name, name) for name in parameter_names(op)]
    # Operands of any number have no letters that something could be put in for.
    takes = dict.fromkeys([*(parameters[1:] if op.operands < 0 else parameters), UPSTREAM])
    called: dict[str, str] = {}
    numbers: dict[str, Any] = {}
    settings: dict[str, Expression] = {}
    for name, value in put.items():
        if name not in takes:
            raise TypeError(
                f"{op.__name__} has no {name!r}. It takes {', '.join(takes)} (g is the upstream gradient)."
            )
        if name not in (*letters, UPSTREAM):
            settings[name] = as_setting(name, value)
        elif isinstance(value, str):
            called[name] = value
        else:
            numbers[name] = as_number(name, value)
    upstream = next(iter(inspect.signature(op.vjp).parameters)) if hasattr(op, "vjp") else UPSTREAM
    named = {name: called.get(letter, letter) for name, letter in zip(own, letters, strict=True)}
    given = {name: value for name, value in put.items() if name in settings}
    given |= {
        name: numbers[each] for name, each in zip(own, letters, strict=True) if each in numbers
    }
    if UPSTREAM in called:
        named[upstream] = called[UPSTREAM]
    if UPSTREAM in numbers:
        given[upstream] = numbers[UPSTREAM]
    if op.operands < 0:
        settings[own[0]] = SEVERAL
        letters = [ONE_OF_THEM.name]
    found = []
    for each in parts_of(op, part):

        def as_asked(e: Expression, part: Part = each) -> Expression:
            e = simplify(take_branches(substitute(e, settings)))
            e = without_clashes(e, other, {upstream} if part == "vjp" else set())
            return e if part == "forward" else with_zeros(e)

        taken = {*called.values(), *parameters} - {"y"}
        rule = rule_of(op, each).beside(taken).map(as_asked)
        for k, e in enumerate(rule.results):
            result = left(each, letters[k] if letters else "")
            found += [Line(each, result, e)] if result != e else []
        found += steps_of(each, rule)
    said = Formula(op, shortened(found, called.values()), called, numbers, named, given)
    if letters and set(letters) <= numbers.keys():
        forward = take_branches(substitute(rule_of(op, "forward").results[0], settings))
        y = said.value(without_clashes(forward, other, set()))
        if y is not None:
            known = {"y": y}
            said = replace(said, numbers=numbers | known, given=given | known)
    return said


def other_letters(operands: Sequence[str], parameters: Sequence[str]) -> dict[str, str]:
    """Letters for operands that the code calls g or y, which mean something else in a formula."""
    free = (letter for letter in "xabz" if letter not in parameters)
    return {own: next(free) for own in operands if own in (UPSTREAM, "y")}


def without_clashes(
    e: Expression, other: Mapping[str, str], upstream: Collection[str]
) -> Expression:
    """A rule in which g is the upstream gradient, and y the result, whatever the code calls them."""
    changed = {own: Name(shown) for own, shown in other.items()}
    return substitute(e, changed | dict.fromkeys(upstream, Name(UPSTREAM))) if other else e


def as_number(name: str, value: Any) -> Any:
    try:
        array = np.asarray(value._data if isinstance(value, Tensor) else value, float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or an array; it is {value!r}.") from None
    return array[()]


def as_setting(name: str, value: Any) -> Expression:
    try:
        return constant(value)
    except FormulaError:
        raise TypeError(
            f"{name} must be a number, a text, True, False, None or a tuple; it is "
            f"{type(value).__name__}."
        ) from None
