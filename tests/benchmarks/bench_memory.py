"""How much memory one training step takes, beside the same by hand in NumPy.

    uv run --group test python tests/benchmarks/bench_memory.py

Every number is the peak of a step above what the model and the data take, each in a process of its
own: traced (tracemalloc, every byte that NumPy asks for) and resident (what the system gave the
process, the only one that PyTorch shows). Then: what is left of a graph after a step while the
garbage collector is off, and what a chain of a million operations takes.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from bench_peers import has, make

Step = Callable[[], float]
WORKLOADS = ["mlp 784-512-10", "conv 28x28", "transformer block", "30 elementwise"]
ENTRIES = 2_000_000
MILLION = 1_000_000


def enlarge() -> None:
    """Sizes at which arrays, and not Python's objects, fill the memory."""
    from workloads import data

    data.MLPS["mlp 784-512-10"] = (784, 512, 10)
    data.BATCH, data.CONV_BATCH, data.TRANSFORMER_BATCH = 8192, 1024, 128


def step_of(library: str, workload: str) -> Step:
    enlarge()
    if workload != "30 elementwise":
        return make(library, workload)
    x = np.linspace(-1, 1, ENTRIES, dtype=np.float32)
    return by_hand(x) if library == "by hand" else elementwise(import_module(library), x)


def elementwise(torch: Any, data: np.ndarray[Any, Any]) -> Step:
    """Ten times tanh, a product with the input, and a sum."""
    x = torch.tensor(data, requires_grad=True)

    def step() -> float:
        y = x
        for _ in range(10):
            y = y.tanh() * x + 0.5
        loss = y.sum()
        x.grad = None
        loss.backward()
        return float(loss.item())

    return step


def by_hand(x: np.ndarray[Any, Any]) -> Step:
    def step() -> float:
        y, tanhs = x, []
        for _ in range(10):
            tanhs.append(np.tanh(y))
            y = tanhs[-1] * x + 0.5
        loss = float(y.sum())
        g, dx = np.ones_like(x), np.zeros_like(x)
        while tanhs:
            t = tanhs.pop()
            dx += g * t
            g = g * x * (1 - t * t)
        dx += g
        return loss

    return step


def measure(library: str, workload: str, *, traced: bool) -> float:
    """The peak of two steps in bytes, above what there was before the first."""
    if traced:
        tracemalloc.start()
    step = step_of(library, workload)
    gc.collect()
    if traced:
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        step()
        return tracemalloc.get_traced_memory()[1] - start
    start = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    step()
    step()
    return resident("VmHWM") - start


def resident(line: str) -> int:
    """What Linux says about the memory of this process, in bytes."""
    for entry in Path("/proc/self/status").read_text().splitlines():
        name, _, value = entry.partition(":")
        if name == line:
            return int(value.split()[0]) * 1024
    raise KeyError(line)


def survivors(workload: str) -> int:
    """How many tensors and nodes more there are after a step than before, without collecting."""
    from microtorch import Tensor
    from microtorch.autograd import Node

    step = step_of("microtorch", workload)
    step()
    gc.collect()
    gc.disable()
    before = sum(isinstance(thing, Tensor | Node) for thing in gc.get_objects())
    step()
    return sum(isinstance(thing, Tensor | Node) for thing in gc.get_objects()) - before


def chain() -> dict[str, float]:
    """A million operations in a row: seconds and bytes for each."""
    import microtorch as torch

    x = y = torch.tensor(1.0, requires_grad=True)
    tracemalloc.start()
    for _ in range(MILLION // 100):
        y = y * 1.0
    bytes_each = tracemalloc.get_traced_memory()[0] / (MILLION // 100)
    tracemalloc.stop()
    y, start = x, time.perf_counter()
    for _ in range(MILLION // 2):
        y = y * 1.000001 + 0.000001
    forward = time.perf_counter()
    y.backward()
    backward = time.perf_counter()
    del y
    freed = time.perf_counter()
    return {
        "forward": forward - start,
        "backward": backward - forward,
        "free": freed - backward,
        "bytes": bytes_each,
    }


def elsewhere(python: str, *task: str) -> Any:
    """The answer of a task in a fresh process, on one thread."""
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    command = [python, __file__, "--work", *task]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **single}
    )
    return json.loads(done.stdout)


def work(task: str, *arguments: str) -> Any:
    if task == "survivors":
        return survivors(*arguments)
    if task == "chain":
        return chain()
    return measure(*arguments, traced=task == "traced")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", nargs="+")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with PyTorch")
    args = parser.parse_args()
    if args.work:
        print(json.dumps(work(*args.work)))
        return
    peers = {"by hand": sys.executable, "microtorch": sys.executable}
    if has(args.python, "torch"):
        peers["torch"] = args.python
    print("peak of a step in MB above model and data, and its ratio to NumPy by hand")
    print(f"{'workload':18} {'peak':9}" + "".join(f"{peer:>12}{'':8}" for peer in peers))
    for workload in WORKLOADS:
        for kind in ("traced", "resident"):
            found = [
                elsewhere(python, kind, peer, workload)
                for peer, python in peers.items()
                if kind == "resident" or peer != "torch"
            ]
            cells = [f"{peak / 1e6:12.1f} {peak / found[0]:6.2f}x" for peak in found]
            print(f"{workload:18} {kind:9}" + "".join(cells), flush=True)
    print("\ntensors and nodes left of a graph, with the garbage collector off:")
    for workload in WORKLOADS:
        print(f"{workload:18} {elsewhere(sys.executable, 'survivors', workload)}")
    found = elsewhere(sys.executable, "chain")
    print(
        f"\na chain of a million operations: forward {found['forward']:.2f} s, backward "
        f"{found['backward']:.2f} s, freed in {found['free']:.2f} s, {found['bytes']:.0f} bytes each"
    )


if __name__ == "__main__":
    main()
