"""Grade many submissions: some at a time, each result in the journal, nothing lost, nothing twice."""

from __future__ import annotations

import base64
import functools
import hashlib
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Any, Literal, Self

from microtorch.classroom import work
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.errors import BadSubmission, ClassroomError
from microtorch.classroom.executors import Processes, Threads, default_jobs
from microtorch.classroom.grade import CELL_SECONDS, nothing_earned
from microtorch.classroom.journal import Entry, Journal
from microtorch.classroom.reader import read_bytes
from microtorch.classroom.submissions import Submission
from microtorch.classroom.work import VERSION, Answer, Request, bundle_hash, run_job

Status = Literal["graded", "unreadable", "failed"]
STATUSES = ("graded", "unreadable", "failed")
TRIES = 6  # for a job whose worker was lost, or refused
FAILURES = 20  # in a row: then it is not the notebooks


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a submission. ``failed`` means that the grader failed: there is no score.

    ``key`` is the one of its work in the journal.
    """

    submission: Submission
    status: Status
    report: Report
    seconds: float
    key: str = ""

    @property
    def score(self) -> float | None:
        """The points, or None if it could not be graded."""
        return None if self.status == "failed" else self.report.score


@dataclass(frozen=True)
class Grading:
    """With what a class is graded: the bundle, the limit for each cell, the level of the sandbox.

    Args:
        timeout: seconds of computing time for each cell.
        sandbox: None for the strongest one that a machine has.
    """

    bundle: Bundle
    timeout: float = CELL_SECONDS
    sandbox: str | None = None

    def key(self, student: str, data: bytes) -> str:
        """Equal for equal work: the same student, the same bytes, the same bundle and limits."""
        text = f"{student}\0{self.hash}\0{self.timeout}\0"
        return hashlib.sha256(text.encode("utf-8", "replace") + data).hexdigest()

    def request(
        self,
        student: str,
        data: bytes,
        *,
        with_bundle: bool = False,
        alone: bool = False,
    ) -> Request:
        """The job of grading ``data``, for ``work.run_job`` in any process on any machine."""
        return {
            "version": VERSION,
            "student": student,
            "notebook": base64.b64encode(data).decode("ascii"),
            "bundle": self.hash,
            "bundle_text": self.text if with_bundle else None,
            "timeout": self.timeout,
            "sandbox": self.sandbox,
            "alone": alone,
        }

    @functools.cached_property
    def text(self) -> str:
        """The bundle as its file has it."""
        return self.bundle.to_json()

    @functools.cached_property
    def hash(self) -> str:
        """By what workers know the bundle."""
        return bundle_hash(self.text)


def grade_one(submission: Submission, grading: Grading) -> Result:
    """Grade one submission in this process; never raises for what is in it."""
    try:
        data = read_submission(submission)
    except ClassroomError as error:
        return _unread(submission, grading, error)
    for alone in (False, True):
        request = grading.request(submission.student, data, with_bundle=True, alone=alone)
        result = _result(run_job(request), submission, grading, data)
        if not result.report.waited:
            break
    return result


def grade_class(
    submissions: list[Submission],
    grading: Grading,
    journal: Journal,
    *,
    executor: Executor | Callable[[], Executor] | None = None,
    jobs: int | None = None,
    on_result: Callable[[Result, bool], None] = lambda result, new: None,
) -> list[Result]:
    """Grade what the journal does not have yet; all results, in order.

    A notebook that ran out of time without using it (the machine was busy, or it waits) is graded
    once more when nothing else runs on that machine, before that costs points. A job whose worker was
    lost is given to another one.

    Args:
        executor: where the jobs run: any ``concurrent.futures.Executor`` (it is left open), or a
            function that makes one (made again when it breaks, and shut down). None: threads.
        jobs: how many are under way at once; if None, the executor's ``jobs`` or two per processor.
        on_result: called with each result, and whether it is new.

    Raises:
        ClassroomError: if no worker can grade, the journal cannot be written, or nothing succeeds any
            more. What was graded until then is in the journal.

    With an executor of your own, on one machine or many:

        with Journal(Path("reports/journal.jsonl")) as journal, ProcessPoolExecutor(8) as pool:
            found = find_submissions(Path("submissions"), bundle.exercise)
            results = grade_class(found.submissions, Grading(bundle), journal, executor=pool, jobs=16)
        write_class(Path("reports"), results, bundle)
    """
    if executor is None:
        executor = Threads(jobs or default_jobs())
    results: dict[str, Result] = {}

    def known(submission: Submission, key: str) -> bool:
        entry = journal.get(key)
        result = _from_entry(entry, submission) if entry is not None else None
        if result is None or result.status == "failed":
            return False
        results[submission.student] = result
        on_result(result, False)
        return True

    def keep(result: Result, machine: str = "", sandbox: str = "") -> None:
        journal.add({**_entry(result), "machine": machine, "sandbox": sandbox})
        results[result.submission.student] = result
        on_result(result, True)

    def to_do() -> Iterator[_Job]:
        for submission in submissions:
            try:
                data = read_submission(submission)
            except ClassroomError as error:
                result = _unread(submission, grading, error)
                if not known(submission, result.key):
                    keep(result)
                continue
            if not known(submission, grading.key(submission.student, data)):
                yield _Job(submission, data)

    with _Pool(executor, jobs) as pool, closing(_answers(to_do(), grading, pool)) as answers:
        for job, answer in answers:
            result = _result(answer, job.submission, grading, job.data)
            keep(result, answer["machine"], answer["sandbox"])
    return [results[submission.student] for submission in submissions]


def read_submission(submission: Submission) -> bytes:
    """What was handed in.

    Raises:
        BadSubmission: if it is no notebook.
        ClassroomError: if it cannot be read, and that may not be its fault.
    """
    if submission.path.is_symlink():
        raise BadSubmission(f"{submission.path.name} is a link, not a notebook.")
    return read_bytes(submission.path, submission.path.name)


# --- the jobs under way ---------------------------------------------------------------------------


@dataclass
class _Job:
    """A submission on its way through the workers."""

    submission: Submission
    data: bytes
    alone: bool = False
    with_bundle: bool = False
    tries: int = 0


class _Pool:
    """An executor, and a new one when it breaks, if we know how to make one."""

    def __init__(self, executor: Executor | Callable[[], Executor], jobs: int | None) -> None:
        self.make = None if isinstance(executor, Executor) else executor
        self.executor = executor if isinstance(executor, Executor) else executor()
        self.asked = jobs

    @property
    def jobs(self) -> int:
        """How many jobs should be under way."""
        return max(1, self.asked or getattr(self.make, "jobs", None) or default_jobs())

    @property
    def is_here(self) -> bool:
        """Whether it is surely only this machine."""
        return isinstance(self.make, Threads | Processes)

    def renew(self, *, broken: bool) -> None:
        """Take a new executor: the old one is broken, or a machine of it refused to grade.

        Raises:
            ClassroomError: if a broken one was given to us.
        """
        if not broken and (self.is_here or self.make is None):
            return
        if self.make is None:
            raise ClassroomError(
                "The executor is broken: one of its processes was ended. What was graded until now is "
                "kept. Grade again with a new executor, and the rest will be graded."
            )
        if broken:
            self.executor.shutdown(wait=False)
        self.executor = self.make()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.make is None:
            return
        if error is not None:
            work.close()  # in threads, what is under way ends at once
        self.executor.shutdown(wait=isinstance(self.make, Threads))
        work.close()


def _answers(
    jobs: Iterator[_Job], grading: Grading, pool: _Pool
) -> Generator[tuple[_Job, Answer], None, None]:
    """Answers as they come; never more jobs than the pool should have are under way."""
    pending: dict[Future[Answer], _Job] = {}
    again: deque[_Job] = deque()
    waited: list[_Job] = []
    in_a_row = 0
    try:
        while True:
            while len(pending) < pool.jobs:
                job = again.popleft() if again else next(jobs, None)
                if job is None:
                    break
                _submit(job, grading, pool, pending)
            if not pending:
                if not waited:
                    return
                again.extend(replace(job, alone=True) for job in waited)
                waited.clear()
                continue
            refused = lost = False
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                job = pending.pop(future)
                answer, broken = _answer_of(future)
                outcome = answer["outcome"]
                job.tries += 1
                if outcome == "which bundle" and not job.with_bundle:
                    again.appendleft(replace(job, with_bundle=True, tries=job.tries - 1))
                    continue
                here = pool.is_here and bool(answer["machine"])  # this very machine has said no
                if outcome in ("refused", "which bundle") and job.tries < (2 if here else TRIES):
                    again.appendleft(job)
                    refused, lost = True, lost or broken
                    continue
                in_a_row = 0 if outcome in ("graded", "unreadable") else in_a_row + 1
                if outcome == "refused" and (here or in_a_row > pool.jobs):
                    raise ClassroomError(answer["words"])
                if answer["report"] and answer["report"].get("waited") and not job.alone:
                    waited.append(job)
                else:
                    yield job, answer
                if in_a_row >= max(FAILURES, 2 * pool.jobs):
                    raise ClassroomError(
                        f"{in_a_row} notebooks in a row could not be graded, so it is not the notebooks"
                        f": {answer['words']}\nNo points were lost. Look at `microtorch doctor`, and "
                        "give the same command again."
                    )
            if refused:
                pool.renew(broken=lost)
    finally:
        for future in pending:
            future.cancel()


def _submit(job: _Job, grading: Grading, pool: _Pool, pending: dict[Future[Answer], _Job]) -> None:
    request = grading.request(
        job.submission.student, job.data, with_bundle=job.with_bundle, alone=job.alone
    )
    try:
        future = pool.executor.submit(run_job, request)
    except RuntimeError:  # it broke, or was shut down, since the last one
        pool.renew(broken=True)
        future = pool.executor.submit(run_job, request)
    pending[future] = job


def _answer_of(future: Future[Answer]) -> tuple[Answer, bool]:
    """The answer, and whether the executor is broken."""
    try:
        return future.result(), False
    except Exception as error:  # noqa: BLE001  (each kind of executor has errors of its own)
        answer: Answer = {
            "outcome": "refused",
            "report": None,
            "words": f"The worker was lost ({type(error).__name__}: {error}).",
            "seconds": 0.0,
            "machine": "",
            "sandbox": "",
        }
        return answer, isinstance(error, BrokenExecutor)


# --- answers and entries as results ---------------------------------------------------------------


def _result(answer: Answer, submission: Submission, grading: Grading, data: bytes) -> Result:
    status: Status = "failed"
    report = None
    if answer["outcome"] in ("graded", "unreadable") and answer["report"] is not None:
        status = "graded" if answer["outcome"] == "graded" else "unreadable"
        report = report_from(answer["report"])
    if report is None:
        report = nothing_earned(grading.bundle, submission.student, answer["words"])
    report = replace(report, notes=[*submission.notes, *report.notes])
    key = grading.key(submission.student, data)
    return Result(submission, status, report, answer["seconds"], key)


def _unread(submission: Submission, grading: Grading, error: ClassroomError) -> Result:
    report = nothing_earned(grading.bundle, submission.student, str(error))
    status: Status = "unreadable" if isinstance(error, BadSubmission) else "failed"
    key = grading.key(submission.student, str(error).encode("utf-8", "replace"))
    return Result(submission, status, report, 0.0, key)


def _entry(result: Result) -> Entry:
    return {
        "key": result.key,
        "student": result.submission.student,
        "status": result.status,
        "score": result.score,
        "seconds": result.seconds,
        "report": asdict(result.report),
    }


def _from_entry(entry: Entry, submission: Submission) -> Result | None:
    """The result in an entry of the journal; None if somebody has changed it."""
    with suppress(LookupError, TypeError, ValueError, AttributeError):
        if entry["status"] in STATUSES:
            seconds = float(entry["seconds"])
            report = report_from(entry["report"])
            return Result(submission, entry["status"], report, seconds, entry["key"])
    return None


def report_from(data: dict[str, Any]) -> Report:
    """A report from plain data. Words that many students get are kept once."""
    tasks = [Task(**{name: _once(value) for name, value in task.items()}) for task in data["tasks"]]
    return Report(**{**data, "exercise": _once(data["exercise"]), "tasks": tasks})


def _once(value: Any) -> Any:
    return sys.intern(value) if isinstance(value, str) else value
