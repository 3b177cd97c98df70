"""The real nbgrader and microtorch grade the same notebooks, and give the same points.

Three assignments with one exercise each, made by nbgrader from the authors' own notebooks, are
handed in by a few students in nbgrader's layout. nbgrader runs as a process of its own.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hostile import NAME, bundle_file

from microtorch.classroom.authoring import AuthorNotebook, read_author
from microtorch.classroom.release import release
from microtorch.cli import main

AUTHORING = Path(__file__).parent.parent / "exercises" / "authoring"
EXERCISES = {path.stem: read_author(path) for path in sorted(AUTHORING.glob("*.ipynb"))}
PARTLY = "04-gradient-descent"  # one of its tasks gives a part of its points
TIMES = {
    "ada": "2026-03-01 12:30:00.123456 Europe/Berlin",
    "Zoë Ångström": "2026-03-01 12:30:00 UTC",
}
# Several commands of nbgrader in one process: it takes seconds to start.
NBGRADER = """
import json, sys
sys.modules["rfc3987_syntax"] = None  # takes long to load, and nothing needs it
from nbgrader.apps.nbgraderapp import NbGraderApp
for command in json.loads(sys.argv[1]):
    NbGraderApp.clear_instance()
    NbGraderApp.launch_instance(command)
"""


def nbgrader(folder: Path, *commands: list[str], code: int = 0) -> str:
    """Run commands of nbgrader in a course folder; what they said."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it calls others
    run = subprocess.run(
        [sys.executable, "-c", NBGRADER, json.dumps(commands)],
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "ignore", "PATH": programs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout + run.stderr


def right(author: AuthorNotebook) -> dict[str, str]:
    return {task.name: task.solution for task in author.tasks}


NOISY = """
import sys, warnings
quiet = {name}
def {name}(*values):
    warnings.warn("careful")
    print("3.5", file=sys.stderr)
    return quiet(*values)
3.5
"""


def half_right(author: AuthorNotebook) -> dict[str, str]:
    """The first and the third task are right, the second is blank, the last warns and prints."""
    last = author.tasks[-1]
    noise = NOISY.format(name=last.cell["metadata"]["microtorch"]["defines"][0])
    return {t.name: t.solution for t in author.tasks[::2]} | {last.name: last.solution + noise}


def mistaken(author: AuthorNotebook) -> dict[str, str]:
    """Every task has a planted mistake: the third, which is the one with a part of the points."""
    return {
        task.name: task.hidden.mistakes[min(2, len(task.hidden.mistakes) - 1)].code
        for task in author.tasks
    }


STUDENTS: dict[str, Callable[[AuthorNotebook], dict[str, str]]] = {
    "ada": right,
    "blank": lambda author: {},
    "Zoë Ångström": half_right,
    "li": mistaken,
}


@dataclass(frozen=True)
class Course:
    """A course folder of nbgrader after its work, and what microtorch says to the same."""

    folder: Path
    reports: dict[str, Path]
    said: dict[str, str]

    def points(self, exercise: str, student: str) -> dict[str, float]:
        """What nbgrader gave to each task: from the results of the cells, as it stores them."""
        from sqlite3 import connect

        query = """
            select base_cell.name, grade.auto_score from grade
            join base_cell on base_cell.id = grade.cell_id
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join notebook on notebook.id = submitted_notebook.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
            where notebook.name = ? and submitted_assignment.student_id = ?
        """
        checks = {
            task.check["metadata"]["nbgrader"]["grade_id"]: task.name
            for task in EXERCISES[exercise].tasks
        }
        with connect(self.folder / "gradebook.db") as database:
            rows = database.execute(query, (exercise, student)).fetchall()
        database.close()
        return {checks[name]: score for name, score in rows}

    def exported(self) -> list[dict[str, str]]:
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def hand_in(folder: Path, exercise: str, student: str) -> None:
    """nbgrader's release with the answers of a student."""
    author = EXERCISES[exercise]
    released = folder / "release" / exercise / f"{exercise}.ipynb"
    notebook = json.loads(released.read_text(encoding="utf-8"))
    answers = STUDENTS[student](author)
    for task in author.tasks:
        cell = next(cell for cell in notebook["cells"] if cell["id"] == task.cell["id"])
        cell["source"] = answers.get(task.name, cell["source"])
    home = folder / "submitted" / student / exercise
    home.mkdir(parents=True)
    (home / released.name).write_text(json.dumps(notebook), encoding="utf-8")
    if student in TIMES:
        (home / "timestamp.txt").write_text(TIMES[student], encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("course")
    for name in EXERCISES:
        source = folder / "source" / name / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_bytes((AUTHORING / source.name).read_bytes())
    nbgrader(folder, *(["generate_assignment", name] for name in EXERCISES))
    for name in EXERCISES:
        for student in STUDENTS:
            if student != "li" or name == PARTLY:
                hand_in(folder, name, student)
    nbgrader(folder, *(["autograde", name] for name in EXERCISES), ["export"])
    reports, said = {}, {}
    for name in EXERCISES:
        reports[name] = folder.parent / "reports" / name
        bundle = bundle_file()
        if name != NAME:
            bundle = folder.parent / "teacher" / f"{name}.json"
            release(AUTHORING / f"{name}.ipynb", folder.parent / "out", bundle=bundle)
        command = ["grade", folder / "submitted", "--bundle", bundle, "--out", reports[name]]
        run = CliRunner().invoke(main, [str(word) for word in command])
        assert run.exit_code == 0, run.output
        said[name] = run.output
    return Course(folder, reports, said)


@pytest.mark.parametrize("name", EXERCISES)
def test_nbgraders_release_has_no_trace_of_solutions_checks_or_mistakes(
    name: str, course: Course
) -> None:
    text = (course.folder / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    for word in ("HIDDEN", "BEGIN", "def draw", "check.key"):
        assert word not in text
    for task in EXERCISES[name].tasks:
        cells = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
        assert cells[task.check["id"]] == task.visible_check
        stub = cells[task.cell["id"]]
        assert "raise NotImplementedError" in stub
        kept = set(task.blank.splitlines())
        assert not [
            line for line in task.solution.splitlines() if line not in kept and line in stub
        ]
        for mistake in task.hidden.mistakes:
            assert f"class {mistake.name.replace('-', '_')}" not in text
            assert mistake.message not in text
    ours = json.loads((AUTHORING.parent / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert [cell["id"] for cell in notebook["cells"]] == [cell["id"] for cell in ours["cells"]]


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("name", EXERCISES)
def test_every_task_gets_the_same_points_from_both(name: str, student: str, course: Course) -> None:
    grades = json.loads((course.reports[name] / "grades.json").read_text(encoding="utf-8"))
    ours = {
        grade["student"]: {task["name"]: task["points"] for task in grade["tasks"]}
        for grade in grades
    }
    theirs = course.points(name, student)
    if student == "li" and name != PARTLY:
        assert not theirs
        assert student not in ours
        assert f"1 handed in nothing for this exercise: {student}" in course.said[name]
        return
    assert theirs == ours[student]
    total = {"ada": 10, "blank": 0}.get(student)
    assert total is None or sum(theirs.values()) == total
    if student == "Zoë Ångström":
        assert 0 < sum(theirs.values()) < 10


def test_a_part_of_the_points_is_the_same_part(course: Course) -> None:
    assert course.points(PARTLY, "li") == {"step": 0, "errors": 0, "gradients": 1, "descend": 0}


def test_our_gradebook_is_line_by_line_the_one_that_nbgrader_exports(course: Course) -> None:
    theirs = (course.folder / "grades.csv").read_text(encoding="utf-8").splitlines()
    for name, folder in course.reports.items():
        header, *rows = (folder / "nbgrader.csv").read_text(encoding="utf-8").splitlines()
        assert header == theirs[0]
        assert sorted(rows) == sorted(line for line in theirs if line.startswith(f"{name},"))


def test_the_learners_of_nbgrader_see_our_messages(course: Course) -> None:
    path = course.folder / "autograded" / "li" / PARTLY / f"{PARTLY}.ipynb"
    text = path.read_text(encoding="utf-8")
    for task in EXERCISES[PARTLY].tasks:
        mistake = task.hidden.mistakes[2]
        assert mistake.message[:60] in text
    failed: list[Any] = [
        output
        for cell in json.loads(text)["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]
    assert {output["ename"] for output in failed} == {"CheckFailed"}
    assert all("File" not in line for output in failed for line in output["traceback"])


def test_nbgrader_validates_the_authors_notebook_and_not_a_blank_one(course: Course) -> None:
    files = [f"{folder}/{PARTLY}/{PARTLY}.ipynb" for folder in ("source", "release")]
    said = nbgrader(course.folder, *(["validate", file] for file in files))
    assert said.count("Success! Your notebook passes all the tests.") == 1
    assert "VALIDATION FAILED ON 4 CELL(S)" in said
    assert "Put your own lines in the place of" in said
