"""A process that has imported pytest and nbval once, and forks itself for every notebook.

    with WarmGrader(folder) as grader:
        code = grader.run(job)

Each run is a process of its own, with its own memory, that ends with the run. When this program dies,
however it dies, its standard input ends for the server, the server ends, and everything below it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from microtorch.classroom.content import PACKAGE
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.nbval_run import Job, environment, run_in_new_process
from microtorch.classroom.sandbox import processes, zygotes
from microtorch.classroom.sandbox.policy import POLICY_FILE, Policy
from microtorch.classroom.sandbox.zygotes import Zygote

START_SECONDS = 120.0
SWEEP_SECONDS = 0.5
DIE_WITH_PARENT = 1  # of prctl
BROKEN = 70  # the exit code of a run that ended without one
# The server does without the library itself, as it never computes: without NumPy it is smaller, and
# starts and forks sooner.
START = """
import sys, types
package = types.ModuleType("microtorch")
package.__path__ = [sys.argv[1]]
sys.modules["microtorch"] = package
from pathlib import Path
from microtorch.classroom.warm import serve
serve(sys.argv[2], Path(sys.argv[3]))
"""
NEEDED = (
    *("microtorch.classroom.lean", "microtorch.classroom.plugin", "nbformat", "pytest"),
    *("microtorch.classroom.sandbox.provisioner", "jupyter_client.blocking", "zmq.asyncio"),
    *("jupyter_client.manager", "jupyter_client.provisioning.local_provisioner"),
)
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {
            "cell_type": "code",
            "id": "one",
            "source": "1",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
    ],
}
ZYGOTES = 4  # so many are started, one after the other, before kernels are started cold


class WarmGrader:
    """The server, seen from outside; where there is no fork, every run starts a new Python."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "warm")
        self.log = folder / "warm.log"
        self.policy = folder / POLICY_FILE  # if there is one, kernels are locked in, and warm
        self.server: subprocess.Popen[bytes] | None = None
        self.end = 0.0

    def __enter__(self) -> Self:
        if hasattr(os, "fork"):
            command = [sys.executable, "-E", "-P", "-c", START, str(PACKAGE), self.path]
            command.append(str(self.policy))
            with self.log.open("wb") as log:
                self.server = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.log.parent
                )
            self.end = time.monotonic() + START_SECONDS
        return self

    def _wait(self) -> None:
        """Return when the server answers. Until it is needed, it starts while others work."""
        assert self.server is not None
        while not os.path.exists(self.path):
            if self.server.poll() is not None or time.monotonic() > self.end:
                said = self.log.read_text(encoding="utf-8", errors="replace")[-500:]
                self.server.kill()
                raise ClassroomError(f"The grader did not start. Its own words: {said}")
            time.sleep(0.005)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.server is not None:
            assert self.server.stdin is not None
            self.server.stdin.close()
            try:
                self.server.wait(10)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()

    def run(self, job: Job) -> int | None:
        """Run pytest; its exit code, or None if it did not end in time and was killed."""
        if self.server is None:
            return run_in_new_process(job)
        self._wait()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.path)
            connection.settimeout(job.seconds)
            request = {"args": job.args, "folder": job.folder, "private": job.private}
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("r", encoding="utf-8") as answers:
                pid = answers.readline()
                try:
                    return int(answers.readline() or BROKEN)
                except TimeoutError:
                    with contextlib.suppress(OSError, ValueError):
                        os.kill(int(pid), signal.SIGKILL)
                    return None


# --- inside of the server -------------------------------------------------------------------------


