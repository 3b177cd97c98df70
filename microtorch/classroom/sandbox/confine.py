"""The last thing that runs before a student's kernel: it takes rights away and becomes the kernel.

    python -I -S confine.py POLICY -- python -m ipykernel_launcher ...

It stands alone (no import of microtorch), because it runs inside the sandbox. POLICY is JSON with
``rlimits``, ``uid`` (or null), ``seccomp`` (in hex, or null), ``landlock`` (or null), ``mount_proc``,
``copy`` (a folder and where to), ``cwd`` and ``env``.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVILEGES, SECCOMP, FILTER, DROP_CAPABILITY = 38, 22, 2, 24
DIE_WITH_PARENT = 1
NO_SETUID, NO_DEVICES, NO_PROGRAMS = 2, 4, 8  # flags of mount()

# Rights of Landlock on files: https://docs.kernel.org/userspace-api/landlock.html
READ = (1 << 0) | (1 << 2) | (1 << 3)  # execute, read files, list folders
WRITE = (1 << 1) | sum(1 << bit for bit in range(4, 15))
DEVICE_CONTROL = 1 << 15
FOLDERS_ONLY = (1 << 3) | sum(1 << bit for bit in range(4, 14))
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
CONNECT_TCP = 2
SCOPES = 3  # abstract Unix sockets and signals of others


def main(policy: dict[str, Any], command: list[str]) -> None:
    if policy["mount_proc"]:
        mount("proc", "/proc", "proc", NO_SETUID | NO_DEVICES | NO_PROGRAMS)
    give_up_rights(policy)
    if sys.platform == "linux":
        check(LIBC.prctl(DIE_WITH_PARENT, 9, 0, 0, 0), "die_with_parent")
    copy_files(*policy["copy"])
    os.chdir(policy["cwd"])
    os.execve(command[0], command, policy["env"])


def copy_files(source: str, target: str) -> None:
    """Copy what is in the folder ``source``, if it is there."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        for name in os.listdir(source):
            with open(f"{source}/{name}", "rb") as old, open(f"{target}/{name}", "wb") as new:
                new.write(old.read())


def give_up_rights(policy: dict[str, Any]) -> None:
    for name, value in policy["rlimits"].items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is not None:
            hard = resource.getrlimit(which)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (value, value))
    if policy["uid"] is not None:
        os.setgroups([])
        os.setgid(policy["uid"])
        os.setuid(policy["uid"])
    if sys.platform == "linux":
        drop_capabilities()
        check(LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    if policy["landlock"]:
        landlock(policy["landlock"]["read"], policy["landlock"]["write"])
    if policy["seccomp"]:
        seccomp(bytes.fromhex(policy["seccomp"]))


def drop_capabilities() -> None:
    for capability in range(64):
        if LIBC.prctl(DROP_CAPABILITY, capability, 0, 0, 0) < 0:
            break
    check(LIBC.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")


def mount(what: str, where: str, kind: str | None, flags: int, options: str = "") -> None:
    done = LIBC.mount(
        what.encode(), where.encode(), kind.encode() if kind else None, flags, options.encode()
    )
    check(done, f"mount {where}")


def check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def seccomp(code: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    buffer = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.addressof(buffer))
    check(LIBC.prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0), "seccomp")


def landlock_version() -> int:
    """0 where Landlock is not there."""
    return max(0, LIBC.syscall(444, None, 0, 1)) if sys.platform == "linux" else 0


def landlock(read: list[str], write: list[str]) -> None:
    version = landlock_version()
    rights = READ | WRITE | (DEVICE_CONTROL if version >= 5 else 0)
    rights &= ~(1 << 14) if version < 3 else -1
    rights &= ~(1 << 13) if version < 2 else -1
    ruleset = struct.pack(
        "QQQ", rights, CONNECT_TCP if version >= 4 else 0, SCOPES if version >= 6 else 0
    )
    ruleset = ruleset[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = LIBC.syscall(444, ruleset, len(ruleset), 0)
    check(rules, "landlock_create_ruleset")

    def allow(path: str, access: int) -> None:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        if not os.path.isdir(path):
            access &= ~FOLDERS_ONLY
        rule = struct.pack("=QI", access & rights, descriptor)
        check(LIBC.syscall(445, rules, 1, rule, 0), f"landlock_add_rule {path}")
        os.close(descriptor)

    for path in read:
        allow(path, READ)
    for path in write:
        allow(path, READ | WRITE)
    for path in DEVICES:
        allow(path, (1 << 1) | (1 << 2))
    check(LIBC.syscall(446, rules, 0), "landlock_restrict_self")
    os.close(rules)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[3:])
