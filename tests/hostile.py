"""Submissions that cheat, break things or are broken: what is handed in, and the score it deserves.

Every notebook is exercise 01 (2 + 2 + 3 + 3 points) with the reference solution, but for what a case
changes. CANARY is in the bundle and in the grader's environment: no notebook may ever find it.
"""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microtorch.classroom.authoring import read_author
from microtorch.classroom.content import content_dir
from microtorch.classroom.release import release
from microtorch.classroom.values import MIME

NAME = "01-backward-by-hand"
CANARY = "canary-5f0c2e7d91"
HALVES = (CANARY[:9], CANARY[9:])  # the notebooks must not hold it themselves
AUTHOR_FILE = Path(__file__).parent.parent / "exercises" / "authoring" / f"{NAME}.ipynb"
AUTHOR = read_author(AUTHOR_FILE)
SOLUTION = {task.name: task.solution for task in AUTHOR.tasks}
VISIBLE = json.loads((content_dir("exercises") / f"{NAME}.json").read_text("utf-8"))["checks"]
FIRST = [[6.0, 5.0, 25.0], [-3.0, -3.5, 12.25], [-2.0, -5.0, 25.0]]  # what task 1 shows


@functools.cache
def bundle_file() -> Path:
    """The teacher's bundle of the exercise, made once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="microtorch-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "teacher.json"
    release(AUTHOR_FILE, folder, bundle=path, secret=CANARY)
    return path


@dataclass(frozen=True)
class Case:
    """A file to hand in, the score it deserves, and words that its feedback must hold."""

    data: bytes
    score: float
    words: str = ""


def notebook(**changes: str) -> dict[str, Any]:
    """The exercise with the solution, apart from ``changes`` (task name: source)."""
    made: dict[str, Any] = json.loads(
        (content_dir("exercises") / f"{NAME}.ipynb").read_text("utf-8")
    )
    answers = SOLUTION | {task.replace("_", "-"): source for task, source in changes.items()}
    for cell in made["cells"]:
        meta = cell["metadata"]["microtorch"]
        cell["source"] = "".join(cell["source"])
        if meta["role"] == "task":
            cell["source"] = answers[meta["task"]]
    return made


def data(made: dict[str, Any]) -> bytes:
    return json.dumps(made).encode()


def cheat(source: str, words: str = "") -> Case:
    """Nothing is solved; the first cell tries to get points for all of it."""
    blank = {task.name.replace("-", "_"): task.blank for task in AUTHOR.tasks}
    return Case(
        data(notebook(**blank | {"forward": f"{AUTHOR.tasks[0].blank}\n{source}"})), 0, words
    )


def harm(body: str, words: str = "") -> Case:
    """The function of task 3 does harm when it is called; everything else is solved."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"def backward(w, x, y):\n{lines}\n    return 2 * (w * x - y) * x, 2 * (w * x - y) * w"
    return Case(data(notebook(chain_rule=source)), 7, words)


def harmless(body: str, score: float = 10, words: str = "") -> Case:
    """All is solved; code in the cell of task 3 does something that must not matter."""
    return Case(data(notebook(chain_rule=f"{SOLUTION['chain-rule']}\n{body}")), score, words)


def changed(change: Callable[[dict[str, Any]], None], score: float = 10, words: str = "") -> Case:
    """The solved notebook after ``change``."""
    made = notebook()
    change(made)
    return Case(data(made), score, words)


# --- points without work --------------------------------------------------------------------------

FORGED = f"""
MIME = {MIME!r}
FORGED = {{"check": "forward", "arguments": [], "inputs": [], "results": {FIRST!r}}}
"""
DISPLAY = "from IPython.display import display\n"
FIND = f"""
CANARY = {HALVES[0]!r} + {HALVES[1]!r}
def found(where):
    global forward
    def forward(w, x, y):
        raise ValueError("FO" + "UND " + where)
"""

