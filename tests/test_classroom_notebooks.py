"""A learner's notebook: read within bounds, spliced into the exercise, and run through nbval."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microtorch.classroom import ClassroomError, nbval_run
from microtorch.classroom import check as check_module
from microtorch.classroom.authoring import read_author
from microtorch.classroom.check import Report, check_notebook
from microtorch.classroom.content import content_dir
from microtorch.classroom.key import load_key
from microtorch.classroom.reader import Cell, parse_notebook, read_notebook
from microtorch.classroom.splice import splice
from microtorch.classroom.values import MIME

NAME = "01-backward-by-hand"
EXERCISES = content_dir("exercises")
KEY = load_key(EXERCISES / f"{NAME}.json")
AUTHOR = read_author(Path(__file__).parent.parent / "exercises" / "authoring" / f"{NAME}.ipynb")
SOLUTION = {task.name: task.solution for task in AUTHOR.tasks}


def pristine() -> dict[str, Any]:
    """The released notebook with each source as one string."""
    notebook: dict[str, Any] = json.loads((EXERCISES / f"{NAME}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def solved(**changes: str) -> dict[str, Any]:
    """The released notebook with the solution, apart from ``changes`` (task name: source)."""
    notebook = pristine()
    answers = SOLUTION | {task.replace("_", "-"): source for task, source in changes.items()}
    for cell in notebook["cells"]:
        meta = cell["metadata"]["microtorch"]
        if meta["role"] == "task":
            cell["source"] = answers[meta["task"]]
    return notebook


def checked(notebook: dict[str, Any], folder: Path, **options: Any) -> Report:
    path = folder / "mine.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return check_notebook(path, **options)


def outcome(report: Report) -> dict[str, str]:
    return {task.name: task.status for task in report.tasks}


# --- reading --------------------------------------------------------------------------------------

NOTEBOOK = '{"nbformat": 4, "metadata": {}, "cells": %s}'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "git's conflict marks"),
        (b"print('hello')", "Python code, not valid JSON"),
        (b"PK\x03\x04", "zip archive"),
        ((NOTEBOOK % ("[" + "{}," * 500_000 + "{}]")).encode(), "too many parts"),
        (b"\x89PNG\r\n\xff\xfe", "not UTF-8"),
        (b"[1, 2]", "not a notebook in a format"),
        (b'{"nbformat": 99, "cells": []}', "not a notebook in a format"),
        (b'{"nbformat": 4, "cells": 5}', "not a notebook in a format"),
        (b"[" * 200_000, "not valid JSON"),
        ((NOTEBOOK % json.dumps([{}] * 2001)).encode(), "2001 cells"),
        ((NOTEBOOK % json.dumps([{"source": "x" * 1_000_001}])).encode(), "characters of source"),
        ((NOTEBOOK % "[]").encode(), "of no exercise that is known"),
    ],
)
def test_what_is_no_notebook_gets_the_cause_and_the_way_out(
    data: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "strange.ipynb"
    path.write_bytes(data)
    with pytest.raises(ClassroomError, match=words) as caught:
        check_notebook(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_a_missing_file_and_a_folder_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ClassroomError, match="There is no file"):
        read_notebook(tmp_path / "missing.ipynb")
    with pytest.raises(ClassroomError, match="is a folder"):
        read_notebook(tmp_path)
    with pytest.raises(ClassroomError, match="cannot be read"):
        read_notebook(tmp_path / "a\0b.ipynb")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.ipynb"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(ClassroomError, match="Clear Outputs"):
        read_notebook(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_text(NOTEBOOK % '[{"cell_type": "code", "source": "x = \'é\'"}]', encoding=encoding)
    assert read_notebook(path).code() == [Cell("code", "x = 'é'", None, None)]


def test_odd_cells_are_read_without_trust() -> None:
    cells = [
        5,
        {"cell_type": "code", "source": ["a\r\n", 7, "b\n"], "id": 3, "metadata": []},
        {"cell_type": "code", "source": "\ud800", "metadata": {"nbgrader": {"grade_id": "x"}}},
    ]
    notebook = parse_notebook(NOTEBOOK % json.dumps(cells), "odd")
    assert notebook.cells == [Cell("code", "a\nb", None, None), Cell("code", "?", None, "x")]
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "a"}]}]}
    assert parse_notebook(json.dumps(old), "old").cells == [Cell("code", "a", None, None)]


# --- splicing -------------------------------------------------------------------------------------


def code_cells(notebook: dict[str, Any]) -> list[Cell]:
    return parse_notebook(json.dumps(notebook), "mine").code()


def spliced_sources(cells: list[Cell]) -> list[tuple[str, str]]:
    """(role, source) of every cell that will be run."""
    return [
        (cell["metadata"]["microtorch"]["role"], cell["source"])
        for cell in splice(pristine(), KEY, cells).notebook["cells"]
    ]


def answers(cells: list[Cell]) -> list[str]:
    return [source for role, source in spliced_sources(cells) if role == "answer"]


EXPECTED_ANSWERS = [source.rstrip("\n") for source in SOLUTION.values()]


def test_answers_are_found_by_cell_id() -> None:
    assert answers(code_cells(solved())) == EXPECTED_ANSWERS


def test_answers_are_found_by_nbgrader_id_when_cell_ids_were_lost() -> None:
    cells = [replace(cell, id=None) for cell in code_cells(solved())]
    assert answers(cells) == EXPECTED_ANSWERS


def test_answers_are_found_by_the_names_they_define_when_all_ids_were_lost() -> None:
    cells = [replace(cell, id=None, grade_id=None) for cell in code_cells(solved())]
    assert answers(cells) == EXPECTED_ANSWERS


def test_an_answer_in_a_new_cell_below_the_untouched_task_is_found() -> None:
    cells = code_cells(pristine())
    cells.append(Cell("code", SOLUTION["forward"], "new", None))
    result = splice(pristine(), KEY, cells)
    assert result.notebook["cells"][1]["source"] == SOLUTION["forward"]
    assert result.notes == ["forward: the answer was found in another cell."]


def test_a_missing_task_is_noted() -> None:
    cells = [cell for cell in code_cells(solved()) if cell.id != "chain-task"]
    assert splice(pristine(), KEY, cells).notes == ["chain-rule: its cell is missing."]


def test_split_duplicated_and_extra_cells_run_in_order_where_they_stand() -> None:
    cells = code_cells(solved())
    place = [cell.id for cell in cells].index("forward-task")
    copied = replace(cells[place], id="copy", source="forward = 'copied'")
    extra = [Cell("code", "extra = 1", "e1", None), Cell("code", "extra = 2", "e2", None)]
    cells[place + 1 : place + 1] = [extra[0], copied, extra[1]]
    sources = answers(cells)
    assert sources[:4] == [EXPECTED_ANSWERS[0], copied.source, "extra = 1", "extra = 2"]
    assert sources[4:] == EXPECTED_ANSWERS[1:]


def test_checks_and_set_up_come_from_the_pristine_notebook() -> None:
    cells = [
        cell if (cell.id or "").endswith("-task") else replace(cell, source="check = print")
        for cell in code_cells(solved())
    ]
    changed = [one for one in spliced_sources(cells) if one != ("answer", "check = print")]
    assert changed == spliced_sources(code_cells(solved()))
    for role, source in changed:
        if role == "check":
            assert source.startswith("from microtorch.classroom import exercise")


def test_what_a_learner_adds_to_a_check_or_the_set_up_runs_too_and_is_noted() -> None:
    cells = [
        replace(cell, source=f"mine = 1\n{cell.source}")
        if cell.id in ("setup", "local-check")
        else cell
        for cell in code_cells(solved())
    ]
    result = splice(pristine(), KEY, cells)
    ids = [cell["id"] for cell in result.notebook["cells"]]
    sources = [cell["source"] for cell in result.notebook["cells"]]
    assert sources[1].startswith("mine = 1")  # after the set-up
    assert sources[ids.index("local-check") - 1].startswith("mine = 1")  # before the check
    assert result.notes == [
        "The first cell was changed. It ran as it should be, then your lines.",
        "local-gradients: its check was changed. Your lines ran, then the check itself.",
    ]


def only_task(source: str) -> list[Cell]:
    """The solved notebook without ids, last cell first; task 3 is ``source``."""
    cells = code_cells(solved(chain_rule=source))
    return [replace(cell, id=None, grade_id=None) for cell in reversed(cells)]


LAMBDA = "lambda w, x, y: (2 * (w * x - y) * x, 2 * (w * x - y) * w)"


@pytest.mark.parametrize(
    "source",
    [
        f"if True:\n    backward = {LAMBDA}",
        f"try:\n    backward = {LAMBDA}\nfinally: pass",
        f"backward: object = {LAMBDA}",
        f"(backward := {LAMBDA})",
        f"two, backward = 2, {LAMBDA}",
        f"def make():\n    global backward\n    backward = {LAMBDA}\nmake()",
        "from __main__ import f as backward",
        f"%%time\nbackward = {LAMBDA}",
        f"!echo 1\nfiles = !ls\nbackward = {LAMBDA}",
        "class backward: pass",
    ],
)
def test_an_answer_is_found_however_it_is_defined(source: str) -> None:
    cells = splice(pristine(), KEY, only_task(source)).notebook["cells"]
    place = [cell["source"] for cell in cells].index(source)
    check = [cell["id"] for cell in cells].index("chain-check")
    assert place < check


def test_equal_or_exchanged_ids_lose_no_answer() -> None:
    cells = code_cells(solved())
    ids = {"forward-task": "twice-task", "twice-task": "forward-task"}
    for changed in (
        [replace(cell, id="chain-task") for cell in cells],
        [replace(cell, id=ids.get(cell.id or "", cell.id)) for cell in cells],
    ):
        spliced = splice(pristine(), KEY, changed).notebook["cells"]
        order = [cell["id"] for cell in spliced]
        for task in AUTHOR.tasks:
            mine = [k for k, cell in enumerate(spliced) if cell["source"] == task.solution.rstrip()]
            assert mine[0] < order.index(task.check["id"])


@pytest.mark.parametrize(
    "blank", ["def backward(w, x, y):\n    'Mine.'\n    pass", "{}  # see below", "{}"]
)
def test_what_is_still_blank_never_takes_the_place_of_an_answer(blank: str) -> None:
    stub = next(task.blank for task in AUTHOR.tasks if task.name == "chain-rule")
    answer = Cell("code", SOLUTION["chain-rule"].rstrip("\n"), "new", None)
    cells = code_cells(solved(chain_rule=blank.format(stub)))
    for changed in ([answer, *cells], [*cells, answer]):
        assert sorted(answers(changed)) == sorted(EXPECTED_ANSWERS)


def test_an_answer_in_a_text_cell_runs_unless_there_is_another_one() -> None:
    cells = [
        replace(cell, kind="markdown") if cell.id == "chain-task" else cell
        for cell in code_cells(solved())
    ]
    result = splice(pristine(), KEY, cells)
    assert answers(cells) == EXPECTED_ANSWERS
    assert result.notes == ["chain-rule: the answer was in a text cell. It ran as code."]
    other = Cell("code", "def backward(*a): return 0", "new", None)
    assert SOLUTION["chain-rule"] not in answers([*cells, other])


def test_the_reference_output_of_a_check_is_what_the_solution_published() -> None:
    for cell in splice(pristine(), KEY, code_cells(solved())).notebook["cells"]:
        meta = cell["metadata"]["microtorch"]
        if meta["role"] == "check":
            check = KEY.check(meta["task"])
            assert check is not None
            assert cell["outputs"][0]["data"][MIME]["results"] == check.results


# --- through nbval --------------------------------------------------------------------------------


def test_metadata_tags_markers_and_saved_outputs_of_the_learner_decide_nothing(
    tmp_path: Path,
) -> None:
    notebook = solved(forward="# NBVAL_SKIP\nw = '''\n# NBVAL_IGNORE_OUTPUT\n'''")
    notebook["metadata"]["kernelspec"] = {"name": "no-such-kernel", "display_name": "None"}
    notebook["metadata"]["microtorch"]["points"] = 100
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["nbval-skip", "raises-exception"]
        if cell["cell_type"] == "code":
            right = {"check": "forward", "results": KEY.checks[0].results}
            cell["execution_count"] = None
            cell["outputs"] = [
                {"output_type": "display_data", "metadata": {}, "data": {MIME: right}}
            ]
    noisy = "import sys, warnings\nprint('hello')\nwarnings.warn('careful')\n"
    notebook["cells"][-1]["cell_type"] = "code"
    notebook["cells"][-1]["source"] = "raise ValueError('my own scratch cell')"
    for cell in notebook["cells"]:
        if cell["id"] == "chain-task":
            shouting = "    print('in a check', file=sys.stderr)\n    y_hat"
            cell["source"] = noisy + cell["source"].replace("    y_hat", shouting, 1)
    report = checked(notebook, tmp_path)
    assert outcome(report) == {
        "forward": "not attempted",
        "local-gradients": "right",
        "chain-rule": "right",
        "used-twice": "right",
    }
    assert (report.score, report.max_score) == (8, 10)
    assert json.loads(json.dumps(report.as_dict()))["score"] == 8


def test_loops_exits_and_syntax_errors_cost_their_own_task_only(tmp_path: Path) -> None:
    report = checked(
        solved(
            forward="def forward(w, x, y):\n    while True: pass",
            local_gradients="import os\nos._exit(3)",
            used_twice="def backward_twice(w:\n",
        ),
        tmp_path,
        timeout=2,
    )
    messages = {task.name: task.message for task in report.tasks}
    assert outcome(report) == {
        "forward": "error",
        "local-gradients": "error",
        "chain-rule": "right",
        "used-twice": "error",
    }
    assert "longer than the time limit" in messages["forward"]
    assert "ended the Python process" in messages["local-gradients"]
    assert "SyntaxError" in messages["used-twice"]


def test_floods_input_sys_exit_and_swallowed_interrupts_cost_their_own_task_only(
    tmp_path: Path,
) -> None:
    swallow = """def backward(w, x, y):
    import time
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass
"""
    report = checked(
        solved(
            forward="def forward(w, x, y):\n    while True: print('x' * 1000)",
            local_gradients="def local_gradients(w, x, s):\n    return input()",
            chain_rule=swallow,
            used_twice="import sys\n" + SOLUTION["used-twice"] + "\nsys.exit(1)",
        ),
        tmp_path,
        timeout=2,
    )
    messages = {task.name: task.message for task in report.tasks}
    assert outcome(report) == {
        "forward": "error",
        "local-gradients": "error",
        "chain-rule": "error",
        "used-twice": "right",
    }
    assert "`forward` printed too much" in messages["forward"]
    assert "asks for input()" in messages["local-gradients"]
    assert "`backward` went on after the time limit" in messages["chain-rule"]


def test_values_published_by_the_learner_do_not_count(tmp_path: Path) -> None:
    forged = {"check": "forward", "results": KEY.checks[0].results}
    report = checked(
        solved(
            forward="def forward(w, x, y):\n"
            "    from IPython.display import display\n"
            f"    display({{{MIME!r}: {forged!r}}}, raw=True)\n",
            local_gradients="check = print\nimport microtorch.classroom.exercise as e\n"
            "class Same(float):\n"
            "    def __eq__(self, other): return True\n"
            "    def __repr__(self): 1 / 0\n"
            "def local_gradients(w, x, s): return [Same(1)] * 4",
        ),
        tmp_path,
    )
    assert outcome(report) == {
        "forward": "error",
        "local-gradients": "wrong",
        "chain-rule": "right",
        "used-twice": "right",
    }


def test_a_failure_of_pytest_itself_is_not_blamed_on_the_notebook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nbval_run, "_arguments", lambda *_, **__: ["--no-such-option"])
    notebook = splice(pristine(), KEY, code_cells(solved())).notebook
    with pytest.raises(ClassroomError, match=r"not its fault.*no-such-option"):
        nbval_run.run_nbval(notebook, KEY, cell_seconds=5, end=time.monotonic() + 5)


def test_a_microtorch_that_cannot_be_imported_is_not_blamed_on_the_learner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"role": "setup", "passed": False, "error": "ImportError: no microtorch", "stopped": None}
    monkeypatch.setattr(check_module, "run_nbval", lambda *_, **__: [row])
    with pytest.raises(ClassroomError, match=r"not your fault: ImportError"):
        checked(solved(), tmp_path)
