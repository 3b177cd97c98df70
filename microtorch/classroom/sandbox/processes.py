"""The processes below one: to measure them, to interrupt the right one, and to end them all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable

BECOME_SUBREAPER = 36


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def tree(pid: int) -> list[int]:
    """``pid`` and everything below it."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children(found[-1])
    return found


def memory_mb(pids: Iterable[int]) -> float:
    """The memory that the processes hold by themselves, without files that are only mapped."""
    kilobytes = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            kilobytes += sum(
                int(line.split()[1])
                for line in _read(f"/proc/{pid}/status").splitlines()
                if line.startswith(("RssAnon", "RssShmem"))
            )
    return kilobytes / 1024


def own_memory_mb(pids: Iterable[int]) -> float:
    """As ``memory_mb``, but of a page that several processes share each has a part: exact, slower."""
    return sum(_own_memory_mb(pid) for pid in pids)


def _own_memory_mb(pid: int) -> float:
    try:
        lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
        parts = dict(line.split()[:2] for line in lines[1:])
        return (int(parts["Pss_Anon:"]) + int(parts["Pss_Shmem:"])) / 1024
    except (OSError, ValueError, KeyError):  # an old Linux, or it may not be read
        return memory_mb([pid])


def cpu_seconds(pids: Iterable[int]) -> float:
    """The processor time that the processes have used so far."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _read(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def adopt_orphans() -> None:
    """From now on a process that lost its parent becomes a child of this one, and can be found."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)


def kill_children(keep: Iterable[int] = (), seconds: float = 5.0) -> None:
    """End every process below this one, also those that are started meanwhile."""
    if not os.path.isdir("/proc/self/task"):
        return
    kept = set(keep)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        below = [pid for pid in tree(os.getpid())[1:] if pid not in kept]
        if not below:
            return
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)  # so that none can start another one
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in below:
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)
