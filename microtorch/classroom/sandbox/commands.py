"""The command lines that lock a kernel in: what runs around it, and what it finds inside."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from microtorch.classroom.sandbox import bwrap, fonts, seccomp
from microtorch.classroom.sandbox.levels import Level, own_user
from microtorch.classroom.sandbox.policy import Policy

CONFINE = Path(__file__).with_name("confine.py")  # not imported: it runs inside only
FIRST_UID, UIDS = 1_500_000_000, 100_000_000  # nobody has a name there


def own_uid(level: Level) -> int | None:
    """A user for one kernel, where we are root and such a user can reach Python at all."""
    if level == "none" or not own_user():
        return None
    if level != "bwrap" and not _readable_by_all(sys.executable):
        return None  # a Python in the home of root
    return FIRST_UID + random.SystemRandom().randrange(UIDS)


def kernel_command(policy: Policy, argv: list[str], run_dir: Path, uid: int | None) -> list[str]:
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
        "mount_proc": False,
        "copy": font_list(policy, run_dir),
        "cwd": bwrap.WORK if inside else str(run_dir),
        "env": environment(policy, run_dir),
    }
    confine = bwrap.CONFINE if inside else str(CONFINE)
    confined = [sys.executable, "-I", "-S", confine, json.dumps(rules), "--", *argv]
    if not inside:
        return confined
    return bwrap.command(
        confined,
        run_dir=run_dir,
        library=Path(policy.library),
        limits=policy.limits,
        as_root=own_user(),
    )


def zygote_command(policy: Policy, uid: int | None, channel: int) -> list[str]:
    """The zygote's command, in a sandbox like that of a kernel, but with the right to make more.

    No limit is put on it, because its kernels would share that limit; each puts its own on itself.
    """
    rules = {
        "rlimits": {"CORE": 0},
        "uid": uid,
        "seccomp": None,
        "landlock": None,
        "mount_proc": uid is not None,
        "copy": font_list(policy, Path(policy.runs)),
        "cwd": bwrap.HOME,
        "env": environment(policy, Path(policy.runs)),
    }
    python = [sys.executable, "-s", bwrap.ZYGOTE, str(channel)]
    return bwrap.command(
        [sys.executable, "-I", "-S", bwrap.CONFINE, json.dumps(rules), "--", *python],
        run_dir=Path(policy.runs),
        library=Path(policy.library),
        limits=policy.limits,
        as_root=own_user(),
        nested=True,
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


def font_list(policy: Policy, run_dir: Path) -> tuple[str, str]:
    """Where a kernel finds matplotlib's list of fonts, and where matplotlib looks for it."""
    library = bwrap.LIBRARY if policy.level == "bwrap" else policy.library
    return f"{library}/{fonts.FOLDER}", environment(policy, run_dir)["MPLCONFIGDIR"]


def environment(policy: Policy, run_dir: Path) -> dict[str, str]:
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
