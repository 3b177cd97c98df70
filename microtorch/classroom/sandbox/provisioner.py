"""Starts a student's kernel in the sandbox, for jupyter_client, and sees that all of it ends.

It stands below nbval: nbval asks jupyter_client for a kernel by name, and the kernel's description
(kernel.json) names this class.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from microtorch.classroom.folders import remove
from microtorch.classroom.sandbox import KERNEL, bwrap, commands, processes, zygotes
from microtorch.classroom.sandbox.client import QuickClient
from microtorch.classroom.sandbox.limits import MB, Limits
from microtorch.classroom.sandbox.policy import Policy
from microtorch.classroom.sandbox.zygotes import CONNECTION, NoWarmKernel, WarmProcess

SOCKETS = {CONNECTION, "c.json"} | {f"s-{number}" for number in range(1, 6)}
WATCH_SECONDS = 0.1
BLOCK = 4096  # bytes that every file and folder takes at least
REST = 5  # so many times as long as a close look takes

POLICY: Policy | None = None  # one per process: set by ``use`` before the kernel starts


def use(policy: Policy) -> None:
    """Kernels of the name KERNEL, started by this process, are locked in from now on."""
    global POLICY
    POLICY = policy
    processes.adopt_orphans()
    KernelProvisionerFactory.instance().provisioners[KERNEL] = EntryPoint(
        KERNEL, f"{__name__}:SandboxProvisioner", KernelProvisionerFactory.GROUP_NAME
    )


class SandboxProvisioner(LocalProvisioner):
    """One kernel, locked in as POLICY says."""

    run_dir: Path | None = None
    uid: int | None = None
    watchdog: Watchdog | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        assert POLICY is not None
        manager = self.parent
        assert manager is not None
        Path(POLICY.runs).mkdir(mode=0o711, exist_ok=True)
        self.run_dir = Path(tempfile.mkdtemp(prefix="k", dir=POLICY.runs))
        manager.transport, manager.ip = "ipc", str(self.run_dir / "s")
        manager.client_factory = QuickClient
        manager.connection_file = str(self.run_dir / "c.json")
        manager.cache_ports = False
        kwargs["env"] = {}
        kwargs = await super().pre_launch(**kwargs)

        inside = POLICY.level == "bwrap"
        run = bwrap.RUN if inside else str(self.run_dir)
        connection = json.loads((self.run_dir / "c.json").read_text(encoding="utf-8"))
        own = self.run_dir / CONNECTION  # jupyter_client writes its own again if it was changed
        own.write_text(json.dumps({**connection, "ip": f"{run}/s"}), encoding="utf-8")
        argv = [
            f"{run}/{CONNECTION}" if part == manager.connection_file else part
            for part in kwargs["cmd"]
        ]
        self.uid = commands.own_uid(POLICY.level)
        if self.uid is not None:
            os.chown(self.run_dir, self.uid, self.uid)
            os.chown(own, self.uid, self.uid)
        kwargs.update(
            cmd=argv,
            env=commands.environment(POLICY, self.run_dir),
            cwd=str(self.run_dir) if POLICY.level == "none" else "/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        assert POLICY is not None
        assert self.run_dir is not None
        info = self._warm()
        if info is None:
            command = commands.kernel_command(POLICY, cmd, self.run_dir, self.uid)
            info = await super().launch_kernel(command, **kwargs)
        assert self.process is not None
        self.watchdog = Watchdog(self.process.pid, POLICY.limits, self.run_dir)
        self.watchdog.start()
        return info

    def _warm(self) -> Any:
        """Take a kernel of the zygote; None if there is none, and one must be started."""
        assert POLICY is not None
        assert self.run_dir is not None
        if zygotes.current is None or not POLICY.warm:
            return None
        try:
            kernel = zygotes.current.fork(self.run_dir.name, self.uid)
        except NoWarmKernel:
            return None
        self.process, self.pid = kernel, kernel.pid  # type: ignore[assignment]  # as a Popen
        return self.connection_info

    @property
    def lost(self) -> bool:
        """Whether the kernel went with its zygote, which is not the fault of what ran in it."""
        return isinstance(self.process, WarmProcess) and self.process.lost

    async def wait(self) -> int | None:
        if isinstance(self.process, WarmProcess):
            while self.process.poll() is None:
                await asyncio.sleep(0.005)
        return await super().wait()

    async def send_signal(self, signum: int) -> None:
        if signum != signal.SIGINT or POLICY is None or POLICY.level != "bwrap":
            await super().send_signal(signum)
        elif self.process:
            # bubblewrap or the keeper, the first process inside, the kernel: only that one.
            for first in processes.children(self.process.pid):
                for kernel in processes.children(first):
                    with contextlib.suppress(OSError):
                        os.kill(kernel, signal.SIGINT)

    async def cleanup(self, restart: bool = False) -> None:
        if self.watchdog is not None:
            self.watchdog.over.set()
        await super().cleanup(restart)
        zygote = zygotes.current
        processes.kill_children(keep=processes.tree(zygote.process.pid) if zygote else ())
        if self.run_dir is not None:
            remove(self.run_dir)


class Watchdog(threading.Thread):
    """Ends the kernel when all of its processes together hold too much memory or disk."""

    def __init__(self, pid: int, limits: Limits, run_dir: Path) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.limits = limits
        self.run_dir = run_dir
        self.over = threading.Event()
        self.look_closely_at = 0.0

    def run(self) -> None:
        while not self.over.wait(WATCH_SECONDS):
            below = processes.tree(self.pid)
            if self._too_much_memory(below) or self._too_much_disk():
                for pid in below:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                return

    def _too_much_memory(self, below: list[int]) -> bool:
        """Forks share memory that a quick look counts for each of them; so then look closely."""
        start = time.monotonic()
        limit = self.limits.memory_mb
        if processes.memory_mb(below) <= limit or start < self.look_closely_at:
            return False
        too_much = processes.own_memory_mb(below) > limit
        self.look_closely_at = time.monotonic() + REST * (time.monotonic() - start)
        return too_much

    def _too_much_disk(self) -> bool:
        """Whether there is more in the kernel's own folder than there should be."""
        if POLICY is not None and POLICY.level == "bwrap":
            with contextlib.suppress(OSError):
                return bool(set(os.listdir(self.run_dir)) - SOCKETS)
            return False
        total = 0
        waiting = [str(self.run_dir)]
        while waiting and total <= self.limits.disk_mb * MB:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        total += max(entry.stat(follow_symlinks=False).st_size, BLOCK)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
            except FileNotFoundError:  # it was there a moment ago
                continue
            except OSError:  # closed, or its path is too long: nobody can tell what is in it
                return True
        return total > self.limits.disk_mb * MB
