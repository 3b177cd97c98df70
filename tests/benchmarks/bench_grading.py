"""microtorch grade beside nbgrader autograde, otter run and plain nbval, on the same notebooks.

    uv run python tests/benchmarks/bench_grading.py            # about twenty minutes

Two assignments, one with 10 code cells and one with 19, NumPy and a figure. Every grader grades a
class: every second student has all right, the others have two mistakes, and every grader must find
just that. The time of a whole command counts, divided by the notebooks, with what it does once: so
the classes are of one size, where a grader does anything once. ``otter run`` begins anew for every
notebook, and nbval nearly does, so theirs are smaller.
nbgrader and Otter get environments of their own, made once with uv and kept in a cache folder.

CPU is the processor's time of the whole machine while a command runs, as no process can tell what
kernels took that were not its own; so nothing else should run.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workloads import classroom
from workloads.classroom import ARRAYS, PLAIN, POINTS, Workload, write

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "microtorch-bench"
COMMON = ["ipykernel", "matplotlib", "numpy"]
PEERS = {"nbgrader": ["nbgrader==0.9.6", *COMMON], "otter": ["otter-grader==7.0.0", *COMMON]}
WORK = {work.name: work for work in (PLAIN, ARRAYS)}
GRADERS = ["microtorch", "nbgrader", "otter", "nbval"]
STUDENTS = {"microtorch": 100, "nbgrader": 100, "otter": 4, "nbval": 20}
FULL = 4 * POINTS
HALF = 2 * POINTS


@dataclass(frozen=True)
class Run:
    """What one grader took for a class."""

    notebooks: int
    seconds: float
    cpu: float

    @property
    def a_minute(self) -> float:
        return 60 * self.notebooks / self.seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--graders", nargs="+", choices=GRADERS, default=GRADERS)
    options.add_argument("--work", nargs="+", choices=list(WORK), default=list(WORK))
    options.add_argument("--students", type=int, help="the size of every class")
    options.add_argument("--jobs", type=int, help="passed on to microtorch grade")
    asked = options.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory() as name:
        for work in map(WORK.__getitem__, asked.work):
            folder = Path(name, work.name)
            runs = {}
            for grader in asked.graders:
                count = asked.students or STUDENTS[grader]
                runs[grader] = MEASURE[grader](work, folder / grader, count, asked.jobs)
            show(work, runs)
            if "microtorch" in runs:
                one(work, folder / "microtorch")


def show(work: Workload, runs: dict[str, Run]) -> None:
    print(f"\n{work.name}: {work.cells} code cells")
    print(
        f"{'':12}{'notebooks':>10}{'a minute':>10}{'CPU s each':>12}{'microtorch is':>15}{'CPU':>8}"
    )
    ours = runs.get("microtorch")
    for grader, run in runs.items():
        line = (
            f"{grader:12}{run.notebooks:>10}{run.a_minute:>10.0f}{run.cpu / run.notebooks:>12.3f}"
        )
        if ours and run is not ours:
            line += f"{ours.a_minute / run.a_minute:>13.1f} x"
            line += f"{run.cpu / run.notebooks * ours.notebooks / ours.cpu:>8.1f}"
        print(line)


def one(work: Workload, folder: Path) -> None:
    """One submission, three times; and the memory of a kernel, as told by a student's answer."""
    submission, bundle = folder / "submitted" / "student-000.ipynb", folder / "bundle.json"
    command = [*microtorch(), "grade", submission, "--bundle", bundle, "--json"]
    seconds, inside = [], []
    for _ in range(3):
        start = time.perf_counter()
        told = json.loads(call(command))
        seconds.append(time.perf_counter() - start)
        inside.append(told["seconds"])
        assert told["score"] == FULL, told
    print(
        f"one submission: {statistics.median(seconds):.2f} s for the command, "
        f"{statistics.median(inside):.2f} s for the grading in it"
    )
    cells = json.loads(submission.read_text())
    last = work.tasks[-1].name
    for cell in cells["cells"]:
        if cell["id"] == last:
            cell["source"] = MEMORY.format(name=last)
    spy = folder / "memory.ipynb"
    spy.write_text(json.dumps(cells))
    told = json.loads(call([*microtorch(), "grade", spy, "--bundle", bundle, "--json"], code=1))
    found = re.search(r"value = ([\d.]+)", told["tasks"][-1]["message"])
    assert found, told
    print(f"peak memory of a student's kernel: {float(found[1]) / 1024:.0f} MB resident")


MEMORY = """\
def {name}(x, y):
    status = open("/proc/self/status").read()
    return float(status.split("VmHWM:")[1].split()[0])
"""


# --- the graders: each returns what it took, after it was made sure that it found the mistakes ----


