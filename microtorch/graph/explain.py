"""``torch.explain(loss, w)``: the chain rule for one gradient, in words, formulas and numbers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from microtorch.autograd.engine import newest_first
from microtorch.graph.chain import Chain, all_uses
from microtorch.graph.derivation import Derivation
from microtorch.graph.derivatives import differentiate
from microtorch.graph.equations import Equations
from microtorch.graph.model import Graph
from microtorch.graph.names import caller_names, given_names, key
from microtorch.graph.prose import Block, LatexWriter, MarkdownWriter, MathMLWriter, TextWriter
from microtorch.graph.spelling import plain
from microtorch.graph.trace import trace
from microtorch.tensor import Tensor

KINDS_OF_HOOKS = ("on_grad", "before", "after", "accumulated")  # what retain_grad() keeps is none


def explain(
    loss: Tensor, *targets: Tensor | str, names: Mapping[str, Tensor] | None = None
) -> Explanation:
    """The chain rule for the gradient of ``loss`` with respect to ``targets``.

    Args:
        loss: the result. If it has several entries, the gradient is that of their sum.
        targets: tensors that loss was computed from, or their names. Without any, all parameters.
        names: what to call tensors that are not variables of the caller.

    Every path from a target to the loss is listed with the product of local gradients along it,
    as formula and with numbers, and their sum. Where there are more than 8 paths, the gradient is
    explained value by value instead. A notebook shows formulas, a terminal text; see
    :class:`Explanation`.

    Raises TypeError for what is neither a tensor nor a name, and ValueError for a target that
    loss was not computed from, or that asks for no gradient.

    >>> import microtorch as torch
    >>> w = torch.tensor(2.0, requires_grad=True)
    >>> loss = w * w + 3 * w
    >>> torch.explain(loss, w)
    How loss depends on w: along 3 paths.
    <BLANKLINE>
    Path 1: w → v1 → loss
        ∂loss/∂v1 · ∂v1/∂w = 1·w = 1·2 = 2
    <BLANKLINE>
    Path 2: w → v1 → loss
        ∂loss/∂v1 · ∂v1/∂w = 1·w = 1·2 = 2
    <BLANKLINE>
    Path 3: w → v2 → loss
        ∂loss/∂v2 · ∂v2/∂w = 1·3 = 3
    <BLANKLINE>
    The gradient is the sum over all paths.
        ∂loss/∂w = 2 + 2 + 3 = 7
    w.grad is still empty: loss.backward() will put 7 there.
    """
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"explain() starts from a Tensor, not {type(loss).__name__}: torch.explain(loss, w)."
        )
    known = caller_names(sys._getframe(1)) | given_names(names or {})
    given = [t for each in targets for t in (each if isinstance(each, list | tuple) else [each])]
    for target in given:
        if not isinstance(target, Tensor | str):
            raise TypeError(
                "explain() takes the loss, and then tensors or their names, not "
                f"{type(target).__name__}: torch.explain(loss, w) or torch.explain(loss, 'w')."
            )
    graph, places = located(loss, [t for t in given if isinstance(t, Tensor)], known)
    wanted = [
        place_of_name(graph, t) if isinstance(t, str) else place_of(graph, t, places, known)
        for t in given
    ]
    if not given:
        wanted = [v.index for v in graph.values if v.kind == "parameter"]
    return Explanation(graph, list(dict.fromkeys(wanted)), caveat(loss))


def caveat(loss: Tensor) -> str:
    """What must be said of the gradients that a backward() from the loss will bring."""
    nodes, leaves = newest_first([loss._node])
    hooks = [*(node.hooks for node in nodes), *(leaf.hooks for leaf in leaves)]
    words = ""
    if any(node.freed and node.kind.saves for node in nodes):
        words += " after a new forward pass"
    if any(getattr(each, kind, None) for each in hooks for kind in KINDS_OF_HOOKS):
        words += ", unless a hook changes it"
    return words


def located(
    loss: Tensor, targets: Sequence[Tensor], known: dict[int, str]
) -> tuple[Graph, dict[int, int]]:
    """The graph of the loss, and where in it each target stands (by its key)."""
    if key(loss) not in known and "loss" not in known.values():
        known = {**known, key(loss): "loss"}
    marks = {f"⟦{i}⟧": key(target) for i, target in enumerate(targets)}
    graph = trace(loss, known | {place: mark for mark, place in marks.items()})
    if graph.values[graph.root].grad is None:  # a picture of a large graph does without
        graph = differentiate(graph)
    taken = {value.name for value in graph.values}
    fresh = (name for name in (f"v{i}" for i in range(1, 10**9)) if name not in taken)
    places, values = {}, list(graph.values)
    for value in graph.values:
        if value.name in marks:
            place = marks[value.name]
            name = known.get(place)
            name = next(fresh) if name is None or name in taken else name
            values[value.index] = replace(value, name=name)
            places[place] = value.index
    return replace(graph, values=tuple(values)), places


def place_of(graph: Graph, target: Tensor, places: dict[int, int], known: dict[int, str]) -> int:
    """Where a tensor stands in the graph. Raises ValueError if it has no gradient there."""
    called = plain(known.get(key(target), "this tensor"))
    root = plain(graph.values[graph.root].name)
    if not target.requires_grad:
        raise ValueError(
            f"{called} asks for no gradient, so there is none to explain. Make it with "
            f"requires_grad=True before {root} is computed from it."
        )
    if key(target) not in places:
        raise ValueError(
            f"{root} was not computed from {called}: no path leads from it to {root}, and its "
            f"gradient is 0. {hint(graph)} (A name that was given to another tensor since, or a "
            "copy made by detach(), is not the tensor that was used.)"
        )
    return places[key(target)]


def place_of_name(graph: Graph, name: str) -> int:
    """Where a value of this name stands. Raises ValueError if there is none with a gradient."""
    root = plain(graph.values[graph.root].name)
    for value in graph.values:
        if value.name == name and value.kind != "constant":
            if not value.requires_grad:
                raise ValueError(f"{plain(name)} asks for no gradient. {hint(graph)}")
            return value.index
    known = [value.name for value in graph.values if value.kind != "constant"]
    close = get_close_matches(name, known, n=1)
    question = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no {plain(name)!r} in the graph of {root}.{question} {hint(graph)}")


def hint(graph: Graph) -> str:
    """What one may ask for."""
    asking = [plain(v.name) for v in graph.values if v.requires_grad and v.index != graph.root]
    some = ", ".join(asking[:8]) + (", ..." if len(asking) > 8 else "")
    return f"Values with a gradient in this graph: {some}."


class Explanation:
    """An explanation of gradients: ``.text``, ``.latex``, ``.mathml``, and ``.paths``.

    ``.latex`` is text with formulas between dollar signs, as Markdown cells and MathJax take it;
    ``.mathml`` is a ``<div>`` for a web page. ``.paths`` says for every explained value how many
    paths lead from it to the loss, as an exact whole number.
    """

    def __init__(self, graph: Graph, places: Sequence[int], caveat: str = "") -> None:
        self.graph = graph
        self._caveat = caveat
        uses = all_uses(graph)
        self._chains = [Chain(graph, place, uses) for place in places]

    @property
    def paths(self) -> dict[str, int]:
        return {self.graph.values[c.start].name: c.count for c in self._chains}

    @cached_property
    def _blocks(self) -> list[Block]:
        say = Equations(self.graph)
        return [
            block
            for chain in self._chains
            for block in Derivation(chain, say, self._caveat).blocks()
        ]

    @cached_property
    def text(self) -> str:
        """The explanation for a terminal."""
        return TextWriter(self.graph).write(self._blocks).strip("\n")

    @cached_property
    def latex(self) -> str:
        """The explanation as text with LaTeX formulas."""
        return LatexWriter(self.graph).write(self._blocks).strip("\n")

    @cached_property
    def mathml(self) -> str:
        """The explanation as HTML paragraphs with MathML formulas."""
        return MathMLWriter(self.graph).write(self._blocks)

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return self.latex

    # No text/html: notebooks would prefer it, and clean MathML away where a file is not trusted.
    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        markdown = MarkdownWriter(self.graph).write(self._blocks).strip("\n")
        return {"text/markdown": markdown, "text/latex": self.latex, "text/plain": self.text}
