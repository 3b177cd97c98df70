"""``jupyter nbconvert --to microtorch``: notebooks as HTML pages whose walks go on working.

The ordinary ``--to html`` leaves widgets to scripts that a page fetches from the network. This
exporter writes each of ours into the page as it is, so it also works from a file, offline::

    jupyter nbconvert --to microtorch --execute lesson.ipynb
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from microtorch.widgets.standalone import fragment, page_state

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


class StandaloneExporter(HTMLExporter):
    """HTML with the widgets of microtorch inside."""

    export_from_notebook = "HTML (microtorch, works offline)"

    def _preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        # Only after the other preprocessors: one may execute the notebook, and so make the widgets.
        nb, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        return inlined(nb), resources


def inlined(notebook: NotebookNode) -> NotebookNode:
    """The notebook, with HTML in place of every view of a widget that brings its own module."""
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for number, output in enumerate(outputs):
        data = output.get("data", {})
        state = widgets.get(data.get(VIEW, {}).get("model_id"), {}).get("state", {})
        if "_esm" in state:
            data["text/html"] = fragment(page_state(state), f"microtorch-{number}")
            del data[VIEW]
    if not any(VIEW in output.get("data", {}) for output in outputs):
        notebook.metadata.pop("widgets", None)  # nothing is left for scripts from elsewhere
    return notebook
