"""From the syntax tree of a function to the formula of what it returns."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from types import FunctionType, ModuleType
from typing import Any

from microtorch.graph.formula.expression import (
    FUNCTIONS,
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    constant,
    size,
    substitute,
)
from microtorch.graph.formula.known import KEPT, known_as
from microtorch.graph.formula.simplify import simplify
from microtorch.graph.formula.syntax import about_dtype, about_storage, is_memo, is_view
from microtorch.ops.base import Op, call

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.And: "and",
    ast.Or: "or",
    ast.USub: "neg",
    ast.Invert: "not",
    ast.Not: "not",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Is: "is",
    ast.IsNot: "is_not",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
}

CANONICAL = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "power": "pow",
    "square": "pow",
    "exp2": "pow",
    "rint": "round",
    "absolute": "abs",
    "fabs": "abs",
    "maximum": "max",  # of two arrays, element by element ...
    "minimum": "min",
    "max": "amax",  # ... but the largest element of one array
    "min": "amin",
    "mT": "transpose",
    "T": "transpose",
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
}

ARITY = {
    **dict.fromkeys(OPERATORS.values(), 2),
    **dict.fromkeys(("neg", "not", "exp", "sqrt", "abs", "floor", "ceil"), 1),
    **dict.fromkeys(("sigmoid", "normal_cdf", "transpose"), 1),
    **dict.fromkeys(("where", "clip"), 3),
    **dict.fromkeys(("tuple", "item", "partial"), -1),  # never written as calls in Python
}


# How numbers are stored says nothing about what they are.
STORAGE = {"array", "asarray", "ascontiguousarray", "copy", "astype"}
DTYPE = {"kind": "f", "char": "d"}  # a formula is about real numbers
NUMPYS = {"sum", "mean", "prod"}  # helpers that do what NumPy's functions do
MEMORY = {"flags", "itemsize", "base"}
STORAGE_SETTINGS = {"dtype", "order"}
LONGEST = 200  # parts of a formula that may stand for a call


def in_one(arguments: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """reshape(x, 2, 3) as reshape(x, (2, 3))."""
    x, *shape = arguments
    whole = Call("tuple", tuple(shape)) if len(shape) > 1 else shape[0]
    return x, whole


_under_way: set[Callable[..., Any]] = set()


def parsed(function: Callable[..., Any], where: str) -> Expression:
    """The formula of a function."""
    found = _read_once(function, where)
    if isinstance(found, str):
        raise FormulaError(found)
    return found


@cache
def _read_once(function: Callable[..., Any], where: str) -> Expression | str:
    """The formula of a function, or why there is none: neither is worked out twice."""
    try:
        return _formula(function, where)
    except FormulaError as error:
        return str(error)


def _formula(function: Callable[..., Any], where: str) -> Expression:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError) as error:
        raise FormulaError(f"The source code of {where} cannot be found: {error}.") from error
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise FormulaError(f"{where} is not a function written with `def`.")
    if function in _under_way:
        raise FormulaError(f"{where} calls itself, so it is no formula.")
    _under_way.add(function)
    try:
        return Source(where, inspect.unwrap(function), definition).block(definition.body)
    finally:
        _under_way.remove(function)


@cache
def definitions(module: str) -> dict[str, ast.expr]:
    """What the constants of a module are, as its source says: {"K": math.sqrt(2 / math.pi)}."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}
    return {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


class Source:
    """Turns the syntax tree of one function into a formula."""

    def __init__(self, where: str, function: Callable[..., Any], definition: ast.FunctionDef):
        self.where = where
        self.globals: dict[str, Any] = getattr(function, "__globals__", {})
        parameters = definition.args
        given = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
        self.known: dict[str, Expression] = {a.arg: Name(a.arg) for a in given}
        self.views: set[str] = set()  # to change one in place changes another array, too

    def block(self, statements: Sequence[ast.stmt]) -> Expression:
        """What a block of code returns. A choice is followed to the end on both sides."""
        for k, statement in enumerate(statements):
            match statement:
                case ast.Return(value=ast.expr() as value):
                    return self.read(value)
                case ast.If(test=test, body=body, orelse=orelse):
                    rest = statements[k + 1 :]
                    yes, no = [*body, *rest], [*orelse, *rest]
                    return self.choice(test, partial(self.branch, yes), partial(self.branch, no))
                case ast.With(body=body):  # np.errstate: about warnings, not about numbers
                    return self.block([*body, *statements[k + 1 :]])
                case ast.AugAssign(target=ast.Name() as target, op=sign, value=value) if (
                    target.id not in self.views
                ):
                    changed = ast.BinOp(ast.Name(target.id), sign, value)
                    self.assign(target, self.read(changed), statement)
                case ast.Assign(targets=[target], value=value):
                    if isinstance(target, ast.Name) and is_view(value):
                        self.views.add(target.id)
                    self.assign(target, self.read(value), statement)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self.assign(target, self.read(value), statement)
                case ast.FunctionDef(name=name, args=ast.arguments(args=[]), body=body):
                    self.known[name] = self.branch(body)  # a promise of a lazy op
                case ast.Expr(value=ast.Constant(value=str())):
                    pass  # a docstring
                case _:
                    self.statement(statement)
        raise FormulaError(f"{self.where} has no `return`, so there is no formula to read.")

    def statement(self, statement: ast.stmt) -> None:
        """Any other statement is no part of a formula."""
        raise self.error(statement)

    def branch(self, statements: Sequence[ast.stmt]) -> Expression:
        """A block whose assignments are forgotten afterwards."""
        known = dict(self.known)
        result = self.block(statements)
        self.known = known
        return result

    def choice(
        self, test: ast.expr, yes: Callable[[], Expression], no: Callable[[], Expression]
    ) -> Expression:
        """``x if condition else y``, for both entries of a pair if there are two.

        Where arrays take another way than Tensors, it is a faster way to the same numbers: the
        formula is the one for Tensors.
        """
        match test:
            case ast.Call(func=ast.Name(id="is_array")):
                return no()
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id="is_array"))):
                return yes()
        if about_storage(test):
            return no()
        condition = self.read(test)
        match simplify(condition):
            case Number(answer) | Constant(answer):
                return yes() if answer else no()
        one, other = yes(), no()
        match one, other:
            case Call("tuple", a), Call("tuple", b) if len(a) == len(b):
                pairs = zip(a, b, strict=True)
                return Call("tuple", tuple(Call("where", (condition, *pair)) for pair in pairs))
        return Call("where", (condition, one, other))

    def assign(self, target: ast.expr, value: Expression, statement: ast.stmt) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self.known[name] = value
            case ast.Tuple(elts=targets), Call("tuple", items) if len(targets) == len(items):
                for each, item in zip(targets, items, strict=True):
                    self.assign(each, item, statement)
            case ast.Tuple(elts=targets), Call() | Name() if all(
                isinstance(t, ast.Name) for t in targets
            ):
                for k, each in enumerate(targets):  # results of a function that is called by name
                    self.assign(each, Call("item", (value, Number(k))), statement)
            case _:
                raise self.error(statement)

    def read(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=value):
                return self.constant(value, node)
            case ast.Name(id=name):
                return self.name(name, node)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in OPERATORS:
                return Call(OPERATORS[type(sign)], (self.read(operand),))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
                return Call(OPERATORS[type(sign)], (self.read(left), self.read(right)))
            case ast.BoolOp(op=sign, values=values):
                return self.join(OPERATORS[type(sign)], [self.read(value) for value in values])
            case ast.Compare():
                return self.compare(node)
            case ast.IfExp(test=ast.Call(func=ast.Name(id="is_array")), body=ast.Name(id=name)) if (
                isinstance(self.known.get(name), Name)
            ):
                return self.known[name]  # it was handed over, so nobody computes it again
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, partial(self.read, body), partial(self.read, orelse))
            case ast.Lambda(args=ast.arguments(args=[]), body=body):  # a promise of a lazy op
                return self.read(body)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return Call("tuple", tuple(each for item in items for each in self.items(item)))
            case ast.Slice(lower=lower, upper=upper, step=step):
                ends = (lower, upper, step) if step else (lower, upper)
                return Call("slice", tuple(self.read(e) if e else Constant(None) for e in ends))
            case ast.Subscript(value=value, slice=index):
                return Call("item", (self.read(value), self.read(index)))
            case ast.Attribute(value=value, attr=attribute):
                return self.attribute(value, attribute, node)
            case ast.Call():
                return self.call(node)
        raise self.error(node)

    def items(self, node: ast.expr) -> tuple[Expression, ...]:
        """What one item of a tuple adds to it: ``*pair`` adds two."""
        if not isinstance(node, ast.Starred):
            return (self.read(node),)
        match self.read(node.value):
            case Call("tuple", items):
                return items
        raise self.error(node)

    def name(self, name: str, node: ast.expr) -> Expression:
        if name in self.known:
            return self.known[name]
        if name in self.globals:
            return self.global_value(name, node)
        raise self.error(node)

    def global_value(self, name: str, node: ast.expr) -> Expression:
        """A constant of the module: as its source says it (2 / √π), or as a number."""
        written = definitions(self.globals.get("__name__", "")).get(name, ast.Constant(None))
        called = [each.func for each in ast.walk(written) if isinstance(each, ast.Call)]
        if not isinstance(written, ast.Constant) and all(map(self.is_math, called)):
            with suppress(FormulaError):
                return self.read(written)
        return self.constant(self.globals[name], node)

    def is_math(self, function: ast.expr) -> bool:
        """Whether a function of a module is one that a reader knows: math.sqrt, but not np.float32."""
        match function:
            case ast.Attribute(value=value, attr="sqrt" | "log" | "exp"):
                return self.module(value) is not None
        return False

    def constant(self, value: object, node: ast.expr) -> Expression:
        try:
            return constant(value)
        except FormulaError:
            raise self.error(node) from None

    def compare(self, node: ast.Compare) -> Expression:
        """``a < b``, or ``a < b < c`` as ``a < b and b < c``."""
        operands = [self.read(operand) for operand in (node.left, *node.comparators)]
        signs = [OPERATORS.get(type(sign)) for sign in node.ops]
        pairs = zip(signs, operands, operands[1:], strict=False)
        comparisons = [Call(sign, (a, b)) for sign, a, b in pairs if sign]
        if len(comparisons) < len(signs):
            raise self.error(node)
        return self.join("and", comparisons)

    def join(self, function: str, parts: list[Any]) -> Expression:
        joined: Expression = parts[0]
        for part in parts[1:]:
            joined = Call(function, (joined, part))
        return joined

    def attribute(self, value: ast.expr, attribute: str, node: ast.expr) -> Expression:
        module = self.module(value)
        if module is not None:  # np.pi
            return self.constant(getattr(module, attribute, module), node)
        if attribute in DTYPE and about_dtype(value):
            return Constant(DTYPE[attribute])
        if attribute in MEMORY:
            raise self.error(node)
        return Call(CANONICAL.get(attribute, attribute), (self.read(value),))  # a.T, x.size

    def call(self, node: ast.Call) -> Expression:
        inner = self.inner(node)
        if inner is not None:
            return inner
        owner: tuple[Expression, ...] = ()
        match node.func:
            case ast.Name(id=name) if name not in self.known:  # power(x, 2)
                pass
            case ast.Attribute(value=value, attr=name) if self.is_ours(value):
                return self.by_name(name, getattr(self.module(value), name), node)
            case ast.Attribute(value=value, attr=name):  # np.exp(x), or g.sum(axis)
                owner = () if self.module(value) else (self.read(value),)
            case _:
                raise self.error(node)
        if name in STORAGE:
            return owner[0] if owner else self.read(node.args[0])
        if name == "reshape" and owner:
            match owner[0]:
                case Call("matmul", (Call("rows", (a,)), b)):
                    return Call("matmul", (a, b))  # row by row, and stacked again: a stack times b
        arguments = owner + tuple(
            self.read(argument) for argument in node.args if not about_dtype(argument)
        )
        if name == "reshape":
            arguments = in_one(arguments)
        if name == "is_array":
            return Constant(False)  # the formula is the one for Tensors
        keywords = tuple(
            (k.arg or "**", self.read(k.value))
            for k in node.keywords
            if k.arg not in STORAGE_SETTINGS
        )
        if any(key == "**" for key, _ in keywords):
            raise self.error(node)
        if name == "transpose" and len(arguments) > 1:
            name = "permute"
        if name == "square":
            arguments += (Number(2),)
        if name == "exp2":
            arguments = (Number(2), *arguments)
        function = CANONICAL.get(name, name)
        if function in ARITY and (keywords or len(arguments) != ARITY[function]):
            raise self.error(node)
        return Call(function, arguments, keywords)

    def inner(self, node: ast.Call) -> Expression | None:
        """A call that stands for another formula: of a helper of ours, or of another operation."""
        match node.func, node.args:
            case ast.Name(id=caller), [
                ast.Name(id=name),
                *arguments,
            ] if self.globals.get(caller) is call:
                return self.operation(name, "forward", arguments, node)
            case ast.Attribute(value=ast.Name(id=name), attr=part), arguments if self.is_op(name):
                return self.operation(name, part, arguments, node)
            case ast.Attribute(attr="type", value=ast.Attribute(attr="dtype")), [value]:
                return self.read(value)  # x.dtype.type(0)
            case ast.Attribute(attr="reduce", value=ast.Attribute(attr="add")), [value]:
                return Call("sum", (self.read(value),))  # faster than np.sum on small arrays
            case ast.Attribute(attr="keep", value=ast.Name(id="memo")), [_, value]:
                return self.read(value)
            case ast.Name(id=name), _ if name not in FUNCTIONS and name not in CANONICAL:
                helper = self.globals.get(name)
                if name in KEPT and isinstance(helper, FunctionType):
                    return self.by_name(name, helper, node)
                if isinstance(helper, FunctionType):
                    try:
                        return self.inline(helper, node.args, node)
                    except FormulaError:
                        return self.by_name(name, helper, node)
                if isinstance(helper, type):
                    return self.by_name(name, helper, node)
        return None

    def is_op(self, name: str) -> bool:
        found = self.globals.get(name)
        return isinstance(found, type) and issubclass(found, Op)

    def operation(
        self, name: str, part: str, given: Sequence[ast.expr], node: ast.Call
    ) -> Expression:
        """A part of another operation: its formula, or a call of it by name."""
        if not self.is_op(name):
            raise self.error(node)
        found = self.globals[name]
        function = getattr(found, part)
        try:
            return self.inline(function, given, node)
        except FormulaError:
            if part != "forward":
                raise
            return Call(known_as(found.__name__, function), tuple(map(self.read, given)))

    def by_name(self, name: str, helper: Callable[..., Any], node: ast.Call) -> Expression:
        """A call of a helper that is no formula. Its settings get their names, as in NumPy."""
        arguments = [
            self.read(each) for each in node.args if not (about_dtype(each) or is_memo(each))
        ]
        keywords = [(k.arg or "**", self.read(k.value)) for k in node.keywords]
        if name in NUMPYS:  # which take their settings in another order
            parameters = list(inspect.signature(helper).parameters)
            keywords = [*zip(parameters[1:], arguments[1:], strict=False), *keywords]
            keywords = [(key, e) for key, e in keywords if key not in STORAGE_SETTINGS]
            return Call(CANONICAL.get(name, name), tuple(arguments[:1]), tuple(keywords))
        return Call(known_as(name, helper), tuple(arguments), tuple(keywords))

    def inline(
        self, function: Callable[..., Any], given: Sequence[ast.expr], node: ast.Call
    ) -> Expression:
        """The formula of another function, with what it is given in the place of its parameters."""
        parameters = list(inspect.signature(function).parameters.values())
        if node.keywords or len(given) > len(parameters):
            raise self.error(node)
        values = {
            p.name: self.read(each)
            for p, each in zip(parameters, given, strict=False)
            if not is_memo(each)
        }
        for parameter in parameters[len(given) :]:
            values[parameter.name] = self.constant(parameter.default, node)
        formula = substitute(parsed(function, function.__qualname__), values)
        if size(formula) > LONGEST:
            raise self.error(node)
        return formula

    def module(self, node: ast.expr) -> ModuleType | None:
        """The module that a name (np) or a name in it (np.linalg) stands for."""
        found: Any = None
        if isinstance(node, ast.Name) and node.id not in self.known:
            found = self.globals.get(node.id)
        elif isinstance(node, ast.Attribute):
            found = getattr(self.module(node.value), node.attr, None)
        return found if isinstance(found, ModuleType) else None

    def is_ours(self, node: ast.expr) -> bool:
        module = self.module(node)
        return module is not None and module.__name__.startswith("microtorch.")

    def error(self, node: ast.AST) -> FormulaError:
        construct = ast.unparse(node).splitlines()[0]
        return FormulaError(
            f"{self.where} cannot be read as a formula because of `{construct}`. "
            "Use assignments and one `return`, with operators and NumPy functions."
        )
