"""``microtorch release``: cut an exercise out of its author's notebook."""

from __future__ import annotations

from pathlib import Path

import click

from microtorch.cli.errors import UserError


@click.command()
@click.argument("author", type=click.Path(path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="File for the teacher's bundle.  [default: teacher/NAME.bundle.json in that folder]",
)
@click.option("--no-bundle", is_flag=True, help="Make what learners get, and nothing else.")
@click.option(
    "--nbgrader",
    is_flag=True,
    help="Make the notebook for the source folder of nbgrader, and no bundle.",
)
def release(author: Path, to: Path, bundle: Path | None, no_bundle: bool, nbgrader: bool) -> None:
    """Make the learner's notebook and the teacher's bundle out of AUTHOR.ipynb.

    The solution and every planted misconception are run, and the exercise is refused if a check is
    weak: it can be guessed, a blank or a small slip passes it, or a misconception gets the wrong
    message.
    """
    from microtorch.classroom import ClassroomError
    from microtorch.classroom.release import release as write

    if no_bundle:
        bundle = None
    elif bundle is None and not nbgrader:  # nbgrader hands out what is in the folder
        bundle = to / "teacher" / f"{author.stem}.bundle.json"
    try:
        written = write(author, to, bundle=bundle, for_nbgrader=nbgrader)
    except ClassroomError as error:
        raise UserError(str(error)) from error
    for path in written:
        secret = path == bundle or (nbgrader and path.suffix == ".ipynb")
        note = "for you alone: the answers are in it" if secret else "for learners"
        click.echo(f"{path}  ({note})")
