"""Run notebooks in a fresh kernel and store them in one canonical form.

    python tests/nb_refresh.py lessons/*.ipynb            # rewrite what has changed
    python tests/nb_refresh.py --check lessons/*.ipynb    # write nothing; exit 1 and show what differs

Canonical means: cells counted 1 to n, no timing, no state of widgets, no version of Python, streams
joined, one newline at the end. So two runs give the same bytes, and `git diff` shows what an author
changed and nothing else. A notebook in a folder called `exercises` is handed out blank: it is not
run, and its canonical form has no outputs.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

CHECKOUT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
NOTEBOOK_METADATA = {"microtorch", "title"}
CELL_METADATA = {"deletable", "editable", "jupyter", "microtorch", "nbgrader", "slideshow", "tags"}
LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
VOLATILE = {
    "an address in memory": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "a path of this machine": re.compile(
        rf"{re.escape(str(CHECKOUT))}|(?<![\w.:/])/(home|Users|root|tmp|private)/\S+"
    ),
    "a timing": re.compile(r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s) (±|per loop)"),
}
LONGEST_DIFF = 60


def canonical(notebook: NotebookNode, *, blank: bool = False) -> NotebookNode:
    """Bring a notebook into its canonical form, in place; ``blank`` also takes its outputs away."""
    kept = {key: value for key, value in notebook.metadata.items() if key in NOTEBOOK_METADATA}
    notebook.metadata = nbformat.from_dict(
        kept | {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        cell.metadata = nbformat.from_dict(canonical_cell_metadata(cell.metadata))
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = None if blank else count
        cell.outputs = [] if blank else list(canonical_outputs(cell.outputs, count))
    return notebook


def canonical_cell_metadata(metadata: NotebookNode) -> dict[str, object]:
    """Keep what an author says about a cell; drop what a front end remembers about it."""
    kept = {key: value for key, value in metadata.items() if key in CELL_METADATA}
    hidden = kept.pop("jupyter", {}).get("source_hidden")
    return kept | ({"jupyter": {"source_hidden": hidden}} if hidden else {})


def canonical_outputs(outputs: Sequence[NotebookNode], count: int) -> Iterator[NotebookNode]:
    """Join pieces of one stream, and drop what differs from run to run."""
    last: NotebookNode | None = None
    for output in outputs:
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
            continue
        if output.output_type == "execute_result":
            output.execution_count = count
        if output.output_type == "error":
            # The rest of a traceback holds paths, and differs between versions of Python.
            output.traceback = [f"{output.ename}: {output.evalue}"]
        for part in ("data", "metadata"):
            # The static twin of a widget stays: SVG and text. The live view has a random name.
            output.get(part, {}).pop(LIVE_VIEW, None)
        last = output
        yield output


def run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute all cells in a fresh kernel that starts in ``folder``, in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as ipython:
        # A profile of the person who runs this must not show in the outputs.
        client.execute(env=os.environ | {"IPYTHONDIR": ipython, "PYTHONHASHSEED": "0"})
    return notebook


def complaints(notebook: NotebookNode) -> Iterator[str]:
    """What would make the stored notebook differ from run to run, or machine to machine."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts = [
                output.get("text", ""),
                output.get("evalue", ""),
                *output.get("data", {}).values(),
            ]
            for what, pattern in VOLATILE.items():
                for found in (pattern.search(text) for text in texts if isinstance(text, str)):
                    if found:
                        yield f"cell {cell.id!r}: the output holds {what}: {found.group()}"


def text_of(notebook: NotebookNode) -> str:
    """The text of the notebook's file."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT, indent=1)
    return text.rstrip("\n") + "\n"


def fresh_text(path: Path) -> tuple[str, list[str]]:
    """The canonical text of a notebook after a fresh run, and what is wrong with it."""
    notebook = nbformat.read(path, as_version=4)
    blank = path.resolve().parent.name == "exercises"
    problems = []
    if not blank:
        try:
            run(notebook, path.parent)
        except CellExecutionError as error:
            problems.append(f"a cell fails: {error.ename}: {error.evalue}")
    canonical(notebook, blank=blank)
    return text_of(notebook), problems + list(complaints(notebook))


def difference(stored: str, fresh: str) -> str:
    """The changed lines, at most LONGEST_DIFF of them, and of each line what fits a screen."""
    old, new = stored.splitlines(), fresh.splitlines()
    lines = list(difflib.unified_diff(old, new, "stored", "fresh", n=1, lineterm=""))
    shown = [line if len(line) <= 200 else f"{line[:200]} ..." for line in lines[:LONGEST_DIFF]]
    if len(lines) > LONGEST_DIFF:
        shown.append(f"... and {len(lines) - LONGEST_DIFF} more lines")
    return "\n".join(shown)


def refresh(path: Path, *, check: bool) -> bool:
    """Rewrite one notebook, or with ``check`` compare only, and say what was found.

    True if all is well. A notebook that cannot be right is not written.
    """
    stored = path.read_text(encoding="utf-8")
    fresh, problems = fresh_text(path)
    for problem in problems:
        print(f"{path}: {problem}")
    if fresh != stored and check:
        print(f"{path}: the stored notebook is not what a fresh run gives")
        print(difference(stored, fresh))
    elif fresh != stored and not problems:
        path.write_text(fresh, encoding="utf-8", newline="\n")
        print(f"{path}: rewritten")
    return not problems and not (check and fresh != stored)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; the exit code is 1 if any notebook is not as it should be."""
    parser = argparse.ArgumentParser(
        description="Refresh stored notebooks, or check that they are."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("notebooks", nargs="+", type=Path)
    options = parser.parse_args(argv)
    fine = [refresh(path, check=options.check) for path in options.notebooks]
    print(f"{sum(fine)} of {len(fine)} notebooks are as they should be")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
