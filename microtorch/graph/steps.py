"""The walk through a graph: forward, local gradients, backward, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence

from microtorch.graph.equations import EQUALS, Equations
from microtorch.graph.formula import Number, unicode
from microtorch.graph.model import Graph, Operation, Step, Value
from microtorch.graph.rules import is_word
from microtorch.graph.spelling import plain
from microtorch.graph.ways_back import words_back

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

MOST_LISTED = 8  # names in a sentence

# Where a local gradient is the same whatever the numbers are
FIXED_SLOPES: dict[float, str] = {
    1: "moves just as far",
    -1: "moves just as far, the other way",
    0: "does not move",
}


def steps(graph: Graph) -> tuple[Step, ...]:
    """Every step of the three stages, in the order in which a person would compute them."""
    walk = Walkthrough(graph)
    return (*walk.forward(), *walk.local(), *walk.backward())


def accumulation(index: int) -> str:
    """What a leaf's .grad held, what this sweep adds, and the sum: ``16 + 11.52 = 27.52``."""
    return f"{{p{index}}} + {{(g{index})}} {EQUALS} {{t{index}}}"


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
                    shows=tuple(f"d{index}" for index in op.results),
                    edges=(*((op.index, k) for k in range(len(op.inputs))), (op.index, -1)),
                    sentence=self.forward_words(op),
                    **self.say.forward(op),
                )
            )
        return found

    def forward_words(self, op: Operation) -> str:
        if op.kind == "Folded":
            return self.folded_words(op)
        names = [self.name(i) for i in op.inputs]
        template = FORWARD_WORDS.get(op.kind)
        if template:
            words = template.format(**dict(zip("ab", names, strict=False)))
        elif op.kind == "Pow":
            words = f"Raise {names[0]} to the power {unicode(Number(op.params[0]))}."
        elif is_word(op.symbol) and not any(op.written):
            words = f"Apply {op.symbol} to {listed(names)}."
        else:
            words = f"Compute {self.say.made_by(op)}."
        words += f" The result is {self.name(op.output)}."
        if op.kind == "Where":  # a slider does not change which side is taken
            words += " (The condition is no part of the graph: it stays as it was.)"
        return words

    def folded_words(self, op: Operation) -> str:
        """What a box that stands for several operations does."""
        kind, count, _ = op.params
        given, results = (listed(list(map(self.name, each))) for each in (op.inputs, op.results))
        if kind:
            return f"{plain(op.symbol)}, a {kind}, makes {results} from {given}."
        return f"{count:,} more operations lead from {given} to {results}."

    def name(self, index: int) -> str:
        """A value's name, fit for a sentence; a constant goes by its number."""
        symbol = self.say.symbols[index]
        if isinstance(symbol, Number):
            return unicode(symbol)
        return plain(self.values[index].name)

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
        name, result = self.name(value.index), self.name(op.output)
        if not known:
            words = f"How a gradient comes back through {op.symbol} to {name}."
        elif value.scalar and output.scalar:
            rule = self.say.rule(op, "local", k)
            slope = f"moves {{l{op.index}.{k}}} times as far"
            if isinstance(rule, Number):
                slope = FIXED_SLOPES.get(rule.value, slope)
            words = f"Nudge {name}, and {result} {slope}."
        elif value.scalar:
            words = f"Nudge {name}: how far does each entry of {result} move?"
        elif output.shape == value.shape:
            words = f"Nudge an entry of {name}: how far does the same entry of {result} move?"
        else:
            words = f"Nudge an entry of {name}: how far does {result} move?"
        if op.inputs.count(op.inputs[k]) > 1:
            often = op.inputs.count(op.inputs[k])
            times = "twice" if often == 2 else f"{often} times"
            words += (
                f" (It is used {times} here; this is use {op.inputs[: k + 1].count(op.inputs[k])}.)"
            )
        if not value.requires_grad:
            words += f" ({name} asks for no gradient: the backward pass skips this one.)"
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
                    sentence=self.backward_words(value, uses),
                    **self.say.backward(value, uses),
                )
            )
        return found

    def backward_words(self, value: Value, uses: Sequence[tuple[Operation, int]]) -> str:
        name, i = self.name(value.index), value.index
        if value is self.root:
            return (
                f"Start at the end. Nudge {name}, and {name} moves just as far: its gradient is 1."
            )
        boxes = [op for op, _ in uses if op.kind == "Folded"]  # which may use it several times
        if boxes and len(uses) == 1:
            words = f"{name} is used in {called(boxes[0])}: this is what comes back from there."
        elif boxes:
            words = f"{name} is used in several places: add up what comes back from each."
        elif len(uses) == 1:
            words = f"{name} is used once: {self.one_use(*uses[0])}."
        else:
            often = "twice" if len(uses) == 2 else f"{len(uses)} times"
            words = f"{name} is used {often}: add up what comes back from each use."
        if value.prior is not None:
            words += (
                f" {name}.grad already held {{p{i}}}, and backward() adds to it: {accumulation(i)}."
            )
        return words

    def one_use(self, op: Operation, k: int) -> str:
        """How the gradient of a value that is used once comes about."""
        if op.local[k] is None:
            words = words_back(op, k, self.name(op.output))
            if words and self.say.way_back(op, k) is None:
                return words
            return f"the gradient of {self.name(op.output)} comes back through {op.symbol}"
        words = "upstream gradient times local gradient"
        if self.say.is_stretched(op, k):
            words += ", summed over the entries that it was stretched to"
        return words


def called(box: Operation) -> str:
    """A box that stands for several operations, fit for a sentence."""
    kind, count, _ = box.params
    return plain(box.symbol) if kind else f"the {count:,} operations that are not shown"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; of very many the first and the last."""
    *first, last = names
    if len(first) > MOST_LISTED:
        first = [*first[:3], f"{len(first) - 3} more"]
    return f"{', '.join(first)} and {last}" if first else last
