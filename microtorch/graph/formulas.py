"""``torch.formula("Tanh")``: the rules of an operation, in every notation."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, partial
from typing import Any, get_args

import numpy as np

from microtorch.graph.equations import Equations, add_up
from microtorch.graph.explain import located
from microtorch.graph.formula import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    Part,
    evaluate,
    read_or_call,
    simplify,
    substitute,
)
from microtorch.graph.formula import names as names_in
from microtorch.graph.formula.arrows import arrow, library
from microtorch.graph.formula.expression import constant
from microtorch.graph.formula.javascript import FUNCTIONS as OF_MATH
from microtorch.graph.formula.known import named
from microtorch.graph.formula.parts import in_pieces
from microtorch.graph.formula.reader import take_branches
from microtorch.graph.kinds import has_way_back, op_named
from microtorch.graph.model import Graph, Operation
from microtorch.graph.names import Names, caller_names, given_names
from microtorch.graph.prose import (
    LatexWriter,
    MathMLWriter,
    Sides,
    TextWriter,
    Writer,
    chained,
)
from microtorch.graph.rules import functions, result_rule, without_defaults
from microtorch.ops import Elementwise, Op, registry
from microtorch.tensor import Tensor

PARTS: tuple[Part, ...] = get_args(Part)
LOSS = Name("L")  # whatever the gradient is of
UPSTREAM = "g"
RESULT = Name("result")  # y, where it never becomes a number: in ∂L/∂y
FEW = 4  # entries of an array that are put into a formula
NO_GRAPH = Graph((), (), 0)


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


@dataclass(frozen=True)
class Line:
    """One rule: ``left = right``."""

    part: Part
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Formula:
    """Rules of one operation: ``.unicode``, ``.latex``, ``.mathml``, ``.javascript``, ``.where``.

    Each is a text with one line for each rule.
    """

    op: type[Op]
    lines: tuple[Line, ...]
    called: Mapping[str, str]  # how letters are shown: {"x": "w"}
    numbers: Mapping[str, Any]  # what is known of them: {"x": 2.0}
    parameters: Mapping[str, str]  # how the op's own parameters are called: {"a": "w"}
    given: Mapping[str, Any]  # and what they are: {"a": 2.0, "exponent": 2}

    @cached_property
    def unicode(self) -> str:
        """Text."""
        writer = TextWriter(NO_GRAPH)
        return "\n".join(writer.one_line(self.sides(line, writer)) for line in self.lines)

    @cached_property
    def latex(self) -> str:
        """LaTeX, without dollar signs."""
        writer = LatexWriter(NO_GRAPH)
        return "\n".join(writer.one_line(self.sides(line, writer)) for line in self.lines)

    @cached_property
    def mathml(self) -> str:
        """A ``<math>`` element for each rule."""
        writer = MathMLWriter(NO_GRAPH)
        sides = (writer.one_line(self.sides(line, writer)) for line in self.lines)
        return "\n".join(f'<math display="block">{each}</math>' for each in sides)

    @cached_property
    def javascript(self) -> str:
        """A function for each part. What is known is a setting of the rule, or a default.

        >>> import microtorch as torch
        >>> torch.formula("Mul", "local", a=2.0, b="x").javascript
        '(y, a = 2.0, x) => [x, a]'
        >>> w, x = torch.ones(2), torch.tensor(3.0, requires_grad=True)
        >>> print(torch.formula(w * x, "forward").javascript)
        (w = {shape: [2], data: [1.0, 1.0]}, x = 3.0) => entries((w, x) => w * x, w, x)
        """
        return "\n".join(
            arrow(self.op, part, self.parameters, self.given)
            for part in dict.fromkeys(line.part for line in self.lines)
        )

    @cached_property
    def library(self) -> str:
        """All that the functions of ``javascript`` call, in JavaScript: evaluate it before them.

        Arrays are ``{shape: [2, 2], data: [1, 2, 3, 4]}``, row by row.
        """
        return library(self.javascript)

    @cached_property
    def where(self) -> dict[str, str]:
        """What the functions mean that the formulas call by a name of ours."""
        found = dict.fromkeys(f for line in self.lines for f in functions(line.right))
        return {name: meaning(name) for name in found if name in named and name not in OF_MATH}

    def sides(self, line: Line, writer: Writer) -> Sides:
        """What is equal: the name, the rule, the rule with numbers in it, and what they come to."""
        upstream = {} if UPSTREAM in self.called else {UPSTREAM: Call("partial", (LOSS, RESULT))}
        right = substitute(line.right, upstream)
        formulas = [line.left, right]
        sides = [
            writer.side(partial(writer.print, e, self.atom(writer, with_numbers=False)))
            for e in formulas
        ]
        used = [name for name in names_in(line.right) if name != UPSTREAM]
        known = used and all(name in self.numbers for name in used)
        if known and all(np.size(self.numbers[name]) <= FEW for name in used):
            inside = line.right if UPSTREAM in self.numbers else right
            sides.append(
                writer.side(partial(writer.print, inside, self.atom(writer, with_numbers=True)))
            )
        if known and (UPSTREAM in self.numbers or UPSTREAM not in names_in(line.right)):
            value = self.value(line.right)
            if value is not None:
                sides.append(writer.side(partial(writer.number, np.asarray(value))))
        return chained(sides)

    def atom(self, writer: Writer, with_numbers: bool = False) -> Callable[[str, bool], str | None]:
        """How the letters of the formulas are written."""

        def write(letter: str, needs_parentheses: bool) -> str | None:
            if with_numbers and letter in self.numbers:
                value = np.asarray(self.numbers[letter])
                text = writer.number(value)
                return writer.wrapped(text, value) if needs_parentheses else text
            if letter == RESULT.name:
                return writer.name(self.called.get("y", "y"))
            return writer.name(self.called[letter]) if letter in self.called else None

        return write

    def value(self, e: Expression) -> Any:
        """What a formula comes to, or None if not all that it needs is known."""
        try:
            with np.errstate(all="ignore"):
                return evaluate(e, {**named, **self.numbers})
        except (FormulaError, TypeError, ValueError):
            return None

    def __repr__(self) -> str:
        notes = [f"    {name}: {text}" for name, text in self.where.items()]
        return "\n".join([self.unicode, *(["where", *notes] if notes else [])])

    def _repr_latex_(self) -> str:
        return "\n\n".join(f"$$ {line} $$" for line in self.latex.splitlines())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        notes = [f"- `{name}`: {text}" for name, text in self.where.items()]
        markdown = "\n".join([self._repr_latex_(), "", *notes])
        return {
            "text/markdown": markdown,
            "text/latex": self._repr_latex_(),
            "text/plain": repr(self),
        }


def meaning(name: str) -> str:
    """What a function of ours means, as its own docstring says."""
    kind, _, part = name.partition(".")
    if part == "vjp":
        return f"the gradients that {kind} sends back to its operands, one for each."
    documented = registry.get(kind, named[name])
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def parts_of(op: type[Op], part: Part | None) -> tuple[Part, ...]:
    """The parts of an operation that are asked for."""
    by_entry = issubclass(op, Elementwise)
    if part == "local" and not by_entry:
        raise ValueError(
            f"{op.__name__} mixes entries, so that its local gradient is not one number for each "
            'entry. Ask for part="vjp": how a gradient comes back through it.'
        )
    if part is None and not has_way_back(op.__name__):
        return ("forward",)
    return tuple(p for p in PARTS if p != "local" or by_entry) if part is None else (part,)


def operand_names(op: type[Op]) -> list[str]:
    """The letters of the operands; none where there may be any number of them."""
    return list(inspect.signature(op.forward).parameters)[: max(op.operands, 0)]


def of_operation(op: type[Op], part: Part | None, put: Mapping[str, Any]) -> Formula:
    """The rules with the letters of the op's own source, or with what is put in for them."""
    parameters = list(inspect.signature(op.forward).parameters)
    operands = operand_names(op)
    letters = [*operands, UPSTREAM]
    other = other_letters(operands, parameters)
    called = {own: shown for own, shown in other.items() if own == UPSTREAM}
    numbers: dict[str, Any] = {}
    settings: dict[str, Expression] = {}
    for name, value in put.items():
        if name not in (*parameters, UPSTREAM):
            takes = ", ".join(dict.fromkeys([*parameters, UPSTREAM]))
            raise TypeError(
                f"{op.__name__} has no {name!r}. It takes {takes} (g is the upstream gradient)."
            )
        if name in letters and isinstance(value, str):
            called[name] = value
        elif name in letters:
            numbers[name] = as_number(name, value)
        else:
            settings[name] = as_setting(name, value)
    found = []
    for each in parts_of(op, part):
        for k, e in enumerate(read_or_call(op, each)):
            e = simplify(take_branches(substitute(e, settings)))
            e = without_clashes(op, each, e, other)
            e = Number(0) if e == Constant(None) else e
            shown = other.get(operands[k], operands[k]) if operands else None
            found.append(Line(each, left(each, shown), e))
    given = {name: value for name, value in put.items() if name in settings} | numbers
    result = Formula(op, shortened(found), called, numbers, called, given)
    if operands and set(operands) <= numbers.keys():
        forward = take_branches(substitute(read_or_call(op, "forward")[0], settings))
        y = result.value(forward)
        if y is not None:
            known = {"y": y}
            result = replace(result, numbers=numbers | known, given=given | known)
    return result


