"""A pytest plugin beside nbval: verdicts with a tolerance, and limits on time and output.

nbval itself stays as it is. It collects the cells, runs them and compares; this plugin hands it
reference outputs that compare by ``judge``, and watches the messages that it reads. It runs in the
process of nbval, outside of the learner's kernel.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Generator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
import zmq
from nbval.plugin import IPyNbCell, IPyNbFile

from microtorch.classroom.feedback import Verdict, judge
from microtorch.classroom.key import Check, Key, load_key
from microtorch.classroom.nbval_run import ENDED
from microtorch.classroom.sandbox import processes
from microtorch.classroom.sandbox.client import QuickClient
from microtorch.classroom.values import MIME, plain_text

SETUP_SECONDS = 60.0  # imports can be slow on a busy machine, and are not the learner's fault
GRACE = 3.0  # seconds for a cell to end after it was interrupted
SEND_MILLISECONDS = 5_000
POLL = 0.05  # seconds between two looks at the kernel
LOOK = 0.25  # seconds between two looks at the computing time
ALL_OF_IT = 0.9  # a cell that computed for this part of its limit was not just waiting
MAX_OUTPUT = 10_000_000  # bytes of messages with their headers, and
MAX_MESSAGES = 20_000  # messages, for one cell
PARTS = ("header", "parent_header", "metadata", "content")
NOT_JUDGED = {"stream", "clear_output", "update_display_data"}  # nbval would merge them, slowly


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("microtorch", "grading of exercises")
    group.addoption("--microtorch-key", type=Path, help="the key of the exercise")
    group.addoption("--microtorch-rows", type=Path, help="where to write a JSON line for each cell")
    group.addoption("--microtorch-sandbox", type=Path, help="how to lock the kernel in")
    group.addoption("--microtorch-patience", type=float, help="waiting time per computing time")
    group.addoption("--microtorch-seconds", type=float, help="limit for all cells together")


def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    if option.microtorch_sandbox is not None:
        from microtorch.classroom.sandbox import provisioner
        from microtorch.classroom.sandbox.policy import Policy

        provisioner.use(Policy.from_json(option.microtorch_sandbox.read_text("utf-8")))
    grading = Grading(
        load_key(option.microtorch_key),
        option.microtorch_rows,
        cell_seconds=option.nbval_cell_timeout,
        end=time.monotonic() + option.microtorch_seconds,
        patience=option.microtorch_patience,
    )
    config.pluginmanager.register(grading, "microtorch-grading")


class OnlyCheckValues:
    """For ``skip_compare``: everything is skipped but the values of a check.

    So prints, plots, tables and warnings of the learner never decide a check.
    """

    def __contains__(self, key: object) -> bool:
        return key not in ("data", MIME)


class Expected:
    """Stands in for a stored output. nbval asks ``expected != got`` and gets our verdict."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, check: Check) -> None:
        self.check = check
        self.verdict: Verdict | None = None

    def __ne__(self, got: object) -> bool:
        try:
            self.verdict = judge(self.check, got)
        except Exception as error:  # noqa: BLE001  (values may be made to break this)
            self.verdict = Verdict("error", f"The values cannot be read ({plain_text(error)}).")
        return self.verdict.status != "right"

    def __eq__(self, got: object) -> bool:
        return not self != got


