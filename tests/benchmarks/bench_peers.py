"""microtorch beside NumPy by hand and beside its peers, on whole training steps.

    uv run --group test python tests/benchmarks/bench_peers.py

Every library runs in a process of its own, on one thread; the processes take turns, many times,
and the median of the paired ratios counts. Time is the processor's time for the process, so that
other programs on the machine disturb little. Peers are measured where they are installed: PyTorch,
micrograd, HIPS autograd. All must reach the same losses.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

WORKLOADS = [
    "scalar expression",
    "scalar mlp, batch 10",
    "scalar mlp, batch 100",
    "(w @ x - y)**2",
    "mlp 64-32-10",
    "mlp 784-128-10",
    "conv 8x8",
    "conv 28x28",
    "transformer block",
    "chain 10k",
    "chain 100k",
]
LIBRARIES = {"by hand": "numpy", "microtorch": "microtorch", "torch": "torch"}
LIBRARIES |= {"micrograd": "micrograd", "autograd": "autograd"}
ROUNDS = 15
SECONDS = 0.1  # how long one turn lasts, at least


def make(library: str, name: str) -> Callable[[], float]:
    if library == "by hand":
        from workloads import by_hand

        return by_hand.make(name)
    if library == "micrograd":
        from workloads import micrograd_

        return micrograd_.make(name)
    if library == "autograd":
        from workloads import hips

        return hips.make(name)
    from workloads import torchlike

    return torchlike.make(library, name)


def work(library: str) -> None:
    """In the process of one library: each line names a workload, each answer is a time."""
    steps: dict[str, tuple[Callable[[], float], int]] = {}
    for line in sys.stdin:
        name = line.rstrip("\n")
        try:
            if name not in steps:
                step = make(library, name)
                losses = [step() for _ in range(3)]
                start = time.process_time()
                step()
                count = max(1, int(SECONDS / (time.process_time() - start)))
                steps[name] = step, count
                print("losses", *losses, flush=True)
                continue
            step, count = steps[name]
            start = time.process_time()
            for _ in range(count):
                step()
            print((time.process_time() - start) / count, flush=True)
        except (KeyError, RecursionError) as error:
            print("none", type(error).__name__, flush=True)


class Worker:
    """A library in a process of its own."""

    def __init__(self, library: str, python: str) -> None:
        self.library = library
        single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        self.process = subprocess.Popen(
            [python, __file__, "--work", library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **single},
        )

    def ask(self, workload: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(workload + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


def measure(workload: str, workers: list[Worker]) -> dict[str, list[float]]:
    """Times by library, one of each round."""
    losses, able = {}, []
    for worker in workers:
        answer = worker.ask(workload).split()
        if answer and answer[0] == "losses":
            losses[worker.library] = [float(loss) for loss in answer[1:]]
            able.append(worker)
    for library, found in losses.items():
        expected = losses["microtorch"]
        close = all(
            abs(a - b) < 1e-3 * max(1, abs(b)) for a, b in zip(found, expected, strict=True)
        )
        if not close:
            raise SystemExit(f"{workload}: {library} reaches {found}, microtorch {expected}")
    times: dict[str, list[float]] = {worker.library: [] for worker in able}
    for _ in range(ROUNDS):
        for worker in able:
            times[worker.library].append(float(worker.ask(workload)))
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the peers")
    parser.add_argument("workloads", nargs="*", default=WORKLOADS)
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    if args.work:
        work(args.work)
        return
    peers = [name for name, module in LIBRARIES.items() if has(args.python, module)]
    workers = [Worker(name, args.python) for name in peers]
    print(f"{'workload':24} {'microtorch':>12}" + "".join(f"  / {name:10}" for name in peers))
    for workload in args.workloads:
        times = measure(workload, workers)
        ours = times["microtorch"]
        cells = []
        for name in peers:
            pairs = zip(ours, times.get(name, []), strict=False)
            ratios = [a / b for a, b in pairs]
            cells.append(f"  {statistics.median(ratios):12.2f}" if ratios else f"  {'':12}")
        print(f"{workload:24} {statistics.median(ours) * 1e6:9.1f} us" + "".join(cells), flush=True)
    ratio = import_seconds(args.python, "microtorch") / import_seconds(args.python, "numpy")
    print(f"import microtorch / import numpy: {ratio:.2f}")


def import_seconds(python: str, module: str) -> float:
    """How long it takes to import a module, the best of several processes."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return min(float(subprocess.check_output([python, "-c", code])) for _ in range(7))


def has(python: str, module: str) -> bool:
    if python == sys.executable:
        return find_spec(module) is not None
    command = [python, "-c", f"import importlib.util as u; u.find_spec({module!r}) or exit(1)"]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
