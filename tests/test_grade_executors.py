"""The same job on any executor: threads, processes, a cluster; and what happens when one breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from handed_in import hand_in
from hostile import NAME, bundle_file, data, harm, notebook

from microtorch.classroom import ClassroomError, batch, executors, work
from microtorch.classroom.batch import Grading, Result, grade_class, grade_one
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.executors import Dask, Processes, Threads, describe_machine
from microtorch.classroom.journal import Journal
from microtorch.classroom.submissions import Submission
from microtorch.classroom.work import Answer, Request, machine, run_job, until_sure
from microtorch.cli import main

GRADING = Grading(load_bundle(bundle_file()), 3.0)


def small_class(folder: Path) -> list[Submission]:
    wrong = notebook(forward="def forward(w, x, y):\n    return 1, 2, 3")
    return hand_in(folder, ada=data(notebook()), bob=data(wrong), eve=b"{ }")


def scores(results: list[Result]) -> list[tuple[str, float | None]]:
    return [(result.status, result.score) for result in results]


RIGHT = [("graded", 10), ("graded", 8), ("unreadable", 0)]


# --- real jobs ------------------------------------------------------------------------------------


def test_a_job_is_json_and_so_is_its_answer() -> None:
    request = GRADING.request("ada", b"{ }")
    assert json.loads(json.dumps(request)) == request
    unknown = run_job(request)
    assert (unknown["outcome"], unknown["report"]) == ("which bundle", None)
    answer = run_job(GRADING.request("ada", b"{ }", with_bundle=True))
    assert answer["outcome"] == "unreadable"
    assert json.loads(json.dumps(answer)) == answer
    assert run_job(request)["outcome"] == "unreadable"  # the bundle is known now
    work.close()


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_executors_of_the_standard_library_give_the_same(kind: str, tmp_path: Path) -> None:
    found = small_class(tmp_path / "class")
    pool: Executor = ThreadPoolExecutor(2)
    if kind == "processes":
        pool = ProcessPoolExecutor(1, get_context("spawn"))
    with Journal(tmp_path / "j") as journal, pool:
        assert scores(grade_class(found, GRADING, journal, executor=pool, jobs=2)) == RIGHT
        assert pool.submit(int, "7").result() == 7  # it is ours no longer, but it is left open
    work.close()
    assert not list(Path(work.tempfile.gettempdir()).glob(f"microtorch-grade-{os.getpid()}-*"))


@pytest.fixture
def cluster() -> Iterator[tuple[str, Callable[..., subprocess.Popen[bytes]]]]:
    """The address of a scheduler in this process, and what starts a worker in one of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the engine's own
        from distributed import LocalCluster

        workers: list[subprocess.Popen[bytes]] = []
        with LocalCluster(n_workers=0, processes=True, dashboard_address=None) as scheduler:

            def start(**environment: str) -> subprocess.Popen[bytes]:
                command = [sys.executable, "-m", "distributed.cli.dask_worker"]
                command += [scheduler.scheduler_address, "--no-nanny", "--nthreads=1"]
                command += ["--no-dashboard", "--memory-limit=0"]
                env = {**os.environ, **environment}
                workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, env=env))
                return workers[-1]

            try:
                yield scheduler.scheduler_address, start
            finally:
                for worker in workers:
                    worker.terminate()
                    worker.wait()


