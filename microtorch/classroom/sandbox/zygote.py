"""Runs inside the sandbox before any student's code: it has imported what kernels need, and forks them.

    python -s zygote.py CHANNEL

CHANNEL is the descriptor of a socket to the grader, and the only way in. Like confine.py this file
stands alone. A kernel is three processes, as with bubblewrap:

==========  ========================================================================================
keeper      a fork of the zygote: tells the grader its process id, opens new namespaces, and waits.
            When the grader hangs up it ends the kernel; when the kernel ends it tells the grader.
first       process 1 of the new namespace: own files, no rights, the filter; then it only buries.
kernel      a fork of that, so with no more rights, which becomes a Jupyter kernel.
==========  ========================================================================================

The zygote itself never reads a request: nothing about one kernel is in the memory of the next.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CONFINE = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("confine.py"))))
LIBC, check, mount = CONFINE.LIBC, CONFINE.check, CONFINE.mount
NO_SETUID, NO_DEVICES, NO_PROGRAMS = CONFINE.NO_SETUID, CONFINE.NO_DEVICES, CONFINE.NO_PROGRAMS
drop_capabilities, give_up_rights = CONFINE.drop_capabilities, CONFINE.give_up_rights

NEW_NAMESPACES = 0x7C020000 | 0x02000000  # mount, uts, ipc, user, pid, net, and cgroup
BIND, MOVE, WITH_ALL_BELOW = 4096, 8192, 16384
DIE_WITH_PARENT, DUMPABLE = 1, 4
SET_INTERFACE_FLAGS, UP_AND_RUNNING = 0x8914, 0x41
USER = 1000  # inside; what it is outside is written into the map of the namespace
MAX_MESSAGE = 65536
FAILED = 70
RANDOM = ("numpy.random", "microtorch.tensor.generator")  # modules with a stream of numbers


def main(channel: socket.socket) -> None:
    del sys.path[0]  # the folder of this file; the flag -P would hide modules that students write
    policy = json.loads(channel.recv(MAX_MESSAGE))
    for name in policy["modules"]:
        load(name)
    read_settings(policy["quiet"])
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("a module has started a thread, and threads are lost in a fork")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    channel.send(b"ready")
    if serve(channel, policy):
        become_kernel(policy)


def load(name: str) -> None:
    """Import a module, if it can be: what an exercise teaches is not there."""
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001  (then a kernel will meet the same error itself)
        sys.modules.pop(name, None)


def read_settings(arguments: list[str]) -> None:
    """Do once what every kernel does first: find out how it is set up, which is always the same.

    Each kernel goes on with this very application, and makes only its own folder.
    """
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.application import BaseIPythonApplication

    def make_folder(app: Any, _: list[str]) -> None:
        app.init_profile_dir()

    BaseIPythonApplication.initialize(IPKernelApp.instance(), arguments)  # type: ignore[no-untyped-call]
    BaseIPythonApplication.initialize = make_folder  # type: ignore[method-assign, assignment]


def serve(channel: socket.socket, policy: dict[str, Any]) -> bool:
    """Fork a kernel for each line to the grader that comes in; True in the kernel itself.

    In the zygote it is False, when the grader is gone.
    """
    size = socket.CMSG_SPACE(array.array("i").itemsize)
    while True:
        try:
            message, extra, _, _ = channel.recvmsg(1, size)
        except ConnectionResetError:
            return False
        if not message:
            return False
        (descriptor,) = struct.unpack("i", extra[0][2])
        if os.fork() == 0:
            channel.close()
            keep(socket.socket(fileno=descriptor), policy)
            return True
        os.close(descriptor)


def keep(line: socket.socket, policy: dict[str, Any]) -> None:
    """In a fork of the zygote: returns in the kernel, and elsewhere not at all."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        line.send(b"here")  # with it the grader gets the number of this process
        request = json.loads(line.recv(MAX_MESSAGE))
        check(LIBC.unshare(NEW_NAMESPACES), "unshare")
        take_user(line, own=request["own_user"])
        first = os.fork()
        if first == 0:
            settle(request["folder"], policy)
            kernel = os.fork()
            if kernel == 0:
                return
            line.send(b"started")
            bury(kernel)
        drop_capabilities()
        wait_for(first, line)
    except BaseException as error:  # noqa: BLE001  (whatever it is, the grader must hear of it)
        with contextlib.suppress(OSError):
            line.send(f"failed: {error}".encode()[:500])
    os._exit(FAILED)