CHEATS = {
    "forged output": cheat(f"{FORGED}{DISPLAY}display({{MIME: FORGED}}, raw=True)"),
    "forged output in the function": cheat(
        f"{FORGED}{DISPLAY}def forward(w, x, y):\n    display({{MIME: FORGED}}, raw=True)\n"
        "    return w * x, w * x - y, (w * x - y) ** 2"
    ),
    "patched check": cheat(
        f"{FORGED}{DISPLAY}import microtorch.classroom.exercise as e\n"
        "e.Exercise.__call__ = lambda *a, **k: display({MIME: FORGED}, raw=True)"
    ),
    "patched encoder": cheat(
        "import microtorch.classroom.exercise as e\n"
        f"values = iter({FIRST!r} * 99)\ne._result = lambda *a: next(values)"
    ),
    "patched verdict": cheat(
        "import microtorch.classroom.feedback as f, microtorch.classroom.values as v\n"
        "f.judge = lambda *a: f.Verdict('right', 'yes', fraction=1.0)\n"
        "f.agree = v.close = lambda *a: True\nimport math, builtins\n"
        "math.isclose = lambda *a, **k: True\nbuiltins.all = lambda *a: True"
    ),
    "patched publisher": cheat(
        f"{FORGED}pub = get_ipython().display_pub\nold = pub.publish\n"
        "def publish(data, *a, **k):\n"
        "    data = {MIME: FORGED} if MIME in data else data\n    old(data, *a, **k)\n"
        "pub.publish = publish"
    ),
    "patched session": cheat(
        f"{FORGED}session = get_ipython().kernel.session\nold = session.send\n"
        "def send(stream, kind, content=None, *a, **k):\n"
        "    if isinstance(content, dict) and MIME in content.get('data', {}):\n"
        "        content['data'][MIME] = FORGED\n"
        "    return old(stream, kind, content, *a, **k)\nsession.send = send"
    ),
    "always equal object": cheat(
        "class Same:\n    def __eq__(self, o): return True\n    __hash__ = None\n"
        "    def __ne__(self, o): return False\n    def __float__(self): return 1.0\n"
        "    def __iter__(self): return iter([self] * 3)\n    def __len__(self): return 3\n"
        "def forward(w, x, y): return Same()"
    ),
    "always equal float": cheat(
        "class Same(float):\n    def __eq__(self, o): return True\n    __hash__ = None\n"
        "    def __sub__(self, o): return 0.0\n    def __abs__(self): return 0.0\n"
        "def forward(w, x, y): return Same(1), Same(1), Same(1)"
    ),
    "lying tensor": cheat(
        "class Liar:\n    shape = (1,)\n    def item(self): return Liar()\n"
        "    def __eq__(self, o): return True\n    __hash__ = None\n"
        "def forward(w, x, y): return Liar(), Liar(), Liar()"
    ),
    "own do_execute": cheat(
        f"{FORGED}kernel = get_ipython().kernel\nasync def do_execute(code, *a, **k):\n"
        "    kernel.send_response(kernel.iopub_socket, 'display_data',"
        " {'data': {MIME: FORGED}, 'metadata': {}})\n"
        "    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
        "kernel.do_execute = do_execute"
    ),
    "input transformer": cheat(
        f"{FORGED}def swap(lines):\n    if 'inputs=' not in ''.join(lines): return lines\n"
        "    return ['from IPython.display import display\\n',"
        " 'display({MIME: FORGED}, raw=True)\\n']\n"
        "get_ipython().input_transformers_cleanup.insert(0, swap)"
    ),
    "AST transformer": cheat(
        f"{FORGED}import ast\nclass Swap(ast.NodeTransformer):\n    def visit_Module(self, node):\n"
        "        if 'inputs' not in ast.dump(node): return node\n"
        "        return ast.parse('from IPython.display import display\\n"
        "display({MIME: FORGED}, raw=True)')\n"
        "get_ipython().ast_transformers.append(Swap())"
    ),
    "pre_run_cell hook": cheat(
        f"{FORGED}{DISPLAY}get_ipython().events.register("
        "'pre_run_cell', lambda info: display({MIME: FORGED}, raw=True))"
    ),
    "forged reply and idle": cheat(
        "kernel = get_ipython().kernel\n"
        "for _ in range(3):\n"
        "    parent = kernel.get_parent('shell')\n"
        "    kernel.session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'},"
        " parent=parent)\n"
        "    kernel.session.send(kernel.shell_stream, 'execute_reply', {'status': 'ok'},"
        " parent=parent)"
    ),
    "forging thread": cheat(
        f"{FORGED}import threading, time\nkernel = get_ipython().kernel\ndef work():\n"
        "    for _ in range(200):\n"
        "        kernel.session.send(kernel.iopub_socket, 'display_data',"
        " {'data': {MIME: FORGED}, 'metadata': {}}, parent=kernel.get_parent('shell'))\n"
        "        time.sleep(0.005)\n"
        "threading.Thread(target=work, daemon=True).start()"
    ),
    "output that updates": cheat(
        f"{FORGED}{DISPLAY}handle = display({{MIME: FORGED}}, raw=True, display_id='a')\n"
        "def forward(w, x, y):\n    handle.update({MIME: FORGED}, raw=True)"
    ),
    "last expression shows itself": cheat(
        f"{FORGED}class Shown:\n    def _repr_mimebundle_(self, **k): return {{MIME: FORGED}}\nShown()"
    ),
    "printed result": cheat(f"import json\nprint(json.dumps({FIRST!r}))"),
    "number as result": cheat("check = lambda *a, **k: 10\n10"),
    "check overwritten": cheat("check = exercise = lambda *a, **k: None"),
    "patched exceptions": cheat(
        "import builtins\nbuiltins.NotImplementedError = builtins.AssertionError = type("
        "'Quiet', (Exception,), {})\nimport sys\nsys.excepthook = lambda *a: None\n"
        "get_ipython().showtraceback = lambda *a, **k: None"
    ),
    "shadowed modules": cheat(
        "import sys, types\nfake = types.ModuleType('microtorch.classroom')\n"
        "fake.exercise = lambda name: (lambda *a, **k: None)\n"
        "sys.modules['microtorch.classroom'] = sys.modules['microtorch'] = fake"
    ),
    "shadowed files": cheat(
        "import sys\nfor name in ('json', 'math', 'microtorch', 'nbval', 'pytest', 'conftest'):\n"
        "    open(f'{name}.py', 'w').write('raise SystemExit(0)')\nsys.path.insert(0, '')\n"
        "import importlib; importlib.invalidate_caches()"
    ),
    "answers of the shown inputs": cheat(
        f"known = dict(zip([(3.0, 2.0, 1.0), (-1.5, 2.0, 0.5), (0.5, -4.0, 3.0)], {FIRST!r}))\n"
        "def forward(w, x, y): return known.get((w, x, y), [0.0, 0.0, 0.0])",
        "not for others",
    ),
    "the library's own gradient": cheat(
        "def backward_twice(w, x, y):\n    import microtorch as torch\n"
        "    w = torch.tensor(w, requires_grad=True)\n"
        "    loss = (w * x - y) ** 2 + w ** 2\n    loss.backward()\n    return w.grad.item()",
    ),
    "the library found in the files": cheat(
        "import os, sys\nfor place, _, files in os.walk('/'):\n"
        "    if place.endswith('microtorch/autograd') or place.endswith('microtorch/tensor'):\n"
        "        sys.path.insert(0, os.path.dirname(os.path.dirname(place)))\n"
        "def forward(w, x, y):\n    import microtorch.tensor\n"
        "    raise ValueError('FO' + 'UND library')"
    ),
    "files searched": cheat(
        f"{FIND}import os\nfor place, dirs, files in os.walk('/'):\n"
        "    dirs[:] = [d for d in dirs if os.path.join(place, d) not in ('/proc', '/sys', '/usr')"
        " and d != 'site-packages']\n"
        "    for file in files:\n        path = os.path.join(place, file)\n"
        "        try:\n            if CANARY in path or CANARY.encode() in open(path, 'rb').read(10**6):\n"
        "                found(path)\n        except OSError:\n            pass"
    ),
    "environment searched": cheat(
        f"{FIND}import os, glob\nif CANARY in str(os.environ): found('environment')\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n"
        "    try:\n        if CANARY.encode() in open(path, 'rb').read(): found(path)\n"
        "    except OSError:\n        pass"
    ),
    "memory of others searched": cheat(
        f"{FIND}import os\nfor pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    if int(pid) == os.getpid(): continue\n"
        "    try:\n        maps = open(f'/proc/{pid}/maps').read().splitlines()\n"
        "        with open(f'/proc/{pid}/mem', 'rb') as memory:\n"
        "            found(pid)\n    except OSError:\n        pass"
    ),
    "objects searched": cheat(
        f"{FIND}import gc, sys\nhidden = [o for o in gc.get_objects() if isinstance(o, dict)"
        " and 'misconceptions' in o and isinstance(o.get('results'), list)]\nif hidden: found('objects')\n"
        "frame = sys._getframe()\nwhile frame:\n"
        "    if any(type(v).__name__ in ('Key', 'Bundle', 'Expected') for v in"
        " list(frame.f_locals.values())):\n        found('frames')\n    frame = frame.f_back"
    ),
    "markers of nbval": cheat("# NBVAL_SKIP\n# NBVAL_IGNORE_OUTPUT\n# NBVAL_RAISES_EXCEPTION"),
}

