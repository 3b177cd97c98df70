"""The grader's side of warm kernels: starts the zygote in its sandbox and asks it for kernels.

    zygote = Zygote(policy)
    kernel = zygote.fork("k1", uid)

What a kernel needs to know goes over a socket of its own, its line, which is also what it lives by:
when the line is closed, because the kernel is no longer wanted or because its grader was killed, the
kernel is ended with all of its processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.sandbox import bwrap, commands, processes, seccomp
from microtorch.classroom.sandbox.limits import MB, Limits
from microtorch.classroom.sandbox.policy import QUIET, Policy

NEEDED = (
    *("ipykernel.kernelapp", "ipykernel.zmqshell", "ipykernel.ipkernel", "ipykernel.debugger"),
    *("IPython.core.oinspect", "IPython.core.completerlib", "IPython.core.logger", "psutil"),
    *("IPython.extensions.storemagic", "pygments.formatters.terminal256", "stack_data"),
)
# What a figure needs. Not matplotlib_inline: it makes figures appear below a cell only if there is an
# IPython shell when it is imported.
FIGURES = (
    *("matplotlib.pyplot", "matplotlib.backends.backend_agg", "IPython.core.pylabtools"),
    *(f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Ppm")),
)
START_SECONDS = 60.0  # for all that is imported, on a busy machine
FORK_SECONDS = 20.0
END_SECONDS = 5.0
HELPERS = 2  # processes of a warm kernel that are not the student's: keeper and first
CREDENTIALS = struct.Struct("3i")  # process id, user, group
USER_INSIDE = 1000
CONNECTION = "k.json"  # in the folder of a kernel
MAX_WORDS = 65536


class Zygote:
    """The process from which warm kernels are forked. It has imported what the exercise imports."""

    def __init__(self, policy: Policy) -> None:
        self.uid = commands.own_uid(policy.level)
        self.own_user = self.uid is not None
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                commands.zygote_command(policy, self.uid, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath)},
                cwd="/",
            )
        program = seccomp.program()
        limits = policy.limits
        rlimits = {**limits.rlimits(), "NPROC": limits.processes + HELPERS}
        figures = FIGURES if any(name.startswith("matplotlib") for name in policy.modules) else ()
        told = {
            "modules": [*NEEDED, *policy.modules, *figures],
            "run": bwrap.RUN,
            "connection": f"{bwrap.RUN}/{CONNECTION}",
            "quiet": QUIET,
            "disk": limits.disk_mb * MB,
            "shared_memory": MB,
            "new_tmp": bwrap.NEW_TMP,
            "in_tmp": [name for name in bwrap.python_folders() if name.startswith("/tmp/")],
            "folders": [bwrap.WORK, bwrap.HOME],
            "copy": commands.font_list(policy, Path(policy.runs)),
            "cwd": bwrap.WORK,
            "rights": {
                "rlimits": rlimits,
                "uid": None,
                "landlock": None,
                "seccomp": program.hex() if program else None,
            },
        }
        with contextlib.suppress(OSError):  # it has ended already; that is seen when it is used
            self.channel.send(json.dumps(told).encode())

    def fork(self, folder: str, uid: int | None) -> WarmProcess:
        """A kernel that has ``folder``, inside of the runs of the policy, as its own.

        Waits for the zygote if that is still starting.

        Args:
            uid: the kernel's user outside; None as an ordinary user, who has no other to give.

        Raises:
            NoWarmKernel: if there is none.
        """
        line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            with theirs:
                socket.send_fds(self.channel, [b"?"], [theirs.fileno()])
            line.settimeout(START_SECONDS)
            pid = _sender(line, b"here")
            line.settimeout(FORK_SECONDS)
            request = {"folder": folder, "own_user": uid is not None}
            line.send(json.dumps(request).encode())
            if uid is not None:
                _sender(line, b"map")
                for name in ("uid_map", "gid_map"):
                    Path(f"/proc/{pid}/{name}").write_text(f"{USER_INSIDE} {uid} 1\n", "ascii")
                line.send(b"mapped")
            _sender(line, b"started")
        except OSError as error:
            line.close()
            raise NoWarmKernel(str(error)) from error
        return WarmProcess(line, pid)

    def close(self) -> None:
        """End the zygote, and every kernel that is still there."""
        self.channel.close()
        self.process.kill()
        self.process.wait()


current: Zygote | None = None  # of this process and its forks; set by warm.py


class NoWarmKernel(ClassroomError):
    """The zygote cannot give a kernel; one that starts on its own can be taken."""


def _sender(line: socket.socket, expected: bytes) -> int:
    """Receive the words ``expected``, and return the number of the process that sent them."""
    said, extra, _, _ = line.recvmsg(MAX_WORDS, socket.CMSG_SPACE(CREDENTIALS.size))
    if said != expected:
        raise OSError(said.decode("utf-8", "replace") or "the zygote has ended")
    return int(CREDENTIALS.unpack(extra[0][2])[0])


class WarmProcess:
    """A warm kernel, with the methods of a ``subprocess.Popen`` that jupyter_client uses.

    ``pid`` is that of its keeper. ``lost`` is whether it went without a word of its keeper, which
    only happens when the zygote itself was ended: never by what runs in the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, line: socket.socket, pid: int) -> None:
        self.line = line
        self.pid = pid
        self.returncode: int | None = None
        self.lost = False

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when it and all of its processes are gone.

        Raises:
            subprocess.TimeoutExpired: if that takes longer than ``timeout`` seconds.
        """
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a warm kernel", timeout or 0)
        return code

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self.line], [], [], timeout)[0]:
            said = b""
            with contextlib.suppress(OSError):
                said = self.line.recv(MAX_WORDS)
            self.lost = not said.startswith(b"ended ")
            self.returncode = -signal.SIGKILL if self.lost else int(said.split()[1])
            self.line.close()
        return self.returncode

    def kill(self) -> None:
        """Hang up, so that the keeper ends it, and wait until all of it is gone."""
        if self.returncode is not None:
            return
        with contextlib.suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
        if self._look(END_SECONDS) is None:
            for pid in processes.tree(self.pid):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    terminate = kill

    def send_signal(self, signum: int) -> None:
        """Only to end it; an interrupt goes to the kernel itself, which is below."""
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.kill()


def problem() -> str | None:
    """Why there are no warm kernels at the level bwrap here, or None if there are: it is tried."""
    with tempfile.TemporaryDirectory(prefix="mt-") as name:
        Path(name).chmod(0o711)
        policy = Policy("bwrap", name, Limits())
        Path(policy.library).mkdir()
        Path(policy.runs, "k").mkdir(parents=True)
        try:
            zygote = Zygote(policy)
        except OSError as error:
            return f"The zygote cannot be started ({error})."
        try:
            zygote.fork("k", commands.own_uid("bwrap")).kill()
        except NoWarmKernel as error:
            return f"Linux lets nothing make a sandbox inside of the sandbox here ({error})."
        finally:
            zygote.close()
    return None
