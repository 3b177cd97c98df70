"""``microtorch grade``: grade one submission, or a class of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from microtorch.cli.errors import UserError

if TYPE_CHECKING:
    from microtorch.classroom.batch import Grading, Result

STOPPED = 130  # the exit code after Ctrl-C, as shells have it


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--bundle", type=click.Path(path_type=Path), required=True, help="The teacher's bundle."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the reports of a class.")
@click.option("--json", "as_json", is_flag=True, help="Print one submission's result as JSON.")
@click.option("--jobs", type=click.IntRange(1, 4096), help="Notebooks at a time.")
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
@click.option("--processes", is_flag=True, help="Hand out the work from many processes.")
@click.option("--dask", metavar="ADDRESS", help="Grade on a dask cluster: tcp://HOST:8786.")
@click.option("--estimate", is_flag=True, help="Grade a sample, and say what all would cost.")
def grade(
    submissions: Path,
    bundle: Path,
    out: Path | None,
    as_json: bool,
    jobs: int | None,
    timeout: float,
    sandbox: str | None,
    processes: bool,
    dask: str | None,
    estimate: bool,
) -> None:
    """Grade SUBMISSIONS, a notebook or a folder of them, with the hidden checks of a bundle.

    The notebooks of others are run locked in: without network, without the answers, within limits.
    A class needs --out; the same command again goes on where it was stopped.

    The exit code is 0 when everything was graded, 1 if one submission has fewer than full points,
    2 if something could not be graded.
    """
    from microtorch.classroom import ClassroomError, work
    from microtorch.classroom.batch import Grading
    from microtorch.classroom.bundle import load_bundle
    from microtorch.classroom.sandbox.levels import choose

    try:
        read = load_bundle(bundle)
        whole_class = submissions.is_dir()
        if whole_class and out is None and not estimate:
            raise UserError(f"{submissions} is a folder: say where the reports go, with --out DIR.")
        if dask is None or not whole_class or estimate:
            choose(sandbox)
        grading = Grading(read, timeout, sandbox)
        if estimate:
            code = show_estimate(submissions, grading, jobs)
        elif whole_class:
            assert out is not None
            with where(dask, jobs, sandbox, processes=processes) as executor:
                code = grade_folder(submissions, out, grading, executor, jobs)
        else:
            code = grade_file(submissions, grading, as_json)
    except ClassroomError as error:
        raise UserError(str(error)) from error
    finally:
        work.close()
    sys.exit(code)


@contextmanager
def where(
    dask: str | None, jobs: int | None, sandbox: str | None, *, processes: bool
) -> Iterator[Callable[[], Executor]]:
    """What makes the executor for the jobs of a class."""
    from microtorch.classroom.executors import Dask, Processes, Threads, default_jobs

    if dask is None:
        yield (Processes if processes else Threads)(jobs or default_jobs())
        return
    if processes:
        raise UserError("--processes is for this machine, and --dask for a cluster. Choose one.")
    cluster = Dask(dask, sandbox)
    try:
        yield cluster
    finally:
        for note in cluster.notes:
            click.echo(note, err=True)
        cluster.close()


def grade_file(path: Path, grading: Grading, as_json: bool) -> int:
    """Grade one notebook and print what it earned."""
    from microtorch.classroom.batch import grade_one, read_submission
    from microtorch.classroom.submissions import Submission
    from microtorch.cli.check import show

    submission = Submission(path.stem, path)
    read_submission(submission)
    result = grade_one(submission, grading)
    if result.status == "failed":
        raise UserError(" ".join(result.report.notes))
    if as_json:
        data = {**result.report.as_dict(), "status": result.status, "seconds": result.seconds}
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        show(result.report)
    return 0 if result.score == result.report.max_score else 1


def grade_folder(
    folder: Path,
    out: Path,
    grading: Grading,
    executor: Callable[[], Executor],
    jobs: int | None,
) -> int:
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

    found = find_submissions(folder, grading.bundle.exercise)
    total = len(found.submissions)
    console = Console()
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    done = 0
    try:
        with Journal(out / JOURNAL) as journal, Progress(*columns, console=console) as progress:
            bar = progress.add_task("", total=total, rate="")

            def on_result(result: Result, new: bool) -> None:
                nonlocal done
                write_student(out, result, grading.bundle)
                if new:
                    console.print(Text(_line(result)))
                speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
                rate = f"{60 * speed:.0f} a minute" if speed else ""
                progress.update(bar, advance=1, rate=rate)
                done += 1

            results = grade_class(
                found.submissions,
                grading,
                journal,
                executor=executor,
                jobs=jobs,
                on_result=on_result,
            )
            write_class(out, results, grading.bundle, found.missing)
    except KeyboardInterrupt:
        click.echo(
            f"Stopped. {done} of {total} are done and kept; the same command goes on from there.",
            err=True,
        )
        return STOPPED
    if found.missing:
        names = ", ".join(found.missing[:5]) + (", ..." if found.missing[5:] else "")
        click.echo(f"{len(found.missing)} handed in nothing for this exercise: {names}")
    return _say_the_end(results, out, found.ignored)


def show_estimate(path: Path, grading: Grading, jobs: int | None) -> int:
    """Grade some submissions, and print what all of them would cost, and 100,000."""
    from microtorch.classroom.estimate import measure
    from microtorch.classroom.submissions import Submission, find_submissions

    found = [Submission(path.stem, path)]
    if path.is_dir():
        found = find_submissions(path, grading.bundle.exercise).submissions
    click.echo(measure(found, grading, jobs).text(len(found)))
    return 0


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
