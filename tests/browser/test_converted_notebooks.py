"""What `jupyter nbconvert --to html --execute` makes of a notebook: our widgets move, offline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from labdriver import Page, expect
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent.parent
IMPORT = "import microtorch as torch\n"
CELLS = [
    "w = torch.tensor(3.0, requires_grad=True)\nloss = (w - 1) ** 2\ntorch.walk(loss, w=(-3, 3))",
    "torch.explore(lambda w: (w - 1) ** 2, w=(-3, 3, 0.1, 2.0))",
    "torch.landscape(lambda x, y: x**2 + y**2, x=(-3, 3), y=(-3, 3), steps=5)",
]
FROM_ELSEWHERE = re.compile(r'<script[^>]*src="https?:[^>]*>\s*</script>')


def converted(folder: Path, cells: list[str], *options: str, ours: bool = True) -> Path:
    """The page that nbconvert writes; ``ours``: where microtorch is installed with its setting."""
    notebook = folder / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(IMPORT + cell) for cell in cells]), notebook)
    settings = str(ROOT / "etc/jupyter") if ours else str(folder)
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", *options, str(notebook)],
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
    bare_page.goto(converted(tmp_path, CELLS, "--to", "html").as_uri())
    expect(bare_page.locator(".mt-walk")).to_have_count(3)
    walk, explore, land = bare_page.locator(".mt-walk").all()
    walk.get_by_label("w", exact=True).fill("1")
    expect(walk.locator('[data-name="loss"] [data-slot]').first).to_have_text("0")
    explore.get_by_role("button", name="Step", exact=True).click()
    expect(explore.locator(".mt-sentence")).to_contain_text("w = 2 − 0.1 · 2 = 1.8")
    land.get_by_label("step", exact=True).fill("5")
    expect(land.locator(".mt-sentence")).to_contain_text("After 5 steps")
    assert "unpkg" not in bare_page.content()  # nothing is left for scripts from elsewhere


def test_where_scripts_are_not_wanted_none_of_ours_is_written(tmp_path: Path) -> None:
    options = ["--to", "html", "--HTMLExporter.sanitize_html=True"]
    page = converted(tmp_path, CELLS[:1], *options).read_text(encoding="utf-8")
    assert 'data-mime-type="text/html"' not in page


def test_without_the_state_of_widgets_the_still_pictures_are_shown(tmp_path: Path) -> None:
    options = ["--to", "html", "--ExecutePreprocessor.store_widget_state=False"]
    page = converted(tmp_path, CELLS, *options, ours=False).read_text(encoding="utf-8")
    assert page.count('data-mime-type="image/svg+xml"') == 2
    assert len(re.findall('<img[^>]*src="data:image/png;base64,', page)) == 1


def test_the_exporter_does_the_same_without_the_setting(bare_page: Page, tmp_path: Path) -> None:
    page = converted(
        tmp_path, CELLS[1:2], "--to", "microtorch.widgets.export.StandaloneExporter", ours=False
    )
    bare_page.goto(page.as_uri())
    expect(bare_page.locator(".mt-explore")).to_have_count(1)


def test_widgets_of_others_are_left_as_they_are(tmp_path: Path) -> None:
    cells = [CELLS[1], "import ipywidgets\nipywidgets.IntSlider()"]
    page = converted(tmp_path, cells, "--to", "html").read_text(encoding="utf-8")
    assert page.count('<script type="application/vnd.jupyter.widget-view+json">') == 1
    assert "IntSliderModel" in page
    assert page.count("microtorch.widgets.explore.Explore") == 1  # not in the state once more
