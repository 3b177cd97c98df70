"""Training on a cluster of processes: the numbers of one machine, also when a worker is killed."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import microtorch as torch
from microtorch.bigdl.nn.criterion import *
from microtorch.bigdl.nn.layer import (
    BatchNormalization,
    Dropout,
    Linear,
    LogSoftMax,
    Sequential,
    Tanh,
)
from microtorch.bigdl.optim.optimizer import *

RNG = np.random.default_rng(11)
X = RNG.normal(size=(30, 4)).astype(np.float32)
Y = np.where(X[:, 0] > 0, 1, np.where(X[:, 1] > 0, 2, -1))  # -1: left out
WEIGHTS = np.array([1.0, 3.0])


def model() -> Sequential:
    torch.manual_seed(0)
    first = Linear(4, 5, wRegularizer=L2Regularizer(0.1), bRegularizer=L1Regularizer(0.01))
    return Sequential().add(first).add(Tanh()).add(Linear(5, 2)).add(LogSoftMax())


def trained(client: Any, end: Any) -> Any:
    nll, method = ClassNLLCriterion(WEIGHTS), SGD(0.2, momentum=0.5)
    return Optimizer.create(model(), (X, Y), nll, end, 11, method, client=client).optimize()


@pytest.fixture
def cluster() -> Iterator[tuple[Any, list[subprocess.Popen[bytes]]]]:
    """A scheduler in this process, and two workers in processes of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the engine's own
        from distributed import Client, LocalCluster

        options = ["--no-nanny", "--nthreads=1", "--no-dashboard", "--memory-limit=0"]
        with (
            LocalCluster(n_workers=0, processes=True, dashboard_address=None) as scheduler,
            Client(scheduler) as client,
        ):
            command = [sys.executable, "-m", "distributed.cli.dask_worker"]
            command += [scheduler.scheduler_address, *options]
            workers = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
            try:
                client.wait_for_workers(2, timeout=120)
                yield client, workers
            finally:
                for worker in workers:
                    worker.kill()
                    worker.wait()


@pytest.mark.filterwarnings("ignore")  # the engine speaks of the worker it has lost
def test_a_killed_worker_loses_nothing(
    cluster: tuple[Any, list[subprocess.Popen[bytes]]],
) -> None:
    """The criterion's weights and padding make parts of a batch count differently."""
    client, workers = cluster
    alone = trained(None, MaxEpoch(3))
    used = []

    def end(state: dict[str, Any]) -> bool:
        used.append(len(client.nthreads()))
        if state["neval"] == 4:
            workers[0].kill()  # the next tasks may be sent to it before anybody has noticed
        return state["epoch"] > 3

    together = trained(client, end)
    assert (used[0], used[-1]) == (2, 1)
    for a, b in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


# The rest needs no processes: a client that computes here, at once.


class Here:
    def __init__(self, workers: int) -> None:
        self.workers = workers

    def nthreads(self) -> dict[str, int]:
        return {str(k): 1 for k in range(self.workers)}

    def submit(self, function: Any, *arguments: Any, **_: Any) -> Any:
        return function(*arguments)

    def gather(self, futures: list[Any]) -> list[Any]:
        return futures


@pytest.mark.parametrize("workers", [0, 1, 3, 50])
def test_any_number_of_workers_gives_the_same(workers: int) -> None:
    alone, together = trained(None, MaxEpoch(2)), trained(Here(workers), MaxEpoch(2))
    for a, b in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_dropout_drops_the_same_in_both_rounds_and_running_statistics_come_back() -> None:
    torch.manual_seed(0)
    layers = Sequential().add(Linear(4, 3)).add(BatchNormalization(3)).add(Dropout(0.5))
    data = (X, RNG.normal(size=(30, 3)))
    fit = Optimizer.create(
        layers, data, MSECriterion(), MaxIteration(1), 30, SGD(0.0), client=Here(2)
    )
    output = fit.optimize().layers[0].forward(X)
    norm = layers.layers[1]
    assert norm.runningMean == pytest.approx(0.1 * output.mean(0), abs=1e-6)
    assert np.isfinite(fit.state["Loss"])
