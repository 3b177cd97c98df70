"""The grades of a class in the form of nbgrader's gradebook: the CSV of ``nbgrader export``."""

from __future__ import annotations

from collections.abc import Sequence

from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.tables import csv_text

COLUMNS = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
]


def nbgrader_csv(results: Sequence[Result], bundle: Bundle, missing: Sequence[str] = ()) -> str:
    """One row for each student, as nbgrader writes it.

    Who handed in nothing (``missing``) has 0 points and no timestamp, as there. What could not be
    graded has no score: that is not the student's fault. microtorch knows neither names nor due
    dates, and takes no penalties.
    """
    most = str(float(sum(check.points for check in bundle.key.checks)))
    assignments = [result.submission.assignment or bundle.exercise for result in results]
    usual = max(assignments, key=assignments.count, default=bundle.exercise)
    rows = [_row(usual, "", student, "0.0", most) for student in missing]
    for result, assignment in zip(results, assignments, strict=True):
        one = result.submission
        score = "" if result.score is None else str(float(result.score))
        rows.append(_row(assignment, one.timestamp, one.student, score, most))
    return csv_text([COLUMNS, *sorted(rows, key=lambda row: row[3])], end="\n")


def _row(assignment: str, timestamp: str, student: str, score: str, most: str) -> list[str]:
    return [assignment, "", timestamp, student, "", "", "", score, "0.0", score, most]
