"""Run a spliced notebook through nbval, in a process and a private folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.folders import temporary
from microtorch.classroom.key import Key
from microtorch.classroom.sandbox import KERNEL
from microtorch.classroom.values import JsonObject, plain_text

if TYPE_CHECKING:
    from microtorch.classroom.sandbox.policy import Policy

PATIENCE = 2  # a locked-in cell may take so many times its computing time, as others compute too
# Parts of pytest that have nothing to do for a notebook, but would take time for every one of them.
NOT_NEEDED = (
    *("assertion", "cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml"),
    *("logging", "monkeypatch", "pastebin", "python", "recwarn", "reports", "setuponly"),
    *("setupplan", "skipping", "stepwise", "subtests", "threadexception", "tmpdir", "unittest"),
    *("unraisableexception", "warnings"),
)
ENDED = "It ended the Python process (exit, a crash, or no memory left)."
START_SECONDS = 60.0  # for Python, pytest and the kernel to start on a busy machine


def run_nbval(
    notebook: JsonObject,
    key: Key,
    *,
    cell_seconds: float,
    end: float,
    policy: Policy | None = None,
    run: Runner | None = None,
) -> list[JsonObject]:
    """Run ``notebook`` until ``time.monotonic()`` is ``end``; one row for each cell that was run.

    If a cell takes the kernel down, the rows end with that cell.

    Args:
        policy: how the kernel is locked in; None for a kernel like that of the learner.
        run: what runs pytest; None for a new process.

    Raises:
        ClassroomError: if nbval itself could not run. That is never the fault of the notebook.
    """
    try:
        return _run(notebook, key, cell_seconds, end, policy, run)
    except ClassroomError:
        if policy is None or not policy.warm:
            raise
        # A warm kernel goes when its zygote goes. One that was started on its own does not.
        return _run(notebook, key, cell_seconds, end, replace(policy, warm=False), run)


def _run(
    notebook: JsonObject,
    key: Key,
    cell_seconds: float,
    end: float,
    policy: Policy | None,
    run: Runner | None,
) -> list[JsonObject]:
    where = policy.folder if policy is not None else None
    with temporary("microtorch-", where) as top:
        folder = top / "kernel"  # all that the learner's code finds where it is started
        private = top / "private"
        folder.mkdir()
        private.mkdir(mode=0o700)
        for file, text in (
            (folder / "exercise.ipynb", json.dumps(notebook)),
            (private / "key.json", key.to_json()),
            (private / "empty.ini", "[pytest]\n"),
        ):
            file.write_text(text, encoding="utf-8")
        seconds = max(0.0, end - time.monotonic())
        code = None
        args = _arguments(private, cell_seconds, seconds, locked_in=policy is not None)
        if policy is not None:
            args.append(f"--microtorch-patience={PATIENCE}")
            (private / "policy.json").write_text(policy.to_json(), encoding="utf-8")
            from microtorch.classroom.sandbox.policy import write_kernelspec

            write_kernelspec(private)
        try:
            code = (run or run_in_new_process)(
                Job(args, str(folder), str(private), seconds + START_SECONDS)
            )
        finally:
            rows = _rows(private)
            if code is None:
                _kill_kernel(rows)
        cells = [row for row in rows if "cell" in row]
        ended = code is None or any(row["stopped"] for row in cells)
        if not ended and len(cells) < len(notebook["cells"]):
            log = (private / "log.txt").read_text(encoding="utf-8", errors="replace")
            raise ClassroomError(
                "The notebook could not be run, and that is not its fault: pytest ended with code "
                f"{code} before the last cell. Install microtorch again if this happens twice. "
                f"The end of pytest's own words: {plain_text(log[-600:], 600)}"
            )
        return cells


@dataclass(frozen=True)
class Job:
    """One run of pytest: its arguments, the folder it runs in, its private folder, its time."""

    args: list[str]
    folder: str
    private: str
    seconds: float


Runner = Callable[[Job], "int | None"]  # the exit code, or None if it did not end in time


def _arguments(private: Path, cell_seconds: float, seconds: float, *, locked_in: bool) -> list[str]:
    sandbox = (
        [f"--nbval-kernel-name={KERNEL}", f"--microtorch-sandbox={private / 'policy.json'}"]
        if locked_in
        else ["--nbval-current-env"]
    )
    return [
        "exercise.ipynb",
        "--noconftest",
        *("-c", str(private / "empty.ini"), "--rootdir", "."),
        *("-p", "microtorch.classroom.lean"),
        *("-p", "nbval.plugin", "-p", "microtorch.classroom.plugin"),
        *(part for name in NOT_NEEDED for part in ("-p", f"no:{name}")),
        *("--nbval-lax", *sandbox, f"--nbval-cell-timeout={cell_seconds}"),
        f"--microtorch-key={private / 'key.json'}",
        f"--microtorch-rows={private / 'rows.jsonl'}",
        *(f"--microtorch-seconds={seconds}", "-q", "--tb=short", "--color=no"),
    ]


def environment(private: Path) -> dict[str, str]:
    """The environment variables for pytest."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "JUPYTER_PATH": str(private)}


def run_in_new_process(job: Job) -> int | None:
    """Run pytest in a Python of its own."""
    # -E and -P: neither PYTHON... variables nor files in the folder change what is run.
    command = [sys.executable, "-E", "-P", "-m", "pytest", *job.args]
    with Path(job.private, "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=job.folder,
            env=environment(Path(job.private)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            return process.wait(job.seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            process.kill()
            process.wait()


def _rows(folder: Path) -> list[JsonObject]:
    try:
        text = (folder / "rows.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def _kill_kernel(rows: list[JsonObject]) -> None:
    """The kernel leads a session of its own, so it may outlive the process that started it."""
    for row in rows:
        if row.get("kernel") and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(row["kernel"], signal.SIGKILL)
