"""``torch.draw(loss)``: the picture of a computation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from microtorch.graph.derivatives import differentiate
from microtorch.graph.dot import dot
from microtorch.graph.expand import expanded
from microtorch.graph.fold import Fold, folded
from microtorch.graph.geometry import (
    Direction,
    Geometry,
    check_direction,
    check_size,
    check_wrap,
    geometry,
)
from microtorch.graph.model import Graph, Stage, check_stage
from microtorch.graph.names import caller_names, given_names
from microtorch.graph.picture import Picture
from microtorch.graph.svg import svg
from microtorch.graph.text import text
from microtorch.graph.theme import DARK, LIGHT
from microtorch.graph.trace import MOST_DIFFERENTIATED, trace
from microtorch.tensor import Tensor

PAGE = 1080.0  # pixels: the width of a notebook in a window of 1280


def draw(
    loss: Tensor | Graph,
    stage: Stage | None = None,
    *,
    names: Mapping[str, Tensor] | None = None,
    direction: Direction = "LR",
    compact: bool = False,
    expand: bool = False,
    fold: Fold = None,
    unfold: str | Sequence[str] = (),
    wrap: float | None = PAGE,
    dark: bool = False,
) -> Drawing:
    """The computation graph of a tensor.

    Args:
        loss: the result to look back from; something it was computed from requires a gradient.
            Or a Graph, such as another drawing's ``.graph``; or a layer or a criterion of
            ``microtorch.bigdl``, after its ``forward``.
        stage: ``"forward"`` (data), ``"local"`` (and a local gradient on every edge) or
            ``"backward"`` (and the gradient at every node). None shows the data, and the
            gradients that a ``backward()`` has put there.
        names: what to call tensors that are not variables of the caller.
        direction: ``"LR"`` from left to right, ``"TB"`` from top to bottom.
        compact: draw an operation and its result as one box.
        expand: open small tensors into single numbers: ``w @ x`` becomes products and a sum.
        fold: draw each module as one box. None folds what has more than 200 nodes, as little as
            it must; True the outermost modules; 2 those one level deeper; ``"layers.0"`` those of
            that name (a list, or ``*``, for several); False nothing. A long computation without
            modules has its repetitions folded.
        unfold: names of modules to open by one level.
        wrap: a picture wider than this (in pixels) continues in a new row, like lines of text,
            where few lines have to be carried over. None keeps it in one piece.
        dark: colours for a dark page. The others read well on both.

    A notebook shows the result as an SVG picture, a terminal as text. Where numbers have been
    changed since, for example by an optimizer's step, a warning says which moment it shows. Raises TypeError for what
    is not a tensor, and ValueError for an unknown stage, direction or module, for a tensor without
    a graph, and for a picture that would be too large.

    >>> import microtorch as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> loss = w**2
    >>> torch.draw(loss)
    w     parameter  data 3  grad ·
    loss  = w ^ 2    data 9  grad ·
    """
    check_stage(stage)
    check_direction(direction)
    check_wrap(wrap)
    if isinstance(loss, Graph):
        graph = loss
    else:
        known = caller_names(sys._getframe(1)) | given_names(names or {})
        graph = trace(loss, known)
        if stage in ("local", "backward") and len(graph.operations) > MOST_DIFFERENTIATED:
            graph = differentiate(graph)
    if expand:
        graph = expanded(graph)
        fold = False if fold is None else fold
    shown = folded(graph, fold, unfold)
    check_size(shown)
    return Drawing(shown, stage, direction=direction, compact=compact, wrap=wrap, dark=dark)


class Drawing:
    """A picture of a graph: ``.svg``, ``.text``, ``.dot``, ``.save(path)``."""

    def __init__(
        self,
        graph: Graph,
        stage: Stage | None = None,
        *,
        direction: Direction = "LR",
        compact: bool = False,
        wrap: float | None = None,
        dark: bool = False,
    ) -> None:
        self.graph = graph
        self.stage = stage
        self.direction = direction
        self.compact = compact
        self.wrap = wrap
        self.theme = DARK if dark else LIGHT

    @cached_property
    def geometry(self) -> Geometry:
        """Where everything stands."""
        # The pictures of the three stages keep every box in the same place.
        return geometry(
            self.graph,
            labels=self.stage is not None,
            heat=True,
            compact=self.compact,
            direction=self.direction,
            wrap=self.wrap,
        )

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return svg(self.graph, self.geometry, stage=self.stage, theme=self.theme)

    @cached_property
    def text(self) -> str:
        """The same as readable text."""
        return text(self.graph, self.stage)

    @cached_property
    def dot(self) -> str:
        """The same in the DOT language of Graphviz."""
        return dot(
            self.graph,
            self.stage,
            direction=self.direction,
            compact=self.compact,
            theme=self.theme,
        )

    @property
    def json(self) -> str:
        """The graph with all its numbers as JSON; ``Graph.from_json`` reads it."""
        return self.graph.to_json()

    def save(self, path: str | Path) -> Path:
        """Write a file of the kind that its name ends in: svg, png, pdf, txt, dot or json."""
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        texts: dict[str, Callable[[], str]] = {
            "svg": lambda: self.svg,
            "txt": lambda: self.text,
            "dot": lambda: self.dot,
            "json": lambda: self.json,
        }
        if kind in texts:
            path.write_text(texts[kind](), encoding="utf-8")
        elif kind in ("png", "pdf"):
            from microtorch.graph import figure  # matplotlib takes its time to load

            figure.save(Picture(self.graph, self.geometry, self.stage, theme=self.theme), path)
        else:
            known = ", ".join([f".{each}" for each in ("svg", "png", "pdf", *list(texts)[1:])])
            raise ValueError(
                f"save() writes files that end in {known}, not {path.suffix or path.name!r}."
            )
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text
