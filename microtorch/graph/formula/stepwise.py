"""Reading code with loops, or for any number of operands, step by step."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeGuard

from microtorch.graph.formula.expression import (
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    size,
    substitute,
)
from microtorch.graph.formula.known import KEPT
from microtorch.graph.formula.programs import OPERAND, Equation, Loop, Program, defined, tidy
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.source import Source
from microtorch.graph.formula.syntax import is_memo
from microtorch.ops import Op

WORTH = 4  # parts of a formula that is worth an equation of its own
NOTHING = Constant(None)
STEP = Name("t")  # until a loop says how it counts
FROM_THE_END = Call("slice", (NOTHING, NOTHING, Number(-1)))


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
    parameters = set(inspect.signature(function).parameters) | {"g", "L"}
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


@cache
def has_steps(function: Callable[..., Any]) -> bool:
    """Whether a function goes from the last step to the first, as a sweep back does."""
    return "reversed(range(" in inspect.getsource(function)


def family(op: type[Op]) -> list[str]:
    """What an operation of any number of operands calls them, and its settings.

    >>> from microtorch.ops.joining import Cat
    >>> family(Cat)
    ['arrays', 'axis', 'starts', 'ends']
    """
    for statement in definition_of(op.forward, op.__name__).body:
        match statement:
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Starred(value=ast.Name(id=name)), *rest])]
            ):
                settings = [each.id.lstrip("_") for each in rest if isinstance(each, ast.Name)]
                return [name, *settings]
    raise FormulaError(f"{op.__name__} does not say what its operands are called.")


@dataclass
class Book:
    """The equations that were written down so far, and the letters that are taken."""

    taken: set[str]
    steps: list[Equation | Loop] = field(default_factory=list)
    body: list[Equation] | None = None  # of the loop that is being read
    step: Name = STEP
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
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=memo))) if is_memo(memo):
                pass  # it is kept for the way back, which saves time
            case _:
                super().statement(statement)

    def chain(self, targets: Sequence[ast.expr], value: Expression, statement: ast.stmt) -> None:
        """``h = y[t] = value``: the entry of an array first, then names for it."""
        pairs = [(targets, value)]
        if all(isinstance(target, ast.Tuple) for target in targets):
            columns = zip(*(t.elts for t in targets if isinstance(t, ast.Tuple)), strict=True)
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
            case ast.Tuple(elts=targets), Call(function) if function not in (
                "tuple",
                "item",
            ) and all(isinstance(each, ast.Name) for each in targets):
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
        least = WORTH if name in self.book.taken else WORTH - 1
        if self.book.plain or not isinstance(value, Call) or size(value) < least:
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
        if not self.collected():
            raise self.error(node)  # nothing is kept of every step
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
        filled: set[Expression] = {name for equation in body for name in defined(equation.left)}
        for name, e in list(self.known.items()):
            if called(e, "unfilled") and e.arguments[0] in filled:
                self.known[name] = e.arguments[0]

    def collected(self) -> bool:
        """Whether the loop that is being read fills an array or a list."""
        filled = {
            letter
            for e in self.known.values()
            if isinstance(e, Call) and e.function in ("unfilled", "appended")
            for letter in e.arguments
        }
        now = {name for e in self.book.body or () for name in defined(e.left)}
        return bool(filled & (now | {self.book.renamed.get(n.name, n) for n in now}))

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
        match super().read(node):
            case Call("mul", (Call("tuple", items), Number(int(times)))):
                return Call("tuple", items * times)
            case Call("add", (Call("tuple", items), Call("tuple", more))):
                return Call("tuple", items + more)
            case e:
                return e

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
        lists = [column.arguments for column in columns if called(column, "tuple")]
        if len(lists) == len(columns):
            found = []
            for row in zip(*lists, strict=True):
                for each, value in zip(targets, row, strict=True):
                    self.assign(each, value, ast.Expr(node))
                found.append(self.read(node.elt))
            self.known = before
            return Call("tuple", tuple(found))
        plain, self.book.plain = self.book.plain, True  # a step has no number of an operand
        for each, column in zip(targets, columns, strict=True):
            one = OPERAND if called(column, "range") else Call("item", (column, OPERAND))
            self.assign(each, one, ast.Expr(node))
        body = self.read(node.elt)
        self.known, self.book.plain = before, plain
        match columns[0]:
            case Call("range", (count,)):
                return Call("each", (body, count))
            case first:
                return Call("each", (body, Call("len", (first,))))

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
            case _ if any(each.arg == "out" for each in node.keywords):  # where it is kept
                keywords = [each for each in node.keywords if each.arg != "out"]
                return self.call(ast.Call(node.func, node.args, keywords))
            case ast.Name(id="slice") if len(node.args) == 1:
                return Call("slice", (NOTHING, self.read(node.args[0])))
            case ast.Name(id="between" | "layer" as name):  # with numbers, they say more: g[:, 0:1]
                if all(isinstance(self.read(each), Number) for each in node.args[1:]):
                    return self.inline(self.globals[name], node.args, node)
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
        plain = len(code) == 1 or self.book.plain or any(isinstance(s, ast.If) for s in code)
        if plain and function.__name__ not in KEPT:
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


def called(e: Expression, function: str) -> TypeGuard[Call]:
    return isinstance(e, Call) and e.function == function


def as_formula(value: Any) -> Expression:
    """A value of Python, also of tuples in tuples."""
    if isinstance(value, tuple):
        return Call("tuple", tuple(map(as_formula, value)))
    return Number(value) if isinstance(value, int | float) else Constant(value)
