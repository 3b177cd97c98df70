"""The live walk: forward, local gradients, backward, step by step, with sliders for the leaves.

If everything in a graph is a single number, the page computes it by itself, from rules printed
from the operations' own source, so it goes on working without a kernel. A graph with arrays asks
Python to compute it again.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from microtorch.graph.derivatives import differentiate
from microtorch.graph.draw import PAGE
from microtorch.graph.fold import folded, size
from microtorch.graph.geometry import MOST_NODES, geometry
from microtorch.graph.model import Graph, Stage, Step, check_stage
from microtorch.graph.names import caller_names, given_names
from microtorch.graph.steps import steps
from microtorch.graph.svg import svg
from microtorch.graph.text import text
from microtorch.graph.trace import MOST_OPERATIONS, replay, trace
from microtorch.tensor import Tensor
from microtorch.widgets.busy import REPLAY, answer_first
from microtorch.widgets.maps import map_entries, map_slots
from microtorch.widgets.page import (
    HERE,
    Entry,
    entries,
    module,
    outline,
    plainly_named,
    printable_kinds,
    settled,
)
from microtorch.widgets.sliders import make_goals, make_sliders, reached
from microtorch.widgets.standalone import STILL, page_of, write_page

LOOK = "".join((HERE / name).read_text(encoding="utf-8") for name in ("walk.css", "heat.css"))


def walk(
    loss: Tensor,
    /,
    *,
    stage: Stage | None = None,
    goal: Mapping[str, float] | None = None,
    names: Mapping[str, Tensor] | None = None,
    **sliders: tuple[float, ...],
) -> Walk:
    """Walk through the computation of ``loss``: forward, local gradients, backward.

    Every further argument puts a slider under a single number that the computation starts from:
    ``walk(loss, w=(-3, 3))``, or ``w=(-3, 3, 0.1)`` to set the step too. ``goal={"w.grad": 0}`` or
    ``goal={"loss": 0}`` gives the learner something to reach with them. The tensors themselves
    stay as they are.

    Args:
        stage: open at the end of ``"forward"``, ``"local"`` or ``"backward"``. None opens at the
            first step, or at the last one if there are sliders.
        names: names for tensors, where the names of the caller's variables will not do.

    Raises:
        ValueError: if ``loss`` has no graph, or the stage, a slider or the goal does not fit it.
    """
    check_stage(stage)
    found = caller_names(sys._getframe(1)) | given_names(names or {})
    moving = bool(sliders or goal)  # numbers can follow a slider only where all of them are shown
    graph = trace(loss, found, most=MOST_OPERATIONS if moving else None)
    graph = graph if moving else foldable(graph)
    return Walk(graph, stage, make_sliders(graph, sliders), make_goals(graph, goal))


def foldable(graph: Graph) -> Graph:
    """The graph; one that is too large for a page with its modules or repetitions folded."""
    if len(graph.operations) <= MOST_OPERATIONS and size(graph) <= MOST_NODES:
        return graph
    known = graph.values[graph.root].grad is not None
    return folded(graph if known else differentiate(graph))


def first_shown(story: Sequence[Step], stage: Stage | None) -> int:
    """The step at which a walk opens: the last one of a stage, or the very first."""
    return max((k for k, step in enumerate(story) if step.stage == stage), default=0)


class Walk(anywidget.AnyWidget):
    """A walk on a page; made by :func:`walk`.

    ``values`` says where the sliders stand, ``goal_reached`` whether they are where the goal
    wants them. Both can be observed; ``values`` can also be set.
    """

    _esm = traitlets.Unicode().tag(sync=True)  # each walk has the rules of its own operations
    # Not _css: anywidget sets a page's style anew for each widget, and all of them are laid out again.
    look = traitlets.Unicode(LOOK).tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    goal_reached = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        graph: Graph,
        stage: Stage | None,
        sliders: list[dict[str, Any]],
        goals: list[dict[str, Any]],
    ) -> None:
        rules = printable_kinds(graph)
        live = rules is not None
        named = plainly_named(graph)
        story = steps(named)
        places = geometry(graph, changing=bool(sliders), heat=True)
        self._maps = map_slots(places)
        numbers = entries(graph) | map_entries(graph, self._maps)
        self._graph = graph
        self._settled = settled(graph)
        self._still = svg(
            graph,
            geometry(graph, heat=True, wrap=PAGE) if sliders or places.width > PAGE else places,
            stage="backward",
            note=STILL,
        )
        super().__init__(
            _esm=module(rules or ()),
            spec={
                "svg": svg(graph, places, stage="backward", live=True),
                "live": live,
                "graph": outline(named, with_params=live),
                "steps": [shown(step, self._maps) for step in story],
                "start": first_shown(story, stage or ("backward" if sliders else None)),
                "entries": numbers,
                "sliders": sliders,
                "goals": goals,
            },
            values={slider["name"]: slider["start"] for slider in sliders},
            goal_reached=bool(goals) and all(reached(goal, numbers) for goal in goals),
        )
        self.on_msg(self._answer)
        if not live:
            answer_first()

    def __repr__(self) -> str:
        return text(self._graph, "backward")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live walk, and for places without widgets a still picture and a text."""
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["image/svg+xml"] = self._still
            bundle[0]["text/plain"] = repr(self)
        return bundle

    def to_html(self) -> str:
        """The walk as a page of its own, which needs no kernel and no network.

        Graphs of single numbers keep their sliders there; a graph with arrays can be walked, but
        its numbers stay as they are.
        """
        return page_of(self, f"Walk: {self._graph.values[self._graph.root].name}")

    def save(self, path: str | Path) -> Path:
        """Write :meth:`to_html` to an ``.html`` file.

        Raises:
            ValueError: if the file would have another ending.
        """
        return write_page(path, self.to_html, "torch.draw(loss, stage).save(...)")

    @traitlets.validate("values")
    def _check_values(self, proposal: dict[str, Any]) -> dict[str, Entry]:
        values: dict[str, Entry] = proposal["value"]
        known = [slider["name"] for slider in self.spec.get("sliders", [])]
        strange = [name for name in values if known and name not in known]
        if strange:
            raise traitlets.TraitError(
                f"There is no slider called {strange[0]!r}. There is: {', '.join(known)}."
            )
        # A page sends 2.0 as 2, and what is not finite as the text that it is shown by.
        return {name: x if isinstance(x, str) else float(x) for name, x in values.items()}

    def _answer(self, _: object, question: dict[str, Any], __: object) -> None:
        """Compute the graph again for a page that cannot do it, with these leaves."""
        if question.get("type") != REPLAY:
            return
        try:
            leaves = {int(index): float(x) for index, x in question["leaves"].items()}
            wanted = question.get("maps")  # those in sight; None for all
            maps = self._maps if wanted is None else {slot: self._maps[slot] for slot in wanted}
            with np.errstate(all="ignore"):  # the picture shows nan and ∞
                graph = replay(self._graph, leaves)
                numbers = entries(graph, self._settled)
                numbers |= map_entries(graph, maps, before=self._graph)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # The learner looks at the page, not into the kernel's log.
            why = f"It cannot be computed with these numbers: {error}"
            self.send({"type": "failed", "why": why, "id": question.get("id")})
        else:
            self.send({"type": "entries", "entries": numbers, "id": question.get("id")})


def shown(step: Step, maps: Mapping[str, int]) -> dict[str, Any]:
    """What a page needs of a step: formulas as MathML are enough.

    A step also brings to light the maps of the local gradients that it is about.
    """
    found = {name: value for name, value in asdict(step).items() if name != "line"}
    if step.stage == "local":
        local = [f"l{operation}.{k}" for operation, k in step.edges]
        found["shows"] = (*dict.fromkeys([*step.shows, *(slot for slot in local if slot in maps)]),)
    return found
