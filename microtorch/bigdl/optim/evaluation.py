"""Using a layer without training it: outputs, and how good they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from microtorch.bigdl.activity import Activity
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.optim.data import TrainingSet, as_lists, taken
from microtorch.bigdl.optim.validation import ValidationMethod


@contextmanager
def evaluating(layer: Layer) -> Iterator[None]:
    """Evaluation mode, and back to what it was for every layer."""
    modes = [(inner, inner.train) for inner in layer.every()]
    layer.evaluate()
    try:
        yield
    finally:
        for inner, mode in modes:
            inner.train = mode


def predict(layer: Layer, features: Activity, batch_size: int = -1) -> Activity:
    """The outputs for many samples, in evaluation mode."""
    if not isinstance(batch_size, int) or (batch_size < 1 and batch_size != -1):
        raise ValueError(f"batch_size is a whole number from 1 on, or -1, not {batch_size!r}")
    features = as_lists(features)
    with evaluating(layer):
        if batch_size == -1:
            return layer.forward(features)
        size = len(features[0] if isinstance(features, list) else features)
        starts = range(0, size, batch_size)
        rows = [slice(start, start + batch_size) for start in starts]
        return joined([layer.forward(taken(features, each, None)) for each in rows])


def joined(parts: Sequence[Activity]) -> Activity:
    """The outputs of several batches as one."""
    if isinstance(parts[0], list):
        return [joined([part[k] for part in parts]) for k in range(len(parts[0]))]
    return np.concatenate(parts)


def measure(
    layer: Layer, data: TrainingSet, methods: Sequence[ValidationMethod]
) -> dict[str, float]:
    """The result of every validation method on the data."""
    sums = {str(method): [0.0, 0] for method in methods}
    with evaluating(layer):
        for X, Y in data.epoch():
            output = layer.forward(X)
            for method in methods:
                total, count = method.measure(output, Y)
                sums[str(method)][0] += total
                sums[str(method)][1] += count
    return {name: total / count for name, (total, count) in sums.items()}
