"""`microtorch check`: what it prints, and its exit code. What it judges is tested with the classroom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from microtorch import __version__
from microtorch.classroom import ClassroomError
from microtorch.classroom import check as grading
from microtorch.classroom.check import Report, Task
from microtorch.cli import main

RIGHT = Task("loss", "The loss", 2, 2, "right", "Well done.")
WRONG = Task("slope", "The slope dL/dw", 0, 3, "wrong", "You added [red]; multiply.", "added")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], prog_name="microtorch")


def give(monkeypatch: pytest.MonkeyPatch, *tasks: Task, notes: tuple[str, ...] = ()) -> None:
    report = Report("01", "01.ipynb", list(tasks), list(notes))
    monkeypatch.setattr(grading, "check_notebook", lambda path: report)


def test_tasks_points_feedback_and_total_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, RIGHT, WRONG, notes=("One cell was moved.",))
    result = run("check", "01.ipynb")
    assert result.exit_code == 1
    lines = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    assert "The loss 2 of 2 right" in lines
    assert "The slope dL/dw 0 of 3 wrong" in lines
    assert "You added [red]; multiply." in lines
    assert "Note: One cell was moved." in lines
    assert lines[-1] == "2 of 5 points"


def test_full_points_end_with_exit_code_0(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, RIGHT)
    assert run("check", "01.ipynb").exit_code == 0


def test_json_holds_the_same_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, RIGHT, WRONG)
    result = run("check", "--json", "01.ipynb")
    assert result.exit_code == 1
    facts = json.loads(result.stdout)
    assert (facts["score"], facts["max_score"]) == (2, 5)
    assert [task["status"] for task in facts["tasks"]] == ["right", "wrong"]
    assert facts["tasks"][1]["message"] == WRONG.message


def test_what_the_classroom_cannot_do_is_one_paragraph_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path) -> Report:
        raise ClassroomError(f"{path} cannot be checked. Do this instead.")

    monkeypatch.setattr(grading, "check_notebook", refuse)
    result = run("check", "01.ipynb")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: 01.ipynb cannot be checked. Do this instead.\n"


@pytest.mark.parametrize(
    "text", [None, "", "not JSON", "[1, 2]", '{"cells": 3}', "\x00\x01", '{"cells": [', "<html>"]
)
def test_a_file_that_is_no_notebook_is_explained_and_left_alone(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "01-backward-by-hand.ipynb"
    if text is not None:
        path.write_text(text)
    result = run("check", path)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert path.name in result.stderr.replace("\n", "")
    assert len(result.stderr.strip().split("\n\n")) == 1
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == ([] if text is None else [path])
    assert text is None or path.read_text() == text


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    result = run("check", tmp_path)
    assert result.exit_code == 2
    assert "folder" in result.stderr


@pytest.mark.parametrize("command", [["-m", "microtorch", "--version"], ["-m", "microtorch", "-V"]])
def test_python_m_microtorch_is_the_same_command(command: list[str]) -> None:
    result = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    assert result.stdout == f"microtorch {__version__}\n"


def test_help_names_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "lab " in result.stdout
    assert "check " in result.stdout