def other_letters(operands: Sequence[str], parameters: Sequence[str]) -> dict[str, str]:
    """Letters for operands that the code calls g or y, which mean something else in a formula."""
    free = (letter for letter in "xabz" if letter not in parameters)
    return {own: next(free) for own in operands if own in (UPSTREAM, "y")}


def without_clashes(
    op: type[Op], part: Part, e: Expression, other: Mapping[str, str]
) -> Expression:
    """A rule in which g is the upstream gradient, and y the result, whatever the code calls them."""
    if not other:
        return e
    changed: dict[str, Expression] = {own: Name(shown) for own, shown in other.items()}
    if part == "vjp":
        changed[next(iter(inspect.signature(op.vjp).parameters))] = Call("partial", (LOSS, RESULT))
    return substitute(e, changed)


def shortened(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Rules, and below them what the letters mean that make them shorter."""
    whole, pieces = in_pieces([line.right for line in lines])
    found = [replace(line, right=e) for line, e in zip(lines, whole, strict=True)]
    return (*found, *(Line(lines[-1].part, letter, e) for letter, e in pieces))


def left(part: Part, operand: str | None, result: str = "y") -> Expression:
    """What a rule gives: y, ∂y/∂x, or ∂L/∂x."""
    if part == "forward":
        return Name(result)
    if operand is None:
        return Name("gradients")
    return Call("partial", (Name(result) if part == "local" else LOSS, Name(operand)))


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


def of_tensor(tensor: Tensor, part: Part | None, known: Names) -> Formula:
    """The rules of the operation that made a tensor, with the caller's names and the numbers."""
    if tensor.requires_grad and tensor.grad_fn is None:
        raise ValueError(
            "this tensor is a leaf: no operation made it, so it has no rule. Give formula() the "
            "result of a computation."
        )
    graph, _ = located(tensor, [], known)
    op = graph.operations[-1]
    say = Equations(graph)
    kind = op_named(op.kind)
    letters = {v.index: v for v in graph.values if v.index in (*op.inputs, op.output)}
    called = {f"d{i}": v.name for i, v in letters.items() if v.kind != "constant"}
    called |= {"y": graph.values[op.output].name}
    if any(v.name == LOSS.name for v in letters.values()):
        called[LOSS.name] = "loss"
    own = dict(zip(operand_names(kind), op.inputs, strict=False))
    known_here = {name: say.symbol(i) for name, i in own.items()} | {"y": Name(f"d{op.output}")}
    settings = settings_of(kind, op)
    numbers = {f"d{i}": v.data for i, v in letters.items() if v.data is not None}
    result, found = f"d{op.output}", []
    for each in parts_of(kind, part):
        if each == "forward":
            rule = result_rule(op, say.symbols, say.ndims)
            found.append(Line(each, Name(result), rule))
            continue
        if kind.operands < 0:  # any number of operands: all their gradients
            (together,) = read_or_call(kind, each)
            found.append(Line(each, left(each, None), substitute(together, known_here)))
            continue
        uses: dict[int, list[Expression]] = {}
        for k, source in enumerate(op.inputs):
            if graph.values[source].kind == "constant":
                continue
            e = say.rule(op, each, k)
            if e is None:  # unreadable in a picture, but this is no picture
                e = substitute(read_or_call(kind, each)[k], settings | known_here)
                e = without_defaults(simplify(take_branches(e)))
            if e is not None and each == "vjp" and say.is_stretched(op, k):
                e = over_copies(e, graph.values[source].shape, graph.values[op.output].shape)
            if e is not None:
                uses.setdefault(source, []).append(e)
        for source, several in uses.items():  # used twice: x·x
            found.append(Line(each, left(each, f"d{source}", result), add_up(several)))
    names_of = {p: called[f"d{i}"] for p, i in own.items() if f"d{i}" in called}
    return Formula(
        kind,
        tuple(found),
        called,
        numbers,
        names_of | {"y": called["y"]},
        values_of(kind, op, graph),
    )


def settings_of(kind: type[Op], op: Operation) -> dict[str, Expression]:
    """The op's own parameters, as the caller wrote them or as numbers, where that can be said."""
    found: dict[str, Expression] = {}
    names_ = list(inspect.signature(kind.forward).parameters)[len(op.inputs) :]
    for name, value, how in zip(names_, op.params, op.written, strict=False):
        if how is not None:
            found[name] = Name(how)
        elif not isinstance(value, np.ndarray | np.generic):
            with suppress(FormulaError):
                found[name] = constant(value)
    return found


def over_copies(e: Expression, shape: tuple[int, ...], result: tuple[int, ...]) -> Expression:
    """The sum over the copies that broadcasting made of an operand."""
    if not shape:
        return Call("sum", (e,))
    lead = len(result) - len(shape)
    inner = tuple(i + lead for i, n in enumerate(shape) if n != result[i + lead])
    if inner:
        e = Call("sum", (e,), (("axis", axes(inner)), ("keepdims", Constant(True))))
    return Call("sum", (e,), (("axis", axes(tuple(range(lead)))),)) if lead else e


def axes(several: tuple[int, ...]) -> Number | Constant:
    return Number(several[0]) if len(several) == 1 else Constant(several)


def values_of(kind: type[Op], op: Operation, graph: Graph) -> dict[str, Any]:
    """What the parameters of an operation are, as far as it is known."""
    inputs = [graph.values[i].data for i in op.inputs]
    parameters = list(inspect.signature(kind.forward).parameters)
    if kind.operands < 0:  # all in one
        found: dict[str, Any] = {parameters[-1]: (*inputs, *op.params)}
    else:
        found = dict(zip(parameters, (*inputs, *op.params), strict=False))
    found["y"] = graph.values[op.output].data
    return {name: each for name, each in found.items() if each is not None or name != "y"}
