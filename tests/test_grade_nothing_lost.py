"""A grading that is stopped, killed, or has no room to write loses nothing and grades nothing twice."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from handed_in import hand_in
from hostile import NAME, bundle_file, data, notebook
from kill_audit import audit
from nbval.plugin import IPyNbCell

from microtorch.classroom import ClassroomError, batch, journal, plugin, reports, work
from microtorch.classroom.batch import Grading, Result, grade_class, grade_one
from microtorch.classroom.bundle import load_bundle
from microtorch.classroom.check import Report, Task
from microtorch.classroom.journal import Journal
from microtorch.classroom.pages import student_page
from microtorch.classroom.submissions import Submission
from microtorch.classroom.work import Answer, Request

GRADING = Grading(load_bundle(bundle_file()), 1.0)


def fake(*, failed: str = "", runs: list[str] | None = None) -> Callable[[Request], Answer]:
    """A job that is done at once; the student ``failed`` could not be graded."""

    def job(request: Request) -> Answer:
        student = request["student"]
        if runs is not None:
            runs.append(student)
        task = Task("forward", "Task 1", 2, 2, "right", "Good.")
        report = work.asdict(Report(NAME, student, [task]))
        broken = student == failed
        return {
            "outcome": "failed" if broken else "graded",
            "report": None if broken else report,
            "words": "no space left" if broken else "",
            "seconds": 1.0,
            "machine": "m",
            "sandbox": "bwrap",
        }

    return job


def solved(folder: Path, *names: str) -> list[Submission]:
    return hand_in(folder, **dict.fromkeys(names, data(notebook())))


# --- the journal ----------------------------------------------------------------------------------


def test_a_result_is_on_the_disk_and_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "out" / "journal.jsonl"
    with Journal(path) as first:
        first.add({"key": "a", "n": 1})
        assert json.loads(path.read_text()) == {"key": "a", "n": 1}
    with path.open("a") as file:
        file.write('not json\n[1]\n{"key": [1]}\n{"key": "b", "n"')
    with Journal(path) as second:
        assert (len(second), second.get("a"), second.get("b")) == (1, {"key": "a", "n": 1}, None)
        second.add({"key": "c", "words": "ü\u2028\ud800"})
        second.add({"key": "a", "n": 2})
    with Journal(path) as third:
        assert third.get("c") == {"key": "c", "words": "ü\u2028?"}
        assert third.get("a") == {"key": "a", "n": 2}
        assert len(third) == 2


def test_cut_off_anywhere_a_journal_keeps_every_line_before(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as whole:
        for k in range(3):
            whole.add({"key": str(k), "words": "ü" * k})
    content = path.read_bytes()
    ends = [k + 1 for k, byte in enumerate(content) if byte == ord("\n")]
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        with Journal(path) as cut:
            assert len(cut) == sum(end <= length for end in ends)
            cut.add({"key": "new"})
        with Journal(path) as again:
            assert len(again) == len(cut)


def test_two_gradings_do_not_write_to_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LOCK_SECONDS", 0.2)
    with (
        Journal(tmp_path / "j"),
        pytest.raises(ClassroomError, match="Another grading writes to"),
        Journal(tmp_path / "j"),
    ):
        pass
    with Journal(tmp_path / "j"):
        pass


def test_a_full_disk_ends_the_run_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "run_job", fake())
    found = solved(tmp_path / "class", "ada", "bob", "eve")
    write, room = os.write, [700]

    def full(file: int, content: bytes) -> int:
        content = content[: room[0]]
        if not content:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(content)
        return write(file, content)

    path = tmp_path / "j"
    with monkeypatch.context() as patch, Journal(path) as short:
        patch.setattr(journal.os, "write", full)
        with pytest.raises(ClassroomError, match=r"No space left(.|\n)*is kept(.|\n)*same command"):
            grade_class(found, GRADING, short, jobs=1)
    kept = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert 0 < len(kept) < 3
    runs: list[str] = []
    monkeypatch.setattr(batch, "run_job", fake(runs=runs))
    with Journal(path) as more:
        assert [one.score for one in grade_class(found, GRADING, more, jobs=1)] == [2, 2, 2]
    assert len(runs) == 3 - len(kept)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassroomError, match=r"file/journal.jsonl cannot be written"):
        Journal(tmp_path / "file" / "journal.jsonl").__enter__()
    with pytest.raises(ClassroomError, match=r"file/x.html cannot be written(.|\n)*is kept"):
        reports.write(tmp_path / "file" / "x.html", "")


# --- what is graded again -------------------------------------------------------------------------


def test_only_what_failed_or_changed_is_graded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = solved(tmp_path / "class", "ada", "bob", "eve")
    path = tmp_path / "j"

    def run(grading: Grading = GRADING, failed: str = "") -> tuple[list[str], list[float | None]]:
        runs: list[str] = []
        monkeypatch.setattr(batch, "run_job", fake(failed=failed, runs=runs))
        with Journal(path) as log:
            results = grade_class(found, grading, log, jobs=1)
        return runs, [one.score for one in results]

    assert run(failed="eve") == (["ada", "bob", "eve"], [2, 2, None])
    assert run(failed="eve") == (["eve"], [2, 2, None])
    assert run() == (["eve"], [2, 2, 2])
    assert run() == ([], [2, 2, 2])
    (tmp_path / "class" / "bob.ipynb").write_bytes(b"{ }")
    assert run() == (["bob"], [2, 2, 2])
    assert run(replace(GRADING, timeout=2.0)) == (["ada", "bob", "eve"], [2, 2, 2])
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        del line["report"]["tasks"][0]["title"]  # somebody has edited it
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run() == (["ada", "bob", "eve"], [2, 2, 2])


def test_what_cannot_be_read_is_told_apart_from_what_is_no_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "run_job", fake())
    found = solved(tmp_path / "class", "ada", "bob", "eve")
    (tmp_path / "class" / "bob.ipynb").unlink()
    (tmp_path / "class" / "bob.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "class" / "eve.ipynb").unlink()  # or a network drive that is away
    for _ in range(2):
        with Journal(tmp_path / "j") as log:
            results = grade_class(found, GRADING, log)
        assert [(one.status, one.score) for one in results] == [
            ("graded", 2),
            ("unreadable", 0),
            ("failed", None),
        ]
    assert (tmp_path / "j").read_bytes().count(b"\n") == 4  # eve was tried once more


class NoGrader:
    def __init__(self, folder: Path) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def test_a_failure_of_the_grader_has_no_score_and_costs_no_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> Report:
        raise OSError("no space left")

    monkeypatch.setattr(work, "grade_data", broken)
    monkeypatch.setattr(work, "PAUSE", 0)
    monkeypatch.setattr(work, "WarmGrader", NoGrader)
    (one,) = solved(tmp_path, "ada")
    graded = grade_one(one, GRADING)
    work.close()
    assert (graded.status, graded.score) == ("failed", None)
    assert "no space left" in graded.report.notes[0]
    assert "not your fault" in student_page(graded)
    assert reports.stamp(graded) == ""


def test_pages_are_written_once_and_again_when_the_result_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = solved(tmp_path / "class", "ada")
    task = Task("forward", "Task 1", 2, 2, "right", "Good.")
    first = Result(one, "unreadable", Report(NAME, "ada", [task]), 1.0, "key")
    written: list[str] = []
    write = reports.write

    def watched(path: Path, text: str) -> None:
        written.append(path.name)
        write(path, text)

    monkeypatch.setattr(reports, "write", watched)
    for result, times in (
        (replace(first, status="failed"), 2),  # it may be another failure the next time
        (first, 1),
        (replace(first, key="other"), 1),
    ):
        written.clear()
        for _ in range(2):
            reports.write_student(tmp_path / "out", result, GRADING.bundle)
        assert written == ["ada.html"] * times
    page = tmp_path / "out" / "feedback" / "ada.html"
    assert "could not be read" in page.read_text("utf-8")


# --- the command ----------------------------------------------------------------------------------


def command(folder: Path) -> list[str]:
    python = [sys.executable, "-m", "microtorch", "grade", str(folder / "class")]
    return [*python, "--bundle", str(bundle_file()), "--out", str(folder / "out"), "--jobs", "2"]


def test_ctrl_c_stops_at_once_and_keeps_what_is_done(tmp_path: Path) -> None:
    """The folder for temporary files has a name that is too long for sockets."""
    solved(tmp_path / "class", *(f"s{k}" for k in range(8)))
    log = tmp_path / "out" / "journal.jsonl"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as grading:
        end = time.monotonic() + 240
        while time.monotonic() < end and not (log.exists() and log.stat().st_size):
            time.sleep(0.01)
        grading.send_signal(signal.SIGINT)
        assert grading.stderr is not None
        said = grading.stderr.read().decode()
    assert grading.returncode == 130, said
    assert "of 8 are done and kept; the same command goes on from there." in " ".join(said.split())
    assert "Traceback" not in said
    kept = [json.loads(line) for line in log.read_bytes().splitlines()]
    assert {one["status"] for one in kept} == {"graded"}
    assert not list(Path("/tmp").glob(f"microtorch-grade-{grading.pid}-*"))


def test_kills_of_any_process_lose_nothing_and_change_no_score() -> None:
    with tempfile.TemporaryDirectory(prefix="mt-") as name:  # names of sockets are short
        seen = audit(10, 4, 3, Path(name))
    assert seen.problems == [], seen.text()
    assert len(seen.killed) == 4


@pytest.mark.parametrize("by_the_grader", [True, False])
def test_a_kernel_that_ends_between_two_cells_is_noticed(by_the_grader: bool) -> None:
    provisioner = SimpleNamespace(lost=by_the_grader)
    watch = plugin.Watch.__new__(plugin.Watch)
    watch.stopped, watch.lost = None, False
    watch.interrupted = watch.waited = False
    watch.kernel = SimpleNamespace(
        is_alive=lambda: False, km=SimpleNamespace(provisioner=provisioner)
    )
    item = IPyNbCell.__new__(IPyNbCell)
    item.parent = SimpleNamespace(watch=watch)
    item.session = SimpleNamespace(shouldstop=False)
    item.cell = SimpleNamespace(id="one", metadata={"microtorch": {"role": "check"}})
    item.test_outputs, item.expected = [], None
    rows: list[dict[str, Any]] = []
    grading = plugin.Grading.__new__(plugin.Grading)
    grading._write = rows.append  # type: ignore[method-assign]
    report = grading.pytest_runtest_makereport(item, SimpleNamespace(when="call"))
    next(report)
    with pytest.raises(StopIteration):
        report.send(SimpleNamespace(outcome="failed"))
    assert item.session.shouldstop == plugin.ENDED
    assert [row["stopped"] for row in rows] == ([] if by_the_grader else [plugin.ENDED])
