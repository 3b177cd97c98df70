"""Where the jobs of a grading run: threads, processes, a cluster; or any executor of your own.

``grade_class`` takes a ``concurrent.futures.Executor``, or a function without arguments that makes one
and is called again when that one is broken. The three here are such functions, and know how many jobs
should be under way.
"""

from __future__ import annotations

import os
import platform
import signal
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlsplit

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.sandbox.levels import choose
from microtorch.classroom.work import VERSION

CONNECT_SECONDS = 20


def default_jobs() -> int:
    """Two for each processor: while one waits for messages, another computes."""
    return 2 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Threads:
    """Jobs in threads of this process. The notebooks run in processes of their own anyway."""

    jobs: int

    def __call__(self) -> Executor:
        return ThreadPoolExecutor(self.jobs)


@dataclass(frozen=True)
class Processes:
    """Jobs in processes: where one Python cannot hand out work to all processors."""

    jobs: int

    def __call__(self) -> Executor:
        return ProcessPoolExecutor(self.jobs, get_context("spawn"), _leave_ctrl_c_to_the_parent)


class Dask:
    """Jobs on a cluster of ``dask.distributed`` that is there already.

    Args:
        address: of its scheduler, such as ``tcp://10.0.0.1:8786``.
        sandbox: the level that every machine must have; None for the strongest of each.

    Raises:
        ClassroomError: if there is no such cluster, or none of its machines can grade.
    """

    def __init__(self, address: str, sandbox: str | None = None) -> None:
        try:
            import distributed
        except ImportError:
            raise ClassroomError(
                "A cluster needs dask.distributed: `pip install 'microtorch[distributed]'`."
            ) from None
        self.sandbox = sandbox
        self.notes: list[str] = []
        try:
            make: Any = distributed.Client  # it has no types
            self.client = make(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ClassroomError(
                f"There is no dask scheduler at {address} ({type(error).__name__}: {error}). Start one "
                "with `dask scheduler`, and workers with `dask worker ADDRESS`."
            ) from None
        self.jobs = 1

    def __call__(self) -> Executor:
        """An executor on those machines that can grade; they are asked every time."""
        threads = self.client.nthreads()
        if not threads:
            raise ClassroomError(
                "The cluster has no workers. Start some with `dask worker ADDRESS`, and try again."
            )
        asked: dict[str, Any] = self.client.run(describe_machine, self.sandbox, on_error="return")
        problems = {worker: _problem(told) for worker, told in asked.items()}
        good = [worker for worker, problem in problems.items() if problem is None]
        self.notes = sorted({f"{_host(w)} cannot grade: {p}" for w, p in problems.items() if p})
        if not good:
            raise ClassroomError("No machine of the cluster can grade.\n" + "\n".join(self.notes))
        self.jobs = 2 * sum(threads.get(worker, 1) for worker in good)
        # By host, since a worker that is started again has another port.
        hosts = sorted({_host(worker) for worker in good}) if self.notes else None
        options = {"workers": hosts} if hosts else {}
        executor: Executor = self.client.get_executor(pure=False, **options)
        return executor

    def close(self) -> None:
        """Let go of the cluster, which goes on."""
        self.client.close()


def describe_machine(sandbox: str | None) -> dict[str, str]:
    """Runs on a worker: its version, and the level of its sandbox or why there is none."""
    told = {"version": VERSION, "machine": platform.node()}
    try:
        return {**told, "sandbox": choose(sandbox)}
    except ClassroomError as error:
        return {**told, "problem": str(error)}


def _problem(told: dict[str, str] | Exception) -> str | None:
    if isinstance(told, Exception):
        return f"microtorch must be installed there too ({told!r})."
    if told["version"] != VERSION:
        return f"it has microtorch {told['version']}, and here is {VERSION}."
    return told.get("problem")


def _host(worker: str) -> str:
    """Of ``tcp://10.0.0.1:4711``, what is between.

    >>> _host("tcp://10.0.0.1:4711"), _host("tls://[::1]:4711")
    ('10.0.0.1', '::1')
    """
    return urlsplit(worker).hostname or worker


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
