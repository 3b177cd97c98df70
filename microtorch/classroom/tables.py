"""The grades of a class as tables: CSV, JSON, and the forms that Canvas and Moodle read."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from microtorch.classroom.batch import Result
from microtorch.classroom.values import Json

CANVAS_NAME = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_.+")
MOODLE_NAME = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_file_?.*")


def grades_csv(results: Sequence[Result], missing: Sequence[str] = ()) -> str:
    """One row for each student: status, points of every task, score, notes.

    ``missing`` are those who handed in nothing for this exercise.
    """
    tasks = [task.name for task in results[0].report.tasks] if results else []
    rows = [["student", "file", "status", *tasks, "score", "max_score", "seconds", "notes"]]
    for result in results:
        failed = result.status == "failed"
        points = ["" if failed else _number(task.points) for task in result.report.tasks]
        rows.append(
            [
                result.submission.student,
                result.submission.path.name,
                result.status,
                *points,
                "" if result.score is None else _number(result.score),
                _number(result.report.max_score),
                f"{result.seconds:.1f}",
                " ".join(result.report.notes),
            ]
        )
    blank = [""] * (len(tasks) + 1)
    rows += [[student, "", "missing", *blank, *rows[1][-3:-2], "", ""] for student in missing]
    return csv_text(rows)


def grades_json(results: Sequence[Result]) -> str:
    """Everything that is known about every result."""
    data = [
        {
            **result.report.as_dict(),
            "student": result.submission.student,
            "file": result.submission.path.name,
            "status": result.status,
            "score": result.score,
            "seconds": result.seconds,
        }
        for result in results
    ]
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def canvas_csv(results: Sequence[Result], exercise: str) -> str:
    """Canvas's gradebook import. Names of files that Canvas gave out hold the student's number."""
    most = _number(results[0].report.max_score) if results else ""
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", exercise]]
    rows.append(["    Points Possible", "", "", "", "", most])
    for result in results:
        found = CANVAS_NAME.match(result.submission.path.name)
        student = found["name"] if found else result.submission.student
        number = found["id"] if found else ""
        login = "" if found else result.submission.student
        rows.append([student, number, "", login, "", _score(result)])
    return csv_text(rows)


def moodle_csv(results: Sequence[Result]) -> str:
    """Moodle's offline grading worksheet. Folders that Moodle gave out hold the participant."""
    rows = [["Identifier", "Full name", "Grade", "Maximum Grade", "Feedback comments"]]
    for result in results:
        name = result.submission.student
        found = MOODLE_NAME.match(name)
        comment = " ".join(
            f"{task.title}: {task.points:g} of {task.max_points:g}." for task in result.report.tasks
        )
        rows.append(
            [
                f"Participant {found['id']}" if found else name,
                found["name"] if found else name,
                _score(result),
                _number(result.report.max_score),
                "" if result.status == "failed" else comment,
            ]
        )
    return csv_text(rows)


def junit_xml(results: Sequence[Result], exercise: str) -> str:
    """The results as JUnit XML: a case for each check of each student."""
    suite = ET.Element("testsuite", name=exercise)
    for result in results:
        for task in result.report.tasks:
            who = {"classname": _printable(result.submission.student), "name": task.name}
            case = ET.SubElement(suite, "testcase", who, time=f"{result.seconds:g}")
            points = f"{task.points:g} of {task.max_points:g} points"
            if result.status == "failed":
                ET.SubElement(case, "error", message="could not be graded")
            elif task.points < task.max_points:
                failure = ET.SubElement(case, "failure", message=f"{points}: {task.status}")
                failure.text = _printable(task.message)
            ET.SubElement(case, "system-out").text = points
    suites = ET.Element("testsuites")
    suites.append(suite)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """XML has no way at all to write most control characters."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _score(result: Result) -> str:
    return "" if result.score is None else _number(result.score)


def _number(value: float) -> str:
    return f"{value:g}"


def csv_text(rows: Sequence[Sequence[Json]], end: str = "\r\n") -> str:
    """Rows as CSV, in which no cell is a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([map(_harmless, row) for row in rows])
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that starts like this for a formula, and runs it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