def take_user(line: socket.socket, *, own: bool) -> None:
    """Be USER in the new namespace: a user that the grader (as root) picked, or the same as before."""
    if own:
        line.send(b"map")
        if line.recv(16) != b"mapped":
            raise OSError("the grader could not give a user")
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        return
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{USER} {USER} 1"),
        ("gid_map", f"{USER} {USER} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def settle(folder: str, policy: dict[str, Any]) -> None:
    """In process 1 of the namespace: own files and network, then no rights any more."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # process 1 is deaf to signals without a handler
    plain = NO_SETUID | NO_DEVICES
    mount("proc", "/proc", "proc", plain | NO_PROGRAMS)
    # Over the folder with those of all kernels, which cannot be reached any more.
    mount(f"{policy['run']}/{folder}", policy["run"], None, BIND)
    mount("tmpfs", policy["new_tmp"], "tmpfs", plain, f"mode=1777,size={policy['disk']}")
    for name in policy["in_tmp"]:  # a Python below /tmp must still be there
        os.makedirs(policy["new_tmp"] + name.removeprefix("/tmp"))
        mount(name, policy["new_tmp"] + name.removeprefix("/tmp"), None, BIND | WITH_ALL_BELOW)
    mount(policy["new_tmp"], "/tmp", None, MOVE)
    mount("tmpfs", "/dev/shm", "tmpfs", plain, f"mode=1777,size={policy['shared_memory']}")
    mount("devpts", "/dev/pts", "devpts", NO_SETUID | NO_PROGRAMS, "newinstance,ptmxmode=0666")
    for name in policy["folders"]:
        os.mkdir(name)
        mount(name, name, None, BIND)  # what is mounted cannot be deleted
    CONFINE.copy_files(*policy["copy"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.pack("16sh22x", b"lo", UP_AND_RUNNING)
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, flags)
    give_up_rights(policy["rights"])
    LIBC.prctl(DUMPABLE, 0, 0, 0, 0)  # the student cannot look into this process
    check(LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0), "die_with_parent")


def bury(kernel: int) -> None:
    """In process 1: wait for orphans, until the kernel has ended."""
    os.closerange(3, 4096)
    while True:
        pid, status = os.wait()
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)  # as a shell and bubblewrap tell it


def wait_for(first: int, line: socket.socket) -> None:
    """In the keeper: the kernel ends, or the grader hangs up, and then the kernel is ended."""
    ended = os.pidfd_open(first)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(line, select.POLLIN)
    if ended not in dict(poll.poll()):
        os.kill(first, signal.SIGKILL)
    status = os.waitpid(first, 0)[1]
    line.send(f"ended {os.waitstatus_to_exitcode(status)}".encode())
    os._exit(0)


def become_kernel(policy: dict[str, Any]) -> None:
    """Be as a kernel that was started on its own."""
    os.closerange(3, 4096)
    os.chdir(policy["cwd"])
    LIBC.prctl(DUMPABLE, 1, 0, 0, 0)  # as after every start of a program
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in RANDOM:  # Python's own ``random`` sees to itself after a fork
        if name in sys.modules:
            sys.modules[name].seed()
    launcher = importlib.import_module("ipykernel_launcher")
    sys.argv = [str(launcher.__file__), "-f", policy["connection"], *policy["quiet"]]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.instance().connection_file = policy["connection"]
    IPKernelApp.launch_instance([])


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