class Watch:
    """Reads the kernel's messages for nbval, and ends a cell that takes or prints too much.

    It stands in for ``get_message`` of nbval's kernel, the one place where messages come in.
    """

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.waiting: deque[dict[str, Any]] = deque()
        self.stopped: str | None = None
        self.lost = False  # the kernel is gone, and that is not the fault of what ran in it
        kernel.get_message = self.get_message
        if not isinstance(kernel.kc, QuickClient):
            kernel.kc.hb_channel.pause()  # it would wait for ever on a socket that code has broken
        for channel in ("shell", "iopub"):
            socket = getattr(kernel.kc, f"{channel}_channel").socket
            socket.setsockopt(zmq.SNDTIMEO, SEND_MILLISECONDS)

    def start_cell(self, seconds: float, left: float, patience: float | None) -> None:
        """Give the next cell its own time and output.

        Args:
            seconds: the limit.
            left: seconds that are left for the whole notebook.
            patience: None if the limit is one on the time that passes. A number means that it is one
                on computing time, and that ``patience`` times as much may pass.
        """
        now = time.monotonic()
        self.cpu_limit = seconds if patience is not None else None
        self.cpu_start = self._cpu_seconds() if patience is not None else 0.0
        self.look_at = now + seconds  # computing time cannot be over before
        self.interrupt_at = now + min(left, seconds * (patience or 1))
        self.waited = False
        self.bytes = self.messages = 0
        self.interrupted = False

    def _receive(self, channel: str, timeout: float) -> dict[str, Any]:
        """Straight from the socket: nbval would lay out every message for a log that nobody reads."""
        return dict(getattr(self.kernel.kc, f"{channel}_channel").get_msg(timeout=timeout))

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message on the shell channel (a reply) or on iopub (output).

        Raises:
            Empty: if there is no reply within the time of the cell; nbval then interrupts it.
            RuntimeError: if the kernel is gone or had to be stopped.
        """
        while True:
            self._take_output()
            if stream == "iopub" and self.waiting:
                return self.waiting.popleft()
            late = self._late()
            if stream == "shell" and late > 0:
                self.interrupted = True
                raise Empty
            if late > GRACE:
                self._kill("It went on after the time limit and had to be stopped.")
            try:
                if stream == "shell":
                    return self._receive("shell", POLL)
                self._take(self._receive("iopub", POLL))
            except Empty:
                if self.has_ended():
                    self._kill(ENDED)
            except (ValueError, KeyError, TypeError, RecursionError):  # no message of a kernel's
                self._kill("It broke the kernel's connection to the grader.")

    def has_ended(self) -> bool:
        """Whether the kernel is gone. Between two cells it is nbval that sees it first, and fails."""
        if self.stopped is None and not self.kernel.is_alive():
            self.lost = getattr(self.kernel.km.provisioner, "lost", False)
            self.stopped = ENDED
        return self.stopped is not None

    def _late(self) -> float:
        """Seconds since the time of the cell was over; negative before."""
        now = time.monotonic()
        if self.cpu_limit is not None and self.look_at < now < self.interrupt_at:
            self.look_at = now + LOOK
            if self._cpu_seconds() - self.cpu_start > ALL_OF_IT * self.cpu_limit:
                self.interrupt_at = now
        elif self.cpu_limit is not None and now >= self.interrupt_at and not self.interrupted:
            used = self._cpu_seconds() - self.cpu_start
            self.waited = used < ALL_OF_IT * self.cpu_limit
        return now - self.interrupt_at

    def _cpu_seconds(self) -> float:
        pid = getattr(self.kernel.km.provisioner, "pid", None)
        return processes.cpu_seconds(processes.tree(pid)) if pid else 0.0

    def _take_output(self) -> None:
        """Take what has come in, so that a flood is seen while it rises, not when it is over."""
        while True:
            try:
                self._take(self._receive("iopub", 0))
            except Empty:
                return
            except (ValueError, KeyError, TypeError, RecursionError):
                self._kill("It broke the kernel's connection to the grader.")

    def _take(self, message: dict[str, Any]) -> None:
        self.messages += 1
        self.bytes += len(json.dumps([message[part] for part in PARTS], default=str))
        self.bytes += sum(map(len, message["buffers"]))
        if self.bytes > MAX_OUTPUT or self.messages > MAX_MESSAGES:
            self._kill("It printed too much and had to be stopped.")
        if message["msg_type"] not in NOT_JUDGED:
            self.waiting.append(message)

    def _kill(self, reason: str) -> None:
        self.stopped = reason
        self.kernel.km.shutdown_kernel(now=True)
        raise RuntimeError(reason)


class Grading:
    """The hooks: set up each cell for nbval, and write down what became of it."""

    def __init__(
        self, key: Key, rows: Path, *, cell_seconds: float, end: float, patience: float | None
    ) -> None:
        self.key = key
        self.rows = rows
        self.cell_seconds = cell_seconds
        self.end = end
        self.patience = patience

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Decide here what is compared: neither tags nor ``# NBVAL_...`` lines in a cell do."""
        for item in items:
            if not isinstance(item, IPyNbCell):
                continue
            meta = item.cell.metadata["microtorch"]
            is_check = meta["role"] == "check"
            item.options.update(check=is_check, skip=False, check_exception=False)
            item.parent.skip_compare = OnlyCheckValues()
            item.expected = None
            if is_check:
                check = self.key.check(meta["task"])
                assert check is not None
                item.expected = Expected(check)
                item.cell.outputs[0]["data"] = {MIME: item.expected}

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """Runs after nbval's own setup, which has started the kernel."""
        file = item.parent
        assert isinstance(file, IPyNbFile)
        if not hasattr(file, "watch"):
            file.watch = Watch(file.kernel)
            self._write({"kernel": getattr(file.kernel.km.provisioner, "pid", None)})
        file.timed_out = False
        ours = item.cell.metadata["microtorch"]["role"] == "setup"
        seconds = SETUP_SECONDS if ours else self.cell_seconds
        file.watch.start_cell(seconds, self.end - time.monotonic(), self.patience)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if isinstance(item, IPyNbCell) and call.when == "call":
            watch = getattr(item.parent, "watch", None)
            if watch is not None and report.outcome != "passed":
                watch.has_ended()
            if watch is None or not watch.lost:
                self._write(_row(item, passed=report.outcome == "passed"))
            if watch is not None and watch.stopped:
                item.session.shouldstop = watch.stopped
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, left: object) -> list[str] | None:
        """Keep nbval's report of a difference short: ours is in the rows."""
        return ["the values of a check differ"] if isinstance(left, Expected) else None

    def _write(self, row: dict[str, Any]) -> None:
        with self.rows.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _row(item: IPyNbCell, *, passed: bool) -> dict[str, Any]:
    """What became of a cell, as JSON."""
    watch: Watch | None = getattr(item.parent, "watch", None)
    row = {
        "cell": item.cell.id,
        **item.cell.metadata["microtorch"],
        "passed": passed,
        "error": _error(item),
        "late": watch.interrupted if watch else False,
        "waited": watch.waited if watch else False,
        "stopped": watch.stopped if watch else None,
    }
    verdict = item.expected.verdict if item.expected else None
    if verdict is not None:
        row.update(
            status=verdict.status,
            message=verdict.message,
            cause=verdict.cause,
            fraction=verdict.fraction,
        )
    return row


def _error(item: IPyNbCell) -> str | None:
    """The exception that ended the cell, on one line."""
    for output in item.test_outputs or ():
        if "ename" in output:
            # A syntax error names the file, which is an inner name of the cell: "(12345.py, line 1)".
            text = re.sub(r"\(\w+\.py, line", "(line", str(output["evalue"]))
            # Python 3.13 has an inner name for an unfinished line.
            name = str(output["ename"]).replace("_IncompleteInputError", "SyntaxError")
            return plain_text(f"{name}: {text}").rstrip(": ")
    return None
