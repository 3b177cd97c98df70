"""Stored notebooks are what a fresh run gives, and the tool that ensures it notices when they are not."""

from __future__ import annotations

from pathlib import Path

import nb_refresh
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
STORED = [
    *sorted((ROOT / "lessons").glob("*.ipynb")),
    *sorted((ROOT / "exercises").glob("*.ipynb")),
]


def write(path: Path, *sources: str) -> Path:
    cells = [new_markdown_cell("# A lesson", id="title")]
    cells += [new_code_cell(source, id=f"code-{i}") for i, source in enumerate(sources)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_a_refreshed_notebook_holds_its_outputs_and_passes_the_check(tmp_path: Path) -> None:
    path = write(tmp_path / "lesson.ipynb", "x = 2\nprint(x)", "import sys\nprint(3)\nx ** 3")
    assert nb_refresh.main([str(path)]) == 0
    stored = path.read_bytes()
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.execution_count for cell in cells[1:]] == [1, 2]
    assert cells[1].outputs[0].text == "2\n"
    assert cells[2].outputs[-1].data == {"text/plain": "8"}

    assert nb_refresh.main(["--check", str(path)]) == 0
    assert path.read_bytes() == stored


def test_the_check_shows_a_stale_output_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "lesson.ipynb", "print('the loss is', 2 + 2)")
    nb_refresh.main([str(path)])
    path.write_text(path.read_text().replace("the loss is 4", "the loss is 5"))
    stale = path.read_bytes()

    assert nb_refresh.main(["--check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "the loss is 5" in shown
    assert "the loss is 4" in shown
    assert path.read_bytes() == stale


def test_a_failing_cell_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "lesson.ipynb", "raise ValueError('the seed is missing')")
    before = path.read_bytes()
    assert nb_refresh.main([str(path)]) == 1
    assert "ValueError: the seed is missing" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_an_exercise_is_not_run_and_loses_its_outputs(tmp_path: Path) -> None:
    path = write(tmp_path / "exercises" / "01.ipynb", "open('was-run', 'w')")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [new_output("stream", text="left over")]
    nbformat.write(notebook, path)

    assert nb_refresh.main(["--check", str(path)]) == 1
    assert nb_refresh.main([str(path)]) == 0
    cell = nbformat.read(path, as_version=4).cells[1]
    assert (cell.outputs, cell.execution_count) == ([], None)
    assert not (path.parent / "was-run").exists()


def output(mime: str = "text/plain", text: str = "") -> nbformat.NotebookNode:
    data = {mime: text, nb_refresh.LIVE_VIEW: {"model_id": "1f2e"}}
    made: nbformat.NotebookNode = new_output(
        "display_data", data=data, metadata={nb_refresh.LIVE_VIEW: {"a": 1}}
    )
    return made


def test_what_differs_from_run_to_run_is_dropped() -> None:
    cell = new_code_cell("loss", id="c")
    cell.metadata = nbformat.from_dict(
        {"tags": ["keep"], "execution": {"start": "now"}, "jupyter": {"outputs_hidden": True}}
    )
    cell.outputs = [
        new_output("stream", text="one "),
        new_output("stream", text="two"),
        output("image/svg+xml", "<svg/>"),
        new_output("error", ename="ValueError", evalue="no", traceback=["File x, line 3"]),
    ]
    notebook = new_notebook(
        cells=[cell], metadata={"language_info": {"name": "python", "version": "3.11.7"}}
    )
    nb_refresh.canonical(notebook)

    assert notebook.metadata["language_info"] == {"name": "python"}
    assert cell.metadata == {"tags": ["keep"]}
    assert [o.output_type for o in cell.outputs] == ["stream", "display_data", "error"]
    assert cell.outputs[0].text == "one two"
    assert cell.outputs[1].data == {"image/svg+xml": "<svg/>"}
    assert cell.outputs[2].traceback == ["ValueError: no"]


def test_canonical_form_is_reached_in_one_step() -> None:
    cells = [new_code_cell("1", id="a", outputs=[output(text="1")]), new_markdown_cell("m", id="b")]
    once = nb_refresh.text_of(nb_refresh.canonical(new_notebook(cells=cells)))
    again = nb_refresh.canonical(nbformat.reads(once, as_version=4))
    assert nb_refresh.text_of(again) == once


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<Tensor object at 0x7f1234abcd>", "an address in memory"),
        (f"saved in {ROOT}", "a path of this machine"),
        ("File " + "/ho" + "me/ada/x.py", "a path of this machine"),
        ("12.3 µs ± 1.1 µs per loop", "a timing"),
    ],
)
def test_an_output_that_only_holds_here_and_now_is_named(text: str, what: str) -> None:
    cell = new_code_cell("x", id="c", outputs=[output(text=text)])
    (complaint,) = nb_refresh.complaints(new_notebook(cells=[cell]))
    assert what in complaint
    assert "'c'" in complaint


def test_ordinary_outputs_are_not_complained_about() -> None:
    text = "tensor([16., 24.,  8.])\nhttps://example.org/home/x in 3 s, 0x10"
    cell = new_code_cell("x", id="c", outputs=[output(text=text)])
    assert list(nb_refresh.complaints(new_notebook(cells=[cell]))) == []


def test_a_cell_without_an_id_gets_the_same_one_every_time() -> None:
    cells = [new_markdown_cell("m"), new_code_cell("1")]
    for cell in cells:
        del cell["id"]
    notebook = nb_refresh.canonical(nbformat.from_dict({"metadata": {}, "cells": cells}))
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1"]


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_stored_notebook_is_in_canonical_form(path: Path) -> None:
    # Without running it: nbval does that for lessons. But nbval compares nothing where counts are
    # missing, so a lesson that was saved without outputs must be noticed here.
    stored = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(stored, as_version=4)
    nb_refresh.canonical(notebook, blank=path.parent.name == "exercises")
    assert nb_refresh.text_of(notebook) == stored, f"run: python tests/nb_refresh.py {path.name}"
    assert list(nb_refresh.complaints(notebook)) == []
