"""Write everything that a grading tells into the folder of its reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.gradebook import nbgrader_csv
from microtorch.classroom.pages import class_page, student_notebook, student_page
from microtorch.classroom.reader import parse_notebook, read_bytes
from microtorch.classroom.splice import splice
from microtorch.classroom.tables import canvas_csv, grades_csv, grades_json, junit_xml, moodle_csv

JOURNAL = "journal.jsonl"


def write_student(folder: Path, result: Result, bundle: Bundle) -> None:
    """The feedback for one student: a page, and a notebook if theirs could be read."""
    name = result.submission.file_name
    write(folder / "feedback" / f"{name}.html", student_page(result))
    if result.status != "graded":
        return
    try:
        cells = parse_notebook(read_bytes(result.submission.path), name).code()
    except ClassroomError:  # it was there a moment ago
        return
    answers: dict[str, list[str]] = {}
    for cell in splice(bundle.notebook, bundle.key, cells).notebook["cells"]:
        own = cell["metadata"]["microtorch"]
        if own["role"] == "answer":
            answers.setdefault(own["task"], []).append(cell["source"])
    joined = {task: "\n\n".join(sources) for task, sources in answers.items()}
    text = student_notebook(result, joined, bundle)
    write(folder / "feedback" / f"{name}.ipynb", text)


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


def write(path: Path, text: str) -> None:
    """Write a file in one step, so that half of one is never there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(text.encode("utf-8", "replace"))
    os.replace(draft, path)
