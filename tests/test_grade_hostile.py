"""A class of cheats, bombs and broken files, graded in one run: the right score for each.

The tables of the cases are in ``hostile.py``, ``hostile_escapes.py`` and ``hostile_splices.py``. To
see scores and times: ``pytest tests/test_grade_hostile.py -s``.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hostile import CANARY, NAME, bundle_file
from hostile import CASES as WRITTEN
from hostile_escapes import ESCAPES
from hostile_splices import SPLICES

from microtorch.classroom.batch import Grading, Result, grade_class
from microtorch.classroom.bundle import Bundle, load_bundle
from microtorch.classroom.journal import Journal
from microtorch.classroom.reports import write_class, write_student
from microtorch.classroom.sandbox import processes
from microtorch.classroom.sandbox.commands import FIRST_UID
from microtorch.classroom.sandbox.levels import problem, strongest
from microtorch.classroom.submissions import find_submissions

CASES = WRITTEN | ESCAPES | SPLICES
LEVEL = strongest()
SECONDS = 1.5  # of computing time for each cell


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(bundle_file())


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def results(
    bundle: Bundle, reports: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("submissions")
    for name, case in CASES.items():
        (folder / f"{name}.ipynb").write_bytes(case.data)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TEACHERS_SECRET", CANARY)
        with Journal(reports / "journal.jsonl") as journal:
            found = find_submissions(folder, NAME).submissions
            results = grade_class(found, Grading(bundle, SECONDS), journal)
            assert left_over() == []
    for result in results:
        write_student(reports, result, bundle)
        print(f"{result.seconds:6.1f} s {result.score!s:>5}  {result.submission.student}")
    write_class(reports, results, bundle)
    return {result.submission.student: result for result in results}


def left_over() -> list[str]:
    """Processes that a kernel has left behind, by their user or by what they descend from."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
            except OSError:
                continue
            uid = int(status.split("Uid:")[1].split()[0])
            if uid >= FIRST_UID or "ipykernel" in _command_line(pid):
                found.append(f"{pid}: {_command_line(pid)[:200]}")
        found = [one for one in found if int(one.split(":")[0]) in processes.tree(os.getpid())]
        if not found:
            break
        time.sleep(0.1)
    return found


def _command_line(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def test_this_machine_can_lock_notebooks_in() -> None:
    assert LEVEL in ("bwrap", "landlock"), problem("bwrap")


def test_there_are_at_least_60_cases() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_or_broken_notebook_gets_the_score_it_deserves(
    name: str, results: dict[str, Result]
) -> None:
    result, case = results[name], CASES[name]
    told = json.dumps(result.report.as_dict(), ensure_ascii=False)
    assert result.status != "failed", told
    assert result.score == case.score, told
    assert case.words in told
    assert "FOUND" not in told


def test_no_file_for_a_student_holds_the_secret_or_a_hidden_answer(
    bundle: Bundle, reports: Path, results: dict[str, Result]
) -> None:
    hidden = hidden_numbers(bundle)
    files = list((reports / "feedback").iterdir())
    assert len(files) >= len(CASES)
    for file in files:
        text = file.read_text("utf-8")
        assert CANARY not in text
        shown = [number for number in hidden if number in text]
        assert shown == [], file.name


def hidden_numbers(bundle: Bundle) -> set[str]:
    """Expected values that cannot be in a page by chance: those with many digits."""

    def numbers(value: Any) -> list[float]:
        return [n for v in value for n in numbers(v)] if isinstance(value, list) else [value]

    texts = {
        text
        for pool in bundle.pools.values()
        for number in numbers(pool.results)
        for text in (repr(number), f"{number:.8g}")
    }
    return {text for text in texts if len(text.strip("-")) >= 7}
