"""The chain rule for one value, sentence by sentence: its paths, their products, their sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TypeVar

import numpy as np

from microtorch.graph.chain import Chain, Path, Use
from microtorch.graph.equations import LONGEST_LINE, Equations, add_up
from microtorch.graph.formula import Call, Expression, Name
from microtorch.graph.kinds import has_way_back
from microtorch.graph.model import Array, Value
from microtorch.graph.prose import DOTS, Block, Equation, Words
from microtorch.graph.rules import called
from microtorch.graph.spelling import plain
from microtorch.graph.style import CHANGED, was_changed

MOST_PATHS = 8  # that are listed one by one
MOST_FACTORS = 8  # of a product that is written out
MOST_STEPS = 12  # of an explanation value by value
MOST_TERMS = 6  # of a sum that is written out
ENDS = 3  # how much is kept at each end of what is too long
MOST_DIGITS = 24  # of a number of paths
Item = TypeVar("Item")


class Derivation:
    """Explains the gradient of the value where a chain starts."""

    def __init__(self, chain: Chain, say: Equations, caveat: str = "") -> None:
        self.chain = chain
        self.caveat = caveat  # about what backward() will do
        self.say = say
        self.graph = chain.graph
        self.value = chain.graph.values[chain.start]
        self.root = chain.graph.values[chain.graph.root]
        self.gradient = say.partial(self.root.index, self.value.index)

    def blocks(self) -> list[Block]:
        if self.value is self.root:
            return [*self.itself(), *self.stored()]
        count = self.chain.count
        listed = self.listed() if count <= MOST_PATHS else self.uncounted()
        numbers = [self.value_by_value()] if count > MOST_PATHS or not self.all_scalar() else []
        return [self.heading(), *listed, *(b for each in numbers for b in each), *self.stored()]

    def heading(self) -> Block:
        along = "1 path" if self.chain.count == 1 else f"{counted(self.chain.count)} paths"
        ending = "."
        if not self.root.scalar:
            ending = ". (It has several entries: the gradient is that of their sum.)"
        return Words(
            ("How ", name(self.root), " depends on ", name(self.value), f": along {along}", ending),
            heading=True,
        )

    def itself(self) -> list[Block]:
        words = (name(self.root), " is the result itself. Nudge it, and it moves just as far.")
        return [Words(words, heading=True), Equation((self.gradient,), (gradient_of(self.value),))]

    # ---------------------------------------------------------------- path by path

    def listed(self) -> list[Block]:
        """Every path with the product along it, and their sum."""
        paths = self.chain.paths()
        parts = [self.chain.contribution(path) for path in paths]
        unknown = [k for k, part in enumerate(parts) if part is None]
        if self.value.grad is not None and len(unknown) == 1:  # a sweep has told it
            parts[unknown[0]] = self.value.grad - sum(part for part in parts if part is not None)
        found: list[Block] = []
        for k, (path, part) in enumerate(zip(paths, parts, strict=True), 1):
            found.append(self.way(path, f"Path {k}: " if len(paths) > 1 else "The path: "))
            found.append(self.product(path, part, alone=len(paths) == 1))
        if len(paths) > 1:
            found.append(Words(("The gradient is the sum over all paths.",), heading=True))
            total = add_up([Name(f"a{k}") for k in range(len(parts))])
            numbers = (total, gradient_of(self.value))
            found.append(Equation((self.gradient,), numbers, tuple(parts)))
        return found

    def way(self, path: Path, label: str) -> Block:
        """``Path 1: w → y_hat → loss``."""
        stops = [self.value, *(self.graph.values[op.output] for op, _ in path)]
        shown = shortened(stops, None)
        parts: list[str | Expression] = [label]
        for k, stop in enumerate(shown):
            parts += [" → "] if k else []
            parts += ["⋯"] if stop is None else [name(stop), shape_of(stop)]
        if len(shown) < len(stops):
            parts.append(f"  ({len(path):,} steps)")
        return Words(tuple(parts), heading=True)

    def product(self, path: Path, part: Array | None, alone: bool) -> Block:
        """The local gradients along one path, multiplied: by name, as formulas, and as numbers."""
        backwards = shortened(path[::-1], None)
        chain = multiply([self.partial(use) for use in backwards])
        first: tuple[Expression, ...] = (self.gradient, chain) if alone else (chain,)
        result, arrays = Name("a0"), (part,)
        if not all(self.is_number(use) for use in path):
            return Equation(first, (result,), arrays)
        slopes = multiply([self.slope(use) for use in backwards])
        rules = multiply([self.rule(use) for use in backwards])
        if self.say.width([rules]) > LONGEST_LINE:
            return Equation(first, (slopes, result), arrays)
        return Equation((*first, rules), (rules, slopes, result), arrays)

    def partial(self, use: Use | None) -> Expression:
        return DOTS if use is None else self.say.partial(use[0].output, use[0].inputs[use[1]])

    def slope(self, use: Use | None) -> Expression:
        """The local gradient as a number."""
        return DOTS if use is None else Name(f"l{use[0].index}.{use[1]}")

    def rule(self, use: Use | None) -> Expression:
        """The local gradient as a formula."""
        if use is None:
            return DOTS
        found = self.say.rule(use[0], "local", use[1])
        return self.slope(use) if found is None else found

    def is_number(self, use: Use) -> bool:
        """Whether the local gradient is one number, so that it can stand in a product."""
        op, k = use
        slope = op.local[k]
        values = self.graph.values
        return slope is not None and values[op.output].scalar and values[op.inputs[k]].scalar

    def all_scalar(self) -> bool:
        return all(
            self.is_number((op, k))
            for op in self.graph.operations
            for k, source in enumerate(op.inputs)
            if op.output in self.chain.ways and source in self.chain.ways
        )

    # ---------------------------------------------------------------- value by value

    def uncounted(self) -> list[Block]:
        """Why the paths are not listed."""
        why = (
            "That is too many to list, and nobody has to walk them one by one: each value passes "
            "on a single gradient, the sum of all that came back to it."
        )
        return [Words((why,))]

    def value_by_value(self) -> list[Block]:
        """From the result back to the value: the sum over its uses of upstream x local."""
        places = [self.root.index, *sorted(self.chain.ways.keys() - {self.root.index})[::-1]]
        shown = shortened(places, None, MOST_STEPS)
        found: list[Block] = [
            Words(("Value by value, from ", name(self.root), " back:"), heading=True)
        ]
        for place in shown:
            if place is None:
                left_out = len(places) - len(shown) + 1
                found.append(Words((f"    ⋯ {left_out:,} values in between, in the same way",)))
            else:
                found.append(self.step(self.graph.values[place]))
        return found

    def step(self, value: Value) -> Block:
        """One value: its gradient by name, and with numbers."""
        say, arrived = self.say, gradient_of(value)
        here = say.partial(self.root.index, value.index)
        uses = self.chain.uses[value.index]
        if value is self.root:
            return Equation((here,), (arrived,))
        if len(uses) > MOST_TERMS:
            return Equation((here, self.over_uses(value)), (arrived,))
        by_name = [add_up([say.by_name(op, k) for op, k in uses])]
        by_rule = add_up([self.passed_back(use) for use in uses])
        if say.width([by_rule]) <= LONGEST_LINE:
            by_name.append(by_rule)
        scalar = all(self.is_number(use) for use in uses)
        numbers = (add_up([say.by_number(op, k) for op, k in uses]),) if scalar else ()
        if len(uses) > 1 and not scalar:
            numbers = (add_up([Name(f"f{op.index}.{k}") for op, k in uses]),)
        return Equation((here, *by_name), (*numbers, arrived))

    def passed_back(self, use: Use) -> Expression:
        """What one use brings back, with the local gradient as a formula: ∂loss/∂y · 2·x."""
        op, k = use
        rule = None if op.local[k] is None else self.say.rule(op, "local", k)
        if rule is None:
            return self.say.by_name(op, k)
        upstream = self.say.partial(self.root.index, op.output)
        return self.say.summed(op, k, Call("mul", (upstream, rule)))

    def over_uses(self, value: Value) -> Expression:
        """The sum over very many uses: the first, dots, the last."""
        uses = self.chain.uses[value.index]
        ends = [self.say.by_name(op, k) for op, k in (uses[0], uses[-1])]
        return add_up([ends[0], DOTS, ends[1]])

    # ---------------------------------------------------------------- .grad

    def stored(self) -> list[Block]:
        """What this has to do with the value's ``.grad``."""
        value, root = self.value, self.root
        grad: Expression = Name(f"g{value.index}")
        slot: tuple[str | Expression, ...] = (name(value), ".grad ")
        call = (name(root), ".backward() ")
        if value.grad is None:
            return [Words(("The number itself is unknown here: ", *self.why_unknown()))]
        if value.kind == "result":
            if value.stored is not None:
                holds = ("holds it if ", name(value), ".retain_grad() asked for that.")
                return [Words((*call, "brought it here; ", *slot, *holds))]
            kept = (name(value), " is an intermediate result: ", *slot)
            return [
                Words((*kept, "stays empty unless ", name(value), ".retain_grad() asks for it."))
            ]
        held, sum_ = Name(f"p{value.index}"), Name(f"t{value.index}")
        if value.stored is None:
            words = (*slot, "is still empty: ", *call, "will put ", grad, f" there{self.caveat}.")
            return [Words(words)]
        if was_changed(value):
            held_now = Equation((), (Name("a0"),), (value.stored,))
            return [Words((*slot, f"holds something else, because {CHANGED}:")), held_now]
        if value.prior is None:
            return [Words((*slot, "holds it: ", *call, "put it there."))]
        swept = not same(value.stored, value.prior) or not np.any(value.grad)
        before = "held" if swept else "already holds"
        adds = "added to it" if swept else f"will add to it{self.caveat}"
        accumulated = Equation((), (Call("add", (held, grad)), sum_))
        words = (*slot, f"{before} ", held, ", and ", *call, f"{adds}:")
        return [Words(words), accumulated]

    def why_unknown(self) -> tuple[str | Expression, ...]:
        """What keeps the gradient from being computed for a picture."""
        on_the_way = [op for op in self.graph.operations if op.output in self.chain.ways]
        own = [op for op in on_the_way if op.kind == "CustomFunction"]
        if own:
            words = (
                f"{plain(own[0].symbol)} is a function of your own, which a picture does not run. "
            )
            return (words, name(self.root), ".backward() finds it: explain it after that.")
        flat = [op for op in on_the_way if not has_way_back(op.kind)]
        if flat:
            return (f"{called(flat[0])} has no derivative, so backward() stops there.",)
        return ("an array on the way was too large to be kept.",)


def name(value: Value) -> Expression:
    return Name(f"d{value.index}")


def gradient_of(value: Value) -> Expression:
    return Name(f"g{value.index}")


def shape_of(value: Value) -> str:
    return "" if value.scalar else f" ({'×'.join(map(str, value.shape))})"


def multiply(factors: Sequence[Expression]) -> Expression:
    return reduce(lambda a, b: Call("mul", (a, b)), factors)


def shortened(items: Sequence[Item], filler: Item, most: int = MOST_FACTORS) -> list[Item]:
    """All items, or those at both ends with something in between."""
    if len(items) <= most:
        return list(items)
    return [*items[:ENDS], filler, *items[-ENDS:]]


def counted(paths: int) -> str:
    """A number of paths: exact, or how many digits it has.

    >>> counted(2**40), counted(2**100)
    ('1,099,511,627,776', 'about 1e30')
    """
    digits = math.log10(paths)
    return f"{paths:,}" if digits < MOST_DIGITS else f"about 1e{digits:.0f}"


def same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=True))
