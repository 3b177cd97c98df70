"""Starts a student's kernel in the sandbox, for jupyter_client, and sees that all of it ends.

It stands below nbval: nbval asks jupyter_client for a kernel by name, and the kernel's description
(kernel.json) names this class.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from microtorch.classroom.sandbox import KERNEL, bwrap, processes, seccomp
from microtorch.classroom.sandbox.levels import Level, own_user
from microtorch.classroom.sandbox.limits import MB, Limits

SOCKETS = {"k.json", "c.json"} | {f"s-{number}" for number in range(1, 6)}
CONFINE = Path(__file__).with_name("confine.py")  # not imported: it runs inside only
MAX_MESSAGE = 16 * MB
WATCH_SECONDS = 0.1
FIRST_UID, UIDS = 1_500_000_000, 100_000_000  # nobody has a name there


@dataclass(frozen=True)
class Policy:
    """How kernels are locked in: the level, the limits, and the folder for all that a run needs."""

    level: Level
    folder: str
    limits: Limits

    @property
    def library(self) -> str:
        """The folder with the microtorch that kernels find."""
        return f"{self.folder}/library"

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        data = json.loads(text)
        return cls(**{**data, "limits": Limits(**data["limits"])})


POLICY: Policy | None = None  # one per process: set by ``use`` before the kernel starts


def use(policy: Policy) -> None:
    """Kernels of the name KERNEL, started by this process, are locked in from now on."""
    global POLICY
    POLICY = policy
    processes.adopt_orphans()
    KernelProvisionerFactory.instance().provisioners[KERNEL] = EntryPoint(
        KERNEL, f"{__name__}:SandboxProvisioner", KernelProvisionerFactory.GROUP_NAME
    )


def write_kernelspec(folder: Path) -> None:
    """Describe the kernel KERNEL below ``folder``, which JUPYTER_PATH must name."""
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True)
    argv = [sys.executable, "-P", "-s", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    description = {
        "argv": [*argv, "--HistoryManager.enabled=False", "--log-level=CRITICAL"],
        "display_name": "microtorch, locked in",
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {"kernel_provisioner": {"provisioner_name": KERNEL}},
    }
    (spec / "kernel.json").write_text(json.dumps(description), encoding="utf-8")


class SandboxProvisioner(LocalProvisioner):
    """One kernel, locked in as POLICY says."""

    run_dir: Path | None = None
    watchdog: Watchdog | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        assert POLICY is not None
        manager = self.parent
        assert manager is not None
        # A message that is larger ends its connection, before it takes memory here.
        manager.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        manager.context.setsockopt(zmq.LINGER, 0)
        self.run_dir = Path(tempfile.mkdtemp(prefix="k", dir=POLICY.folder))
        manager.transport, manager.ip = "ipc", str(self.run_dir / "s")
        manager.connection_file = str(self.run_dir / "c.json")
        manager.cache_ports = False
        kwargs["env"] = {}
        kwargs = await super().pre_launch(**kwargs)

        inside = POLICY.level == "bwrap"
        run = bwrap.RUN if inside else str(self.run_dir)
        connection = json.loads((self.run_dir / "c.json").read_text(encoding="utf-8"))
        own = self.run_dir / "k.json"  # jupyter_client writes its own again if it was changed
        own.write_text(json.dumps({**connection, "ip": f"{run}/s"}), encoding="utf-8")
        argv = [
            f"{run}/k.json" if part == manager.connection_file else part for part in kwargs["cmd"]
        ]
        uid = _own_uid(POLICY.level)
        if uid is not None:
            os.chown(self.run_dir, uid, uid)
            os.chown(own, uid, uid)
        kwargs.update(
            cmd=_command(POLICY, argv, self.run_dir, uid),
            env=_environment(POLICY, self.run_dir),
            cwd=str(self.run_dir) if POLICY.level == "none" else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        assert POLICY is not None
        assert self.run_dir is not None
        info = await super().launch_kernel(cmd, **kwargs)
        assert self.process is not None
        self.watchdog = Watchdog(self.process.pid, POLICY.limits, self.run_dir)
        self.watchdog.start()
        return info

    async def send_signal(self, signum: int) -> None:
        if signum != signal.SIGINT or POLICY is None or POLICY.level != "bwrap":
            await super().send_signal(signum)
        elif self.process:
            # bubblewrap, its first process inside, the kernel: only that one shall be interrupted.
            for first in processes.children(self.process.pid):
                for kernel in processes.children(first):
                    with contextlib.suppress(OSError):
                        os.kill(kernel, signal.SIGINT)

    async def cleanup(self, restart: bool = False) -> None:
        if self.watchdog is not None:
            self.watchdog.over.set()
        await super().cleanup(restart)
        processes.kill_children()
        if self.run_dir is not None:
            shutil.rmtree(self.run_dir, ignore_errors=True)


class Watchdog(threading.Thread):
    """Ends the kernel when all of its processes together hold too much memory or disk."""

    def __init__(self, pid: int, limits: Limits, run_dir: Path) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.limits = limits
        self.run_dir = run_dir
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(WATCH_SECONDS):
            below = processes.tree(self.pid)
            if processes.memory_mb(below) > self.limits.memory_mb or self._too_much_disk():
                for pid in below:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                return

    def _too_much_disk(self) -> bool:
        """Whether there is more in the kernel's own folder than there should be."""
        total = 0
        for folder, folders, files in os.walk(self.run_dir):
            if folder == str(self.run_dir) and POLICY and POLICY.level == "bwrap":
                return bool(folders or set(files) - SOCKETS)
            for file in files:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(folder, file)).st_size
        return total > self.limits.disk_mb * MB


