"""Write microtorch/ops/README.md: every operation in one line, its formulas read from its code.

uv run python tests/op_table.py            # after a change of an op
uv run python tests/op_table.py --check    # exit code 1 if the page is stale
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import microtorch
from microtorch.graph.formula import (
    Call,
    Constant,
    Expression,
    FormulaError,
    rule_of,
    simplify,
    unicode,
)
from microtorch.graph.formula.known import named
from microtorch.graph.formula.reader import parameter_names
from microtorch.ops import Elementwise, Op, registry

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "microtorch" / "ops" / "README.md"
UNREADABLE = "—"
MOST = 8  # lines of a rule
LONGEST = 98  # a longer formula says less than the code

INTRODUCTION = """\
# The operations

Everything that microtorch computes with a gradient is made of the {count} operations below. An operation
is a class of a few lines in this folder, and says in code what the lessons say in pictures:

```python
class Tanh(Elementwise):
    \"""Hyperbolic tangent: y = tanh(x).\"""

    saves = "y"

    def forward(x):
        return np.tanh(x)

    def local(y, x):
        return (1 - y * y,)
```

- **forward** computes the result `y` from the operands, on plain NumPy arrays.
- **local** is the local gradient ∂y/∂x, one for each operand, of an operation that works entry by entry
  (`Elementwise`). The engine multiplies it by the upstream gradient.
- **vjp**, the vector-Jacobian product, stands in its place where entries are mixed, as in a matrix product: it
  takes `g`, the upstream gradient ∂L/∂y, and returns ∂L/∂x for each operand. Where `lambda:` stands before a
  part, the engine works it out only if somebody needs it.
- **saves** names what `local` or `vjp` reads besides `g`. Only that is kept in memory until the sweep back.

No rule sums over broadcast axes, counts uses, or asks who needs a gradient: the engine does that, in one place
([`autograd/engine.py`](../autograd/engine.py)). Rules get arrays in an ordinary sweep and Tensors under
`create_graph=True`; so the gradient of a gradient needs no rules of its own. The words are defined in
[`base.py`](base.py).

The formulas are read from the code by [`graph/formula`](../graph/formula/__init__.py). A function that NumPy does
not know, such as `pick`, stands in the same file; {dash} means that a rule is longer than a few short lines. The
last column is what `print(y.grad_fn)` calls the operation, there and in PyTorch.

This page is written by `python tests/op_table.py`, and a test compares it with the code.
"""
HEADER = "| op | what it is | forward | gradients | saves | `grad_fn` |"


def all_ops() -> list[type[Op]]:
    """Every operation of the library, by file, as they stand there."""
    floors = tuple(f"microtorch.{package}." for package in ("ops", "autograd", "tensor", "nn"))
    for floor in floors:
        for module in walk_packages(import_module(floor[:-1]).__path__, floor):
            import_module(module.name)
    ours = [op for op in registry.values() if op.__module__.startswith(floors)]
    outside = f"{microtorch.__name__}.ops."
    return sorted(
        ours,
        key=lambda op: (
            not op.__module__.startswith(outside),
            op.__module__,
            inspect.getsourcelines(op)[1],
        ),
    )


def page() -> str:
    """The whole page."""
    ops = all_ops()
    files = list(dict.fromkeys(op.__module__ for op in ops))
    parts = [INTRODUCTION.format(count=len(ops), dash=UNREADABLE)]
    parts += [table(name, [op for op in ops if op.__module__ == name]) for name in files]
    return "\n".join(parts)


def table(module: str, ops: Iterable[type[Op]]) -> str:
    """The operations of one file, under what its first line says."""
    path = Path(*module.split(".")[1:]).with_suffix(".py")
    link = path.name if path.parts[0] == "ops" else f"../{path.as_posix()}"
    title = first_line(import_module(module)).rstrip(".")
    rows = "\n".join(row(op) for op in ops)
    return f"## {title}\n\n[`{link}`]({link})\n\n{HEADER}\n{'|---' * 6}|\n{rows}\n"


def row(op: type[Op]) -> str:
    """One operation."""
    saves = ", ".join(op.saves) or "nothing"
    cells = [f"`{op.__name__}`", first_line(op), forward(op), gradients(op), saves, f"`{op.name}`"]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def forward(op: type[Op]) -> str:
    """The formula of the forward rule."""
    return written(op, "forward") or UNREADABLE


def gradients(op: type[Op]) -> str:
    """The local gradients of an elementwise operation, or the vjp of another."""
    elementwise = issubclass(op, Elementwise)
    return written(op, "local" if elementwise else "vjp") or UNREADABLE


def written(op: type[Op], part: str) -> str:
    """The formulas of one rule, each on a line; empty if they cannot be read."""
    try:
        rule = rule_of(op, part)  # type: ignore[arg-type]
    except FormulaError:
        return ""
    own = [named.get(e.function) is op.forward for e in rule.results if isinstance(e, Call)]
    if part == "forward" and any(own):
        return ""
    results = [shown(e) for e in rule.results]
    if part == "forward":
        lines = [result for result in results if result != "y"]
    else:
        upper = "y" if part == "local" else "L"
        operands = parameter_names(op)[: op.operands] if op.operands >= 0 else ["xᵢ"]
        pairs = zip(operands, results, strict=True)
        lines = [f"∂{upper}/∂{name} = {result}" for name, result in pairs]
    lines += [f"{shown(e.left)} = {shown(e.right)}" for e in rule.equations()]
    if len(lines) > MOST or max(map(len, lines)) > LONGEST:
        return ""
    return "<br>".join(f"`{line}`" for line in lines)


def shown(e: Expression) -> str:
    """A formula as text; None is a gradient that is not there."""
    return "0" if e == Constant(None) else unicode(simplify(e))


def main() -> None:
    new = page()
    if "--check" not in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != new:
        sys.exit("microtorch/ops/README.md is stale. Write it again: python tests/op_table.py")


if __name__ == "__main__":
    main()
