"""How fast a walk answers, in JupyterLab in Chromium: in the page, and through the kernel.

    uv run python tests/benchmarks/bench_latency.py             # all of it, some ten minutes
    uv run python tests/benchmarks/bench_latency.py page        # or one of page, stock, lab

In the page: the script of one step and of one slider event, for a graph of about 200 nodes. First
by the clock, until all handlers of the event are done, JupyterLab's too; then the same in processor
time of the page's main thread, which no other program lengthens; then all that an event brings
about in the next 400 milliseconds, in processor time: also what is put off to a quiet moment, what
follows from scrolling and what JupyterLab does meanwhile ("nothing" says how much that is).

Through the kernel: from a slider event to the new numbers on the page, for a graph of arrays, with
stock JupyterLab and with ``microtorch lab``.

The targets are in milliseconds, so the machine should have nothing else to do; its load is printed
behind each row, and how fast it is at that moment: a loop of 2 million additions in Python, in
processor time, and one of 30 million in the page. The last column is p95 on a machine that takes
136 ms for the first.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "browser"))

from labdriver import LabNotebook, Page, browser, find_chromium, lab_server, write_notebook
from playwright.sync_api import CDPSession

EVENTS = 200
SCALARS = """\
import random
import microtorch as torch

chance = random.Random(0)
def parameter():
    return torch.tensor(chance.uniform(-1, 1), requires_grad=True)

w = parameter()
layer = [w, torch.tensor(-0.3), torch.tensor(0.8)]
for size in (4, 4, 1):
    layer = [sum((parameter() * x for x in layer), parameter()).tanh() for _ in range(size)]
loss = (layer[0] - 1.0) ** 2
torch.walk(loss, w=(-1, 1))
"""
ARRAYS = """\
import microtorch as torch
from microtorch import nn