def _own_uid(level: Level) -> int | None:
    """A user for one kernel, where we are root and such a user can reach Python at all."""
    if level == "none" or not own_user():
        return None
    if level != "bwrap" and not _readable_by_all(sys.executable):
        return None  # a Python in the home of root
    return FIRST_UID + random.SystemRandom().randrange(UIDS)


def _command(policy: Policy, argv: list[str], run_dir: Path, uid: int | None) -> list[str]:
    """The kernel's command with everything around it that locks it in."""
    if policy.level == "none":
        return argv
    inside = policy.level == "bwrap"
    program = seccomp.program() if policy.level in ("bwrap", "landlock") else None
    rules = {
        "rlimits": policy.limits.rlimits(),
        "uid": uid,
        "seccomp": program.hex() if program else None,
        "landlock": _landlock(policy, run_dir) if policy.level == "landlock" else None,
        "cwd": bwrap.WORK if inside else str(run_dir),
        "env": _environment(policy, run_dir),
    }
    confine = bwrap.CONFINE if inside else str(CONFINE)
    confined = [sys.executable, "-I", "-S", confine, json.dumps(rules), "--", *argv]
    if not inside:
        return confined
    return bwrap.command(
        confined,
        run_dir=run_dir,
        library=Path(policy.library),
        confine=CONFINE,
        limits=policy.limits,
        as_root=own_user(),
    )


def _landlock(policy: Policy, run_dir: Path) -> dict[str, list[str]]:
    system = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime"]
    proc = ["/proc/self", "/proc/stat", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/kernel"]
    hidden = bwrap.own_package()
    python: list[str] = []
    for folder in bwrap.python_folders():
        python += _without(folder, hidden)
    return {"read": [*system, *proc, *python, policy.library], "write": [str(run_dir)]}


def _without(folder: str, hidden: list[str]) -> list[str]:
    """``folder``, or all that is in it but the folders ``hidden``."""
    below = [name for name in hidden if Path(name).is_relative_to(folder)]
    if not below:
        return [folder]
    entries = [str(entry) for entry in Path(folder).iterdir() if str(entry) not in hidden]
    return [name for entry in entries for name in _without(entry, below)]


def _environment(policy: Policy, run_dir: Path) -> dict[str, str]:
    """All environment variables of the kernel: none of the host's, but where it is not locked in."""
    inside = policy.level == "bwrap"
    home = bwrap.HOME if inside else str(run_dir)
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return {
        **(os.environ if policy.level == "none" else {"PATH": "/usr/local/bin:/usr/bin:/bin"}),
        "PYTHONPATH": os.pathsep.join(
            [bwrap.LIBRARY if inside else policy.library, *bwrap.package_folders()]
        ),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "HOME": home,
        "TMPDIR": "/tmp" if inside else home,
        "IPYTHONDIR": f"{home}/.ipython",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **{f"{name}_NUM_THREADS": "1" for name in threads},
    }


def _readable_by_all(path: str) -> bool:
    """Whether every folder on the way to ``path`` lets everybody through."""
    real = Path(os.path.realpath(path))
    return all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents))