# --- harm -----------------------------------------------------------------------------------------

HARMS = {
    "exit": harm("import os\nos._exit(0)", "ended the Python process"),
    "sys.exit": harm("raise SystemExit(0)", "SystemExit"),
    "kill": harm("import os\nos.kill(os.getpid(), 9)", "ended the Python process"),
    "kill all": harm("import os\nos.kill(-1, 9)\nos.kill(os.getpid(), 9)"),
    "kill the parent": harm(
        "import os\nfor pid in (os.getppid(), 1):\n    try: os.kill(pid, 9)\n"
        "    except OSError: pass\nos._exit(1)"
    ),
    "stop": harm("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    "crash": harm("import ctypes\nctypes.string_at(0)", "ended the Python process"),
    "endless loop": harm("while True: pass", "time limit"),
    "endless loop that ignores interrupts": harm(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    ),
    "endless loop that swallows interrupts": harm(
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "sleep": harm("import time\ntime.sleep(1000)", "time limit"),
    "endless recursion": harm(
        "import sys\nsys.setrecursionlimit(10**9)\ndef down(): down()\ndown()"
    ),
    "print flood": harm("while True: print('x' * 1000)", "printed too much"),
    "flood that swallows interrupts": harm(
        "while True:\n    try:\n        while True: print('x')\n    except BaseException: pass"
    ),
    "one large print": harm("print('x' * 100_000_000)"),
    "output flood": harm(
        "from IPython.display import display\nwhile True: display({'image/png': 'x' * 9999}, raw=True)",
        "printed too much",
    ),
    "comm flood": harm(
        "from comm import create_comm\nwhile True: create_comm(target_name='x').send('y' * 999)",
        "printed too much",
    ),
    "fork bomb": harm("import os\nwhile True:\n    os.fork()"),
    "thread bomb": harm(
        "import threading, time\nfor _ in range(10**6):\n"
        "    threading.Thread(target=time.sleep, args=(100,)).start()"
    ),
    "memory bomb": harm("x = []\nwhile True: x.append(bytearray(b'x' * 10**7))"),
    "memory bomb in many processes": harm(
        "import os, time\nfor _ in range(30):\n    if os.fork() == 0:\n"
        "        x = b'x' * 150_000_000\n        time.sleep(60)\n        os._exit(0)\ntime.sleep(60)"
    ),
    "disk bomb": harm(
        "import itertools\nfor k in itertools.count():\n"
        "    open(f'/tmp/{k}', 'wb').write(b'x' * 10**7)"
    ),
    "disk bomb in all folders": harm(
        "import os, time\nfor place, dirs, files in os.walk('/'):\n"
        "    dirs[:] = [d for d in dirs if d not in ('proc', 'sys')]\n    for k in range(9):\n"
        "        try: open(f'{place}/bomb{k}', 'wb').write(b'x' * 10**7)\n"
        "        except OSError: break\nraise MemoryError('full')"
    ),
    "descriptor bomb": harm("x = []\nwhile True: x.append(open('/dev/null'))"),
    "sockets closed": harm("import os\nos.closerange(3, 256)\nwhile True: pass"),
    "sockets deleted": harm(
        "import os\nfor name in os.listdir('/k'): os.unlink(f'/k/{name}')\nos._exit(1)"
    ),
    "garbage on the sockets": harm(
        "import os\nfor k in range(3, 64):\n    try: os.write(k, b'garbage' * 99)\n"
        "    except OSError: pass\nimport time\ntime.sleep(100)"
    ),
    "wrong signatures": harm(
        "kernel = get_ipython().kernel\nkernel.session.key = b'wrong'\nraise ValueError"
    ),
    "input": harm("input()", "asks for input()"),
    "deep value": harm("x = []\nfor _ in range(10**5): x = [x]\nreturn x, x"),
    "huge numbers": harm("return 10 ** 10**5, float('inf')"),
    "huge text": harm("return 'x' * 10**8, 'y'"),
    "many values": harm("return [0.0] * 10**7"),
    "error with huge words": harm("raise ValueError('x' * 10**8)"),
    "error that raises": harm(
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E"
    ),
    "shown value that never ends": harm(
        "class E(float):\n    def __repr__(self):\n        while True: pass\nreturn E(1), E(2)"
    ),
    "unfinished code": Case(data(notebook(chain_rule="def backward(w, x, y:\n")), 7, "SyntaxError"),
    "builtins deleted": harm("import builtins\ndel builtins.len, builtins.print\nraise ValueError"),
}

# --- what must not matter -------------------------------------------------------------------------

HARMLESS = {
    "solution": harmless(""),
    "daemon": harmless(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(1000)\n    os._exit(0)\nos.wait()"
    ),
    "thread that computes for ever": harmless(
        "import threading, time\ndef work():\n    while True: time.sleep(0.001)\n"
        "threading.Thread(target=work, daemon=True).start()"
    ),
    "prints, warnings and plots": harmless(
        "import warnings, sys\nprint('hello')\nwarnings.warn('careful')\nsys.stderr.write('!')\n"
        "from IPython.display import display, HTML, Image\n"
        "display(HTML('<b>bold</b>'), Image(data=b'png', format='png'))"
    ),
    "sys.exit at the end": harmless("import sys\nsys.exit(1)"),
    "shell commands": harmless("!rm -rf / ~ /tmp/* 2>/dev/null; kill -9 1 2>/dev/null; true"),
    "reset": harmless("%reset -f\n" + SOLUTION["chain-rule"]),
    "network": harmless(
        "import socket\nfor address in (('1.1.1.1', 53), ('127.0.0.1', 22), ('10.0.0.1', 80)):\n"
        "    try:\n        socket.create_connection(address, 1)\n        del backward\n"
        "    except OSError: pass"
    ),
    "another user namespace": harmless(
        "import ctypes, os\nif ctypes.CDLL(None).unshare(0x10000000) == 0: del backward"
    ),
    "write to the library": harmless(
        "import os\nfor place in ('/usr', '/', '/microtorch-library', os.path.dirname(os.__file__)):\n"
        "    try:\n        open(f'{place}/x.py', 'w')\n        del backward\n    except OSError: pass"
    ),
    "being root": harmless(
        "import os\nfor uid in (0, 1):\n    try:\n        os.setuid(uid)\n        del backward\n"
        "    except OSError: pass"
    ),
}


def without_ids(made: dict[str, Any]) -> None:
    for cell in made["cells"]:
        del cell["id"]
        cell["metadata"] = {}


def in_one_cell(made: dict[str, Any]) -> None:
    code = [c for c in made["cells"] if c["metadata"]["microtorch"]["role"] == "task"]
    code[0]["source"] = "\n\n".join(cell["source"] for cell in code)
    made["cells"] = [cell for cell in made["cells"] if cell not in code[1:]]


def split_cell(made: dict[str, Any]) -> None:
    place = next(k for k, c in enumerate(made["cells"]) if c["id"] == "chain-task")
    head = {**made["cells"][place], "id": "split", "source": "two = 2", "metadata": {}}
    made["cells"][place]["source"] = SOLUTION["chain-rule"].replace("2 * s", "two * s")
    made["cells"].insert(place, head)


def twice(made: dict[str, Any]) -> None:
    place = next(k for k, c in enumerate(made["cells"]) if c["id"] == "chain-task")
    wrong = {**made["cells"][place], "source": "def backward(w, x, y): return 0, 0"}
    made["cells"].insert(place, wrong)


def path_as_id(made: dict[str, Any]) -> None:
    made["metadata"]["microtorch"]["exercise"] = "../../../etc/passwd"
    made["cells"].append({**made["cells"][2], "id": "../../../../tmp/evil", "source": "1"})


def own_metadata(made: dict[str, Any]) -> None:
    made["metadata"]["kernelspec"] = {"name": "no-such-kernel", "display_name": "x"}
    made["metadata"]["execution"] = {"timeout": 1, "allow_errors": True}
    for cell in made["cells"]:
        cell["metadata"]["tags"] = ["nbval-skip", "raises-exception", "skip-execution"]
        cell["metadata"]["microtorch"] = {"role": "check", "task": "forward", "points": 100}
        if cell["cell_type"] == "code":
            right = {MIME: {"check": "forward", "results": FIRST}}
            cell["outputs"] = [{"output_type": "display_data", "data": right, "metadata": {}}]


def all_checks_edited(made: dict[str, Any]) -> None:
    for cell in made["cells"]:
        if cell["id"].endswith("-check") or cell["id"] == "setup":
            cell["source"] = "raise SystemExit"


def blank_with_outputs(made: dict[str, Any]) -> None:
    own_metadata(made)
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = ""


def old_format(made: dict[str, Any]) -> None:
    cells = [
        {"cell_type": c["cell_type"], "input": c["source"], "source": c["source"], "metadata": {}}
        for c in made["cells"]
    ]
    made.clear()
    made.update(nbformat=3, nbformat_minor=0, metadata={}, worksheets=[{"cells": cells}])


LAYOUTS = {
    "ids and metadata lost": changed(without_ids),
    "all answers in one cell": changed(in_one_cell),
    "split cell": changed(split_cell),
    "cell that is there twice": changed(twice),
    "cells in reverse order": changed(lambda made: made["cells"].reverse()),
    "paths as ids": changed(path_as_id),
    "metadata and outputs of its own": changed(own_metadata),
    "edited checks": changed(all_checks_edited),
    "nothing but saved outputs": changed(blank_with_outputs, 0),
    "nbformat 3": changed(old_format),
    "task cells deleted": changed(
        lambda made: made.update(cells=[c for c in made["cells"] if c["id"] != "chain-task"]), 7
    ),
    "half a surrogate pair": changed(lambda made: made["cells"][4].update(source="# \ud800"), 8),
    "byte order mark": Case(b"\xef\xbb\xbf" + data(notebook()), 10),
    "UTF-16": Case(json.dumps(notebook()).encode("utf-16"), 10),
}

# --- no notebook at all ---------------------------------------------------------------------------

BROKEN = {
    "empty": Case(b"", 0, "empty"),
    "web page": Case(b"<!DOCTYPE html><html>Sign in", 0, "web page"),
    "git conflict": Case(b'{"cells": [\n<<<<<<< HEAD\n=======\n', 0, "conflict"),
    "cut off": Case(data(notebook())[:2000], 0, "not valid JSON"),
    "binary": Case(bytes(range(256)) * 10, 0, "not UTF-8"),
    "nbformat 99": Case(b'{"nbformat": 99, "cells": []}', 0, "format"),
    "a list": Case(b"[1, 2, 3]", 0, "format"),
    "cells that are a number": Case(b'{"nbformat": 4, "cells": 5}', 0, "format"),
    "deep JSON": Case(b"[" * 500_000, 0, "not valid JSON"),
    "too many cells": Case(
        b'{"nbformat": 4, "cells": [' + b",".join([b"{}"] * 2001) + b"]}", 0, "2001 cells"
    ),
    "too large": Case(b'"' + b"x" * 20_000_001 + b'"', 0, "MB"),
    "cells without anything": Case(b'{"nbformat": 4, "cells": [{}, 5, null, []]}', 0),
}

CASES: dict[str, Case] = CHEATS | HARMS | HARMLESS | LAYOUTS | BROKEN
