"""Grade many submissions: some at a time, each result in the journal, nothing lost, nothing twice."""

from __future__ import annotations

import functools
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from typing import Literal

from microtorch.classroom.bundle import Bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.errors import BadSubmission, ClassroomError
from microtorch.classroom.grade import grade_data, nothing_earned
from microtorch.classroom.journal import Entry, Journal
from microtorch.classroom.nbval_run import Runner
from microtorch.classroom.reader import read_bytes
from microtorch.classroom.sandbox.policy import Policy
from microtorch.classroom.submissions import Submission

Status = Literal["graded", "unreadable", "failed"]
ATTEMPTS = 2  # for a failure of the grader itself


@dataclass(frozen=True)
class Result:
    """What became of a submission. ``failed`` means that the grader failed: there is no score."""

    submission: Submission
    status: Status
    report: Report
    seconds: float

    @property
    def score(self) -> float | None:
        """The points, or None if it could not be graded."""
        return None if self.status == "failed" else self.report.score


@dataclass(frozen=True)
class Grader:
    """All that is needed to grade one submission of a class."""

    bundle: Bundle
    policy: Policy
    run: Runner
    timeout: float

    def key(self, submission: Submission, data: bytes) -> str:
        """Equal for equal work: the same student, the same bytes, the same bundle and limits."""
        text = f"{submission.student}\0{self._fingerprint}\0"
        return hashlib.sha256(text.encode("utf-8", "replace") + data).hexdigest()

    @functools.cached_property
    def _fingerprint(self) -> str:
        return f"{hashlib.sha256(self.bundle.to_json().encode()).hexdigest()}\0{self.timeout}"

    def grade(self, submission: Submission) -> Result:
        """Grade one submission; never raises for what is in it, nor for a failure of the grader."""
        start = time.monotonic()
        name = submission.student
        for attempt in range(ATTEMPTS):
            try:
                if submission.path.is_symlink():
                    raise BadSubmission(f"{submission.path.name} is a link, not a notebook.")
                data = read_bytes(submission.path)
                report = grade_data(
                    data, name, self.bundle, self.policy, timeout=self.timeout, run=self.run
                )
                status: Status = "graded"
                break
            except BadSubmission as error:
                status, report = "unreadable", nothing_earned(self.bundle, name, str(error))
                break
            except Exception as error:  # noqa: BLE001  (a fault of ours must not end the class)
                told = str(error) if isinstance(error, ClassroomError) else repr(error)
                status, report = "failed", nothing_earned(self.bundle, name, told)
                if attempt + 1 < ATTEMPTS:
                    time.sleep(0.5)
        report = replace(report, notes=[*submission.notes, *report.notes])
        return Result(submission, status, report, round(time.monotonic() - start, 3))


def grade_class(
    submissions: list[Submission],
    grader: Grader,
    journal: Journal,
    *,
    jobs: int | None = None,
    on_result: Callable[[Result, bool], None] = lambda result, new: None,
) -> list[Result]:
    """Grade what the journal does not have yet, ``jobs`` at a time; all results, in order.

    A notebook that ran out of time without using it (the machine was busy, or it waits) is graded
    once more when nothing else runs, before that costs points.

    Args:
        on_result: called with each result, and whether it is new.
    """
    results: dict[str, Result] = {}
    todo: list[tuple[str, Submission]] = []
    for submission in submissions:
        try:
            data = read_bytes(submission.path)
        except ClassroomError:
            data = b""  # it will be read once more, and then explained
        key = grader.key(submission, data)
        known = journal.done.get(key)
        if known is not None and known["status"] != "failed":
            results[submission.student] = result = _from_entry(known, submission)
            on_result(result, False)
        else:
            todo.append((key, submission))

    def keep(key: str, result: Result) -> None:
        journal.add(_entry(key, result))
        results[result.submission.student] = result
        on_result(result, True)

    again: list[tuple[str, Submission]] = []
    for (key, submission), result in _in_parallel(todo, grader, jobs or default_jobs()):
        if result.report.waited:
            again.append((key, submission))
        else:
            keep(key, result)
    for key, submission in again:
        keep(key, grader.grade(submission))
    return [results[submission.student] for submission in submissions]


def default_jobs() -> int:
    """Two for each processor: while one waits for messages, another computes."""
    return 2 * (os.cpu_count() or 1)


def _in_parallel(
    todo: list[tuple[str, Submission]], grader: Grader, jobs: int
) -> Iterator[tuple[tuple[str, Submission], Result]]:
    """Results as they come; never more than ``jobs`` submissions are under way."""
    waiting = iter(todo)
    stop = threading.Event()

    def job(submission: Submission) -> Result | None:
        return None if stop.is_set() else grader.grade(submission)

    with ThreadPoolExecutor(jobs) as pool:
        pending: dict[Future[Result | None], tuple[str, Submission]] = {}
        try:
            while True:
                for item in waiting:
                    pending[pool.submit(job, item[1])] = item
                    if len(pending) >= jobs:
                        break
                if not pending:
                    return
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    item = pending.pop(future)
                    result = future.result()
                    if result is not None:
                        yield item, result
        finally:
            stop.set()


def _entry(key: str, result: Result) -> Entry:
    return {
        "key": key,
        "student": result.submission.student,
        "status": result.status,
        "score": result.score,
        "seconds": result.seconds,
        "report": asdict(result.report),
    }


def _from_entry(entry: Entry, submission: Submission) -> Result:
    report = entry["report"]
    tasks = [Task(**task) for task in report["tasks"]]
    return Result(
        submission, entry["status"], Report(**{**report, "tasks": tasks}), entry["seconds"]
    )