def serve(path: str, policy: Path) -> None:
    """Answer requests until standard input ends."""
    # It begins with its own imports while this process does the same.
    nursery = Nursery(policy)
    _warm_up()
    processes.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started this one
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    listener.listen(128)
    os.rename(f"{path}.new", path)
    runs: set[int] = set()
    grader = os.getppid()
    while True:
        ready = select.select([listener, sys.stdin], [], [], SWEEP_SECONDS)[0]
        nursery.look_after()
        _sweep(runs, nursery.pids)
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1):
            processes.kill_children()
            return
        if listener in ready:
            connection = listener.accept()[0]
            if _peer(connection) not in (grader, None):  # a kernel may have our user, and find us
                connection.close()
                continue
            pid = os.fork()
            if pid == 0:
                listener.close()
                _run(connection)
            connection.close()
            runs.add(pid)


def _peer(connection: socket.socket) -> int | None:
    """The process at the other end, where the system tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    size = struct.calcsize("3i")  # process, user, group
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", said)[0])


class Nursery:
    """Keeps a zygote alive where kernels can be warm; without one they are started one by one."""

    def __init__(self, policy: Path) -> None:
        self.zygotes_left = ZYGOTES
        self.policy = None
        if policy.is_file():
            self.policy = Policy.from_json(policy.read_text(encoding="utf-8"))
            Path(self.policy.runs).mkdir(mode=0o711, exist_ok=True)
            self.look_after()

    @property
    def pids(self) -> set[int]:
        """What is below this process and is not a run."""
        return {zygotes.current.process.pid} if zygotes.current is not None else set()

    def look_after(self) -> None:
        """Start the zygote, and again if it was ended, but not for ever."""
        zygote = zygotes.current
        if self.policy is None or self.policy.level != "bwrap" or not self.policy.warm:
            return
        if zygote is not None and zygote.process.poll() is None:
            return
        if zygote is not None:
            zygote.close()
            zygotes.current = None
        if self.zygotes_left > 0:
            self.zygotes_left -= 1
            with contextlib.suppress(OSError):
                zygotes.current = Zygote(self.policy)


def _sweep(runs: set[int], others: set[int]) -> None:
    """Bury the runs that have ended, and end what a killed run left behind."""
    for run in list(runs):
        if os.waitpid(run, os.WNOHANG)[0] != 0:
            runs.discard(run)
    for stray in set(processes.children(os.getpid())) - runs - others:
        for pid in processes.tree(stray):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _run(connection: socket.socket) -> None:
    """In the forked process: run pytest, tell its exit code, and end."""
    code = BROKEN
    gc.disable()  # it lives for a second; to look for garbage would take more than there is
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        with connection.makefile("r", encoding="utf-8") as lines:
            request = json.loads(lines.readline())
        connection.sendall(f"{os.getpid()}\n".encode())
        private = Path(request["private"])
        os.chdir(request["folder"])
        os.environ.update(environment(private))
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(private / "log.txt", os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = _pytest(request["args"])
        sys.stdout.flush()
        connection.sendall(f"{code}\n".encode())
    finally:
        os._exit(code)


def _pytest(args: list[str]) -> int:
    """Run pytest. Plugins go by themselves, not by name: pytest looks for names in every package."""
    import pytest

    plugins: list[object] = []
    rest = list(args)
    for place in reversed(range(1, len(args))):
        if args[place - 1] == "-p" and not args[place].startswith("no:"):
            plugins.insert(0, importlib.import_module(args[place]))
            del rest[place - 1 : place + 1]
    return int(pytest.main(rest, plugins=plugins))


def _warm_up() -> None:
    """Import what a run needs, also what is only imported while one is under way."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in NEEDED:
        importlib.import_module(name)
    factory = importlib.import_module("jupyter_client.provisioning.factory")
    factory.KernelProvisionerFactory.instance()  # looks into every package, so once is enough
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty.ini").write_text("[pytest]\n", encoding="utf-8")
        (folder / "warm.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
        options = ["-q", "--collect-only", "--noconftest", "-c", str(folder / "empty.ini")]
        plugins = ["-p", "no:cacheprovider", "-p", "nbval.plugin"]
        _pytest([*options, *plugins, "--nbval-lax", str(folder / "warm.ipynb")])