@pytest.mark.filterwarnings("ignore")  # the engine speaks of the worker it has lost
def test_a_cluster_whose_worker_is_killed_loses_nothing(
    cluster: tuple[str, Callable[..., subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, start = cluster
    workers = [start(), start()]
    solved = {f"s{k}": data(notebook()) for k in range(5)}
    found = hand_in(tmp_path / "class", **solved)
    killed: list[str] = []

    def kill_one(result: Result, new: bool) -> None:
        if not killed:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(result.submission.student)

    dask = Dask(address)
    dask.client.wait_for_workers(2, timeout=120)
    with Journal(tmp_path / "j") as journal:
        results = grade_class(found, GRADING, journal, executor=dask, on_result=kill_one)
        assert scores(results) == [("graded", 10)] * 5
        # The executor of dask itself, as a teacher may give it
        dask.client.submit(work.close).result()
        more = hand_in(tmp_path / "more", ada=data(notebook()))
        pool = dask.client.get_executor(pure=False)
        assert scores(grade_class(more, GRADING, journal, executor=pool, jobs=2)) == RIGHT[:1]
    keys = [json.loads(line)["key"] for line in (tmp_path / "j").read_bytes().splitlines()]
    assert len(keys) == len(set(keys)) == 6
    dask.close()


@pytest.mark.filterwarnings("ignore")
def test_machines_of_a_cluster_that_cannot_grade_are_named(
    cluster: tuple[str, Callable[..., subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, start = cluster
    dask = Dask(address)
    with pytest.raises(ClassroomError, match="has no workers"):
        dask()
    start(PATH="/nowhere")
    dask.client.wait_for_workers(1, timeout=120)
    dask.sandbox = "bwrap"
    with pytest.raises(ClassroomError, match=r"cannot grade: (.|\n)*bubblewrap is not installed"):
        dask()
    monkeypatch.setattr(executors, "VERSION", "99")
    with pytest.raises(ClassroomError, match=r"it has microtorch .* and here is 99"):
        dask()
    dask.close()


def test_a_cluster_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(ClassroomError, match=f"no dask scheduler at {address}"):
            Dask(address)


def test_the_command_explains_what_it_cannot_do_with_a_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1)
    hand_in(tmp_path / "class", ada=b"")
    options = ["grade", str(tmp_path / "class"), "--bundle", str(bundle_file())]
    options += ["--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"]
    for more, words in (([], "no dask scheduler at"), (["--processes"], "Choose one")):
        run = CliRunner().invoke(main, [*options, *more])
        assert (run.exit_code, words in " ".join(run.output.split())) == (2, True)


def test_a_grader_that_is_killed_is_started_again(tmp_path: Path) -> None:
    (one,) = hand_in(tmp_path, ada=data(notebook()))
    assert grade_one(one, GRADING).score == 10
    (workshop,) = work._WORKSHOPS.values()
    assert workshop.warm.server is not None
    workshop.warm.server.kill()
    workshop.warm.server.wait()
    assert grade_one(one, GRADING).score == 10
    work.close()


# --- jobs that are made up ------------------------------------------------------------------------


def answer(request: Request, **changes: Any) -> Answer:
    task = Task("forward", "Task 1", 2, 2, "right", "Good.")
    report = work.asdict(Report(NAME, request["student"], [task]))
    made = {"outcome": "graded", "report": report, "words": "", "seconds": 1.0}
    return {**made, "machine": "m", "sandbox": "bwrap", **changes}  # type: ignore[typeddict-item]


@pytest.fixture
def graded(tmp_path: Path) -> Iterator[Callable[..., list[Result]]]:
    with Journal(tmp_path / "out" / "j") as journal:

        def run(**options: Any) -> list[Result]:
            found = hand_in(tmp_path / "class", ada=b"1", bob=b"2", eve=b"3")
            return grade_class(found, GRADING, journal, **options)

        yield run


def test_a_notebook_that_only_waited_is_graded_once_more_alone(
    graded: Callable[..., list[Result]], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[tuple[str, bool]] = []

    def job(request: Request) -> Answer:
        runs.append((request["student"], request["alone"]))
        told = answer(request)
        assert told["report"] is not None
        told["report"]["waited"] = request["student"] == "ada"
        return told

    monkeypatch.setattr(batch, "run_job", job)
    assert scores(graded(jobs=1)) == [("graded", 2)] * 3
    assert runs == [("ada", False), ("bob", False), ("eve", False), ("ada", True)]


class Fragile(Executor):
    """Runs a job at once; ``breaks`` says what is raised for each, or None."""

    def __init__(self, breaks: list[Exception | None]) -> None:
        self.breaks = breaks

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        error = self.breaks.pop(0) if self.breaks else None
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_job_whose_worker_was_lost_is_given_to_another(
    graded: Callable[..., list[Result]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "run_job", answer)
    pool = Fragile([RuntimeError("KilledWorker"), None, OSError("gone")])
    assert scores(graded(executor=pool, jobs=2)) == [("graded", 2)] * 3


def test_a_pool_that_breaks_is_made_again_if_we_know_how(
    graded: Callable[..., list[Result]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "run_job", answer)
    broken: Exception = batch.BrokenExecutor("a process was ended")
    with pytest.raises(ClassroomError, match=r"The executor is broken(.|\n)*new executor"):
        graded(executor=Fragile([None, broken]), jobs=1)
    pools = [Fragile([broken]), Fragile([])]
    assert scores(graded(executor=lambda: pools.pop(0), jobs=1)) == [("graded", 2)] * 3
    assert pools == []


def test_what_every_machine_refuses_ends_the_run_with_its_words(
    graded: Callable[..., list[Result]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def job(request: Request) -> Answer:
        return answer(request, outcome="refused", report=None, words="bubblewrap is not there.")

    monkeypatch.setattr(batch, "run_job", job)
    with pytest.raises(ClassroomError, match="bubblewrap is not there"):
        graded(jobs=1)
    entries = (tmp_path / "out" / "j").read_text().splitlines()
    assert all(json.loads(line)["score"] is None for line in entries)
    monkeypatch.setattr(batch, "run_job", answer)
    assert scores(graded(jobs=1)) == [("graded", 2)] * 3


def test_many_failures_in_a_row_end_the_run_and_cost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def job(request: Request) -> Answer:
        return answer(request, outcome="failed", report=None, words="no space left")

    monkeypatch.setattr(batch, "run_job", job)
    found = hand_in(tmp_path / "class", **{f"s{k}": b"" for k in range(60)})
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(ClassroomError, match=r"20 notebooks in a row(.|\n)*no space left"):
            grade_class(found, GRADING, journal, jobs=2)
        assert len(journal) == 20


@pytest.mark.parametrize(
    "outcomes", [["died", "right"], ["died", "died"], ["died", "zero", "died"]]
)
def test_a_kernel_that_died_counts_only_if_it_dies_again(outcomes: list[str]) -> None:
    def report() -> Report:
        what = outcomes.pop(0)
        points = 0 if what == "zero" else 2 if what == "right" else 1
        task = Task("forward", "Task 1", points, 2, "right", "")
        return Report(NAME, "ada", [task], died=what == "died")

    until_sure(report)
    assert len(outcomes) == (1 if outcomes == ["died"] else 0)


def test_a_notebook_that_ends_its_own_python_keeps_what_it_earned(tmp_path: Path) -> None:
    (one,) = hand_in(tmp_path, ada=harm("import os\nos._exit(0)").data)
    result = grade_one(one, GRADING)
    assert (result.score, result.report.died) == (7, False)
    work.close()


def test_alone_is_alone_among_all_processes_of_this_machine(tmp_path: Path) -> None:
    code = "import time; from microtorch.classroom.work import machine\n"
    code += "with machine(alone=False):\n    print('in', flush=True); time.sleep(0.6)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with machine(alone=False):
            assert other.poll() is None
        with machine(alone=True):
            end = time.monotonic() + 5  # it lets go when it ends, or a moment before
            while other.poll() is None:
                assert time.monotonic() < end
                time.sleep(0.01)


def test_another_version_of_microtorch_is_refused_in_words() -> None:
    refused = run_job({**GRADING.request("ada", b""), "version": "99"})
    assert refused["outcome"] == "refused"
    assert "the grading was started with 99" in refused["words"]
    assert describe_machine("no such")["problem"].startswith("There is no sandbox 'no such'")


def test_factories_make_executors() -> None:
    for factory, kind in ((Threads(2), ThreadPoolExecutor), (Processes(2), ProcessPoolExecutor)):
        with factory() as pool:
            assert isinstance(pool, kind)
