"""nbgrader's layout of submissions, in every state that a class leaves it in; and its CSV."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from handed_in import touch
from hostile import NAME, bundle_file

from microtorch.classroom import ClassroomError
from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.gradebook import COLUMNS, nbgrader_csv
from microtorch.classroom.submissions import Submission, find_submissions, read_timestamp
from microtorch.classroom.tables import grades_csv

OTHER = "04-gradient-descent"


def test_the_exercise_of_the_bundle_is_chosen_among_several_assignments(tmp_path: Path) -> None:
    touch(tmp_path, f"ada/ps1/{NAME}.ipynb", f"ada/ps2/{OTHER}.ipynb", "ada/ps1/timestamp.txt")
    touch(tmp_path, f"bob/ps2/{OTHER}.ipynb", f"bob/ps1/{NAME}.ipynb")
    for name, assignment in ((NAME, "ps1"), (OTHER, "ps2")):
        found = find_submissions(tmp_path, name)
        assert [(one.student, one.path.stem, one.assignment) for one in found.submissions] == [
            ("ada", name, assignment),
            ("bob", name, assignment),
        ]
        assert found.missing == found.ignored == []


def test_who_handed_in_something_else_only_is_missing_and_gets_no_foreign_grade(
    tmp_path: Path,
) -> None:
    touch(tmp_path, f"ada/ps1/{NAME}.ipynb", f"bob/ps2/{OTHER}.ipynb", "eve/ps1/timestamp.txt")
    (tmp_path / "zoe" / "ps1").mkdir(parents=True)
    found = find_submissions(tmp_path, NAME)
    assert [one.student for one in found.submissions] == ["ada"]
    assert found.missing == ["bob", "eve", "zoe"]


def test_no_notebook_of_the_exercise_at_all_is_explained_with_what_is_there(tmp_path: Path) -> None:
    touch(tmp_path, f"ada/ps2/{OTHER}.ipynb", *(f"bob/ps{k}/a{k}.ipynb" for k in range(9)))
    with pytest.raises(ClassroomError, match=f"handed in {NAME}.ipynb") as caught:
        find_submissions(tmp_path, NAME)
    assert f"ps0{'/'}a0.ipynb" in str(caught.value)
    assert "and 4 more. Take the bundle of one of these." in str(caught.value)


def test_a_whole_course_folder_is_not_graded_as_a_class(tmp_path: Path) -> None:
    touch(tmp_path, f"source/ps1/{NAME}.ipynb", f"submitted/ada/ps1/{NAME}.ipynb")
    with pytest.raises(ClassroomError, match=r"Name its submissions: .*submitted"):
        find_submissions(tmp_path, NAME)


def test_a_notebook_outside_of_an_assignment_counts_and_has_none(tmp_path: Path) -> None:
    touch(tmp_path, f"ada/ps1/{NAME}.ipynb", "ada/ps1/timestamp.txt", f"bob/{NAME}.ipynb")
    found = find_submissions(tmp_path, NAME).submissions
    assert [(one.student, one.assignment) for one in found] == [("ada", "ps1"), ("bob", "")]


@pytest.mark.parametrize(
    ("path", "assignment"),
    [
        (f"ada/ps1/{NAME} (1).ipynb", "ps1"),
        (f"ada/ps1/{NAME}-Copy1.ipynb", "ps1"),
        (f"ada/{NAME}/my answers.ipynb", NAME),
        (f"Zoë Ångström, 3rd/päckchen 1/{NAME}.ipynb", "päckchen 1"),
    ],
)
def test_names_that_a_browser_or_a_student_changed_are_found(
    path: str, assignment: str, tmp_path: Path
) -> None:
    touch(tmp_path, path, f"bob/ps1/{NAME}.ipynb")
    one = find_submissions(tmp_path, NAME).submissions[0]
    assert (one.student, one.assignment) == (path.split("/")[0], assignment)
    assert one.notes == ()


def test_the_exact_name_goes_before_a_copy_and_two_of_it_are_noted(tmp_path: Path) -> None:
    touch(tmp_path, f"ada/ps1/{NAME} (1).ipynb", f"ada/ps1/{NAME}.ipynb")
    touch(tmp_path, f"bob/ps1/{NAME}.ipynb", f"bob/ps2/{NAME}.ipynb")
    ada, bob = find_submissions(tmp_path, NAME).submissions
    assert (ada.path.name, ada.notes) == (f"{NAME}.ipynb", ())
    assert "2 notebooks were handed in" in bob.notes[0]


def test_names_in_two_unicode_forms_stay_two_students(tmp_path: Path) -> None:
    forms = [unicodedata.normalize(form, "José") for form in ("NFC", "NFD")]
    touch(tmp_path, *(f"{name}/ps1/{NAME}.ipynb" for name in forms))
    found = find_submissions(tmp_path, NAME).submissions
    assert len({one.file_name for one in found}) == len(found) == 2


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02 23:58:23.948203"),
        ("2015-02-02 15:58:23 UTC", "2015-02-02 15:58:23"),
        ("2015-02-02 15:58:23 UTC\n", "2015-02-02 15:58:23"),
        ("2015-02-02 15:58:23.5", "2015-02-02 15:58:23.500000"),
        ("2015-02-02T15:58:23+01:00", "2015-02-02 14:58:23"),
        ("2015-02-02 15:58:23 -0800", "2015-02-02 23:58:23"),
        ("2015-02-02 15:58:23 Middle/Earth", None),
        ("2015-02-02 15:58:23 ../../etc/passwd", None),
        ("0001-01-01 00:00:00 Asia/Tokyo", None),
        ("yesterday", None),
        ("", None),
        ("\x00" * 50, None),
        ("1" * 5000, None),
    ],
)
def test_timestamps_are_read_as_nbgrader_reads_them_or_noted(
    text: str, utc: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "timestamp.txt"
    assert read_timestamp(path) == ("", "")
    path.write_text(text)
    timestamp, note = read_timestamp(path)
    assert timestamp == (utc or "")
    assert ("no time that can be read" in note) == (utc is None)


def test_a_timestamp_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("2015-02-02 15:58:23")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "secret")
    assert read_timestamp(tmp_path / "timestamp.txt")[0] == ""


def result(student: str, points: float, status: str = "graded", timestamp: str = "") -> Result:
    report = Report(NAME, student, [Task("forward", "Task 1", points, 2, "right", "Good.")])
    submission = Submission(student, Path("x.ipynb"), (), "ps1", timestamp)
    return Result(submission, status, report, 1.0)  # type: ignore[arg-type]


def test_the_gradebook_holds_a_row_for_everybody() -> None:
    text = nbgrader_csv(
        [
            result("zoë, the 2nd", 1.5, timestamp="2026-01-01 00:00:00"),
            result("=bob()", 0, "failed"),
        ],
        load_bundle(bundle_file()),
        ["ada"],
    )
    header, *rows = csv.reader(io.StringIO(text))
    assert header == COLUMNS
    assert [row[3] for row in rows] == ["'=bob()", "ada", "zoë, the 2nd"]
    failed, missing, graded = (dict(zip(header, row, strict=True)) for row in rows)
    assert (failed["raw_score"], failed["score"], failed["max_score"]) == ("", "", "10.0")
    assert (missing["score"], missing["timestamp"], missing["assignment"]) == ("0.0", "", "ps1")
    assert (graded["raw_score"], graded["score"], graded["assignment"]) == ("1.5", "1.5", "ps1")
    assert graded["timestamp"] == "2026-01-01 00:00:00"
    assert {row["late_submission_penalty"] for row in (failed, missing, graded)} == {"0.0"}


def test_who_is_missing_is_in_the_table_of_the_class_too() -> None:
    rows = list(csv.reader(io.StringIO(grades_csv([result("bob", 1)], ["ada"]))))
    assert rows[1][:5] == ["bob", "x.ipynb", "graded", "1", "1"]
    assert rows[2][:6] == ["ada", "", "missing", "", "", "2"]
    assert len(rows[2]) == len(rows[0])
