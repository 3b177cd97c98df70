"""Summaries: the loss, the learning rate and others, written down iteration by iteration."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import ClassVar, Self

from microtorch.bigdl.optim.triggers import Trigger, as_trigger

Row = tuple[int, float, float]  # step, value, wall-clock time in seconds


class Summary:
    """Numbers of one run, in a file of lines under ``log_dir/app_name``."""

    kind: ClassVar[str]

    def __init__(self, log_dir: str, app_name: str, bigdl_type: str = "float") -> None:
        self.folder = Path(log_dir) / app_name / self.kind
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "scalars.jsonl"

    def add_scalar(self, tag: str, step: int, value: float) -> None:
        """Write one number down."""
        row = {"tag": tag, "step": step, "value": value, "time": time.time()}
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    def read_scalar(self, tag: str) -> list[Row]:
        """All numbers of one kind, as rows (step, value, time).

        Raises KeyError if there are none, and says which kinds there are.
        """
        rows = []
        if self.file.exists():
            rows = [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]
        found = [(row["step"], row["value"], row["time"]) for row in rows if row["tag"] == tag]
        if not found:
            known = ", ".join(sorted({row["tag"] for row in rows})) or "nothing yet"
            raise KeyError(f"nothing was written down under {tag!r}; there is: {known}")
        return found


class TrainSummary(Summary):
    """What happens in training: "Loss", "LearningRate" and "Throughput" (samples in a second).

    >>> import tempfile
    >>> summary = TrainSummary(tempfile.mkdtemp(), "doctest")
    >>> summary.add_scalar("Loss", 1, 0.5)
    >>> [(step, value) for step, value, _ in summary.read_scalar("Loss")]
    [(1, 0.5)]
    """

    kind = "train"
    tags = ("Loss", "LearningRate", "Throughput")

    def __init__(self, log_dir: str, app_name: str, bigdl_type: str = "float") -> None:
        super().__init__(log_dir, app_name)
        self.triggers: dict[str, Trigger] = {}

    def set_summary_trigger(self, name: str, trigger: Trigger) -> Self:
        """Write a number down only when a trigger says so, instead of in every iteration."""
        if name not in self.tags:
            raise ValueError(f"a training summary has {', '.join(self.tags)}, not {name!r}")
        self.triggers[name] = as_trigger(trigger)  # type: ignore[assignment]
        return self


class ValidationSummary(Summary):
    """The results of validation, under the names of its methods: "Top1Accuracy", "Loss", ..."""

    kind = "validation"
