"""Many walks in one notebook, walks that are closed, and walks that start on a slow machine."""

from __future__ import annotations

from labdriver import MakeNotebook, OpenNotebook, expect

MANY = """\
import microtorch as torch
from IPython.display import display

x = torch.tensor([1.0, 2.0])
w = torch.tensor(1.0, requires_grad=True)
for _ in range({count}):
    loss = ((w * x - 2.0) ** 2).sum()
    walk = torch.walk(loss, w=(-3, 3))
    display(walk)
"""
# What anywidget does when a widget took more than its two seconds to start: it gives up listening.
GIVE_UP = """
    AbortSignal.timeout = () => {
        const controller = new AbortController();
        queueMicrotask(() => controller.abort());
        return controller.signal;
    };
"""


def test_a_walk_that_is_closed_while_it_plays_leaves_nothing_behind(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [MANY.format(count=1), "walk.close()", MANY.format(count=12)]
    lab = notebook(make_notebook(cells))
    lab.run_cell(0)
    walks = lab.panel.locator(".mt-walk")
    lab.page.evaluate(
        """() => {
            window.running = new Set();
            const [set, clear] = [window.setInterval, window.clearInterval];
            window.setInterval = (...all) => {
                const timer = set(...all);
                if (all[1] === 2200) window.running.add(timer);
                return timer;
            };
            window.clearInterval = (timer) => { window.running.delete(timer); clear(timer); };
        }"""
    )
    walks.get_by_role("button", name="play").click()
    expect(walks).to_have_attribute("data-step", "0")
    assert lab.page.evaluate("window.running.size") == 1
    lab.run_cell(1)
    expect(walks).to_have_count(0)
    assert lab.page.evaluate("window.running.size") == 0

    # a dozen in one cell: every one works by itself
    lab.run_cell(2)
    expect(walks).to_have_count(12)
    assert lab.page.locator("style#mt-look").count() == 1
    for k, number in ((0, "2.5"), (11, "-1.5")):
        walks.nth(k).get_by_label("w", exact=True).fill(number)
    for k, number in ((0, "2.5"), (5, "1"), (11, "−1.5")):
        expect(walks.nth(k).locator("[data-name=w] [data-slot]").first).to_have_text(number)


def test_a_walk_hears_python_although_anywidget_has_given_up(
    notebook: OpenNotebook, make_notebook: MakeNotebook, problems: list[str]
) -> None:
    lab = notebook(make_notebook([MANY.format(count=1), "walk.values = {'w': -2.0}"]))
    patient = lab.page.evaluate_handle("() => AbortSignal.timeout")
    lab.page.evaluate(GIVE_UP)
    lab.run_cell(0)
    lab.page.evaluate("patient => { AbortSignal.timeout = patient; }", patient)
    walk = lab.panel.locator(".mt-walk")
    walk.get_by_label("w", exact=True).fill("2.5")
    data = walk.locator("[data-name=w] [data-slot]").first
    expect(data).to_have_text("2.5")  # Python has answered
    lab.run_cell(1)
    expect(data).to_have_text("−2")  # and is heard when it speaks first
    lab.page.evaluate("0")
    # Its complaint about the two seconds is all that there is.
    assert all("Failed to initialize model" in problem for problem in problems)
    problems.clear()
