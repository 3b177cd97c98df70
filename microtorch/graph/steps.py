"""The walk through a graph: forward, local gradients, backward, one step at a time."""

from __future__ import annotations

from dataclasses import replace

from microtorch.graph.equations import Equations
from microtorch.graph.model import Graph, Operation, Step, Value
from microtorch.graph.rules import is_word
from microtorch.graph.style import spelled

FORWARD_WORDS = {
    "Add": "Add {b} to {a}.",
    "Sub": "Subtract {b} from {a}.",
    "Rsub": "Subtract {b} from {a}.",
    "Mul": "Multiply {a} by {b}.",
    "Div": "Divide {a} by {b}.",
    "Rdiv": "Divide {a} by {b}.",
    "Neg": "Turn the sign of {a}.",
    "Dot": "Multiply {a} and {b} entry by entry and add up.",
    "Sum": "Add up all entries of {a}.",
    "SumDim": "Add up entries of {a}.",
    "Mean": "Take the mean of all entries of {a}.",
}


def steps(graph: Graph) -> tuple[Step, ...]:
    """Every step of the three stages, in the order in which a person would compute them."""
    # A name such as {d3} is no slot for a number.
    values = tuple(replace(v, name=spelled(v.name)) if "{" in v.name else v for v in graph.values)
    walk = Walkthrough(replace(graph, values=values))
    return (*walk.forward(), *walk.local(), *walk.backward())


def accumulation(index: int) -> str:
    """What a leaf's .grad held, what this sweep adds, and the sum: ``16 + 11.52 = 27.52``."""
    return f"{{p{index}}} + {{(g{index})}} = {{t{index}}}"


class Walkthrough:
    """Writes the steps of one graph: what lights up, and how to say it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values = graph.values
        self.root = graph.values[graph.root]
        self.say = Equations(graph)

    def forward(self) -> list[Step]:
        """The given values first, then one operation at a time."""
        given = [v for v in self.values if v.maker is None and v.kind != "constant"]
        found = [
            Step(
                stage="forward",
                value=(given or [self.root])[0].index,
                operation=None,
                shows=tuple(f"d{v.index}" for v in self.values if v.maker is None),
                edges=(),
                sentence="The forward pass starts from what is given.",
                **self.say.given(given),
            )
        ]
        for op in self.graph.operations:
            found.append(
                Step(
                    stage="forward",
                    value=op.output,
                    operation=op.index,
                    shows=(f"d{op.output}",),
                    edges=(*((op.index, k) for k in range(len(op.inputs))), (op.index, -1)),
                    sentence=self.forward_words(op),
                    **self.say.forward(op),
                )
            )
        return found

    def forward_words(self, op: Operation) -> str:
        names = [self.values[i].name for i in op.inputs]
        template = FORWARD_WORDS.get(op.kind)
        if template:
            words = template.format(**dict(zip("ab", names, strict=False)))
        elif op.kind == "Pow":
            words = f"Raise {names[0]} to the power {op.params[0]}."
        elif is_word(op.symbol) and not any(op.written):
            words = f"Apply {op.symbol} to {' and '.join(names)}."
        else:
            words = f"Compute {self.say.made_by(op)}."
        return f"{words} The result is {self.values[op.output].name}."

    def local(self) -> list[Step]:
        """One edge at a time, from the result back, as the chain rule will need them."""
        found = []
        for op in reversed(self.graph.operations):
            for k, source in enumerate(op.inputs):
                value = self.values[source]
                if value.kind == "constant":
                    continue
                known = op.local[k] is not None
                if not known and self.say.way_back(op, k) is None:
                    continue  # no number, and no rule that could be written down
                found.append(
                    Step(
                        stage="local",
                        value=source,
                        operation=op.index,
                        shows=(f"l{op.index}.{k}",) if known else (),
                        edges=((op.index, k),),
                        sentence=self.local_words(op, k, value, known),
                        **self.say.local(op, k),
                    )
                )
        return found

    def local_words(self, op: Operation, k: int, value: Value, known: bool) -> str:
        output = self.values[op.output]
        if not known:
            words = f"How a gradient comes back through {op.symbol} to {value.name}."
        elif value.scalar and output.scalar:
            words = f"Nudge {value.name}, and {output.name} moves {{l{op.index}.{k}}} times as far."
        else:
            words = f"Nudge an entry of {value.name}: how far does {output.name} move?"
        if op.inputs.count(op.inputs[k]) > 1:
            words += f" (It is used twice here; this is use {k + 1}.)"
        if not value.requires_grad:
            words += f" ({value.name} asks for no gradient: the backward pass skips this one.)"
        return words

    def backward(self) -> list[Step]:
        """One value at a time, from the result back: the sum over its uses of upstream x local."""
        found = []
        for value in reversed(self.values):
            if not value.requires_grad:
                continue
            uses = self.graph.uses(value.index)
            if value is not self.root and not uses:
                continue
            found.append(
                Step(
                    stage="backward",
                    value=value.index,
                    operation=uses[0][0].index if len(uses) == 1 else None,
                    shows=(f"t{value.index}",),
                    edges=tuple(e for op, k in uses for e in ((op.index, k), (op.index, -1))),
                    sentence=self.backward_words(value, len(uses)),
                    **self.say.backward(value, uses),
                )
            )
        return found

    def backward_words(self, value: Value, uses: int) -> str:
        name, i = value.name, value.index
        if value is self.root:
            return (
                f"Start at the end. Nudge {name}, and {name} moves just as far: its gradient is 1."
            )
        if uses == 1:
            words = f"{name} is used once: upstream gradient times local gradient."
        else:
            often = "twice" if uses == 2 else f"{uses} times"
            words = f"{name} is used {often}: add up what comes back from each use."
        if value.prior is not None:
            words += (
                f" {name}.grad already held {{p{i}}}, and backward() adds to it: {accumulation(i)}."
            )
        return words
