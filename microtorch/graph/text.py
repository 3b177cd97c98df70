"""A graph as readable text: for a terminal, a saved notebook, a screen reader."""

from __future__ import annotations

from microtorch.graph.equations import Equations, fill
from microtorch.graph.model import Graph, Stage, Value
from microtorch.graph.numbers import short
from microtorch.graph.rules import is_word
from microtorch.graph.steps import accumulation, steps
from microtorch.graph.style import CHANGED, brief, clipped, columns, heading, was_changed

TITLES: dict[Stage, str] = {
    "forward": "Forward",
    "local": "Local gradients",
    "backward": "Backward",
}
MOST_STEPS = 200  # a longer text is not read but scrolled away
MOST_OPERANDS = 12
LONGEST_NAME = 60


def text(graph: Graph, stage: Stage | None = None) -> str:
    """The three stages as lines of equations, up to ``stage``; None for a table of the values.

    >>> import microtorch as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> print(torch.draw(w * 2, stage="backward", names={"w": w}).text)
    Forward
      w = 3
      v1 = w·2 = 3·2 = 6
    Local gradients
      ∂v1/∂w = 2
    Backward
      ∂v1/∂v1 = 1
      ∂v1/∂w = ∂v1/∂v1 · ∂v1/∂w = 1·2 = 2
    """
    if stage is None:
        return table(graph)
    lines: list[str] = []
    every = steps(graph)
    for title_stage, title in TITLES.items():
        lines.append(title)
        own = [step for step in every if step.stage == title_stage]
        lines += ["  " + fill(step.line, graph) for step in own[:MOST_STEPS]]
        if len(own) > MOST_STEPS:
            lines.append(f"  ... and {len(own) - MOST_STEPS} more")
        for step in own:
            value = graph.values[step.value]
            if title_stage == "backward" and value.prior is not None and not was_changed(value):
                added = accumulation(step.value)
                lines.append(f"  {value.name}.grad = " + fill(added, graph))
            if title_stage == "backward" and was_changed(value):
                lines.append(f"  {value.name}.grad = {brief(value.stored)}: {CHANGED}.")
        if title_stage == stage:
            break
    return "\n".join(lines)


def table(graph: Graph) -> str:
    """One line for each value: its name, how it was made, its data, its gradient."""
    say = Equations(graph)
    values = [v for v in graph.values if v.kind != "constant"]
    rows = [row(say, v) for v in values[:MOST_STEPS]]
    widths = [max(map(columns, cells)) for cells in zip(*rows, strict=True)]
    lines = [
        "  ".join(padded(cell, w) for cell, w in zip(each, widths, strict=True) if w).rstrip()
        for each in rows
    ]
    if len(values) > MOST_STEPS:
        lines.append(f"... and {len(values) - MOST_STEPS} more")
    return "\n".join(lines)


def row(say: Equations, value: Value) -> tuple[str, ...]:
    """A value's name, what made it, its shape, its data, its gradient."""
    _, shape = heading(value)
    name = clipped(value.name, LONGEST_NAME)
    return name, made_by(say, value), shape, f"data {brief(value.data)}", gradient(value)


def padded(cell: str, width: int) -> str:
    """A cell of a table, filled up with spaces."""
    return cell + " " * (width - columns(cell))


def gradient(value: Value) -> str:
    if not value.requires_grad:
        return ""
    return f"grad {'·' if value.stored is None else brief(value.stored)}"


def made_by(say: Equations, value: Value) -> str:
    """How a value came about: ``= w × x``, or what kind of leaf it is."""
    if value.maker is None:
        return value.kind
    op = say.graph.operations[value.maker]
    operands = [say.values[i] for i in op.inputs]
    names = [
        brief(v.data) if v.kind == "constant" else clipped(v.name, LONGEST_NAME) for v in operands
    ]
    if op.kind == "Folded" and not op.params[0]:
        return f"= {op.symbol}"
    if op.kind == "Pow":
        names.append(short(float(op.params[0])))
    if is_word(op.symbol) and not any(op.written):
        return f"= {op.symbol}({listed(names)})"
    if len(names) == 2 and len(op.symbol) == 1:
        return f"= {names[0]} {op.symbol} {names[1]}"
    return f"= {say.made_by(op)}"


def listed(names: list[str]) -> str:
    """The operands of an operation; of very many the first and the last."""
    if len(names) > MOST_OPERANDS:
        names = [*names[:3], f"... {len(names) - 4} more ...", names[-1]]
    return ", ".join(names)
