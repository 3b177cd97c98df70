"""A widget on an empty page, with a model that tells of its changes as Jupyter's does."""

from __future__ import annotations

from typing import Any

from labdriver import Page

START = """async ([source, state]) => {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const module = await import(url);
    const listeners = {};
    const test = (window.test = { module, state, sent: [], saved: 0 });
    test.emit = (event, message) => (listeners[event] ?? []).forEach((act) => act(message));
    test.model = {
        get: (name) => state[name],
        set: (name, value) => {
            const changed = JSON.stringify(state[name]) !== JSON.stringify(value);
            state[name] = value;
            if (changed) test.emit("change:" + name);
        },
        save_changes: () => (test.saved += 1),
        on: (event, act) => (listeners[event] ??= []).push(act),
        off: (event, act) => (listeners[event] = listeners[event].filter((one) => one !== act)),
        send: (message) => test.sent.push(structuredClone(message)),
    };
    test.listeners = () => Object.values(listeners).flat().length;
    test.end = module.default.render({ model: test.model, el: document.querySelector("#here") });
}"""


def slider_times(page: Page, slider: str) -> list[float]:
    """The milliseconds of script that 200 events of a slider took, in order of size."""
    times: list[float] = page.evaluate(
        """(selector) => {
            const slider = document.querySelector(selector);
            return Array.from({ length: 200 }, (_, i) => {
                const start = performance.now();
                slider.value = -1 + i / 100;
                slider.dispatchEvent(new Event("input"));
                return performance.now() - start;
            }).sort((a, b) => a - b);
        }""",
        slider,
    )
    return times


def put(page: Page, source: str, look: str, state: dict[str, Any]) -> None:
    """Show a widget of which ``source`` is the module and ``look`` the style."""
    page.set_content(f'<!doctype html><style>{look}</style><div id="here"></div>')
    page.evaluate(START, [source, state])
