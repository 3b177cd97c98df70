"""Exercise 05 as it is shipped: blank at 0, the solution full, and every planted mistake named."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from microtorch.classroom.authoring import read_author
from microtorch.classroom.check import Report, check_notebook
from microtorch.classroom.release import release

EXERCISES = Path(__file__).parent.parent / "exercises"
NAME = "05-write-a-layer"
AUTHOR = read_author(EXERCISES / "authoring" / f"{NAME}.ipynb")
SOLUTION = {task.name: task.solution for task in AUTHOR.tasks}
MISTAKES = {(task.name, m.name): m for task in AUTHOR.tasks for m in task.mistakes}
# The k-th mistake of every task, planted together: each check stands alone. Two rounds go through
# nbval; ``release`` runs all mistakes and refuses one that is not told from the others.
ROUNDS = [
    {task.name: task.mistakes[k].name for task in AUTHOR.tasks if k < len(task.mistakes)}
    for k in range(2)
]


def learner_copy(path: Path, answers: dict[str, str]) -> Path:
    notebook = json.loads((EXERCISES / f"{NAME}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        meta = cell["metadata"]["microtorch"]
        if meta["role"] == "task" and meta["task"] in answers:
            cell["source"] = answers[meta["task"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    folder = tmp_path_factory.mktemp("exercise-05")
    notebooks = {"blank": {}, "solution": SOLUTION} | {
        f"round {k}": SOLUTION | {task: MISTAKES[task, name].code for task, name in planted.items()}
        for k, planted in enumerate(ROUNDS)
    }
    paths = [learner_copy(folder / f"{name}.ipynb", a) for name, a in notebooks.items()]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(notebooks, pool.map(check_notebook, paths), strict=True))


def test_what_lies_in_exercises_is_what_release_makes(tmp_path: Path) -> None:
    for made in release(EXERCISES / "authoring" / f"{NAME}.ipynb", tmp_path):
        assert made.read_bytes() == (EXERCISES / made.name).read_bytes()


def test_the_learners_notebook_has_no_trace_of_solutions_or_mistakes() -> None:
    text = (EXERCISES / f"{NAME}.ipynb").read_text(encoding="utf-8")
    key = (EXERCISES / f"{NAME}.json").read_text(encoding="utf-8")
    assert not any(word in text for word in ("SOLUTION", "MISCONCEPTION"))
    assert not any(json.dumps(m.message, ensure_ascii=False) in text for m in MISTAKES.values())
    assert "return " not in key
    for task in AUTHOR.tasks:
        cut = [line for line in task.solution.splitlines() if line not in task.blank.splitlines()]
        assert cut
        assert cut[-1].strip() not in text


def test_a_blank_scores_0_and_every_task_is_not_attempted(reports: dict[str, Report]) -> None:
    assert reports["blank"].score == 0
    assert {task.status for task in reports["blank"].tasks} == {"not attempted"}


def test_the_solution_scores_full(reports: dict[str, Report]) -> None:
    report = reports["solution"]
    assert [task.status for task in report.tasks] == ["right"] * 4
    assert (report.score, report.max_score, report.notes) == (10, 10, [])


@pytest.mark.parametrize("k", range(len(ROUNDS)))
def test_a_planted_mistake_fails_its_own_check_only_and_is_named(
    k: int, reports: dict[str, Report]
) -> None:
    for task in reports[f"round {k}"].tasks:
        if task.name not in ROUNDS[k]:
            assert task.status == "right"
            continue
        mistake = MISTAKES[task.name, ROUNDS[k][task.name]]
        assert (task.status, task.cause, task.points) == ("wrong", mistake.name, 0)
        assert mistake.message in task.message