torch.manual_seed(0)
scale = torch.tensor(1.0, requires_grad=True)
{model}
loss = nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 1, 0]))
torch.walk(loss, scale=(-2, 2))
"""
LINEAR = """\
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
logits = model(scale * torch.randn(5, 4))"""
TRANSFORMER = """\
model = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
head = nn.Linear(8, 3)
logits = head(model(scale * torch.randn(1, 5, 8))[0])"""

PREPARE = """() => {
    const page = document.querySelector(".mt-walk");
    const slider = page.querySelector(".mt-slider input");
    const press = (key) => page.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    let moved = 0;
    window.bench = {
        ready: {
            nothing: () => {},
            step: () => page.dataset.step === String(page.dataset.steps - 1) && press("Home"),
            slider() { // the browser moves a slider before it tells the page
                if (page.dataset.step !== String(page.dataset.steps - 1)) press("End");
                const [low, high] = [+slider.min, +slider.max];
                slider.value = low + ((high - low) * ((moved++ * 37) % 101)) / 101;
            },
        },
        act: {
            nothing: () => {},
            step: () => press("ArrowRight"),
            slider: () => slider.dispatchEvent(new Event("input")),
        },
        quiet: () => new Promise((done) => requestAnimationFrame(() => requestIdleCallback(done))),
        rest: () => new Promise((done) => setTimeout(() => requestIdleCallback(done), 400)),
        loop() {
            const start = performance.now();
            let sum = 0;
            for (let i = 0; i < 3e7; i++) sum += i % 7;
            return performance.now() - start + 0 * sum;
        },
    };
}"""
# For each event how long its handler takes.
AT_ONCE = """async ([what, events]) => {
    const found = [];
    for (let i = 0; i < events + 20; i++) {
        bench.ready[what]();
        await bench.quiet();
        await bench.quiet();
        const start = performance.now();
        bench.act[what]();
        found.push(performance.now() - start);
    }
    return found.slice(20);
}"""
# For each event the time until the numbers in sight are new.
ANSWER = """async (events) => {
    const page = document.querySelector(".mt-walk");
    const slider = page.querySelector(".mt-slider input");
    const box = page.querySelector(".mt-scroller").getBoundingClientRect();
    page.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    await new Promise((done) => setTimeout(done, 1000)); // the picture has moved to where it stays
    const inSight = [...page.querySelectorAll("[data-slot]")].filter((text) => {
        const { left, right } = text.getBoundingClientRect();
        return left >= box.left && right <= box.right;
    });
    const changed = () => new Promise((done) => {
        const observer = new MutationObserver(() => {
            observer.disconnect();
            done();
        });
        for (const text of inSight) observer.observe(text, { characterData: true, subtree: true });
    });
    const found = [];
    for (let i = 0; i < events + 20; i++) {
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        const answer = changed();
        const [low, high] = [+slider.min, +slider.max];
        slider.value = low + ((high - low) * ((i * 37) % 101)) / 101;
        slider.dispatchEvent(new Event("input"));
        await answer;
        found.push(performance.now() - start);
    }
    return found.slice(20);
}"""


def main() -> None:
    """Print the table."""
    program = find_chromium()
    if program is None:
        sys.exit("No Chromium was found.")
    wanted = sys.argv[1:] or ["page", "stock", "lab"]
    print(f"{EVENTS} events each, milliseconds\n")
    print(
        f"{'':46}{'nodes':>6}{'median':>8}{'p95':>8}{'target':>8}"
        f"{'load':>8}{'Python':>8}{'page':>6}{'p95 at 136':>12}"
    )
    with tempfile.TemporaryDirectory() as folder, browser(program) as chromium:
        root = Path(folder)
        write_notebook(root / "scalars.ipynb", [SCALARS])
        write_notebook(root / "linear.ipynb", [ARRAYS.format(model=LINEAR)])
        write_notebook(root / "transformer.ipynb", [ARRAYS.format(model=TRANSFORMER)])
        for where in wanted:
            with lab_server(root, stock=where == "stock") as server:
                server.log_in(chromium)
                page = chromium.new_page()
                for name in ["scalars"] if where == "page" else ["linear", "transformer"]:
                    notebook = LabNotebook(page, server, f"{name}.ipynb").open().run_all()
                    notebook.panel.locator(".mt-walk").wait_for()
                    page.evaluate(PREPARE)
                    if where == "page":
                        in_the_page(page)
                    else:
                        title = f"{name}, " + (
                            "stock JupyterLab" if where == "stock" else "microtorch lab"
                        )
                        with row(page, title, 60 if where == "stock" else 25) as times:
                            times += page.evaluate(ANSWER, EVENTS)
                page.close()


def in_the_page(page: Page) -> None:
    """The rows about script in the page."""
    for what in ("step", "slider"):
        with row(page, f"{what}, at once", 1) as times:
            times += page.evaluate(AT_ONCE, [what, EVENTS])
    chromium = page.context.new_cdp_session(page)
    for what, kind in (("step", "keydown"), ("slider", "input")):
        with row(page, f"{what}, at once, processor time", 1) as times:
            times += handler_times(page, chromium, what, kind)
    chromium.send("Performance.enable", {"timeDomain": "threadTicks"})
    for what in ("nothing", "step", "slider"):
        with row(page, f"{what}, processor time of all script", 1) as times:
            times += [script_time(page, chromium, what) for _ in range(EVENTS // 4 + 5)][5:]


def handler_times(page: Page, chromium: CDPSession, what: str, kind: str) -> list[float]:
    """Milliseconds of processor time of all handlers of each event, as Chromium traces them."""
    traced: list[dict[str, Any]] = []
    chromium.on("Tracing.dataCollected", lambda part: traced.extend(part["value"]))
    ended: list[object] = []
    chromium.once("Tracing.tracingComplete", lambda told: ended.append(told))
    chromium.send(
        "Tracing.start",
        {
            "transferMode": "ReportEvents",
            "traceConfig": {
                "includedCategories": ["devtools.timeline"],
                "excludedCategories": ["*"],
            },
        },
    )
    page.evaluate(AT_ONCE, [what, EVENTS])
    chromium.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    found = {
        event["ts"]: event["tdur"] / 1e3
        for event in traced
        if event["name"] == "EventDispatch" and event["args"]["data"]["type"] == kind
    }
    return [found[start] for start in sorted(found)][20:]


def script_time(page: Page, chromium: CDPSession, what: str) -> float:
    """Milliseconds of script that an event brings about, until the page is at rest again."""

    def so_far() -> float:
        metrics = chromium.send("Performance.getMetrics")["metrics"]
        return next(1e3 * m["value"] for m in metrics if m["name"] == "ScriptDuration")

    page.evaluate("(what) => bench.ready[what]()", what)
    page.evaluate("() => bench.rest()")
    before = so_far()
    page.evaluate("(what) => bench.act[what]()", what)
    page.evaluate("() => bench.rest()")
    return so_far() - before


@contextlib.contextmanager
def row(page: Page, title: str, target: float) -> Iterator[list[float]]:
    """One row of the table, about the times that are put into a list."""
    nodes = page.locator("[data-value], [data-op]").count()
    start = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number
    python = 1e3 * (time.process_time() - start)
    script = page.evaluate("() => bench.loop()")
    times: list[float] = []
    yield times
    times.sort()
    middle, high = times[len(times) // 2], times[int(0.95 * len(times))]
    print(
        f"{title:46}{nodes:6}{middle:8.2f}{high:8.2f}{target:8}"
        f"{os.getloadavg()[0]:8.1f}{python:8.0f}{script:6.0f}{high * 136 / python:12.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
