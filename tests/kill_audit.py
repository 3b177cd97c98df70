"""Grade a class while processes of the grading are killed at random, and audit what is left of it.

    python tests/kill_audit.py --notebooks 300 --kills 20
    python tests/kill_audit.py --notebooks 300 --kills 20 -- --processes
    python tests/kill_audit.py --notebooks 300 --kills 20 --dask

The same class is graded twice: undisturbed, and with ``kill -9`` of a random process of the tree
(the command, the server that forks, a forked run, bubblewrap, a kernel) at random moments. Whenever
the command itself dies or ends with something left, it is given again. Then every submission must have
one final result in the journal, with the points of the undisturbed run; no process and no folder of
the grading may be left. With ``--dask`` the workers of a cluster are killed too, and started again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hostile import AUTHOR, bundle_file, data, harm, notebook

from microtorch.classroom.sandbox.processes import children

MARK = "MICROTORCH_KILL_AUDIT"
RUNS = 40  # of the same command, at most
Process = tuple[int, str]  # its id, and when it started: ids come again


@dataclass
class Audit:
    """What was seen. ``lost``: runs that were under way when they, or what they hang on, died."""

    killed: list[str] = field(default_factory=list)
    commands: int = 0
    lost: int = 0
    seconds: float = 0.0
    undisturbed_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def text(self) -> str:
        roles = ", ".join(f"{n} x {role}" for role, n in Counter(self.killed).most_common())
        lines = [
            f"killed: {len(self.killed)} ({roles})",
            f"the command was given {self.commands} times",
            f"{self.lost} runs under way were lost, and graded again",
            f"{self.seconds:.0f} s, undisturbed {self.undisturbed_seconds:.0f} s",
            *(
                self.problems
                or ["every submission has one final result, equal to the undisturbed one"]
            ),
        ]
        return "\n".join(lines)


class Cluster:
    """A scheduler of dask and two workers; a worker that was killed is started again."""

    def __init__(self, folder: Path) -> None:
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
        self.log = (folder / "cluster.log").open("ab")
        file = folder / "scheduler.json"
        self.scheduler = self._run("scheduler", "--port", "0", "--scheduler-file", str(file))
        while not file.exists():
            time.sleep(0.1)
        self.address = str(json.loads(file.read_text("utf-8"))["address"])
        self.workers = [self._worker(), self._worker()]

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._run("worker", self.address, "--no-nanny", "--nthreads=2", "--memory-limit=0")

    def _run(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *options]
        return subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)

    def mend(self) -> None:
        """Start what was killed again."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[place] = self._worker()

    def close(self) -> None:
        """End all of it."""
        for process in (*self.workers, self.scheduler):
            process.terminate()
            process.wait()
        self.log.close()


def make_class(folder: Path, count: int) -> None:
    """Solved, blank, wrong, and some that end their own Python."""
    folder.mkdir(parents=True)
    blank = {task.name.replace("-", "_"): task.blank for task in AUTHOR.tasks}
    wrong = AUTHOR.tasks[2].hidden.mistakes[0].code
    kinds = [
        data(notebook()),
        data(notebook(**blank)),
        data(notebook(chain_rule=wrong)),
        data(notebook()),
        harm("import os\nos._exit(0)").data,
    ]
    for k in range(count):
        (folder / f"s{k:04d}.ipynb").write_bytes(kinds[k % len(kinds)])


def audit(
    notebooks: int,
    kills: int,
    seed: int,
    folder: Path,
    options: tuple[str, ...] = (),
    cluster: Cluster | None = None,
) -> Audit:
    """Grade a class in ``folder`` twice, and compare."""
    seen = Audit()
    chance = random.Random(seed)
    make_class(folder / "class", notebooks)
    if cluster is not None:
        options = (*options, "--dask", cluster.address)
    start = time.monotonic()
    undisturbed = _start(folder, "undisturbed", options)
    if undisturbed.wait() != 0:
        seen.problems.append("the undisturbed run failed")
    seen.undisturbed_seconds = time.monotonic() - start
    start = time.monotonic()
    moments = sorted(chance.uniform(0, 0.95 * notebooks) for _ in range(kills))
    while seen.commands < RUNS:
        seen.commands += 1
        command = _start(folder, "disturbed", options)
        while command.poll() is None:
            if cluster is not None:
                cluster.mend()
            done = _lines(folder / "disturbed" / "journal.jsonl")
            if moments and done >= moments[0]:
                moments.pop(0)
                time.sleep(chance.uniform(0, 0.5))
                others = [worker.pid for worker in cluster.workers] if cluster else []
                _kill_one([command.pid, *others], chance, seen)
            time.sleep(0.02)
        if cluster is None:  # the workers of a cluster go on
            seen.problems += _strays(folder)
        if command.returncode == 0:
            break
    else:
        seen.problems.append(f"it was not done after {RUNS} commands")
    seen.seconds = time.monotonic() - start
    if cluster is not None:
        cluster.close()
        seen.problems += _strays(folder)
    seen.problems += _compare(folder)
    left = [path.name for path in (folder / "tmp").iterdir() if path.is_dir()]
    left = [name for name in left if not name.startswith("dask-")]  # those are the engine's own
    if left:
        seen.problems.append(f"folders are left: {left}")
    return seen


