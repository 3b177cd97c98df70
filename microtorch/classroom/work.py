"""One job of a grading, for any executor: a function from plain data to plain data.

    answer = executor.submit(run_job, request).result()

The request holds the notebook's bytes as text, and the bundle by its hash: a worker that does not have
it yet says so, and gets it once. Nothing but strings and numbers crosses, so nothing that comes from a
student's kernel is ever unpickled.

A process that runs jobs makes a *workshop* when the first one comes: the library that kernels find, and
a grader that is imported once and forks itself. They are gone when the process ends. When it is killed,
its processes end by themselves, and the next workshop on that machine deletes the folder.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import multiprocessing
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Literal, TypedDict

from microtorch.classroom.bundle import Bundle, read_bundle
from microtorch.classroom.check import Report
from microtorch.classroom.errors import BadSubmission, ClassroomError
from microtorch.classroom.grade import grade_data, locked_in, nothing_earned
from microtorch.classroom.nbval_run import Job
from microtorch.classroom.sandbox.levels import Level, choose
from microtorch.classroom.warm import WarmGrader

VERSION = version("microtorch")
ATTEMPTS = 2  # for a failure of the grader itself
PAUSE = 0.5
MOST_WORKSHOPS = 3  # exercises that one process has at hand
STOPPED = "The grading was stopped."
QUIET_SECONDS = 600.0  # as long waits a job that wants to be alone
Outcome = Literal["graded", "unreadable", "failed", "refused", "which bundle"]


class Request(TypedDict):
    """A submission to grade. ``sandbox`` None is the strongest that the worker's machine has."""

    version: str
    student: str
    notebook: str  # base64
    bundle: str  # its hash
    bundle_text: str | None
    timeout: float
    sandbox: str | None
    alone: bool


class Answer(TypedDict):
    """What became of it. ``refused``: this worker can grade nothing, and ``words`` say why."""

    outcome: Outcome
    report: dict[str, Any] | None
    words: str
    seconds: float
    machine: str
    sandbox: str


def bundle_hash(text: str) -> str:
    """By what a bundle is known to workers."""
    return hashlib.sha256(text.encode()).hexdigest()


def run_job(request: Request) -> Answer:
    """Grade one submission; never raises for what is in it, nor for a failure of the grader."""
    start = time.monotonic()
    report: Report | None = None
    outcome: Outcome
    words = sandbox = ""
    try:
        with _workshop(request) as workshop:
            if workshop is None:
                outcome = "which bundle"
            else:
                sandbox = workshop.level
                outcome, report, words = workshop.grade(request)
    except Exception as error:  # noqa: BLE001  (the process may go on with other jobs)
        outcome, words = "refused", _told(error)
    return {
        "outcome": outcome,
        "report": asdict(report) if report is not None else None,
        "words": words,
        "seconds": round(time.monotonic() - start, 3),
        "machine": platform.node(),
        "sandbox": sandbox,
    }


def close() -> None:
    """End every workshop of this process. Jobs that are under way fail."""
    global _CLOSINGS
    _CLOSINGS += 1
    with _LOCK:
        workshops = list(_WORKSHOPS.values())
        _WORKSHOPS.clear()
    for workshop in workshops:
        workshop.close()


class Workshop:
    """What a process needs to grade one exercise: a library, and a grader that forks itself."""

    def __init__(self, bundle: Bundle, level: Level) -> None:
        self.bundle = bundle
        self.level = level
        self.users = 0
        self.closed = False
        self._lock = threading.Lock()
        self._locked_in = locked_in(bundle, level)
        self.policy = self._locked_in.__enter__()
        try:
            self.warm = self._start()
        except BaseException:
            self._locked_in.__exit__(None, None, None)
            raise

    def grade(self, request: Request) -> tuple[Outcome, Report | None, str]:
        """The outcome, the report if there is one, and words if it could not be graded."""
        data = base64.b64decode(request["notebook"])
        name = request["student"]

        def once() -> Report:
            timeout = request["timeout"]
            return grade_data(data, name, self.bundle, self.policy, timeout=timeout, run=self.run)

        words = ""
        for attempt in range(ATTEMPTS):
            try:
                with machine(alone=request["alone"]):
                    return "graded", until_sure(once), ""
            except BadSubmission as error:
                return "unreadable", nothing_earned(self.bundle, name, str(error)), ""
            except Exception as error:  # noqa: BLE001  (a fault of ours must not end the class)
                words = _told(error)
                if attempt + 1 < ATTEMPTS and not self.closed:
                    time.sleep(PAUSE)
        return "failed", None, words

    def run(self, job: Job) -> int | None:
        """Run pytest; with a new grader if the old one is gone."""
        warm = self.warm
        try:
            return warm.run(job)
        except (ConnectionError, FileNotFoundError):
            with self._lock:
                if self.closed:
                    raise ClassroomError(STOPPED) from None
                if self.warm is warm:
                    warm.__exit__(None, None, None)
                    self.warm = self._start()
            return self.warm.run(job)

    def close(self) -> None:
        """End the grader with all that it has started, and delete the folder."""
        with self._lock:
            self.closed = True
            self.warm.__exit__(None, None, None)
            self._locked_in.__exit__(None, None, None)

    def _start(self) -> WarmGrader:
        folder = Path(self.policy.folder)
        (folder / "warm").unlink(missing_ok=True)  # the socket of one that was killed
        return WarmGrader(folder).__enter__()


