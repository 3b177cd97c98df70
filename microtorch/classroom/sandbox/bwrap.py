"""The command line of bubblewrap: the room in which a student's kernel runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from microtorch.classroom.content import PACKAGE
from microtorch.classroom.sandbox.limits import MB, Limits

LIBRARY = "/microtorch-library"
INSIDE = "/microtorch-inside"
CONFINE, ZYGOTE = f"{INSIDE}/confine.py", f"{INSIDE}/zygote.py"
NEW_TMP = f"{INSIDE}/tmp"  # where a nested sandbox makes its /tmp
RUN = "/k"
WORK, HOME = "/tmp/work", "/tmp/home"
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives")


def python_folders() -> list[str]:
    """The folders that hold this Python and the packages of its environment."""
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    folders.add(str(Path(os.path.realpath(sys.executable)).parent.parent))
    folders.update(package_folders())
    known = {"/usr", *folders}
    return sorted(
        folder
        for folder in folders
        if not any(Path(folder).is_relative_to(other) for other in known - {folder})
        and folder != "/usr"
    )


def package_folders() -> list[str]:
    """Folders of packages that Python was told of: the user's own, or in another environment."""
    return [
        os.path.realpath(folder)
        for folder in sys.path
        if folder.endswith(("site-packages", "dist-packages")) and os.path.isdir(folder)
    ]


def own_package() -> list[str]:
    """Where the packages of this environment hold the real microtorch, whose files are covered."""
    inside = any(PACKAGE.is_relative_to(folder) for folder in ("/usr", *python_folders()))
    return [str(PACKAGE)] if inside else []


def command(
    inner: list[str],
    *,
    run_dir: Path,
    library: Path,
    limits: Limits,
    as_root: bool,
    nested: bool = False,
) -> list[str]:
    """bubblewrap around ``inner``. ``run_dir`` holds the sockets: all of the host that is writable.

    An ordinary user needs a user namespace. Root does without, keeps two capabilities until the
    kernel's own user is taken (see confine.py), and none after.

    Args:
        nested: ``inner`` will make sandboxes inside of this one. Linux then wants a /proc of which
            nothing is covered. bubblewrap covers parts of it for root, so confine.py mounts it.
    """
    args = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    args += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "grader"]
    args += ["--clearenv", "--cap-drop", "ALL"]
    if as_root:
        args += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        args += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    args += ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/lib", "/lib64", "/sbin"):
        if os.path.islink(name):
            args += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            args += ["--ro-bind", name, name]
    for name in SYSTEM_FILES:
        args += ["--ro-bind-try", name, name]
    if as_root and nested:
        args += ["--cap-add", "CAP_SYS_ADMIN", "--perms", "0755", "--dir", "/proc"]
    else:
        args += ["--proc", "/proc"]
    args += ["--dev", "/dev"]
    args += ["--perms", "1777", "--size", str(MB), "--tmpfs", "/dev/shm"]
    args += ["--perms", "1777", "--size", str(limits.disk_mb * MB), "--tmpfs", "/tmp"]
    args += ["--perms", "0777", "--dir", WORK, "--perms", "0777", "--dir", HOME]
    for folder in python_folders():
        for parent in reversed(Path(folder).parents):  # bubblewrap makes them for the owner only
            args += ["--perms", "0755", "--dir", str(parent)] if parent.name else []
        args += ["--ro-bind", folder, folder]
    for folder in own_package():
        args += ["--tmpfs", folder, "--remount-ro", folder]
    args += ["--ro-bind", str(library), LIBRARY]
    args += ["--perms", "0755", "--dir", INSIDE, "--dir", NEW_TMP]
    for inside in (CONFINE, ZYGOTE):
        args += ["--ro-bind", str(Path(__file__).with_name(Path(inside).name)), inside]
    args += ["--bind", str(run_dir), RUN, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*args, "--chdir", "/", "--", *inner]
