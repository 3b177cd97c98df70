"""Submissions whose cells are not where, or not what, they should be; and kernels that are spoilt.

What a student has solved must bring its points, wherever it stands; what one task does to the kernel
must not cost another one. Every notebook is solved, but for what a case says.
"""

from __future__ import annotations

import copy
from typing import Any

from hostile import AUTHOR, SOLUTION, Case, changed, data, harm, harmless, notebook
from hostile_escapes import LIBC

RIGHT = "return 2 * (w * x - y) * x, 2 * (w * x - y) * w"


def cell(made: dict[str, Any], id: str) -> dict[str, Any]:
    return next(one for one in made["cells"] if one.get("id") == id)


def added(source: str, id: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": id, "source": source, "metadata": {}, "outputs": []}


def put(made: dict[str, Any], before: str, *sources: str) -> None:
    """Add cells before the one with the id ``before``."""
    place = made["cells"].index(cell(made, before))
    made["cells"][place:place] = [added(source, f"new{k}") for k, source in enumerate(sources)]


def inside(body: str, score: float = 10, words: str = "", top: str = "") -> Case:
    """The function of task 3 does something when it is called, and is right."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"{top}\ndef backward(w, x, y):\n{lines}\n    {RIGHT}"
    return Case(data(notebook(chain_rule=source)), score, words)


def value(expression: str, score: float, words: str = "") -> Case:
    """What the function of task 3 gives back, of the right numbers a and b."""
    source = f"def backward(w, x, y):\n    s = w * x - y\n    a, b = 2 * s * x, 2 * s * w\n    {expression}"
    return Case(data(notebook(chain_rule=f"import numpy as np\n{source}")), score, words)


# --- cells that are not where they should be ------------------------------------------------------


def equal_ids(made: dict[str, Any]) -> None:
    for one in made["cells"]:
        one.update(id="chain-task", metadata={})


def exchanged(made: dict[str, Any]) -> None:
    first, last = cell(made, "forward-task"), cell(made, "twice-task")
    first["source"], last["source"] = last["source"], first["source"]


def text_cell(kind: str) -> Case:
    return changed(lambda made: cell(made, "chain-task").update(cell_type=kind), 10, "text cell")


def merged(into: str, drop: str, words: str) -> Case:
    def change(made: dict[str, Any]) -> None:
        cell(made, into)["source"] = "\n\n".join(
            cell(made, id)["source"] for id in ("chain-task", "chain-check")
        )
        made["cells"].remove(cell(made, drop))

    return changed(change, 10, words)


def all_in_the_demo(made: dict[str, Any]) -> None:
    for task in AUTHOR.tasks:
        cell(made, task.cell["id"])["source"] = task.blank
    cell(made, "demo")["source"] = "\n\n".join(SOLUTION.values())


def import_in_the_setup(made: dict[str, Any]) -> None:
    cell(made, "setup")["source"] = f"import math as m\n{cell(made, 'setup')['source']}"
    cell(made, "chain-task")["source"] = (
        "def backward(w, x, y):\n    s = m.prod([w, x]) - y\n    return 2 * s * x, 2 * s * w"
    )


def blank_left(made: dict[str, Any]) -> None:
    blank = next(task.blank for task in AUTHOR.tasks if task.name == "chain-rule")
    cell(made, "chain-task")["source"] = f"{blank}\n# see the end"
    made["cells"].append(added(SOLUTION["chain-rule"], "new"))


def pasted_twice(made: dict[str, Any]) -> None:
    """The second copy has new ids and is blank."""
    second = copy.deepcopy(made["cells"])
    blanks = {task.cell["id"]: task.blank for task in AUTHOR.tasks}
    for one in second:
        one["source"] = blanks.get(one["id"], one["source"])
        one.update(id=f"{one['id']}-2", metadata={})
    made["cells"] += second


def lost(source: str) -> Case:
    """All ids are lost, the last cell comes first, and task 3 is ``source``."""

    def change(made: dict[str, Any]) -> None:
        cell(made, "chain-task")["source"] = source
        made["cells"].reverse()
        for one in made["cells"]:
            del one["id"]
            one["metadata"] = {}

    return changed(change, 10, "found in another cell")


INDENTED = SOLUTION["chain-rule"].replace("\n", "\n    ")
PLACES = {
    "all ids are equal": changed(equal_ids, 10, "found in another cell"),
    "answers in each other's cells": changed(exchanged, 10, "found in another cell"),
    "answer in a markdown cell": text_cell("markdown"),
    "answer in a raw cell": text_cell("raw"),
    "answer merged into its check": merged("chain-check", "chain-task", "its check was changed"),
    "check merged into its answer": merged("chain-task", "chain-check", ""),
    "all answers in the demo": changed(all_in_the_demo, 10, "found in another cell"),
    "import in the set-up": changed(import_in_the_setup, 10, "The first cell was changed"),
    "blank left, answer at the end": changed(blank_left, 10, "found in another cell"),
    "pasted twice, the second time blank": changed(pasted_twice),
    "reversed, below if": lost(f"if True:\n    {INDENTED}"),
    "reversed, below try": lost(f"try:\n    {INDENTED}\nfinally: pass"),
    "reversed, global statement": lost(f"def make():\n    global backward\n    {INDENTED}\nmake()"),
    "reversed, %%time": lost(f"%%time\n{SOLUTION['chain-rule']}"),
    "reversed, shell lines": lost(f"!true\nfiles = !ls\n{SOLUTION['chain-rule']}"),
    "reversed, walrus": lost(f"(backward := lambda w, x, y: ({RIGHT[7:]}))"),
    "task split over five cells": changed(
        lambda made: (
            put(made, "chain-task", "two = 2", "def a(w, x, y): return b(w * x, y)"),
            put(made, "chain-task", "def b(p, y): return p - y", "def c(s, z): return two * s * z"),
            cell(made, "chain-task").update(
                source="def backward(w, x, y):\n    s = a(w, x, y)\n    return c(s, x), c(s, w)"
            ),
        )[0],
        10,
        "4 cells of your own ran",
    ),
    "module written by a cell": changed(
        lambda made: (
            put(made, "chain-task", f"%%writefile mine.py\n{SOLUTION['chain-rule']}"),
            cell(made, "chain-task").update(source="from mine import backward"),
        )[0]
    ),
    "byte order mark in a cell": changed(
        lambda made: cell(made, "chain-task").update(source="\ufeff" + SOLUTION["chain-rule"])
    ),
    "homoglyph": Case(
        data(notebook(chain_rule=SOLUTION["chain-rule"].replace("backward", "b\u0430ckward"))), 7
    ),
}

# --- kernels that one task spoils for the others --------------------------------------------------

SPOILT = {
    "exit() in a cell of its own": changed(lambda made: put(made, "chain-text", "exit()")),
    "kernel told to end": harmless("get_ipython().ask_exit()"),
    "loop of the kernel stopped": inside("get_ipython().kernel.io_loop.stop()"),
    "display patched": inside(
        "import IPython.display as d\nd.display = lambda *a, **k: None", 7, "exactly once"
    ),
    "standard output replaced": harmless("import sys\nsys.stdout = sys.stderr = None", 7),
    "endless cells before all": changed(
        lambda made: put(made, "forward-task", *["while True: pass"] * 4)
    ),
    "two tasks exit, one uses another": Case(
        data(
            notebook(
                forward="import os\ndef forward(*a): os._exit(1)",
                local_gradients="import os\ndef local_gradients(*a): os._exit(1)",
                used_twice="def backward_twice(w, x, y): return backward(w, x, y)[0] + 2 * w",
            )
        ),
        6,
    ),
    "exit for hidden inputs only": inside(
        "global n\nn += 1\nif n > 3: import os; os._exit(0)", 7, "ended the Python", "n = 0"
    ),
    "many flushed lines": inside("for k in range(150): print(k, flush=True)"),
    "working folder closed": harmless(
        "import os\nfor name in ('/k', '/tmp', '/tmp/work', os.getcwd()):\n"
        "    try: os.chmod(name, 0)\n    except OSError: pass"
    ),
    "working folder deleted": harmless("!rm -rf /tmp/* ~ $PWD 2>/dev/null"),
    "folders nested deeply": harmless(
        "import os\nhere = os.getcwd()\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"
        "os.chdir(here)"
    ),
    "large buffers": harm(
        "from IPython import get_ipython\nkernel = get_ipython().kernel\nwhile True:\n"
        "    kernel.session.send(kernel.iopub_socket, 'display_data', {'data': {}, 'metadata': {}},\n"
        "        parent=kernel.get_parent('shell'), buffers=[b'x' * 1_900_000])",
        "printed too much",
    ),
    "messages that are lists": harm("get_ipython().kernel.session.pack = lambda o: b'[1]'"),
    "reply without a status": inside(
        "kernel = get_ipython().kernel\nkernel.session.send(kernel.shell_stream, 'execute_reply', {},"
        " parent=kernel.get_parent('shell'))"
    ),
    "cancelled": harm("import asyncio\nraise asyncio.CancelledError"),
    "own base exception": harm("class E(BaseException):\n    def __str__(self): raise E\nraise E"),
    "limits lowered": inside(
        "import resource as r\nr.setrlimit(r.RLIMIT_NOFILE, (3, 3))\nr.setrlimit(r.RLIMIT_NPROC, (1, 1))"
    ),
    "sockets replaced by links": harmless(
        "import os\nfor k in range(1, 6):\n    try:\n        os.unlink(f'/k/s-{k}')\n"
        "        os.symlink('/dev/null', f'/k/s-{k}')\n    except OSError: pass"
    ),
}

# --- values -----------------------------------------------------------------------------------

VALUES = {
    "longdouble": value("return np.longdouble(a), np.longdouble(b)", 10),
    "fractions": value("from fractions import Fraction as Q; return Q(a), Q(b)", 10),
    "decimals": value("from decimal import Decimal as D; return D(a), D(b)", 10),
    "read-only view": value("v = np.array([b, a])[::-1]; v.flags.writeable = False; return v", 10),
    "masked values": value("return np.ma.array([a, b], mask=[1, 0])", 7),
    "complex numbers": value("return complex(a), complex(b)", 7, "of type complex"),
    "digits as text": value("return str(a), str(b)", 7, "of type str"),
    "generator": value("return (z for z in (a, b))", 7, "of type generator"),
    "class that lies": value(
        "return type('L', (), {'__class__': float, '__float__': lambda s: 1.0})(), b", 7
    ),
    "array that lies": value(
        "return np.zeros(2).view(type('A', (np.ndarray,), {'tolist': lambda s: ...}))", 7
    ),
    "array of 10**18 numbers": value("return np.broadcast_to(1.0, (10**9, 10**9))", 7),
}

# --- more ways out --------------------------------------------------------------------------------

MORE_ESCAPES = {
    "clone3": harmless(
        f"{LIBC}a = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)\nr = libc.syscall(435, a, 88)\n"
        "if r == 0: os._exit(0)\nif r > 0: del backward"
    ),
    "refused calls": harmless(
        f"{LIBC}b = ctypes.create_string_buffer(256)\n"
        "for call in ((319, b'x', 0), (425, 8, b), (250, 0, -3, 1), (323, 0), (298, b, 0, -1, -1, 0),\n"
        "    (321, 0, b, 128), (430, b'tmpfs', 0), (428, -100, b'/', 1), (29, 0, 4096, 0o1666)):\n"
        "    if libc.syscall(*call) >= 0: del backward"
    ),
    "netlink and packets": harmless(
        "import socket\nif set(name for _, name in socket.if_nameindex()) - {'lo'}: del backward\n"
        "for family in (socket.AF_PACKET, socket.AF_INET):\n"
        "    try:\n        socket.socket(family, socket.SOCK_RAW)\n        del backward\n"
        "    except OSError: pass"
    ),
    "process that hides its name": harmless(
        "import ctypes, os, time\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\nif os.fork() == 0:\n"
        "    os.setsid()\n    ctypes.CDLL(None).prctl(15, b'x) S 1 1', 0, 0, 0)\n    time.sleep(1000)"
    ),
}

SPLICES: dict[str, Case] = PLACES | SPOILT | VALUES | MORE_ESCAPES
