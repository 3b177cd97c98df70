"""A class of submissions: found, graded once each whatever is killed, and told in tables and pages."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner
from handed_in import touch
from hostile import CASES, NAME, bundle_file, data, notebook

from microtorch.classroom import ClassroomError, doctor, pages
from microtorch.classroom.batch import Grading, Result, grade_one
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.estimate import Costs
from microtorch.classroom.pages import class_page, student_page
from microtorch.classroom.reports import write_class
from microtorch.classroom.sandbox import levels
from microtorch.classroom.sandbox.levels import choose, problem
from microtorch.classroom.sandbox.library import make_library, taught_imports
from microtorch.classroom.submissions import Submission, find_submissions, safe_name
from microtorch.classroom.tables import canvas_csv, grades_csv, grades_json, junit_xml, moodle_csv
from microtorch.cli import main

TASK = Task("forward", "Task 1", 2, 2, "right", "Good <b>.")
WRONG = Task("chain-rule", "Task 3", 0, 3, "wrong", "Swapped.", "swapped")


def result(student: str, *tasks: Task, status: str = "graded", path: str = "x.ipynb") -> Result:
    report = Report(NAME, student, list(tasks or (TASK, WRONG)), [])
    return Result(Submission(student, Path(path)), status, report, 1.0)  # type: ignore[arg-type]


# --- finding submissions --------------------------------------------------------------------------


def test_notebooks_side_by_side_and_a_folder_for_each_student_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "bob.ipynb", "notes.txt", ".hidden.ipynb", ".git/x.ipynb")
    touch(tmp_path, f"ada/{NAME}/{NAME}.ipynb", f"ada/{NAME}/other.ipynb", "ada/02/02.ipynb")
    touch(tmp_path, "eve/first.ipynb", "eve/.ipynb_checkpoints/first-checkpoint.ipynb")
    found = find_submissions(tmp_path, NAME)
    assert [(one.student, one.path.name) for one in found.submissions] == [
        ("ada", f"{NAME}.ipynb"),
        ("bob", "bob.ipynb"),
        ("eve", "first.ipynb"),
    ]
    assert [path.name for path in found.ignored] == ["notes.txt"]


def test_of_two_notebooks_the_newest_counts_and_that_is_noted(tmp_path: Path) -> None:
    touch(tmp_path, "ada/old.ipynb", "ada/new.ipynb")
    os.utime(tmp_path / "ada" / "old.ipynb", (1, 1))
    (one,) = find_submissions(tmp_path, NAME).submissions
    assert one.path.name == "new.ipynb"
    assert one.notes == ("2 notebooks were handed in; new.ipynb was graded.",)


def test_a_folder_without_notebooks_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ClassroomError, match="There is no notebook in"):
        find_submissions(tmp_path, NAME)


def test_names_give_files_that_are_safe_and_different(tmp_path: Path) -> None:
    touch(tmp_path, "=cmd|' .ipynb", "ü.ipynb", "<script>.ipynb", "A.ipynb", "a.ipynb", "..ipynb")
    names = [one.file_name for one in find_submissions(tmp_path, NAME).submissions]
    assert len({name.casefold() for name in names}) == 5
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzA0123456789._-") for name in names)


def test_names_that_become_equal_are_told_apart(tmp_path: Path) -> None:
    touch(tmp_path, "A.ipynb", "a.ipynb", "a (2).ipynb", "Jos\u00e9.ipynb", "Jose\u0301.ipynb")
    found = find_submissions(tmp_path, NAME).submissions
    assert len({one.student.casefold() for one in found}) == 5
    assert [one.student for one in found][1:3] == ["Jos\u00e9", "Jos\u00e9 (2)"]


def test_names_that_windows_gives_to_devices_are_no_names_of_files() -> None:
    for name in ("con", "NUL", "com1.x"):
        assert safe_name(name) not in (name, name.upper())
    assert safe_name("construct") == "construct"


def test_who_handed_in_no_notebook_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "ada.ipynb", "bob/answers.zip")
    (tmp_path / "eve.ipynb").mkdir()
    assert find_submissions(tmp_path, NAME).missing == ["bob", "eve.ipynb"]


def test_links_are_never_followed_out_of_the_folder(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/secret.ipynb", "class/ada.ipynb")
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "bob.ipynb").symlink_to(tmp_path / "elsewhere" / "secret.ipynb")
    found = find_submissions(tmp_path / "class", NAME)
    assert [one.student for one in found.submissions] == ["ada", "bob"]
    graded = grade_one(found.submissions[1], Grading(load_bundle(bundle_file())))
    assert graded.status == "unreadable"
    assert "a link" in graded.report.notes[0]


# --- tables and pages -----------------------------------------------------------------------------


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_the_tables_hold_the_points_and_no_formula_that_a_spreadsheet_would_run() -> None:
    results = [result("=cmd()"), result("bob", status="failed")]
    table = rows(grades_csv(results))
    assert table[0][:6] == ["student", "file", "status", "forward", "chain-rule", "score"]
    assert table[1][:6] == ["'=cmd()", "x.ipynb", "graded", "2", "0", "2"]
    assert table[2][:6] == ["bob", "x.ipynb", "failed", "", "", ""]
    facts = json.loads(grades_json(results))
    assert [one["score"] for one in facts] == [2, None]
    assert facts[0]["tasks"][1]["cause"] == "swapped"


def test_canvas_and_moodle_find_their_own_students_again() -> None:
    canvas = result("x", path="lovelaceada_LATE_4711_998877_01.ipynb")
    table = rows(canvas_csv([canvas, result("bob")], NAME))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert table[1][-1] == "5"
    assert table[2] == ["lovelaceada", "4711", "", "", "", "2"]
    assert table[3] == ["bob", "", "", "bob", "", "2"]
    moodle = rows(moodle_csv([result("Ada Lovelace_815_assignsubmission_file_")]))
    assert moodle[1][:4] == ["Participant 815", "Ada Lovelace", "2", "5"]


def test_junit_has_a_case_for_each_check() -> None:
    suites = ET.fromstring(junit_xml([result("ada"), result("bob", status="failed")], NAME))
    cases = suites.findall(".//testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases[:2]] == [
        ("ada", "forward"),
        ("ada", "chain-rule"),
    ]
    assert len(suites.findall(".//failure")) == 1
    assert len(suites.findall(".//error")) == 2


def test_pages_tell_scores_and_messages_and_run_nothing_that_a_student_wrote() -> None:
    page = student_page(result("<script>alert(1)</script>"))
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "Good &lt;b&gt;." in page
    assert "2 of 5 points" in page
    whole = class_page([result("ada"), result("bob", status="failed")], load_bundle(bundle_file()))
    assert whole.count("<svg class='bars'") == 3
    assert "chain rule: swapped: 1" in whole
    assert "1 could not be graded" in whole
    assert "<a href='feedback/ada.html'>ada</a>" in whole
    assert "http" not in whole.replace("http-equiv", "")
    assert class_page([], load_bundle(bundle_file()))


def test_a_large_class_has_its_list_on_pages_that_a_browser_opens_at_once(tmp_path: Path) -> None:
    bundle = load_bundle(bundle_file())
    results = [result(f"<s{k:05}>") for k in range(2500)]
    results[7] = result("late", status="failed")
    write_class(tmp_path, results, bundle)
    pages = sorted((tmp_path / "class").iterdir())
    assert [page.name for page in pages] == ["001.html", "002.html", "003.html"]
    texts = [page.read_text("utf-8") for page in pages]
    assert [text.count("<tr>") - 1 for text in texts] == [1000, 1000, 500]
    assert "href='../feedback/s01000-" in texts[1]
    assert "href='001.html'>Before" in texts[1]
    assert "href='003.html'>Next" in texts[1]
    whole = (tmp_path / "class.html").read_text("utf-8")
    assert "<a href='class/003.html'>&lt;s02000&gt; – &lt;s02499&gt;</a>" in whole
    assert whole.count("<tr>") == 2  # the head, and the one that could not be graded
    assert len(whole) < 20_000
    write_class(tmp_path, results[:10], bundle)
    assert not (tmp_path / "class").exists()
    assert (tmp_path / "class.html").read_text("utf-8").count("<tr>") == 11


@pytest.mark.parametrize(
    ("scores", "most", "bars"),
    [
        ([0, 2, 2], 3, [("0", 1), ("1", 0), ("2", 2), ("3", 0)]),
        ([0.5, 2, 0.5], 2, [("0.5", 2), ("2", 1)]),
        ([k / 10 for k in range(50)] + [5.0], 5, [("0–0.5", 5), ("0.5–1", 5)]),
        ([100, 99], 100, [("99", 1), ("100", 1)]),
        ([], 0, [("0", 0)]),
    ],
)
def test_scores_are_put_together_where_they_are_many(
    scores: list[float], most: float, bars: list[tuple[str, int]]
) -> None:
    found = pages._distribution(scores, most)
    assert found[: len(bars)] == bars
    assert sum(count for _, count in found) == len(scores)
    assert len(found) <= 25


def test_what_a_grading_costs_is_measured_and_said(tmp_path: Path) -> None:
    for name in ("solution", "answers of the shown inputs"):
        if name in CASES:
            (tmp_path / f"{name}.ipynb").write_bytes(CASES[name].data)
    (tmp_path / "ada.ipynb").write_bytes(data(notebook()))
    code, said = grade(tmp_path, "--estimate", "--jobs", "2")
    assert code == 0, said
    assert "core seconds each" in said
    assert "100,000 128" in said
    costs = Costs(10, 2.0, 0.004, 100.0, 1500.0, 5000.0, 2, 4)
    assert costs.hours(100_000, 2) == pytest.approx(27.8, abs=0.1)
    assert costs.hours(100_000, 10_000) == pytest.approx(100_000 * 0.004 / 3600)
    assert costs.disk_mb(100_000) == 650


# --- the command, the library, the levels ---------------------------------------------------------


def grade(*args: str | Path) -> tuple[int, str]:
    run = CliRunner().invoke(main, ["grade", *map(str, args), "--bundle", str(bundle_file())])
    return run.exit_code, " ".join((run.stdout + run.stderr).split())


def test_one_notebook_is_graded_as_json(tmp_path: Path) -> None:
    path = tmp_path / "ada.ipynb"
    path.write_bytes(CASES["answers of the shown inputs"].data)
    run = CliRunner().invoke(main, ["grade", str(path), "--bundle", str(bundle_file()), "--json"])
    assert run.exit_code == 1, run.output
    facts = json.loads(run.stdout)
    assert (facts["status"], facts["score"], facts["max_score"]) == ("graded", 0, 10)
    assert "not for others" in facts["tasks"][0]["message"]


@pytest.mark.parametrize("name", ["web page", "git conflict"])
def test_one_file_that_is_no_notebook_is_explained(name: str, tmp_path: Path) -> None:
    path = tmp_path / "ada.ipynb"
    path.write_bytes(CASES[name].data)
    code, said = grade(path, "--sandbox", "none")
    assert (code, CASES[name].words in said) == (1, True)


def test_a_folder_needs_a_place_for_its_reports(tmp_path: Path) -> None:
    code, said = grade(tmp_path, "--sandbox", "none")
    assert (code, "--out DIR" in said) == (2, True)


def test_no_sandbox_must_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "microtorch.classroom.sandbox.levels.problem",
        lambda level: None if level in ("limits", "none") else "not here",
    )
    with pytest.raises(ClassroomError, match=r"not here(.|\n)*bubblewrap(.|\n)*--sandbox none"):
        choose(None)
    assert choose("none") == "none"
    with pytest.raises(ClassroomError, match="'bwrap' does not work here: not here"):
        choose("bwrap")


def test_every_level_is_tried_out_and_a_reason_is_words() -> None:
    for level in ("bwrap", "landlock", "limits", "none"):
        reason = problem(level)  # type: ignore[arg-type]
        assert reason is None or reason.endswith(".") or ":" in reason


def test_the_doctor_prints_a_dockerfile_that_can_be_read() -> None:
    run = CliRunner().invoke(main, ["doctor", "--dockerfile"])
    assert run.exit_code == 0
    lines = [line for line in run.output.replace("\\\n", "").splitlines() if line[:1] != "#"]
    assert [line.split()[0] for line in lines] == [
        *("FROM", "RUN", "COPY", "RUN", "ENV", "WORKDIR", "ENTRYPOINT", "CMD"),
    ]
    assert json.loads(lines[-2].partition(" ")[2]) == ["microtorch"]
    command = json.loads(lines[-1].partition(" ")[2])
    assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0
    assert "bubblewrap python3 python3-venv" in " ".join(lines[1].split())


def test_the_doctor_names_the_level_and_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner().invoke(main, ["doctor"])
    assert run.exit_code == 0, run.output
    assert "Ready to grade." in run.output
    assert "Sandbox bwrap" in run.output
    reason = "bubblewrap cannot make a sandbox here: no permission"
    monkeypatch.setattr(
        levels, "problem", lambda level: None if level in ("limits", "none") else reason
    )
    monkeypatch.setattr(doctor, "_kernel", lambda: doctor.Finding("Jupyter kernel", True, ""))
    run = CliRunner().invoke(main, ["doctor"])
    assert run.exit_code == 1
    said = " ".join(run.output.split())
    assert "Not ready to grade" in said
    assert "AppArmor" in said


def test_what_is_taught_is_not_in_the_library_and_says_so(tmp_path: Path) -> None:
    code = "import {}\n"
    for taught, missing, there in (
        (["microtorch"], "microtorch.nn", "microtorch.classroom"),
        (["microtorch.optim"], "microtorch.optim", "microtorch.nn"),
    ):
        library = make_library(tmp_path / taught[0], taught)
        python = [sys.executable, "-I", "-c"]
        start = f"import sys; sys.path.insert(0, {str(library)!r})\n"
        run = subprocess.run(
            [*python, start + code.format(there)], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        run = subprocess.run(
            [*python, start + code.format(missing)], capture_output=True, text=True, check=False
        )
        assert "is what this exercise asks you to write" in run.stderr
        assert not list(library.rglob("*.json"))


def test_imports_of_what_is_taught_are_found_in_any_form() -> None:
    source = "import microtorch as torch, numpy\ndef f():\n    from microtorch.nn import Linear"
    assert taught_imports(source, ["microtorch"]) == ["microtorch", "microtorch.nn.Linear"]
    assert taught_imports("from microtorch.classroom import exercise", ["microtorch"]) == []
    assert taught_imports("def (", ["microtorch"]) == []
