"""The browser harness itself: it runs notebooks, moves widgets, and lets no mistake through."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from labdriver import MakeNotebook, OpenNotebook, Page, expect


def test_a_cell_prints_and_a_restart_forgets_all_variables(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    lab = notebook(make_notebook(["a = 1 + 1", "print(globals().get('a', 'forgotten'))"])).run_all()
    expect(lab.output(1)).to_have_text("2")
    assert lab.text(1) == "2\n"
    lab.restart()
    assert lab.run_cell(1) == "forgotten\n"


def test_an_error_in_a_cell_is_noticed(notebook: OpenNotebook, make_notebook: MakeNotebook) -> None:
    lab = notebook(make_notebook(["1 / 0", "print('not reached')"]))
    with pytest.raises(AssertionError, match="cell 0: ZeroDivisionError"):
        lab.run_all()
    assert lab.text(1) == ""


def test_an_ipywidgets_slider_follows_keyboard_and_mouse(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    new_slider = "s = ipywidgets.FloatSlider(description='w', value=0.5, max=1, step=0.01)"
    cells = [f"import ipywidgets\n{new_slider}\ns", "print(round(s.value, 2))"]
    lab = notebook(make_notebook(cells)).run_all()
    slider = lab.ipywidgets_slider("w")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.51")
    lab.run_cell_until(1, "0.51")
    lab.drag(slider, 60)
    expect(slider).not_to_have_attribute("aria-valuetext", "0.51")
    lab.run_cell_until(1, slider.get_attribute("aria-valuetext"))


def test_dark_theme_and_narrow_window(notebook: OpenNotebook, make_notebook: MakeNotebook) -> None:
    lab = notebook(make_notebook(["print('line\\n' * 100)"])).run_all()
    lab.theme("dark")
    lab.page.set_viewport_size({"width": 420, "height": 600})
    lab.grow()
    assert 1500 < lab.page.viewport_size["height"] < 3000
    assert lab.page.screenshot().startswith(b"\x89PNG")


def test_the_dark_theme_of_one_test_is_gone_in_the_next(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    lab = notebook(make_notebook([""]))
    assert lab.page.locator("body").get_attribute("data-jp-theme-light") == "true"


def test_a_bare_page_shows_what_it_is_given(bare_page: Page) -> None:
    bare_page.set_content("<button>next</button>")
    expect(bare_page.get_by_role("button", name="next")).to_be_visible()


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("setTimeout(() => { throw new Error('oops') })", "page error: oops"),
        ("console.error('oops')", "console error: oops"),
        ("fetch('https://example.org/a')", "request to another host: https://example.org/a"),
        ("fetch('http://127.0.0.1:9/')", "request to another host: http://127.0.0.1:9/"),
        ("new WebSocket('ws://example.org/')", "request to another host: ws://example.org/"),
    ],
)
def test_a_problem_on_the_page_is_written_down(
    bare_page: Page, problems: list[str], script: str, problem: str
) -> None:
    bare_page.set_content(f"<script>{script}</script>")
    bare_page.wait_for_timeout(200)
    assert problem in problems
    problems.clear()


def run_pytest(folder: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tests that use these fixtures in a pytest of its own."""
    here = Path(__file__).parent
    for name in ("conftest.py", "labdriver.py"):
        shutil.copy(here / name, folder)
    (folder / "test_inner.py").write_text(test)
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("MICROTORCH_REQUIRE_BROWSER", "CI")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "test_inner.py"],
        cwd=folder,
        env=inherited | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_failure_or_a_problem_fails_the_test_and_leaves_a_picture(
    tmp_path: Path, chromium: object
) -> None:
    test = """
def test_wrong(bare_page):
    assert False

def test_said_an_error(bare_page):
    bare_page.evaluate("console.error('oops')")

def test_right(bare_page):
    assert bare_page.evaluate("1 + 1") == 2
"""
    ran = run_pytest(tmp_path, test)
    for count in ("1 failed", "2 passed", "1 error"):
        assert count in ran.stdout
    assert "console error: oops" in ran.stdout
    pictures = sorted(file.name for file in tmp_path.glob("*.png") if file.stat().st_size)
    assert pictures == ["failed-test_said_an_error.png", "failed-test_wrong.png"]


def test_without_a_browser_a_test_skips_and_says_why(tmp_path: Path) -> None:
    ran = run_pytest(tmp_path, "def test_x(bare_page): ...\n", CHROMIUM="/no/such/browser")
    assert ran.returncode == 0
    assert "1 skipped" in ran.stdout
    assert "apt-get install chromium" in ran.stdout


@pytest.mark.parametrize("variable", [{"MICROTORCH_REQUIRE_BROWSER": "1"}, {"CI": "true"}])
def test_without_a_required_browser_a_test_fails_and_says_what_to_do(
    tmp_path: Path, variable: dict[str, str]
) -> None:
    test = "def test_x(bare_page): ...\n"
    ran = run_pytest(tmp_path, test, CHROMIUM="/no/such/browser", **variable)
    assert ran.returncode == 1
    assert "apt-get install chromium" in ran.stdout
