"""Rules of several steps as JavaScript: ``{ const d_at = []; for (const t of …) …; return … }``."""

from __future__ import annotations

from microtorch.graph.formula.arrays import calls
from microtorch.graph.formula.expression import Expression, Name, substitute
from microtorch.graph.formula.programs import OPERAND, Equation, Loop, Program, defined


def block(program: Program, alone: bool) -> str:
    """The body of a JavaScript function: an expression, or a block if there are steps.

    ``alone``: there is one result, and it is no list.
    """
    if program.each is not None:
        result = (
            f"range({calls(program.each)}).map(({OPERAND.name}) => {calls(program.results[0])})"
        )
    elif alone:
        result = calls(program.results[0])
    else:
        result = f"[{', '.join(map(calls, program.results))}]"
    if not program.steps:
        return result
    steps = [loop(each) if isinstance(each, Loop) else constant(each) for each in program.steps]
    return f"{{ {' '.join(steps)} return {result}; }}"


def constant(equation: Equation) -> str:
    return f"const {calls(equation.left)} = {calls(equation.right)};"


def loop(step: Loop) -> str:
    """What the steps give is collected entry by entry, and stacked at the end."""
    letters = [name.name for equation in step.body for name in defined(equation.left)]
    entries: dict[str, Expression] = {name: Name(f"{name}_at") for name in letters}
    t = calls(step.step)
    body = []
    for equation in step.body:
        places = [f"{calls(entries[name.name])}[{t}]" for name in defined(equation.left)]
        left = places[0] if len(places) == 1 else f"[{', '.join(places)}]"
        body.append(f"{left} = {calls(substitute(equation.right, entries))};")
    order = f"range({calls(step.count)})" + (".reverse()" if step.backwards else "")
    made = [f"const {calls(e)} = [];" for e in entries.values()]
    stacked = [f"const {calls(Name(name))} = stacked({calls(e)});" for name, e in entries.items()]
    return " ".join([*made, f"for (const {t} of {order}) {{ {' '.join(body)} }}", *stacked])
