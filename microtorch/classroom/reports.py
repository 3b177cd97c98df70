"""Write everything that a grading tells into the folder of its reports."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.gradebook import nbgrader_csv
from microtorch.classroom.pages import (
    LISTS,
    class_page,
    list_pages,
    stamp,
    student_notebook,
    student_page,
)
from microtorch.classroom.reader import parse_notebook, read_bytes
from microtorch.classroom.splice import splice
from microtorch.classroom.tables import canvas_csv, grades_csv, grades_json, junit_xml, moodle_csv

JOURNAL = "journal.jsonl"


def write_student(folder: Path, result: Result, bundle: Bundle) -> None:
    """The feedback for one student: a page, and a notebook if theirs could be read.

    The page comes last: where it is that of this very result, everything is there already.
    """
    name = result.submission.file_name
    page, copy = (folder / "feedback" / f"{name}{suffix}" for suffix in (".html", ".ipynb"))
    if (mark := stamp(result)) and _holds(page, mark):
        return
    if result.status == "graded":
        _write_notebook(copy, result, bundle)
    else:
        copy.unlink(missing_ok=True)
    write(page, student_page(result))


def _holds(page: Path, mark: str) -> bool:
    try:
        return mark in page.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _write_notebook(path: Path, result: Result, bundle: Bundle) -> None:
    try:
        cells = parse_notebook(read_bytes(result.submission.path), path.name).cells
    except ClassroomError:  # it was there a moment ago
        return
    answers: dict[str, list[str]] = {}
    for cell in splice(bundle.notebook, bundle.key, cells).notebook["cells"]:
        own = cell["metadata"]["microtorch"]
        if own["role"] == "answer":
            answers.setdefault(own["task"], []).append(cell["source"])
    joined = {task: "\n\n".join(sources) for task, sources in answers.items()}
    text = student_notebook(result, joined, bundle)
    write(path, text)


def write_class(
    folder: Path, results: Sequence[Result], bundle: Bundle, missing: Sequence[str] = ()
) -> None:
    """The tables and the page of the class; ``missing`` are those who handed in nothing."""
    write(folder / "grades.csv", grades_csv(results, missing))
    write(folder / "nbgrader.csv", nbgrader_csv(results, bundle, missing))
    write(folder / "grades.json", grades_json(results))
    write(folder / "canvas.csv", canvas_csv(results, bundle.exercise))
    write(folder / "moodle.csv", moodle_csv(results))
    write(folder / "junit.xml", junit_xml(results, bundle.exercise))
    write(folder / "class.html", class_page(results, bundle))
    shutil.rmtree(folder / LISTS, ignore_errors=True)
    for name, text in list_pages(results, bundle):
        write(folder / LISTS / name, text)


def write(path: Path, text: str) -> None:
    """Write a file in one step, so that half of one is never there.

    Raises:
        ClassroomError: if it cannot be written.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(text.encode("utf-8", "replace"))
        os.replace(draft, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise ClassroomError(
            f"{path} cannot be written: {error.strerror or error}. What was graded until now is kept "
            "in the journal. Mend that, and give the same command again."
        ) from None
