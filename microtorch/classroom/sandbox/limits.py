"""How much a student's kernel may use."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one kernel with all of its processes, unless it says "each"."""

    memory_mb: int = 1024
    processes: int = 64  # threads count too
    disk_mb: int = 64
    file_mb: int = 32  # each file
    open_files: int = 256  # each process
    cpu_seconds: int = 300  # each process

    def rlimits(self) -> dict[str, int]:
        """The limits that the kernel of the operating system can watch for each process."""
        return {
            "AS": 2 * self.memory_mb * MB,  # reserved, not used: NumPy reserves far more
            "NPROC": self.processes,
            "FSIZE": self.file_mb * MB,
            "NOFILE": self.open_files,
            "CPU": self.cpu_seconds,
            "CORE": 0,
            "MEMLOCK": 65536,
            "MSGQUEUE": 0,
        }
