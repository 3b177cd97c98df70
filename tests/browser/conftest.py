"""Fixtures of the browser tests: one JupyterLab and one Chromium for the whole session.

========================  ==========================================================================
``notebook(path)``        opens "lessons/03-backward-pass.ipynb" (a copy) in JupyterLab
``make_notebook(cells)``  writes a small notebook of code cells there and returns its path
``bare_page``             an empty page without a server, for a module or a picture on its own
``lab``, ``lab_root``     the server's URL, and the folder that it serves
``problems``              what went wrong on the page so far; it must be empty when the test ends
========================  ==========================================================================

::

    def test_a_cell_prints(notebook: OpenNotebook, make_notebook: MakeNotebook) -> None:
        lab = notebook(make_notebook(["print(1 + 1)"])).run_all()
        expect(lab.output(0)).to_have_text("2")

An error on the page, an error in its console, or a request to another host fails the test, and a
failing test leaves a picture, ``failed-<test>.png``. Without a browser the tests skip; with
``MICROTORCH_REQUIRE_BROWSER=1`` (or ``CI=true``) they fail.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import labdriver
import pytest
from labdriver import BrowserContext, LabNotebook, LabServer, MakeNotebook, OpenNotebook, Page

FAILED = pytest.StashKey[bool]()
WINDOW = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


# -- one of each for the whole session ---------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    program = labdriver.find_chromium()
    if labdriver.sync_playwright is None:
        no_browser("Playwright, which drives the browser, is not installed. Run `uv sync`.")
    if program is None:
        no_browser(labdriver.NO_BROWSER)
    with labdriver.browser(program) as context:
        context.set_default_timeout(15_000)
        yield context


def no_browser(reason: str) -> None:
    required = os.environ.get("MICROTORCH_REQUIRE_BROWSER") == "1" or os.environ.get("CI") == "true"
    if required:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def lab_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def server(chromium: BrowserContext, lab_root: Path) -> Iterator[LabServer]:
    with labdriver.lab_server(lab_root) as running:
        running.log_in(chromium)
        yield running


@pytest.fixture(scope="session")
def lab_pages() -> list[Page]:
    """Pages with a JupyterLab that no test is using."""
    return []


@pytest.fixture(scope="session")
def all_problems() -> list[str]:
    return []


# -- for each test -----------------------------------------------------------------------------


@pytest.fixture
def problems(all_problems: list[str]) -> list[str]:
    all_problems.clear()
    return all_problems


@pytest.fixture
def lab(server: LabServer) -> Iterator[str]:
    yield server.url
    server.clean_up()


@pytest.fixture
def make_notebook(lab_root: Path, request: pytest.FixtureRequest) -> MakeNotebook:
    def write(cells: Sequence[str]) -> str:
        name = f"{plain(request.node.name)}-{len(list(lab_root.iterdir()))}.ipynb"
        return labdriver.write_notebook(lab_root / name, cells).name

    return write


@pytest.fixture
def bare_page(
    chromium: BrowserContext, problems: list[str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    assert chromium.browser is not None
    context = chromium.browser.new_context(viewport=WINDOW)  # a clock that it sets is its own
    context.set_default_timeout(15_000)
    page = context.new_page()
    labdriver.watch(page, problems)
    yield page
    went_well(page, problems, request)
    context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def notebook(
    chromium: BrowserContext,
    server: LabServer,
    lab: str,
    lab_pages: list[Page],
    problems: list[str],
    request: pytest.FixtureRequest,
) -> Iterator[OpenNotebook]:
    if lab_pages:
        page = lab_pages.pop()
    else:
        page = chromium.new_page()
        labdriver.watch(page, problems, home=lab)
    opened: list[LabNotebook] = []

    def open_notebook(path: str) -> LabNotebook:
        opened.append(LabNotebook(page, server, path).open())
        return opened[-1]

    yield open_notebook
    passed = went_well(page, problems, request)
    complaint = "\n".join(problems)
    if passed and opened:
        if page.locator("body[data-jp-theme-light=false]").count():
            opened[-1].theme("light")
        opened[-1].close_all()  # the next test finds the page as this one did
        page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
        page.set_viewport_size(WINDOW)
        page.evaluate("0")  # what a closing notebook complains about is here, not in the next test
        lab_pages.append(page)
    else:
        page.close()
    assert not complaint, complaint


def went_well(page: Page, problems: list[str], request: pytest.FixtureRequest) -> bool:
    """Whether the test passed and had no problem; if not, a picture is left."""
    page.evaluate("0")  # with its answer, all that the page has said before is here
    if not problems and not request.node.stash.get(FAILED, False):
        return True
    page.screenshot(path=request.config.rootpath / f"failed-{plain(request.node.name)}.png")
    return False


def plain(name: str) -> str:
    """A test's name as part of a file name."""
    return re.sub(r"\W+", "-", name).strip("-")
