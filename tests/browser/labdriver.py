"""Drive a real JupyterLab from Python: start a server, open a notebook, run it, use its widgets.

::

    with lab_server(folder) as server, browser(find_chromium()) as chromium:
        server.log_in(chromium)
        notebook = LabNotebook(chromium.new_page(), server, "lessons/03-backward-pass.ipynb")
        notebook.open().run_all()
        notebook.panel.get_by_role("button", name="next").click()

Nothing here needs the network: no news, no update check, no extension manager, a free port on
this machine, and a browser that finds no other host. The fixtures in ``conftest.py`` put this
together for tests, ``tests/screenshots.py`` for authors who want to look.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

try:
    from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright
except ModuleNotFoundError:  # the fixtures then skip, or fail where a browser is required
    BrowserContext = Locator = Page = expect = sync_playwright = None

OpenNotebook = Callable[[str], "LabNotebook"]
MakeNotebook = Callable[[Sequence[str]], str]

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    "@jupyterlab/notebook-extension/tracker": {
        "windowingMode": "none",  # cells that are scrolled out of sight stay in the document
        "scrollPastEnd": False,
    },
    "@jupyterlab/completer-extension/manager": {"autoCompletion": False},
}
DISABLED = [
    "@jupyterlab/apputils-extension:announcements",  # asks the network
    "@jupyterlab/extensionmanager-extension",  # asks the network
    "@jupyterlab/debugger-extension",  # logs an error when a kernel is restarted early
    "@jupyter/nbgrader",  # installed for a test of grading; learners do not have it
    "@jupyter-notebook/lab-extension",  # comes with it
]
SERVER_DISABLED = [
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
]
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# anywidget gives a widget two seconds of wall-clock time to start, and then complains although the
# widget comes up; a busy test machine may need longer. One that never starts still fails its test.
PATIENCE = """
    const timeout = AbortSignal.timeout;
    AbortSignal.timeout = milliseconds => timeout.call(AbortSignal, Math.max(milliseconds, 60_000));
"""
NO_BROWSER = (
    "No Chromium was found, so the lessons cannot be tried in a real browser. Install it "
    "(Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to the program of an installed "
    "Chromium or Chrome."
)


def find_chromium() -> str | None:
    """The browser to test with: $CHROMIUM if that is set, else what is installed, else None."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    names = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if (path := shutil.which(name))), None)


