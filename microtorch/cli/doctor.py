"""``microtorch doctor``: is this machine ready for grading?"""

from __future__ import annotations

import sys

import click


@click.command()
@click.option(
    "--dockerfile", is_flag=True, help="Print a Dockerfile for grading, and nothing else."
)
def doctor(dockerfile: bool) -> None:
    """Look whether this machine can grade, and how well it locks notebooks in.

    The exit code is 0 if it can, 1 if something needed is missing.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from microtorch.classroom.content import PACKAGE
    from microtorch.classroom.doctor import examine

    if dockerfile:
        click.echo((PACKAGE / "classroom" / "Dockerfile").read_text(encoding="utf-8"), nl=False)
        return
    table = Table("", "", "", box=None, show_header=False)
    ready = True
    for finding in examine():
        ready = ready and (finding.good or not finding.needed)
        colour = "green" if finding.good else "red" if finding.needed else "yellow"
        sign = "yes" if finding.good else "no"
        table.add_row(finding.what, Text(sign, style=colour), Text(finding.words))
    console = Console()
    console.print(table)
    end = "Ready to grade." if ready else "Not ready to grade: see what says no above."
    console.print(Text(end, style="bold"))
    sys.exit(0 if ready else 1)
