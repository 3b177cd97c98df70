"""Exercise 01 as it is shipped: cut from its solution, blank at 0, and every planted mistake named."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from microtorch.classroom.authoring import BEGIN, END, AuthorNotebook, read_author
from microtorch.classroom.check import Report, check_notebook
from microtorch.classroom.release import release

EXERCISES = Path(__file__).parent.parent / "exercises"
NAME = "01-backward-by-hand"
AUTHOR = read_author(EXERCISES / "authoring" / f"{NAME}.ipynb")
TASKS = [task.name for task in AUTHOR.tasks]
SOLUTION = {task.name: task.solution for task in AUTHOR.tasks}
MISTAKES = {(task.name, m.name): m for task in AUTHOR.tasks for m in task.mistakes}


def rounds(author: AuthorNotebook) -> dict[str, dict[str, str]]:
    """Which mistakes are planted together: first one alone per task, then the k-th of every task."""
    alone = {f"only {t.name}": {t.name: t.mistakes[0].name} for t in author.tasks}
    most = max(len(task.mistakes) for task in author.tasks)
    together = {
        f"round {k}": {t.name: t.mistakes[k].name for t in author.tasks if k < len(t.mistakes)}
        for k in range(most)
    }
    return alone | together


ROUNDS = rounds(AUTHOR)


def learner_copy(path: Path, answers: dict[str, str]) -> Path:
    """The released notebook with ``answers`` written into its task cells."""
    notebook = json.loads((EXERCISES / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        meta = cell["metadata"]["microtorch"]
        if meta["role"] == "task" and meta["task"] in answers:
            cell["source"] = answers[meta["task"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Every notebook of this file, checked through nbval, two at a time."""
    folder = tmp_path_factory.mktemp("exercise")
    notebooks = {"blank": {}, "solution": SOLUTION} | {
        name: SOLUTION | {task: MISTAKES[task, mistake].code for task, mistake in planted.items()}
        for name, planted in ROUNDS.items()
    }
    paths = [learner_copy(folder / f"{name}.ipynb", a) for name, a in notebooks.items()]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(notebooks, pool.map(check_notebook, paths), strict=True))


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    to = tmp_path_factory.mktemp("released")
    return release(EXERCISES / "authoring" / f"{NAME}.ipynb", to)


def test_there_are_at_least_three_tasks_and_each_has_a_planted_mistake() -> None:
    assert len(TASKS) >= 3
    assert all(task.mistakes for task in AUTHOR.tasks)


def test_what_lies_in_exercises_is_what_release_makes(released: list[Path]) -> None:
    for made in released:
        assert made.read_bytes() == (EXERCISES / made.name).read_bytes(), (
            f"{made.name} is stale: microtorch release --no-bundle "
            f"exercises/authoring/{NAME}.ipynb --to exercises"
        )


def test_the_learners_notebook_has_no_trace_of_solutions_or_mistakes() -> None:
    notebook = json.loads((EXERCISES / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    everything = json.dumps(notebook, ensure_ascii=False)
    for word in (BEGIN, END, "MISCONCEPTION", "misconception"):
        assert word not in everything
    for mistake in MISTAKES.values():
        assert mistake.message not in everything
    for task in AUTHOR.tasks:
        solution = task.solution.splitlines()
        cut = [line for line in solution if line not in task.blank.splitlines()]
        assert cut
        assert task.blank in sources
        assert "\n".join(cut) not in "\n".join(sources)


def test_the_key_holds_numbers_and_messages_but_no_code() -> None:
    text = (EXERCISES / f"{NAME}.json").read_text(encoding="utf-8")
    assert "return " not in text
    assert "def " not in text


@pytest.mark.parametrize("name", [f"{NAME}.ipynb", f"authoring/{NAME}.ipynb"])
def test_the_notebooks_are_canonical_and_follow_nbgraders_schema(name: str) -> None:
    text = (EXERCISES / name).read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert text == json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        if cell["metadata"]["microtorch"]["role"] != "misconception":
            graded: dict[str, Any] = cell["metadata"]["nbgrader"]
            allowed = {"schema_version", "grade_id", "grade", "locked", "solution", "task"}
            assert set(graded) == allowed | ({"points"} if graded["grade"] else set())
            assert graded["schema_version"] == 3


def test_a_blank_scores_0_and_every_task_is_not_attempted(reports: dict[str, Report]) -> None:
    report = reports["blank"]
    assert report.score == 0
    assert [task.status for task in report.tasks] == ["not attempted"] * len(TASKS)


def test_the_solution_scores_full(reports: dict[str, Report]) -> None:
    report = reports["solution"]
    assert [task.status for task in report.tasks] == ["right"] * len(TASKS)
    assert report.score == report.max_score == 10
    assert report.notes == []


def test_every_planted_mistake_is_in_a_round() -> None:
    planted = {(task, name) for round in ROUNDS.values() for task, name in round.items()}
    assert planted == set(MISTAKES)


@pytest.mark.parametrize("name", ROUNDS)
def test_a_planted_mistake_fails_its_own_check_only_and_is_named(
    name: str, reports: dict[str, Report]
) -> None:
    planted = ROUNDS[name]
    for task in reports[name].tasks:
        if task.name in planted:
            mistake = MISTAKES[task.name, planted[task.name]]
            assert (task.status, task.cause, task.points) == ("wrong", mistake.name, 0)
            assert mistake.message in task.message
            assert "gives" in task.message
            assert "expected" in task.message
        else:
            assert (task.status, task.points) == ("right", task.max_points)