@contextlib.contextmanager
def browser(program: str, *, patient: bool = True) -> Iterator[BrowserContext]:
    """A fresh Chromium without a window; not ``patient``, anywidget's time limit is as it is."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # its sandbox refuses to run as root
    flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if root else [])]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            if patient:
                context.add_init_script(PATIENCE)
            yield context
        finally:
            chromium.close()


def watch(page: Page, problems: list[str], home: str | None = None) -> None:
    """Write down what must never happen on a page: errors, and requests to anyone but ``home``."""

    def request(url: str) -> None:
        asks_network = url.startswith(("http:", "https:", "ws:", "wss:"))
        if asks_network and (home is None or url.split("/")[2] != home.split("/")[2]):
            problems.append(f"request to another host: {url}")

    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("crash", lambda _: problems.append("the page crashed"))
    page.on("request", lambda asked: request(asked.url))
    page.on("websocket", lambda socket: request(socket.url))
    page.on(
        "console",
        lambda said: said.type == "error" and problems.append(f"console error: {said.text}"),
    )


@dataclass(frozen=True)
class LabServer:
    """A running JupyterLab: where it is, the folders of its notebooks and its own, the key to it."""

    url: str
    root: Path
    home: Path
    token: str

    def ask(self, path: str, method: str = "GET", body: object = None) -> bytes:
        """One request to the server's REST API."""
        headers = {"Authorization": f"token {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return bytes(reply.read())

    def log_in(self, context: BrowserContext) -> None:
        """From now on plain URLs work in this browser."""
        context.request.get(f"{self.url}/api/status?token={self.token}")

    def start_kernel(self, path: str) -> None:
        """Start a notebook's kernel."""
        new = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        self.ask("/api/sessions", "POST", new)

    def clean_up(self) -> None:
        """Stop every notebook's kernel and go back to the light theme."""
        for session in json.loads(self.ask("/api/sessions")):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")
        theme = "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
        (self.home / theme).unlink(missing_ok=True)


def free_port() -> int:
    """A port that nobody listens to at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lab_environment(home: Path) -> dict[str, str]:
    """Environment of a JupyterLab that keeps to itself: own folders, and a network that is dead."""
    for plugin, values in SETTINGS.items():
        file = home / "settings" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    page_config = home / "config" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    page_config.write_text(json.dumps({"disabledExtensions": dict.fromkeys(DISABLED, True)}))
    off = {"ServerApp": {"jpserver_extensions": dict.fromkeys(SERVER_DISABLED, False)}}
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(off))
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
    return mine | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1,localhost",
    }


@contextlib.contextmanager
def lab_server(root: Path, timeout: float = 180, *, stock: bool = False) -> Iterator[LabServer]:
    """Run ``microtorch lab`` on a folder; stop it and its kernels afterwards.

    The lessons are then in ``root/lessons`` and the exercises in ``root/exercises``; with
    ``stock`` it is plain JupyterLab, and nothing is put there. Raises RuntimeError with the
    server's own words if it stops or does not answer in time.
    """
    home = Path(tempfile.mkdtemp(prefix="microtorch-lab-"))
    port = free_port()
    server = LabServer(f"http://127.0.0.1:{port}", root, home, secrets.token_hex(16))
    program = ["jupyterlab", "--allow-root"] if stock else ["microtorch", "lab"]
    command = [sys.executable, "-m", *program, str(root), "--no-browser"]
    options = [f"--port={port}", "--ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    log = home / "server.log"
    environment = lab_environment(home) | {"JUPYTER_TOKEN": server.token}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=root,
        )
    try:
        wait_until_it_answers(server, process, log, timeout)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


def wait_until_it_answers(
    server: LabServer, process: subprocess.Popen[bytes], log: Path, timeout: float
) -> None:
    """Return as soon as the server answers its first request."""
    deadline = time.monotonic() + timeout
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            server.ask("/api/status")
            return
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start. Its log:\n{log.read_text()}")


class LabNotebook:
    """A notebook in JupyterLab's single-document mode.

    ``panel`` is the notebook on the page; take Playwright locators from it, and let ``expect``
    wait for what should appear. ``cell(0)`` is the first cell, Markdown cells count.
    """

    def __init__(self, page: Page, server: LabServer, path: str) -> None:
        self.page, self.server, self.path = page, server, path
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def open(self) -> LabNotebook:
        """Show the notebook, in place of what is on the page, and wait for its kernel."""
        self.server.start_kernel(self.path)  # it gets ready while the page loads
        if self.page.evaluate("window.jupyterapp === undefined"):
            self.load()
        else:  # a second notebook costs a quarter of the first
            self.close_all()
            self.command("docmanager:open", path=self.path, factory="Notebook")
        self.panel.wait_for()
        self.wait_idle()
        return self

    def load(self) -> None:
        """Load JupyterLab with this notebook."""
        # reset: no tab or dialog of an earlier visit comes back
        self.page.goto(f"{self.server.url}/doc/tree/{self.path}?reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def close_all(self) -> None:
        """Close what is open on the page, without saving and without a question."""
        self.page.evaluate(
            """() => {
                for (const widget of [...window.jupyterapp.shell.widgets('main')]) widget.dispose();
            }"""
        )

    # -- running ---------------------------------------------------------------------------------

    def wait_idle(self, timeout: float = 60_000) -> None:
        """Wait until the kernel is connected and has nothing to do."""
        self.page.wait_for_function(
            """() => {
                const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
                return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
            }""",
            timeout=timeout,
        )

    def command(self, name: str, **arguments: Any) -> None:
        """Execute one of JupyterLab's own commands and wait for its end."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)",
            [name, arguments],
        )

    def run_all(self) -> LabNotebook:
        """Run every cell from the top. Raises AssertionError if one of them ends in an error."""
        self.command("notebook:run-all-cells")
        self.wait_idle()
        errors = self.errors()
        assert not errors, f"{self.path}: " + "; ".join(errors)
        return self

    def run_cell(self, index: int) -> str:
        """Run one cell and return the text that it printed or shows."""
        self.page.evaluate(
            "index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index }",
            index,
        )
        self.command("notebook:run-cell")
        self.wait_idle()
        return self.text(index)

    def run_cell_until(self, index: int, text: str, timeout: float = 10) -> None:
        """Run one cell again and again until it prints ``text``.

        For what a widget tells Python: it may still be on its way when the mouse is released.
        """
        deadline = time.monotonic() + timeout
        while (printed := self.run_cell(index).strip()) != text:
            assert time.monotonic() < deadline, f"cell {index} prints {printed!r}, not {text!r}"

    def restart(self) -> None:
        """Restart the kernel: all variables are gone."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
        )
        self.wait_idle()

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """What a cell holds below its code, in notebook format."""
        found: list[dict[str, Any]] = self.page.evaluate(
            """index => window.jupyterapp.shell.currentWidget.content.widgets[index]
                .model.outputs?.toJSON() ?? []""",
            index,
        )
        return found

    def text(self, index: int) -> str:
        """The outputs of a cell as plain text."""
        parts = [
            output.get("text") or output.get("data", {}).get("text/plain", "")
            for output in self.outputs(index)
        ]
        return "".join(part if isinstance(part, str) else "".join(part) for part in parts)

    def errors(self) -> list[str]:
        """Errors below the cells, except in cells that are tagged as raising one."""
        found: list[str] = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell, index) =>
                cell.model.type !== 'code' ||
                    (cell.model.getMetadata('tags') ?? []).includes('raises-exception') ? [] :
                cell.model.outputs.toJSON().filter(output => output.output_type === 'error')
                    .map(error => `cell ${index}: ${error.ename}: ${error.evalue}`))"""
        )
        return found

    # -- looking ---------------------------------------------------------------------------------

    def cell(self, index: int) -> Locator:
        """A cell: its code or text, and its outputs."""
        return self.panel.locator(".jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        """The outputs of a cell on the page."""
        return self.cell(index).locator(".jp-OutputArea-output")

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Change JupyterLab's theme and wait until the page wears it."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name.title()}")
        light = "true" if name == "light" else "false"
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def grow(self) -> None:
        """Make the window so high that the notebook needs no scroll bar."""
        size = dict(self.page.viewport_size)
        for _ in range(3):  # more room can change the layout, and so the room that is needed
            size["height"] += self.panel.evaluate(
                """panel => {
                    const scroller = panel.querySelector('.jp-WindowedPanel-outer');
                    return scroller.scrollHeight - scroller.clientHeight;
                }"""
            )
            self.page.set_viewport_size(size)

    # -- moving ----------------------------------------------------------------------------------

    def ipywidgets_slider(self, label: str) -> Locator:
        """The handle of an ipywidgets slider: it takes arrow keys, and ``drag`` pulls it."""
        row = self.panel.locator(".widget-slider", has=self.page.get_by_text(label, exact=True))
        return row.locator(".noUi-handle")

    def drag(self, handle: Locator, dx: float, during: Callable[[], None] | None = None) -> None:
        """Pull something to the right with the mouse; ``during`` is called before the release."""
        box = handle.bounding_box()
        assert box is not None, "nothing to pull: it is not visible"
        self.pull(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, dx, during)

    def drag_range(
        self, slider: Locator, value: float, during: Callable[[], None] | None = None
    ) -> None:
        """Pull the thumb of an ``<input type=range>`` to where ``value`` is on its scale."""
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None, "the slider is not visible"
        low, high, now = slider.evaluate("input => [+input.min, +input.max, +input.value]")
        thumb = 16  # Chromium's thumb; its centre moves over the width less one thumb
        pixels = (box["width"] - thumb) / (high - low)
        x = box["x"] + thumb / 2 + (now - low) * pixels
        self.pull(x, box["y"] + box["height"] / 2, (value - now) * pixels, during)

    def pull(self, x: float, y: float, dx: float, during: Callable[[], None] | None) -> None:
        """Press the mouse button, move to the right in twenty small moves, release."""
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y, steps=20)
        if during is not None:
            during()
        self.page.mouse.up()


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """Write a notebook of code cells."""
    import nbformat

    new = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    new.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(new, path)
    return path
