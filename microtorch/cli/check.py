"""``microtorch check``: run an exercise's checks again in a fresh kernel and count the points."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microtorch.cli.errors import UserError

if TYPE_CHECKING:
    from microtorch.classroom.check import Report

COLOUR = {"right": "green", "not attempted": "yellow"}


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(notebook: Path, as_json: bool) -> None:
    """Check an exercise: run NOTEBOOK in a fresh kernel, print tasks and points.

    The exit code is 0 with full points, 1 with fewer, and 2 if the notebook cannot be checked.
    """
    # Imported here so that the other commands start fast.
    from microtorch.classroom import ClassroomError
    from microtorch.classroom.check import check_notebook

    try:
        report = check_notebook(notebook)
    except ClassroomError as error:
        raise UserError(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=1, ensure_ascii=False))
    else:
        show(report)
    sys.exit(0 if report.score == report.max_score else 1)


def show(report: Report) -> None:
    """Print a table of tasks and points, then what there is to say about each task, then the total.

    Everything from the notebook goes through ``Text``: square brackets in it are not markup.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table("Task", "Points", "Result")
    table.columns[1].justify = "right"
    for task in report.tasks:
        table.add_row(
            Text(task.title),
            f"{task.points:g} of {task.max_points:g}",
            Text(task.status, style=COLOUR.get(task.status, "red")),
        )
    console.print(table)
    for task in report.tasks:
        if task.message:
            console.print(Text(task.title, style="bold"))
            console.print(Padding(Text(task.message), (0, 2)))
    for note in report.notes:
        console.print(Text(f"Note: {note}"))
    console.print(Text(f"{report.score:g} of {report.max_score:g} points", style="bold"))
