"""Warm kernels: as kernels that were started on their own, but alone, and gone when they should be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from hostile import SOLUTION, bundle_file, data, notebook
from jupyter_client.manager import KernelManager
from matplotlib import font_manager

from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.grade import grade_data, locked_in
from microtorch.classroom.nbval_run import Job, environment
from microtorch.classroom.sandbox import KERNEL, levels, processes, provisioner, zygotes
from microtorch.classroom.sandbox.client import MAX_MESSAGE
from microtorch.classroom.sandbox.fonts import FOLDER, copy_font_list
from microtorch.classroom.sandbox.library import make_library
from microtorch.classroom.sandbox.limits import Limits
from microtorch.classroom.sandbox.policy import Policy, write_kernelspec
from microtorch.classroom.sandbox.zygotes import NoWarmKernel, WarmProcess, Zygote
from microtorch.classroom.warm import WarmGrader

pytestmark = pytest.mark.skipif(
    levels.problem("bwrap") is not None or zygotes.problem() is not None,
    reason="this machine has no warm kernels; `microtorch doctor` says why",
)
SECONDS = 30


class Kernel:
    """A locked-in kernel, and what its cells put out."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name=KERNEL)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    @property
    def process(self) -> Any:
        assert self.manager.provisioner is not None
        return self.manager.provisioner.process  # type: ignore[attr-defined]

    def run(self, source: str) -> list[Any]:
        found: list[Any] = []

        def keep(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                found.append((content["name"], content["text"]))
            elif kind in ("display_data", "execute_result"):
                found.append((kind, sorted(content["data"]), content["data"].get("text/plain")))
            elif kind == "error":
                found.append((content["ename"], content["evalue"]))

        self.client.execute_interactive(
            source, store_history=False, timeout=SECONDS, output_hook=keep
        )
        return found

    def value(self, source: str) -> Any:
        """What ``source``, an expression that gives JSON's own kinds, gives."""
        ((_, text),) = self.run(f"import json; print(json.dumps({source}))")
        return json.loads(text)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Policy]:
    assert font_manager.fontManager.ttflist  # matplotlib has written its list of fonts
    folder = tmp_path_factory.mktemp("policy")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o711)  # a kernel's own user goes through
    copy_font_list(make_library(folder / "library", []) / FOLDER)
    modules = ("numpy", "matplotlib.pyplot", "microtorch")
    made = Policy("bwrap", str(folder), Limits(), modules)
    private = folder / "private"
    write_kernelspec(private)
    Path(made.runs).mkdir(mode=0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", environment(private)["JUPYTER_PATH"])
        provisioner.use(made)
        zygotes.current = Zygote(made)
        yield made
        zygotes.current.close()
        zygotes.current = None


@pytest.fixture
def warm(policy: Policy) -> Iterator[Kernel]:
    kernel = Kernel()
    assert isinstance(kernel.process, WarmProcess)
    yield kernel
    kernel.close()


@pytest.fixture
def cold(policy: Policy) -> Iterator[Kernel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zygotes, "current", None)
        kernel = Kernel()
    assert not isinstance(kernel.process, WarmProcess)
    yield kernel
    kernel.close()


SAME = [
    "print('a'); import sys; print('b', file=sys.stderr); 5",
    "import warnings; warnings.warn('careful'); warnings.warn('old', DeprecationWarning)",
    "1 / 0",
    "print(undefined",
    "input()",
    "import sys; sys.argv[0][-22:], sys.argv[1:], sys.flags, sys.path",
    "import os; sorted(os.environ.items())",
    "os.getcwd(), os.getpid(), os.getppid(), os.getpgrp(), os.umask(0o22), os.uname().nodename",
    "sorted(os.listdir('/tmp')), sorted(os.listdir('/k')), sorted(os.listdir('/tmp/home'))",
    "LIMITS = 'RLIMIT_AS RLIMIT_CPU RLIMIT_FSIZE RLIMIT_NOFILE RLIMIT_CORE RLIMIT_MEMLOCK'.split()",
    "import resource as r; [(n, r.getrlimit(getattr(r, n))) for n in dir(r) if n in LIMITS]",
    "import signal; [str(signal.getsignal(n)) for n in (2, 13, 15, 17)]",
    "import threading; threading.current_thread().name, threading.active_count()",
    "hash('abc'), __name__, sys.modules['__main__'].__dict__ is globals()",
    "import gc; gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit()",
    "!echo hello; whoami 2>/dev/null; true",
    "import matplotlib.pyplot as plt; _ = plt.plot([1, 2])",
    "plt.get_fignums(), plt.get_backend(), plt.rcParams['figure.dpi'], plt.isinteractive()",
    "import logging; logging.getLogger('matplotlib').handlers, logging.root.handlers",
    "import microtorch as torch; torch.manual_seed(3); torch.rand(3), torch.initial_seed()",
    "import random, numpy as np; random.seed(1); np.random.seed(1); random.random(), np.random.rand()",
    "x = 1\n%reset -f\nx",
    "import numpy; numpy.zeros(3)",
    "raise SystemExit(3)",
    "print('still here')",
]


def test_a_warm_kernel_says_what_a_cold_one_says(warm: Kernel, cold: Kernel) -> None:
    for source in SAME:
        expected = (source, cold.run(source))
        assert (source, warm.run(source)) == expected


def test_each_has_random_numbers_of_its_own(warm: Kernel) -> None:
    other = Kernel()
    names = "[torch.initial_seed(), random.random(), float(np.random.rand()), str(uuid.uuid4()), tempfile.mktemp()]"
    found = []
    for kernel in (warm, other):
        kernel.run("import random, uuid, tempfile, numpy as np, microtorch as torch")
        found.append(kernel.value(names))
    other.close()
    assert not set(found[0]) & set(found[1])


def test_nothing_of_one_kernel_is_in_the_memory_or_the_files_of_the_next(warm: Kernel) -> None:
    warm.run("secret = 'sec' + 'ret-of-the-first'; open('/tmp/x', 'w').write(secret * 9)")
    key = json.loads(warm.value("open('/k/k.json').read()"))["key"]
    other = Kernel()
    search = """
def count(*halves):
    found = 0
    for line in open('/proc/self/maps'):
        start, end = (int(part, 16) for part in line.split()[0].split('-'))
        if 'r' in line.split()[1] and '[v' not in line:
            with open('/proc/self/mem', 'rb') as memory:
                try:
                    memory.seek(start)
                    data = memory.read(end - start)
                except (OSError, OverflowError):
                    continue
            found += data.count(halves[0] + halves[1])
            del data
    return found
own = json.load(open('/k/k.json'))['key'].encode()
"""
    other.run(f"import json\n{search}")
    assert other.value("count(own[:9], own[9:])") > 0
    assert other.value(f"count({key[:9].encode()!r}, {key[9:].encode()!r})") == 0
    assert other.value("count(b'secret-of-', b'the-first')") == 0
    assert not other.value("__import__('os').path.exists('/tmp/x')")
    other.close()


def test_a_message_too_large_for_the_grader_is_not_taken_in(warm: Kernel) -> None:
    for channel in (warm.client.shell_channel, warm.client.iopub_channel):
        assert channel.socket.getsockopt(zmq.MAXMSGSIZE) == MAX_MESSAGE


def test_a_cell_a_mistake_and_a_figure_find_everything_imported(warm: Kernel) -> None:
    loaded = "sorted(__import__('sys').modules)"
    before = set(warm.value(loaded))
    warm.run("def f(x):\n    return x + 1\nf(2)")
    assert warm.run("1 / 0") == [("ZeroDivisionError", "division by zero")]
    assert warm.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    new = set(warm.value(loaded)) - before
    assert {name for name in new if not name.startswith("matplotlib_inline")} == set()
    assert not any("debugpy" in name for name in before)


def test_an_interrupt_reaches_the_code_and_nothing_else(warm: Kernel) -> None:
    interrupt = warm.manager.provisioner.send_signal  # type: ignore[union-attr]
    timer = threading.Timer(0.5, lambda: asyncio.run(interrupt(signal.SIGINT)))
    timer.start()
    assert warm.run("while True: pass")[0][0] == "KeyboardInterrupt"
    assert warm.run("print('on')") == [("stdout", "on\n")]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import os; os._exit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import ctypes; ctypes.string_at(0)", 139),
    ],
)
def test_how_it_ended_is_told(policy: Policy, source: str, code: int) -> None:
    kernel = Kernel()
    kernel.client.execute(source)
    assert kernel.process.wait(SECONDS) == code
    assert not kernel.process.lost
    kernel.close()


