"""The command ``microtorch``: open the lessons; check, release and grade exercises."""

from __future__ import annotations

import io
import sys

import click

from microtorch import __version__
from microtorch.cli.check import check
from microtorch.cli.doctor import doctor
from microtorch.cli.grade import grade
from microtorch.cli.lab import lab
from microtorch.cli.release import release


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Learn backpropagation in Jupyter.

    Start with: microtorch lab
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows a "?"
            stream.reconfigure(errors="replace")


main.add_command(lab)
main.add_command(check)
main.add_command(release)
main.add_command(grade)
main.add_command(doctor)

__all__ = ["main"]
