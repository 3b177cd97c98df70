"""Starting JupyterLab in a folder: its command line, its settings, its port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from microtorch.cli.errors import UserError

START_PAGE = "lessons/00-start-here.ipynb"
LONG = {  # JupyterLab's short names of settings that are also ours
    "--debug": "--Application.log_level",
    "--log-level": "--Application.log_level",
    "--notebook-dir": "--ServerApp.root_dir",
    "-y": "--ServerApp.answer_yes",
}

QUIET = {  # JupyterLab shall not ask whether it may ask another computer
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


def split(args: Sequence[str]) -> tuple[str | None, list[str]]:
    """DIR, if it is among ``args``, and the options for JupyterLab."""
    names: list[str] = []
    options: list[str] = []
    value_follows = False
    for arg in args:
        if arg.startswith("-") or value_follows:
            value_follows = arg.startswith("-") and takes_value(arg)
            options.append(arg)
        else:
            names.append(arg)
    if len(names) > 1:
        raise click.UsageError(f"One folder is enough, but there are {len(names)}: {names}.")
    return (names[0] if names else None), options


def takes_value(option: str) -> bool:
    """Does JupyterLab read the argument after this option as its value?"""
    if "=" in option:
        return False
    from jupyterlab.labapp import LabApp

    return option.lstrip("-") not in LabApp().flags


def command_line(folder: Path, options: Sequence[str]) -> list[str]:
    """The command line for JupyterLab: our settings, each unless the learner gave it, then theirs."""
    ours = {
        "ServerApp.root_dir": folder,
        "LabApp.default_url": f"/lab/tree/{START_PAGE}",
        "ServerApp.kernel_websocket_connection_class": "microtorch.cli.nodelay.NoDelayConnection",
        "ServerApp.answer_yes": True,  # Ctrl-C ends at once
        "Application.log_level": "WARN",  # the address stays, thirty lines of start-up go
        "LabApp.extension_manager": "readonly",  # which asks no other computer
    }
    theirs = {LONG.get(name, name) for name in (option.split("=")[0] for option in options)}
    settings = [f"--{name}={value}" for name, value in ours.items() if f"--{name}" not in theirs]
    return [*settings, *options]


def port_among(options: Sequence[str]) -> int | None:
    """The port, if the learner wrote JupyterLab's own ``--ServerApp.port=8888``."""
    name = "--ServerApp.port"
    for place, option in enumerate(options):
        found, equals, text = option.partition("=")
        if found != name:
            continue
        text = text if equals else "".join(options[place + 1 : place + 2])
        if not text.isdecimal():
            raise click.UsageError(f"A port is a whole number, not {text!r}.")
        return int(text)
    return None


def require_free(port: int, ip: str) -> None:
    """Raise UserError unless JupyterLab will be able to listen on ``port``."""
    # Only one family: a machine may know an IPv6 address for "localhost" and have no IPv6.
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    host = None if ip == "*" else ip
    try:
        for *kind, _, address in socket.getaddrinfo(
            host, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(*kind) as probe:
                if os.name == "posix":  # a port that was just given back is free
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        where = f"port {port} of {ip}" if port else ip
        way_out = (
            "Perhaps a JupyterLab is still running there (`jupyter server list` shows them). Stop "
            "it, or choose another port, or leave --port out and a free one is found."
            if port
            else "It must be an address of this machine; leave --ip out if you are not sure."
        )
        raise UserError(
            f"JupyterLab cannot listen on {where}: {error.strerror or error}. "
            f"Nothing was started. {way_out}"
        ) from error


def running_as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def start(argv: list[str]) -> None:
    """Run JupyterLab in this process until it ends; its exit code becomes ours."""
    try:
        from jupyter_core.application import NoStart
        from jupyterlab.labapp import LabApp

        with own_settings(), contextlib.suppress(NoStart):
            server = LabApp.initialize_server(argv)
            if not server.identity_provider.token_generated:
                # With a token or password of the learner's own, JupyterLab keeps its address quiet.
                # Said by the loop, which listens first: an address that is shown answers.
                server.io_loop.add_callback(click.echo, server.display_url)
            server.start()
    except KeyboardInterrupt:  # before the server has its own answer to Ctrl-C
        sys.exit(130)


@contextlib.contextmanager
def own_settings() -> Iterator[None]:
    """Settings that JupyterLab reads from files: which Python to run, and no question about news.

    "python3" means the Python that runs microtorch. Otherwise an old kernel of that name in the
    learner's home folder may win, and there ``import microtorch`` fails.
    """
    from ipykernel.kernelspec import write_kernel_spec

    with tempfile.TemporaryDirectory(prefix="microtorch-") as folder:
        # The kernel's warnings speak to administrators; they would look like the learner's mistake.
        write_kernel_spec(Path(folder, "kernels", "python3"), extra_arguments=["--log-level=ERROR"])
        defaults = Path(folder, "labconfig", "default_setting_overrides.json")
        defaults.parent.mkdir()
        defaults.write_text(json.dumps(QUIET), encoding="utf-8")
        for variable in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
            others = os.environ.get(variable)
            os.environ[variable] = os.pathsep.join(filter(None, [folder, others]))
        yield