def _start(folder: Path, out: str, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "microtorch", "grade", str(folder / "class"), *options]
    command += ["--bundle", str(bundle_file()), "--out", str(folder / out)]
    environment = {**os.environ, MARK: str(folder), "TMPDIR": str(folder / "tmp")}
    with (folder / f"{out}.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _kill_one(roots: list[int], chance: random.Random, seen: Audit) -> None:
    """Choose a floor of the tree, then a process on that floor."""
    floors: list[list[int]] = [roots]
    while below := [child for pid in floors[-1] for child in children(pid)]:
        floors.append(below)
    depth = chance.randrange(len(floors))
    pid = chance.choice(floors[depth])
    role = _role(pid, depth)
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        role = "one that had just ended"
    seen.killed.append(role)
    runs = [child for server in floors[1] for child in children(server)] if floors[1:] else []
    seen.lost += len(floors[2]) if depth < 2 and len(floors) > 2 else bool(runs or depth > 1)


def _role(pid: int, depth: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "one that had just ended"
    text = " ".join(words)
    if depth == 0:
        return "a worker of the cluster" if "dask_worker" in text else "the command"
    if words[0].endswith("bwrap"):
        return "bubblewrap"
    if "ipykernel" in text or "confine" in text or "sandbox" in text:
        return "a kernel"
    if "multiprocessing" in text:
        return "a worker"
    if "classroom.warm" in text:
        return "the server" if depth == 1 else "a forked run"
    return f"{Path(words[0]).name} on floor {depth}"


def _strays(folder: Path) -> list[str]:
    """Processes of the grading that are still there some time after the command has ended."""
    end = time.monotonic() + 15
    while True:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                try:
                    text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if str(folder).encode() in text and state != "Z":
                    found.append(f"{entry.name}: {text[-200:]!r}")
        if not found or time.monotonic() > end:
            return [f"a process is left: {one}" for one in found]
        time.sleep(0.1)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _compare(folder: Path) -> list[str]:
    problems = []
    entries = [
        json.loads(line) for line in (folder / "disturbed/journal.jsonl").read_bytes().splitlines()
    ]
    final = Counter(entry["student"] for entry in entries if entry["status"] != "failed")
    expected = _grades(folder / "undisturbed")
    for student in expected:
        if final[student] != 1:
            problems.append(f"{student} has {final[student]} final results in the journal")
    for student, told in _grades(folder / "disturbed").items():
        if told != expected.get(student):
            problems.append(f"{student}: {told}, undisturbed {expected.get(student)}")
    missing = set(expected) - set(_grades(folder / "disturbed"))
    pages = {path.stem for path in (folder / "disturbed" / "feedback").glob("*.html")}
    return [*problems, *(f"{one} is lost" for one in sorted(missing | (set(expected) - pages)))]


def _grades(out: Path) -> dict[str, object]:
    return {
        one["student"]: (one["status"], one["score"], [task["points"] for task in one["tasks"]])
        for one in json.loads((out / "grades.json").read_text("utf-8"))
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--notebooks", type=int, default=300)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--dask", action="store_true", help="on a cluster of two workers")
    arguments.add_argument("options", nargs="*", help="more for the command, after --")
    given = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-audit-"))
    cluster = Cluster(folder) if given.dask else None
    options = tuple(given.options)
    seen = audit(given.notebooks, given.kills, given.seed, folder, options, cluster)
    print(seen.text())
    if seen.problems:
        print(f"All of it is in {folder}.")
    else:
        shutil.rmtree(folder)
    sys.exit(bool(seen.problems))


if __name__ == "__main__":
    main()
