"""``torch.draw(loss)``: the picture of a computation."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from microtorch.graph.geometry import geometry
from microtorch.graph.model import Graph, Stage, check_stage
from microtorch.graph.names import caller_names, given_names
from microtorch.graph.svg import svg
from microtorch.graph.text import text
from microtorch.graph.trace import trace
from microtorch.tensor import Tensor


def draw(
    loss: Tensor, stage: Stage | None = None, *, names: Mapping[str, Tensor] | None = None
) -> Drawing:
    """The computation graph of a tensor, from left to right.

    Args:
        loss: the result to look back from; something it was computed from requires a gradient.
            Or a layer or a criterion of ``microtorch.bigdl``, after its ``forward``.
        stage: ``"forward"`` (data), ``"local"`` (and a local gradient on every edge) or
            ``"backward"`` (and the gradient at every node). None shows the data, and the
            gradients that a ``backward()`` has put there.
        names: what to call tensors that are not variables of the caller.

    A notebook shows the result as an SVG picture, a terminal as text. Raises TypeError for what
    is not a tensor, and ValueError for an unknown stage or a tensor without a graph.

    >>> import microtorch as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> loss = w**2
    >>> torch.draw(loss)
    w     parameter  data 3  grad ·
    loss  = w ^ 2    data 9  grad ·
    """
    check_stage(stage)
    known = caller_names(sys._getframe(1)) | given_names(names or {})
    return Drawing(trace(loss, known), stage)


class Drawing:
    """A picture of a graph: ``.svg``, ``.text``, ``.save(path)``."""

    def __init__(self, graph: Graph, stage: Stage | None) -> None:
        self.graph = graph
        self.stage = stage

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        # The pictures of the three stages keep every box in the same place.
        places = geometry(self.graph, labels=self.stage is not None)
        return svg(self.graph, places, stage=self.stage)

    @cached_property
    def text(self) -> str:
        """The same as readable text."""
        return text(self.graph, self.stage)

    def save(self, path: str | Path) -> Path:
        """Write the picture to an ``.svg`` file, or the text to a ``.txt`` file."""
        path = Path(path)
        if path.suffix not in (".svg", ".txt"):
            raise ValueError(f"save() writes .svg or .txt files, not {path.suffix or 'this'!r}")
        path.write_text(self.svg if path.suffix == ".svg" else self.text, encoding="utf-8")
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text
