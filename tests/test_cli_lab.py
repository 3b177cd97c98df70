"""`microtorch lab`: copies without harm, says what it did, and hands over to JupyterLab.

JupyterLab itself is started only in the last tests; the others look at what it would be given.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from microtorch import __version__
from microtorch.cli import content, jupyter, main
from microtorch.cli.errors import UserError

START_PAGE = "lessons/00-start-here.ipynb"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that JupyterLab would have been started with."""
    calls: list[list[str]] = []
    monkeypatch.setattr(jupyter, "start", calls.append)
    return calls


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], prog_name="microtorch")


def as_one_line(result: Result) -> str:
    return " ".join(result.stderr.split())


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


# ---------------------------------------------------------------- what is copied


def test_lessons_and_exercises_are_copied_without_the_authors_sources(
    tmp_path: Path, started: list[list[str]]
) -> None:
    result = run("lab", tmp_path / "mine")
    assert result.exit_code == 0, result.stderr
    assert str(tmp_path / "mine") in result.stdout
    copied = {p.relative_to(tmp_path / "mine").as_posix() for p in (tmp_path / "mine").rglob("*.*")}
    assert START_PAGE in copied
    assert copied == {*content.shipped(), content.MANIFEST}
    assert not [name for name in copied if "authoring" in name]
    assert len(started) == 1


