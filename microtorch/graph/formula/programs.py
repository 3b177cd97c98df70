"""Rules of several steps: code with loops, or for any number of operands, as equations.

They keep the names of their author: ``d[t] = …`` is what a loop computes in step t, and what it
carries from step to step is looked up one step before: ``dh[t + 1]`` on the way back.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from microtorch.graph.formula.expression import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    evaluate,
    names,
    size,
    substitute,
)
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.source import Source

WORTH = 4  # parts of a formula that is worth an equation of its own
SHORT = 12  # parts of a formula that can stand where its name is used once
NOTHING = Constant(None)
FROM_THE_END = Call("slice", (NOTHING, NOTHING, Number(-1)))
OPERAND = Name("i")  # the number of an operand


@dataclass(frozen=True)
class Equation:
    """``left = right``: a letter, ``d[t]``, or several letters at once."""

    left: Expression
    right: Expression

    def map(self, change: Callable[[Expression], Expression]) -> Equation:
        return Equation(change(self.left), change(self.right))


@dataclass(frozen=True)
class Loop:
    """Equations for every step from 0 to ``count`` - 1, or from the last to the first."""

    step: Name
    count: Expression
    backwards: bool
    body: tuple[Equation, ...]

    @property
    def course(self) -> Equation:
        """``t = 0, …, len(x) − 1``."""
        ends = (Number(0), Call("sub", (self.count, Number(1))))
        return Equation(self.step, Call("from_to", ends[::-1] if self.backwards else ends))

    def map(self, change: Callable[[Expression], Expression]) -> Loop:
        body = tuple(each.map(change) for each in self.body)
        return Loop(self.step, change(self.count), self.backwards, body)


@dataclass(frozen=True)
class Program:
    """What a rule returns, and the steps that lead there.

    ``each`` is how many results there are, if one formula stands for them all.
    """

    results: tuple[Expression, ...]
    steps: tuple[Equation | Loop, ...]
    each: Expression | None = None

    def map(self, change: Callable[[Expression], Expression]) -> Program:
        """The same with every formula changed."""
        steps = tuple(step.map(change) for step in self.steps)
        each = None if self.each is None else change(self.each)
        return Program(tuple(map(change, self.results)), steps, each)

    def equations(self) -> Iterator[Equation]:
        """All equations in their order, loops with the course of their step before them."""
        for step in self.steps:
            yield from (step.course, *step.body) if isinstance(step, Loop) else (step,)

    def letters(self) -> list[str]:
        """All names that the steps give to something."""
        return list(dict.fromkeys(each.name for e in self.equations() for each in defined(e.left)))


def defined(left: Expression) -> tuple[Name, ...]:
    """The letters on the left of an equation."""
    match left:
        case Name():
            return (left,)
        case Call("item", (letter, _)):
            return defined(letter)
        case Call("tuple", letters):
            return tuple(name for each in letters for name in defined(each))
    raise AssertionError(left)


def run(program: Program, env: Mapping[str, Any]) -> tuple[Any, ...]:
    """Compute a program with NumPy."""
    known = dict(env)
    for step in program.steps:
        if isinstance(step, Equation):
            put(known, step, {})
            continue
        count = int(evaluate(step.count, known))
        found: dict[str, dict[int, Any]] = {
            each.name: {} for equation in step.body for each in defined(equation.left)
        }
        order = range(count)[::-1] if step.backwards else range(count)
        for t in order:
            inside = {**known, **found, step.step.name: t}
            for equation in step.body:
                put(inside, equation, found)
        known |= {name: np.stack([each[t] for t in range(count)]) for name, each in found.items()}
    if program.each is None:
        return tuple(evaluate(e, known) for e in program.results)
    (one,) = program.results
    count = int(evaluate(program.each, known))
    return tuple(evaluate(one, {**known, OPERAND.name: i}) for i in range(count))


def put(known: dict[str, Any], equation: Equation, found: Mapping[str, dict[int, Any]]) -> None:
    """Compute the right side of an equation, and keep it under the letters on its left."""
    value = evaluate(equation.right, known)
    match equation.left:
        case Name(name):
            known[name] = value
        case Call("item", (Name(name), _ as place)):
            found[name][evaluate(place, known)] = value
        case Call("tuple", letters):
            for letter, each in zip(letters, value, strict=True):
                put({**known, "each": each}, Equation(letter, Name("each")), found)
                known |= {letter.name: each} if isinstance(letter, Name) else {}


def read_program(
    function: Callable[..., Any], where: str, several: Sequence[Expression] | None = None
) -> Program:
    """What a function returns, step by step.

    ``several`` are the operands and settings of a function of any number of arguments, if they
    are known.

    Raises:
        FormulaError: if the code is more than assignments, loops over steps, and one ``return``.
    """
    definition = definition_of(function, where)
    parameters = {p for p in inspect.signature(function).parameters} | {"g", "L"}
    book = Book(parameters)
    result = Steps(where, function, definition, book, several).block(definition.body)
    each: Expression | None = None
    results: tuple[Expression, ...] = (result,)
    match result:
        case Call("each", (one, count)):
            results, each = (one,), count
        case Call("tuple", items):
            results = items
    return tidy(Program(results, tuple(book.steps), each))


def definition_of(function: Callable[..., Any], where: str) -> ast.FunctionDef:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError) as error:
        raise FormulaError(f"The source code of {where} cannot be found: {error}.") from error
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise FormulaError(f"{where} is not a function written with `def`.")
    return definition


def family(op: type) -> list[str]:
    """What an operation of any number of operands calls them, and its settings.

    >>> from microtorch.ops.joining import Cat
    >>> family(Cat)
    ['arrays', 'axis', 'starts', 'ends']
    """
    for statement in definition_of(op.forward, op.__name__).body:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Starred(value=ast.Name(id=name)), *rest])]):
                return [name, *(each.id for each in rest if isinstance(each, ast.Name))]
    raise FormulaError(f"{op.__name__} does not say what its operands are called.")


@dataclass
class Book:
    """The equations that were written down so far, and the letters that are taken."""

    taken: set[str]
    steps: list[Equation | Loop] = field(default_factory=list)
    body: list[Equation] | None = None  # of the loop that is being read
    step: Name = Name("t")
    renamed: dict[str, Expression] = field(default_factory=dict)
    plain: bool = False  # in a branch, nothing is written down

    def fresh(self, name: str) -> Name:
        """A letter that means nothing else."""
        options = (name, *(f"{name}_{k}" for k in range(2, 100)))
        letter = next(each for each in options if each not in self.taken)
        self.taken.add(letter)
        return Name(letter)

    def write(self, letter: Expression, value: Expression) -> Expression:
        """``letter = value``, or ``letter[t] = value`` in a loop. Returns the left side."""
        if self.body is None:
            self.steps.append(Equation(letter, value))
            return letter
        left = Call("tuple", letter.arguments) if isinstance(letter, Call) else letter
        left = left.map(self.now) if isinstance(left, Call) else self.now(left)
        self.body.append(Equation(left, value))
        return left

    def now(self, letter: Expression) -> Call:
        return Call("item", (letter, self.step))


class Steps(Source):
    """Reads a function whose code is more than one formula."""

    def __init__(
        self,
        where: str,
        function: Callable[..., Any],
        definition: ast.FunctionDef,
        book: Book,
        several: Sequence[Expression] | None = None,
    ):
        super().__init__(where, function, definition)
        self.book = book
        self.functions: dict[str, ast.expr] = {}  # parameters that stand for a function
        if definition.args.vararg:
            together = Call("any number", ()) if several is None else Call("tuple", tuple(several))
            self.known[definition.args.vararg.arg] = together

    # ---------------------------------------------------------------- statements

    def branch(self, statements: Sequence[ast.stmt]) -> Expression:
        """In a choice nothing is written down: it may not be so."""
        before, self.book.plain = self.book.plain, True
        try:
            return super().branch(statements)
        finally:
            self.book.plain = before

    def statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.For(orelse=[]):
                self.loop(statement)
            case ast.Assign(targets=targets, value=value):
                self.chain(targets, self.read(value), statement)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[each]
                )
            ) if self.known.get(name, NOTHING) == Call("tuple", ()):
                self.fill(name, self.book.fresh(name), self.read(each))
            case _:
                super().statement(statement)

    def chain(
        self, targets: Sequence[ast.expr], value: Expression, statement: ast.stmt
    ) -> None:
        """``h = y[t] = value``: the entry of an array first, then names for it."""
        pairs = [(targets, value)]
        if all(isinstance(target, ast.Tuple) for target in targets):
            columns = zip(*(target.elts for target in targets), strict=True)
            if not (isinstance(value, Call) and value.function == "tuple"):
                raise self.error(statement)
            pairs = list(zip(map(list, columns), value.arguments, strict=True))
        filled: list[tuple[Sequence[ast.expr], Expression]] = []
        for several, each in reversed(pairs):  # the last one may be a part of the others
            for target in several:
                if isinstance(target, ast.Subscript):
                    each = self.fill_entry(target, each, statement)
            filled.append((several, each))
        for several, each in filled:
            for target in several:
                if not isinstance(target, ast.Subscript):
                    self.assign(target, each, statement)

    def assign(self, target: ast.expr, value: Expression, statement: ast.stmt) -> None:
        match target, value:
            case ast.Name(id=name), Call("unfilled", ()):
                self.known[name] = Call("unfilled", (self.book.fresh(name),))
            case ast.Name(id=name), _:
                self.known[name] = self.named(name, value)
            case ast.Subscript(), _:
                self.fill_entry(target, value, statement)
            case ast.Tuple(elts=[ast.Starred(value=first), *rest]), Call("any number"):
                self.assign(first, Name(first.id), statement)  # type: ignore[attr-defined]
                for each in rest:
                    self.assign(each, Name(each.id), statement)  # type: ignore[attr-defined]
            case ast.Tuple(elts=[ast.Starred(value=first), *rest]), Call("tuple", items):
                count = len(items) - len(rest)
                self.known[first.id] = Call("tuple", items[:count])  # type: ignore[attr-defined]
                for each, item in zip(rest, items[count:], strict=True):
                    self.known[each.id] = item  # type: ignore[attr-defined]
            case ast.Tuple(elts=targets), Call("unfilled"):  # the rows of an empty array
                rows = tuple(self.book.fresh(each.id) for each in targets)  # type: ignore[attr-defined]
                for each, letter in zip(targets, rows, strict=True):
                    self.known[each.id] = Call("unfilled", (letter,))  # type: ignore[attr-defined]
                whole = next(k for k, e in self.known.items() if e == value)
                self.known[whole] = Call("stack", (Call("tuple", rows),))
            case ast.Tuple(elts=targets), Call(function) if function not in ("tuple", "item") and all(
                isinstance(each, ast.Name) for each in targets
            ):
                if self.book.plain or function == "each":
                    super().assign(target, value, statement)
                    return
                letters = tuple(self.book.fresh(each.id) for each in targets)  # type: ignore[attr-defined]
                left = self.book.write(Call("tuple", letters), value)
                for each, letter in zip(targets, left.arguments, strict=True):  # type: ignore[union-attr]
                    self.known[each.id] = letter  # type: ignore[attr-defined]
            case _:
                super().assign(target, value, statement)

    def named(self, name: str, value: Expression) -> Expression:
        """What stands for a value from here on: a letter with an equation, if it is long."""
        if self.book.plain or not isinstance(value, Call) or size(value) < WORTH:
            return value
        if value.function in ("unfilled", "appended", "tuple", "any number"):
            return value
        return self.book.write(self.book.fresh(name), value)

    def fill_entry(
        self, target: ast.Subscript, value: Expression, statement: ast.stmt
    ) -> Expression:
        """``y[t] = value``, of an array that was made empty."""
        match target.value, self.read(target.slice):
            case ast.Name(id=name), place if place == self.book.step:
                match self.known.get(name):
                    case Call("unfilled", (Name() as letter,)):
                        return self.fill(None, letter, value)
        raise self.error(statement)

    def fill(self, name: str | None, letter: Name, value: Expression) -> Expression:
        """An entry for this step, of an array or (with a name) of a list that grows."""
        body = self.book.body
        if body is None:
            raise FormulaError(f"{self.where} cannot be read: {letter.name} is filled in no loop.")
        match value:
            case Call("item", (Name(own), step)) if step == self.book.step and any(
                value == equation.left for equation in body
            ):
                if name is None:  # the array is known by its own name
                    self.book.renamed[own] = letter
                else:
                    letter = Name(own)
            case _:
                body.append(Equation(self.book.now(letter), value))
        if name is not None:
            self.known[name] = Call("appended", (letter,))
        return self.book.now(letter)

    # ---------------------------------------------------------------- loops

    def loop(self, node: ast.For) -> None:
        """What is carried from step to step is looked up at the step before."""
        book = self.book
        if book.body is not None or book.plain:
            raise self.error(node)
        count, backwards = self.course(node)
        changed = {
            each.id
            for inner in node.body
            for each in ast.walk(inner)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        carried = [name for name in self.known if name in changed]
        if backwards:
            there_is, before = Call("less", (Call("add", (book.step, Number(1))), count)), 1
        else:
            there_is, before = Call("greater", (book.step, Number(0))), -1
        previous = simplify(Call("add", (book.step, Number(before))))
        for name in carried:
            last = Call("item", (Name(f"{name} before"), previous))
            self.known[name] = Call("where", (there_is, last, self.known[name]))
        book.body = []
        self.block([*node.body, ast.Return(ast.Constant(None))])
        final: dict[str, Expression] = {}
        for name in carried:
            match self.known[name]:
                case Call("item", (Name() as letter, step)) if step == book.step:
                    pass
                case value:
                    letter = book.fresh(name)
                    book.body.append(Equation(book.now(letter), value))
            final[f"{name} before"] = book.renamed.get(letter.name, letter)
            ends = Number(0) if backwards else Number(-1)
            self.known[name] = Call("item", (final[f"{name} before"], ends))
        final |= book.renamed
        body = tuple(e.map(lambda x: substitute(x, final)) for e in book.body)
        book.body = None
        book.steps.append(Loop(book.step, count, backwards, body))
        for name, e in list(self.known.items()):
            match e:
                case Call("unfilled", (letter,)) if letter in (
                    each for equation in body for each in defined(equation.left)
                ):
                    self.known[name] = letter

    def course(self, node: ast.For) -> tuple[Expression, bool]:
        """How many steps there are, and whether the last one comes first."""
        match node.target, node.iter:
            case ast.Name(id=step), ast.Call(
                func=ast.Name(id="reversed"),
                args=[ast.Call(func=ast.Name(id="range"), args=[count])],
            ):
                self.book.step = self.book.fresh(step)
                self.known[step] = self.book.step
                return self.read(count), True
            case ast.Tuple(elts=[ast.Name(id=step), ast.Name(id=each)]), ast.Call(
                func=ast.Name(id="enumerate"), args=[array]
            ):
                whole = self.read(array)
                self.book.step = self.book.fresh(step)
                self.known[step] = self.book.step
                self.known[each] = Call("item", (whole, self.book.step))
                return Call("len", (whole,)), False
        raise self.error(node)

    # ---------------------------------------------------------------- expressions

    def read(self, node: ast.expr) -> Expression:
        match node:
            case ast.Call(func=ast.Name(id="tuple"), args=[ast.ListComp() as inner]):
                return self.for_each(inner)
        return super().read(node)

    def items(self, node: ast.expr) -> tuple[Expression, ...]:
        """``*(a,) * 2`` adds two, if the number is known."""
        match node:
            case ast.Starred(value=ast.BinOp(left=left, op=ast.Mult(), right=right)):
                match self.read(left), self.read(right):
                    case Call("tuple", several), Number(int(times)):
                        return several * times
        return super().items(node)

    def for_each(self, node: ast.ListComp) -> Expression:
        """One formula for each operand: written out, if they are known."""
        match node.generators:
            case [ast.comprehension(target=target, iter=over, ifs=[])]:
                pass
            case _:
                raise self.error(node)
        match over:
            case ast.Call(func=ast.Name(id="zip"), args=sources):
                targets = target.elts if isinstance(target, ast.Tuple) else []
            case _:
                sources, targets = [over], [target]
        columns = [self.column(source) for source in sources]
        before = dict(self.known)
        lists = [column.arguments for column in columns if is_tuple(column)]
        if len(lists) == len(columns):
            found = []
            for row in zip(*lists, strict=True):
                for each, value in zip(targets, row, strict=True):
                    self.assign(each, value, ast.Expr(node))
                found.append(self.read(node.elt))
            self.known = before
            return Call("tuple", tuple(found))
        for each, column in zip(targets, columns, strict=True):
            one = OPERAND if is_range(column) else Call("item", (column, OPERAND))
            self.assign(each, one, ast.Expr(node))
        body = self.read(node.elt)
        self.known = before
        first = columns[0]
        return Call("each", (body, first.arguments[0] if is_range(first) else Call("len", (first,))))

    def column(self, node: ast.expr) -> Expression:
        """What a comprehension goes through."""
        match node:
            case ast.Call(func=ast.Name(id="range"), args=[count]):
                match simplify(self.read(count)):
                    case Number(int(n)):
                        return Call("tuple", tuple(map(Number, range(n))))
                    case Call("len", (Call("tuple", items),)):
                        return Call("tuple", tuple(map(Number, range(len(items)))))
                    case n:
                        return Call("range", (n,))
        match self.read(node):
            case Constant(tuple(values)):
                return Call("tuple", tuple(map(as_formula, values)))
            case e:
                return e

    def call(self, node: ast.Call) -> Expression:
        match node.func:
            case ast.Attribute(attr="empty"):
                return Call("unfilled", ())
            case ast.Name(id=name) if name in self.functions:
                return self.read(ast.Call(self.functions[name], node.args, node.keywords))
        match super().call(node):
            case Call("stack", (Call("item", (Call("appended", (letter,)), order)),)) if (
                isinstance(order, Call) and order.map(simplify) == FROM_THE_END
            ):
                return letter
            case e:
                return e

    def inline(
        self, function: Callable[..., Any], given: Sequence[ast.expr], node: ast.Call
    ) -> Expression:
        """Another function: one formula in the place of the call, or its steps."""
        definition = definition_of(function, function.__qualname__)
        code = [s for s in definition.body if not is_docstring(s)]
        if len(code) == 1 or self.book.plain:
            return super().inline(function, given, node)
        if any(isinstance(s, ast.If) for s in code):
            return super().inline(function, given, node)
        book, length = self.book, len(self.book.steps)
        inner_length = len(book.body or ())
        inner = Steps(function.__qualname__, function, definition, book)
        parameters = list(inspect.signature(function).parameters)
        if len(parameters) != len(given) or node.keywords:
            raise self.error(node)
        try:
            for name, each in zip(parameters, given, strict=True):
                if isinstance(each, ast.Attribute) and self.is_function(each):
                    inner.functions[name] = each
                else:
                    inner.known[name] = self.named(name, self.read(each))
            return inner.block(definition.body)
        except FormulaError:
            del book.steps[length:]
            if book.body is not None:
                del book.body[inner_length:]
            raise

    def is_function(self, node: ast.Attribute) -> bool:
        """Whether something is a function of a module or of an operation: np.tanh, Relu.forward."""
        return self.module(node.value) is not None or (
            isinstance(node.value, ast.Name) and self.is_op(node.value.id)
        )


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_tuple(e: Expression) -> bool:
    return isinstance(e, Call) and e.function == "tuple"


def is_range(e: Expression) -> bool:
    return isinstance(e, Call) and e.function == "range"


def as_formula(value: Any) -> Expression:
    """A value of Python, also of tuples in tuples."""
    if isinstance(value, tuple):
        return Call("tuple", tuple(map(as_formula, value)))
    return Number(value) if isinstance(value, int | float) else Constant(value)


# ---------------------------------------------------------------- tidying


def tidy(program: Program) -> Program:
    """Without letters that stand for little and are used once."""
    while (letter := next(dispensable(program), None)) is not None:
        steps = []
        for step in program.steps:
            if isinstance(step, Loop):
                body = tuple(e for e in step.body if e != letter)
                steps.append(Loop(step.step, step.count, step.backwards, body))
            elif step != letter:
                steps.append(step)
        smaller = Program(program.results, tuple(steps), program.each)
        program = smaller.map(partial(replaced, old=letter.left, new=letter.right))
    return program


def dispensable(program: Program) -> Iterator[Equation]:
    """The equations whose right side can stand where their letter is used."""
    whole = (*program.results, *(e.right for e in program.equations()))
    outside = (*program.results, *(e.right for e in program.steps if isinstance(e, Equation)))
    for step in program.steps:
        inside = isinstance(step, Loop)
        for equation in step.body if isinstance(step, Loop) else (step,):
            if is_tuple(equation.left) or size(equation.right) > SHORT:
                continue
            (letter,) = defined(equation.left)
            there = whole if inside else outside
            used = sum(count(e, letter) for e in whole)
            if used == sum(count(e, equation.left) for e in there) == 1:
                yield equation


def count(e: Expression, part: Expression) -> int:
    """How often a part stands in a formula."""
    if e == part:
        return 1
    if not isinstance(e, Call):
        return 0
    return sum(count(each, part) for each in (*e.arguments, *(v for _, v in e.keywords)))


def replaced(e: Expression, old: Expression, new: Expression) -> Expression:
    if e == old:
        return new
    return e.map(partial(replaced, old=old, new=new)) if isinstance(e, Call) else e
