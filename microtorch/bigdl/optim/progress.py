"""The progress bar of a training: where it stands, and the loss."""

from __future__ import annotations

import sys
from typing import Any, Self

from microtorch.bigdl.optim.triggers import MaxEpoch, MaxIteration, State


class Progress:
    """A bar while a training runs. Without an end that is known, it only counts."""

    def __init__(self, wanted: bool | None, end_when: Any) -> None:
        self.wanted = sys.stderr.isatty() if wanted is None else wanted
        self.by_epoch = isinstance(end_when, MaxEpoch)
        self.total: int | None = None
        if isinstance(end_when, MaxEpoch):
            self.total = end_when.max_epoch
        elif isinstance(end_when, MaxIteration):
            self.total = end_when.max
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        if self.wanted:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            unit = "epochs" if self.by_epoch else "iterations"
            self.bar = Bar(
                TextColumn("training"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(unit + "  {task.description}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self.bar.start()
            self.task = self.bar.add_task("", total=self.total)
        return self

    def show(self, state: State) -> None:
        """Move on."""
        if self.bar is None:
            return
        words = f"loss {state['Loss']:.4g}"
        if state.get("score") is not None:
            words += f"  score {state['score']:.4g}"
        done = (state["epoch"] if self.by_epoch else state["neval"]) - 1
        self.bar.update(self.task, completed=done, description=words)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