def test_everything_is_gone_when_the_grader_hangs_up(policy: Policy) -> None:
    kernel = Kernel()
    kernel.run(
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0: time.sleep(1000)\n        os._exit(0)"
    )
    below = processes.tree(kernel.process.pid)
    assert len(below) >= 6
    kernel.process.line.close()
    end = time.monotonic() + SECONDS
    while any(_alive(pid) for pid in below) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(_alive(pid) for pid in below)
    kernel.process.returncode = 0
    kernel.close()


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def test_forks_of_a_student_count_their_memory_once(warm: Kernel) -> None:
    warm.run("x = b'x' * 100_000_000")
    warm.run(
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        time.sleep(1000)\n"
    )
    below = processes.tree(warm.process.pid)
    assert processes.memory_mb(below) > 500
    assert 100 < processes.own_memory_mb(below) < 300


def test_a_kernel_that_goes_with_its_zygote_is_told_from_one_that_ended(policy: Policy) -> None:
    with pytest.MonkeyPatch.context() as patch:
        own = Zygote(policy)
        patch.setattr(zygotes, "current", own)
        kernel = Kernel()
        os.kill(processes.tree(own.process.pid)[2], signal.SIGKILL)
        kernel.process.wait(SECONDS)
        assert kernel.process.lost
        kernel.close()
        with pytest.raises(NoWarmKernel):
            own.fork("k", None)
        after = Kernel()  # cold
        assert not isinstance(after.process, WarmProcess)
        after.close()
        own.close()


