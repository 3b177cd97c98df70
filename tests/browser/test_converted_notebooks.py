"""What `jupyter nbconvert --to html --execute` makes of a notebook: our widgets move, offline."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
from labdriver import Page, expect
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

import microtorch as torch
from microtorch.widgets.export import STATE, VIEW, InlineWidgets, StandaloneExporter, inlined

ROOT = Path(__file__).resolve().parent.parent.parent
CELLS = [
    "import microtorch as torch",
    "w = torch.tensor(3.0, requires_grad=True)\nloss = (w - 1) ** 2\ntorch.walk(loss, w=(-3, 3))",
    "torch.explore(lambda w: (w - 1) ** 2, w=(-3, 3, 0.1, 2.0))",
    "torch.landscape(lambda x, y: x**2 + y**2, x=(-3, 3), y=(-3, 3), steps=5)",
]
FROM_ELSEWHERE = re.compile(r'<script[^>]*src="https?:[^>]*>\s*</script>')


def converted(folder: Path, *options: str, setting: bool = True) -> Path:
    """The page that nbconvert writes, with the setting that microtorch is installed with."""
    lesson = folder / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in CELLS]), lesson)
    settings = str(ROOT / "microtorch/widgets") if setting else str(folder)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", *options]
    subprocess.run(
        [*command, str(lesson)],
        env=os.environ
        | {
            "JUPYTER_CONFIG_PATH": settings,
            "JUPYTER_CONFIG_DIR": str(folder),
            "IPYTHONDIR": str(folder),
            "PYTHONWARNINGS": "",
        },
        capture_output=True,
        check=True,
        timeout=120,
    )
    (page,) = folder.glob("*.html")
    # What nbconvert itself would fetch, for formulas and looks, is not here: there is no network.
    page.write_text(FROM_ELSEWHERE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    return page


def test_an_executed_notebook_becomes_a_page_whose_widgets_move(
    bare_page: Page, tmp_path: Path
) -> None:
    bare_page.goto(converted(tmp_path).as_uri())
    expect(bare_page.locator(".mt-walk")).to_have_count(3)
    walk, explore, land = bare_page.locator(".mt-walk").all()
    walk.get_by_label("w", exact=True).fill("1")
    expect(walk.locator('[data-name="loss"] [data-slot]').first).to_have_text("0")
    explore.get_by_role("button", name="Step", exact=True).click()
    expect(explore.locator(".mt-sentence")).to_contain_text("w = 2 − 0.1 · 2 = 1.8")
    land.get_by_label("step", exact=True).fill("5")
    expect(land.locator(".mt-sentence")).to_contain_text("After 5 steps")
    assert "unpkg" not in bare_page.content()  # nothing is left for scripts from elsewhere


def test_without_the_state_of_widgets_the_still_pictures_are_shown(tmp_path: Path) -> None:
    option = "--ExecutePreprocessor.store_widget_state=False"
    page = converted(tmp_path, option, setting=False).read_text(encoding="utf-8")
    assert page.count('data-mime-type="image/svg+xml"') == 2
    assert len(re.findall('<img[^>]*src="data:image/png;base64,', page)) == 1


def notebook(*shown: Any) -> Any:
    """A notebook that has shown these widgets, with their states."""
    outputs = [
        new_output("display_data", {VIEW: {"model_id": widget.model_id}, "text/plain": "a widget"})
        for widget in shown
    ]
    states = {
        widget.model_id: {
            "model_name": widget._model_name,
            "model_module": widget._model_module,
            "state": widget.get_state(),
        }
        for widget in shown
    }
    cells = [new_code_cell(outputs=[output]) for output in outputs]
    return nbformat.from_dict(
        new_notebook(cells=cells, metadata={"widgets": {STATE: {"state": states}}})
    )


def test_where_scripts_are_not_wanted_none_of_ours_is_written() -> None:
    before = notebook(torch.explore(lambda w: w * w, w=(-1, 1)))
    exporter = HTMLExporter(sanitize_html=True)
    after, _ = InlineWidgets(parent=exporter).preprocess(copy.deepcopy(before), {})
    assert after == before
    page, _ = StandaloneExporter(sanitize_html=True).from_notebook_node(before)
    assert 'data-mime-type="text/html"' not in page


def test_widgets_of_others_are_left_as_they_are() -> None:
    ours, theirs = torch.explore(lambda w: w * w, w=(-1, 1)), ipywidgets.IntSlider()
    after = inlined(notebook(ours, theirs))
    assert [VIEW in cell.outputs[0].data for cell in after.cells] == [False, True]
    assert "text/html" not in after.cells[1].outputs[0].data
    assert list(after.metadata.widgets[STATE].state) == [theirs.model_id]
    assert inlined(copy.deepcopy(after)) == after  # twice is as good as once
