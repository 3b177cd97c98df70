"""``microtorch grade``: grade one submission, or a class of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microtorch.cli.errors import UserError

if TYPE_CHECKING:
    from microtorch.classroom.batch import Grader, Result


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--bundle", type=click.Path(path_type=Path), required=True, help="The teacher's bundle."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the reports of a class.")
@click.option("--json", "as_json", is_flag=True, help="Print one submission's result as JSON.")
@click.option("--jobs", type=click.IntRange(1, 512), help="Notebooks at a time.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.5, 3600),
    default=10.0,
    show_default=True,
    help="Seconds of computing time for each cell.",
)
@click.option(
    "--sandbox",
    type=click.Choice(["bwrap", "landlock", "limits", "none"]),
    help="How to lock the notebooks in.  [default: bwrap or landlock]",
)
def grade(
    submissions: Path,
    bundle: Path,
    out: Path | None,
    as_json: bool,
    jobs: int | None,
    timeout: float,
    sandbox: str | None,
) -> None:
    """Grade SUBMISSIONS, a notebook or a folder of them, with the hidden checks of a bundle.

    The notebooks of others are run locked in: without network, without the answers, within limits.
    A class needs --out; the same command again goes on where it was stopped.

    The exit code is 0 when everything was graded, 1 if one submission has fewer than full points,
    2 if something could not be graded.
    """
    from microtorch.classroom import ClassroomError
    from microtorch.classroom.batch import Grader
    from microtorch.classroom.bundle import load_bundle
    from microtorch.classroom.grade import locked_in
    from microtorch.classroom.sandbox.levels import choose
    from microtorch.classroom.warm import WarmGrader

    try:
        read = load_bundle(bundle)
        level = choose(sandbox)
        if submissions.is_dir() and out is None:
            raise UserError(f"{submissions} is a folder: say where the reports go, with --out DIR.")
        with locked_in(read, level) as policy, WarmGrader(Path(policy.folder)) as warm:
            grader = Grader(read, policy, warm.run, timeout)
            if submissions.is_dir():
                assert out is not None
                code = grade_folder(submissions, out, grader, jobs)
            else:
                code = grade_file(submissions, grader, as_json)
    except ClassroomError as error:
        raise UserError(str(error)) from error
    sys.exit(code)


def grade_file(path: Path, grader: Grader, as_json: bool) -> int:
    """Grade one notebook and print what it earned."""
    from microtorch.classroom.errors import BadSubmission
    from microtorch.classroom.reader import read_bytes
    from microtorch.classroom.submissions import Submission
    from microtorch.cli.check import show

    try:
        read_bytes(path)
    except BadSubmission as error:
        raise UserError(str(error)) from error
    result = grader.grade(Submission(path.stem, path))
    if result.status == "failed":
        raise UserError(" ".join(result.report.notes))
    if as_json:
        data = {**result.report.as_dict(), "status": result.status, "seconds": result.seconds}
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        show(result.report)
    return 0 if result.score == result.report.max_score else 1


def grade_folder(folder: Path, out: Path, grader: Grader, jobs: int | None) -> int:
    """Grade a class: a line for each result as it comes, a bar below, and the reports at the end."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    from microtorch.classroom.batch import grade_class
    from microtorch.classroom.journal import Journal
    from microtorch.classroom.reports import JOURNAL, write_class, write_student
    from microtorch.classroom.submissions import find_submissions

    found = find_submissions(folder, grader.bundle.exercise)
    total = len(found.submissions)
    console = Console()
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Journal(out / JOURNAL) as journal, Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=total, rate="")

        def on_result(result: Result, new: bool) -> None:
            write_student(out, result, grader.bundle)
            if new:
                console.print(Text(_line(result)))
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            rate = f"{60 * speed:.0f} a minute" if speed else ""
            progress.update(bar, advance=1, rate=rate)

        results = grade_class(found.submissions, grader, journal, jobs=jobs, on_result=on_result)
    write_class(out, results, grader.bundle, found.missing)
    if found.missing:
        names = ", ".join(found.missing[:5]) + (", ..." if found.missing[5:] else "")
        click.echo(f"{len(found.missing)} handed in nothing for this exercise: {names}")
    return _say_the_end(results, out, found.ignored)


def _line(result: Result) -> str:
    score = "not graded" if result.score is None else f"{result.score:g}"
    words = "" if result.status == "graded" else " ".join(result.report.notes)[:200]
    return f"{result.submission.student}  {score}  {words}".rstrip()


def _say_the_end(results: list[Result], out: Path, ignored: list[Path]) -> int:
    failed = [result for result in results if result.status == "failed"]
    click.echo(f"{len(results) - len(failed)} of {len(results)} graded. Reports: {out}")
    for path in ignored[:5]:
        click.echo(f"Not a notebook, left alone: {path.name}")
    if len(ignored) > 5:
        click.echo(f"... and {len(ignored) - 5} more files that are no notebooks.")
    if failed:
        click.echo(
            f"{len(failed)} could not be graded, and that is not their fault; no points were lost. "
            "The same command tries them again.",
            err=True,
        )
    return 2 if failed else 0
