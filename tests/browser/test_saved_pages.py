"""Explorations and maps as pages of their own: from a file, without a kernel, without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from labdriver import Page, expect

import microtorch as torch
from microtorch.widgets.explore import Explore, explore


def saved(page: Page, widget: Any, tmp_path: Path) -> Any:
    """The widget's own page, opened; returns its root."""
    page.goto(widget.save(tmp_path / "page.html").as_uri())
    return page.locator(".mt-walk")


def parabola(**arguments: Any) -> Explore:
    return explore(lambda w, x: (w * x - 1.0) ** 2, w=(-3, 3, 0.1, 2.0), x=(-2, 2, 0.1, 1.0))


def test_sliders_curve_descent_and_graph_work_in_a_saved_page(
    bare_page: Page, tmp_path: Path
) -> None:
    root = saved(bare_page, parabola(), tmp_path)
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 2, x = 1: loss = 1")
    bare_page.get_by_role("slider", name="w", exact=True).press("ArrowLeft")
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 1.9, x = 1: loss = 0.81")
    expect(root.locator(".mt-plot")).to_contain_text("tangent, slope 1.8")
    bare_page.get_by_role("button", name="Step", exact=True).press("Enter")
    expect(root.locator(".mt-sentence")).to_contain_text("Step 1: w = 1.9 − 0.1 · 1.8 = 1.72")
    expect(root.locator(".mt-plot")).to_contain_text("1 step")
    bare_page.get_by_role("button", name="Play").click()
    expect(root).to_have_attribute("data-steps", re.compile("[3-9]"))
    bare_page.get_by_role("button", name="Reset").click()
    bare_page.get_by_label("argument of the curve").select_option("x")
    expect(root.locator(".mt-plot")).to_have_attribute("aria-label", re.compile("over x from −2"))
    bare_page.get_by_role("button", name="zoom in").click()
    expect(root.locator(".mt-sentence")).to_contain_text("x from −0.5 to 1.5")
    bare_page.get_by_role("button", name="1 Forward").click()
    assert root.locator('[data-name="w"] [data-slot]').all_text_contents() == ["1.9", "·"]
    root.locator('[data-name="w"]').hover()
    expect(root.locator(".mt-path-words")).to_contain_text("w reaches loss along one path")


def test_a_function_that_needs_python_is_still_on_its_page_and_says_why(
    bare_page: Page, tmp_path: Path
) -> None:
    xs = torch.tensor([1.0, 2.0, 3.0])
    widget = explore(lambda w, xs: ((w * xs - 1) ** 2).mean(), w=(-3, 3, 0.1, 2.0), xs=xs)
    widget.step(2)
    root = saved(bare_page, widget, tmp_path)
    expect(root.locator(".mt-note")).to_contain_text("This page has no Python")
    expect(root.locator(".mt-note")).to_have_attribute("role", "status")
    expect(root.locator(".mt-plot")).to_contain_text("2 steps")
    before = root.locator(".mt-slopes").inner_text()
    for control in root.locator(".mt-top").locator("input, select, button").all():
        expect(control).to_be_disabled()
    box = root.locator(".mt-plot").bounding_box()
    bare_page.mouse.click(box["x"] + 150, box["y"] + 100)
    bare_page.keyboard.press("+")
    expect(root.locator(".mt-slopes")).to_have_text(before)
    bare_page.get_by_role("button", name="1 Forward").click()  # what needs no Python goes on
    assert root.locator('[data-name="w"] [data-slot]').all_text_contents()[-1] == "·"


NAME = "</script><script>document.title = 'taken'</script>"


@pytest.mark.parametrize("kind", ["explore", "landscape"])
def test_names_on_a_saved_page_are_only_text(bare_page: Page, tmp_path: Path, kind: str) -> None:
    ranges = {NAME: (-1, 1), "&amp;{d0}": (-1, 1)}
    widget = getattr(torch, kind)(lambda **named: sum(x * x for x in named.values()), **ranges)
    root = saved(bare_page, widget, tmp_path)
    expect(root).to_be_visible()
    assert bare_page.title() == f"{'Explore' if kind == 'explore' else 'Landscape of'} loss"
    assert bare_page.locator("script").count() == 1
    label = f"start {NAME}" if kind == "landscape" else NAME
    expect(bare_page.get_by_role("slider", name=label, exact=True)).to_have_count(1)


def test_a_saved_page_may_fetch_nothing(
    bare_page: Page, problems: list[str], tmp_path: Path
) -> None:
    saved(bare_page, parabola(), tmp_path)
    answer = bare_page.evaluate("fetch('https://example.invalid/').catch(() => 'refused')")
    assert answer == "refused"
    assert any("Content Security Policy" in problem for problem in problems)
    problems.clear()


def test_a_saved_page_remembers_where_its_widget_was(bare_page: Page, tmp_path: Path) -> None:
    widget = parabola()
    widget.along, widget.lr = "x", 0.25
    widget.values = {"w": 1.0}
    widget.step(3)
    widget.view = (-1, 3)
    root = saved(bare_page, widget, tmp_path)
    expect(root.locator(".mt-plot")).to_contain_text("3 steps")
    expect(root.locator(".mt-plot")).to_have_attribute(
        "aria-label", re.compile("over x from −1 to 3")
    )
    expect(bare_page.get_by_label("learning rate as a number")).to_have_value("0.25")
    bare_page.get_by_role("button", name="Reset").click()
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 1, x = 1")


def test_only_html_files_are_written(tmp_path: Path) -> None:
    for widget, way_out in [
        (parabola(), "shown.svg"),
        (torch.landscape(lambda x, y: x * y, x=(-1, 1), y=(-1, 1)), r"figure\(\).savefig"),
    ]:
        with pytest.raises(ValueError, match=rf"writes .html files, not '.png'.*{way_out}"):
            widget.save(tmp_path / "page.png")
        assert not list(tmp_path.iterdir())
        assert widget.save(str(tmp_path / "a.htm")) == tmp_path / "a.htm"
        (tmp_path / "a.htm").unlink()