def test_a_zygote_that_is_killed_costs_nobody_points_and_is_replaced() -> None:
    bundle = load_bundle(bundle_file())
    slow = data(notebook(chain_rule=SLOW))
    with locked_in(bundle, "bwrap") as made, WarmGrader(Path(made.folder)) as grader:
        server = grader.server
        assert server is not None
        killed = []

        def kill() -> None:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                found = _zygotes(server.pid)
                kernels = [pid for one in found for pid in processes.tree(one)[1:]]
                if len(kernels) >= 3 and processes.cpu_seconds(kernels[-1:]) > 0.3:
                    os.kill(found[0], signal.SIGKILL)
                    killed.append(found[0])
                    return
                time.sleep(0.02)

        thread = threading.Thread(target=kill)
        thread.start()
        report = grade_data(slow, "ada", bundle, made, run=grader.run)
        thread.join()
        assert killed
        assert report.score == 10
        end = time.monotonic() + SECONDS
        while not set(_zygotes(server.pid)) - set(killed) and time.monotonic() < end:
            time.sleep(0.1)
        assert set(_zygotes(server.pid)) - set(killed)
        assert grade_data(slow, "bob", bundle, made, run=grader.run).score == 10


SLOW = f"{SOLUTION['chain-rule']}\nimport time\nwhile time.process_time() < 1.0: pass"


def _zygotes(server: int) -> list[int]:
    return [pid for pid in processes.tree(server) if b"zygote.py" in _command_line(pid)][:1]


def _command_line(pid: int) -> bytes:
    try:
        parts = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return b""
    return b" ".join(parts) if b"bwrap" not in parts[0] else b""


def test_the_grader_takes_requests_from_the_process_that_started_it_only(tmp_path: Path) -> None:
    """A kernel that is locked in by Landlock alone may have the grader's user, and find its socket."""
    request = {"args": ["--version"], "folder": str(tmp_path), "private": str(tmp_path)}
    ask = (
        "import socket, sys\n"
        "connection = socket.socket(socket.AF_UNIX)\n"
        "connection.connect(sys.argv[1])\n"
        "try:\n"
        "    connection.sendall(sys.argv[2].encode() + b'\\n')\n"
        "    print(connection.makefile().read())\n"
        "except OSError:\n"
        "    pass\n"
    )
    with tempfile.TemporaryDirectory(prefix="mt-") as name, WarmGrader(Path(name)) as warm:
        job = Job(request["args"], str(tmp_path), str(tmp_path), seconds=SECONDS)
        assert warm.run(job) == 0
        (tmp_path / "log.txt").unlink()
        command = [sys.executable, "-c", ask, warm.path, json.dumps(request)]
        asked = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
        assert asked.stdout.strip() == b""
        assert not (tmp_path / "log.txt").exists()
        assert warm.run(job) == 0