def until_sure(grade: Callable[[], Report]) -> Report:
    """The report; a kernel that died counts only when that comes twice with the same points.

    Nobody can tell whether a notebook ended its Python or somebody else did: the system, which had no
    memory left, or a person with ``kill``.
    """
    report = grade()
    for _ in range(2):
        if not report.died:
            break
        before, report = report, grade()
        if report.tasks == before.tasks:
            break
    return report


# --- the workshops of this process ----------------------------------------------------------------

_LOCK = threading.Lock()
_WORKSHOPS: dict[tuple[str, Level], Workshop] = {}
_OF_THE_PARENT: list[object] = []  # kept, since to forget a folder is to delete it
_WATCHED = False
_CLOSINGS = 0  # a job that was under way at one of them makes no new workshop


@contextlib.contextmanager
def _workshop(request: Request) -> Iterator[Workshop | None]:
    """The workshop for a job, made if need be; None if the bundle is needed for that."""
    if request["version"] != VERSION:
        raise ClassroomError(
            f"{platform.node()} has microtorch {VERSION}, and the grading was started "
            f"with {request['version']}. Install the same version there."
        )
    closings = _CLOSINGS
    level = choose(request["sandbox"])
    key = (request["bundle"], level)
    with _LOCK:
        workshop = _WORKSHOPS.pop(key, None)
        if closings != _CLOSINGS:
            raise ClassroomError(STOPPED)
        if workshop is None and request["bundle_text"] is not None:
            _watch()
            bundle = read_bundle(request["bundle_text"], "The bundle")
            workshop = Workshop(bundle, level)
        if workshop is not None:
            _WORKSHOPS[key] = workshop  # the last one is the one used last
            workshop.users += 1
        spare = _spare()
    for other in spare:
        other.close()
    try:
        yield workshop
    finally:
        if workshop is not None:
            with _LOCK:
                workshop.users -= 1


def _spare() -> list[Workshop]:
    """Take out what has not been used for longest, if there are too many."""
    unused = [key for key, workshop in _WORKSHOPS.items() if workshop.users == 0]
    return [_WORKSHOPS.pop(key) for key in unused[: max(0, len(_WORKSHOPS) - MOST_WORKSHOPS)]]


def _watch() -> None:
    """See that the workshops end with this process, and this process with the one that made it."""
    global _WATCHED
    if _WATCHED:
        return
    _WATCHED = True
    Finalize(None, close, exitpriority=10)  # unlike atexit, also in the processes of a pool
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    close()
    os._exit(1)  # there is nobody left who waits for a result


def _forget() -> None:
    """In a forked process: what the parent made belongs to the parent."""
    global _LOCK, _WATCHED
    _OF_THE_PARENT.extend(_WORKSHOPS.values())
    _WORKSHOPS.clear()
    _LOCK, _WATCHED = threading.Lock(), False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


# --- alone on this machine ------------------------------------------------------------------------


@contextlib.contextmanager
def machine(*, alone: bool) -> Iterator[None]:
    """Share the machine with other jobs of this user, in any process; or have it ``alone``."""
    try:
        import fcntl
    except ImportError:  # Windows: alone at the end of its own class is all there is
        yield
        return
    path = os.path.join(tempfile.gettempdir(), f"microtorch-busy-{os.getuid()}")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield
        return
    try:
        end = time.monotonic() + QUIET_SECONDS
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        while time.monotonic() < end:
            try:
                fcntl.flock(file, how | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                break  # a file system without locks
        yield
    finally:
        os.close(file)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ClassroomError) else repr(error)
