"""Submissions that try to get out of the sandbox, and at the process that kernels are forked from.

All is solved in each of them; who gets out deletes the answer of task 3, and loses its points.
"""

from __future__ import annotations

from hostile import harmless

LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"

ESCAPES = {
    "sockets of others": harmless(
        "import os, stat, sys\nskip = {'/usr', '/proc', '/sys', sys.prefix, sys.base_prefix}\n"
        "for place, dirs, files in os.walk('/'):\n"
        "    dirs[:] = [d for d in dirs if os.path.join(place, d) not in skip]\n"
        "    for name in files:\n        path = os.path.join(place, name)\n"
        "        if stat.S_ISSOCK(os.lstat(path).st_mode) and not path.startswith('/k/s-'):\n"
        "            del backward\n"
        "for line in open('/proc/net/unix').read().split('\\n')[1:-1]:\n"
        "    if len(line.split()) > 7 and not line.split()[7].startswith('/k/s-'): del backward"
    ),
    "inherited descriptors": harmless(
        "import os, socket\nfor name in os.listdir('/proc/self/fd'):\n"
        "    try: what = os.readlink(f'/proc/self/fd/{name}')\n"
        "    except OSError: continue\n"
        "    if what.startswith('socket:'):\n"
        "        one = socket.socket(fileno=os.dup(int(name)))\n"
        "        if one.type == socket.SOCK_SEQPACKET: del backward\n"
        "        one.close()\n"
        "    elif not what.startswith(('/dev/', 'pipe:', 'anon_inode:', '/tmp/', '/proc/')):\n"
        "        del backward"
    ),
    "processes of others": harmless(
        "import os\nif {int(p) for p in os.listdir('/proc') if p.isdigit()} - {1, os.getpid()}:\n"
        "    del backward"
    ),
    "signals to process 1": harmless(
        "import os\nfor signal in range(1, 65):\n    for pid in (1, os.getppid(), -1):\n"
        "        if pid == -1 and signal not in (9, 19): continue\n"
        "        try: os.kill(pid, signal)\n        except OSError: pass"
    ),
    "memory of process 1": harmless(
        "warm = 'zygote' in open('/proc/1/cmdline').read()\n"
        "for name in ('mem', 'environ', 'maps') if warm else ():\n    try:\n"
        "        open(f'/proc/1/{name}', 'r+b' if name == 'mem' else 'rb').read(1)\n"
        "        del backward\n    except OSError: pass"
    ),
    "tracing process 1": harmless(
        f"{LIBC}if libc.ptrace(16, 1, 0, 0) == 0: del backward\n"
        "if libc.syscall(310, 1, 0, 0, 0, 0, 0) == 0: del backward\n"
        "if libc.syscall(434, 1, 0) > 0:\n"
        "    if libc.syscall(438, libc.syscall(434, 1, 0), 0, 0) >= 0: del backward"
    ),
    "namespaces inside": harmless(
        f"{LIBC}for flag in (0x20000, 0x10000000, 0x20000000, 0x40000000, 0x7E020000):\n"
        "    if libc.unshare(flag) == 0: del backward\n"
        "for name in os.listdir('/proc/1/ns') if os.access('/proc/1/ns', os.R_OK) else []:\n"
        "    try: fd = os.open(f'/proc/1/ns/{name}', os.O_RDONLY)\n    except OSError: continue\n"
        "    if libc.setns(fd, 0) == 0: del backward"
    ),
    "mounts inside": harmless(
        f"{LIBC}for line in open('/proc/self/mountinfo'):\n"
        "    if libc.umount2(line.split()[4].encode(), 2) == 0: del backward\n"
        "if libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, b'') == 0: del backward\n"
        "if libc.mount(None, b'/', None, 32 | 4096, None) == 0: del backward"
    ),
    "rights that are left": harmless(
        "for line in open('/proc/self/status'):\n"
        "    if line.startswith('Cap') and int(line.split()[1], 16): del backward\n"
        "    if line.startswith('NoNewPrivs') and line.split()[1] != '1': del backward\n"
        "    if line.startswith('Seccomp:') and line.split()[1] != '2': del backward"
    ),
    "terminals and shared memory of its own": harmless(
        "import os\nos.close(os.openpty()[0])\n"
        "if os.listdir('/dev/shm') or set(os.listdir('/dev/pts')) - {'ptmx', '0'}: del backward\n"
        "open('/dev/shm/x', 'w').write('x')\n"
        "for name in os.listdir('/tmp') + os.listdir('/k'):\n"
        "    if name == 'bomb' or name.startswith('k') and name != 'k.json': del backward\n"
        "open('/tmp/bomb', 'w').write('x')"
    ),
}
