"""A seccomp filter as a program for the kernel of Linux: system calls that no exercise needs.

It is a list of what is refused, not of what is allowed: Python and NumPy use too many calls for that
to be stable. The walls are the namespaces; the filter makes the kernel behind them harder to reach,
and refuses memory that no limit counts (memfd, System V shared memory, io_uring).
"""

from __future__ import annotations

import errno
import platform
import struct

# Name: its number on x86_64 and on aarch64 (None: not there).
REFUSED: dict[str, tuple[int, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "syslog": (103, 116),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "clock_settime": (227, 112),
    "settimeofday": (164, 170),
    "vhangup": (153, 58),
}
MACHINES = {"x86_64": (0xC000003E, 56, 435), "aarch64": (0xC00000B7, 220, 435)}  # clone, clone3
NEW_NAMESPACE = 0x7E020000  # the flags of clone() that open one
X32 = 0x40000000  # numbers of the other, rarely used interface of x86_64 begin here

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000


def program() -> bytes | None:
    """The filter for this machine, or None where it is not known how to write one."""
    if platform.machine() not in MACHINES:
        return None
    arch, clone, clone3 = MACHINES[platform.machine()]
    column = list(MACHINES).index(platform.machine())
    steps: list[tuple[int, int, int, int]] = []

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        steps.append((code, if_true, if_false, value))

    step(LOAD, 4)  # the architecture
    step(EQUAL, arch, 1, 0)
    step(RETURN, KILL)
    step(LOAD, 0)  # the number of the call
    if column == 0:
        step(AT_LEAST, X32, 0, 1)
        step(RETURN, ERROR | errno.ENOSYS)
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            step(EQUAL, number, 0, 1)
            step(RETURN, ERROR | errno.EPERM)
    step(EQUAL, clone3, 0, 1)  # its flags cannot be seen; the C library then takes clone
    step(RETURN, ERROR | errno.ENOSYS)
    step(EQUAL, clone, 0, 3)
    step(LOAD, 16)  # its first argument
    step(ANY_BIT, NEW_NAMESPACE, 0, 1)
    step(RETURN, ERROR | errno.EPERM)
    step(RETURN, ALLOW)
    return b"".join(struct.pack("<HBBI", *one) for one in steps)
