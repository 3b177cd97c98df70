"""Widgets on a page of their own: they work from a file, without a kernel and without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import Widget

# What stands below the picture that a place without widgets shows (GitHub, a printout).
STILL = "A still picture. Run the cell in a notebook and it comes alive."
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }} body {{ margin: 16px; }}</style>
</head>
<body>
{body}
</body>
</html>
"""
FRAGMENT = """<div id="{mark}"></div>
<script type="module">
const state = {state};
const { _esm: source, _css: style = "" } = state;
const listeners = {};
const model = {
  get: (name) => state[name],
  set: (name, value) => {
    state[name] = value;
    for (const act of listeners["change:" + name] ?? []) act();
  },
  on: (event, act) => (listeners[event] ??= []).push(act),
  off: () => {},
  save_changes: () => {},
};
const el = document.getElementById("{mark}");
const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
const { default: widget } = await import(url);
URL.revokeObjectURL(url);
document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
await widget.initialize?.({ model });
await widget.render({ model, el });
</script>"""


def fragment(state: Mapping[str, Any], mark: str) -> str:
    """The HTML of one widget: its state, its module, and a model that no kernel stands behind.

    ``mark`` is the id of its element; no other on the page may have it.
    """
    # In a script nothing may look like a tag: not "</script>", not "<!--".
    text = json.dumps(state, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return FRAGMENT.replace("{mark}", escape(mark)).replace("{state}", text, 1)


def page(body: str, title: str) -> str:
    """A whole HTML page."""
    return PAGE.format(title=escape(title), body=body)


def page_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a widget without the names of other widgets, such as its layout."""
    return {name: value for name, value in state.items() if not is_reference(value)}


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith("IPY_MODEL_")


def page_of(widget: Widget, title: str) -> str:
    """A whole page with a widget as it is now."""
    return page(fragment(page_state(widget.get_state()), "widget"), title)


def write_page(path: str | Path, html: Callable[[], str], still: str) -> Path:
    """Write a page to a file; ``still`` is the code that writes a still picture.

    Raises:
        ValueError: if the file would have another ending than .html.
    """
    path = Path(path)
    if path.suffix not in (".html", ".htm"):
        raise ValueError(
            f"save() writes .html files, not {path.suffix or 'this'!r}. For a still picture "
            f"use {still}."
        )
    path.write_text(html(), encoding="utf-8")
    return path
