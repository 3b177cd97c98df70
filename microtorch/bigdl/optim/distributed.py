"""Training on several machines: every worker takes its part of a batch, and the sum is applied.

The engine is ``dask.distributed`` (the extra ``microtorch[distributed]``): it sends the tasks, and
does those of a worker that died again somewhere else. A task holds all that it needs (layer, part
of the batch), so a lost worker loses nothing.

A batch takes two rounds. First the workers compute the outputs of their parts. Here the criterion
sees all of them together, as on one machine, and says what gradient each output gets. Then the
workers sweep their parts back. So the sum of their gradients is the gradient of the whole batch,
whatever the criterion divides by. (Batch normalization normalises each part by itself, as BigDL
does, and dropout draws its own numbers: with these the result is not that of one machine.)
"""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, Array, received
from microtorch.bigdl.nn.criterions.base import Criterion
from microtorch.bigdl.nn.layers.activations import Dropout
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.normalisation import BatchNormalization
from microtorch.bigdl.optim.data import as_lists, count, taken
from microtorch.bigdl.optim.evaluation import joined

Result = tuple[list[Array], list[Array]]


def gradient(client: Any, model: Layer, criterion: Criterion, X: Activity, Y: Activity) -> float:
    """The loss of a batch; its gradient is added to the layers' gradWeight and gradBias."""
    X = received(as_lists(X), model.dtype, str(model), "the input")
    size = count(X)
    parts = shards(size, workers(client))
    bare = without_regularizers(model)
    tasks = [
        (bare, taken(X, rows, None), seed) for rows, seed in zip(parts, seeds(parts), strict=True)
    ]
    output = joined(together(client, forward, tasks))
    loss = criterion.forward(output, Y)
    g = criterion.backward(output, Y)
    back = [(*task, taken(g, rows, None)) for task, rows in zip(tasks, parts, strict=True)]
    results = together(client, backward, back)
    add_up(own_gradients(model), [gradients for gradients, _ in results])
    shares = [(rows.stop - rows.start) / size for rows in parts]
    take_means(statistics(model), [running for _, running in results], shares)
    for layer in model.every():
        if not layer.frozen:
            layer.regularize()
    return loss


def together(client: Any, function: Any, tasks: list[Any]) -> list[Any]:
    """One result for each task, in order. Tasks of a worker that dies are done again."""
    futures = [client.submit(function, *task, pure=False, retries=3) for task in tasks]
    results: list[Any] = client.gather(futures)
    return results


def workers(client: Any) -> int:
    """How many workers there are now; at least one, for which dask waits."""
    if not all(hasattr(client, name) for name in ("submit", "gather", "nthreads")):
        raise TypeError(
            f"client must be one of dask.distributed, such as Client(), not {type(client).__name__}."
        )
    return max(1, len(client.nthreads()))


def shards(size: int, workers: int) -> list[slice]:
    """A batch cut into parts of about the same size, one for each worker."""
    edges = np.linspace(0, size, min(workers, size) + 1).round().astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def seeds(parts: list[slice]) -> list[int]:
    """A number for each part, so that dropout drops the same entries in both rounds."""
    from microtorch.tensor.random import randint

    found: list[int] = randint(0, 2**31, (len(parts),)).tolist()
    return found


def without_regularizers(model: Layer) -> Layer:
    """A copy to be sent: what regularizers add must be added once, not by every worker."""
    copy = deepcopy(model)
    for layer in copy.every():
        layer.wRegularizer = layer.bRegularizer = None
    return copy


# ---------------------------------------------------------------- on a worker


def forward(model: Layer, x: Activity, seed: int) -> Activity:
    """The output for one part."""
    return prepared(model, seed).forward(x)


def backward(model: Layer, x: Activity, seed: int, grad_output: Activity) -> Result:
    """The gradients of all parameters for one part, and the running statistics after it."""
    model = prepared(model, seed)
    model.forward(x)
    model.zero_grad_parameters()
    model.backward(x, grad_output)
    return own_gradients(model), statistics(model)


def prepared(model: Layer, seed: int) -> Layer:
    """A copy for this task alone: two tasks may run in one process."""
    from microtorch.tensor.generator import Generator

    copy = deepcopy(model)
    for layer in copy.every():
        if isinstance(layer, Dropout):
            layer.generator = Generator().manual_seed(seed)
    return copy


# ---------------------------------------------------------------- of a layer


def own_gradients(model: Layer) -> list[Array]:
    """The gradients of all parameters; the layer's own arrays."""
    return [g for layer in model.every() for _, g in layer.pairs()]


def statistics(model: Layer) -> list[Array]:
    """The running statistics of all batch normalizations; the layer's own arrays."""
    norms = [layer for layer in model.every() if isinstance(layer, BatchNormalization)]
    return [array for layer in norms for array in (layer.runningMean, layer.runningVar)]


def add_up(totals: list[Array], parts: list[list[Array]]) -> None:
    """Add what the workers found to the gradients."""
    for part in parts:
        for total, found in zip(totals, part, strict=True):
            total += found


def take_means(totals: list[Array], parts: list[list[Array]], shares: list[float]) -> None:
    """Running statistics: the mean of what the workers have, by the size of their parts."""
    for k, total in enumerate(totals):
        total[...] = sum(share * part[k] for share, part in zip(shares, parts, strict=True))
