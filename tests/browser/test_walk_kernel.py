"""Walks whose kernel is restarted, busy, interrupted or gone while a slider moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from labdriver import LabNotebook, Locator, MakeNotebook, OpenNotebook, expect

CODE = """\
import microtorch as torch
from IPython.display import display

x = torch.tensor([1.0, 2.0])
w = torch.tensor(1.0, requires_grad=True)
loss = ((w * x) ** 2).sum()
first, second = torch.walk(loss, w=(-4, 4)), torch.walk(loss, w=(-4, 4))
display(first, second)
"""
BUSY = "import time\nfor _ in range(300):\n    time.sleep(0.1)"
IMPATIENT = """() => {
    const set = (window.patient = window.setTimeout);
    window.setTimeout = (act, time, ...all) => set(act, time === 5000 ? 1500 : time, ...all);
}"""


@pytest.fixture
def lab(notebook: OpenNotebook, make_notebook: MakeNotebook) -> Iterator[LabNotebook]:
    lab = notebook(make_notebook([CODE, BUSY]))
    lab.page.evaluate(IMPATIENT)
    lab.run_cell(0)
    yield lab
    lab.page.evaluate("() => { window.setTimeout = window.patient; }")


def loss_of(walk: Locator) -> Locator:
    return walk.locator("[data-name=loss] [data-slot]").first


def test_two_walks_on_one_graph_are_apart_and_follow_fast_keys(lab: LabNotebook) -> None:
    first, second = lab.panel.locator(".mt-walk").all()
    slider = first.get_by_label("w", exact=True)
    slider.focus()
    for _ in range(40):  # each is 0.05 wide
        lab.page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("3")
    expect(loss_of(first)).to_have_text("45")
    expect(first.locator("[data-name=w] [data-slot]")).to_have_text(["3", "30"])
    expect(loss_of(second)).to_have_text("5")
    second.get_by_label("w as a number").fill("-2")
    expect(loss_of(second)).to_have_text("20")
    expect(loss_of(first)).to_have_text("45")


LISTEN = """() => {
    window.said = [];
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    kernel.iopubMessage.connect((_, { header, content }) =>
        said.push(header.msg_type === "status" ? content.execution_state : header.msg_type));
}"""


def test_nothing_that_the_kernel_says_stands_between_two_answers(lab: LabNotebook) -> None:
    walk = lab.panel.locator(".mt-walk").first
    slider = walk.get_by_label("w", exact=True)
    lab.page.evaluate(LISTEN)
    for x, loss in [("3", "45"), ("2", "20")]:
        slider.evaluate("(s, x) => { s.value = x; s.dispatchEvent(new Event('input')); }", x)
        expect(loss_of(walk)).to_have_text(loss)
    lab.page.wait_for_function("() => said.filter((what) => what === 'idle').length >= 2")
    said = lab.page.evaluate("said")
    assert said[:2] == ["comm_msg", "comm_msg"]
    assert "busy" not in said


def test_a_walk_outlives_a_restart_and_works_again_when_its_cell_has_run(lab: LabNotebook) -> None:
    walk = lab.panel.locator(".mt-walk").first
    walk.get_by_label("w", exact=True).fill("2")
    expect(loss_of(walk)).to_have_text("20")
    lab.restart()
    slider = walk.get_by_label("w", exact=True)
    slider.fill("3")
    expect(walk.locator(".mt-note")).to_contain_text("Run the notebook's cells again")
    expect(slider).to_have_value("2")  # where the numbers are
    expect(loss_of(walk)).to_have_text("20")
    walk.get_by_role("button", name="previous step").click()  # the rest needs no Python
    expect(walk).to_have_attribute("data-stage", "backward")

    lab.run_cell(0)
    walk = lab.panel.locator(".mt-walk").first
    expect(walk.locator(".mt-note")).to_have_text("")
    walk.get_by_label("w", exact=True).fill("3")
    expect(loss_of(walk)).to_have_text("45")


def test_a_slider_waits_for_a_busy_kernel_and_goes_on_when_it_is_interrupted(
    lab: LabNotebook,
) -> None:
    walk = lab.panel.locator(".mt-walk").first
    slider = walk.get_by_label("w", exact=True)
    lab.page.evaluate(
        """() => {
            const { content } = jupyterapp.shell.currentWidget;
            content.activeCellIndex = 1;
            jupyterapp.commands.execute("notebook:run-cell");
        }"""
    )
    expect(lab.cell(1)).to_contain_text("[*]")
    slider.fill("3")
    expect(walk.locator(".mt-note")).to_contain_text("Python does not answer")
    expect(slider).to_have_value("1")
    lab.command("notebook:interrupt-kernel")
    expect(lab.output(1)).to_contain_text("KeyboardInterrupt")
    slider.fill("2")
    expect(loss_of(walk)).to_have_text("20")
    expect(slider).to_have_value("2")
    expect(walk.locator(".mt-note")).to_have_text("")


def test_a_kernel_that_died_is_told_on_the_page(lab: LabNotebook) -> None:
    walk = lab.panel.locator(".mt-walk").first
    lab.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    slider = walk.get_by_label("w", exact=True)
    expect(lab.panel.locator(".jp-Toolbar-kernelName")).to_have_text(re.compile("No Kernel"))
    slider.fill("3")
    expect(walk.locator(".mt-note")).to_contain_text("Run the notebook's cells again")
    expect(slider).to_have_value("1")
