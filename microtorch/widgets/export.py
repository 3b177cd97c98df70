"""Notebooks as HTML pages in which our widgets go on working, from a file and offline.

By itself nbconvert writes the state of every widget that it has executed into the page, and leaves
it to scripts from the network to show them: without a network the page stays empty there, and the
still pictures that our widgets bring are not used. So here each of ours becomes a piece of HTML
that needs nothing else. Where microtorch is installed, this is done in every ::

    jupyter nbconvert --to html --execute lesson.ipynb

(``jupyter_nbconvert_config.json`` in this folder is installed where nbconvert looks for settings).
Where other settings go before it, ``--to microtorch`` does the same; and where nbconvert does not know
microtorch at all, the option ``--ExecutePreprocessor.store_widget_state=False`` brings the still
pictures.
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from microtorch.widgets.standalone import fragment, page_state

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


class InlineWidgets(Preprocessor):
    """What nbconvert does to a notebook before it writes an HTML page."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        sanitized = getattr(self.parent, "sanitize_html", False)  # lets no script through
        return (nb if sanitized else inlined(nb)), resources


class StandaloneExporter(HTMLExporter):
    """HTML with the widgets of microtorch inside."""

    export_from_notebook = "HTML (microtorch, works offline)"

    def _preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        # Only after the other preprocessors: one may execute the notebook, and so make the widgets.
        nb, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        return nb if self.sanitize_html else inlined(nb), resources


def inlined(notebook: NotebookNode) -> NotebookNode:
    """The notebook, with HTML in place of every view of a widget of ours."""
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    done = set()
    for number, output in enumerate(outputs):
        data = output.get("data", {})
        name = data.get(VIEW, {}).get("model_id")
        state = widgets.get(name, {}).get("state", {})
        if str(state.get("_anywidget_id", "")).startswith("microtorch."):
            data["text/html"] = fragment(page_state(state), f"microtorch-{number}")
            del data[VIEW]
            done.add(name)
    for name in done:  # it is in the page already
        del widgets[name]
    if not any(VIEW in output.get("data", {}) for output in outputs):
        notebook.metadata.pop("widgets", None)  # nothing is left for scripts from elsewhere
    return notebook
