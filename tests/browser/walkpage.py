"""A walk on an empty page, without JupyterLab: quick, for all that needs no kernel."""

from __future__ import annotations

from typing import Any

from labdriver import Page

from microtorch.widgets.walk import Walk

SHOWN = ("look", "spec", "values", "goal_reached")
START = """async ([source, state]) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const module = await import(url);
    const listeners = {};
    const test = (window.test = { module, state, sent: [], saved: [] });
    test.model = {
        get: (name) => state[name],
        set: (name, value) => (state[name] = value),
        save_changes: () => test.saved.push(structuredClone({ ...state, spec: null })),
        on: (event, act) => (listeners[event] ??= []).push(act),
        off: () => {},
        send: (message) => test.sent.push(message),
    };
    test.emit = (event, message) => (listeners[event] ?? []).forEach((act) => act(message));
    const el = document.querySelector("#walk");
    test.end = el && module.default.render({ model: test.model, el });
}"""


def show(page: Page, widget: Walk) -> Any:
    """Put a walk on an empty page; returns its root."""
    page.set_content('<!doctype html><div id="walk"></div>')
    state = {name: getattr(widget, name) for name in SHOWN}
    page.evaluate(START, [widget._esm, state])
    return page.locator(".mt-walk")


def value(root: Any, name: str) -> Any:
    """The box of a value."""
    return root.locator(f'[data-name="{name}"]')


def shown(root: Any, name: str) -> list[str]:
    """The numbers in a box: data, and the gradient if there is one."""
    numbers: list[str] = value(root, name).locator("[data-slot]").all_text_contents()
    return numbers
