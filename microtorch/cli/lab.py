"""``microtorch lab``: the lessons in a folder of your own, open in JupyterLab."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from microtorch import __version__
from microtorch.classroom import ClassroomError
from microtorch.cli import content, jupyter
from microtorch.cli.errors import UserError


@click.command(
    context_settings={"ignore_unknown_options": True},
    options_metavar="",
    epilog="Any other option goes to JupyterLab as it is; `jupyter lab --help-all` lists them.",
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[DIR] [OPTIONS]")
@click.option("--no-browser", is_flag=True, help="Do not open a browser; the address is printed.")
@click.option("--port", type=click.IntRange(0, 65535), help="Use this port and no other.")
@click.option("--ip", default="localhost", show_default=True, help="The address to listen on.")
@click.option("--allow-root", is_flag=True, help="Run as root without a note about it.")
def lab(
    args: tuple[str, ...], no_browser: bool, port: int | None, ip: str, allow_root: bool
) -> None:
    """Open the lessons and exercises in JupyterLab.

    They are copied to DIR (microtorch-lessons in the current folder if not given). What you write
    there is yours: a file that exists is never overwritten.
    """
    name, options = jupyter.split(args)
    folder = Path(name or "microtorch-lessons").expanduser().absolute()
    port = port or jupyter.port_among(options)
    if port or ip != "localhost":
        jupyter.require_free(port or 0, ip)
    if port:
        options = [f"--port={port}", "--port-retries=0", *options]
    if no_browser:
        options.append("--no-browser")
    if ip != "localhost":
        options.append(f"--ip={ip}")
    if allow_root or jupyter.running_as_root():
        options.append("--allow-root")

    prepare(folder)
    if jupyter.running_as_root() and not allow_root:
        click.echo("You are root, so --allow-root is added; an ordinary user is safer.")
    click.echo("JupyterLab starts now. To stop it, press Ctrl-C here.\n")
    jupyter.start(jupyter.command_line(folder, options))


def prepare(folder: Path) -> None:
    """Copy what is missing to ``folder``, and say what was done.

    Raises:
        UserError: if the folder cannot be made or written.
    """
    try:
        files = content.shipped()
        copied = content.copy(files, folder)
        with tempfile.TemporaryFile(dir=folder):
            pass  # all may be there already, yet the learner must be able to save
    except ClassroomError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(
            f"The lessons cannot be kept in {folder} ({error.strerror or error}: "
            f"{error.filename or folder}). JupyterLab was not started, and none of your files was "
            "changed. Name a folder that you may write in, for example: "
            "microtorch lab ~/microtorch-lessons"
        ) from error

    click.echo(f"Your lessons and exercises: {folder} ({count(copied.new)} copied)")
    for name in copied.newer:
        click.echo(
            f"Note: microtorch {__version__} brings a newer version of {name}. Yours was kept. "
            "To get the new one, rename yours and run this command again."
        )
    for name in copied.foreign:
        click.echo(
            f"Note: {name} was already there and is not the one of microtorch {__version__}. "
            "Yours was kept. To get the other one, rename yours and run this command again."
        )


def count(names: Sequence[str]) -> str:
    return f"{len(names) or 'no'} {'file' if len(names) == 1 else 'files'}"
