"""How fast a walk answers, in JupyterLab in Chromium: in the page, and through the kernel.

    uv run python tests/benchmarks/bench_latency.py

In the page: the script of one step and of one slider event, for a graph of about 200 nodes.
Through the kernel: from a slider event to the new numbers on the page, for a graph of arrays, with
stock JupyterLab and with ``microtorch lab``. The targets are in milliseconds, so the machine should
have nothing else to do; its load is printed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "browser"))

from labdriver import LabNotebook, browser, find_chromium, lab_server, write_notebook

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

# For each event the script that it costs: at once, and with what is put off to a quiet moment.
SCRIPT = """async ([what, events]) => {
    const page = document.querySelector(".mt-walk");
    const slider = page.querySelector(".mt-slider input");
    const press = (key) => page.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const later = ["requestIdleCallback", "requestAnimationFrame", "setTimeout"];
    const [idle, frame, timer] = later.map((name) => window[name].bind(window));
    const quiet = () => new Promise((done) => frame(() => idle(() => idle(done))));
    const waiting = new Set();
    let late = 0;
    const timed = (put) => (act, options) => {
        const number = put((moment) => {
            const start = performance.now();
            act(moment);
            late += performance.now() - start;
            waiting.delete(number);
        }, options);
        waiting.add(number);
        return number;
    };
    const clear = clearTimeout.bind(window);
    window.clearTimeout = (number) => waiting.delete(number) | clear(number);
    const found = [];
    press(what === "step" ? "Home" : "End");
    for (let i = 0; i < events + 20; i++) {
        if (what === "step" && page.dataset.step === String(page.dataset.steps - 1)) press("Home");
        await quiet();
        window.requestIdleCallback = timed(idle);
        window.requestAnimationFrame = timed(frame);
        window.setTimeout = timed(timer);
        late = 0;
        const start = performance.now();
        if (what === "step") press("ArrowRight");
        else {
            const [low, high] = [+slider.min, +slider.max];
            slider.value = low + ((high - low) * ((i * 37) % 101)) / 101;
            slider.dispatchEvent(new Event("input"));
        }
        const now = performance.now() - start;
        window.requestIdleCallback = idle;
        window.requestAnimationFrame = frame;
        window.setTimeout = timer;
        while (waiting.size) await quiet();
        found.push([now, now + late]);
    }
    return found.slice(20);
}"""
# For each event the time until the numbers in sight are new.
ANSWER = """async ([_, events]) => {
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
        const time = performance.now() - start;
        found.push([time, time]);
    }
    return found.slice(20);
}"""


def main() -> None:
    """Print the table."""
    program = find_chromium()
    if program is None:
        sys.exit("No Chromium was found.")
    print(f"load {os.getloadavg()[0]:.1f}, {EVENTS} events each, milliseconds\n")
    print(f"{'':44}{'nodes':>6}{'median':>8}{'p95':>8}{'target':>8}")
    with tempfile.TemporaryDirectory() as folder, browser(program) as chromium:
        root = Path(folder)
        write_notebook(root / "scalars.ipynb", [SCALARS])
        write_notebook(root / "linear.ipynb", [ARRAYS.format(model=LINEAR)])
        write_notebook(root / "transformer.ipynb", [ARRAYS.format(model=TRANSFORMER)])
        for stock in (False, True):
            with lab_server(root, stock=stock) as server:
                server.log_in(chromium)
                page = chromium.new_page()
                server_name = "stock JupyterLab" if stock else "microtorch lab"
                rows = [(name, "kernel", 60 if stock else 25) for name in ("linear", "transformer")]
                if not stock:
                    rows = [("scalars", "step", 1), ("scalars", "slider", 1), *rows]
                for name, what, target in rows:
                    notebook = LabNotebook(page, server, f"{name}.ipynb").open().run_all()
                    notebook.panel.locator(".mt-walk").wait_for()
                    script = ANSWER if what == "kernel" else SCRIPT
                    times = page.evaluate(script, [what, EVENTS])
                    nodes = page.locator("[data-value], [data-op]").count()
                    title = f"{name}, {what}"
                    if what == "kernel":
                        report(f"{title}, {server_name}", nodes, [t for t, _ in times], target)
                    else:
                        report(f"{title}, at once", nodes, [t for t, _ in times], target)
                        report(f"{title}, with what waits", nodes, [t for _, t in times], target)
                page.close()


def report(title: str, nodes: int, times: list[float], target: float) -> None:
    """One row of the table."""
    times = sorted(times)
    middle, high = times[len(times) // 2], times[int(0.95 * len(times))]
    print(f"{title:44}{nodes:6}{middle:8.1f}{high:8.1f}{target:8}", flush=True)


if __name__ == "__main__":
    main()
