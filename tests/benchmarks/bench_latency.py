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

MEASURE = """async ([what, events]) => {
    const page = document.querySelector(".mt-walk");
    const slider = page.querySelector(".mt-slider input");
    const result = [...page.querySelectorAll("[data-value]")].at(-1).querySelector("[data-slot]");
    const press = (key) => page.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const changed = () => new Promise((done) => {
        const before = result.textContent;
        const observer = new MutationObserver(() => {
            if (result.textContent === before) return;
            observer.disconnect();
            done();
        });
        observer.observe(result, { characterData: true, childList: true, subtree: true });
    });
    const times = [];
    press(what === "step" ? "Home" : "End");
    for (let i = 0; i < events + 20; i++) {
        await frame();
        if (what === "step" && page.dataset.step === String(page.dataset.steps - 1)) press("Home");
        const start = performance.now();
        if (what === "step") press("ArrowRight");
        else {
            const answer = what === "kernel" && changed();
            const [low, high] = [+slider.min, +slider.max];
            slider.value = low + ((high - low) * ((i * 37) % 101)) / 101;
            slider.dispatchEvent(new Event("input"));
            await answer;
        }
        times.push(performance.now() - start);
    }
    const sorted = times.slice(20).sort((a, b) => a - b);
    const nodes = page.querySelectorAll("[data-value], [data-op]").length;
    return [nodes, sorted[events >> 1], sorted[Math.floor(events * 0.95)]];
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
                    nodes, median, high = page.evaluate(MEASURE, [what, EVENTS])
                    title = f"{name}, {what}" + (f", {server_name}" if what == "kernel" else "")
                    print(f"{title:44}{nodes:6}{median:8.1f}{high:8.1f}{target:8}")
                page.close()


if __name__ == "__main__":
    main()