def measure_microtorch(work: Workload, folder: Path, count: int, jobs: int | None) -> Run:
    author, submitted, out = folder / f"{work.name}.ipynb", folder / "submitted", folder / "out"
    write(author, classroom.author(work))
    bundle = folder / "bundle.json"
    call([*microtorch(), "release", author, "--to", folder / "released", "--bundle", bundle])
    released = (folder / "released" / author.name).read_text("utf-8")
    for k, answers in students(work, count):
        text = classroom.microtorch_submission(work, released, answers)
        write(submitted / f"student-{k:03}.ipynb", text)
    command = [*microtorch(), "grade", submitted, "--bundle", bundle, "--out", out]
    command += [f"--jobs={jobs}"] if jobs else []
    run = timed(count, lambda: call(command))
    scores = json.loads((out / "grades.json").read_text("utf-8"))
    require([student["score"] for student in scores])
    return run


def measure_nbgrader(work: Workload, folder: Path, count: int, jobs: int | None) -> Run:
    program = environment("nbgrader") / "nbgrader"
    write(folder / "source" / "ps" / "work.ipynb", classroom.nbgrader_source(work))
    call([program, "generate_assignment", "ps"], folder)
    released = (folder / "release" / "ps" / "work.ipynb").read_text("utf-8")
    for k, answers in students(work, count):
        text = classroom.nbgrader_submission(work, released, answers)
        write(folder / "submitted" / f"student-{k:03}" / "ps" / "work.ipynb", text)
    run = timed(count, lambda: call([program, "autograde", "ps"], folder))
    call([program, "export"], folder)
    with (folder / "grades.csv").open() as file:
        require([float(row["score"]) for row in csv.DictReader(file)])
    return run


def measure_otter(work: Workload, folder: Path, count: int, jobs: int | None) -> Run:
    program = environment("otter") / "otter"
    for task in work.tasks:
        write(folder / "tests" / f"{task.name}.py", classroom.otter_test(work, task))
    bare = ["--no-config", "--no-requirements", "--no-environment"]
    call([program, "generate", "-t", "tests", "-o", "autograder.zip", *bare], folder)
    commands = []
    for k, answers in students(work, count):
        name = f"student-{k:03}"
        write(folder / f"{name}.ipynb", classroom.otter_submission(work, answers))
        (folder / name).mkdir()
        commands.append([program, "run", "--no-logo", "-o", name, f"{name}.ipynb"])
    run = timed(count, lambda: [call(command, folder) for command in commands])
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*/results.json"))]
    require([sum(test.get("score", 0) for test in result["tests"]) for result in results])
    return run


def measure_nbval(work: Workload, folder: Path, count: int, jobs: int | None) -> Run:
    for k, answers in students(work, count):
        text = classroom.nbval_submission(work, answers)
        write(folder / f"student-{k:03}.ipynb", text)
    write(folder / "pytest.ini", "[pytest]\n")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    said: list[str] = []
    run = timed(count, lambda: said.append(call([*command, "-p", "no:cacheprovider"], folder, 1)))
    failed = re.findall(r"FAILED (student-\d+)", said[0])
    require([FULL - POINTS * failed.count(f"student-{k:03}") for k in range(count)])
    return run


Measure = Callable[[Workload, Path, int, "int | None"], Run]
MEASURE: dict[str, Measure] = {
    "microtorch": measure_microtorch,
    "nbgrader": measure_nbgrader,
    "otter": measure_otter,
    "nbval": measure_nbval,
}


# --- helpers --------------------------------------------------------------------------------------


def students(work: Workload, count: int) -> list[tuple[int, dict[str, str]]]:
    return [(k, work.answers(right=k % 2 == 0)) for k in range(count)]


def require(scores: list[float]) -> None:
    """Every second student has everything right, and every grader must say so."""
    wanted = [FULL if k % 2 == 0 else HALF for k in range(len(scores))]
    assert scores == wanted, f"the scores are {scores}, not {wanted}"


def microtorch() -> list[str]:
    return [sys.executable, "-m", "microtorch"]


def environment(peer: str) -> Path:
    """The folder of the programs of a peer, in an environment made for it if need be."""
    folder = CACHE / peer
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = os.environ.get("UV") or shutil.which("uv")
        if uv is None:
            sys.exit(f"uv is needed to install {peer}, and is not here.")
        call([uv, "venv", "-q", "--python", sys.executable, folder])
        python = folder / "bin" / "python"
        call([uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, *PEERS[peer]])
        (folder / "complete").touch()
    return folder / "bin"


def timed(notebooks: int, work: Callable[[], object]) -> Run:
    start, before = time.perf_counter(), busy_seconds()
    work()
    seconds = time.perf_counter() - start
    return Run(notebooks, seconds, busy_seconds() - before)


def busy_seconds() -> float:
    """The time that all processors have computed since the machine was started."""
    words = Path("/proc/stat").read_text("ascii").split(maxsplit=9)
    user, nice, system, _idle, _waiting, interrupts, others = map(int, words[1:8])
    return (user + nice + system + interrupts + others) / os.sysconf("SC_CLK_TCK")


def call(command: list[object], folder: Path | None = None, code: int = 0) -> str:
    """Run a command and return what it said; anything but the exit code ``code`` is an end."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")  # a start without bytecode is slow
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    words = [str(word) for word in command]
    env["PATH"] = f"{Path(words[0]).parent}{os.pathsep}{env['PATH']}"  # nbgrader calls others
    done = subprocess.run(
        words,
        check=False,
        cwd=folder,
        env=env,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != code:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
