"""Look at notebooks as a learner sees them: run them in a real JupyterLab and save pictures.

    python tests/screenshots.py lessons/03-*.ipynb --out /tmp/pictures
    python tests/screenshots.py lessons/*.ipynb --dark --width 420 --slice 1400

Each notebook is copied, run from top to bottom and saved as one PNG of full length; with
``--slice`` as pictures of at most that height. ``--no-run`` shows the stored outputs instead.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "browser"))

from labdriver import (
    NO_BROWSER,
    LabNotebook,
    LabServer,
    Page,
    browser,
    find_chromium,
    lab_server,
    watch,
)


def main() -> int:
    """Take the pictures; 1 if a cell or the page had an error, 0 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="folder for the PNGs")
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in pixels")
    parser.add_argument("--slice", type=int, help="cut into pictures of at most this height")
    parser.add_argument("--no-run", action="store_true", help="show the stored outputs")
    options = parser.parse_args()
    program = find_chromium()
    if program is None:
        sys.exit(NO_BROWSER)
    options.out.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        lab_server(Path(folder)) as server,
        browser(program) as chromium,
    ):
        server.log_in(chromium)
        page = chromium.new_page()
        watch(page, problems, server.url)
        for path in options.notebooks:
            problems += look(page, server, path, options)
            server.clean_up()
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


def look(page: Page, server: LabServer, path: Path, options: argparse.Namespace) -> list[str]:
    """Run a copy of one notebook, save its pictures, and return the errors of its cells."""
    shutil.copy(path, server.root / path.name)
    page.set_viewport_size({"width": options.width, "height": 900})
    notebook = LabNotebook(page, server, path.name).open()
    if options.dark:
        notebook.theme("dark")
    if not options.no_run:
        notebook.command("notebook:run-all-cells")
        notebook.wait_idle()
    notebook.grow()
    page.wait_for_load_state("networkidle")
    theme = "dark" if options.dark else "light"
    save(notebook, options.out / f"{path.stem}-{theme}-{options.width}.png", options.slice)
    return [f"{path.name}: {error}" for error in notebook.errors()]


def save(notebook: LabNotebook, file: Path, step: int | None) -> None:
    """Save the whole panel, or slices of it: -01.png, -02.png, ..."""
    panel = notebook.panel.bounding_box()
    last = notebook.panel.locator(".jp-Cell").last.bounding_box()
    assert panel
    assert last
    end = last["y"] + last["height"] + 20
    tops = [panel["y"]] if step is None else range(int(panel["y"]), int(end), step)
    for number, top in enumerate(tops, start=1):
        bottom = end if step is None else min(top + step, end)
        name = file if step is None else file.with_stem(f"{file.stem}-{number:02}")
        notebook.page.screenshot(
            path=name,
            clip={"x": panel["x"], "y": top, "width": panel["width"], "height": bottom - top},
        )
        print(name)


if __name__ == "__main__":
    sys.exit(main())
