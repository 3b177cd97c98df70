"""The exercises as they are shipped: cut from their solutions, blank at 0, every planted mistake named."""

from __future__ import annotations

import functools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from microtorch.classroom.authoring import BEGIN, END, AuthorNotebook, Mistake, read_author
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.check import Report, check_notebook
from microtorch.classroom.content import known_exercises
from microtorch.classroom.release import release
from microtorch.classroom.warm import WarmGrader

EXERCISES = Path(__file__).parent.parent / "exercises"
NAMES = sorted(path.stem for path in (EXERCISES / "authoring").glob("*.ipynb"))


@functools.cache
def author(name: str) -> AuthorNotebook:
    return read_author(EXERCISES / "authoring" / f"{name}.ipynb")


def solution(name: str) -> dict[str, str]:
    return {task.name: task.solution for task in author(name).tasks}


def mistakes(name: str) -> dict[tuple[str, str], Mistake]:
    return {(task.name, m.name): m for task in author(name).tasks for m in task.hidden.mistakes}


def rounds(name: str) -> dict[str, dict[str, str]]:
    """Which mistakes are planted together: first one alone per task, then the k-th of every task."""
    tasks = author(name).tasks
    alone = {f"only {t.name}": {t.name: t.hidden.mistakes[0].name} for t in tasks}
    together = {
        f"round {k}": {
            t.name: t.hidden.mistakes[k].name for t in tasks if k < len(t.hidden.mistakes)
        }
        for k in range(max(len(task.hidden.mistakes) for task in tasks))
    }
    return alone | together


ROUNDS = [(name, planted) for name in NAMES for planted in rounds(name)]


def learner_copy(name: str, path: Path, answers: dict[str, str]) -> Path:
    """The released notebook with ``answers`` written into its task cells."""
    notebook = json.loads((EXERCISES / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        meta = cell["metadata"]["microtorch"]
        if meta["role"] == "task" and meta["task"] in answers:
            cell["source"] = answers[meta["task"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Report]:
    """Every notebook of this file, checked through nbval, a few at a time."""
    folder = tmp_path_factory.mktemp("exercise")
    answers: dict[tuple[str, str], dict[str, str]] = {}
    for name in NAMES:
        answers |= {(name, "blank"): {}, (name, "solution"): solution(name)}
    for name, planted in ROUNDS:
        wrong = {task: mistakes(name)[task, m].code for task, m in rounds(name)[planted].items()}
        answers[name, planted] = solution(name) | wrong
    paths = [
        learner_copy(name, folder / f"{name} {planted}.ipynb", given)
        for (name, planted), given in answers.items()
    ]
    with WarmGrader(folder) as warm, ThreadPoolExecutor(3) as pool:
        checked = pool.map(lambda path: check_notebook(path, run=warm.run), paths)
        return dict(zip(answers, checked, strict=True))


@pytest.fixture(scope="module", params=NAMES)
def released(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    name: str = request.param
    to = tmp_path_factory.mktemp("released")
    release(EXERCISES / "authoring" / f"{name}.ipynb", to, bundle=to / "teacher.json")
    return name, to


def test_every_exercise_has_an_author() -> None:
    assert known_exercises() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_there_are_at_least_three_tasks_and_each_has_a_planted_mistake(name: str) -> None:
    assert len(author(name).tasks) >= 3
    assert all(task.hidden.mistakes for task in author(name).tasks)


def test_what_lies_in_exercises_is_what_release_makes(released: tuple[str, Path]) -> None:
    name, to = released
    for made in (to / f"{name}.ipynb", to / f"{name}.json"):
        assert made.read_bytes() == (EXERCISES / made.name).read_bytes(), (
            f"{made.name} is stale: microtorch release --no-bundle "
            f"exercises/authoring/{name}.ipynb --to exercises"
        )


def test_every_check_has_hidden_inputs_and_the_authors_lint_has_no_complaint(
    released: tuple[str, Path],
) -> None:
    name, to = released
    bundle = load_bundle(to / "teacher.json")
    assert set(bundle.pools) == {task.name for task in author(name).tasks}
    assert bundle.taught == author(name).taught


@pytest.mark.parametrize("name", NAMES)
def test_the_learners_notebook_has_no_trace_of_solutions_or_mistakes(name: str) -> None:
    notebook = json.loads((EXERCISES / f"{name}.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    everything = json.dumps(notebook, ensure_ascii=False)
    for word in (BEGIN, END, "HIDDEN", "def draw", "check.key"):
        assert word not in everything
    for mistake in mistakes(name).values():
        assert mistake.message not in everything
        assert f"class {mistake.name.replace('-', '_')}" not in everything
    for task in author(name).tasks:
        lines = task.solution.splitlines()
        cut = [line for line in lines if line not in task.blank.splitlines()]
        assert cut
        assert task.blank in sources
        assert "\n".join(cut) not in "\n".join(sources)


@pytest.mark.parametrize("name", NAMES)
def test_the_key_holds_numbers_and_messages_but_no_code(name: str) -> None:
    text = (EXERCISES / f"{name}.json").read_text(encoding="utf-8")
    assert "return " not in text
    assert "def " not in text


@pytest.mark.parametrize("folder", [EXERCISES, EXERCISES / "authoring"], ids=["learner", "author"])
@pytest.mark.parametrize("name", NAMES)
def test_the_notebooks_are_canonical_and_follow_nbgraders_schema(name: str, folder: Path) -> None:
    text = (folder / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert text == json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        graded: dict[str, Any] = cell["metadata"]["nbgrader"]
        allowed = {"schema_version", "grade_id", "grade", "locked", "solution", "task"}
        assert set(graded) == allowed | ({"points"} if graded["grade"] else set())
        assert graded["schema_version"] == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_scores_0_and_every_task_is_not_attempted(
    name: str, reports: dict[tuple[str, str], Report]
) -> None:
    report = reports[name, "blank"]
    assert report.score == 0
    assert {task.status for task in report.tasks} == {"not attempted"}


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_scores_full(name: str, reports: dict[tuple[str, str], Report]) -> None:
    report = reports[name, "solution"]
    assert [(task.status, task.message) for task in report.tasks] == [
        ("right", task.check["metadata"]["microtorch"]["right"]) for task in author(name).tasks
    ]
    assert report.score == report.max_score == 10
    assert report.notes == []


@pytest.mark.parametrize("name", NAMES)
def test_every_planted_mistake_is_in_a_round(name: str) -> None:
    planted = {(task, m) for together in rounds(name).values() for task, m in together.items()}
    assert planted == set(mistakes(name))


@pytest.mark.parametrize(("name", "planted"), ROUNDS)
def test_a_planted_mistake_fails_its_own_check_only_and_is_named(
    name: str, planted: str, reports: dict[tuple[str, str], Report]
) -> None:
    wrong = rounds(name)[planted]
    for task in reports[name, planted].tasks:
        if task.name in wrong:
            mistake = mistakes(name)[task.name, wrong[task.name]]
            assert (task.status, task.cause) == ("wrong", mistake.name)
            assert task.points < task.max_points
            assert mistake.message in task.message
            assert "gives" in task.message
            assert "expected" in task.message
        else:
            assert (task.status, task.points) == ("right", task.max_points)