def test_the_folder_is_microtorch_lessons_if_none_is_named(
    tmp_path: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("lab").exit_code == 0
    assert (tmp_path / "microtorch-lessons" / START_PAGE).is_file()
    assert f"--ServerApp.root_dir={tmp_path / 'microtorch-lessons'}" in started[0]


def test_a_file_that_exists_is_never_touched(tmp_path: Path, started: list[list[str]]) -> None:
    run("lab", tmp_path)
    lesson = tmp_path / START_PAGE
    lesson.write_text("my own notes")
    before = lesson.stat()

    result = run("lab", tmp_path)
    assert result.exit_code == 0
    assert "no files copied" in result.stdout
    assert "Note" not in result.stdout
    assert lesson.read_text() == "my own notes"
    assert lesson.stat().st_mtime_ns == before.st_mtime_ns


def test_a_newer_version_is_named_once_and_yours_is_kept(tmp_path: Path) -> None:
    old, new = {"lessons/a.ipynb": b"old", "lessons/b.ipynb": b"b"}, {"lessons/a.ipynb": b"new"}
    content.copy(old, tmp_path)
    copied = content.copy({**old, **new}, tmp_path)
    assert copied == content.Copied(newer=["lessons/a.ipynb"], same=["lessons/b.ipynb"])
    assert (tmp_path / "lessons/a.ipynb").read_bytes() == b"old"


def test_the_note_on_a_newer_version_says_how_to_get_it(
    tmp_path: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("lab", tmp_path)
    shipped = content.shipped()
    monkeypatch.setattr(content, "shipped", lambda: {**shipped, START_PAGE: b"{}"})
    note = " ".join(run("lab", tmp_path).stdout.split())
    assert f"microtorch {__version__} brings a newer version of {START_PAGE}" in note
    assert "rename yours and run this command again" in note

    (tmp_path / START_PAGE).rename(tmp_path / "lessons" / "mine.ipynb")
    assert "Note" not in run("lab", tmp_path).stdout
    assert (tmp_path / START_PAGE).read_bytes() == b"{}"
    assert (tmp_path / "lessons" / "mine.ipynb").read_bytes() == shipped[START_PAGE]


def test_a_file_of_the_same_name_that_is_not_ours_is_kept_and_named(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons/a.ipynb").write_bytes(b"mine")
    copied = content.copy({"lessons/a.ipynb": b"ours"}, tmp_path)
    assert copied == content.Copied(foreign=["lessons/a.ipynb"])
    assert (tmp_path / "lessons/a.ipynb").read_bytes() == b"mine"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons/a.ipynb").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="No such file"):
        content.copy({"lessons/a.ipynb": b"ours"}, tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"files": 3}', '{"files": {"a": null}}', "\udcff"]
)
def test_a_damaged_manifest_harms_nothing(tmp_path: Path, text: str) -> None:
    content.copy({"lessons/a.ipynb": b"ours"}, tmp_path)
    manifest = tmp_path / content.MANIFEST
    manifest.write_bytes(text.encode("utf-8", "surrogateescape"))
    copied = content.copy({"lessons/a.ipynb": b"ours"}, tmp_path)
    assert copied == content.Copied(same=["lessons/a.ipynb"])
    assert json.loads(manifest.read_text())["files"].keys() >= {"lessons/a.ipynb"}


def test_a_copy_that_breaks_off_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk(io.BytesIO):
        def write(self, content: object) -> int:
            raise OSError("no space left")

    def create(path: Path, mode: str) -> FullDisk:
        assert mode == "xb"
        path.touch()
        return FullDisk()

    monkeypatch.setattr(Path, "open", create)
    with pytest.raises(OSError, match="space"):
        content.write_new(tmp_path / "a.ipynb", b"ours")
    assert not (tmp_path / "a.ipynb").exists()


def test_copies_give_no_answers_away(tmp_path: Path, started: list[list[str]]) -> None:
    run("lab", tmp_path)
    for path in tmp_path.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        assert all(cell["id"] and "metadata" in cell for cell in cells)


# ---------------------------------------------------------------- what cannot work


@pytest.mark.parametrize("spelling", ["--ServerApp.port={}", "--ServerApp.port {}"])
def test_a_busy_port_is_noticed_in_jupyters_spelling_too(
    tmp_path: Path, started: list[list[str]], busy_port: int, spelling: str
) -> None:
    result = run("lab", tmp_path / "mine", *spelling.format(busy_port).split())
    assert result.exit_code == 2
    assert f"cannot listen on port {busy_port}" in as_one_line(result)
    assert not started
    assert not (tmp_path / "mine").exists()


def test_an_address_of_another_machine_is_refused(tmp_path: Path, started: list[list[str]]) -> None:
    result = run("lab", tmp_path / "mine", "--ip=192.0.2.1")
    assert result.exit_code == 2
    assert "must be an address of this machine" in as_one_line(result)
    assert not started


def a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("mine")
    return tmp_path / "file"


def a_folder_in_a_file(tmp_path: Path) -> Path:
    return a_file(tmp_path) / "lessons-here"


def a_folder_with_a_file_called_lessons(tmp_path: Path) -> Path:
    (tmp_path / "lessons").write_text("mine")
    return tmp_path


def a_folder_that_nobody_can_write(tmp_path: Path) -> Path:
    return Path("/proc/microtorch") if Path("/proc").is_dir() else a_folder_in_a_file(tmp_path)


@pytest.mark.parametrize(
    "place",
    [
        a_file,
        a_folder_in_a_file,
        a_folder_with_a_file_called_lessons,
        a_folder_that_nobody_can_write,
    ],
)
def test_a_folder_that_cannot_be_used_is_explained_and_nothing_starts(
    tmp_path: Path, started: list[list[str]], place: object
) -> None:
    folder = place(tmp_path)  # type: ignore[operator]
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    result = run("lab", folder)
    assert result.exit_code == 2
    assert started == []
    assert str(folder) in as_one_line(result)
    assert "Name a folder that you may write in" in as_one_line(result)
    assert "Traceback" not in result.stderr
    assert {p: p.read_bytes() for p in before} == before


@pytest.mark.parametrize("form", ["--port {}", "--port={}"])
def test_a_busy_port_is_an_error_and_nothing_is_started_or_copied(
    tmp_path: Path, started: list[list[str]], busy_port: int, form: str
) -> None:
    result = run("lab", tmp_path / "mine", *form.format(busy_port).split())
    assert result.exit_code == 2
    assert f"port {busy_port}" in as_one_line(result)
    assert "choose another port" in as_one_line(result)
    assert started == []
    assert not (tmp_path / "mine").exists()


def test_a_port_in_use_is_told_for_each_way_to_name_the_machine(busy_port: int) -> None:
    for ip in ("localhost", "127.0.0.1", "*"):
        with pytest.raises(UserError, match=f"port {busy_port}"):
            jupyter.require_free(busy_port, ip)


@pytest.mark.parametrize("port", ["eight", "70000", "-1"])
def test_a_port_that_is_no_port_is_refused(started: list[list[str]], port: str) -> None:
    result = run("lab", "--port", port)
    assert result.exit_code == 2
    assert "--port" in result.stderr
    assert started == []


def test_two_folders_are_refused(tmp_path: Path, started: list[list[str]]) -> None:
    result = run("lab", tmp_path / "a", tmp_path / "b")
    assert result.exit_code == 2
    assert "One folder" in result.stderr
    assert (started, list(tmp_path.iterdir())) == ([], [])


# ---------------------------------------------------------------- what JupyterLab is given


@pytest.mark.parametrize(
    ("args", "folder", "options"),
    [
        ([], None, []),
        (["here"], "here", []),
        (["--debug", "here"], "here", ["--debug"]),
        (["here", "--log-level", "DEBUG"], "here", ["--log-level", "DEBUG"]),
        (["--log-level", "DEBUG", "here"], "here", ["--log-level", "DEBUG"]),
        (["--ServerApp.token=x", "here"], "here", ["--ServerApp.token=x"]),
        (["--ServerApp.token", "x", "-y", "here"], "here", ["--ServerApp.token", "x", "-y"]),
    ],
)
def test_the_folder_is_told_from_the_values_of_options(
    args: list[str], folder: str | None, options: list[str]
) -> None:
    assert jupyter.split(args) == (folder, options)


def test_options_are_passed_on_unchanged(tmp_path: Path, started: list[list[str]]) -> None:
    options = [
        "--no-browser",
        "--ServerApp.token=x=y",
        "--log-level",
        "DEBUG",
        "--expose-app-in-browser",
    ]
    assert run("lab", *options, tmp_path, "--ip", "127.0.0.1", "--allow-root").exit_code == 0
    (argv,) = started
    for option in [*options, "--ip=127.0.0.1", "--allow-root"]:
        assert argv.count(option) == 1
    assert not [arg for arg in argv if arg.startswith("--Application.log_level")]


def test_a_free_port_is_used_and_no_other(tmp_path: Path, started: list[list[str]]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert run("lab", tmp_path, "--port", str(port)).exit_code == 0
    assert {f"--port={port}", "--port-retries=0"} <= set(started[0])


def test_the_start_page_the_quick_websocket_and_no_question_about_updates(tmp_path: Path) -> None:
    argv = jupyter.command_line(tmp_path, ["--no-browser"])
    assert argv[-1] == "--no-browser"
    assert {
        f"--ServerApp.root_dir={tmp_path}",
        f"--LabApp.default_url=/lab/tree/{START_PAGE}",
        "--ServerApp.kernel_websocket_connection_class=microtorch.cli.nodelay.NoDelayConnection",
        "--LabApp.extension_manager=readonly",
    } <= set(argv)


@pytest.mark.parametrize(
    "option",
    ["--LabApp.default_url=/lab", "--ServerApp.root_dir=/x", "--notebook-dir=/x", "--debug", "-y"],
)
def test_a_setting_that_the_learner_gives_is_not_given_twice(tmp_path: Path, option: str) -> None:
    argv = jupyter.command_line(tmp_path, [option])
    long = jupyter.LONG.get(option.split("=")[0], option.split("=")[0])
    assert option in argv
    assert sum(arg.startswith(long) for arg in argv if arg != option) == 0


def test_root_is_told_once_that_it_is_root(
    tmp_path: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jupyter, "running_as_root", lambda: True)
    assert "You are root" in run("lab", tmp_path).stdout
    assert "You are root" not in run("lab", tmp_path, "--allow-root").stdout
    monkeypatch.setattr(jupyter, "running_as_root", lambda: False)
    assert "You are root" not in run("lab", tmp_path).stdout
    assert ["--allow-root" in argv for argv in started] == [True, True, False]


def test_an_old_kernel_in_the_home_folder_does_not_win(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_core.paths import jupyter_data_dir

    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    stale = Path(jupyter_data_dir(), "kernels", "python3")
    stale.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python"], "display_name": "old", "language": "python"}
    (stale / "kernel.json").write_text(json.dumps(spec))
    try:
        assert KernelSpecManager().get_kernel_spec("python3").argv == ["/nowhere/python"]
        with jupyter.own_settings():
            assert KernelSpecManager().get_kernel_spec("python3").argv[0] == sys.executable
    finally:
        (stale / "kernel.json").unlink()
        stale.rmdir()


def test_the_websocket_sends_small_messages_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    from microtorch.cli.nodelay import NoDelayConnection

    calls: list[object] = []
    monkeypatch.setattr(
        KernelWebsocketHandler, "set_nodelay", lambda self, on: calls.append(("no delay", on))
    )

    def connect(self: object) -> str:
        calls.append("connect")
        return "future"

    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", connect)
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    assert NoDelayConnection(websocket_handler=handler).connect() == "future"
    assert calls == [("no delay", True), "connect"]


# ---------------------------------------------------------------- the real thing


def answer(url: str) -> object:
    with urllib.request.urlopen(url, timeout=30) as reply:
        return json.load(reply)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process")
def test_jupyterlab_starts_in_the_folder_and_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "microtorch", "lab", "mine", "--no-browser", f"--port={port}"]
    command += ["--ip=127.0.0.1", "--IdentityProvider.token=secret"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output)
    try:
        for _ in range(1200):
            assert process.poll() is None, log.read_text()
            if f"/lab/tree/{START_PAGE}" in log.read_text():
                break
            time.sleep(0.1)
        assert answer(f"http://127.0.0.1:{port}/api/contents/{START_PAGE}?content=0&token=secret")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    assert "Traceback" not in text
    assert "[y/N]" not in text
    assert (tmp_path / "mine" / START_PAGE).is_file()
    assert not [name for name in os.listdir(tmp_path) if name not in {"mine", "log"}]


def test_the_exit_code_of_jupyterlab_is_passed_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "microtorch", "lab", "mine", "--ServerApp.port_retries=words"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    assert "port" in result.stderr
